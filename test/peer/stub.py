"""A server that says what a test wants, over UDP: on a port of its own, in a thread of its own."""
import re
import socket
import ssl
import threading


class Request:
    """One that came in: its bytes, and its headers by name."""

    def __init__(self, data):
        self.text = data.decode("latin-1")
        self.method = self.text.split(" ", 1)[0]

    def header(self, name):
        found = re.search(rf"^{name}: (.*)\r$", self.text, re.M)
        return found.group(1) if found else None

    def contact(self):
        return re.match("<[^>]*>", self.header("Contact")).group(0)

    def answer(self, status, headers=""):
        """A response as bytes; status and headers are text, each byte a character of Latin-1."""
        kept = "".join(f"{name}: {self.header(name)}\r\n"
                       for name in ("Via", "From", "To", "Call-ID", "CSeq"))
        return f"SIP/2.0 {status}\r\n{kept}{headers}Content-Length: 0\r\n\r\n".encode("latin-1")


class Served:
    """A UDP socket on a port of its own where none is said, and a thread that calls take(data) for each datagram and sends
    back what that returns: bytes, or None."""

    def __init__(self, host="127.0.0.1", port=0):
        self.answered = 0
        self.family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(self.family, socket.SOCK_DGRAM)
        self.socket.bind((host, port))
        self.port = self.socket.getsockname()[1]
        self.address = f"{host}:{self.port}"
        self.thread = threading.Thread(target=self.serve)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        with socket.socket(self.family, socket.SOCK_DGRAM) as s:
            s.sendto(b"end", self.socket.getsockname())
        self.thread.join()
        self.socket.close()

    def serve(self):
        while True:
            data, peer = self.socket.recvfrom(65536)
            if data == b"end":
                return
            answer = self.take(data)
            if answer:
                self.socket.sendto(answer, peer)
                self.answered += 1


class Stub(Served):
    """answer(request, n) is called for the n-th request (from 1) and returns what is sent back: bytes,
    or None. What came is kept in requests."""

    def __init__(self, answer, host="127.0.0.1"):
        super().__init__(host)
        self.reply = answer
        self.requests = []

    def take(self, data):
        self.requests.append(Request(data))
        return self.reply(self.requests[-1], len(self.requests))


class Door:
    """A server of TCP or TLS that takes one connection after the other, and answers each request on it with
    what answer(request) returns. port 0: any that is free. certificate: a pair of files; None: TCP."""

    def __init__(self, answer, host, port=0, certificate=None):
        self.answer = answer
        self.came = 0
        self.requests = []
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.create_server((host, port), family=family)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def serve(self):
        while True:
            try:
                peer = self.listener.accept()[0]
            except OSError:
                return
            self.came += 1
            with peer:
                peer.settimeout(20)
                self.talk(peer)

    def talk(self, peer):
        if self.context:
            peer = self.context.wrap_socket(peer, server_side=True)
        data = b""
        with peer:
            while more := peer.recv(65536):
                data += more
                if data.endswith(b"\r\n\r\n") and data.strip():
                    self.requests.append(Request(data))
                    peer.sendall(self.answer(self.requests[-1]))
                    data = b""


def grants(request, _=0, expires=60):
    return request.answer("200 OK", f"Contact: {request.contact()};expires={expires}\r\n")


def silent(_request, _n):
    return None
