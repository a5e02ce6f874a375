from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.plates.colours import COLOURS, CONTRAST, apart, brightness, shade
from training.plates.drawing import press
from training.plates.formats import Format, formats
from training.plates.invention import invent


def spread(picture: np.ndarray) -> float:
    """Brightness between the darkest and the brightest twentieth of the middle of a picture."""
    height, width = picture.shape[:2]
    middle = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[height // 4 : -height // 4, width // 8 : -width // 8]
    return float(np.percentile(middle, 95) - np.percentile(middle, 5))


@pytest.mark.parametrize("form", formats(), ids=lambda form: form.kind)
def test_letters_stand_out_from_their_ground_on_a_new_plate_of_every_format(form: Format) -> None:
    shown = [spread(press(np.random.default_rng(seed), form).picture) for seed in range(5)]
    assert np.median(shown) > 0.7 * CONTRAST


@given(st.sampled_from(sorted(COLOURS)), st.sampled_from(sorted(COLOURS)), st.integers(0, 1000))
def test_whatever_two_colours_meet_the_ink_is_moved_until_it_can_be_read(ground: str, ink: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    under = shade(random, ground)
    assert abs(brightness(apart(shade(random, ink), under)) - brightness(under)) >= 0.95 * CONTRAST


@given(st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_invented_formats_press_and_what_is_pressed_out_is_where_there_is_ink(seed: int) -> None:
    random = np.random.default_rng(seed)
    sheet = press(random, invent(random))
    assert sheet.raised.shape == sheet.picture.shape[:2]
    assert sheet.raised.any()


def test_three_parts_stand_in_three_rows_on_a_tall_plate() -> None:
    form = Format("test", ("@@|##|@@",), ("white/black",), ((200, 200),))
    assert press(np.random.default_rng(0), form).rows == 3


def test_a_wide_plate_keeps_in_one_row_what_a_tall_one_breaks() -> None:
    form = Format("test", ("@@|##",), ("white/black",), ((520, 110),))
    assert press(np.random.default_rng(0), form).rows == 1
