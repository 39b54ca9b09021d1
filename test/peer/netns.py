#!/usr/bin/env python3
"""A line in a network of its own: behind a NAT, with a NAT that forgets, with an address that changes,
with an interface that goes away and comes back. Needs namespaces (root) and nft; else it is skipped.
Usage: PROGRAM LINEUP"""
import os
import signal
import sys

from check import Check
from namespaces import NFT, Namespaces, inside, skip_without_namespaces
from peer import Lineup, run, until
from practice import Practice

BINARY = os.path.abspath(sys.argv[1])
RULES = """table ip nat {
 chain post { type nat hook postrouting priority 100; oifname "n1" masquerade random; }
}"""


class Networks(Namespaces):
    """The line (10.99.1.2) -- NAT (10.99.1.1, 10.99.2.1) -- PBX (10.99.2.2)."""

    def __init__(self):
        super().__init__(BINARY, "lnp", [("l", "l0", "n", "n0"), ("n", "n1", "p", "p0")])

    def prepare(self):
        for letter, device, address in (("l", "l0", "10.99.1.2"), ("n", "n0", "10.99.1.1"),
                                        ("n", "n1", "10.99.2.1"), ("p", "p0", "10.99.2.2")):
            self.set_up(letter, device, address + "/24")
        self.ip("l", "route", "add", "default", "via", "10.99.1.1")
        self.sysctl("n", "net.ipv4.ip_forward=1")
        inside(self.names["n"], NFT, "-f", "-", input=RULES)


class Registered:
    def __init__(self, networks, *options):
        self.practice = Practice(networks.program("p"), "--user", "1001:secret", listen="10.99.2.2:5060")
        self.networks, self.options = networks, options

    def __enter__(self):
        self.practice.__enter__()
        self.lineup = Lineup(self.networks.program("l"), "1001@10.99.2.2", *self.options,
                             password="secret").__enter__()
        self.bindings(1)
        return self

    def __exit__(self, *_):
        self.lineup.__exit__()
        self.practice.__exit__()

    def bindings(self, count):
        """The events of the first count grants, waited for."""
        def enough():
            events = [e for e in self.practice.events() if e["event"] in ("registered", "refreshed")]
            return events if len(events) >= count else None
        return until(enough, f"{count} grants: {self.practice.events()}")


def the_first_binding_is_at_the_public_address():
    for transport, more in (("udp", ""), ("tcp", ";transport=tcp")):
        with Networks() as networks, Registered(networks, "-t", transport) as line:
            bound = line.bindings(1)[0]
            assert bound["from"].startswith("10.99.2.1:"), bound
            assert bound["contact"] == f"sip:1001@{bound['from']}{more}", bound
            assert any("sees us at 10.99.2.1:" in text for text in line.lineup.log()), line.lineup.log()


def a_nat_that_forgets_is_noticed_by_a_keep_alive():
    with Networks() as networks, Registered(networks, "--keepalive", "options") as line:
        before = line.bindings(1)[0]["from"]
        networks.ip("n", "link", "set", "n1", "down")  # masquerading forgets the mapping
        networks.ip("n", "link", "set", "n1", "up")
        after = line.bindings(2)[1]
        assert after["from"] != before and after["contact"] == f"sip:1001@{after['from']}", (before, after)


def an_address_that_changes_moves_the_binding():
    with Networks() as networks, Registered(networks) as line:
        networks.ip("l", "addr", "del", "10.99.1.2/24", "dev", "l0")
        networks.ip("l", "addr", "add", "10.99.1.77/24", "dev", "l0")
        networks.ip("l", "route", "add", "default", "via", "10.99.1.1")
        before = line.bindings(1)[0]["from"]
        until(lambda: [e for e in line.bindings(1) if e["from"] != before
                       and e["contact"] == f"sip:1001@{e['from']}"], "a binding at the new public address")


def an_interface_that_goes_away_and_comes_back_costs_no_binding():
    with Networks() as networks, Registered(networks, "-e", "60") as line:
        networks.ip("l", "link", "set", "l0", "down")
        networks.ip("l", "link", "set", "l0", "up")
        networks.ip("l", "route", "replace", "default", "via", "10.99.1.1")
        line.bindings(2)
        assert not [e for e in line.practice.events() if e["event"] == "expired"], line.practice.events()


def the_doctor_finds_between_which_times_a_nat_forgets():
    with Networks() as networks, Practice(networks.program("p"), "--user", "1001:secret",
                                          listen="10.99.2.2:5060"):
        networks.sysctl("n", *(f"net.netfilter.nf_conntrack_udp_timeout{of}=20" for of in ("", "_stream")))
        found = Check(networks.program("l"), "1001@10.99.2.2", "--nat-timeout", "--nat-limit", "45",
                      password="secret")
        said = found.steps["mapping"]["text"]
        assert "the mapping lived at least 15 s, was gone by 30 s" in said, said
        # Keep-alives that are 24 to 29 s apart are not sure to hold such a one open.
        assert "may come too late; set Transport to TCP or TLS" in said, said
        assert found.status == 0 and found.steps["mapping"]["state"] == "warning", found.text


skip_without_namespaces()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
run([the_first_binding_is_at_the_public_address, a_nat_that_forgets_is_noticed_by_a_keep_alive,
     an_address_that_changes_moves_the_binding, the_doctor_finds_between_which_times_a_nat_forgets,
     an_interface_that_goes_away_and_comes_back_costs_no_binding])
