"""What the tests of the daemon share: `lineup serve` in a folder of its own, and the command line to it."""
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile

from peer import stop, until


class Local(http.client.HTTPConnection):
    """HTTP over the daemon's UNIX socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=20)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Daemon:
    """`lineup serve`, started by hand; its folder lasts as long as this."""

    def __init__(self, binary, *options, env=None):
        self.binary, self.options = binary, options or ("--http", "off")
        self.dir = tempfile.mkdtemp(prefix="lineup-daemon-")
        self.state = os.path.join(self.dir, "state")
        self.log_path = os.path.join(self.dir, "log")
        self.env = dict(os.environ, LC_ALL="C.UTF-8", **(env or {}))
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process:
            stop(self.process)
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(self):
        self.launch()
        until(self.answers, "the daemon answers")

    def launch(self):
        """Starts it, and waits for nothing."""
        with open(self.log_path, "a") as log:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--state", self.state, *self.options], env=self.env,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=self.dir,
                start_new_session=True)

    def answers(self):
        assert self.process.poll() is None, self.log()
        return self.run("status").returncode in (0, 1)

    def lives_on(self, seconds):
        """Waits for its end, for so long, and fails where it comes."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return
        raise AssertionError(f"it ended by itself:\n{self.log()}")

    def signal(self, signo):
        self.process.send_signal(signo)

    def end(self, signo):
        """Its exit status after a signal."""
        self.signal(signo)
        until(lambda: self.process.poll() is not None, "the daemon ends", 15)
        return self.process.returncode

    def log(self):
        with open(self.log_path) as f:
            return f.read()

    def run(self, *words, text=None, password=None):
        """A command to it, with no terminal. Of two words the first may be a group: "line add"."""
        env = dict(self.env, LINEUP_PASSWORD=password or "")
        if password is None:
            env.pop("LINEUP_PASSWORD")
        command = words[0].split(" ")
        return subprocess.run(
            [self.binary, *command, "--state", self.state, *words[1:]], env=env, input=text or "",
            capture_output=True, text=True, timeout=40, start_new_session=True)

    def good(self, *words, **more):
        done = self.run(*words, **more)
        assert done.returncode == 0, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def refused(self, status, says, *words, **more):
        done = self.run(*words, **more)
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        assert says in done.stderr, (words, says, done.stderr)
        return done

    def get(self, path, method="GET", status=200):
        """What the API answers to the daemon's own user."""
        here = Local(os.path.join(self.state, "socket"))
        here.request(method, path)
        answer = here.getresponse()
        text = answer.read().decode()
        here.close()
        assert answer.status == status, (path, answer.status, text)
        return text

    def status(self, *words):
        done = self.run("status", "--json", *words)
        assert done.returncode in (0, 1), (done.returncode, done.stderr)
        return json.loads(done.stdout)

    def lines(self):
        """All lines, by their names."""
        return {f"{line['studio_name']}/{line['number']}": line for line in self.status()["lines"]}

    def apply(self, text, *options):
        """A settings file, as it is kept in the folder beside the state."""
        path = os.path.join(self.dir, "studio.yaml")
        with open(path, "w") as f:
            f.write(text)
        return self.run("apply", "--yes", *options, path)
