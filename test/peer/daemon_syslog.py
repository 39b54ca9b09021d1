#!/usr/bin/env python3
"""The daemon's log at a syslog host, over UDP and TCP, read by a receiver that takes RFC 5424 apart.
Usage: PROGRAM LINEUP"""
import contextlib
import re
import signal
import socket
import sys

from daemon import Daemon
from peer import free_port, run, until
from practice import Practice

BINARY = sys.argv[1]

# RFC 5424 section 6, without what it allows and Lineup does not send.
MESSAGE = re.compile(
    r"<(?P<pri>\d{1,3})>1 (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (?P<host>[!-~]{1,255}) "
    r"(?P<app>[!-~]{1,48}) (?P<proc>[!-~]{1,128}) (?P<id>[!-~]{1,32}) "
    r"(?P<data>-|\[lineup@32473(?: [a-z]+=\"(?:[^\"\\\]]|\\[\"\\\]])*\")+\]) (?P<text>.+)", re.S)
PARAM = re.compile(r" ([a-z]+)=\"((?:[^\"\\\]]|\\[\"\\\]])*)\"")


class Message:
    def __init__(self, octets):
        assert len(octets) <= 2048 and not any(c < 32 or c == 127 for c in octets), octets
        found = MESSAGE.fullmatch(octets.decode())
        assert found, octets
        self.severity, self.id, self.app, self.proc = int(found["pri"]) % 8, found["id"], found["app"], found["proc"]
        assert int(found["pri"]) // 8 == 3, octets
        self.text = found["text"].removeprefix("\ufeff")
        assert found["text"].isascii() != found["text"].startswith("\ufeff"), octets
        self.data = {key: re.sub(r"\\(.)", r"\1", value) for key, value in PARAM.findall(found["data"])}


class Udp:
    def __init__(self, port=0):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.socket.settimeout(0.02)
        self.port = self.socket.getsockname()[1]
        self.messages = []

    def read(self):
        with contextlib.suppress(TimeoutError):
            while True:
                self.messages.append(Message(self.socket.recv(65535)))
        return self.messages

    def close(self):
        self.socket.close()


class Tcp:
    """RFC 6587 section 3.4.1, one connection at a time."""

    def __init__(self, port=0):
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen()
        self.listener.settimeout(0.02)
        self.port = self.listener.getsockname()[1]
        self.connection, self.octets, self.connections = None, b"", 0
        self.messages = []

    def read(self):
        with contextlib.suppress(TimeoutError):
            if not self.connection:
                self.connection = self.listener.accept()[0]
                self.connection.settimeout(0.02)
                self.connections += 1
            while True:
                got = self.connection.recv(65536)
                if not got:
                    self.connection = None
                    break
                self.octets += got
        while b" " in self.octets:
            length, _, rest = self.octets.partition(b" ")
            assert length.isdigit() and not length.startswith(b"0"), self.octets[:40]
            if len(rest) < int(length):
                break
            self.messages.append(Message(rest[:int(length)]))
            self.octets = rest[int(length):]
        return self.messages

    def close(self):
        if self.connection:
            self.connection.close()
        self.listener.close()


@contextlib.contextmanager
def daemon_with(receiver, transport, *options):
    """A daemon whose log goes to the receiver, with a line that is up and one that is refused."""
    with Practice(BINARY) as registrar, Daemon(BINARY, *(options or ("--http", "off"))) as daemon:
        done = daemon.apply(SETTINGS % (transport, receiver.port, registrar.address.rpartition(":")[2]))
        assert done.returncode == 0, done.stderr
        try:
            yield daemon
        finally:
            receiver.close()


SETTINGS = """
general:
  syslog-transport: %s
  syslog-host: localhost
  syslog-port: %d
servers:
  - {name: pbx, domain: 127.0.0.1, port: %s}
studios:
  - name: Studio 1
    lines:
      - {extension: "1001", password: practice, server: pbx}
      - {extension: "1002", password: secret-and-wrong, server: pbx}
"""


def has(receiver, wanted):
    return lambda: next((m for m in receiver.read() if wanted(m)), None)


def the_workflow_is_told(receiver, transport):
    with daemon_with(receiver, transport) as daemon:
        until(has(receiver, lambda m: m.id == "recv" and m.data.get("status") == "200"), "a 200 is logged")
        failed = until(has(receiver, lambda m: m.id == "failed"), "a refusal is logged")
        assert failed.text == f"SIP: REGISTER failed for {failed.data['address']} (status code: 401)", failed.text
        assert failed.data["address"] == "sip:1002@127.0.0.1" and failed.severity in (3, 4), vars(failed)
        assert failed.app == "lineup" and failed.proc == str(daemon.process.pid)
        sent = next(m for m in receiver.messages if m.id == "send")
        assert sent.data["uri"] == "sip:127.0.0.1" and sent.severity == 6, vars(sent)
        assert any(m.text == "SIP: Retrying REGISTER with updated authentication"
                   for m in receiver.messages)
        log = daemon.log()
        assert "the log goes to the syslog host localhost" in log, log
        for message in receiver.messages:
            assert "secret-and-wrong" not in message.text + str(message.data)
            # the same words as on standard output
            assert message.text in log, message.text
        assert daemon.end(signal.SIGTERM) == 0


def over_udp_the_workflow_is_told():
    the_workflow_is_told(Udp(), "udp")


def over_tcp_the_workflow_is_told():
    the_workflow_is_told(Tcp(), "tcp")


def a_host_that_comes_later_gets_what_waited():
    port = free_port()
    receiver = Tcp(port)
    receiver.close()
    with Practice(BINARY) as registrar, Daemon(BINARY, "--http", "off") as daemon:
        assert daemon.apply(SETTINGS % ("tcp", port, registrar.address.rpartition(":")[2])).returncode == 0
        until(lambda: "the log does not reach the syslog host localhost over TCP" in daemon.log(),
              "the daemon says that the host is away")
        until(lambda: daemon.run("status").returncode == 1 and
              "refused" in daemon.run("status").stdout, "a line is refused")
        receiver = Tcp(port)
        until(has(receiver, lambda m: m.id == "failed"), "what was said before comes")
        assert daemon.log().count("does not reach the syslog host") == 1
        # and it comes back after the host went away for a moment
        receiver.close()
        receiver = Tcp(port)
        daemon.good("line register", "Studio 1/1")
        until(lambda: daemon.good("line register", "Studio 1/1") is not None and receiver.read(),
              "a second connection brings messages")
        assert receiver.connections == 1
        receiver.close()


def the_setting_is_followed_while_it_runs():
    first, second = Udp(), Udp()
    with daemon_with(first, "udp") as daemon:
        until(has(first, lambda m: m.id == "failed"), "the first host is told")
        other = SETTINGS % ("udp", second.port, 9)
        assert daemon.apply(other.replace('"1002"', '"1003"')).returncode == 0
        until(has(second, lambda m: True), "the second host is told")
        assert daemon.apply("studios: []").returncode == 0
        until(lambda: "\"state\":\"OFF\"" in daemon.get("/api/v1/system").replace(" ", ""), "it is off")
        second.close()


def wrong_logins_are_told():
    receiver = Udp()
    with daemon_with(receiver, "udp", "--http", "127.0.0.1:0") as daemon:
        address = until(lambda: re.search(r"Listening at http://(\S+)", daemon.log()), "it listens")[1]
        host, _, port = address.partition(":")
        body = b'{"name": "anna", "password": "wrong-and-secret"}'
        with socket.create_connection((host, int(port)), 10) as s:
            s.sendall(f"POST /api/v1/session HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n"
                      f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
            assert b" 401 " in s.recv(65536).split(b"\r\n")[0]
        told = until(has(receiver, lambda m: "wrong password or token" in m.text), "it is told")
        assert told.severity == 4 and told.id == "note", vars(told)
        assert not any("wrong-and-secret" in m.text for m in receiver.messages)


run([over_udp_the_workflow_is_told, over_tcp_the_workflow_is_told, a_host_that_comes_later_gets_what_waited,
     the_setting_is_followed_while_it_runs, wrong_logins_are_told])
