#!/usr/bin/env python3
"""/etc/resolv.conf while `lineup serve` runs: a VPN comes up, and with it another name server, which knows
the name at another address. What the old one said for a day is not waited for. In namespaces of its own for
the network (port 53) and for the file; needs root, else it is skipped. Usage: PROGRAM LINEUP"""
import os
import subprocess
import sys
import tempfile

from daemon import Daemon
from daemon_names import NameServer
from namespaces import ip, skip_without_namespaces
from peer import need, run, until
from practice import Practice

BINARY = os.path.abspath(sys.argv[1])
INSIDE = "LINEUP_TEST_INSIDE"
SETTINGS = """general: {default-server: pbx.studio.test}
studios:
  - name: A
    lines:
      - {extension: '1001', password: practice}
"""


def enter():
    """This program again, where the network and the mounts are its own."""
    skip_without_namespaces()
    if not os.path.isfile("/etc/resolv.conf"):
        print("skipped: there is no /etc/resolv.conf")
        sys.exit(77)
    unshare = need("unshare")
    os.execve(unshare, [unshare, "--net", "--mount", sys.executable, *sys.argv], dict(os.environ, **{INSIDE: "1"}))


def write(path, server):
    """As a DHCP client does that may not replace the file."""
    with open(path, "w") as conf:
        conf.write(f"nameserver {server}\n")


def grants(practice):
    return [kind for kind in practice.kinds() if kind in ("registered", "refreshed")]


def another_name_server_is_asked_at_once():
    with tempfile.TemporaryDirectory(prefix="lineup-resolv-") as folder:
        conf = os.path.join(folder, "resolv.conf")
        write(conf, "127.0.0.1")
        subprocess.run([need("mount"), "--bind", conf, "/etc/resolv.conf"], check=True)
        ip("link", "set", "lo", "up")
        with Practice(BINARY, listen="127.0.0.11:5060") as office, \
                Practice(BINARY, listen="127.0.0.12:5060") as tunnel, \
                NameServer("pbx.studio.test", "127.0.0.1", 53, "127.0.0.11", 86400), \
                NameServer("pbx.studio.test", "127.0.0.2", 53, "127.0.0.12", 86400) as other, \
                Daemon(BINARY) as daemon:
            assert daemon.apply(SETTINGS).returncode == 0
            until(lambda: grants(office), "the line is registered where the first name server says")
            assert not other.asked and not grants(tunnel)
            write(conf, "127.0.0.2")
            ip("addr", "add", "10.97.1.1/32", "dev", "lo")  # the tunnel's
            until(lambda: grants(tunnel), "the line is registered where the second one says", 20)
            assert other.asked
            assert "pbx.studio.test is at another address now, DNS says: its lines register there" in \
                daemon.log(), daemon.log()


if __name__ == "__main__":
    if INSIDE not in os.environ:
        enter()
    run([another_name_server_is_asked_at_once])
