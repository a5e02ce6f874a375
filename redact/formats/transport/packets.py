"""The packets of a transport stream (ISO/IEC 13818-1 2.4.3): where they stand in a file, what is in one, a new one.

A file is a grid of packets of 188 bytes that each begin with the same byte. Blu-ray discs and AVCHD camcorders put
four bytes before each one: the time at which it arrived, in ticks of 27 MHz.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.text import is_text

SYNC = 0x47
PACKET_BYTES = 188
PAYLOAD_BYTES = 184
CLOCK_BYTES = 6
_CLOCK_FRACTIONS = 300
NULL_PID = 0x1FFF
PIDS = 0x2000

_PIECE_PACKETS = 4096
_PROOF_PACKETS = 5
"""So many packets in a row are no accident."""

DISCONTINUITY, RANDOM_ACCESS, CLOCK = 0x80, 0x40, 0x10
"""Flags of an adaptation field that may stay."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the packets of a file stand.

    lead:  bytes before each packet
    count: whole packets, one behind the other from the start of the file
    rest:  bytes behind the last of them
    """

    lead: int
    count: int
    rest: int

    @property
    def step(self) -> int:
        """Bytes from one packet to the next."""
        return self.lead + PACKET_BYTES


class Packet(NamedTuple):
    """One packet. A film has millions of them, and a tuple is made in half the time of a frozen dataclass.

    pid:        identifier of the stream it belongs to
    starts:     True where a section or a PES packet begins in it
    counter:    continuity counter
    error:      True where the receiver marked it as broken
    scrambled:  True where its payload is encrypted
    adaptation: the adaptation field behind its length; empty where there is none
    payload:    None where it carries none
    """

    pid: int
    starts: bool
    counter: int
    error: bool
    scrambled: bool
    adaptation: bytes
    payload: bytes | None

    @property
    def flags(self) -> int:
        """The flags of the adaptation field."""
        return self.adaptation[0] if self.adaptation else 0

    @property
    def clock(self) -> bytes:
        """The programme clock reference with its reserved bits set; empty where there is none."""
        if not self.flags & CLOCK:
            return b""
        clock = bytearray(self.adaptation[1 : 1 + CLOCK_BYTES])
        clock[4] |= 0x7E
        return bytes(clock)


def looks_like_packets(head: bytes) -> bool:
    """True when a file may begin like this that is made of packets, and no text does."""
    return any(_is_header(head[lead : lead + 4]) for lead in (0, 4)) and not is_text(head)


def _is_header(header: bytes) -> bool:
    """True for the header of a packet that is whole and holds something."""
    return len(header) == 4 and header[0] == SYNC and not header[1] & 0x80 and bool(header[3] & 0x30)


def grid_of(source: BinaryIO) -> Grid:
    """Where the packets of a seekable stream stand.

    Raises UnsupportedFormatError for a file that is no grid of packets from its start, DamagedFileError where packets
    go on behind a place that is none.
    """
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    head = source.read((_PROOF_PACKETS + 1) * (PACKET_BYTES + 4))
    for lead in (0, 4):
        step = lead + PACKET_BYTES
        syncs = head[lead::step][: min(_PROOF_PACKETS, max(size // step, 1))]
        if syncs and syncs == bytes((SYNC,)) * len(syncs):
            count = _length(source, lead, size // step)
            rest = size - count * step
            _check_rest(source, count * step, step)
            return Grid(lead, count, rest)
    message = "the file does not begin with the packets of a transport stream: remux it as one first"
    raise UnsupportedFormatError(message)


def _length(source: BinaryIO, lead: int, most: int) -> int:
    """How many packets follow each other from the start."""
    step = lead + PACKET_BYTES
    source.seek(0)
    done = 0
    while done < most:
        rows = _rows(source, step, min(_PIECE_PACKETS, most - done))
        lost = np.flatnonzero(rows[:, lead] != SYNC)
        if len(lost):
            return done + int(lost[0])
        done += len(rows)
        if not len(rows):
            break
    return done


def _check_rest(source: BinaryIO, start: int, step: int) -> None:
    """Raise DamagedFileError where packets go on behind the last of the grid, or the last one is cut."""
    source.seek(start)
    overlap = step * _PROOF_PACKETS
    again = re.compile(b"\x47(?=" + b"\x47".join([b".{%d}" % (step - 1)] * (_PROOF_PACKETS - 1)) + b"\x47)", re.DOTALL)
    rest = source.read(overlap)
    # What is too short for a packet and begins like one was one.
    if len(rest) < step and rest[step - PACKET_BYTES :][:1] == bytes((SYNC,)):
        message = "the last packet of the film is cut: get an undamaged original"
        raise DamagedFileError(message)
    while rest:
        if again.search(rest):
            message = "packets of the film are damaged or missing: get an undamaged original"
            raise DamagedFileError(message)
        more = source.read(_PIECE_PACKETS * step)
        rest = rest[-overlap:] + more if more else b""


def _rows(source: BinaryIO, step: int, count: int) -> NDArray[np.uint8]:
    """The next packets, uint8 (packets, step)."""
    piece = source.read(count * step)
    return np.frombuffer(piece, np.uint8, len(piece) // step * step).reshape(-1, step)


def pieces(source: BinaryIO, grid: Grid) -> Iterator[NDArray[np.uint8]]:
    """All packets, some thousands at a time, uint8 (packets, step)."""
    done = 0
    while done < grid.count:
        source.seek(done * grid.step)
        rows = _rows(source, grid.step, min(_PIECE_PACKETS, grid.count - done))
        if not len(rows):
            message = "the film became shorter while it was read: try again"
            raise DamagedFileError(message)
        yield rows
        done += len(rows)


def pids_of(rows: NDArray[np.uint8], grid: Grid) -> NDArray[np.int64]:
    """The stream that each packet belongs to."""
    high, low = rows[:, grid.lead + 1].astype(np.int64), rows[:, grid.lead + 2].astype(np.int64)
    return (high & 0x1F) << 8 | low


def chosen(rows: NDArray[np.uint8], grid: Grid, pids: Collection[int]) -> Iterator[Packet]:
    """The packets of some streams. Raises DamagedFileError for one whose adaptation field does not fit into it."""
    data = rows.tobytes()
    starts = np.flatnonzero(np.isin(pids_of(rows, grid), list(pids))) * grid.step + grid.lead
    for start in starts.tolist():
        yield _packet(data[start : start + PACKET_BYTES])


def _packet(body: bytes) -> Packet:
    _, high, low, control = body[:4]
    start, field = 4, b""
    if control & 0x20:
        start = 5 + body[4]
        field = body[5:start]
        if start > PACKET_BYTES or not _clock_is_one(field):
            message = "a packet of the film contradicts its own size: get an undamaged original"
            raise DamagedFileError(message)
    return Packet(
        pid=(high & 0x1F) << 8 | low,
        starts=high & 0x40 > 0,
        counter=control & 0x0F,
        error=high & 0x80 > 0,
        scrambled=control & 0xC0 > 0,
        adaptation=field,
        payload=body[start:] if control & 0x10 else None,
    )


def _clock_is_one(field: bytes) -> bool:
    """True unless an adaptation field has a clock that does not fit into it, or runs over."""
    if not field or not field[0] & CLOCK:
        return True
    return len(field) > CLOCK_BYTES and int.from_bytes(field[5:7], "big") & 0x1FF < _CLOCK_FRACTIONS


def ticks(clock: bytes | bytearray) -> int:
    """A programme clock reference in ticks of 27 MHz."""
    value = int.from_bytes(clock, "big")
    return (value >> 15) * _CLOCK_FRACTIONS + (value & 0x1FF)


def adaptation(flags: int, clock: bytes) -> bytes:
    """An adaptation field behind its length, with nothing in it but these; empty where there is nothing to say."""
    return bytes((flags | (CLOCK if clock else 0),)) + clock if flags or clock else b""


def room(field: bytes) -> int:
    """How many bytes of payload a packet with such an adaptation field has room for."""
    return PAYLOAD_BYTES - (len(field) + 1 if field else 0)


def written(pid: int, field: bytes, payload: bytes, *, starts: bool) -> bytearray:
    """A packet without its continuity counter, stuffed to its size. It carries no payload where that is empty."""
    long = bytes((len(field),)) + field if field else b""
    stuffing = PAYLOAD_BYTES - len(long) - len(payload)
    if stuffing and not field:
        # The length of the field takes one byte, its flags another.
        long, stuffing = (b"\0\0", stuffing - 2) if stuffing > 1 else (b"\0", 0)
    if stuffing or long:
        long = bytes((len(long) + stuffing - 1,)) + long[1:] + b"\xff" * stuffing
    control = (0x20 if long else 0) | (0x10 if payload else 0)
    return bytearray((SYNC, (0x40 if starts else 0) | pid >> 8, pid & 0xFF, control)) + long + payload
