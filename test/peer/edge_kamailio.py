#!/usr/bin/env python3
"""A registrar behind an edge proxy that adds itself as a Path (RFC 3327), both of them Kamailio, the registrar
with its strict path_mode: it refuses whoever does not support Path. Usage: PROGRAM LINEUP"""
import json
import re
import sys

from check import Check
from daemon import Daemon
from peer import Edge, Kamailio, Lineup, once, run, until

BINARY = sys.argv[1]
STRICT = 'modparam("registrar", "use_path", 1)\n'


def said_of(daemon, name="A/1"):
    return json.loads(daemon.get(f"/api/v1/lines/{daemon.lines()[name]['id']}/status"))


def paths(registrar):
    """What the registrar keeps as the Path of each binding."""
    return re.findall(r"Path: (.*)", registrar.dump())


def main():
    with Kamailio(STRICT) as registrar, Edge(registrar) as edge:
        line = f"1001@127.0.0.1:{registrar.port}"
        by_edge = ("--proxy", f"127.0.0.1:{edge.port}")
        path = f"<sip:127.0.0.1:{edge.port};lr>"

        def a_plain_line_registers_by_the_edge_and_shows_its_path():
            for more in ((), ("--transport", "tcp"), ("--gruu",)):
                status, result, log, _ = once(BINARY, line, *by_edge, *more, password="secret1001")
                assert status == 0 and result["status"] == 200, result
                assert len(result["path"]) == 1 and result["path"][0].startswith(path[:-len(";lr>")]), result
                assert f"SIP: Path: {result['path'][0]}" in log, log
            assert registrar.contacts() == []

        def the_path_is_kept_as_long_as_the_binding_is():
            with Lineup(BINARY, line, *by_edge, "-e", "10", password="secret1001") as lineup:
                def granted(n):
                    return lambda e: e.get("status") == 200 and \
                        sum(1 for x in lineup.events() if x.get("status") == 200) >= n
                lineup.wait_for(granted(1), "registered")
                assert paths(registrar) == [path], registrar.dump()
                lineup.wait_for(granted(2), "refreshed")
                assert paths(registrar) == [path], registrar.dump()
                lineup.interrupt()
                assert lineup.end()[0] == 0
            assert registrar.contacts() == []

        def the_doctor_finds_that_it_would_register():
            for trial in ("never", "always"):
                check = Check(BINARY, line, *by_edge, "--trial", trial, password="secret1001")
                check.assert_ok()
            assert registrar.contacts() == []

        def the_daemon_tells_the_path():
            with Daemon(BINARY) as daemon:
                daemon.good("server add", f"127.0.0.1:{registrar.port}", "--proxy", by_edge[1])
                daemon.good("line add", "A", line, password="secret1001")
                said = until(lambda: (lambda s: s["state"] == "REGISTERED" and s)(said_of(daemon)), "it is up")
                assert said["path"] == paths(registrar) == [path], said
                assert path in daemon.good("line show", "A/1")

        run([a_plain_line_registers_by_the_edge_and_shows_its_path,
             the_path_is_kept_as_long_as_the_binding_is,
             the_doctor_finds_that_it_would_register,
             the_daemon_tells_the_path])


main()
