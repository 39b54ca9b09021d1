"""A running baresip with nothing but its account module."""
import os
import shutil
import subprocess
import tempfile

from peer import stop

MODULES = ["/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules"]


class Baresip:
    """Registers each (extension, password) at a practice registrar, as its outbound proxy or directly."""

    def __init__(self, practice, accounts, proxied=True):
        self.dir = tempfile.mkdtemp(prefix="lineup-baresip-")
        modules = next(path for path in MODULES if os.path.isdir(path))
        with open(os.path.join(self.dir, "config"), "w") as f:
            f.write(f"sip_listen 127.0.0.1:0\nmodule_path {modules}\nmodule_app account.so\n")
        with open(os.path.join(self.dir, "accounts"), "w") as f:
            for extension, password in accounts:
                where = (f'pbx.test>;outbound="sip:{practice.address}"' if proxied
                         else f"{practice.address}>")
                f.write(f"<sip:{extension}@{where};auth_pass={password};regint=60\n")
        self.log = open(os.path.join(self.dir, "log"), "w+")

    def __enter__(self):
        self.process = subprocess.Popen(["baresip", "-f", self.dir], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=subprocess.STDOUT)
        return self

    def __exit__(self, *_):
        stop(self.process)
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def says(self):
        """What it has printed so far."""
        with open(self.log.name) as f:
            return f.read()
