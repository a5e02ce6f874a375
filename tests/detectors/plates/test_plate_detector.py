"""Plates: found whatever they say and however they lie, covered along their own sides, and not where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from redact import weights
from redact.detectors.network import Network
from redact.detectors.plates.decision import PRESETS, Margins, Preset, Reading, Regression
from redact.detectors.plates.detector import PlateDetector
from redact.detectors.plates.quads import Corners
from redact.detectors.plates.traits import NAMES as LOOKED
from redact.detectors.plates.wording import NAMES as TOLD
from redact.detectors.ppocr import TextReader
from redact.errors import PluginError, PolicyError
from redact.model import Box, Image, Polygon
from redact.testing import check_detector
from tests.detectors.plates.conftest import answer, plate

pytestmark = pytest.mark.skip(reason="the plate network is not good enough yet to be asked: docs/detection.md")

WHERE = plate(200, 180, 200, 44, 12)


@pytest.fixture(scope="module")
def detector() -> PlateDetector:
    return PlateDetector()


@pytest.fixture(scope="module")
def car() -> Image:
    return np.asarray(Pillow.open(Path(__file__).parents[3] / "samples" / "card" / "car.jpg").convert("RGB"))


@pytest.fixture
def cup(samples: Path) -> Image:
    return np.asarray(Pillow.open(samples / "cup.png").convert("RGB"))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[[Corners], None]:
    """Makes the network answer as one would that sees these plates, at full size, and nothing else."""
    run = Network.__call__

    def tell(corners: Corners) -> None:
        def answers(network: Network, blob: NDArray[np.float32]) -> Mapping[str, NDArray[np.float32]]:
            if network._name != "plates":
                return run(network, blob)
            height, width = blob.shape[2:]
            seen = corners if (height, width) == (320, 640) else np.zeros((0, 4, 2))
            return {"plates": answer(seen, height, width)}

        monkeypatch.setattr(Network, "__call__", answers)

    return tell


@pytest.fixture
def believing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes every preset one that believes the look at full size and reads all that there is, whatever was fitted."""
    looked = Regression(0, {name: float(name == "seen_0") for name in LOOKED})
    weighed = Regression(0, {name: float(name == "seen_0") for name in (*LOOKED, *TOLD)})
    preset = Preset(looked, Reading(0, 1, weighed), 0.5, Margins(0, 0, 0))
    monkeypatch.setattr("redact.detectors.plates.detector.preset_of", lambda _: preset)


def street(*lettered: tuple[str, Corners]) -> Image:
    """Asphalt, 640 pixels wide and 320 high, with white plates that say something."""
    picture = np.full((320, 640, 3), 96, np.uint8)
    for text, corners in lettered:
        sheet = Pillow.new("RGB", (400, 88), (240, 240, 235))
        pen = ImageDraw.Draw(sheet)
        pen.rectangle((0, 0, 399, 87), outline=(20, 20, 20), width=5)
        pen.text((200, 44), text, fill=(15, 15, 20), font=ImageFont.load_default(70), anchor="mm")
        flat = np.array([[0, 0], [400, 0], [400, 88], [0, 88]], np.float32)
        way = cv2.getPerspectiveTransform(flat, corners.astype(np.float32))
        cv2.warpPerspective(np.array(sheet), way, (640, 320), picture, cv2.INTER_AREA, cv2.BORDER_TRANSPARENT)
    return picture


def coverage(corners: Corners, regions: list[Polygon | Box]) -> float:
    """Share of a plate that lies under the regions."""
    asked, painted = np.zeros((320, 640), np.uint8), np.zeros((320, 640), np.uint8)
    cv2.fillPoly(asked, [np.round(corners).astype(np.int32)], 1)
    for region in regions:
        cv2.fillPoly(painted, [np.round(region.corners).astype(np.int32)], 1)
    return float((asked & painted).sum() / asked.sum())


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("text", ["B AB 1234", "7ABC123", "KA 03 5812"])
def test_what_the_network_takes_for_a_plate_is_covered_along_its_own_sides(
    told: Callable[[Corners], None], preset: str, text: str
) -> None:
    detector = PlateDetector(preset, threshold=0.001)
    told(WHERE[None])
    (found,) = detector.detect(street((text, WHERE)))
    assert found.label == "plate"
    assert isinstance(found.region, Polygon)
    assert coverage(WHERE, [found.region]) > 0.99
    assert cv2.contourArea(np.array(found.region.corners, np.float32)) < 2 * 200 * 44


@pytest.mark.parametrize(("left", "top"), [(-90, 180), (540, 180), (200, -20), (200, 300)])
def test_a_plate_cut_by_the_border_is_covered_as_far_as_it_is_seen(
    told: Callable[[Corners], None], left: float, top: float
) -> None:
    detector = PlateDetector("fast", threshold=0.001)
    corners = plate(left, top, 200, 44)
    told(corners[None])
    regions = [found.region for found in detector.detect(street(("B AB 1234", corners)))]
    assert coverage(corners, regions) > 0.99
    for region in regions:
        assert all(0 <= x <= 640 and 0 <= y <= 320 for x, y in region.corners)


def test_a_plate_that_fills_the_picture_is_covered(told: Callable[[Corners], None]) -> None:
    detector = PlateDetector("fast", threshold=0.001)
    corners = plate(2, 2, 636, 316)
    told(corners[None])
    assert coverage(corners, [found.region for found in detector.detect(street(("B AB 1234", corners)))]) > 0.98


def test_none_of_a_wall_of_a_hundred_plates_is_lost(told: Callable[[Corners], None]) -> None:
    detector = PlateDetector("fast", threshold=0.001)
    wall = np.stack([plate(4 + 64 * column, 6 + 31 * row, 56, 16) for row in range(10) for column in range(10)])
    told(wall)
    found = list(detector.detect(street(*(("AB 123", corners) for corners in wall))))
    assert len(found) == 100
    assert min(coverage(corners, [each.region for each in found]) for corners in wall) > 0.95


@pytest.mark.usefixtures("believing")
def test_reading_is_asked_for_no_more_often_than_is_bounded(
    told: Callable[[Corners], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Image] = []
    spell = TextReader._spelt

    def spelt(reader: TextReader, crop: Image) -> tuple[str, float]:
        shown.append(crop)
        return spell(reader, crop)

    monkeypatch.setattr(TextReader, "_spelt", spelt)
    monkeypatch.setattr("redact.detectors.plates.decision.READS", 3)
    detector = PlateDetector("balanced")
    wall = np.stack([plate(4 + 64 * column, 6 + 31 * row, 56, 16) for row in range(10) for column in range(10)])
    told(wall)
    assert len(list(detector.detect(street(*(("AB 123", corners) for corners in wall))))) == 100
    assert len(shown) == 3


def test_a_margin_of_nothing_paints_the_plate_as_it_was_found(told: Callable[[Corners], None]) -> None:
    detector = PlateDetector("fast", threshold=0.001, margin=0)
    told(WHERE[None])
    (found,) = detector.detect(street(("B AB 1234", WHERE)))
    assert np.array(found.region.corners) == pytest.approx(WHERE, abs=0.1)


def test_plates_under_the_smallest_size_asked_for_are_left(told: Callable[[Corners], None]) -> None:
    pictures = street(("B AB 1234", WHERE))
    detectors = [PlateDetector("fast", threshold=0.001, min_size=size) for size in (190, 210)]
    told(WHERE[None])
    assert [len(list(detector.detect(pictures))) for detector in detectors] == [1, 0]


@pytest.mark.usefixtures("believing")
def test_what_is_hardly_likely_enough_is_doubtful_and_what_is_sure_is_not_however_high_the_threshold(
    told: Callable[[Corners], None],
) -> None:
    picture = street(("B AB 1234", WHERE))
    told(WHERE[None])
    (found,) = PlateDetector("fast", threshold=0.9).detect(picture)
    assert found.doubts == ()
    (hardly,) = PlateDetector("fast", threshold=found.score - 0.001).detect(picture)
    assert hardly.doubts == ("near-threshold",)


@pytest.mark.parametrize(
    "options",
    [
        {"threshold": 0}, {"threshold": 1.5}, {"threshold": float("nan")}, {"min_size": -1}, {"margin": float("inf")},
        {"preset": "hasty"}, {"runtime": "abacus"},
    ],
)  # fmt: skip
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(PolicyError):
        PlateDetector(**options)


@pytest.mark.parametrize("shape", [(1, 1), (1, 30000), (3000, 1), (16, 16), (33, 5)])
def test_tiny_and_thin_pictures_are_looked_at(detector: PlateDetector, shape: tuple[int, int]) -> None:
    assert list(detector.detect(np.zeros((*shape, 3), np.uint8))) == []


def test_the_contract_is_kept(detector: PlateDetector, car: Image) -> None:
    check_detector(detector, car)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_plate_of_the_sample_car_is_found(car: Image, preset: str) -> None:
    assert list(PlateDetector(preset).detect(car))


def test_a_cup_of_coffee_bears_no_plate(detector: PlateDetector, cup: Image) -> None:
    assert list(detector.detect(cup)) == []


def test_words_on_a_sign_are_no_plate(detector: PlateDetector) -> None:
    assert list(detector.detect(street(("BAKERY", WHERE)))) == []


def test_both_runtimes_find_the_same(car: Image) -> None:
    known, found = (list(PlateDetector(runtime=name).detect(car)) for name in ("opencv", "onnxruntime"))
    assert len(known) == len(found)
    for one, other in zip(known, found, strict=True):
        assert one.region.bounds.iou(other.region.bounds) > 0.98


@pytest.mark.parametrize("name", PlateDetector.weights)
def test_without_a_model_there_is_no_detector(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    load: Callable[[str], bytes] = weights.load
    monkeypatch.setattr(weights, "load", lambda asked: load("none of that name" if asked == name else asked))
    with pytest.raises(PluginError):
        PlateDetector()


def test_looking_alone_needs_no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    load: Callable[[str], bytes] = weights.load
    monkeypatch.setattr(weights, "load", lambda asked: load(asked if asked == "plates" else "none of that name"))
    PlateDetector("fast")
