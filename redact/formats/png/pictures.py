"""The coded pictures of a PNG: in their order, of the size they say, and each cut where it ends (PNG, 10 and 11.3).

Behind the end of a compressed picture an older, larger one may have survived being overwritten. The data is inflated,
never unfiltered or looked at, to see that it holds as many bytes as the picture needs, no less and no more.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
import struct
import zlib
from collections.abc import Iterator, Sequence

from redact.errors import UnsupportedFormatError
from redact.formats.png.chunks import Chunk
from redact.formats.png.damage import damaged
from redact.formats.png.header import INDEXED, Header

PICTURES = (b"acTL", b"fcTL", b"IDAT", b"fdAT")
"""Names of what pictures are coded in, and of what times and places them."""

_LARGEST_ANIMATION_BYTES = 2**33
_PIECE_BYTES = 2**18
_LETTERS = dict(zip(PICTURES, "acIf", strict=True))
# An animation is announced; its first frame is the still picture or comes after it.
_ORDER = re.compile("a?c?I+(cf+)*")
_SEQUENCE_BYTES = 4


def check_order(header: Header, chunks: Sequence[Chunk]) -> None:
    """One header, one palette where one is needed, the picture data in one piece. Raises DamagedFileError."""
    names = [chunk.name for chunk in chunks]
    if b"IDAT" not in names:
        raise damaged("holds no picture")
    first = names.index(b"IDAT")
    count = names.count(b"IDAT")
    if names[first : first + count] != [b"IDAT"] * count:
        raise damaged("has its picture in pieces")
    palettes = [number for number, name in enumerate(names) if name == b"PLTE"]
    if names.count(b"eXIf") > 1:
        raise damaged("has two EXIF blocks, and readers differ in which to believe")
    if b"IHDR" in names or len(palettes) > 1 or any(number > first for number in palettes):
        raise damaged("has parts of several pictures")
    for palette in palettes:
        size = len(chunks[palette].payload)
        if not 3 <= size <= 768 or size % 3:
            raise damaged("has a palette of the wrong size")
    if header.colour_type == INDEXED and not palettes:
        raise damaged("has no palette")


def coded_in(header: Header, chunks: Sequence[Chunk]) -> list[Chunk]:
    """The picture data, and of an animation what times and places its frames; each picture cut where it ends."""
    animated = any(chunk.name == b"acTL" for chunk in chunks)
    names = PICTURES if animated else (b"IDAT",)
    coded = [chunk for chunk in chunks if chunk.name in names]
    if not _ORDER.fullmatch("".join(_LETTERS[chunk.name] for chunk in coded)):
        raise damaged("has its pictures in the wrong order")
    if animated:
        _check_animation(header, coded)
    written: list[Chunk] = []
    size = header.width, header.height
    for name, run in itertools.groupby(coded, lambda chunk: chunk.name):
        if name in (b"IDAT", b"fdAT"):
            written += _cut(list(run), _SEQUENCE_BYTES if name == b"fdAT" else 0, header.raw_bytes(*size))
            continue
        for control in run:
            if name == b"fcTL":
                size = struct.unpack_from(">II", control.payload, 4)
            written.append(control)
    return written


def _check_animation(header: Header, coded: Sequence[Chunk]) -> None:
    """As many frames as announced, numbered in order, each inside the picture and of the size it says."""
    controls = [chunk.payload for chunk in coded if chunk.name == b"fcTL"]
    if len(coded[0].payload) != 8 or any(len(control) != 26 for control in controls):
        raise damaged("has an animation chunk of the wrong size")
    numbered = [chunk.payload for chunk in coded if chunk.name in (b"fcTL", b"fdAT")]
    if any(payload[:_SEQUENCE_BYTES] != struct.pack(">I", number) for number, payload in enumerate(numbered)):
        raise damaged("has its frames in the wrong order")
    if struct.unpack_from(">I", coded[0].payload)[0] != len(controls):
        raise damaged("holds more or fewer frames than it says")
    raw_bytes = 0
    for control in controls:
        width, height, left, top = struct.unpack_from(">IIII", control, _SEQUENCE_BYTES)
        disposal, blending = control[24:]
        fits = width and height and left + width <= header.width and top + height <= header.height
        if not fits or disposal > 2 or blending > 1:
            raise damaged("has a frame that does not fit")
        raw_bytes += header.raw_bytes(width, height)
    if raw_bytes > _LARGEST_ANIMATION_BYTES:
        message = "the animation has too many pixels: shorten it or scale it down first"
        raise UnsupportedFormatError(message)


def _cut(run: Sequence[Chunk], skip: int, raw_bytes: int) -> list[Chunk]:
    """The chunks up to the end of their common zlib stream, which must hold exactly `raw_bytes`."""
    stream = zlib.decompressobj()
    written: list[Chunk] = []
    left = raw_bytes
    for chunk in run:
        packed = chunk.payload[skip:]
        for piece in _inflated(stream, packed):
            left -= piece
            if left < 0:
                raise damaged("holds more picture data than its size allows")
        size = len(chunk.payload) - len(stream.unused_data)
        written.append(dataclasses.replace(chunk, payload=chunk.payload[:size]))
        if stream.eof:
            break
    if left or not stream.eof:
        raise damaged("holds less picture data than its size demands")
    return written


def _inflated(stream: zlib._Decompress, packed: bytes) -> Iterator[int]:
    """The sizes of the pieces that the next part of a stream inflates to, few at a time."""
    while not stream.eof:
        try:
            piece = len(stream.decompress(packed, _PIECE_BYTES))
        except zlib.error as error:
            raise damaged("has garbled picture data") from error
        yield piece
        packed = stream.unconsumed_tail
        if piece < _PIECE_BYTES and not packed:
            return
