"""What the network should answer."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.targets import CELL, REACH, area, target

SIZE = 128
NONE = np.zeros((0, 4, 2), np.float32)


def upright(left: float, top: float, width: float, height: float) -> np.ndarray:
    right, bottom = left + width, top + height
    return np.array([[(left, top), (right, top), (right, bottom), (left, bottom)]], np.float32)


def turned(quadrilaterals: np.ndarray, degrees: float) -> np.ndarray:
    middle = quadrilaterals.reshape(-1, 2).mean(0)
    way = cv2.getRotationMatrix2D(middle.tolist(), degrees, 1)
    return cv2.transform(quadrilaterals, way).astype(np.float32)


plates = st.builds(
    lambda left, top, height, ratio, angle: turned(upright(left, top, height * ratio, height), angle),
    st.floats(-8, SIZE - 8),
    st.floats(-4, SIZE - 4),
    st.floats(4, 60),
    st.floats(0.8, 5),
    st.floats(-60, 60),
)


@given(plates)
def test_every_plate_has_a_cell_however_small_or_far_cut(plate: np.ndarray) -> None:
    assert target(plate, NONE, SIZE).score.sum() >= 1


@given(plates)
def test_the_offsets_of_each_cell_lead_to_the_corners(plate: np.ndarray) -> None:
    wanted = target(plate, NONE, SIZE)
    rows, columns = np.nonzero(wanted.score)
    middle = np.stack([columns, rows], 1) * CELL + CELL / 2
    corners = middle[:, None] + REACH * np.sinh(wanted.offsets[:, rows, columns].T.reshape(-1, 4, 2))
    assert corners == pytest.approx(np.broadcast_to(plate, corners.shape), abs=1e-2)


@given(plates)
def test_all_cells_of_a_plate_weigh_the_root_of_their_number(plate: np.ndarray) -> None:
    wanted = target(plate, NONE, SIZE)
    assert wanted.weight[wanted.score > 0].sum() == pytest.approx(np.sqrt(wanted.score.sum()), rel=1e-4)


@given(plates)
def test_nothing_is_asked_in_a_plate_outside_of_its_core(plate: np.ndarray) -> None:
    wanted = target(plate, NONE, SIZE)
    inside = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillConvexPoly(inside, np.round(plate[0]).astype(np.int32), 1)
    cells = inside[CELL // 2 :: CELL, CELL // 2 :: CELL] > 0
    assert not wanted.weight[cells & (wanted.score == 0)].any()


def test_far_from_a_plate_it_should_say_no() -> None:
    wanted = target(upright(40, 40, 40, 10), NONE, SIZE)
    assert wanted.weight[0].all()
    assert not wanted.score[0].any()


def test_what_is_to_be_ignored_is_not_asked() -> None:
    wanted = target(NONE, upright(40, 40, 40, 10), SIZE)
    assert not wanted.score.any()
    assert wanted.weight[11, 15] == 0


def test_a_plate_on_what_is_ignored_is_asked_for_all_the_same() -> None:
    plate = upright(40, 40, 40, 10)
    assert (target(plate, plate, SIZE).weight * target(plate, plate, SIZE).score).any()


def test_of_two_plates_side_by_side_each_keeps_its_cells() -> None:
    one, other = upright(20, 40, 30, 12), upright(56, 40, 30, 12)
    both = target(np.concatenate([one, other]), NONE, SIZE)
    assert (both.score == target(one, NONE, SIZE).score + target(other, NONE, SIZE).score).all()


def test_beyond_the_point_where_its_sides_meet_there_is_no_plate() -> None:
    tapered = np.array([[(60, 60), (68, 60), (90, 100), (38, 100)]], np.float32)
    rows = np.nonzero(target(tapered, NONE, SIZE).score)[0]
    assert rows.min() * CELL > 60


def test_the_area_of_a_tilted_plate_is_that_of_the_upright_one() -> None:
    assert area(turned(upright(10, 10, 40, 10), 33)[0]) == pytest.approx(400, rel=1e-4)
