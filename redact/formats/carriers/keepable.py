"""Which EXIF tags may stay, when, and of what form their values have to be: the whole allow-list.

A value is read, checked, and given in its plainest form, to be written anew. What is of any other form is dropped:
numbers have no room for a coordinate, texts are of the form of names (see wording.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from redact.formats.carriers import precision, wording
from redact.formats.carriers.tiff_entries import Entry
from redact.model import Kind

Value: TypeAlias = Any
"""A value as `tiff_block` takes it: an integer, bytes of text, or pairs of integers."""

ARTIST, COPYRIGHT = ("IFD0", 0x013B), ("IFD0", 0x8298)
"""(directory, tag) of who made a picture and who owns it, which other carriers tell too."""

_SHORT_OR_LONG = (3, 4)
_DATE_TIME = r"[12]\d{3}:[01]\d:[0-3]\d [0-2]\d:[0-5]\d:[0-6]\d"
_ZONE = r"[+-][01]\d:[0-5]\d"
_FRACTION = r"\d{1,6}"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a tag may hold. `read` gives the value in its plainest form, None where it is anything else."""

    kind: Kind
    read: Callable[[Entry], Value | None]


def _one_of(numbers: range | frozenset[int]) -> Callable[[Entry], int | None]:
    def read(entry: Entry) -> int | None:
        values = entry.integers()
        return values[0] if values and values[0] in numbers else None

    return read


def _orientation(entry: Entry) -> int | None:
    """One SHORT or LONG, 2..8: pictures are looked at as it tells, so it is read as where they are turned."""
    values = entry.integers() if entry.form in _SHORT_OR_LONG else ()
    return values[0] if len(values) == 1 and 2 <= values[0] <= 8 else None


def _matching(pattern: str) -> Callable[[Entry], bytes | None]:
    form = re.compile(pattern, re.ASCII)

    def read(entry: Entry) -> bytes | None:
        text = entry.text()
        return text.encode("utf-8") if form.fullmatch(text) else None

    return read


def _worded(form: Callable[[str], str | None]) -> Callable[[Entry], bytes | None]:
    def read(entry: Entry) -> bytes | None:
        text = form(entry.text())
        return None if text is None else text.encode("utf-8")

    return read


def _ratios(least: int, most: int, count: int = 1) -> Callable[[Entry], Value | None]:
    def read(entry: Entry) -> Value | None:
        values = entry.ratios()
        if len(values) != count or not all(least <= value <= most for value in values):
            return None
        if any(0 < abs(value) < precision.TINIEST for value in values):
            return None
        pairs = tuple(precision.rounded(value).as_integer_ratio() for value in values)
        return pairs[0] if count == 1 else pairs

    return read


KEEPABLE: Mapping[tuple[str, int], Rule] = {
    ("IFD0", 0x0112): Rule("orientation", _orientation),
    ("Exif IFD", 0xA001): Rule("colour", _one_of(frozenset((2, 0xFFFF)))),
    ("IFD0", 0x0132): Rule("time", _matching(_DATE_TIME)),
    ("Exif IFD", 0x9003): Rule("time", _matching(_DATE_TIME)),
    ("Exif IFD", 0x9004): Rule("time", _matching(_DATE_TIME)),
    ("Exif IFD", 0x9010): Rule("time", _matching(_ZONE)),
    ("Exif IFD", 0x9011): Rule("time", _matching(_ZONE)),
    ("Exif IFD", 0x9012): Rule("time", _matching(_ZONE)),
    ("Exif IFD", 0x9290): Rule("time", _matching(_FRACTION)),
    ("Exif IFD", 0x9291): Rule("time", _matching(_FRACTION)),
    ("Exif IFD", 0x9292): Rule("time", _matching(_FRACTION)),
    ARTIST: Rule("author", _worded(wording.credit)),
    COPYRIGHT: Rule("copyright", _worded(wording.credit)),
    ("Exif IFD", 0x829A): Rule("camera", _ratios(0, 100_000)),
    ("Exif IFD", 0x829D): Rule("camera", _ratios(0, 1000)),
    ("Exif IFD", 0x8822): Rule("camera", _one_of(range(10))),
    ("Exif IFD", 0x8827): Rule("camera", _one_of(range(1, 65536))),
    ("Exif IFD", 0x9201): Rule("camera", _ratios(-100, 100)),
    ("Exif IFD", 0x9202): Rule("camera", _ratios(0, 100)),
    ("Exif IFD", 0x9203): Rule("camera", _ratios(-100, 100)),
    ("Exif IFD", 0x9204): Rule("camera", _ratios(-100, 100)),
    ("Exif IFD", 0x9205): Rule("camera", _ratios(0, 100)),
    ("Exif IFD", 0x9207): Rule("camera", _one_of(range(256))),
    ("Exif IFD", 0x9208): Rule("camera", _one_of(range(256))),
    ("Exif IFD", 0x9209): Rule("camera", _one_of(range(128))),
    ("Exif IFD", 0x920A): Rule("camera", _ratios(0, 100_000)),
    ("Exif IFD", 0xA402): Rule("camera", _one_of(range(3))),
    ("Exif IFD", 0xA403): Rule("camera", _one_of(range(2))),
    ("Exif IFD", 0xA405): Rule("camera", _one_of(range(1, 65536))),
    ("Exif IFD", 0xA406): Rule("camera", _one_of(range(5))),
    ("Exif IFD", 0xA432): Rule("camera", _ratios(0, 100_000, count=4)),
    ("Exif IFD", 0xA434): Rule("camera", _worded(wording.lens)),
}
"""(directory, tag) -> what may be kept of it, and when. Only these tags have a kind that can be kept."""
