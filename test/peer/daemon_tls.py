#!/usr/bin/env python3
"""TLS files that change while `lineup serve` and `lineup register` run: the connection that is open
stays, the next one is made with the new files; and the end of certificates is told. The server is this
file's own: it wants a certificate of whoever connects, and says whose came. Usage: PROGRAM LINEUP"""
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

from check import Check
from daemon import Daemon
from peer import Lineup, need, once, run, until
from stub import Request

BINARY = sys.argv[1]
EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


def openssl(*arguments):
    subprocess.run([need("openssl"), *arguments], check=True, capture_output=True, timeout=30)


class House:
    """Authorities, and the certificates that they sign, in a folder."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="lineup-tls-")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def authority(self, name):
        openssl("req", "-x509", *EC, "-days", "90", "-subj", f"/CN={name}", "-keyout",
                self.path(name + ".key"), "-out", self.path(name + ".ca"))

    def issue(self, authority, name, days):
        request, names = self.path("request"), self.path("names")
        openssl("req", *EC, "-subj", f"/CN={name}", "-keyout", self.path(name + ".key"), "-out", request)
        with open(names, "w") as f:
            f.write(f"subjectAltName=DNS:{name}\n")
        openssl("x509", "-req", "-in", request, "-CA", self.path(authority + ".ca"), "-CAkey",
                self.path(authority + ".key"), "-CAcreateserial", "-days", str(days), "-extfile", names,
                "-out", self.path(name + ".pem"))

    def put(self, source, target):
        """A file takes the place of another at once, as those who renew certificates do it."""
        shutil.copy(self.path(source), self.path("new"))
        os.replace(self.path("new"), self.path(target))


class Registrar:
    """Registers whoever connects over TLS with a certificate. seen: the name in the certificate of each
    connection, in their order; requests: (connection, request)."""

    def __init__(self, house, certificate, granted_s):
        self.seen, self.requests, self.granted_s = [], [], granted_s
        self.streams = []
        self.house = house
        self.context = None
        self.use(certificate)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.threads = [threading.Thread(target=self.accept)]
        self.threads[0].start()

    def use(self, certificate):
        """From the next connection on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.house.path(certificate + ".pem"), self.house.path(certificate + ".key"))
        for name in ("old", "new-ca"):
            context.load_verify_locations(self.house.path(name + ".ca"))
        context.verify_mode = ssl.CERT_REQUIRED
        self.context = context

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.drop()
        for thread in self.threads:
            thread.join(10)

    def accept(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            self.threads.append(threading.Thread(target=self.serve, args=(plain,)))
            self.threads[-1].start()

    def serve(self, plain):
        try:
            with self.context.wrap_socket(plain, server_side=True) as stream:
                self.streams.append(stream)
                names = dict(part[0] for part in stream.getpeercert()["subject"])
                self.seen.append(names["commonName"])
                self.talk(stream, len(self.seen) - 1)
        except (OSError, ssl.SSLError):
            pass

    def talk(self, stream, connection):
        held = b""
        while True:
            data = stream.recv(65536)
            if not data:
                return
            held += data
            while b"\r\n\r\n" in held:
                message, _, held = held.partition(b"\r\n\r\n")
                if not message.strip():
                    continue
                request = Request(message + b"\r\n\r\n")
                self.requests.append((connection, request))
                stream.sendall(request.answer("200 OK", self.grant(request)))

    def grant(self, request):
        """The Contacts that stay: a change takes the old one away in the same request."""
        listed = [c for value in re.findall(r"^Contact: (.*)\r$", request.text, re.M)
                  for c in re.split(r", (?=<)", value)]
        contacts = [c for c in listed if not c.endswith(";expires=0") and request.header("Expires") != "0"]
        return "".join(f"Contact: {c};expires={self.granted_s}\r\n" for c in contacts)

    def drop(self):
        streams, self.streams = self.streams, []
        for stream in streams:
            try:
                stream.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def registers(self, connection):
        return sum(1 for at, request in list(self.requests)
                   if at == connection and request.method == "REGISTER")


def make_house(house, days=60):
    house.authority("old")
    house.authority("new-ca")
    house.issue("old", "localhost", days)
    house.issue("old", "studio-old", 60)
    house.issue("new-ca", "studio-new", 5)
    for source, target in (("old.ca", "ca.pem"), ("studio-old.pem", "own.pem"), ("studio-old.key", "own.key")):
        house.put(source, target)


def renew(house):
    """The next server's certificate is of another authority; ours, too."""
    os.rename(house.path("localhost.pem"), house.path("before.pem"))
    os.rename(house.path("localhost.key"), house.path("before.key"))
    house.issue("new-ca", "localhost", 3)
    for source, target in (("new-ca.ca", "ca.pem"), ("studio-new.pem", "own.pem"),
                           ("studio-new.key", "own.key")):
        house.put(source, target)


def options(house):
    return ["--tls-ca", house.path("ca.pem"), "--tls-cert", house.path("own.pem"), "--tls-key",
            house.path("own.key")]


def server_of(daemon):
    return daemon.status()["servers"][0]


def the_daemon_takes_new_files_and_drops_no_connection():
    with House() as house, Daemon(BINARY) as daemon:
        make_house(house)
        with Registrar(house, "localhost", 6) as registrar:
            daemon.good("server add", f"localhost:{registrar.port}", "--name", "Trunk", "-t", "tls",
                        *options(house))
            daemon.good("line add", "Studio 1", "1001@Trunk", password="secret")
            until(lambda: server_of(daemon)["up"] == 1, "the line is registered")
            assert registrar.seen == ["studio-old"]
            assert server_of(daemon)["certificate_until"] > daemon.status()["time"], server_of(daemon)
            assert "certificate" not in daemon.good("status"), "60 days are nothing to tell"
            renew(house)
            registrar.use("localhost")
            daemon.signal(signal.SIGHUP)
            until(lambda: "TLS files for localhost have changed" in daemon.log(), "the files are read")
            before = registrar.registers(0)
            until(lambda: registrar.registers(0) > before, "it is refreshed over the old connection")
            assert registrar.seen == ["studio-old"], registrar.seen
            registrar.drop()
            until(lambda: registrar.registers(1) and server_of(daemon)["up"] == 1, "it comes back")
            assert registrar.seen == ["studio-old", "studio-new"], registrar.seen
            shown = until(lambda: "its certificate" in daemon.good("status") and daemon.good("status"),
                          "the grant is told")
            assert re.search(r"its certificate ends in 2 days \(\d{4}-\d\d-\d\d\)", shown), shown
            assert re.search(r"our certificate ends in 4 days \(\d{4}-\d\d-\d\d\)", shown), shown
            assert "lineup_server_certificate_end_seconds{" in daemon.get("/metrics")
            assert "the certificate of localhost ends in 2 days" in daemon.log(), daemon.log()
            assert "our certificate for localhost ends in 4 days" in daemon.log(), daemon.log()


@contextlib.contextmanager
def registered(expires):
    """A house, its registrar, and `lineup register` once it has registered there."""
    with House() as house:
        make_house(house)
        with Registrar(house, "localhost", expires) as registrar, \
                Lineup(BINARY, f"1001@localhost:{registrar.port}", "-t", "tls", *options(house),
                       password="secret") as lineup:
            until(lambda: registrar.registers(0), "it registers")
            yield house, registrar, lineup


def register_takes_new_files_and_drops_no_connection():
    with registered(6) as (house, registrar, lineup):
        renew(house)
        registrar.use("localhost")
        lineup.process.send_signal(signal.SIGHUP)
        until(lambda: any("have changed" in line for line in lineup.log()), "the files are read")
        until(lambda: registrar.registers(0) > 1, "it is refreshed over the old connection")
        assert registrar.seen == ["studio-old"], registrar.seen
        registrar.drop()
        until(lambda: registrar.registers(1), "it comes back")
        assert registrar.seen == ["studio-old", "studio-new"], registrar.seen
        lineup.interrupt()
        status, result = lineup.end()
        assert status == 0 and re.match(r"\d{4}-\d\d-\d\dT", result["certificate_until"]), result


def files_that_are_gone_leave_what_was_read():
    with registered(60) as (house, registrar, lineup):
        os.unlink(house.path("ca.pem"))
        lineup.process.send_signal(signal.SIGHUP)
        until(lambda: any("ca.pem: No such file or directory; the files that were read before stay in use"
                          in line for line in lineup.log()), "it is said")
        registrar.drop()
        until(lambda: registrar.registers(1), "it comes back")
        lineup.interrupt()
        assert lineup.end()[0] == 0


def files_that_change_unasked_are_read_before_the_next_connection():
    with registered(60) as (house, registrar, lineup):
        renew(house)
        registrar.use("localhost")
        registrar.drop()
        until(lambda: registrar.registers(1), "it comes back")
        assert registrar.seen == ["studio-old", "studio-new"], registrar.seen
        lineup.interrupt()
        assert lineup.end()[0] == 0


def the_least_version_is_a_setting():
    """A server that knows TLS 1.2 alone is refused where 1.3 is the least, from the next connection on."""
    with House() as house, Daemon(BINARY) as daemon:
        make_house(house)
        with Registrar(house, "localhost", 600) as registrar:
            registrar.context.maximum_version = ssl.TLSVersion.TLSv1_2
            at = f"1001@localhost:{registrar.port}"
            for version, status, cause in ("1.3", 3, "tls-version"), ("1.2", 0, None), (None, 0, None):
                more = ["--tls-min", version] if version else []
                got, result, _, _ = once(BINARY, at, "-t", "tls", *options(house), *more, password="secret")
                assert got == status and (result["cause"] or {}).get("id") == cause, (version, result)
            check = Check(BINARY, at, "-t", "tls", *options(house), "--tls-min", "1.3", password="secret")
            check.assert_cause(3, "reach", "tls-version")

            daemon.good("server add", f"localhost:{registrar.port}", "--name", "Trunk", "-t", "tls",
                        *options(house))
            daemon.good("line add", "Studio 1", "1001@Trunk", password="secret")
            until(lambda: server_of(daemon)["up"] == 1, "the line is registered")
            daemon.good("server set", "Trunk", "--tls-min", "1.3")
            assert "tls-min: 1.3" in daemon.good("export"), daemon.good("export")
            registrar.drop()
            until(lambda: "tls-version" in daemon.get("/api/v1/status"), "it is refused")
            begun = json.loads(daemon.get("/api/v1/lines/1/check", "POST", 202))["id"]
            found = until(lambda: '"running"' not in daemon.get(f"/api/v1/checks/{begun}") and
                          json.loads(daemon.get(f"/api/v1/checks/{begun}")), "the doctor is done")
            assert found["cause"]["id"] == "tls-version", found
            daemon.good("server set", "Trunk", "--tls-min", "1.2")
            daemon.good("line register", "Studio 1/1")
            until(lambda: server_of(daemon)["up"] == 1, "the line is registered again")
            daemon.refused(2, "none of: 1.2 1.3", "server set", "Trunk", "--tls-min", "1.1")


if __name__ == "__main__":
    run([the_least_version_is_a_setting,
         the_daemon_takes_new_files_and_drops_no_connection,
         register_takes_new_files_and_drops_no_connection,
         files_that_are_gone_leave_what_was_read,
         files_that_change_unasked_are_read_before_the_next_connection])
