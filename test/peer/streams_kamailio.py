#!/usr/bin/env python3
"""`lineup register` and `lineup check` against Kamailio over TCP and TLS, IPv4 and IPv6: certificates that are right and
wrong, and a registrar that restarts. Usage: PROGRAM LINEUP"""
import os
import subprocess
import sys

from check import Check
from nsd import Nsd
from peer import Lineup, Unable, once, run, skip
from practice import Practice
from secure import TLS_MODULE, Secure, has_v6

BINARY = sys.argv[1]
# Kamailio waits for more of what is no SIP yet, or closes once it is sure.
NO_TLS = ("tls-stalled", "tls-not-tls")


def pair(first, second):
    """The zone of a name that two servers of TLS on 127.0.0.1 have, by their ports."""
    return ("$ORIGIN pbx.test.\n$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 30\n@ NS ns\nns A 127.0.0.1\n"
            "at A 127.0.0.1\n" +
            "".join(f"_sips._tcp.pair SRV {priority} 0 {port} at\n"
                    for priority, port in ((10, first), (20, second))))


def main():
    if not os.path.exists(TLS_MODULE):
        skip("kamailio-tls-modules is not installed (tools/install-deps lists it)")
    names = "DNS:localhost,DNS:pair.pbx.test,IP:::1"
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
            assert "signed by CN=Test CA, which" in result["cause"]["seen"], result
            assert not any("send" in line for line in log), log

        def the_doctor_shows_the_certificate_that_it_refuses():
            check = Check(BINARY, "1001@pbx.test", "-x", named, "-t", "tls", password="secret1001")
            check.assert_cause(3, "reach", "tls-unknown-ca")
            shown = check.result["certificate"]
            assert (shown["subject"], shown["issuer"]) == ("CN=test", "CN=Test CA"), shown
            listed, = check.result["certificates"]
            assert listed["server"] == tls and "authority" in listed["refused"], listed
            assert all(listed[key] == value for key, value in shown.items()), listed
            assert "issued by CN=Test CA" in check.steps["reach"]["text"], check.text

        def the_doctor_tells_the_certificates_of_all_servers():
            ca = os.path.join(kamailio.dir, "practice-ca.pem")
            with Practice(BINARY, "--tls", "--tls-ca", ca) as practice:
                other = practice.events()[0]["tls"]
                with Nsd(pair(kamailio.tls_port, other.rsplit(":", 1)[1])) as nsd:
                    options = ("-x", "pair.pbx.test", "-t", "tls", "--tls-ca", kamailio.ca,
                               "--dns", f"127.0.0.1:{nsd.port}")
                    check = Check(BINARY, "1001@pbx.test", *options, password="secret1001")
                    shown = subprocess.run(
                        [BINARY, "check", "1001@pbx.test", *options], capture_output=True, text=True,
                        env=dict(os.environ, LINEUP_PASSWORD="secret1001"), timeout=110, check=True).stdout
            check.assert_ok()
            first, second = check.result["certificates"]
            assert (first["server"], first["refused"], first["issuer"]) == (tls, None, "CN=Test CA"), first
            assert second["server"] == other and "authority" in second["refused"], second
            told = " ".join(shown.split("The certificates are not the same:\n")[1].split())
            assert f"{tls} over TLSv1.3: CN=test for " in told, shown
            assert f"{other} over TLSv1.3: " in told and "refused: " in told, shown

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
                shown = check.result["certificates"]
                assert [(c["server"], c["transport"], c["refused"], c["subject"]) for c in shown] \
                    == [(tls, "tls", None, "CN=test")], shown

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
             the_doctor_shows_the_certificate_that_it_refuses,
             the_doctor_tells_the_certificates_of_all_servers, another_name_is_refused,
             plain_sip_on_the_port_of_tcp_is_no_tls, the_doctor_finds_tcp_where_tls_is_not,
             the_doctor_finds_tls_at_the_port_that_was_asked,
             one_connection_serves_the_refreshes])


main()
