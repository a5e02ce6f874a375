"""Matroska and WebM: a strict walk of the elements (RFC 8794, RFC 9559).

Location hides in tags, titles, names, chapters, attachments, tracks that are neither picture nor sound, additions to
blocks, padding, second films, numbers, descriptions of codings, and in the coded pictures themselves. Allowed is one
film of tracks, clusters and an index for seeking, in one order and one spelling, that fills the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from redact.checks.reading import Buffer, Flaw, take
from redact.checks.structure.matroska import clusters, ebml, tracks
from redact.checks.structure.matroska.ebml import Element, Rule, one_of, real, unsigned, with_kind
from redact.model import Keep

_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067
_SEEK_HEAD, _INFO, _TRACKS, _CLUSTER, _CUES = 0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1F43B675, 0x1C53BB6B
_SCALE, _WRITER = 0x2AD7B1, b"redact"
_CUE_POINT, _CUE_TIME, _POSITIONS, _CUE_TRACK, _CUE_CLUSTER, _CUE_PLACE = 0xBB, 0xB3, 0xB7, 0xF7, 0xF1, 0xF0

_MOST_PLACE = (1 << 56) - 1
_MOST_CLUSTERS = 1_000_000

_HEADER: dict[int, Rule] = {
    0x4286: unsigned(1, 1),
    0x42F7: unsigned(1, 1),
    0x42F2: unsigned(4, 4),
    0x42F3: unsigned(8, 8),
    0x4282: one_of(b"matroska", b"webm"),
    0x4287: unsigned(4, 4),
    0x4285: unsigned(2, 2),
}

_WHOLE: dict[int, Rule] = {
    _SCALE: unsigned(1, 10**10),
    0x4489: real(1, 1 << 50, 1),
    0x4461: with_kind("time", lambda body, _keep: len(body) == 8),
    0x4D80: one_of(_WRITER),
    0x5741: one_of(_WRITER),
}

_POINT: dict[int, Rule] = {
    _CUE_TIME: unsigned(0, _MOST_PLACE),
    _POSITIONS: ebml.inside({
        _CUE_TRACK: unsigned(1, 126),
        _CUE_CLUSTER: unsigned(0, _MOST_PLACE),
        _CUE_PLACE: unsigned(0, _MOST_PLACE),
    }),
}  # fmt: skip


@dataclass(frozen=True)
class _Cue:
    """Where a player can jump to: a time, a track, where the cluster begins, and where the block in it."""

    time: int
    track: int
    cluster: int
    place: int


def inspect(data: Buffer, keep: Keep) -> int:
    """How many elements a film has. Raises Flaw unless all are allowed and it fills the file."""
    found = _bounded(data, 0, len(data))
    if [element.kind for element in found] != [_EBML, _SEGMENT]:
        message = "there is not one header and one film, and nothing else"
        raise Flaw(message)
    header, segment = found
    count = 2 + ebml.demand(data, header, _HEADER, keep)
    if set(ebml.children(data, header)) != set(_HEADER):
        message = "the header does not say what the file is"
        raise Flaw(message)
    parts = ebml.elements(data, segment.start, segment.end)
    head, whole, described = (_next(parts, kind) for kind in (_SEEK_HEAD, _INFO, _TRACKS))
    count += 3 + ebml.demand(data, whole, _WHOLE, keep)
    listed, elements = tracks.read(data, described, keep)
    return count + elements + _film(data, segment, parts, head, [whole, described], listed, keep)


def _bounded(data: Buffer, start: int, end: int) -> list[Element]:
    """The first elements, of which there are to be two."""
    found: list[Element] = []
    for element in ebml.elements(data, start, end):
        found.append(element)
        if len(found) > 2:
            break
    return found


def _next(parts: Iterator[Element], kind: int) -> Element:
    element = next(parts, None)
    if element is None or element.kind != kind:
        message = f"element {kind:X} is not where it has to be"
        raise Flaw(message)
    return element


def _film(
    data: Buffer,
    segment: Element,
    parts: Iterator[Element],
    head: Element,
    first: list[Element],
    listed: list[tracks.Track],
    keep: Keep,
) -> int:
    """How many elements come behind the tracks: clusters, and an index that points at them."""
    count = 0
    index: Element | None = None
    places: dict[int, Element] = {}
    begun: set[int] = set()
    shown: Counter[int] = Counter()
    for element in parts:
        if index is not None or element.kind not in (_CLUSTER, _CUES):
            message = f"element {element.kind:X} is not allowed in the film"
            raise Flaw(message)
        if element.kind == _CUES:
            index = element
        else:
            places[element.head - segment.start] = element
            if len(places) > _MOST_CLUSTERS:
                message = "there are more clusters than a day of film has"
                raise Flaw(message)
            blocks = Counter(block.track for block in clusters.blocks(data, element, listed, keep, begun))
            if not blocks:
                message = "a cluster is empty"
                raise Flaw(message)
            shown += blocks
            count += 2 + blocks.total()
    if index is None:
        message = "there is no index for seeking"
        raise Flaw(message)
    pictures = [shown[number] for number, track in enumerate(listed, 1) if track.kind == tracks.PICTURES]
    if pictures and min(pictures) < 2 <= max(pictures):
        message = "a track of one picture stands beside a film"
        raise Flaw(message)
    _demand_list(data, segment, head, [*first, index])
    return count + _demand_cues(data, index, places, keep)


def _demand_list(data: Buffer, segment: Element, head: Element, wanted: list[Element]) -> None:
    """Raise Flaw unless SeekHead says where these parts begin, and nothing else."""
    seeks = b""
    for element in wanted:
        code = b"\x53\xab\x84" + element.kind.to_bytes(4, "big")
        place = b"\x53\xac\x88" + (element.head - segment.start).to_bytes(8, "big")
        seeks += b"\x4d\xbb" + bytes((0x80 | len(code + place),)) + code + place
    if take(data, head.start, head.end - head.start, segment.end) != seeks:
        message = "SeekHead does not say where the parts of the film are"
        raise Flaw(message)


def _demand_cues(data: Buffer, index: Element, places: dict[int, Element], keep: Keep) -> int:
    """How many elements the index has. Raises Flaw unless every cue points at a block of its track and time."""
    count = 1
    for point in ebml.elements(data, index.start, index.end):
        if point.kind != _CUE_POINT:
            message = f"element {point.kind:X} is not allowed in the index"
            raise Flaw(message)
        count += 1 + ebml.demand(data, point, _POINT, keep)
        told = ebml.children(data, point)
        positions = told.get(_POSITIONS, b"")
        where = ebml.children(positions, Element(_POSITIONS, 0, 0, len(positions)))
        if len(told) != 2 or len(where) != 3:
            message = "a cue does not say where it points"
            raise Flaw(message)
        numbers = (told[_CUE_TIME], where[_CUE_TRACK], where[_CUE_CLUSTER], where[_CUE_PLACE])
        cue = _Cue(*(int.from_bytes(each, "big") for each in numbers))
        if not clusters.holds(data, places.get(cue.cluster), cue.place, cue.track, cue.time):
            message = "a cue points at nothing that is there"
            raise Flaw(message)
    return count
