#!/usr/bin/env python3
"""`lineup` against Kamailio behind a name: nsd serves its SRV and NAPTR records, which name three servers, one
that is dead, one that is out of service, and a good one. Usage: PROGRAM LINEUP"""
import json
import os
import subprocess
import sys

from nsd import Nsd
from peer import HERE, Kamailio, Lineup, free_port, once, run, until
from stub import Stub

BINARY = sys.argv[1]


def zone_of(*ports):
    """The zone of zone.pbx.test with UDP at these ports, the first one preferred."""
    with open(os.path.join(HERE, "zone.pbx.test")) as f:
        lines = [line for line in f if not line.startswith(("_sip._udp", "@        NAPTR"))]
    lines.append('@ NAPTR 10 50 "s" "SIP+D2U" "" _sip._udp.pbx.test.\n')
    lines += [f"_sip._udp 15 SRV {10 * (i + 1)} 0 {port} r{i + 1}\n" for i, port in enumerate(ports)]
    return "".join(lines)


def ports_asked(events):
    return [int(e["to"].rsplit(":", 1)[1]) for e in events if e["event"] == "send"]


def runs(ports):
    """Each port once for a run of it: on a slow machine there are retransmissions."""
    return [port for i, port in enumerate(ports) if i == 0 or ports[i - 1] != port]


def main():
    closed = free_port()
    with Kamailio() as good, Stub(lambda request, n: request.answer("503 Service Unavailable")) as busy, \
            Stub(lambda request, n: None) as silent, \
            Nsd(zone_of(closed, int(busy.address.split(":")[1]), good.port)) as nsd:
        dns = ("--dns", f"127.0.0.1:{nsd.port}")
        busy_port = int(busy.address.split(":")[1])
        silent_port = int(silent.address.split(":")[1])

        def the_third_server_is_used_where_the_first_is_dead_and_the_second_out_of_service():
            status, result, _, events = once(BINARY, "1001@pbx.test", *dns, password="secret1001")
            assert status == 0 and result["result"] == "registered", result
            assert runs(ports_asked(events)) == [closed, busy_port, good.port], ports_asked(events)

        def a_silent_one_costs_one_time_out_and_the_good_one_is_kept():
            with Nsd(zone_of(silent_port, busy_port, good.port)) as own, \
                    Lineup(BINARY, "1001@pbx.test", "-e", "20", "--dns", f"127.0.0.1:{own.port}",
                           password="secret1001") as lineup:
                def granted(n):
                    return lambda e: sum(x.get("status") == 200 for x in lineup.events()) >= n
                lineup.wait_for(granted(1), "registered")
                asked = runs(ports_asked(lineup.events()))
                assert asked == [silent_port, busy_port, good.port], asked
                lineup.wait_for(granted(2), "refreshed")
                assert runs(ports_asked(lineup.events())) == asked
                lineup.interrupt()
                assert lineup.end()[0] == 0

        def it_comes_back_to_the_preferred_one_later():
            with Lineup(BINARY, "1001@pbx.test", "-e", "20", *dns, password="secret1001") as lineup:
                lineup.wait_for(lambda e: e.get("status") == 200, "registered")
                back = Kamailio()
                back.port = closed
                with back:
                    until(lambda: len(back.contacts()) == 1, "registered at the preferred server", 100)
                    lineup.interrupt()
                    assert lineup.end()[0] == 0

        def auto_takes_what_naptr_offers():
            status, result, _, _ = once(BINARY, "1001@pbx.test", "-t", "auto", *dns, password="secret1001")
            assert status == 0 and result["transport"] == "udp", result

        def without_srv_the_name_is_its_addresses():
            status, result, _, events = once(BINARY, "1001@r1.pbx.test", "--no-srv", *dns, password="x")
            assert status == 3 and ports_asked(events) == [5060], (status, events)

        def a_name_that_is_not_there_is_said():
            status, result, _, _ = once(BINARY, "1001@nobody.pbx.test", *dns, password="x")
            assert status == 3 and result["cause"]["id"] == "name-unknown", result

        def check_shows_the_servers_of_the_name_and_tries_each():
            done = subprocess.run([BINARY, "check", "1001@pbx.test", "--json", *dns], text=True, timeout=60,
                                  capture_output=True, env=dict(os.environ, LINEUP_PASSWORD="secret1001"))
            steps = {}
            for line in done.stdout.splitlines():
                event = json.loads(line)
                if event["event"] == "step":
                    steps[event["step"]] = event
            assert steps["name"]["text"] == (
                f"_sip._udp.pbx.test: r1:{closed} (10), r2:{busy_port} (20), r3:{good.port} (30)"), steps
            assert steps["login"]["state"] == "good" and done.returncode == 0, steps

        run([the_third_server_is_used_where_the_first_is_dead_and_the_second_out_of_service,
             a_silent_one_costs_one_time_out_and_the_good_one_is_kept,
             it_comes_back_to_the_preferred_one_later,
             auto_takes_what_naptr_offers,
             without_srv_the_name_is_its_addresses,
             a_name_that_is_not_there_is_said,
             check_shows_the_servers_of_the_name_and_tries_each])


main()
