from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from training.cars import Car, draw
from training.cars.changing import changed, mirrored
from training.cars.drawn.standing import KINDS, Kind, draw_flat

NONE = "no gallery here"


def shoelace(quad: NDArray[np.float32]) -> float:
    return float(cv2.contourArea(quad) * np.sign(np.linalg.det(quad[[1, 3]] - quad[0])))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_a_drawn_vehicle_has_its_mount_on_it_in_reading_order(seed: int) -> None:
    car = draw_flat(np.random.default_rng(seed))
    high, wide = car.image.shape[:2]
    assert car.image.dtype == np.uint8
    assert max(high, wide) <= 500
    assert car.mount.shape == (4, 2)
    assert (car.mount >= 0).all()
    assert (car.mount <= (wide, high)).all()
    assert shoelace(car.mount) > 20
    assert car.mount[0, 0] < car.mount[1, 0]
    x, y = car.mount.mean(axis=0).astype(int)
    assert car.image[y, x, 3] == 255


@pytest.mark.parametrize("kind", dict.fromkeys(KINDS))
def test_every_kind_has_a_plate_on_its_end_over_the_ground(kind: Kind) -> None:
    for seed in range(8):
        vehicle = kind(np.random.default_rng(seed))
        ((x, y),) = vehicle.end.pixels([vehicle.plate]).astype(int)
        assert vehicle.end.image[y, x, 3] == 255


def test_the_same_state_draws_the_same_vehicle_and_another_one_another(tmp_path: Path) -> None:
    one, two = (draw(np.random.default_rng(5), tmp_path) for _ in range(2))
    other = draw(np.random.default_rng(6), tmp_path)
    np.testing.assert_array_equal(one.image, two.image)
    np.testing.assert_array_equal(one.mount, two.mount)
    assert one.image.shape != other.image.shape or (one.image != other.image).any()


def test_a_mirrored_mount_is_still_in_reading_order_and_twice_mirrored_is_the_same() -> None:
    car = draw_flat(np.random.default_rng(1))
    once = mirrored(car)
    assert once.mount[0, 0] < once.mount[1, 0]
    np.testing.assert_allclose(once.mount[0, 0], car.image.shape[1] - car.mount[1, 0], atol=1e-3)
    twice = mirrored(once)
    np.testing.assert_array_equal(twice.image, car.image)
    np.testing.assert_allclose(twice.mount, car.mount, atol=1e-3)


@given(st.integers(0, 2**32))
def test_changing_leaves_the_outline_alone(seed: int) -> None:
    image = np.zeros((20, 30, 4), np.uint8)
    image[5:15, 6:20] = (90, 120, 40, 255)
    mount = np.array([[8, 8], [16, 8], [16, 10], [8, 10]], np.float32)
    fresh = changed(Car(image, mount), np.random.default_rng(seed))
    assert fresh.image[..., 3].tolist() in (image[..., 3].tolist(), image[:, ::-1, 3].tolist())
    assert shoelace(fresh.mount) == shoelace(mount)
