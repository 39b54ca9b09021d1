#!/usr/bin/env python3
"""`lineup demo`: what it shows, that its page and its commands work, and that nothing of it stays.
Usage: PROGRAM LINEUP"""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

from daemon import Local
from peer import free_port, run, stop, until
from screen import Screen

BINARY = sys.argv[1]


class Demo:
    """A running `lineup demo`, in a folder of its own for its folder; what it printed so far."""

    def __init__(self, *options):
        self.dir = tempfile.mkdtemp(prefix="lineup-demo-test-")
        self.path = os.path.join(self.dir, "out")
        self.env = dict(os.environ, TMPDIR=self.dir, LC_ALL="C.UTF-8")
        with open(self.path, "wb") as out:
            self.process = subprocess.Popen([BINARY, "demo", *options], env=self.env, stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=subprocess.STDOUT, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        stop(self.process)
        shutil.rmtree(self.dir)

    def text(self):
        with open(self.path) as f:
            return f.read()

    def found(self, pattern, bound_s=40):
        def look():
            match = re.search(pattern, self.text(), re.M)
            assert match or self.process.poll() is None, self.text()
            return match
        return until(look, pattern, bound_s)

    def address(self):
        return self.found(r"^Page +http://(\S+)/$")[1]

    def password(self):
        return self.found(r"^Login +demo, password (\S+)$")[1]

    def state(self):
        return self.found(r"^State +(\S+?)(?:, removed at the end)?$")[1]

    def line(self, number, words):
        return self.found(rf"^\d\d:\d\d:\d\d\.\d{{3}}  \S {number}  .*{words}")

    def ended(self, status, signo=None, bound_s=20):
        if signo:
            self.process.send_signal(signo)
        until(lambda: self.process.poll() is not None, "it ends", bound_s)
        assert self.process.returncode == status, (self.process.returncode, self.text())
        return self.text()

    def left(self):
        """What is left in the folder for folders."""
        return [name for name in os.listdir(self.dir) if name != "out"]

    def lines(self):
        here = Local(os.path.join(self.state(), "socket"))
        here.request("GET", "/api/v1/status")
        lines = json.loads(here.getresponse().read())["lines"]
        here.close()
        return {line["number"]: line for line in lines}


def ask(address, method, path, body=None, **head):
    host, _, port = address.rpartition(":")
    here = http.client.HTTPConnection(host, int(port), timeout=20)
    here.request(method, path, json.dumps(body) if body else None,
                 {"Content-Type": "application/json", **head} if body else head)
    answer = here.getresponse()
    found = answer.status, answer.read(), answer.headers
    here.close()
    return found


def once_shows_all_there_is_and_ends_by_itself():
    with Demo("--once") as demo:
        text = demo.ended(0, bound_s=100)
        for number in range(1, 6):
            demo.line(number, "registered +200 OK")
        demo.line(6, "refused +401 auth-refused +retry")
        demo.line(7, "waiting +503 server-busy-until +retry")
        demo.line(8, "registered +200 OK")
        assert re.search(r"^Demo Studio: [56] of 8 lines registered", text, re.M), text
        assert text.endswith("The registrations are removed, and the state folder is.\n"), text
        assert demo.left() == [], demo.left()
        assert "mistyped\"" not in text


def the_line_that_flaps_comes_back():
    with Demo("--plain") as demo:
        demo.line(8, "registered")
        # where a second try in a row finds nobody, the next one comes within a minute
        demo.found(r"(?s) 8  .*registered.* 8  .*(?:held|unanswered).* 8  .*registered", 120)
        assert {n: line["state"] for n, line in demo.lines().items() if n < 6} == dict.fromkeys(
            range(1, 6), "REGISTERED")


def the_page_and_its_login_work():
    with Demo("--plain") as demo:
        address, password = demo.address(), demo.password()
        demo.line(6, "refused")
        status, body, _ = ask(address, "GET", "/")
        assert status == 200 and b"<html" in body.lower(), (status, body[:200])
        assert ask(address, "POST", "/api/v1/session", {"name": "demo", "password": password + "x"})[0] == 401
        status, body, head = ask(address, "POST", "/api/v1/session", {"name": "demo", "password": password})
        assert status == 200, body
        session = json.loads(body)
        assert session["login"]["role"] == "admin", session
        head = {"Cookie": head["Set-Cookie"].split(";")[0], "X-CSRF-Token": session["csrf"]}
        wrong = demo.lines()[6]
        assert wrong["cause"]["id"] == "auth-refused", wrong
        status, body, _ = ask(address, "PATCH", f"/api/v1/lines/{wrong['id']}", {"password": "practice"}, **head)
        assert status == 200, body
        demo.line(6, "registered +200 OK")
        busy = demo.lines()[7]
        assert busy["status"] == 503 and busy["state"] == "WAITING" and not busy["local"], busy


def another_password_each_time():
    with Demo("--plain") as first, Demo("--plain") as second:
        assert first.password() != second.password()
        assert re.fullmatch(r"(?:[2-9a-hjkmnp-z]{4}-){2}[2-9a-hjkmnp-z]{4}", first.password()), first.password()
        assert first.address() != second.address()


def commands_work_with_it_meanwhile():
    with Demo("--plain") as demo:
        demo.line(1, "registered")
        done = subprocess.run([BINARY, "status", "--state", demo.state()], env=demo.env, capture_output=True,
                              text=True, timeout=20)
        assert "Demo Studio" in done.stdout and "Outside van" in done.stdout, done


def signals_end_it_and_nothing_stays():
    for signo in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with Demo("--plain") as demo:
            demo.line(5, "registered")
            assert os.stat(demo.state()).st_mode & 0o777 == 0o700
            text = demo.ended(0, signo)
            assert "The registrations are removed, and the state folder is." in text
            assert demo.left() == [], demo.left()


def it_ends_after_the_time_that_is_given():
    with Demo("--for", "1") as demo:
        assert "The registrations are removed" in demo.ended(0)
        assert demo.left() == []


def the_state_stays_where_it_is_told_to():
    with Demo("--keep", "--for", "1") as demo:
        text = demo.ended(0)
        assert "The state is kept: lineup serve --state " in text
        kept, = demo.left()
        assert os.path.exists(os.path.join(demo.dir, kept, "lineup.db"))
        again = subprocess.run([BINARY, "demo", "--once", "--state", os.path.join(demo.dir, kept)], env=demo.env,
                               capture_output=True, text=True, timeout=60)
        assert again.returncode == 1 and "holds a daemon's state already" in again.stderr, again
        folder = os.path.join(demo.dir, "mine")
        mine = subprocess.run([BINARY, "demo", "--for", "1", "--state", folder], env=demo.env,
                              capture_output=True, text=True, timeout=60)
        assert mine.returncode == 0 and os.path.exists(os.path.join(folder, "lineup.db")), mine


def ports_are_those_that_are_given_or_it_says_so():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with Demo("--once", "--http", f"127.0.0.1:{taken.getsockname()[1]}") as demo:
            assert "(--http)" in demo.ended(1)
            assert demo.left() == []
    with Demo("--once", "--http", "nowhere") as demo:
        assert '--http "nowhere" is no address to listen at' in demo.ended(2)
        assert demo.left() == []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with Demo("--once", "--sip-port", str(min(taken.getsockname()[1], 65533))) as demo:
            assert "(--sip-port)" in demo.ended(1)
            assert demo.left() == []
    port = free_port()
    with Demo("--plain", "--http", f"127.0.0.1:{port}") as demo:
        assert demo.address() == f"127.0.0.1:{port}"
    for words, says in [(["--for", "0"], "--for"), (["--sip-port", "65534"], "--sip-port"), (["--ones"], "--once"),
                        (["now"], "now")]:
        done = subprocess.run([BINARY, "demo", *words], capture_output=True, text=True, timeout=20,
                              stdin=subprocess.DEVNULL)
        assert done.returncode == 2 and says in done.stderr, (words, done)


def on_a_terminal_the_live_view_is_shown():
    for end in ("q", "\x03", None):
        folder = tempfile.mkdtemp(prefix="lineup-demo-test-")
        with Screen(BINARY, "demo", env=dict(os.environ, TMPDIR=folder, LC_ALL="C.UTF-8")) as screen:
            screen.comes_to_show("of 8 lines registered")
            for text in ("Page http://127.0.0.1:", "Login demo, password", "Outside van", "News desk"):
                screen.comes_to_show(text)
            screen.press("?")
            screen.wait("choose a line")
            if end:
                screen.press("x" + end)
            else:
                screen.process.terminate()
            until(lambda: screen.process.poll() is not None, "it has ended")
            assert screen.process.returncode == 0, screen.process.returncode
            assert screen.shows("The registrations are removed, and the state folder is.")
        assert os.listdir(folder) == []
        os.rmdir(folder)


run([once_shows_all_there_is_and_ends_by_itself, the_line_that_flaps_comes_back, the_page_and_its_login_work,
     another_password_each_time, commands_work_with_it_meanwhile, signals_end_it_and_nothing_stays,
     it_ends_after_the_time_that_is_given, the_state_stays_where_it_is_told_to,
     ports_are_those_that_are_given_or_it_says_so, on_a_terminal_the_live_view_is_shown])
