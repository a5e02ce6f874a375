"""The index of a film (`moov`, ISO/IEC 14496-12 section 8) as its source tells it.

The samples and their times are FFmpeg's business. This is the rest: which tracks there are, how a picture is to be
turned and coloured, what the edit list shows, and whether the tables of a track agree with each other.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.boxes import Box, contradiction, number, printable, written
from redact.formats.film import looks
from redact.formats.film.looks import MATRIX_BYTES, UNTURNED, Turn
from redact.model import Keep

VISUAL_ENTRY_BYTES = 78
"""Fields of a sample entry for pictures, before its boxes."""

H264_ENTRIES = frozenset((b"avc1", b"avc3"))
HEVC_ENTRIES = frozenset((b"hvc1", b"hev1"))
_STILL_ENTRIES = frozenset((b"jpeg", b"png ", b"mjpa", b"mjpb"))
DOLBY_BOXES = frozenset((b"dvcC", b"dvvC", b"dvwC"))


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of the presentation: `duration` in the film's time scale; `start` in the track's, None for a gap."""

    duration: int
    start: int | None


@dataclass(frozen=True, slots=True)
class Track:
    """One track of the source.

    number:    its identifier
    handler:   what it holds, as b"vide"
    timescale: ticks per second
    matrix:    36 bytes that turn the picture
    entries:   its sample entries; a track that never changes its coding has one
    edits:     its edit list, empty where there is none
    table:     the box of its sample tables
    """

    number: int
    handler: bytes
    timescale: int
    matrix: bytes
    entries: tuple[Box, ...]
    edits: tuple[Edit, ...]
    table: Box

    @property
    def is_film(self) -> bool:
        """True for moving pictures: a track of JPEGs or PNGs illustrates chapters."""
        return self.handler == b"vide" and not all(entry.code in _STILL_ENTRIES for entry in self.entries)

    @property
    def turn(self) -> Turn:
        """How the picture is turned. Raises UnsupportedFormatError for a matrix that is none of the eight turns."""
        turn = looks.turn_of(self.matrix)
        if turn is None:
            message = "the film is to be turned or stretched by other than quarter turns: export it with that applied"
            raise UnsupportedFormatError(message)
        return turn

    def description(self) -> tuple[Box, ...]:
        """The boxes of the picture's sample entry."""
        return self.entries[0].children(VISUAL_ENTRY_BYTES)

    def shown(self, keep: Keep) -> bytes:
        """How a decoded picture is to be shown: shape, and with "colour" what its samples mean."""
        told = ((box.code, looks.plain(box.code, box.payload)) for box in reversed(self.description()))
        # One box of a kind, in an order of our own: a second strip finds the same.
        kinds = {code: payload for code, payload in told if payload is not None}
        wanted = (*looks.SHAPES, *(looks.COLOURS if "colour" in keep else ()))
        return b"".join(written(code, kinds[code]) for code in wanted if code in kinds)


@dataclass(frozen=True, slots=True)
class Movie:
    """The index of the source.

    timescale: ticks per second of the film
    created:   creation and modification, seconds since 1904
    matrix:    36 bytes that turn the whole film
    """

    timescale: int
    created: tuple[int, int]
    matrix: bytes
    tracks: tuple[Track, ...]
    fragmented: bool

    @property
    def turn(self) -> Turn:
        """How the whole film is turned; not at all where its matrix is none of the eight turns."""
        return looks.turn_of(self.matrix) or UNTURNED

    @property
    def film(self) -> Track:
        """The one track of moving pictures. Raises UnsupportedFormatError unless there is one that can be made safe."""
        films = [track for track in self.tracks if track.is_film]
        if len(films) != 1:
            count = len(films) or "no"
            message = f"the film has {count} video tracks: it can be made safe with exactly one, so export it that way"
            raise UnsupportedFormatError(message)
        film = films[0]
        _check_coding(film)
        # Read for what it raises: what cannot be shown as it is told is refused before anything is written.
        _ = film.turn
        return film

    @property
    def sounds(self) -> tuple[Track, ...]:
        """The tracks of sound. Raises UnsupportedFormatError for one that changes its coding."""
        sounds = tuple(track for track in self.tracks if track.handler == b"soun")
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
    """The index of a source. Raises DamagedFileError, UnsupportedFormatError."""
    header = moov.child(b"mvhd")
    if header is None:
        message = "the film has no index that can be read: get an undamaged original"
        raise DamagedFileError(message)
    wide = 4 if header.payload[:1] == b"\1" else 0
    times = (number(header.payload, 4, 4 + wide), number(header.payload, 8 + wide, 4 + wide))
    timescale = number(header.payload, 12 + 2 * wide, 4)
    matrix = header.payload[36 + 3 * wide : 36 + 3 * wide + MATRIX_BYTES]
    tracks = tuple(_track(box) for box in moov.children() if box.code == b"trak")
    if not timescale or len(matrix) != MATRIX_BYTES or len({track.number for track in tracks}) != len(tracks):
        raise contradiction("the index")
    return Movie(timescale, times, matrix, tracks, moov.child(b"mvex") is not None)


def _track(box: Box) -> Track:
    header, media = box.child(b"tkhd"), box.child(b"mdia", b"mdhd")
    handler, table = box.child(b"mdia", b"hdlr"), box.child(b"mdia", b"minf", b"stbl")
    if header is None or media is None or handler is None or table is None:
        raise contradiction("a track")
    wide = 4 if header.payload[:1] == b"\1" else 0
    matrix = header.payload[40 + 3 * wide : 40 + 3 * wide + MATRIX_BYTES]
    timescale = number(media.payload, 12 + 2 * (4 if media.payload[:1] == b"\1" else 0), 4)
    if len(matrix) != MATRIX_BYTES or not timescale:
        raise contradiction("a track")
    entries = table.child(b"stsd")
    return Track(
        number=number(header.payload, 12 + 2 * wide, 4),
        handler=handler.payload[8:12],
        timescale=timescale,
        matrix=matrix,
        entries=entries.children(8) if entries else (),
        edits=tuple(_edits(box.child(b"edts", b"elst"))),
        table=table,
    )


def _edits(box: Box | None) -> Iterator[Edit]:
    if box is None:
        return
    wide = box.payload[:1] == b"\1"
    layout = struct.Struct(">Qqi" if wide else ">Iii")
    listed = box.payload[8:]
    if number(box.payload, 4, 4) * layout.size > len(listed):
        raise contradiction("an edit list")
    for index in range(number(box.payload, 4, 4)):
        duration, start, rate = layout.unpack_from(listed, index * layout.size)
        if start != -1 and rate != 1 << 16:
            message = "the film is edited to play at another speed: export it with the edit applied"
            raise UnsupportedFormatError(message)
        yield Edit(duration, None if start == -1 else start)


def _check_coding(film: Track) -> None:
    """Raises UnsupportedFormatError unless the pictures are coded in the one way that can be made safe."""
    codes = {entry.code for entry in film.entries}
    if len(film.entries) != 1 or not codes <= H264_ENTRIES | HEVC_ENTRIES:
        known = ", ".join(sorted(printable(code) for code in codes)) or "nothing"
        message = f"the video is coded as {known}: only H.264 or HEVC throughout can be made safe, so convert it first"
        raise UnsupportedFormatError(message)
    for box in film.description():
        # Compatibility 0 says that the pictures show wrong colours without what would be dropped.
        if box.code in DOLBY_BOXES and not number(box.payload, 4, 1) >> 4:
            message = "the video is in a Dolby Vision profile without an ordinary base layer: convert it first"
            raise UnsupportedFormatError(message)


def check_edits(track: Track) -> None:
    """Raises UnsupportedFormatError for an edit list that shows more than one stretch of the track."""
    if sum(edit.start is not None for edit in track.edits) > 1:
        message = "the film is put together from several stretches by its edit list: export it with the edits applied"
        raise UnsupportedFormatError(message)


def check_tables(track: Track) -> None:
    """Raises DamagedFileError when the tables of a track that is not fragmented do not speak of the same samples."""
    sizes, chunks = track.table.child(b"stsz"), track.table.child(b"stsc")
    times = track.table.child(b"stts")
    offsets = track.table.child(b"stco") or track.table.child(b"co64")
    if sizes is None or chunks is None or times is None or offsets is None:
        raise contradiction("a track")
    count = number(sizes.payload, 8, 4)
    timed = _rows(times, 2)[:, 0].sum(dtype=np.int64)
    if timed != count or _samples_in_chunks(_rows(chunks, 3), number(offsets.payload, 4, 4)) != count:
        message = "the tables of a track disagree about how many samples it has: get an undamaged original"
        raise DamagedFileError(message)


def check_promises(movie: Movie, file_bytes: int) -> None:
    """Raises DamagedFileError when a track, be it dropped or not, promises more samples than the file can hold.

    FFmpeg makes room for every sample that any table speaks of.
    """
    for track in movie.tracks:
        chunks, offsets = track.table.child(b"stsc"), track.table.child(b"stco") or track.table.child(b"co64")
        count = samples_in_tables(track)
        if chunks and offsets:
            count = max(count, _samples_in_chunks(_rows(chunks, 3), number(offsets.payload, 4, 4)))
        if count > file_bytes or _sample_bytes(track) > file_bytes:
            message = "the film promises more pictures or sound than it can hold: get an undamaged original"
            raise DamagedFileError(message)


def _sample_bytes(track: Track) -> int:
    """How many bytes the samples take together."""
    sizes = track.table.child(b"stsz")
    if sizes is None:
        return 0
    each, count = number(sizes.payload, 4, 4), number(sizes.payload, 8, 4)
    if each:
        return each * count
    if 12 + 4 * count > len(sizes.payload):
        raise contradiction("a table")
    return int(np.frombuffer(sizes.payload, ">u4", count, 12).sum(dtype=np.uint64))


def samples_in_tables(track: Track) -> int:
    """How many samples the track has outside of fragments."""
    sizes = track.table.child(b"stsz")
    return number(sizes.payload, 8, 4) if sizes else 0


def _samples_in_chunks(runs: NDArray[np.int64], chunks: int) -> int:
    """How many samples so many chunks hold; a run is (first chunk, samples in each, description)."""
    if not len(runs):
        return 0
    starts = np.append(runs[:, 0], chunks + 1)
    lengths = np.diff(starts)
    if starts[0] != 1 or (lengths < 0).any():
        raise contradiction("a track")
    return int((lengths * runs[:, 1]).sum())


def _rows(box: Box, columns: int) -> NDArray[np.int64]:
    """A table of 32-bit numbers, (rows, columns)."""
    rows = number(box.payload, 4, 4)
    if rows * columns * 4 > len(box.payload) - 8:
        raise contradiction("a table")
    flat = np.frombuffer(box.payload, ">u4", rows * columns, 8)
    return flat.astype(np.int64).reshape(rows, columns)


def earliest_composition(track: Track) -> int:
    """The least composition offset of the track, ticks: below 0 where a picture is shown before its decoding time."""
    box = track.table.child(b"ctts")
    if box is None:
        return 0
    offsets = _rows(box, 2)[:, 1].astype(np.int32)
    return min(int(offsets.min(initial=0)), 0)
