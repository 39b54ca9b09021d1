#!/usr/bin/env python3
"""`lineup check` finds each fault that `lineup practice` can be made to have. A fault more is a row
more. Usage: PROGRAM LINEUP"""
import sys

from check import Check
from practice import Practice
from peer import run

BINARY = sys.argv[1]
PASSWORD = "practice"

# practice's options, extension, check's options, password, what comes of it: the exit status, and
# where that is not 0 the step that is bad and the cause
FAULTS = [
    ([], "1001", [], PASSWORD, (0,)),
    (["--algorithm", "md5"], "1001", [], PASSWORD, (0,)),
    (["--algorithm", "sha-512-256"], "1001", [], PASSWORD, (0,)),
    (["--algorithm", "all"], "1001", [], PASSWORD, (0,)),
    (["--min-expires", "600"], "1001", ["-e", "60"], PASSWORD, (0,)),
    (["--user", "1001:practice:studio-a"], "1001", ["-u", "studio-a"], PASSWORD, (0,)),
    ([], "1001", [], "wrong", (1, "login", "auth-refused")),
    ([], "1001", ["--realm", "elsewhere"], PASSWORD, (1, "challenge", "auth-realm")),
    ([], "1001", ["-u", "nobody"], PASSWORD, (1, "login", "auth-refused")),
    ([], "2001", [], PASSWORD, (1, "challenge", "not-found")),
]


def each_fault_is_found_and_nothing_is_left_behind():
    wrong = []
    for options, extension, more, password, wanted in FAULTS:
        with Practice(BINARY, *options) as practice:
            check = Check(BINARY, f"{extension}@{practice.address}", *more, password=password)
            try:
                if wanted == (0,):
                    check.assert_ok()
                else:
                    check.assert_cause(*wanted)
                assert "registered" not in practice.kinds(), practice.text
            except AssertionError as e:
                wrong.append((options, extension, more, check.status, check.states(),
                              check.result and check.result.get("cause", {}).get("id"), e))
    assert not wrong, "\n".join(map(str, wrong))


run([each_fault_is_found_and_nothing_is_left_behind])
