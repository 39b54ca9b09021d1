#!/usr/bin/env python3
"""`lineup check` with what people get wrong, and at servers with habits of their own.
Usage: PROGRAM LINEUP"""
import json
import os
import re
import signal
import subprocess
import sys
import threading

from check import Check
from peer import run, until
from stub import Request, Served

BINARY = sys.argv[1]
CHALLENGE = 'WWW-Authenticate: Digest realm="stub", nonce="n1", qop="auth"\r\n'


class Registrar(Served):
    """A registrar of one extension: answer(method, has) says what it answers to a request, as (status
    line, more headers) or None; has(name) is the value of one of its headers."""

    def __init__(self, answer, rewrite=lambda text: text):
        super().__init__()
        self.answer = answer
        self.rewrite = rewrite  # what the way back does to an answer
        self.requests = []
        self.contacts = set()

    def take(self, data):
        request = Request(data)
        has = request.header
        self.requests.append((request.method, has("Contact"), has("Expires"), has("Authorization")))
        answer = self.answer(request.method, has)
        if answer is None:
            return None
        if answer[0].startswith("200") and has("Contact"):
            change = self.contacts.discard if has("Expires") == "0" else self.contacts.add
            change(request.contact())
        return self.rewrite(request.answer(*answer).decode("latin-1")).encode("latin-1")


def wants_a_contact(method, has):
    """Some servers take a REGISTER without Contact for a broken one."""
    if method != "REGISTER":
        return "200 OK", ""
    if not has("Contact"):
        return "400 Missing Contact", ""
    if not has("Authorization"):
        return "401 Unauthorized", CHALLENGE
    if has("Expires") == "0":
        return "200 OK", ""
    if int(has("Expires")) < 60:
        return "423 Interval Too Brief", "Min-Expires: 60\r\n"
    return "200 OK", f"Contact: {re.match('<[^>]*>', has('Contact')).group(0)};expires=60\r\n"


def a_server_that_wants_a_contact_gets_one_for_a_moment():
    with Registrar(wants_a_contact) as stub:
        check = Check(BINARY, f"1001@{stub.address}", password="x")
        check.assert_ok()
        assert check.steps["trial"]["state"] == "warning", check.text
        assert "removed again" in check.steps["trial"]["text"], check.text
        assert stub.contacts == set() and stub.requests[-1][2] == "0", stub.requests
        assert [expires for _, _, expires, _ in stub.requests[1:]] == [
            "3600", "10", "10", "60", "0"], stub.requests


def what_a_provider_wants_beside_is_sent_as_register_does():
    def wants(method, has):
        if method == "REGISTER" and (has("X-Site") != "1001-a" or
                                     ";user=phone>" not in has("From")):
            return "403 Forbidden", ""
        if method == "REGISTER" and not has("Authorization"):
            return "401 Unauthorized", CHALLENGE
        return "200 OK", ""

    with Registrar(wants) as stub:
        Check(BINARY, f"1001@{stub.address}", password="x").assert_cause(
            1, "challenge", "forbidden-unasked")
        Check(BINARY, f"1001@{stub.address}", "--headers", "X-Site: {extension}-a",
              "--address-parameters", ";user=phone", password="x").assert_ok()


def the_trial_can_be_forbidden():
    with Registrar(wants_a_contact) as stub:
        check = Check(BINARY, f"1001@{stub.address}", "--trial", "never", password="x")
        check.assert_cause(1, "challenge", "bad-request-contact")
        assert not any(contact for _, contact, _, _ in stub.requests), stub.requests


def an_interrupt_in_the_trial_removes_the_binding_first():
    held = threading.Event()

    def slowly(method, has):
        answer = wants_a_contact(method, has)
        if answer[0] == "200 OK" and has("Expires") == "60" and not held.wait(0):
            return None  # the copy that comes after 0.5 s is answered
        return answer

    with Registrar(slowly) as stub:
        env = dict(os.environ, LINEUP_PASSWORD="x")
        with subprocess.Popen([BINARY, "check", f"1001@{stub.address}", "--json"], env=env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
            until(lambda: any(r[2] == "60" for r in stub.requests), "the trial is out")
            process.send_signal(signal.SIGINT)
            held.set()
            out = process.communicate(timeout=20)[0]
        assert process.returncode == 3 and b'"interrupted"' in out, out
        assert stub.requests[-1][2] == "0" and stub.contacts == set(), stub.requests


def what_changes_messages_on_the_way_and_a_wrong_clock_are_remarked():
    def odd(method, has):
        date = "Date: Thu, 01 Jan 2015 00:00:00 GMT\r\n"
        if method == "REGISTER" and not has("Authorization"):
            return "401 Unauthorized", CHALLENGE + date
        return "200 OK", date

    def nat(text):
        return text.replace(";rport;", ";rport=40000;received=203.0.113.9;")

    with Registrar(odd, nat) as stub:
        check = Check(BINARY, f"1001@{stub.address}", password="x")
        check.assert_ok()
        assert check.steps["network"]["state"] == check.steps["clock"]["state"] == "warning"
        assert "203.0.113.9:40000" in check.steps["network"]["text"], check.text
        assert "behind ours" in check.steps["clock"]["text"], check.text
        assert check.result["warnings"] == 2, check.text


def credentials_go_only_where_they_are_asked_for():
    with Registrar(lambda method, has: ("200 OK", "") if method == "OPTIONS" else
              ("401 Unauthorized", 'WWW-Authenticate: Basic realm="stub"\r\n')) as stub:
        check = Check(BINARY, f"1001@{stub.address}", password="x")
        check.assert_cause(1, "challenge", "auth-not-digest")
        assert not any(authorization for *_, authorization in stub.requests), stub.requests


def what_answered_is_told_by_what_it_says_of_itself():
    """Escaped, whatever it says; on a good check in short, on a failed one with what people trip over."""
    agents = ["Server: FreeSWITCH-mod_sofia/1.10\x1b[2J\r\n", "User-Agent: AVM FRITZ!Box 7590\r\n",
              "Server: nobody's\r\n", "", "Server: " + "Asterisk " * 100 + "\r\n"]
    for agent, profile in zip(agents, ["freeswitch", "fritzbox", None, None, "asterisk"]):
        for status in "200 OK", "403 Forbidden":
            with Registrar(lambda method, has: (status, agent)) as stub:
                check = Check(BINARY, f"1001@{stub.address}", password="x")
                shown = subprocess.run([BINARY, "check", f"1001@{stub.address}"], capture_output=True,
                                       env=dict(os.environ, LINEUP_PASSWORD="x", LC_ALL="C.UTF-8"),
                                       timeout=20, start_new_session=True).stdout.decode()
            words = " ".join(shown.split())
            told = check.result["looks_like"]
            assert (told and told["profile"]) == profile, check.result
            assert "\x1b" not in shown and ("This looks like" in shown) == (profile is not None), shown
            if profile == "freeswitch":
                assert "1.10\\x1b[2J\"): profile freeswitch" in words, shown
                assert ("The domain decides" in words) == (status != "200 OK"), shown
                assert ("lineup server profiles freeswitch" in words) == (status == "200 OK"), shown


def a_provider_is_told_by_its_domain():
    """Whatever answers there says of itself, if anything."""
    for agent in None, "FreeSWITCH-mod_sofia/1.10":
        refusal = f"Server: {agent}\r\n" if agent else ""
        with Registrar(lambda method, has: ("403 Forbidden", refusal)) as stub:
            asked = [BINARY, "check", "1001@sip.sipgate.de", "-x", stub.address]
            env = dict(os.environ, LINEUP_PASSWORD="x", LC_ALL="C.UTF-8")
            shown, told = (subprocess.run(asked + more, capture_output=True, env=env, timeout=20,
                                          start_new_session=True).stdout.decode() for more in ([], ["--json"]))
        assert 'This looks like sipgate (Germany) ("sip.sipgate.de"): profile sipgate. ' in \
            " ".join(shown.split()), shown
        told = json.loads(told.splitlines()[-1])["looks_like"]
        assert told["profile"] == "sipgate" and told["agent"] == agent, told


def what_is_typed_wrong_is_named_and_nothing_is_sent():
    for arguments, says in [(["1001"], "1001"), (["10 01@pbx.example"], "blank"),
                            (["sips:1001@pbx.example", "-t", "udp"], "nothing less"), (["1001@h", "-e", "0"], "from 1 to"),
                            (["1001@h", "-t", "sctp"], "sctp"), (["1001@h", "-u", ""], "empty"),
                            (["1001@h", "-x", "proxy:0"], "port"), (["1001@h", "--flows", "2"], "needs --outbound"),
                            (["1001@h", "--second-proxy", "sip:p"], "needs --flows 2"),
                            (["sips:1001@h", "--outbound", "--flows", "2", "--second-proxy", "p;transport=tcp"], "sips:"),
                            (["1001@h", "x"], "too many"),
                            (["1001@h", "--realm", "a\nb"], "control"), ([], "missing"),
                            (["1001@h", "--tls-ca", "/nowhere"], "/nowhere: No such file"),
                            (["1001@h", "--trail"], "--trial"), (["1001@h", "--trial", "once"], "none of"),
                            (["1001@h", "--headers", "Via: me"], "--headers"),
                            (["1001@h", "--address-parameters", "phone"], "--address-parameters"),
                            (["1001@h", "-p", "/no/such/file"], "No such file")]:
        check = subprocess.run([BINARY, "check", *arguments], capture_output=True, text=True,
                               stdin=subprocess.DEVNULL, timeout=20, start_new_session=True,
                               env=dict(os.environ, LINEUP_PASSWORD="x", LC_ALL="C.UTF-8"))
        assert check.returncode == 2 and check.stdout == "", (arguments, check)
        assert says in check.stderr, (arguments, check.stderr)


run([a_server_that_wants_a_contact_gets_one_for_a_moment,
     what_a_provider_wants_beside_is_sent_as_register_does,
     the_trial_can_be_forbidden,
     an_interrupt_in_the_trial_removes_the_binding_first,
     what_changes_messages_on_the_way_and_a_wrong_clock_are_remarked,
     what_answered_is_told_by_what_it_says_of_itself,
     a_provider_is_told_by_its_domain,
     credentials_go_only_where_they_are_asked_for,
     what_is_typed_wrong_is_named_and_nothing_is_sent])
