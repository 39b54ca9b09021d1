#!/usr/bin/env python3
"""`lineup register` at a name of three servers, over UDP, TCP and TLS, by IPv4 and IPv6: nsd's SRV records
name one that is dead, one that is out of service (503) and Kamailio, in this order. And a name that has no
TLS to offer, asked for TLS: nothing goes to what it has instead (attack F06). Usage: PROGRAM LINEUP"""
import os
import socket
import sys

from nsd import Nsd
from peer import Unable, once, run, skip
from secure import TLS_MODULE, Secure, has_v6
from stub import Door, Stub, silent

BINARY = sys.argv[1]
HOSTS = {"v4": "127.0.0.1", "v6": "::1"}
SERVICES = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}


def refuses(request):
    return request.answer("503 Service Unavailable", "Retry-After: 60\r\n")


def out_of_service(transport, host, certificate):
    if transport == "udp":
        return Stub(lambda request, n: request.answer("503 Service Unavailable"), host)
    return Door(refuses, host, certificate=certificate if transport == "tls" else None)


def zone(records):
    """Host names v4 and v6, and these SRV records: (service, name, priority, port)."""
    return ("$ORIGIN pbx.test.\n$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 30\n@ NS ns\nns A 127.0.0.1\n"
            "at4 A 127.0.0.1\nat6 AAAA ::1\nless A 127.0.0.1\n" +
            "".join(f"{service}.{name} SRV {priority} 0 {port} {'at6' if name == 'v6' else 'at4'}\n"
                    for service, name, priority, port in records))


def ports_asked(events):
    ports = [int(e["to"].rsplit(":", 1)[1]) for e in events if e["event"] == "send"]
    return [port for i, port in enumerate(ports) if i == 0 or ports[i - 1] != port]


def main():
    if not os.path.exists(TLS_MODULE):
        skip("kamailio-tls-modules is not installed (tools/install-deps lists it)")
    with Secure(",".join(f"DNS:{name}.pbx.test" for name in HOSTS)) as kamailio:
        certificate = os.path.join(kamailio.dir, "cert.pem"), os.path.join(kamailio.dir, "key.pem")

        def three_servers(name, transport):
            def test():
                if name == "v6" and not has_v6():
                    raise Unable("no ::1 on this machine")
                good = kamailio.tls_port if transport == "tls" else kamailio.port
                with socket.socket() as closed, out_of_service(transport, HOSTS[name], certificate) as busy:
                    closed.bind(("127.0.0.1", 0))  # its own for as long as this, and nobody listens
                    dead = closed.getsockname()[1]
                    records = [(SERVICES[transport], name, 10 * (i + 1), port)
                               for i, port in enumerate((dead, busy.port, good))]
                    with Nsd(zone(records)) as nsd:
                        more = ("--tls-ca", kamailio.ca) if transport == "tls" else ()
                        status, result, log, events = once(
                            BINARY, "1001@pbx.test", "-x", f"{name}.pbx.test", "-t", transport, "--dns",
                            f"127.0.0.1:{nsd.port}", *more, password="secret1001")
                assert status == 0 and result["result"] == "registered", (result, log)
                assert result["transport"] == transport, result
                first = [dead] if transport == "udp" else []  # no connection, no request
                assert ports_asked(events) == [*first, busy.port, good], (ports_asked(events), log)
                assert len(busy.requests) == 1, [r.text for r in busy.requests]
                assert kamailio.contacts() == []
            test.__name__ = f"{transport}_{name}_goes_from_the_dead_to_the_busy_to_the_good_server"
            return test

        def tls_goes_to_nothing_less():
            with Door(refuses, "127.0.0.1") as tcp, Stub(silent) as udp, \
                    Nsd(zone([("_sip._udp", "less", 10, udp.port), ("_sip._tcp", "less", 10, tcp.port)])) as nsd:
                for address, more in ("1001@less.pbx.test", ("-t", "tls")), ("sips:1001@less.pbx.test", ()):
                    status, result, _, events = once(BINARY, address, *more, "--dns", f"127.0.0.1:{nsd.port}",
                                                     password="secret1001")
                    assert status == 3 and result["cause"]["id"] == "port-closed", result
                    assert result["transport"] == "tls" and not ports_asked(events), (result, events)
                assert tcp.came == 0 and udp.requests == [], (tcp.came, udp.requests)

        tests = [three_servers(name, transport) for name in HOSTS for transport in SERVICES]
        run([*tests, tls_goes_to_nothing_less])


main()
