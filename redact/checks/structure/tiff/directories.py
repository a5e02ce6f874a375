"""The bones of a TIFF: its header, its directories, where their values lie, and which of them are pages."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from redact.checks.reading import Buffer, Flaw, take

LONG, RATIONAL, LONG8 = 4, 5, 16
CODES = {
    1: "B", 2: "B", 3: "H", 4: "I", 5: "II", 6: "b", 7: "B", 8: "h", 9: "i", 10: "ii", 11: "f", 12: "d",
    13: "I", 16: "Q", 17: "q", 18: "Q",
}  # fmt: skip
"""Type -> struct's codes of one value."""
WHOLE = frozenset({1, 3, 4, 6, 8, 9, 13, 16, 17, 18})
SUB_IFDS = 330

_ORDERS = {b"II": "<", b"MM": ">"}
_LARGEST, _MOST_ENTRIES, _MOST_DIRECTORIES = 4096, 1 << 18, 1 << 14


@dataclass(frozen=True)
class Entry:
    """One tag: the type and number of its values and where they lie; `start` is `end` where that is nowhere."""

    tag: int
    form: int
    count: int
    start: int
    end: int
    outside: bool

    @property
    def whole(self) -> bool:
        """True when all the values are there."""
        return self.end - self.start == self.count * width(self.form) > 0


@dataclass(frozen=True)
class Directory:
    """A directory: where it begins and ends, its entries in order, and the place of the next one (0: none)."""

    start: int
    end: int
    entries: tuple[Entry, ...]
    following: int

    def get(self, tag: int) -> Entry | None:
        """The first entry of a tag."""
        return next((entry for entry in self.entries if entry.tag == tag), None)


@dataclass(frozen=True)
class Bones:
    """A TIFF and how it writes numbers: byte order, struct's code of a directory's count and of an offset."""

    data: Buffer
    order: str
    counted: str
    offset: str
    first: int

    @classmethod
    def of(cls, data: Buffer) -> Bones:
        """Raises Flaw for bytes that do not begin as a TIFF does."""
        head = take(data, 0, 8, len(data))
        order = _ORDERS.get(head[:2], "")
        version = struct.unpack(f"{order or '<'}H", head[2:4])[0]
        if not order or version not in (42, 43):
            message = "there is no TIFF header"
            raise Flaw(message)
        if version == 42:
            return cls(data, order, "H", "I", struct.unpack(f"{order}I", head[4:])[0])
        if struct.unpack(f"{order}HH", head[4:]) != (8, 0):
            message = "the header of the BigTIFF is of another form"
            raise Flaw(message)
        return cls(data, order, "Q", "Q", struct.unpack(f"{order}Q", take(data, 8, 8, len(data)))[0])

    @property
    def head(self) -> int:
        """Bytes of the header."""
        return 2 * struct.calcsize(self.offset)

    def directory(self, start: int) -> Directory:
        """The directory at a place. Raises Flaw when it does not lie within the file, or is absurdly big."""
        room, size = struct.calcsize(self.offset), struct.calcsize(self.counted)
        (untrusted_count,) = struct.unpack(self.order + self.counted, take(self.data, start, size, len(self.data)))
        if start < self.head or not 0 < untrusted_count <= _LARGEST:
            message = "a directory is empty, too big, or in the header"
            raise Flaw(message)
        step = 4 + 2 * room
        first, last = start + size, start + size + step * untrusted_count
        body = take(self.data, first, last + room - first, len(self.data))
        entries = tuple(self._entry(body, place, first) for place in range(0, last - first, step))
        (following,) = struct.unpack_from(self.order + self.offset, body, last - first)
        return Directory(start, last + room, entries, following)

    def _entry(self, body: bytes, place: int, base: int) -> Entry:
        room = struct.calcsize(self.offset)
        tag, form, count = struct.unpack_from(f"{self.order}HH{self.offset}", body, place)
        size, start = count * width(form), base + place + 4 + room
        if size > room:
            (start,) = struct.unpack_from(self.order + self.offset, body, place + 4 + room)
        if start + size > len(self.data) or start < self.head:
            start = size = 0
        return Entry(tag, form, count, start, start + size, size > room)

    def value(self, entry: Entry | None) -> bytes:
        """The bytes of an entry's values; none where there is no entry."""
        return bytes(self.data[entry.start : entry.end]) if entry else b""

    def numbers(self, entry: Entry | None) -> tuple[int, ...]:
        """The values of an entry of whole numbers; none where it is of another type or is not there."""
        if entry is None or entry.form not in WHOLE or not entry.whole:
            return ()
        return struct.unpack(f"{self.order}{entry.count}{CODES[entry.form]}", self.value(entry))

    def pairs(self, entry: Entry) -> tuple[tuple[int, int], ...]:
        """The values of an entry of type RATIONAL, numerator and denominator."""
        numbers = struct.unpack(f"{self.order}{2 * entry.count}I", self.value(entry))
        return tuple(zip(numbers[::2], numbers[1::2], strict=True))

    def chain(self) -> Iterator[tuple[Directory, tuple[Directory, ...]]]:
        """Every directory of the main chain with those that hang on it. Raises Flaw for circles and crowds."""
        seen: set[int] = set()
        entries = 0
        place = self.first
        while place:
            page = self._unseen(place, seen)
            hanging = [start for start in self.numbers(page.get(SUB_IFDS)) if start]
            if len(hanging) > _MOST_DIRECTORIES:
                message = "too many directories hang on one"
                raise Flaw(message)
            smaller = tuple(self._unseen(start, seen) for start in hanging)
            entries += sum(len(each.entries) for each in (page, *smaller))
            if entries > _MOST_ENTRIES:
                message = "there are more entries than any picture needs"
                raise Flaw(message)
            yield page, smaller
            place = page.following

    def _unseen(self, place: int, seen: set[int]) -> Directory:
        if place in seen or len(seen) >= _MOST_DIRECTORIES:
            message = "the directories go round in a circle, or are too many"
            raise Flaw(message)
        seen.add(place)
        return self.directory(place)


def width(form: int) -> int:
    """Bytes of one value of a type; 0 for an unknown one."""
    return struct.calcsize("<" + CODES[form]) if form in CODES else 0


def lowest(pair: tuple[int, int]) -> Fraction | None:
    """A fraction that is in lowest terms; None where it is not, or has no denominator."""
    above, below = pair
    value = Fraction(above, below) if below else None
    return value if value is not None and value.as_integer_ratio() == pair else None
