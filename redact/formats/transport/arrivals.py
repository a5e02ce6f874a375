"""When packets arrived, as M2TS files tell before each: 30 bits of a clock of 27 MHz, which players go by or ignore.

Nobody checks these bytes, and some writers put little sense into them, so they are told anew: between two readings of
the programme's own clock packets arrive evenly. Before the first one it is taken to be zero.
"""

from __future__ import annotations

from redact.formats.transport import packets
from redact.formats.transport.packets import PACKET_BYTES

_TICKS_PER_SECOND = 27_000_000
_CLOCK_RING = 300 << 33
_ARRIVAL_MASK = (1 << 30) - 1
_MOST_WAITING = 1 << 16
"""Packets behind a reading of the clock that the next one is waited for."""


class Arrivals:
    """Puts times before packets, in the order in which these are written."""

    def __init__(self) -> None:
        self._clock = 0
        self._waiting = bytearray()
        self._waits = True

    def timed(self, packet: bytes | bytearray, clock: bytes) -> bytes:
        """What can be written now that a packet came, with its reading of the clock where it has one."""
        done = b""
        if clock:
            ticks = packets.ticks(clock)
            done = self._spread(ticks)
            self._clock, self._waits = ticks, True
        self._waiting += packet
        if not self._waits or len(self._waiting) > _MOST_WAITING * PACKET_BYTES:
            self._waits = False
            done += self.rest()
        return done

    def rest(self) -> bytes:
        """What waits, as if the clock stood still."""
        return self._spread(self._clock)

    def _spread(self, until: int) -> bytes:
        """What waits, evenly from the last reading of the clock to the next; all at once where that jumps."""
        waiting, self._waiting = bytes(self._waiting), bytearray()
        ahead = (until - self._clock) % _CLOCK_RING
        ahead = ahead if ahead <= _TICKS_PER_SECOND else 0
        whole = [waiting[place : place + PACKET_BYTES] for place in range(0, len(waiting), PACKET_BYTES)]
        times = ((self._clock + ahead * number // len(whole)) & _ARRIVAL_MASK for number in range(len(whole)))
        return b"".join(time.to_bytes(4, "big") + packet for time, packet in zip(times, whole, strict=True))
