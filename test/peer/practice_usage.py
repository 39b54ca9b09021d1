#!/usr/bin/env python3
"""`lineup practice` from outside: what it prints, how it ends, what it refuses to start with, and
`lineup register` at it with each algorithm. Usage: PROGRAM LINEUP"""
import os
import re
import signal
import subprocess
import sys
import tempfile

from peer import Lineup, once, run, until
from practice import Practice

BINARY = sys.argv[1]


def refused_to_start(*options):
    """Exit status and complaint of one that is expected to end by itself."""
    done = subprocess.run([BINARY, "practice", "-l", "127.0.0.1:0", *options],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    assert done.stdout == "", done.stdout
    return done.returncode, done.stderr


def the_first_line_says_where_it_listens():
    process = subprocess.Popen([BINARY, "practice", "-l", "127.0.0.1:0"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        first = process.stdout.readline()
        assert re.fullmatch(r"listening on 127\.0\.0\.1:[1-9][0-9]*\n", first), first
        assert 'extensions 1001 to 1008, password "practice"' in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0 and err == "", (process.returncode, err)
        assert out.splitlines()[-1].startswith("ended: 0 requests answered"), out
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def a_term_signal_ends_it_with_status_0():
    with Practice(BINARY) as practice:
        practice.process.send_signal(signal.SIGTERM)
        until(lambda: practice.process.poll() is not None, "practice ends")
        assert practice.process.returncode == 0


def quiet_says_where_it_listens_and_no_more():
    with Practice(BINARY, "--quiet") as practice:
        assert once(BINARY, f"1001@{practice.address}", password="practice")[0] == 0
        practice.process.send_signal(signal.SIGTERM)
        until(lambda: practice.process.poll() is not None, "practice ends")
        assert practice.kinds() == ["listening"]


def a_line_registers_with_every_algorithm():
    for name, shown in (("md5", ["MD5"]), ("sha-256", ["SHA-256"]),
                        ("sha-512-256", ["SHA-512-256"]),
                        ("all", ["SHA-512-256", "SHA-256", "MD5"]), (None, ["MD5"])):
        options = ["--algorithm", name] if name else []
        with Practice(BINARY, "--trace", *options) as practice:
            status, result, _, _ = once(BINARY, f"1003@{practice.address}", password="practice")
            assert status == 0, result
            practice.wait_for(lambda e: e["event"] == "removed", "it was removed again")
            offered, used = [], []
            for event in practice.events():
                text = event.get("message", "")
                offered += re.findall(r"WWW-Authenticate: .*algorithm=([^ ,]+)", text)
                used += re.findall(r"\nAuthorization: .*algorithm=([^ ,]+)", text)
            assert offered == shown and set(used) == {shown[0]}, (offered, used)


def a_line_is_told_what_is_wrong_with_it():
    users = ["--user", "1001:secret", "--user", "1002:other:studio-a"]
    with Practice(BINARY, *users, "--min-expires", "30") as practice:
        for address, options, password, status, why in (
                ("1001", [], "wrong", 401, "wrong password"),
                ("1002", [], "other", 401, "unknown auth user"),
                ("1002", ["-u", "1001"], "secret", 403, "the auth user does not own this extension"),
                ("1003", [], "secret", 404, "no such extension here")):
            code, result, _, _ = once(BINARY, f"{address}@{practice.address}", *options,
                                      password=password)
            assert code == 1 and result["status"] == status, result
            practice.wait_for(lambda e: e.get("why") == why, why)
        code, result, _, _ = once(BINARY, f"1001@{practice.address}", "-e", "5", password="secret")
        assert code == 0 and result["expires"] == 30, result


def a_registration_that_nobody_refreshes_runs_out():
    with Practice(BINARY, "--min-expires", "1", "--max-expires", "1") as practice:
        code, _, _, _ = once(BINARY, f"1001@{practice.address}", "--keep", password="practice")
        assert code == 0
        gone = practice.wait_for(lambda e: e["event"] == "expired", "it runs out")[0]
        assert gone["extension"] == "1001" and gone["granted_s"] == 1, gone


def a_line_stays_registered_on_one_nonce():
    with Practice(BINARY, "--max-expires", "2", "--min-expires", "1") as practice:
        with Lineup(BINARY, f"1001@{practice.address}", password="practice") as lineup:
            until(lambda: practice.kinds().count("refreshed") >= 2, "it is refreshed twice")
            lineup.interrupt()
            status, _ = lineup.end()
            assert status == 0
        practice.wait_for(lambda e: e["event"] == "removed", "it is removed")
        assert practice.kinds().count("challenged") == 1, practice.kinds()
        assert practice.kinds().count("refused") == 0, practice.kinds()


def nothing_that_is_shown_has_a_password_in_it():
    with Practice(BINARY, "--trace", "--user", "1001:Hk7secret") as practice:
        assert once(BINARY, f"1001@{practice.address}", password="Hk7secret")[0] == 0
        practice.wait_for(lambda e: e["event"] == "removed", "it was removed again")
        assert "Hk7secret" not in practice.text
        assert 'response=\\"***\\"' in practice.text, practice.text


def faults_of_a_file_are_named_by_their_lines():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "users")
        with open(path, "w") as f:
            f.write("# accounts\n1001:a\n10 02:Hk7secret\n1003\n")
        code, text = refused_to_start("--users", path)
        lines = text.splitlines()
        assert code == 2 and len(lines) == 2, text
        assert lines[0].startswith(f"{path}:3: ") and lines[1].startswith(f"{path}:4: "), text
        assert "Hk7secret" not in text
        with open(path, "w") as f:
            f.write("1001:a:b:Hk7secret\n")
        code, text = refused_to_start("--users", path)
        assert code == 2 and "behind the third colon faults must follow" in text, text
        assert "Hk7secret" not in text
        with open(path, "w") as f:
            f.write("# nobody\n")
        code, text = refused_to_start("--users", path)
        assert code == 2 and "there is no account in it" in text, text
        with open(path, "w") as f:
            f.write("1001:a\n%31001:b\n")
        code, text = refused_to_start("--users", path)
        assert code == 2 and "extension 1001 is named twice" in text, text
        code, text = refused_to_start("--users", os.path.join(folder, "none"))
        assert code == 2 and "No such file" in text, text


def a_file_and_options_give_accounts_together():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "users")
        with open(path, "w") as f:
            f.writelines(f"{n}:pass{n}\n" for n in range(20000, 60000))
        with Practice(BINARY, "--users", path, "--user", "1001:x") as practice:
            assert practice.events()[0]["users"] == 40001
            assert once(BINARY, f"59999@{practice.address}", password="pass59999")[0] == 0
            assert once(BINARY, f"1001@{practice.address}", password="x")[0] == 0


def what_is_no_setting_is_refused():
    for options, said in (
            (["-l", "localhost"], "not an address of this machine"),
            (["-l", "127.0.0.1:65536"], "not an address of this machine"),
            (["-l", "127.0.0.1:"], "not an address of this machine"),
            (["-l", "[::1"], "not an address of this machine"),
            (["-l", "[::1]5060"], "not an address of this machine"),
            (["--user", "1001"], "an account is EXTENSION:PASSWORD"),
            (["--user", "1001:a", "--user", "1001:b"], "extension 1001 is named twice"),
            (["--realm", "a\nb"], "control character"),
            (["--realm", "r" * 256], "longer than 255 bytes"),
            (["--min-expires", "0"], "not a number from 1 to 604800"),
            (["--min-expires", "60", "--max-expires", "59"], "--min-expires is above"),
            (["--tls", "-l", "127.0.0.1:65535"], "none behind 65535"),
            (["--tls-ca", "ca.pem"], "--tls-ca needs --tls"),
            (["--algorithm", "sha-1"], "sha-1")):
        code, text = refused_to_start(*options)
        assert code == 2 and said in text, (options, text)


def only_an_authority_of_its_own_is_written_over():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "ca.pem")

        def left():
            with open(path) as f:
                return f.read()

        with Practice(BINARY, "--tls", "--tls-ca", path):
            first = left()
        with Practice(BINARY, "--tls", "--tls-ca", path):
            assert "BEGIN CERTIFICATE" in left() and left() != first, left()
        for precious in "the authorities of a provider\n", first + first, first + "-----BEGIN CERT":
            with open(path, "w") as f:
                f.write(precious)
            code, text = refused_to_start("--tls", "--tls-ca", path)
            assert code == 1 and f"{path} is there" in text and left() == precious, (text, left())


def what_is_no_fault_is_refused():
    for given, said in (
            ("1001:silnce", 'did you mean "silence"?; --faults lists what there is'),
            ("slow=0", "slow: MS is a number from 1 to 60000"),
            ("ban=3", "ban: COUNT/SECONDS is two numbers from 1 to 86400"),
            ("status", "status: CODE is a number from 300 to 699"),
            ("silence=1", "silence takes no argument"),
            ("1009:silence", "there is no extension 1009 here"),
            ("10 01:silence", "blank")):
        code, text = refused_to_start("--fault", given)
        assert code == 2 and said in text, (given, text)
    faults = [word for n in range(9) for word in ("--fault", f"1001:status={600 + n}")]
    assert once_with(*faults)["status"] == 608  # the last one counts


def once_with(*options):
    with Practice(BINARY, *options) as practice:
        return once(BINARY, f"1001@{practice.address}", password="practice")[1]


def a_fault_is_given_to_one_to_all_or_in_a_file():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "users")
        with open(path, "w") as f:
            f.write("1001:a\n1002:a::480,date=-5\n1003:a:auth:404\n1004:a\n")
        with Practice(BINARY, "--users", path, "--fault", "500=All Of Them", "--fault",
                      "%31004:402") as practice:
            for extension, said in (("1001", "500=All Of Them"),
                                    ("1002", "480=Temporarily Unavailable,date=-5,500=All Of Them"),
                                    ("1003", "404=Not Found,500=All Of Them"),
                                    ("1004", "402=Bad Extension,500=All Of Them")):
                code, result, _, _ = once(BINARY, f"{extension}@{practice.address}", password="a")
                assert code == 1, result
                events = [e for e in practice.events() if e.get("extension") == extension]
                assert {e["faults"] for e in events} == {said}, events


def the_list_of_faults_has_all_and_each_has_an_extension():
    done = subprocess.run([BINARY, "practice", "--faults"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    faults, extensions = done.stdout.split("Extensions that always have one")
    names = re.findall(r"^  (\S+?)(?:=\S+)?(?:  .*)?$", faults, re.M)
    always = re.findall(r"^  (\d+) +(\S.*)$", extensions, re.M)
    shown = {name.split("=")[0] for _, text in always for name in text.split(",")}
    assert set(names) - shown == {"status"} and shown < set(names), (names, shown)
    with Practice(BINARY) as practice:
        assert practice.events()[0]["always"] == dict(always)


def a_port_that_is_taken_is_said():
    with Practice(BINARY) as practice:
        done = subprocess.run([BINARY, "practice", "-l", practice.address],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
        assert done.returncode == 1 and "--listen 127.0.0.1:0 takes any port" in done.stderr
        assert practice.address in done.stderr


def every_form_of_an_address_is_taken():
    for given, shown in (("127.0.0.2:0", "127.0.0.2:"), ("[::1]:0", "[::1]:")):
        with Practice(BINARY, listen=given) as practice:
            assert practice.address.startswith(shown), practice.address
            assert once(BINARY, f"1001@{practice.address}", password="practice")[0] == 0


def other_machines_are_a_warning():
    with Practice(BINARY, listen="0.0.0.0:0") as practice:
        practice.process.send_signal(signal.SIGTERM)
        until(lambda: practice.process.poll() is not None, "practice ends")
        assert "WARNING: other machines can reach 0.0.0.0:" in practice.complaints()
    with Practice(BINARY) as practice:
        practice.process.send_signal(signal.SIGTERM)
        until(lambda: practice.process.poll() is not None, "practice ends")
        assert practice.complaints() == ""


run([the_first_line_says_where_it_listens,
     a_term_signal_ends_it_with_status_0,
     quiet_says_where_it_listens_and_no_more,
     a_line_registers_with_every_algorithm,
     a_line_is_told_what_is_wrong_with_it,
     a_registration_that_nobody_refreshes_runs_out,
     a_line_stays_registered_on_one_nonce,
     nothing_that_is_shown_has_a_password_in_it,
     faults_of_a_file_are_named_by_their_lines,
     a_file_and_options_give_accounts_together,
     what_is_no_setting_is_refused,
     only_an_authority_of_its_own_is_written_over,
     what_is_no_fault_is_refused,
     a_fault_is_given_to_one_to_all_or_in_a_file,
     the_list_of_faults_has_all_and_each_has_an_extension,
     a_port_that_is_taken_is_said,
     every_form_of_an_address_is_taken,
     other_machines_are_a_warning])
