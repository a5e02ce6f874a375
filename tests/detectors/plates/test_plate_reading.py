"""Reading: one line is read as one, two lines as two, tilted ones as well."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from redact.detectors.plates.quads import Corners
from redact.detectors.plates.reading import Reading, band, read
from redact.detectors.ppocr import TextReader
from redact.model import Image
from tests.detectors.plates.conftest import plate


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader()


def lettered(lines: tuple[str, ...], width: int, height: int, angle: float = 0) -> tuple[Image, Corners]:
    """A grey picture with a white plate in it, and the plate's corners."""
    sheet = Pillow.new("RGBA", (width, height), (240, 240, 235, 255))
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(int(0.75 * height / len(lines)))
    for number, line in enumerate(lines):
        pen.text((width / 2, (number + 0.5) * height / len(lines)), line, (15, 15, 20), font, "mm")
    ground = Pillow.new("RGBA", (400, 300), (110, 110, 110, 255))
    corners = plate(100, 120, width, height, angle)
    sheet = sheet.rotate(-angle, expand=True, resample=Pillow.Resampling.BICUBIC)
    low = corners.min(0)
    ground.alpha_composite(sheet, (round(low[0]), round(low[1])))
    return np.array(ground.convert("RGB")), corners


@pytest.mark.parametrize("angle", [0, -14, 18])
def test_one_line_is_read(reader: TextReader, angle: float) -> None:
    image, corners = lettered(("AB12 CDE",), 180, 40, angle)
    reading = read(reader, image, corners)
    assert reading.text.replace(" ", "") == "AB12CDE"
    assert reading.confidence > 0.8


def test_two_lines_are_read_as_two(reader: TextReader) -> None:
    image, corners = lettered(("KA 03", "HT 5812"), 120, 84)
    reading = read(reader, image, corners)
    assert reading.text.replace(" ", "") == "KA03HT5812"


def test_nothing_is_read_on_a_blank_sheet(reader: TextReader) -> None:
    image, corners = lettered(("",), 180, 40)
    assert read(reader, image, corners).worth < 1


def test_a_band_lies_between_two_shares_of_the_height() -> None:
    upper = band(plate(10, 20, 100, 40), 0.25, 0.5)
    assert upper == pytest.approx(plate(10, 30, 100, 10))


def test_much_and_surely_is_worth_more() -> None:
    assert Reading("AB 1234", 0.9).worth > Reading("AB", 0.9).worth
    assert Reading("AB 1234", 0.9).worth > Reading("AB 1234", 0.5).worth
    assert Reading("x" * 7, 0.5).worth == Reading("x" * 70, 0.5).worth
