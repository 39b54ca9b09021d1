#!/usr/bin/env python3
"""`lineup register` against Kamailio over TCP and TLS, IPv4 and IPv6: certificates that are right and
wrong, and a registrar that restarts. Usage: PROGRAM LINEUP"""
import os
import socket
import subprocess
import sys

from peer import Kamailio, Lineup, free_port, need, once, run

BINARY = sys.argv[1]
TLS_MODULE = "/usr/lib/x86_64-linux-gnu/kamailio/modules/tls.so"


def has_v6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        return False


def openssl(*arguments):
    subprocess.run([need("openssl"), *arguments], check=True, capture_output=True, timeout=30)


class Secure(Kamailio):
    """Kamailio on TLS as well, with a certificate of an authority of its own."""

    def __init__(self, names):
        super().__init__()
        self.tls_port = free_port()
        self.ca, key = os.path.join(self.dir, "ca.pem"), os.path.join(self.dir, "ca.key")
        cert, own = os.path.join(self.dir, "cert.pem"), os.path.join(self.dir, "key.pem")
        request, names_file = os.path.join(self.dir, "req"), os.path.join(self.dir, "names")
        ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        openssl("req", "-x509", *ec, "-days", "30", "-subj", "/CN=Test CA", "-keyout", key, "-out", self.ca)
        openssl("req", *ec, "-subj", "/CN=test", "-keyout", own, "-out", request)
        with open(names_file, "w") as f:
            f.write(f"subjectAltName={names}\n")
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", key, "-CAcreateserial",
                "-days", "10", "-extfile", names_file, "-out", cert)
        v6 = f"listen=tcp:[::1]:{self.port}\nlisten=tls:[::1]:{self.tls_port}\n" if has_v6() else ""
        self.head = (f"enable_tls=yes\nlisten=tls:127.0.0.1:{self.tls_port}\n{v6}")
        self.modules = ('loadmodule "tls.so"\n'
                        f'modparam("tls", "private_key", "{own}")\n'
                        f'modparam("tls", "certificate", "{cert}")\n'
                        'modparam("tls", "tls_method", "TLSv1.2+")\n')

    def adapt(self, text):
        text = text.replace("children=1\n", self.head + "children=1\n", 1)
        return text.replace('loadmodule "kex.so"\n', 'loadmodule "kex.so"\n' + self.modules, 1)


def main():
    if not os.path.exists(TLS_MODULE):
        print("skipped: kamailio-tls-modules is not installed (tools/install-deps lists it)")
        sys.exit(77)
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
                print("skipped: no ::1 on this machine")
                return
            for transport, port in (("tcp", kamailio.port), ("tls", kamailio.tls_port)):
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
            assert not any("send" in line for line in log), log

        def another_name_is_refused():
            status, result, log, _ = once(BINARY, f"1001@{tls}", "-t", "tls", "--tls-ca", kamailio.ca,
                                          password="secret1001")
            assert status == 3 and result["cause"]["id"] == "tls-name", result
            assert not any("send" in line for line in log), log

        def plain_sip_on_the_port_of_tcp_is_no_tls():
            status, result, _, _ = once(BINARY, f"1001@{tcp}", "-t", "tls", "--tls-ca", kamailio.ca,
                                        password="secret1001")
            assert status == 3, result
            assert result["cause"]["id"] in ("tls-not-tls", "tls-failed", "tls-stalled",
                                             "connection-lost"), result

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
             an_authority_that_is_not_known_is_refused, another_name_is_refused,
             plain_sip_on_the_port_of_tcp_is_no_tls, one_connection_serves_the_refreshes])


main()
