#!/usr/bin/env python3
"""50,000 requests a second of all kinds at the socket that a daemon's lines are registered from, half of
them from a stranger's address and half from the server's own, until each line has had to refresh (attack
G03). The stranger gets nothing, the server so many answers as its share is, the lines stay up, and
neither memory nor the log grows with the number. Usage: PROGRAM LINEUP"""
import collections
import contextlib
import os
import selectors
import socket
import struct
import sys
import time

from daemon import Daemon
from peer import run, until
from practice import Practice

BINARY = os.path.abspath(sys.argv[1])
LINES = 20
EXPIRES = 20
RATE = 50000
MOST = 60 * RATE         # of datagrams, whatever happens
ANSWERS = 20 + LINES // 10  # of a shard, a second, and twice that at once (src/answer/bucket.h)
GROWTH_KB = 32 * 1024
METHODS = ("OPTIONS", "INVITE", "NOTIFY", "REGISTER")


UDP_SEGMENT = 103        # linux/udp.h: many datagrams of one length in one call
BYTES = 440              # of each
TRAIN = 44


def request(method, target, host, n):
    event = "Event: check-sync\r\nSubscription-State: active\r\n" if method == "NOTIFY" else ""
    text = (f"{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {host};rport;branch=z9hG4bKflood{n}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:2002@{host}>;tag=f{n}\r\nTo: <{target}>\r\n"
            f"Call-ID: flood-{n}-{method}@{host}\r\nCSeq: 1 {method}\r\nContact: <sip:2002@{host}>\r\n"
            f"{event}Content-Length: 0\r\nSubject: ")
    return (text + "x" * (BYTES - len(text) - 4) + "\r\n\r\n").encode()


class Sender:
    """One address that asks, and what it gets."""

    def __init__(self, host, ports):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.setblocking(False)
        users = [f"{1000 + i}@" for i in range(LINES)] + ["nobody@", ""]
        self.trains = []
        for n in range(50):
            for port in ports:
                requests = [request(method, f"sip:{user}127.0.0.1:{port}", host, n)
                            for user in users for method in METHODS]
                assert {len(r) for r in requests} == {BYTES} and len(requests) % TRAIN == 0
                self.trains += [(b"".join(requests[i:i + TRAIN]), ("127.0.0.1", port))
                                for i in range(0, len(requests), TRAIN)]
        self.turn = self.sent = self.got_bytes = 0
        self.answers = collections.Counter()

    def send(self):
        data, to = self.trains[self.turn % len(self.trains)]
        with contextlib.suppress(BlockingIOError):  # lost, as on any way
            self.socket.sendmsg([data], [(socket.IPPROTO_UDP, UDP_SEGMENT, struct.pack("H", BYTES))], 0, to)
            self.sent += TRAIN
        self.turn += 1

    def read(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                data = self.socket.recv(65536)
                self.answers[data.split(b" ")[1].decode()] += 1
                self.got_bytes += len(data)


def flood(senders, enough):
    """At RATE or as fast as this machine can, until enough() is true or MOST were sent; when it began."""
    begin, looked, sent = time.monotonic(), 0, 0
    with selectors.DefaultSelector() as selector:
        for sender in senders:
            selector.register(sender.socket, selectors.EVENT_READ, sender)
        while sent < MOST:
            if sent >= looked + RATE:
                looked = sent
                if enough():
                    break
            late = (time.monotonic() - begin) * RATE - sent > len(senders) * TRAIN
            if late:
                for sender in senders:
                    sender.send()
                sent = TRAIN * sum(sender.turn for sender in senders)
            for key, _ in selector.select(0 if late else 0.001):
                key.data.read()
    return begin


class Process:
    """What the kernel says of it."""

    def __init__(self, pid):
        self.pid = pid

    def cpu_s(self):
        with open(f"/proc/{self.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_kb(self):
        with open(f"/proc/{self.pid}/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS:"))


def counter(daemon, name):
    text = daemon.get("/metrics")
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(f"lineup_sip_{name}_total "))


def settled(daemon):
    """What was received, once the daemon, which counts anew each second, has read all that is there."""
    looks = collections.deque(maxlen=80)  # more than a second of them

    def still():
        looks.append(counter(daemon, "received"))
        return len(looks) == looks.maxlen and len(set(looks)) == 1

    until(still, "all is read")
    return looks[-1]


def refreshed(practice, after):
    """How often each line was refreshed behind the first so many events."""
    return collections.Counter(e["extension"] for e in practice.events()[after:] if e["event"] == "refreshed")


def registered(daemon, practice):
    host, port = practice.address.rsplit(":", 1)
    lines = "".join(f"  - {{extension: \"{1000 + i}\", password: secret, server: pbx}}\n" for i in range(LINES))
    done = daemon.apply(f"servers:\n- {{name: pbx, domain: {host}, port: {port}, expires: {EXPIRES}}}\n"
                        f"studios:\n- name: S\n  lines:\n{lines}")
    assert done.returncode == 0, done.stderr
    up = practice.wait_for(lambda e: e["event"] == "registered" and len(
        {x["extension"] for x in practice.events() if x["event"] == "registered"}) == LINES, "all are up")
    return sorted({int(e["from"].rsplit(":", 1)[1]) for e in up})  # one of each shard


def hold(practice, daemon):
    ports = registered(daemon, practice)
    stranger, server = Sender("127.0.0.66", ports), Sender("127.0.0.1", ports)
    most = ANSWERS * len(ports)
    process = Process(daemon.process.pid)
    before, log_before = len(practice.events()), daemon.log().count("\n")
    received, cpu_s, memory_kb = settled(daemon), process.cpu_s(), process.memory_kb()
    begin = flood([stranger, server], lambda: len(refreshed(practice, before)) == LINES)
    received = settled(daemon) - received
    server.read()
    stranger.read()
    took_s = time.monotonic() - begin
    cpu_s = process.cpu_s() - cpu_s
    sent = stranger.sent + server.sent
    answers = sum(server.answers.values())
    print(f"        {sent} sent, {received} read, {answers} answered, "
          f"{1e6 * cpu_s / received:.1f} us of CPU each", flush=True)

    # All had to refresh meanwhile; none was late, and none began anew.
    assert len(refreshed(practice, before)) == LINES, refreshed(practice, before)
    kinds = collections.Counter(e["event"] for e in practice.events()[before:])
    assert not kinds["expired"] and not kinds["registered"], kinds
    states = collections.Counter(line["state"] for line in daemon.lines().values())
    assert states["REGISTERED"] + states["REFRESHING"] == LINES, states
    # The flood came through, and each of the two got what is due to it.
    assert received > RATE / 5 and counter(daemon, "strangers") > received / 4, (sent, received)
    assert not stranger.answers, stranger.answers
    assert 2 * most <= answers <= most * (took_s + 2), (answers, took_s)
    assert server.got_bytes < server.sent * BYTES / 50, (server.got_bytes, server.sent)
    assert set(server.answers) <= {"200", "404", "405", "480"}, server.answers
    # Nothing is kept of a request, and a call is told of only where it was answered.
    assert process.memory_kb() - memory_kb < GROWTH_KB, (memory_kb, process.memory_kb())
    assert daemon.log().count("\n") - log_before < answers + 10 * LINES, daemon.log()[-2000:]


def lines_stay_up_under_fifty_thousand_requests_a_second():
    users = [word for i in range(LINES) for word in ("--user", f"{1000 + i}:secret")]
    with Practice(BINARY, *users) as practice, Daemon(BINARY) as daemon:
        hold(practice, daemon)


run([lines_stay_up_under_fifty_thousand_requests_a_second])
