"""The grid: a position becomes the centre of its cell, about as far away as half the cell's diagonal."""

from __future__ import annotations

from fractions import Fraction
from math import asin, cos, radians, sin, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.checks.grid import is_centre
from redact.formats.carriers import grid

DEGREE = 3600
LATITUDES = st.fractions(-90 * DEGREE, 90 * DEGREE, max_denominator=10**6)
LONGITUDES = st.fractions(-180 * DEGREE, 180 * DEGREE, max_denominator=10**6)
WIDTHS = st.integers(1, grid.WIDEST_KM)
ROUNDING_KM = 0.022
"""What half a second of arc both ways can add."""


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Along a great circle of a sphere, of which a degree of latitude is as long as on the grid's globe."""
    (north, east), (up, right) = ((radians(side / DEGREE) for side in place) for place in (one, other))
    chord = sin((up - north) / 2) ** 2 + cos(north) * cos(up) * sin((right - east) / 2) ** 2
    return 2 * 6371 * asin(min(1.0, sqrt(chord)))


@given(LATITUDES, LONGITUDES, WIDTHS)
def test_a_centre_is_about_half_a_diagonal_away_at_most(latitude: Fraction, longitude: Fraction, km: int) -> None:
    moved = distance_km((float(latitude), float(longitude)), grid.centre(latitude, longitude, km))
    assert moved <= 0.73 * km + ROUNDING_KM


@given(LATITUDES, LONGITUDES, WIDTHS)
def test_the_centre_of_a_centre_is_itself_and_the_verifier_agrees(
    latitude: Fraction, longitude: Fraction, km: int
) -> None:
    centre = grid.centre(latitude, longitude, km)
    assert grid.centre(*centre, km) == centre
    assert is_centre(centre[0] / DEGREE, centre[1] / DEGREE, km)
    assert -90 * DEGREE < centre[0] < 90 * DEGREE
    assert -180 * DEGREE < centre[1] < 180 * DEGREE


@given(LATITUDES, LONGITUDES, WIDTHS, st.sampled_from([(2, 0), (-2, 0), (0, 2), (0, -2), (7, -9)]))
def test_what_is_beside_a_centre_is_none(
    latitude: Fraction, longitude: Fraction, km: int, aside: tuple[int, int]
) -> None:
    north, east = grid.centre(latitude, longitude, km)
    assert not is_centre((north + aside[0]) / DEGREE, (east + aside[1]) / DEGREE, km)


@pytest.mark.parametrize("km", [1, 10, 1000])
def test_positions_in_one_cell_cannot_be_told_apart(km: int) -> None:
    north, east = grid.centre(Fraction(171_000), Fraction(30_600), km)
    near = 11 * km  # seconds of arc, well within half a cell
    around = {grid.centre(north + up, east + right, km) for up in (-near, 0, near) for right in (-near, 0, near)}
    assert around == {(north, east)}


@pytest.mark.parametrize("km", [1, 37, 1000])
def test_both_ends_of_the_antimeridian_are_one_meridian(km: int) -> None:
    for latitude in (-80, -17, 0, 17, 80):
        west, east = (grid.centre(latitude * DEGREE, side * DEGREE, km) for side in (-180, 180))
        assert west == east


@pytest.mark.parametrize("km", [1, 37, 1000])
def test_the_poles_lie_in_cells_of_their_own(km: int) -> None:
    for pole in (-90, 90):
        centre = grid.centre(pole * DEGREE, 0, km)
        assert distance_km((pole * DEGREE, 0), centre) <= 0.53 * km + ROUNDING_KM


@pytest.mark.parametrize("latitude", [0, 30, 52, 69, 85])
def test_cells_are_about_as_wide_as_they_are_said_to_be(latitude: int) -> None:
    centres = {grid.centre(latitude * DEGREE, east, 1)[1] for east in range(0, 2 * DEGREE, 10)}
    apart_km = 2 * 111.32 * cos(radians(latitude)) / len(centres)
    assert 0.97 < apart_km < 1.03


@given(LATITUDES, LONGITUDES, WIDTHS)
def test_the_grid_of_a_centre_is_known_again(latitude: Fraction, longitude: Fraction, km: int) -> None:
    centre = grid.centre(latitude, longitude, km)
    told = grid.width_km(*centre)
    assert told is not None
    assert told <= km
    assert grid.centre(*centre, told) == centre


def test_a_position_that_is_no_centre_is_of_no_grid() -> None:
    assert grid.width_km(171_003, 30_601) is None
