from __future__ import annotations

import numpy as np
import pytest

from training.ground import GROUNDS
from training.scenes import negatives, words
from training.scenes.canvas import premultiplied


@pytest.mark.parametrize("kind", dict.fromkeys(negatives.KINDS), ids=lambda kind: kind.__name__)
def test_every_negative_is_a_cut_out_that_differs_by_seed(kind: negatives.Drawer) -> None:
    drawn = [kind(np.random.default_rng(seed)) for seed in range(4)]
    for sheet in drawn:
        assert sheet.dtype == np.uint8
        assert sheet.ndim == 3
        assert sheet.shape[2] == 4
        assert sheet[..., 3].any()
    assert len({sheet.tobytes() for sheet in drawn}) > 1
    np.testing.assert_array_equal(drawn[0], kind(np.random.default_rng(0)))


@pytest.mark.parametrize("kind", dict.fromkeys(GROUNDS), ids=lambda kind: kind.__name__)
def test_every_ground_fills_its_square_and_differs_by_seed(kind: object) -> None:
    assert callable(kind)
    first, other = (kind(np.random.default_rng(seed), 96) for seed in (1, 2))
    assert first.shape == (96, 96, 3)
    assert first.dtype == np.uint8
    assert (first != other).any()
    np.testing.assert_array_equal(first, kind(np.random.default_rng(1), 96))


def test_no_colour_is_brighter_than_its_cover_once_multiplied() -> None:
    for seed in range(20):
        sheet = premultiplied(negatives.draw(np.random.default_rng(seed)))
        assert (sheet[..., :3] <= sheet[..., 3:]).all()


def test_a_pattern_is_filled_with_figures_and_capitals_and_the_rest_is_kept() -> None:
    made = words.filled(np.random.default_rng(1), "ALT 00.0m @@-")
    assert made[:4] == "ALT "
    assert made[4:6].isdigit()
    assert made[-3:-1].isalpha()
    assert made[-3:-1].isupper()
    assert made[-1] == "-"
