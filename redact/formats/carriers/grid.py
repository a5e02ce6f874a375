"""A fixed grid over the globe: a position told no finer than by the cell it lies in.

The rows are bands of latitude of one height, from pole to pole. Each row is divided into cells of one width, as many as
fit whole around the globe where the row is longest, so that a cell is about as wide as high and spans the antimeridian
nowhere. What is told of a position is the centre of its cell, in whole seconds of arc (31 m): all positions in a cell
give the same numbers, and none of the position's own digits is in them. Lengths are those of WGS 84.
"""

from __future__ import annotations

from fractions import Fraction
from math import cos, radians

WIDEST_KM = 1000
"""From a kilometre to a country; wider cells would no longer be squares."""

_POLE_TO_POLE_KM = 20003.93
_EQUATOR_KM = 40075.017
_RIGHT_ANGLE = 90 * 3600
_HALF_TURN = 180 * 3600


def centre(latitude: Fraction | int, longitude: Fraction | int, grid_km: float) -> tuple[int, int]:
    """(latitude, longitude) of the centre of the cell that a position lies in, whole seconds of arc.

    latitude, longitude: seconds of arc, north and east positive, within a right angle and half a turn of zero
    grid_km:             about how wide and high a cell is, 1..WIDEST_KM
    """
    rows = round(_POLE_TO_POLE_KM / grid_km)
    row = min(int((latitude + _RIGHT_ANGLE) * rows // _HALF_TURN), rows - 1)
    columns = round(_EQUATOR_KM * cos(radians(_nearest_to_the_equator(row, rows))) / grid_km)
    column = int((longitude + _HALF_TURN) % (2 * _HALF_TURN) * columns // (2 * _HALF_TURN))
    return (
        round(Fraction((2 * row + 1) * _RIGHT_ANGLE, rows)) - _RIGHT_ANGLE,
        round(Fraction((2 * column + 1) * _HALF_TURN, columns)) - _HALF_TURN,
    )


def width_km(latitude: int, longitude: int) -> int | None:
    """The grid, in whole kilometres, of which a position is the centre of a cell; None where it is of none.

    latitude, longitude: as for `centre`. Of several grids it is the narrowest.
    """
    widths = range(1, WIDEST_KM + 1)
    return next((km for km in widths if centre(latitude, longitude, km) == (latitude, longitude)), None)


def _nearest_to_the_equator(row: int, rows: int) -> float:
    """The latitude at which a row is longest, degrees from the equator."""
    south, north = 180 * row / rows - 90, 180 * (row + 1) / rows - 90
    return 0.0 if south < 0 < north else min(abs(south), abs(north))
