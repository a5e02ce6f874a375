"""Around what was painted is looked at, with room on every side, and never at more than it is worth."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.checks.second_look import places
from redact.checks.second_look.places import Place, glance, near, surroundings
from redact.model import Box, Polygon, Region

PHOTO = (4000, 3000)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, top = draw(st.floats(-200, 4100)), draw(st.floats(-200, 3100))
    return Box(left, top, left + draw(st.floats(1, 600)), top + draw(st.floats(1, 600)))


@given(st.lists(boxes(), min_size=1, max_size=12))
def test_every_region_is_shown_with_all_that_surrounds_it(regions: list[Box]) -> None:
    parts = surroundings(regions, PHOTO)
    if parts is None:
        return
    for region in regions:
        scale = min(1.0, 2.0 ** -(1 + math.floor(math.log2(min(region.width, region.height) / places.LARGE))))
        around = region.grown(*[places.SURROUNDINGS / scale] * 4).clipped(*PHOTO)
        assert around is None or any(part.box.holds(around) and part.scale == scale for part in parts)


@given(st.lists(boxes(), min_size=1, max_size=12))
def test_parts_are_whole_pixels_of_the_picture_and_cheaper_than_all_of_it(regions: list[Box]) -> None:
    parts = surroundings(regions, PHOTO) or []
    for part in parts:
        assert part.box.clipped(*PHOTO) == part.box
        assert all(side == int(side) for side in (part.box.left, part.box.top, part.box.right, part.box.bottom))
    assert sum(part.price for part in parts) < places.WORTHWHILE * PHOTO[0] * PHOTO[1]


def test_neighbours_share_a_look_and_strangers_do_not() -> None:
    one, neighbour, stranger = Box(500, 500, 540, 540), Box(600, 520, 640, 560), Box(3000, 2500, 3040, 2540)
    assert len(surroundings([one, neighbour], PHOTO) or []) == 1
    assert len(surroundings([one, stranger], PHOTO) or []) == 2
    among = surroundings([one, stranger, neighbour], PHOTO) or []
    assert set(among) == set(surroundings([one, neighbour, stranger], PHOTO) or [])
    assert len(among) == 2


def test_a_crowd_is_looked_at_whole() -> None:
    crowd = [Box(x, y, x + 60, y + 60) for x in range(0, 4000, 400) for y in range(0, 3000, 400)]
    assert surroundings(crowd, PHOTO) is None


def test_thousands_of_regions_in_one_corner_are_a_corner() -> None:
    crowd = [Box(x, y, x + 8, y + 8) for x in range(0, 640, 10) for y in range(0, 640, 10)]
    (corner,) = surroundings(crowd, (12000, 9000)) or []
    assert corner.box == Box(0, 0, 894, 894)


def test_a_picture_that_a_glance_shows_whole_is_looked_at_whole() -> None:
    assert surroundings([Box(0, 0, 8, 8)], (960, 700)) is None


@pytest.mark.parametrize("size", [(1, 30000), (30000, 1), (961, 961)])
def test_pictures_of_any_shape_have_surroundings_inside_them(size: tuple[int, int]) -> None:
    for part in surroundings([Box(0, 0, 1, 1)], size) or []:
        assert part.box.clipped(*size) == part.box


def test_a_region_outside_the_picture_has_no_surroundings() -> None:
    assert surroundings([Box(9000, 9000, 9050, 9050)], PHOTO) == []


@pytest.mark.parametrize(("size", "shown"), [((4000, 3000), 960), ((6000, 9000), 1440), ((900, 600), 900)])
def test_a_glance_shows_what_is_larger_than_the_surroundings(size: tuple[int, int], shown: int) -> None:
    whole = glance(size)
    assert whole.box == Box(0, 0, *size)
    assert round(max(size) * whole.scale) == shown


def test_a_large_region_is_shown_smaller_with_more_around_it() -> None:
    (part,) = surroundings([Box(1500, 1000, 2000, 1400)], PHOTO) or []
    assert part == Place(Box(476, 0, 3024, 2424), 0.25)
    (line,) = surroundings([Box(1000, 1000, 2000, 1030)], PHOTO) or []
    assert line.scale == 1


def test_what_counts_lies_within_its_own_size_of_a_region() -> None:
    regions: list[Region] = [Box(1000, 1000, 1080, 1040), Polygon(((50.0, 50.0), (60.0, 50.0), (50.0, 60.0)))]
    assert near(Box(1119, 1000, 1200, 1040), regions)
    assert not near(Box(1121, 1000, 1200, 1040), regions)
    assert near(Box(91, 50, 99, 60), regions)
    assert not near(Box(93, 50, 99, 60), regions)
    assert not near(Box(91, 50, 99, 60), [])
