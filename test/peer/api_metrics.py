#!/usr/bin/env python3
"""/metrics as Prometheus reads it, with promtool for a judge. Usage: PROGRAM API-SERVE"""
import re
import subprocess
import sys

from api import Api
from peer import free_port, need, run, until

PROGRAM = sys.argv[1]


def main():
    promtool = need("promtool")
    with Api(PROGRAM) as api:
        head = api.token(api.login("prometheus", "viewer").login, "viewer")

        def metrics():
            answer = api.request("GET", "/metrics", head=head)
            assert answer.status == 200, answer
            assert answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
            return answer.body.decode()

        def value(name, text=None):
            found = re.search(rf"^{re.escape(name)} (\S+)$", text or metrics(), re.MULTILINE)
            assert found, name
            return float(found[1])

        def judged(text):
            done = subprocess.run([promtool, "check", "metrics"], input=text, text=True,
                                  capture_output=True, timeout=60)
            assert done.returncode == 0 and done.stderr == "", done.stderr

        def promtool_is_content_with_nothing():
            judged(metrics())

        def promtool_is_content_with_lines():
            studio = api.local("POST", "/api/v1/studios", {"name": "S"}).json["id"]
            for i in range(3):
                made = api.local("POST", "/api/v1/lines", {
                    "studio": studio, "extension": str(1000 + i),
                    "server": f"127.0.0.1:{free_port()}"})
                assert made.status == 201, made
            until(lambda: value('lineup_lines{state="WAITING"}') == 3, "all three have failed")
            text = metrics()
            judged(text)
            assert value('lineup_lines_failing{cause="port-closed"}', text) == 3
            until(lambda: value('lineup_attempts_total{outcome="failed"}') >= 3, "they are counted")
            until(lambda: value("lineup_sip_sent_total") >= 3, "what was sent is counted")

        def the_name_of_a_server_is_quoted():
            for name in ('a "b" \\ c', "ä" * 300, "ä" * 299, "{}=,"):
                made = api.local("POST", "/api/v1/servers", {"domain": "quoted.example", "name": name})
                assert made.status == 201, made
            until(lambda: 'server="a \\"b\\" \\\\ c"' in metrics(), "it is there")
            judged(metrics())

        def there_are_at_most_a_hundred_servers():
            for i in range(110):
                made = api.local("POST", "/api/v1/servers", {"domain": f"s{i}.example"})
                assert made.status == 201, made
            until(lambda: metrics().count("lineup_server_lines{") == 101, "the others are one")
            text = metrics()
            judged(text)
            assert value('lineup_server_lines{id="others"}', text) >= 0

        run([promtool_is_content_with_nothing,
             promtool_is_content_with_lines,
             the_name_of_a_server_is_quoted,
             there_are_at_most_a_hundred_servers])


main()
