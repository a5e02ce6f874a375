"""Detail tells whether a region was painted, through encoders' noise and in flat surroundings."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from redact.checks.paint import unpainted
from redact.model import Box, Polygon
from tests.checks.conftest import noise

PICTURE = noise(96, 128)[..., 1].copy()
REGION = Box(20.5, 10, 80, 70.2)


def covered(value: int) -> NDArray[np.uint8]:
    copy = PICTURE.copy()
    copy[8:72, 18:82] = value
    return copy


@given(st.integers(0, 255))
def test_a_plain_patch_hides_whatever_its_colour(value: int) -> None:
    assert unpainted(PICTURE, covered(value), [REGION]) == 0


def test_an_unchanged_region_shows_and_only_that_one_is_counted() -> None:
    assert unpainted(PICTURE, PICTURE, [REGION, Box(90, 70, 120, 90)]) == 2
    assert unpainted(PICTURE, covered(99), [REGION, Box(90, 70, 120, 90)]) == 1


@pytest.mark.parametrize("quality", [40, 70, 95])
def test_a_region_that_was_only_coded_again_shows(quality: int) -> None:
    coded = cv2.imencode(".jpg", PICTURE, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    copy = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
    assert unpainted(PICTURE, copy, [REGION]) == 1


def test_a_region_made_darker_shows_and_one_with_another_picture_in_it_does_not() -> None:
    assert unpainted(PICTURE, (PICTURE * 0.7).astype(np.uint8), [REGION]) == 1
    assert unpainted(PICTURE, noise(96, 128, seed=1)[..., 1].copy(), [REGION]) == 0


def test_a_mosaic_of_another_place_hides() -> None:
    cells = np.random.default_rng(1).integers(0, 255, (8, 8), np.uint8)
    copy = PICTURE.copy()
    copy[8:72, 18:82] = np.kron(cells, np.ones((8, 8), np.uint8))
    assert unpainted(PICTURE, copy, [REGION]) == 0


def test_flat_smooth_and_faint_regions_tell_nothing() -> None:
    slope = np.tile(np.linspace(20, 220, 128).astype(np.uint8), (96, 1))
    faint = (100 + PICTURE / 64).astype(np.uint8)
    for picture in (np.full_like(slope, 90), slope, faint):
        assert unpainted(picture, picture, [REGION]) == 0


def test_a_region_painted_over_less_than_half_shows() -> None:
    copy = PICTURE.copy()
    copy[10:30, 20:80] = 99
    assert unpainted(PICTURE, copy, [REGION]) == 1


def test_only_the_inside_of_a_polygon_counts() -> None:
    triangle = Polygon(((20.0, 10.0), (80.0, 10.0), (20.0, 70.0)))
    copy = PICTURE.copy()
    cv2.fillPoly(copy, [np.array([(20, 10), (80, 10), (20, 70)])], 99)
    assert unpainted(PICTURE, copy, [triangle]) == 0
    assert unpainted(PICTURE, copy, [Box(30, 40, 80, 70)]) == 1


def test_regions_at_and_beyond_the_border_are_cut_to_the_picture() -> None:
    assert unpainted(PICTURE, PICTURE, [Box(-30, -30, 20, 20), Box(110, 80, 300, 300)]) == 2
    assert unpainted(PICTURE, PICTURE, [Box(200, 200, 300, 300)]) == 0


def test_a_region_smaller_than_a_unit_is_one_unit() -> None:
    assert unpainted(PICTURE, PICTURE, [Box(30, 30, 36, 35)]) == 1
    assert unpainted(PICTURE, covered(99), [Box(30, 30, 36, 35)]) == 0
