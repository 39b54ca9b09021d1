#!/usr/bin/env python3
"""What a hostile client does to the HTTP server: half requests, slow ones, framing that can be read in
two ways, paths that look like others, more than anybody needs. After each the API answers as before, and
the lines keep their registrations (attacks H01, H04, H06). Usage: PROGRAM API-SERVE"""
import json
import os
import socket
import sys
import threading
import time

from api import Api, Session, operations, read_answer
from peer import run, until
from stub import Stub, grants

PROGRAM = sys.argv[1]
QUICK_S = 5  # an answer to somebody else, whatever one client does


def resident_kb(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def main():
    with Api(PROGRAM) as api:
        admin = api.login("anna", "admin")
        host = f"Host: {api.address}\r\n"
        auth = host + f"Cookie: {admin.cookie}\r\nX-CSRF-Token: {admin.csrf}\r\n"
        kind = "Content-Type: application/json\r\n"

        def first(text, method="GET"):
            return api.raw(text if isinstance(text, bytes) else text.encode("latin-1"), method)

        def still_there():
            begun = time.monotonic()
            assert admin.request("GET", "/api/v1/status").status == 200
            assert time.monotonic() - begun < QUICK_S

        def refused(text, *allowed):
            """It is answered with one of these, or the connection is closed."""
            answer = first(text)
            assert answer is None or answer.status in allowed, (text[:200], answer)
            still_there()

        def studios():
            return admin.request("GET", "/api/v1/studios").json["total"]

        def only_http_1_is_spoken():
            for line in ("GET /healthz", "GET /healthz HTTP/0.9", "GET /healthz HTTP/2.0",
                         "GET /healthz HTTP/1.2", "GET /healthz HTTP/11", "GET /healthz http/1.1",
                         "PRI * HTTP/2.0", "GET /healthz HTCPCP/1.0", "GET  /healthz  HTTP/1.1 x"):
                refused(f"{line}\r\n{host}\r\n", 400, 404, 405, 505)
            assert first(f"GET /healthz HTTP/1.0\r\n{host}\r\n").status == 200

        def what_is_no_request_is_none():
            for data in (b"\r\n\r\n\r\n", b"\0\0\0\0\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00" * 30,
                         b"GET\r\n\r\n", b" / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n: x\r\n\r\n",
                         f"GET / HTTP/1.1\r\n{host}no colon\r\n\r\n".encode(),
                         f"GET / HTTP/1.1\r\n{host} folded: x\r\n\r\n".encode(),
                         b"REGISTER sip:127.0.0.1 SIP/2.0\r\n\r\n"):
                with api.connect() as s:
                    s.sendall(data)
                    s.shutdown(socket.SHUT_WR)
                    with s.makefile("rb") as stream:
                        answer = read_answer(stream)
                        assert answer is None or answer.status >= 400 or data.startswith(
                            (b"GET / HTTP/1.1\r\nHost", b"GET / HTTP/1.1\r\n:")), (data, answer)
                still_there()

        def methods_are_those_of_the_route():
            for method, path, operation in operations():
                if "{" in path:
                    continue
                for wrong in ("PUT", "OPTIONS", "TRACE", "CONNECT", "get", "Post", "PROPFIND", "X" * 100):
                    answer = first(f"{wrong} {path} HTTP/1.1\r\n{auth}\r\n")
                    assert answer.status == 405 and operation_method(answer, method), (wrong, answer)
            assert first(f"CONNECT 127.0.0.1:22 HTTP/1.1\r\n{auth}\r\n").status == 400
            assert first(f"OPTIONS * HTTP/1.1\r\n{auth}\r\n").status == 400
            still_there()

        def operation_method(answer, method):
            return method in answer.header("Allow").split(", ") and answer.json["code"] == "method"

        def a_method_cannot_be_put_into_a_header():
            assert admin.request("POST", "/api/v1/studios", {"name": "S"}).status == 201
            for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
                answer = first(f"GET /api/v1/studios/1 HTTP/1.1\r\n{auth}{name}: DELETE\r\n\r\n")
                assert answer.status == 200, answer
            assert first(f"GET /api/v1/studios/1?_method=DELETE HTTP/1.1\r\n{auth}\r\n").status == 400
            assert studios() == 1

        def head_is_get_without_a_body():
            for path in ("/", "/healthz", "/api/v1/status", "/api/v1/export", "/metrics"):
                answer = first(f"HEAD {path} HTTP/1.1\r\n{auth}Connection: close\r\n\r\n", "HEAD")
                assert answer.status == 200 and int(answer.header("Content-Length")) > 0, (path, answer)
            assert first(f"HEAD /api/v1/status HTTP/1.1\r\n{host}\r\n", "HEAD").status == 401
            answer = first(f"HEAD /api/v1/events HTTP/1.1\r\n{auth}Connection: close\r\n\r\n", "HEAD")
            assert answer.status == 200, answer

        def a_path_can_be_written_in_one_way():
            for path in ("//api/v1/status", "/api//v1/status", "/api/v1/status/", "/api/v1/./status",
                         "/api/v1/../v1/status", "/./healthz", "/../healthz", "/%68ealthz",
                         "/api/v1/%73tatus", "/api%2fv1%2fstatus", "/api/v1/lines/%31",
                         "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "/....//etc/passwd",
                         "/healthz;x=1", "/healthz%00", "/healthz#x", "\\healthz", "/api\\v1\\status",
                         "healthz", "/api/v1/lines/01", "/api/v1/lines/+1", "/api/v1/lines/1e0",
                         "/api/v1/lines/0", "/api/v1/lines/-1", "/api/v1/lines/99999999999999999999",
                         "/API/v1/status", "/api/v1/causes/" + "x" * 100, "/api/v1/causes/..",
                         "/*", "*", "/a" * 1500, "/favicon.ico"):
                answer = first(f"GET {path} HTTP/1.1\r\n{auth}\r\n")
                assert answer.status in (400, 404), (path, answer)
            assert first(f"GET /healthz?x\x01 HTTP/1.1\r\n{auth}\r\n").status in (400, 414)
            still_there()

        def a_query_is_read_strictly():
            for query in ("%", "%2", "%zz", "text=%0a", "text=a&text=b", "&".join("a%d=1" % i
                          for i in range(40)), "text=%00"):
                assert first(f"GET /api/v1/status?{query} HTTP/1.1\r\n{auth}\r\n").status == 400, query
            for query in ("", "&&&", "text", "text=", "text=%C3%A4+x", "limit=0", "text=%ff"):
                assert first(f"GET /api/v1/status?{query} HTTP/1.1\r\n{auth}\r\n").status == 200, query
            long = first(f"GET /api/v1/status?text={'x' * 5000} HTTP/1.1\r\n{auth}\r\n")
            assert long.status == 414, long

        def an_absolute_target_is_one_of_ours_or_none():
            assert first(f"GET http://{api.address}/healthz HTTP/1.1\r\n{host}\r\n").status == 200
            for target in ("http://evil.example/healthz", "http:///healthz", "http://@127.0.0.1/healthz"):
                assert first(f"GET {target} HTTP/1.1\r\n{host}\r\n").status == 421, target
            for target in ("https://127.0.0.1/healthz", "ftp://127.0.0.1/", f"http://{api.address}",
                           "javascript:alert(1)", "file:///etc/passwd"):
                assert first(f"GET {target} HTTP/1.1\r\n{host}\r\n").status == 400, target
            # what counts for foreign pages is what was asked for
            answer = first(f"GET http://{api.address}/api/v1/status HTTP/1.1\r\nHost: evil.example\r\n"
                           f"Origin: http://evil.example\r\nCookie: {admin.cookie}\r\n\r\n")
            assert answer.status == 403, answer

        def framing_has_one_meaning():
            body = '{"name":"smuggled"}'
            n = len(body)
            start = f"POST /api/v1/studios HTTP/1.1\r\n{auth}{kind}"
            before = studios()
            for lines in (f"Content-Length: {n}\r\nContent-Length: {n}\r\n",
                          f"Content-Length: {n}\r\nContent-Length: 0\r\n",
                          f"Content-Length: {n}\r\nTransfer-Encoding: chunked\r\n",
                          f"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                          "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: chunked, gzip\r\n",
                          "Transfer-Encoding: identity\r\n", "Transfer-Encoding: xchunked\r\n",
                          f"Content-Length: +{n}\r\n", f"Content-Length: -{n}\r\n",
                          f"Content-Length: {n}, {n}\r\n", f"Content-Length: 0x{n:x}\r\n",
                          "Content-Length: \r\n", "Content-Length: x\r\n",
                          f"Content-Length: {2 ** 64 + n}\r\n", f"Content-Length: {10 ** 30}\r\n",
                          f"Content-Length: {n} x\r\n"):
                refused(start + lines + "\r\n" + body, 400, 413, 501)
            refused(f"GET /healthz HTTP/1.1\r\n{host}{host}\r\n", 400)
            assert studios() == before

        def chunks_have_sizes():
            start = f"POST /api/v1/studios HTTP/1.1\r\n{auth}{kind}Transfer-Encoding: chunked\r\n\r\n"
            before = studios()
            body = '{"name":"chunked"}'
            for chunks in (f"x\r\n{body}\r\n0\r\n\r\n", f"-5\r\n{body}\r\n0\r\n\r\n",
                           f"{'f' * 17}\r\n{body}\r\n0\r\n\r\n", f"{'0' * 5000}\r\n{body}\r\n0\r\n\r\n",
                           f"0x12\r\n{body}\r\n0\r\n\r\n", f"12\r\n{body}xx\r\n0\r\n\r\n",
                           f" 12\r\n{body}\r\n0\r\n\r\n", f";\r\n{body}\r\n0\r\n\r\n"):
                with api.connect() as s, s.makefile("rb") as stream:
                    s.sendall((start + chunks).encode())
                    s.shutdown(socket.SHUT_WR)
                    answer = read_answer(stream)
                    assert answer is None or answer.status in (400, 413), (chunks[:20], answer)
                still_there()
            assert studios() == before
            good = "".join(f"{1:x}\r\n{c}\r\n" for c in body) + "0\r\n\r\n"
            answer = first(start + good)
            assert answer.status == 201 and answer.json["name"] == "chunked", answer

        def heads_have_a_size():
            for head in ("X: " + "x" * 65536 + "\r\n", "".join(f"X{i}: y\r\n" for i in range(20000)),
                         "Cookie: " + "a=b; " * 20000 + "\r\n", "X" * 65536 + ": y\r\n"):
                refused(f"GET /healthz HTTP/1.1\r\n{host}{head}\r\n", 400, 413, 431)
            refused(f"GET /{'x' * 65536} HTTP/1.1\r\n{host}\r\n", 414)
            refused("G" * 100000, 400, 414, 431)

        def bodies_have_a_size():
            before = resident_kb(api.process.pid)
            path = "/api/v1/studios"
            assert first(f"POST {path} HTTP/1.1\r\n{auth}{kind}Content-Length: {10 ** 9}\r\n\r\n"
                         ).status == 413
            assert first(f"POST /api/v1/apply HTTP/1.1\r\n{auth}Content-Type: application/yaml\r\n"
                         f"Content-Length: {2 ** 30}\r\n\r\n").status == 413
            # nobody's body is kept
            assert first(f"POST /api/v1/apply HTTP/1.1\r\n{host}Content-Type: application/yaml\r\n"
                         f"Content-Length: {200 * 2 ** 20}\r\n\r\n").status == 401
            endless = threading.Event()
            with api.connect() as s:
                s.sendall(f"POST {path} HTTP/1.1\r\n{auth}{kind}Transfer-Encoding: chunked\r\n\r\n"
                          .encode())
                chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
                try:
                    for _ in range(100):
                        s.sendall(chunk)
                    answer = s.recv(100)
                    assert answer == b"" or b" 413 " in answer, answer
                except (BrokenPipeError, ConnectionResetError):
                    endless.set()
            still_there()
            assert resident_kb(api.process.pid) - before < 20000

        def a_refused_body_is_no_next_request():
            inner = f"GET /healthz HTTP/1.1\r\n{host}\r\n"
            for head in (host, auth.replace("X-CSRF", "X-NO"), auth):
                for method, path in (("PATCH", "/api/v1/general"), ("DELETE", "/api/v1/lines/1"),
                                     ("GET", "/api/v1/status"), ("POST", "/api/v1/session"),
                                     ("PUT", "/healthz")):
                    text = (f"{method} {path} HTTP/1.1\r\n{head}Content-Length: {len(inner)}\r\n\r\n"
                            f"{inner}GET /readyz HTTP/1.1\r\n{host}Connection: close\r\n\r\n")
                    with api.connect() as s, s.makefile("rb") as stream:
                        s.sendall(text.encode())
                        answers = []
                        while (answer := read_answer(stream)) is not None:
                            answers.append(answer.status)
                        assert answers[0] >= 400 and answers[1:] in ([], [200]), (method, answers)

        def a_thousand_pipelined_requests_are_answered_in_order():
            n = 1000
            paths = ["/healthz", "/api/v1/version", "/nowhere"]
            text = "".join(f"GET {paths[i % 3]} HTTP/1.1\r\n{auth}\r\n" for i in range(n))
            with api.connect() as s, s.makefile("rb") as stream:
                sender = threading.Thread(target=s.sendall, args=(text.encode(),))
                sender.start()
                statuses = [read_answer(stream).status for _ in range(n)]
                sender.join()
            assert statuses == [[200, 200, 404][i % 3] for i in range(n)]

        def workers_answer_one_connection_in_order():
            n = 200
            text = "".join(f"GET /api/v1/lines?limit={i} HTTP/1.1\r\n{auth}\r\n" for i in range(n))
            with api.connect() as s, s.makefile("rb") as stream:
                s.sendall(text.encode())
                assert all(read_answer(stream).json["lines"] == [] for _ in range(n))

        def clients_that_go_away_are_forgotten():
            files = open_files(api.process.pid)
            for i in range(300):
                with api.connect() as s:
                    s.sendall(f"GET /api/v1/{['status', 'export', 'lines'][i % 3]} HTTP/1.1\r\n{auth}\r\n"
                              .encode()[:None if i % 2 else 40])
            until(lambda: open_files(api.process.pid) <= files, "all connections are closed")
            still_there()

        def one_address_cannot_take_all_connections():
            held = []
            try:
                for _ in range(600):
                    try:
                        s = api.connect()
                        s.sendall(b"GET /heal")
                        held.append(s)
                    except OSError:
                        break
                # the command line has a way of its own
                assert api.local("GET", "/api/v1/status").status == 200
                until(lambda: open_files(api.process.pid) < 200, "more than 128 are not held")
            finally:
                for s in held:
                    s.close()
            until(lambda: try_quietly(), "it can be reached again")

        def try_quietly():
            try:
                return admin.request("GET", "/api/v1/version").status == 200
            except (AttributeError, OSError, AssertionError):
                return False

        def who_is_slow_is_cut_off():
            """A byte now and then keeps no connection, in the head and in the body; and meanwhile
            others are served."""
            head = f"GET /healthz HTTP/1.1\r\n{host}X: ".encode()
            body = (f"POST /api/v1/studios HTTP/1.1\r\n{auth}{kind}Content-Length: 1000\r\n\r\n"
                    ).encode()
            begun = time.monotonic()
            slow = [api.connect() for _ in range(20)]
            mute = [api.connect() for _ in range(20)]
            stuck = api.connect()
            stuck.sendall(body)
            for s in slow + mute:
                s.setblocking(False)
            for s in slow:
                s.sendall(head)

            def all_cut():
                still_there()
                gone = 0
                for s in slow + mute:
                    try:
                        if s in slow:
                            s.send(b"x")
                        gone += s.recv(10) == b""
                    except BlockingIOError:
                        pass
                    except OSError:
                        gone += 1
                return gone == len(slow + mute)
            until(all_cut, "slow heads are cut off", 40)
            assert time.monotonic() - begun > 10
            stuck.settimeout(30)
            assert stuck.recv(10) == b""
            for s in slow + mute + [stuck]:
                s.close()

        def lines_keep_their_registrations():
            """While all of the above goes on again, and SIP must be on time."""
            with Stub(lambda request, _n: grants(request, expires=10)) as stub:
                studio = admin.request("POST", "/api/v1/studios", {"name": "Kept"}).json["id"]
                line = admin.request("POST", "/api/v1/lines", {
                    "studio": studio, "extension": "1", "server": stub.address}).json["id"]

                def history():
                    return admin.request("GET", f"/api/v1/lines/{line}/history").json["history"]
                until(history, "it is registered")
                for attack in (bodies_have_a_size, heads_have_a_size,
                               a_thousand_pipelined_requests_are_answered_in_order,
                               clients_that_go_away_are_forgotten, one_address_cannot_take_all_connections,
                               who_is_slow_is_cut_off):
                    attack()
                # Three times the time that was granted, and it was never down.
                until(lambda: len(stub.requests) >= 4, "it was refreshed again and again")
                states = [event["state"] for event in history()]
                assert states == ["REGISTERED"], states
                assert admin.request("DELETE", f"/api/v1/studios/{studio}").status == 204

                def is_gone():
                    log = admin.request("GET", f"/api/v1/log?line={line}&limit=1000").json["events"]
                    told = [event for event in log if "200 OK" in event.get("text", "")]
                    return stub.requests[-1].header("Expires") == "0" and len(told) == len(stub.requests)
                until(is_gone, "its registration is removed")

        def what_the_network_says_comes_out_as_data():
            name = "<script>alert(1)</script>\"'&\u202e"
            answer = admin.request("POST", "/api/v1/studios", {"name": name})
            assert answer.status == 400, answer  # it turns the direction of text
            assert b"<script" not in answer.body or answer.header("Content-Type").endswith("json")
            answer = admin.request("POST", "/api/v1/studios", {"name": name[:-1]})
            assert answer.status == 201 and answer.json["name"] == name[:-1]
            listed = admin.request("GET", "/api/v1/studios")
            assert listed.header("Content-Type") == "application/json"
            assert listed.header("X-Content-Type-Options") == "nosniff"
            answer = first(f"GET /api/v1/<script>alert(1)</script> HTTP/1.1\r\n{auth}\r\n")
            assert answer.status == 400 and b"<script" not in answer.body
            metrics = admin.request("GET", "/metrics").body.decode()
            assert "\\" not in metrics.replace('\\"', "").replace("\\\\", "")

        def events_are_followed_and_taken_up_again():
            studio = admin.request("POST", "/api/v1/studios", {"name": "Events"}).json["id"]

            def follow(after, stream_of):
                with api.connect() as s, s.makefile("rb") as stream:
                    s.sendall(f"GET /api/v1/events HTTP/1.1\r\n{auth}Last-Event-ID: {after}\r\n\r\n"
                              .encode())
                    while stream.readline() != b"\r\n":
                        pass
                    return stream_of(stream)

            def some(wanted):
                def take(stream):
                    # chunked: sizes stand on lines of their own and are passed over
                    found, event = [], {}
                    while len(found) < wanted:
                        line = stream.readline()
                        assert line, found
                        key, _, value = line.decode().rstrip("\r\n").partition(": ")
                        if key in ("id", "event", "data"):
                            event[key] = value
                        if len(event) == 3:
                            found.append(event)
                            event = {}
                    return found
                return take
            last = admin.request("GET", "/api/v1/log").json["last"]
            line = admin.request("POST", "/api/v1/lines", {
                "studio": studio, "extension": "1", "server": "127.0.0.1:1"}).json["id"]
            events = follow(last, some(4))
            numbers = [int(e["id"]) for e in events]
            assert numbers == list(range(last + 1, last + 5)), numbers
            assert {e["event"] for e in events} == {"log", "state"}, events
            data = [json.loads(e["data"]) for e in events]
            assert all(d["line"] == line for d in data) and [d["number"] for d in data] == numbers
            assert follow(numbers[1], some(2))[0] == events[2]
            assert follow(10 ** 15, some(1))[0]["event"] == "gap"

        def those_who_follow_are_counted():
            def follower():
                s = api.connect()
                s.sendall(f"GET /api/v1/events HTTP/1.1\r\n{auth}\r\n".encode())
                if b" 200 " in s.recv(4096):
                    return s
                s.close()
                return None
            held = []
            try:
                for _ in range(64):
                    held.append(until(follower, "there is a place"))
                answer = first(f"GET /api/v1/events HTTP/1.1\r\n{auth}Connection: close\r\n\r\n")
                assert answer.status == 503 and answer.header("Retry-After"), answer
                still_there()
            finally:
                for s in held:
                    s.close()
            until(follower, "those who left are forgotten", 5).close()

        def it_ends_while_clients_hang_on():
            held = [api.connect() for _ in range(3)]
            for s, path in zip(held, ("/api/v1/events", "/api/v1/status", "/healthz")):
                s.sendall(f"GET {path} HTTP/1.1\r\n{auth}\r\n".encode()[:None if "e" in path else 20])
            api.restart()
            assert not [s.close() for s in held if s is None]
            assert Session(api, "anna").request("GET", "/api/v1/status").status == 200

        run([only_http_1_is_spoken,
             what_is_no_request_is_none,
             methods_are_those_of_the_route,
             a_method_cannot_be_put_into_a_header,
             head_is_get_without_a_body,
             a_path_can_be_written_in_one_way,
             a_query_is_read_strictly,
             an_absolute_target_is_one_of_ours_or_none,
             framing_has_one_meaning,
             chunks_have_sizes,
             heads_have_a_size,
             bodies_have_a_size,
             a_refused_body_is_no_next_request,
             a_thousand_pipelined_requests_are_answered_in_order,
             workers_answer_one_connection_in_order,
             lines_keep_their_registrations,
             what_the_network_says_comes_out_as_data,
             events_are_followed_and_taken_up_again,
             those_who_follow_are_counted,
             it_ends_while_clients_hang_on])


main()
