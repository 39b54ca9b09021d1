#!/usr/bin/env python3
"""`lineup check` finds each fault that `lineup practice` can be made to have. A fault more is a row
more. Usage: PROGRAM LINEUP"""
import sys
from concurrent.futures import ThreadPoolExecutor

from check import Check
from practice import Practice, fault_names, listed_faults
from peer import run

BINARY = sys.argv[1]
PASSWORD = "practice"

# practice's options, extension, check's options, password, what comes of it: the exit status, and
# where that is not 0 the step that is bad and the cause, else the steps that are remarked; with "?"
# behind its name one that may be
SETTINGS = [
    ([], "1001", [], PASSWORD, (0,)),
    (["--algorithm", "sha-256"], "1001", [], PASSWORD, (0,)),
    (["--algorithm", "sha-512-256"], "1001", [], PASSWORD, (0,)),
    (["--algorithm", "all"], "1001", [], PASSWORD, (0,)),
    (["--min-expires", "600"], "1001", ["-e", "60"], PASSWORD, (0,)),
    (["--user", "1001:practice:studio-a"], "1001", ["-u", "studio-a"], PASSWORD, (0,)),
    ([], "1001", [], "wrong", (1, "login", "auth-refused")),
    ([], "1001", ["--realm", "elsewhere"], PASSWORD, (1, "challenge", "auth-realm")),
    ([], "1001", ["-u", "nobody"], PASSWORD, (1, "login", "auth-refused")),
    ([], "2001", [], PASSWORD, (1, "challenge", "not-found")),
]

FAULTS = [
    ("slow=300", (0,)),
    ("redirect", (1, "challenge", "redirect-foreign")),
    ("redirect=self", (1, "challenge", "redirect-loop")),
    ("404", (1, "challenge", "not-found")),
    ("480", (1, "challenge", "unavailable")),
    ("500", (1, "challenge", "server-error")),
    ("503", (1, "challenge", "server-busy-until")),
    ("503=0", (1, "challenge", "server-busy")),
    ("status=400", (1, "challenge", "bad-request")),
    ("status=603", (1, "challenge", "taken-for-call")),
    ("no-challenge", (1, "challenge", "auth-no-challenge")),
    ("basic", (1, "challenge", "auth-not-digest")),
    ("endless-401", (1, "login", "auth-realm-loop")),
    ("sha-256-only", (0,)),
    ("two-challenges", (0,)),
    ("wrong-password", (1, "login", "auth-refused")),
    ("always-stale", (1, "login", "auth-stale-loop")),
    ("new-nonce", (0,)),
    ("402", (1, "login", "bad-extension")),
    ("403", (1, "login", "forbidden")),
    ("403=Forbidden auth ID", (1, "login", "forbidden-auth-user")),
    ("404-after-login", (1, "login", "not-found-after-login")),
    ("alg", (0, "network")),
    ("date", (0, "clock")),
    ("date=-7200", (0, "clock")),
    # It shows only when a nonce is used again later; this visit is over within a second.
    ("nonce-life=1", (0,)),
    # It counts wrong passwords, and this one is right; a wrong one is tried below.
    ("ban", (0,)),
    # What is not said of the bindings is not told either.
    ("bare-contacts,other-device", (0,)),
]

# Silence takes its time: they are tried side by side.
SILENCES = [
    ("silence", (3, "challenge", "silence")),
    ("1001:silence", (3, "challenge", "register-silent")),
    ("loss=100", (3, "challenge", "silence")),
    # What gets lost is sent again, the OPTIONS for 4 s only.
    ("loss=20", (0, "reach?")),
    ("trying", (3, "challenge", "no-final-answer")),
    ("garbage", (3, "challenge", "not-sip")),
    ("other-port", (3, "challenge", "not-ours")),
    ("silence-after-login", (3, "login", "silence-after-login")),
]

# What shows only when a binding is made, and what needs one.
TRIALS = [
    ("no-query", "needed", (0, "trial")),
    ("no-query", "always", (0, "trial")),
    ("no-query", "never", (1, "login", "bad-request-contact")),
    ("423=60", "always", (0,)),
    ("other-device", "always", (0,)),
    ("granted-zero", "always", (1, "trial", "granted-zero")),
    ("granted-absent", "always", (1, "trial", "granted-absent")),
    ("too-many-contacts", "always", (1, "trial", "too-many-contacts")),
    ("too-many-contacts=asterisk", "always", (1, "trial", "forbidden-asterisk")),
    ("alg", "always", (0, "network")),
    ("alg,bare-contacts", "always", (1, "trial", "granted-rewritten")),
]


def faults(names):
    """The options of practice for these faults."""
    return [word for name in names.split(",") for word in ("--fault", name)]


def compare(check, wanted):
    if wanted[0]:
        check.assert_cause(*wanted)
        return
    check.assert_ok()
    remarked = [name for name, step in check.steps.items() if step["state"] == "warning"]
    assert set(remarked) | {name[:-1] for name in wanted[1:] if name[-1] == "?"} == \
        {name.rstrip("?") for name in wanted[1:]}, check.text


def visit(options, extension, more, password, wanted):
    """Returns what is wrong, or None."""
    with Practice(BINARY, *options) as practice:
        check = Check(BINARY, f"{extension}@{practice.address}", *more, password=password)
        try:
            compare(check, wanted)
            kinds = practice.kinds()
            assert kinds.count("registered") == kinds.count("removed"), practice.text
            assert "registered" not in kinds or "trial" in check.steps, practice.text
        except AssertionError as e:
            return options, more, check.status, check.states(), str(e)[-600:]


def all_are_right(visits):
    wrong = [result for result in visits if result]
    assert not wrong, "\n".join(map(str, wrong))


def each_setting_is_found_right_or_wrong():
    all_are_right(visit(*row) for row in SETTINGS)


def each_fault_is_found_and_nothing_is_left_behind():
    all_are_right(visit(faults(fault), "1001", [], PASSWORD, wanted)
                  for fault, wanted in FAULTS)


def a_trial_finds_the_rest_and_is_removed():
    all_are_right(visit(faults(fault), "1001", ["--trial", when], PASSWORD, wanted)
                  for fault, when, wanted in TRIALS)


def visit_banned():
    with Practice(BINARY, "--fault", "ban=1/600") as practice:
        Check(BINARY, f"1001@{practice.address}", password="wrong").assert_cause(
            1, "login", "auth-refused")
        Check(BINARY, f"1002@{practice.address}", password=PASSWORD).assert_cause(
            3, "challenge", "silence")


def the_kinds_of_silence_are_told_apart():
    with ThreadPoolExecutor(len(SILENCES) + 1) as pool:
        banned = pool.submit(visit_banned)
        all_are_right(pool.map(lambda row: visit(faults(row[0]), "1001", [], PASSWORD, row[1]),
                               SILENCES))
        banned.result()


def each_fault_has_a_row():
    rows = [row[0] for row in FAULTS + SILENCES + TRIALS]
    assert {name for row in rows for name in fault_names(row)} == listed_faults(BINARY)


run([each_fault_has_a_row,
     each_setting_is_found_right_or_wrong,
     each_fault_is_found_and_nothing_is_left_behind,
     a_trial_finds_the_rest_and_is_removed,
     the_kinds_of_silence_are_told_apart])
