#!/usr/bin/env python3
"""`lineup register` with what people get wrong: each fault is named on standard error, nothing is sent,
exit status 2; and what no server answers. Usage: PROGRAM LINEUP"""
import os
import socket
import subprocess
import sys
import tempfile

from peer import once, run

BINARY = sys.argv[1]


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
                          ("1001@pbx.example:12x", "port"), ("sips:1001@pbx.example", "TLS"),
                          ("tel:+1555", "tel"), ("10\r01@pbx.example", "1001".replace("1001", "\\x0d"))]:
        refused(address, says=says)


def bad_options_are_named():
    here = "1001@127.0.0.1:9"
    for arguments, says in [(["-e", "0"], "from 1 to 86400"), (["-e", "86401"], "from 1 to 86400"),
                            (["-e", "12x"], "12x"), (["-e", "-5"], "-5"), (["-t", "tcp"], "udp"),
                            (["-t", "tls"], "udp"), (["-t", "auto"], "udp"), (["-t", "sctp"], "sctp"),
                            (["-u", ""], "empty"), (["-u", "a\rb"], "control"), (["-u", "a "], "blank"),
                            (["-x", "proxy:0"], "port"), (["-x", "sip:p;lr;x=1"], ";lr"),
                            (["--contact", "nobody"], "SIP URI"), (["--realm", "a\nb"], "control"),
                            (["-q", "-v"], "exclude"), (["--exprires", "5"], "--expires"),
                            (["--log-format", "jsn"], "json")]:
        refused(here, *arguments, says=says)
    refused(here, "1002@127.0.0.1", says="one too many")


def bad_passwords_are_named():
    here = "1001@127.0.0.1:9"
    refused(here, password="", says="empty")
    refused(here, "-p", "/no/such/file", says="No such file", password=None)
    with tempfile.TemporaryDirectory() as folder:
        refused(here, "-p", folder, says="cannot read", password=None)
        for text, says in [(b"", "empty"), (b"\n", "empty"), (b"a\nb\n", "more than one line"),
                           (b"a\0b", "NUL"), (b"a\rb", "CR"), (b"x" * 2000, "longer")]:
            path = os.path.join(folder, "pw")
            with open(path, "wb") as f:
                f.write(text)
            refused(here, "-p", path, says=says, password=None)


def a_port_that_is_closed_is_noticed_at_once():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    status, result, log, _ = once(BINARY, f"1001@127.0.0.1:{port}", password="x")
    assert status == 3 and result["status"] == 408 and result["local"] is True, result
    assert result["cause"]["id"] == "port-closed" and result["took_ms"] < 5000
    assert log[-1] == "SIP: REGISTER failed for sip:1001@127.0.0.1 (status code: 408)"


def a_name_that_does_not_exist_is_told_from_silence():
    status, result, _, _ = once(BINARY, "1001@no-such-host.invalid", password="x")
    assert status == 3 and result["local"] is True
    assert result["cause"]["id"].startswith("name-"), result


def a_server_that_speaks_no_sip_is_said_to():
    """Answers every datagram with HTTP; the agent must not take it for a result."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        s.settimeout(60)
        port = s.getsockname()[1]
        pid = os.fork()
        if pid == 0:
            try:
                while True:
                    _, peer = s.recvfrom(4096)
                    s.sendto(b"HTTP/1.1 400 Bad Request\r\n\r\n", peer)
            finally:
                os._exit(0)
        try:
            from peer import Lineup
            with Lineup(BINARY, f"1001@127.0.0.1:{port}", "--once", password="x") as lineup:
                lineup.wait_for(lambda e: e["event"] == "send" and e["retransmission"], "sent again")
                lineup.interrupt()
                status, result = lineup.end()
                assert status == 3 and result["result"] == "failed", result
        finally:
            os.kill(pid, 9)
            os.waitpid(pid, 0)


def the_password_shows_nowhere():
    """Not in the trace, not on the command line, not in the environment of what it starts."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    secret = "s3cret-that-must-not-show"
    _, _, _, events = once(BINARY, f"1001@127.0.0.1:{port}", "--trace", "-v", password=secret)
    assert secret not in repr(events)


run([bad_addresses_are_named, bad_options_are_named, bad_passwords_are_named,
     a_port_that_is_closed_is_noticed_at_once, a_name_that_does_not_exist_is_told_from_silence,
     a_server_that_speaks_no_sip_is_said_to, the_password_shows_nowhere])
