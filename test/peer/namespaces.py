"""Networks of a test's own: namespaces with veth pairs between them, made by root and gone with the test."""
import os
import subprocess
import sys
import tempfile

from peer import need

IP = need("ip")
NFT = need("nft")
SYSCTL = need("sysctl")


def ip(*arguments):
    done = subprocess.run([IP, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


def inside(namespace, *command, **more):
    return subprocess.run([IP, "netns", "exec", namespace, *command], check=True, capture_output=True,
                          text=True, **more)


# All that the tests do in one: a device there, a NAT, a setting.
PROBES = (("a device", [IP, "link", "add", "v0", "type", "veth", "peer", "name", "v1"]),
          ("nftables", [NFT, "add table ip t; add chain ip t c { type nat hook postrouting priority 100; };"
                             " add rule ip t c masquerade"]),
          ("a setting", [SYSCTL, "-qw", "net.ipv4.ip_forward=1"]),
          ("the state of connections", [SYSCTL, "-qw", "net.netfilter.nf_conntrack_udp_timeout=30"]))


def obstacle():
    """What keeps this machine from making networks of a test's own; None: nothing."""
    name = f"lu{os.getpid() % 100000}x"
    if os.geteuid() != 0:
        return "namespaces need root"
    done = subprocess.run([IP, "netns", "add", name], capture_output=True, text=True)
    if done.returncode:
        return f"no namespaces here: {done.stderr.strip()}"
    try:
        for what, command in PROBES:
            done = subprocess.run([IP, "netns", "exec", name, *command], capture_output=True, text=True)
            if done.returncode:
                return f"a namespace may not have {what} here: {done.stderr.strip()}"
    finally:
        ip("netns", "del", name)
    return None


def skip_without_namespaces():
    """Ends the test as skipped (ctest: 77) where this machine allows none, and says why; that is no
    failure anywhere, since nothing that could be installed would help."""
    why = obstacle()
    if why:
        print(f"skipped: {why}", flush=True)
        sys.exit(77)


class Namespaces:
    """Namespaces by the letters that tell them apart, a program that is started in any of them by a
    wrapper, since what it is called by is one word. links: (of, its device, of, its device)."""

    def __init__(self, binary, letters, links):
        self.binary = binary
        self.names = {letter: f"lu{os.getpid() % 100000}{letter}" for letter in letters}
        self.links = links

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="lineup-netns-")
        try:
            for name in self.names.values():
                ip("netns", "add", name)
                ip("-n", name, "link", "set", "lo", "up")
            for link in self.links:
                self.connect(*link)
            self.prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in self.names.values():
            subprocess.run([IP, "netns", "del", name], capture_output=True)
        self.folder.cleanup()

    def prepare(self):
        """Addresses and routes, for who has some."""

    def connect(self, one, left, other, right):
        ip("link", "add", left, "netns", self.names[one], "type", "veth", "peer", "name", right,
           "netns", self.names[other])

    def ip(self, letter, *arguments):
        return ip("-n", self.names[letter], *arguments)

    def set_up(self, letter, device, *addresses):
        """With these addresses, which are there at once: nobody else can have one."""
        for address in addresses:
            more = ["nodad"] if ":" in address else []
            self.ip(letter, "addr", "add", address, "dev", device, *more)
        self.ip(letter, "link", "set", device, "up")

    def sysctl(self, letter, *settings):
        inside(self.names[letter], SYSCTL, "-qw", *settings)

    def program(self, letter):
        """What starts the program there."""
        path = os.path.join(self.folder.name, letter)
        if not os.path.exists(path):
            with open(path, "w") as f:
                f.write(f'#!/bin/sh\nexec {IP} netns exec {self.names[letter]} {self.binary} "$@"\n')
            os.chmod(path, 0o700)
        return path
