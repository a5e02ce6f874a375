"""PNG and APNG: a strict walk of the chunks (PNG, third edition, W3C 2025).

Location hides in text chunks (tEXt, zTXt, iTXt, XMP in iTXt), in eXIf, in private chunks, after IEND, and in picture
data that goes on after the last row. Allowed are what a decoder needs, colour, resolution, and as kept one EXIF block
and the time. Checksums have to be right, and picture data has to inflate to exactly the picture.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from redact.checks.reading import Buffer, Flaw, printable, take
from redact.checks.structure import tiff

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CODED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT"})
"""What the pixels depend on."""

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Adam7: first column, first row, step across, step down."""
_INFLATE_STEP = 1 << 20


@dataclass(frozen=True)
class Chunk:
    """A chunk: its type, and where its content begins and ends."""

    kind: bytes
    start: int
    end: int


@dataclass(frozen=True)
class Header:
    """IHDR: size in pixels, bits of a sample, colour type, and whether the rows come in seven passes."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool

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
    """Every chunk to the first IEND. Raises Flaw for a length or a checksum that is wrong, or when IEND is missing."""
    position, end = len(SIGNATURE), len(data)
    while True:
        head = take(data, position, 8, end)
        untrusted_size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if position + 12 + untrusted_size > end:
            message = f"{printable(kind)} is longer than the file"
            raise Flaw(message)
        chunk = Chunk(kind, position + 8, position + 8 + untrusted_size)
        with memoryview(data) as view, view[position + 4 : chunk.end] as covered:
            checksum = zlib.crc32(covered)
        if checksum != int.from_bytes(data[chunk.end : chunk.end + 4], "big"):
            message = f"the checksum of {printable(kind)} is wrong"
            raise Flaw(message)
        yield chunk
        if kind == b"IEND":
            return
        position = chunk.end + 4


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


def inspect(data: Buffer, keep: frozenset[str]) -> int:
    """How many chunks a PNG has. Raises Flaw unless all of them are allowed, whole, and IEND is its end."""
    top = header(data)
    found = list(chunks(data))
    seen = set()
    for chunk in found:
        rule = _RULES.get(chunk.kind)
        if rule is None:
            message = f"{printable(chunk.kind)} is not allowed"
            raise Flaw(message)
        if chunk.kind in seen and chunk.kind not in _REPEATED:
            message = f"{printable(chunk.kind)} is there twice"
            raise Flaw(message)
        seen.add(chunk.kind)
        if chunk.kind not in _PICTURE:
            rule(bytes(data[chunk.start : chunk.end]), keep)
    if found[-1].end + 4 != len(data):
        message = f"{len(data) - found[-1].end - 4} bytes after IEND"
        raise Flaw(message)
    demand_whole(data, top, found)
    return len(found)


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


def exif(data: Buffer) -> bytes | None:
    """The TIFF block of eXIf; None where there is none. Raises Flaw as `chunks` does."""
    return next((bytes(data[c.start : c.end]) for c in chunks(data) if c.kind == b"eXIf"), None)


def profile(data: Buffer) -> bytes:
    """The ICC profile, inflated; empty where there is none. Raises Flaw when it does not inflate."""
    for chunk in chunks(data):
        if chunk.kind == b"iCCP":
            return _inflated_profile(bytes(data[chunk.start : chunk.end]))
    return b""


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


def _inflated_profile(body: bytes) -> bytes:
    _, _, packed = body.partition(b"\0")
    inflater = zlib.decompressobj()
    try:
        unpacked = inflater.decompress(packed[1:], _LARGEST_PROFILE)
    except zlib.error as cause:
        message = "iCCP does not inflate"
        raise Flaw(message) from cause
    if not inflater.eof or inflater.unused_data:
        message = "iCCP is not one whole profile"
        raise Flaw(message)
    return unpacked


_LARGEST_PROFILE = 1 << 24
"""Bytes. The largest profiles in use, with tables for printers, are about 3 MB."""


def _sized(*sizes: int) -> Callable[[bytes, frozenset[str]], None]:
    def rule(body: bytes, _keep: frozenset[str]) -> None:
        if len(body) not in sizes:
            message = "a chunk is longer than its content"
            raise Flaw(message)

    return rule


def _colour(*sizes: int) -> Callable[[bytes, frozenset[str]], None]:
    return _kept("colour", _sized(*sizes))


def _kept(kind: str, then: Callable[[bytes, frozenset[str]], None]) -> Callable[[bytes, frozenset[str]], None]:
    def rule(body: bytes, keep: frozenset[str]) -> None:
        if kind not in keep:
            message = f"a chunk of kind {kind} is there and may not stay"
            raise Flaw(message)
        then(body, keep)

    return rule


def _profile(body: bytes, _keep: frozenset[str]) -> None:
    if _inflated_profile(body)[36:40] != b"acsp":
        message = "iCCP holds no colour profile"
        raise Flaw(message)


def _exif(body: bytes, keep: frozenset[str]) -> None:
    tiff.inspect(body, keep)


def _table(body: bytes, _keep: frozenset[str]) -> None:
    if len(body) > 768:
        message = "a palette is longer than 256 colours"
        raise Flaw(message)


_PICTURE = frozenset({b"IDAT", b"fdAT"})
_REPEATED = frozenset({b"IDAT", b"fdAT", b"fcTL"})
_RULES: dict[bytes, Callable[[bytes, frozenset[str]], None]] = {
    b"IHDR": _sized(13),
    b"PLTE": _table,
    b"tRNS": _table,
    b"IDAT": _sized(),
    b"fdAT": _sized(),
    b"IEND": _sized(0),
    b"acTL": _sized(8),
    b"fcTL": _sized(26),
    b"sRGB": _colour(1),
    b"gAMA": _colour(4),
    b"cHRM": _colour(32),
    b"cICP": _colour(4),
    b"mDCV": _colour(24),
    b"cLLI": _colour(8),
    b"iCCP": _kept("colour", _profile),
    b"sBIT": _sized(1, 2, 3, 4),
    b"pHYs": _sized(9),
    b"eXIf": _exif,
    b"tIME": _kept("time", _sized(7)),
}
