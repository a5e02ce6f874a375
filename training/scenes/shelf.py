"""What scenes are put together from, drawn once and taken often: plates, cars, negatives, stamps and grounds.

Scenes with seeds near each other share a shelf: drawing a plate takes longer than a scene may. A place on a shelf
always holds the same thing, drawn when it is first asked for, so a scene never depends on which ones were made before
it. A shelf serves 4096 seeds; then the next one is drawn, and variety has no end while memory does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training import cars, plates
from training.ground import ground
from training.scenes import negatives
from training.scenes.canvas import Cutout, premultiplied
from training.scenes.negatives.stamps import stamp, stamps
from training.scenes.posing import Quad

SEEDS = 4096
"""How many seeds in a row share a shelf."""

_PLATES, _CARS, _NEGATIVES, _STAMPS, _GROUNDS = 320, 128, 384, 192, 64
_GROUND_PX = 384


@dataclass(frozen=True, slots=True)
class Item:
    """A cut-out with the four corners that matter on it: a plate's own, a car's mount, a negative's outline."""

    cutout: Cutout
    corners: Quad


def plate(random: Generator, seed: int) -> Item:
    """One of the plates of this seed's shelf."""
    return _plate(seed // SEEDS, int(random.integers(_PLATES)))


def car(random: Generator, seed: int) -> Item:
    """One of the cars of this seed's shelf."""
    return _car(seed // SEEDS, int(random.integers(_CARS)))


def negative(random: Generator, seed: int) -> Cutout:
    """One of the negatives of this seed's shelf."""
    return _negative(seed // SEEDS, int(random.integers(_NEGATIVES)))


def stamped(random: Generator, seed: int) -> Cutout | None:
    """One of the stamps of this seed's shelf; None where no stamps were fetched."""
    return _stamp(seed // SEEDS, int(random.integers(_STAMPS))) if stamps() else None


def generated(random: Generator, seed: int) -> NDArray[np.uint8]:
    """One of the grounds of this seed's shelf, uint8 (384, 384, 3) RGB."""
    return _ground(seed // SEEDS, int(random.integers(_GROUNDS)))


@lru_cache(_PLATES)
def _plate(shelf: int, place: int) -> Item:
    drawn = plates.draw(np.random.default_rng((shelf, place, 1)))
    return Item(premultiplied(drawn.image), drawn.corners)


@lru_cache(_CARS)
def _car(shelf: int, place: int) -> Item:
    drawn = cars.draw(np.random.default_rng((shelf, place, 2)))
    return Item(premultiplied(drawn.image), drawn.mount)


@lru_cache(_NEGATIVES)
def _negative(shelf: int, place: int) -> Cutout:
    return premultiplied(negatives.draw(np.random.default_rng((shelf, place, 3))))


@lru_cache(_STAMPS)
def _stamp(shelf: int, place: int) -> Cutout:
    return premultiplied(stamp(np.random.default_rng((shelf, place, 5))))


@lru_cache(_GROUNDS)
def _ground(shelf: int, place: int) -> NDArray[np.uint8]:
    return ground(np.random.default_rng((shelf, place, 4)), _GROUND_PX)
