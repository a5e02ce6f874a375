"""A film written anew: headers with what a player needs, the chunks of pictures and sound, and an index of them.

The copy has the layout of OpenDML (1996): parts of up to a gigabyte, each with an index of its own, and in the first
also the old one. So a film of any length is written in one way, and its copy in the same.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import BinaryIO

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.avi import streams, times
from redact.formats.avi.chunks import Chunk, inside, listed, number_of, written
from redact.formats.avi.film import (
    CHUNK_HEADER_BYTES,
    ENTRY,
    FILM_HEADER,
    KEY,
    NO_KEY,
    OLD_ENTRY,
    PLACES,
    Film,
    keys,
    media,
)
from redact.formats.avi.streams import STREAM_HEADER, Stream
from redact.model import Keep

PART_BYTES = 1 << 30
"""Longest part of a film: old readers take sizes for numbers with a sign."""

_MOST_PARTS = 16
_MOST_TOLD = 2**32 - 1
_ROOM_FOR_HEADERS = 4096
_RIFF_HEADER_BYTES = 12
_HAS_INDEX, _INTERLEAVED = 0x10, 0x100
_INDEX_HEADER = struct.Struct("<HBBI4s")
_INDEXES = 0
"""The kind of index that tells of indexes."""


@dataclass(slots=True)
class _Track:
    """What was written of one stream: numbers for its header, places for its index.

    index:   of this part, as it is written
    indexed: (place, size, samples told of) of the indexes of earlier parts
    """

    stream: Stream
    code: bytes
    chunks: int = 0
    bytes: int = 0
    largest: int = 0
    index: bytearray = field(default_factory=bytearray)
    indexed: list[tuple[int, int, int]] = field(default_factory=list)
    told: int = 0

    @property
    def length(self) -> int:
        """In samples."""
        each = self.stream.timing.sample_bytes
        return self.bytes // each if each else self.chunks

    def add(self, place: int, size: int, mark: int) -> None:
        """Count a chunk, whose content begins so far behind the code of its list. `mark` says if it is no key."""
        self.chunks += 1
        self.bytes += size
        self.largest = max(self.largest, size)
        self.index += ENTRY.pack(place, size | mark)


def rewrite(film: Film, target: BinaryIO, keep: Keep) -> None:
    """Write the film anew. `target` has to be seekable, and is written from its start.

    Raises DamagedFileError, UnsupportedFormatError.
    """
    writer = _Writer(film, target, keep)
    known = keys(film)
    for chunk in media(film):
        number = number_of(chunk)
        if number in film.kept:
            writer.add(number, chunk.read(film.source), known.get(chunk.place))
    writer.finish()


class _Writer:
    """The copy while it is written. Its headers are written last, over room of the same size."""

    def __init__(self, film: Film, target: BinaryIO, keep: Keep) -> None:
        self._film = film
        self._target = target
        self._time = times.taken(film.source, _tellers(film)) if "time" in keep else None
        self._tracks = {
            stream.number: _Track(stream, b"%02d" % number + (b"wb" if stream.holds == "sound" else b"dc"))
            for number, stream in enumerate(film.streams)
        }
        self._old_index = bytearray()
        self._first_frames = 0
        self._parts = 0
        target.seek(0)
        target.truncate()
        target.write(listed(b"AVI ", b"", b"RIFF"))
        target.write(bytes(len(self._head())))
        self._part_start = 0
        self._movi_start = self._begin_movi()

    def add(self, number: int, content: bytes, key: bool | None) -> None:  # noqa: FBT001 - what the source's index says
        """Write a chunk of pictures or sound."""
        track = self._tracks[number]
        coding = track.stream.coding
        clean = coding.cleaned(content) if coding and content else content
        if key is None:
            key = coding is None or streams.is_key(track.stream.name, clean)
        self._make_room(len(clean))
        place = self._target.tell()
        self._target.write(written(track.code, clean))
        track.add(place - self._movi_start + CHUNK_HEADER_BYTES, len(clean), 0 if key else NO_KEY)
        if not self._parts:
            self._old_index += OLD_ENTRY.pack(track.code, KEY if key else 0, place - self._movi_start, len(clean))

    def finish(self) -> None:
        """Write what is told of the chunks. Raises DamagedFileError where there are no pictures."""
        if not self._tracks[self._film.pictures.number].bytes:
            message = "the film holds no pictures: get an undamaged original"
            raise DamagedFileError(message)
        self._end_part()
        self._target.seek(_RIFF_HEADER_BYTES)
        self._target.write(self._head())

    def _make_room(self, size: int) -> None:
        """Begin another part where this one would become too long with a chunk of that size and what ends it."""
        ahead = sum(len(track.index) for track in self._tracks.values()) + len(self._old_index) + _ROOM_FOR_HEADERS
        if self._target.tell() - self._part_start + size + ahead <= PART_BYTES:
            return
        if not any(track.index for track in self._tracks.values()):
            message = "one chunk of the film is too long for any player: remux it first"
            raise UnsupportedFormatError(message)
        self._end_part()
        if self._parts == _MOST_PARTS:
            message = f"the film is longer than {_MOST_PARTS} gigabytes: cut it first"
            raise UnsupportedFormatError(message)
        self._part_start = self._target.tell()
        self._target.write(listed(b"AVIX", b"", b"RIFF"))
        self._movi_start = self._begin_movi()

    def _begin_movi(self) -> int:
        """Begin a list of pictures and sound; where its own code stands."""
        self._target.write(listed(b"movi", b""))
        return self._target.tell() - 4

    def _end_part(self) -> None:
        """Write the indexes of this part, and how long it is."""
        for track in self._tracks.values():
            self._index(track)
        movi_end = self._target.tell()
        if not self._parts:
            self._target.write(written(b"idx1", bytes(self._old_index)))
            self._first_frames = self._tracks[self._film.pictures.number].chunks
        end = self._target.tell()
        for start, stop in ((self._part_start + 8, end), (self._movi_start, movi_end)):
            self._target.seek(start - 4)
            self._target.write((stop - start).to_bytes(4, "little"))
        self._target.seek(end)
        self._parts += 1

    def _index(self, track: _Track) -> None:
        """Write where a stream's chunks of this part are."""
        if not track.index:
            return
        place = self._target.tell()
        header = _INDEX_HEADER.pack(2, 0, PLACES, len(track.index) // ENTRY.size, track.code)
        header += self._movi_start.to_bytes(8, "little") + bytes(4)
        self._target.write(written(b"ix" + track.code[:2], header + bytes(track.index)))
        track.indexed.append((place, self._target.tell() - place, track.length - track.told))
        track.told = track.length
        track.index.clear()

    def _head(self) -> bytes:
        """Everything before the first list of pictures and sound."""
        tracks = list(self._tracks.values())
        hdrl = written(b"avih", self._film_header(tracks)) + b"".join(listed(b"strl", _described(t)) for t in tracks)
        frames = self._tracks[self._film.pictures.number].chunks
        hdrl += listed(b"odml", written(b"dmlh", frames.to_bytes(4, "little")))
        return listed(b"hdrl", hdrl) + times.told(self._time)

    def _film_header(self, tracks: list[_Track]) -> bytes:
        old = self._film.header
        flags = _HAS_INDEX | old[3] & _INTERLEAVED
        largest = max(track.largest for track in tracks)
        size = self._film.pictures.size
        return FILM_HEADER.pack(
            old[0], 0, 0, flags, self._first_frames, old[5], len(tracks), largest, *size, 0, 0, 0, 0
        )


def _described(track: _Track) -> bytes:
    """The headers of a stream, and the index of its indexes."""
    stream, timing = track.stream, track.stream.timing
    header = STREAM_HEADER.pack(
        b"auds" if stream.holds == "sound" else b"vids",
        stream.handler, 0, 0, 0,
        timing.initial, timing.scale, timing.rate, timing.start, min(track.length, _MOST_TOLD),
        track.largest, _MOST_TOLD, timing.sample_bytes, 0, 0, *stream.size,
    )  # fmt: skip
    index = _INDEX_HEADER.pack(4, 0, _INDEXES, len(track.indexed), track.code) + bytes(12)
    index += b"".join(
        struct.pack("<QII", place, size, min(length, _MOST_TOLD)) for place, size, length in track.indexed
    )
    index = index.ljust(24 + 16 * _MOST_PARTS, b"\0")
    shape = streams.shape_told(stream)
    described = written(b"strh", header) + written(b"strf", stream.format) + written(b"indx", index)
    return described + (written(b"vprp", shape) if shape else b"")


def _tellers(film: Film) -> list[Chunk]:
    """Lists that may tell when the film was taken."""
    inner = (chunk for chunk in inside(film.source, film.hdrl) if chunk.form == b"INFO")
    return [film.hdrl, *inner, *(chunk for chunk in film.others if chunk.form == b"INFO")]
