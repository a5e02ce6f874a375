from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.scenes import Scene, scene
from training.scenes.posing import inside, large_enough, samples

ROOT = Path(__file__).parents[2]
ELSEWHERE = "from training.scenes import scene; print(sum(scene(23).image.tobytes()), scene(23).plates.tolist())"


@pytest.fixture(scope="module")
def many() -> list[Scene]:
    return [scene(seed) for seed in range(64)]


def test_the_same_seed_gives_the_same_scene_whatever_was_drawn_before() -> None:
    first = scene(5)
    scene(6)
    again = scene(5)
    for name in ("image", "plates", "lines", "ignored"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))


def test_the_same_seed_gives_the_same_scene_in_another_process() -> None:
    command = [sys.executable, "-c", ELSEWHERE]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.strip()
    assert said == f"{sum(scene(23).image.tobytes())} {scene(23).plates.tolist()}"


def test_different_seeds_give_different_pictures(many: list[Scene]) -> None:
    assert len({made.image.tobytes() for made in many}) == len(many)


@given(st.integers(0, 2**40), st.sampled_from([128, 192, 256]))
@settings(max_examples=8, deadline=None)
def test_a_scene_has_the_shape_that_was_asked_for(seed: int, size: int) -> None:
    made = scene(seed, size)
    assert made.image.shape == (size, size, 3)
    assert made.image.dtype == np.uint8
    for quads in (made.plates, made.lines, made.ignored):
        assert quads.dtype == np.float32
        assert quads.shape[1:] == (4, 2)
        assert np.isfinite(quads).all()


def test_every_plate_asked_for_is_large_enough_and_mostly_to_be_seen(many: list[Scene]) -> None:
    for made in many:
        for quad in made.plates:
            assert large_enough(quad)
            assert inside(samples(quad), 256).mean() >= 0.3


def test_corners_go_round_clockwise_from_the_top_left_of_the_reading(many: list[Scene]) -> None:
    quads = [quad for made in many for quad in (*made.plates, *made.lines)]
    assert quads
    assert all(cv2.contourArea(quad, oriented=True) > 0 for quad in quads)


def test_about_a_third_of_the_scenes_show_no_plate_and_a_fifth_show_a_display(many: list[Scene]) -> None:
    without = sum(not len(made.plates) and not len(made.ignored) for made in many) / len(many)
    with_lines = sum(len(made.lines) > 0 for made in many) / len(many)
    assert 0.2 < without < 0.55
    assert 0.08 < with_lines < 0.35


def test_lines_lie_within_the_picture_and_never_over_a_plate(many: list[Scene]) -> None:
    for made in many:
        for line in made.lines:
            assert (line >= 0).all()
            assert (line <= 256).all()
            for plate in (*made.plates, *made.ignored):
                apart = (line.max(axis=0) <= plate.min(axis=0)) | (plate.max(axis=0) <= line.min(axis=0))
                assert apart.any()


def test_something_can_be_told_from_the_ground_of_a_plate_that_is_asked_for(many: list[Scene]) -> None:
    for made in many:
        for quad in made.plates:
            columns, rows = np.clip(samples(quad), 0, 255).astype(int).T
            assert made.image[rows, columns].std() > 1


def test_sizes_are_mostly_nine_to_forty_eight_pixels_and_reach_far_beyond(many: list[Scene]) -> None:
    quads = np.concatenate([made.plates for made in many])
    heights = np.linalg.norm(quads[:, [0, 1]] - quads[:, [3, 2]], axis=2).mean(axis=1)
    assert np.mean((heights >= 9) & (heights <= 48)) > 0.5
    assert heights.min() < 10
    assert heights.max() > 60
