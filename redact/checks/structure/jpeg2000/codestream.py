"""JPEG 2000's codestream: a strict walk of its segments (ITU-T T.800 annex A, T.814).

Location hides in comments, in segments that go on behind what they tell or are there again, in pointers that nobody
follows, and after the end. Allowed are the segments that decoding takes, each once, and a list of the tile-parts that
is true; packets are opaque.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from redact.checks.reading import Buffer, Flaw, take
from redact.checks.structure.jpeg2000 import segments

START = b"\xff\x4f\xff\x51"
"""Start of the codestream, and size of the picture."""

_SIZ, _TLM = 0x51, 0x55
_SOT, _SOD, _EOC = b"\xff\x90", b"\xff\x93", b"\xff\xd9"
_SOP = b"\xff\x91\0\4"
_MOST_PARTS = _MOST_SEGMENTS = 1 << 17


@dataclass(frozen=True)
class Segment:
    """A segment of a header: its marker's second byte, and where its content begins and ends, length aside."""

    kind: int
    start: int
    end: int


@dataclass(frozen=True)
class TilePart:
    """One part of a tile: its index, number and count as the file tells them, its segments, and its packets' place.

    told: how many bytes of it the file tells; 0 where it leaves that open
    """

    start: int
    told: int
    name: str
    tile: int
    segments: tuple[Segment, ...]
    packets: int
    end: int


@dataclass(frozen=True)
class Walk:
    """A whole codestream: the main header, the tile-parts, and the end.

    depths: of each component, as the picture's size tells them
    """

    size: tuple[int, int]
    depths: bytes
    header: tuple[Segment, ...]
    parts: tuple[TilePart, ...]
    end: int

    @property
    def components(self) -> int:
        """How many there are."""
        return len(self.depths)

    def coded(self) -> Iterator[tuple[str, int, int]]:
        """What the pixels depend on: name, start and end."""
        for segment in self.header:
            yield from _coded(segment)
        for part in self.parts:
            for segment in part.segments:
                yield from _coded(segment)
            yield part.name, part.packets, part.end


def walk(data: Buffer, start: int, limit: int) -> Walk:
    """The codestream at `start`. Raises Flaw when it does not end, whole, before `limit`."""
    if take(data, start, 4, limit) != START:
        message = "there is no codestream"
        raise Flaw(message)
    header, place = _segments(data, start + 2, limit, _SOT)
    size, depths = _picture(data, header[0])
    parts: list[TilePart] = []
    left = _MOST_SEGMENTS
    while take(data, place, 2, limit) == _SOT and len(parts) < _MOST_PARTS and left >= 0:
        parts.append(_part(data, place, limit))
        place = parts[-1].end
        left -= len(parts[-1].segments)
    if not parts or data[place : place + 2] != _EOC:
        message = "the codestream does not end where its tiles do"
        raise Flaw(message)
    return Walk(size, depths, header, tuple(parts), place + 2)


def inspect(data: Buffer, found: Walk) -> int:
    """How many segments and tile-parts there are. Raises Flaw unless all of them are allowed, and only they."""
    listed: list[tuple[int, int]] = []
    main = []
    for segment in found.header:
        if segment.kind == _TLM:
            listed += _entries(bytes(data[segment.start : segment.end]), len(listed))
        else:
            main.append(_admitted(data, segment, found.components))
    inner = []
    for part in found.parts:
        inner.append((part.tile, [_admitted(data, segment, found.components) for segment in part.segments]))
        if part.told != part.end - part.start:
            message = "a tile leaves its length open"
            raise Flaw(message)
    segments.admit_together(main, inner, found.components)
    if listed and listed != [(part.tile, part.told) for part in found.parts]:
        message = "the list of tiles does not tell the tiles"
        raise Flaw(message)
    return len(found.header) + sum(1 + len(part.segments) for part in found.parts)


def _admitted(data: Buffer, segment: Segment, components: int) -> segments.Told:
    told = segment.kind, bytes(data[segment.start : segment.end])
    segments.admit(told, components)
    return told


def _segments(data: Buffer, start: int, limit: int, mark: bytes) -> tuple[tuple[Segment, ...], int]:
    """The segments from `start` up to a mark, and where that stands."""
    found = []
    while (head := take(data, start, 2, limit)) != mark:
        size = int.from_bytes(take(data, start + 2, 2, limit), "big")
        end = start + 2 + size
        if head[0] != 0xFF or size < 2 or end > limit:
            message = "a segment of the codestream does not fit"
            raise Flaw(message)
        found.append(Segment(head[1], start + 4, end))
        if len(found) > _MOST_SEGMENTS:
            message = "there are more segments than any picture has"
            raise Flaw(message)
        start = end
    if any((segment.kind == _SIZ) != (number == 0 and mark == _SOT) for number, segment in enumerate(found)):
        message = "the picture's size is not told once, and first"
        raise Flaw(message)
    return tuple(found), start


def _picture(data: Buffer, segment: Segment) -> tuple[tuple[int, int], bytes]:
    """(width, height) and the depth of each component, as SIZ tells them."""
    body = take(data, segment.start, 36, segment.end)
    right, bottom, left, top = (int.from_bytes(body[place : place + 4], "big") for place in (2, 6, 10, 14))
    components = int.from_bytes(body[34:36], "big")
    if left >= right or top >= bottom or not 0 < components <= 16384:
        message = "the picture has no size"
        raise Flaw(message)
    return (right - left, bottom - top), take(data, segment.start + 36, 3 * components, segment.end)[::3]


def _part(data: Buffer, start: int, limit: int) -> TilePart:
    """The tile-part at `start`."""
    body = take(data, start + 2, 10, limit)
    tile, told = int.from_bytes(body[2:4], "big"), int.from_bytes(body[4:8], "big")
    segments, sod = _segments(data, start + 12, limit, _SOD)
    end = start + told if told else _open_end(data, sod, limit)
    if body[:2] != b"\0\x0a" or not sod + 2 <= end <= limit:
        message = "a tile does not fit"
        raise Flaw(message)
    return TilePart(start, told, f"tile {tile} {body[8]} {body[9]}", tile, segments, sod + 2, end)


def _open_end(data: Buffer, start: int, limit: int) -> int:
    """Where the first end of codestream stands that is not the number in a packet's own mark."""
    place = data.find(_EOC, start + 2, limit)
    while place >= 0 and data[place - 4 : place] == _SOP:
        place = data.find(_EOC, place + 2, limit)
    return place


def _coded(segment: Segment) -> Iterator[tuple[str, int, int]]:
    if segment.kind not in segments.POINTERS:
        yield f"segment {segment.kind:#04x}", segment.start, segment.end


def _entries(body: bytes, before: int) -> list[tuple[int, int]]:
    """Tile and length of each entry of a TLM with two and four bytes for them. Raises Flaw for another."""
    if len(body) < 8 or len(body) % 6 != 2 or body[1] != 0x60 or body[0] * 10921 != before:
        message = "a list of tiles is of a form that is not allowed"
        raise Flaw(message)
    pairs = range(2, len(body), 6)
    return [(int.from_bytes(body[at : at + 2], "big"), int.from_bytes(body[at + 2 : at + 6], "big")) for at in pairs]
