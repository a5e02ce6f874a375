"""The chunks of pictures and sound, part by part, and the indexes that have to tell of each of them once."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from redact.checks.reading import Buffer, Flaw, Trail
from redact.checks.structure.avi.riff import Chunk, inside
from redact.checks.structure.pictures import Allowed

_KEY = 0x10
_NO_KEY = 1 << 31
_LONGEST_PART = 1 << 30
_MOST_CHUNKS = 4_000_000
"""In a part."""


@dataclass(frozen=True)
class Stream:
    """A stream: the code of its chunks, bytes of a sample or 0, FFmpeg's name of its pictures or '', their rule."""

    code: bytes
    sample_bytes: int
    pictures: str
    allowed: Allowed | None


@dataclass
class Places:
    """What was seen of a stream's chunks: how many, how long, and where its indexes are.

    entries: (place, size) of each chunk of the part at hand
    indexes: (place, size, samples told of) of each index
    """

    stream: Stream
    count: int = 0
    bytes: int = 0
    largest: int = 0
    entries: list[tuple[int, int]] = field(default_factory=list)
    indexes: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def length(self) -> int:
        """In samples."""
        return self.bytes // self.stream.sample_bytes if self.stream.sample_bytes else self.count


class Part:
    """One list of pictures and sound."""

    def __init__(self, data: Buffer, movi: Chunk) -> None:
        self._data = data
        self._movi = movi
        self._order: list[tuple[bytes, int, int]] = []
        self._keys: dict[int, bool] = {}

    def admit(self, places: Sequence[Places], old_index: Chunk | None) -> None:
        """Raise Flaw unless the list holds chunks of these streams and an index of each, and the old index agrees."""
        if self._movi.end > self._movi.start + _LONGEST_PART:
            message = "a part of the film is too long"
            raise Flaw(message)
        codes = {each.stream.code: each for each in places}
        indexes = {b"ix" + each.stream.code[:2]: each for each in places}
        before = [each.length for each in places]
        trail = Trail(self._data, self._movi.start)
        for chunk in inside(self._data, self._movi):
            trail.reach(chunk.start)
            if chunk.code in codes and not self._keys:
                self._take(codes[chunk.code], chunk)
            elif chunk.code in indexes and indexes[chunk.code].entries:
                self._index(indexes[chunk.code], chunk, before[places.index(indexes[chunk.code])])
            else:
                message = "a chunk among pictures and sound is neither"
                raise Flaw(message)
        if any(each.entries for each in places):
            message = "a part of the film has no index of a stream"
            raise Flaw(message)
        if old_index is not None and old_index.read(self._data) != self._old_index():
            message = "the old index tells something else than what is there"
            raise Flaw(message)

    def _take(self, places: Places, chunk: Chunk) -> None:
        size = chunk.end - chunk.start
        allowed = places.stream.allowed
        if size and allowed is not None and not allowed(chunk.read(self._data)):
            message = "a coded picture holds more than a picture"
            raise Flaw(message)
        places.count += 1
        places.bytes += size
        places.largest = max(places.largest, size)
        places.entries.append((chunk.start, size))
        self._order.append((chunk.code, chunk.start, size))
        if len(self._order) > _MOST_CHUNKS:
            message = "a part of the film has too many chunks"
            raise Flaw(message)

    def _index(self, places: Places, chunk: Chunk, length_before: int) -> None:
        """Raise Flaw unless an index tells of the stream's chunks and of nothing but whether decoding may begin."""
        content = chunk.read(self._data)
        base = self._movi.start - 4
        head = struct.pack("<HBBI4sQ4x", 2, 0, 1, len(places.entries), places.stream.code, base)
        told = list(struct.iter_unpack("<II", content[len(head) :]))
        if content[: len(head)] != head or [(base + a, b & ~_NO_KEY) for a, b in told] != places.entries:
            message = "the index of a stream tells something else than what is there"
            raise Flaw(message)
        self._keys.update((base + place, not size & _NO_KEY) for place, size in told)
        places.indexes.append(
            (chunk.start - 8, chunk.end + chunk.end % 2 - chunk.start + 8, places.length - length_before)
        )
        places.entries = []

    def _old_index(self) -> bytes:
        base = self._movi.start - 4
        return b"".join(
            struct.pack("<4sIII", code, _KEY if self._keys[start] else 0, start - 8 - base, size)
            for code, start, size in self._order
        )
