"""The original's own coordinates, gathered from its bytes: from EXIF's GPS directories and from texts."""

from __future__ import annotations

import itertools
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from redact.checks import grid
from redact.checks.reading import Buffer
from redact.checks.sweep.quick import stretches, telling
from redact.checks.sweep.search import Search, literal
from redact.checks.sweep.texts import DECIMAL, positions, texts

_MOST_NUMBERS = 16
"""Of the original's coordinates so many are looked for; a track of telemetry has thousands, and one would do."""
_MOST_PAIRS = 3
_MOST_BLOCKS = 64
_LONGEST_BLOCK = 1 << 16
_LEAST = 0.001
"""Degrees. Less is what devices write that do not know where they are."""

_GPS_DIRECTORY, _SIDES = 0x8825, (2, 4)
_TIFF_MARKS = ((b"Exif\0\0", 0), (b"II*\0\x08\0\0\0", 8), (b"MM\0*\0\0\0\x08", 8))
"""What is found where a TIFF block begins, and how many of its bytes are of the block."""


@dataclass(frozen=True)
class Coordinates:
    """The original's own.

    numbers:   degrees, unsigned
    pairs:     two that belong together
    rationals: EXIF's 24 bytes
    """

    numbers: tuple[float, ...]
    pairs: tuple[tuple[float, float], ...]
    rationals: tuple[bytes, ...]

    def but_for_centres(self, grid_km: float | None) -> Coordinates:
        """Without positions that are the centre of a cell of that grid, which a copy may tell; None: without a grid."""
        centres = {pair for pair in self.pairs if grid_km is not None and grid.is_centre(*pair, grid_km)}
        told = {number for pair in centres for number in pair}
        plain = {raw for number in told for raw in _plainly(number)}
        return Coordinates(
            tuple(number for number in self.numbers if number not in told),
            tuple(pair for pair in self.pairs if pair not in centres),
            tuple(raw for raw in self.rationals if raw not in plain),
        )


def coordinates(data: Buffer) -> Coordinates:
    """Coordinates told anywhere in `data`: at most _MOST_NUMBERS of them, none that are zero or on no globe."""
    pairs: dict[tuple[float, float], None] = {}
    numbers: dict[float, None] = {}
    rationals: dict[bytes, None] = {}
    for first, second, raw in _exif_positions(data):
        pairs[first, second] = None
        rationals.update(dict.fromkeys(raw))
    for text in texts(stretches(data, telling(data))):
        for match in positions(text):
            told = _degrees(match)
            numbers.update(dict.fromkeys(told))
            if len(told) == 2:
                pairs[told[0], told[1]] = None
        if len(numbers) > _MOST_NUMBERS:
            break
    numbers.update(dict.fromkeys(number for pair in pairs for number in pair))
    real = [number for number in numbers if _LEAST < number <= 180][:_MOST_NUMBERS]
    both = [pair for pair in pairs if _LEAST < min(pair) <= 90 and max(pair) <= 180][:_MOST_PAIRS]
    return Coordinates(tuple(real), tuple(both), tuple(rationals)[:_MOST_NUMBERS])


def _degrees(match: re.Match[bytes]) -> tuple[float, ...]:
    """The unsigned degrees a position text tells; empty where it tells none that can be searched for."""
    if match.lastgroup == "sentence":
        return ()
    if match.lastgroup == "minutes":
        whole, _, minutes = match[0][:-1].partition(b",")
        return (int(whole) + float(minutes) / 60,)
    told = [float(number) for number in DECIMAL.findall(match[0])]
    return tuple(number for number in told if number <= 180)


def _plainly(degrees: float) -> tuple[bytes, bytes]:
    """EXIF's rationals for whole seconds of arc, in both byte orders."""
    minutes, seconds = divmod(round(degrees * 3600), 60)
    numbers = (*divmod(minutes, 60), seconds)
    little, big = (struct.pack(order + "6I", *(part for number in numbers for part in (number, 1))) for order in "<>")
    return little, big


def _exif_positions(data: Buffer) -> Iterator[tuple[float, float, tuple[bytes, ...]]]:
    """Latitude, longitude and their rationals' bytes, in both byte orders, of every EXIF block in `data`.

    Reads two directories and no more: EXIF readers take minutes over a block that was made to take them.
    """
    for start in _tiff_headers(data):
        block = bytes(data[start : start + _LONGEST_BLOCK])
        try:
            sides = _gps_sides(block)
        except struct.error:
            continue
        if len(sides) == 2:
            first, second = (sum(n / d / 60**place for place, (n, d) in enumerate(side)) for side in sides)
            raw = tuple(struct.pack(order + "6I", *sum(side, ())) for side in sides for order in "<>")
            yield first, second, raw


def _gps_sides(block: bytes) -> list[tuple[tuple[int, int], ...]]:
    """Latitude and longitude of a TIFF block as fractions for degrees, minutes, seconds; those that are not zero."""
    order = "<" if block[:1] == b"I" else ">"
    (first,) = struct.unpack_from(order + "I", block, 4)
    places = [value for tag, value in _entries(block, order, first) if tag == _GPS_DIRECTORY]
    sides = []
    for place in places[:1]:
        for tag, value in _entries(block, order, place):
            numbers = struct.unpack_from(order + "6I", block, value) if tag in _SIDES else ()
            fractions = tuple(zip(numbers[::2], numbers[1::2], strict=True))
            if any(numbers[::2]) and all(numbers[1::2]):
                sides.append(fractions)
    return sides


def _entries(block: bytes, order: str, start: int) -> Iterator[tuple[int, int]]:
    """Tag and value, or value's place, of each entry of a TIFF directory."""
    (untrusted_count,) = struct.unpack_from(order + "H", block, start)
    for number in range(untrusted_count):
        tag, _, _, value = struct.unpack_from(order + "HHII", block, start + 2 + 12 * number)
        yield tag, value


def _tiff_headers(data: Buffer) -> Iterator[int]:
    """Where TIFF blocks may begin: after EXIF's own mark, and wherever a block begins with its first directory."""
    for number, end in itertools.islice(_headers().ends(data), _MOST_BLOCKS):
        yield end - _TIFF_MARKS[number][1]


@cache
def _headers() -> Search:
    return Search([literal(mark) for mark, _ in _TIFF_MARKS])
