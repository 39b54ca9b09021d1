#!/usr/bin/env python3
"""`lineup serve` with a name server that takes each question and says nothing, as one that blocks for 30 s
(attack E06): the line that waits for it waits alone. Another line of the same thread registers and is
refreshed at once as often as it is told to, the API answers, and a stop does not wait for the name.
Usage: PROGRAM LINEUP"""
import os
import signal
import socket
import sys
import threading
import time

from daemon import Daemon, Local
from peer import run, until
from practice import Practice

BINARY = os.path.abspath(sys.argv[1])
ROUNDS = 5
BOUND_S = 5  # for what takes milliseconds; a blocked loop would take at least as long as a look-up


def register_now(daemon, line):
    here = Local(os.path.join(daemon.state, "socket"))
    here.request("POST", f"/api/v1/lines/{line}/register")
    answer = here.getresponse()
    assert answer.status < 300, answer.read()
    here.close()


def a_name_server_that_blocks_holds_up_its_own_line_alone():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute, \
            Practice(BINARY, "--user", "1001:secret") as practice:
        mute.bind(("127.0.0.1", 0))
        mute.setblocking(False)
        dns = "127.0.0.1:%d" % mute.getsockname()[1]
        host, port = practice.address.rsplit(":", 1)
        servers = f"general: {{shards: 1}}\nservers:\n- {{name: good, domain: {host}, port: {port}}}\n"
        lines = '  - {number: 2, extension: "1001", password: secret, server: good}\n'
        with Daemon(BINARY, "--http", "off", "--dns", dns) as daemon:
            def apply(more_servers="", more_lines=""):
                done = daemon.apply(f"{servers}{more_servers}studios:\n- name: S\n  lines:\n{lines}{more_lines}")
                assert done.returncode == 0, done.stderr

            def asked():
                try:
                    return mute.recv(4096)
                except BlockingIOError:
                    return None

            def granted():
                return practice.kinds().count("registered") + practice.kinds().count("refreshed")

            def ends_at(after=""):
                """Once it is up for longer than that. Who is told to register in the midst of an attempt
                has that one only, and what the registrar has granted may not have been read yet."""
                line = daemon.lines()["S/2"]
                return line["state"] == "REGISTERED" and line["ends_at"] > after and line["ends_at"]
            apply()
            ends = until(ends_at, "a line is up", BOUND_S)
            good = daemon.lines()["S/2"]["id"]
            # What is changed may wait for the thread that looks the name up; the rounds begin with the question.
            slow = threading.Thread(target=apply, args=(
                "- {name: slow, domain: slow.example}\n",
                '  - {number: 1, extension: "2001", password: secret, server: slow}\n'))
            slow.start()
            question = until(asked, "the name server is asked", BOUND_S)
            began = time.monotonic()
            assert b"\x04slow\x07example" in question, question
            for _ in range(ROUNDS):
                register_now(daemon, good)
                ends = until(lambda: ends_at(ends), "it is refreshed", BOUND_S)
            slow.join()
            assert granted() >= 1 + ROUNDS, practice.kinds()
            lines = daemon.lines()
            if time.monotonic() - began < 15:  # on a machine that is not too slow for it, all this was
                # while the look-up went on: none has ended, and the next one would have begun since.
                assert lines["S/1"]["state"] == "TRYING" and lines["S/1"]["result_at"] is None, lines
            assert lines["S/2"]["state"] == "REGISTERED", lines
            assert daemon.end(signal.SIGTERM) == 0, daemon.log()


run([a_name_server_that_blocks_holds_up_its_own_line_alone])
