#!/usr/bin/env python3
"""Each fault of `lineup practice`, met by `lineup register --once`: it names the cause that was set. All
faults are met at the same time, so this lasts as long as the longest does, the 32 s of silence. What
`lineup check` finds there is in check_practice.py. Usage: PROGRAM LINEUP"""
import json
import os
import subprocess
import sys

from peer import once, run, until
from practice import Practice, fault_names, listed_faults

BINARY = sys.argv[1]
BOUND_S = 80

# fault -> exit status, status and cause; without a cause it registers.
FAULTS = {
    "loss": (0, 200, None),
    "silence": (3, 408, "silence"),
    "garbage": (3, 408, "not-sip"),
    "other-port": (3, 408, "not-ours"),
    "slow": (0, 200, None),
    "trying": (3, 408, "no-final-answer"),
    "redirect=foreign": (1, 302, "redirect-foreign"),
    "redirect=198.51.100.1:5070": (1, 302, "redirect-foreign"),
    "redirect=self": (1, 302, "redirect-loop"),
    "404": (1, 404, "not-found"),
    "480": (1, 480, "unavailable"),
    "500": (1, 500, "server-error"),
    "503": (1, 503, "server-busy-until"),
    "503=0": (1, 503, "server-busy"),
    "status=410": (1, 410, "gone"),
    "silence-after-login": (3, 408, "silence-after-login"),
    "no-challenge": (1, 401, "auth-no-challenge"),
    "basic": (1, 401, "auth-not-digest"),
    "endless-401": (1, 401, "auth-realm-loop"),
    "sha-256-only": (0, 200, None),
    "two-challenges": (0, 200, None),
    "wrong-password": (1, 401, "auth-refused"),
    "ban": (0, 200, None),  # with a right password; else see below
    "always-stale": (1, 401, "auth-stale-loop"),
    "nonce-life": (0, 200, None),
    "new-nonce": (0, 200, None),
    "402": (1, 402, "bad-extension"),
    "402=Payment Required": (1, 402, "payment-required"),
    "402=Refused": (1, 402, "extension-or-payment"),
    "403": (1, 403, "forbidden"),
    "403=Forbidden auth ID": (1, 403, "forbidden-auth-user"),
    "404-after-login": (1, 404, "not-found-after-login"),
    "no-query": (0, 200, None),
    "423": (0, 200, None),
    "423=90000": (1, 423, "expires-too-brief"),
    "too-many-contacts=kamailio": (1, 503, "too-many-contacts"),
    "too-many-contacts=asterisk": (1, 403, "forbidden-asterisk"),
    "granted-zero": (1, 200, "granted-zero"),
    "granted-absent": (1, 200, "granted-absent"),
    "granted-absent,other-device": (1, 200, "granted-to-others"),
    "other-device": (0, 200, None),
    "bare-contacts": (0, 200, None),
    "alg": (0, 200, None),
    "alg,bare-contacts": (1, 200, "granted-rewritten"),
    "date": (0, 200, None),
}


def number(fault):
    return 2000 + list(FAULTS).index(fault)


def meet_all(practice):
    """fault -> exit status, status and cause, of a line at each fault."""
    env = dict(os.environ, LINEUP_PASSWORD="pw")
    lines = {fault: subprocess.Popen(
        [BINARY, "register", "--once", "--json", f"{number(fault)}@{practice.address}"], env=env,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        start_new_session=True) for fault in FAULTS}
    try:
        return {fault: read_result(line) for fault, line in lines.items()}
    finally:
        for line in lines.values():
            line.kill()
            line.wait()


def read_result(line):
    out, _ = line.communicate(timeout=BOUND_S)
    result = json.loads(out.splitlines()[-1])
    return line.returncode, result["status"], (result.get("cause") or {"id": None})["id"]


def register_names_each_fault():
    users = [word for fault in FAULTS for word in ("--user", f"{number(fault)}:pw::{fault}")]
    with Practice(BINARY, *users) as practice:
        found = meet_all(practice)
        events = practice.events()
    wrong = [f"{fault}: {found[fault]}, not {FAULTS[fault]}" for fault in FAULTS
             if found[fault] != FAULTS[fault]]
    assert not wrong, "; ".join(wrong)
    # Each meets what was set and nothing else.
    for event in events:
        if event.get("extension"):
            fault = list(FAULTS)[int(event["extension"]) - 2000]
            assert fault_names(event["faults"]) == fault_names(fault), event


def who_is_wrong_too_often_is_banned():
    with Practice(BINARY, "--fault", "1002:ban=2/600") as practice:
        for _ in range(2):
            status, result, _, _ = once(BINARY, f"1002@{practice.address}", password="wrong")
            assert (status, result["cause"]["id"]) == (1, "auth-refused"), result
        # Another extension suffers, too: it is the address that is banned.
        with subprocess.Popen([BINARY, "register", "--once", "--json", f"1001@{practice.address}"],
                              env=dict(os.environ, LINEUP_PASSWORD="practice"),
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              start_new_session=True) as line:
            practice.wait_for(lambda e: e.get("why") == "this address is banned", "it is banned")
            line.terminate()
        assert not [e for e in practice.events() if e.get("extension") == "1001"]


def what_a_200_without_our_binding_may_have_left_is_removed():
    """Exit status and result stay what they were, the result comes last, and nothing is left; but for
    --keep, and where 0 s were granted the server has kept nothing."""
    for fault, cause, kept in [("alg,bare-contacts", "granted-rewritten", ["registered", "removed"]),
                               ("granted-absent", "granted-absent", [])]:
        for option, registers in [((), 4), (("--keep",), 2)]:
            with Practice(BINARY, "--user", f"1001:pw::{fault}") as practice:
                status, result, _, events = once(BINARY, f"1001@{practice.address}", *option, password="pw")
                assert (status, result["status"], result["cause"]["id"]) == (1, 200, cause), result
                assert sent(events) == registers, events
                until(lambda: bound(practice) == kept[:registers // 2], f"{fault} leaves nothing")
    with Practice(BINARY, "--user", "1001:pw::granted-zero") as practice:
        status, result, _, events = once(BINARY, f"1001@{practice.address}", password="pw")
        assert (status, result["cause"]["id"], sent(events)) == (1, "granted-zero", 2), result


def sent(events):
    return len([event for event in events if event["event"] == "send"])


def bound(practice):
    """What became of bindings there, when all REGISTERs have been answered."""
    return [kind for kind in practice.kinds() if kind in ("registered", "removed")]


def the_table_has_every_fault():
    assert {name for fault in FAULTS for name in fault_names(fault)} == listed_faults(BINARY)


run([the_table_has_every_fault,
     register_names_each_fault,
     what_a_200_without_our_binding_may_have_left_is_removed,
     who_is_wrong_too_often_is_banned])
