#!/usr/bin/env python3
"""A studio with an audio LAN and a WAN: lines that are set to one of them, an interface that comes, goes
and returns, a route that moves from one to the other, IPv6 that is lost. Needs namespaces (root); else it
is skipped. Usage: PROGRAM LINEUP"""
import datetime
import json
import os
import signal
import sys

from check import Check
from daemon import Daemon
from namespaces import Namespaces, skip_without_namespaces
from peer import Lineup, run, until
from practice import Practice

BINARY = os.path.abspath(sys.argv[1])
PBX, PBX6 = "10.98.9.9", "2001:db8:98:9::9"
LAN, WAN = "10.98.1.2", "10.98.2.2"  # the studio's
LINES = 20
WITHIN_S = 2  # of a change the lines concerned register anew (docs/architecture.md): by the daemon's clock


class Studio(Namespaces):
    """The studio (audio0, wan0) -- the PBX (p0, p1; its own address on lo). The routes prefer the LAN."""

    def __init__(self):
        super().__init__(BINARY, "sp", [("s", "audio0", "p", "p0"), ("s", "wan0", "p", "p1")])

    def prepare(self):
        for letter in "sp":
            self.sysctl(letter, *(f"net.ipv4.conf.{of}.rp_filter=0" for of in ("all", "default")))
        self.set_up("p", "lo", PBX + "/32", PBX6 + "/128")
        self.set_up("p", "p0", "10.98.1.1/24", "2001:db8:98:1::1/64")
        self.set_up("p", "p1", "10.98.2.1/24", "2001:db8:98:2::1/64")
        self.set_up("s", "audio0", LAN + "/24", "2001:db8:98:1::2/64")
        self.set_up("s", "wan0", WAN + "/24", "2001:db8:98:2::2/64")
        for device in ("audio0", "wan0"):
            self.sysctl("s", f"net.ipv4.conf.{device}.rp_filter=0")
        self.route("audio0", 100)
        self.route("wan0", 200)

    def route(self, device, metric, gateway=None):
        """To the PBX, by both families."""
        net = "1" if device == "audio0" else "2"
        for to, via in ((PBX, f"10.98.{net}.1"), (PBX6, f"2001:db8:98:{net}::1")):
            self.ip("s", "route", "replace", to, "via", via, "dev", device, "metric", str(metric))

    def prefer_the_wan(self):
        self.route("wan0", 50)

    def registrar(self, port=5060, host=PBX, users=("1001:secret",)):
        accounts = [word for user in users for word in ("--user", user)]
        host = f"[{host}]" if ":" in host else host
        return Practice(self.program("p"), *accounts, listen=f"{host}:{port}")

    def line(self, *options, address=f"1001@{PBX}"):
        return Lineup(self.program("s"), address, *options, password="secret")


def taken_s(log, count):
    """How long after the kernel's last word in a log the last of the count REGISTERs behind it went out; None: there
    are not so many yet, since the log is written by a thread of its own."""
    events = [json.loads(line) for line in log.splitlines() if line.startswith("{") and line.endswith("}")]
    told = [i for i, event in enumerate(events) if event.get("text", "").startswith("the kernel tells")]
    sent = [event for event in events[told[-1]:] if event["event"] == "send"] if told else []
    if len(sent) < count:
        return None
    first, last = (datetime.datetime.fromisoformat(event["time"].rstrip("Z"))
                   for event in (events[told[-1]], sent[-1]))
    return (last - first).total_seconds()


def grants(practice):
    return [e for e in practice.events() if e["event"] in ("registered", "refreshed")]


def granted(practice, count=1, **has):
    """The last of so many grants with these members, waited for."""
    def found():
        events = [e for e in grants(practice)
                  if all(e[name].split(":")[0] == value for name, value in has.items())]
        return events[-1] if len(events) >= count else None
    return until(found, f"{count} grants with {has}: {practice.events()}")


def each_transport_leaves_over_the_interface_that_is_named():
    with Studio() as studio, studio.registrar() as practice:
        for transport in ("udp", "tcp"):
            for device, address in (("audio0", LAN), ("wan0", WAN)):
                with studio.line("--interface", device, "-t", transport):
                    event = granted(practice, **{"from": address})
                    assert event["contact"].startswith(f"sip:1001@{address}:"), event
                until(lambda: practice.kinds().count("removed") == practice.kinds().count("registered"),
                      "it is removed")


def an_address_is_sent_from_where_the_routes_lead():
    with Studio() as studio, studio.registrar() as practice:
        studio.ip("s", "rule", "add", "from", WAN, "lookup", "98")
        studio.ip("s", "route", "add", "default", "via", "10.98.2.1", "dev", "wan0", "table", "98")
        with studio.line("--interface", WAN):
            assert granted(practice, **{"from": WAN})["contact"].startswith(f"sip:1001@{WAN}:")


def the_doctor_goes_over_the_interface_that_is_named():
    with Studio() as studio, studio.registrar() as practice:
        for transport in ("udp", "tcp"):
            for device, address in (("audio0", LAN), ("wan0", WAN)):
                seen = len(practice.events())
                found = Check(studio.program("s"), f"1001@{PBX}", "--interface", device, "-t", transport,
                              password="secret")
                found.assert_ok()
                froms = {e["from"].rsplit(":", 1)[0] for e in practice.events()[seen:] if "from" in e}
                assert froms == {address}, (device, froms)
        Check(studio.program("s"), f"1001@{PBX}", "--interface", "audio1",
              password="secret").assert_cause(3, "reach", "no-interface")


def an_interface_that_comes_is_taken_and_one_that_goes_is_waited_for():
    with Studio() as studio, studio.registrar() as practice, Daemon(studio.program("s")) as daemon:
        def misses_it(cause="no-interface"):
            line = daemon.lines()["S/1"]
            return line["state"] in ("WAITING", "HOLDING") and line["cause"]["id"] == cause

        def names_it():
            shown = json.loads(daemon.get(f"/api/v1/lines/{daemon.lines()['S/1']['id']}/status"))
            assert "is wan0." in shown["explained"]["seen"], shown

        studio.ip("s", "link", "del", "wan0")
        done = daemon.apply(f"servers:\n- {{domain: {PBX}, expires: 10, interface: wan0}}\n"
                            f"studios:\n- name: S\n  lines:\n"
                            f"  - {{extension: \"1001\", password: secret, server: {PBX}}}\n")
        assert done.returncode == 0, done.stderr
        until(misses_it, f"it is missed: {daemon.lines()}")
        names_it()
        studio.connect("s", "wan0", "p", "p1")
        studio.set_up("p", "p1", "10.98.2.1/24")
        studio.set_up("s", "wan0", WAN + "/24")
        studio.ip("s", "route", "add", PBX, "via", "10.98.2.1", "dev", "wan0", "metric", "200")
        granted(practice, **{"from": WAN})
        studio.ip("s", "link", "set", "wan0", "down")
        until(lambda: misses_it("interface-down"), f"it is missed again: {daemon.lines()}")
        count = len(grants(practice))
        studio.ip("s", "link", "set", "wan0", "up")
        studio.ip("s", "route", "replace", PBX, "via", "10.98.2.1", "dev", "wan0", "metric", "200")
        granted(practice, count + 1, **{"from": WAN})
        assert not [e for e in grants(practice) if not e["from"].startswith(WAN + ":")], practice.events()


def a_link_that_goes_down_is_noticed_with_an_address_as_interface():
    with Studio() as studio, studio.registrar() as practice, Daemon(studio.program("s")) as daemon:
        def misses_it():
            line = daemon.lines()["S/1"]
            return line["state"] in ("WAITING", "HOLDING") and line["cause"]["id"] == "interface-down"

        studio.prefer_the_wan()
        done = daemon.apply(f"servers:\n- {{domain: {PBX}, expires: 10, interface: {WAN}}}\n"
                            f"studios:\n- name: S\n  lines:\n"
                            f"  - {{extension: \"1001\", password: secret, server: {PBX}}}\n")
        assert done.returncode == 0, done.stderr
        granted(practice, **{"from": WAN})
        studio.ip("p", "link", "set", "p1", "down")  # no carrier: the address stays where it is
        until(misses_it, f"it is missed: {daemon.lines()}")
        count = len(grants(practice))
        studio.ip("p", "link", "set", "p1", "up")
        granted(practice, count + 1, **{"from": WAN})


def a_link_local_server_is_reached_over_the_interface_that_is_named():
    here, there = "fe80::98:2", "fe80::98:1"
    with Studio() as studio:
        for letter, device, address in (("s", "audio0", here), ("p", "p0", there)):
            studio.ip(letter, "-6", "addr", "flush", "dev", device, "scope", "link")
            studio.set_up(letter, device, address + "/64")
        with studio.registrar(host="::") as practice:
            for transport in ("udp", "tcp"):
                seen = len(grants(practice))
                with studio.line("--interface", "audio0", "-t", transport, address=f"1001@[{there}]"):
                    until(lambda: len(grants(practice)) > seen, f"a grant over {transport}: {practice.events()}")
                    assert f"@[{here}]:" in grants(practice)[-1]["contact"], practice.events()
        for transport in ("udp", "tcp"):
            with studio.line("--once", "-t", transport, address=f"1001@[{there}]") as line:
                status, result = line.end()
                assert status != 0 and result["cause"]["id"] == "interface-unnamed", result
        zone = studio.line(address=f"1001@[{there}%audio0]").process
        assert zone.wait(20) == 2 and b'set "audio0" as its interface' in zone.stderr.read()


def a_route_that_moves_takes_the_line_along():
    for transport in ("udp", "tcp"):
        with Studio() as studio, studio.registrar() as practice, studio.line("-t", transport):
            granted(practice, **{"from": LAN})
            studio.prefer_the_wan()
            event = granted(practice, **{"from": WAN})
            assert event["contact"].startswith(f"sip:1001@{WAN}:"), event


def a_route_that_moves_leaves_a_line_with_an_interface_alone():
    with Studio() as studio, studio.registrar(users=("1001:secret", "1002:secret")) as practice, \
            studio.line("--interface", "audio0") as stays, studio.line(address=f"1002@{PBX}") as goes:
        granted(practice, 2, **{"from": LAN})
        studio.prefer_the_wan()
        granted(practice, **{"from": WAN, "extension": "1002"})
        assert len([e for e in grants(practice) if e["extension"] == "1001"]) == 1, practice.events()
        assert stays.process.poll() is None and goes.process.poll() is None


def ipv6_that_is_lost_is_replaced_by_ipv4():
    with Studio() as studio, studio.registrar(host=PBX6) as six:
        folder = f"/etc/netns/{studio.names['s']}"
        os.makedirs(folder)  # "ip netns exec" puts what is in there over /etc
        try:
            with open(f"{folder}/hosts", "w") as f:
                f.write(f"127.0.0.1 localhost\n{PBX6} pbx.example\n{PBX} pbx.example\n")
            for transport in ("udp", "tcp"):
                with studio.line("--no-srv", "-t", transport, address="1001@pbx.example"):
                    # Over TCP the first to open is taken, which on a busy machine is either: IPv4 opens
                    # only now.
                    until(lambda: grants(six), f"it is registered over IPv6: {six.events()}")
                    with studio.registrar() as four:
                        for device in ("audio0", "wan0"):
                            studio.ip("s", "-6", "addr", "flush", "dev", device)
                        event = until(lambda: grants(four), f"it is registered over IPv4: {four.events()}")[-1]
                        assert event["contact"].startswith(f"sip:1001@{LAN}:"), event
                studio.set_up("s", "audio0", "2001:db8:98:1::2/64")
                studio.set_up("s", "wan0", "2001:db8:98:2::2/64")
                studio.route("audio0", 100)
                studio.route("wan0", 200)
                six.text = ""
        finally:
            os.unlink(f"{folder}/hosts")
            os.rmdir(folder)


def only_the_lines_of_the_interface_that_changes_register_anew():
    users = [f"{1000 + i}:secret" for i in range(LINES)]
    servers = "".join(f"- {{name: {name}, domain: {PBX}, port: {port}, interface: {device}}}\n"
                      for name, port, device in (("lan", 5060, "audio0"), ("wan", 5070, "wan0")))
    lines = "".join(f"  - {{extension: \"{1000 + i}\", password: secret, server: {name}}}\n"
                    for name in ("lan", "wan") for i in range(LINES))

    def contacts(practice, address):
        return {e["extension"] for e in grants(practice)
                if e["from"].startswith(address + ":") and f"@{address}:" in e["contact"]}

    with Studio() as studio, studio.registrar(5060, users=users) as lan, \
            studio.registrar(5070, users=users) as wan, \
            Daemon(studio.program("s"), "--http", "off", "--log-format", "json", "--log-level", "debug") as daemon:
        done = daemon.apply(f"servers:\n{servers}studios:\n- name: S\n  lines:\n{lines}")
        assert done.returncode == 0, done.stderr
        until(lambda: len(contacts(lan, LAN)) == LINES and len(contacts(wan, WAN)) == LINES,
              f"each is up over its own: {lan.events()} {wan.events()}")
        studio.ip("s", "addr", "del", WAN + "/24", "dev", "wan0")
        studio.ip("s", "addr", "add", "10.98.2.77/24", "dev", "wan0")
        studio.route("wan0", 200)
        until(lambda: len(contacts(wan, "10.98.2.77")) == LINES, f"all have moved: {wan.events()}")
        took_s = until(lambda: taken_s(daemon.log(), LINES), "the log has it")
        assert took_s <= WITHIN_S, (took_s, daemon.log())
        print(f"        the last of {LINES} lines, {took_s:.3f} s after the kernel's word", flush=True)
        assert len(grants(lan)) == LINES, lan.events()
        assert all(line["state"] == "REGISTERED" for line in daemon.status()["lines"]), daemon.status()
        # An edit of the setting is followed, too: the old bindings are taken away over the old one.
        daemon.good("server set", "wan", "--interface", "audio0")
        until(lambda: len(contacts(wan, LAN)) == LINES, f"all are on the LAN: {wan.events()}")
        daemon.refused(2, "15 characters", "server set", "wan", "--interface", "enp0s31f6-audiolan")


skip_without_namespaces()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
run([each_transport_leaves_over_the_interface_that_is_named, an_address_is_sent_from_where_the_routes_lead,
     the_doctor_goes_over_the_interface_that_is_named,
     an_interface_that_comes_is_taken_and_one_that_goes_is_waited_for,
     a_link_that_goes_down_is_noticed_with_an_address_as_interface,
     a_link_local_server_is_reached_over_the_interface_that_is_named,
     a_route_that_moves_takes_the_line_along, a_route_that_moves_leaves_a_line_with_an_interface_alone,
     ipv6_that_is_lost_is_replaced_by_ipv4, only_the_lines_of_the_interface_that_changes_register_anew])
