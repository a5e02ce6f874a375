"""Writing: rendered plates, coordinates and lines are found, read and told apart; pictures without any are left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from redact import weights
from redact.detectors import text
from redact.detectors.ppocr import Found, TextFinder, TextReader, ordered, spelt, straightened, whole
from redact.detectors.text import TextDetector
from redact.errors import MediaError, PluginError, PolicyError
from redact.model import Box, Image
from redact.testing import check_detector


@pytest.fixture(scope="module")
def detector() -> TextDetector:
    return TextDetector()


@pytest.fixture(scope="module")
def overlays() -> TextDetector:
    return TextDetector(labels=("coordinates",))


@pytest.fixture
def cup(samples: Path) -> Image:
    return np.asarray(Pillow.open(samples / "cup.png").convert("RGB"))


def rows(height: int = 360, width: int = 640) -> Image:
    """A hazy landscape without writing."""
    down = np.linspace(90, 190, height)[:, None]
    across = 12 * np.sin(np.linspace(0, 9, width))[None]
    return np.repeat((down + across)[..., None], 3, 2).astype(np.uint8)


def burned_in(image: Image, line: str, left: int, bottom: int, size: float = 0.6) -> Box:
    """Write white with a dark shadow, as recorders do; returns the box of the letters."""
    for colour, by in (((0, 0, 0), 1), ((255, 255, 255), 0)):
        cv2.putText(image, line, (left + by, bottom + by), cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)
    (width, height), _ = cv2.getTextSize(line, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
    return Box(left, bottom - height, left + width, bottom)


def with_plate(text_on_it: str, angle: float = 0) -> tuple[Image, Box]:
    """A landscape with a white plate in it, and the plate's box."""
    plate = Pillow.new("RGB", (150, 34), (240, 240, 235))
    draw = ImageDraw.Draw(plate)
    draw.rectangle((0, 0, 149, 33), outline=(20, 20, 20), width=2)
    draw.text((75, 17), text_on_it, fill=(15, 15, 20), font=ImageFont.load_default(26), anchor="mm")
    picture = Pillow.fromarray(rows())
    turned = plate.convert("RGBA").rotate(angle, expand=True, resample=Pillow.Resampling.BICUBIC)
    picture.paste(turned, (240, 200), turned)
    return np.array(picture), Box(240, 200, 240 + turned.width, 200 + turned.height)


def labelled(detector: TextDetector, image: Image, label: str) -> list[Box]:
    return [found.region.bounds for found in detector.detect(image) if found.label == label]


def covered(box: Box, regions: list[Box]) -> float:
    return max((region.overlap(box) / box.area for region in regions), default=0.0)


@pytest.mark.parametrize("plate", ["B AB 1234", "AB12 CDE", "7ABC123", "W-12345X", "KA 03 5812"])
def test_a_plate_is_covered(detector: TextDetector, plate: str) -> None:
    picture, box = with_plate(plate)
    assert covered(box, labelled(detector, picture, "plate")) > 0.9


@pytest.mark.parametrize("angle", [-12, 12])
def test_a_tilted_plate_is_covered(detector: TextDetector, angle: float) -> None:
    picture, box = with_plate("B AB 1234", angle)
    assert covered(box, labelled(detector, picture, "plate")) > 0.9


def test_the_plate_of_the_sample_car_is_found(detector: TextDetector, samples: Path) -> None:
    car = np.asarray(Pillow.open(samples / "car.jpg").convert("RGB"))
    assert labelled(detector, car, "plate")


def test_words_on_a_sign_are_text_and_no_plate(detector: TextDetector) -> None:
    picture, box = with_plate("BAKERY")
    assert labelled(detector, picture, "plate") == []
    assert covered(box.grown(-24, -7, -24, -7), labelled(detector, picture, "text")) > 0.9


@pytest.mark.parametrize(
    "line",
    [
        "N47 22 36.1 E008 32 30.4",
        "LAT 47.37654 LON 8.54169",
        "47.376541, 8.541692",
        "32T MT 65386 46913",
        "32T 465386 5246913",
        "Lat: 47.3765410",
    ],
)
def test_burned_in_coordinates_are_covered(overlays: TextDetector, line: str) -> None:
    picture = rows(540, 960)
    box = burned_in(picture, line, 20, 500)
    assert covered(box, labelled(overlays, picture, "coordinates")) > 0.95


def test_a_pair_on_two_lines_is_covered_with_the_height_above_it_and_the_height_elsewhere_is_not(
    overlays: TextDetector,
) -> None:
    picture = rows(540, 960)
    block = [
        burned_in(picture, line, 20, bottom)
        for line, bottom in (("ALT 123m", 440), ("47.376541", 470), ("8.541692", 500))
    ]
    elsewhere = burned_in(picture, "ALT 123m", 700, 60)
    regions = labelled(overlays, picture, "coordinates")
    assert all(covered(line, regions) > 0.95 for line in block)
    assert covered(elsewhere, regions) < 0.3


def test_the_halves_of_a_place_in_two_corners_are_covered(overlays: TextDetector) -> None:
    picture = rows(540, 960)
    halves = [burned_in(picture, "47.3765412", 20, 500), burned_in(picture, "8.5416921", 800, 500)]
    regions = labelled(overlays, picture, "coordinates")
    assert all(covered(line, regions) > 0.95 for line in halves)


@pytest.mark.parametrize("line", ["2024-06-11 14:22:05", "SPD 12.4m/s  ALT 123m", "ISO100 1/500 EV0", "TEL 555-0134"])
def test_other_overlays_are_no_coordinates(overlays: TextDetector, line: str) -> None:
    picture = rows(540, 960)
    burned_in(picture, line, 20, 500)
    assert list(overlays.detect(picture)) == []


def test_coordinates_in_a_large_picture_are_covered(overlays: TextDetector) -> None:
    picture = rows(2160, 3840)
    box = burned_in(picture, "N47.376541 E8.541692", 200, 2000, size=2.4)
    assert covered(box, labelled(overlays, picture, "coordinates")) > 0.95


def test_the_coordinates_of_the_sample_drone_are_found(overlays: TextDetector, samples: Path) -> None:
    drone = np.asarray(Pillow.open(samples / "drone.jpg").convert("RGB"))
    assert labelled(overlays, drone, "coordinates")


def test_the_cost_of_coordinates_does_not_grow_with_the_picture(
    overlays: TextDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[int, ...]] = []

    def likelihood(_: TextFinder, tile: Image) -> NDArray[np.float32]:
        shown.append(tile.shape)
        return np.zeros(tile.shape[:2], np.float32)

    monkeypatch.setattr(TextFinder, "_likelihood", likelihood)
    list(overlays.detect(np.zeros((4000, 6000, 3), np.uint8)))
    assert sum(height * width for height, width, _ in shown) <= 1.25 * 640 * 960


@pytest.mark.parametrize("overlay", [0, -960, 319, 4097, 960.0, "960", True, None])
def test_a_size_that_is_none_is_refused(overlay: object) -> None:
    with pytest.raises(PolicyError, match="overlay is 320 to 4096 pixels"):
        TextDetector(overlay=overlay)  # type: ignore[arg-type]


def test_displays_are_looked_for_in_a_copy_of_the_size_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    scales: list[float] = []

    def find(_: TextFinder, image: Image, scale: float) -> tuple[Found, ...]:
        scales.append(scale)
        return ()

    monkeypatch.setattr(TextFinder, "find", find)
    list(TextDetector(labels=("coordinates",), overlay=1280).detect(rows(360, 2560)))
    assert scales == [0.5]


def test_only_the_labels_asked_for_are_told() -> None:
    picture, _ = with_plate("B AB 1234")
    burned_in(picture, "N47.376541 E8.541692", 20, 340)
    for label in ("plate", "coordinates"):
        assert {found.label for found in TextDetector(labels=(label,)).detect(picture)} == {label}


def test_one_look_serves_all_labels_in_a_small_picture(detector: TextDetector, monkeypatch: pytest.MonkeyPatch) -> None:
    scales: list[float] = []

    def find(_: TextFinder, image: Image, scale: float) -> tuple[Found, ...]:
        assert image.shape == (360, 640, 3)
        scales.append(scale)
        return ()

    monkeypatch.setattr(TextFinder, "find", find)
    list(detector.detect(rows()))
    assert scales == [1.0]


def test_a_cup_of_coffee_bears_no_plate_and_no_coordinates(detector: TextDetector, cup: Image) -> None:
    assert not labelled(detector, cup, "plate")
    assert not labelled(detector, cup, "coordinates")


def test_a_picture_without_writing_is_left(detector: TextDetector) -> None:
    assert list(detector.detect(rows())) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (16, 16)])
def test_tiny_and_thin_pictures_are_looked_at(detector: TextDetector, shape: tuple[int, int]) -> None:
    assert list(detector.detect(np.zeros((*shape, 3), np.uint8))) == []


def test_the_contract_is_kept(detector: TextDetector) -> None:
    check_detector(detector, with_plate("B AB 1234")[0])


def test_more_writing_than_can_be_read_is_an_error(monkeypatch: pytest.MonkeyPatch, detector: TextDetector) -> None:
    monkeypatch.setattr(text, "MOST", 0)
    with pytest.raises(MediaError):
        list(detector.detect(with_plate("B AB 1234")[0]))


def test_a_label_it_does_not_have_is_refused() -> None:
    with pytest.raises(PolicyError, match="emblem"):
        TextDetector(labels=("plate", "emblem"))


@pytest.mark.parametrize("name", TextDetector.weights)
def test_without_a_model_there_is_no_detector(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    load: Callable[[str], bytes] = weights.load
    monkeypatch.setattr(weights, "load", lambda asked: load("none of that name" if asked == name else asked))
    with pytest.raises(PluginError):
        TextDetector()


@pytest.mark.parametrize("line", ["ALT 123m", "N47.376541", "KA03 5812"])
def test_what_was_written_is_read(line: str) -> None:
    picture = rows()
    burned_in(picture, line, 100, 200, size=1)
    (found,) = TextFinder().find(picture, 1.0)
    read = TextReader().read(picture, found)
    assert read.text.replace(" ", "") == line.replace(" ", "")
    assert read.confidence > 0.8


@pytest.mark.parametrize("turns", [1, 3])
def test_a_line_running_up_or_down_is_read(turns: int) -> None:
    picture = rows(360, 360)
    burned_in(picture, "ALT 123m", 60, 180, size=1)
    turned = np.ascontiguousarray(np.rot90(picture, turns))
    (found,) = TextFinder().find(turned, 1.0)
    assert TextReader().read(turned, found).text.replace(" ", "") == "ALT123m"


def test_corners_are_put_in_reading_order() -> None:
    corners = np.array([(90, 40), (10, 10), (10, 40), (90, 10)], np.float32)
    assert ordered(corners) == ((10, 10), (90, 10), (90, 40), (10, 40))


def test_a_crop_is_of_the_readers_height_and_a_multiple_of_its_step() -> None:
    crop = straightened(rows(), ((10, 10), (131, 10), (131, 40), (10, 40)))
    assert crop.shape[0] == 48
    assert crop.shape[1] % 32 == 0


def test_repeated_and_empty_letters_are_spelt_once_and_not_at_all() -> None:
    steps = np.eye(4, dtype=np.float32)[[0, 1, 1, 0, 1, 2, 2, 3, 0]]
    assert spelt(steps, ("", "A", "B", "C")) == ("AABC", 1.0)
    assert spelt(steps[:1], ("", "A", "B", "C")) == ("", 0.0)


def test_what_a_second_tile_saw_of_a_line_is_left_out() -> None:
    line = Found(((0, 0), (200, 0), (200, 20), (0, 20)), 0.9)
    piece = Found(((120, 1), (199, 1), (199, 19), (120, 19)), 0.95)
    other = Found(((0, 100), (80, 100), (80, 120), (0, 120)), 0.8)
    assert whole([piece, other, line]) == (line, other)
