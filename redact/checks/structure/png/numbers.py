"""The numbers of a PNG about colour, pixel shape and time: each one that a picture can need (PNG, 11.3.2 to 11.3.6).

Eight numbers of 32 bits have room for 32 letters, and two for a place. So chromaticities are pairs that add up to a
colour, in steps of 1/10000, or 1/1000 where they are a screen's primaries; luminances have three digits, the darkest
two; and a gamma has three digits or is one over three digits.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from math import gcd

_CODED_PRIMARIES = {1, 2, 22, *range(4, 13)}
_CODED_TRANSFERS = {1, 2, *range(4, 19)}
_NITS = 10_000
"""What one candela to the square metre is told as."""

_SHORT_NUMBERS = [digits * 10**zeros for zeros in range(2, 5) for digits in range(100, 1000)] + [1_000_000]
_GAMMAS = frozenset(
    gamma
    for short in _SHORT_NUMBERS
    for gamma in (short, (2 * 10**10 + short) // (2 * short))
    if 10_000 <= gamma <= 1_000_000
)


def _has_digits(number: int, most: int) -> bool:
    return len(str(number).rstrip("0")) <= most


def _is_mastering(body: bytes) -> bool:
    *primaries, white_x, white_y, brightest, darkest = struct.unpack(">8HII", body)
    return (
        _are_colours(primaries, 50, 50_000)
        and _is_white(white_x, white_y, 5, 50_000)
        and _has_digits(brightest, 3)
        and _has_digits(darkest, 2)
        and darkest <= brightest <= 10_000 * _NITS
        and darkest <= 5 * _NITS
    )


def _is_light(body: bytes) -> bool:
    brightest, average = struct.unpack(">II", body)
    return average <= brightest <= 10_000 * _NITS and _has_digits(brightest, 3) and _has_digits(average, 3)


def _are_chromaticities(body: bytes) -> bool:
    white_x, white_y, *primaries = struct.unpack(">8I", body)
    return _is_white(white_x, white_y, 10, 100_000) and _are_colours(primaries, 10, 100_000)


def _are_colours(parts: Iterable[int], step: int, one: int) -> bool:
    return all(part <= one and part % step == 0 for part in parts)


def _is_white(x: int, y: int, step: int, one: int) -> bool:
    return _are_colours((x, y), step, one) and x > 0 and y > 0 and x + y <= one


def _is_shape(body: bytes) -> bool:
    """A ratio of small numbers, or as many pixels to the metre across as down."""
    across, down = int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big")
    if body[8] == 1:
        return 0 < across == down < 1_000_000
    return body[8] == 0 and 0 < across <= 100 and 0 < down <= 100 and gcd(across, down) == 1


def _is_time(body: bytes) -> bool:
    month, day, hour, minute, second = body[2:]
    return 0 < month < 13 and 0 < day < 32 and hour < 24 and minute < 60 and second < 61


RULES: dict[bytes, tuple[int, Callable[[bytes], bool]]] = {
    b"cICP": (
        4,
        lambda body: body[0] in _CODED_PRIMARIES and body[1] in _CODED_TRANSFERS and body[2:] in (b"\0\0", b"\0\1"),
    ),
    b"mDCV": (24, _is_mastering),
    b"cLLI": (8, _is_light),
    b"sRGB": (1, lambda body: body[0] < 4),
    b"gAMA": (4, lambda body: int.from_bytes(body, "big") in _GAMMAS),
    b"cHRM": (32, _are_chromaticities),
    b"pHYs": (9, _is_shape),
    b"tIME": (7, _is_time),
}
"""Name of a chunk -> its size, and whether its numbers are of the form it has."""
