from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from training.scenes import camera
from training.scenes.canvas import Canvas
from training.scenes.lighting import LIGHTS, WEATHERS, lit, shadowed


@pytest.fixture
def picture() -> np.ndarray:
    random = np.random.default_rng(2)
    return np.kron(random.integers(0, 256, (16, 16, 3), np.uint8), np.ones((8, 8, 1), np.uint8))


@pytest.mark.parametrize("step", [step for _, step in (*camera.STEPS, *camera.STORES)], ids=lambda step: step.__name__)
def test_every_step_of_the_camera_changes_the_picture_and_keeps_its_shape(
    step: camera.Step, picture: np.ndarray
) -> None:
    before = picture.copy()
    changed = [step(np.random.default_rng(seed), picture) for seed in range(5)]
    assert all(image.shape == picture.shape and image.dtype == np.uint8 for image in changed)
    assert any((image != before).any() for image in changed)
    np.testing.assert_array_equal(picture, before)


@pytest.mark.parametrize("blur", [blur for _, blur in camera.BLURS], ids=lambda blur: blur.__name__)
@pytest.mark.parametrize("bearable", [0.5, 3.0])
def test_every_blur_keeps_the_shape_and_the_brightness(
    blur: camera.BlurStep, bearable: float, picture: np.ndarray
) -> None:
    for seed in range(8):
        image = blur(np.random.default_rng(seed), picture, bearable)
        assert image.shape == picture.shape
        assert image.dtype == np.uint8
        assert abs(image.mean() - picture.mean()) < 6


def test_what_bears_little_blur_is_blurred_little(picture: np.ndarray) -> None:
    def detail(bearable: float) -> float:
        images = [camera.defocused(np.random.default_rng(seed), picture, bearable) for seed in range(20)]
        return float(np.mean([np.abs(np.diff(image.astype(int), axis=1)).max() for image in images]))

    assert detail(0.5) > detail(3.0)


@pytest.mark.parametrize("light", LIGHTS, ids=lambda light: light.__name__)
def test_every_light_keeps_the_shape(light: Callable[..., np.ndarray], picture: np.ndarray) -> None:
    mirror = np.zeros(picture.shape[:2], np.float32)
    for seed in range(5):
        shown = light(np.random.default_rng(seed), picture.astype(np.float32), mirror)
        assert shown.shape == picture.shape
        assert np.isfinite(shown).all()
        assert shown.min() >= 0


@pytest.mark.parametrize("weather", [*WEATHERS, shadowed], ids=lambda weather: weather.__name__)
def test_weather_and_shadow_keep_the_shape(weather: Callable[..., np.ndarray], picture: np.ndarray) -> None:
    for seed in range(5):
        assert weather(np.random.default_rng(seed), picture.astype(np.float32)).shape == picture.shape


def test_a_lit_canvas_is_a_picture_of_its_size(picture: np.ndarray) -> None:
    for seed in range(20):
        image = lit(np.random.default_rng(seed), Canvas.over(picture.copy()))
        assert image.shape == picture.shape
        assert image.dtype == np.uint8


def test_a_darkened_copy_is_darker(picture: np.ndarray) -> None:
    assert all(
        camera.darkened(np.random.default_rng(seed), picture).mean() < 0.75 * picture.mean() for seed in range(20)
    )


def test_a_compressed_picture_keeps_its_colours(picture: np.ndarray) -> None:
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 200
    for step in (camera.jpeg, camera.jpeg_shifted, camera.film):
        assert np.abs(step(np.random.default_rng(1), red).astype(int) - red).mean() < 12


def test_a_rolling_shutter_slants_about_the_middle() -> None:
    slant = camera.sheared(np.random.default_rng(4), 100)
    np.testing.assert_allclose(slant @ [50, 50, 1], [50, 50, 1])
    assert (slant @ [50, 0, 1])[0] != 50
