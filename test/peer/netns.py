#!/usr/bin/env python3
"""A line in a network of its own: behind a NAT, with a NAT that forgets, with an address that changes,
with an interface that goes away and comes back. Needs namespaces (root) and nft; else it is skipped.
Usage: PROGRAM LINEUP"""
import os
import signal
import subprocess
import sys

from peer import Lineup, need, run, until
from practice import Practice

BINARY = os.path.abspath(sys.argv[1])
IP = need("ip")
NFT = need("nft")
TAG = f"lu{os.getpid() % 100000}"
LINE, NAT, PBX = TAG + "l", TAG + "n", TAG + "p"
RULES = """table ip nat {
 chain post { type nat hook postrouting priority 100; oifname "n1" masquerade random; }
}"""


def ip(*arguments):
    done = subprocess.run([IP, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, (arguments, done.stderr)


def inside(namespace, *command, **more):
    return subprocess.run([IP, "netns", "exec", namespace, *command], check=True, capture_output=True,
                          text=True, **more)


def skip_without_namespaces():
    done = subprocess.run([IP, "netns", "add", TAG + "x"], capture_output=True, text=True)
    if done.returncode:
        print(f"skipped: no namespaces here: {done.stderr.strip()}")
        sys.exit(77)
    ip("netns", "del", TAG + "x")


class Networks:
    """The line (10.99.1.2) -- NAT (10.99.1.1, 10.99.2.1) -- PBX (10.99.2.2); the programs are started
    in their namespaces by a wrapper, since what they are called by is one word."""

    def __enter__(self):
        try:
            for name in (LINE, NAT, PBX):
                ip("netns", "add", name)
                ip("-n", name, "link", "set", "lo", "up")
            for one, left, other, right in ((LINE, "l0", NAT, "n0"), (NAT, "n1", PBX, "p0")):
                ip("link", "add", left, "netns", one, "type", "veth", "peer", "name", right, "netns", other)
            for name, device, address in ((LINE, "l0", "10.99.1.2"), (NAT, "n0", "10.99.1.1"),
                                          (NAT, "n1", "10.99.2.1"), (PBX, "p0", "10.99.2.2")):
                ip("-n", name, "addr", "add", address + "/24", "dev", device)
                ip("-n", name, "link", "set", device, "up")
            ip("-n", LINE, "route", "add", "default", "via", "10.99.1.1")
            inside(NAT, "sysctl", "-qw", "net.ipv4.ip_forward=1")
            inside(NAT, NFT, "-f", "-", input=RULES)
            self.wrappers = {}
            for name in (LINE, PBX):
                path = f"/tmp/{name}.sh"
                with open(path, "w") as f:
                    f.write(f'#!/bin/sh\nexec {IP} netns exec {name} {BINARY} "$@"\n')
                os.chmod(path, 0o700)
                self.wrappers[name] = path
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for path in getattr(self, "wrappers", {}).values():
            os.unlink(path)
        for name in (LINE, NAT, PBX):
            subprocess.run([IP, "netns", "del", name], capture_output=True)


class Registered:
    def __init__(self, networks, *options):
        self.practice = Practice(networks.wrappers[PBX], "--user", "1001:secret", listen="10.99.2.2:5060")
        self.networks, self.options = networks, options

    def __enter__(self):
        self.practice.__enter__()
        self.lineup = Lineup(self.networks.wrappers[LINE], "1001@10.99.2.2", *self.options,
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
    with Networks() as networks, Registered(networks) as line:
        bound = line.bindings(1)[0]
        assert bound["from"].startswith("10.99.2.1:"), bound
        assert bound["contact"] == f"sip:1001@{bound['from']}", bound
        assert any("sees us at 10.99.2.1:" in text for text in line.lineup.log()), line.lineup.log()


def a_nat_that_forgets_is_noticed_by_a_keep_alive():
    with Networks() as networks, Registered(networks, "--keepalive", "options") as line:
        before = line.bindings(1)[0]["from"]
        ip("-n", NAT, "link", "set", "n1", "down")  # masquerading forgets the mapping
        ip("-n", NAT, "link", "set", "n1", "up")
        after = line.bindings(2)[1]
        assert after["from"] != before and after["contact"] == f"sip:1001@{after['from']}", (before, after)


def an_address_that_changes_moves_the_binding():
    with Networks() as networks, Registered(networks) as line:
        ip("-n", LINE, "addr", "del", "10.99.1.2/24", "dev", "l0")
        ip("-n", LINE, "addr", "add", "10.99.1.77/24", "dev", "l0")
        ip("-n", LINE, "route", "add", "default", "via", "10.99.1.1")
        before = line.bindings(1)[0]["from"]
        until(lambda: [e for e in line.bindings(1) if e["from"] != before
                       and e["contact"] == f"sip:1001@{e['from']}"], "a binding at the new public address")


def an_interface_that_goes_away_and_comes_back_costs_no_binding():
    with Networks() as networks, Registered(networks, "-e", "60") as line:
        ip("-n", LINE, "link", "set", "l0", "down")
        ip("-n", LINE, "link", "set", "l0", "up")
        ip("-n", LINE, "route", "replace", "default", "via", "10.99.1.1")
        line.bindings(2)
        assert not [e for e in line.practice.events() if e["event"] == "expired"], line.practice.events()


if os.geteuid() != 0:
    print("skipped: namespaces need root")
    sys.exit(77)
skip_without_namespaces()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
run([the_first_binding_is_at_the_public_address, a_nat_that_forgets_is_noticed_by_a_keep_alive,
     an_address_that_changes_moves_the_binding,
     an_interface_that_goes_away_and_comes_back_costs_no_binding])
