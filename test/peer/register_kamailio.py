#!/usr/bin/env python3
"""`lineup register` against Kamailio: what the article shows, and what goes wrong. Usage: PROGRAM LINEUP"""
import re
import sys

from peer import Kamailio, Lineup, once, run

BINARY = sys.argv[1]


def shape(log):
    """A log with the handles of its contexts numbered in the order in which they come."""
    handles = []

    def number(m):
        if m.group(0) not in handles:
            handles.append(m.group(0))
        return f"CTX{handles.index(m.group(0)) + 1}"

    return [re.sub(r"0x[0-9a-f]+", number, line) for line in log]


def main():
    with Kamailio() as kamailio:
        server = f"127.0.0.1:{kamailio.port}"

        def the_right_password_registers_and_once_removes_it_again():
            status, result, log, events = once(BINARY, f"1001@{server}", password="secret1001")
            assert status == 0 and result["result"] == "registered", result
            assert result["status"] == 200 and result["expires"] == 3600
            assert [b["ours"] for b in result["bindings"]] == [True]
            assert shape(log) == [
                "SIP: Ctx (nil) send REGISTER: sip:127.0.0.1",
                "SIP: Ctx CTX1 recv REGISTER: 401 Unauthorized",
                "SIP: Retrying REGISTER with updated authentication",
                "SIP: Ctx CTX1 recv REGISTER: 200 OK",
                "SIP: Ctx (nil) send REGISTER: sip:127.0.0.1",
                "SIP: Ctx CTX2 recv REGISTER: 200 OK",
            ], log
            sends = [e for e in events if e["event"] == "send"]
            assert [s["credentials"] for s in sends] == [False, True, True]
            assert kamailio.contacts() == []

        def a_wrong_password_is_refused_in_the_words_of_the_article():
            status, result, log, _ = once(BINARY, f"1001@{server}", password="wrong")
            assert status == 1 and result["result"] == "failed" and result["status"] == 401
            assert result["cause"]["id"] == "auth-refused", result
            assert result["local"] is False
            assert shape(log) == [
                "SIP: Ctx (nil) send REGISTER: sip:127.0.0.1",
                "SIP: Ctx CTX1 recv REGISTER: 401 Unauthorized",
                "SIP: Retrying REGISTER with updated authentication",
                "SIP: Ctx CTX1 recv REGISTER: 401 Unauthorized",
                "SIP: Passing message to the context CTX1",
                "SIP: REGISTER sip:1001@127.0.0.1: 401 Unauthorized",
                "SIP: Can not authenticate request",
                "SIP: REGISTER failed for sip:1001@127.0.0.1 (status code: 401)",
            ], log

        def a_wrong_extension_is_not_found():
            status, result, log, _ = once(BINARY, f"1999@{server}", password="secret1001")
            assert status == 1 and result["status"] == 404
            assert result["cause"]["id"].startswith("not-found")
            assert log[-1] == "SIP: REGISTER failed for sip:1999@127.0.0.1 (status code: 404)"

        def another_auth_user_registers():
            status, result, _, _ = once(BINARY, f"1002@{server}", "-u", "studio-a",
                                        password="secret1002")
            assert status == 0 and result["address"] == "sip:1002@127.0.0.1", result

        def an_auth_user_that_does_not_own_the_extension_is_forbidden():
            status, result, _, _ = once(BINARY, f"1002@{server}", password="secret1002")
            assert status == 1 and result["status"] == 403, result

        def a_refresh_keeps_the_nonce_and_an_interrupt_removes_the_binding():
            with Lineup(BINARY, f"1001@{server}", "-e", "10", password="secret1001") as lineup:
                def granted(n):
                    return lambda e: e["event"] == "recv" and e["status"] == 200 and \
                        sum(1 for x in lineup.events() if x.get("status") == 200) >= n
                lineup.wait_for(granted(1), "registered")
                before = kamailio.contacts()
                lineup.wait_for(granted(2), "refreshed")
                assert kamailio.contacts() == before and len(before) == 1
                sends = [e for e in lineup.events() if e["event"] == "send"]
                assert [s["credentials"] for s in sends] == [False, True, True], sends
                lineup.interrupt()
                status, result = lineup.end()
                assert status == 0 and result["result"] == "registered"
                assert kamailio.contacts() == []

        def a_binding_that_is_kept_expires_at_the_server():
            status, _, _, _ = once(BINARY, f"1001@{server}", "-e", "10", "--keep",
                                   password="secret1001")
            assert status == 0 and len(kamailio.contacts()) == 1
            from peer import until
            until(lambda: kamailio.contacts() == [], "expired at the server", 30)

        def a_423_raises_the_time_asked_for():
            status, result, log, _ = once(BINARY, f"1001@{server}", "-e", "5",
                                          password="secret1001")
            assert status == 0 and result["expires"] == 10 and result["asked"] == 10, result
            assert any("423 Interval Too Brief" in line for line in log), log

        def a_503_says_when_the_server_wants_to_be_asked_again():
            status, result, _, _ = once(BINARY, f"err503@{server}", password="x")
            assert status == 1 and result["status"] == 503
            assert result["cause"]["id"] == "server-busy-until", result

        def a_received_408_is_told_from_silence():
            status, result, _, _ = once(BINARY, f"err408@{server}", password="x")
            assert status == 1 and result["status"] == 408 and result["local"] is False

        run([the_right_password_registers_and_once_removes_it_again,
             a_wrong_password_is_refused_in_the_words_of_the_article,
             a_wrong_extension_is_not_found,
             another_auth_user_registers,
             an_auth_user_that_does_not_own_the_extension_is_forbidden,
             a_refresh_keeps_the_nonce_and_an_interrupt_removes_the_binding,
             a_binding_that_is_kept_expires_at_the_server,
             a_423_raises_the_time_asked_for,
             a_503_says_when_the_server_wants_to_be_asked_again,
             a_received_408_is_told_from_silence])


main()
