#!/usr/bin/env python3
"""What a server says of a registration beside the time that it grants, in what the daemon and `lineup
register` tell of a line: Service-Route, Path, P-Associated-URI. Usage: PROGRAM LINEUP"""
import json
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


run([what_a_grant_says_is_told_as_long_as_it_is_said, a_list_without_measure_is_cut_and_says_so,
     what_is_said_of_a_line_that_is_down_is_not_told, register_tells_it_in_its_result])
