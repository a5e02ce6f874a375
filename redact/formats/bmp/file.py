"""BMP (Microsoft, "Bitmap Storage"; [MS-WMF] 2.2.2; OS/2 Presentation Manager).

A file's header, one of seven that have 12, 40, 52, 56, 64, 108 or 124 bytes, masks, palette, pixels, a profile.

Where location hides: gaps between the parts, bytes behind the pixels, reserved fields, the bytes that pad a row to
four, the bits of 16- and 32-bit pixels that no mask covers (room for a whole grey picture), the palette of a picture
that needs none, and the colour profile, which may be a *path* on the machine that made the file ("LINK").

Dropped or set to zero: all of it; sizes and offsets are written anew, so the parts follow each other.

Kept: the header's size, width, height, depth, coding and masks; the palette a picture with at most 256 colours has; the
pixels, row by row or run by run, with zeros as padding; the density where it is one number of six digits; with
"colour" the colour space, its end points and gamma rounded, the rendering intent and an embedded ICC profile. Unused
bits that are set in every pixel tell nothing and stay, as there are readers who take them for transparency.

Not handled: runs that go on up to the padding of their row, as ImageMagick writes them: they stay. Refused: pixels that
are themselves a JPEG or PNG, OS/2's Huffman and 24-bit run-length codings, arrays of bitmaps.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.formats import unpainted
from redact.formats.bmp import colours, pixels
from redact.formats.bmp.damage import damaged
from redact.formats.bmp.header import (
    CORE_BYTES,
    FILE_HEADER_BYTES,
    MASKS_AT,
    OS2_BYTES,
    SIZES,
    SPACE_AT,
    V4_BYTES,
    Header,
    are_masks,
    header_of,
    written,
)
from redact.formats.bounded import listed, read_whole
from redact.formats.carriers import icc, trailer
from redact.model import Field, Keep

_FILE = struct.Struct("<2sIHHI")


@dataclass(frozen=True, slots=True)
class Bmp:
    """The BMP family."""

    name = "BMP"

    def recognises(self, head: bytes) -> bool:
        """True for BMP's two letters and a header of a size that one has."""
        return head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in SIZES

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format."""
        return listed(_fields(_parse(read_whole(source))))

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format."""
        unpainted.refuse(pixels, self.name)
        file = _parse(read_whole(source))
        profile = file.profile if "colour" in keep else None
        start = FILE_HEADER_BYTES + file.header.size + len(file.masks) + len(file.palette)
        behind = start + len(file.pixels)
        size = len(profile or b"")
        space = colours.written(file.raw, keep, behind - FILE_HEADER_BYTES if profile else 0, size)
        entries = len(file.palette) // file.header.entry_bytes
        described = written(file.header, file.raw, entries, len(file.pixels), space)
        target.write(_FILE.pack(b"BM", behind + size, 0, 0, start))
        target.writelines((described, file.masks, file.palette, file.pixels, profile or b""))


@dataclass(frozen=True, slots=True)
class _File:
    """A whole file.

    raw:     the header as it stands in the file
    masks:   those behind the header
    pixels:  as they are written
    profile: the sound ICC profile that is embedded
    odd:     names of what holds bytes that no picture needs
    trailer: what stands behind the pixels, and behind the profile
    """

    header: Header
    raw: bytes
    masks: bytes
    palette: bytes
    pixels: bytes
    profile: bytes | None
    odd: tuple[str, ...]
    trailer: bytes


def _parse(data: bytes) -> _File:
    """Every part, those that are kept checked. Raises DamagedFileError, UnsupportedFormatError."""
    if len(data) < FILE_HEADER_BYTES + CORE_BYTES or not data.startswith(b"BM"):
        raise damaged("does not begin with a header, or ends in it")
    _, _, first, second, untrusted_start = _FILE.unpack_from(data)
    header = header_of(data)
    raw = data[FILE_HEADER_BYTES : FILE_HEADER_BYTES + header.size]
    table = FILE_HEADER_BYTES + header.size + header.masks_bytes
    if not table <= untrusted_start <= len(data):
        raise damaged("has its pixels where none can be")
    palette = pixels.palette_of(data, header, table, untrusted_start)
    masks = data[table - header.masks_bytes : table]
    if header.masked and not are_masks(masks or raw[MASKS_AT:SPACE_AT], header):
        raise damaged("says nothing sound about where the colours of its pixels are")
    padded, end = pixels.pixels_of(data, header, untrusted_start)
    shown = pixels.covered(padded, header, masks or raw[MASKS_AT:SPACE_AT])
    # What follows the pixels is a profile, or nothing.
    profile, stop = colours.profile_in(data, raw, end)
    odd = {
        "reserved fields": first or second,
        "gap before the pixels": untrusted_start > table + len(palette),
        "padding": padded != data[untrusted_start:end],
        "unused bits of pixels": shown != padded,
    }
    rest = data[end:] if profile is None else data[end : stop - len(profile)] + data[stop:]
    names = tuple(name for name, there in odd.items() if there)
    return _File(header, raw, masks, palette, shown, profile, names, rest)


def _fields(file: _File) -> Iterator[Field]:
    space = colours.kind_of(file.raw)
    if space == colours.LINKED:
        yield Field("path of a colour profile", "text", "BMP header")
    elif space == colours.EMBEDDED:
        yield icc.field("BMP header")
    elif space not in (colours.SRGB, colours.WINDOWS):
        yield Field("colour space", "colour", "BMP header")
    for name in (*file.odd, *_odd_fields(file)):
        yield Field(name, "unknown", "BMP")
    if file.trailer:
        yield trailer.field(file.trailer, Bmp.name)


def _odd_fields(file: _File) -> Iterator[str]:
    """Names of what a header tells that is no number a picture needs."""
    if file.header.size == CORE_BYTES:
        return
    if any(file.header.density) and not file.header.is_density_plain:
        yield "density of an odd form"
    # All of them, or their number, says nothing.
    if int.from_bytes(file.raw[36:40], "little") not in (0, len(file.palette) // file.header.entry_bytes):
        yield "important colours"
    if file.header.size == OS2_BYTES and any(file.raw[40:]):
        yield "halftoning"
    if file.header.size >= V4_BYTES and colours.kind_of(file.raw) != colours.CALIBRATED and any(file.raw[60:108]):
        yield "end points of a colour space that has none"
