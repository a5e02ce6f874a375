import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from training.cars.raster import rasterise

SHAPE = 24, 32
NEAR = np.array([[[0, 0, 2], [32, 0, 2], [0, 24, 2]]], np.float32)
FAR = np.array([[[0, 0, 5], [32, 0, 5], [32, 24, 5]]], np.float32)
corners = arrays(np.float32, (5, 3, 3), elements=st.floats(-40, 60, width=32))


def seen(triangles: NDArray[np.float32]) -> NDArray[np.int_]:
    hits = rasterise(triangles, SHAPE)
    image = np.full(SHAPE, -1)
    image[hits.rows, hits.columns] = hits.triangles
    return image


def test_the_nearer_triangle_hides_the_other_in_whichever_order_they_come() -> None:
    one, two = seen(np.concatenate([NEAR, FAR])), seen(np.concatenate([FAR, NEAR]))
    assert one[2, 12] == 0
    assert two[2, 12] == 1
    assert one[20, 30] == 1


def test_two_triangles_of_a_square_leave_no_gap_and_nothing_else_is_hit() -> None:
    square = np.array([[4, 4, 1], [20, 4, 1], [20, 16, 1], [4, 16, 1]], np.float32)
    image = seen(square[[[0, 1, 2], [0, 2, 3]]])
    assert (image[4:16, 4:20] >= 0).all()
    assert (image >= 0).sum() == 12 * 16


def test_a_point_half_way_in_the_picture_is_nearer_to_the_near_corner_in_space() -> None:
    slope = np.array([[[0, 0, 1], [32, 0, 3], [0, 24, 1]]], np.float32)
    hits = rasterise(slope, SHAPE)
    middle = (hits.rows == 0) & (hits.columns == 16)
    assert 0.2 < hits.weights[middle][0, 1] < 0.3


@given(corners)
def test_weights_are_shares_of_a_whole(flat: NDArray[np.float32]) -> None:
    flat[..., 2] = np.abs(flat[..., 2]) + 0.5
    hits = rasterise(flat, SHAPE)
    assert (hits.weights >= 0).all()
    np.testing.assert_allclose(hits.weights.sum(axis=1), 1, atol=1e-3)


def test_a_triangle_without_area_or_outside_is_not_seen() -> None:
    line = np.array([[[0, 0, 1], [10, 10, 1], [20, 20, 1]], [[-9, -9, 1], [-5, -9, 1], [-9, -5, 1]]], np.float32)
    assert len(rasterise(line, SHAPE).rows) == 0
