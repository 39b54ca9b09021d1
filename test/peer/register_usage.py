#!/usr/bin/env python3
"""`lineup register` with what people get wrong: each fault is named on standard error, nothing is sent,
exit status 2; and what no server answers. Usage: PROGRAM LINEUP"""
import concurrent.futures
import fcntl
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading

from peer import HERE, Lineup, once, run, stop, until
from practice import Practice
from stub import Door, Stub, grants, silent

BINARY = sys.argv[1]
CHALLENGE = 'WWW-Authenticate: Digest realm="stub", nonce="n1", qop="auth"\r\n'


def usage(*arguments, password="x", stdin=subprocess.DEVNULL):
    env = dict(os.environ, LINEUP_PASSWORD=password or "", LC_ALL="C.UTF-8")
    if password is None:
        del env["LINEUP_PASSWORD"]
    done = subprocess.run([BINARY, "register", *arguments], env=env, capture_output=True, text=True,
                          stdin=stdin, timeout=20, start_new_session=True)
    return done.returncode, done.stdout, done.stderr


def refused(*arguments, says, password="x"):
    status, out, err = usage(*arguments, password=password)
    assert status == 2, (arguments, status, out, err)
    assert out == "", out
    assert says in err, f"{says!r} is not in {err!r}"


def bad_addresses_are_named():
    for address, says in [("1001", "1001"), ("@pbx.example", "empty"), ("1001@", "empty"),
                          ("10 01@pbx.example", "blank"), ("1001 @pbx.example", "blank"),
                          ("1001@pbx.example:0", "port"), ("1001@pbx.example:65536", "port"),
                          ("1001@pbx.example:12x", "port"), ("sips:@pbx.example", "empty"),
                          ("tel:+1555", "tel"), ("10\r01@pbx.example", "1001".replace("1001", "\\x0d"))]:
        refused(address, says=says)


def bad_options_are_named():
    here = "1001@127.0.0.1:9"
    for arguments, says in [(["-e", "0"], "from 1 to 86400"), (["-e", "86401"], "from 1 to 86400"),
                            (["-e", "12x"], "12x"), (["-e", "-5"], "-5"), (["-t", "sctp"], "sctp"),
                            (["--tls-ca", "x"], "for --transport tls"),
                            (["-t", "tls", "--tls-ca", "/nowhere"], "/nowhere: No such file"),
                            (["-t", "tls", "--tls-key", "/nowhere"], "belong together"),
                            (["-u", ""], "empty"), (["-u", "a\rb"], "control"), (["-u", "a "], "blank"),
                            (["-x", "proxy:0"], "port"), (["-x", "a:1,b:2"], "one proxy only"), (["-x", "sip:p;lr;x=1"], ";lr"),
                            (["-x", "sip:p;transport=tcp", "-t", "udp"], "is reached over TCP, and --transport says otherwise"),
                            (["-x", "sips:p;transport=udp"], "not udp behind sips:"),
                            (["-x", "sip:p;transport=sctp"], ";transport=udp, tcp or tls"),
                            (["-x", "sip:p;"], "only ;lr"), (["-x", "sips:"], "proxy is empty"),
                            (["-x", "sip:p;transport=tcp", "--tls-min", "1.3"], "for --transport tls"),
                            (["-t", "tls", "--tls-min", "1.1"], "none of: 1.2 1.3"),
                            (["--keep-alive", "ping"], "none of"), (["--keepalive", "ping"], "none of"),
                            (["--contact", "nobody"], "SIP URI"),
                            (["--calls", "nobody"], "--calls: \"nobody\" is not unavailable, busy, or"),
                            (["--calls", "sip:1001@127.0.0.1:5080;x=y"], "is this line's own address"), (["--realm", "a\nb"], "control"),
                            (["--headers", "X-A"], "--headers: \"X-A\" is not header fields"),
                            (["--headers", "To: <sip:x@y>"], "\"To\", which Lineup writes itself"),
                            (["--address-parameters", "user=phone"], "--address-parameters: "),
                            (["--request-parameters", ";a;"], "--request-parameters: "),
                            (["--contact-parameters", ";expires=1"], "that Lineup sets itself"),
                            (["--contact-parameters", ";" + "x" * 400], "--contact-parameters is too long"),
                            (["--interface", "enp0s31f6-audiolan"], "15 characters"),
                            (["--interface", "eth0:1"], "--interface \"eth0:1\" is no IPv6 address"),
                            (["--interface", ""], "is empty"), (["--interface", "0.0.0.0"], "sent from"),
                            (["-q", "-v"], "exclude"), (["--exprires", "5"], "--expires"),
                            (["--log-format", "jsn"], "json")]:
        refused(here, *arguments, says=says)
    refused(here, "1002@127.0.0.1", says="one too many")
    refused("sips:1001@127.0.0.1:9", "-t", "udp", says="TLS and nothing less")


def bad_passwords_are_named():
    here = "1001@127.0.0.1:9"
    refused(here, password="", says="empty")
    refused(here, "-p", "", says='from "": No such file', password=None)
    refused(here, "-p", "/no/such/file", says="No such file", password=None)
    with tempfile.TemporaryDirectory() as folder:
        refused(here, "-p", folder, says="cannot read", password=None)
        for text, says in [(b"", "empty"), (b"\n", "empty"), (b"a\nb\n", "more than one line"),
                           (b"a\0b", "NUL"), (b"a\rb", "CR"), (b"x" * 2000, "longer")]:
            path = os.path.join(folder, "pw")
            with open(path, "wb") as f:
                f.write(text)
            refused(here, "-p", path, says=says, password=None)


def closed_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def a_port_that_is_closed_is_no_silence():
    status, result, log, _ = once(BINARY, f"1001@127.0.0.1:{closed_port()}", password="x")
    assert status == 3 and result["status"] == 408 and result["local"] is True, result
    assert result["cause"]["id"] == "port-closed" and result["last"] is None, result
    assert f"nothing listens at {result['server']} over UDP" in result["cause"]["seen"], result
    assert log[-1] == "SIP: REGISTER failed for sip:1001@127.0.0.1 (status code: 408)"


def a_name_that_does_not_exist_is_told_from_silence():
    status, result, _, _ = once(BINARY, "1001@no-such-host.invalid", password="x")
    assert status == 3 and result["local"] is True
    assert result["cause"]["id"].startswith("name-"), result


def what_is_no_sip_is_no_answer():
    """That it becomes a cause of its own after 32 s is shown by scenario/hostile/not-sip.scn."""
    with Stub(lambda request, n: b"HTTP/1.1 400 Bad Request\r\n\r\n") as stub:
        with Lineup(BINARY, f"1001@{stub.address}", "--once", password="x") as lineup:
            until(lambda: stub.answered >= 2, "it asks again, although something came back")
            lineup.interrupt()
            status, result = lineup.end()
            assert status == 3 and result["cause"]["id"] == "interrupted", result
            assert result["last"] is None, result
            assert not [e for e in lineup.events() if e["event"] == "recv"], lineup.text


class Slammed(Door):
    """Ends each connection once a request has come on it."""

    def talk(self, peer):
        assert peer.recv(65536)


def a_connection_that_one_attempt_will_not_make_is_not_foretold():
    with Slammed(None, "127.0.0.1") as door:
        address = f"1001@127.0.0.1:{door.port}"
        status, result, log, _ = once(BINARY, address, "--transport", "tcp", password="x")
        came = door.came
        with Lineup(BINARY, address, "--transport", "tcp", password="x") as lineup:
            lineup.wait_for(lambda e: e["event"] == "log" and "; the next one in 1 s" in e["text"],
                            "without --once it says when")
            lineup.interrupt()
            lineup.end()
    lost = [text for text in log if "connection to 127.0.0.1" in text]
    assert status == 3 and result["cause"]["id"] == "connection-lost", result
    assert came == 2 and len(lost) == 2, log
    assert all(text.endswith("lost: the other side closed the connection") for text in lost), log


# ---- what a server may write


def what_a_server_writes_cannot_break_the_json():
    for text in ["\x7f", "\xff", '"', "\\", "\xc3\xa4", "A"]:
        reason = text * (44000 // len(text))
        with Stub(lambda request, n, r=reason: request.answer("403 " + r)) as stub:
            with Lineup(BINARY, f"1001@{stub.address}", "--once", "--trace", password="x") as lineup:
                lineup.wait_for(lambda e: e["event"] == "result", "result")  # reads: a pipe can be full
                status, result = lineup.end()
                events = lineup.events()
        assert status == 1 and result["status"] == 403 and result["local"] is False, result
        recv = [e for e in events if e["event"] == "recv"][0]
        whole = reason.encode("latin-1")[:1024].decode("utf-8", "replace")
        assert recv["reason"] == result["reason"] == whole + "...", (text, recv["reason"][-20:])
        assert recv["message"].endswith(f"... (cut, of {recv['bytes']} bytes)\n"), recv["message"][-80:]


def bindings_without_measure_are_cut_and_counted():
    def many(request, _):
        others = "".join(f"Contact: <sip:{i}{'A' * 1400}@192.0.2.1>;expires=60\r\n"
                         for i in range(40))
        return request.answer("200 OK", f"Contact: {request.contact()};expires=60\r\n{others}")

    with Stub(many) as stub:
        status, result, _, _ = once(BINARY, f"1001@{stub.address}", password="x")
    assert status == 0 and result["result"] == "registered", result
    assert result["bindings_total"] == 41 and result["bindings"][0]["ours"] is True, result
    assert [len(b["uri"]) for b in result["bindings"][1:]] == [1024 + 3] * 40, result


# ---- what --json promises


def documented():
    """The members of each event, as docs/json.md lists them: in tables below a heading with its name."""
    members, event = {}, None
    with open(os.path.join(HERE, "..", "..", "docs", "json.md")) as f:
        for line in f:
            heading, row = re.match(r"### `(\w+)`", line), re.match(r"\| `(\w+)` \|", line)
            if heading:
                event = heading.group(1)
            elif row and event:
                members.setdefault(event, []).append(row.group(1))
    return members


def results():
    """Results of all kinds: each as a list of events."""
    with Practice(BINARY) as practice:
        yield once(BINARY, f"1001@{practice.address}", "--trace", password="practice")[3]
        yield once(BINARY, f"1001@{practice.address}", "--trace", password="wrong")[3]
    yield once(BINARY, "1001@no-such-host.invalid", password="x")[3]
    yield once(BINARY, f"1001@127.0.0.1:{closed_port()}", password="x")[3]
    for answer in [silent, lambda request, n: request.answer("100 Trying")]:
        with Stub(answer) as stub, Lineup(BINARY, f"1001@{stub.address}", password="x") as lineup:
            until(lambda: stub.requests, "it asks")
            lineup.interrupt()
            lineup.end()
            yield lineup.events()


def every_event_has_the_members_that_are_documented():
    members = documented()
    told = set()
    for events in results():
        for event in events:
            name = event["event"]
            told.add(name)
            optional = ["message"] if name in ("send", "recv") and "message" not in event else []
            assert list(event) == [m for m in members[name] if m not in optional], (name, list(event))
    assert told == {"log", "send", "recv", "state", "result"}, told


def every_event_of_check_has_the_members_that_are_documented():
    members = documented()
    with Practice(BINARY) as practice:
        for password in ["practice", "wrong"]:
            done = subprocess.run([BINARY, "check", f"1001@{practice.address}", "--json"],
                                  env=dict(os.environ, LINEUP_PASSWORD=password),
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=110)
            events = [json.loads(line) for line in done.stdout.splitlines()]
            assert list(events[-1]) == members["check_result"], list(events[-1])
            for event in events[:-1]:
                assert list(event) == members[event["event"]], event


def quiet_json_is_the_result_alone():
    with Stub(grants) as stub:
        _, result, _, events = once(BINARY, f"1001@{stub.address}", "-q", password="x")
        assert events == [result], events
        _, _, _, events = once(BINARY, f"1001@{stub.address}", "-q", "--trace", password="x")
        assert {e["event"] for e in events} == {"send", "recv", "result"}, events


# ---- what was seen before it was stopped


def interrupted(answer, *options):
    """Runs it until the server's second request is in, then Ctrl-C: exit status, output."""
    with Stub(answer) as stub:
        with subprocess.Popen([BINARY, "register", f"1001@{stub.address}", *options],
                              env=dict(os.environ, LINEUP_PASSWORD="x", LC_ALL="C.UTF-8"),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
            try:
                until(lambda: len(stub.requests) >= 2, "a second request")
                process.send_signal(signal.SIGINT)
                out = process.communicate(timeout=20)[0]
            finally:
                stop(process)
        return process.returncode, out, stub.address


def what_was_seen_before_ctrl_c_is_said():
    """All at once: each waits for the end of a removal that nobody answers."""
    seen = [(silent, None, None),
            (lambda r, n: r.answer("401 Unauthorized", CHALLENGE) if n == 1 else None, 401, "Unauthorized"),
            (lambda r, n: r.answer("100 Trying"), 100, "Trying")]
    with concurrent.futures.ThreadPoolExecutor(2 * len(seen)) as pool:
        told = pool.map(lambda row: interrupted(row[0]), seen)
        results = pool.map(lambda row: interrupted(row[0], "--json"), seen)
    for (_, status, reason), (code, out, address) in zip(seen, told):
        want = "Stopped before a server answered." if not status else \
            f"Stopped. {address} answered {status} {reason}, and then nothing more came."
        assert code == 3 and want in out.replace("\n", " "), out
    for (_, status, reason), (code, out, address) in zip(seen, results):
        result = json.loads(out.splitlines()[-1])
        last = {"status": status, "reason": reason, "from": address} if status else None
        assert code == 3 and result["last"] == last, result
        assert result["server"] == address and result["asked"] == 3600, result
        assert result["status"] == 408 and result["cause"]["id"] == "interrupted", result
        assert "Nothing is known" not in result["cause"]["meaning"], result


def what_the_way_changed_is_kept_when_it_is_stopped():
    def natted(request, n):
        answer = request.answer("401 Unauthorized", CHALLENGE)
        return answer.replace(b";rport", b";rport=40000;received=203.0.113.9") if n == 1 else None

    _, out, _ = interrupted(natted, "--json")
    result = json.loads(out.splitlines()[-1])
    assert result["nat"] == {"received": "203.0.113.9", "rport": 40000}, result


# ---- standard output and its reader


def standard_files_may_be_closed():
    """A descriptor that is free would go to the event loop, which would then be printed into."""
    here = f"1001@127.0.0.1:{closed_port()}"
    for closes in [">&-", "<&-", "2>&-", "<&- >&- 2>&-"]:
        done = subprocess.run(["sh", "-c", f'exec "$@" {closes}', "sh", BINARY, "register", "--once",
                               here], env=dict(os.environ, LINEUP_PASSWORD="x"), timeout=20,
                              capture_output=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 3, (closes, done)
        assert ">&-" in closes.replace("2>&-", "") or b"port-closed" in done.stdout, (closes, done)


def a_reader_that_has_seen_enough_ends_it_quietly():
    gone = threading.Event()

    def late(request, _):
        gone.wait(20)
        return grants(request)

    with Stub(late) as stub:
        with subprocess.Popen([BINARY, "register", f"1001@{stub.address}"], stdin=subprocess.DEVNULL,
                              env=dict(os.environ, LINEUP_PASSWORD="x"), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            try:
                assert b"send REGISTER" in process.stdout.readline()
                process.stdout.close()
                gone.set()
                process.wait(20)
                complaints = process.stderr.read()
            finally:
                gone.set()
                stop(process)
        assert process.returncode == 4 and complaints == b"", (process.returncode, complaints)
        assert [r.header("Expires") for r in stub.requests][-1] == "0", "the binding is removed"


def output_that_is_lost_is_told_from_a_refusal():
    with Practice(BINARY) as practice, open("/dev/full", "w") as full:
        for password, options, want in [("practice", [], 4), ("wrong", [], 1), ("practice", ["--json"], 4)]:
            done = subprocess.run([BINARY, "register", "--once", f"1001@{practice.address}", *options],
                                  env=dict(os.environ, LINEUP_PASSWORD=password), timeout=20,
                                  stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE)
            assert done.returncode == want, (password, done)
            assert done.stderr == b"lineup register: cannot write the output: " \
                b"No space left on device\n", done.stderr


# ---- a terminal


class Terminal:
    """`lineup register` on a terminal of so many columns."""

    def __init__(self, columns, *arguments):
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.process = subprocess.Popen(
            [BINARY, "register", *arguments], stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True,
            env=dict(os.environ, LINEUP_PASSWORD="practice", LC_ALL="C.UTF-8", TERM="dumb"))
        os.close(slave)
        os.set_blocking(self.master, False)
        self.text = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        stop(self.process)
        os.close(self.master)

    def read(self):
        try:
            while True:
                self.text += os.read(self.master, 65536).decode()
        except OSError:  # nothing there now, or the other end is closed
            return self.text

    def end(self):
        until(lambda: self.read() is not None and self.process.poll() is not None, "it ends")
        return self.read()


def the_spinner_says_that_it_stops():
    with Stub(silent) as stub, Terminal(80, f"1001@{stub.address}") as terminal:
        until(lambda: "waiting for 127.0.0.1" in terminal.read(), "it waits")
        seen = len(terminal.text)
        terminal.process.send_signal(signal.SIGINT)
        until(lambda: "stopping" in terminal.read()[seen:], "it says so")
        assert "waiting for" not in terminal.end()[seen:].split("stopping", 1)[1], terminal.text


def a_proxy_is_taken_as_providers_print_it():
    for proxy, transport in [("sip:127.0.0.1:9;transport=tcp", "tcp"), ("127.0.0.1:9;lr;transport=TLS", "tls"),
                             ("sips:127.0.0.1:9;transport=tcp;lr", "tls"), ("sip:127.0.0.1:9;lr", "udp")]:
        status, out, err = usage("1001@pbx.example", "--once", "--json", "--quiet", "-x", proxy,
                                 "--keep-alive", "none")
        result = json.loads(out.splitlines()[-1])
        assert (status, result["transport"]) == (3, transport), (proxy, result, err)
        assert result["cause"]["id"] == "port-closed", (proxy, result)


def how_long_it_still_is_registered_is_said_and_when_it_no_longer_is():
    def once_granted(request, n):
        if n > 1:
            return request.answer("500 Server Internal Error")
        return request.answer("200 OK", f"Contact: {request.contact()};expires=4\r\n")

    with Stub(once_granted) as stub, Terminal(80, f"1001@{stub.address}") as terminal:
        until(lambda: re.search(r"Still registered for [12] s\. Trying again in", terminal.read()), "it holds")
        until(lambda: "is registered no longer: no refresh succeeded" in terminal.read(), "the time ends")
        assert "Still registered" not in terminal.text.split("is registered no longer")[1], terminal.text
        terminal.process.send_signal(signal.SIGINT)
        terminal.end()


def nothing_is_wider_than_the_terminal():
    """The lines of the log are not ours to break."""
    def wide(text):
        lines = re.sub(r"[^\n]*\r(?=[^\n])|\x1b\[K", "", text.replace("\r\n", "\n")).split("\n")
        return [line for line in lines if len(line) > 40 and not re.match(r"\d\d:\d\d:\d\d", line)]

    with Practice(BINARY) as practice:
        for extension in ["1401", "1403", "1404", "1503"]:
            with Terminal(40, "--once", f"{extension}@{practice.address}") as terminal:
                text = terminal.end()
                assert "What to do" in text and "who: " in text and "More: " in text, text
                assert wide(text) == [], wide(text)
        with Terminal(40, f"1001@{practice.address}") as terminal:
            until(lambda: "removes the registration" in terminal.read(), "registered")
            terminal.process.send_signal(signal.SIGINT)
            text = terminal.end()
            assert "registration was removed" in text and wide(text) == [], wide(text)


# ---- the password


def read_proc(process, name):
    """What others may read of a process; nothing at all where they may not."""
    try:
        with open(f"/proc/{process.pid}/{name}", "rb") as f:
            return f.read()
    except PermissionError:
        return b""


def the_password_shows_nowhere():
    """Not in what is printed and traced, though it is used, and not in what /proc shows."""
    secret = "s3cret-that-must-not-show"
    with tempfile.NamedTemporaryFile("w") as users:
        users.write(f"1001:{secret}\n")
        users.flush()
        with Practice(BINARY, "--users", users.name) as practice, \
                Lineup(BINARY, f"1001@{practice.address}", "--trace", "-v", password=secret) as lineup:
            lineup.wait_for(lambda e: e["event"] == "recv" and e["status"] == 200, "registered")
            shown = read_proc(lineup.process, "cmdline") + read_proc(lineup.process, "environ")
            lineup.interrupt()
            status, _ = lineup.end()
            complaints = lineup.process.stderr.read()
            sent = [e["message"] for e in lineup.events() if e["event"] == "send" and e["credentials"]]
    assert status == 0 and sent, lineup.text
    for message in sent:
        assert re.search(r'^Authorization: Digest .*response="\*\*\*"', message, re.M), message
    assert secret not in lineup.text and secret.encode() not in shown + complaints


run([bad_addresses_are_named, bad_options_are_named, bad_passwords_are_named,
     a_port_that_is_closed_is_no_silence, a_name_that_does_not_exist_is_told_from_silence,
     what_is_no_sip_is_no_answer, a_connection_that_one_attempt_will_not_make_is_not_foretold, what_a_server_writes_cannot_break_the_json,
     bindings_without_measure_are_cut_and_counted, every_event_has_the_members_that_are_documented,
     every_event_of_check_has_the_members_that_are_documented, quiet_json_is_the_result_alone,
     what_was_seen_before_ctrl_c_is_said, what_the_way_changed_is_kept_when_it_is_stopped,
     standard_files_may_be_closed, a_reader_that_has_seen_enough_ends_it_quietly,
     output_that_is_lost_is_told_from_a_refusal, the_spinner_says_that_it_stops,
     a_proxy_is_taken_as_providers_print_it,
     how_long_it_still_is_registered_is_said_and_when_it_no_longer_is,
     nothing_is_wider_than_the_terminal, the_password_shows_nowhere])
