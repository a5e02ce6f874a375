"""A block (RFC 9559 10): the frames of one track at one time, alone or laced.

Written anew: reserved bits are clear, and sizes in a lace take as few bytes as can be.
"""

from __future__ import annotations

import dataclasses
import itertools
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from redact.formats.matroska import ebml

KEY_FRAME = 0x80
SIMPLE_FLAGS, GROUPED_FLAGS = 0x89, 0x08
"""Key frame, invisible and discardable; in a group only the middle one is defined."""

_LACING = 0x06
_XIPH, _FIXED, _EBML = 0x02, 0x04, 0x06
_HEADER = struct.Struct(">hB")


@dataclass(frozen=True, slots=True)
class Block:
    """One block.

    track:  its number
    time:   relative to the cluster, ticks
    flags:  all but the kind of lace
    lacing: the kind of lace; 0 where there is one frame alone
    """

    track: int
    time: int
    flags: int
    lacing: int
    frames: tuple[bytes, ...]

    def changed(self, number: int, flags: int, change: Callable[[bytes], bytes]) -> Block:
        """The block under another track's number, with only some flags, and with each frame changed."""
        frames = tuple(map(change, self.frames))
        return dataclasses.replace(self, track=number, flags=self.flags & flags, frames=frames)

    def written(self) -> bytes:
        """The content of a SimpleBlock or Block."""
        lacing, sizes = self._laced() if self.lacing else (0, b"")
        head = ebml.coded(self.track) + _HEADER.pack(self.time, self.flags | lacing)
        return b"".join((head, sizes, *self.frames))

    def _laced(self) -> tuple[int, bytes]:
        """The kind of lace and what it says of sizes."""
        count, lengths = bytes((len(self.frames) - 1,)), [len(frame) for frame in self.frames]
        if self.lacing == _EBML:
            return _EBML, count + b"".join(_differences(lengths))
        if self.lacing == _FIXED and len(set(lengths)) == 1:
            return _FIXED, count
        return _XIPH, count + b"".join(b"\xff" * (size // 255) + bytes((size % 255,)) for size in lengths[:-1])


def track_of(content: bytes) -> int:
    """The number of a block's track, from its beginning. Raises DamagedFileError."""
    return ebml.number(content, 0)[0]


def read(content: bytes) -> Block:
    """A block from the content of a SimpleBlock or Block. Raises DamagedFileError."""
    track, start = ebml.number(content, 0)
    if len(content) < start + _HEADER.size:
        raise ebml.contradiction("a block")
    time, flags = _HEADER.unpack_from(content, start)
    start += _HEADER.size
    lacing = flags & _LACING
    frames = tuple(_frames(content, start, lacing)) if lacing else (content[start:],)
    return Block(track, time, flags & ~_LACING, lacing, frames)


def _frames(content: bytes, start: int, lacing: int) -> Iterator[bytes]:
    if start >= len(content):
        raise ebml.contradiction("a lace")
    count, start = content[start] + 1, start + 1
    if lacing == _FIXED:
        size, rest = divmod(len(content) - start, count)
        if rest:
            raise ebml.contradiction("a lace")
        sizes: Sequence[int] = [size] * (count - 1)
    else:
        sizes, start = (_xiph if lacing == _XIPH else _ebml)(content, start, count - 1)
    for size in sizes:
        if size < 0 or size > len(content) - start:
            raise ebml.contradiction("a lace")
        yield content[start : start + size]
        start += size
    yield content[start:]


def _xiph(content: bytes, start: int, count: int) -> tuple[Sequence[int], int]:
    """Sizes as bytes of 255 and a rest."""
    sizes = []
    for _ in range(count):
        end = start
        while content[end : end + 1] == b"\xff":
            end += 1
        if end >= len(content):
            raise ebml.contradiction("a lace")
        sizes.append(255 * (end - start) + content[end])
        start = end + 1
    return sizes, start


def _ebml(content: bytes, start: int, count: int) -> tuple[Sequence[int], int]:
    """The first size, then by how much each is larger than the one before."""
    sizes: list[int] = []
    for _ in range(count):
        value, length = ebml.number(content, start)
        start += length
        middle = (1 << 7 * length - 1) - 1
        sizes.append(sizes[-1] + value - middle if sizes else value)
    return sizes, start


def _differences(lengths: Sequence[int]) -> Iterator[bytes]:
    yield b"" if len(lengths) == 1 else ebml.coded(lengths[0])
    for before, after in itertools.pairwise(lengths[:-1]):
        yield _coded_difference(after - before)


def _coded_difference(value: int) -> bytes:
    length = 1
    while abs(value) > (1 << 7 * length - 1) - 1:
        length += 1
    middle = (1 << 7 * length - 1) - 1
    return (value + middle | 1 << 7 * length).to_bytes(length, "big")
