"""Messages about light, the same in every coding: is each of their numbers one that a display or a room can have?

A message of a fixed size is room for as many letters. So its numbers are read and have to lie within the bounds of
ITU-T H.265 (D.3.28, D.3.35, D.3.39) or of the AV1 specification (6.7.3, 6.7.4); points of a colour have to be colours.
"""

from __future__ import annotations

import struct

_MASTERING, _AMBIENT, _LEVEL = (struct.Struct(form) for form in (">8HII", ">IHH", ">HH"))
_WHOLE, _AV1_WHOLE = 50_000, 1 << 16
"""How 1 is written in the coordinates of a colour."""

_ACROSS_MOST, _DOWN_MOST = 0.74, 0.84
_BRIGHTEST, _DARKEST_MOST, _SUNLIGHT = 10_000, 5, 100_000
"""cd/m², cd/m², lux."""

_TRANSFERS = range(1, 19)
_RECOVERY_MOST_ZEROS = 17
_FLAG_BITS = (4, 2)
"""Of H.264 and of HEVC, behind the number of pictures until all is well again."""


def is_mastering(message: bytes) -> bool:
    """True for primaries and white in 1/50000, most and least luminance in 1/10000 cd/m²."""
    return _is_display(message, _WHOLE, 10_000, 10_000)


def is_av1_mastering(message: bytes) -> bool:
    """The same as AV1 writes it: in 1/65536, 1/256 and 1/16384."""
    return _is_display(message, _AV1_WHOLE, 1 << 8, 1 << 14)


def _is_display(message: bytes, whole: int, most_unit: int, least_unit: int) -> bool:
    if len(message) != _MASTERING.size:
        return False
    *points, most, least = _MASTERING.unpack(message)
    bright = most <= _BRIGHTEST * most_unit and least <= _DARKEST_MOST * least_unit
    return bright and least * most_unit <= most * least_unit and _are_colours(points, whole)


def _are_colours(points: list[int], whole: int) -> bool:
    """True where the coordinates, across and down in turn, lie among those of visible colours."""
    pairs = zip(points[::2], points[1::2], strict=True)
    return all(x <= _ACROSS_MOST * whole and y <= _DOWN_MOST * whole and x + y <= whole for x, y in pairs)


def is_level(message: bytes) -> bool:
    """True for the most and the average light level, cd/m²."""
    return len(message) == _LEVEL.size and max(_LEVEL.unpack(message)) <= _BRIGHTEST


def is_ambient(message: bytes) -> bool:
    """True for an illuminance in 1/10000 lux, up to the sun's, and the light's colour in 1/50000."""
    if len(message) != _AMBIENT.size:
        return False
    illuminance, *point = _AMBIENT.unpack(message)
    return 0 < illuminance <= _SUNLIGHT * 10_000 and _are_colours(point, _WHOLE)


def is_transfer(message: bytes) -> bool:
    """True for a preferred transfer function by its number in ITU-T H.273."""
    return len(message) == 1 and message[0] in _TRANSFERS


def is_recovery_point(message: bytes) -> bool:
    """True for a number of pictures, flags, and nothing behind them but what fills the last byte (D.1.8)."""
    bits = "".join(f"{octet:08b}" for octet in message)
    zeros = len(bits) - len(bits.lstrip("0"))
    flags = 2 * zeros + 1
    fills = any(len(bits) >= flags + count and _is_filler(bits[flags + count :]) for count in _FLAG_BITS)
    return zeros <= _RECOVERY_MOST_ZEROS and fills


def _is_filler(rest: str) -> bool:
    """True for nothing, or less than a byte that begins with one and goes on with zeros."""
    return not rest or (len(rest) < 8 and rest.rstrip("0") == "1")
