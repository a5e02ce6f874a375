from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.plates import Plate, draw, drawn
from training.plates.formats import Format, formats

ROOT = Path(__file__).parents[3]
ELSEWHERE = (
    "import numpy, training.plates as p; print(p.draw(numpy.random.default_rng(8)).image.tobytes().hex()[:4000])"
)


def plate(seed: int) -> Plate:
    return draw(np.random.default_rng(seed))


@given(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_corners_are_a_straight_rectangle_inside_the_picture_and_opaque_between(seed: int) -> None:
    drawing = plate(seed)
    height, width = drawing.image.shape[:2]
    assert drawing.image.dtype == np.uint8
    assert drawing.image.shape[2] == 4
    (left, top), (right, upper), (east, bottom), (west, lower) = drawing.corners.tolist()
    assert (left, top, right, bottom) == (west, upper, east, lower)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert 96 <= bottom - top <= 192
    assert drawing.corners.dtype == np.float32
    assert drawing.image[int((top + bottom) / 2), int((left + right) / 2), 3] == 255
    assert 1 <= drawing.rows <= 3


def test_the_same_seed_draws_the_same_plate_whatever_was_drawn_before() -> None:
    first = plate(3)
    plate(4)
    again = plate(3)
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.corners, again.corners)
    assert (first.kind, first.rows) == (again.kind, again.rows)


def test_the_same_seed_draws_the_same_plate_in_another_process() -> None:
    def other() -> str:
        return subprocess.run(
            [sys.executable, "-c", ELSEWHERE], cwd=ROOT, capture_output=True, check=True, text=True
        ).stdout

    assert other().strip() == plate(8).image.tobytes().hex()[:4000]


@pytest.mark.parametrize("form", formats(), ids=lambda form: form.kind)
def test_every_format_of_the_table_draws_in_every_state_of_repair(form: Format) -> None:
    for seed in range(6):
        drawing = drawn(np.random.default_rng(seed), form)
        assert drawing.kind == form.kind
        assert drawing.image.size


@pytest.fixture(scope="module")
def many() -> list[tuple[str, int]]:
    return [(drawing.kind, drawing.rows) for drawing in map(plate, range(220))]


def test_many_kinds_come_up_and_some_that_nobody_issues(many: list[tuple[str, int]]) -> None:
    kinds = [kind for kind, _ in many]
    assert len(set(kinds)) > 50
    assert 8 <= kinds.count("invented") <= 55


def test_plates_of_one_row_and_of_two_are_both_common(many: list[tuple[str, int]]) -> None:
    rows = [rows for _, rows in many]
    assert rows.count(1) > 60
    assert rows.count(2) > 35
