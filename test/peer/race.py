#!/usr/bin/env python3
"""`lineup register` at a name of several addresses over TCP, of which some are silent and one refuses: the
addresses race (RFC 8305), and nothing is left of those that lost. Usage: PROGRAM LINEUP"""
import contextlib
import os
import re
import socket
import sys

from nsd import Nsd
from peer import Lineup, free_port, run, until
from stub import Door, grants

BINARY = sys.argv[1]
ZONE = "$ORIGIN pbx.test.\n$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 30\n@ NS ns\nns A 127.0.0.1\n"


@contextlib.contextmanager
def silent(host, port):
    """An address that never answers a request for a connection: its queue is full, and nobody takes from
    it, so that Linux drops what else comes."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(0)
        while True:
            probe = stack.enter_context(socket.socket())
            probe.settimeout(0.3)
            try:
                probe.connect((host, port))
            except OSError:
                break
        yield


def registrar(host, port):
    return Door(lambda request: grants(request, expires=request.header("Expires")), host, port)


def connections(pid):
    """Where the TCP sockets of a process lead, as ADDRESS:PORT."""
    inodes = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            found = re.match(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{fd}"))
            if found:
                inodes.add(found.group(1))
    with open("/proc/net/tcp") as f:
        rows = [line.split() for line in f.readlines()[1:]]
    leads = [row[2].split(":") for row in rows if row[9] in inodes]
    return [f"{socket.inet_ntoa(bytes.fromhex(host)[::-1])}:{int(port, 16)}" for host, port in leads]


def hosts(name, *addresses):
    return ZONE + "".join(f"{name} A {address}\n" for address in addresses)


def the_address_that_answers_is_taken_and_nothing_is_left_of_the_others():
    port = free_port()
    with silent("127.0.0.11", port), silent("127.0.0.12", port), registrar("127.0.0.13", port) as good, \
            Nsd(hosts("three", "127.0.0.11", "127.0.0.12", "127.0.0.13")) as nsd, \
            Lineup(BINARY, f"1001@three.pbx.test:{port}", "-t", "tcp", "--dns", f"127.0.0.1:{nsd.port}",
                   password="secret1001") as lineup:
        lineup.wait_for(lambda e: e.get("status") == 200, "the line registers")
        log = "\n".join(lineup.log())
        assert re.search(rf"TCP to three\.pbx\.test goes to 127\.0\.0\.13:{port}, which opened first of 3 addresses "
                         rf"and is kept while it answers; 127\.0\.0\.11:{port} had not answered in \d+ ms, "
                         rf"127\.0\.0\.12:{port} had not answered in \d+ ms", log), log
        assert connections(lineup.process.pid) == [f"127.0.0.13:{port}"], connections(lineup.process.pid)
        lineup.interrupt()
        until(lambda: lineup.process.poll() is not None, "lineup ends")
    assert good.came == 1, good.came


def what_refuses_is_passed_over_at_once():
    port = free_port()
    with silent("127.0.0.12", port), registrar("127.0.0.13", port) as good, \
            Nsd(hosts("three", "127.0.0.11", "127.0.0.12", "127.0.0.13")) as nsd, \
            Lineup(BINARY, f"1001@three.pbx.test:{port}", "-t", "tcp", "--dns", f"127.0.0.1:{nsd.port}",
                   password="secret1001") as lineup:
        lineup.wait_for(lambda e: e.get("status") == 200, "the line registers")
        log = "\n".join(lineup.log())
        assert f"127.0.0.11:{port} failed (Connection refused), 127.0.0.12:{port} had not answered in" in log, log
        assert connections(lineup.process.pid) == [f"127.0.0.13:{port}"], connections(lineup.process.pid)
        lineup.interrupt()
        until(lambda: lineup.process.poll() is not None, "lineup ends")
    assert good.came == 1, good.came


run([the_address_that_answers_is_taken_and_nothing_is_left_of_the_others, what_refuses_is_passed_over_at_once])
