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
from redact.checks.structure import exif, icc
from redact.checks.structure.picture import Still, turns
from redact.model import Keep

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CODED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT"})
"""What the pixels depend on."""

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Adam7: first column, first row, step across, step down."""
_INFLATE_STEP = 1 << 20
_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_EXIF_KEYWORDS = frozenset({b"Raw profile type exif", b"Raw profile type APP1"})
_LONGEST_TEXT = 1 << 22


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


def inspect(data: Buffer, keep: Keep) -> int:
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
    _demand_colours_fit(top, found)
    demand_whole(data, top, found)
    return len(found)


def still(data: Buffer) -> Still:
    """What the container tells about its picture. Raises Flaw when its parts do not add up."""
    top, found = header(data), list(chunks(data))
    demand_whole(data, top, found)
    coded = tuple((chunk.kind.decode("latin-1"), chunk.start, chunk.end) for chunk in found if chunk.kind in CODED)
    turn, readings = turns(_block(data), _block_as_others_read_it(data))
    colours = 1 if top.is_grey else 3
    animated = any(chunk.kind == b"acTL" for chunk in found)
    profile = icc.sound(_profile_of(data))
    return Still((top.width, top.height), turn, readings, colours, profile, (1, 1), coded, animated)


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


def _block(data: Buffer) -> bytes | None:
    """The TIFF block of eXIf; None where there is none. Raises Flaw as `chunks` does."""
    return next((bytes(data[c.start : c.end]) for c in chunks(data) if c.kind == b"eXIf"), None)


def _block_as_others_read_it(data: Buffer) -> bytes | None:
    """The TIFF block that a lenient reader finds: in eXIf even behind JPEG's prefix, or in ImageMagick's text."""
    blocks = [_block(data) or b"", *(_block_in_text(data, chunk) for chunk in chunks(data) if chunk.kind in _TEXTS)]
    bare = (block[6:] if block[:4].lower() == b"exif" else block for block in blocks)
    return next((block for block in bare if exif.is_block(block)), None)


def _profile_of(data: Buffer) -> bytes:
    """The ICC profile, inflated; empty where there is none or it does not inflate to one whole."""
    packed = next((bytes(data[c.start : c.end]).partition(b"\0")[2] for c in chunks(data) if c.kind == b"iCCP"), b"")
    return _inflated(packed[1:], icc.LARGEST)[0] if packed[:1] == b"\0" else b""


def _block_in_text(data: Buffer, chunk: Chunk) -> bytes:
    """The EXIF block in a text of ImageMagick's: a name, a length and hexadecimal digits; empty where there is none."""
    keyword, _, text = bytes(data[chunk.start : min(chunk.end, chunk.start + _LONGEST_TEXT)]).partition(b"\0")
    if keyword not in _EXIF_KEYWORDS:
        return b""
    is_packed = chunk.kind == b"zTXt" or (chunk.kind == b"iTXt" and text[:1] == b"\1")
    if chunk.kind == b"iTXt":
        # Two flags, a language, a translated keyword.
        text = text[2:].split(b"\0", 2)[-1]
    elif is_packed:
        text = text[1:]
    if is_packed:
        text, _ = _inflated(text, _LONGEST_TEXT)
    _, _, digits = text.strip().partition(b"\n")[2].partition(b"\n")
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError:
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


def _inflated(packed: bytes, most: int) -> tuple[bytes, bytes]:
    """What a whole zlib stream of at most so many bytes holds, and the bytes behind it; empty for anything else."""
    inflater = zlib.decompressobj()
    try:
        unpacked = inflater.decompress(packed, most)
    except zlib.error:
        return b"", b""
    return (unpacked, inflater.unused_data) if inflater.eof else (b"", b"")


def _sized(*sizes: int) -> Callable[[bytes, Keep], None]:
    def rule(body: bytes, _keep: Keep) -> None:
        if len(body) not in sizes:
            message = "a chunk is longer than its content"
            raise Flaw(message)

    return rule


def _colour(*sizes: int) -> Callable[[bytes, Keep], None]:
    return _kept("colour", _sized(*sizes))


def _kept(kind: str, then: Callable[[bytes, Keep], None]) -> Callable[[bytes, Keep], None]:
    def rule(body: bytes, keep: Keep) -> None:
        if kind not in keep:
            message = f"a chunk of kind {kind} is there and may not stay"
            raise Flaw(message)
        then(body, keep)

    return rule


def _profile(body: bytes, _keep: Keep) -> None:
    name, _, packed = body.partition(b"\0")
    if name.lower() != b"icc profile":
        message = "iCCP has a name that says something"
        raise Flaw(message)
    unpacked, rest = _inflated(packed[1:], icc.LARGEST)
    if rest or not unpacked or icc.sound(unpacked) != unpacked:
        message = "iCCP is not one whole profile"
        raise Flaw(message)


def _exif(body: bytes, keep: Keep) -> None:
    exif.inspect(body, keep)


def _palette(body: bytes, _keep: Keep) -> None:
    if not body or len(body) > 768 or len(body) % 3:
        message = "a palette is not of 1 to 256 colours"
        raise Flaw(message)


def _demand_colours_fit(top: Header, found: Iterable[Chunk]) -> None:
    """Raise Flaw unless palette and tRNS are what the kind of picture has.

    Grey has no palette; tRNS is one colour of the picture's kind, or at most one byte for each colour of its palette.
    """
    sizes = {chunk.kind: chunk.end - chunk.start for chunk in found}
    if b"PLTE" in sizes and top.is_grey:
        message = "a grey picture has a palette"
        raise Flaw(message)
    allowed = {0: (2,), 2: (6,), 3: range(1, sizes.get(b"PLTE", 0) // 3 + 1)}.get(top.colour, ())
    if b"tRNS" in sizes and sizes[b"tRNS"] not in allowed:
        message = "tRNS is not as long as this kind of picture needs"
        raise Flaw(message)


def _transparency(_body: bytes, _keep: Keep) -> None:
    """How long it may be, other chunks tell: see `_demand_colours_fit`."""


_PICTURE = frozenset({b"IDAT", b"fdAT"})
_REPEATED = frozenset({b"IDAT", b"fdAT", b"fcTL"})
_RULES: dict[bytes, Callable[[bytes, Keep], None]] = {
    b"IHDR": _sized(13),
    b"PLTE": _palette,
    b"tRNS": _transparency,
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
    b"sBIT": _colour(1, 2, 3, 4),
    b"pHYs": _sized(9),
    b"eXIf": _exif,
    b"tIME": _kept("time", _sized(7)),
}
