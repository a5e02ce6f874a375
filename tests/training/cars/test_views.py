from collections.abc import Callable

import numpy as np
import pytest

from tests.training.cars.boxes import BOX, block
from training.cars import views
from training.cars.camera import framed, round_about
from training.cars.light import Light, daylight, night
from training.cars.mesh import joined
from training.cars.mounting import FRONT, REAR, NoPlaceError, base, mount, shown
from training.cars.render import render
from training.cars.views import Subject, view

CAR = block(BOX)
RED = (200, 20, 20)
LONGEST = 120


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Views of a few pixels: what is asked of them here does not depend on how many they have."""
    monkeypatch.setattr(views, "LONGEST", LONGEST)


def subject() -> Subject:
    return Subject(CAR, RED, mount(CAR, REAR, 0.6), mount(CAR, FRONT, 0.6))


def test_the_plate_lies_on_the_bodywork_and_is_read_from_outside() -> None:
    rear, front = mount(CAR, REAR, 0.6), mount(CAR, FRONT, 0.6)
    assert -2.03 < rear[:, 0].mean() < -2.0
    assert 2.0 < front[:, 0].mean() < 2.03
    assert rear[0, 1] > rear[1, 1]
    assert front[0, 1] < front[1, 1]
    for corners in (rear, front):
        np.testing.assert_allclose(np.linalg.norm(corners[1] - corners[0]), 0.52, atol=1e-3)
        np.testing.assert_allclose(np.linalg.norm(corners[3] - corners[0]), 0.11, atol=1e-3)
        assert corners[0, 2] > corners[3, 2]


def test_the_plate_leans_as_the_bodywork_does() -> None:
    sloped = BOX.copy()
    sloped[BOX[:, 2] > 1, 0] *= 0.8
    corners = mount(block(sloped), REAR, 0.6)
    slope = (corners[0, 0] - corners[3, 0]) / (corners[0, 2] - corners[3, 2])
    np.testing.assert_allclose(slope, 0.4 / 1.4, atol=0.03)


def test_a_height_without_bodywork_is_refused() -> None:
    with pytest.raises(NoPlaceError, match=r"1\.90 m"):
        mount(CAR, REAR, 1.9)


def test_a_plate_is_shown_to_who_stands_before_it_and_hidden_by_what_stands_between() -> None:
    corners = mount(CAR, REAR, 0.6)
    behind, before = (round_about(np.array([0, 0, 0.7]), yaw, 0.1, 8.0) for yaw in (0, np.pi))
    wall = block(BOX * [0.05, 1, 1] - [3, 0, 0])
    assert shown(CAR, corners, behind) > 0.95
    assert shown(CAR, corners, before) == 0
    assert shown(joined([CAR, wall]), corners, behind) == 0


@pytest.mark.parametrize("light", [daylight, night])
def test_a_render_is_opaque_where_the_car_is_and_keeps_air_round_it(
    light: Callable[[np.random.Generator], Light],
) -> None:
    camera, shape = framed(round_about(np.array([0, 0, 0.7]), 0.5, 0.2, 8.0), BOX, 120, 6)
    image = render(CAR, camera, light(np.random.default_rng(2)), shape)
    assert max(shape) == 120
    assert image[shape[0] // 2, shape[1] // 2, 3] == 255
    assert image[0, 0, 3] < 128


def test_the_panel_under_the_plate_is_behind_it_and_before_the_body() -> None:
    corners = mount(CAR, REAR, 0.6)
    panel = base(corners, CAR.surfaces[0])
    assert panel.points[..., 0].min() > corners[..., 0].max()
    assert panel.points[..., 0].max() < -2.0


@pytest.mark.parametrize("seed", range(6))
def test_a_views_mount_is_in_the_picture_upright_and_on_the_car(seed: int) -> None:
    car = view(subject(), np.random.default_rng(seed))
    high, wide = car.image.shape[:2]
    assert LONGEST - 1 <= max(high, wide) <= LONGEST + 1
    assert (car.mount >= 0).all()
    assert (car.mount < (wide, high)).all()
    assert car.mount[0, 0] < car.mount[1, 0]
    assert car.mount[0, 1] < car.mount[3, 1]
    x, y = car.mount.mean(axis=0).astype(int)
    assert car.image[y, x, 3] == 255


def test_the_same_seed_gives_the_same_view() -> None:
    one, two = (view(subject(), np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one.image, two.image)
    np.testing.assert_array_equal(one.mount, two.mount)
