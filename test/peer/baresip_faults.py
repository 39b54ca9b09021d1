#!/usr/bin/env python3
"""baresip and `lineup register` at each fault of `lineup practice`: what each does in its first attempt,
as the registrar saw it, and what it then says. baresip_faults.tsv has a row for each fault with both,
and the RFC section wherever they differ. Usage: PROGRAM LINEUP [--write]

--write prints the table as it would be, notes kept. All faults are met at once: this lasts as long as
a time-out of a transaction, 32 s.
"""
import concurrent.futures
import json
import os
import re
import select
import socket
import subprocess
import sys
import threading
import time

from baresip import Baresip
from peer import HERE, need, run, until
from practice import Practice

BINARY = sys.argv[1]
TABLE = os.path.join(HERE, "baresip_faults.tsv")
BOUND_S = 60
PAUSE_S = 15     # after so long a pause a new attempt begins
MANY = 20        # more REGISTERs than this are not counted
PASSWORD = "practice"

# Together, with time for a time-out. Refreshes, a ban and a flood have a registrar each.
APART = {"nonce-life=1": "refreshed", "new-nonce": "refreshed", "ban=2/600": "banned",
         "granted-zero": "flooded"}


class Watched(Practice):
    """One that counts REGISTERs, extension by extension. A thread reads what it says, since a registrar
    that nobody reads waits."""

    def __init__(self, faults, *options):
        self.faults = faults
        self.read, self.rest, self.ending = [], "", threading.Event()
        users = [o for i, fault in enumerate(faults)
                 for o in ("--user", f"{2000 + i}:{PASSWORD}::{fault}")]
        super().__init__(BINARY, "--trace", *users, *options)
        self.reader = threading.Thread(target=self.read_on)
        self.reader.start()

    def __exit__(self, *_):
        self.ending.set()
        self.reader.join()
        super().__exit__()

    def read_on(self):
        while not self.ending.is_set():
            if not select.select([self.process.stdout], [], [], 0.1)[0]:
                continue
            lines = (self.rest + (self.process.stdout.read() or b"").decode()).split("\n")
            self.rest = lines.pop()
            self.read += [json.loads(line) for line in lines]

    def events(self):
        return list(self.read)

    def settle(self):
        """Waits until what came to the registrar until now is read here, too: a mark behind it is."""
        host, port = self.address.split(":")
        mark = f"mark{time.monotonic_ns()}"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((host, 0))
            here = f"{host}:{s.getsockname()[1]}"
            options = (f"OPTIONS sip:{self.address} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{mark}\r\n"
                       f"Max-Forwards: 9\r\nFrom: <sip:{here}>;tag=1\r\nTo: <sip:{self.address}>\r\n"
                       f"Call-ID: {mark}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n").encode()

            def marked():
                s.sendto(options, (host, int(port)))
                return any(mark in event.get("message", "") for event in self.events())

            until(marked, "the mark is read")

    def account(self, fault):
        return str(2000 + self.faults.index(fault))

    def of(self, fault):
        """(seconds, CSeq, with credentials) of each REGISTER, and the other events, in order."""
        for event in self.events():
            if event["event"] != "message":
                if event.get("extension") == self.account(fault):
                    yield event
            elif "from" in event and f"\nTo: <sip:{self.account(fault)}@" in event["message"]:
                yield event

    def seen(self, fault, *ends):
        return any(event["event"] in ends for event in self.of(fault))

    def attempt(self, fault, end):
        """How many REGISTERs the first attempt had, retransmissions aside, and how many of them had
        credentials; up to the event end."""
        sent, last_s = {}, None
        for event in self.of(fault):
            if event["event"] == end:
                break
            if event["event"] != "message":
                continue
            text = event["message"]
            clock = event["time"][11:23].split(":")
            now_s = int(clock[0]) * 3600 + int(clock[1]) * 60 + float(clock[2])
            cseq = int(re.search(r"\nCSeq: (\d+)", text).group(1))
            if cseq in sent:
                continue
            if last_s is not None and (now_s - last_s) % 86400 > PAUSE_S:
                break
            last_s = now_s
            sent[cseq] = "\nAuthorization: " in text
        return len(sent), sum(sent.values())


def told(outcome, attempt):
    """"refused, 2 REGISTERs, 1 with credentials" """
    count, credentials = attempt
    if count > MANY:
        return f"{outcome}, REGISTERs without end"
    return f"{outcome}, {count} REGISTER{'s' * (count != 1)}, {credentials} with credentials"


# ---- baresip

def outcome_of_baresip(text, extension):
    said = [line for line in text.splitlines() if re.search(rf"(?<!\d){extension}@[\d.:]+: ", line)]
    if not said:
        return None
    if "} 200 OK" in said[0]:
        return "registered"
    return "no answer" if "Connection timed out" in said[0] else "refused"


def baresip_at(practice, faults, end, enough):
    with Baresip(practice, [(practice.account(f), PASSWORD if end != "banned" else "wrong")
                            for f in faults], proxied=False) as baresip:
        until(lambda: enough(baresip.says()), "baresip is done with each fault", BOUND_S)
        text = baresip.says()
    practice.settle()
    return {f: told(outcome_of_baresip(text, practice.account(f)),
                    practice.attempt(f, end)) for f in faults}


# ---- lineup

def lineup_at(practice, faults, end):
    once = [] if end == "refreshed" else ["--once"]
    env = dict(os.environ, LINEUP_PASSWORD=PASSWORD if end != "banned" else "wrong")
    lines = {f: subprocess.Popen(
        [BINARY, "register", "--json", *once, f"{practice.account(f)}@{practice.address}"],
        env=env, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True) for f in faults}
    found = {}
    try:
        if end == "refreshed":
            until(lambda: all(practice.seen(f, end) for f in faults), "lineup refreshes")
            for line in lines.values():
                line.terminate()
        for fault, line in lines.items():
            out, _ = line.communicate(timeout=BOUND_S)
            practice.settle()
            result = json.loads(out.splitlines()[-1])
            outcome = ("registered" if result["result"] == "registered"
                       else "no answer" if line.returncode == 3 else "refused")
            found[fault] = told(outcome, practice.attempt(fault, end))
    finally:
        for line in lines.values():
            line.kill()
            line.wait()
    return found


# ---- both

def together():
    """Each fault that one registration shows."""
    faults = [fault for fault in table() if fault not in APART]
    with Watched(faults) as one, Watched(faults) as other:
        with Baresip(one, [(one.account(f), PASSWORD) for f in faults], proxied=False) as baresip:
            lineup = lineup_at(other, faults, "registered")
            until(lambda: all(outcome_of_baresip(baresip.says(), one.account(f))
                                             for f in faults),
                  "baresip is done with each fault", BOUND_S)
            text = baresip.says()
        one.settle()
        return {f: (lineup[f], told(outcome_of_baresip(text, one.account(f)),
                                    one.attempt(f, "registered"))) for f in faults}


def apart(fault):
    """A fault that takes more than one registration, or others' peace."""
    end = APART[fault]
    options = ["--max-expires", "4", "--min-expires", "1"] if end == "refreshed" else []
    with Watched([fault], *options) as one, Watched([fault], *options) as other:
        account = one.account(fault)
        enough = {
            "refreshed": lambda text: one.seen(fault, "refreshed"),
            "banned": lambda text: outcome_of_baresip(text, account),
            "flooded": lambda text: one.attempt(fault, end)[0] > MANY,
        }[end]
        baresip = baresip_at(one, [fault], end, enough)
        lineup = lineup_at(other, [fault], end)
        return {fault: (lineup[fault], baresip[fault])}


def table():
    """fault -> (lineup, baresip, note), as they stand in the table."""
    with open(TABLE) as f:
        rows = [line.rstrip("\n").split("\t") for line in f
                if line.strip() and not line.startswith("#")]
    assert rows[0] == ["fault", "lineup", "baresip", "note"], rows[0]
    return {row[0]: row[1:] for row in rows[1:]}


def measure():
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        banned = pool.submit(apart, "ban=2/600")  # takes a time-out as well
        found = together()
        found.update(banned.result())
    for fault in APART:
        if fault not in found:
            found.update(apart(fault))
    print(f"measured in {time.monotonic() - began:.0f} s", flush=True)
    return found


def each_does_what_the_table_says():
    found = measure()
    wrong = [f"{fault}: {' / '.join(found[fault])}, not {' / '.join(row[:2])}"
             for fault, row in table().items() if list(found[fault]) != row[:2]]
    assert not wrong, "; ".join(wrong)


def where_they_differ_the_table_says_why():
    for fault, (lineup, baresip, note) in table().items():
        if lineup == baresip:
            assert note == "alike", (fault, note)
        else:
            assert re.search(r"RFC \d{4} \d+(\.\d+)*", note), (fault, note)


def the_table_has_every_fault():
    done = subprocess.run([BINARY, "practice", "--faults"], capture_output=True, text=True, timeout=20)
    names = re.findall(r"^  (\S+?)(?:=\S+)?(?:  .*)?$", done.stdout.split("Extensions that")[0], re.M)
    assert {f.split("=")[0] for fault in table() for f in fault.split(",")} == set(names)


def write():
    rows = table()
    for fault, both in measure().items():
        note = rows[fault][2] if both[0] != both[1] else "alike"
        print("\t".join([fault, *both, note]))


need("baresip")
if sys.argv[2:] == ["--write"]:
    write()
else:
    run([the_table_has_every_fault,
         where_they_differ_the_table_says_why,
         each_does_what_the_table_says])
