"""Is all that the picture is made of shown? What is covered, cut away or beside the canvas hides in the file.

ISO/IEC 23008-12 6.5.9 and 6.6.2, 14496-12 12.1.4. The blocks of coders leave a margin: so much may be cut away.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from redact.checks.reading import Flaw, take
from redact.checks.structure.heif.index import Index

_MARGIN, _LONE_TILE_MARGIN, _TILE_MARGIN = 16, 63, 511
"""Pixels across or down: beside an aperture, of the one tile of a grid, of the last of several."""

_MOST_LAYERS = 256


def demand_all(index: Index, number: int, payload: bytes, inputs: Sequence[int]) -> None:
    """Raise Flaw unless a derived item shows its inputs whole.

    payload: the item's data, as long as its numbers take
    """
    kind, size = index.items[number].kind, _extent(index, number)
    parts = [_shown(index, each) for each in inputs]
    if kind == b"iden":
        _demand(parts == [size])
    elif kind == b"grid":
        _demand(_number(payload[4:]) == size and len(set(parts)) == 1)
        for count, side, whole in zip((payload[3] + 1, payload[2] + 1), parts[0], size, strict=True):
            margin = min(side - 1, _LONE_TILE_MARGIN if count == 1 else _TILE_MARGIN)
            _demand(0 <= side * count - whole <= margin)
    else:
        wide = 4 if payload[1] & 1 else 2
        _demand(_number(payload[10 : 10 + 2 * wide]) == size and len(parts) <= _MOST_LAYERS)
        places = [payload[at : at + wide] for at in range(10 + 2 * wide, len(payload), wide)]
        offsets = [int.from_bytes(place, "big", signed=True) for place in places]
        _demand_apart(size, list(zip(offsets[::2], offsets[1::2], strict=True)), parts)


def demand_uncut(index: Index, number: int) -> None:
    """Raise Flaw for an aperture that leaves out more than a margin, or lies beside the picture."""
    aperture = index.body(number, b"clap")
    if aperture:
        width, height, right, down = _fractions(aperture)
        for side, shown, offset in zip(_extent(index, number), (width, height), (right, down), strict=True):
            cut = side - shown
            _demand(0 <= cut <= _MARGIN and abs(offset) * 2 <= cut)


def demand_known(index: Index, made: Mapping[int, Sequence[int]], alphas: Mapping[int, int]) -> None:
    """Raise Flaw for a transparency of a part that readers do not ask for.

    They ask for that of the whole, of what lies on a canvas, and of AV1 tiles where the whole has none and they all do.
    """
    used: dict[int, set[bytes]] = {}
    hidden = _below(made, alphas.values())
    for number, inputs in made.items():
        if number not in hidden:
            for each in inputs:
                used.setdefault(each, set()).add(index.items[number].kind)
    whole = index.primary
    tiles = made[whole] if index.items[whole].kind == b"grid" and whole not in alphas else ()
    by_tile = all(tile in alphas and index.items[tile].kind == b"av01" for tile in tiles)
    for number in alphas.keys() - {whole}:
        asked = used.get(number) == {b"iovl"} or (by_tile and number in tiles)
        _demand(asked)


def _below(made: Mapping[int, Sequence[int]], roots: Iterable[int]) -> set[int]:
    """The items that some are made of, with these."""
    found: set[int] = set()
    left = list(roots)
    while left:
        number = left.pop()
        if number not in found:
            found.add(number)
            left += made.get(number, ())
    return found


def _demand_apart(size: tuple[int, int], offsets: Sequence[tuple[int, int]], parts: Sequence[tuple[int, int]]) -> None:
    """Raise Flaw unless rectangles lie on a canvas and share no pixel."""
    placed: list[tuple[int, int, int, int]] = []
    for (left, top), (width, height) in zip(offsets, parts, strict=True):
        _demand(0 <= left <= size[0] - width and 0 <= top <= size[1] - height)
        for x, y, w, h in placed:
            _demand(left >= x + w or x >= left + width or top >= y + h or y >= top + height)
        placed.append((left, top, width, height))


def _extent(index: Index, number: int) -> tuple[int, int]:
    body = index.body(number, b"ispe")
    return _number(take(body, 4, 8, len(body)))


def _shown(index: Index, number: int) -> tuple[int, int]:
    """How large an item is behind its aperture and its turn."""
    width, height = _extent(index, number)
    aperture, turn = index.body(number, b"clap"), index.body(number, b"irot")
    if aperture:
        width, height = (int(each) for each in _fractions(aperture)[:2])
    return (height, width) if turn and turn[0] % 2 else (width, height)


def _fractions(aperture: bytes) -> list[Fraction]:
    numbers = struct.unpack(">IIIIiIiI", aperture)
    return [Fraction(numbers[place], numbers[place + 1]) for place in range(0, 8, 2)]


def _number(body: bytes) -> tuple[int, int]:
    """Two numbers that fill the bytes."""
    half = len(body) // 2
    return int.from_bytes(body[:half], "big"), int.from_bytes(body[half:], "big")


def _demand(true: bool) -> None:  # noqa: FBT001 - a condition
    if not true:
        message = "something that the picture is made of is not shown"
        raise Flaw(message)
