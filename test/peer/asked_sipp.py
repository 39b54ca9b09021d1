#!/usr/bin/env python3
"""What a registered line owes its server, asked by sipp: a ping, a NOTIFY, calls. Usage: PROGRAM LINEUP"""
import os
import subprocess
import sys
import tempfile

from daemon import Daemon
from peer import HERE, Lineup, free_port, need, run, until
from practice import Practice

BINARY = os.path.abspath(sys.argv[1])
SIPP = need("sipp")
ACK = """<send><![CDATA[
ACK sip:1001@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
Max-Forwards: 70
[last_From:]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Content-Length: 0

]]></send>"""


def ask(port, method, status, count=1, user="1001"):
    """sipp sends count requests, one after the other, and fails where an answer is another."""
    with open(os.path.join(HERE, "asked.sipp.xml")) as f:
        text = f.read()
    for name, value in {"METHOD": method, "STATUS": str(status), "CHECKS": "",
                        "AFTER": ACK if method == "INVITE" else ""}.items():
        text = text.replace(name, value)
    text = text.replace("sip:1001@", f"sip:{user}@")
    with tempfile.TemporaryDirectory(prefix="lineup-sipp-") as folder:
        path = os.path.join(folder, "asked.xml")
        with open(path, "w") as f:
            f.write(text)
        done = subprocess.run(
            [SIPP, f"127.0.0.1:{port}", "-sf", path, "-i", "127.0.0.1", "-p", str(free_port()),
             "-m", str(count), "-l", "1", "-r", "20", "-timeout", "20s", "-nostdin"],
            cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=40,
            env=dict(os.environ, TERM="dumb"))
    assert done.returncode == 0, (method, status, done.returncode, done.stdout[-2000:], done.stderr[-500:])


class Registered:
    """A line that is registered at a practice registrar, and the port that it is asked at."""

    def __init__(self, *options):
        self.options = options

    def __enter__(self):
        self.practice = Practice(BINARY, "--user", "1001:secret").__enter__()
        self.lineup = Lineup(BINARY, f"1001@{self.practice.address}", *self.options,
                             password="secret").__enter__()
        bound = self.practice.wait_for(lambda e: e["event"] == "registered", "the line is registered")
        self.port = int(bound[0]["from"].rsplit(":", 1)[1])
        return self

    def __exit__(self, *_):
        self.lineup.__exit__()
        self.practice.__exit__()

    def calls(self):
        return [text for text in self.lineup.log() if "Call for" in text]


def a_ping_is_answered():
    with Registered() as line:
        ask(line.port, "OPTIONS", 200, count=10)
        ask(line.port, "NOTIFY", 200)
        ask(line.port, "MESSAGE", 405)
        assert line.calls() == []


def a_call_gets_what_the_setting_says():
    for calls, status, says in [(None, 480, "turned away: no calls are taken here"),
                                ("unavailable", 480, "turned away: no calls are taken here"),
                                ("busy", 486, "answered as busy"),
                                ("sip:desk@studio.test", 302, "sent on to sip:desk@studio.test")]:
        with Registered(*(["--calls", calls] if calls else [])) as line:
            ask(line.port, "INVITE", status)
            told = line.lineup.wait_for(lambda e: e["event"] == "log" and "Call for" in e["text"], "the call")
            host = line.practice.address.rsplit(":", 1)[0]
            assert told[0]["text"] == f"SIP: Call for sip:1001@{host} from sip:2002@pbx.test: {says}", told


def lines_of_the_daemon_have_settings_of_their_own():
    with Practice(BINARY, "--user", "1001:secret", "--user", "1002:secret") as practice, \
            Daemon(BINARY) as daemon:
        host, port = practice.address.rsplit(":", 1)
        done = daemon.apply(f"""
servers:
- {{name: pbx, domain: {host}, port: {port}, calls: busy}}
studios:
- name: S
  lines:
  - {{number: 1, extension: "1001", password: secret, server: pbx, calls: "sip:desk@studio.test"}}
  - {{number: 2, extension: "1002", password: secret, server: pbx}}
""")
        assert done.returncode == 0, done.stderr
        until(lambda: len([e for e in practice.events() if e["event"] == "registered"]) == 2, "both are")
        at = {e["extension"]: int(e["from"].rsplit(":", 1)[1]) for e in practice.events()
              if e["event"] == "registered"}
        ask(at["1001"], "INVITE", 302)
        ask(at["1002"], "INVITE", 486, user="1002")
        says = until(lambda: daemon.log() if daemon.log().count("Call for") == 2 else None, "both calls")
        assert "Call for sip:1001@" in says and "sent on to sip:desk@studio.test" in says, says
        assert "Call for sip:1002@" in says and "answered as busy" in says, says
        log = daemon.get("/api/v1/log")
        assert "sent on to sip:desk@studio.test" in log and "answered as busy" in log, log


run([lines_of_the_daemon_have_settings_of_their_own, a_ping_is_answered, a_call_gets_what_the_setting_says])
