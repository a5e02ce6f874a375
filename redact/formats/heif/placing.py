"""Whether a picture shows all of what it is made of (ISO/IEC 23008-12 6.6.2): what is hidden is another picture.

A tile beyond the edge of its grid, a picture under another or beside the canvas, and what an aperture leaves out are in
the file, and no reader shows them. Encoders leave out a little at the edges, as blocks have a size: that much may be.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from typing import TypeAlias

from redact.errors import UnsupportedFormatError
from redact.formats.heif.collection import Collection, damaged

Size: TypeAlias = tuple[int, int]
"""Width and height, pixels."""

_PADDING = 16
"""Pixels that an aperture may leave out, across and down: half a block of encoders in hardware, and more than most."""

_SMALLEST_CODED = 64
"""Pixels of the smallest picture that encoders make: a smaller one is cut out of it as a grid of one tile."""

_TILE_PADDING = 512
"""Pixels that a grid may leave out of its last tiles. The tiles of phones are as large."""

_MOST_LAID = 256


def demand_shown(kind: bytes, recipe: bytes, whole: Size, parts: Sequence[Size]) -> None:
    """Raise UnsupportedFormatError where a derived picture hides something of what it is made of.

    recipe: the item's data
    whole:  the size that it says it has
    parts:  of the pictures it is made of
    """
    if kind == b"iden":
        is_shown = [whole] == list(parts)
    elif kind == b"grid":
        is_shown = _is_grid_full(recipe, whole, parts)
    else:
        is_shown = _are_apart(recipe, whole, parts)
    if not is_shown:
        raise _hidden()


def demand_whole(size: Size, aperture: bytes) -> None:
    """Raise UnsupportedFormatError where a picture of a size is cut to less than blocks make necessary.

    aperture: the payload of `clap`
    """
    width, height, across, down = _aperture(aperture)
    for stored, shown, offset in ((size[0], width, across), (size[1], height, down)):
        first = (stored - shown) / 2 + offset
        if not (0 <= first <= stored - shown <= _PADDING):
            raise _hidden()


def shown_size(collection: Collection, number: int) -> Size:
    """How large an item is where another is made of it: cut and turned. Raises DamagedFileError."""
    width, height = stored_size(collection, number)
    aperture, turn = collection.told(number, b"clap"), collection.told(number, b"irot")
    if aperture:
        width, height = (int(each) for each in _aperture(aperture)[:2])
    return (height, width) if turn[:1] and turn[0] & 1 else (width, height)


def stored_size(collection: Collection, number: int) -> Size:
    """The size that an item says it has. Raises DamagedFileError."""
    extent = collection.told(number, b"ispe")
    if len(extent) < 12:
        raise damaged("does not say how large a picture is")
    width, height = struct.unpack_from(">II", extent, 4)
    return width, height


def _aperture(payload: bytes) -> tuple[Fraction, ...]:
    if len(payload) < 32:
        raise damaged("is cut to no size")
    numbers = struct.unpack_from(">IIIIiIiI", payload)
    if not all(numbers[1::2]):
        raise damaged("is cut to no size")
    return tuple(Fraction(*pair) for pair in zip(numbers[::2], numbers[1::2], strict=True))


def _is_grid_full(recipe: bytes, whole: Size, parts: Sequence[Size]) -> bool:
    rows, columns = recipe[2] + 1, recipe[3] + 1
    told = struct.unpack(">II" if recipe[1] & 1 else ">HH", recipe[4:])
    width, height = parts[0]
    alike = all(part == parts[0] for part in parts)
    return alike and told == whole and _is_filled(whole[0], columns, width) and _is_filled(whole[1], rows, height)


def _is_filled(whole: int, count: int, each: int) -> bool:
    """True when the last tile is on the canvas, and little of it is not."""
    most = min(each, _SMALLEST_CODED if count == 1 else _TILE_PADDING)
    return 0 <= count * each - whole < most


def _are_apart(recipe: bytes, whole: Size, parts: Sequence[Size]) -> bool:
    """True when pictures are laid side by side on the canvas."""
    number = "i" if recipe[1] & 1 else "h"
    told = struct.unpack_from(">2" + number.upper(), recipe, 10)
    offsets = struct.unpack_from(f">{2 * len(parts)}{number}", recipe, 10 + struct.calcsize(">2" + number))
    if told != whole or len(parts) > _MOST_LAID:
        return False
    spans = [
        (left, top, left + width, top + height)
        for left, top, (width, height) in zip(offsets[::2], offsets[1::2], parts, strict=True)
    ]
    inside = all(
        left >= 0 and top >= 0 and right <= whole[0] and bottom <= whole[1] for left, top, right, bottom in spans
    )
    return inside and all(
        one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        for one, other in combinations(spans, 2)
    )


def _hidden() -> UnsupportedFormatError:
    message = "a part of the picture is in the file and not shown: save what is shown as a picture of its own"
    return UnsupportedFormatError(message)
