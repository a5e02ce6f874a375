"""A film as its headers and indexes tell it: which streams there are, where their chunks are, which ones are keys."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.avi import streams
from redact.formats.avi.chunks import Chunk, inside, riffs
from redact.formats.avi.streams import Stream

FILM_HEADER = struct.Struct("<14I")
"""`avih`: time of a frame, bytes a second, granularity, flags, frames, initial frames, streams, buffer, size; zeros."""
_FILM_HEADER_LEAST_BYTES = 40
OLD_ENTRY = struct.Struct("<4sIII")
"""Of `idx1`: code, flags, place, size."""
ENTRY = struct.Struct("<II")
"""Of an index of chunks: place of the content, size."""
KEY = 0x10
"""Flag of an old entry."""
NO_KEY = 1 << 31
"""Bit of the size in a new one."""
PLACES = 1
"""The kind of index that tells of chunks."""
CHUNK_HEADER_BYTES = 8

_MUST_USE_INDEX = 0x20
_INDEX_HEADER_BYTES = 24
_MOST_STREAMS = 32
_MOST_INDEXED = 4_000_000
"""Chunks that the indexes of a source may tell of."""


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """A film, open for reading, and what its headers say.

    parts:   its RIFFs
    hdrl:    the list of headers
    media:   the lists of pictures and sound
    others:  everything else on the top level
    rest:    bytes behind the last part
    header:  the numbers of `avih`
    streams: those that stay
    """

    source: BinaryIO
    parts: list[Chunk]
    hdrl: Chunk
    media: list[Chunk]
    others: list[Chunk]
    rest: int
    header: tuple[int, ...]
    streams: tuple[Stream, ...]

    @property
    def kept(self) -> frozenset[int]:
        """Numbers of the streams that stay."""
        return frozenset(stream.number for stream in self.streams)

    @property
    def pictures(self) -> Stream:
        """The first stream of pictures, whose size and length are the film's."""
        return next(stream for stream in self.streams if stream.holds == "pictures")


def film_of(source: BinaryIO) -> Film:
    """A film that can be made safe. Raises DamagedFileError, UnsupportedFormatError."""
    parts, rest = riffs(source)
    headers: list[Chunk] = []
    media: list[Chunk] = []
    others: list[Chunk] = []
    for part in parts:
        for chunk in inside(source, part):
            {b"hdrl": headers, b"movi": media}.get(chunk.form, others).append(chunk)
    if len(headers) != 1 or not media:
        message = "the film has no headers, no pictures, or several: get an undamaged original"
        raise DamagedFileError(message)
    header, found = _headers(source, headers[0])
    if not any(stream.holds == "pictures" for stream in found):
        message = "the film has no stream of pictures: leave it out"
        raise UnsupportedFormatError(message)
    if len(found) > _MOST_STREAMS:
        message = f"the film has more than {_MOST_STREAMS} streams: leave some out"
        raise UnsupportedFormatError(message)
    return Film(source, parts, headers[0], media, others, rest, header, tuple(found))


def _headers(source: BinaryIO, hdrl: Chunk) -> tuple[tuple[int, ...], list[Stream]]:
    header: tuple[int, ...] = ()
    found: list[Stream | None] = []
    for chunk in inside(source, hdrl):
        if chunk.code == b"avih" and chunk.end - chunk.start >= _FILM_HEADER_LEAST_BYTES and not header:
            header = FILM_HEADER.unpack(chunk.read(source)[: FILM_HEADER.size].ljust(FILM_HEADER.size, b"\0"))
        elif chunk.form == b"strl":
            found.append(streams.stream(streams.told(source, chunk), len(found)))
    if not header:
        message = "the film has no header: get an undamaged original"
        raise DamagedFileError(message)
    return header, [stream for stream in found if stream]


def media(film: Film) -> Iterator[Chunk]:
    """Every chunk among pictures and sound, those in groups too, in the order of the file."""
    for movi in film.media:
        for chunk in inside(film.source, movi):
            if chunk.form == b"rec ":
                yield from inside(film.source, chunk)
            else:
                yield chunk


def keys(film: Film) -> dict[int, bool]:
    """Where a chunk begins -> whether decoding can begin with it, as the indexes of the film tell.

    Raises DamagedFileError where they tell of more than any film holds, UnsupportedFormatError where the film is to be
    played in another order than it is written in.
    """
    found: dict[int, bool] = {}
    for entries in _indexes(film):
        for place, key in entries:
            found[place] = key
            if len(found) > _MOST_INDEXED:
                message = "the index of the film is longer than any film: get an undamaged original"
                raise DamagedFileError(message)
    return found


def _indexes(film: Film) -> Iterator[Iterator[tuple[int, bool]]]:
    for chunk in film.others:
        if chunk.code == b"idx1":
            yield _old_keys(film, chunk.read(film.source))
    for chunk in media(film):
        if chunk.code.startswith(b"ix"):
            yield _new_keys(chunk.read(film.source))


def _old_keys(film: Film, index: bytes) -> Iterator[tuple[int, bool]]:
    entries = OLD_ENTRY.iter_unpack(index[: len(index) // OLD_ENTRY.size * OLD_ENTRY.size])
    base, before = None, 0
    for code, flags, place, _ in entries:
        if code == b"rec ":
            continue
        base = _base(film, code, place) if base is None else base
        if film.header[3] & _MUST_USE_INDEX and place < before:
            message = "the film is to be played in another order than it is written: remux it first"
            raise UnsupportedFormatError(message)
        before = place
        yield base + place, bool(flags & KEY)


def _base(film: Film, code: bytes, place: int) -> int:
    """Where the old index counts places from: the first list's own code, or the start of the file."""
    base = film.media[0].start - 4
    film.source.seek(base + place)
    return base if film.source.read(4) == code else 0


def _new_keys(index: bytes) -> Iterator[tuple[int, bool]]:
    if len(index) < _INDEX_HEADER_BYTES or index[3] != PLACES or int.from_bytes(index[:2], "little") != 2:
        return
    count, base = int.from_bytes(index[4:8], "little"), int.from_bytes(index[12:20], "little")
    entries = index[_INDEX_HEADER_BYTES : _INDEX_HEADER_BYTES + count * ENTRY.size]
    for place, size in ENTRY.iter_unpack(entries[: len(entries) // ENTRY.size * ENTRY.size]):
        yield base + place - CHUNK_HEADER_BYTES, not size & NO_KEY
