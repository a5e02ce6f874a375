"""EXIF, the same in every still: a TIFF block (TIFF 6.0, EXIF 3.0 / CIPA DC-008).

Where location hides: the GPS directory; the thumbnail (IFD1) with an EXIF block of its own; maker notes; the user
comment, descriptions and the Windows XP* texts; IPTC, XMP and GeoTIFF tags in IFD0; bytes that no directory points to.

Dropped: all of it. A block is never edited. What may stay is read, checked value by value, and put into a *fresh*
block, so nothing rides along: no slack, no second directory, no unused denominator.

Kept: the orientation; when asked for also times, the exposure, the author and the colour space. `_KEEPABLE` is the
whole list. The first entry of a tag decides, and a value that is not of the form its tag demands is dropped.
Orientation 1 and colour space 1 (sRGB) are what a reader assumes without the tag, so they need none.

Not handled: the meaning of maker notes (named, never read); an author or lens name that is itself a place; texts in
another coding than ASCII or UTF-8, which are dropped.

Blocks are walked here and not by a library: directories may overlap, and what reads each of them whole needs hours for
a hostile block of 64 kB. This walk visits a bounded number of entries and looks at small values only.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import piexif

from redact.model import Field, Keep, Kind

PREFIX = b"Exif\0\0"
"""What stands before the block in a JPEG, and in some PNG and WebP files."""

_MOST_ENTRIES = 2048
_LARGEST_VALUE_BYTES = 1024
_HEADERS = {b"II*\0": "<", b"MM\0*": ">"}
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i"}
_SHORT_OR_LONG = (3, 4)
_RATIONALS = {5: "I", 10: "i"}
_TEXTS = (2, 7)
_POINTERS = {0x8769: "Exif IFD", 0x8825: "GPS IFD", 0xA005: "Interoperability IFD", 0x014A: "SubIFD"}
_SYNTAX = (0x8769, 0xA005)
_IMPLIED = {("IFD0", 0x0112): (1,), ("Exif IFD", 0xA001): (1,)}
_PREVIEWS = ("IFD1", "SubIFD")


@dataclass(frozen=True, slots=True)
class _Entry:
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


def is_meant(payload: bytes) -> bool:
    """True when a payload begins with "Exif", however it is spelt: such a block is named, readers may not see it."""
    return payload[:4].lower() == PREFIX[:4].lower()


def block_in(payload: bytes) -> bytes:
    """The TIFF block to be named in a payload that may or may not begin with "Exif" and two bytes."""
    return payload[len(PREFIX) :] if is_meant(payload) else payload


def is_block(untrusted: bytes) -> bool:
    """True when the bytes begin as a TIFF block does."""
    return untrusted[:4] in _HEADERS


def fields(block: bytes, carrier: str) -> Iterator[Field]:
    """Every entry of every directory in a TIFF block; a block that cannot be read is one unknown field.

    An entry that says what holds without it, that a picture is upright or in sRGB, is nothing that could go.
    carrier: where the block was found, as "EXIF" or "PNG eXIf"
    """
    found = False
    for entry in _entries(block):
        found = True
        if entry.tag not in _SYNTAX and entry.integers() != _IMPLIED.get((entry.directory, entry.tag)):
            yield Field(_name(entry), _kind(entry), f"{carrier} {entry.directory}")
    if not found:
        yield Field("EXIF", "unknown", carrier)


def kept(block: bytes, keep: Keep) -> bytes | None:
    """A fresh TIFF block with what may stay of `block`; None where nothing has to.

    block: hostile, may be anything, with or without PREFIX
    keep:  kinds of metadata, see redact.model.KINDS; those that `_KEEPABLE` does not know are never kept
    """
    values: dict[str, dict[int, _Value]] = {"IFD0": {}, "Exif IFD": {}}
    decided: set[tuple[str, int]] = set()
    for entry in _entries(block.removeprefix(PREFIX)):
        place = entry.directory, entry.tag
        rule = _KEEPABLE.get(place)
        if rule is None or rule.kind not in keep or place in decided:
            continue
        decided.add(place)
        value = rule.read(entry)
        if value is not None:
            values[entry.directory][entry.tag] = value
    if not any(values.values()):
        return None
    fresh = {"0th": dict(sorted(values["IFD0"].items())), "Exif": dict(sorted(values["Exif IFD"].items()))}
    written: bytes = piexif.dump(fresh)
    return written.removeprefix(PREFIX)


def _entries(block: bytes) -> Iterator[_Entry]:
    """Every entry that can be reached, each directory once, never more than _MOST_ENTRIES."""
    order = _HEADERS.get(block[:4])
    if order is None or len(block) < 8:
        return
    waiting: list[tuple[str, int]] = [("IFD0", struct.unpack_from(f"{order}I", block, 4)[0])]
    visited: set[int] = set()
    left = _MOST_ENTRIES
    while waiting and left > 0:
        directory, untrusted_offset = waiting.pop(0)
        if untrusted_offset in visited or not 8 <= untrusted_offset <= len(block) - 2:
            continue
        visited.add(untrusted_offset)
        (untrusted_count,) = struct.unpack_from(f"{order}H", block, untrusted_offset)
        first = untrusted_offset + 2
        count = min(untrusted_count, (len(block) - first) // 12, left)
        left -= count
        for position in range(first, first + 12 * count, 12):
            entry = _entry(block, position, directory, order)
            yield entry
            if entry.tag in _POINTERS:
                waiting.extend((_POINTERS[entry.tag], offset) for offset in _offsets(entry))
        after = first + 12 * untrusted_count
        if directory in ("IFD0", "IFD1") and after + 4 <= len(block):
            waiting.append(("IFD1", struct.unpack_from(f"{order}I", block, after)[0]))


def _entry(block: bytes, position: int, directory: str, order: str) -> _Entry:
    tag, form, untrusted_count = struct.unpack_from(f"{order}HHI", block, position)
    untrusted_size = untrusted_count * _TYPE_BYTES.get(form, 0)
    start = position + 8
    if untrusted_size > 4:
        (start,) = struct.unpack_from(f"{order}I", block, start)
    fits = untrusted_size <= _LARGEST_VALUE_BYTES and start + untrusted_size <= len(block)
    return _Entry(directory, tag, form, order, block[start : start + untrusted_size] if fits else b"")


def _offsets(pointer: _Entry) -> tuple[int, ...]:
    # Type 13 is IFD: an offset like any LONG, but for this alone.
    return pointer.unpacked("I") if pointer.form in (4, 13) else ()


def _name(entry: _Entry) -> str:
    table = {"GPS IFD": "GPS", "Exif IFD": "Exif", "Interoperability IFD": "Interop"}.get(entry.directory, "Image")
    known = piexif.TAGS[table].get(entry.tag)
    return str(known["name"]) if known else f"0x{entry.tag:04X}"


def _kind(entry: _Entry) -> Kind:
    rule = _KEEPABLE.get((entry.directory, entry.tag))
    if rule is not None:
        return rule.kind
    if entry.directory == "GPS IFD":
        return "location"
    if entry.directory in _PREVIEWS:
        return "preview"
    return _KINDS.get(entry.tag, "unknown")


_Value: TypeAlias = Any
"""A value as piexif takes it: an integer, bytes of text, or pairs of integers."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a tag may hold. `read` gives the value in its plainest form, None where it is anything else."""

    kind: Kind
    read: Callable[[_Entry], _Value | None]


def _one_of(numbers: range | frozenset[int]) -> Callable[[_Entry], int | None]:
    def read(entry: _Entry) -> int | None:
        values = entry.integers()
        return values[0] if values and values[0] in numbers else None

    return read


def _orientation(entry: _Entry) -> int | None:
    """One SHORT or LONG, 2..8: pictures are looked at as it tells, so it is read as where they are turned."""
    values = entry.integers() if entry.form in _SHORT_OR_LONG else ()
    return values[0] if len(values) == 1 and 2 <= values[0] <= 8 else None


def _matching(pattern: str) -> Callable[[_Entry], bytes | None]:
    form = re.compile(pattern, re.ASCII)

    def read(entry: _Entry) -> bytes | None:
        text = entry.text()
        return text.encode("utf-8") if form.fullmatch(text) else None

    return read


def _words(most: int) -> Callable[[_Entry], bytes | None]:
    def read(entry: _Entry) -> bytes | None:
        text = entry.text()
        return text.encode("utf-8") if 0 < len(text) <= most and text.isprintable() and "\ufffd" not in text else None

    return read


def _ratios(least: int, most: int, count: int = 1) -> Callable[[_Entry], _Value | None]:
    def read(entry: _Entry) -> _Value | None:
        values = entry.ratios()
        if len(values) != count or not all(least <= value <= most for value in values):
            return None
        if any(0 < abs(value) < _TINIEST for value in values):
            return None
        pairs = tuple(_plain(value).as_integer_ratio() for value in values)
        return pairs[0] if count == 1 else pairs

    return read


_TINIEST = Fraction(1, 1_000_000)
"""Below the time of any shutter; rounded, it might not fit into 32 bits."""


def _plain(value: Fraction) -> Fraction:
    """The nearest number of three digits, or one over such a number, as shutter times are.

    Two 32-bit numbers have room for a coordinate, three digits have not.
    """
    if not value:
        return value
    return min(_three_digits(value), 1 / _three_digits(1 / value), key=lambda each: abs(each - value))


def _three_digits(value: Fraction) -> Fraction:
    return Fraction(f"{float(value):.2e}")


_DATE_TIME = r"[12]\d{3}:[01]\d:[0-3]\d [0-2]\d:[0-5]\d:[0-6]\d"
_ZONE = r"[+-][01]\d:[0-5]\d"
_FRACTION = r"\d{1,6}"

_KEEPABLE: Mapping[tuple[str, int], _Rule] = {
    ("IFD0", 0x0112): _Rule("orientation", _orientation),
    ("Exif IFD", 0xA001): _Rule("colour", _one_of(frozenset((2, 0xFFFF)))),
    ("IFD0", 0x0132): _Rule("time", _matching(_DATE_TIME)),
    ("Exif IFD", 0x9003): _Rule("time", _matching(_DATE_TIME)),
    ("Exif IFD", 0x9004): _Rule("time", _matching(_DATE_TIME)),
    ("Exif IFD", 0x9010): _Rule("time", _matching(_ZONE)),
    ("Exif IFD", 0x9011): _Rule("time", _matching(_ZONE)),
    ("Exif IFD", 0x9012): _Rule("time", _matching(_ZONE)),
    ("Exif IFD", 0x9290): _Rule("time", _matching(_FRACTION)),
    ("Exif IFD", 0x9291): _Rule("time", _matching(_FRACTION)),
    ("Exif IFD", 0x9292): _Rule("time", _matching(_FRACTION)),
    ("IFD0", 0x013B): _Rule("author", _words(200)),
    ("IFD0", 0x8298): _Rule("author", _words(200)),
    ("Exif IFD", 0x829A): _Rule("camera", _ratios(0, 100_000)),
    ("Exif IFD", 0x829D): _Rule("camera", _ratios(0, 1000)),
    ("Exif IFD", 0x8822): _Rule("camera", _one_of(range(10))),
    ("Exif IFD", 0x8827): _Rule("camera", _one_of(range(1, 65536))),
    ("Exif IFD", 0x9201): _Rule("camera", _ratios(-100, 100)),
    ("Exif IFD", 0x9202): _Rule("camera", _ratios(0, 100)),
    ("Exif IFD", 0x9203): _Rule("camera", _ratios(-100, 100)),
    ("Exif IFD", 0x9204): _Rule("camera", _ratios(-100, 100)),
    ("Exif IFD", 0x9205): _Rule("camera", _ratios(0, 100)),
    ("Exif IFD", 0x9207): _Rule("camera", _one_of(range(256))),
    ("Exif IFD", 0x9208): _Rule("camera", _one_of(range(256))),
    ("Exif IFD", 0x9209): _Rule("camera", _one_of(range(128))),
    ("Exif IFD", 0x920A): _Rule("camera", _ratios(0, 100_000)),
    ("Exif IFD", 0xA402): _Rule("camera", _one_of(range(3))),
    ("Exif IFD", 0xA403): _Rule("camera", _one_of(range(2))),
    ("Exif IFD", 0xA405): _Rule("camera", _one_of(range(1, 65536))),
    ("Exif IFD", 0xA406): _Rule("camera", _one_of(range(5))),
    ("Exif IFD", 0xA432): _Rule("camera", _ratios(0, 100_000, count=4)),
    ("Exif IFD", 0xA434): _Rule("camera", _words(100)),
}
"""(directory, tag) -> what may be kept of it, and when. Only these tags have a kind that can be kept."""

_KINDS: Mapping[int, Kind] = {
    **dict.fromkeys((0x8825, 0x830E, 0x8480, 0x8482, 0x85D8, 0x87AF, 0x87B0, 0x87B1), "location"),
    **dict.fromkeys((0x000B, 0x010F, 0x0110, 0x0131, 0x013C, 0x927C, 0xA420, 0xA430, 0xA431, 0xA433, 0xA435), "device"),
    **dict.fromkeys((0xC614, 0xC615, 0xC62F), "device"),
    **dict.fromkeys(
        (0x010D, 0x010E, 0x02BC, 0x83BB, 0x8649, 0x9286, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F, 0x9213, 0xA004), "text"
    ),
    **dict.fromkeys(range(0x9400, 0x9406), "telemetry"),
    **dict.fromkeys((0x0201, 0x0202, 0x014A), "preview"),
}
"""Tag -> kind of what is never kept, outside of the GPS and the preview directories (GeoTIFF tags are locations)."""
