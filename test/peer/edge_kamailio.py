#!/usr/bin/env python3
"""A registrar behind edge proxies that add themselves as a Path (RFC 3327), all of them Kamailio: the registrar with
its strict path_mode, so that it refuses whoever does not support Path; with outbound (RFC 5626) by one edge and by two,
GRUUs (RFC 5627), and a Flow-Timer that STUN keeps. Usage: PROGRAM LINEUP"""
import json
import re
import sys
import time

from check import Check
from daemon import Daemon
from impair import Impair
from peer import Edge, Kamailio, Lineup, free_port, once, run, stop, until

BINARY = sys.argv[1]
STRICT = 'modparam("registrar", "use_path", 1)\n'
FLOW_TIMER_S = 12
OUTBOUND = STRICT + f'''modparam("registrar", "outbound_mode", 1)
modparam("registrar", "flow_timer", {FLOW_TIMER_S})
modparam("registrar", "gruu_enabled", 1)
'''


def said_of(daemon, name="A/1"):
    return json.loads(daemon.get(f"/api/v1/lines/{daemon.lines()[name]['id']}/status"))


def paths(registrar):
    """What the registrar keeps as the Path of each binding."""
    return re.findall(r"Path: (.*)", registrar.dump())


class Counted(Impair):
    """A good network in which STUN is counted: requests, and success responses."""

    def __init__(self, server):
        super().__init__(server, lost=0, doubled=0, cut=0, delay_s=0)
        self.asked, self.answered = [], 0

    def take(self, way, data, send):
        if data[:2] == b"\0\1":
            self.asked.append(time.monotonic())
        self.answered += data[:2] == b"\1\1"
        super().take(way, data, send)


def kept(registrar):
    """What the registrar keeps of each binding: instance, reg-id and Path, in the order of reg-ids."""
    fields = ["Instance", "Reg-Id", "Path"]
    found = [re.findall(rf"{name}: (.*)", registrar.dump()) for name in fields]
    return sorted(zip(*found), key=lambda binding: binding[1])


def over_tcp(registrar):
    """Of each binding, in the order of reg-ids, whether its Contact is one of TCP."""
    found = zip(re.findall(r"Reg-Id: (.*)", registrar.dump()), re.findall(r"Address: (sip:1001@.*)", registrar.dump()))
    return [";transport=tcp" in contact for _, contact in sorted(found)]


def is_by(path, edge):
    """A Path with a token of the flow, as an edge of RFC 5626 5.1 makes it."""
    return re.fullmatch(rf"<sip:[^@]+@127\.0\.0\.1:{edge.port}(;transport=tcp)?;lr;ob>", path) is not None


def outbound_tests(registrar, one, two):
    line = f"1001@127.0.0.1:{registrar.port}"
    by_one = ("--proxy", f"127.0.0.1:{one.port}", "--outbound")
    by_both = (*by_one, "--flows", "2", "--second-proxy", f"127.0.0.1:{two.port}")

    def a_flow_is_registered_with_its_gruus():
        for transport in ("udp", "tcp"):
            status, result, _, _ = once(BINARY, line, *by_one, "--gruu", "-t", transport, password="secret1001")
            assert status == 0 and [b["ours"] for b in result["bindings"]] == [True], result
            assert len(result["path"]) == 1 and is_by(result["path"][0], one), result
            assert re.fullmatch(r"sip:1001@127\.0\.0\.1;gr=urn:uuid:[-0-9a-f]{36}", result["pub_gruu"]), result
            assert re.fullmatch(r"sip:[^@]+@127\.0\.0\.1;gr", result["temp_gruu"]), result
        assert registrar.contacts() == []

    def two_flows_go_by_two_proxies():
        for transport in ("udp", "tcp"):
            with Lineup(BINARY, line, *by_both, "-t", transport, password="secret1001") as lineup:
                lineup.wait_for(lambda e: e["event"] == "flows" and e["flows_up"] == 2, "two flows")
                first, second = kept(registrar)
                assert first[0] == second[0] and first[1] == "1" and second[1] == "2", (first, second)
                assert is_by(first[2], one) and is_by(second[2], two), (first, second)
                assert any("registered by two flows" in text for text in lineup.log())
                lineup.interrupt()
                status, result = lineup.end()
                assert status == 0 and result["result"] == "registered" and is_by(result["path"][0], one), result
            assert registrar.contacts() == []

    def the_doctor_asks_by_both():
        check = Check(BINARY, line, *by_both, password="secret1001")
        check.assert_ok()
        assert check.steps["flows"]["state"] == "good", check.text
        assert f"it would register at 127.0.0.1:{two.port} over UDP" in check.steps["flows"]["text"], check.text
        uri = f"sip:127.0.0.1:{free_port()};transport=tcp"
        check = Check(BINARY, line, *by_one, "--flows", "2", "--second-proxy", uri, password="secret1001")
        check.assert_ok()
        assert "it would not register. Reach: " in check.steps["flows"]["text"], check.text

    def a_second_proxy_says_over_what_it_is_reached():
        uri = f"sip:127.0.0.1:{two.port};transport=tcp;lr"
        with Lineup(BINARY, line, *by_one, "--flows", "2", "--second-proxy", uri, password="secret1001") as lineup:
            lineup.wait_for(lambda e: e["event"] == "flows" and e["flows_up"] == 2, "two flows")
            first, second = kept(registrar)
            assert is_by(first[2], one) and is_by(second[2], two), (first, second)
            assert over_tcp(registrar) == [False, True], registrar.dump()
            lineup.interrupt()
            status, result = lineup.end()
            assert status == 0 and result["transport"] == "udp", result
        assert registrar.contacts() == []

    def once_has_a_result_of_both():
        status, result, log, events = once(BINARY, line, *by_both, password="secret1001")
        assert status == 0 and result["result"] == "registered" and is_by(result["path"][0], one), result
        assert [e["flows_up"] for e in events if e["event"] == "flows"] == [2], log
        assert registrar.contacts() == []

    def a_second_proxy_that_is_dead_costs_nothing():
        nobody = ("--second-proxy", f"127.0.0.1:{free_port()}")
        status, result, log, _ = once(BINARY, line, *by_one, "--flows", "2", *nobody, password="secret1001")
        assert status == 0 and result["result"] == "registered" and is_by(result["path"][0], one), result
        assert sum("REGISTER failed" in text for text in log) == 1, log
        assert registrar.contacts() == []

    def a_flow_timer_is_kept_by_stun():
        with Counted(f"127.0.0.1:{one.port}") as way:
            with Lineup(BINARY, line, "--proxy", way.address, "--outbound", password="secret1001") as lineup:
                lineup.wait_for(lambda e: e.get("status") == 200, "registered")
                until(lambda: way.answered >= 2, "the edge answers STUN", 4 * FLOW_TIMER_S)
                # What it is asked for is sent, and not much sooner: at 80 to 100 % (RFC 5626 4.4).
                assert way.asked[1] - way.asked[0] > FLOW_TIMER_S / 2, way.asked
                lineup.interrupt()
                assert lineup.end()[0] == 0

    def the_daemon_holds_a_line_by_either_edge():
        uri = f"sip:127.0.0.1:{two.port};transport=tcp"
        with Daemon(BINARY) as daemon:
            daemon.good("server add", f"127.0.0.1:{registrar.port}", "--name", "Edge", *by_one[:2], "--outbound", "yes",
                        "--flows", "2", "--second-proxy", f"{uri};lr", "--gruu", "yes", "--expires", "12")
            assert f"second flow by {uri}" in " ".join(daemon.good("server list").split())
            daemon.good("line add", "A", line, password="secret1001")
            said = until(lambda: (lambda s: s["flows_up"] == 2 and s["path"] and s)(said_of(daemon)), "both flows are up")
            assert said["flows"] == 2 and said["foreign"] == 0 and said["pub_gruu"], said
            assert is_by(said["path"][0], one), said
            assert [binding[1] for binding in kept(registrar)] == ["1", "2"], registrar.dump()
            assert over_tcp(registrar) == [False, True], registrar.dump()
            stop(one.process)
            said = until(lambda: (lambda s: s["flows_up"] == 1 and s)(said_of(daemon)), "one flow is lost")
            assert said["state"] in ("REGISTERED", "REFRESHING"), said
            assert "by one of two flows" in daemon.good("line show", "A/1")
            one.start()
            daemon.good("line register", "A/1")
            until(lambda: said_of(daemon)["flows_up"] == 2, "it is back")
            assert is_by(kept(registrar)[0][2], one), registrar.dump()

    return [a_flow_is_registered_with_its_gruus,
            two_flows_go_by_two_proxies,
            a_second_proxy_says_over_what_it_is_reached,
            the_doctor_asks_by_both,
            once_has_a_result_of_both,
            a_second_proxy_that_is_dead_costs_nothing,
            a_flow_timer_is_kept_by_stun,
            the_daemon_holds_a_line_by_either_edge]


def main():
    with Kamailio(STRICT) as registrar, Edge(registrar) as edge, \
            Kamailio(OUTBOUND) as outbound, Edge(outbound) as one, Edge(outbound) as two:
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
                said = until(lambda: (lambda s: s["path"] and s)(said_of(daemon)), "it has a path")
                assert said["path"] == paths(registrar) == [path], said
                assert said["state"] == "REGISTERED", said
                assert path in daemon.good("line show", "A/1")

        run([a_plain_line_registers_by_the_edge_and_shows_its_path,
             the_path_is_kept_as_long_as_the_binding_is,
             the_doctor_finds_that_it_would_register,
             the_daemon_tells_the_path,
             *outbound_tests(outbound, one, two)])


main()
