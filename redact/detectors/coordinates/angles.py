"""Latitudes and longitudes in text that `spelling` made plain: decimal degrees, minutes and seconds, packed digits.

Degree signs, spaces and quote marks are taken as they come; numbers have to be in range. An angle counts on its own
where it can be nothing else (a label, a degree sign with minutes, a hemisphere with four decimals, seven decimals), and
otherwise beside its other half.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Axis: TypeAlias = Literal["latitude", "longitude"]

FINEST = 7
"""Decimals of what flight controllers write, a centimetre: nobody writes anything else so finely in a picture."""

_VALUE = r"""
    (?<!\d)(?<!\d\.)(?:
        (?P<packed{n}>\d{{4,10}}) (?: \.(?P<packed_decimals{n}>\d+) )?          # 4851.50 and 485124
        (?P<packed_seconds{n}> [ ]?['"][ ]?[0-5]?\d (?:\.\d+)? (?!\d) ['"]{{0,2}} )?  # 4851'24.0", a sign lost
      | (?P<degrees{n}>[-+]?\d{{1,3}}) (?:
            {point} (?P<decimals{n}>\d+) [ ]?(?P<sign{n}>[°"])?                   # 48.8584°
          | (?: [ ]?(?P<degree{n}>[°*O"'])[ ]? | [ ]?[:-][ ]? | [ ] )
            (?P<minutes{n}>[0-5]?\d (?:\.\d+)?) (?!\d)
            (?P<minute{n}> [ ]?['"] )?
            (?P<second{n}> ['" :-]{{0,3}} [0-5]?\d (?:\.\d+)? (?!\d) ['" ]{{0,3}} )?  # 48°51'24.0" and 48 51 24.0
        )
    )(?!\d)
"""
# Behind a label a point may go unseen: "LAT 48 5597814".
_LABELLED = rf"""
    (?<![A-Z]) (?P<label>LAT(?:ITUDE)?|L[O0]N(?:G(?:ITUDE)?)?|LNG) [^A-Z0-9+-]{{0,4}} [NSEW]?[ ]?
    {_VALUE.format(n=1, point=r"(?:[.,]|[ ](?=[0-9]{5}))")} (?:[ ]?[NSEW](?![A-Z]))?
"""
_LETTERED, _BARE = (_VALUE.format(n=n, point="[.,]") for n in (2, 3))
# "12:30 N47.38 E8.54" and "47.38N 8.54E 12:30": a letter between two numbers belongs to either, so both are tried.
_READINGS = (
    re.compile(rf"{_LABELLED} | (?<![A-Z]) (?P<before>[NSEW]) [ ]?[:.]?[ ]? {_LETTERED} | {_BARE}", re.VERBOSE),
    re.compile(rf"{_LABELLED} | {_LETTERED} [ ,]? (?P<after>[NSEW]) (?![A-Z]) | {_BARE}", re.VERBOSE),
)
_SAYS_PLACE = re.compile(r"(?<![A-Z])(?:GP[S5]|POS(?:ITION)?|COORD(?:INATE)?S?|LOC(?:ATION)?|HOME|TGT|TARGET)(?![A-Z])")
_BETWEEN = re.compile(r"[ .,;:/|()\[\]°'\"]*-?")


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


def holds_angle(plain: str) -> bool:
    """True when the text holds a latitude and longitude, or one of them that is unmistakable."""
    said = _SAYS_PLACE.search(plain) is not None
    return any(
        any(angle.alone or (said and angle.decimals >= 4) for angle in found)
        or any(is_pair(plain, *pair) for pair in pairwise(found))
        for found in readings(plain)
    )


def half(plain: str) -> Angle | None:
    """The angle that is all the text says and may be half a place; None when there is no such thing.

    An icon beside it is read as a letter or two.
    """
    for found in readings(plain):
        if len(found) != 1:
            continue
        around = [sign for sign in plain[: found[0].start] + plain[found[0].end :] if sign.isalnum()]
        if len(around) <= 2 and not any(map(str.isdigit, around)) and found[0].decimals >= (2 if found[0].axis else 4):
            return found[0]
    return None


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
    minutes = len(part.get("minutes", "").partition(".")[2])
    return (
        4
        if axis or part.get("degree") == "°" or "packed_seconds" in part or minutes >= (2 if "minute" in part else 4)
        else 0
    )


def _is_alone(part: dict[str, str]) -> bool:
    if "label" in part:
        return True
    if "degree" in part and "minutes" in part:
        # A quote mark may be a degree sign that was misread, but 6'2" is a person's height.
        return "minute" in part and (part["degree"] == "°" or "second" in part)
    decimals = len(part.get("decimals", ""))
    fine = decimals >= 4 or len(part.get("packed_decimals", "")) >= 2 or "packed_seconds" in part
    return decimals >= FINEST or (fine and ("before" in part or "after" in part or "sign" in part))


def is_pair(plain: str, first: Angle, second: Angle) -> bool:
    """True when two angles stand side by side and are fine enough to be a place."""
    if not _BETWEEN.fullmatch(plain[first.end : second.start]) or not agree(first, second):
        return False
    said = (first.axis and second.axis) or _SAYS_PLACE.search(plain)
    return min(first.decimals, second.decimals) >= (2 if said else 4)


def agree(one: Angle, other: Angle) -> bool:
    """True when they can be the two halves of a place."""
    return one.axis is None or other.axis is None or one.axis != other.axis
