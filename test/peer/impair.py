"""A bad network between a client and a UDP server of 127.0.0.1: it loses, doubles, delays (and so
reorders) and cuts datagrams, each way, as its seed has it. Behind it the server sees an address that is
not the client's, as behind a NAT."""
import heapq
import random
import selectors
import socket
import threading
import time


THERE, BACK = "to the server", "to the client"


class Impair:
    """Per cent of datagrams that are lost, doubled, cut; delay_s is the longest delay."""

    def __init__(self, server, seed=1, lost=30, doubled=10, cut=3, delay_s=0.3):
        host, port = server.rsplit(":", 1)
        self.server = (host, int(port))
        self.chance = random.Random(seed)
        self.lost, self.doubled, self.cut, self.delay_s = lost, doubled, cut, delay_s
        self.counts = {way: dict(passed=0, lost=0, doubled=0, cut=0, overtaken=0) for way in (THERE, BACK)}
        self.newest = {THERE: 0, BACK: 0}
        self.front = self.socket()
        self.address = "127.0.0.1:%d" % self.front.getsockname()[1]
        self.wake, self.bell = socket.socketpair()
        self.thread = threading.Thread(target=self.run)

    @staticmethod
    def socket():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", 0))
        s.setblocking(False)
        return s

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.bell.send(b"x")
        self.thread.join()
        for s in (self.wake, self.bell):
            s.close()

    def rolls(self, percent):
        return self.chance.random() * 100 < percent

    def take(self, way, data, send):
        """One that came in: what becomes of it. Of two copies one may be lost or cut."""
        copies = 1 + self.rolls(self.doubled)
        self.counts[way]["doubled"] += copies - 1
        for _ in range(copies):
            if self.rolls(self.lost):
                self.counts[way]["lost"] += 1
                continue
            copy = data
            if self.rolls(self.cut):
                copy = data[:self.chance.randrange(len(data))]
                self.counts[way]["cut"] += 1
            self.order += 1
            heapq.heappush(self.due, (time.monotonic() + self.chance.random() * self.delay_s,
                                      self.order, way, send, copy))

    def hand_over(self, order, way, send, data):
        self.counts[way]["passed"] += 1
        self.counts[way]["overtaken"] += order < self.newest[way]
        self.newest[way] = max(order, self.newest[way])
        send(data)

    def run(self):
        self.due, self.order, backs = [], 0, {}
        with selectors.DefaultSelector() as selector:
            selector.register(self.wake, selectors.EVENT_READ, None)
            selector.register(self.front, selectors.EVENT_READ, "front")
            while True:
                wait = max(0, self.due[0][0] - time.monotonic()) if self.due else None
                for key, _ in selector.select(wait):
                    if key.data is None:
                        for s in [self.front, *backs.values()]:
                            s.close()
                        return
                    data, peer = key.fileobj.recvfrom(65536)
                    if key.data == "front":
                        if peer not in backs:
                            backs[peer] = self.socket()
                            selector.register(backs[peer], selectors.EVENT_READ, peer)
                        self.take(THERE, data, lambda d, s=backs[peer]: s.sendto(d, self.server))
                    else:
                        self.take(BACK, data, lambda d, p=key.data: self.front.sendto(d, p))
                while self.due and self.due[0][0] <= time.monotonic():
                    self.hand_over(*heapq.heappop(self.due)[1:])
