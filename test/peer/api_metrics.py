#!/usr/bin/env python3
"""/metrics as Prometheus reads it, with promtool for a judge. Usage: PROGRAM API-SERVE"""
import re
import socket
import subprocess
import sys

from api import Api
from peer import free_port, need, run, until
from stub import Stub, grants

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
            assert value('lineup_attempts_total{outcome="failed",cause="port-closed"}', text) >= 3
            assert value('lineup_answer_seconds_count', text) == 0  # nobody answered
            until(lambda: value("lineup_sip_sent_total") >= 3, "what was sent is counted")

        def line_at(stub, extension):
            made = api.local("POST", "/api/v1/lines", {
                "studio": api.local("GET", "/api/v1/studios").json["studios"][0]["id"],
                "extension": extension, "server": stub.address})
            assert made.status == 201, made

        def buckets_of(text):
            return [(float(bound), int(n)) for bound, n in
                    re.findall(r'^lineup_answer_seconds_bucket{le="(\S+)"} (\d+)$', text, re.M)]

        def attempts_are_counted_by_outcome_and_cause():
            def answer(request, _n):
                if "sip:2001@" in request.header("To"):
                    return request.answer("404 Not Found")
                return grants(request)

            text = metrics()
            assert value('lineup_attempts_total{outcome="refused",cause="not-found"}', text) == 0
            assert value('lineup_attempts_total{outcome="granted",cause=""}', text) == 0
            with Stub(answer) as stub:
                line_at(stub, "2000")
                line_at(stub, "2001")
                until(lambda: value('lineup_attempts_total{outcome="refused",cause="not-found"}')
                      == 1, "the refusal is counted")
                until(lambda: value('lineup_attempts_total{outcome="granted",cause=""}') == 1,
                      "the grant is counted")
            text = metrics()
            judged(text)
            refused = re.findall(r'^lineup_attempts_total{outcome="refused",cause="(\S+)"} (\d+)$',
                                 text, re.M)
            assert [cause for cause, n in refused if n != "0"] == ["not-found"], refused
            assert len(refused) == len({cause for cause, _ in refused}) > 100, refused

        def times_of_answers_are_a_histogram():
            text = metrics()
            buckets = buckets_of(text)
            assert [bound for bound, _ in buckets] == [
                .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 32, float("inf")], buckets
            counts = [n for _, n in buckets]
            assert counts == sorted(counts), buckets
            assert counts[-1] == value("lineup_answer_seconds_count", text) == 2, text
            assert value("lineup_answer_seconds_sum", text) >= 0
            assert "# TYPE lineup_answer_seconds histogram\n" in text

        def the_name_of_a_server_is_quoted():
            for name in ('a "b" \\ c', "ä" * 300, "ä" * 299, "{}=,"):
                made = api.local("POST", "/api/v1/servers", {"domain": "quoted.example", "name": name})
                assert made.status == 201, made
            until(lambda: 'server="a \\"b\\" \\\\ c"' in metrics(), "it is there")
            judged(metrics())

        def what_goes_to_the_syslog_host_is_counted():
            assert value("lineup_syslog_sending") == value("lineup_syslog_sent_total") == 0
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as host:
                host.bind(("127.0.0.1", 0))
                changed = api.local("PATCH", "/api/v1/general", {
                    "syslog_transport": "udp", "syslog_host": "127.0.0.1", "syslog_port": host.getsockname()[1]})
                assert changed.status == 200, changed
                until(lambda: value("lineup_syslog_sending") == 1, "it goes there")
                until(lambda: value("lineup_syslog_sent_total") >= 1, "what was sent is counted")
                assert host.recv(4096).startswith(b"<")
            judged(metrics())
            assert api.local("PATCH", "/api/v1/general", {"syslog_transport": "none"}).status == 200

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
             attempts_are_counted_by_outcome_and_cause,
             times_of_answers_are_a_histogram,
             the_name_of_a_server_is_quoted,
             what_goes_to_the_syslog_host_is_counted,
             there_are_at_most_a_hundred_servers])


main()
