#!/usr/bin/env python3
"""What a hostile server, and a hostile program of the same machine, do to `lineup serve`: words that are no
words are escaped wherever they are shown (attacks H01, J01), no password, no hash of it and no answer to
a challenge is found anywhere (attacks H08, J02), and the local socket takes what no client sends (attack
I01). Usage: PROGRAM LINEUP"""
import base64
import contextlib
import fcntl
import hashlib
import json
import os
import pty
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import termios

from daemon import Daemon, Local
from peer import run, stop, until
from stub import Stub, grants

BINARY = sys.argv[1]
LINE_MAX = 8192  # bytes of a line of the log, whatever came in

# CSI, OSC, BEL, C1, backspace, DEL, the override of direction, a line separator, and a page's favourite.
EVIL = ("\x1b[31m\x1b]0;owned\x07\x9b2J\x85\b\x7f" + "\u202e\u2066\u2028".encode().decode("latin-1") +
        "<script>alert(1)</script>'\"&%n")
FORMATS = ["classic", "logfmt", "json"]


def settings(port, *lines):
    text = f"general: {{default-server: '127.0.0.1:{port}'}}\nstudios:\n  - name: Studio 1\n    lines:\n"
    return text + "".join(f"      - {{extension: '{user}', password: {word}}}\n" for user, word in lines)


def evil_answers(request, _n):
    user = re.search(r"sip:(\d+)@", request.header("To"))[1]
    quoted = EVIL.replace('"', '\\"')
    return {
        "1001": lambda: request.answer("403 " + EVIL, f"Server: {EVIL}\r\nWarning: 399 x \"{quoted}\"\r\n"),
        "1002": lambda: request.answer("403 " + "\x1b[2J<b>" + "x" * 50000),
        "1003": lambda: request.answer(
            "401 Unauthorized", f'WWW-Authenticate: Digest realm="{quoted}", nonce="{quoted}", opaque="{quoted}"\r\n'),
        "1004": lambda: request.answer(
            "200 OK", f"Contact: {request.contact()};expires=600\r\n"
                      f"Contact: \"{quoted}\" <sip:1004@192.0.2.9;x=\x1b[0m>;expires=600\r\nServer: {EVIL}\r\n"),
        "1005": lambda: request.answer("302 " + EVIL, f"Contact: <sip:<script>@{EVIL}>\r\n"),
    }[user]()


def is_harmless(text, where, newlines=True):
    """Nothing that moves a cursor, rings, or turns text around."""
    decoded = text.decode() if isinstance(text, bytes) else text  # it is UTF-8
    bad = [hex(ord(c)) for c in decoded if ord(c) < 32 and not (newlines and c in "\n") or 127 <= ord(c) < 160 or
           0x202a <= ord(c) <= 0x202e or 0x2066 <= ord(c) <= 0x2069 or c in "\u2028\u2029\u200e\u200f\ufeff"]
    assert not bad, (where, set(bad), decoded[:2000])


def all_have_a_result(daemon):
    lines = daemon.lines().values()
    return len(lines) == 5 and all(line["status"] for line in lines)


def a_hostile_server_s_words_are_data_in_every_log():
    for form in FORMATS:
        with Stub(evil_answers) as stub, \
                Daemon(BINARY, "--http", "off", "--log-format", form, "--log-level", "debug") as daemon:
            done = daemon.apply(settings(stub.address.split(":")[1], *((1000 + i, "x") for i in range(1, 6))))
            assert done.returncode == 0, done.stderr
            until(lambda: all_have_a_result(daemon), "each has met its answer")
            assert daemon.end(signal.SIGTERM) == 0
            with open(daemon.log_path, "rb") as f:
                log = f.read()
            is_harmless(log, form)
            lines = log.decode().splitlines()
            assert max(map(len, lines)) < LINE_MAX, max(map(len, lines))
            # One event, one line: as many as there were answers, each whole.
            received = [line for line in lines if {
                "classic": "recv REGISTER: ", "logfmt": "event=recv ", "json": '"event":"recv"'}[form] in line]
            assert len(received) == stub.answered, (len(received), stub.answered, received[:9])
            assert any("alert(1)" in line for line in received), "it was shown at all"
            if form == "json":
                for line in lines:
                    json.loads(line)


def a_hostile_server_s_words_are_data_for_people_and_programs():
    with Stub(evil_answers) as stub, Daemon(BINARY, "--http", "127.0.0.1:0") as daemon:
        done = daemon.apply(settings(stub.address.split(":")[1], *((1000 + i, "x") for i in range(1, 6))))
        assert done.returncode == 0, done.stderr
        until(lambda: all_have_a_result(daemon), "each has met its answer")
        for words in [["status"], ["status", "--json"], ["log"], ["log", "--json"], ["export"],
                      ["server list"], *(["line show", f"Studio 1/{i}"] for i in range(1, 6))]:
            done = daemon.run(*words)
            assert done.returncode in (0, 1), (words, done)
            is_harmless(done.stdout + done.stderr, words)
        ids = [line["id"] for line in daemon.lines().values()]
        for path in ["status", "log", "lines", "servers", "audit", *(
                f"lines/{i}/{what}" for i in ids for what in ["status", "steps", "history"])]:
            answer = asked(daemon, f"/api/v1/{path}")
            assert answer.getheader("Content-Type") == "application/json", path
            assert answer.getheader("X-Content-Type-Options") == "nosniff", path
            assert "default-src 'self'" in answer.getheader("Content-Security-Policy"), path
            is_harmless(answer.text, path)
            json.loads(answer.text)
        assert b"<script>" in asked(daemon, f"/api/v1/lines/{ids[0]}/status").text, "it was told at all"
        is_harmless(asked(daemon, "/metrics").text, "metrics")
        events_are_lines(daemon)
        the_screen_is_ours(daemon)


def asked(daemon, path):
    here = Local(os.path.join(daemon.state, "socket"))
    here.request("GET", path)
    answer = here.getresponse()
    answer.text = answer.read()
    here.close()
    assert answer.status == 200, (path, answer.status)
    return answer


def events_are_lines(daemon):
    """Each is three lines and nothing else."""
    here = Local(os.path.join(daemon.state, "socket"))
    here.request("GET", "/api/v1/events?after=0")
    answer = here.getresponse()
    last = json.loads(asked(daemon, "/api/v1/log").text)["last"]
    number = 0
    while number < last:
        line = answer.readline().decode().rstrip("\n")
        key, _, value = line.partition(": ")
        assert line == "" or key in ("id", "event", "data", "retry", ""), line
        is_harmless(line, "events", newlines=False)
        if key == "id":
            number = int(value)
        if key == "data":
            json.loads(value)
    here.close()


def the_screen_is_ours(daemon):
    """`lineup watch`: what it draws are its own sequences."""
    fd, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 200, 0, 0))
    watch = subprocess.Popen([BINARY, "watch", "--state", daemon.state], stdin=there, stdout=there, stderr=there,
                             env=dict(daemon.env, TERM="vt100"), start_new_session=True)
    os.close(there)
    os.set_blocking(fd, False)
    drawn = b""

    def draws(text):
        nonlocal drawn
        with contextlib.suppress(BlockingIOError):
            while got := os.read(fd, 65536):
                drawn += got
        return text in drawn
    try:
        until(lambda: draws(b"1005"), "the table is drawn")
        os.write(fd, b"\r")
        until(lambda: draws(b"alert(1)"), "what the server said is drawn")
        os.write(fd, b"xq")
        until(lambda: watch.poll() is not None, "it has ended")
        for bad in ["\x1b]", "\x1b[31m", "\x9b", "\x85", "\x07", "\u202e", "\u2066"]:
            assert bad not in drawn.decode(errors="replace"), (bad, drawn)
    finally:
        stop(watch)
        os.close(fd)


# ---- secrets

PASSWORD = "zwiebelfisch-4711"


class Challenges:
    """A registrar that wants a login, and remembers what would be worth stealing."""

    def __init__(self):
        self.secrets = set()

    def __call__(self, request, n):
        login = request.header("Authorization")
        if not login:
            return request.answer(
                "401 Unauthorized", f'WWW-Authenticate: Digest realm="pbx", nonce="n{n}", qop="auth", '
                                    'algorithm=MD5\r\n')
        self.secrets.add(re.search(r'response="?([0-9a-f]+)', login)[1])
        user = re.search(r"sip:(\d+)@", request.header("To"))[1]
        # 1003 is refused, and gets all that it sent thrown back.
        if user == "1003":
            return request.answer("403 " + login.split(",")[0],
                                  f"X-Echo: {login}\r\nWarning: 399 pbx \"{login.replace(chr(34), '')}\"\r\n")
        return grants(request, expires=600)


def forms_of(password, users, realm="pbx"):
    """In which it could stand somewhere."""
    yield password.encode()
    yield base64.b64encode(password.encode()).rstrip(b"=")[:-1]
    yield password.encode().hex().encode()
    yield "".join(f"{c}\0" for c in password).encode()
    for user in users:
        for algorithm in ("md5", "sha256"):
            ha1 = hashlib.new(algorithm, f"{user}:{realm}:{password}".encode())
            yield ha1.hexdigest().encode()
            yield ha1.digest()


def no_secret_is_found_anywhere():
    users = ["1001", "1002", "1003"]
    keeps = resource.getrlimit(resource.RLIMIT_CORE)
    for form in FORMATS:
        registrar = Challenges()
        with Stub(registrar) as stub, \
                Daemon(BINARY, "--http", "127.0.0.1:0", "--log-format", form, "--log-level", "debug") as daemon:
            # A core file is allowed here, and yet there is to be none.
            stop(daemon.process)
            resource.setrlimit(resource.RLIMIT_CORE, (keeps[1], keeps[1]))
            daemon.start()
            resource.setrlimit(resource.RLIMIT_CORE, keeps)
            said = [daemon.apply(settings(stub.address.split(":")[1], *((user, PASSWORD) for user in users[1:])))]
            said.append(daemon.run("line add", "Studio 1", "1001@" + stub.address, password=PASSWORD))
            assert [done.returncode for done in said] == [0, 0], said
            until(lambda: len(registrar.secrets) == 3 and daemon.status()["count"]["up"] == 2 and
                  [1 for line in daemon.lines().values() if line["status"] == 403], "all were asked")
            said += [daemon.run(*words) for words in [
                ["status"], ["status", "--json"], ["log", "-n", "65536"], ["log", "--json"], ["export"],
                ["server list", "--json"], *(["line show", f"Studio 1/{i}"] for i in (1, 2, 3)),
                *(["line show", "--json", f"Studio 1/{i}"] for i in (1, 2, 3)), ["login list"]]]
            texts = {str(done.args[1:4]): (done.stdout + done.stderr).encode() for done in said}
            ids = [line["id"] for line in daemon.lines().values()]
            for path in ["lines", "studios", "servers", "general", "status", "audit", "log", "tokens", "logins",
                         "session", *(f"lines/{i}{what}" for i in ids
                                      for what in ["", "/status", "/steps", "/history"])]:
                texts[path] = asked(daemon, f"/api/v1/{path}").text
            texts["metrics"] = asked(daemon, "/metrics").text
            texts["page"] = asked(daemon, "/").text
            texts.update(files_of(daemon))
            assert any(name.endswith("lineup.db-wal") for name in texts), list(texts)
            secrets = [*forms_of(PASSWORD, users), *(secret.encode() for secret in registrar.secrets)]
            are_clean(texts, secrets)
            no_core_is_left(daemon, keeps)
            are_clean(files_of(daemon), secrets)  # what a crash leaves


def files_of(daemon):
    """All files in the daemon's folder, and what /proc says of its process, while there is one."""
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(daemon.dir) for name in names
             if name not in ("socket", "studio.yaml")]
    if daemon.process.poll() is None:
        paths += [f"/proc/{daemon.process.pid}/{name}" for name in ("cmdline", "environ", "comm", "status")]
    texts = {}
    for path in paths:
        with contextlib.suppress(PermissionError), open(path, "rb") as f:  # nor may others read environ
            texts[path] = f.read()
    return texts


def are_clean(texts, secrets):
    assert texts and len(secrets) > 10
    for name, text in texts.items():
        for secret in secrets:
            at = text.find(secret)
            assert at < 0, (name, secret, text[max(0, at - 200):][:400])


def no_core_is_left(daemon, keeps):
    if keeps[1] == 0:
        print("        the hard limit of core files is 0 here: that there is none says little", flush=True)
    with open(f"/proc/{daemon.process.pid}/limits") as f:
        assert [line.split()[4:6] for line in f if line.startswith("Max core file size")] == [["0", "0"]]
    daemon.process.send_signal(signal.SIGABRT)  # which no sanitizer takes for itself
    _, status = os.waitpid(daemon.process.pid, 0)
    daemon.process.returncode = -os.WTERMSIG(status)
    assert os.WTERMSIG(status) == signal.SIGABRT and not os.WCOREDUMP(status), status
    assert not [name for name in os.listdir(daemon.dir) if "core" in name], os.listdir(daemon.dir)


def a_command_that_waits_shows_no_password_to_others():
    with Daemon(BINARY) as daemon:
        daemon.signal(signal.SIGSTOP)  # so that what is asked waits for an answer
        command = subprocess.Popen(
            [BINARY, "line", "add", "--state", daemon.state, "Studio 1", "1001@pbx.example"],
            env=dict(daemon.env, LINEUP_PASSWORD=PASSWORD), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            def has_begun():
                with open(f"/proc/{command.pid}/wchan") as f:
                    return "poll" in f.read() or "unix" in f.read() or command.poll() is not None
            with contextlib.suppress(AssertionError):  # not every kernel says where a process waits
                until(has_begun, "it waits for the daemon", 2)
            for name in ("cmdline", "environ"):
                with contextlib.suppress(PermissionError), open(f"/proc/{command.pid}/{name}", "rb") as f:
                    until(lambda: PASSWORD.encode() not in reread(f), f"{name} has no password", 5)
        finally:
            daemon.signal(signal.SIGCONT)
        assert command.wait(30) == 0, command.stdout.read()
        command.stdout.close()


def reread(f):
    f.seek(0)
    return f.read()


# ---- the local socket

def resident_kb(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def the_local_socket_takes_what_no_client_sends():
    with Daemon(BINARY) as daemon:
        path = os.path.join(daemon.state, "socket")
        daemon.good("line add", "Studio 1", "1001@pbx.example", "--register", "no", password="x")
        before = resident_kb(daemon.process.pid)

        def open_one():
            s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            s.settimeout(20)
            s.connect(path)
            return s

        def answered(data):
            """The status that it is answered with; None: the connection was closed."""
            with open_one() as s:
                try:
                    s.sendall(data)
                    s.shutdown(socket.SHUT_WR)
                    got = s.recv(65536)
                except (BrokenPipeError, ConnectionResetError):
                    return None
            return int(got.split(b" ")[1]) if got.startswith(b"HTTP/1.") else None
        for data in [b"GET /" + b"x" * 10_000_000, b"x" * 10_000_000, b"\0" * 100_000,
                     b"GET /api/v1/status\0 HTTP/1.1\r\n\r\n", os.urandom(100_000) + b"\r\n\r\n",
                     b"GET /api/v1/status HTTP/1.1\r\n" + b"X: " + b"y" * 10_000_000 + b"\r\n\r\n"]:
            status = answered(data)
            assert status is None or status >= 400, (data[:80], status)
            assert len(daemon.status()["lines"]) == 1
        half = []
        for data in [b"DELETE /api/v1/lines/1 HTTP/1.1\r\nHost: l", b"DELETE /api/v1/lin", b"\n" * 1000,
                     b"POST /api/v1/studios HTTP/1.1\r\nHost: l\r\nContent-Type: application/json\r\n"
                     b"Content-Length: 100\r\n\r\n{\"name\"", b""] * 3:
            half.append(open_one())
            half[-1].sendall(data)
        slow = open_one()  # asks for everything, and reads nothing
        slow.sendall(b"GET /api/v1/log?limit=10000 HTTP/1.1\r\nHost: l\r\n\r\n" * 500)
        assert daemon.run("status").returncode == 0
        a_thousand_clients_are_served(daemon, open_one)
        for s in [slow, *half]:
            s.close()
        assert len(daemon.status()["lines"]) == 1
        assert resident_kb(daemon.process.pid) - before < 100_000


def a_thousand_clients_are_served(daemon, open_one):
    """Whoever holds a connection and says nothing is cut off, so that others come in again."""
    held = []
    try:
        for _ in range(1000):
            s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            try:
                s.connect(os.path.join(daemon.state, "socket"))
                held.append(s)
            except OSError:  # no more are taken
                s.close()
                break
        assert len(held) > 100, len(held)
        until(lambda: daemon.run("status").returncode == 0, "one more is served")
    finally:
        for s in held:
            s.close()


run([a_hostile_server_s_words_are_data_in_every_log,
     a_hostile_server_s_words_are_data_for_people_and_programs,
     no_secret_is_found_anywhere,
     a_command_that_waits_shows_no_password_to_others,
     the_local_socket_takes_what_no_client_sends])
