"""The compressed rows of a PNG's pictures: each stream holds exactly its picture, and nothing stands behind it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

from redact.checks.reading import Buffer, Flaw, take
from redact.checks.structure.png.chunks import Chunk, Header

_INFLATE_STEP = 1 << 20


def demand_whole(data: Buffer, top: Header, found: Iterable[Chunk]) -> None:
    """Raise Flaw unless every picture's data inflates to exactly its rows, with the right checksum and no rest."""
    size, pieces, sequence = (top.width, top.height), list[tuple[int, int]](), 0
    for chunk in found:
        if chunk.kind == b"IDAT":
            pieces.append((chunk.start, chunk.end))
        if chunk.kind in (b"fcTL", b"fdAT"):
            if int.from_bytes(take(data, chunk.start, 4, chunk.end), "big") != sequence:
                message = "animation chunks are not numbered in order"
                raise Flaw(message)
            sequence += 1
        if chunk.kind == b"fdAT":
            pieces.append((chunk.start + 4, chunk.end))
        if chunk.kind == b"fcTL":
            if pieces:
                _demand_inflates(data, pieces, top.raw_size(*size))
                pieces = []
            size = struct.unpack(">II", take(data, chunk.start + 4, 8, chunk.end))
            if size[0] > top.width or size[1] > top.height:
                message = "a frame is larger than its picture"
                raise Flaw(message)
    _demand_inflates(data, pieces, top.raw_size(*size))


def _demand_inflates(data: Buffer, pieces: list[tuple[int, int]], size: int) -> None:
    inflater, produced = zlib.decompressobj(), 0
    try:
        for start, end in pieces:
            for position in range(start, end, _INFLATE_STEP):
                rest = bytes(data[position : min(position + _INFLATE_STEP, end)])
                while rest:
                    produced += len(inflater.decompress(rest, _INFLATE_STEP))
                    rest = inflater.unconsumed_tail
                    if produced > size or inflater.unused_data:
                        message = "picture data goes on after the last row"
                        raise Flaw(message)
    except zlib.error as cause:
        message = "picture data does not inflate"
        raise Flaw(message) from cause
    if produced != size or not inflater.eof:
        message = "picture data ends early"
        raise Flaw(message)
