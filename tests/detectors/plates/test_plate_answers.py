"""The plate network's answers: what is encoded is what is decoded, and nothing is made up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redact.detectors.plates.network import AGREE, MOST, decoded
from redact.detectors.plates.quads import averaged, sound
from tests.detectors.plates.conftest import NOTHING, answer, plate


@settings(max_examples=40, deadline=None)
@given(
    st.floats(-60, 120), st.floats(-10, 120), st.floats(20, 400), st.floats(10, 120), st.floats(-40, 40),
)  # fmt: skip
def test_a_plate_that_is_encoded_is_decoded(left: float, top: float, width: float, height: float, angle: float) -> None:
    corners = plate(left, top, width, height, angle)
    told = answer(corners[None], 160, 256)
    found, _ = averaged(sound(decoded(told, 0.5)), AGREE)
    if not (told[0, 0] > NOTHING).any():
        assert len(found.scores) == 0
        return
    assert len(found.scores) == 1
    assert found.corners[0] == pytest.approx(corners, abs=0.05)
    assert found.scores[0] > 0.95


def test_plates_side_by_side_stay_apart() -> None:
    corners = np.stack([plate(8 + 64 * column, 8 + 24 * row, 60, 18) for row in range(10) for column in range(10)])
    found, _ = averaged(sound(decoded(answer(corners, 256, 672), 0.5)), AGREE)
    assert len(found.scores) == 100


def test_a_plate_that_fills_the_picture_is_one_place() -> None:
    corners = plate(-20, -10, 700, 200)
    found, _ = averaged(sound(decoded(answer(corners[None], 160, 640), 0.5)), AGREE)
    assert len(found.scores) == 1
    assert found.corners[0] == pytest.approx(corners, abs=0.1)


def test_below_the_floor_nothing_is_found() -> None:
    told = answer(plate(8, 8, 60, 18)[None], 64, 96)
    assert len(decoded(told, 0.99).scores) == 0
    assert len(decoded(np.full_like(told, NOTHING), 0.02).scores) == 0


def test_wild_answers_stay_numbers() -> None:
    told = np.full((1, 9, 16, 16), 3e38, np.float32)
    told[0, 2::2] = -3e38
    found = decoded(told, 0.02)
    assert np.isfinite(found.corners).all()
    assert found.scores.max() <= 1


def test_a_wall_of_plates_of_more_cells_than_are_considered_loses_none() -> None:
    corners = np.stack([plate(8 + 76 * column, 8 + 30 * row, 70, 26) for row in range(25) for column in range(10)])
    told = answer(corners, 768, 768)
    assert (told[0, 0] > NOTHING).sum() > MOST
    found, _ = averaged(sound(decoded(told, 0.02)), AGREE)
    assert len(found.scores) == 250


def test_no_more_is_considered_than_can_be_in_time() -> None:
    told = np.zeros((1, 9, 192, 192), np.float32)
    told[0, 0] = np.random.default_rng(0).normal(0, 1, (192, 192))
    assert len(decoded(told, 0.02).scores) == MOST
