"""The headers of a BMP, of which there are seven: what they say of the pixels, checked, and that written anew."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from redact.errors import UnsupportedFormatError
from redact.formats.bmp.damage import damaged

FILE_HEADER_BYTES = 14
CORE_BYTES, INFO_BYTES, _MASKED_BYTES, _ALPHA_MASKED_BYTES, OS2_BYTES, V4_BYTES, V5_BYTES = (
    12, 40, 52, 56, 64, 108, 124,
)  # fmt: skip
SIZES = (CORE_BYTES, INFO_BYTES, _MASKED_BYTES, _ALPHA_MASKED_BYTES, OS2_BYTES, V4_BYTES, V5_BYTES)
"""Bytes of each header."""

_CORE = struct.Struct("<HHHH")
_INFO = struct.Struct("<iiHHIIiiII")
_RGB, _RLE8, _RLE4, _FIELDS, _ALPHA_FIELDS = 0, 1, 2, 3, 6
_DEPTHS = {_RGB: (1, 2, 4, 8, 16, 24, 32), _RLE8: (8,), _RLE4: (4,), _FIELDS: (16, 32), _ALPHA_FIELDS: (16, 32)}
PALETTE_DEPTH = 8
"""The most bits of a pixel that is a number of a colour."""

MASKS_AT, SPACE_AT, INTENT_AT = 40, 56, 108
"""Where masks, the colour space and the rendering intent begin in headers that have them."""

_MOST_PER_METRE = 999_999


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says of the pixels, checked.

    size:    bytes of the header itself
    height:  negative where the top row comes first
    density: pixels a metre
    colours: entries of the palette; 0 for as many as the depth allows
    """

    size: int
    width: int
    height: int
    depth: int
    coding: int
    density: tuple[int, int]
    colours: int

    def __post_init__(self) -> None:
        if self.coding not in _DEPTHS or (self.size == OS2_BYTES and self.coding > _RLE4):
            message = (
                "the BMP holds pixels in a coding that cannot be made safe here: save it again without compression"
            )
            raise UnsupportedFormatError(message)
        upside_down = self.height < 0 and self.runs
        if self.width <= 0 or self.height == 0 or self.depth not in _DEPTHS[self.coding] or upside_down:
            raise damaged("describes a picture that cannot be")

    @property
    def runs(self) -> bool:
        """True where the pixels are coded as runs."""
        return self.coding in (_RLE8, _RLE4)

    @property
    def masked(self) -> bool:
        """True where masks tell the bits of each colour."""
        return self.coding in (_FIELDS, _ALPHA_FIELDS)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return abs(self.height)

    @property
    def row_bytes(self) -> int:
        """Bytes from one row to the next."""
        return (self.width * self.depth + 31) // 32 * 4

    @property
    def entry_bytes(self) -> int:
        """Bytes of one colour of the palette."""
        return 3 if self.size == CORE_BYTES else 4

    @property
    def masks_bytes(self) -> int:
        """Bytes of the masks between header and palette."""
        return {_FIELDS: 12, _ALPHA_FIELDS: 16}.get(self.coding, 0) if self.size == INFO_BYTES else 0

    @property
    def is_density_plain(self) -> bool:
        """True where the density is one number of six digits."""
        across, down = self.density
        return across == down and 0 < across <= _MOST_PER_METRE


def header_of(data: bytes) -> Header:
    """The header that follows the file's own. Raises DamagedFileError, UnsupportedFormatError."""
    (size,) = struct.unpack_from("<I", data, FILE_HEADER_BYTES)
    if size not in SIZES:
        message = "the BMP has a header of an unknown kind: save it again as a plain one"
        raise UnsupportedFormatError(message)
    if FILE_HEADER_BYTES + size > len(data):
        raise damaged("ends in its header")
    if size == CORE_BYTES:
        width, height, _, depth = _CORE.unpack_from(data, FILE_HEADER_BYTES + 4)
        return Header(size, width, height, depth, _RGB, (0, 0), 0)
    width, height, _, depth, coding, _, across, down, colours, _ = _INFO.unpack_from(data, FILE_HEADER_BYTES + 4)
    return Header(size, width, height, depth, coding, (across, down), colours)


def written(header: Header, raw: bytes, colours: int, pixel_bytes: int, space: bytes) -> bytes:
    """The header anew: what is known of it, and zeros.

    raw:         as it stands in the file
    colours:     entries that the palette has
    pixel_bytes: of the pixels
    space:       the fields about colour
    """
    if header.size == CORE_BYTES:
        return struct.pack("<I", header.size) + _CORE.pack(header.width, header.height, 1, header.depth)
    # Readers take 0 for all of them, and so they did.
    colours = 0 if header.depth > PALETTE_DEPTH or not header.colours else colours
    density = header.density if header.is_density_plain else (0, 0)
    info = _INFO.pack(header.width, header.height, 1, header.depth, header.coding, pixel_bytes, *density, colours, 0)
    anew = struct.pack("<I", header.size) + info
    if header.size in (INFO_BYTES, OS2_BYTES):
        return anew.ljust(header.size, b"\0")
    masks = raw[MASKS_AT : min(header.size, SPACE_AT)]
    return anew + (masks if are_masks(masks, header) else bytes(len(masks))) + space


def are_masks(masks: bytes, header: Header) -> bool:
    """True when each mask is one run of bits that a pixel has: numbers of another form are none."""
    runs = [number // (number & -number) if number else 0 for (number,) in struct.iter_unpack("<I", masks)]
    fit = all(number < 1 << header.depth for (number,) in struct.iter_unpack("<I", masks))
    return fit and not any(run & run + 1 for run in runs)
