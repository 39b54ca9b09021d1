"""The programs that bench/run measures, each run once: the stub registrar, ours against it, and those
of others. A row is what one of them has measured: a dict with its name."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import kamailio

HERE = pathlib.Path(__file__).resolve().parent
STEP_S = 60     # nothing that is measured takes longer, but for the most lines
PACKAGES = {"sipp": "sip-tester", "kamailio": "kamailio", "libre": "libre-dev", "sofia": "libsofia-sip-ua-dev"}
BUILT = ["libre", "sofia"]  # of them, clients that are built here
PROOF_LINES = 2000
PROOF_OTHERS = 100
ALGORITHMS = ["MD5", "SHA-256", "SHA-512-256"]
KINDS = ["first", "challenge", "second", "grant"]  # the messages of a registration


class Stub:
    """A stub registrar, for the length of a with block; then counts is what it has counted."""

    def __init__(self, folder, *options, program="bench_stub"):
        self.command = [folder / program, *options]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        self.address = "127.0.0.1:" + self.process.stdout.readline().strip()
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=STEP_S)
        self.counts = json.loads(out)


def version_of(package):
    """As Debian's package has it, without what Debian adds."""
    if not shutil.which("dpkg-query"):
        return "unknown"
    found = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True,
                           check=False).stdout
    return found.split(":")[-1].split("-")[0].split("+")[0] or "unknown"


def results_of(command, step_s=STEP_S):
    """Runs a program of ours. Returns its results by name."""
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=step_s)
    if run.returncode:
        sys.exit(f"{command[0]} failed ({run.returncode}): {run.stderr.strip()}")
    if "sent again" in run.stderr:
        print("note:", run.stderr.strip(), file=sys.stderr)
    return {row["name"]: row for row in map(json.loads, run.stdout.splitlines())}


class Certificate:
    """A certificate of 127.0.0.1's own and its key, where there is a program that makes one."""

    def __init__(self, folder):
        self.cert, self.key = f"{folder}/cert.pem", f"{folder}/key.pem"
        self.missing = not shutil.which("openssl")
        if not self.missing:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                            "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=bench",
                            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.key,
                            "-out", self.cert], check=True, capture_output=True, timeout=STEP_S)

    def ways(self):
        """What the stub and lineup are told, by the way."""
        ways = {"tcp": ([], ["--tcp"])}
        if not self.missing:
            ways["tls"] = ([self.cert, self.key], ["--tls", self.cert])
        return ways


class Others:
    """SIPp, Kamailio and the small clients on other stacks, those that are here: each proven first, and
    the mean sizes of its messages noted meanwhile. A client that sent nonsense would be quick, too."""

    def __init__(self, folder, window):
        self.folder, self.window = folder, window
        self.failures, self.sizes, self.names, self.versions = [], {}, [], {}
        missing = {"sipp": None if shutil.which("sipp") else f"not installed (Debian: {PACKAGES['sipp']})",
                   "kamailio": kamailio.missing()}
        for name in BUILT:
            missing[name] = (None if (folder / f"bench_{name}").exists() else
                             f"not installed when this was built (Debian: {PACKAGES[name]})")
        for name, why in missing.items():
            if why:
                print(f"{name} is left out: {why}")
            else:
                self.prove(name)

    def failed(self, what):
        """Says so and goes on: it is in the report, and in the exit status. Returns no rows."""
        print("failed:", what, file=sys.stderr)
        self.failures.append(what)
        return {}

    def prove(self, name):
        with Stub(self.folder, "--verify") as stub:
            self.measure(name, stub, PROOF_OTHERS)
        if stub.counts["wrong"] or stub.counts["granted"] < PROOF_OTHERS:
            self.failed(f"{name}: its answers were not accepted: {stub.counts}")
            return
        self.names.append(name)
        self.versions[name] = version_of(PACKAGES[name])
        self.sizes[name] = [stub.counts["sizes"][kind] for kind in KINDS]

    def measure(self, name, stub, count):
        if name == "sipp":
            return self.measure_sipp(stub, count)
        if name == "kamailio":
            row = kamailio.measure(stub.process, stub.address, count)
            return {name: row} if row else self.failed("Kamailio has not come to its end in a round")
        return results_of([self.folder / f"bench_{name}", stub.address, count, self.window])

    def measure_sipp(self, stub, count):
        """Starting it is not what is measured: a run of one registration is taken off."""
        start, whole = sipp(stub.address, 1, self.window), sipp(stub.address, count + 1, self.window)
        if start is None or whole is None:
            return self.failed("SIPp has failed in a round")
        user, system = ((after - before) * 1e6 / count for before, after in zip(start, whole))
        return {"sipp": {"name": "sipp", "registrations": count, "cpu_us": user + system, "user_us": user,
                         "system_us": system}}


def sipp(address, count, window):
    """CPU seconds, user and system, of a whole run of SIPp; None where it has failed."""
    cpu = min(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        users = pathlib.Path(folder) / "users.csv"
        logins = {user: kamailio.login_of(user) for user in range(1000000, 1000000 + count)}
        users.write_text("SEQUENTIAL\n" + "".join(
            f"{user};[authentication username={auth_user} password={password}]\n"
            for user, (auth_user, password) in logins.items()))
        process = subprocess.Popen(
            ["sipp", address, "-sf", HERE / "register.xml", "-inf", users, "-i", "127.0.0.1", "-p",
             str(kamailio.free_port()), "-m", str(count), "-l", str(window), "-r", "1000000", "-nostdin", "-timeout",
             f"{STEP_S}s"], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return None if process.returncode else (usage.ru_utime, usage.ru_stime)


def prove_lineup(folder, certificate):
    """Each answer of a run is verified, with each algorithm and over each way."""
    runs = [(algorithm, "bench_stub", ["--algorithm", algorithm], []) for algorithm in ALGORITHMS]
    runs += [(way, "bench_stream", files, options)
             for way, (files, options) in certificate.ways().items()]
    for what, program, stub_options, options in runs:
        with Stub(folder, "--verify", *stub_options, program=program) as stub:
            results_of([folder / "bench_lineup", *options, stub.address, PROOF_LINES])
        counts = stub.counts
        if counts["wrong"] or counts["granted"] < PROOF_LINES or counts["challenged"] < PROOF_LINES:
            sys.exit(f"the stub did not accept lineup's answers ({what}): {counts}")


class Messages:
    """The messages of one registration of lineup's, in files: what the floor sends."""

    def __init__(self, folder, stub, path, *options):
        results_of([folder / "bench_lineup", *options, "--record", path, stub.address])
        self.first, self.second = f"{path}.1", f"{path}.3"
        self.sizes = [os.path.getsize(f"{path}.{i}") for i in range(1, 5)]
