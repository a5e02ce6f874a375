"""What a network is asked and what was read of its answers, whatever their layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Floats: TypeAlias = NDArray[np.float32]


class MismatchError(Exception):
    """The answers are not of that layout; the message says in what way."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the answers are read for.

    width, height: of the network's input, pixels
    classes:       how many kinds of things the network tells apart
    floor:         score from which on a thing counts
    """

    width: int
    height: int
    classes: int
    floor: float


@dataclass(frozen=True, slots=True)
class Sightings:
    """What scored high enough.

    boxes:   float32 (n, 4), left, top, right, bottom in pixels of the network's input
    scores:  float32 (n,), 0..1
    classes: (n,), numbers from 0
    """

    boxes: Floats
    scores: Floats
    classes: NDArray[np.intp]


def one(answers: Mapping[str, Floats], fits: Callable[[Floats], bool]) -> Floats:
    """The one answer of that shape. Raises MismatchError when there is none, or are several."""
    fitting = [answer for answer in answers.values() if fits(answer)]
    if len(fitting) != 1:
        raise MismatchError(f"{len(fitting)} outputs are of the shape" if fitting else "no output is of that shape")
    return fitting[0]


def sighted(boxes: Floats, scores: Floats, floor: float) -> Sightings:
    """Every (box, class) whose score reaches the floor, of boxes (n, 4) and scores (n, classes).

    A box counts for each of its classes, not for the likeliest alone: what is a van to a model may be wanted as a car.
    """
    demand_scores(scores)
    rows, classes = np.nonzero(scores >= floor)
    return Sightings(boxes[rows], np.clip(scores[rows, classes], 0, 1), classes)


def numbered(boxes: Floats, scores: Floats, numbers: Floats, asked: Asked) -> Sightings:
    """The boxes (n, 4) whose score (n,) reaches the floor, each of one class (n,), numbered from 0.

    Raises MismatchError for numbers that stand for no class.
    """
    demand_scores(scores)
    if (numbers != np.round(numbers)).any():
        message = "what should be numbers of classes are none"
        raise MismatchError(message)
    rows = np.flatnonzero(scores >= asked.floor)
    classes = numbers[rows].astype(np.intp)
    if ((classes < 0) | (classes >= asked.classes)).any():
        message = f"it found something of a class that is not among the {asked.classes} named"
        raise MismatchError(message)
    return Sightings(boxes[rows], np.clip(scores[rows], 0, 1), classes)


def demand_scores(scores: Floats) -> None:
    """Raise MismatchError unless all lie in 0..1, but for rounding."""
    if scores.size and (scores.min() < -0.01 or scores.max() > 1.01):
        message = "its scores do not lie in 0..1"
        raise MismatchError(message)


def demand_shares(boxes: Floats) -> None:
    """Raise MismatchError for boxes that are not told in shares of the input's sides."""
    if boxes.size and np.abs(boxes).max() > 4:
        message = "its boxes are not told in shares of the picture"
        raise MismatchError(message)


def around(middles: Floats) -> Floats:
    """Boxes (n, 4) of left, top, right, bottom for such of middle across and down, width, height."""
    centre, half = middles[:, :2], middles[:, 2:] / 2
    return np.asarray(np.concatenate([centre - half, centre + half], 1), np.float32)


def sigmoid(values: Floats) -> Floats:
    """1 / (1 + exp(-values)), without overflow."""
    return np.asarray(0.5 + 0.5 * np.tanh(values / 2), np.float32)
