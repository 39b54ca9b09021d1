"""Kamailio over TCP and TLS, IPv4 and IPv6, with an authority of its own."""
import os
import socket
import subprocess

from peer import Kamailio, free_port, need

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
    """Kamailio on TLS as well, for names (a subjectAltName), and on ::1 where there is one."""

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
        v6 = (f"listen=udp:[::1]:{self.port}\nlisten=tcp:[::1]:{self.port}\n"
              f"listen=tls:[::1]:{self.tls_port}\n") if has_v6() else ""
        self.head = (f"enable_tls=yes\nlisten=tls:127.0.0.1:{self.tls_port}\n{v6}")
        self.modules = ('loadmodule "tls.so"\n'
                        f'modparam("tls", "private_key", "{own}")\n'
                        f'modparam("tls", "certificate", "{cert}")\n'
                        'modparam("tls", "tls_method", "TLSv1.2+")\n')

    def adapt(self, text):
        text = text.replace("children=1\n", self.head + "children=1\n", 1)
        return text.replace('loadmodule "kex.so"\n', 'loadmodule "kex.so"\n' + self.modules, 1)
