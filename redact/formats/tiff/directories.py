"""The bones of a TIFF (TIFF 6.0, section 2; BigTIFF): header, directories, entries and their values.

Everything is read where it is wanted from a stream that may be far bigger than memory. Whatever the file says about
sizes and places is checked against its end before a byte is read.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO, NoReturn, TypeAlias

from redact.errors import DamagedFileError, UnsupportedFormatError

Number: TypeAlias = int | float | Fraction

ASCII, SHORT, LONG, RATIONAL, UNDEFINED, IFD, LONG8, IFD8 = 2, 3, 4, 5, 7, 13, 16, 18

_LETTERS: Mapping[int, str] = {
    1: "B", 2: "B", 3: "H", 4: "I", 5: "II", 6: "b", 7: "B", 8: "h", 9: "i", 10: "ii", 11: "f", 12: "d",
    13: "I", 16: "Q", 17: "q", 18: "Q",
}  # fmt: skip
"""Type of a value -> struct's letters for one of it."""

_RATIOS = (5, 10)
_INTEGERS = (1, 3, 4, 6, 8, 9, 13, 16, 17, 18)
_POINTERS = (LONG, IFD, LONG8, IFD8)
_MOST_ENTRIES = 4096


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file writes its numbers.

    order:  "<" or ">"
    count:  struct's letter for the number of entries in a directory
    offset: struct's letter for places and for numbers of values: "I", or "Q" in a BigTIFF
    """

    order: str
    count: str
    offset: str

    @property
    def count_bytes(self) -> int:
        """Bytes in front of a directory's entries."""
        return struct.calcsize(self.count)

    @property
    def offset_bytes(self) -> int:
        """Bytes of a place, and of a value that stands in its entry."""
        return struct.calcsize(self.offset)

    @property
    def entry_bytes(self) -> int:
        """Bytes of an entry."""
        return 4 + 2 * self.offset_bytes

    @property
    def header_bytes(self) -> int:
        """Bytes in front of everything."""
        return 2 * self.offset_bytes

    def header(self, first: int) -> bytes:
        """The beginning of a file whose first directory is at `first`."""
        mark = b"II" if self.order == "<" else b"MM"
        version = (42,) if self.offset == "I" else (43, 8, 0)
        return mark + struct.pack(f"{self.order}{len(version)}H{self.offset}", *version, first)


_DIALECTS: Mapping[bytes, Dialect] = {
    b"II*\0": Dialect("<", "H", "I"),
    b"MM\0*": Dialect(">", "H", "I"),
    b"II+\0": Dialect("<", "Q", "Q"),
    b"MM\0+": Dialect(">", "Q", "Q"),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the file."""

    start: int
    size: int

    @property
    def end(self) -> int:
        """Where it is over."""
        return self.start + self.size


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a directory: its tag, the type of its values, how many they are, and where they lie.

    Where the type is unknown or the values run past the end of the file, `place` says nothing and is empty.
    """

    tag: int
    form: int
    count: int
    place: Span
    inline: bool


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory: the first entry of each tag, and all its tags in order."""

    place: Span
    entries: Mapping[int, Entry]
    tags: tuple[int, ...]

    def __contains__(self, tag: int) -> bool:
        return tag in self.entries


@dataclass(frozen=True, slots=True)
class Value:
    """What is written for a tag: the type, how many there are, and the bytes, which stand in the file's byte order."""

    form: int
    count: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Tape:
    """A seekable TIFF and what its header says."""

    file: BinaryIO
    size: int
    dialect: Dialect
    untrusted_first: int

    @classmethod
    def of(cls, file: BinaryIO) -> Tape:
        """Raises DamagedFileError where the stream does not begin as a TIFF does."""
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = file.read(16)
        if not head:
            message = "the file is empty: copy it again from where it came"
            raise DamagedFileError(message)
        dialect = _DIALECTS.get(head[:4])
        if dialect is None or len(head) < dialect.header_bytes:
            refuse("does not begin with a header")
        (untrusted_first,) = struct.unpack_from(dialect.order + dialect.offset, head, dialect.offset_bytes)
        if dialect.header(untrusted_first) != head[: dialect.header_bytes]:
            refuse("has a header of the wrong form")
        return cls(file, size, dialect, untrusted_first)

    def take(self, span: Span) -> bytes:
        """The bytes of a span that lies within the file."""
        self.file.seek(span.start)
        data = self.file.read(span.size)
        if len(data) != span.size:
            refuse("is shorter than it says")
        return data

    def within(self, start: int, size: int) -> Span:
        """The span. Raises DamagedFileError unless it lies behind the header and before the end."""
        if start < self.dialect.header_bytes or size < 0 or start + size > self.size:
            refuse("points to a place outside of itself")
        return Span(start, size)

    def directory(self, untrusted_place: int) -> Directory:
        """The directory at a place the file names. Raises DamagedFileError."""
        dialect = self.dialect
        head = self.take(self.within(untrusted_place, dialect.count_bytes))
        (untrusted_count,) = struct.unpack(dialect.order + dialect.count, head)
        if not 0 < untrusted_count <= _MOST_ENTRIES:
            refuse("has a directory that is empty, or bigger than any picture needs")
        place = self.within(untrusted_place, dialect.count_bytes + untrusted_count * dialect.entry_bytes)
        body = self.take(place)
        entries: dict[int, Entry] = {}
        tags = []
        for start in range(dialect.count_bytes, place.size, dialect.entry_bytes):
            entry = self._entry(body, start, place.start + start)
            entries.setdefault(entry.tag, entry)
            tags.append(entry.tag)
        return Directory(place, entries, tuple(tags))

    def following(self, directory: Directory) -> int:
        """Where a directory says that the next one is; 0: nowhere. Directories of metadata may end without a word."""
        link = self.take(self.within(directory.place.end, self.dialect.offset_bytes))
        (untrusted_next,) = struct.unpack(self.dialect.order + self.dialect.offset, link)
        return int(untrusted_next)

    def _entry(self, body: bytes, start: int, position: int) -> Entry:
        dialect = self.dialect
        tag, form, untrusted_count = struct.unpack_from(f"{dialect.order}HH{dialect.offset}", body, start)
        untrusted_size = untrusted_count * form_bytes(form)
        if untrusted_size <= dialect.offset_bytes:
            value_at = position + 4 + dialect.offset_bytes
            return Entry(tag, form, untrusted_count, Span(value_at, untrusted_size), inline=True)
        (untrusted_place,) = struct.unpack_from(dialect.order + dialect.offset, body, start + 4 + dialect.offset_bytes)
        fits = dialect.header_bytes <= untrusted_place <= self.size - untrusted_size
        place = Span(untrusted_place, untrusted_size) if fits else Span(0, 0)
        return Entry(tag, form, untrusted_count, place, inline=False)

    def data(self, entry: Entry, most_bytes: int) -> bytes:
        """The bytes of an entry's values; none where they are more than `most_bytes` or cannot be read."""
        return self.take(entry.place) if 0 < entry.place.size <= most_bytes else b""

    def integers(self, entry: Entry, most: int) -> tuple[int, ...]:
        """The values of an integer type, else nothing; nothing too where there are more than `most` of them."""
        if entry.form not in _INTEGERS or entry.count > most:
            return ()
        letter = _LETTERS[entry.form]
        data = self.data(entry, entry.place.size)
        return struct.unpack(f"{self.dialect.order}{len(data) // form_bytes(entry.form)}{letter}", data)

    def pointers(self, entry: Entry, most: int) -> tuple[int, ...]:
        """The places of directories that an entry names."""
        return self.integers(entry, most) if entry.form in _POINTERS else ()

    def ratios(self, entry: Entry, most: int) -> tuple[Fraction, ...]:
        """The values of a rational type, else nothing; nothing too where one has no denominator."""
        if entry.form not in _RATIOS or entry.count > most:
            return ()
        data = self.data(entry, entry.place.size)
        letter = _LETTERS[entry.form][0]
        numbers = struct.unpack(f"{self.dialect.order}{len(data) // 4}{letter}", data)
        pairs = tuple(zip(numbers[::2], numbers[1::2], strict=True))
        return tuple(Fraction(*pair) for pair in pairs) if all(below for _, below in pairs) else ()


def form_bytes(form: int) -> int:
    """Bytes of one value of a type; 0 for types nobody knows."""
    letters = _LETTERS.get(form)
    return struct.calcsize("<" + letters) if letters else 0


def packed(dialect: Dialect, form: int, numbers: tuple[Number, ...]) -> Value:
    """Numbers as values of a type: integers, or ratios for RATIONAL."""
    count = len(numbers)
    if form in _RATIOS:
        numbers = tuple(part for number in numbers for part in Fraction(number).as_integer_ratio())
    return Value(form, count, struct.pack(f"{dialect.order}{len(numbers)}{_LETTERS[form][0]}", *numbers))


def refuse(what: str) -> NoReturn:
    """Raise DamagedFileError: the TIFF `what`."""
    message = f"the TIFF {what}: it is damaged or cut short, copy it again from where it came"
    raise DamagedFileError(message)


def decline(what: str, remedy: str) -> NoReturn:
    """Raise UnsupportedFormatError: the TIFF `what`, and what mends it."""
    message = f"the TIFF {what}: {remedy}"
    raise UnsupportedFormatError(message)
