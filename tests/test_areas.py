"""Areas are exact, against what counting pixels and plain geometry say."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redact.areas import area, covered, winds_once
from redact.model import Box, Polygon, Region

whole = st.integers(0, 12)
boxes = st.tuples(whole, whole, st.integers(1, 6), st.integers(1, 6)).map(
    lambda each: Box(each[0], each[1], each[0] + each[2], each[1] + each[3])
)


def pixels(box: Box) -> set[tuple[int, int]]:
    return {(x, y) for x in range(int(box.left), int(box.right)) for y in range(int(box.top), int(box.bottom))}


@settings(max_examples=50, deadline=None)
@given(boxes, st.lists(boxes, max_size=5))
def test_what_boxes_cover_is_what_counting_pixels_says(box: Box, by: list[Box]) -> None:
    painted = set().union(*map(pixels, by)) if by else set()
    assert covered(box, by) == pytest.approx(len(pixels(box) & painted))


def outline(*corners: tuple[float, float]) -> Polygon:
    return Polygon(corners)


@pytest.mark.parametrize(
    ("region", "by", "expected"),
    [
        (Box(0, 0, 10, 10), [outline((0, 0), (10, 0), (0, 10))], 50),
        (Box(0, 0, 10, 10), [outline((0, 0), (10, 0), (0, 10)), outline((10, 10), (10, 0), (0, 10))], 100),
        (Box(0, 0, 10, 10), [outline((0, 0), (10, 0), (0, 10)), outline((0, 0), (10, 0), (10, 10))], 75),
        (outline((0, 0), (10, 0), (0, 10)), [Box(0, 0, 5, 5)], 25),
        (outline((0, 0), (10, 0), (0, 10)), [outline((0, 0), (10, 0), (0, 10))], 50),
        (outline((0, 0), (8, 0), (8, 8), (4, 2), (0, 8)), [Box(0, 0, 4, 9)], 20),
        (Box(0, 0, 10, 10), [Box(10, 0, 20, 10)], 0),
        (Box(0, 0, 10, 10), [], 0),
    ],
)
def test_slanted_sides_are_exact(region: Region, by: list[Region], expected: float) -> None:
    assert covered(region, by) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 24), st.floats(1, 40), st.floats(-math.pi, math.pi))
def test_the_area_of_a_regular_polygon_is_what_geometry_says(corners: int, radius: float, turn: float) -> None:
    angles = [turn + 2 * math.pi * n / corners for n in range(corners)]
    shape = Polygon(tuple((50 + radius * math.cos(a), 50 + radius * math.sin(a)) for a in angles))
    assert area(shape) == pytest.approx(corners / 2 * radius**2 * math.sin(2 * math.pi / corners))


@pytest.mark.parametrize(
    "corners",
    [
        ((0, 0), (9, 0), (9, 9)),
        ((0, 0), (0, 9), (9, 9), (9, 0)),
        ((0, 0), (9, 0), (0, 9), (9, 9)),
        ((0, 0), (9, 9), (9, 0), (0, 9)),
        ((0, 0), (9, 0), (9, 9), (5, 2), (0, 9)),
    ],
)
def test_an_outline_that_goes_round_no_place_twice_is_told(corners: tuple[tuple[float, float], ...]) -> None:
    assert winds_once(corners)


@pytest.mark.parametrize(
    "corners",
    [
        ((50, 0), (80, 100), (0, 40), (100, 40), (20, 100)),
        ((0, 0), (9, 0), (9, 9), (0, 0), (9, 0), (9, 9)),
        ((0, 0), (9, 0), (9, 9), (0, 9), (0, 0), (5, 0), (5, 5), (0, 5)),
    ],
)
def test_and_so_is_one_that_does(corners: tuple[tuple[float, float], ...]) -> None:
    assert not winds_once(corners)
