"""The tags that a page keeps, and in which form: all that decoding and showing its picture needs, and nothing else.

A value is never copied. It is read as numbers, checked against what its tag may say, and written anew in one form, so
that no type, no count and no unused digit can say anything. Numbers that a file is free to choose are made too short to
hold a coordinate: resolutions keep three digits, chromaticities five places behind the point.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from redact.formats.carriers import icc
from redact.formats.jpeg.course import Key
from redact.formats.tiff import jpegs
from redact.formats.tiff.directories import (
    ASCII,
    LONG,
    RATIONAL,
    SHORT,
    UNDEFINED,
    Directory,
    Entry,
    Number,
    Tape,
    Value,
    packed,
    refuse,
)
from redact.formats.tiff.layout import JPEG, LERC, Layout
from redact.model import Keep, Kind

PROFILE, TABLES, NODATA = 34675, 347, 42113

Numbers: TypeAlias = tuple[Number, ...]

_MOST_NUMBERS = 3 * 2**16
_LARGEST_TABLES_BYTES = 2**16
_NO_TABLES = b"\xff\xd8\xff\xd9"
_LARGEST_NODATA_BYTES = 64


@dataclass(frozen=True, slots=True)
class Rule:
    """What a tag may say.

    form:   the type it is written in
    read:   numbers as found, and the layout of the page -> numbers as written; None where they say anything else
    needed: pixels decode to something else without it, so a page where `read` gives None is refused
    kind:   has to be kept for it; None where it always stays
    """

    form: int
    read: Callable[[Numbers, Layout], Numbers | None]
    needed: bool = True
    kind: Kind | None = None


def kept(tape: Tape, directory: Directory, layout: Layout, keep: Keep) -> dict[int, Value]:
    """What is written of a page, without the places and sizes of its chunks and without EXIF.

    Raises DamagedFileError where something that the picture needs is garbled.
    """
    values: dict[int, Value] = {}
    for tag, entry in directory.entries.items():
        value = _kept(tape, entry, layout, keep)
        if value is not None:
            values[tag] = value
    return values


def is_read(tag: int) -> bool:
    """True when the values of a tag are read whole, however many they are."""
    return tag in RULES or tag in _BYTES or tag == TABLES or tag in ALWAYS


def is_told(tag: int, kept_values: Mapping[int, Value]) -> bool:
    """True when a tag is metadata that has to be named: a colour, what EXIF tells, and whatever is not written."""
    is_of_the_picture = tag in ALWAYS or (tag in kept_values and (tag in RULES or tag in _BYTES or tag == TABLES))
    return tag in _COLOURS or not is_of_the_picture


def _kept(tape: Tape, entry: Entry, layout: Layout, keep: Keep) -> Value | None:
    if entry.tag in _BYTES:
        return _BYTES[entry.tag](tape, entry, layout) if entry.tag != PROFILE or "colour" in keep else None
    rule = RULES.get(entry.tag)
    if rule is None or (rule.kind is not None and rule.kind not in keep):
        return None
    found: Numbers = tape.integers(entry, _MOST_NUMBERS) or tape.ratios(entry, _MOST_NUMBERS)
    numbers = rule.read(found, layout) if found else None
    if numbers is None:
        if rule.needed:
            refuse("describes its picture in values that contradict each other, or that nobody knows")
        return None
    return packed(tape.dialect, rule.form, numbers)


def _from_layout(form: int, told: Callable[[Layout], Numbers]) -> Rule:
    """What the layout has read already."""
    return Rule(form, lambda _, layout: told(layout))


def _one_of(numbers: Container[Number], form: int = SHORT) -> Rule:
    return Rule(form, lambda found, _: found if len(found) == 1 and found[0] in numbers else None)


def _for_samples(numbers: Container[Number]) -> Rule:
    """One number for each sample, or one for all of them, or for as many as there are extra ones."""

    def read(found: Numbers, layout: Layout) -> Numbers | None:
        return found if len(found) <= layout.samples and all(each in numbers for each in found) else None

    return Rule(SHORT, read)


def _subfile(found: Numbers, _: Layout) -> Numbers:
    return (int(found[0]) & _SUBFILE_BITS,)


_SUBFILE_BITS = 7
"""A smaller picture of another page, a page of several, a mask."""


def _palette(found: Numbers, layout: Layout) -> Numbers | None:
    return found if len(found) == 3 * 2 ** min(layout.bits[0], 16) and _are_shorts(found) else None


def _transfer(found: Numbers, layout: Layout) -> Numbers | None:
    levels = 2 ** min(layout.bits[0], 16)
    return found if len(found) in (levels, 3 * levels) and _are_shorts(found) else None


def _are_shorts(numbers: Numbers) -> bool:
    return all(isinstance(each, int) and 0 <= each < 2**16 for each in numbers)


def _fractions(count: int) -> Callable[[Numbers, Layout], Numbers | None]:
    """So many numbers from 0 to 1, to five places behind the point."""

    def read(found: Numbers, _: Layout) -> Numbers | None:
        fits = len(found) == count and all(0 <= each <= 1 for each in found)
        return tuple(Fraction(round(Fraction(each) * 100_000), 100_000) for each in found) if fits else None

    return read


def _levels(found: Numbers, _: Layout) -> Numbers | None:
    """Where black and white lie of each of three colours, to whole levels."""
    fits = len(found) == 6 and all(0 <= each < 2**16 for each in found)
    return tuple(Fraction(round(each)) for each in found) if fits else None


def _resolution(found: Numbers, _: Layout) -> Numbers | None:
    if len(found) != 1 or not _FINEST <= found[0] <= _COARSEST:
        return None
    value = Fraction(found[0])
    return (value,) if value.denominator == 1 else (Fraction(f"{float(value):.2e}"),)


_FINEST, _COARSEST = Fraction(1, 100_000), 99_999

RULES: Mapping[int, Rule] = {
    254: Rule(LONG, _subfile),
    255: _one_of(range(1, 4)),
    256: _from_layout(LONG, lambda layout: (layout.width,)),
    257: _from_layout(LONG, lambda layout: (layout.length,)),
    258: _from_layout(SHORT, lambda layout: layout.bits),
    259: _from_layout(SHORT, lambda layout: (layout.compression,)),
    262: _from_layout(SHORT, lambda layout: (layout.photometric,)),
    263: Rule(SHORT, _one_of(range(1, 4)).read, needed=False),
    266: _one_of((1, 2)),
    277: _from_layout(SHORT, lambda layout: (layout.samples,)),
    278: Rule(LONG, lambda found, layout: (min(found[0], layout.length),)),
    282: Rule(RATIONAL, _resolution, needed=False),
    283: Rule(RATIONAL, _resolution, needed=False),
    284: _one_of((1, 2)),
    292: _one_of(range(8), LONG),
    293: _one_of(range(4), LONG),
    296: Rule(SHORT, _one_of(range(1, 4)).read, needed=False),
    301: Rule(SHORT, _transfer, needed=False, kind="colour"),
    317: _one_of(range(1, 4)),
    318: Rule(RATIONAL, _fractions(2), needed=False, kind="colour"),
    319: Rule(RATIONAL, _fractions(6), needed=False, kind="colour"),
    320: Rule(SHORT, _palette),
    322: _from_layout(LONG, lambda layout: (layout.across,)),
    323: _from_layout(LONG, lambda layout: (layout.down,)),
    332: _one_of((1, 2)),
    334: Rule(SHORT, lambda found, layout: found if found[0] <= layout.samples else None, needed=False),
    338: _for_samples(range(3)),
    339: _for_samples(range(1, 7)),
    529: Rule(RATIONAL, _fractions(3)),
    530: Rule(SHORT, lambda found, _: found if len(found) == 2 and set(found) <= {1, 2, 4} else None),
    531: _one_of((1, 2)),
    532: Rule(RATIONAL, _levels),
    32995: _one_of(range(3)),
    32996: _one_of(range(4)),
    50674: Rule(
        LONG, lambda found, layout: found if layout.compression == LERC and set(found) <= set(range(5)) else None
    ),
}
"""Tag -> what it may say, in baseline TIFF, its extensions, and those of SGI (32995, 32996) and LERC (50674)."""

_COLOURS = frozenset({PROFILE, *(tag for tag, rule in RULES.items() if rule.kind == "colour")})

ALWAYS = frozenset({273, 279, 324, 325, 32997, 32998})
"""Places and sizes of chunks, and depths, which are 1: read by the layout, never told."""


def _profile(tape: Tape, entry: Entry, _: Layout) -> Value | None:
    profile = icc.profile(tape.data(entry, 2 * icc.LARGEST_PROFILE_BYTES))
    return None if profile is None else Value(UNDEFINED, len(profile), profile)


def tables(tape: Tape, directory: Directory, layout: Layout, used: frozenset[Key]) -> dict[int, Value]:
    """The tables that all chunks of a JPEG share, cleaned as the chunks are; none where no chunk uses them.

    used: what the chunks take from them
    """
    if layout.compression != JPEG:
        return {}
    entry = directory.entries.get(TABLES)
    data = tape.data(entry, _LARGEST_TABLES_BYTES) if entry else _NO_TABLES
    pieces = jpegs.tables(data, used).pieces
    found = b"".join(piece if isinstance(piece, bytes) else data[piece.start : piece.end] for piece in pieces)
    return {} if found == _NO_TABLES else {TABLES: Value(UNDEFINED, len(found), found)}


def _nodata(tape: Tape, entry: Entry, _: Layout) -> Value | None:
    """GDAL's mark of pixels without a value, where it is a number that cannot be a coordinate."""
    text = tape.data(entry, _LARGEST_NODATA_BYTES).split(b"\0", 1)[0]
    try:
        number = float(text.decode("ascii"))
        spelt = _spelt(int(text) if number.is_integer() and b"e" not in text and b"." not in text else number)
    except ValueError:
        return None
    return None if spelt is None else Value(ASCII, len(spelt) + 1, spelt.encode("ascii") + b"\0")


def _spelt(number: int | float) -> str | None:
    if isinstance(number, int):
        return str(number) if abs(number) <= _LONGEST_INTEGER or number in _WHOLE_LIMITS else None
    if not math.isfinite(number) or abs(number) in _LIMITS:
        return repr(number)
    return _spelt(int(number)) if number.is_integer() else None


def _single(number: float) -> float:
    """As a 32-bit number holds it."""
    held: float = struct.unpack("<f", struct.pack("<f", number))[0]
    return held


_LONGEST_INTEGER = 99_999
_WHOLE_LIMITS = frozenset({
    *(sign * (10**digits - 1) for sign in (-1, 1) for digits in range(6, 16)),
    *(-(2**bits) for bits in (31, 63)),
    *(2**bits - 1 for bits in (31, 32, 63, 64)),
})  # fmt: skip
"""Whole numbers at which types, and people's nines, end."""
_LIMITS = frozenset({
    3.4028234663852886e38, 3.4028235e38, 3.402823e38, 3.40282e38, 3.4e38, 1.7976931348623157e308, 1.79769e308, 1e20,
    1e30, 1e37, 1e38, 9.969209968386869e36, 2.2250738585072014e-308, 1.1754943508222875e-38,
    *(_single(each) for each in (3.402823e38, 3.40282e38, 3.4e38, 1e20, 1e30, 1e37, 1e38)),
})  # fmt: skip
"""Fills that software writes, as numbers of 64 and of 32 bits."""

_BYTES: Mapping[int, Callable[[Tape, Entry, Layout], Value | None]] = {
    PROFILE: _profile,
    NODATA: _nodata,
}
