"""The daemon asked over HTTP, as a scraper and the command line ask it."""
import http.client
import json
import socket
import sys


class Local(http.client.HTTPConnection):
    """Over the UNIX socket of the same user, who needs no login."""

    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def ask(connection, method, path, body=None, headers=None):
    connection.request(method, path, body and json.dumps(body),
                       {"Content-Type": "application/json", **(headers or {})} if body else headers or {})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status not in (200, 201):
        sys.exit(f"{method} {path}: {answer.status} {text[:500]}")
    return text
