"""The TIFF block inside EXIF: a strict walk against an allow-list of tags.

TIFF 6.0 and Exif 3.0 (CIPA DC-008). Location hides in the GPS directory, maker notes, user comments, thumbnails
(directory 1), and in bytes that no directory refers to: so every byte has to belong to a directory or to a value.

A GPS directory is allowed where a policy keeps positions coarse, and only if all it tells is the centre of a cell.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from redact.checks import grid
from redact.checks.reading import Flaw
from redact.checks.structure import wording
from redact.model import Keep

_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}

_BYTE, _ASCII, _SHORT, _LONG, _RATIONAL, _SIGNED_RATIONAL = 1, 2, 3, 4, 5, 10
_SIZES = {_BYTE: 1, _ASCII: 1, _SHORT: 2, _LONG: 4, _RATIONAL: 8, _SIGNED_RATIONAL: 8}
"""Type -> bytes of one value, of the types that allowed tags have."""

_INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i"}
"""Type -> struct's code, of all integers."""

ORIENTATION = 0x0112
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_DIRECTORIES = {("IFD0", _EXIF_IFD): "Exif", ("IFD0", _GPS_IFD): "GPS"}
"""(directory, tag) of a pointer -> what it points to."""

_LONGEST_GAP = 5
"""Bytes, all zero: the pointer to no next directory, which some writers leave out, and the padding of an odd value."""


@dataclass(frozen=True)
class Entry:
    """One tag: the directory it stands in, its value's bytes, and the order they are in ("<" or ">")."""

    directory: str
    tag: int
    kind: int
    count: int
    value: bytes
    order: str

    def numbers(self, code: str) -> tuple[int, ...]:
        """The value as numbers of one of struct's kinds, as many as it has room for."""
        return struct.unpack_from(f"{self.order}{len(self.value) // struct.calcsize(code)}{code}", self.value)


def inspect(block: bytes, keep: Keep) -> int:
    """How many tags the block holds. Raises Flaw for a tag that is not allowed and for bytes nothing refers to."""
    used = [(0, 8)]
    found = []
    for entry in _walk(block, used):
        _admit(entry, keep)
        found.append(entry)
    _demand_cover(block, used)
    if keep.grid_km is not None:
        _demand_coarse([entry for entry in found if entry.directory == "GPS"], keep.grid_km)
    return len(found)


def is_block(untrusted: bytes) -> bool:
    """True for bytes that begin as a TIFF block does."""
    return untrusted[:4] in _ORDERS


def bare(untrusted: bytes) -> bytes:
    """A block without the prefix that JPEG has before it, and other containers only by mistake."""
    return untrusted[6:] if untrusted[:4].lower() == b"exif" else untrusted


def orientation(block: bytes) -> int:
    """The EXIF orientation, 1 to 8, as the standard writes it; 1 where none is told or the block cannot be read."""
    for order, kind, count, value in _orientations(block):
        number = struct.unpack(order + "H", value[:2])[0]
        return number if (kind, count) == (_SHORT, 1) and 1 <= number <= 8 else 1
    return 1


def orientations(block: bytes) -> frozenset[int]:
    """All orientations that a block tells, by every entry of that tag and in integers of any size."""
    told = set()
    for order, kind, _, value in _orientations(block):
        if kind in _INTEGERS:
            told.add(struct.unpack_from(order + _INTEGERS[kind], value)[0])
    return frozenset(told & set(range(1, 9)))


def _orientations(block: bytes) -> Iterator[tuple[str, int, int, bytes]]:
    """Byte order, type, count and the value's four bytes of each orientation in the first directory of a block."""
    order = _ORDERS.get(block[:4])
    if order is None or len(block) < 8:
        return
    (untrusted_start,) = struct.unpack_from(order + "I", block, 4)
    if untrusted_start + 2 > len(block):
        return
    (untrusted_count,) = struct.unpack_from(order + "H", block, untrusted_start)
    first = untrusted_start + 2
    for place in range(first, min(first + 12 * untrusted_count, len(block) - 11), 12):
        tag, kind, count = struct.unpack_from(order + "HHI", block, place)
        if tag == ORIENTATION:
            yield order, kind, count, block[place + 8 : place + 12]


def _walk(block: bytes, used: list[tuple[int, int]]) -> Iterator[Entry]:
    order = _ORDERS.get(block[:4])
    if order is None or len(block) < 8:
        message = "EXIF without a TIFF header"
        raise Flaw(message)
    pending = [("IFD0", int(struct.unpack_from(order + "I", block, 4)[0]))]
    seen = set()
    while pending:
        name, start = pending.pop()
        if name in seen:
            message = f"EXIF points to its {name} twice"
            raise Flaw(message)
        seen.add(name)
        for entry in _directory(block, order, name, start, used):
            yield entry
            if (entry.directory, entry.tag) in _DIRECTORIES:
                pending.append((_DIRECTORIES[entry.directory, entry.tag], _place(entry)))


def _place(pointer: Entry) -> int:
    if (pointer.kind, pointer.count) != (_LONG, 1):
        message = "EXIF points to another directory in a way of its own"
        raise Flaw(message)
    return pointer.numbers("I")[0]


def _directory(block: bytes, order: str, name: str, start: int, used: list[tuple[int, int]]) -> Iterator[Entry]:
    if start + 2 > len(block):
        message = f"EXIF {name} lies outside its block"
        raise Flaw(message)
    (untrusted_entries,) = struct.unpack_from(order + "H", block, start)
    end = start + 2 + 12 * untrusted_entries
    if end > len(block):
        message = f"EXIF {name} is longer than its block"
        raise Flaw(message)
    if name == "IFD0" and block[end : end + 4] != bytes(4):
        message = f"EXIF {name} is followed by another directory"
        raise Flaw(message)
    used.append((start, end))
    for place in range(start + 2, end, 12):
        yield _entry(block, order, name, place, used)


def _entry(block: bytes, order: str, name: str, place: int, used: list[tuple[int, int]]) -> Entry:
    tag, kind, untrusted_count = struct.unpack_from(order + "HHI", block, place)
    if kind not in _SIZES:
        message = f"EXIF tag {tag:#06x} is of a type that no allowed tag has"
        raise Flaw(message)
    size = untrusted_count * _SIZES[kind]
    if size <= 4:
        value, rest = block[place + 8 : place + 8 + size], block[place + 8 + size : place + 12]
        if any(rest):
            message = f"EXIF tag {tag:#06x} hides bytes behind its value"
            raise Flaw(message)
    else:
        (start,) = struct.unpack_from(order + "I", block, place + 8)
        if start + size > len(block):
            message = f"the value of EXIF tag {tag:#06x} lies outside its block"
            raise Flaw(message)
        used.append((start, start + size))
        value = block[start : start + size]
    return Entry(name, tag, kind, untrusted_count, value, order)


def _admit(entry: Entry, keep: Keep) -> None:
    if (entry.directory, entry.tag) == ("IFD0", _EXIF_IFD):
        return
    if keep.grid_km is not None and (entry.directory == "GPS" or entry.tag == _GPS_IFD):
        # What it may hold is told by all of it together: see `_demand_coarse`.
        return
    rule = _RULES.get((entry.directory, entry.tag))
    if rule is None or rule.kept_with not in keep:
        message = f"EXIF tag {entry.tag:#06x} in {entry.directory} is not allowed"
        raise Flaw(message)
    if entry.kind != rule.kind or not rule.allows(entry):
        message = f"the value of EXIF tag {entry.tag:#06x} is not of the form its tag has"
        raise Flaw(message)


def _demand_coarse(gps: list[Entry], grid_km: float) -> None:
    """Raise Flaw unless a GPS directory, where there is one, is the version and the centre of a cell, coded plainly."""
    if not gps:
        return
    forms = [(entry.tag, entry.kind, entry.count) for entry in gps]
    if forms != _POSITION or gps[0].value != _GPS_VERSION:
        message = "the GPS directory of EXIF tells more than a coarse position"
        raise Flaw(message)
    _, south, latitude, west, longitude = gps
    if not grid.is_centre(_degrees(south, latitude, b"NS"), _degrees(west, longitude, b"EW"), grid_km):
        message = f"the position in EXIF is not the centre of a cell of {grid_km:g} km"
        raise Flaw(message)


def _degrees(reference: Entry, value: Entry, letters: bytes) -> float:
    """What a direction and three whole numbers tell. Raises Flaw for a direction or a number that is none such."""
    numbers = value.numbers("I")
    (degrees, minutes, seconds), below = numbers[::2], numbers[1::2]
    letter, zero = reference.value
    if zero or letter not in letters or below != (1, 1, 1) or max(minutes, seconds) > 59:
        message = "the position in EXIF is not written plainly"
        raise Flaw(message)
    angle = degrees + minutes / 60 + seconds / 3600
    if letter == letters[0]:
        return angle
    if not angle:
        message = "the position in EXIF is not written plainly"
        raise Flaw(message)
    return -angle


def _demand_cover(block: bytes, used: list[tuple[int, int]]) -> None:
    position = 0
    for start, end in [*sorted(used), (len(block), len(block))]:
        if start < position:
            message = "parts of EXIF overlap"
            raise Flaw(message)
        if start - position > _LONGEST_GAP or any(block[position:start]):
            message = f"{start - position} bytes of EXIF belong to nothing"
            raise Flaw(message)
        position = end


@dataclass(frozen=True)
class _Rule:
    """What one tag may hold: the kind of metadata that has to be kept for it, its TIFF type, and which values."""

    kept_with: str
    kind: int
    allows: Callable[[Entry], bool]


def _one_of(numbers: Container[int], kept_with: str = "camera") -> _Rule:
    return _Rule(kept_with, _SHORT, lambda entry: entry.count == 1 and entry.numbers("H")[0] in numbers)


def _time(pattern: str) -> _Rule:
    form = re.compile(pattern.encode("ascii") + rb"\0")
    return _Rule("time", _ASCII, lambda entry: form.fullmatch(entry.value) is not None)


def _text(form: Callable[[str], bool], kept_with: str) -> _Rule:
    """A text of that form, with one zero behind it."""

    def allows(entry: Entry) -> bool:
        return entry.value[-1:] == b"\0" and form(entry.value[:-1].decode("utf-8", "surrogateescape"))

    return _Rule(kept_with, _ASCII, allows)


def _ratio(least: int, most: int, count: int = 1, *, kind: int = _RATIONAL) -> _Rule:
    """So many fractions in lowest terms, each within limits and of three digits, or one over three digits.

    Two numbers of 32 bits have room for a coordinate; a shutter time needs less.
    """

    def allows(entry: Entry) -> bool:
        numbers = entry.numbers("I" if kind == _RATIONAL else "i")
        pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
        return len(pairs) == count and all(
            below > 0 and gcd(above, below) == 1 and least * below <= above <= most * below and _is_short(above, below)
            for above, below in pairs
        )

    return _Rule("camera", kind, allows)


def _is_short(above: int, below: int) -> bool:
    value = Fraction(above, below)
    return not value or any(Fraction(f"{float(each):.2e}") == each for each in (value, 1 / value))


_GPS_VERSION = bytes((2, 3, 0, 0))
_POSITION = [(0, _BYTE, 4), (1, _ASCII, 2), (2, _RATIONAL, 3), (3, _ASCII, 2), (4, _RATIONAL, 3)]
"""Tag, type and count of all that a coarse position has, in order: version, latitude, longitude."""

_MOMENT = r"[12]\d{3}:[01]\d:[0-3]\d [0-2]\d:[0-5]\d:[0-6]\d"
_ZONE = r"[+-][01]\d:[0-5]\d"

_RULES: dict[tuple[str, int], _Rule] = {
    ("IFD0", ORIENTATION): _one_of(range(1, 9), "orientation"),
    ("Exif", 0xA001): _one_of({1, 2, 0xFFFF}, "colour"),
    ("IFD0", 0x013B): _text(wording.is_credit, "author"),
    ("IFD0", 0x8298): _text(wording.is_credit, "copyright"),
    ("IFD0", 0x0132): _time(_MOMENT),
    **dict.fromkeys((("Exif", 0x9003), ("Exif", 0x9004)), _time(_MOMENT)),
    **dict.fromkeys((("Exif", tag) for tag in range(0x9010, 0x9013)), _time(_ZONE)),
    **dict.fromkeys((("Exif", tag) for tag in range(0x9290, 0x9293)), _time(r"\d{1,6}")),
    ("Exif", 0x829A): _ratio(0, 100_000),  # exposure time
    ("Exif", 0x829D): _ratio(0, 1000),  # F number
    ("Exif", 0x8822): _one_of(range(10)),  # exposure program
    ("Exif", 0x8827): _one_of(range(1, 1 << 16)),  # ISO
    ("Exif", 0x9201): _ratio(-100, 100, kind=_SIGNED_RATIONAL),  # shutter speed
    ("Exif", 0x9202): _ratio(0, 100),  # aperture
    ("Exif", 0x9203): _ratio(-100, 100, kind=_SIGNED_RATIONAL),  # brightness
    ("Exif", 0x9204): _ratio(-100, 100, kind=_SIGNED_RATIONAL),  # exposure bias
    ("Exif", 0x9205): _ratio(0, 100),  # maximum aperture
    ("Exif", 0x9207): _one_of(range(256)),  # metering mode
    ("Exif", 0x9208): _one_of(range(256)),  # light source
    ("Exif", 0x9209): _one_of(range(128)),  # flash
    ("Exif", 0x920A): _ratio(0, 100_000),  # focal length
    ("Exif", 0xA402): _one_of(range(3)),  # exposure mode
    ("Exif", 0xA403): _one_of(range(2)),  # white balance
    ("Exif", 0xA405): _one_of(range(1, 1 << 16)),  # focal length on 35 mm film
    ("Exif", 0xA406): _one_of(range(5)),  # kind of scene
    ("Exif", 0xA432): _ratio(0, 100_000, 4),  # lens: focal lengths and F numbers
    ("Exif", 0xA434): _text(wording.is_lens, "camera"),  # lens
}
"""(directory, tag) -> what it may hold: what docs/formats.md says can be kept, and nothing else."""
