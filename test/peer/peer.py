"""What the peer tests share: real programs, started on free ports of 127.0.0.1 and stopped by process id.

No test here sleeps for a time: each waits for a condition, within a bound.
"""
import codecs
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BOUND_S = 40
OUTBOUND_MODULE = "/usr/lib/x86_64-linux-gnu/kamailio/modules/outbound.so"


def free_port():
    """A port that is free for UDP and TCP. It lies below those that the kernel hands out by itself (from
    32768), so that no socket of a test that runs beside this one gets it before it is used."""
    while True:
        port = random.randrange(20000, 32000)
        with contextlib.suppress(OSError):
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(socket.AF_INET, kind) as s:
                    s.bind(("127.0.0.1", port))
            return port


def until(condition, what, bound_s=BOUND_S):
    """Waits until condition() is true, and returns what it returned."""
    end = time.monotonic() + bound_s
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {bound_s} s")


def stop(process):
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def skip(why):
    """Ends the test as skipped (ctest: 77), since something is not installed. Where all tests are to run
    (LINEUP_ALL_TESTS, which .ci/run sets) it fails instead."""
    if os.environ.get("LINEUP_ALL_TESTS"):
        print(f"FAILED  all tests are to run here (LINEUP_ALL_TESTS): {why}", flush=True)
        sys.exit(1)
    print(f"skipped: {why}", flush=True)
    sys.exit(77)


class Unable(Exception):
    """This machine cannot do what a test needs, whatever is installed: that is no failure anywhere, but
    neither has the test passed. Raised in a test it ends that one; run() says so and ends with 77."""


def need(program):
    """Ends the test as skipped where a program is missing."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if not path:
        skip(f"{program} is not installed (tools/install-deps lists it)")
    return path


class Kamailio:
    """The registrar of kamailio-registrar.cfg on a port of its own; expired bindings leave at once.
    users: more of them, as extension: password; the extension is the auth user."""

    def __init__(self, extra="", users=None):
        self.program = need("kamailio")
        self.kamcmd = need("kamcmd")
        self.dir = tempfile.mkdtemp(prefix="lineup-kamailio-")
        self.port = free_port()
        self.extra = extra
        self.users = users or {}

    def text(self):
        """Its configuration."""
        with open(os.path.join(HERE, "kamailio-registrar.cfg")) as f:
            text = f.read().replace(":5070", f":{self.port}")
        mark = "event_route[htable:mod-init] {"
        assert mark in text
        text = text.replace(mark, mark + "".join(
            f'\n    $sht(pass=>{user}) = "{password}"; $sht(user=>{user}) = "{user}";'
            for user, password in self.users.items()) + "\n   ")
        mark = 'modparam("usrloc", "db_mode", 0)\n'
        more = 'modparam("usrloc", "timer_interval", 1)\nmodparam("registrar", "min_expires", 1)\n'
        return self.adapt(text.replace(mark, mark + more + self.extra))

    def __enter__(self):
        text = self.text()
        path = os.path.join(self.dir, "kamailio.cfg")
        with open(path, "w") as f:
            f.write(text)
        self.log = open(os.path.join(self.dir, "log"), "w")
        self.start()
        return self

    def start(self):
        """Starts it, again where it was stopped."""
        self.process = subprocess.Popen(
            [self.program, "-DD", "-E", "-m", "64", "-M", "16", "-Y", self.dir,
             "-P", os.path.join(self.dir, "pid"), "-f", os.path.join(self.dir, "kamailio.cfg")],
            stdout=self.log, stderr=subprocess.STDOUT)
        until(self.answers, "kamailio answers OPTIONS")

    def adapt(self, text):
        """For those who want more of it than its settings."""
        return text

    def __exit__(self, *_):
        stop(self.process)
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def answers(self):
        assert self.process.poll() is None, open(os.path.join(self.dir, "log")).read()[-2000:]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            s.settimeout(0.2)
            here = s.getsockname()[1]
            s.sendto((f"OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{here};"
                      f"branch=z9hG4bKup{here}\r\nMax-Forwards: 9\r\nFrom: <sip:t@127.0.0.1>;tag=1\r\n"
                      f"To: <sip:t@127.0.0.1>\r\nCall-ID: up{time.monotonic_ns()}\r\nCSeq: 1 OPTIONS\r\n"
                      "Content-Length: 0\r\n\r\n").encode(), ("127.0.0.1", self.port))
            try:
                return s.recv(4096).startswith(b"SIP/2.0 200")
            except OSError:
                return False

    def log_text(self):
        """What it has said of errors and warnings."""
        with open(self.log.name) as f:
            return f.read()

    def dump(self):
        """The registrar's own list of bindings, as it prints it."""
        return subprocess.run(
            [self.kamcmd, "-s", f"unix:{self.dir}/kamailio_ctl", "ul.dump"],
            capture_output=True, text=True, timeout=10, check=True).stdout

    def bindings(self):
        """By extension: Call-ID and CSeq of each of its bindings."""
        found, user = {}, None
        for line in self.dump().splitlines():
            name, _, value = line.strip().partition(":")
            value = value.strip()
            if name == "AoR":
                user = value.split("@")[0]
            elif name == "Call-ID":
                found.setdefault(user, []).append([value, None])
            elif name == "CSeq":
                found[user][-1][1] = int(value)
        return found

    def contacts(self):
        lines = (line.strip() for line in self.dump().splitlines())
        return [line.split(":", 1)[1].strip() for line in lines if line.startswith("Address:")]


class Edge(Kamailio):
    """A proxy of kamailio-edge.cfg in front of a registrar, that adds itself as a Path."""

    def __init__(self, registrar):
        if not os.path.exists(OUTBOUND_MODULE):
            skip("kamailio-outbound-modules is not installed (tools/install-deps lists it)")
        super().__init__()
        self.registrar = registrar

    def text(self):
        with open(os.path.join(HERE, "kamailio-edge.cfg")) as f:
            text = f.read().replace(":5070", f":{self.registrar.port}").replace(":5071", f":{self.port}")
        return text


class Lineup:
    """A running `lineup register --json`, its events read as they come."""

    def __init__(self, binary, address, *options, password=None):
        env = dict(os.environ, LINEUP_PASSWORD=password or "")
        if password is None:
            del env["LINEUP_PASSWORD"]
        self.process = subprocess.Popen(
            [binary, "register", address, "--json", *options], env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True)  # no terminal to ask on
        os.set_blocking(self.process.stdout.fileno(), False)
        self.decoder = codecs.getincrementaldecoder("utf-8")()  # what is read may end within a character
        self.text = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        stop(self.process)
        self.process.stdout.close()
        self.process.stderr.close()

    def events(self):
        self.text += self.decoder.decode(self.process.stdout.read() or b"")
        whole = self.text[:self.text.rfind("\n") + 1]
        return [json.loads(line) for line in whole.splitlines()]

    def wait_for(self, match, what):
        return until(lambda: [e for e in self.events() if match(e)], what)

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def end(self):
        """Exit status and result, once it has ended by itself."""
        until(lambda: self.process.poll() is not None, "lineup ends")
        results = [e for e in self.events() if e["event"] == "result"]
        assert len(results) == 1 and self.events()[-1] == results[0], self.text
        return self.process.returncode, results[0]

    def log(self):
        return [e["text"] for e in self.events() if e["event"] == "log"]


def once(binary, address, *options, password=None):
    """Runs `lineup register --once` to its end: exit status, result, log lines, all events."""
    with Lineup(binary, address, "--once", *options, password=password) as lineup:
        status, result = lineup.end()
        return status, result, lineup.log(), lineup.events()


def run(tests):
    """Runs the functions by name and prints a line each; the exit status says whether all passed (0), one
    failed (1), or one could not be run here (77)."""
    failed = unable = 0
    for test in tests:
        name = test.__name__.replace("_", " ")
        try:
            test()
            print(f"ok      {name}", flush=True)
        except Unable as e:
            unable += 1
            print(f"skipped: {name}: {e}", flush=True)
        except Exception as e:  # a test that fails must not hide the others
            failed += 1
            print(f"FAILED  {name}: {type(e).__name__}: {e}", flush=True)
    print(f"{len(tests) - failed - unable} passed, {failed} failed, {unable} skipped", flush=True)
    sys.exit(1 if failed else 77 if unable else 0)
