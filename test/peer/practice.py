"""A running `lineup practice --json`, its events read as they come."""
import json
import os
import re
import subprocess

from peer import stop, until


class Practice:
    """Listens on a free port unless told where; ends with the block that it is used in."""

    def __init__(self, binary, *options, listen="127.0.0.1:0"):
        self.process = subprocess.Popen(
            [binary, "practice", "--json", "-l", listen, *options], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.text = ""
        self.address = None

    def __enter__(self):
        try:
            until(lambda: self.events() or self.process.poll() is not None, "practice listens")
            assert self.events(), self.complaints()
        except BaseException:
            self.__exit__()
            raise
        self.address = self.events()[0]["address"]
        return self

    def __exit__(self, *_):
        stop(self.process)
        self.process.stdout.close()
        self.process.stderr.close()

    def events(self):
        self.text += (self.process.stdout.read() or b"").decode()
        whole = self.text[:self.text.rfind("\n") + 1]
        return [json.loads(line) for line in whole.splitlines()]

    def kinds(self):
        return [event["event"] for event in self.events()]

    def wait_for(self, match, what):
        return until(lambda: [event for event in self.events() if match(event)], what)

    def complaints(self):
        """What it wrote on standard error, once it has ended."""
        self.process.wait(20)
        return self.process.stderr.read().decode()


def listed_faults(binary):
    """The names of all faults that there are, by `lineup practice --faults`."""
    done = subprocess.run([binary, "practice", "--faults"], capture_output=True, text=True, timeout=20)
    names = re.findall(r"^  (\S+?)(?:=\S+)?(?:  .*)?$", done.stdout.split("Extensions that")[0], re.M)
    assert len(names) > 30, done.stdout
    return set(names)


def fault_names(faults):
    """The names in "1001:NAME=VALUE,NAME"."""
    return {fault.split("=")[0].split(":")[-1] for fault in faults.split(",")}
