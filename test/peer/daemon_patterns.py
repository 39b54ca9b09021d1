#!/usr/bin/env python3
"""What several lines, or several hours, show and one answer does not: the patterns that the daemon tells
in its status, at registrars that stop, refuse, and are shared. Usage: PROGRAM LINEUP"""
import contextlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time

from daemon import Daemon
from peer import free_port, once, run, stop, until
from practice import Practice
from stub import Stub, grants

BINARY = sys.argv[1]


@contextlib.contextmanager
def practice(port=None):
    """The registrar of `lineup practice`: its process, which knows its port."""
    port = port or free_port()
    process = subprocess.Popen([BINARY, "practice", "-l", f"127.0.0.1:{port}", "--json"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout.readline()
        process.port = port
        yield process
    finally:
        stop(process)
        process.stdout.close()


def add(daemon, studio, address, password="practice"):
    daemon.good("line add", studio, address, password=password)


def patterns(daemon, line):
    return {pattern["id"]: pattern for pattern in daemon.lines()[line]["patterns"]}


def until_up(daemon):
    until(lambda: daemon.run("status").returncode == 0, "all lines are up")


def until_shown(daemon, line, pattern):
    """The pattern as a program reads it, and as `status` and `line show` tell it."""
    found = until(lambda: patterns(daemon, line).get(pattern), f"{line} shows {pattern}")
    sentence = re.sub(r", for .*? now\b", ", for .*? now", re.escape(found["seen"]).replace("\\ ", " "))
    sentence += re.escape(f" (lineup explain {pattern})").replace("\\ ", " ")
    told = " ".join(daemon.run("status").stdout.split())
    assert re.search(sentence, told), (sentence, told)
    assert "@" not in found["seen"].replace("@127.0.0.1", "").replace("@localhost", ""), found
    explained = subprocess.run([BINARY, "explain", pattern], capture_output=True, text=True, timeout=20)
    assert explained.returncode == 0 and found["title"] in explained.stdout, explained
    shown = " ".join(daemon.run("line show", line).stdout.split())
    assert re.search(sentence, shown), (sentence, shown)
    return found["seen"]


def fail_again(daemon, *lines):
    """A try at once, which meets what has changed at the server."""
    for line in lines:
        daemon.good("line register", line)
    until(lambda: all(daemon.lines()[line]["cause"] for line in lines), f"{lines} fail")


def the_lines_of_a_server_fail_together_and_then_all_do():
    with contextlib.ExitStack() as stack:
        first, second = stack.enter_context(practice()), stack.enter_context(practice())
        daemon = stack.enter_context(Daemon(BINARY))
        for extension in ["1001", "1002"]:
            add(daemon, "A", f"{extension}@127.0.0.1:{first.port}")
        add(daemon, "B", f"1001@127.0.0.1:{second.port}")
        until_up(daemon)
        assert not any(line["patterns"] for line in daemon.lines().values()), daemon.lines()
        stop(first)
        fail_again(daemon, "A/1", "A/2")
        seen = until_shown(daemon, "A/1", "one-server-fails")
        assert seen.startswith("All 2 lines at ") and "while lines at another server" in seen, seen
        told = " ".join(daemon.run("status").stdout.split())
        assert told.count("(lineup explain one-server-fails)") == 1, told  # for both lines
        assert patterns(daemon, "B/1") == {}, patterns(daemon, "B/1")
        stop(second)
        fail_again(daemon, "B/1")
        until_shown(daemon, "B/1", "all-servers-silent")
        assert "one-server-fails" not in patterns(daemon, "A/1"), patterns(daemon, "A/1")
        daemon.good("line rm", "B/1")  # no other server can tell now
        until_shown(daemon, "A/1", "all-lines-fail")
        with practice(first.port):
            daemon.good("line register", "A/1")
            daemon.good("line register", "A/2")
            until_up(daemon)
            until(lambda: not patterns(daemon, "A/1") and not patterns(daemon, "A/2"), "nothing is left of it")


def status_says_what_is_only_held():
    for transport in "udp", "tcp", "tls":
        with Daemon(BINARY) as daemon:
            ca = os.path.join(daemon.dir, "ca.pem")
            with Practice(BINARY, "--tls", "--tls-ca", ca) as registrar:
                place = registrar.events()[0]["tls" if transport == "tls" else "address"]
                held_is_said(daemon, registrar, transport, place, ca)


def held_is_said(daemon, registrar, transport, place, ca):
    daemon.good("server add", place, "--name", "PBX", "-t", transport,
                *(("--tls-ca", ca) if transport == "tls" else ()))
    for extension in ["1001", "1002"]:
        add(daemon, "A", f"{extension}@PBX")
    # The server's count may be a moment behind the lines.
    until(lambda: re.search(r"^Server PBX\b.*: 2 of 2 up, answers in ", daemon.run("status").stdout, re.MULTILINE),
          f"both are up over {transport}")
    registrar.process.kill()
    registrar.process.wait()
    fail_again(daemon, "A/1", "A/2")
    shown = until(lambda: next((line for line in daemon.run("status").stdout.splitlines()
                                if "2 of them held" in line), None), f"both are held over {transport}")
    assert re.match(r"Server PBX\b.*: 2 of 2 up, 2 of them held: the last refresh failed, ", shown), shown
    assert "gave no answer last" in shown and "answers in" not in shown, shown
    server, = daemon.status()["servers"]
    assert (server["up"], server["held"], server["unanswered"]) == (2, 2, True), server
    # Its host is there and refuses, or closes what it still took: one event, whatever shard a line is on.
    causes = {line: daemon.lines()[line]["cause"]["id"] for line in ("A/1", "A/2")}
    assert set(causes.values()) == {"server-stopped"}, causes


def one_line_fails_alone_and_then_all_is_silent():
    with practice() as registrar, practice() as other, Daemon(BINARY) as daemon:
        add(daemon, "A", f"1001@127.0.0.1:{registrar.port}")
        add(daemon, "A", f"1002@127.0.0.1:{registrar.port}")
        add(daemon, "B", f"1001@127.0.0.1:{other.port}")
        until_up(daemon)
        daemon.good("line set", "A/2", "--password", password="not that")
        seen = until_shown(daemon, "A/2", "one-line-fails")
        assert seen == f"Of 2 lines at 127.0.0.1:{registrar.port}, only sip:1002@127.0.0.1 fails.", seen
        stop(registrar)
        fail_again(daemon, "A/1")
        # The one that fails now was not refused itself.
        until_shown(daemon, "A/2", "one-server-fails")
        daemon.good("line register", "A/2")
        until_shown(daemon, "A/2", "refused-then-silent")


def another_device_is_seen():
    with practice() as registrar, Daemon(BINARY) as daemon, Daemon(BINARY) as stranger:
        add(stranger, "Elsewhere", f"1001@127.0.0.1:{registrar.port}")
        until_up(stranger)
        add(daemon, "A", f"1001@127.0.0.1:{registrar.port}")
        until_up(daemon)
        seen = until_shown(daemon, "A/1", "shared-extension")
        assert seen.endswith("for sip:1001@127.0.0.1 (1)."), seen


def a_clock_that_is_wrong_is_seen():
    with practice() as registrar, Daemon(BINARY) as daemon:
        add(daemon, "A", f"12005@127.0.0.1:{registrar.port}")
        until_up(daemon)
        seen = until_shown(daemon, "A/1", "clock-differs")
        assert "ahead of" in seen and "behind" not in seen, seen


def registrations_that_were_left_over_are_seen():
    with practice() as registrar, Daemon(BINARY) as daemon:
        address = f"1001@127.0.0.1:{registrar.port}"
        for _ in range(2):  # each from a port of its own
            assert once(BINARY, address, "--keep", password="practice")[0] == 0
        add(daemon, "A", address)
        until_up(daemon)
        seen = until_shown(daemon, "A/1", "own-bindings-pile-up")
        assert seen.endswith("lists this line under 3 different ports."), seen


def who_pushed_the_line_off_is_seen():
    stranger = "Contact: <sip:1001@192.0.2.77>;expires=300\r\n"

    def pushed_off(request, n):
        return grants(request) if n == 1 else request.answer("200 OK", stranger)

    with Stub(pushed_off) as stub, Daemon(BINARY) as daemon:
        add(daemon, "A", f"1001@{stub.address}")
        until_up(daemon)
        assert patterns(daemon, "A/1") == {}, patterns(daemon, "A/1")
        fail_again(daemon, "A/1")
        seen = until_shown(daemon, "A/1", "taken-by-other-device")
        assert seen.endswith("lists those of other devices (1)."), seen


def a_registration_that_has_run_out_is_seen():
    def once_granted(request, n):
        return grants(request, n, 3) if n == 1 else request.answer("500 Server Internal Error")

    with Stub(once_granted) as stub, Daemon(BINARY) as daemon:
        add(daemon, "A", f"1001@{stub.address}")
        until_shown(daemon, "A/1", "registration-ended")
        daemon.good("line unregister", "A/1")
        until(lambda: patterns(daemon, "A/1") == {}, "a line that was taken down is not lost")


def one_extension_is_registered_twice():
    with practice() as registrar, Daemon(BINARY) as daemon:
        add(daemon, "A", f"1001@127.0.0.1:{registrar.port}")
        add(daemon, "B", f"1001@127.0.0.1:{registrar.port}")
        until_up(daemon)
        # Two studios that share one registration are no two registrations.
        assert "same-extension-twice" not in patterns(daemon, "A/1")
        assert daemon.lines()["A/1"]["same_as"] and daemon.lines()["B/1"]["same_as"]
        add(daemon, "C", f"1001@localhost:{registrar.port}")
        until_up(daemon)
        seen = until_shown(daemon, "A/1", "same-extension-twice")
        assert seen == "2 lines here register sip:1001@127.0.0.1.", seen
        until_shown(daemon, "C/1", "same-extension-twice")
        daemon.good("line rm", "C/1")
        until(lambda: "same-extension-twice" not in patterns(daemon, "A/1"), "it is alone again")


def what_comes_at_a_fixed_pace_is_seen_in_the_history():
    with practice() as registrar, Daemon(BINARY) as daemon:
        add(daemon, "A", f"1001@127.0.0.1:{registrar.port}")
        until_up(daemon)
        line = daemon.lines()["A/1"]["id"]
        assert daemon.end(signal.SIGTERM) == 0
        now_ms = int(time.time() * 1000)
        with contextlib.closing(sqlite3.connect(os.path.join(daemon.state, "lineup.db"))) as store, store:
            store.execute("DELETE FROM history")
            for hour in range(8, 1, -1):  # lost each hour, and back a minute later
                at_ms = now_ms - hour * 3600000
                store.execute("INSERT INTO history (line, at_ms, up, state, status, cause) VALUES"
                              " (?, ?, 0, 'WAITING', 408, 'silence-since')", (line, at_ms))
                store.execute("INSERT INTO history (line, at_ms, up, state, status, cause) VALUES"
                              " (?, ?, 1, 'REGISTERED', 200, '')", (line, at_ms + 60000))
        daemon.start()
        until_up(daemon)
        seen = until_shown(daemon, "A/1", "lost-at-a-period")
        assert "each time about 1 h after" in seen, seen


def settings_that_worked_for_months_are_right():
    with practice() as registrar, Daemon(BINARY) as daemon:
        add(daemon, "A", f"1001@127.0.0.1:{registrar.port}", password="not that")
        until(lambda: daemon.lines()["A/1"]["cause"], "it is refused")
        line = daemon.lines()["A/1"]["id"]
        assert daemon.end(signal.SIGTERM) == 0
        with contextlib.closing(sqlite3.connect(os.path.join(daemon.state, "lineup.db"))) as store, store:
            store.execute("DELETE FROM history")
            store.execute("INSERT INTO history (line, at_ms, up, state, status, cause) VALUES"
                          " (?, ?, 1, 'REGISTERED', 200, '')",
                          (line, int((time.time() - 40 * 86400) * 1000)))
        daemon.start()
        until_shown(daemon, "A/1", "refused-after-months")


run([the_lines_of_a_server_fail_together_and_then_all_do, status_says_what_is_only_held,
     one_line_fails_alone_and_then_all_is_silent,
     another_device_is_seen, a_clock_that_is_wrong_is_seen,
     registrations_that_were_left_over_are_seen, who_pushed_the_line_off_is_seen,
     a_registration_that_has_run_out_is_seen, one_extension_is_registered_twice,
     what_comes_at_a_fixed_pace_is_seen_in_the_history, settings_that_worked_for_months_are_right])
