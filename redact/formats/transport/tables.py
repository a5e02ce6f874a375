"""Program tables (ISO/IEC 13818-1 2.4.4): which programs there are, which streams one has, and new ones of these.

They tell the broadcaster's network, languages, names and whatever descriptors hold; new ones tell which packets are
pictures and sound and how they are coded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.transport.packets import PAYLOAD_BYTES, Packet, written

PROGRAMS_PID = 0
_PROGRAMS, _STREAMS = 0, 2
_HEADER_BYTES, _CHECKSUM_BYTES = 8, 4
_MOST_SECTION_BYTES = 1024

OUR_NUMBER = 1
"""Of the one transport stream, and of the one program in it: the originals' tell who broadcast them."""

_POLYNOMIAL = 0x04C11DB7


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A descriptor: what it is, and what it says."""

    tag: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Stream:
    """An elementary stream: how it is coded, which packets carry it, what else is told of it."""

    coding: int
    pid: int
    descriptors: tuple[Descriptor, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A program: its number, the stream whose packets carry its clock, and its streams."""

    number: int
    clock_pid: int
    descriptors: tuple[Descriptor, ...]
    streams: tuple[Stream, ...]


class Sections:
    """Sections of one table, put together from the payloads of its packets."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._reading = False

    def of(self, packet: Packet) -> Iterator[bytes]:
        """The sections that are complete with this packet, checked. Raises DamagedFileError."""
        payload = packet.payload or b""
        if packet.starts:
            if not payload or payload[0] >= len(payload):
                raise _damaged()
            pointed = 1 + payload[0]
            if self._reading:
                self._pending += payload[1:pointed]
                yield from self._complete()
            self._pending, self._reading = bytearray(payload[pointed:]), True
        elif self._reading:
            self._pending += payload
        yield from self._complete()

    def _complete(self) -> Iterator[bytes]:
        while len(self._pending) >= 3 and self._pending[0] != 0xFF:
            untrusted_size = 3 + ((self._pending[1] & 0x0F) << 8 | self._pending[2])
            if not _HEADER_BYTES + _CHECKSUM_BYTES <= untrusted_size <= _MOST_SECTION_BYTES:
                raise _damaged()
            if len(self._pending) < untrusted_size:
                return
            section = bytes(self._pending[:untrusted_size])
            del self._pending[:untrusted_size]
            if checksum(section):
                raise _damaged()
            yield section
        if self._pending[:1] == b"\xff":
            self._pending, self._reading = bytearray(), False


def programs(section: bytes) -> dict[int, int]:
    """Program -> stream of its table, of an association table in force; empty for any other section."""
    if section[0] != _PROGRAMS or not section[5] & 1:
        return {}
    body = section[_HEADER_BYTES:-_CHECKSUM_BYTES]
    rows = (body[place : place + 4] for place in range(0, len(body) - 3, 4))
    # Number 0 is the network's own table.
    return {number(row, 0): number(row, 2) & 0x1FFF for row in rows if number(row, 0)}


def program(section: bytes) -> Program | None:
    """What a map table in force says; None for any other section. Raises DamagedFileError."""
    if section[0] != _STREAMS or not section[5] & 1:
        return None
    body = section[_HEADER_BYTES:-_CHECKSUM_BYTES]
    place = 4 + (number(body, 2) & 0x0FFF)
    streams = []
    described = body[4:place]
    while place < len(body):
        untrusted_size = number(body, place + 3) & 0x0FFF
        end = place + 5 + untrusted_size
        if end > len(body):
            raise _damaged()
        descriptors = tuple(_descriptors(body[place + 5 : end]))
        streams.append(Stream(body[place], number(body, place + 1) & 0x1FFF, descriptors))
        place = end
    if place != len(body):
        raise _damaged()
    return Program(number(section, 3), number(body, 0) & 0x1FFF, tuple(_descriptors(described)), tuple(streams))


def number(data: bytes, start: int) -> int:
    """Two bytes as a number. Raises DamagedFileError where there are none."""
    if len(data) < start + 2:
        raise _damaged()
    return data[start] << 8 | data[start + 1]


def _descriptors(data: bytes) -> Iterator[Descriptor]:
    place = 0
    while place < len(data):
        end = place + 2 + (data[place + 1] if place + 1 < len(data) else len(data))
        if end > len(data):
            raise _damaged()
        yield Descriptor(data[place], data[place + 2 : end])
        place = end


def programs_packet(map_pid: int) -> bytearray:
    """A packet with an association table of one program."""
    return _in_packet(PROGRAMS_PID, _section(_PROGRAMS, _two(OUR_NUMBER) + _two(0xE000 | map_pid)))


def program_packet(map_pid: int, told: Program) -> bytearray:
    """A packet with the map table of a program. Raises UnsupportedFormatError for one that does not fit into it."""
    body = _two(0xE000 | told.clock_pid) + _described(told.descriptors)
    for stream in told.streams:
        body += bytes((stream.coding,)) + _two(0xE000 | stream.pid) + _described(stream.descriptors)
    return _in_packet(map_pid, _section(_STREAMS, body))


def _described(descriptors: Sequence[Descriptor]) -> bytes:
    body = b"".join(bytes((each.tag, len(each.body))) + each.body for each in descriptors)
    return _two(0xF000 | len(body)) + body


def _section(table: int, body: bytes) -> bytes:
    size = len(body) + _HEADER_BYTES - 3 + _CHECKSUM_BYTES
    section = bytes((table,)) + _two(0xB000 | size) + _two(OUR_NUMBER) + b"\xc1\0\0" + body
    return section + checksum(section).to_bytes(_CHECKSUM_BYTES, "big")


def _in_packet(pid: int, section: bytes) -> bytearray:
    payload = b"\0" + section
    if len(payload) > PAYLOAD_BYTES:
        message = "the film has more streams than can be told in one packet: leave some out"
        raise UnsupportedFormatError(message)
    return written(pid, b"", payload.ljust(PAYLOAD_BYTES, b"\xff"), starts=True)


def _two(value: int) -> bytes:
    return value.to_bytes(2, "big")


def _checksums() -> tuple[int, ...]:
    table = []
    for octet in range(256):
        value = octet << 24
        for _ in range(8):
            value = (value << 1 ^ (_POLYNOMIAL if value & 0x80000000 else 0)) & 0xFFFFFFFF
        table.append(value)
    return tuple(table)


_CHECKSUMS = _checksums()


def checksum(data: bytes) -> int:
    """CRC-32 of ISO/IEC 13818-1 Annex A; 0 for a section together with its own."""
    value = 0xFFFFFFFF
    for octet in data:
        value = (value << 8 & 0xFFFFFFFF) ^ _CHECKSUMS[value >> 24 ^ octet]
    return value


def _damaged() -> DamagedFileError:
    return DamagedFileError("a table of the film's streams is damaged: get an undamaged original")
