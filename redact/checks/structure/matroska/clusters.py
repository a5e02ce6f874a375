"""Clusters and blocks (RFC 9559 5.1.3, 10): every byte is a time, a length, or of a frame of a track."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from redact.checks.reading import Buffer, Flaw, Trail, take
from redact.checks.structure.matroska import ebml
from redact.checks.structure.matroska.ebml import Element, Rule
from redact.checks.structure.matroska.tracks import Track
from redact.model import Keep

TIMESTAMP, SIMPLE_BLOCK, BLOCK_GROUP = 0xE7, 0xA3, 0xA0
_BLOCK, _REFERENCE, _ADDITIONS, _MORE, _ADDITIONAL, _ADDITION_ID = 0xA1, 0xFB, 0x75A1, 0xA6, 0xA5, 0xEE

_MOST_TIME = (1 << 56) - 1
_MOST_TICKS = (1 << 40) - 1
_MOST_REFERENCES = 32
_SIMPLE_FLAGS, _GROUPED_FLAGS, _LACING = 0x89, 0x08, 0x06
_ALONE, _XIPH, _FIXED = 0x00, 0x02, 0x04

_BESIDE: dict[int, Rule] = {
    0x9B: ebml.unsigned(0, _MOST_TICKS),
    _REFERENCE: ebml.signed(_MOST_TICKS),
    0x75A2: ebml.signed(_MOST_TICKS),
}
"""What a group tells of its block: how long it is shown, what it needs, and what of it is thrown away."""


@dataclass(frozen=True)
class Block:
    """Where a block stands: the offset of its element in its cluster, its track, and its time in ticks."""

    place: int
    track: int
    time: int


def blocks(data: Buffer, cluster: Element, tracks: Sequence[Track], keep: Keep, begun: set[int]) -> Iterator[Block]:
    """Every block of a cluster. Raises Flaw for anything else in it than a time at its beginning.

    begun: numbers of the tracks whose transparency has begun in this cluster or one before it
    """
    timestamp = None
    trail = Trail(data, cluster.head)
    for element in ebml.elements(data, cluster.start, cluster.end):
        trail.reach(element.head)
        if timestamp is None:
            timestamp = _timestamp(data, element)
        elif element.kind == SIMPLE_BLOCK:
            track, time = _frames(data, element, tracks, _SIMPLE_FLAGS)
            yield Block(element.head - cluster.start, track, timestamp + time)
        elif element.kind == BLOCK_GROUP:
            track, time = _group(data, element, tracks, keep, begun)
            yield Block(element.head - cluster.start, track, timestamp + time)
        else:
            message = f"element {element.kind:X} is not allowed in a cluster"
            raise Flaw(message)
    trail.end(cluster.end)


def _timestamp(data: Buffer, element: Element) -> int:
    body = take(data, element.start, min(element.end - element.start, 9), element.end)
    value = int.from_bytes(body, "big")
    if element.kind != TIMESTAMP or not ebml.is_short(body) or value > _MOST_TIME:
        message = "a cluster does not begin with its time"
        raise Flaw(message)
    return value


def _group(data: Buffer, group: Element, tracks: Sequence[Track], keep: Keep, begun: set[int]) -> tuple[int, int]:
    """Track and time of the block of a group, which comes first."""
    first, *others = _few(data, group)
    if first.kind != _BLOCK:
        message = "a group does not begin with its block"
        raise Flaw(message)
    track, time = _frames(data, first, tracks, _GROUPED_FLAGS)
    seen: set[int] = set()
    for element in others:
        twice = element.kind in seen and element.kind != _REFERENCE
        seen.add(element.kind)
        if element.kind == _ADDITIONS and not twice:
            _transparency(data, element, tracks[track - 1], first=track not in begun)
            begun.add(track)
            continue
        rule = _BESIDE.get(element.kind)
        if rule is None or twice or not rule(take(data, element.start, element.end - element.start, group.end), keep):
            message = f"element {element.kind:X} is not allowed in a group of blocks"
            raise Flaw(message)
    return track, time


def _few(data: Buffer, group: Element) -> list[Element]:
    """The elements of a group, which are few and not none."""
    found: list[Element] = []
    for element in ebml.elements(data, group.start, group.end):
        found.append(element)
        if len(found) > _MOST_REFERENCES + 4:
            break
    if not 0 < len(found) <= _MOST_REFERENCES + 4:
        message = "a group of blocks is empty, or needs more than any picture can"
        raise Flaw(message)
    return found


def _transparency(data: Buffer, additions: Element, track: Track, *, first: bool) -> None:
    """One addition with ID 1: a picture in the coding of the track, the first of them predicted from no other."""
    listed = list(ebml.elements(data, additions.start, additions.end))
    inner = [part for each in listed for part in ebml.elements(data, each.start, each.end)]
    kinds = [each.kind for each in (*listed, *inner)]
    if not track.transparent or kinds != [_MORE, _ADDITIONAL, _ADDITION_ID] or inner[1].end - inner[1].start != 1:
        message = "a block has an addition that is not its transparency"
        raise Flaw(message)
    frame = bytes(data[inner[0].start : inner[0].end])
    if data[inner[1].start] != 1 or not track.allowed(frame) or (first and not _is_alone(frame, track)):
        message = "the transparency of a block holds something that is not allowed"
        raise Flaw(message)


def _is_alone(frame: bytes, track: Track) -> bool:
    """True for a key frame of VP8, or of VP9 with eight bits."""
    vp8, vp9 = not frame[0] & 1, frame[0] & 0xCC == 0x80 and frame[1:4] == b"\x49\x83\x42"
    return vp8 if track.codec == b"V_VP8" else vp9


def _frames(data: Buffer, element: Element, tracks: Sequence[Track], flags_allowed: int) -> tuple[int, int]:
    """Track and relative time of a block. Raises Flaw unless its frames hold only what may stay."""
    head = take(data, element.start, 4, element.end)
    number, flags = head[0] & 0x7F, head[3]
    if not head[0] & 0x80 or not 1 <= number <= len(tracks) or flags & ~(flags_allowed | _LACING):
        message = "a block is of no track, or has flags that mean nothing"
        raise Flaw(message)
    track = tracks[number - 1]
    for start, end in _laced(data, element.start + 4, element.end, flags & _LACING):
        if not track.allowed(bytes(data[start:end])):
            message = f"a frame of track {number} holds something that is not allowed"
            raise Flaw(message)
    return number, int.from_bytes(head[1:3], "big", signed=True)


def _laced(data: Buffer, start: int, end: int, lacing: int) -> Iterator[tuple[int, int]]:
    """Where each frame begins and ends."""
    if lacing == _ALONE:
        yield start, end
        return
    count = 1 + take(data, start, 1, end)[0]
    start += 1
    if lacing == _FIXED:
        size, rest = divmod(end - start, count)
        sizes = [size] * (count - 1)
        if rest:
            message = "a lace is not as long as its frames"
            raise Flaw(message)
    elif lacing == _XIPH:
        sizes, start = _sums(data, start, end, count - 1)
    else:
        sizes, start = _differences(data, start, end, count - 1)
    for size in sizes:
        if not 0 <= size <= end - start:
            message = "a lace is not as long as its frames"
            raise Flaw(message)
        yield start, start + size
        start += size
    yield start, end


def _sums(data: Buffer, start: int, end: int, count: int) -> tuple[list[int], int]:
    """Sizes as runs of 255 and a rest."""
    sizes = []
    for _ in range(count):
        size = 0
        while (octet := take(data, start, 1, end)[0]) == 0xFF:
            size, start = size + 255, start + 1
        sizes.append(size + octet)
        start += 1
    return sizes, start


def _differences(data: Buffer, start: int, end: int, count: int) -> tuple[list[int], int]:
    """The first size, then by how much each differs from the one before; each in as few bytes as can be."""
    sizes: list[int] = []
    for _ in range(count):
        value, width = ebml.variable(data, start, end)
        start += width
        if not sizes:
            short = ebml.shortest(value) == width
            sizes.append(value)
        else:
            difference = value - ((1 << 7 * width - 1) - 1)
            short = width == next(w for w in range(1, 9) if abs(difference) <= (1 << 7 * w - 1) - 1 or w == 8)
            sizes.append(sizes[-1] + difference)
        if not short:
            message = "a size in a lace is longer than it needs"
            raise Flaw(message)
    return sizes, start


def holds(data: Buffer, cluster: Element | None, place: int, track: int, time: int) -> bool:
    """True when a block of that track and time stands at that place of a cluster whose blocks have been walked."""
    if cluster is None or not 0 < place < cluster.end - cluster.start:
        return False
    timestamp = next(ebml.elements(data, cluster.start, cluster.end))
    element = next(ebml.elements(data, cluster.start + place, cluster.end))
    if element.kind == BLOCK_GROUP:
        element = next(ebml.elements(data, element.start, element.end))
    if element.kind not in (SIMPLE_BLOCK, _BLOCK):
        return False
    head = take(data, element.start, 3, element.end)
    told = _timestamp(data, timestamp) + int.from_bytes(head[1:], "big", signed=True)
    return head[0] == 0x80 | track and told == time
