"""Codes are covered with their quiet zone, whichever way they stand, and whether or not they can be read."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

import redact
from redact.detectors.bars import reach, unread
from redact.detectors.code import READ, SEEN, CodeDetector
from redact.detectors.quiet import Extent, bars_extent, grown, matrix_extent
from redact.detectors.views import doubled, halved, tiles, whole
from redact.model import Box, Detection, Image, Polygon
from redact.testing import canvas, check_detector
from tests.conftest import SAMPLES

MATRICES = ["QRCode", "MicroQRCode", "RMQRCode", "DataMatrix", "Aztec", "PDF417"]
LINES = {"EAN13": "978014300723", "UPCA": "12345678901", "Code128": "AB-123456", "Code39": "AB-123", "ITF": "12345678"}
CONTENT = {**dict.fromkeys(MATRICES, "12345"), **LINES}


@pytest.fixture(scope="module")
def detector() -> CodeDetector:
    return CodeDetector()


def symbol(symbology: str, module: int = 3) -> Image:
    """A symbol with its quiet zone, RGB."""
    barcode = zxingcpp.create_barcode(CONTENT[symbology], zxingcpp.BarcodeFormat[symbology])
    gray = np.array(zxingcpp.write_barcode_to_image(barcode, scale=module), np.uint8)
    return np.repeat(gray[..., None], 3, 2)


def ground(height: int = 420, width: int = 640) -> Image:
    """A slope of greys with some noise, which is no part of any code."""
    noise = np.random.default_rng(3).normal(0, 5, (height, width))
    slope = np.linspace(80, 150, width) + noise
    return np.repeat(slope.astype(np.uint8)[..., None], 3, 2)


def laid(picture: Image, code: Image, left: int = 60, top: int = 50) -> tuple[Image, np.ndarray]:
    """The picture with the code on it, and its mask."""
    image, mask = picture.copy(), np.zeros(picture.shape[:2], bool)
    place = slice(top, top + code.shape[0]), slice(left, left + code.shape[1])
    image[place], mask[place] = code, True
    return image, mask


def turned(picture: Image, code: Image, degrees: float) -> tuple[Image, np.ndarray]:
    """The picture with the code in its middle, turned, and its mask."""
    height, width = picture.shape[:2]
    way = cv2.getRotationMatrix2D((code.shape[1] / 2, code.shape[0] / 2), degrees, 1.0)
    way[:, 2] += (width - code.shape[1]) / 2, (height - code.shape[0]) / 2
    layers = (cv2.warpAffine(layer, way, (width, height)) for layer in (code, np.full_like(code, 255)))
    drawn, mask = layers
    return np.where(mask > 127, drawn, picture).astype(np.uint8), mask[..., 0] > 127


def painted(found: Iterable[Detection], image: Image) -> np.ndarray:
    """The pixels that lie in a region."""
    mask = np.zeros(image.shape[:2], np.uint8)
    for each in found:
        region = each.region
        bounds = region.bounds
        corners = [(bounds.left, bounds.top), (bounds.right, bounds.top), (bounds.right, bounds.bottom)]
        points = [*corners, (bounds.left, bounds.bottom)] if isinstance(region, Box) else list(region.points)
        cv2.fillPoly(mask, [np.round(points).astype(np.int32)], (1,))
    return mask.astype(bool)


@pytest.mark.parametrize("symbology", CONTENT)
def test_each_symbology_is_covered_with_its_quiet_zone_and_little_else(detector: CodeDetector, symbology: str) -> None:
    image, mask = laid(ground(), symbol(symbology))
    found = list(detector.detect(image))
    assert found
    assert {(each.label, each.score) for each in found} == {("code", READ)}
    cover = painted(found, image)
    assert cover[mask].mean() > 0.99
    # Bars are followed by digits, and their modules are estimated.
    assert (cover & ~mask).sum() < (1.3 if symbology in LINES else 0.75) * mask.sum()


@pytest.mark.parametrize("symbology", ["QRCode", "DataMatrix", "Aztec", "EAN13", "Code128"])
@pytest.mark.parametrize("degrees", [45, 100, 201])
def test_a_code_is_found_at_any_angle(detector: CodeDetector, symbology: str, degrees: float) -> None:
    image, mask = turned(ground(), symbol(symbology), degrees)
    assert painted(detector.detect(image), image)[mask].mean() > 0.97


def test_a_tilted_code_is_a_polygon_and_an_upright_one_a_box(detector: CodeDetector) -> None:
    upright, _ = laid(ground(), symbol("QRCode"))
    tilted, _ = turned(ground(), symbol("QRCode"), 30)
    assert [type(each.region) for each in detector.detect(upright)] == [Box]
    assert [type(each.region) for each in detector.detect(tilted)] == [Polygon]


@pytest.mark.parametrize("symbology", ["QRCode", "DataMatrix", "PDF417", "EAN13", "Code39"])
@pytest.mark.parametrize("way", ["light on dark", "mirrored", "small", "upside down"])
def test_a_code_is_found_in_any_guise(detector: CodeDetector, symbology: str, way: str) -> None:
    code = symbol(symbology, 2 if way == "small" else 4)
    code = {
        "light on dark": 255 - code,
        "mirrored": code[:, ::-1],
        "upside down": code[::-1, ::-1],
        "small": code,
    }[way]
    image, mask = laid(ground(), code)
    assert painted(detector.detect(image), image)[mask].mean() > 0.95


def test_a_code_in_perspective_is_covered_in_perspective(detector: CodeDetector) -> None:
    code = symbol("QRCode", 8)
    side = code.shape[0]
    origin = np.array([(0, 0), (side, 0), (side, side), (0, side)], np.float32)
    corners = np.array([(200, 60), (420, 110), (400, 330), (190, 380)], np.float32)
    way = cv2.getPerspectiveTransform(origin, corners)
    drawn, mask = (cv2.warpPerspective(layer, way, (640, 420)) for layer in (code, np.full_like(code, 255)))
    image = np.where(mask > 127, drawn, ground()).astype(np.uint8)
    cover = painted(detector.detect(image), image)
    truth = mask[..., 0] > 127
    assert cover[truth].mean() > 0.97
    assert (cover & ~truth).sum() < 0.35 * truth.sum()


def test_several_codes_in_one_picture_are_all_found(detector: CodeDetector) -> None:
    image, masks = ground(700, 900), []
    for number, symbology in enumerate(["QRCode", "DataMatrix", "EAN13", "Aztec", "Code128", "QRCode"]):
        image, mask = laid(image, symbol(symbology), 40 + number % 2 * 450, 30 + number // 2 * 220)
        masks.append(mask)
    cover = painted(detector.detect(image), image)
    assert [round(float(cover[mask].mean()), 1) for mask in masks] == [1.0] * 6


def test_a_code_that_cannot_be_read_is_a_code(detector: CodeDetector) -> None:
    code = symbol("QRCode", 6)
    middle = code.shape[0] // 2
    cv2.circle(code, (middle, middle), code.shape[0] // 5, (120, 110, 100), -1)
    assert not zxingcpp.read_barcodes(code)
    image, mask = laid(ground(), code)
    found = list(detector.detect(image))
    assert {each.score for each in found} == {SEEN}
    assert painted(found, image)[mask].mean() > 0.95


def test_bars_that_cannot_be_read_are_a_code(detector: CodeDetector) -> None:
    code = symbol("EAN13", 3)
    code = np.asarray(cv2.GaussianBlur(code, (0, 0), 2.1), np.uint8)
    image, mask = laid(ground(), code)
    assert not zxingcpp.read_barcodes(image)
    found = list(detector.detect(image))
    assert {each.score for each in found} == {SEEN}
    assert painted(found, image)[mask].mean() > 0.9


def test_a_large_code_is_found_in_a_large_picture_and_a_small_one_across_the_edge_of_tiles(
    detector: CodeDetector,
) -> None:
    image = np.full((2300, 2300, 3), 120, np.uint8)
    small, large = symbol("QRCode", 2), symbol("QRCode", 40)
    image, first = laid(image, small, 2048 - small.shape[1] // 2, 1000)
    image, second = laid(image, large, 300, 300)
    cover = painted(detector.detect(image), image)
    assert cover[first].all()
    assert cover[second].mean() > 0.99


@pytest.mark.parametrize("name", ["portrait.jpg", "car.jpg", "drone.jpg"])
def test_nothing_is_a_code_in_a_picture_without_one(detector: CodeDetector, name: str) -> None:
    with Pillow.open(SAMPLES / name) as picture:
        assert not list(detector.detect(np.array(picture.convert("RGB"))))


@pytest.mark.parametrize("texture", ["fence", "blinds", "chess", "noise", "crossword"])
def test_what_looks_like_bars_or_a_matrix_is_no_code(detector: CodeDetector, texture: str) -> None:
    across, down = np.meshgrid(np.arange(480), np.arange(480))
    randomness = np.random.default_rng(1)
    plane = {
        "fence": np.where(across % 13 < 6, 60, 200),
        "blinds": 110 + 100 * np.sign(np.sin(down / 3)),
        "chess": np.where((across // 30 + down // 30) % 2, 240, 15),
        "noise": randomness.integers(0, 256, (480, 480)),
        "crossword": np.kron(randomness.integers(0, 4, (24, 24)) > 0, np.ones((20, 20))) * 225 + 10,
    }[texture]
    image = np.repeat(plane.astype(np.uint8)[..., None], 3, 2)
    assert not list(detector.detect(image))


def test_the_detector_keeps_the_contract(detector: CodeDetector) -> None:
    check_detector(detector, laid(ground(), symbol("QRCode"))[0], labels={"code"})


def test_a_code_is_hidden_where_the_policy_says_so_and_not_otherwise() -> None:
    image, mask = laid(ground(), symbol("QRCode"))
    clean = redact.image(image, redact.Policy(hide={"code": redact.Fill()}))
    assert (clean[mask] == clean[mask][0]).all()
    assert not zxingcpp.read_barcodes(clean)
    assert "code" not in redact.Policy().hide


@pytest.mark.parametrize(
    ("symbology", "version", "across", "down"),
    [
        ("QRCode", "7", 45, 45),
        ("QRCode", "", 21, 21),
        ("QRCode", "41", 21, 21),
        ("RMQRCode", "R13x27", 27, 13),
        ("DataMatrix", "8x32", 32, 8),
        ("DataMatrix", "0x0", 10, 10),
        ("Aztec", "4", 11, 11),
    ],
)
def test_a_symbol_that_does_not_tell_its_size_has_the_widest_zone(
    symbology: str, version: str, across: float, down: float
) -> None:
    extent = matrix_extent(symbology, version)
    assert (extent.across, extent.down) == (across, down)


def test_the_zone_of_bars_is_never_narrower_than_the_standard_asks() -> None:
    for symbology, content in LINES.items():
        module = 4
        barcode = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat[symbology])
        bare = np.array(zxingcpp.write_barcode_to_image(barcode, scale=module, add_quiet_zones=False))
        width, height = bare.shape[1], bare.shape[0]
        corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
        extent = bars_extent(symbology, len(content), corners)
        assert width / extent.across >= module * 0.99, symbology


@given(st.lists(st.tuples(st.floats(-500, 500, width=32), st.floats(-500, 500, width=32)), min_size=4, max_size=4))
@settings(max_examples=200, deadline=None)
def test_whatever_the_corners_the_region_holds_them_or_there_is_none(points: list[tuple[float, float]]) -> None:
    corners = np.array(points, np.float32)
    region = grown(corners, Extent(21, 21, 4))
    spans = corners.max(0) - corners.min(0)
    assert (region is None) == bool((spans < 1).any())
    if region is not None:
        bounds = region.bounds
        assert (bounds.left, bounds.top) <= tuple(corners.min(0) + 0.1)
        assert bounds.right >= corners[:, 0].max() - 0.1
        assert bounds.bottom >= corners[:, 1].max() - 0.1


@given(height=st.integers(1, 90), width=st.integers(1, 90), limit=st.integers(9, 40), overlap=st.integers(0, 8))
@settings(max_examples=60, deadline=None)
def test_tiles_cover_a_picture_and_what_is_no_larger_than_their_overlap_lies_whole_in_one(
    height: int, width: int, limit: int, overlap: int
) -> None:
    gray = np.asarray(np.arange(height * width).reshape(height, width) % 251, np.uint8)
    seen = np.zeros((height, width), bool)
    spans = []
    for tile in tiles(whole(gray), limit, overlap):
        left, top = (int(side) for side in tile.back(np.zeros((1, 2), np.float32))[0])
        rows, columns = tile.gray.shape
        assert max(rows, columns) <= limit
        assert np.array_equal(tile.gray, gray[top : top + rows, left : left + columns])
        seen[top : top + rows, left : left + columns] = True
        spans.append((left, left + columns))
    assert seen.all()
    assert all(any(a <= left and left + min(overlap, width - left) <= b for a, b in spans) for left in range(width))


@pytest.mark.parametrize("way", ["negative", "mirrored", "slanted"])
def test_each_view_knows_its_way_back(way: str) -> None:
    gray = np.zeros((60, 100), np.uint8)
    gray[20:24, 70:74] = 255
    start = whole(gray)
    for view in (start, doubled(start), *halved(start, 32)):
        shown = getattr(view, way)
        bright = 255 - shown.gray if way == "negative" else shown.gray
        spot = np.array([np.argwhere(bright > 40).mean(0)[::-1]], np.float32)
        assert np.abs(shown.back(spot) - (72, 22)).max() < 2.5


def test_bars_are_followed_as_far_as_they_reach_however_they_lean() -> None:
    gray = np.full((300, 500), 120, np.uint8)
    bars = np.repeat(np.random.default_rng(5).integers(0, 2, 60), 4).astype(np.uint8) * 200 + 20
    for row in range(80, 200):
        gray[row, 100 + (row - 80) // 6 : 340 + (row - 80) // 6] = bars
    middle = 100 + (140 - 80) // 6
    line = np.array([(middle, 140), (middle + 240, 140)], np.float32)
    corners = reach(gray, *line)
    assert np.abs(corners - [(100, 80), (340, 80), (360, 200), (120, 200)]).max() < 12


def test_a_line_across_nothing_crosses_no_code() -> None:
    blank = np.full((100, 300), 90, np.uint8)
    ends = np.array([(50, 50), (250, 50)], np.float32)
    assert unread(blank, *ends) is None
    assert unread(canvas(100, 300)[..., 0], *ends) is None
