"""Numbers about light that pictures carry: mastering display, light level, ambient light, transfer, recovery point.

Each is held against the bounds of ITU-T H.265 annex D or of the AV1 specification (6.7), as letters fit where numbers
do.
"""

from __future__ import annotations

import re

_X, _Y = 37_000, 42_000
"""The reddest and the greenest colour there is, in 1/50000."""


def mastering(body: bytes) -> bool:
    """True for three primaries, white, and a range of luminance in 1/10000 cd/m²."""
    numbers = _numbers(body, 2, 2, 2, 2, 2, 2, 2, 2, 4, 4)
    return bool(numbers) and _display(numbers, 50_000, 10_000, 10_000)


def av1_mastering(body: bytes) -> bool:
    """The same in AV1's fractions: 16 bits behind the point, then 8 and 14."""
    numbers = _numbers(body, 2, 2, 2, 2, 2, 2, 2, 2, 4, 4)
    return bool(numbers) and _display(numbers, 65_536, 256, 16_384)


def _display(numbers: list[int], one: int, bright_unit: int, dark_unit: int) -> bool:
    bright, dark = numbers[8] / bright_unit, numbers[9] / dark_unit
    return _coloured(numbers[:8], one) and dark <= bright <= 10_000 and dark <= 5


def _coloured(numbers: list[int], one: int) -> bool:
    across, down = numbers[0::2], numbers[1::2]
    return (
        max(across) * 50_000 <= _X * one
        and max(down) * 50_000 <= _Y * one
        and max(map(sum, zip(across, down, strict=True))) <= one
    )


def level(body: bytes) -> bool:
    """True for two light levels of up to 10000 cd/m²."""
    return len(body) == 4 and max(_numbers(body, 2, 2)) <= 10_000


def ambient(body: bytes) -> bool:
    """True for an illuminance up to the sun's and a colour."""
    numbers = _numbers(body, 4, 2, 2)
    return bool(numbers) and 1 <= numbers[0] <= 1_000_000_000 and _coloured(numbers[1:], 50_000)


def transfer(body: bytes) -> bool:
    """True for one of the transfer functions that ITU-T H.273 numbers."""
    return len(body) == 1 and 1 <= body[0] <= 18


_RECOVERY = re.compile("|".join(
    f"0{{{zeros}}}1[01]{{{zeros}}}(?:[01]{{4}}|[01]{{2}})(?:10{{0,6}})?" for zeros in range(18)
))  # fmt: skip


def recovery_point(body: bytes) -> bool:
    """True for a count of pictures, two or four flags, and what fills up the last byte."""
    return len(body) <= 8 and _RECOVERY.fullmatch("".join(f"{octet:08b}" for octet in body)) is not None


def _numbers(body: bytes, *widths: int) -> list[int]:
    """Numbers of so many bytes; none where the body is of another length."""
    if len(body) != sum(widths):
        return []
    numbers, place = [], 0
    for width in widths:
        numbers.append(int.from_bytes(body[place : place + width], "big"))
        place += width
    return numbers
