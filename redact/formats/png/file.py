"""PNG and APNG (W3C PNG specification, third edition).

Where location hides: eXIf; iTXt, zTXt and tEXt, plain or as XMP ("XML:com.adobe.xmp") or as ImageMagick's hexadecimal
"Raw profile type exif", "iptc" and "xmp"; content credentials (caBX); private chunks of cameras and editors; bytes
behind IEND or behind the end of the compressed picture, where an older, larger picture may have survived being
overwritten.

Dropped: every chunk that is not on the list below, all texts (see carriers/png_texts.py) with the orientation that may
stand in one, the name of the ICC profile, a palette that no pixel refers to since the picture is not indexed, numbers
about colour that no picture needs, chunks with a wrong checksum that the picture does not need, and whatever follows
the picture data or IEND.

Kept: IHDR, tRNS, IDAT and IEND, PLTE of an indexed picture, APNG's acTL, fcTL and fdAT, pHYs (the shape of a pixel) in
small numbers; with "colour" cICP, mDCV, cLLI, iCCP, sRGB, gAMA, cHRM and sBIT, rounded (see colours.py); with "time"
tIME; a fresh eXIf with what the policy keeps (see carriers/exif.py), or else, of the author and the copyright, with
what texts tell. Each must have the size its kind demands, and checksums are verified and written anew.

Not handled: colours of an indexed picture's palette that no pixel has. bKGD, hIST and sPLT go, although some viewers
use them. Refused: unknown critical chunks (Apple's CgBI), a second eXIf.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.formats.bounded import listed, read_whole
from redact.formats.carriers import credit, exif, png_texts
from redact.formats.png import colours, fields
from redact.formats.png.chunks import SIGNATURE, written
from redact.formats.png.header import GREY, INDEXED, TRUE
from redact.formats.png.parsed import Picture, parse
from redact.model import Field, Keep

_DENSITY = struct.Struct(">IIB")
_UNKNOWN_UNIT, _METRE = 0, 1
_MOST_ASPECT, _MOST_PER_METRE = 100, 999_999


@dataclass(frozen=True, slots=True)
class Png:
    """The PNG family, with its animations."""

    name = "PNG"

    def recognises(self, head: bytes) -> bool:
        """True for PNG's signature."""
        return head.startswith(SIGNATURE)

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format."""
        return listed(fields.of(parse(read_whole(source))))

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format."""
        original = parse(read_whole(source))
        shown = original if pixels is None else parse(read_whole(pixels))
        parts = [SIGNATURE, written(b"IHDR", shown.header.coded)]
        parts += colours.chunks(original, shown) if "colour" in keep else ()
        parts += _palette(shown)
        parts += _shape(original)
        parts += _exif(original, keep)
        parts += _time(original) if "time" in keep else ()
        parts += (written(chunk.name, chunk.payload) for chunk in shown.coded)
        parts.append(written(b"IEND", b""))
        target.writelines(parts)


def _palette(shown: Picture) -> Iterator[bytes]:
    """PLTE and tRNS, where the kind of picture has them."""
    palette = shown.payload(b"PLTE") if shown.header.colour_type == INDEXED else None
    if palette is not None:
        yield written(b"PLTE", palette)
    transparency = shown.payload(b"tRNS")
    if transparency is None:
        return
    entries = len(palette) // 3 if palette else 0
    sizes = {GREY: (2,), TRUE: (6,), INDEXED: range(1, entries + 1)}.get(shown.header.colour_type, ())
    if len(transparency) in sizes:
        yield written(b"tRNS", transparency)


def _shape(original: Picture) -> Iterator[bytes]:
    """Pixels a metre, or how wide a pixel is for its height: numbers of a size that no place fits into."""
    density = original.payload(b"pHYs")
    if density is None or len(density) != _DENSITY.size:
        return
    across, down, unit = _DENSITY.unpack(density)
    if unit == _UNKNOWN_UNIT and across and down:
        # The numbers are pixels a unit, so a ratio is all they tell.
        divisor = math.gcd(across, down)
        across, down = across // divisor, down // divisor
    most = {_UNKNOWN_UNIT: _MOST_ASPECT, _METRE: _MOST_PER_METRE if across == down else 0}.get(unit, 0)
    if 0 < across <= most and 0 < down <= most:
        yield written(b"pHYs", _DENSITY.pack(across, down, unit))


def _time(original: Picture) -> Iterator[bytes]:
    changed = original.payload(b"tIME")
    if changed is None or len(changed) != 7:
        return
    _, month, day, hour, minute, second = struct.unpack(">HBBBBB", changed)
    if 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second <= 60:
        yield written(b"tIME", changed)


def _exif(original: Picture, keep: Keep) -> Iterator[bytes]:
    """A fresh eXIf from the file's own, and with what its texts say of the author and the copyright.

    An EXIF block in a text is not taken: only some readers turn a picture by it.
    """
    elsewhere = png_texts.credit(original.texts()) if credit.is_wanted(keep) else credit.UNCREDITED
    fresh = exif.kept(original.payload(b"eXIf") or b"", keep, elsewhere)
    if fresh is not None:
        yield written(b"eXIf", fresh)
