"""What an entry of a regions file has to be. Whatever is not raises PolicyError, and says where in the file it stands.

Regions files are edited by hand and come from elsewhere: nothing in them is believed before it went through here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import NoReturn, TypeAlias

from redact.areas import area, winds_once
from redact.errors import PolicyError
from redact.model import Box, Polygon, Region

Size: TypeAlias = tuple[int, int]
"""(width, height) of an upright frame, pixels."""

FARTHEST_PX = 1 << 24
"""No frame is so large, and no region begins so far outside of one."""

MOST_CORNERS = 2000
"""A polygon with more is painted as its bounds."""

MOST_SHOWN = 120
"""Characters of a text of the file that a message repeats."""


def refuse(where: str, problem: str) -> NoReturn:
    """Raise PolicyError for what stands there in the file."""
    message = f"{where}: {problem}"
    raise PolicyError(message)


def shown(text: object) -> str:
    """A text of the file as a message may repeat it: short, quoted, and without anything that moves a cursor."""
    short = str(text)
    return ascii(short if len(short) <= MOST_SHOWN else f"{short[:MOST_SHOWN]}...")


def name(text: str, where: str) -> str:
    """The path of a file below SRC, parts separated by "/"."""
    parts = text.split("/")
    if not text or text.startswith("/") or "\0" in text or {"", ".", ".."} & set(parts):
        refuse(where, f"{shown(text)} is no path below the folder that is redacted")
    return str(PurePosixPath(text))


def size(width: int, height: int, where: str) -> Size:
    """The size of an upright frame."""
    if not (0 < width <= FARTHEST_PX and 0 < height <= FARTHEST_PX):
        refuse(where, "a frame is at least one pixel wide and high")
    return int(width), int(height)


def box(sides: Sequence[float], frame: Size, where: str) -> Box:
    """A box of left, top, right and bottom, of which at least a part lies in a frame of that size."""
    left, top, right, bottom = (_near(each, where) for each in sides)
    return _seen(_made(lambda: Box(left, top, right, bottom), where), frame, where).bounds


def polygon(corners: Sequence[Sequence[float]], frame: Size, where: str) -> Region:
    """A polygon of (x, y) corners, of which at least a part lies in a frame of that size.

    One that goes round a place twice becomes its bounds: painters do not agree whether that place lies within. So does
    one that encloses nothing, as corners on a slanted line.
    """
    points = tuple((_near(x, where), _near(y, where)) for x, y in corners)
    if len(points) < 3:
        refuse(where, f"a polygon has three corners or more, not {len(points)}")
    outline = _made(lambda: Polygon(points), where)
    plain = len(points) <= MOST_CORNERS and winds_once(points) and area(outline) > 0
    return _seen(outline if plain else outline.bounds, frame, where)


def within(region: Region, frame: Size, where: str) -> None:
    """Raise PolicyError when no part of a region lies in a frame of that size."""
    _seen(region, frame, where)


def _near(value: float, where: str) -> float:
    if not -FARTHEST_PX <= value <= FARTHEST_PX:
        refuse(where, "a coordinate is a number of pixels, and not so far from every picture")
    return float(value)


def _made(make: Callable[[], Region], where: str) -> Region:
    try:
        return make()
    except ValueError as error:
        refuse(where, str(error))


def _seen(region: Region, frame: Size, where: str) -> Region:
    bounds = region.bounds
    if bounds.left >= frame[0] or bounds.top >= frame[1] or bounds.right <= 0 or bounds.bottom <= 0:
        refuse(where, f"the region lies outside the frame of {frame[0]} x {frame[1]} pixels")
    return region
