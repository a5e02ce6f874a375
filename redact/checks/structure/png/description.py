"""What a PNG tells about its picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from redact.checks.reading import Buffer
from redact.checks.structure import exif, icc
from redact.checks.structure.picture import Still, turns
from redact.checks.structure.png import texts
from redact.checks.structure.png.chunks import CODED, INDEXED, Chunk, chunks, header
from redact.checks.structure.png.inflating import inflated
from redact.checks.structure.png.rows import demand_whole


def still(data: Buffer) -> Still:
    """What the container tells about its picture. Raises Flaw when its parts do not add up."""
    top, found = header(data), list(chunks(data))
    demand_whole(data, top, found)
    needed = CODED if top.colour == INDEXED else CODED - {b"PLTE"}
    coded = tuple((chunk.kind.decode("latin-1"), chunk.start, chunk.end) for chunk in found if chunk.kind in needed)
    turn, readings = turns(_block(data, found), _block_as_others_read_it(data, found))
    colours = 1 if top.is_grey else 3
    animated = any(chunk.kind == b"acTL" for chunk in found)
    profile = icc.sound(_profile_of(data, found))
    return Still((top.width, top.height), turn, readings, colours, profile, (1, 1), coded, animated)


def _block(data: Buffer, found: Iterable[Chunk]) -> bytes | None:
    """The TIFF block of eXIf; None where there is none whose checksum is right."""
    return next((bytes(data[c.start : c.end]) for c in found if c.kind == b"eXIf" and c.sound), None)


def _block_as_others_read_it(data: Buffer, found: Sequence[Chunk]) -> bytes | None:
    """The TIFF block that a lenient reader finds.

    In eXIf even behind JPEG's prefix, or of a wrong checksum, or in ImageMagick's text.
    """
    blocks = (exif.bare(bytes(data[chunk.start : chunk.end])) for chunk in found if chunk.kind == b"eXIf")
    return next(filter(exif.is_block, blocks), None) or texts.block(data, found)


def _profile_of(data: Buffer, found: Iterable[Chunk]) -> bytes:
    """The ICC profile, inflated; empty where there is none or it does not inflate to one whole."""
    named = (bytes(data[c.start : c.end]) for c in found if c.kind == b"iCCP" and c.sound)
    packed = next(named, b"").partition(b"\0")[2]
    return inflated(packed[1:], icc.LARGEST)[0] if packed[:1] == b"\0" else b""
