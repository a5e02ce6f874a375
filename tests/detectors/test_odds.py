"""Scores become logarithms of odds that are bounded and keep their order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.detectors.odds import DOUBTFUL, logits


def test_even_odds_are_nought_and_opposite_scores_opposite() -> None:
    assert logits(np.array([0.5, 0.2, 0.8])) == pytest.approx(np.array([0, -np.log(4), np.log(4)]))


@given(st.lists(st.floats(0, 1), min_size=1))
def test_any_score_has_bounded_odds_in_the_order_of_the_scores(scores: list[float]) -> None:
    ordered = np.sort(np.array(scores))
    told = logits(ordered)
    assert (np.diff(told) >= 0).all()
    assert np.abs(told).max() <= np.log((1 - DOUBTFUL) / DOUBTFUL)
