#!/usr/bin/env python3
"""`lineup serve` at Kamailio: 50 lines in 3 studios, edited, removed, stopped and started again; what
the server has is what the daemon says. Usage: PROGRAM LINEUP"""
import os
import signal
import sys

from daemon import Daemon
from peer import Kamailio, run, until

BINARY = sys.argv[1]
STUDIOS = {"Studio 1": range(1101, 1121), "Studio 2": range(1201, 1216), "Studio 3": range(1301, 1316)}
USERS = {str(user): f"geheim-{user * 7919}" for users in STUDIOS.values() for user in users}


def settings(port, studios=tuple(STUDIOS), on_stop="remove", wrong=()):
    """studio.yaml of these studios."""
    text = f"general:\n  default-server: 127.0.0.1:{port}\n  on-stop: {on_stop}\n  shards: 2\nstudios:\n"
    for studio in studios:
        text += f"  - name: {studio}\n    lines:\n"
        for user in map(str, STUDIOS[studio]):
            password = "not-" + USERS[user] if user in wrong else USERS[user]
            text += f'      - extension: "{user}"\n        password: {password}\n'
    return text


def all_up(daemon, kamailio, count=50):
    def are_up():
        return daemon.run("status").returncode == 0 and len(kamailio.bindings()) == count
    until(are_up, f"all {count} lines are up")
    bindings = kamailio.bindings()
    assert all(len(of) == 1 for of in bindings.values()), bindings
    return bindings


def fifty_lines_are_edited_and_removed_alone():
    with Kamailio(users=USERS) as kamailio, Daemon(BINARY) as daemon:
        first = daemon.apply(settings(kamailio.port))
        assert first.returncode == 0, (first.stdout, first.stderr)
        before = all_up(daemon, kamailio)
        assert set(before) == set(USERS)

        again = daemon.apply(settings(kamailio.port))
        assert again.returncode == 0 and "nothing to change" in again.stdout, again.stdout
        assert kamailio.bindings() == before

        one_wrong(daemon, kamailio, before)
        mended(daemon, kamailio, before)
        studio_removed(daemon, kamailio)

        daemon.good("line unregister", "Studio 1/1")
        until(lambda: "1101" not in kamailio.bindings(), "a line is taken down by hand")
        assert daemon.run("status").returncode == 1
        daemon.good("line register", "1101@127.0.0.1")
        all_up(daemon, kamailio, 35)

        assert daemon.end(signal.SIGTERM) == 0, daemon.log()
        assert kamailio.bindings() == {}


def one_wrong(daemon, kamailio, before):
    done = daemon.apply(settings(kamailio.port, wrong=["1205"]))
    assert done.returncode == 0 and "1 change: 1 to change." in done.stdout, done.stdout
    line = until(lambda: [line for line in daemon.lines().values() if line["cause"]], "it goes down")
    assert [l["extension"] for l in line] == ["1205"], line
    assert line[0]["cause"]["id"] == "auth-refused" and line[0]["status"] == 401, line
    shown = daemon.run("status")
    assert shown.returncode == 1 and "Studio 2: 14 of 15 lines registered" in shown.stdout, shown.stdout
    assert "401 auth-refused" in shown.stdout, shown.stdout
    assert "What to do" in daemon.good("line show", "Studio 2/5")
    # All others have sent nothing.
    after = kamailio.bindings()
    assert after.pop("1205", []) == [] and after == {u: b for u, b in before.items() if u != "1205"}


def mended(daemon, kamailio, before):
    done = daemon.apply(settings(kamailio.port))
    assert done.returncode == 0, done.stderr
    until(lambda: daemon.run("status").returncode == 0, "it is up again", 10)
    after = kamailio.bindings()
    # An edit of what is sent starts the line afresh, and it alone.
    assert after.pop("1205")[0][0] != before["1205"][0][0]
    assert after == {u: b for u, b in before.items() if u != "1205"}


def studio_removed(daemon, kamailio):
    done = daemon.apply(settings(kamailio.port, studios=["Studio 1", "Studio 3"]))
    assert done.returncode == 0 and "to remove." in done.stdout, done.stdout
    until(lambda: len(kamailio.bindings()) == 35, "the bindings of the studio are gone", 10)
    assert not set(kamailio.bindings()) & {str(user) for user in STUDIOS["Studio 2"]}
    daemon.refused(1, "there is no studio \"Studio 2\"", "status", "Studio 2")


def kept_registrations_are_gone_on_with():
    with Kamailio(users=USERS) as kamailio, Daemon(BINARY) as daemon:
        assert daemon.apply(settings(kamailio.port, on_stop="keep")).returncode == 0
        before = all_up(daemon, kamailio)
        contacts = sorted(kamailio.contacts())
        assert daemon.end(signal.SIGTERM) == 0
        assert kamailio.bindings() == before
        daemon.start()
        after = until(lambda: grown(before, kamailio.bindings()), "each line has refreshed its binding")
        assert sorted(kamailio.contacts()) == contacts
        all_up(daemon, kamailio)
        # A kill is no different, but that the CSeq leaps over what was reserved.
        daemon.end(signal.SIGKILL)
        daemon.start()
        until(lambda: grown(after, kamailio.bindings()), "each line goes on after a kill")
        assert sorted(kamailio.contacts()) == contacts


def grown(before, after):
    """The bindings, where each has the same Call-ID and a higher CSeq."""
    assert {user: of[0][0] for user, of in after.items()} == {user: of[0][0] for user, of in before.items()}
    assert all(len(of) == 1 for of in after.values()), after
    return after if all(after[user][0][1] > of[0][1] for user, of in before.items()) else None


def no_password_is_found_anywhere():
    with Kamailio(users=USERS) as kamailio, \
            Daemon(BINARY, "--http", "off", "--log-level", "debug") as daemon:
        os.mkdir(os.path.join(daemon.dir, "pw"))
        with open(os.path.join(daemon.dir, "pw", "1101"), "w") as f:
            f.write(USERS["1101"] + "\n")
        text = settings(kamailio.port, wrong=["1310"]).replace(
            f"password: {USERS['1101']}\n", "password-file: pw/1101\n")
        assert "password-file" in text
        done = daemon.apply(text)
        assert done.returncode == 0, done.stderr
        until(lambda: len(kamailio.bindings()) == 49, "all but one are up")
        added = daemon.run("line add", "Studio 4", f"1310@127.0.0.1:{kamailio.port}", password=USERS["1310"])
        assert added.returncode == 0, added.stderr

        said = done.stdout + done.stderr + added.stdout + added.stderr + daemon.good("export")
        said += daemon.good("log", "-n", "65536") + daemon.run("status", "--json").stdout
        said += daemon.good("line show", "--json", "Studio 1/1") + daemon.good("server list", "--json")
        for path in ["lines?limit=10000", "studios", "servers", "general", "status", "audit", "lines/1",
                     "lines/1/steps", "lines/1/history", "log", "export", "tokens", "logins"]:
            said += daemon.get(f"/api/v1/{path}")
        assert "geheim" not in said, said[said.index("geheim") - 200:][:300]

        pid = daemon.process.pid
        places = [f"/proc/{pid}/cmdline", f"/proc/{pid}/environ", daemon.log_path]
        for folder, _, names in os.walk(daemon.state):
            places += [os.path.join(folder, name) for name in names if name != "socket"]
        assert any(place.endswith("lineup.db-wal") for place in places), places
        for place in places:
            with open(place, "rb") as f:
                assert b"geheim" not in f.read(), place
        with open(f"/proc/{pid}/limits") as f:  # no core file either
            assert [line.split()[4:6] for line in f if line.startswith("Max core file size")] == [["0", "0"]]
        assert daemon.end(signal.SIGTERM) == 0
        assert b"geheim" not in open(os.path.join(daemon.state, "lineup.db"), "rb").read()


run([fifty_lines_are_edited_and_removed_alone, kept_registrations_are_gone_on_with,
     no_password_is_found_anywhere])
