"""The two tables that list a program (ISO/IEC 13818-1 2.4.4), byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from redact.checks.reading import Buffer, Flaw, take
from redact.checks.structure.transport.packets import Grid

_PICTURES = {0x01: "mpeg1video", 0x02: "mpeg2video", 0x10: "mpeg4", 0x1B: "h264", 0x24: "hevc", 0x33: "vvc"}
_SOUNDS = frozenset({0x03, 0x04, 0x0F, 0x11, 0x81, 0x87, 0x8A})
_DISC_SOUNDS = frozenset({0x03, 0x04, 0x0F, 0x11, *range(0x80, 0x83), *range(0x84, 0x87)})
_DISC = b"\x05\x04HDMV"
_PRIVATE = 0x06
_PRIVATE_PICTURES = {b"\x05\x04HEVC": "hevc", b"\x05\x04VVC ": "vvc"}
_PRIVATE_SOUNDS = frozenset({
    b"\x05\x04AC-3", b"\x05\x04EAC3", b"\x05\x04DTS1", b"\x05\x04DTS2", b"\x05\x04DTS3",
    b"\x6a\1\0", b"\x7a\1\0", b"\x7b\1\0",
})  # fmt: skip
_OPUS = b"\x05\x04Opus\x7f\x02\x80"
"""And one byte more, the channels."""

_LARGEST = 183
"""Bytes of a section that fits into one packet."""


@dataclass(frozen=True)
class Stream:
    """A stream of a program: its packets, and FFmpeg's name of its coding where it is one of pictures, else ''."""

    pid: int
    pictures: str


@dataclass(frozen=True)
class Program:
    """The one program: both tables as they have to be in every packet of theirs, and what the map lists."""

    associations: bytes
    map_pid: int
    map: bytes
    clock_pid: int
    streams: tuple[Stream, ...]


def program(data: Buffer, grid: Grid) -> Program:
    """The program that the first of each kind of table tells of. Raises Flaw unless they tell of nothing else."""
    associations = _first(data, grid, 0)
    rows = _content(associations, 0)
    map_pid = _pid(rows, 2)
    if len(rows) != 4 or rows[:2] != b"\0\1":
        message = "there is not exactly one program"
        raise Flaw(message)
    table = _first(data, grid, map_pid)
    body = _content(table, 2)
    disc = _described(body, 2) == _DISC
    if not disc and _described(body, 2):
        message = "the program tells more than how it is coded"
        raise Flaw(message)
    streams = tuple(_streams(body, 4 + len(_described(body, 2)), _DISC_SOUNDS if disc else _SOUNDS))
    pids = {0, map_pid, *(stream.pid for stream in streams)}
    if len(pids) != 2 + len(streams) or not any(stream.pictures for stream in streams):
        message = "there is no stream of pictures, or two streams share packets"
        raise Flaw(message)
    if _pid(body, 0) in (0, map_pid):
        message = "the clock is among the tables"
        raise Flaw(message)
    return Program(associations, map_pid, table, _pid(body, 0), streams)


def _first(data: Buffer, grid: Grid, pid: int) -> bytes:
    packet = next((packet for packet in grid.packets(data) if packet.pid == pid), None)
    if packet is None:
        message = "a table is missing"
        raise Flaw(message)
    return packet.payload


def _content(payload: bytes, kind: int) -> bytes:
    """What a section says behind its header. Raises Flaw unless the payload is that section, and stuffing."""
    untrusted_size = 3 + ((payload[2] & 0x0F) << 8 | payload[3])
    section, stuffing = payload[1 : 1 + untrusted_size], payload[1 + untrusted_size :]
    header = bytes((0, kind, 0xB0 | (untrusted_size - 3) >> 8, (untrusted_size - 3) & 0xFF)) + b"\0\1\xc1\0\0"
    if not 12 <= untrusted_size <= _LARGEST or payload[:9] != header or stuffing.strip(b"\xff") or _remainder(section):
        message = "a table is not exactly one section"
        raise Flaw(message)
    return section[8:-4]


def _streams(body: bytes, start: int, sounds: frozenset[int]) -> Iterator[Stream]:
    while start < len(body):
        coding, pid, described = body[start], _pid(body, start + 1), _described(body, start + 3)
        start += 5 + len(described)
        if coding in _PICTURES and not described:
            yield Stream(pid, _PICTURES[coding])
        elif coding == _PRIVATE and described in _PRIVATE_PICTURES:
            yield Stream(pid, _PRIVATE_PICTURES[described])
        elif _is_sound(coding, described, sounds):
            yield Stream(pid, "")
        else:
            message = f"a stream of type {coding:#04x} is not allowed, or tells more than how it is coded"
            raise Flaw(message)


def _is_sound(coding: int, described: bytes, sounds: frozenset[int]) -> bool:
    if coding != _PRIVATE:
        return coding in sounds and not described
    return described in _PRIVATE_SOUNDS or (described[:-1] == _OPUS and len(described) == len(_OPUS) + 1)


def _pid(body: bytes, start: int) -> int:
    """A stream's number. Raises Flaw unless the bits before it are set."""
    pid = int.from_bytes(take(body, start, 2, len(body)), "big")
    if pid >> 13 != 7:
        message = "reserved bits of a table are not set"
        raise Flaw(message)
    return pid & 0x1FFF


def _described(body: bytes, start: int) -> bytes:
    """Descriptors behind their length. Raises Flaw unless the bits before that are set."""
    size = int.from_bytes(take(body, start, 2, len(body)), "big")
    if size >> 12 != 15:
        message = "reserved bits of a table are not set"
        raise Flaw(message)
    return take(body, start + 2, size & 0x0FFF, len(body))


def _remainder(section: bytes) -> int:
    """0 for a section that ends with its checksum (Annex A), bit by bit."""
    value = 0xFFFFFFFF
    for octet in section:
        value ^= octet << 24
        for _ in range(8):
            value = (value << 1) ^ (0x104C11DB7 if value >> 31 else 0)
    return value
