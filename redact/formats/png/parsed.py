"""A PNG as it was found: its header, its chunks, and its pictures checked."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from redact.formats.carriers import png_texts
from redact.formats.png.chunks import SIGNATURE, Chunk, chunks_of
from redact.formats.png.damage import damaged
from redact.formats.png.header import Header
from redact.formats.png.pictures import PICTURES, check_order, coded_in


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole file.

    chunks:    all between IHDR and IEND
    coded:     IDAT and the animation chunks in their order, cut where their compressed pictures end
    left_over: how many bytes were cut off
    trailer:   what stands behind IEND
    """

    header: Header
    chunks: tuple[Chunk, ...]
    coded: tuple[Chunk, ...]
    left_over: int
    trailer: bytes

    def payload(self, name: bytes) -> bytes | None:
        """Of the first sound chunk of that name."""
        return next((chunk.payload for chunk in self.chunks if chunk.name == name and chunk.sound), None)

    def texts(self) -> list[tuple[bytes, bytes]]:
        """(name, payload) of each text chunk."""
        return [(chunk.name, chunk.payload) for chunk in self.chunks if chunk.name in png_texts.CHUNKS]


def parse(data: bytes) -> Picture:
    """Every chunk, those that are kept checked. Raises DamagedFileError, UnsupportedFormatError."""
    if not data.startswith(SIGNATURE):
        raise damaged("does not begin with a picture")
    chunks, end = chunks_of(data)
    if chunks[0].name != b"IHDR" or len(chunks[0].payload) != 13 or chunks[0].payload[10:12] != b"\0\0":
        raise damaged("does not begin with a header")
    width, height, depth, colour_type, _, _, interlace = struct.unpack(">IIBBBBB", chunks[0].payload)
    header = Header(width, height, depth, colour_type, interlace)
    inner = tuple(chunks[1:-1])
    check_order(header, inner)
    coded = coded_in(header, inner)
    before, after = (sum(len(chunk.payload) for chunk in each if chunk.name in PICTURES) for each in (inner, coded))
    return Picture(header, inner, tuple(coded), before - after, data[end:])
