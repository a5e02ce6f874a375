"""Deciding: what reading cannot change is not read, what is beyond the bound is decided all the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.detectors.plates import decision, traits, wording
from redact.detectors.plates.decision import PRESETS, Margins, Preset, Reading, Regression, preset, read
from redact.detectors.plates.quads import extents
from redact.errors import PolicyError
from tests.detectors.plates.conftest import plate

BY_SIGHT = Regression(0, {"seen": 1})
WHEN_READ = Regression(-2, {"seen": 0.5, "legible": 4})


def reading() -> Preset:
    return Preset(BY_SIGHT, Reading(0.1, 0.9, WHEN_READ), 0.5, Margins(0, 0, 0))


@given(st.lists(st.floats(-8, 8), max_size=20))
def test_only_what_reading_can_change_is_read_the_likeliest_first(odds: list[float]) -> None:
    asked: list[int] = []

    def told(place: int) -> tuple[float]:
        asked.append(place)
        return (1.0,)

    likely = reading().probabilities(np.array(odds).reshape(-1, 1), told)
    by_sight = 1 / (1 + np.exp(-np.array(odds)))
    assert sorted(asked) == [place for place, each in enumerate(by_sight) if 0.1 <= each < 0.9]
    assert [by_sight[place] for place in asked] == sorted((by_sight[place] for place in asked), reverse=True)
    untouched = [place for place in range(len(odds)) if place not in asked]
    assert likely[untouched] == pytest.approx(by_sight[untouched])


def test_what_is_read_is_decided_by_it() -> None:
    likely = reading().probabilities(np.array([[0.0], [0.0]]), lambda place: (float(place),))
    assert likely[0] < 0.2
    assert likely[1] > 0.8


def test_what_is_beyond_the_bound_is_decided_by_looking_and_not_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision, "READS", 2)
    likely = reading().probabilities(np.array([[1.0], [0.9], [0.8]]), lambda place: (0.0,))
    assert (likely[:2] < 0.5).all()
    assert likely[2] == pytest.approx(1 / (1 + np.exp(-0.8)))


def test_a_preset_that_does_not_read_asks_nobody() -> None:
    blind = Preset(BY_SIGHT, None, 0.5, Margins(0, 0, 0))

    def never(place: int) -> tuple[float, ...]:
        raise AssertionError

    assert blind.probabilities(np.array([[0.0]]), never) == pytest.approx(0.5)


def test_margins_are_shares_of_the_plates_own_sides() -> None:
    grown = Margins(0.1, 0.25, 2).around(plate(50, 50, 100, 20, 30)[None])
    assert [float(extent[0]) for extent in extents(grown)] == pytest.approx([124, 34])
    unchanged = Margins(0.1, 0.25, 2).around(plate(50, 50, 100, 20, 30)[None], 0)
    assert unchanged[0] == pytest.approx(plate(50, 50, 100, 20, 30))


def test_weights_are_told_by_name_whatever_their_order_in_the_file() -> None:
    names = (*reversed(traits.NAMES),)
    table = {
        "looked": {"bias": 0.0, "weights": {name: float(number) for number, name in enumerate(names)}},
        "threshold": 0.5, "margins": {"across": 0.0, "down": 0.0, "rim": 0.0},
    }  # fmt: skip
    looked = read(table).looked
    assert tuple(looked.weights) == traits.NAMES
    assert looked.weights["ring"] == 0


@pytest.mark.parametrize("name", PRESETS)
def test_the_fitted_numbers_of_every_preset_are_whole(name: str) -> None:
    fitted = preset(name)
    assert tuple(fitted.looked.weights) == traits.NAMES
    assert 0 < fitted.threshold < 1
    assert (fitted.reading is None) == (name == "fast")
    if fitted.reading:
        assert tuple(fitted.reading.weighed.weights) == (*traits.NAMES, *wording.NAMES)
        assert 0 <= fitted.reading.above < fitted.reading.below <= 1


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(PolicyError, match="fast, balanced"):
        preset("hasty")
