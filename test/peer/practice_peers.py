#!/usr/bin/env python3
"""`lineup practice` with other people's clients: sipp, sipsak and baresip register at it, and each is
refused with a wrong password. A client that is not installed is skipped and said. Usage: PROGRAM LINEUP

They need no option for it: practice challenges with MD5 alone. That this is needed is tested, too: none
of these versions gets past a challenge for SHA-256 with one for MD5 behind it (RFC 8760 2.3).
"""
import os
import subprocess
import sys
import tempfile

from baresip import Baresip
from peer import HERE, need, run
from practice import Practice

BINARY = sys.argv[1]
ACCOUNTS = ["--user", "1001:secret1001", "--user", "1002:secret1002", "--user", "1003:secret1003"]


def sipp(practice, password, *options):
    """The scenario of register.sipp.xml, once. Returns sipp's exit status."""
    with open(os.path.join(HERE, "register.sipp.xml")) as f:
        text = f.read().replace("password=secret1001", f"password={password}")
    with tempfile.TemporaryDirectory(prefix="lineup-sipp-") as folder:
        path = os.path.join(folder, "register.xml")
        with open(path, "w") as f:
            f.write(text)
        return subprocess.run(
            ["sipp", practice.address, "-sf", path, "-m", "1", "-nostdin", "-i", "127.0.0.1",
             "-timeout", "20", *options],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=40).returncode


def sipp_registers_over_tcp():
    with Practice(BINARY, *ACCOUNTS) as practice:
        assert sipp(practice, "secret1001", "-t", "t1") == 0
        registered(practice, "1001")


def sipsak(practice, password):
    return subprocess.run(
        ["sipsak", "-U", "-s", f"sip:1001@{practice.address}", "-C", "sip:1001@127.0.0.1:5099",
         "-u", "1001", "-a", password, "-x", "60", "-H", "127.0.0.1"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        timeout=40).returncode


def registered(practice, extension):
    return practice.wait_for(
        lambda e: e["event"] == "registered" and e["extension"] == extension,
        f"{extension} is registered")


def refused(practice, extension):
    return practice.wait_for(
        lambda e: e["event"] == "refused" and e.get("extension") == extension
        and e["status"] == 401 and e["why"] == "wrong password",
        f"{extension} is refused for its password")


def asked_in_vain(practice, extension):
    return [e["event"] for e in practice.events() if e.get("extension") == extension] == ["challenged"]


def sipp_registers():
    with Practice(BINARY, *ACCOUNTS) as practice:
        assert sipp(practice, "secret1001") == 0
        event = registered(practice, "1001")[0]
        assert event["granted_s"] == 60 and event["contact"].startswith("sip:1001@127.0.0.1:")


def sipp_is_refused_with_a_wrong_password():
    with Practice(BINARY, *ACCOUNTS) as practice:
        assert sipp(practice, "secret1002") != 0
        refused(practice, "1001")
        assert practice.kinds().count("registered") == 0


def sipsak_registers():
    with Practice(BINARY, *ACCOUNTS) as practice:
        assert sipsak(practice, "secret1001") == 0
        event = registered(practice, "1001")[0]
        assert event["contact"] == "sip:1001@127.0.0.1:5099" and event["granted_s"] == 60


def sipsak_is_refused_with_a_wrong_password():
    with Practice(BINARY, *ACCOUNTS) as practice:
        assert sipsak(practice, "wrong") != 0
        refused(practice, "1001")
        assert practice.kinds().count("registered") == 0


def baresip_registers_and_removes_its_registration():
    with Practice(BINARY, *ACCOUNTS) as practice:
        with Baresip(practice, [("1002", "secret1002")]):
            registered(practice, "1002")
        practice.wait_for(lambda e: e["event"] == "removed", "baresip has removed it")


def baresip_is_refused_with_a_wrong_password():
    with Practice(BINARY, *ACCOUNTS) as practice:
        with Baresip(practice, [("1002", "secret1002"), ("1003", "wrong")]):
            registered(practice, "1002")
            refused(practice, "1003")
        assert [e for e in practice.events()
                if e["event"] == "registered" and e["extension"] == "1003"] == []


def sipp_gives_up_at_two_challenges():
    with Practice(BINARY, "--fault", "two-challenges", *ACCOUNTS) as practice:
        assert sipp(practice, "secret1001") != 0
        assert asked_in_vain(practice, "1001")


def sipsak_gives_up_at_two_challenges():
    with Practice(BINARY, "--fault", "two-challenges", *ACCOUNTS) as practice:
        assert sipsak(practice, "secret1001") != 0
        assert asked_in_vain(practice, "1001")


def baresip_gives_up_at_two_challenges():
    with Practice(BINARY, "--fault", "1002:two-challenges", *ACCOUNTS) as practice:
        with Baresip(practice, [("1002", "secret1002"), ("1003", "secret1003")]):
            registered(practice, "1003")
        assert asked_in_vain(practice, "1002")


TESTS = {
    "sipp": [sipp_registers, sipp_registers_over_tcp, sipp_is_refused_with_a_wrong_password,
             sipp_gives_up_at_two_challenges],
    "sipsak": [sipsak_registers, sipsak_is_refused_with_a_wrong_password,
               sipsak_gives_up_at_two_challenges],
    "baresip": [baresip_registers_and_removes_its_registration,
                baresip_is_refused_with_a_wrong_password,
                baresip_gives_up_at_two_challenges],
}


def main():
    for client in TESTS:
        need(client)
    run([test for client in TESTS for test in TESTS[client]])


main()
