"""nsd on a port of its own."""
import os
import shutil
import socket
import subprocess
import tempfile

from peer import HERE, free_port, need, stop, until


class Nsd:
    """nsd.conf on a port of its own, with a zone of our own for pbx.test."""

    def __init__(self, zone):
        self.program = need("nsd")
        self.dir = tempfile.mkdtemp(prefix="lineup-nsd-")
        self.port = free_port()
        self.zone = zone

    def __enter__(self):
        with open(os.path.join(HERE, "nsd.conf")) as f:
            conf = f.read().replace("RUNDIR", self.dir).replace("@5353", f"@{self.port}")
        with open(os.path.join(self.dir, "nsd.conf"), "w") as f:
            f.write(conf)
        with open(os.path.join(self.dir, "zone.pbx.test"), "w") as f:
            f.write(self.zone)
        self.process = subprocess.Popen(
            [self.program, "-d", "-c", os.path.join(self.dir, "nsd.conf")],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self.answers, "nsd answers")
        return self

    def __exit__(self, *_):
        stop(self.process)
        shutil.rmtree(self.dir, ignore_errors=True)

    def answers(self):
        assert self.process.poll() is None, "nsd has ended"
        question = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03pbx\x04test\x00\x00\x06\x00\x01"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            s.sendto(question, ("127.0.0.1", self.port))
            try:
                return s.recv(4096)[:2] == b"\x12\x34"
            except OSError:
                return False
