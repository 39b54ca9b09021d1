#!/usr/bin/env python3
"""`lineup serve` is killed 200 times, at random moments: while its lines come up, and while all of them
refresh as fast as they may and settings are edited. What must be true after each start: every line is
up, CSeqs have not fallen (nor does the registrar say so), each extension has one binding, from the port
it had, and the store is whole.
Attack I04, the part of a crash. Usage: PROGRAM LINEUP [SEED]"""
import http.client
import json
import os
import random
import signal
import sqlite3
import sys
import threading
import time

from daemon import Daemon, Local
from peer import Kamailio, run, until

BINARY = sys.argv[1]
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1009
KILLS = 200
UP_BOUND_S = 20
USERS = {str(user): f"secret-{user}" for user in range(2001, 2021)}


def settings(port):
    text = (f"general: {{default-server: '127.0.0.1:{port}', shards: 2}}\n"
            f"servers: [{{name: '127.0.0.1:{port}', domain: 127.0.0.1, port: {port}, expires: 10}}]\n"
            "studios:\n  - name: Studio\n    lines:\n")
    return text + "".join(f"      - {{extension: '{user}', password: {word}}}\n" for user, word in USERS.items())


class Load:
    """Somebody who asks for a refresh of one line after the other, and renames the studio in between,
    for as long as there is a daemon."""

    def __init__(self, daemon):
        self.socket = os.path.join(daemon.state, "socket")
        self.over = threading.Event()
        self.asked = self.renamed = 0
        self.thread = threading.Thread(target=self.go)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def go(self):
        turn = 0
        while not self.over.wait(0.002):
            turn += 1
            try:
                self.asked += self.ask("POST", f"/api/v1/lines/{1 + turn % len(USERS)}/register") < 300
                if turn % 10 == 0:
                    self.renamed += self.ask("PATCH", "/api/v1/studios/1", {"note": f"turn {turn}"}) < 300
            except (OSError, http.client.HTTPException):
                pass  # it was killed

    def ask(self, method, path, body=None):
        here = Local(self.socket)
        try:
            here.request(method, path, json.dumps(body) if body else None,
                         {"Content-Type": "application/json"} if body else {})
            return here.getresponse().status
        finally:
            here.close()


class Witness:
    """What the registrar has seen so far."""

    def __init__(self, kamailio):
        self.kamailio = kamailio
        self.before = {}
        self.contacts = None

    def look(self):
        """The bindings: one of each extension, none lost, no Call-ID changed, no CSeq fallen."""
        now = self.kamailio.bindings()
        assert all(len(of) == 1 for of in now.values()), f"a second binding: {now}"
        for user, of in self.before.items():
            assert user in now, f"{user}: its binding was lost"
            assert now[user][0][0] == of[0][0], f"{user}: another Call-ID"
            assert now[user][0][1] >= of[0][1], f"{user}: its CSeq fell from {of[0][1]} to {now[user][0][1]}"
        return now

    def after_kill(self):
        """What comes after this comes from the next process."""
        self.before = self.look()

    def all_have_come(self):
        now = self.look()
        return set(now) == set(USERS) and all(
            now[user][0][1] > of[0][1] for user, of in self.before.items())

    def all_up(self):
        until(self.all_have_come, "each line is up again", UP_BOUND_S)
        contacts = sorted(self.kamailio.contacts())
        assert self.contacts in (None, contacts), f"another port: {self.contacts} and {contacts}"
        self.contacts = contacts


def a_kill_at_any_moment_loses_no_line():
    chance = random.Random(SEED)
    longest_s = 0
    with Kamailio(users=USERS) as kamailio, Daemon(BINARY) as daemon:
        done = daemon.apply(settings(kamailio.port))
        assert done.returncode == 0, (done.stdout, done.stderr)
        witness = Witness(kamailio)
        witness.all_up()
        with Load(daemon) as load:
            for kill in range(KILLS):
                daemon.lives_on(chance.uniform(0, 0.15))  # until the moment
                daemon.end(signal.SIGKILL)
                witness.after_kill()
                daemon.launch()
                if kill % 2:  # the next one meets lines that come up
                    continue
                began = time.monotonic()
                witness.all_up()
                longest_s = max(longest_s, time.monotonic() - began)
        assert load.asked > KILLS and load.renamed > 0, (load.asked, load.renamed)
        until(lambda: daemon.run("status").returncode == 0, "all are up at the end")
        assert daemon.end(signal.SIGTERM) == 0
        until(lambda: kamailio.bindings() == {}, "all bindings are removed at the end")
        # Nor was a REGISTER refused for its CSeq that no list of bindings shows any more.
        said = kamailio.log_text()
        assert "invalid cseq" not in said.lower(), said[-2000:]
        log = daemon.log()
        assert "set aside" not in log and "damaged" not in log, log[-2000:]
        assert not [name for name in os.listdir(daemon.state) if "damaged" in name], os.listdir(daemon.state)
        with sqlite3.connect(os.path.join(daemon.state, "lineup.db")) as store:
            assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        print(f"seed {SEED}: {KILLS} kills, {load.asked} refreshes asked for; up again in "
              f"{longest_s:.2f} s at the longest", flush=True)


run([a_kill_at_any_moment_loses_no_line])
