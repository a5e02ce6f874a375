"""The program's clock: every reading has to be the one that follows from the times of the pictures."""

from __future__ import annotations

from redact.checks.reading import Flaw
from redact.checks.structure.transport.packets import Packet

_RING = 300 << 33
_LEAST, _MOST, _GRAIN = 0, 10 * 27_000_000, 270_000
"""Ticks of 27 MHz by which the clock may be ahead of the pictures, and in which steps."""
_STEP, _STEPS = 100, 2000
"""It goes on so many ticks a packet, for so many packets behind the beginning of a picture."""


class Readings:
    """The readings of the clock in a file, in order.

    pid: the stream of pictures that they follow
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._begun: tuple[int, int] | None = None
        self._ahead: int | None = None

    def admit(self, number: int, packet: Packet) -> None:
        """Take a packet and its number. Raises Flaw where its reading tells anything of its own."""
        if packet.pid == self._pid and packet.starts and packet.payload[7] & 0x80:
            place = 14 if packet.payload[7] & 0x40 else 9
            self._begun = number, 300 * _time(packet.payload[place : place + 5])
        if packet.clock is None:
            return
        if self._begun is None:
            message = "the clock is read before a picture begins"
            raise Flaw(message)
        begun, time = self._begun
        ahead = (time + _STEP * min(number - begun, _STEPS) - packet.clock) % _RING
        if self._ahead is None:
            self._ahead = ahead
        if ahead != self._ahead or not _LEAST <= ahead <= _MOST or ahead % _GRAIN:
            message = "the clock tells something else than the times of the pictures"
            raise Flaw(message)


def _time(data: bytes) -> int:
    """33 bits in three groups, each with a bit behind it."""
    return (data[0] & 0x0E) << 29 | data[1] << 22 | (data[2] & 0xFE) << 14 | data[3] << 7 | data[4] >> 1
