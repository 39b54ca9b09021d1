#!/usr/bin/env python3
"""Who may do what over HTTP: each route that docs/openapi.yaml has, without a login, from foreign
places, with wrong tokens, with too low a role; the first login; sessions; and that no password comes
out by any of them (attacks H02, H03, H05, H06, H07, H08, I01, J03). Usage: PROGRAM API-SERVE"""
import os
import stat
import sys

from api import PASSWORD, Api, Session, filled, operations
from peer import free_port, run

PROGRAM = sys.argv[1]
ROLES = ["none", "viewer", "operator", "admin"]
SECRET = "p4ssw0rd-of-a-line"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
CACHED = {"getPage": "no-cache"}  # kept, but asked for each time


def body_for(operation):
    """A body of the right type, so that it is not for that that a request is refused."""
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        return "{}", "application/json"
    for kind in content:
        return "", kind
    return None, None


def every_route(wanted=lambda operation: True):
    for method, path, operation in operations():
        if wanted(operation):
            body, kind = body_for(operation)
            yield method, filled(path), operation, body, kind


def is_guarded(operation):
    return operation["x-role"] != "none"


def ask(api, method, path, body, kind, head=None):
    return api.request(method, path, body, head=head, kind=kind)


def refused(answer, status, code):
    assert answer is not None and answer.status == status, answer
    assert answer.header("Content-Type") == "application/problem+json", answer.head
    problem = answer.json
    assert problem["status"] == status and problem["code"] == code, problem
    assert problem["detail"] and problem["title"], problem


def main():
    with Api(PROGRAM) as api:
        def snapshot():
            return [api.local("GET", path).body for path in
                    ("/api/v1/lines", "/api/v1/servers", "/api/v1/studios", "/api/v1/general",
                     "/api/v1/logins", "/api/v1/audit?limit=10000")]

        def without_a_login_nothing_is_told_but_how_to_begin():
            for method, path, _, body, kind in every_route(is_guarded):
                answer = ask(api, method, path, body, kind)
                refused(answer, 401, "setup")
                assert answer.header("WWW-Authenticate"), (method, path)

        def only_the_bearer_of_the_one_time_address_makes_the_first_login():
            wish = {"name": "anna", "password": PASSWORD}
            refused(api.request("POST", "/api/v1/setup", wish), 401, "token")
            for wrong in ("", "0" * 64, api.one_time()[:-1], api.one_time() + "0"):
                head = {"Authorization": "Bearer " + wrong}
                refused(api.request("POST", "/api/v1/setup", wish, head=head), 401, "token")
            api.restart()  # the tries are used up; a new one has another token
            right = {"Authorization": "Bearer " + api.one_time()}
            refused(api.request("POST", "/api/v1/setup", {**wish, "password": "short"}, head=right),
                    400, "bad-value")
            answer = api.request("POST", "/api/v1/setup", wish, head=right)
            assert answer.status == 200 and answer.json["login"]["role"] == "admin", answer
            refused(api.request("POST", "/api/v1/setup", {**wish, "name": "eve"}, head=right),
                    409, "set-up")
            api.restart()
            assert api.url is None
            refused(api.request("POST", "/api/v1/setup", wish, head=right), 401, "token")

        def some_lines():
            for studio in ("Studio 1", "Studio 2"):
                made = api.local("POST", "/api/v1/studios", {"name": studio})
                assert made.status == 201, made
                made = api.local("POST", "/api/v1/lines", {
                    "studio": made.json["id"], "extension": "1001", "password": SECRET,
                    "server": f"127.0.0.1:{free_port()}"})
                assert made.status == 201, made

        def every_route_refuses_who_has_not_logged_in():
            for method, path, _, body, kind in every_route(is_guarded):
                refused(ask(api, method, path, body, kind), 401, "login")

        def every_route_refuses_a_wrong_token():
            for value in ("Bearer " + "0" * 64, "Bearer", "Bearer ", "Basic YW5uYTp4", "Bearer x y",
                          "bearer\t" + "f" * 64):
                for method, path, _, body, kind in every_route(is_guarded):
                    refused(ask(api, method, path, body, kind, {"Authorization": value}), 401,
                            "token")
            for cookie in ("0" * 64, "", "x"):
                head = {"Cookie": f"{api.cookie_name}={cookie}"}
                for method, path, _, body, kind in every_route(is_guarded):
                    refused(ask(api, method, path, body, kind, head), 401, "token")

        def every_route_refuses_a_foreign_host():
            token = api.token(1, "admin")
            for host in ("evil.example", f"evil.example:{api.port}", "127.0.0.1.evil.example",
                         "127.0.0.2", "localhost.evil", "[::2]", "", "a b", "127.0.0.1:x", "@localhost",
                         "localhost@evil.example"):
                before = snapshot()
                for method, path, _, body, kind in every_route():
                    answer = ask(api, method, path, body, kind, {**token, "Host": host})
                    refused(answer, 421, "host")
                assert snapshot() == before, host
            refused(api.raw(b"GET /healthz HTTP/1.0\r\n\r\n"), 421, "host")
            for host in ("localhost", "LOCALHOST:9999", "127.0.0.1", "[::1]:80"):
                assert api.request("GET", "/healthz", head={"Host": host}).status == 200, host

        def every_route_refuses_a_page_of_another_site():
            token, session = api.token(1, "admin"), Session(api, "anna")
            before = snapshot()
            for foreign in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": ""},
                            {"Origin": f"http://127.0.0.1:{api.port + 1}"},
                            {"Origin": f"ftp://{api.address}"}, {"Origin": f"http://{api.address}/"},
                            {"Origin": f"http://{api.address}.evil.example"}):
                for method, path, _, body, kind in every_route():
                    for who in (token, session.head()):
                        refused(ask(api, method, path, body, kind, {**who, **foreign}), 403,
                                "foreign")
            for site in ("cross-site", "same-site", "nonsense"):
                for method, path, operation, body, kind in every_route():
                    if operation["operationId"] == "getPage":
                        continue  # people come here by links
                    head = {**session.head(), "Sec-Fetch-Site": site}
                    refused(ask(api, method, path, body, kind, head), 403, "foreign")
            assert snapshot() == before

        def a_form_of_another_site_is_no_request():
            session = Session(api, "anna")
            for method, path, _, body, _ in every_route(lambda o: "requestBody" in o):
                for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data",
                             "application/jsonp"):
                    refused(ask(api, method, path, body, kind, session.head()), 415, "type")

        def a_session_must_show_its_token_for_changes():
            session = Session(api, "anna")
            other = Session(api, "anna")
            for csrf in (None, "", "0" * 64, other.csrf, session.csrf[:-1]):
                for method, path, _, body, kind in every_route(is_guarded):
                    if method == "GET":
                        continue
                    head = {**session.head(), "X-CSRF-Token": csrf}
                    refused(ask(api, method, path, body, kind, head), 403, "csrf")

        def every_route_refuses_a_role_that_is_too_low():
            anna = 1
            for role in ROLES[1:]:
                head = api.token(anna, role)
                session = api.login(f"a {role}", role)
                for method, path, operation, body, kind in every_route(is_guarded):
                    if ROLES.index(operation["x-role"]) <= ROLES.index(role):
                        continue
                    refused(ask(api, method, path, body, kind, head), 403, "role")
                    refused(ask(api, method, path, body, kind, session.head()), 403, "role")

        def a_cookie_is_for_browsers_and_a_token_for_programs():
            session = Session(api, "anna")
            secret = session.cookie.split("=")[1]
            refused(api.request("GET", "/api/v1/status", head={"Authorization": "Bearer " + secret}),
                    401, "token")
            token = api.token(1, "viewer")["Authorization"].split(" ")[1]
            refused(api.request("GET", "/api/v1/status",
                                head={"Cookie": f"{api.cookie_name}={token}"}), 401, "token")

        def the_cookie_is_kept_from_scripts_and_other_sites():
            session = Session(api, "anna")
            parts = [part.strip() for part in session.set_cookie.split(";")]
            assert "HttpOnly" in parts and "SameSite=Strict" in parts and "Path=/" in parts, parts
            assert "Secure" not in parts and parts[1] == f"Max-Age={12 * 3600}", parts
            assert not any(part.startswith("Domain") for part in parts)
            with_tls = api.request("POST", "/api/v1/session", {"name": "anna", "password": PASSWORD},
                                   head={"Origin": f"https://{api.address}"})
            assert with_tls.status == 200 and with_tls.header("Set-Cookie").endswith("; Secure")

        def a_login_makes_a_session_of_its_own():
            planted = f"{api.cookie_name}=" + "a" * 64
            answer = api.request("POST", "/api/v1/session", {"name": "anna", "password": PASSWORD},
                                 head={"Cookie": planted})
            assert answer.status == 200 and "a" * 64 not in answer.header("Set-Cookie"), answer

        def a_logout_ends_the_session_and_no_other():
            one, two = Session(api, "anna"), Session(api, "anna")
            answer = one.request("DELETE", "/api/v1/session")
            assert answer.status == 204 and "Max-Age=0" in answer.header("Set-Cookie"), answer
            refused(one.request("GET", "/api/v1/session"), 401, "token")
            assert two.request("GET", "/api/v1/session").json["login"]["name"] == "anna"

        def a_role_that_is_taken_away_is_gone_at_once():
            session = api.login("otto", "operator")
            head = api.token(session.login, "operator")
            assert api.request("POST", "/api/v1/lines/1/register", "{}", head=head).status == 204
            path = f"/api/v1/logins/{session.login}"
            assert api.local("PATCH", path, {"role": "viewer"}).status == 200
            refused(api.request("POST", "/api/v1/lines/1/register", "{}", head=head), 403, "role")
            refused(session.request("POST", "/api/v1/lines/1/register", {}), 403, "role")
            assert api.local("DELETE", path).status == 204
            refused(api.request("GET", "/api/v1/status", head=head), 401, "token")
            refused(session.request("GET", "/api/v1/status"), 401, "token")

        def a_new_password_ends_old_sessions():
            session = api.login("pia", "viewer")
            other = Session(api, "pia")
            answer = session.request("PATCH", "/api/v1/session",
                                     {"password": PASSWORD, "new_password": "another good one"})
            assert answer.status == 200, answer
            refused(other.request("GET", "/api/v1/session"), 401, "token")
            refused(session.request("GET", "/api/v1/session"), 401, "token")
            session.take(answer)
            assert session.request("GET", "/api/v1/session").status == 200

        def nobody_gets_above_himself():
            operator = Session(api, "a operator")
            refused(operator.request("POST", "/api/v1/tokens", {"label": "x", "role": "admin"}), 403,
                    "role")
            refused(operator.request("POST", "/api/v1/tokens", {"label": "x", "login": 1}), 403,
                    "role")
            all_tokens = api.local("GET", "/api/v1/tokens").json["tokens"]
            own = operator.request("GET", "/api/v1/tokens").json["tokens"]
            assert {t["login"] for t in own} == {operator.login} and len(own) < len(all_tokens)
            foreign = next(t["id"] for t in all_tokens if t["login"] != operator.login)
            refused(operator.request("DELETE", f"/api/v1/tokens/{foreign}"), 404, "not-found")

        def somebody_who_may_let_others_in_is_always_left():
            for login in api.local("GET", "/api/v1/logins").json["logins"]:
                if login["role"] == "admin" and login["name"] != "anna":
                    assert api.local("DELETE", f"/api/v1/logins/{login['id']}").status == 204
            refused(api.local("DELETE", "/api/v1/logins/1"), 409, "last-admin")
            refused(api.local("PATCH", "/api/v1/logins/1", {"role": "viewer"}), 409, "last-admin")
            assert api.local("GET", "/api/v1/logins/1").json["role"] == "admin"

        def every_answer_has_the_headers_that_keep_pages_apart():
            session = Session(api, "anna")
            for head in ({}, session.head()):
                for method, path, operation, body, kind in every_route(
                        lambda o: o["operationId"] != "followEvents"):
                    if method != "GET":
                        body, kind = "[]", "application/json"
                    answer = ask(api, method, path, body, kind, head)
                    for name, value in HEADERS.items():
                        assert answer.header(name) == value, (method, path, name)
                    cached = CACHED.get(operation["operationId"], "no-store")
                    assert answer.header("Cache-Control") == cached, (method, path)
                    policy = answer.header("Content-Security-Policy")
                    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
                    assert "unsafe" not in policy and not answer.header("Access-Control-Allow-Origin")

        def no_password_comes_out_by_any_route():
            for method, path, operation, body, kind in every_route():
                if method != "GET" or operation["operationId"] == "followEvents":
                    continue
                for number in ("1", "2"):
                    answer = api.local("GET", path.replace("/1", "/" + number))
                    assert SECRET.encode() not in answer.body, path
                    assert PASSWORD.encode() not in answer.body and b"$scrypt" not in answer.body
            log = open(api.log.name).read()
            assert SECRET not in log and PASSWORD not in log

        def every_change_is_in_the_audit():
            api.restart()  # the tries of logins are used up
            session = Session(api, "anna")
            answer = session.request("PATCH", "/api/v1/lines/2",
                                     {"extension": "1009", "password": "n3w-secret"})
            assert answer.status == 200, answer
            entry = session.request("GET", "/api/v1/audit?limit=1").json["audit"][0]
            assert entry["who"] == "anna" and entry["what"] == "line.set", entry
            assert entry["detail"] == 'extension "1001" -> "1009", password set', entry
            assert "line 1 (id 2)" in entry["object"], entry

        def the_socket_is_for_its_user_alone():
            mode = os.stat(api.path).st_mode
            assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600, oct(mode)
            who = api.local("GET", "/api/v1/session").json["login"]
            assert who == {"id": None, "name": f"local user {os.getuid()}", "role": "admin"}, who
            if os.getuid() != 0:
                return
            os.chmod(api.dir, 0o755)
            os.chmod(api.path, 0o666)  # so that it is the peer's uid alone that is looked at
            child = os.fork()
            if child == 0:
                os.setuid(65534)
                try:
                    answered = api.local("GET", "/healthz") is not None
                except (ConnectionError, TimeoutError):
                    answered = False
                os._exit(1 if answered else 0)
            assert os.waitpid(child, 0)[1] == 0
            assert api.local("GET", "/healthz").status == 200

        def complaints():
            with open(api.log.name) as f:
                return f.read().count("a wrong password or token came from")

        def passwords_cannot_be_tried_for_long():
            api.restart()
            before = complaints()
            wish = {"name": "anna", "password": "wrong password"}
            tried = [api.request("POST", "/api/v1/session", wish) for _ in range(1000)]
            assert [a.status for a in tried[:8]] == [401] * 5 + [429] * 3, tried[:8]
            assert {a.json["code"] for a in tried[:5]} == {"password"}
            # One more in 12 s, and only those that were looked at are in the log.
            looked_at = [a.status for a in tried].count(401)
            assert looked_at < 20 and {a.status for a in tried} == {401, 429}, looked_at
            said = complaints() - before
            assert said == looked_at, (said, looked_at)
            assert int(tried[5].header("Retry-After")) > 0
            right = {"name": "anna", "password": PASSWORD}
            assert api.request("POST", "/api/v1/session", right).status == 429
            assert api.request("PATCH", "/api/v1/session", "{}").status == 401
            api.restart()
            for _ in range(12):  # who knows it is never in his own way
                assert api.request("POST", "/api/v1/session", right).status == 200

        run([without_a_login_nothing_is_told_but_how_to_begin,
             only_the_bearer_of_the_one_time_address_makes_the_first_login,
             some_lines,
             every_route_refuses_who_has_not_logged_in,
             every_route_refuses_a_wrong_token,
             every_route_refuses_a_foreign_host,
             every_route_refuses_a_page_of_another_site,
             a_form_of_another_site_is_no_request,
             a_session_must_show_its_token_for_changes,
             every_route_refuses_a_role_that_is_too_low,
             a_cookie_is_for_browsers_and_a_token_for_programs,
             the_cookie_is_kept_from_scripts_and_other_sites,
             a_login_makes_a_session_of_its_own,
             a_logout_ends_the_session_and_no_other,
             a_role_that_is_taken_away_is_gone_at_once,
             a_new_password_ends_old_sessions,
             nobody_gets_above_himself,
             somebody_who_may_let_others_in_is_always_left,
             every_answer_has_the_headers_that_keep_pages_apart,
             no_password_comes_out_by_any_route,
             every_change_is_in_the_audit,
             the_socket_is_for_its_user_alone,
             passwords_cannot_be_tried_for_long])


main()
