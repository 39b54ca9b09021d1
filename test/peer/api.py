"""What the tests of the API share: the daemon's API as a program, and a client that says exactly what
it is told to. Python's own HTTP client would mend what these tests want broken."""
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile

from peer import HERE, skip, stop, until

ROOT = os.path.dirname(os.path.dirname(HERE))
BOUND_S = 30
PASSWORD = "correct horse battery"


def description():
    """docs/openapi.yaml."""
    try:
        import yaml
    except ImportError:
        skip("python3-yaml is not installed (tools/install-deps lists it)")
    with open(os.path.join(ROOT, "docs", "openapi.yaml")) as f:
        return yaml.safe_load(f)


class Answer:
    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.head = [line.split(": ", 1) for line in lines[1:] if ": " in line]
        self.body = body

    def header(self, name):
        found = [value for key, value in self.head if key.lower() == name.lower()]
        return found[0] if found else None

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


def read_answer(stream, method="GET"):
    """One answer from a file-like socket; None where the connection was closed instead."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        try:
            line = stream.readline(65536)
        except ConnectionResetError:
            return None
        if not line:
            return None
        head += line
    answer = Answer(head[:-4], b"")
    if method != "HEAD" and answer.status not in (204, 304):
        length = answer.header("Content-Length")
        answer.body = stream.read(int(length)) if length is not None else b""
    return answer


class Api:
    """api-serve in a folder of its own."""

    def __init__(self, program, *options):
        self.program, self.options = program, options

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="lineup-api-")
        self.start()
        return self

    def __exit__(self, *_):
        stop(self.process)
        self.process.stdout.close()
        self.log.close()
        with open(self.log.name) as f:
            said = f.read()
        shutil.rmtree(self.dir, ignore_errors=True)
        # a sanitizer has its say here
        assert self.process.returncode == 0, (self.process.returncode, said[-4000:])

    def start(self):
        self.log = open(os.path.join(self.dir, "log"), "a")
        self.process = subprocess.Popen([self.program, self.dir, *self.options],
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        told = {}
        for line in self.process.stdout:
            word, _, rest = line.strip().partition(" ")
            told[word] = rest
            if word == "ready":
                break
        assert "ready" in told, open(self.log.name).read()
        self.address, self.path = told["http"], told["socket"]
        self.host, _, port = self.address.rpartition(":")
        self.port = int(port)
        self.url = told.get("url")
        self.cookie_name = f"lineup-{self.port}"

    def restart(self):
        stop(self.process)
        assert self.process.returncode == 0, self.process.returncode
        self.process.stdout.close()
        self.log.close()
        self.start()

    def connect(self, local=False):
        if local:
            s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            s.settimeout(BOUND_S)
            s.connect(self.path)
            return s
        return socket.create_connection((self.host, self.port), timeout=BOUND_S)

    def raw(self, data, method="GET", local=False):
        """The first answer to these bytes; None where there is none."""
        with self.connect(local) as s, s.makefile("rb") as stream:
            try:
                s.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                pass
            return read_answer(stream, method)

    def request(self, method, path, body=None, head=None, local=False, kind="application/json"):
        lines = {"Host": self.address, "Connection": "close"}
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        data = body.encode() if isinstance(body, str) else body or b""
        if body is not None:
            lines["Content-Type"] = kind
            lines["Content-Length"] = str(len(data))
        lines.update(head or {})
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
        return self.raw(f"{method} {path} HTTP/1.1\r\n{text}\r\n".encode() + data, method, local)

    def local(self, method, path, body=None, **more):
        return self.request(method, path, body, local=True, **more)

    def one_time(self):
        return re.fullmatch(r"http://[^/]+/#setup=([0-9a-f]{64})", self.url)[1]

    def login(self, name, role):
        """Makes a login and a session of it."""
        made = self.local("POST", "/api/v1/logins", {"name": name, "password": PASSWORD, "role": role})
        assert made.status == 201, made
        return Session(self, name)

    def token(self, login, role):
        made = self.local("POST", "/api/v1/tokens", {"label": f"test {role}", "role": role,
                                                     "login": login})
        assert made.status == 201, made
        return {"Authorization": "Bearer " + made.json["token"]}


class Session:
    def __init__(self, api, name, password=PASSWORD):
        self.api = api
        answer = api.request("POST", "/api/v1/session", {"name": name, "password": password})
        assert answer.status == 200, answer
        self.take(answer)

    def take(self, answer):
        self.set_cookie = answer.header("Set-Cookie")
        self.cookie = self.set_cookie.split(";")[0]
        self.csrf = answer.json["csrf"]
        self.login = answer.json["login"]["id"]

    def head(self, **more):
        return {"Cookie": self.cookie, "X-CSRF-Token": self.csrf, **more}

    def request(self, method, path, body=None, **more):
        return self.api.request(method, path, body, head=self.head(), **more)


def operations():
    """(method, path, operation) of all that is described, parameters of the path included."""
    for path, item in description()["paths"].items():
        for method in ("get", "post", "put", "patch", "delete"):
            if method in item:
                operation = dict(item[method])
                operation["parameters"] = item.get("parameters", []) + operation.get("parameters", [])
                yield method.upper(), path, operation


def filled(path):
    return path.replace("{id}", "1").replace("{word}", "auth-refused")


__all__ = ["Answer", "Api", "Session", "BOUND_S", "PASSWORD", "description", "filled", "operations",
           "read_answer", "until"]
