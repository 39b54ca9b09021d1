#!/usr/bin/env python3
"""What a server says of a registration beside the time that it grants, in what the daemon and `lineup
register` tell of a line: Service-Route, Path, P-Associated-URI, GRUUs; and what is asked for where a
provider wants more; two flows of one line. Usage: PROGRAM LINEUP"""
import json
import re
import signal
import sys

from daemon import Daemon
from peer import once, run, until
from stub import Stub, grants

BINARY = sys.argv[1]

ROUTES = ["<sip:a.pbx.example;lr>", "<sip:b.pbx.example;lr>"]


class Server:
    """A registrar that grants at once, with the headers that are set, and as many seconds."""

    def __init__(self):
        self.headers, self.expires = "", 60

    def answer(self, request, _):
        contact = f"Contact: {request.contact()};expires={self.expires}\r\n"
        return request.answer("200 OK", contact + self.headers)


def said_of(daemon, name="A/1"):
    line = daemon.lines()[name]["id"]
    return json.loads(daemon.get(f"/api/v1/lines/{line}/status"))


def refresh(daemon, stub):
    """Has the line register, and waits until it has been told to wait again."""
    before = stub.answered
    daemon.good("line register", "A/1")
    until(lambda: stub.answered > before, "it registers anew")


def what_a_grant_says_is_told_as_long_as_it_is_said():
    server = Server()
    server.headers = (f"Service-Route: {ROUTES[0]}, {ROUTES[1]}\r\n"
                      "Path: <sip:edge.pbx.example;lr>\r\n"
                      "P-Associated-URI: <tel:+15551234>\r\nP-Associated-URI: \"A\x07\" <sip:a@b>\r\n")
    with Stub(server.answer) as stub, Daemon(BINARY) as daemon:
        daemon.good("line add", "A", f"1001@{stub.address}", password="x")
        daemon.good("line add", "A", f"1002@{stub.address}", password="x")
        for name in ("A/1", "A/2"):
            said = until(lambda n=name: (lambda s: s["service_route"] and s)(said_of(daemon, n)), "it is told")
            assert said["service_route"] == ROUTES and said["path"] == ["<sip:edge.pbx.example;lr>"], said
            assert said["p_associated_uri"] == ["<tel:+15551234>", '"A\\x07" <sip:a@b>'], said
            assert said["lists_cut"] is False and said["pub_gruu"] is said["temp_gruu"] is None, said
        shown = daemon.good("line show", "A/1")
        assert f"Service-Route {ROUTES[0]}, {ROUTES[1]}" in " ".join(shown.split()), shown
        assert "P-Associated-URI <tel:+15551234>" in shown and "Path <sip:edge" in shown, shown
        server.headers = "Service-Route: <sip:c.pbx.example;lr>\r\n"
        refresh(daemon, stub)
        until(lambda: said_of(daemon)["service_route"] == ["<sip:c.pbx.example;lr>"], "the new route is told")
        assert said_of(daemon)["path"] == [] and said_of(daemon, "A/2")["service_route"] == ROUTES
        server.headers = ""
        refresh(daemon, stub)
        until(lambda: said_of(daemon)["service_route"] == [], "it is said no more")
        assert "Service-Route" not in daemon.good("line show", "A/1")


def a_list_without_measure_is_cut_and_says_so():
    server = Server()
    server.headers = "".join(f"Service-Route: <sip:{i:03}{'a' * 200}.example;lr>\r\n" for i in range(50))
    with Stub(server.answer) as stub, Daemon(BINARY) as daemon:
        daemon.good("line add", "A", f"1001@{stub.address}", password="x")
        said = until(lambda: (lambda s: s["service_route"] and s)(said_of(daemon)), "it is told")
        assert len(said["service_route"]) == 4 and said["lists_cut"] is True, said
        assert said["service_route"][3].startswith("<sip:003a"), said


def what_is_said_of_a_line_that_is_down_is_not_told():
    server = Server()
    server.headers = f"Service-Route: {ROUTES[0]}\r\n"
    with Stub(server.answer) as stub, Daemon(BINARY) as daemon:
        daemon.good("line add", "A", f"1001@{stub.address}", password="x")
        until(lambda: said_of(daemon)["service_route"], "it is told")
        daemon.good("line unregister", "A/1")
        until(lambda: said_of(daemon)["state"] == "IDLE", "it is down")
        assert said_of(daemon)["service_route"] == []


def register_tells_it_in_its_result():
    server = Server()
    server.headers = (f"Service-Route: {ROUTES[0]}, {ROUTES[1]}\r\nPath: <sip:edge.pbx.example;lr>\r\n"
                      "P-Associated-URI: <tel:+15551234>\r\n")
    with Stub(server.answer) as stub:
        status, result, _, _ = once(BINARY, f"1001@{stub.address}", password="x")
    assert status == 0 and result["service_route"] == ROUTES, result
    assert result["path"] == ["<sip:edge.pbx.example;lr>"], result
    assert result["p_associated_uri"] == ["<tel:+15551234>"] and result["pub_gruu"] is None, result
    with Stub(grants) as stub:
        status, result, _, _ = once(BINARY, f"1001@{stub.address}", password="x")
    assert status == 0 and result["service_route"] == result["path"] == [], result


PUB, TEMP = "sip:1001@pbx.example;gr=urn:uuid:f81d4fae", "sip:tgruu.7hs==jd7vnzga5w7fajsc7@pbx.example;gr"


def gruus(request, _):
    """A registrar that gives GRUUs to who asks for them with an instance, at somebody else's binding, too."""
    supported = request.header("Supported") or ""
    given = f';pub-gruu="{PUB}";temp-gruu="{TEMP}"' if "gruu" in supported else ""
    assert "+sip.instance=" in request.header("Contact"), request.text
    return request.answer("200 OK", f'Contact: <sip:x@192.0.2.9>;pub-gruu="sip:x@y;gr";expires=9\r\n'
                          f"Contact: {request.contact()}{given};expires=60\r\n")


def a_gruu_is_asked_for_by_setting_and_shown():
    with Stub(gruus) as stub, Daemon(BINARY) as daemon:
        daemon.good("line add", "A", f"1001@{stub.address}", password="x")
        until(lambda: said_of(daemon)["state"] == "REGISTERED", "it is up")
        assert said_of(daemon)["pub_gruu"] is None and stub.requests[-1].header("Supported") == "path"
        daemon.good("server set", stub.address, "--gruu", "yes")
        said = until(lambda: (lambda s: s["pub_gruu"] and s)(said_of(daemon)), "there is a GRUU")
        assert said["pub_gruu"] == PUB and said["temp_gruu"] == TEMP, said
        assert stub.requests[-1].header("Supported") == "path, gruu", stub.requests[-1].text
        shown = daemon.good("line show", "A/1")
        assert f"public GRUU {PUB}" in shown and f"temporary GRUU {TEMP}" in shown, shown
        daemon.good("server set", stub.address, "--gruu", "no")
        until(lambda: said_of(daemon)["pub_gruu"] is None, "there is none any more")


def register_asks_for_what_its_options_say():
    with Stub(gruus) as stub:
        status, result, _, _ = once(BINARY, f"1001@{stub.address}", "--gruu", "--outbound",
                                    "--contact-parameters", ";ob", "--address-parameters", ";user=phone",
                                    "--request-parameters", ";x=1", "--headers",
                                    "P-Preferred-Identity: <sip:{extension}@a.example>|Privacy: id", password="x")
        asked = stub.requests[0]
    assert status == 0 and result["pub_gruu"] == PUB and result["temp_gruu"] == TEMP, result
    assert asked.header("Supported") == "path, outbound, gruu", asked.text
    assert ";reg-id=1;ob;+sip.instance=" in asked.header("Contact"), asked.text
    assert asked.header("To") == "<sip:1001@127.0.0.1;user=phone>", asked.text
    assert asked.text.startswith(f"REGISTER sip:{stub.address};x=1 SIP/2.0\r\n"), asked.text
    assert asked.header("P-Preferred-Identity") == "<sip:1001@a.example>", asked.text
    assert asked.header("Privacy") == "id", asked.text


def what_a_provider_wants_is_a_setting_of_its_server():
    with Stub(grants) as stub, Daemon(BINARY) as daemon:
        daemon.good("line add", "A", f"1001@{stub.address}", password="x")
        until(lambda: said_of(daemon)["state"] == "REGISTERED", "it is up")
        daemon.refused(2, "which Lineup writes itself", "server set", stub.address, "--headers", "Via: x")
        daemon.refused(2, "is not parameters of a URI", "server set", stub.address, "--address-parameters", "x")
        daemon.good("server set", stub.address, "--headers", "User-Agent: Studio/7 | X-Ext: {extension}",
                    "--address-parameters", ";user=phone")
        asked = until(lambda: (lambda r: r.header("X-Ext") and r)(stub.requests[-1]), "it registers with them")
        assert asked.header("X-Ext") == "1001" and asked.header("User-Agent") == "Studio/7", asked.text
        assert asked.text.count("User-Agent") == 1 and ";user=phone>" in asked.header("From"), asked.text
        until(lambda: said_of(daemon)["state"] == "REGISTERED", "it is up again")
        daemon.good("server set", stub.address, "--headers", "", "--address-parameters", "")
        until(lambda: stub.requests[-1].header("X-Ext") is None, "they are gone")


def the_daemons_check_asks_with_what_the_server_wants():
    def wants(request, _):
        if request.header("X-Ext") != "1001" and request.text.startswith("REGISTER"):
            return request.answer("403 Forbidden")
        return request.answer("200 OK", f"Contact: {request.contact()};expires=60\r\n"
                              if request.header("Contact") else "")

    def checked(daemon):
        line = daemon.lines()["A/1"]["id"]
        begun = json.loads(daemon.get(f"/api/v1/lines/{line}/check", "POST", 202))["id"]
        return until(lambda: (lambda c: c["result"] != "running" and c)(
            json.loads(daemon.get(f"/api/v1/checks/{begun}"))), "the check ends")

    with Stub(wants) as stub, Daemon(BINARY) as daemon:
        daemon.good("line add", "A", f"1001@{stub.address}", password="x")
        assert checked(daemon)["cause"]["id"] == "forbidden-unasked"
        daemon.good("server set", stub.address, "--headers", "X-Ext: {extension}", "--keep-alive", "options")
        found = checked(daemon)
        assert found["result"] == "ok" and found["cause"] is None, found
        assert [s["state"] for s in found["steps"] if s["name"] == "Keep-alive"] == ["good"], found


class Flows:
    """A registrar that does outbound: bindings by reg-id, of which those in refused are refused."""

    def __init__(self):
        self.bindings, self.refused, self.ids, self.instances = {}, set(), {}, set()
        self.does_outbound, self.short = True, set()

    def answer(self, request, _):
        contact = request.header("Contact")
        reg_id = re.search(r";reg-id=(\d)", contact).group(1)
        self.ids.setdefault(reg_id, set()).add(request.header("Call-ID"))
        self.instances.add(re.search(r';\+sip.instance="[^"]*"', contact).group(0))
        if reg_id in self.refused:
            return request.answer("403 Forbidden")
        if request.header("Expires") == "0":
            self.bindings.pop(reg_id, None)
        else:
            self.bindings[reg_id] = f"{contact};expires={2 if reg_id in self.short else 60}"
        listed = "".join(f"Contact: {binding}\r\n" for binding in self.bindings.values())
        return request.answer("200 OK", ("Require: outbound\r\n" if self.does_outbound else "") + listed)


def add_with_two_flows(daemon, stub):
    daemon.good("server add", stub.address, "--name", "Edge", "--outbound", "yes", "--flows", "2",
                "--keep-alive", "crlf")
    daemon.good("line add", "A", f"1001@{stub.address}", password="x")


def a_line_with_two_flows_stays_registered_by_one():
    server = Flows()
    server.short = {"2"}
    with Stub(lambda r, n: server.answer(r, n) if r.method == "REGISTER" else None) as stub, \
            Daemon(BINARY) as daemon:
        add_with_two_flows(daemon, stub)
        until(lambda: said_of(daemon)["flows_up"] == 2, "both flows are registered")
        said = said_of(daemon)
        assert said["flows"] == 2 and said["foreign"] == 0 and said["others"] == [], said
        assert len(server.instances) == 1 and server.ids["1"].isdisjoint(server.ids["2"]), server.ids
        assert "by two flows" in daemon.good("line show", "A/1")
        server.refused = {"2"}
        until(lambda: said_of(daemon)["flows_up"] == 1, "the second flow is lost")
        assert said_of(daemon)["state"] == "REGISTERED", said_of(daemon)
        assert "by one of two flows" in daemon.good("line show", "A/1")
        assert "one of two flows is lost" in daemon.good("log", "-l", "A/1")
        server.refused, server.short = {"1"}, set()
        daemon.good("line register", "A/1")
        until(lambda: said_of(daemon)["flows_up"] == 2, "it is back")
        server.refused = set()
        assert daemon.end(signal.SIGTERM) == 0
        assert server.bindings == {}, server.bindings


def where_the_registrar_does_no_outbound_there_is_one_flow():
    server = Flows()
    server.does_outbound = False
    with Stub(lambda r, n: server.answer(r, n) if r.method == "REGISTER" else None) as stub, \
            Daemon(BINARY) as daemon:
        add_with_two_flows(daemon, stub)
        until(lambda: "gets one flow" in daemon.good("log", "-l", "A/1"), "that is said")
        said = said_of(daemon)
        assert said["flows"] == 2 and said["flows_up"] == 1 and set(server.ids) == {"1"}, said
        refresh(daemon, stub)
        daemon.good("server set", "Edge", "--flows", "1")
        until(lambda: said_of(daemon)["flows"] == 1 and said_of(daemon)["state"] == "REGISTERED", "as before")
        daemon.good("server set", "Edge", "--flows", "2")
        server.does_outbound = True
        until(lambda: said_of(daemon)["flows_up"] == 2, "there are two")
        daemon.good("line unregister", "A/1")
        until(lambda: server.bindings == {}, "both are removed")
        daemon.good("line register", "A/1")
        until(lambda: said_of(daemon)["flows_up"] == 2, "there are two again")
        daemon.good("line rm", "A/1")
        until(lambda: server.bindings == {}, "both are removed with the line")
    assert server.ids["1"].isdisjoint(server.ids["2"]), server.ids


run([a_line_with_two_flows_stays_registered_by_one,
     where_the_registrar_does_no_outbound_there_is_one_flow, a_gruu_is_asked_for_by_setting_and_shown, register_asks_for_what_its_options_say,
     what_a_provider_wants_is_a_setting_of_its_server, the_daemons_check_asks_with_what_the_server_wants,
     what_a_grant_says_is_told_as_long_as_it_is_said, a_list_without_measure_is_cut_and_says_so,
     what_is_said_of_a_line_that_is_down_is_not_told, register_tells_it_in_its_result])
