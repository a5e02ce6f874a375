from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.plates.lettering import hand_of, line
from training.plates.writing import rows, runs, write


@given(st.integers(0, 2**32))
def test_a_pattern_is_filled_sign_by_sign_and_the_rest_stands_for_itself(seed: int) -> None:
    text = write(np.random.default_rng(seed), "IND {state}-@@#%~", "XY", "٣", {"state": ("MH", "T#")})
    assert text.startswith("IND ")
    assert text[4:6] == "MH" or (text[4] == "T" and text[5].isdigit())
    assert text[6] == "-"
    assert set(text[7:9]) <= set("XY")
    assert text[9].isdigit()
    assert text[10] in "123456789"
    assert text[11] == "٣"


def test_a_word_that_a_format_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError, match="town"):
        write(np.random.default_rng(0), "{town}", "A", "0", {})


@pytest.mark.parametrize(
    ("text", "wide", "expected"),
    [
        ("AB|-12", True, ("AB-12",)),
        ("AB|-12", False, ("AB", "12")),
        ("京/た 12", True, ("京", "た 12")),
        ("A 12|", False, ("A 12",)),
    ],
)
def test_rows_end_where_the_pattern_says_so(text: str, wide: bool, expected: tuple[str, ...]) -> None:  # noqa: FBT001
    assert rows(text, wide=wide) == expected


def test_a_line_is_cut_where_its_alphabet_changes() -> None:
    assert runs("12가 34") == [("12", None), ("가 ", "hangul"), ("34", None)]


@given(
    st.text("AB12 -·°Ж京ب가gq", min_size=1, max_size=9), st.integers(6, 120), st.integers(8, 500), st.integers(0, 999)
)
@settings(max_examples=80, deadline=None)
def test_a_line_has_the_height_asked_for_and_never_more_width_than_there_is(
    text: str, height: int, room: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    writing = line(random, text, hand_of(random, "plate"), height, room)
    assert writing.mask.shape[0] == height
    assert writing.mask.shape[1] <= room
    assert len(writing.seals) == text.count("°")
    assert all(0 <= left < right <= writing.mask.shape[1] + 1 for left, right in writing.seals)
