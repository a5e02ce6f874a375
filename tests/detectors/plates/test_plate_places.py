"""Places: what the looks at several sizes saw, joined; every size is looked at, and too many places are an error."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from redact.detectors.plates import places as module
from redact.detectors.plates.network import PlateNetwork
from redact.detectors.plates.places import LOOKS, gathered, seen, supports
from redact.detectors.plates.quads import NONE, Corners, Quads
from redact.errors import MediaError
from redact.model import Image
from tests.detectors.plates.conftest import plate


def quads(*told: tuple[Corners, float]) -> Quads:
    return Quads(np.stack([corners for corners, _ in told]), np.array([score for _, score in told]))


class Asked:
    """Keeps the scales that it is asked for, and sees one plate at the smallest alone."""

    def __init__(self) -> None:
        self.scales: list[float] = []

    def look(self, image: Image, scale: float, floor: float) -> Quads:
        self.scales.append(scale)
        return quads((plate(50, 50, 90, 20), 0.7)) if scale < LOOKS[-1] else NONE


def test_what_looks_agree_on_is_one_place_with_the_score_of_each() -> None:
    found = gathered([quads((plate(10, 10, 80, 20), 0.6)), NONE, quads((plate(12, 11, 80, 20), 0.9))])
    assert found.scores.tolist() == [[0.6, 0, 0.9]]
    left = found.corners[0, 0, 0]
    assert 11 < left < 12


def test_the_likeliest_place_comes_first_whichever_look_saw_it() -> None:
    found = gathered([quads((plate(10, 10, 80, 20), 0.6)), quads((plate(300, 10, 80, 20), 0.8)), NONE])
    assert found.scores.tolist() == [[0, 0.8, 0], [0.6, 0, 0]]


def test_the_part_and_the_whole_are_two_places_that_support_each_other() -> None:
    whole, part, apart = plate(10, 10, 200, 50), plate(10, 10, 60, 50), plate(500, 10, 60, 50)
    found = gathered([quads((part, 0.6), (apart, 0.3)), quads((whole, 0.9)), NONE])
    assert found.scores.max(1).tolist() == [0.9, 0.6, 0.3]
    assert supports(found).tolist() == [0.6, 0.9, 0]


def test_every_size_down_to_what_one_tile_holds_is_looked_at() -> None:
    network = Asked()
    found = seen(cast(PlateNetwork, network), np.zeros((3000, 4000, 3), np.uint8))
    assert network.scales == [1, 0.5, 0.25, 0.125]
    assert found.scores.tolist() == [[0, 0, 0.7]]


def test_a_picture_without_places_has_none() -> None:
    found = gathered([NONE, NONE, NONE])
    assert found.corners.shape == (0, 4, 2)
    assert found.scores.shape == (0, 3)
    assert len(supports(found)) == 0


def test_more_places_than_can_be_weighed_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    row = [(plate(100 * column, 10, 80, 20), 0.5) for column in range(4)]
    assert len(gathered([quads(*row[:3])]).scores) == 3
    with pytest.raises(MediaError, match="smaller pictures"):
        gathered([quads(*row)])
