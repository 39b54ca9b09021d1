#!/usr/bin/env python3
"""Every operation of docs/openapi.yaml is called, on lines that Kamailio or nobody answers, and what
comes back is held against its schema; and what the description forbids is refused.
Usage: PROGRAM API-SERVE"""
import copy
import gzip
import json
import re
import sys

from api import PASSWORD, Api, description, operations
from peer import free_port, run, until

PROGRAM = sys.argv[1]
DESCRIPTION = description()
YAML = "application/yaml"
STUDIO = '''
servers:
  - name: pbx
    domain: 127.0.0.1
    port: %d
studios:
  - name: Studio 1
    lines:
      - { number: 1, extension: "1001", server: pbx, password: secret1001 }
      - { number: 2, extension: "1002", server: pbx }
  - name: Studio 2
    lines: []
'''


# ---- a checker for the part of JSON Schema that the description uses

KNOWN = {"type", "enum", "required", "properties", "additionalProperties", "items", "allOf", "oneOf",
         "description", "format", "minimum", "maximum", "minLength", "maxLength", "default", "$ref",
         "writeOnly", "example"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def resolved(thing):
    while "$ref" in thing:
        assert thing["$ref"].startswith("#/"), thing
        found = DESCRIPTION
        for part in thing["$ref"][2:].split("/"):
            found = found[part]
        thing = found
    return thing


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def flattened(schema):
    """allOf as one schema, so that members of one part are known to the others."""
    schema = dict(resolved(schema))
    for part in schema.pop("allOf", []):
        part = flattened(part)
        for key in ("properties",):
            if key in part:
                schema[key] = {**schema.get(key, {}), **part[key]}
        schema["required"] = schema.get("required", []) + part.get("required", [])
        for key, value in part.items():
            schema.setdefault(key, value)
    return schema


def check(value, schema, where):
    schema = flattened(schema)
    assert not set(schema) - KNOWN, f"{where}: this checker does not know {set(schema) - KNOWN}"
    if "oneOf" in schema:
        fits = 0
        for part in schema["oneOf"]:
            try:
                check(value, part, where)
                fits += 1
            except AssertionError:
                pass
        assert fits == 1, f"{where}: {value!r} fits {fits} of oneOf"
        return
    types = schema.get("type")
    if types:
        types = [types] if isinstance(types, str) else types
        assert any(is_type(value, t) for t in types), f"{where}: {value!r} is not {types}"
    assert value in schema.get("enum", [value]), f"{where}: {value!r} is not of the enum"
    if is_type(value, "integer"):
        assert value >= schema.get("minimum", value) and value <= schema.get("maximum", value), where
    if schema.get("format") == "date-time" and value is not None:
        assert len(value) == 24 and value[10] == "T" and value.endswith("Z"), f"{where}: {value!r}"
    if isinstance(value, dict):
        known = schema.get("properties", {})
        missing = set(schema.get("required", [])) - set(value)
        assert not missing, f"{where}: {missing} is missing"
        # answers have what is described and nothing else, whatever the schema allows
        assert not set(value) - set(known), f"{where}: {set(value) - set(known)} is not described"
        for name, item in value.items():
            check(item, known[name], f"{where}.{name}")
    if isinstance(value, list):
        for i, item in enumerate(value):
            check(item, schema["items"], f"{where}[{i}]")


def main():
    with Api(PROGRAM) as api:
        called = set()
        described = {(m, p): o for m, p, o in operations()}
        admin = api.login("anna", "admin")
        path_of_line = "/api/v1/lines/{id}"

        def call(method, path, body=None, status=None, query="", kind="application/json", head=None,
                 **parts):
            operation = described[(method, path)]
            called.add(operation["operationId"])
            filled = path
            for name, value in parts.items():
                filled = filled.replace("{%s}" % name, str(value))
            answer = api.request(method, filled + query, body, kind=kind,
                                 head=head if head is not None else admin.head())
            responses = operation["responses"]
            response = resolved(responses.get(str(answer.status), responses["default"]))
            if status:
                assert answer.status == status, (method, filled, answer)
            content = response.get("content", {})
            if not content:
                assert answer.body == b"", answer
                return answer
            kind = answer.header("Content-Type").split(";")[0]
            assert kind in content, (method, filled, kind, list(content))
            if "json" in kind:
                check(answer.json, content[kind]["schema"], f"{method} {filled} {answer.status}")
            return answer

        def the_description_is_whole():
            ids = [o["operationId"] for o in described.values()]
            assert len(ids) == len(set(ids))
            for (method, path), operation in described.items():
                assert operation["summary"] and operation["tags"] and operation["x-role"], path
                assert "default" in operation["responses"], path
                names = {resolved(p)["name"] for p in operation["parameters"]
                         if resolved(p)["in"] == "path"}
                assert names == {part[1:-1] for part in path.split("/") if part.startswith("{")}, path
                used = json.dumps(operation)
                assert '"requestBody"' not in used or method != "GET"
            text = json.dumps(DESCRIPTION)
            for kind, parts in DESCRIPTION["components"].items():
                for name in parts:
                    if kind != "securitySchemes":
                        assert f'"#/components/{kind}/{name}"' in text, f"{name} is not used"

        def settings_are_made_changed_and_removed():
            port = free_port()
            general = call("GET", "/api/v1/general", status=200).json
            assert general["history_days"] == 30 and general["default_server"] is None
            server = call("POST", "/api/v1/servers", {"domain": "127.0.0.1", "port": port},
                          201).json
            assert server["transport"] == "udp" and server["expires"] == 3600 and server["srv"] == "default"
            call("PATCH", "/api/v1/general", {"default_server": server["id"], "history_days": 60}, 200)
            refused = call("PATCH", "/api/v1/general", {"syslog_transport": "tcp"}, 400).json
            assert refused["detail"] == "syslog over udp or tcp needs a host", refused
            general = call("PATCH", "/api/v1/general", {"syslog_transport": "tcp",
                           "syslog_host": "log.example", "syslog_port": None}, 200).json
            assert (general["syslog_transport"], general["syslog_host"],
                    general["syslog_port"]) == ("tcp", "log.example", None), general
            until(lambda: call("GET", "/api/v1/system", status=200).json["syslog"]["state"] != "OFF",
                  "the log is sent")
            assert call("GET", "/api/v1/system", status=200).json["memory_bytes"] > 1 << 20
            general = call("PATCH", "/api/v1/general", {"syslog_transport": None,
                                                        "syslog_host": None}, 200).json
            assert (general["syslog_transport"], general["syslog_host"]) == ("none", None), general
            call("PATCH", "/api/v1/servers/{id}", {"name": "pbx", "rate": 5}, 200, id=server["id"])
            studio = call("POST", "/api/v1/studios", {"name": "Studio A", "note": "upstairs"},
                          201).json
            call("PATCH", "/api/v1/studios/{id}", {"note": None}, 200, id=studio["id"])
            assert call("GET", "/api/v1/studios/{id}", id=studio["id"]).json["note"] is None
            line = call("POST", "/api/v1/lines", {"studio": studio["id"], "extension": "0755"},
                        201).json
            assert (line["number"], line["server"], line["extension"]) == (1, None, "0755"), line
            second = call("POST", "/api/v1/lines", {"studio": studio["id"], "extension": "2",
                                                    "server": "pbx"}, 201).json
            assert second["number"] == 2 and second["server"] == server["id"], second
            third = call("POST", "/api/v1/lines", {"studio": studio["id"], "extension": "3",
                                                   "server": f"localhost:{port}"}, 201).json
            assert third["server"] not in (None, server["id"]), third
            made = third.pop("remarks")
            assert made == [f'made the server "localhost:{port}"'], made
            changed = call("PATCH", path_of_line, {"name": "Gäste", "password": "x"}, 200,
                           id=line["id"]).json
            assert changed["has_password"] and changed["epoch"] > line["epoch"], changed
            same = call("PATCH", path_of_line, {"name": "Gäste"}, 200, id=line["id"]).json
            assert same == changed
            assert call("GET", path_of_line, id=line["id"]).json == changed
            listed = call("GET", "/api/v1/lines", query=f"?studio={studio['id']}&offset=1&limit=1")
            assert listed.json["total"] == 3 and listed.json["lines"] == [second], listed
            assert call("GET", "/api/v1/servers/{id}", id=server["id"]).json["lines"] == 2
            refused = call("DELETE", "/api/v1/servers/{id}", None, 409, id=server["id"]).json
            assert refused["code"] == "in-use", refused
            call("DELETE", path_of_line, None, 204, id=line["id"])
            call("DELETE", "/api/v1/studios/{id}", None, 204, id=studio["id"])
            call("DELETE", "/api/v1/servers/{id}", None, 204, id=server["id"])
            assert call("GET", "/api/v1/servers").json["total"] == 1  # that which was made by itself
            call("DELETE", "/api/v1/servers/{id}", None, 204, id=third["server"])
            assert call("GET", "/api/v1/studios").json == {"studios": [], "total": 0}

        def a_list_of_lines_is_added_whole_or_not_at_all():
            studio = call("POST", "/api/v1/studios", {"name": "Studio L"}, 201).json["id"]
            rows = [{"studio": studio, "extension": str(100 + i), "server": "127.0.0.1:5098"} for i in range(5)]
            before = call("GET", "/api/v1/servers").body, call("GET", "/api/v1/lines").body, \
                call("GET", "/api/v1/audit").body
            for at, change, field, code in ((3, {"extension": "1 0"}, "extension", "bad-value"),
                                            (4, {"number": 2}, "number", "taken"),
                                            (0, {"studio": 99999}, "studio", "bad-value"),
                                            (2, {"extention": "1"}, "extention", "unknown-member")):
                bad = copy.deepcopy(rows)
                bad[at].update(change)
                answer = call("POST", "/api/v1/lines", bad).json
                assert (answer["index"], answer["field"], answer["code"]) == (at, field, code), answer
            for body in ([], [1], [rows[0], None], [[rows[0]]], rows * 201):
                assert call("POST", "/api/v1/lines", body, 400).json["code"] == "bad-json"
            assert before == (call("GET", "/api/v1/servers").body, call("GET", "/api/v1/lines").body,
                              call("GET", "/api/v1/audit").body)
            answer = call("POST", "/api/v1/lines", rows + [{**rows[1], "number": 9, "password": "secret7"}],
                          201).json
            assert [line["number"] for line in answer["lines"]] == [1, 2, 3, 4, 5, 9], answer
            assert [line["extension"] for line in answer["lines"]] == \
                ["100", "101", "102", "103", "104", "101"], answer
            assert answer["lines"][5]["has_password"] and "secret7" not in json.dumps(answer)
            assert answer["remarks"][0] == 'made the server "127.0.0.1:5098"', answer
            assert answer["remarks"][1].startswith('extension 101 at this server is line 9 of "Studio L", too'), answer
            assert answer["remarks"][1].endswith("of this line") and len(answer["remarks"]) == 2, answer
            audit = call("GET", "/api/v1/audit", query="?limit=6").json["audit"]
            assert all(entry["what"] == "line.add" for entry in audit), audit
            one = call("POST", "/api/v1/lines", [{**rows[0], "extension": "200"}], 201).json
            assert len(one["lines"]) == 1 and "remarks" not in one, one
            for line in answer["lines"] + one["lines"]:
                call("DELETE", path_of_line, None, 204, id=line["id"])
            call("DELETE", "/api/v1/studios/{id}", None, 204, id=studio)
            call("DELETE", "/api/v1/servers/{id}", None, 204, id=one["lines"][0]["server"])

        def profiles_are_listed_and_set():
            profiles = call("GET", "/api/v1/profiles", status=200).json["profiles"]
            assert [p["name"] for p in profiles] == sorted(p["name"] for p in profiles)
            assert {p["name"]: p["sets"] for p in profiles}["cucm"] == {"transport": "tcp"}
            server = call("POST", "/api/v1/servers", {"domain": "p.example", "profile": "cucm"}, 201).json
            assert server["transport"] == "tcp" and \
                server["remarks"] == ["the profile cucm sets transport tcp"], server
            given = call("PATCH", "/api/v1/servers/{id}", {"profile": "cucm", "transport": "udp"}, 200,
                         id=server["id"]).json
            assert given["transport"] == "udp" and not given.get("remarks"), given
            call("DELETE", "/api/v1/servers/{id}", None, 204, id=server["id"])

        def what_is_wrong_is_named():
            studio = call("POST", "/api/v1/studios", {"name": "Studio W"}, 201).json["id"]
            good = {"studio": studio, "extension": "1"}
            made = call("POST", "/api/v1/lines", good, 201).json
            wrong = [  # body, field, code
                ({"studio": studio}, "extension", "missing"),
                ({"extension": "1"}, "studio", "missing"),
                ({**good, "extension": ""}, "extension", "missing"),
                ({**good, "extension": None}, "extension", "missing"),
                ({**good, "extension": 1001}, "extension", "bad-value"),
                ({**good, "extension": "10 01"}, "extension", "bad-value"),
                ({**good, "extension": "1\n2"}, "extension", "bad-value"),
                ({**good, "extension": "x" * 2000}, "extension", "bad-value"),
                ({**good, "studio": 99999}, "studio", "bad-value"),
                ({**good, "studio": "1"}, "studio", "bad-value"),
                ({**good, "studio": -1}, "studio", "bad-value"),
                ({**good, "number": 1}, "number", "taken"),
                ({**good, "number": 0}, "number", "bad-value"),
                ({**good, "number": 2 ** 32}, "number", "bad-value"),
                ({**good, "number": -1}, "number", "bad-value"),
                ({**good, "number": 1.5}, "number", "bad-value"),
                ({**good, "number": "3"}, "number", "bad-value"),
                ({**good, "register": 1}, "register", "bad-value"),
                ({**good, "register": "yes"}, "register", "bad-value"),
                ({**good, "server": 99999}, "server", "bad-value"),
                ({**good, "server": "no such name"}, "server", "bad-value"),
                ({**good, "server": []}, "server", "bad-value"),
                ({**good, "password": "a\u0007b"}, "password", "bad-value"),
                ({**good, "password": 1}, "password", "bad-value"),
                ({**good, "contact": "nonsense"}, "contact", "bad-value"),
                ({**good, "id": 5}, "id", "unknown-member"),
                ({**good, "epoch": 5}, "epoch", "unknown-member"),
                ({**good, "has_password": True}, "has_password", "unknown-member"),
                ({**good, "extention": "1"}, "extention", "unknown-member"),
            ]
            before = call("GET", "/api/v1/servers").body, call("GET", "/api/v1/lines").body
            for body, field, code in wrong:
                answer = call("POST", "/api/v1/lines", body).json
                assert answer["status"] in (400, 409), (body, answer)
                assert (answer.get("field"), answer["code"]) == (field, code), (body, answer)
                assert "\u0007" not in answer["detail"], answer
            for body in ("", "{", "[]", "null", '"x"', "{}{}", '{"name":"a","name":"b"}', "\ufeff{}",
                         '{"name":"\\u0000"}', '{"name":"\\ud800"}', "[" * 100000, '{"a":' * 100000,
                         '{"name":1e999}', '{"name":NaN}', "{'name':1}"):
                answer = call("POST", "/api/v1/studios", body, 400).json
                assert answer["code"] == "bad-json", (body[:20], answer)
            for path, body in (("/api/v1/servers", {"domain": "x y"}),
                               ("/api/v1/servers", {"domain": "a.example", "port": 0}),
                               ("/api/v1/servers", {"domain": "a.example", "expires": 86401}),
                               ("/api/v1/servers", {"domain": "a.example", "transport": "smoke"}),
                               ("/api/v1/studios", {"name": " x"})):
                assert call("POST", path, body, 400).json["code"] == "bad-value", body
            assert call("PATCH", "/api/v1/general", {"on_stop": "explode"}, 400).json["field"] == "on_stop"
            assert call("PATCH", path_of_line, {"extension": None}, 400, id=made["id"])
            call("PATCH", path_of_line, {}, 404, id=99999)
            assert before == (call("GET", "/api/v1/servers").body, call("GET", "/api/v1/lines").body)
            assert call("POST", "/api/v1/studios", {"name": "Studio W"}, 409).json["code"] == "taken"
            call("DELETE", "/api/v1/studios/{id}", None, 204, id=studio)

        def parameters_are_what_is_described():
            for (method, path), operation in described.items():
                if method != "GET" or operation["x-role"] == "none" or "{" in path or \
                        operation["operationId"] in ("followEvents", "getPage"):
                    continue
                answer = call(method, path, status=400, query="?nonsense=1").json
                assert answer["code"] == "unknown-parameter" and answer["field"] == "nonsense", answer
                for parameter in map(resolved, operation["parameters"]):
                    if parameter["schema"]["type"] != "integer":
                        continue
                    for bad in ("x", "-1", "1.5", "0x1", "%201", "99999999999999999999", "1%00"):
                        answer = call(method, path, status=400,
                                      query=f"?{parameter['name']}={bad}").json
                        assert answer["code"] in ("bad-value", "target"), (path, bad, answer)
            assert call("GET", "/api/v1/status", status=400, query="?state=sideways").json["field"] == "state"
            assert call("GET", "/api/v1/status", status=400, query="?text=a&text=b")

        def a_file_is_compared_applied_and_exported():
            port = free_port()
            text = STUDIO % port
            shown = call("POST", "/api/v1/apply", text, 200, "?dry_run=1", YAML).json
            assert shown["applied"] is False and shown["count"] >= 4, shown
            assert call("GET", "/api/v1/lines").json["total"] == 0
            done = call("POST", "/api/v1/apply", text, 200, kind=YAML).json
            assert done["applied"] is True and done["changes"] == shown["changes"]
            assert "secret1001" not in json.dumps(done)
            again = call("POST", "/api/v1/apply", text, 200, kind=YAML).json
            assert again["count"] == 0 and again["changes"] == [], again
            exported = call("GET", "/api/v1/export", status=200)
            assert "attachment" in exported.header("Content-Disposition")
            assert b"secret1001" not in exported.body
            back = call("POST", "/api/v1/apply", exported.body, 200, kind=YAML).json
            assert back["count"] == 0, back
            assert call("GET", "/api/v1/audit", query="?limit=1").json["audit"][0]["what"] == "apply"
            bad = text.replace("extension: \"1002\"", "extention: \"1002\"").replace("1001\"", "10 01\"")
            faults = call("POST", "/api/v1/apply", bad, 422, kind=YAML).json
            assert len(faults["faults"]) >= 2 and all(f["line"] for f in faults["faults"]), faults
            secret = text.replace("password: secret1001", "password-file: /etc/hostname")
            assert call("POST", "/api/v1/apply", secret, 422, kind=YAML)
            call("POST", "/api/v1/apply", "", 422, kind=YAML)

        def a_backup_comes_back_with_its_passwords_or_not_at_all():
            call("POST", "/api/v1/apply", STUDIO % free_port(), 200, kind=YAML)
            plain = call("POST", "/api/v1/backup", {}, 200)
            assert plain.body == call("GET", "/api/v1/export").body
            assert "lineup-2" in plain.header("Content-Disposition"), plain.headers
            assert call("POST", "/api/v1/backup", {"passphrase": "short"}, 400).json["field"] == "passphrase"
            sealed = call("POST", "/api/v1/backup", {"passphrase": "long enough"}, 200).body.decode()
            assert sealed.startswith(plain.body.decode()) and "secret1001" not in sealed
            assert call("GET", "/api/v1/audit", query="?limit=1").json["audit"][0]["detail"] == "with passwords, sealed"

            call("POST", "/api/v1/apply", "studios: []", 200, kind=YAML)
            backup = {"backup": sealed}
            assert call("POST", "/api/v1/restore", backup, 422).json["code"] == "passphrase-needed"
            wrong = dict(backup, passphrase="long enoug")
            assert call("POST", "/api/v1/restore", wrong, 422).json["code"] == "passphrase"
            right = dict(backup, passphrase="long enough")
            other = dict(right, backup=sealed.replace("127.0.0.1", "127.0.0.2"))
            assert call("POST", "/api/v1/restore", other, 422).json["code"] == "passphrase"
            cut = dict(right, backup=sealed[:-30])
            assert call("POST", "/api/v1/restore", cut, 422).json["faults"]
            assert call("GET", "/api/v1/lines").json["total"] == 0
            shown = call("POST", "/api/v1/restore", right, 200, "?dry_run=1").json
            assert shown["applied"] is False and "secret1001" not in json.dumps(shown), shown
            assert call("GET", "/api/v1/lines").json["total"] == 0
            call("POST", "/api/v1/studios", {"name": "Meanwhile"}, 201)
            late = call("POST", "/api/v1/restore", right, 409, f"?as_of={shown['as_of']}").json
            assert late["code"] == "changed-meanwhile", late
            shown = call("POST", "/api/v1/restore", right, 200, "?dry_run=1").json
            done = call("POST", "/api/v1/restore", right, 200, f"?as_of={shown['as_of']}").json
            assert done["applied"] is True and done["changes"] == shown["changes"], done
            lines = call("GET", "/api/v1/lines").json["lines"]
            assert [line["has_password"] for line in lines] == [True, False], lines
            assert call("POST", "/api/v1/restore", right, 200).json["count"] == 0
            entry = call("GET", "/api/v1/audit", query="?limit=1").json["audit"][0]
            assert (entry["what"], entry["object"]) == ("restore", "settings"), entry

        def a_sheet_is_imported():
            sheet = "Studio,Number,Extension,Auth Password\nStudio 2,1,2001,secret2001\n"
            shown = call("POST", "/api/v1/import", sheet, 200, "?dry_run=1", "text/csv").json
            assert shown["count"] == 1 and not shown["applied"], shown
            call("POST", "/api/v1/import", sheet, 200, kind="text/csv")
            lines = call("GET", "/api/v1/lines").json["lines"]
            assert [line["extension"] for line in lines] == ["1001", "1002", "2001"], lines
            faults = call("POST", "/api/v1/import", "Studio,Extension\nStudio 2,\n,1\n", 422,
                          kind="text/csv").json["faults"]
            assert {fault["line"] for fault in faults} == {2, 3}, faults

        def what_lines_do_is_told():
            lines = call("GET", "/api/v1/lines").json["lines"]
            first = lines[0]["id"]

            def known():
                answer = call("GET", "/api/v1/lines/{id}/status", id=first)
                return answer.status == 200 and answer.json["cause"] and answer.json
            status = until(known, "the first line has met its closed port")
            assert status["cause"]["id"] == "port-closed" and status["local"], status
            assert status["explained"]["advice"] and "@" not in status["explained"]["seen"], status
            assert f"listens at {status['target']} over UDP" in status["explained"]["seen"], status
            until(lambda: call("GET", "/api/v1/lines/{id}/steps", id=first).json["steps"],
                  "its steps are told")
            until(lambda: call("GET", "/api/v1/lines/{id}/history", id=first).json["history"],
                  "its history is written")
            uptime = call("GET", "/api/v1/lines/{id}/uptime", status=200, id=first).json
            assert uptime["up_ms"] == 0 and uptime["span_ms"] == 86400000, uptime
            call("GET", "/api/v1/lines/{id}/uptime", status=400, id=first, query="?from=9&to=5")
            for path in ("status", "steps", "history", "uptime"):
                call("GET", "/api/v1/lines/{id}/" + path, status=404, id=99999)

            def all_are_there():  # settings are there at once, the status when the shards have them
                whole = call("GET", "/api/v1/status", status=200).json
                return whole["count"]["lines"] == whole["total"] == len(lines) == 3 and whole
            whole = until(all_are_there, "the status has all lines")
            assert [s["name"] for s in whole["servers"]] == ["pbx"], whole

            def both_are_down():
                down = call("GET", "/api/v1/status",
                            query="?state=down&cause=port-closed&limit=1").json
                return len(down["lines"]) == 1 and down["total"] == 2
            until(both_are_down, "the second line has met its closed port")
            assert call("GET", "/api/v1/status", query="?state=up").json["total"] == 0
            found = call("GET", "/api/v1/status", query="?text=1002").json
            assert [line["extension"] for line in found["lines"]] == ["1002"], found
            log = call("GET", "/api/v1/log", status=200, query="?limit=3").json
            assert len(log["events"]) == 3 and log["events"][-1]["number"] == log["last"], log
            assert call("GET", "/api/v1/log", query=f"?after={log['last']}").json["events"] == []

        def causes_are_explained():
            causes = call("GET", "/api/v1/causes", status=200).json["causes"]
            assert len(causes) > 50
            for cause in causes[:5]:
                call("GET", "/api/v1/causes/{word}", status=200, word=cause["id"])
            call("GET", "/api/v1/causes/{word}", status=404, word="no-such-cause")

        def lines_are_told_to_act():
            line = call("GET", "/api/v1/lines").json["lines"][0]["id"]
            call("POST", "/api/v1/lines/{id}/unregister", None, 204, id=line)
            until(lambda: call("GET", "/api/v1/lines/{id}/status", id=line).json["state"] == "IDLE",
                  "the line is at rest")
            call("POST", "/api/v1/lines/{id}/register", "{}", 204, id=line)
            until(lambda: call("GET", "/api/v1/lines/{id}/status", id=line).json["state"] != "IDLE",
                  "the line tries again")
            for act in ("register", "unregister", "check"):
                call("POST", "/api/v1/lines/{id}/" + act, None, 404, id=99999)

        def a_check_tells_what_is_wrong():
            line = call("GET", "/api/v1/lines").json["lines"][0]["id"]
            begun = call("POST", "/api/v1/lines/{id}/check", None, 202, id=line).json

            def over():
                check_now = call("GET", "/api/v1/checks/{id}", status=200, id=begun["id"]).json
                return check_now["result"] != "running" and check_now
            found = until(over, "the check ends")
            assert found["result"] == "failed" and found["cause"]["id"] == "port-closed", found
            assert [s["state"] for s in found["steps"]].count("bad") == 1, found
            assert found["line"] == line and "secret" not in json.dumps(found)
            call("GET", "/api/v1/checks/{id}", status=404, id=99999)

        def logins_and_tokens_are_kept():
            made = call("POST", "/api/v1/logins", {"name": "Ömer", "password": PASSWORD}, 201).json
            assert made["role"] == "viewer", made
            call("GET", "/api/v1/logins", status=200)
            call("GET", "/api/v1/logins/{id}", status=200, id=made["id"])
            call("PATCH", "/api/v1/logins/{id}", {"role": "operator"}, 200, id=made["id"])
            for body in ({"name": "x"}, {"name": "x", "password": "short"},
                         {"name": "", "password": PASSWORD}, {"name": "a\nb", "password": PASSWORD},
                         {"name": "local user 0", "password": PASSWORD},
                         {"name": "x", "password": PASSWORD, "role": "king"},
                         {"name": "x", "password": "p" * 300}):
                call("POST", "/api/v1/logins", body, 400)
            call("POST", "/api/v1/logins", {"name": "Ömer", "password": PASSWORD}, 409)
            token = call("POST", "/api/v1/tokens", {"label": "grafana", "days": 30}, 201).json
            head = {"Authorization": "Bearer " + token["token"]}
            call("GET", "/api/v1/version", status=200, head=head)
            listed = call("GET", "/api/v1/tokens", status=200).json["tokens"]
            mine = next(t for t in listed if t["id"] == token["id"])
            assert mine["label"] == "grafana" and mine["ends_at"] > mine["made_at"], mine
            assert token["token"] not in json.dumps(listed)
            call("DELETE", "/api/v1/tokens/{id}", None, 204, id=token["id"])
            call("GET", "/api/v1/version", status=401, head=head)
            for body in ({}, {"label": ""}, {"label": "session"}, {"label": "x", "days": 0},
                         {"label": "x", "days": 4000}, {"label": "x", "login": 99999}):
                call("POST", "/api/v1/tokens", body, 400)
            call("DELETE", "/api/v1/logins/{id}", None, 204, id=made["id"])
            call("GET", "/api/v1/logins/{id}", status=404, id=made["id"])

        def sessions_begin_and_end():
            api.login("berta", "viewer")
            answer = call("POST", "/api/v1/session", {"name": "berta", "password": PASSWORD}, 200,
                          head={})
            berta = copy.copy(admin)
            berta.take(answer)
            assert call("GET", "/api/v1/session", status=200,
                        head=berta.head()).json["csrf"] == berta.csrf
            changed = call("PATCH", "/api/v1/session",
                           {"password": PASSWORD, "new_password": "something else"}, 200,
                           head=berta.head())
            berta.take(changed)
            call("PATCH", "/api/v1/session", {"password": "no", "new_password": "something else"}, 401,
                 head=berta.head())
            call("DELETE", "/api/v1/session", None, 204, head=berta.head())
            call("GET", "/api/v1/session", status=401, head=berta.head())
            call("POST", "/api/v1/setup", {"name": "x", "password": PASSWORD}, 401, head={})

        def the_rest_answers():
            for path in ("/", "/healthz", "/readyz", "/metrics", "/api/v1/version"):
                call("GET", path, status=200)
            page = call("GET", "/").body.decode()
            assert not re.search(r"<script(?! type=\"module\" src=)|<style|\son\w+=|\sstyle=", page), page
            assert call("GET", "/assets/{word}", status=404, word="app.js").json["code"] == "not-found"
            for name in re.findall(r"\"/assets/([^\"]+)\"", page):
                file = call("GET", "/assets/{word}", status=200, word=name)
                assert "immutable" in file.header("Cache-Control"), name
                assert gzip.decompress(file.body), name
                known = api.request("GET", "/assets/" + name, head={"If-None-Match": file.header("ETag")})
                assert known.status == 304 and not known.body, name
            with api.connect() as s, s.makefile("rb") as stream:
                called.add("followEvents")
                s.sendall(f"GET /api/v1/events?after=0 HTTP/1.1\r\nHost: {api.address}\r\n"
                          f"Cookie: {admin.cookie}\r\n\r\n".encode())
                assert b" 200 " in stream.readline()

        def every_operation_was_called():
            missing = {o["operationId"] for o in described.values()} - called
            assert not missing, missing

        run([the_description_is_whole,
             settings_are_made_changed_and_removed,
             a_list_of_lines_is_added_whole_or_not_at_all,
             profiles_are_listed_and_set, what_is_wrong_is_named,
             parameters_are_what_is_described,
             a_file_is_compared_applied_and_exported,
             a_backup_comes_back_with_its_passwords_or_not_at_all,
             a_sheet_is_imported,
             what_lines_do_is_told,
             causes_are_explained,
             lines_are_told_to_act,
             a_check_tells_what_is_wrong,
             logins_and_tokens_are_kept,
             sessions_begin_and_end,
             the_rest_answers,
             every_operation_was_called])


main()
