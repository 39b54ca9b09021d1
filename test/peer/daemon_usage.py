#!/usr/bin/env python3
"""`lineup serve` and the commands that talk to it, at the practice registrar: what they say, their exit
statuses, signals, and the service manager's protocol. Usage: PROGRAM LINEUP"""
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading

from daemon import Daemon
from peer import run, stop, until
from screen import Screen

BINARY = sys.argv[1]


@contextlib.contextmanager
def practice(*options):
    """The registrar of `lineup practice`: its port."""
    process = subprocess.Popen([BINARY, "practice", "-l", "127.0.0.1:0", "--json", *options],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        first = process.stdout.readline()
        assert first, process.stderr.read()
        process.port = int(json.loads(first)["address"].rpartition(":")[2])
        yield process
    finally:
        stop(process)
        process.stdout.close()
        process.stderr.close()


def settings(port, *lines):
    text = f"general: {{default-server: '127.0.0.1:{port}'}}\nstudios:\n  - name: Studio 1\n    lines:\n"
    return text + "".join(f"      - {{extension: '{line}', password: practice}}\n" for line in lines)


def nobody_is_there_to_ask():
    with tempfile.TemporaryDirectory() as folder:
        for words in [["status"], ["log"], ["line", "rm", "A/1"], ["export"], ["server", "list"],
                      ["login", "list"]]:
            done = subprocess.run([BINARY, *words, "--state", folder], capture_output=True, text=True,
                                  timeout=20)
            assert done.returncode == 3 and done.stdout == "", (words, done)
            assert f"no daemon runs here (socket {folder}/socket): start one with lineup serve" in \
                done.stderr, done.stderr


def it_starts_with_no_settings_and_says_where():
    with Daemon(BINARY, "--http", "127.0.0.1:0") as daemon:
        assert daemon.run("status").returncode == 0
        found = re.search(r"Listening at (http://127\.0\.0\.1:\d+)\n", daemon.log())
        assert found and f"{found[1]}/#setup=" in daemon.log(), daemon.log()
        assert os.stat(daemon.state).st_mode & 0o777 == 0o700
        daemon.good("login add", "anna", password="longpassword")
        assert daemon.good("login list") == "admin     anna\n"
        daemon.refused(1, "last login", "login rm", "anna")
        assert daemon.end(signal.SIGINT) == 0
        before = len(daemon.log())
        daemon.start()
        assert "#setup=" not in daemon.log()[before:]


def a_second_one_is_refused():
    with Daemon(BINARY) as daemon:
        done = subprocess.run([BINARY, "serve", "--state", daemon.state, "--http", "off"],
                              capture_output=True, text=True, timeout=20)
        assert done.returncode == 1, done
        assert f"process {daemon.process.pid} is already using the store" in done.stderr, done.stderr
        assert daemon.run("status").returncode == 0
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            done = subprocess.run([BINARY, "serve", "--state", daemon.dir + "/other", "--http", address],
                                  capture_output=True, text=True, timeout=20)
            assert done.returncode == 1 and f"{address} is in use" in done.stderr, done


def a_damaged_store_is_set_aside_and_said():
    with Daemon(BINARY) as daemon:
        daemon.good("line add", "Studio 1", "1001@pbx.example", "--register", "no", password="x")
        assert daemon.end(signal.SIGTERM) == 0
        store = os.path.join(daemon.state, "lineup.db")
        with open(store, "r+b") as f:
            damaged = bytearray(f.read())
            for at in range(4096, len(damaged), 997):
                damaged[at] ^= 0xff
            f.seek(0)
            f.write(damaged)
        before = len(daemon.log())
        daemon.start()
        said = daemon.log()[before:]
        found = re.search(rf"{re.escape(store)} was damaged: it was set aside as (\S+),", said)
        assert found, said
        with open(found[1], "rb") as f:
            assert f.read() == damaged
        assert daemon.status()["lines"] == []
        assert "was damaged" in daemon.good("log"), "who comes later is told, too"


def the_key_may_be_a_credential_of_the_service_manager():
    with tempfile.TemporaryDirectory() as folder:
        key = os.path.join(folder, "lineup.key")
        with open(os.open(key, os.O_WRONLY | os.O_CREAT, 0o400), "wb") as f:
            f.write(os.urandom(32))
        with practice() as registrar, Daemon(BINARY, env={"CREDENTIALS_DIRECTORY": folder}) as daemon:
            assert daemon.apply(settings(registrar.port, "1001")).returncode == 0
            until(lambda: daemon.run("status").returncode == 0, "it is up")
            assert daemon.end(signal.SIGTERM) == 0
            assert not os.path.exists(os.path.join(daemon.state, "key"))
            daemon.start()
            until(lambda: daemon.run("status").returncode == 0, "its password was opened")
            assert daemon.end(signal.SIGTERM) == 0
            # Without the credential nothing is changed, nor another key made.
            os.unlink(key)
            daemon.launch()
            until(lambda: daemon.process.poll() is not None, "it is refused")
            assert daemon.process.returncode == 1 and "key is missing" in daemon.log(), daemon.log()
            assert not os.path.exists(os.path.join(daemon.state, "key"))


def bad_options_are_named():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        for status, options, says in [
                (2, ["--http", "off", "--http", "127.0.0.1:0"], "exclude"),
                (2, ["--http", "nowhere"], '--http "nowhere" is no address to listen at'),
                (2, ["--http", "127.0.0.1:0", "--http", "127.0.0.1"], '--http "127.0.0.1" is no address'),
                (2, ["--http-host", "bad host"], 'server "bad host" has a blank'),
                (2, ["--http-host", "studio.example:80"], "a name without a port is wanted"),
                (2, ["--log-format", "xml"], "none of"), (2, ["--state", ""], "empty"),
                (2, ["--state", "/tmp/" + "x" * 2000], "longer"),
                (1, ["--state", folder], "open to other users"),
                (1, ["--state", "/dev/null"], "no folder"),
                (1, ["--state", "/dev/null/x"], "Not a directory")]:
            if "--state" not in options:
                options = ["--state", os.path.join(folder, "state"), *options]
            done = subprocess.run([BINARY, "serve", *options], capture_output=True, text=True, timeout=20)
            assert done.returncode == status and says in done.stderr, (options, done)


def faults_are_told_all_at_once_and_nothing_is_done():
    with Daemon(BINARY) as daemon:
        done = daemon.apply("servers:\n  - domain: pbx.example\n    expires: 12x\nstudios:\n"
                            "  - name: A\n    lines:\n      - extension: '1004 '\n"
                            "        auth-usr: x\n        password-file: nowhere\n")
        path = os.path.join(daemon.dir, "studio.yaml")
        assert done.returncode == 2 and done.stdout == "", done
        assert done.stderr.splitlines() == [
            f'{path}:3:14: expires: "12x" is not a number of seconds from 1 to 86400',
            f'{path}:7:20: extension "1004 " ends in a blank',
            f'{path}:8:9: unknown key "auth-usr"; did you mean "auth-user"?',
            f'{path}:9:24: password-file "nowhere" cannot be read: No such file or directory',
            "4 faults; nothing was changed."], done.stderr
        sheet = "Studio,Extension,Register\nA,10 02,yes\nA,1003,perhaps\n"
        done = daemon.run("import", "--yes", "-", text=sheet)
        assert done.returncode == 2 and done.stderr.splitlines() == [
            'standard input:2:2: extension "10 02" has a blank at its 3rd character',
            'standard input:3:3: register: "perhaps" is not yes or no',
            "2 faults; nothing was changed."], done.stderr
        assert daemon.status()["lines"] == []
        assert daemon.run("apply", "/no/such/file").returncode == 2


def a_backup_comes_back_with_its_passphrase_alone():
    with practice() as registrar, Daemon(BINARY) as daemon:
        address = f"127.0.0.1:{registrar.port}"
        daemon.good("line add", "Studio 1", f"1001@{address}", password="practice")
        daemon.good("line add", "Studio 1", f"1002@{address}")
        path, words = os.path.join(daemon.dir, "backup.yaml"), os.path.join(daemon.dir, "words")
        with open(words, "w") as f:
            f.write("correct horse\n")
        daemon.refused(2, "use --password-file, or --no-passwords", "backup", path)
        daemon.refused(1, "8 to 1024 bytes", "backup", path, password="short")
        assert not os.path.exists(path)
        daemon.good("backup", "--password-file", words, path)
        assert os.stat(path).st_mode & 0o777 == 0o600
        with open(path) as f:
            text = f.read()
        assert "practice" not in text and "# End of the passwords." in text, text
        assert daemon.good("backup", "--no-passwords", "-") == daemon.good("export") == text[:text.index(
            "# Passwords of Lineup")]
        daemon.refused(1, "cannot write", "backup", "--no-passwords", "/no/such/folder/file")

        daemon.good("line rm", "Studio 1/1")
        daemon.refused(2, "use --password-file", "restore", "--yes", path)
        daemon.refused(1, "not the passphrase of the backup", "restore", "--yes", path, password="wrong horse")
        shown = daemon.good("restore", "--dry-run", path, password="correct horse")
        assert "studio \"Studio 1\" line 1" in shown and "password set" in shown and "correct" not in shown, shown
        assert len(daemon.lines()) == 1
        daemon.refused(2, "--yes", "restore", path, password="correct horse")
        assert "Done." in daemon.good("restore", "--yes", "-p", words, path)
        until(lambda: daemon.lines().get("Studio 1/1", {}).get("state") == "REGISTERED",
              "its password has come back, too")
        assert "nothing to change" in daemon.good("restore", "--yes", path, password="correct horse")
        assert "nothing to change" in daemon.run("apply", path).stdout

        # what is no backup, or was changed since
        with open(path, "w") as f:
            f.write(text.replace("1002", "1003"))
        daemon.refused(1, "the file was changed", "restore", "--yes", path, password="correct horse")
        with open(path, "w") as f:
            f.write("studios: []\n")
        daemon.refused(2, "this is no backup", "restore", "--yes", path)
        daemon.refused(2, "cannot read", "restore", "--yes", path + "x")
        assert len(daemon.lines()) == 2


def nothing_is_changed_without_a_yes():
    with Daemon(BINARY) as daemon:
        text = settings(9, "1001")
        path = os.path.join(daemon.dir, "studio.yaml")
        with open(path, "w") as f:
            f.write(text)
        done = daemon.run("apply", "--dry-run", path)
        assert done.returncode == 0 and "4 changes: 3 to add, 1 to change." in done.stdout, done
        done = daemon.run("apply", path)
        assert done.returncode == 2 and "--yes" in done.stderr and "+ studio" in done.stdout, done
        for answer, status in [("n\n", 1), ("\n", 1), ("y\n", 0)]:
            assert daemon.status()["lines"] == []
            # script(1) gives it a terminal.
            done = subprocess.run(["script", "-qec", f"{BINARY} apply --state {daemon.state} {path}", "/dev/null"],
                                  input=answer, capture_output=True, text=True, timeout=20, env=daemon.env)
            assert done.returncode == status and "Make them? [y/N]" in done.stdout, (answer, done)
        assert len(daemon.status()["lines"]) == 1


def what_is_exported_applies_without_a_difference():
    with practice() as registrar, Daemon(BINARY) as daemon:
        assert daemon.apply(settings(registrar.port, "1001", "1002")).returncode == 0
        until(lambda: daemon.run("status").returncode == 0, "both are up")
        out = os.path.join(daemon.dir, "out.yaml")
        daemon.good("export", "--output", out)
        with open(out) as f:
            text = f.read()
        assert text == daemon.good("export") and "practice" not in text
        assert "nothing to change" in daemon.good("apply", "--yes", out)
        assert "nothing to change" in daemon.good("apply", "--yes", "-", text=text)
        assert daemon.good("apply", "--json", "--yes", out) and daemon.run("status").returncode == 0
        daemon.refused(1, "cannot write", "export", "--output", "/no/such/folder/file")


def a_sheet_adds_and_changes_lines():
    with practice() as registrar, Daemon(BINARY) as daemon:
        sheet = ("Studio;Extension;Auth Password;Server\r\n"
                 f"Küche;1001;practice;127.0.0.1:{registrar.port}\r\n"
                 f"Küche;1002;practice;127.0.0.1:{registrar.port}\r\n")
        assert "+ studio \"Küche\" line 2" in daemon.good("import", "--yes", "-", text=sheet)
        until(lambda: daemon.run("status", "Küche").returncode == 0, "both are up")
        assert "nothing to change" in daemon.good("import", "--yes", "-", text=sheet)
        assert set(daemon.lines()) == {"Küche/1", "Küche/2"}


def lines_are_named_added_changed_and_removed():
    with practice() as registrar, Daemon(BINARY) as daemon:
        server = f"127.0.0.1:{registrar.port}"
        said = daemon.good("line add", "Studio 1", f"1001@{server}", "--name", "Host", password="practice")
        assert said == f'Made the studio "Studio 1".\nAdded Studio 1/1.\n', said
        daemon.good("line add", "Studio 1/7", f"1002@{server}", password="wrong")
        up = until(lambda: [l for l in daemon.lines().values() if l["state"] == "REGISTERED"], "1001 is up")
        assert [line["name"] for line in up] == ["Host"]
        until(lambda: daemon.lines()["Studio 1/7"]["cause"], "1002 is refused")
        daemon.good("line set", "Studio 1/7", "--name", "Guest", "--password", password="practice")
        until(lambda: daemon.run("status").returncode == 0, "1002 is up")
        daemon.good("line set", "1002@127.0.0.1", "--register", "no")
        until(lambda: daemon.lines()["Studio 1/7"]["state"] == "IDLE", "1002 is off")
        shown = daemon.run("status")
        assert shown.returncode == 0 and "1 of 1 line registered, 1 off" in shown.stdout, shown
        assert f"Server {server}: 1 of 1 up (1 switched off), answers in" in shown.stdout, shown

        daemon.refused(1, "the number 7 is taken", "line add", "Studio 1/7", f"1003@{server}", password="x")
        daemon.refused(2, "blank", "line add", "Studio 1", "10 03", password="x")
        daemon.refused(2, "what shall be changed", "line set", "Studio 1/7")
        daemon.refused(2, "quote", "line set", "Studio 1/7", "--auth-user", 'a"b')
        daemon.refused(1, 'did you mean "Studio 1"', "line rm", "Stduio 1/7")
        daemon.refused(1, "has no line 8", "line rm", "Studio 1/8")
        daemon.refused(1, "there is no line 1009@127.0.0.1", "line rm", "1009@127.0.0.1")
        daemon.refused(2, "names no line. It is named by", "line rm", "Studio 1")
        daemon.refused(2, "names no line", "line rm", "")
        # An extension, or a line's name, is no line's name here; which line it is is said.
        daemon.refused(1, '"1002" names no line; did you mean Studio 1/7?', "line rm", "1002")
        daemon.refused(1, '"host" names no line; did you mean Studio 1/1?', "line show", "host")
        daemon.refused(2, "names no line", "line rm", "9999")
        # A studio that was made for a line that cannot be is not left behind.
        daemon.refused(1, "pbx.example", "line add", "Studio 2", "1003@a/b", password="x")
        assert json.loads(daemon.get("/api/v1/studios"))["total"] == 1

        said = noted(daemon, "line add", "Studio 2", f"1001@{server}", password="practice")
        assert said == ['extension 1001 at this server is line 1 of "Studio 1", too: one registration, with '
                        'the Auth User, Auth Password, Contact and Calls of that line'], said
        said = noted(daemon, "line set", "Studio 1/1", "--calls", "busy")
        assert said == ['extension 1001 at this server is line 1 of "Studio 2", too: one registration, with '
                        'the Auth User, Auth Password, Contact and Calls of this line'], said
        assert noted(daemon, "line set", "Studio 2/1", "--name", "Twin") == []
        until(lambda: daemon.lines()["Studio 2/1"]["follows"] == daemon.lines()["Studio 1/1"]["id"],
              "the second follows the first")
        assert daemon.lines()["Studio 1/1"]["follows"] is None
        assert "one registration with Studio 1/1, whose Auth User" in daemon.good("line show", "Studio 2/1")
        assert "one registration with Studio 2/1: it has the" in daemon.good("line show", "Studio 1/1")
        daemon.refused(1, "say which", "line rm", "1001@127.0.0.1")
        assert "shares one registration with Studio 1/1" in daemon.run("status").stdout
        daemon.good("line rm", "Studio 2/1")
        daemon.good("line rm", "Studio 1/1")
        assert set(daemon.lines()) == {"Studio 1/7"}


def noted(daemon, *words, **parts):
    """What a change that was made has remarks on."""
    done = daemon.run(*words, **parts)
    assert done.returncode == 0, (words, done)
    lines = done.stderr.splitlines()
    assert all(line.startswith("note: ") for line in lines), done.stderr
    return [line[len("note: "):] for line in lines]


def a_server_that_is_made_unasked_is_said():
    with Daemon(BINARY) as daemon:
        said = noted(daemon, "line add", "A", "1001", password="x")
        assert said == ["extension 1001 has no server, and there is no default server: it cannot register until it "
                        "has one"], said
        said = noted(daemon, "line set", "A/1", "--server", "sip.carrier.example")
        assert said == ['made the server "sip.carrier.example"'], said
        said = noted(daemon, "line set", "A/1", "--server", "sip.carier.example")
        assert said == ['made the server "sip.carier.example"; did you mean "sip.carrier.example"?'], said
        # A port that was typed once is not meant by who types none.
        daemon.good("line add", "A", "1002@127.0.0.1:5099", "--register", "no", password="x")
        daemon.good("line add", "A", "1003@127.0.0.1", "--register", "no", password="x")
        servers = {s["name"]: s["port"] for s in json.loads(daemon.get("/api/v1/servers"))["servers"]}
        assert servers["127.0.0.1:5099"] == 5099 and servers["127.0.0.1"] is None, servers


def a_server_without_a_name_is_called_as_it_was_typed():
    """Else its domain alone would mean its port, too."""
    with Daemon(BINARY) as daemon:
        assert 'Added the server "127.0.0.1:5099"' in daemon.good("server add", "127.0.0.1:5099")
        assert 'Added the server "[::1]:5099"' in daemon.good("server add", "[::1]:5099")
        assert 'Added the server "a.example"' in daemon.good("server add", "a.example")
        said = noted(daemon, "line add", "A", "1005@127.0.0.1", "--register", "no", password="x")
        assert 'made the server "127.0.0.1"' in said[0], said
        daemon.good("line add", "A", "1006@127.0.0.1:5099", "--register", "no", password="x")
        lines = {s["name"]: (s["port"], s["lines"]) for s in json.loads(daemon.get("/api/v1/servers"))["servers"]}
        assert lines == {"127.0.0.1": (None, 1), "127.0.0.1:5099": (5099, 1), "[::1]:5099": (5099, 0),
                         "a.example": (None, 0)}, lines


def what_would_not_do_is_said():
    with Daemon(BINARY) as daemon:
        daemon.refused(2, "set the transport to tls", "server add", "sips:pbx.example")
        daemon.refused(2, "the transport is a setting of its own", "server add", "sip:pbx.example;transport=tcp")
        daemon.refused(2, "set the transport to tls", "server add", "sips:pbx.example:5061")
        daemon.refused(2, "not udp behind sips:", "server add", "pbx.example", "--proxy",
                       "sips:edge.example;transport=udp")
        assert noted(daemon, "server add", "a.example", "--proxy", "sips:edge.example") == []
        assert "proxy: \"sip:edge.example;transport=tls\"" in daemon.good("export")
        said = ["the proxy says that it is reached over tls: transport tcp is not used"]
        assert noted(daemon, "server set", "a.example", "--transport", "tcp") == said
        assert noted(daemon, "server set", "a.example", "--proxy", "sip:edge.example;transport=tcp") == []
        daemon.good("server rm", "a.example")
        daemon.good("server add", "pbx.example", "--keepalive", "crlf")
        assert "keep-alive: crlf" in daemon.good("export")
        daemon.good("server set", "pbx.example", "--keep-alive", "stun")
        done = daemon.apply("servers: [{domain: pbx.example, keepalive: options}]\nstudios: []\n")
        assert done.returncode == 0 and "keep-alive: options" in daemon.good("export"), done
        said = noted(daemon, "line add", "A", "1001@pbx.example", "--calls", "sip:1001@pbx.example", password="x")
        assert said == ["calls of extension 1001 are sent on to its own address: they come back to it without "
                        "end"], said
        assert noted(daemon, "line set", "A/1", "--calls", "sip:1002@pbx.example") == []
        daemon.good("line set", "A/1", "--calls", "")
        loops = ["calls of extension 1001 are sent on to its own address: they come back to it without end"]
        assert noted(daemon, "server set", "pbx.example", "--calls", "sip:1001@pbx.example") == loops
        assert noted(daemon, "server set", "pbx.example", "--expires", "600") == []
        assert noted(daemon, "server set", "pbx.example", "--calls", "sip:1003@pbx.example") == []
        assert noted(daemon, "server set", "pbx.example", "--calls", "sip:1001@desk.example") == []
        daemon.good("line set", "A/1", "--calls", "busy")
        assert noted(daemon, "server set", "pbx.example", "--calls", "sip:1001@pbx.example") == []
        assert len(noted(daemon, "line set", "A/1", "--calls", "")) == 1


def a_profile_says_what_it_sets():
    with Daemon(BINARY) as daemon:
        said = noted(daemon, "server add", "sip.ringcentral.com", "--profile", "ringcentral")
        assert said[0] == "the profile ringcentral sets transport tls", said
        assert said[1].startswith("the proxy must be set: ") and len(said) == 2, said
        said = noted(daemon, "server set", "sip.ringcentral.com", "--profile", "ovh", "--expires", "600",
                     "--transport", "udp")
        assert said == [], said
        said = noted(daemon, "server set", "sip.ringcentral.com", "--profile", "flowroute")
        assert said == ["the profile flowroute sets expires 600, keep-alive options"], said
        daemon.refused(2, "profile", "server set", "sip.ringcentral.com", "--profile", "asterix")
        daemon.good("line add", "A", "1001@sip.ringcentral.com", "--register", "no", password="x")
        line = json.loads(daemon.get("/api/v1/lines"))["lines"][0]
        known = until(lambda: daemon.get(f"/api/v1/lines/{line['id']}/status"), "the line is known")
        assert json.loads(known)["profile"]["name"] == "flowroute", known
        assert noted(daemon, "server set", "sip.ringcentral.com", "--profile", "") == []
        known = daemon.get(f"/api/v1/lines/{line['id']}/status")
        assert json.loads(known)["profile"]["name"] == "ringcentral", known  # by its domain


def a_server_that_lines_use_stays():
    with Daemon(BINARY) as daemon:
        daemon.good("server add", "sip.carrier.example:5070", "--name", "Trunk", "--expires", "600")
        daemon.good("line add", "A", "1001@Trunk", "--register", "no", password="x")
        assert daemon.good("server list") == \
            "Trunk (sip.carrier.example:5070): 1 line, udp, asks for 600 s\n"
        daemon.refused(1, "1 line uses this server: give it another one first", "server rm", "Trunk")
        daemon.refused(2, "from 1 to 86400", "server set", "Trunk", "--expires", "0")
        daemon.good("server set", "Trunk", "--expires", "60", "--address", "127.0.0.1")
        assert daemon.good("server list") == "Trunk (127.0.0.1): 1 line, udp, asks for 60 s\n"
        daemon.good("line rm", "1001@Trunk")
        daemon.good("server rm", "Trunk")
        daemon.refused(1, "there is no server", "server rm", "Trunk")


def the_log_is_shown_and_followed():
    with practice() as registrar, Daemon(BINARY) as daemon:
        follow = subprocess.Popen([BINARY, "log", "--state", daemon.state, "-f", "-n", "50"],
                                  stdout=subprocess.PIPE)
        try:
            os.set_blocking(follow.stdout.fileno(), False)
            text = []
            assert daemon.apply(settings(registrar.port, "1001", "1002")).returncode == 0
            until(lambda: daemon.run("status").returncode == 0, "both are up")

            def followed():
                text.append(follow.stdout.read() or b"")
                return b"".join(text).count(b"recv REGISTER: 200 OK") == 2
            until(followed, "the log is followed")
        finally:
            stop(follow)
            follow.stdout.close()
        lines = daemon.good("log", "-l", "Studio 1/1").splitlines()
        assert [re.sub(r"^\S+  |0xa0*\d", "", line) for line in lines] == [
            "SIP: Ctx (nil) send REGISTER: sip:127.0.0.1", "SIP: Ctx  recv REGISTER: 401 Unauthorized",
            "SIP: Retrying REGISTER with updated authentication", "SIP: Ctx  recv REGISTER: 200 OK"], lines
        assert len(daemon.good("log", "-n", "3").splitlines()) == 3
        # Of several lines each says whose it is; and "lineup explain" reads it all the same.
        lines = [re.sub(r"^\S+  |0xa0*\d", "", line) for line in daemon.good("log").splitlines()]
        for number in (1, 2):
            assert f"Studio 1/{number}  SIP: Ctx  recv REGISTER: 200 OK" in lines, lines
        events = [json.loads(line) for line in daemon.good("log", "--json").splitlines()]
        assert {event["kind"] for event in events} == {"log"} and len(events) == 8, events
        daemon.refused(1, "there is no studio", "log", "-l", "Nowhere/1")


def files_of_a_server_that_are_not_there_are_remarked():
    with Daemon(BINARY) as daemon:
        for words in (["server add", "a.example", "--tls-ca", "/nonexistent"],
                      ["server set", "a.example", "--tls-ca", "/nonexistent"]):
            done = daemon.run(*words)
            assert done.returncode == 0 and 'note: tls-ca "/nonexistent" cannot be read now: No such file' in \
                done.stderr, done
        done = daemon.run("server set", "a.example", "--tls-ca", "")
        assert done.returncode == 0 and done.stderr == "", done
        done = daemon.apply("servers: [{domain: b.example, tls-ca: /nonexistent}]\nstudios: []\n")
        assert done.returncode == 0 and 'note: tls-ca "/nonexistent" cannot be read now' in \
            done.stdout + done.stderr, done


def the_messages_of_a_line_and_other_devices_are_told():
    with practice() as registrar, Daemon(BINARY) as daemon:
        address = f"127.0.0.1:{registrar.port}"
        daemon.good("line add", "A", f"1001@{address}", password="practice")
        daemon.good("line add", "A", f"12003@{address}", password="practice")
        until(lambda: daemon.run("status").returncode == 0, "both are up")
        lines = daemon.lines()
        path = f"/api/v1/lines/{lines['A/1']['id']}/steps"
        until(lambda: len(json.loads(daemon.get(path))["steps"]) == 4, "all four messages are told")
        steps = json.loads(daemon.get(path))["steps"]
        assert [step["message"].split()[:2] for step in steps] == [
            ["REGISTER", f"sip:{address}"], ["SIP/2.0", "401"], ["REGISTER", f"sip:{address}"],
            ["SIP/2.0", "200"]], steps
        assert "CSeq: 2 REGISTER" in steps[0]["message"] and 'realm="practice"' in steps[1]["message"], steps
        login = re.search(r"^Authorization: .*$", steps[2]["message"], re.M)[0]
        assert 'response="***"' in login and 'username="1001"' in login, login
        assert not re.search(r"[^\n -~]", "".join(step["message"] for step in steps)), steps

        def others(name):  # they are told some milliseconds after the state
            return json.loads(daemon.get(f"/api/v1/lines/{lines[name]['id']}/status"))["others"]
        found = until(lambda: others("A/2"), "the other device is told")
        assert len(found) == 1 and found[0].startswith("sip:12003@") and others("A/1") == [], found


def a_log_for_programs_is_all_of_one_kind():
    with practice() as registrar, \
            Daemon(BINARY, "--http", "127.0.0.1:0", "--log-format", "json") as daemon:
        assert daemon.apply(settings(registrar.port, "1001")).returncode == 0
        until(lambda: daemon.run("status").returncode == 0, "it is up")
        assert daemon.end(signal.SIGTERM) == 0
        events = [json.loads(line) for line in daemon.log().splitlines()]
        assert {"time", "level", "event"} <= set(events[0]), events[0]
        assert {"note", "send", "recv", "retry-auth"} <= {event["event"] for event in events}, events


def lines_are_watched_and_tried_again():
    with practice() as registrar, Daemon(BINARY) as daemon:
        assert daemon.apply(settings(registrar.port, "1001", "1403")).returncode == 0
        until(lambda: daemon.lines()["Studio 1/2"]["cause"], "1403 is forbidden")
        with Screen(BINARY, "watch", "--state", daemon.state, env=daemon.env) as screen:
            screen.comes_to_show("1 of 2 lines registered")
            for keys, text in [
                    ("s", "by state, all"), ("f", "by state, not registered"), ("\r", "What to do"),
                    ("x", "by state, not registered"), ("r", "It is tried now."), ("?", "sort: by studio"),
                    ("x", "by state"), ("/nothing\r", "No lines."), ("\x1b", "1403")]:
                screen.press(keys)
                screen.wait(text)
            daemon.good("line set", "Studio 1/2", "--extension", "1002")
            screen.comes_to_show("2 of 2 lines registered")
            daemon.end(signal.SIGKILL)
            screen.comes_to_show("no daemon runs here")
            daemon.start()
            screen.press("q")
            until(lambda: screen.process.poll() is not None, "it has ended")
            assert screen.process.returncode == 0
        with Screen(BINARY, "watch", "--state", daemon.state, "Studio 1", env=daemon.env) as screen:
            screen.wait("of 2 lines")
            screen.press("\x03")
            until(lambda: screen.process.poll() is not None, "Ctrl-C ends it")
            assert screen.process.returncode == 0
        daemon.refused(2, "terminal", "watch")


class Manager:
    """systemd's end of sd_notify(3). It reads all the time: few datagrams may wait at such a socket."""

    def __init__(self, address):
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address.replace("@", "\0") if address[0] == "@" else address)
        self.heard = []
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()

    def listen(self):
        while told := self.socket.recv(4096):
            self.heard += told.decode().split("\n")

    def hears(self, match):
        return [line for line in self.heard if re.fullmatch(match, line)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """What has come before is read."""
        self.socket.shutdown(socket.SHUT_RD)
        self.thread.join()
        self.socket.close()


def the_service_manager_is_told():
    with tempfile.TemporaryDirectory() as folder, practice() as registrar:
        for address in [os.path.join(folder, "notify"), f"@lineup-test-{os.getpid()}"]:
            environment = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "200000"}
            with Manager(address) as manager, Daemon(BINARY, env=environment) as daemon:
                until(lambda: manager.hears("READY=1"), "it is ready")
                assert daemon.apply(settings(registrar.port, "1001", "1002")).returncode == 0
                until(lambda: manager.hears("STATUS=2 of 2 lines registered"), "its lines are up")
                until(lambda: len(manager.hears("WATCHDOG=1")) > 5, "the watchdog is fed")
                daemon.signal(signal.SIGHUP)
                until(lambda: manager.hears("RELOADING=1") and len(manager.hears("READY=1")) == 2, "reloaded")
                assert manager.hears(r"MONOTONIC_USEC=\d+")
                assert daemon.run("status").returncode == 0
                assert daemon.end(signal.SIGTERM) == 0
            assert manager.hears("STOPPING=1"), manager.heard


def a_watchdog_of_another_process_is_not_fed():
    address = f"@lineup-still-{os.getpid()}"
    environment = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "200000", "WATCHDOG_PID": "1"}
    with Manager(address) as manager, Daemon(BINARY, env=environment) as daemon:
        until(lambda: manager.hears("READY=1"), "it is ready")
        assert daemon.end(signal.SIGTERM) == 0
    assert not manager.hears("WATCHDOG=1"), "it was meant for another process"


def a_dead_server_holds_up_the_end_for_seconds_and_a_second_signal_not_at_all():
    address = f"@lineup-end-{os.getpid()}"
    environment = {"NOTIFY_SOCKET": address}
    with Manager(address) as manager, practice() as registrar, Daemon(BINARY, env=environment) as daemon:
        assert daemon.apply(settings(registrar.port, "1001", "1002")).returncode == 0
        for status in [0, -signal.SIGTERM]:
            until(lambda: daemon.run("status").returncode == 0, "both are up")
            registrar.send_signal(signal.SIGSTOP)
            try:
                manager.heard.clear()
                daemon.signal(signal.SIGTERM)
                until(lambda: manager.hears("STOPPING=1"), "it has begun to end")
                if status:
                    daemon.signal(signal.SIGTERM)
                until(lambda: daemon.process.poll() is not None, "it has ended", 15)
                assert daemon.process.returncode == status, daemon.process.returncode
            finally:
                registrar.send_signal(signal.SIGCONT)
            daemon.start()
        until(lambda: daemon.run("status").returncode == 0, "both are up again")


run([nobody_is_there_to_ask, it_starts_with_no_settings_and_says_where, a_second_one_is_refused,
     a_damaged_store_is_set_aside_and_said, the_key_may_be_a_credential_of_the_service_manager,
     bad_options_are_named, faults_are_told_all_at_once_and_nothing_is_done,
     nothing_is_changed_without_a_yes, a_backup_comes_back_with_its_passphrase_alone,
     what_is_exported_applies_without_a_difference,
     a_sheet_adds_and_changes_lines, lines_are_named_added_changed_and_removed,
     a_server_that_is_made_unasked_is_said,
     a_server_without_a_name_is_called_as_it_was_typed, what_would_not_do_is_said, a_profile_says_what_it_sets,
     a_server_that_lines_use_stays, the_log_is_shown_and_followed,
     files_of_a_server_that_are_not_there_are_remarked,
     the_messages_of_a_line_and_other_devices_are_told,
     a_log_for_programs_is_all_of_one_kind, lines_are_watched_and_tried_again, the_service_manager_is_told,
     a_watchdog_of_another_process_is_not_fed,
     a_dead_server_holds_up_the_end_for_seconds_and_a_second_signal_not_at_all])
