"""A daemon that is measured: begun and ended, told by `lineup apply`, and asked over HTTP, as a scraper and
the command line ask it."""
import contextlib
import http.client
import json
import pathlib
import signal
import socket
import subprocess
import sys
import time

PATIENCE_S = 600
START_S, END_S = 30, 120
GRANTED = 'lineup_attempts_total{outcome="granted",cause=""}'
UP = 'lineup_lines{state="REGISTERED"}'
SENT, AGAIN = "lineup_sip_sent_total", "lineup_sip_retransmitted_total"


class Local(http.client.HTTPConnection):
    """Over the UNIX socket of the same user, who needs no login."""

    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def ask(connection, method, path, body=None, headers=None):
    connection.request(method, path, body and json.dumps(body),
                       {"Content-Type": "application/json", **(headers or {})} if body else headers or {})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status not in (200, 201):
        sys.exit(f"{method} {path}: {answer.status} {text[:500]}")
    return text


class Daemon:
    """`lineup serve` with a new store, for the length of a with block."""

    def __init__(self, lineup, state):
        self.lineup, self.state = lineup, state

    @contextlib.contextmanager
    def serve(self, *options, log=subprocess.DEVNULL):
        with subprocess.Popen([self.lineup, "serve", "--state", self.state, "--http", "127.0.0.1:0", *options],
                              stdout=log) as process:
            try:
                until = time.monotonic() + START_S
                while not pathlib.Path(self.state, "socket").exists():
                    if process.poll() is not None or time.monotonic() > until:
                        sys.exit("the daemon does not begin")
                    time.sleep(0.05)
                yield process
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(END_S)

    def apply(self, path):
        """How long `lineup apply` takes, in seconds, and what it says."""
        begun_s = time.monotonic()
        done = subprocess.run([self.lineup, "apply", "--state", self.state, "--yes", path], capture_output=True,
                              text=True, check=False)
        if done.returncode:
            sys.exit(f"lineup apply failed ({done.returncode}): {done.stderr.strip()}")
        return time.monotonic() - begun_s, done.stdout

    def counters(self):
        """By name and labels, as the metrics have them."""
        text = ask(Local(f"{self.state}/socket"), "GET", "/metrics").decode()
        return {name: int(value) for name, value in (line.rsplit(" ", 1) for line in text.splitlines()
                                                     if line[:1] != "#") if value.isdigit()}

    def wait_until_up(self, lines, granted):
        """... and so many attempts were granted since the start, which is counted a second later. Returns the
        counters."""
        until = time.monotonic() + PATIENCE_S
        while True:
            now = self.counters()
            if now[UP] == lines and now.get(GRANTED, 0) >= granted:
                return now
            if time.monotonic() > until:
                sys.exit(f"{now[UP]} of the daemon's {lines} lines are up after {PATIENCE_S} s")
            time.sleep(0.1)
