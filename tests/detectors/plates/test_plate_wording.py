"""What a reading tells: plates of many countries are like one, words, times and prices are not."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.detectors.plates.reading import Reading
from redact.detectors.plates.wording import NAMES, wording


def term(text: str, name: str, confidence: float = 1) -> float:
    return wording(Reading(text, confidence))[NAMES.index(name)]


@pytest.mark.parametrize(
    "text",
    [
        "B AB 1234", "AB12 CDE", "7ABC123", "W-12345X", "KA 03 5812", "AA 1234 BB", "12-34-XY", "京A·12345", "ABC1D23",
        "\u0410123\u0412\u042177", "1กก 1234", "DL8CAF5030",
    ],
)  # fmt: skip
def test_plates_of_many_countries_are_like_one(text: str) -> None:
    assert term(text, "plate_like") == 1
    assert term(text, "word_like") == 0
    assert term(text, "digits") > 0


@pytest.mark.parametrize("text", ["12:45", "2024-05-01", "€ 3.99", "50%", "open 24h daily", "", "AB", "STOP"])
def test_times_prices_and_words_are_not(text: str) -> None:
    assert term(text, "plate_like") == 0


@pytest.mark.parametrize(("text", "like"), [("POLICE", 1), ("Bakery", 1), ("EXIT", 1), ("A1B", 0), ("BUS", 0)])
def test_letters_alone_are_a_word(text: str, like: float) -> None:
    assert term(text, "word_like") == like


def test_what_is_hardly_legible_hardly_counts() -> None:
    assert term("B AB 1234", "plate_like", 0.25) == 0.25
    assert term("B AB 1234", "digits", 0.25) == 0.25


def test_full_width_letters_are_letters() -> None:
    assert wording(Reading("\uff21\uff22\uff11\uff12\uff13", 0.9)) == wording(Reading("AB123", 0.9))


@given(st.text(max_size=60), st.floats(0, 1))
def test_no_term_leaves_its_bounds_whatever_is_read(text: str, confidence: float) -> None:
    terms = wording(Reading(text, confidence))
    assert len(terms) == len(NAMES)
    assert all(math.isfinite(each) and 0 <= each <= 1 for each in terms)
