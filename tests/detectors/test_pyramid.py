"""Tiles: they cover the picture, have one shape, and bring boxes back to where they were."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.detectors.boxes import NONE, Boxes
from redact.detectors.pyramid import OVERLAP, STEP, TILE, look, scaled, spans, tiles
from redact.model import Image


@given(st.integers(1, 20_000))
def test_tiles_cover_every_pixel_and_overlap_as_promised(length: int) -> None:
    starts, size = spans(length, TILE)
    assert starts[0] == 0
    assert starts[-1] + size >= length
    assert all(first + size - second >= OVERLAP - 1 for first, second in pairwise(starts))


@given(st.integers(1, 20_000))
def test_tiles_are_bounded_and_a_multiple_of_the_networks_step(length: int) -> None:
    _, size = spans(length, TILE)
    assert 0 < size <= TILE
    assert size % STEP == 0


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 3000), (3000, 1), (16, 16), (769, 768), (1000, 1500)])
def test_all_tiles_of_a_picture_have_one_shape(height: int, width: int) -> None:
    assert len({tile.image.shape for tile in tiles(np.zeros((height, width, 3), np.uint8))}) == 1


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 3000), (3000, 1)])
@pytest.mark.parametrize("scale", [0.01, 0.5, 1, 1.5])
def test_a_picture_of_any_shape_scales_to_at_least_a_pixel(height: int, width: int, scale: float) -> None:
    assert min(scaled(np.zeros((height, width, 3), np.uint8), scale).shape) >= 1


@pytest.mark.parametrize("scale", [0.5, 1, 1.5])
def test_what_is_seen_in_a_tile_is_told_in_pixels_of_the_picture(scale: float) -> None:
    picture = np.zeros((1400, 2000, 3), np.uint8)
    picture[1000:1060, 1500:1560] = 255

    def bright(tile: Image) -> Boxes:
        rows, columns = np.nonzero(tile[:, :, 0] > 127)
        if not len(rows):
            return NONE
        return np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1, 0.9]], np.float32)

    seen = look(picture, scale, bright)
    assert len(seen) >= 1
    left, top, right, bottom = seen[:, 0].min(), seen[:, 1].min(), seen[:, 2].max(), seen[:, 3].max()
    assert (left, top, right, bottom) == pytest.approx((1500, 1000, 1560, 1060), abs=2)
