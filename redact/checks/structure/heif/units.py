"""What a decoder reads of a coded picture, unit by unit, as it is the same in an original and its copy.

ITU-T H.265 7.3 and ISO/IEC 14496-15 8.3.3.1; AV1 5.3 and its ISOBMFF binding. Messages and other units that decoders
pass over are left out: an original may have more of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from redact.checks.reading import Buffer, Flaw, take

Part: TypeAlias = tuple[str, int, int]

_HEVC_SETS = frozenset({32, 33, 34})
_HEVC_PICTURES = frozenset({*range(10), *range(16, 22)}) | _HEVC_SETS
_RECORD = 23
_AV1_PICTURES = frozenset({1, 3, 4, 6})
_AV1_RECORD = 4
_EXTENDED, _SIZED = 4, 2
_LONGEST_NUMBER = 8


@dataclass(frozen=True)
class Coding:
    """One coding's units.

    record: the parts of the decoder configuration between two places
    packet: the parts of a picture, by its decoder configuration and where the pieces of its data lie

    Both raise Flaw.
    """

    record: Callable[[Buffer, int, int], Iterator[Part]]
    packet: Callable[[Buffer, bytes, Sequence[tuple[int, int]]], Iterator[Part]]


def _hevc_record(data: Buffer, start: int, end: int) -> Iterator[Part]:
    head = take(data, start, _RECORD, end)
    yield f"units behind {1 + (head[21] & 3)} bytes", start, start
    start += _RECORD
    for _ in range(head[22]):
        count = int.from_bytes(take(data, start, 3, end)[1:], "big")
        start += 3
        for _ in range(count):
            size = int.from_bytes(take(data, start, 2, end), "big")
            start += 2
            _demand_room(start + size, end)
            yield from _hevc_unit(data, start, start + size, _HEVC_SETS)
            start += size


def _hevc_packet(data: Buffer, record: bytes, pieces: Sequence[tuple[int, int]]) -> Iterator[Part]:
    wide = 1 + (record[21] & 3)
    for start, end in pieces:
        while start < end:
            size = int.from_bytes(take(data, start, wide, end), "big")
            start += wide
            _demand_room(start + size, end)
            yield from _hevc_unit(data, start, start + size, _HEVC_PICTURES)
            start += size


def _hevc_unit(data: Buffer, start: int, end: int, kinds: frozenset[int]) -> Iterator[Part]:
    if end - start < 2:
        return
    kind, layer, depth = data[start] >> 1, (data[start] & 1) << 5 | data[start + 1] >> 3, data[start + 1] & 7
    if kind in kinds and not layer and depth:
        yield f"unit {kind}", start, end


def _av1_record(data: Buffer, start: int, end: int) -> Iterator[Part]:
    take(data, start, _AV1_RECORD, end)
    return _av1_units(data, start + _AV1_RECORD, end)


def _av1_packet(data: Buffer, _record: bytes, pieces: Sequence[tuple[int, int]]) -> Iterator[Part]:
    return (part for start, end in pieces for part in _av1_units(data, start, end))


def _av1_units(data: Buffer, start: int, end: int) -> Iterator[Part]:
    while start < end:
        head = data[start]
        content, stop, layer = start + 1, end, "base"
        if head & _EXTENDED:
            layers = take(data, content, 1, end)[0]
            content, layer = content + 1, f"layer {layers >> 5}.{layers >> 3 & 3}"
        if head & _SIZED:
            size, content = _number(data, content, end)
            stop = content + size
        _demand_room(stop, end)
        if head >> 3 in _AV1_PICTURES:
            yield f"unit {head >> 3}, {layer}", content, stop
        start = stop


HEVC = Coding(_hevc_record, _hevc_packet)
AV1 = Coding(_av1_record, _av1_packet)


def _number(data: Buffer, start: int, end: int) -> tuple[int, int]:
    """A number in seven bits a byte, the least first, and where it ends."""
    total = 0
    for place in range(_LONGEST_NUMBER):
        octet = take(data, start + place, 1, end)[0]
        total |= (octet & 0x7F) << 7 * place
        if octet < 0x80:
            return total, start + place + 1
    message = "the size of a unit does not end"
    raise Flaw(message)


def _demand_room(stop: int, last: int) -> None:
    if stop > last:
        message = "a unit is longer than the piece that holds it"
        raise Flaw(message)
