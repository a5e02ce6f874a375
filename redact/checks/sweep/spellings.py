"""The ways in which bytes may tell known coordinates: as text, EXIF's rationals, doubles and scaled integers."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redact.checks.reading import Buffer
from redact.checks.sweep.gathered import Coordinates
from redact.checks.sweep.quick import stretches
from redact.checks.sweep.search import Search, literal
from redact.checks.sweep.texts import DECIMAL, texts


@dataclass(frozen=True)
class Binary:
    """A way to write degrees in binary.

    code:  struct's
    scale: what degrees are multiplied by
    fixed: how many leading bytes to search for; the rest may differ by rounding
    """

    name: str
    code: str
    scale: float
    fixed: int

    @property
    def size(self) -> int:
        """Bytes of one number."""
        return struct.calcsize(self.code)

    def lead(self, order: str, value: float) -> bytes:
        """The leading bytes of a number, as they stand in that byte order."""
        whole = struct.pack(">" + self.code, value if self.code == "d" else round(value))[: self.fixed]
        return whole if order == ">" else whole[::-1]

    def read(self, data: Buffer, order: str, start: int) -> float:
        """The number at `start`; infinity where there are not enough bytes."""
        piece = bytes(data[max(start, 0) : max(start, 0) + self.size])
        return float(struct.unpack(order + self.code, piece)[0]) if len(piece) == self.size else float("inf")


_BINARIES = (Binary("doubles", "d", 1, 4), Binary("scaled integers", "i", 1e7, 3))
_REACH = 64
_SLACK = 3e-6
"""Degrees, a third of a metre: what rounding to a hundredth of a second of arc moves a place by."""


_MOST_PLACES = 1 << 20
"""Of one number's leading bytes; a gigabyte of noise holds sixty. Where there are more, somebody put them there."""


def told_again(data: Buffer, starts: Iterable[int], known: Coordinates) -> set[str]:
    """The ways in which `data` tells any of the known coordinates.

    starts: of the stretches that may hold texts, see `quick`
    """
    leads = {lead for pair in known.pairs for side in pair for number in _BINARIES for lead in _leads(side, number)}
    places = _occurrences(data, [*known.rationals, *leads])
    found = {"EXIF rationals" for raw in known.rationals if len(places[raw])}
    for number in _BINARIES:
        if any(_near(data, pair, number, places) for pair in known.pairs):
            found.add(number.name)
    if known.numbers:
        spelt = {form for value in known.numbers for form in _spellings(value)}
        for text in texts(stretches(data, starts)):
            if any(_four_decimals(match[0]) in spelt for match in DECIMAL.finditer(text)):
                found.add("text")
    return found


def _occurrences(data: Buffer, sought: Sequence[bytes]) -> dict[bytes, array[int]]:
    """Where each of the byte strings begins in `data`, up to a little more than _MOST_PLACES of each."""
    found = {text: array("Q") for text in sought}
    known = list(found)
    for number, end in Search([literal(text) for text in found]).ends(data) if found else ():
        text = known[number]
        if len(found[text]) <= _MOST_PLACES:
            found[text].append(end - len(text))
    return found


def _leads(degrees: float, number: Binary) -> Iterator[bytes]:
    """The leading bytes of a number in either order and sign, but for rounding."""
    for order in "<>":
        yield from _leads_in(degrees, number, order)


def _leads_in(degrees: float, number: Binary, order: str) -> set[bytes]:
    wanted, slack = abs(degrees) * number.scale, _SLACK * number.scale
    return {number.lead(order, sign * (wanted + rest)) for sign in (1, -1) for rest in (-slack, 0, slack)}


def _near(data: Buffer, pair: tuple[float, float], number: Binary, places: Mapping[bytes, array[int]]) -> bool:
    """True when both of a pair stand within _REACH bytes as binary numbers: one alone may be noise."""
    for order in "<>":
        if any(len(places[lead]) > _MOST_PLACES for side in pair for lead in _leads_in(side, number, order)):
            return True
        first, second = (_exact(data, degrees, number, order, places) for degrees in pair)
        if len(first) and len(second):
            following = second[np.minimum(np.searchsorted(second, first - _REACH), len(second) - 1)]
            if (abs(following - first) <= _REACH).any():
                return True
    return False


def _exact(
    data: Buffer, degrees: float, number: Binary, order: str, places: Mapping[bytes, array[int]]
) -> NDArray[np.int64]:
    """Where the number stands in either sign, but for rounding; ascending."""
    wanted, slack = abs(degrees) * number.scale, _SLACK * number.scale
    before = number.size - number.fixed if order == "<" else 0
    found = [start - before for lead in _leads_in(degrees, number, order) for start in places[lead]]
    exact = (start for start in found if abs(abs(number.read(data, order, start)) - wanted) < slack)
    return np.array(sorted(exact), np.int64)


def _spellings(number: float) -> tuple[bytes, bytes]:
    """The number to four decimals, rounded and cut off."""
    return f"{number:.4f}".encode(), f"{int(number * 1e4) / 1e4:.4f}".encode()


def _four_decimals(text: bytes) -> bytes:
    whole, _, decimals = text.partition(b".")
    return b"%d.%s" % (int(whole), decimals[:4])
