#!/usr/bin/env python3
"""`lineup explain` as people type it: on wide and narrow terminals no line is wider than the terminal, and
what is no question is said to be none. Usage: PROGRAM LINEUP"""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from concurrent.futures import ThreadPoolExecutor

from peer import run

BINARY = sys.argv[1]
ARTICLE = "SIP: REGISTER failed for sip:5555555@1234567.ac1.vbspbx.com (status code: 401)"
BLANK = "  "


def explain(*words):
    return subprocess.run([BINARY, "explain", *words], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=20)


def on_terminal(columns, *words):
    """What it writes there, without colours."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    with subprocess.Popen([BINARY, "explain", *words], stdin=subprocess.DEVNULL, stdout=there,
                          env=dict(os.environ, TERM="xterm", LC_ALL="C.UTF-8")) as process:
        os.close(there)
        got = b""
        while True:
            try:
                more = os.read(here, 65536)
            except OSError:  # the other end is closed
                break
            if not more:
                break
            got += more
        os.close(here)
        assert process.wait(20) == 0, (words, got)
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", got.decode()).replace("\r", "")


def ids():
    return [cause["id"] for cause in json.loads(explain("--list", "--json").stdout)]


def no_line_is_wider_than_the_terminal():
    questions = ids() + ["402", "408", "420", "499", "699", "--list", ARTICLE,
                         "Too many registered contacts"]
    assert len(questions) > 100
    with ThreadPoolExecutor(2) as pool:
        for columns in 40, 80, 132:
            for question, text in zip(questions,
                                      pool.map(lambda q: on_terminal(columns, q), questions)):
                assert len(text) > 200, (question, text)
                # A word that is longer stands alone, whole.
                wide = [line for line in text.splitlines()
                        if len(line) > columns and " " in line.strip()]
                assert not wide, (columns, question, wide)


def every_failure_has_an_entry():
    for status in list(range(300, 700)):
        done = explain(str(status))
        assert done.returncode == 0 and not done.stderr, (status, done.stderr)
        assert str(status) in done.stdout.splitlines()[0] or "no entry for" in done.stdout \
            or status == 408, (status, done.stdout)


def a_number_without_an_entry_says_whose_it_got():
    for status in 399, 499, 599, 699:
        text = " ".join(explain(str(status)).stdout.split())
        assert f"There is no entry for {status} alone." in text, text
        assert f"{status // 100}00; so this is what holds for all of them." in text, text


def what_is_no_question_is_said_to_be_none():
    for words, near in [(["299"], "did you mean registered?"), (["700"], "did you mean 600?"),
                        (["0"], "--list"),
                        (["4o1"], "did you mean 401?"), (["registration failed 408"], "did you mean 408?"),
                        (["auth-refusd"], "did you mean auth-refused?"),
                        (["forbiden"], "did you mean forbidden?"), (["frobnicate"], "the nearest id is "),
                        (["frobnicate"], "--list")]:
        done = explain(*words)
        assert (done.returncode, done.stdout) == (2, ""), (words, done)
        assert "is no status from 300 to 699, no id and no line of a log" in done.stderr, done.stderr
        assert near in done.stderr, done.stderr
    for empty in ("", BLANK):
        done = explain(empty)
        assert (done.returncode, done.stdout) == (2, ""), done
        assert "is missing; \"lineup explain --list\" shows what there is" in done.stderr, done.stderr
    assert explain().returncode == 2


def a_log_comes_in_by_a_pipe():
    log = "SIP: Ctx (nil) send REGISTER: sip:pbx.example\nSIP: Ctx 0x1 recv REGISTER: 404 Not Found\n" * 2000
    for words in [], ["-"]:
        done = subprocess.run([BINARY, "explain", *words], input=log, capture_output=True, text=True,
                              timeout=20)
        assert done.returncode == 0 and "not-found, 404" in done.stdout, done
    # At a terminal nothing is waited for.
    here, there = pty.openpty()
    done = subprocess.run([BINARY, "explain"], stdin=there, capture_output=True, text=True, timeout=20)
    os.close(here), os.close(there)
    assert done.returncode == 2 and "a line of a log is missing" in done.stderr, done


def a_field_of_the_answer_says_whose_it_is():
    bell = "SIP/2.0 403 Forbidden\nVia: SIP/2.0/UDP 192.0.2.1\nServer: FreeSWITCH-mod_sofia/1.10\x1b[31m\a"
    for text in bell, bell.lower().replace("sip/2.0 403", "SIP/2.0 403"), \
            ARTICLE + "\nUser-Agent: FreeSWITCH-mod_sofia/1.10\x1b[31m\a":
        done = explain(text)
        shown = " ".join(done.stdout.split())
        assert done.returncode == 0 and "\x1b" not in done.stdout and "\a" not in done.stdout, done.stdout
        assert re.search(r'This looks like FreeSWITCH \("freeswitch-mod_sofia/1\.10\\x1b\[31m\\x07"\): '
                         r'profile freeswitch\. The domain decides', shown, re.I), shown
        assert "403 forbidden from" in shown.lower() or text.startswith(ARTICLE), shown
        told = json.loads(explain("--json", text).stdout)["looks_like"]
        assert told["profile"] == "freeswitch" and "\x1b" in told["agent"], told
    # The field alone is an answer; one that nobody is known by is none.
    assert "profile kamailio" in explain("Server: kamailio (5.6.3)").stdout
    told = json.loads(explain("--json", "Server: kamailio (5.6.3)").stdout)
    assert list(told) == ["looks_like"] and told["looks_like"]["title"] == "Kamailio", told
    assert explain("Server: my own").returncode == 2
    assert json.loads(explain("--json", "403").stdout)["looks_like"] is None


run([a_log_comes_in_by_a_pipe,
     a_field_of_the_answer_says_whose_it_is,
     no_line_is_wider_than_the_terminal,
     every_failure_has_an_entry,
     a_number_without_an_entry_says_whose_it_got,
     what_is_no_question_is_said_to_be_none])
