"""The index of a copy (`moov`), written anew: the boxes below and no others, in one order, whoever wrote the source.

Nothing is taken over as it is. The headers, tables and descriptions of each track were read into numbers, and those are
written; names of handlers and makers are blank, references lead to the file itself. So the index of a film that was
copied directly and that of one that FFmpeg wrote come out in the same form, and stripping either changes no byte.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from redact.formats.boxes import written
from redact.formats.film import headers
from redact.formats.film.looks import UNTURNED, Turn
from redact.formats.film.movie import Edit, Track
from redact.formats.film.source import Film
from redact.formats.film.tables import Tables
from redact.model import Keep


@dataclass(frozen=True, slots=True)
class Told:
    """What the copy takes over from its source: its index, as far as the kinds of metadata in `keep` allow.

    credit:  user data with who made the film, as it may stay; empty where nothing has to
    without: codes of boxes that say nothing of the copy's pictures
    """

    film: Film
    keep: Keep
    credit: bytes
    without: frozenset[bytes]

    def shown(self, track: Track) -> bytes:
        """The boxes about how a track is to be shown."""
        return track.shown(self.keep, self.without)

    @property
    def created(self) -> tuple[int, int]:
        """Creation and modification, seconds since 1904; zeros unless "time" stays."""
        return self.film.movie.header.created if "time" in self.keep else (0, 0)

    def turned(self, turn: Turn) -> Turn:
        """The turn; none unless "orientation" stays."""
        return turn if "orientation" in self.keep else UNTURNED


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One track of the copy.

    track:  its headers and edits
    turn:   how its pictures are turned in the source
    entry:  the sample entry that describes it
    tables: its samples, as they lie in the copy
    """

    track: Track
    turn: Turn
    entry: bytes
    tables: Tables


_SELF = struct.pack(">II", 0, 1) + written(b"url ", b"\0\0\0\1")
"""One reference, to the file itself."""

_MEDIA_HEADERS = {b"vide": written(b"vmhd", b"\0\0\0\1", bytes(8)), b"soun": written(b"smhd", bytes(8))}


def rewritten(parts: Sequence[Part], timescale: int, told: Told) -> bytes:
    """The index of a copy with these tracks, which counts `timescale` ticks in a second."""
    durations = [part.track.header.duration for part in parts]
    longest = None if None in durations else max((each for each in durations if each), default=0)
    turn = told.turned(told.film.movie.turn)
    return written(
        b"moov",
        headers.film(told.created, timescale, longest, turn, len(parts) + 1),
        *(_track(number, part, told) for number, part in enumerate(parts, 1)),
        told.credit,
    )


def _track(number: int, part: Part, told: Told) -> bytes:
    track = part.track
    header = replace(track.header, number=number)
    if track.handler == b"soun":
        header = replace(header, size=(0, 0))
    return written(
        b"trak",
        headers.track(told.created, header, told.turned(part.turn)),
        written(b"edts", _edit_list(track.edits)) if track.edits else b"",
        written(
            b"mdia",
            headers.media(told.created, track.media),
            _handler(b"mhlr" if told.film.is_quicktime else bytes(4), track.handler),
            _information(part, told),
        ),
    )


def _information(part: Part, told: Told) -> bytes:
    return written(
        b"minf",
        _MEDIA_HEADERS[part.track.handler],
        _handler(b"dhlr", b"url ") if told.film.is_quicktime else b"",
        written(b"dinf", written(b"dref", _SELF)),
        written(b"stbl", written(b"stsd", struct.pack(">II", 0, 1), part.entry), part.tables.written()),
    )


def _handler(kind: bytes, handler: bytes) -> bytes:
    """Type and subtype, without the codes of a maker and without a name."""
    return written(b"hdlr", bytes(4), kind, handler, bytes(13))


def _edit_list(edits: Sequence[Edit]) -> bytes:
    """The edits at ordinary speed, in 64 bits where one needs them."""
    starts = [-1 if edit.start is None else edit.start for edit in edits]
    wide = max(edit.duration for edit in edits) >= 1 << 32 or not -(1 << 31) <= min(starts) <= max(starts) < 1 << 31
    layout = struct.Struct(">Qqi" if wide else ">Iii")
    rows = (layout.pack(edit.duration, start, 1 << 16) for edit, start in zip(edits, starts, strict=True))
    return written(b"elst", struct.pack(">II", wide << 24, len(edits)), *rows)
