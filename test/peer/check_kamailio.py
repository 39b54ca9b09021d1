#!/usr/bin/env python3
"""`lineup check` against Kamailio: it finds what is wrong, and leaves the registrar as it found it.
Usage: PROGRAM LINEUP"""
import os
import re
import signal
import subprocess
import sys

from check import Check
from peer import Kamailio, free_port, once, run, until

BINARY = sys.argv[1]

WRONG = [  # extension, options, password, exit status, step, cause
    ("1001", [], "wrong", 1, "login", "auth-refused"),
    ("1001", [], None, 1, "login", "auth-no-password"),
    ("1001", ["--realm", "elsewhere"], "secret1001", 1, "challenge", "auth-realm"),
    ("1999", [], "secret1001", 1, "challenge", "not-found"),
    ("1002", [], "secret1002", 1, "login", "forbidden-auth-user"),
    ("err402", [], "x", 1, "challenge", "extension-or-payment"),
    ("err400", ["--trial", "never"], "x", 1, "challenge", "bad-request"),
    ("err400", [], "x", 1, "challenge", "bad-request"),
    ("err503", [], "x", 1, "challenge", "server-busy-until"),
    ("silent", [], "x", 3, "challenge", "register-silent"),
]


def listed(kamailio):
    """The registrar's own list, all of it but the seconds that run down."""
    return re.sub(r"\bExpires: \d+", "Expires", kamailio.dump())


def main():
    with Kamailio() as kamailio:
        server = f"127.0.0.1:{kamailio.port}"

        def a_line_that_would_register_is_proved_to_and_is_not_registered():
            check = Check(BINARY, f"1001@{server}", password="secret1001")
            check.assert_ok()
            assert check.states() == ("address:good name:good reach:good challenge:good login:good "
                                      "bindings:good network:good clock:good"), check.states()
            assert check.result["server"] == server and check.result["bindings"] == []
            assert check.result["looks_like"]["profile"] == "kamailio", check.result["looks_like"]
            assert check.result["looks_like"]["agent"].startswith("kamailio ("), check.result
            assert kamailio.contacts() == []

        def another_auth_user_is_proved_too():
            Check(BINARY, f"1002@{server}", "-u", "studio-a", password="secret1002").assert_ok()
            assert kamailio.contacts() == []

        def a_time_that_is_too_short_is_raised_as_a_line_would():
            Check(BINARY, f"1001@{server}", "-e", "5", password="secret1001").assert_ok()

        def the_devices_that_are_registered_are_listed_and_left_alone():
            for _ in range(2):
                status, _, _, _ = once(BINARY, f"1001@{server}", "-e", "120", "--keep",
                                       password="secret1001")
                assert status == 0
            before = listed(kamailio)
            assert before.count("CSeq:") == 2 and "Last-Modified:" in before, before
            check = Check(BINARY, f"1001@{server}", password="secret1001")
            check.assert_ok()
            assert check.steps["bindings"]["state"] == "warning", check.text
            assert check.result["bindings_total"] == 2 and check.result["warnings"] == 1
            assert sorted(b["uri"] for b in check.result["bindings"]) == sorted(
                address.split(";")[0] for address in kamailio.contacts()), check.text
            assert all(0 < b["expires"] <= 120 for b in check.result["bindings"]), check.text
            for extension, options, password, *_ in WRONG:
                if extension.startswith("1"):
                    Check(BINARY, f"{extension}@{server}", *options, password=password)
            assert listed(kamailio) == before, (before, kamailio.dump())

        def whatever_is_wrong_is_found():
            for extension, options, password, status, step, cause in WRONG:
                check = Check(BINARY, f"{extension}@{server}", *options, password=password)
                check.assert_cause(status, step, cause)

        def a_closed_port_ends_it_at_once():
            check = Check(BINARY, f"1001@127.0.0.1:{free_port()}", password="x")
            check.assert_cause(3, "reach", "port-closed")
            assert check.result["local"] is True

        def a_name_that_does_not_exist_ends_it():
            check = Check(BINARY, "1001@no-such-host.invalid", password="x")
            assert check.status == 3 and check.bad() == ["name"], check.text
            assert check.result["cause"]["id"].startswith("name-")

        def the_screen_is_as_wide_as_a_terminal_and_says_what_to_do():
            env = dict(os.environ, LINEUP_PASSWORD="wrong", LC_ALL="C.UTF-8")
            done = subprocess.run([BINARY, "check", f"1001@{server}"], env=env, capture_output=True,
                                  text=True, stdin=subprocess.DEVNULL, timeout=60)
            lines = done.stdout.splitlines()
            assert done.returncode == 1 and done.stderr == "", done.stderr
            assert lines[0] == "Checking sip:1001@127.0.0.1", lines
            assert max(map(len, lines)) <= 80, lines
            assert "  ✗ Login        401 Unauthorized: our answer was not accepted" in done.stdout
            assert "  – Bindings     not reached" in done.stdout
            assert "What to do" in done.stdout and "lineup explain auth-refused" in done.stdout

        def the_trace_shows_no_secret():
            check = Check(BINARY, f"1001@{server}", "--trace", "-v", password="secret1001")
            check.assert_ok()
            methods = [e["method"] for e in check.events if e["event"] == "send"]
            assert methods == ["OPTIONS", "REGISTER", "REGISTER"], methods
            assert not any("\nContact:" in e["message"] for e in check.events if e["event"] == "send")
            assert "secret1001" not in check.text and 'response=\\"***\\"' in check.text

        def an_interrupt_ends_it_cleanly():
            env = dict(os.environ, LINEUP_PASSWORD="x")
            with subprocess.Popen([BINARY, "check", f"silent@{server}"], env=env,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
                os.set_blocking(process.stdout.fileno(), False)
                seen = []

                def reached():
                    seen.append(process.stdout.read() or b"")
                    return b"answers OPTIONS" in b"".join(seen)
                until(reached, "the server is reached")
                process.send_signal(signal.SIGINT)
                assert process.wait(10) == 3
                seen.append(process.stdout.read() or b"")
                assert b"Stopped" in b"".join(seen), seen

        run([a_line_that_would_register_is_proved_to_and_is_not_registered,
             another_auth_user_is_proved_too,
             a_time_that_is_too_short_is_raised_as_a_line_would,
             the_devices_that_are_registered_are_listed_and_left_alone,
             whatever_is_wrong_is_found,
             a_closed_port_ends_it_at_once,
             a_name_that_does_not_exist_ends_it,
             the_screen_is_as_wide_as_a_terminal_and_says_what_to_do,
             the_trace_shows_no_secret,
             an_interrupt_ends_it_cleanly])


main()
