"""IHDR: how large a PNG is, what its samples are, and how many bytes its rows take (PNG, 11.2.1)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from redact.errors import UnsupportedFormatError
from redact.formats.png.damage import damaged

_LARGEST_RAW_BYTES = 2**31

GREY, TRUE, INDEXED, GREY_ALPHA, TRUE_ALPHA = 0, 2, 3, 4, 6
_CHANNELS = {GREY: 1, TRUE: 3, INDEXED: 1, GREY_ALPHA: 2, TRUE_ALPHA: 4}
_DEPTHS = {GREY: (1, 2, 4, 8, 16), TRUE: (8, 16), INDEXED: (1, 2, 4, 8), GREY_ALPHA: (8, 16), TRUE_ALPHA: (8, 16)}
# (left, top, step across, step down) of Adam7's passes.
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


@dataclass(frozen=True, slots=True)
class Header:
    """IHDR, checked. Raises DamagedFileError for a picture that cannot be, UnsupportedFormatError for too big a one."""

    width: int
    height: int
    depth: int
    colour_type: int
    interlace: int

    def __post_init__(self) -> None:
        sides_fit = 0 < self.width < 2**31 and 0 < self.height < 2**31
        if not sides_fit or self.depth not in _DEPTHS.get(self.colour_type, ()) or self.interlace > 1:
            raise damaged("describes a picture that cannot be")
        if self.raw_bytes(self.width, self.height) > _LARGEST_RAW_BYTES:
            message = "the picture has too many pixels: scale it down first"
            raise UnsupportedFormatError(message)

    @property
    def coded(self) -> bytes:
        """IHDR's payload."""
        return struct.pack(">IIBBBBB", self.width, self.height, self.depth, self.colour_type, 0, 0, self.interlace)

    @property
    def grey(self) -> bool:
        """True without colour, with or without alpha."""
        return self.colour_type in (GREY, GREY_ALPHA)

    def raw_bytes(self, width: int, height: int) -> int:
        """How many bytes the rows of a picture of that size take, with the filter byte of each."""
        if not self.interlace:
            return self._rows(width, height)
        return sum(
            self._rows((width - left + across - 1) // across, (height - top + down - 1) // down)
            for left, top, across, down in _ADAM7
            if width > left and height > top
        )

    def _rows(self, width: int, height: int) -> int:
        return height * (1 + (width * self.depth * _CHANNELS[self.colour_type] + 7) // 8)
