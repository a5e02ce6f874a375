"""The clock of a program (PCR, ISO/IEC 13818-1 2.4.3.5), told anew from the times of its pictures.

A reading is 42 bits that nobody checks, and packets with nothing else in them may stand anywhere. So each one is what
follows from the pictures: the time at which the last picture that began is decoded, less how far the film's first
reading was ahead of it, to a hundredth of a second; and a little for each packet since, as time does not stand still.
Readings before the first picture go.
"""

from __future__ import annotations

from redact.formats.transport import packets
from redact.formats.transport.elementary import decoded_at

_PER_TICK = 300
"""Ticks of 27 MHz in one of 90 kHz."""
_RING = 1 << 33
_STEP, _MOST_STEPS = 100, 2000
"""Ticks of 27 MHz for each packet; in all less than pictures are apart."""
_GRAIN, _LEAST_LEAD, _MOST_LEAD, _USUAL_LEAD = 900, 0, 10 * 90_000, 63_000
"""Ticks of 90 kHz: how exactly it is told how far ahead the clock is, and how far it can be."""
_HEADER_BYTES = 19


class Clock:
    """Writes the clock into the packets that are to tell it, in the order in which these stand in the file.

    pid: the stream of pictures whose times it follows
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._decoded: int | None = None
        self._steps = 0
        self._lead: int | None = None

    def told(self, packet: bytearray, pid: int) -> bytes | None:
        """The new reading, which the packet then has; empty where it has none, None for a packet that is to go."""
        self._follow(packet, pid)
        reads = packet[3] & 0x20 and packet[4] and packet[5] & packets.CLOCK
        if not reads:
            return b""
        if self._decoded is None:
            # Neither does a jump mean anything without a clock.
            packet[5] &= ~(packets.CLOCK | packets.DISCONTINUITY)
            packet[6 : 6 + packets.CLOCK_BYTES] = b"\xff" * packets.CLOCK_BYTES
            return b"" if packet[3] & 0x10 else None
        place = slice(6, 6 + packets.CLOCK_BYTES)
        packet[place] = reading = self._reading(self._decoded, packet[place])
        return reading

    def _follow(self, packet: bytearray, pid: int) -> None:
        self._steps = min(self._steps + 1, _MOST_STEPS)
        if pid == self._pid and packet[1] & 0x40:
            payload = packet[5 + packet[4] if packet[3] & 0x20 else 4 :][:_HEADER_BYTES]
            decoded = decoded_at(payload)
            if decoded is not None:
                self._decoded, self._steps = decoded, 0

    def _reading(self, decoded: int, told: bytes | bytearray) -> bytes:
        passed = _STEP * self._steps
        if self._lead is None:
            self._lead = _lead(decoded - packets.ticks(told) // _PER_TICK + passed // _PER_TICK)
        ticks = ((decoded - self._lead) * _PER_TICK + passed) % (_RING * _PER_TICK)
        base, fraction = divmod(ticks, _PER_TICK)
        return (base << 15 | 0x3F << 9 | fraction).to_bytes(packets.CLOCK_BYTES, "big")


def _lead(ticks: int) -> int:
    """How far the clock is ahead, to the grain; the usual lead where it cannot be that far."""
    rounded = round(ticks % _RING / _GRAIN) * _GRAIN
    return rounded if _LEAST_LEAD <= rounded <= _MOST_LEAD else _USUAL_LEAD
