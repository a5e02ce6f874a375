"""Is a position the centre of a cell, so that it tells no more than in which cell it lies?

Its own arithmetic, apart from that of what writes positions. The grid (lengths of WGS 84): bands of latitude of one
height, each cut at its longest side into as many cells as come nearest to being squares, from the 180th meridian on.
"""

from __future__ import annotations

import math

_MERIDIAN_KM, _EQUATOR_KM = 20003.93, 40075.017
_HALF_SECOND = 1 / 7200 + 1e-9
"""Degrees. A centre is written in whole seconds of arc, so that it may be off by half of one."""


def is_centre(latitude: float, longitude: float, grid_km: float) -> bool:
    """True when a position, in degrees, is the centre of its cell, but for rounding to a second of arc."""
    height = 180 / round(_MERIDIAN_KM / grid_km)
    south = math.floor((latitude + 90) / height) * height - 90
    longest = max(math.cos(math.radians(edge)) for edge in (south, south + height, _nearest(0, south, south + height)))
    width = 360 / max(1, round(_EQUATOR_KM * longest / grid_km))
    west = math.floor((longitude + 180) / width) * width - 180
    aside = abs(latitude - south - height / 2), abs(longitude - west - width / 2)
    return max(aside) <= _HALF_SECOND and abs(latitude) < 90 and abs(longitude) < 180


def _nearest(value: float, least: float, most: float) -> float:
    return min(max(value, least), most)
