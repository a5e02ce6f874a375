"""How a film is to be shown, as its boxes tell (ISO/IEC 14496-12 6.2.2 and 12.1): turned, shaped, coloured.

Location can hide in numbers as well: nine of a matrix hold 36 bytes of text, and players show a film all the same. So
nothing is copied. Each number is read, has to be one that a film can need, and is written anew.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeAlias

from redact.errors import DamagedFileError
from redact.formats.boxes import Box, written

Turn: TypeAlias = tuple[int, int, int, int]
"""a, b, c, d, each -1, 0 or 1: a pixel at x, y is shown at ax + cy, bx + dy."""

UNTURNED: Turn = (1, 0, 0, 1)

_MATRIX = struct.Struct(">9i")
MATRIX_BYTES = _MATRIX.size
_ONE = 1 << 16
_TURNS = frozenset(
    turn for one in (-1, 1) for other in (-1, 1) for turn in ((one, 0, 0, other), (0, one, other, 0))
)  # fmt: skip

_MOST_PARTS = 0xFFFF
_MOST_CODE = 0xFF
_PRIMARY_MOST_ACROSS, _PRIMARY_MOST_DOWN = 37_000, 42_000
_BRIGHTEST, _DARKEST_MOST = 100_000_000, 50_000
_AMBIENT_MOST, _CHROMATICITY_MOST = 1_000_000_000, 50_000


def turn_of(matrix: bytes) -> Turn | None:
    """Which of the eight turns a matrix asks for, wherever it moves the picture; None for anything else."""
    a, b, _, c, d, *_ = _MATRIX.unpack(matrix)
    turn = (a // _ONE, b // _ONE, c // _ONE, d // _ONE)
    exact = not any(number % _ONE for number in (a, b, c, d))
    return turn if exact and turn in _TURNS else None


def matrix_of(turn: Turn, size: tuple[int, int] = (0, 0)) -> bytes:
    """The matrix of a turn that leaves a picture of `size`, (width, height) in 1/65536 pixels, where it was."""
    a, b, c, d = turn
    right = size[0] * (a < 0) + size[1] * (c < 0)
    down = size[0] * (b < 0) + size[1] * (d < 0)
    numbers = (a * _ONE, b * _ONE, 0, c * _ONE, d * _ONE, 0, right, down, 1 << 30)
    return b"".join((number & 0xFFFFFFFF).to_bytes(4, "big") for number in numbers)


def plain(code: bytes, payload: bytes) -> bytes | None:
    """The payload of a box about shape or colour with nothing in it but what it has to say; None where that is nothing.

    Codes other than those of SHAPES and COLOURS say nothing.
    """
    reader = _READERS.get(code)
    return reader(payload) if reader else None


def _aspect(payload: bytes) -> bytes | None:
    """`pasp`: width over height of a pixel."""
    if len(payload) != 8:
        return None
    across, down = struct.unpack(">II", payload)
    ratio = Fraction(across, down) if across and down else None
    return struct.pack(">II", *ratio.as_integer_ratio()) if ratio and _is_small(ratio) else None


def _aperture(payload: bytes) -> bytes | None:
    """`clap`: width, height and offsets of the part that is shown, each a fraction."""
    if len(payload) != 32:
        return None
    parts = struct.unpack(">IIIIiIiI", payload)
    if not all(parts[1::2]):
        return None
    width, height, *offsets = (Fraction(*pair) for pair in zip(parts[::2], parts[1::2], strict=True))
    if not width or not height or not all(map(_is_small, (width, height, *offsets))):
        return None
    return struct.pack(">IIIIiIiI", *(part for each in (width, height, *offsets) for part in each.as_integer_ratio()))


def _is_small(ratio: Fraction) -> bool:
    return abs(ratio.numerator) <= _MOST_PARTS and ratio.denominator <= _MOST_PARTS


def _colour(payload: bytes) -> bytes | None:
    """`colr` as code points (ITU-T H.273); an ICC profile, with its texts, says nothing here."""
    if len(payload) != {b"nclc": 10, b"nclx": 11}.get(payload[:4]) or payload[10:] not in (b"", b"\0", b"\x80"):
        return None
    return payload if max(struct.unpack_from(">HHH", payload, 4)) <= _MOST_CODE else None


def _mastering(payload: bytes) -> bytes | None:
    """`mdcv`: primaries and white point in 1/50000, most and least luminance in 1/10000 cd/m² (ITU-T H.265 D.3.28)."""
    if len(payload) != 24:
        return None
    *points, most, least = struct.unpack(">8HII", payload)
    fits = max(points[::2]) <= _PRIMARY_MOST_ACROSS and max(points[1::2]) <= _PRIMARY_MOST_DOWN
    return payload if fits and least <= min(most, _DARKEST_MOST) and most <= _BRIGHTEST else None


def _light(payload: bytes) -> bytes | None:
    """`clli`: most and average light level, cd/m²."""
    return payload if len(payload) == 4 else None


def _ambient(payload: bytes) -> bytes | None:
    """`amve`: illuminance in 1/10000 lux, up to the sun's, and the light's chromaticity in 1/50000 (D.3.39)."""
    if len(payload) != 8:
        return None
    illuminance, across, down = struct.unpack(">IHH", payload)
    fits = 0 < illuminance <= _AMBIENT_MOST and max(across, down) <= _CHROMATICITY_MOST
    return payload if fits else None


_STEREO_MODES = range(5)
_FULL, _STRAIGHT = 180, 90
_MOST_PADDING = 255


def _stereo(payload: bytes) -> bytes | None:
    """`st3d`: which parts of a picture are for which eye (Google's Spherical Video V2)."""
    return bytes(4) + payload[4:] if len(payload) == 5 and payload[4] in _STEREO_MODES else None


def _sphere(payload: bytes) -> bytes | None:
    """`sv3d`: where on a sphere a picture belongs, without the name of the software that put it there.

    Angles are whole degrees and edges 256ths of the picture. A mesh says nothing here.
    """
    try:
        projection = Box(b"sv3d", payload).child(b"proj")
        parts = {box.code: box.payload for box in projection.children()} if projection else {}
    except DamagedFileError:
        return None
    pose = _pose(parts.get(b"prhd", b""))
    shape = next((_PROJECTIONS[code](parts[code]) for code in _PROJECTIONS if code in parts), None)
    if pose is None or shape is None:
        return None
    return written(b"svhd", bytes(5)) + written(b"proj", written(b"prhd", pose), shape)


def _pose(payload: bytes) -> bytes | None:
    """`prhd`: yaw, pitch and roll in 1/65536 degrees."""
    if len(payload) != 16:
        return None
    angles = [round(angle / _ONE) for angle in struct.unpack(">3i", payload[4:])]
    fits = all(abs(angle) <= most for angle, most in zip(angles, (_FULL, _STRAIGHT, _FULL), strict=True))
    return bytes(4) + struct.pack(">3i", *(angle * _ONE for angle in angles)) if fits else None


def _equirectangular(payload: bytes) -> bytes | None:
    """`equi`: how much of each side is missing, in 1/2**32 of the picture."""
    if len(payload) != 20:
        return None
    sides = (min(side + (1 << 23) >> 24, 0xFF) << 24 for side in struct.unpack(">4I", payload[4:]))
    return written(b"equi", bytes(4) + struct.pack(">4I", *sides))


def _cube(payload: bytes) -> bytes | None:
    """`cbmp`: the one layout there is, and the pixels between its faces."""
    if len(payload) != 12 or any(payload[:8]) or int.from_bytes(payload[8:], "big") > _MOST_PADDING:
        return None
    return written(b"cbmp", payload)


_PROJECTIONS: Mapping[bytes, Callable[[bytes], bytes | None]] = {b"equi": _equirectangular, b"cbmp": _cube}

_DOLBY_BYTES = 24
_DOLBY_VERSIONS, _DOLBY_PROFILES, _DOLBY_LEVELS = range(1, 4), range(11), range(1, 14)


def _dolby(payload: bytes) -> bytes | None:
    """`dvcC`, `dvvC`, `dvwC`: profile, level and compatibility (Dolby Vision in ISOBMFF, 3.2); its rest is reserved.

    With a second layer of pictures, which is not copied, it says nothing.
    """
    if len(payload) != _DOLBY_BYTES:
        return None
    told = int.from_bytes(payload[2:5], "big")
    profile, level, layers, base = told >> 17, told >> 11 & 0x3F, told >> 8 & 7, told >> 4 & 0xF
    fits = payload[0] in _DOLBY_VERSIONS and profile in _DOLBY_PROFILES and level in _DOLBY_LEVELS
    # Reference units and a base layer, no enhancement layer.
    if not fits or layers != 5:
        return None
    return (
        bytes((payload[0], 0)) + (profile << 17 | level << 11 | layers << 8 | base << 4).to_bytes(3, "big") + bytes(19)
    )


SHAPES: Mapping[bytes, Callable[[bytes], bytes | None]] = {
    b"pasp": _aspect,
    b"clap": _aperture,
    b"st3d": _stereo,
    b"sv3d": _sphere,
}
COLOURS: Mapping[bytes, Callable[[bytes], bytes | None]] = {
    b"colr": _colour,
    b"mdcv": _mastering,
    b"clli": _light,
    b"amve": _ambient,
    b"dvcC": _dolby,
    b"dvvC": _dolby,
    b"dvwC": _dolby,
}
"""Code -> what may stay of the payload of such a box."""

_READERS = {**SHAPES, **COLOURS}
