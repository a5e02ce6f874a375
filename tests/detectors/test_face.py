"""Faces: found in a real portrait at many sizes and angles, covered with a margin, and not where there is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from redact import weights
from redact.detectors import centerface, yunet
from redact.detectors.boxes import overlaps
from redact.detectors.centerface import CenterFace
from redact.detectors.face import FaceDetector, scales, turned, turned_back
from redact.detectors.presets import PRESETS, preset
from redact.detectors.pyramid import TILE
from redact.detectors.yunet import YuNet
from redact.errors import PluginError, PolicyError
from redact.model import Box, Image
from redact.testing import check_detector
from tests.detectors.conftest import FACE, covered, resized


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector()


@pytest.fixture
def cup(samples: Path) -> Image:
    return np.asarray(Pillow.open(samples / "cup.png").convert("RGB"))


@pytest.mark.parametrize("size", [96, 192, 512, 1024, 2048])
def test_a_face_is_covered_whatever_its_size(detector: FaceDetector, portrait: Image, size: int) -> None:
    scale = size / 512
    assert covered(FACE.scaled(scale, scale), detector, resized(portrait, size)) > 0.9


def test_a_face_is_one_detection_with_a_high_score(detector: FaceDetector, portrait: Image) -> None:
    (found,) = detector.detect(portrait)
    assert found.label == "face"
    assert found.score > 0.6
    assert found.doubts == ()


def test_what_is_painted_is_not_much_more_than_the_face(detector: FaceDetector, portrait: Image) -> None:
    (found,) = detector.detect(portrait)
    assert found.region.bounds.area < 2 * FACE.area


def test_a_mirrored_a_dark_and_a_grey_face_are_found(detector: FaceDetector, portrait: Image) -> None:
    mirrored = Box(512 - FACE.right, FACE.top, 512 - FACE.left, FACE.bottom)
    grey = np.repeat(portrait.mean(2, keepdims=True).astype(np.uint8), 3, 2)
    assert covered(mirrored, detector, np.ascontiguousarray(portrait[:, ::-1])) > 0.9
    assert covered(FACE, detector, portrait // 4) > 0.9
    assert covered(FACE, detector, grey) > 0.9


def test_a_face_cut_by_the_edge_is_found_and_its_region_stays_inside(detector: FaceDetector, portrait: Image) -> None:
    half = np.ascontiguousarray(portrait[:, 215:])
    found = list(detector.detect(half))
    assert found
    assert all(each.region.bounds.left >= 0 for each in found)
    assert max(each.region.bounds.overlap(Box(0, 70, 50, 180)) for each in found) > 4000


def test_every_face_of_a_crowd_is_found(detector: FaceDetector, portrait: Image) -> None:
    small = resized(portrait, 128)
    crowd = np.tile(small, (5, 8, 1))
    found = [each.region.bounds for each in detector.detect(crowd)]
    for row in range(5):
        for column in range(8):
            face = FACE.scaled(0.25, 0.25).shifted(column * 128, row * 128)
            assert max(region.overlap(face) for region in found) > 0.9 * face.area


def test_every_face_of_a_crowd_is_one_region(detector: FaceDetector, portrait: Image) -> None:
    found = [each.region.bounds for each in detector.detect(np.tile(resized(portrait, 96), (3, 5, 1)))]
    for row in range(3):
        for column in range(5):
            face = FACE.scaled(96 / 512, 96 / 512).shifted(column * 96, row * 96)
            assert sum(region.overlap(face) > 0.5 * face.area for region in found) == 1


def test_a_cup_of_coffee_is_no_face(detector: FaceDetector, cup: Image) -> None:
    assert list(detector.detect(cup)) == []


def test_a_face_that_was_painted_over_is_no_face(detector: FaceDetector, portrait: Image) -> None:
    painted = portrait.copy()
    for found in detector.detect(portrait):
        box = found.region.bounds
        painted[int(box.top) : int(box.bottom) + 1, int(box.left) : int(box.right) + 1] = (90, 80, 70)
    assert list(detector.detect(painted)) == []


def test_a_flat_picture_holds_no_face(detector: FaceDetector) -> None:
    assert list(detector.detect(np.full((300, 400, 3), 128, np.uint8))) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (16, 16), (33, 5)])
def test_tiny_and_thin_pictures_are_looked_at(detector: FaceDetector, shape: tuple[int, int]) -> None:
    assert list(detector.detect(np.zeros((*shape, 3), np.uint8))) == []


def test_a_higher_threshold_finds_a_subset(portrait: Image) -> None:
    crowd = np.tile(resized(portrait, 48), (6, 6, 1))
    eager = {found.region for found in FaceDetector(threshold=0.02).detect(crowd)}
    strict = {found.region for found in FaceDetector(threshold=0.9).detect(crowd)}
    assert len(strict) < len(eager)


def test_faces_under_the_smallest_size_asked_for_are_left(portrait: Image) -> None:
    assert list(FaceDetector(min_size=50).detect(resized(portrait, 128))) == []
    assert len(list(FaceDetector(min_size=50).detect(portrait))) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"threshold": 0}, {"threshold": 1.5}, {"threshold": float("nan")}, {"min_size": -1}, {"margin": float("inf")},
        {"preset": "hasty"}, {"runtime": "abacus"},
    ],
)  # fmt: skip
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(PolicyError):
        FaceDetector(**options)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_finds_the_face_and_not_the_cup(name: str, portrait: Image, cup: Image) -> None:
    assert covered(FACE, FaceDetector(preset=name), portrait) > 0.9
    assert list(FaceDetector(preset=name).detect(cup)) == []


@pytest.mark.parametrize("turn", [1, 2, 3])
@pytest.mark.parametrize("size", [128, 512])
def test_a_lying_face_is_found_by_the_thorough_preset(portrait: Image, turn: int, size: int) -> None:
    small = resized(portrait, size)
    face = FACE.scaled(size / 512, size / 512)
    rows = np.array([[face.left, face.top, face.right, face.bottom, 1]], np.float32)
    (where,) = turned_back(rows, 4 - turn, (size, size))
    lying = Box(*(float(side) for side in where[:4]))
    assert covered(lying, FaceDetector(preset="thorough"), turned(small, turn)) > 0.8


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 3))
def test_a_box_of_a_turned_picture_is_where_the_thing_is_in_the_picture(height: int, width: int, turn: int) -> None:
    image = np.zeros((height, width, 3), np.uint8)
    top, left = height // 2, width // 3
    image[top, left] = 255
    (row,), (column,) = (np.unique(each) for each in np.nonzero(turned(image, turn))[:2])
    boxes = np.array([[column, row, column + 1, row + 1, 0.5]], np.float32)
    assert turned_back(boxes, turn, (height, width)).tolist() == [[left, top, left + 1, top + 1, 0.5]]


def test_a_larger_margin_paints_more(portrait: Image) -> None:
    plain, wide = (next(iter(FaceDetector(margin=margin).detect(portrait))).region.bounds for margin in (1, 2))
    assert wide.holds(plain)
    assert wide.area > 1.1 * plain.area


def test_what_is_just_above_the_threshold_says_so(portrait: Image) -> None:
    (sure,) = FaceDetector().detect(portrait)
    assert sure.doubts == ()
    near = next(iter(FaceDetector(threshold=sure.score / 1.1).detect(portrait)))
    assert near.doubts == ("near-threshold",)


@pytest.mark.parametrize("name", FaceDetector.weights)
def test_without_a_model_there_is_no_detector(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    load: Callable[[str], bytes] = weights.load
    monkeypatch.setattr(weights, "load", lambda asked: load("none of that name" if asked == name else asked))
    with pytest.raises(PluginError):
        FaceDetector()


def test_a_model_that_is_no_network_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "load", lambda _: b"not a network")
    with pytest.raises(PluginError):
        FaceDetector()


def test_the_contract_is_kept(detector: FaceDetector, portrait: Image) -> None:
    check_detector(detector, resized(portrait, 256))


@pytest.mark.parametrize("network", [CenterFace(), YuNet()], ids=["centerface", "yunet"])
def test_each_network_sees_the_face(network: CenterFace | YuNet, portrait: Image) -> None:
    seen = network.look(portrait, 1, 0.3)
    face = np.array([FACE.left, FACE.top, FACE.right, FACE.bottom], np.float32)
    assert overlaps(face, seen).max() > 0.5


def test_centerface_answers_become_boxes_where_the_grid_says() -> None:
    likely = np.zeros((1, 1, 8, 8), np.float32)
    likely[0, 0, 2, 5] = 0.9
    extent = np.full((1, 2, 8, 8), np.log([[[5]], [[3]]]), np.float32)
    offset = np.full((1, 2, 8, 8), [[[0.25]], [[0.0]]], np.float32)
    (box,) = centerface.decoded(likely, extent, offset, 0.5)
    assert box == pytest.approx([22 - 6, 11 - 10, 22 + 6, 11 + 10, 0.9])


def test_yunet_answers_become_boxes_where_the_grid_says() -> None:
    answers = {
        name: np.zeros((1, 16, sides), np.float32) for name, sides in (("cls_8", 1), ("obj_8", 1), ("bbox_8", 4))
    }
    answers["cls_8"][0, 6] = 0.81
    answers["obj_8"][0, 6] = 1.0
    answers["bbox_8"][0, 6] = (0.5, 0.25, np.log(2), np.log(4))
    (box,) = yunet.decoded(answers, 8, 4, 0.5)
    assert box == pytest.approx([20 - 8, 10 - 16, 20 + 8, 10 + 16, 0.9])


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("long_side", [1, 500, 1600, 4000, 12_000, 60_000])
def test_one_look_of_each_preset_sees_the_whole_picture_in_one_tile(name: str, long_side: int) -> None:
    looks = preset(name).looks
    looked_at = {scale for look in looks for scale in scales(look, long_side)}
    assert looked_at >= {look.scale for look in looks}
    assert min(looked_at) * long_side <= TILE
