"""Whether a line of writing tells a place: latitude and longitude, MGRS, UTM, or an Open Location Code.

Pure functions over text and geometry. Writing in a picture comes from a recogniser, so degree signs, spaces and quote
marks are taken as they come; numbers have to be in range. An angle counts on its own where it can be nothing else (a
label, a degree sign with minutes, a hemisphere with four decimals), and otherwise beside its other half, on the same
line or on the next.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from redact.model import Box

Axis: TypeAlias = Literal["latitude", "longitude"]

_LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys("\N{MASCULINE ORDINAL INDICATOR}\N{RING ABOVE}\N{RING OPERATOR}\N{SUPERSCRIPT ZERO}", "°"),
        **dict.fromkeys("\N{PRIME}\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}\N{ACUTE ACCENT}`", "'"),
        **dict.fromkeys("\N{DOUBLE PRIME}\N{RIGHT DOUBLE QUOTATION MARK}\N{LEFT DOUBLE QUOTATION MARK}", '"'),
        **dict.fromkeys("\N{MINUS SIGN}\N{EN DASH}\N{EM DASH}\N{HYPHEN}\N{NON-BREAKING HYPHEN}", "-"),
        **dict.fromkeys("\N{FULLWIDTH COMMA}\N{IDEOGRAPHIC COMMA}\N{FULLWIDTH SEMICOLON}", ","),
    }
)

_VALUE = r"""
    (?<![\d.])(?:
        (?P<packed{n}>\d{{4,10}}) (?: \.(?P<packed_decimals{n}>\d+) )?          # 4851.50 and 485124
      | (?P<degrees{n}>[-+]?\d{{1,3}}) (?:
            [.,] (?P<decimals{n}>\d+) [ ]?(?P<sign{n}>°)?                      # 48.8584°
          | (?: [ ]?(?P<degree{n}>[°*O])[ ]? | [ ]?[:-][ ]? | [ ] )
            (?P<minutes{n}>[0-5]?\d (?:\.\d+)?) (?!\d)
            (?P<minute{n}> [ ]?['"] )?
            (?: ['" :-]{{0,3}} [0-5]?\d (?:\.\d+)? (?!\d) ['" ]{{0,3}} )?      # 48°51'24.0" and 48 51 24.0
        )
    )(?!\d)
"""
_LABELLED = rf"""
    (?<![A-Z]) (?P<label>LAT(?:ITUDE)?|L[O0]N(?:G(?:ITUDE)?)?|LNG) [^A-Z0-9+-]{{0,4}} [NSEW]?[ ]?
    {_VALUE.format(n=1)} (?:[ ]?[NSEW](?![A-Z]))?
"""
# "12:30 N47.38 E8.54" and "47.38N 8.54E 12:30": a letter between two numbers belongs to either, so both are tried.
_READINGS = (
    re.compile(
        rf"{_LABELLED} | (?<![A-Z]) (?P<before>[NSEW]) [ ]?[:.]?[ ]? {_VALUE.format(n=2)} | {_VALUE.format(n=3)}",
        re.VERBOSE,
    ),
    re.compile(
        rf"{_LABELLED} | {_VALUE.format(n=2)} [ ,]? (?P<after>[NSEW]) (?![A-Z]) | {_VALUE.format(n=3)}", re.VERBOSE
    ),
)
_SAYS_PLACE = re.compile(r"(?<![A-Z])(?:GPS|POS(?:ITION)?|COORD(?:INATE)?S?|LOC(?:ATION)?|HOME|TGT|TARGET)[^A-Z0-9]*$")
_BETWEEN = re.compile(r"[ ,;:/|()\[\]°'\"]*-?")

_MGRS = re.compile(r"(?<![A-Z0-9])(\d{1,2}) ?([C-HJ-NP-X] ?[A-HJ-NP-Z][A-HJ-NP-V]) ?(\d{2,5}) ?(\d{2,5})(?![A-Z0-9])")
_MONTHS = frozenset({"FEB", "JAN", "JUL", "JUN", "MAR", "NOV", "SEP", "DEC"})
_UTM = re.compile(
    r"(?<![A-Z0-9])(\d{1,2}) ?[C-HJ-NP-X][ :,]{0,2}[EX]?[ :=]{0,2}\d{6}(?:[.,]\d+)? ?M? ?E?[ ,;/]{0,2}"
    r"[NY]?[ :=]{0,2}\d{6,8}(?:[.,]\d+)? ?M? ?N?(?![A-Z0-9])"
)
_OPEN_LOCATION_CODE = re.compile(r"(?<![A-Z0-9])[23456789CFGHJMPQRVWX]{8}\+[23456789CFGHJMPQRVWX]{2,3}(?![A-Z0-9])")


@dataclass(frozen=True, slots=True)
class Angle:
    """A number in a text that may be a latitude or longitude.

    axis:     which of the two, where a label or a hemisphere says so
    alone:    it can be nothing else
    decimals: how many decimals of a degree it is fine to; minutes count as 4, and as none where neither a degree sign
              nor a hemisphere tells them from a date
    start, end: where it stands in the text
    """

    axis: Axis | None
    alone: bool
    decimals: int
    start: int
    end: int


def tells_place(text: str) -> bool:
    """True when the text holds a whole place, or half of one that is unmistakable."""
    plain = plainly(text)
    return _is_grid(plain) or any(
        any(angle.alone for angle in found) or any(_is_pair(plain, *pair) for pair in pairwise(found))
        for found in readings(plain)
    )


def half(text: str) -> Angle | None:
    """The angle that is all the text says and may be half a place; None when there is no such thing."""
    plain = plainly(text)
    for found in readings(plain):
        if len(found) != 1 or any(sign.isalnum() for sign in plain[: found[0].start] + plain[found[0].end :]):
            continue
        if found[0].decimals >= (2 if found[0].axis else 4):
            return found[0]
    return None


def places(lines: Sequence[tuple[str, Box]]) -> tuple[int, ...]:
    """Numbers of the lines, given as text and bounds, that tell a place alone or together with a neighbour."""
    alone = {number for number, (text, _) in enumerate(lines) if tells_place(text)}
    halves = [(number, angle) for number, (text, _) in enumerate(lines) if (angle := half(text))]
    together = {
        number
        for number, angle in halves
        for other, counterpart in halves
        if number != other and _agree(angle, counterpart) and are_neighbours(lines[number][1], lines[other][1])
    }
    return tuple(sorted(alone | together))


def are_neighbours(one: Box, other: Box) -> bool:
    """True when two lines stand closely one below the other, or side by side less than three line heights apart."""
    height = max(one.height, other.height)
    apart = max(one.left, other.left) - min(one.right, other.right)
    above = max(one.top, other.top) - min(one.bottom, other.bottom)
    return (above < 1.5 * height and apart < 0) or (above < -0.5 * min(one.height, other.height) and apart < 3 * height)


def plainly(text: str) -> str:
    """The text in capitals, with one sign for each thing that has many and one space for many."""
    normal = unicodedata.normalize("NFKC", text.translate(_LOOKALIKES)).translate(_LOOKALIKES)
    return " ".join(normal.upper().split())


def readings(plain: str) -> Iterator[tuple[Angle, ...]]:
    """The numbers of the text that may be an angle and are in range, from left to right; once for each way to read."""
    for pattern in _READINGS:
        yield tuple(angle for match in pattern.finditer(plain) if (angle := _angle(match)))


def _angle(match: re.Match[str]) -> Angle | None:
    part = {name.rstrip("123"): value for name, value in match.groupdict().items() if value is not None}
    axis = _axis(part.get("label") or part.get("before") or part.get("after"))
    if abs(int(part.get("degrees", 0))) > (90 if axis == "latitude" else 180):
        return None
    return Angle(axis, _is_alone(part), _decimals(part, axis), match.start(), match.end())


def _axis(named: str | None) -> Axis | None:
    if named is None:
        return None
    return "latitude" if named in ("N", "S") or named.startswith("LA") else "longitude"


def _decimals(part: dict[str, str], axis: Axis | None) -> int:
    if "decimals" in part:
        return len(part["decimals"])
    return 4 if axis or part.get("degree") == "°" else 0


def _is_alone(part: dict[str, str]) -> bool:
    if "label" in part:
        return True
    if "degree" in part and "minutes" in part:
        return "minute" in part and part["degree"] == "°"
    fine = len(part.get("decimals", "")) >= 4 or len(part.get("packed_decimals", "")) >= 2
    return fine and ("before" in part or "after" in part or "sign" in part)


def _is_pair(plain: str, first: Angle, second: Angle) -> bool:
    """True when two angles stand side by side and are fine enough to be a place."""
    if not _BETWEEN.fullmatch(plain[first.end : second.start]) or not _agree(first, second):
        return False
    said = (first.axis and second.axis) or _SAYS_PLACE.search(plain[: first.start])
    return min(first.decimals, second.decimals) >= (2 if said else 4)


def _agree(one: Angle, other: Angle) -> bool:
    """True when they can be the two halves of a place."""
    return one.axis != other.axis if one.axis and other.axis else one.axis is other.axis


def _is_grid(plain: str) -> bool:
    """True when the text holds an MGRS or UTM reference or an Open Location Code."""
    return (
        any(_is_mgrs(*groups) for groups in _MGRS.findall(plain))
        or any(1 <= int(zone) <= 60 for zone in _UTM.findall(plain))
        or _OPEN_LOCATION_CODE.search(plain) is not None
    )


def _is_mgrs(zone: str, letters: str, east: str, north: str) -> bool:
    digits = len(east + north)
    is_date = letters in _MONTHS and digits == 4
    return 1 <= int(zone) <= 60 and digits % 2 == 0 and not is_date
