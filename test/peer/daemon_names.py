#!/usr/bin/env python3
"""The name server as a general setting: followed while `lineup serve` runs, and gone over by --dns; whether
SRV records are looked up, in general and for a server. The name servers are this file's own, one that
knows the name and one that does not. Usage: PROGRAM LINEUP"""
import socket
import struct
import sys

from daemon import Daemon
from peer import run, until
from practice import Practice
from stub import Served

BINARY = sys.argv[1]


class NameServer(Served):
    """Answers A with an address for a name, and, where a port is given, SRV over UDP with that; says of all
    others that they do not exist."""

    def __init__(self, known, host="127.0.0.1", port=0, address="127.0.0.1", ttl=30, srv=None):
        super().__init__(host, port)
        self.known, self.told, self.ttl, self.srv = known, socket.inet_aton(address), ttl, srv
        self.asked = self.asked_srv = 0

    def data(self, name, kind):
        """Of the record that there is; empty: none of this type. None: there is no such name."""
        if name == self.known:
            return self.told if kind == 1 else b""
        if self.srv and name == f"_sip._udp.{self.known}":
            host = b"".join(bytes((len(label),)) + label.encode() for label in self.known.split("."))
            return struct.pack("!HHH", 0, 0, self.srv) + host + b"\0" if kind == 33 else b""
        return None

    def take(self, query):
        self.asked += 1
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += 1 + query[at]
        kind = struct.unpack("!H", query[at + 1:at + 3])[0]
        question = query[12:at + 5]
        self.asked_srv += kind == 33
        data = self.data(".".join(labels), kind)
        head = query[:2] + struct.pack("!HHHHH", 0x8183 if data is None else 0x8180, 1, bool(data), 0, 0)
        if not data:
            return head + question
        return head + question + b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, self.ttl, len(data)) + data


def settings(port, server):
    dns = f"dns: '{server}'" if server else ""
    return f"""general: {{default-server: 'pbx.studio.test:{port}', {dns}}}
studios:
  - name: A
    lines:
      - {{extension: '1001', password: practice}}
"""


def cause(daemon):
    return (daemon.lines()["A/1"]["cause"] or {}).get("id")


def the_setting_is_followed_without_a_restart():
    with Practice(BINARY) as registrar, NameServer(None) as without, NameServer("pbx.studio.test") as knows, \
            Daemon(BINARY) as daemon:
        assert daemon.apply(settings(registrar.address.rpartition(":")[2], without.address)).returncode == 0
        until(lambda: cause(daemon) == "name-unknown", "the first name server knows nothing")
        assert without.asked and not knows.asked
        assert daemon.apply(settings(registrar.address.rpartition(":")[2], knows.address)).returncode == 0
        daemon.good("line register", "A/1")
        until(lambda: daemon.run("status").returncode == 0, "the line is registered")
        assert f"names are looked up at {knows.address} from now on" in daemon.log(), daemon.log()
        assert f'dns: "{knows.address}"' in daemon.good("export"), daemon.good("export")
        assert f'"dns": "{knows.address}"' in daemon.get("/api/v1/general").replace('":"', '": "')


def it_holds_from_the_start_and_the_command_line_goes_over_it():
    with Practice(BINARY) as registrar, NameServer(None) as without, NameServer("pbx.studio.test") as knows:
        with Daemon(BINARY, "--http", "off", "--dns", knows.address) as daemon:
            assert daemon.apply(settings(registrar.address.rpartition(":")[2], without.address)).returncode == 0
            until(lambda: daemon.run("status").returncode == 0, "the line is registered")
            assert not without.asked
            assert daemon.apply(settings(registrar.address.rpartition(":")[2], knows.address)).returncode == 0
            assert daemon.end(2) == 0
            daemon.options = ("--http", "off")
            before = knows.asked
            daemon.start()
            until(lambda: daemon.run("status").returncode == 0, "it is registered again")
            assert knows.asked > before and not without.asked


def a_start_without_dns_goes_where_the_server_answered_last():
    with Practice(BINARY) as registrar, NameServer("pbx.studio.test") as knows:
        with Daemon(BINARY, "--http", "off", "--dns", knows.address) as daemon:
            assert daemon.apply(settings(registrar.address.rpartition(":")[2], None)).returncode == 0
            until(lambda: daemon.run("status").returncode == 0, "the line is registered")
            for signo in (15, 9):  # the second start is one after a crash
                assert daemon.end(signo) in (0, -9)
                daemon.options = ("--http", "off", "--dns", "127.0.0.1:9")  # where nobody answers
                before = len(registrar.kinds())
                daemon.start()
                until(lambda: daemon.run("status").returncode == 0, "it is registered again", 60)
                assert len(registrar.kinds()) > before
                assert "no name server says where pbx.studio.test is: the address that answered last is used, " + \
                    registrar.address in daemon.log(), daemon.log()


def what_is_no_address_is_refused():
    with Daemon(BINARY) as daemon:
        for bad in ("pbx.example", "192.0.2.53:0", "1.2.3", "192.0.2.53:x", "[2001:db8::53"):
            done = daemon.apply(f"general: {{dns: '{bad}'}}\nstudios: []\n")
            assert done.returncode == 2 and "is not an IP address, with or without a port" in \
                done.stdout + done.stderr, (bad, done)
        for good in ("192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:53"):
            done = daemon.apply(f"general: {{dns: '{good}'}}\nstudios: []\n")
            assert done.returncode == 0, (good, done)


def srv_records_lead_where_the_setting_says_so():
    with Practice(BINARY, listen="127.0.0.77:0") as registrar:
        port = int(registrar.address.rpartition(":")[2])
        with NameServer("pbx.studio.test", address="127.0.0.77", srv=port) as names, \
                Daemon(BINARY, "--http", "off", "--dns", names.address) as daemon:
            def goes_to(target, general, server):
                done = daemon.apply(f"""general: {{srv: {general}}}
servers:
  - {{name: pbx, domain: pbx.studio.test, srv: {server}}}
studios:
  - name: A
    lines:
      - {{extension: '1001', password: practice, server: pbx}}
""")
                assert done.returncode == 0, done
                until(lambda: daemon.lines()["A/1"]["target"] == f"127.0.0.77:{target}",
                      f"it goes to port {target}: {daemon.lines()}")
                up = daemon.lines()["A/1"]["state"] == "REGISTERED"
                assert up == (target == port), daemon.lines()

            assert not names.asked_srv
            goes_to(port, "yes", "default")
            assert names.asked_srv
            for general, server in ("no", "default"), ("yes", "no"):
                asked = names.asked_srv
                goes_to(5060, general, server)  # where nobody listens
                assert names.asked_srv == asked
                goes_to(port, "no", "yes")


if __name__ == "__main__":
    run([the_setting_is_followed_without_a_restart,
         it_holds_from_the_start_and_the_command_line_goes_over_it,
         a_start_without_dns_goes_where_the_server_answered_last,
         srv_records_lead_where_the_setting_says_so, what_is_no_address_is_refused])
