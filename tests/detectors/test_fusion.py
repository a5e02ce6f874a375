"""What several looks saw is joined into places, and more evidence is more probable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.detectors.boxes import NONE, Boxes
from redact.detectors.fusion import ALONE, Places, company, evidence, gathered
from redact.detectors.presets import PRESETS, preset, worth

box = st.tuples(
    st.integers(0, 60), st.integers(0, 60), st.integers(2, 40), st.integers(2, 40), st.integers(5, 100)
).map(lambda sides: (sides[0], sides[1], sides[0] + sides[2], sides[1] + sides[3], sides[4] / 100))
boxes = st.lists(box, max_size=12).map(lambda rows: np.array(rows, np.float32).reshape(-1, 5))


def one(left: float, score: float) -> Boxes:
    return np.array([[left, 10, left + 30, 40, score]], np.float32)


def test_boxes_that_agree_become_one_place_nearer_to_the_surer() -> None:
    places = gathered([one(10, 0.9), one(14, 0.3)], 0.4)
    assert places.scores == pytest.approx(np.array([[0.9, 0.3]]))
    assert 10 < places.boxes[0, 0] < 12
    assert places.sizes == pytest.approx([30], abs=0.1)


def test_boxes_apart_become_two_places_and_who_saw_nothing_scores_nothing() -> None:
    places = gathered([one(10, 0.9), one(200, 0.3)], 0.4)
    assert places.scores == pytest.approx(np.array([[0.9, 0], [0, 0.3]]))


@given(st.lists(boxes, min_size=1, max_size=3))
def test_a_place_lies_within_the_boxes_that_were_seen(seen: list[Boxes]) -> None:
    places = gathered(seen, 0.4)
    every = np.concatenate(seen)
    assert len(places.boxes) <= len(every)
    if len(every):
        assert (places.boxes[:, :2] >= every[:, :2].min(0) - 1e-3).all()
        assert (places.boxes[:, 2:] <= every[:, 2:4].max(0) + 1e-3).all()
        assert places.scores.max() == pytest.approx(every[:, 4].max())


@pytest.mark.parametrize("name", PRESETS)
def test_nothing_seen_is_nothing_likely(name: str) -> None:
    looks = len(preset(name).looks)
    places = gathered([NONE] * looks, 0.4)
    assert evidence(places).shape == (0, 3 * looks + 2)
    assert preset(name).probabilities(places, 500).shape == (0,)


@pytest.mark.parametrize("name", PRESETS)
def test_more_evidence_is_more_probable(name: str) -> None:
    looks = len(preset(name).looks)
    scores = np.array([[0.05] * looks, [0.5] * looks, [0.9] * looks])
    box = np.array([[100.0, 100, 140, 140]])
    none, some, much = (preset(name).probabilities(Places(box, row[np.newaxis]), 500)[0] for row in scores)
    assert 0 <= none < some < much <= 1


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(2, 600)), max_size=20))
def test_company_is_the_likeliest_other_and_does_not_depend_on_the_order(
    known: list[tuple[float, float]],
) -> None:
    odds, extents = (np.array([pair[side] for pair in known]) for side in (0, 1))
    terms = company(odds, extents)
    bounded = np.clip(odds, -ALONE, ALONE)
    for number in range(len(known)):
        assert terms[number, 0] == np.delete(bounded, number).max(initial=-ALONE)
        assert terms[number, 1] <= terms[number, 0]
    turned = np.arange(len(known))[::-1]
    assert np.array_equal(company(odds[turned], extents[turned]), terms[turned])


def test_a_large_place_has_to_be_surer() -> None:
    small, large = worth(np.zeros(2), np.array([10.0, 300.0]), 500)
    assert large < 0.5 < small
