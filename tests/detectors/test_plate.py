"""What may stand on a plate, and what shape a plate may have."""

from __future__ import annotations

import pytest

from redact.detectors.plate import could_be_plate, reads_like_plate
from redact.model import Box


@pytest.mark.parametrize(
    "text",
    [
        "B AB 1234",
        "AB12 CDE",
        "7ABC123",
        "W-12345X",
        "12-345-6",
        "OSG=719",
        "A1",
        "1234",
        "ETT·5764",
        "粤B12345",
        "京A·8B123",
    ],
)
def test_plates_of_many_countries_may_be_plates(text: str) -> None:
    assert reads_like_plate(text, 0.9)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "BAKERY",
        "POLICE",
        "12:30",
        "12:30:45",
        "2024-06-11",
        "11.06.2024",
        "$12.99",
        "50%",
        "Terminal 2",
        "ABCDEF1234567",
        "---",
        "....",
    ],
)
def test_words_times_dates_and_prices_are_no_plates(text: str) -> None:
    assert not reads_like_plate(text, 0.9)


def test_what_could_not_be_read_is_no_plate() -> None:
    assert not reads_like_plate("B AB 1234", 0.3)


@pytest.mark.parametrize("box", [Box(0, 0, 90, 20), Box(0, 0, 60, 60), Box(0, 0, 400, 50)])
def test_a_small_field_wider_than_high_has_the_shape_of_a_plate(box: Box) -> None:
    assert could_be_plate(box, 1280, 720)


@pytest.mark.parametrize("box", [Box(0, 0, 20, 90), Box(0, 0, 600, 20), Box(0, 0, 700, 200)])
def test_a_column_a_long_line_and_a_large_field_have_not(box: Box) -> None:
    assert not could_be_plate(box, 1280, 720)
