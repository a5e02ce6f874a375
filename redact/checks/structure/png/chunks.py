"""The chunks of a PNG and its header (PNG, 5.3 and 11.2.1): where they stand, and whether their checksums are right."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from redact.checks.reading import Buffer, Flaw, printable, take

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CODED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT"})
"""What the pixels depend on."""

INDEXED = 3
"""The colour type whose samples are numbers of a palette's colours: of all others none depends on a palette."""

_MOST_CHUNKS = 1 << 18
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Adam7: first column, first row, step across, step down."""


@dataclass(frozen=True)
class Chunk:
    """A chunk: its type, where its content begins and ends, and whether its checksum is right."""

    kind: bytes
    start: int
    end: int
    sound: bool = True

    @property
    def is_needed(self) -> bool:
        """True for what the pixels depend on, and for what nobody may pass over: chunks with a capital."""
        return self.kind in CODED or self.kind[:1].isupper()


@dataclass(frozen=True)
class Header:
    """IHDR: size in pixels, bits of a sample, colour type, and whether the rows come in seven passes."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool

    @property
    def is_grey(self) -> bool:
        """True for grey, with or without alpha."""
        return self.colour in (0, 4)

    def raw_size(self, width: int, height: int) -> int:
        """How many bytes a picture of that size inflates to, filter bytes included."""
        bits = self.depth * _CHANNELS[self.colour]
        if not self.interlaced:
            return height * (1 + (width * bits + 7) // 8)
        total = 0
        for column, row, across, down in _PASSES:
            columns, rows = -(-(width - column) // across), -(-(height - row) // down)
            if columns > 0 and rows > 0:
                total += rows * (1 + (columns * bits + 7) // 8)
        return total


def chunks(data: Buffer) -> Iterator[Chunk]:
    """Every chunk to the first IEND. Raises Flaw for a wrong length, or when IEND is missing.

    Raises Flaw too for a wrong checksum of what the picture needs. Other chunks with one, readers may pass over or not.
    """
    position, end = len(SIGNATURE), len(data)
    for _ in range(_MOST_CHUNKS):
        head = take(data, position, 8, end)
        untrusted_size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if position + 12 + untrusted_size > end:
            message = f"{printable(kind)} is longer than the file"
            raise Flaw(message)
        chunk = Chunk(kind, position + 8, position + 8 + untrusted_size)
        with memoryview(data) as view, view[position + 4 : chunk.end] as covered:
            checksum = zlib.crc32(covered)
        if checksum != int.from_bytes(data[chunk.end : chunk.end + 4], "big"):
            chunk = replace(chunk, sound=False)
            if chunk.is_needed:
                message = f"the checksum of {printable(kind)} is wrong"
                raise Flaw(message)
        yield chunk
        if kind == b"IEND":
            return
        position = chunk.end + 4
    message = "it has more chunks than any picture needs"
    raise Flaw(message)


def header(data: Buffer) -> Header:
    """The picture's header. Raises Flaw when it is not the first chunk or makes no sense."""
    first = next(chunks(data))
    if first.kind != b"IHDR" or first.end - first.start != 13:
        message = "IHDR is not first"
        raise Flaw(message)
    width, height, depth, colour, *methods, interlace = struct.unpack(">IIBBBBB", data[first.start : first.end])
    known = colour in _CHANNELS and depth in (1, 2, 4, 8, 16) and methods == [0, 0] and interlace in (0, 1)
    if not known or not width or not height:
        message = "IHDR makes no sense"
        raise Flaw(message)
    return Header(width, height, depth, colour, bool(interlace))
