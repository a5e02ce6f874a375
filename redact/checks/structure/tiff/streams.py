"""JPEG streams in strips, tiles and tables (TIFF Technical Note 2; ITU-T T.81): segments, and nothing beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from redact.checks.reading import Buffer, Flaw, take
from redact.checks.structure.jpeg.memory import FRAME_MARKERS, TABLE_MARKERS, Memory

_SCAN, _END = 0xDA, 0xD9
_LINES, _LONE = 0xDC, frozenset({0x01, *range(0xD0, 0xD8)})
_DECODED = FRAME_MARKERS | TABLE_MARKERS | {_SCAN, _LINES}
"""Markers of the segments that decide what a stream shows."""
_COLOURS = frozenset({
    b"\xff\xe0\x00\x10JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00",
    *(b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes((transform,)) for transform in range(3)),
})  # fmt: skip
"""Segments that tell which colours a stream has, and say nothing else."""

_BEHIND_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_MARKER = re.compile(rb"\xff[^\x00\xff]")
_MOST_SEGMENTS = 20_000


@dataclass(frozen=True)
class Segment:
    """A marker, and where it and its payload, and its scan where it has one, begin and end."""

    marker: int
    start: int
    end: int


def segments(data: Buffer, start: int, end: int) -> Iterator[Segment]:
    """Every segment between the stream's beginning and its end marker, which is the last. Raises Flaw."""
    if take(data, start, 2, end) != b"\xff\xd8":
        message = "a JPEG stream does not begin as one"
        raise Flaw(message)
    stream = bytes(data[start:end])
    place = 2
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER.search(stream, place)
        if found is None:
            break
        marker, place = stream[found.end() - 1], found.end()
        if marker in _LONE:
            continue
        if marker == _END:
            yield Segment(marker, start + found.start(), start + place)
            return
        place += max(int.from_bytes(stream[place : place + 2], "big"), 2)
        if marker == _SCAN:
            behind = _BEHIND_SCAN.search(stream, place)
            place = behind.start() if behind else len(stream) + 1
            while behind and stream[place - 1] == 0xFF:
                place -= 1
        if place > len(stream):
            break
        yield Segment(marker, start + found.start(), start + place)
    message = "a JPEG stream has no end"
    raise Flaw(message)


def admit(data: Buffer, start: int, end: int) -> frozenset[str]:
    """Which tables a stream of a strip or tile takes from those that all share.

    Raises Flaw unless its segments fill it, are all allowed, and are all needed for one picture.
    """
    memory = _met(data, start, end)
    memory.demand_complete()
    return _shared(memory)


def admit_tables(data: Buffer, start: int, end: int, used: frozenset[str]) -> None:
    """Raise Flaw unless the tables that strips or tiles share are those that they use."""
    memory = _met(data, start, end)
    if memory.wasted or memory.unread != used:
        message = "the shared JPEG tables are not those that are used"
        raise Flaw(message)


def coded(data: Buffer, start: int, end: int) -> tuple[list[tuple[str, int, int]], frozenset[str]]:
    """The parts of a stream that its picture depends on, and the tables it takes from those that all share."""
    memory = Memory()
    found: list[tuple[str, int, int]] = []
    for segment in segments(data, start, end):
        if segment.marker in _DECODED:
            content, behind = _content(data, segment)
            found += memory.meet(segment.marker, data, content, behind)
            if segment.marker == _SCAN:
                found.append(("coded data", behind, segment.end))
    return found, _shared(memory)


def coded_tables(data: Buffer, start: int, end: int, used: frozenset[str]) -> Iterator[tuple[str, int, int]]:
    """Where the shared tables that are used stand."""
    memory = Memory()
    for segment in segments(data, start, end):
        if segment.marker in TABLE_MARKERS:
            for _ in memory.meet(segment.marker, data, *_content(data, segment)):
                continue
    for name in sorted(used):
        yield memory.ask(name)


def _shared(memory: Memory) -> frozenset[str]:
    """What only shared tables can hold: an interval that is told nowhere is none, and conditioning has defaults."""
    return frozenset(name for name in memory.lent if name.startswith(("quantisation", "Huffman")))


def _met(data: Buffer, start: int, end: int) -> Memory:
    """What there is to remember of a stream. Raises Flaw unless its segments are allowed and fill it."""
    memory, place = Memory(), start + 2
    for segment in segments(data, start, end):
        if segment.start != place:
            message = "bytes of a JPEG stream belong to no segment"
            raise Flaw(message)
        place = segment.end
        content, behind = _content(data, segment)
        if segment.marker in _DECODED:
            for _ in memory.meet(segment.marker, data, content, behind):
                continue
            is_allowed = segment.marker != _SCAN or behind < segment.end
        else:
            is_allowed = segment.marker == _END or bytes(data[segment.start : segment.end]) in _COLOURS
        if not is_allowed:
            message = f"JPEG segment {segment.marker:02X} is not allowed"
            raise Flaw(message)
    if place != end:
        message = "a JPEG stream holds more than its picture"
        raise Flaw(message)
    return memory


def _content(data: Buffer, segment: Segment) -> tuple[int, int]:
    """Where the content of a segment begins and ends, without the data of its scan."""
    return segment.start + 4, segment.start + 2 + int.from_bytes(data[segment.start + 2 : segment.start + 4], "big")
