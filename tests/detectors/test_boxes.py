"""Scored boxes: overlap, and one box for each place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.detectors.boxes import NONE, Boxes, clusters, overlaps, suppressed
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


def test_nothing_found_stays_nothing() -> None:
    assert suppressed(NONE, 0.4).shape == (0, 5)
