"""Packets of a transport stream (ISO/IEC 13818-1 2.4.3.2): a header, a clock, stuffing, a payload, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from redact.checks.reading import Buffer, Flaw, Trail, take

_SIZE = 188
_SYNC = 0x47
_RUN = 4096
_DISCONTINUITY, _RANDOM_ACCESS, _CLOCK = 0x80, 0x40, 0x10
_CLOCK_SIZE = 6


class Packet(NamedTuple):
    """A packet. A gigabyte has millions of them, and a tuple is made faster than anything else.

    pid:     the stream it is of
    starts:  whether something starts in it
    counter: counts payloads
    clock:   a reading of the clock, ticks of 27 MHz; None where there is none
    """

    pid: int
    starts: bool
    counter: int
    clock: int | None
    payload: bytes


@dataclass(frozen=True)
class Grid:
    """Where packets stand: bytes before each, and how many there are."""

    lead: int
    count: int

    @classmethod
    def of(cls, data: Buffer) -> Grid:
        """The grid that fills the file. Raises Flaw where none does."""
        lead = 0 if data[0] == _SYNC and not len(data) % _SIZE else 4
        count, rest = divmod(len(data), lead + _SIZE)
        if rest:
            message = "the file is not made of whole packets"
            raise Flaw(message)
        return cls(lead, count)

    def packets(self, data: Buffer) -> Iterator[Packet]:
        """Every packet. Raises Flaw for one with anything in it that is not allowed."""
        trail = Trail(data)
        size = self.lead + _SIZE
        for first in range(0, self.count, _RUN):
            trail.reach(first * size)
            for start in range(first * size, min(first + _RUN, self.count) * size, size):
                yield _packet(bytes(data[start + self.lead : start + size]))

    def arrival(self, data: Buffer, number: int) -> int:
        """What stands before a packet, as a number."""
        start = number * (self.lead + _SIZE)
        return int.from_bytes(data[start : start + self.lead], "big")


def _packet(data: bytes) -> Packet:
    if data[0] != _SYNC or data[1] & 0xA0 or data[3] & 0xC0 or not data[3] & 0x30:
        message = "a packet has a header that is not allowed"
        raise Flaw(message)
    starts, payload_at, clock = bool(data[1] & 0x40), 4, None
    if data[3] & 0x20:
        payload_at = 5 + data[4]
        clock = _clock_in(data[5:payload_at], data[4], starts)
    if (payload_at < _SIZE) != bool(data[3] & 0x10) or payload_at > _SIZE:
        message = "a packet is not filled by what it says"
        raise Flaw(message)
    return Packet((data[1] & 0x1F) << 8 | data[2], starts, data[3] & 15, clock, data[payload_at:])


def _clock_in(field: bytes, untrusted_size: int, starts: bool) -> int | None:  # noqa: FBT001 - a bit of the header
    """The clock in an adaptation field; None where it holds none. Raises Flaw where it holds anything else."""
    if not untrusted_size:
        return None
    flags = field[0]
    clock = bool(flags & _CLOCK)
    stuffing = field[1 + (_CLOCK_SIZE if clock else 0) :]
    allowed = _CLOCK | (_RANDOM_ACCESS if starts else 0) | (_DISCONTINUITY if clock else 0)
    if len(field) != untrusted_size or flags & ~allowed or stuffing.strip(b"\xff"):
        message = "an adaptation field holds more than a clock"
        raise Flaw(message)
    if not clock:
        return None
    reading = int.from_bytes(take(field, 1, _CLOCK_SIZE, len(field)), "big")
    ticks, reserved, fraction = reading >> 15, reading >> 9 & 0x3F, reading & 0x1FF
    if reserved != 0x3F or fraction >= 300:
        message = "a clock holds more than a time"
        raise Flaw(message)
    return 300 * ticks + fraction
