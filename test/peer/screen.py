"""A program on a terminal of its own, and what it has drawn there."""
import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

from peer import stop, until


class Screen:
    """A program on a terminal of its own, 80 by 20: what it has drawn since it was last looked at."""

    def __init__(self, *words, env):
        self.fd, there = pty.openpty()
        fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 80, 0, 0))
        self.process = subprocess.Popen(words, stdin=there, stdout=there, stderr=there,
                                        env=dict(env, TERM="vt100"), start_new_session=True)
        os.close(there)
        os.set_blocking(self.fd, False)
        self.drawn = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        stop(self.process)
        os.close(self.fd)

    def press(self, keys):
        self.drawn = ""
        # Ctrl-L has all of it drawn anew, not the difference alone.
        os.write(self.fd, (keys + "\f").encode())

    def shows(self, text):
        with contextlib.suppress(BlockingIOError, OSError):
            while True:
                got = os.read(self.fd, 65536)
                if not got:
                    break
                self.drawn += got.decode(errors="replace")
        plain = re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>78M])|[\x0e\x0f]", "", self.drawn)
        return text in plain

    def wait(self, text):
        until(lambda: self.shows(text), f"{text!r} is drawn", 15)

    def comes_to_show(self, text):
        """What changes by itself is drawn in pieces, so it is drawn anew until it is there."""
        def look():
            self.press("")
            with contextlib.suppress(AssertionError):
                return until(lambda: self.shows(text), text, 0.5)
        until(look, f"{text!r} is drawn", 15)
