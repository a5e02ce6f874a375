"""Tiles: they cover the picture, have one shape, and bring boxes back to where they were."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redact.detectors.boxes import NONE, Boxes
from redact.detectors.pyramid import OVERLAP, STEP, TILE, Tile, look, scaled, spans, tiles
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


@pytest.mark.parametrize("scale", [0.05, 0.3, 0.5, 0.75, 1, 1.5])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 3000), (3000, 1), (16, 16), (769, 768), (1001, 1500)])
def test_all_tiles_of_a_picture_have_one_shape(height: int, width: int, scale: float) -> None:
    assert len({tile.image.shape for tile in tiles(np.zeros((height, width, 3), np.uint8), scale)}) == 1


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 700), st.integers(1, 700), st.sampled_from([0.0625, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0]))
def test_a_tile_shows_what_is_there_in_the_scaled_picture(half: int, other_half: int, scale: float) -> None:
    """Of a picture with even sides; where steps do not divide a side, its last part is stretched by a pixel at most."""
    picture = textured(2 * half, 2 * other_half)
    whole = scaled(picture, scale)
    stretched = any(side * scale % 1 for side in picture.shape[:2])
    for tile in tiles(picture, scale, 256):
        rows, columns = places(tile)
        difference = cv2.absdiff(whole[rows, columns], tile.image[: len(whole[rows]), : len(whole[0, columns])])
        assert difference.max() <= (24 if stretched else 1)
        assert not tile.image[len(whole[rows]) :].any()


@pytest.mark.parametrize("scale", [0.5, 0.75, 1.5])
def test_no_more_of_a_picture_is_scaled_than_a_tile_shows(scale: float) -> None:
    picture = textured(2400, 3200)
    tracemalloc.start()
    try:
        assert sum(1 for _ in tiles(picture, scale)) > 4
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 3 * 3 * TILE * TILE


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 3000), (3000, 1)])
@pytest.mark.parametrize("scale", [0.01, 0.5, 1, 1.5])
def test_a_picture_of_any_shape_scales_to_at_least_a_pixel(height: int, width: int, scale: float) -> None:
    assert min(scaled(np.zeros((height, width, 3), np.uint8), scale).shape) >= 1


def textured(height: int, width: int) -> Image:
    """A picture with no two places alike, smooth enough that a shift of a part of a pixel changes little."""
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    waves = [np.sin(across / 23 + down / 31), np.sin(across / 41 - down / 17), np.cos(across / 13)]
    return np.stack([128 + 100 * wave for wave in waves], axis=2).astype(np.uint8)


def places(tile: Tile) -> tuple[slice, slice]:
    """Rows and columns of the scaled picture that a tile shows."""
    height, width = tile.image.shape[:2]
    return slice(tile.top, tile.top + height), slice(tile.left, tile.left + width)


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
