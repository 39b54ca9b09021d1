#!/usr/bin/env python3
"""`lineup register` and `lineup check` against Kamailio over TCP and TLS, IPv4 and IPv6: certificates that are right and
wrong, and a registrar that restarts. Usage: PROGRAM LINEUP"""
import os
import sys

from check import Check
from peer import Lineup, Unable, once, run, skip
from secure import TLS_MODULE, Secure, has_v6

BINARY = sys.argv[1]
# Kamailio waits for more of what is no SIP yet, or closes once it is sure.
NO_TLS = ("tls-stalled", "tls-not-tls")


def main():
    if not os.path.exists(TLS_MODULE):
        skip("kamailio-tls-modules is not installed (tools/install-deps lists it)")
    names = "DNS:localhost,IP:::1"
    with Secure(names) as kamailio:
        tcp, tls = f"127.0.0.1:{kamailio.port}", f"127.0.0.1:{kamailio.tls_port}"
        named = f"localhost:{kamailio.tls_port}"

        def registers_over_tcp():
            status, result, _, events = once(BINARY, f"1001@{tcp}", "-t", "tcp", password="secret1001")
            assert status == 0 and result["result"] == "registered", result
            assert result["transport"] == "tcp"
            assert {e["transport"] for e in events if e["event"] in ("send", "recv")} <= {"tcp"}
            assert kamailio.contacts() == []

        def registers_over_tls():
            status, result, _, _ = once(BINARY, "1001@pbx.test", "-x", named, "-t", "tls",
                                        "--tls-ca", kamailio.ca, password="secret1001")
            assert status == 0 and result["transport"] == "tls", result
            assert kamailio.contacts() == []

        def registers_over_ipv6():
            if not has_v6():
                raise Unable("no ::1 on this machine")
            for transport, port in (("udp", kamailio.port), ("tcp", kamailio.port),
                                    ("tls", kamailio.tls_port)):
                more = ("--tls-ca", kamailio.ca) if transport == "tls" else ()
                status, result, _, _ = once(BINARY, "1001@pbx.test", "-x", f"[::1]:{port}", "-t",
                                            transport, *more, password="secret1001")
                assert status == 0 and result["transport"] == transport, result

        def sips_is_tls():
            status, result, _, _ = once(BINARY, "sips:1001@pbx.test", "-x", named, "--tls-ca",
                                        kamailio.ca, password="secret1001")
            assert status == 0 and result["transport"] == "tls", result

        def an_authority_that_is_not_known_is_refused():
            status, result, log, _ = once(BINARY, "1001@pbx.test", "-x", named, "-t", "tls",
                                          password="secret1001")
            assert status == 3 and result["cause"]["id"] == "tls-unknown-ca", result
            assert result["certificate_until"], result
            assert not any("send" in line for line in log), log

        def the_doctor_shows_the_certificate_that_it_refuses():
            check = Check(BINARY, "1001@pbx.test", "-x", named, "-t", "tls", password="secret1001")
            check.assert_cause(3, "reach", "tls-unknown-ca")
            shown = check.result["certificate"]
            assert (shown["subject"], shown["issuer"]) == ("CN=test", "CN=Test CA"), shown
            assert "issued by CN=Test CA" in check.steps["reach"]["text"], check.text

        def another_name_is_refused():
            status, result, log, _ = once(BINARY, f"1001@{tls}", "-t", "tls", "--tls-ca", kamailio.ca,
                                          password="secret1001")
            assert status == 3 and result["cause"]["id"] == "tls-name", result
            assert not any("send" in line for line in log), log

        def plain_sip_on_the_port_of_tcp_is_no_tls():
            status, result, _, _ = once(BINARY, f"1001@{tcp}", "-t", "tls", "--tls-ca", kamailio.ca,
                                        password="secret1001")
            assert status == 3 and result["cause"]["id"] in NO_TLS, result

        def the_doctor_finds_tcp_where_tls_is_not():
            check = Check(BINARY, f"1001@{tcp}", "-t", "tls", password="secret1001")
            assert check.status == 3 and check.result["cause"]["id"] in NO_TLS, check.text
            assert f"TCP answers at {tcp}: set Transport to TCP" in check.steps["reach"]["text"], check.text
            check = Check(BINARY, f"sips:1001@{tcp}", password="secret1001")
            assert check.status == 3 and check.result["cause"]["id"] in NO_TLS, check.text
            assert "answers" not in check.steps["reach"]["text"], check.text

        def the_doctor_finds_tls_at_the_port_that_was_asked():
            for transport in "udp", "tcp":
                check = Check(BINARY, "1001@pbx.test", "-x", named, "-t", transport, password="secret1001")
                assert check.status == 3 and len(check.bad()) == 1, check.text
                text = check.steps[check.bad()[0]]["text"]
                assert f"TLS is there at {tls}: set Transport to TLS" in text, check.text
                check = Check(BINARY, "1001@pbx.test", "-x", named, "-t", transport, "--tls-ca",
                              kamailio.ca, password="secret1001")
                text = check.steps[check.bad()[0]]["text"]
                assert f"TLS answers at {tls}: set Transport to TLS" in text, check.text

        def one_connection_serves_the_refreshes():
            with Lineup(BINARY, f"1001@{tcp}", "-t", "tcp", "-e", "10", password="secret1001") as lineup:
                def granted(n):
                    return lambda e: e["event"] == "recv" and e["status"] == 200 and \
                        sum(1 for x in lineup.events() if x.get("status") == 200) >= n
                lineup.wait_for(granted(1), "registered")
                before = kamailio.contacts()
                assert len(before) == 1 and ";transport=tcp" in before[0], before
                lineup.wait_for(granted(2), "refreshed")
                assert kamailio.contacts() == before
                lineup.interrupt()
                status, _ = lineup.end()
                assert status == 0 and kamailio.contacts() == []

        run([registers_over_tcp, registers_over_tls, registers_over_ipv6, sips_is_tls,
             an_authority_that_is_not_known_is_refused,
             the_doctor_shows_the_certificate_that_it_refuses, another_name_is_refused,
             plain_sip_on_the_port_of_tcp_is_no_tls, the_doctor_finds_tcp_where_tls_is_not,
             the_doctor_finds_tls_at_the_port_that_was_asked,
             one_connection_serves_the_refreshes])


main()
