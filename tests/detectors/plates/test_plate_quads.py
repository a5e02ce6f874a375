"""Quadrilaterals: averaged where they agree, mended where they cross, grown along their own sides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.detectors.plates import quads as module
from redact.detectors.plates.quads import NONE, Quads, aligned, averaged, convex, extents, grown, holds, sound, together
from redact.errors import MediaError
from tests.detectors.plates.conftest import plate

angles = st.floats(-44, 44)
lengths = st.floats(4, 500)


@given(lengths, lengths, angles, st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 5))
def test_a_grown_plate_is_longer_by_its_margins_and_holds_what_it_was(
    width: float, height: float, angle: float, across: float, down: float, rim: float
) -> None:
    before = plate(100, 100, width, height, angle)[None]
    after = grown(before, across, down, rim)
    wide, high = (float(extent[0]) for extent in extents(after))
    assert wide == pytest.approx(width * (1 + 2 * across) + 2 * rim)
    assert high == pytest.approx(height * (1 + 2 * down) + 2 * rim)
    assert holds(grown(after, 0, 0, 1e-6), before[0]).all()


@given(st.lists(st.tuples(st.floats(-900, 900), st.floats(-900, 900)), min_size=4, max_size=4))
def test_whatever_corners_are_answered_what_stays_is_convex_and_no_stroke(corners: list[tuple[float, float]]) -> None:
    kept = sound(Quads(np.array([corners]), np.array([0.5])))
    assert (np.minimum(*extents(kept.corners)) >= 1).all()
    assert convex(kept.corners).all()


def test_corners_that_cross_become_the_rectangle_around_them() -> None:
    crossed = plate(10, 20, 80, 20)[[0, 2, 1, 3]]
    (mended,) = sound(Quads(crossed[None], np.array([0.9]))).corners
    assert mended == pytest.approx(plate(10, 20, 80, 20), abs=1e-3)


def test_a_plate_told_from_another_corner_on_is_turned_to_the_first() -> None:
    right = plate(10, 20, 80, 20, 10)
    assert aligned(np.roll(right, 3, axis=0)[None], right[None])[0] == pytest.approx(right)


def test_what_agrees_is_one_place_of_the_best_score_and_in_the_mean() -> None:
    corners = np.stack([plate(10, 10, 80, 20), plate(12, 10, 80, 20), plate(300, 10, 80, 20)])
    quads, places = averaged(Quads(corners, np.array([0.8, 0.8, 0.9])), 0.4)
    assert quads.scores.tolist() == [0.9, 0.8]
    assert places.tolist() == [1, 1, 0]
    assert quads.corners[1] == pytest.approx(plate(11, 10, 80, 20))


def test_nothing_averages_to_nothing() -> None:
    quads, places = averaged(together([NONE, NONE]), 0.4)
    assert quads.corners.shape == (0, 4, 2)
    assert len(places) == 0
    assert len(sound(quads).scores) == 0


def test_more_than_can_be_joined_in_time_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    row = np.stack([plate(100 * column, 10, 80, 20) for column in range(4)])
    assert len(averaged(Quads(row[:3], np.full(3, 0.5)), 0.4)[1]) == 3
    with pytest.raises(MediaError, match="smaller pictures"):
        averaged(Quads(row, np.full(4, 0.5)), 0.4)


def test_a_plate_is_convex_and_its_mirror_image_is_not() -> None:
    right = plate(0, 0, 40, 10, 20)
    assert convex(np.stack([right, right[::-1]])).tolist() == [True, False]


def test_what_reaches_out_is_not_held() -> None:
    outer = plate(0, 0, 100, 50, 15)[None]
    assert holds(outer, plate(20, 20, 30, 10, 15)).tolist() == [True]
    assert holds(outer, plate(20, 20, 300, 10, 15)).tolist() == [False]
