#!/usr/bin/env python3
"""A hundred lines of a daemon at a registrar that three datagrams of ten do not reach, nor come from, others
twice, late, overtaken or cut: all lines come up, all are refreshed, and no binding runs out, by the
registrar's own count. Usage: PROGRAM LINEUP"""
import os
import sys
import tempfile

from daemon import Daemon
from impair import Impair
from peer import run, until
from practice import Practice

BINARY = os.path.abspath(sys.argv[1])
LINES = 100


def grants(practice):
    count = {}
    for event in practice.events():
        if event["event"] in ("registered", "refreshed"):
            count[event["extension"]] = count.get(event["extension"], 0) + 1
    return count


def a_hundred_lines_hold_their_bindings_over_a_bad_network():
    with tempfile.NamedTemporaryFile("w", prefix="lineup-users-") as users:
        users.write("".join(f"{1000 + i}:secret-of-all\n" for i in range(LINES)))
        users.flush()
        hold(users.name)


def hold(users):
    with Practice(BINARY, "--users", users) as practice, Impair(practice.address) as network, Daemon(BINARY) as daemon:
        host, port = network.address.rsplit(":", 1)
        lines = "".join(f"  - {{extension: \"{1000 + i}\", password: secret-of-all, server: bad}}\n"
                        for i in range(LINES))
        done = daemon.apply(f"servers:\n- {{name: bad, domain: {host}, port: {port}, expires: 120}}\n"
                     f"studios:\n- name: S\n  lines:\n{lines}")
        assert done.returncode == 0, done.stderr
        until(lambda: len(grants(practice)) == LINES, "all lines are up", 60)
        until(lambda: min(grants(practice).values()) >= 2, "each was refreshed", 110)
        expired = [e for e in practice.events() if e["event"] == "expired"]
        # Behind the proxy another address was seen: the Contact made from our own one was replaced.
        assert not expired, expired[:3]
        for counts in network.counts.values():
            assert all(counts.values()) and counts["lost"] > LINES, network.counts


run([a_hundred_lines_hold_their_bindings_over_a_bad_network])
