"""What a network alone covers."""

from typing import cast

import numpy as np
import pytest

from redact.detectors.network import Network
from training.evaluate import GOAL, grown, kept_goal, sampled, seen_at
from training.targets import Target, target

SIZE = 128
PLATE = np.array([[(40, 50), (90, 44), (92, 58), (42, 64)]], np.float32)


def network(wanted: Target) -> Network:
    """One that is always right about a picture of `SIZE`, whatever it is shown."""
    logits = np.where(wanted.score > 0, 4.0, -8.0).astype(np.float32)
    answer = np.concatenate([logits[None], wanted.offsets])[None]
    return cast("Network", lambda picture: {"plates": answer})


def test_a_plate_becomes_the_box_around_it() -> None:
    shown = np.zeros((SIZE, SIZE, 3), np.uint8)
    (box,) = seen_at(network(target(PLATE, PLATE[:0], SIZE)), shown, 1)
    assert box == pytest.approx([40, 44, 92, 64, 0.982], abs=1e-2)


def test_a_box_seen_in_a_smaller_picture_is_one_of_the_whole() -> None:
    shown = np.zeros((2 * SIZE, 2 * SIZE, 3), np.uint8)
    (box,) = seen_at(network(target(PLATE, PLATE[:0], SIZE)), shown, 0.5)
    assert box[:4] == pytest.approx([80, 88, 184, 128], abs=2e-2)


def test_where_nothing_is_nothing_is_seen() -> None:
    shown = np.zeros((SIZE, SIZE, 3), np.uint8)
    assert seen_at(network(target(PLATE[:0], PLATE[:0], SIZE)), shown, 1).shape == (0, 5)


def test_boxes_are_grown_on_each_side() -> None:
    box = np.array([[10, 20, 110, 40, 0.5]], np.float32)
    assert grown(box)[0] == pytest.approx([-2, 13, 122, 47, 0.5])


def test_the_threshold_is_the_lowest_that_keeps_the_goal() -> None:
    def figures(threshold: float) -> dict[str, float]:
        return {"over_negative_percent": 2 * GOAL * (1 - threshold)}

    assert kept_goal(figures) == pytest.approx(0.5, abs=0.002)


def test_a_sample_has_only_pictures_with_plates_and_without_anything() -> None:
    images = {
        "plate": {"boxes": [{"label": "plate"}]},
        "face": {"boxes": [{"label": "face"}]},
        "nothing": {"boxes": [], "negative": True},
    }
    assert set(sampled({"images": images}, 1)["images"]) == {"plate", "nothing"}
