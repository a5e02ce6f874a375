"""Options that detectors have in common are refused by name when they make no sense."""

from __future__ import annotations

import math

import pytest

from redact.detectors.options import demand_amount, demand_threshold
from redact.errors import PolicyError


@pytest.mark.parametrize("threshold", [0, 1, -0.1, 1.5, math.nan, math.inf])
def test_a_threshold_that_nothing_can_be_on_both_sides_of_is_refused(threshold: float) -> None:
    with pytest.raises(PolicyError, match="badge detector's threshold lies between 0 and 1, not at"):
        demand_threshold("badge", threshold)


@pytest.mark.parametrize("value", [-1, math.nan, math.inf])
def test_an_amount_below_nought_or_without_end_is_refused(value: float) -> None:
    with pytest.raises(PolicyError, match="badge detector's margin is a number from 0 up, not"):
        demand_amount("badge", "margin", value)


def test_what_makes_sense_passes() -> None:
    demand_threshold("badge", 0.5)
    demand_amount("badge", "margin", 0)
