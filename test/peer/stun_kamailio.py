#!/usr/bin/env python3
"""STUN on the SIP socket (RFC 5626 3.5.2), answered by Kamailio's own: by the doctor, and as the keep-alive of
a line. Usage: PROGRAM LINEUP"""
import struct
import sys

from check import Check
from impair import BACK, THERE, Impair
from peer import Kamailio, Lineup, run, until

BINARY = sys.argv[1]
FLOW_TIMER_S = 10  # the least that is heeded, so that the test need not wait for half a minute
REQUEST, SUCCESS, COOKIE = 0x0001, 0x0101, 0x2112A442
XOR_MAPPED_ADDRESS = 0x0020


class WithStun(Kamailio):
    """Kamailio that answers Binding requests, and says how long it keeps a flow."""

    def adapt(self, text):
        save = 'save("location");'
        assert save in text
        text = text.replace(save, f'append_to_reply("Flow-Timer: {FLOW_TIMER_S}\\r\\n"); {save}')
        first = 'loadmodule "kex.so"\n'
        assert first in text
        return text.replace(first, first + 'loadmodule "stun.so"\n')


class Wire(Impair):
    """The way to a server, which loses nothing, and keeps what is no SIP."""

    def __init__(self, server):
        super().__init__(server, lost=0, doubled=0, cut=0, delay_s=0)
        self.stun = []

    def take(self, way, data, send):
        if len(data) >= 20 and data[0] < 2:
            self.stun.append((way, data))
        super().take(way, data, send)

    def since(self, way, kind):
        """The datagrams of this kind that went this way."""
        return [data for went, data in self.stun if went == way and struct.unpack("!H", data[:2])[0] == kind]


def mapped_port(response):
    """What a Binding response says of where the request came from (RFC 8489 14.2)."""
    at = 20
    while at < len(response):
        kind, size = struct.unpack("!HH", response[at:at + 4])
        if kind == XOR_MAPPED_ADDRESS:
            return struct.unpack("!H", response[at + 6:at + 8])[0] ^ COOKIE >> 16
        at += 4 + (size + 3) // 4 * 4
    raise AssertionError(f"no XOR-MAPPED-ADDRESS: {response.hex()}")


def main():
    with WithStun() as kamailio:
        server = f"127.0.0.1:{kamailio.port}"

        def the_doctor_is_answered():
            found = Check(BINARY, f"1001@{server}", "--keepalive", "stun", password="secret1001")
            found.assert_ok()
            step = found.steps["keep-alive"]
            assert step["state"] == "good" and "STUN" in step["text"], step

        def a_line_is_answered_again_and_again_and_stays_as_it_is():
            with Wire(server) as wire, Lineup(BINARY, f"1001@{wire.address}", "--outbound",
                                              password="secret1001") as line:
                answers = until(lambda: len(wire.since(BACK, SUCCESS)) >= 2 and wire.since(BACK, SUCCESS),
                                "two Binding responses")
                asked = wire.since(THERE, REQUEST)
                # Each is the answer to one of ours, by its transaction, and nothing was asked twice.
                assert len(asked) == len(answers), (asked, answers)
                assert [data[4:20] for data in asked] == [data[4:20] for data in answers], (asked, answers)
                # What STUN says is what the Via said: no reason to register anew, and none to warn.
                said = " ".join(line.log())
                assert said.count("sees us at 127.0.0.1:%d," % mapped_port(answers[0])) == 1, said
                assert "answers no STUN" not in said, said
                assert len(kamailio.contacts()) == 1, kamailio.contacts()

        run([the_doctor_is_answered, a_line_is_answered_again_and_again_and_stays_as_it_is])


main()
