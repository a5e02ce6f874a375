"""The headers of a film, a track and its media (ISO/IEC 14496-12 8.2.2, 8.3.2, 8.4.2): read, and written anew.

Each has its times and durations in 32 bits or in 64. A copy has 64 only where a number needs them, so that a second
strip finds the form that it would write itself.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from redact.formats.boxes import Box, contradiction, number, written
from redact.formats.film.looks import MATRIX_BYTES, UNTURNED, Turn, matrix_of

_NARROW_MOST = 0xFFFFFFFE
"""All ones stand for a duration that nobody knows."""

_TRACK_FLAGS = 0x0F
"""Enabled, in the film, in its preview, and whether the size is a shape alone."""

_FARTHEST_LAYER, _LOUDEST = 255, 0x0400
_UNDETERMINED = 0x55C4
"""The language "und"."""

_ORDINARY_RATE, _ORDINARY_VOLUME = 1 << 16, 1 << 8


@dataclass(frozen=True, slots=True)
class FilmHeader:
    """`mvhd`.

    created:   creation and modification, seconds since 1904
    timescale: ticks per second
    matrix:    36 bytes that turn the whole film
    """

    created: tuple[int, int]
    timescale: int
    matrix: bytes


@dataclass(frozen=True, slots=True)
class TrackHeader:
    """`tkhd`.

    number:   the track's identifier
    flags:    whether it is to be shown
    duration: ticks of the film; None where it is not known
    layer:    which picture lies above which
    group:    tracks of one group take each other's place; 0 for none
    volume:   in 1/256
    matrix:   36 bytes that turn the picture
    size:     (width, height) in 1/65536 pixels
    """

    number: int
    flags: int
    duration: int | None
    layer: int
    group: int
    volume: int
    matrix: bytes
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class MediaHeader:
    """`mdhd`: ticks per second of a track, and how many of them it lasts; None where that is not known."""

    timescale: int
    duration: int | None


def read_film(box: Box) -> FilmHeader:
    """The header of a film. Raises DamagedFileError."""
    wide = _wide(box)
    created = (number(box.payload, 4, 4 + wide), number(box.payload, 8 + wide, 4 + wide))
    timescale = number(box.payload, 12 + 2 * wide, 4)
    return FilmHeader(created, timescale, _matrix(box, 36 + 3 * wide))


def read_track(box: Box) -> TrackHeader:
    """The header of a track. Raises DamagedFileError."""
    wide = _wide(box)
    body = box.payload[24 + 3 * wide :]
    number(body, 0, 60)
    layer, group, volume = struct.unpack_from(">hHH", body, 8)
    return TrackHeader(
        number=number(box.payload, 12 + 2 * wide, 4),
        flags=number(box.payload, 1, 3),
        duration=_duration(box, 20 + 2 * wide),
        layer=layer,
        group=group,
        volume=volume,
        matrix=_matrix(box, 40 + 3 * wide),
        size=(number(body, 52, 4), number(body, 56, 4)),
    )


def read_media(box: Box) -> MediaHeader:
    """The header of a track's media. Raises DamagedFileError."""
    wide = _wide(box)
    return MediaHeader(number(box.payload, 12 + 2 * wide, 4), _duration(box, 16 + 2 * wide))


def _wide(box: Box) -> int:
    """By how many bytes a number of 64 bits is longer; 0 in a header of 32 bits."""
    return 4 if box.payload[:1] == b"\1" else 0


def _duration(box: Box, start: int) -> int | None:
    size = 4 + _wide(box)
    duration = number(box.payload, start, size)
    return None if duration == (1 << 8 * size) - 1 else duration


def _matrix(box: Box, start: int) -> bytes:
    matrix = box.payload[start : start + MATRIX_BYTES]
    if len(matrix) != MATRIX_BYTES:
        raise contradiction("a header")
    return matrix


def film(created: tuple[int, int], timescale: int, duration: int | None, turn: Turn, following: int) -> bytes:
    """The header of a film whose next track would have the number `following`."""
    body = struct.pack(">IH", _ORDINARY_RATE, _ORDINARY_VOLUME) + bytes(10) + matrix_of(turn) + bytes(24)
    return _dated(b"mvhd", 0, created, (timescale,), duration, body + struct.pack(">I", following))


def track(created: tuple[int, int], header: TrackHeader, turn: Turn = UNTURNED) -> bytes:
    """The header of a track, turned."""
    layer = header.layer if abs(header.layer) <= _FARTHEST_LAYER else 0
    group = header.group if header.group <= _FARTHEST_LAYER else 0
    volume = header.volume if header.volume <= _LOUDEST else _ORDINARY_VOLUME
    body = bytes(8) + struct.pack(">hHH2x", layer, group, volume)
    body += matrix_of(turn, header.size) + struct.pack(">II", *header.size)
    return _dated(b"tkhd", header.flags & _TRACK_FLAGS, created, (header.number, 0), header.duration, body)


def media(created: tuple[int, int], header: MediaHeader) -> bytes:
    """The header of a track's media, in no language."""
    return _dated(b"mdhd", 0, created, (header.timescale,), header.duration, struct.pack(">HH", _UNDETERMINED, 0))


def _dated(
    code: bytes, flags: int, created: tuple[int, int], numbers: Sequence[int], duration: int | None, body: bytes
) -> bytes:
    """A header: two times, numbers of 32 bits, a duration, and the rest."""
    wide = max(*created, duration or 0) > _NARROW_MOST
    width = "Q" if wide else "I"
    unknown = (1 << (64 if wide else 32)) - 1
    return written(
        code,
        struct.pack(">I", wide << 24 | flags),
        struct.pack(f">2{width}", *created),
        struct.pack(f">{len(numbers)}I", *numbers),
        struct.pack(f">{width}", unknown if duration is None else duration),
        body,
    )
