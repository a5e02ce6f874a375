"""Which way is up: the EXIF tag that says it, and the turn it asks for.

Specification: EXIF 3.0 (CIPA DC-008), 4.6.5.1.6 Orientation, on the TIFF 6.0 structure.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from redact.model import Box

ORIENTATION_TAG = 0x0112
VALUES = {3: "H", 4: "I"}
"""TIFF type -> how it is coded: SHORT, as demanded, and LONG, as some write."""
ENTRY_BYTES = 12
MOST_ENTRIES = 2048
EXIF_PREFIX = b"Exif\0\0"
"""What stands before the block in a JPEG, and in some PNG and WebP files."""
TIFF_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
"""How a TIFF block begins -> byte order."""

Sample = TypeVar("Sample", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Turn:
    """How a stored picture is set upright: rows and columns swapped first, then turned about."""

    swap: bool
    flip_down: bool
    flip_across: bool

    def upright(self, stored: NDArray[Sample]) -> NDArray[Sample]:
        """The picture as it is to be seen: a view on `stored`, (height, width, ...)."""
        return self._flipped(stored.swapaxes(0, 1) if self.swap else stored)

    def stored(self, upright: NDArray[Sample]) -> NDArray[Sample]:
        """The picture as the file holds it: a view on `upright`, (height, width, ...)."""
        turned = self._flipped(upright)
        return turned.swapaxes(0, 1) if self.swap else turned

    def stored_box(self, box: Box, width: float, height: float) -> Box:
        """Where a box of an upright picture of `width` by `height` lies in the stored one, grown to whole pixels.

        Turned as it is, a box thinner than the numbers are fine would be none.
        """
        turned = self._flipped_box(_whole(box), width, height)
        return _swapped(turned) if self.swap else turned

    def upright_box(self, box: Box, width: float, height: float) -> Box:
        """Where a box of the stored picture lies in the upright one, which is `width` by `height`."""
        return self._flipped_box(_swapped(box) if self.swap else box, width, height)

    def _flipped(self, picture: NDArray[Sample]) -> NDArray[Sample]:
        return picture[:: -1 if self.flip_down else 1, :: -1 if self.flip_across else 1]

    def _flipped_box(self, box: Box, width: float, height: float) -> Box:
        left, right = (width - box.right, width - box.left) if self.flip_across else (box.left, box.right)
        top, bottom = (height - box.bottom, height - box.top) if self.flip_down else (box.top, box.bottom)
        return Box(left, top, right, bottom)


def _whole(box: Box) -> Box:
    return Box(math.floor(box.left), math.floor(box.top), math.ceil(box.right), math.ceil(box.bottom))


def _swapped(box: Box) -> Box:
    return Box(box.top, box.left, box.bottom, box.right)


TURNS = {
    1: Turn(swap=False, flip_down=False, flip_across=False),
    2: Turn(swap=False, flip_down=False, flip_across=True),
    3: Turn(swap=False, flip_down=True, flip_across=True),
    4: Turn(swap=False, flip_down=True, flip_across=False),
    5: Turn(swap=True, flip_down=False, flip_across=False),
    6: Turn(swap=True, flip_down=False, flip_across=True),
    7: Turn(swap=True, flip_down=True, flip_across=True),
    8: Turn(swap=True, flip_down=True, flip_across=False),
}


def read_orientation(exif: bytes) -> int:
    """The orientation, 1..8, that the first directory of a TIFF block tells; the block may stand behind EXIF_PREFIX.

    1, "upright as stored", where it tells none or nonsense: that is how viewers take it. Reads what the stripper keeps
    and nothing else, so a picture is looked at as its copy will be shown.
    """
    tiff = exif.removeprefix(EXIF_PREFIX)
    order = TIFF_ORDERS.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return 1
    (untrusted_offset,) = struct.unpack_from(order + "I", tiff, 4)
    if not 8 <= untrusted_offset <= len(tiff) - 2:
        return 1
    (untrusted_count,) = struct.unpack_from(order + "H", tiff, untrusted_offset)
    first = untrusted_offset + 2
    count = min(untrusted_count, (len(tiff) - first) // ENTRY_BYTES, MOST_ENTRIES)
    for entry in range(first, first + count * ENTRY_BYTES, ENTRY_BYTES):
        tag, kind, values = struct.unpack_from(order + "HHI", tiff, entry)
        if tag == ORIENTATION_TAG:
            return _value(tiff[entry + 8 :], order, kind) if values == 1 else 1
    return 1


def _value(data: bytes, order: str, kind: int) -> int:
    """The one value of an entry, where it is an orientation; else 1."""
    if kind not in VALUES:
        return 1
    (value,) = struct.unpack_from(order + VALUES[kind], data)
    return value if value in TURNS else 1
