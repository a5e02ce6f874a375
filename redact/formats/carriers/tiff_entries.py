"""The entries of a TIFF block (TIFF 6.0), read defensively: what EXIF is made of.

Blocks are walked here and not by a library: directories may overlap, and what reads each of them whole needs hours for
a hostile block of 64 kB. This walk visits a bounded number of entries and looks at small values only.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

HEADERS = {b"II*\0": "<", b"MM\0*": ">"}
"""How a block begins, and which byte order that means."""

POINTERS = {0x8769: "Exif IFD", 0x8825: "GPS IFD", 0xA005: "Interoperability IFD", 0x014A: "SubIFD"}
"""Tag -> the directory that its value leads to."""

_MOST_ENTRIES = 2048
_LARGEST_VALUE_BYTES = 1024
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i"}
_RATIONALS = {5: "I", 10: "i"}
_TEXTS = (2, 7)
_TAGS = {order: struct.Struct(f"{order}H10x") for order in HEADERS.values()}
_SHORTS = {order: struct.Struct(f"{order}H") for order in HEADERS.values()}
_LONGS = {order: struct.Struct(f"{order}I") for order in HEADERS.values()}
_HEADS = {order: struct.Struct(f"{order}HHI") for order in HEADERS.values()}
_ENTRY_BYTES = 12


class Entry(NamedTuple):
    """One entry of a directory.

    form:  the TIFF type of its values, 1..13, or whatever the file says
    order: "<" or ">"
    data:  its values as coded; empty where they are too big or lie outside of the block
    """

    directory: str
    tag: int
    form: int
    order: str
    data: bytes

    def integers(self) -> tuple[int, ...]:
        """The values of an integer type, else nothing."""
        letter = _INTEGERS.get(self.form)
        return self.unpacked(letter) if letter else ()

    def ratios(self) -> tuple[Fraction, ...]:
        """The values of a rational type, else nothing; nothing too where one has no denominator."""
        letter = _RATIONALS.get(self.form)
        numbers = self.unpacked(letter) if letter else ()
        pairs = tuple(zip(numbers[::2], numbers[1::2], strict=True))
        return tuple(Fraction(*pair) for pair in pairs) if all(below for _, below in pairs) else ()

    def text(self) -> str:
        """The text up to its first zero byte; empty for other types."""
        return self.data.split(b"\0", 1)[0].decode("utf-8", "replace").strip() if self.form in _TEXTS else ""

    def unpacked(self, letter: str) -> tuple[int, ...]:
        """The bytes read as that letter of `struct`, whatever type the entry claims."""
        count = len(self.data) // struct.calcsize(letter)
        return struct.unpack_from(f"{self.order}{count}{letter}", self.data)


def entries(block: bytes, sought: Mapping[str, frozenset[int]] | None = None) -> Iterator[Entry]:
    """Every entry that can be reached, each directory once, of never more than _MOST_ENTRIES.

    sought: directory -> the tags that are wanted of it; other entries are passed over, other directories not entered
    """
    order = HEADERS.get(block[:4])
    if order is None or len(block) < 8:
        return
    short, long = _SHORTS[order], _LONGS[order]
    waiting: list[tuple[str, int]] = [("IFD0", long.unpack_from(block, 4)[0])]
    visited: set[int] = set()
    left = _MOST_ENTRIES
    while waiting and left > 0:
        directory, untrusted_offset = waiting.pop(0)
        if untrusted_offset in visited or not 8 <= untrusted_offset <= len(block) - 2:
            continue
        if sought is not None and directory not in sought:
            continue
        visited.add(untrusted_offset)
        (untrusted_count,) = short.unpack_from(block, untrusted_offset)
        first = untrusted_offset + 2
        count = min(untrusted_count, (len(block) - first) // _ENTRY_BYTES, left)
        left -= count
        tags = None if sought is None else sought[directory]
        for position in _positions(block, first, count, order, tags):
            entry = _entry(block, position, directory, order)
            yield entry
            if entry.tag in POINTERS:
                waiting.extend((POINTERS[entry.tag], offset) for offset in _offsets(entry))
        after = first + _ENTRY_BYTES * untrusted_count
        if directory in ("IFD0", "IFD1") and after + 4 <= len(block):
            waiting.append(("IFD1", long.unpack_from(block, after)[0]))


def _positions(block: bytes, first: int, count: int, order: str, tags: frozenset[int] | None) -> Iterator[int]:
    """Where the entries of a directory stand that are wanted, or lead on."""
    end = first + _ENTRY_BYTES * count
    if tags is None:
        yield from range(first, end, _ENTRY_BYTES)
        return
    # Most entries of a camera's block are none of ours, and to make something of each takes the most time of all.
    for number, (tag,) in enumerate(_TAGS[order].iter_unpack(block[first:end])):
        if tag in tags or tag in POINTERS:
            yield first + _ENTRY_BYTES * number


def _entry(block: bytes, position: int, directory: str, order: str) -> Entry:
    tag, form, untrusted_count = _HEADS[order].unpack_from(block, position)
    untrusted_size = untrusted_count * _TYPE_BYTES.get(form, 0)
    start = position + 8
    if untrusted_size > 4:
        (start,) = _LONGS[order].unpack_from(block, start)
    fits = untrusted_size <= _LARGEST_VALUE_BYTES and start + untrusted_size <= len(block)
    return Entry(directory, tag, form, order, block[start : start + untrusted_size] if fits else b"")


def _offsets(pointer: Entry) -> tuple[int, ...]:
    # Type 13 is IFD: an offset like any LONG, but for this alone.
    return pointer.unpacked("I") if pointer.form in (4, 13) else ()
