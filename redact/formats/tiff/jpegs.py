"""JPEG streams inside a TIFF (TIFF Technical Note 2; ITU-T T.81): strips, tiles, and the tables they share.

Where location hides: APPn and COM segments of each strip or tile, as encoders and cameras write them; bytes between
segments and behind the end of a stream. All of it is dropped.

Kept: frame and scans as they are, and the tables that they refer to, as in a JPEG of its own (see jpeg/course.py). JFIF
and Adobe's segment tell decoders which colours a stream has, so where they are, fresh ones that say only this are
written. A stream is not copied into memory: it becomes the stretches of the file that are kept, and the few bytes that
are new.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from redact.formats.jpeg.course import DHT, DQT, FRAMES, SOS, Course, Key
from redact.formats.jpeg.segments import STRUCTURE, written
from redact.formats.tiff.directories import Span, decline, refuse

Piece: TypeAlias = Span | bytes

_EOI, _COM, _APP0, _APP14 = 0xD9, 0xFE, 0xE0, 0xEE
_DROPPED = (_COM, *range(0xE0, 0xF0))
_BARE = (0x01, *range(0xD0, 0xD8))
_JFIF, _JFIF_BYTES = b"JFIF\0", 14
_ADOBE, _ADOBE_BYTES = b"Adobe", 12
_TRANSFORMS = range(3)
_MOST_SEGMENTS = 20_000

# Zero is no marker but a stuffed byte, 0xFF before a marker is fill; restart markers are part of a scan.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff]")
_SCAN_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


@dataclass(frozen=True, slots=True)
class _Segment:
    """A marker and all that belongs to it, up to the end of its scan where it begins one."""

    marker: int
    place: Span
    payload: Span


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What stays of a stream, its spans counted from the stream's start, and the names of what does not.

    lent: tables that it takes from those that all streams of a page share
    """

    pieces: tuple[Piece, ...]
    dropped: frozenset[str]
    lent: frozenset[Key] = frozenset()


def picture(stream: bytes) -> Cleaned:
    """What stays of a strip or tile. Raises DamagedFileError, UnsupportedFormatError."""
    segments = tuple(_segments(stream))
    course = _course(stream, segments)
    if not course.components:
        refuse("has a JPEG strip or tile without a picture")
    # Restart intervals and conditioning hold for one stream only.
    return _cleaned(stream, segments, course, frozenset(key for key in course.lent if key >> 8 in (DQT, DHT)))


def tables(stream: bytes, used: Collection[Key]) -> Cleaned:
    """What stays of the tables that strips or tiles share: those that one of them uses.

    Raises DamagedFileError, also where one is missing; UnsupportedFormatError.
    """
    segments = tuple(_segments(stream))
    if any(each.marker in (*FRAMES, SOS) for each in segments):
        refuse("has a picture where its JPEG tables should be")
    course = _course(stream, segments)
    course.use(used)
    if course.lent:
        refuse("has JPEG strips or tiles without their tables")
    return _cleaned(stream, segments, course, frozenset())


def _course(stream: bytes, segments: tuple[_Segment, ...]) -> Course:
    course = Course()
    for each in segments:
        if each.marker in STRUCTURE:
            course.take(each.marker, stream[each.payload.start : each.payload.end])
    return course


def _cleaned(stream: bytes, segments: tuple[_Segment, ...], course: Course, lent: frozenset[Key]) -> Cleaned:
    shortened = course.shortened()
    stay: list[Piece] = []
    dropped = set()
    number = 0
    for each in segments:
        if each.marker not in STRUCTURE:
            stay.append(_fresh(stream, each))
            if stay[-1] != stream[each.place.start : each.place.end]:
                dropped.add("COM" if each.marker == _COM else f"APP{each.marker - _APP0}")
            continue
        payload = shortened.get(number)
        stay.append(each.place if payload is None else written(each.marker, payload) if payload else b"")
        if payload is not None:
            dropped.add(f"unused {STRUCTURE[each.marker]}")
        number += 1
    if sum(each.place.size for each in segments) + 4 != len(stream):
        dropped.add("slack")
    return Cleaned(_joined(stream, stay), frozenset(dropped), lent)


def _joined(stream: bytes, stay: list[Piece]) -> tuple[Piece, ...]:
    """The pieces between a beginning and an end, those that follow each other in the stream as one."""
    pieces: list[Piece] = [Span(0, 2)]
    for piece in stay:
        last = pieces[-1]
        if isinstance(piece, Span) and isinstance(last, Span) and last.end == piece.start:
            pieces[-1] = Span(last.start, last.size + piece.size)
        elif piece:
            pieces.append(piece)
    last = pieces[-1]
    if isinstance(last, Span) and stream[last.end : last.end + 2] == b"\xff\xd9":
        pieces[-1] = Span(last.start, last.size + 2)
    else:
        pieces.append(b"\xff\xd9")
    return tuple(pieces)


def _fresh(stream: bytes, segment: _Segment) -> bytes:
    """What is written for an application's segment: nothing but for the two that tell colours."""
    payload = stream[segment.payload.start : segment.payload.end]
    if segment.marker == _APP0 and payload.startswith(_JFIF) and len(payload) >= _JFIF_BYTES:
        fresh = _JFIF + struct.pack(">HBHHBB", 0x0102, 0, 1, 1, 0, 0)
    elif segment.marker == _APP14 and payload.startswith(_ADOBE) and len(payload) >= _ADOBE_BYTES:
        transform = payload[_ADOBE_BYTES - 1]
        if transform not in _TRANSFORMS:
            refuse("has a JPEG strip or tile in unknown colours")
        fresh = _ADOBE + struct.pack(">HHHB", 100, 0, 0, transform)
    else:
        return b""
    return written(segment.marker, fresh)


def _segments(stream: bytes) -> Iterator[_Segment]:
    """Every segment between the beginning and the end of a stream. Raises DamagedFileError."""
    if not stream.startswith(b"\xff\xd8"):
        refuse("has a JPEG strip or tile without a beginning")
    position = 2
    for _ in range(_MOST_SEGMENTS):
        found = _NEXT_MARKER.search(stream, position)
        if found is None:
            refuse("has a JPEG strip or tile without an end")
        marker = stream[found.end() - 1]
        position = found.end()
        if marker == _EOI:
            return
        if marker not in _BARE:
            segment = _segment(stream, marker, found.start())
            yield segment
            position = segment.place.end
    refuse("has a JPEG strip or tile with more segments than any picture needs")


def _segment(stream: bytes, marker: int, start: int) -> _Segment:
    if marker not in STRUCTURE and marker not in _DROPPED:
        decline("has JPEG strips or tiles of a rare kind", "save it with LZW or Deflate")
    untrusted_length = int.from_bytes(stream[start + 2 : start + 4], "big")
    end = start + 2 + untrusted_length
    if untrusted_length < 2 or end > len(stream):
        refuse("has a JPEG segment that runs past its end")
    payload = Span(start + 4, untrusted_length - 2)
    if marker == SOS:
        scan = _SCAN_END.search(stream, end)
        if scan is None or scan.start() == end:
            refuse("has a JPEG strip or tile that is cut short")
        end = scan.start()
        # Fill bytes before the next marker are no part of the scan.
        while stream[end - 1] == 0xFF:
            end -= 1
    return _Segment(marker, Span(start, end - start), payload)
