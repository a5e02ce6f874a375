"""The tables and scans of a JPEG image held against each other (ITU-T T.81 B.2): what a decoder of it never uses, goes.

A table that no scan refers to before it is defined anew, a restart interval that another one replaces, a number of
lines where none may stand: each has room for a text, and a second run of scans for a picture that nobody sees.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from redact.formats.codings.plain import garbled

SCAN, HUFFMAN, CONDITIONING, QUANTISATION, LINES, INTERVAL = 0xDA, 0xC4, 0xCC, 0xDB, 0xDC, 0xDD
TABLES = frozenset((HUFFMAN, CONDITIONING, QUANTISATION, LINES, INTERVAL))
FRAMES = frozenset((0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xCB))
_PROGRESSIVE, _LOSSLESS, _ARITHMETIC = frozenset((0xC2, 0xCA)), frozenset((0xC3, 0xCB)), frozenset((0xC9, 0xCA, 0xCB))
_LAST_COEFFICIENT, _MOST_PREDICTORS = 63, 7
_MOST_COMPONENTS = 4
_MOST_CODES = 256
_NUMBER_BYTES = 2

Segment: TypeAlias = tuple[int, bytes]
"""A marker, and what stands behind its length; of a scan its coded data too."""
_Key: TypeAlias = tuple[int, int]
"""A marker, and which of the tables under it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame header.

    components: identifier -> quantisation table
    size:       height and width
    """

    marker: int
    components: dict[int, int]
    size: bytes

    @classmethod
    def of(cls, marker: int, body: bytes) -> Frame:
        """The frame of a header. Raises DamagedFileError for one that is none."""
        listed = body[6:]
        count = len(listed) // 3
        components = dict(zip(listed[::3], listed[2::3], strict=False))
        sampled = all(1 <= value >> 4 <= 4 and 1 <= value & 15 <= 4 for value in listed[1::3])
        if not 1 <= count <= _MOST_COMPONENTS or len(body) != 6 + 3 * body[5] or len(components) != body[5]:
            raise garbled()
        if not sampled or max(components.values()) > 3 or not 2 <= body[0] <= 16:
            raise garbled()
        return cls(marker, components, body[1:5])


def frame_of(segments: Sequence[Segment]) -> Frame:
    """The one frame of an image. Raises DamagedFileError where there is none, or another one."""
    found = [Frame.of(marker, body) for marker, body in segments if marker in FRAMES]
    if len(found) != 1:
        raise garbled()
    return found[0]


def needed(segments: Sequence[Segment]) -> list[Segment]:
    """The segments without tables that no scan uses. Raises DamagedFileError for scans that no decoder expects."""
    use = _Use(frame_of(segments))
    split = [(marker, list(_tables(marker, body)) if marker in TABLES else [body]) for marker, body in segments]
    for place, (marker, pieces) in enumerate(split):
        for number, piece in enumerate(pieces):
            if marker == LINES:
                follows_first = use.scans == 1 and split[place - 1][0] == SCAN
                use.used |= {(place, number)} if follows_first else set()
            elif marker in TABLES:
                use.latest[_key(marker, piece)] = place, number
            elif marker == SCAN:
                use.scan(piece)
    if not use.scans:
        raise garbled()
    kept: list[Segment] = []
    for place, (marker, pieces) in enumerate(split):
        stay = [piece for number, piece in enumerate(pieces) if marker not in TABLES or (place, number) in use.used]
        if stay:
            kept.append((marker, b"".join(stay)))
    return kept


@dataclass(slots=True)
class _Use:
    """What the scans of an image have used so far.

    latest: table -> where it was last defined: (segment, piece of it)
    levels: (component, coefficient) -> how many of its bits are still to come
    """

    frame: Frame
    latest: dict[_Key, tuple[int, int]] = field(default_factory=dict)
    used: set[tuple[int, int]] = field(default_factory=set)
    levels: dict[tuple[int, int], int] = field(default_factory=dict)
    scans: int = 0

    def scan(self, body: bytes) -> None:
        """Take a scan: its header, behind which coded data may stand."""
        count = body[0] if body else 0
        listed = dict(zip(body[1 : 1 + 2 * count : 2], body[2 : 2 + 2 * count : 2], strict=False))
        known = 1 <= count <= _MOST_COMPONENTS and len(listed) == count and not listed.keys() - self.frame.components
        if not known or len(body) < 4 + 2 * count:
            raise garbled()
        start, end, bits = body[1 + 2 * count : 4 + 2 * count]
        self._demand_new(tuple(listed), start, end, bits)
        for key in (key for name, chosen in listed.items() for key in self._keys(name, chosen, start, bits >> 4)):
            if key in self.latest:
                self.used.add(self.latest[key])
        self.scans += 1

    def _keys(self, name: int, chosen: int, start: int, refined: int) -> Iterator[_Key]:
        """The tables that a scan reads a component with."""
        yield INTERVAL, 0
        if self.frame.marker not in _LOSSLESS:
            yield QUANTISATION, self.frame.components[name]
        coded = CONDITIONING if self.frame.marker in _ARITHMETIC else HUFFMAN
        progressive = self.frame.marker in _PROGRESSIVE
        if not (progressive and (start or refined)):
            yield coded, chosen >> 4
        if self.frame.marker not in _LOSSLESS and (start or not progressive):
            yield coded, 0x10 | chosen & 15

    def _demand_new(self, names: Sequence[int], start: int, end: int, bits: int) -> None:
        """Raise DamagedFileError for coefficients that were told already, or in an order that no decoder expects."""
        bands, before, after = range(1), 0, 0
        if self.frame.marker in _PROGRESSIVE:
            fits = start <= end <= _LAST_COEFFICIENT and (len(names) == 1 if start else not end)
            bands, before, after = range(start, end + 1), bits >> 4, bits & 15
        elif self.frame.marker in _LOSSLESS:
            fits = start <= _MOST_PREDICTORS and not end and not bits >> 4
        else:
            fits = not start and end in (0, _LAST_COEFFICIENT) and not bits
        if not fits:
            raise garbled()
        for each in itertools.product(names, bands):
            # The first scan of a coefficient follows none, each other one the one that told a bit less.
            if self.levels.get(each) != (before or None) or (before and after != before - 1):
                raise garbled()
            self.levels[each] = after


def _tables(marker: int, body: bytes) -> Iterator[bytes]:
    """Each table of a segment by itself; what is no whole one is left out."""
    if marker in (LINES, INTERVAL):
        yield from [body] if len(body) == _NUMBER_BYTES else []
        return
    place = 0
    while place < len(body):
        size = _size(marker, body[place : place + 17])
        if not size or size > len(body) - place:
            return
        yield body[place : place + size]
        place += size


def _size(marker: int, head: bytes) -> int:
    """How long the table is that begins like this; 0 for one that cannot be."""
    if marker == QUANTISATION:
        return (129 if head[0] >> 4 else 65) if not head[0] & 0xEC else 0
    if marker == HUFFMAN:
        codes = sum(head[1:17])
        return 17 + codes if not head[0] & 0xEC and codes <= _MOST_CODES else 0
    return 2 if len(head) > 1 and not head[0] & 0xEC and _conditions(*head[:2]) else 0


def _conditions(table: int, value: int) -> bool:
    """True for bounds that arithmetic coding can have (T.81 B.2.4.3)."""
    return 1 <= value <= _LAST_COEFFICIENT if table >> 4 else value & 15 <= value >> 4


def _key(marker: int, table: bytes) -> _Key:
    return marker, 0 if marker == INTERVAL else table[0] & 3 if marker == QUANTISATION else table[0]
