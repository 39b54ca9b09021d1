"""Kamailio's uac module as a client, for bench/run: so many lines out of a table in a file, told to
register all at once, and the CPU time that all of its processes take until the stub has granted
them. Its start, the reading of the table included, is not what is measured. It has no window: all of
them are sent at once, so that its first retransmission is set to 4 s."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TABLES = pathlib.Path("/usr/share/kamailio/dbtext/kamailio")
START_S = 20
WORK_S = 60
LOOK_S = 0.1
SHARED_MB, PRIVATE_MB, SOCKET_BYTES = "512", "64", "4194304"
QUIET_LOOKS = 5  # without another grant, after which it has come to its end

CONFIG = """#!KAMAILIO
listen=udp:127.0.0.1:{port}
children=1
disable_tcp=yes
auto_aliases=no
loadmodule "tm.so"
loadmodule "pv.so"
loadmodule "db_text.so"
loadmodule "ctl.so"
loadmodule "uac.so"
modparam("tm", "retr_timer1", 4000)
modparam("tm", "retr_timer2", 4000)
modparam("uac", "reg_hash_size", 14)
modparam("uac", "reg_retry_interval", 60)
modparam("ctl", "binrpc", "unix:{folder}/ctl")
modparam("uac", "restore_mode", "none")
modparam("uac", "reg_db_url", "text://{folder}")
modparam("uac", "reg_contact_addr", "127.0.0.1:{port}")
modparam("uac", "reg_timer_interval", 1)
modparam("uac", "reg_active", 0)
request_route {{ exit; }}
"""


def missing():
    """Why it cannot be measured here, or None."""
    if not shutil.which("kamailio") or not shutil.which("kamcmd"):
        return "not installed (Debian: kamailio)"
    if not (TABLES / "uacreg").exists():
        return "its tables are not where Debian has them"
    return None


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def login_of(user):
    """What the line of a user logs in with; as in measure.c."""
    return f"phone-{user}-studio", f"secret-of-{user}"


def write_files(folder, address, count):
    host, server_port = address.split(":")
    proxy = f"sip\\:{host}\\:{server_port}"
    # An empty text counts as none, which Debian's table does not allow.
    head = (TABLES / "uacreg").read_text().splitlines()[0].replace("(string)", "(string,null)")
    names = [column.split("(")[0] for column in head.split()]
    with open(folder / "uacreg", "w") as table:
        print(head, file=table)
        for i in range(count):
            user = str(1000000 + i)
            auth_user, password = login_of(user)
            row = {"id": i + 1, "l_uuid": user, "l_username": user, "l_domain": host,
                   "r_username": user, "r_domain": host, "realm": "bench", "auth_username": auth_user,
                   "auth_password": password, "auth_proxy": proxy, "expires": 3600, "flags": 0,
                   "reg_delay": 0}
            print(":".join(str(row.get(name, "")) for name in names), file=table)
    shutil.copy(TABLES / "version", folder / "version")
    (folder / "kamailio.cfg").write_text(CONFIG.format(port=free_port(), folder=folder))


def cpu_us(session):
    """What all processes of a session have used up to now."""
    total = 0
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if int((entry / "stat").read_text().rsplit(")", 1)[1].split()[3]) == session:
                total += int((entry / "schedstat").read_text().split()[0])
        except (OSError, IndexError):
            pass  # it has ended
    return total / 1e3


def tell(folder, *words):
    return subprocess.run(["kamcmd", "-s", f"unix:{folder}/ctl", *words], capture_output=True,
                          timeout=START_S).returncode == 0


def granted(stub):
    stub.send_signal(signal.SIGUSR1)
    return json.loads(stub.stdout.readline())["granted"]


def wait_for(stub, goal):
    """Returns whether so many were granted, once no more come."""
    seen, quiet = granted(stub), 0
    until = time.monotonic() + WORK_S
    while time.monotonic() < until and (seen < goal or quiet < QUIET_LOOKS):
        time.sleep(LOOK_S)
        now = granted(stub)
        quiet = quiet + 1 if now == seen else 0
        seen = now
    return seen >= goal


def measure(stub, address, count):
    """stub: its process. Returns the row, or None where it did not come to its end."""
    cpu = min(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_files(folder, address, count)
        process = subprocess.Popen(
            ["kamailio", "-DD", "-E", "-m", SHARED_MB, "-M", PRIVATE_MB, "-b", SOCKET_BYTES,
             "-Y", folder, "-P", folder / "pid", "-f", folder / "kamailio.cfg"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
        try:
            until = time.monotonic() + START_S
            while not tell(folder, "core.uptime"):
                if process.poll() is not None or time.monotonic() > until:
                    return None
                time.sleep(LOOK_S)
            goal, start = granted(stub) + count, cpu_us(process.pid)
            if not tell(folder, "uac.reg_active", "1") or not wait_for(stub, goal):
                return None
            used = cpu_us(process.pid) - start
        finally:
            process.terminate()
            try:
                process.wait(timeout=START_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    again = granted(stub) - goal
    if again:
        print(f"note: Kamailio registered {again} of {count} lines twice", file=sys.stderr)
    return {"name": "kamailio", "registrations": count, "cpu_us": used / count}
