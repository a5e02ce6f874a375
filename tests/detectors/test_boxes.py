"""Scored boxes: overlap, and one box for each place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.detectors.boxes import NONE, Boxes, clusters, merged, overlaps, suppressed
from redact.model import Box

box = st.tuples(
    st.integers(0, 60), st.integers(0, 60), st.integers(1, 40), st.integers(1, 40), st.integers(1, 100)
).map(lambda sides: (sides[0], sides[1], sides[0] + sides[2], sides[1] + sides[3], sides[4] / 100))
boxes = st.lists(box, max_size=30).map(lambda rows: np.array(rows, np.float32).reshape(-1, 5))


@given(box, box)
def test_overlap_is_the_models_intersection_over_union(one: tuple[float, ...], other: tuple[float, ...]) -> None:
    expected = Box(*one[:4]).iou(Box(*other[:4]))
    assert overlaps(np.array(one, np.float32), np.array([other], np.float32))[0] == pytest.approx(expected, abs=1e-5)


@given(boxes)
def test_clusters_hold_every_box_once(found: Boxes) -> None:
    rows = [int(row) for cluster in clusters(found, 0.4) for row in cluster]
    assert sorted(rows) == list(range(len(found)))


@given(boxes)
def test_no_two_boxes_that_stay_are_of_one_place_and_the_best_is_first(found: Boxes) -> None:
    kept = suppressed(found, 0.4)
    assert list(kept[:, 4]) == sorted(kept[:, 4], reverse=True)
    for number, row in enumerate(kept):
        assert (overlaps(row, kept[number + 1 :]) < 0.4 + 1e-6).all()


@given(boxes, st.sampled_from([0.4, 0.6, 0.9]))
def test_every_box_lies_in_the_one_that_it_is_part_of(found: Boxes, share: float) -> None:
    owners, grown = merged(found[:, :4].astype(float), share)
    last = {int(owner): row for row, owner in enumerate(owners)}
    for row, owner in enumerate(owners):
        assert owner <= row
        whole, part = Box(*grown[last[int(owner)]]), Box(*map(float, found[row, :4]))
        assert whole.holds(part)
        assert Box(*map(float, found[owner, :4])).overlap(part) >= share * part.area - 1e-6


@given(boxes)
def test_boxes_that_stand_for_themselves_have_less_in_common_than_asked(found: Boxes) -> None:
    owners, _ = merged(found[:, :4].astype(float), 0.6)
    alone = [Box(*map(float, found[row, :4])) for row in np.unique(owners)]
    for number, box in enumerate(alone):
        assert all(other.overlap(box) < 0.6 * box.area + 1e-6 for other in alone[:number])


def test_a_crowd_does_not_become_one_box_by_way_of_what_lies_between() -> None:
    row = np.array([[5.0 * step, 0, 5.0 * step + 10, 10] for step in range(9)])
    owners, grown = merged(row, 0.5)
    assert len(np.unique(owners)) > 3
    assert (grown[:, 2] - grown[:, 0]).max() <= 20


def test_nothing_found_stays_nothing() -> None:
    assert merged(np.zeros((0, 4)), 0.6)[1].shape == (0, 4)
    assert suppressed(NONE, 0.4).shape == (0, 5)
