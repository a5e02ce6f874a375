from __future__ import annotations

import cv2
import numpy as np
import pytest

from training.scenes.canvas import Canvas, premultiplied
from training.scenes.posing import large_enough, matrix, mounted, outline, posed, samples


def flat(wide: int, high: int, tint: tuple[int, int, int, int]) -> np.ndarray:
    return premultiplied(np.full((high, wide, 4), tint, np.uint8))


def at(left: float, top: float, wide: float, high: float) -> np.ndarray:
    return outline(wide, high) + np.array([left, top], np.float32)


def grey(size: int = 100) -> Canvas:
    return Canvas.over(np.full((size, size, 3), 90, np.uint8))


def test_what_is_pasted_covers_its_quad_and_nothing_else() -> None:
    canvas = grey()
    canvas.paste(flat(40, 20, (250, 10, 10, 255)), matrix(outline(40, 20), at(30, 40, 40, 20)))
    np.testing.assert_array_equal(canvas.image[41:59, 31:69], np.broadcast_to([250, 10, 10], (18, 38, 3)))
    assert (canvas.image[:38] == 90).all()
    assert (canvas.image[:, 72:] == 90).all()


def test_what_is_transparent_leaves_the_ground_and_darkens_no_edge() -> None:
    canvas = grey()
    half = flat(40, 20, (90, 90, 90, 255))
    half[:, :20] = 0
    canvas.paste(half, matrix(outline(40, 20), at(20.4, 30.6, 53.3, 26.7)))
    assert np.abs(canvas.image.astype(int) - 90).max() <= 2


def test_a_plate_beyond_the_border_is_shown_in_part() -> None:
    canvas = grey()
    plate = flat(40, 20, (255, 255, 255, 255))
    canvas.paste_plate(plate, outline(40, 20), at(80, 40, 40, 20), legible=True)
    canvas.paste_plate(plate, outline(40, 20), at(200, 40, 40, 20), legible=True)
    assert canvas.shown(canvas.marks[0]) == pytest.approx(0.5)
    assert canvas.shown(canvas.marks[1]) == 0


def test_what_is_pasted_over_a_plate_hides_it() -> None:
    canvas = grey()
    plate = flat(40, 20, (255, 255, 255, 255))
    canvas.paste_plate(plate, outline(40, 20), at(30, 40, 40, 20), legible=True)
    assert canvas.shown(canvas.marks[0]) == 1
    assert canvas.mirror[50, 40] == 255
    canvas.paste(plate, matrix(outline(40, 20), at(30, 30, 20, 40)))
    assert canvas.shown(canvas.marks[0]) == pytest.approx(0.5)
    assert canvas.mirror[50, 40] == 0


def test_fine_strokes_are_averaged_when_they_are_seen_from_afar() -> None:
    canvas = grey()
    striped = np.zeros((100, 400, 4), np.uint8)
    striped[..., 3] = 255
    striped[:, ::2, :3] = 255
    canvas.paste(striped, matrix(outline(400, 100), at(30, 40, 40, 10)))
    assert np.abs(canvas.image[42:48, 32:68].astype(int) - 127).max() < 12


@pytest.mark.parametrize("aspect", [1.0, 2.0, 4.7])
def test_a_posed_plate_has_the_height_that_was_asked_for(aspect: float) -> None:
    for seed in range(50):
        quad = posed(np.random.default_rng(seed), aspect, 30)
        edges = np.linalg.norm(quad[[0, 1]] - quad[[3, 2]], axis=1)
        assert edges.mean() == pytest.approx(30, rel=1e-3)
        assert cv2.isContourConvex(quad)
        assert cv2.contourArea(quad, oriented=True) > 0


def test_the_long_plate_fills_its_mount_and_a_squarer_one_stands_over_it() -> None:
    mount = outline(52, 11)
    np.testing.assert_allclose(mounted(mount, 520 / 110), mount, atol=0.1)
    square = mounted(mount, 1.5)
    assert np.ptp(square[:, 0]) < 52
    assert np.ptp(square[:, 1]) > 11
    np.testing.assert_allclose(square.mean(axis=0), mount.mean(axis=0), atol=1e-3)


def test_a_sliver_is_not_large_enough() -> None:
    assert large_enough(outline(20, 6))
    assert not large_enough(outline(20, 4))
    assert not large_enough(outline(4, 20))


def test_samples_lie_within_the_quad() -> None:
    quad = posed(np.random.default_rng(3), 4.7, 40) + np.float32(100)
    assert all(cv2.pointPolygonTest(quad, point.tolist(), measureDist=False) > 0 for point in samples(quad))
