"""The index of a film (`moov`, ISO/IEC 14496-12 section 8) as it is told: which tracks there are, and what each shows.

How a picture is to be turned and coloured, what describes it, and what the edit list shows of it. The samples and their
times are in its tables (see tables.py).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.boxes import Box, contradiction, number, printable, written
from redact.formats.film import headers, looks, pictures, tables
from redact.formats.film.headers import FilmHeader, MediaHeader, TrackHeader
from redact.formats.film.looks import UNTURNED, Turn
from redact.model import Keep

_MOST_EDITS = 1000
DOLBY_BOXES = frozenset((b"dvcC", b"dvvC", b"dvwC"))


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of the presentation: `duration` in the film's time scale; `start` in the track's, None for a gap."""

    duration: int
    start: int | None


@dataclass(frozen=True, slots=True)
class Track:
    """One track.

    header:  what its own header tells
    media:   what its media's header tells
    handler: what it holds, as b"vide"
    entries: its sample entries; a track that never changes its coding has one
    edits:   its edit list, empty where there is none
    table:   the box of its sample tables
    """

    header: TrackHeader
    media: MediaHeader
    handler: bytes
    entries: tuple[Box, ...]
    edits: tuple[Edit, ...]
    table: Box

    @property
    def number(self) -> int:
        """Its identifier."""
        return self.header.number

    @property
    def has_stills(self) -> bool:
        """True for a track of JPEGs or PNGs: a cover, pictures of chapters, or a film where there is no other."""
        return all(pictures.is_still(entry) for entry in self.entries)

    @property
    def turn(self) -> Turn:
        """How the picture is turned. Raises UnsupportedFormatError for a matrix that is none of the eight turns."""
        turn = looks.turn_of(self.header.matrix)
        if turn is None:
            message = "the film is to be turned or stretched by other than quarter turns: export it with that applied"
            raise UnsupportedFormatError(message)
        return turn

    def description(self) -> tuple[Box, ...]:
        """The boxes of the picture's sample entry."""
        return self.entries[0].children(pictures.ENTRY_BYTES)

    def shown(self, keep: Keep, without: frozenset[bytes] = frozenset()) -> bytes:
        """How a decoded picture is to be shown: shape, and with "colour" what its samples mean.

        without: codes of boxes that would say something untrue of the copy
        """
        told = ((box.code, looks.plain(box.code, box.payload)) for box in reversed(self.description()))
        # One box of a kind, in an order of our own: a second strip finds the same.
        kinds = {code: payload for code, payload in told if payload is not None}
        wanted = (*looks.SHAPES, *(looks.COLOURS if "colour" in keep else ()))
        return b"".join(written(code, kinds[code]) for code in wanted if code in kinds.keys() - without)


@dataclass(frozen=True, slots=True)
class Movie:
    """The index of a film; `fragmented` where it says that more of it follows."""

    header: FilmHeader
    tracks: tuple[Track, ...]
    fragmented: bool

    @property
    def turn(self) -> Turn:
        """How the whole film is turned; not at all where its matrix is none of the eight turns."""
        return looks.turn_of(self.header.matrix) or UNTURNED

    @property
    def films(self) -> tuple[Track, ...]:
        """The tracks of moving pictures. Raises UnsupportedFormatError for one that cannot be made safe."""
        tracks = [track for track in self.tracks if track.handler == b"vide" and track.entries]
        films = [track for track in tracks if not track.has_stills]
        films = films or [track for track in tracks if tables.samples_in(track.table) > 1 or self.fragmented]
        for film in films:
            _check_entries(film)
            # Read for what it raises: what cannot be shown as it is told is refused before anything is written.
            _ = film.turn
        return tuple(films)

    @property
    def sounds(self) -> tuple[Track, ...]:
        """The tracks of sound; one that nothing describes is heard by nobody.

        Raises UnsupportedFormatError for one that changes its coding.
        """
        sounds = tuple(track for track in self.tracks if track.handler == b"soun" and track.entries)
        if any(len(track.entries) != 1 for track in sounds):
            message = "a sound track is not described as one coding throughout: convert it first"
            raise UnsupportedFormatError(message)
        return sounds

    def presented(self, track: Track) -> int | None:
        """How long the edit list lets the track be shown, ticks of the film; None where there is no end to it."""
        if not track.edits or not track.edits[-1].duration:
            return None
        return sum(edit.duration for edit in track.edits)


def read(moov: Box) -> Movie:
    """An index. Raises DamagedFileError, UnsupportedFormatError."""
    box = moov.child(b"mvhd")
    if box is None:
        message = "the film has no index that can be read: get an undamaged original"
        raise DamagedFileError(message)
    header = headers.read_film(box)
    tracks = tuple(_track(each) for each in moov.children() if each.code == b"trak")
    if not header.timescale or len({track.number for track in tracks}) != len(tracks):
        raise contradiction("the index")
    return Movie(header, tracks, moov.child(b"mvex") is not None)


def _track(box: Box) -> Track:
    header, media = box.child(b"tkhd"), box.child(b"mdia", b"mdhd")
    handler, table = box.child(b"mdia", b"hdlr"), box.child(b"mdia", b"minf", b"stbl")
    if header is None or media is None or handler is None or table is None:
        raise contradiction("a track")
    entries = table.child(b"stsd")
    track = Track(
        header=headers.read_track(header),
        media=headers.read_media(media),
        handler=handler.payload[8:12],
        entries=entries.children(8) if entries else (),
        edits=_joined(_edits(box.child(b"edts", b"elst"))),
        table=table,
    )
    if not track.media.timescale:
        raise contradiction("a track")
    return track


def _edits(box: Box | None) -> Iterator[Edit]:
    if box is None:
        return
    wide = box.payload[:1] == b"\1"
    layout = struct.Struct(">Qqi" if wide else ">Iii")
    listed = box.payload[8:]
    if number(box.payload, 4, 4) * layout.size > len(listed):
        raise contradiction("an edit list")
    if number(box.payload, 4, 4) > _MOST_EDITS:
        message = "the film is put together from a great many stretches: export it with the edits applied"
        raise UnsupportedFormatError(message)
    for index in range(number(box.payload, 4, 4)):
        duration, start, rate = layout.unpack_from(listed, index * layout.size)
        if start != -1 and rate != 1 << 16:
            message = "the film is edited to play at another speed: export it with the edit applied"
            raise UnsupportedFormatError(message)
        yield Edit(duration, None if start == -1 else start)


def _joined(edits: Iterator[Edit]) -> tuple[Edit, ...]:
    """The edits, those gaps one that follow each other."""
    joined: list[Edit] = []
    for edit in edits:
        if joined and edit.start is None and joined[-1].start is None:
            edit = Edit(joined.pop().duration + edit.duration, None)
        joined.append(edit)
    return tuple(joined)


def _check_entries(film: Track) -> None:
    """Raises UnsupportedFormatError unless the pictures are coded in one way throughout, and one that is known."""
    codes = {entry.code for entry in film.entries}
    if len(film.entries) != 1 or not codes <= pictures.ENTRIES.keys():
        known = ", ".join(sorted(printable(code) for code in codes))
        message = f"the video is coded as {known}: that cannot be made safe, so convert it to H.264 first"
        raise UnsupportedFormatError(message)


def check_colours(film: Track, told: bytes) -> None:
    """Raises UnsupportedFormatError where the pictures would show wrong colours without what is dropped.

    told: the boxes that the copy has about how the track is to be shown
    """
    for box in film.description():
        # Compatibility 0 says that there is no ordinary base layer.
        if box.code in DOLBY_BOXES and not number(box.payload, 4, 1) >> 4 and box.code not in told:
            message = "the video is in a Dolby Vision profile without an ordinary base layer: convert it first"
            raise UnsupportedFormatError(message)


def check_edits(track: Track) -> None:
    """Raises UnsupportedFormatError for an edit list that shows more than one stretch of the track."""
    if sum(edit.start is not None for edit in track.edits) > 1:
        message = "the film is put together from several stretches by its edit list: export it with the edits applied"
        raise UnsupportedFormatError(message)
