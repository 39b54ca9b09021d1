"""What the tests of `lineup check` share: one run of it, and what it said."""
import json
import os
import subprocess

BOUND_S = 110  # it promises to end within 100


class Check:
    """One `lineup check --json`: its exit status, its steps by name, its result."""

    def __init__(self, binary, address, *options, password=None):
        env = dict(os.environ, LINEUP_PASSWORD=password or "")
        if password is None:
            del env["LINEUP_PASSWORD"]
        done = subprocess.run([binary, "check", address, "--json", *options], env=env,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              timeout=BOUND_S, start_new_session=True)  # no terminal to ask on
        self.status, self.text, self.err = done.returncode, done.stdout, done.stderr
        self.events = [json.loads(line) for line in done.stdout.splitlines()]
        self.steps = {e["step"]: e for e in self.events if e["event"] == "step"}
        self.result = self.events[-1] if self.events else None

    def states(self):
        return " ".join(f"{name}:{step['state']}" for name, step in self.steps.items())

    def assert_ok(self):
        assert self.status == 0 and self.result["event"] == "result", self.text + self.err
        assert self.result["result"] == "ok" and self.result["step"] is None, self.text
        assert self.result["cause"] is None and not self.bad(), self.text

    def assert_cause(self, status, step, cause):
        assert self.status == status, (self.status, self.text, self.err)
        assert self.result["result"] == "failed", self.text
        assert self.bad() == [step] and self.result["step"] == step, self.text
        assert self.result["cause"]["id"] == cause, (self.result["cause"]["id"], cause)

    def bad(self):
        return [name for name, step in self.steps.items() if step["state"] == "bad"]
