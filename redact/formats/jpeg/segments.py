"""The segments of a JPEG's first picture, those that its decoder needs put together anew (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from redact.errors import UnsupportedFormatError
from redact.formats.jpeg.course import DAC, DHT, DNL, DQT, DRI, FRAMES, SOS, Course, refuse

_SOI, _EOI = 0xD8, 0xD9
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_REFUSED = frozenset({_SOI, 0xC5, 0xC6, 0xC7, 0xC8, 0xCD, 0xCE, 0xCF, 0xDE, 0xDF, 0xF7, 0xF8})
_ALONE = _BARE | _REFUSED | {_EOI}
STRUCTURE: Mapping[int, str] = {
    **{marker: f"SOF{marker & 15}" for marker in FRAMES},
    DHT: "DHT",
    DAC: "DAC",
    SOS: "SOS",
    DQT: "DQT",
    DNL: "DNL",
    DRI: "DRI",
}
"""Markers of what a decoder needs, and their names."""

# Zero is no marker but a stuffed byte, 0xFF before a marker is fill; restart markers are part of a scan.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff]")
_NO_MARKERS = (0x00, 0xFF)
_UNSTUFFED = re.compile(rb"\xff[^\x00]")
_RESTARTS_AND_FILL = (0xFF, *range(0xD0, 0xD8))
_SCAN_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_MOST_SEGMENTS = 20_000
_HEADER_BYTES = 4


Piece: TypeAlias = bytes | memoryview
"""What is written; a view where it stands so in the file, for nothing of that is to be copied twice."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The first picture of a file.

    coded:      what its decoder needs, segments with the coded data that follows them, in order
    others:     payloads of all other segments, by their marker
    idle:       markers of segments of which something is not needed
    components: numbers in a sample
    trailer:    the bytes behind the end of the picture
    """

    coded: Sequence[Piece]
    others: Mapping[int, Sequence[bytes]]
    idle: frozenset[int]
    components: int
    trailer: Piece

    def payloads(self, marker: int) -> Sequence[bytes]:
        """Those of the segments of a marker that is none of STRUCTURE."""
        return self.others.get(marker, ())


def parse(data: bytes) -> Picture:
    """The first picture of a file. Raises DamagedFileError, UnsupportedFormatError."""
    if not data.startswith(b"\xff\xd8"):
        refuse("does not begin with a picture")
    course = Course()
    coded: list[Piece] = []
    others: dict[int, list[bytes]] = {}
    trailer: Piece = b""
    for marker, payload, piece in _segments(data):
        if marker in STRUCTURE:
            course.take(marker, payload)
            coded.append(piece)
        elif marker == _EOI:
            trailer = piece
        else:
            others.setdefault(marker, []).append(payload)
    if not course.components:
        refuse("holds no picture")
    shortened = course.shortened()
    if not shortened:
        return Picture(coded, others, frozenset(), course.components, trailer)
    idle = frozenset(coded[number][1] for number in shortened)
    return Picture(_needed(coded, shortened), others, idle, course.components, trailer)


def _segments(data: bytes) -> Iterator[tuple[int, bytes, Piece]]:
    """Marker, payload and all of every segment behind the start marker; the last is what follows the end marker."""
    view, size = memoryview(data), len(data)
    position = 2
    for _ in range(_MOST_SEGMENTS):
        begin, head = position, data[position : position + _HEADER_BYTES]
        if len(head) < _HEADER_BYTES or head[0] != 0xFF or head[1] in _NO_MARKERS:
            begin = _next_marker(data, position)
            head = data[begin : begin + _HEADER_BYTES]
        marker = head[1]
        if marker in _ALONE:
            position = begin + 2
            if marker == _EOI:
                yield marker, b"", view[position:]
                return
            _demand_harmless(marker)
            continue
        position = begin + 2 + (head[2] << 8 | head[3] if len(head) == _HEADER_BYTES else size)
        if not begin + _HEADER_BYTES <= position <= size:
            refuse("has a segment that runs past its end")
        payload = data[begin + _HEADER_BYTES : position]
        if marker == SOS:
            position = _scan_end(data, position)
        yield marker, payload, view[begin:position]
    refuse("has more segments than any picture needs")


def _next_marker(data: bytes, start: int) -> int:
    """Where the next marker is, behind bytes that belong to nothing."""
    found = _NEXT_MARKER.search(data, start)
    if found is None:
        refuse("ends before its picture does")
    return found.start()


def _demand_harmless(marker: int) -> None:
    """Raise unless a marker says nothing and nothing belongs to it."""
    if marker == _SOI:
        refuse("begins a second picture inside the first")
    if marker not in _BARE:
        message = "this kind of JPEG (hierarchical or JPEG-LS) is not supported: save it as baseline JPEG"
        raise UnsupportedFormatError(message)


def _scan_end(data: bytes, start: int) -> int:
    # Most scans have no restarts, and are gone through faster by whom does not ask for them.
    found = _UNSTUFFED.search(data, start)
    if found is not None and data[found.end() - 1] in _RESTARTS_AND_FILL:
        found = _SCAN_END.search(data, found.start())
    if found is None:
        refuse("ends in the middle of its picture")
    end = found.start()
    while end > start and data[end - 1] == 0xFF:
        end -= 1
    if end == start:
        refuse("has a scan without data")
    return end


def written(marker: int, payload: bytes) -> bytes:
    """A segment with this payload."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def _needed(coded: Sequence[Piece], shortened: Mapping[int, bytes]) -> list[Piece]:
    needed = list(coded)
    for number, payload in shortened.items():
        needed[number] = written(coded[number][1], payload) if payload else b""
    return needed
