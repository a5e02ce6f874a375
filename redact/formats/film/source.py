"""A film that is to be copied, and whether its index says that it can be made safe."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import BinaryIO

from redact.errors import UnsupportedFormatError
from redact.formats import boxes
from redact.formats.boxes import Box, Layout, number
from redact.formats.film import brands, movie, tables
from redact.formats.film.movie import Movie, Track
from redact.formats.film.tables import Tables


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """A film, open for reading, and what its index says.

    layout:    the boxes of its top level
    moov:      the box of its index
    films:     the tracks of moving pictures
    sounds:    the tracks of sound
    tables:    number of one of these tracks -> its tables; empty for a fragmented film
    brand:     the box with its brands; None for a QuickTime file older than those
    fragments: number of a track -> samples in fragments
    """

    source: BinaryIO
    layout: Layout
    moov: Box
    movie: Movie
    films: tuple[Track, ...]
    sounds: tuple[Track, ...]
    tables: dict[int, Tables]
    brand: Box | None
    fragments: Counter[int]

    @property
    def kept(self) -> tuple[Track, ...]:
        """The tracks of moving pictures and of sound, in the order of the index."""
        numbers = {track.number for track in (*self.films, *self.sounds)}
        return tuple(track for track in self.movie.tracks if track.number in numbers)

    @property
    def is_quicktime(self) -> bool:
        """True for a MOV: it says of what is in it that it is QuickTime's."""
        return brands.main(self.brand) == brands.QUICKTIME

    @property
    def container(self) -> str:
        """FFmpeg's name of the muxer that writes this kind of film."""
        if self.is_quicktime:
            return "mov"
        codes = {track.entries[0].code for track in (*self.films, *self.sounds)}
        return "3gp" if codes & _PHONE_ENTRIES else "mp4"

    def promised(self, track: Track) -> int:
        """How many samples the tables and the fragments hold for a track."""
        return self.fragments[track.number] + tables.samples_in(track.table)


_PHONE_ENTRIES = frozenset((b"s263", b"h263", b"samr", b"sawb"))
"""What 3GPP has and MP4 has not."""


def film_of(source: BinaryIO) -> Film:
    """A film whose index says that it can be made safe.

    Raises DamagedFileError, UnsupportedFormatError.
    """
    layout = boxes.layout(source)
    moov = layout.index(source)
    read = movie.read(moov)
    tables.check_promises((track.table for track in read.tracks), layout.size)
    films, sounds = read.films, read.sounds
    if not films and not sounds:
        message = "the film has neither pictures nor sound: there is nothing to be shared in it"
        raise UnsupportedFormatError(message)
    for track in (*films, *sounds):
        movie.check_edits(track)
    kept = () if read.fragmented else (*films, *sounds)
    told = {track.number: tables.read(track.table, len(track.entries)) for track in kept}
    brand = next((span.read(source) for span in layout.of(b"ftyp")), None)
    return Film(source, layout, moov, read, films, sounds, told, brand, _fragment_samples(source, layout))


def _fragment_samples(source: BinaryIO, layout: Layout) -> Counter[int]:
    """Track -> how many samples its fragments promise."""
    samples: Counter[int] = Counter()
    for span in layout.of(b"moof"):
        for fragment in span.read(source).children():
            header = fragment.child(b"tfhd") if fragment.code == b"traf" else None
            if header:
                runs = (box for box in fragment.children() if box.code == b"trun")
                samples[number(header.payload, 4, 4)] += sum(number(run.payload, 4, 4) for run in runs)
    return samples
