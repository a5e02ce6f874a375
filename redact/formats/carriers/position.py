"""A position in EXIF's GPS directory (EXIF 3.0, 4.6.7): read strictly, and written as the centre of a grid cell.

What is written is latitude and longitude in three whole numbers each, and the version that the standard demands. No
altitude, time, direction or speed, and no digit of the position itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from redact.formats.carriers import grid
from redact.formats.carriers.tiff_entries import Entry

DIRECTORY = "GPS IFD"

_VERSION, _LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = range(5)
_VERSION_TOLD = (2, 3, 0, 0)
_RATIONAL = 5

TAGS = frozenset({_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE})
"""What a position is read from."""


def coarse(found: Mapping[int, Entry], grid_km: float) -> dict[int, Any]:
    """The GPS directory that tells the cell of a position, for `tiff_block`; empty where no position is well formed.

    Twice zero is what devices write that do not know where they are, so it is neither read as a position nor written.
    found: tag -> entry of a GPS directory
    """
    place = _place(found)
    latitude, longitude = (0, 0) if place is None else grid.centre(*place, grid_km)
    if latitude == longitude == 0:
        return {}
    return {
        _VERSION: _VERSION_TOLD,
        _LATITUDE_REF: b"N" if latitude >= 0 else b"S",
        _LATITUDE: _written(abs(latitude)),
        _LONGITUDE_REF: b"E" if longitude >= 0 else b"W",
        _LONGITUDE: _written(abs(longitude)),
    }


def coarse_to_km(entries: Iterable[Entry]) -> int | None:
    """How wide the grid is that a whole GPS directory was made coarse to; None for any other directory."""
    found = {entry.tag: entry for entry in entries}
    if set(found) != {*TAGS, _VERSION} or found[_VERSION].data != bytes(_VERSION_TOLD):
        return None
    place = _place(found)
    if place is None or any(found[tag].unpacked("I")[1::2] != (1, 1, 1) for tag in (_LATITUDE, _LONGITUDE)):
        return None
    latitude, longitude = map(int, place)
    return grid.width_km(latitude, longitude)


def _place(found: Mapping[int, Entry]) -> tuple[Fraction, Fraction] | None:
    """(latitude, longitude) in seconds of arc, north and east positive; None where they are not well formed."""
    latitude = _side(found.get(_LATITUDE_REF), found.get(_LATITUDE), {"N": 1, "S": -1}, 90)
    longitude = _side(found.get(_LONGITUDE_REF), found.get(_LONGITUDE), {"E": 1, "W": -1}, 180)
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None
    return latitude, longitude


def _side(reference: Entry | None, value: Entry | None, signs: Mapping[str, int], most: int) -> Fraction | None:
    """Degrees, minutes and seconds of at most `most` degrees, as seconds of arc."""
    if reference is None or value is None or value.form != _RATIONAL:
        return None
    sign, numbers = signs.get(reference.text()), value.ratios()
    if sign is None or len(numbers) != 3 or max(numbers[1:]) > 60:
        return None
    degrees, minutes, seconds = numbers
    angle = 3600 * degrees + 60 * minutes + seconds
    return sign * angle if angle <= 3600 * most else None


def _written(angle: int) -> tuple[tuple[int, int], ...]:
    minutes, seconds = divmod(angle, 60)
    return tuple((number, 1) for number in (*divmod(minutes, 60), seconds))
