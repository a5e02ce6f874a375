"""What the name of a file or of a folder tells by itself: a place, or a time. Pure.

Told are: two coordinates in decimal degrees, in degrees and minutes with hemispheres, and as in ISO 6709; MGRS with
gaps; full plus codes; dates, with a time and without. Not told, because other names look the same: geohashes, short
plus codes, bare numbers, counters, seconds since 1970.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterable
from typing import TypeAlias

from redact.model import Code, Field, Flag, Keep, Kind

_MARKS = r"\s°\u00ba'\u2019\u2032\"\u201d\u2033"
_PARTS = rf"(?:[{_MARKS}dm_.,-]{{1,2}}\d{{1,2}}){{1,2}}(?:[.,]\d{{1,6}})?[{_MARKS}s_-]{{0,3}}"
"""What follows the degrees: minutes, perhaps seconds, perhaps with decimals."""
_BETWEEN = r"[\s,;_-]{0,3}"

_PAIRS = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?<![\d.,vVfF])(?P<north>[+-]?\d{1,2}[.,]\d{4,12})(?:[\s,;_+~-]{1,3}|(?=[+-]))"
        r"(?P<east>[+-]?\d{1,3}[.,]\d{4,12})(?!\d)",
        r"(?i:(?<![a-z])lat(?:itude)?[\s=:_-]{0,2})(?P<north>[+-]?\d{1,2}[.,]\d{3,12})" + _BETWEEN
        + r"(?i:lo?ng?(?:itude)?[\s=:_-]{0,2})(?P<east>[+-]?\d{1,3}[.,]\d{3,12})(?!\d)",
        rf"(?<![A-Za-z\d])[NS]\s?(?P<north>\d{{1,2}}[.,]\d{{2,12}}){_BETWEEN}[EWO]\s?(?P<east>\d{{1,3}}[.,]\d{{2,12}})(?!\d)",
        rf"(?<![\d.,])(?P<north>\d{{1,2}}[.,]\d{{2,12}})[\s°]{{0,2}}[NS]{_BETWEEN}"
        r"(?P<east>\d{1,3}[.,]\d{2,12})[\s°]{0,2}[EWO](?![A-Za-z])",
        r"(?<!\d)(?P<north>[+-]\d{2})(?:\d\d){0,2}\.\d{2,9}(?P<east>[+-][01]\d\d)(?:\d\d){0,2}\.\d{2,9}(?!\d)",
        rf"(?<!\d)(?P<north>\d{{1,2}}){_PARTS}[NS]{_BETWEEN}(?P<east>\d{{1,3}}){_PARTS}[EWO](?![A-Za-z])",
        rf"(?<![A-Za-z\d])[NS](?P<north>\d{{1,2}}){_PARTS}{_BETWEEN}[EWO](?P<east>\d{{1,3}}){_PARTS}(?!\d)",
        r"(?<!\d)(?P<north>\d\d)[0-5]\d[0-5]\d(?:\.\d+)?[NS][\s,;_-]?"
        r"(?P<east>[01]\d\d)[0-5]\d[0-5]\d(?:\.\d+)?[EW](?![A-Za-z])",
    )
)  # fmt: skip
"""Texts that hold a latitude and a longitude: decimal; named; with hemispheres before and behind; ISO 6709; with
minutes, hemispheres behind and before; and run together. The groups hold, or begin with, the degrees."""

_CODES = (
    # Open Location Code: eight characters, a plus, and two to five more
    re.compile(r"(?<![A-Z\d])[2-9C][2-9CFGHJMPQRV][2-9CFGHJMPQRVWX]{6}\+[2-9CFGHJMPQRVWX]{2,5}(?![A-Z\d])"),
    # MGRS: zone, square, easting, northing
    re.compile(r"(?<!\d)(?:[1-9]|[1-5]\d|60)[C-HJ-NP-X][\s_-][A-HJ-NP-Z][A-HJ-NP-V][\s_-]\d{4,5}[\s_-]\d{4,5}(?!\d)"),
)

_YEAR = r"(?P<year>19[789]\d|20[0-6]\d)"
_DATES = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"(?<!\d){_YEAR}(?P<gap>[-_. ]?)(?P<month>\d\d)(?P=gap)(?P<day>\d\d)(?!\d)",
        rf"(?<!\d){_YEAR}(?P<month>\d\d)(?P<day>\d\d)(?=[0-2]\d[0-5]\d[0-5]\d(?:\d{{3}})?(?!\d))",
        rf"(?<!\d)(?P<day>\d\d)(?P<gap>[-_.])(?P<month>\d\d)(?P=gap){_YEAR}(?!\d)",
        rf"(?<!\d)(?P<month>\d\d)(?P<gap>[-_.])(?P<day>\d\d)(?P=gap){_YEAR}(?!\d)",
    )
)

_FLAGGED: tuple[tuple[Kind, Code], ...] = (("location", "name-tells-place"), ("time", "name-tells-time"))
CODES: frozenset[Code] = frozenset(code for _, code in _FLAGGED)
"""Of the flags raised here."""

_LONGEST_NAME = 1024

FILE_NAME = "file name"
"""Where a field is that a file's name tells."""

Named: TypeAlias = tuple[str, str]
"""What is named, "file" or "folder", and its name."""


def kinds(name: str) -> tuple[Kind, ...]:
    """What a name tells: nothing, "location", "time" or both."""
    name = name[:_LONGEST_NAME]
    pair = any(_is_place(match) for pattern in _PAIRS for match in pattern.finditer(name))
    place = pair or any(pattern.search(name) for pattern in _CODES)
    date = any(_is_date(match) for pattern in _DATES for match in pattern.finditer(name))
    told: tuple[tuple[Kind, bool], ...] = (("location", place), ("time", date))
    return tuple(kind for kind, tells in told if tells)


def fields(name: str) -> tuple[Field, ...]:
    """One field for each kind that the name of a file tells."""
    return tuple(Field(FILE_NAME, kind, FILE_NAME) for kind in kinds(name))


def attention(names: Iterable[Named], keep: Keep) -> tuple[Flag, ...]:
    """What to tell whoever publishes something under these names, counted; it holds nothing of the names.

    keep: kinds that may be told
    """
    told = Counter((kind, what) for what, name in names for kind in kinds(name) if kind not in keep)
    return tuple(
        Flag(code, what, count) for kind, code in _FLAGGED for (each, what), count in told.items() if each == kind
    )


def _is_place(match: re.Match[str]) -> bool:
    north, east = (abs(float(match[side].replace(",", "."))) for side in ("north", "east"))
    return north <= 90 and east <= 180


def _is_date(match: re.Match[str]) -> bool:
    year, month, day = (int(match[part]) for part in ("year", "month", "day"))
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
