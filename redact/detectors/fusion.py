"""What several looks at a picture saw, joined: one place for boxes that agree, and how likely a face is there.

The probability is that of a logistic regression. Its terms are what each look made of the place, how large the place
is, and what else there is in the picture: faces come together, and mostly in one size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from redact.detectors.boxes import NONE, Boxes, Floats, joined, sizes
from redact.detectors.odds import logits

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 5000
"""Boxes joined in one picture, the likeliest: keeps time bounded on pictures made to trip it."""

SMALLEST, LARGEST = 6, 256
"""Sizes beyond which size is not counted on, pixels."""

MIDDLE = 24
"""The size that octaves are counted from, pixels."""

ALIKE = 0.7
"""Octaves that the sizes of two faces of one group differ by at most."""

ALONE = 2.0
"""A place without company counts as if all others were surely nothing, by this logarithm of odds and no more: else a
face alone in its picture would have to be much surer than one of many."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where any look saw anything.

    boxes:  (n, 4) left, top, right, bottom in pixels: the mean of the boxes that agree, surer ones counting more
    scores: (n, looks) the best of each look there, 0 where it saw nothing
    """

    boxes: Floats
    scores: Floats

    @property
    def sizes(self) -> Floats:
        """The longer side of each place, pixels, (n,)."""
        return np.asarray(sizes(self.boxes), np.float64)  # type: ignore[arg-type]


def gathered(seen: Sequence[Boxes], overlap: float) -> Places:
    """The places where the looks, of which each gave its boxes, saw something; IoU from `overlap` is agreement."""
    boxes = np.concatenate([NONE, *seen])
    looks = np.repeat(np.arange(len(seen)), [len(each) for each in seen])
    best = np.argsort(-boxes[:, 4], kind="stable")[:MOST]
    boxes, looks = boxes[best], looks[best]
    places, numbers = np.unique(joined(boxes, overlap), return_inverse=True)
    weights = boxes[:, 4:].astype(float) ** 2
    sums = np.zeros((len(places), 5))
    np.add.at(sums, numbers, np.concatenate([boxes[:, :4] * weights, weights], axis=1))
    scores = np.zeros((len(places), len(seen)))
    np.maximum.at(scores, (numbers, looks), boxes[:, 4])
    return Places(sums[:, :4] / sums[:, 4:], scores)


def octaves(extent: Floats) -> Floats:
    """How many times a size is twice the middle one, within bounds."""
    return np.asarray(np.log2(np.clip(extent, SMALLEST, LARGEST) / MIDDLE), np.float64)


def evidence(places: Places) -> Floats:
    """The terms of the first regression, (n, 3 * looks + 2).

    The logits of the scores, their squares, by which one look that is very sure counts more than two that are not, the
    logits times the octaves of the size, the octaves, and their square.
    """
    size = octaves(places.sizes)[:, np.newaxis]
    told = logits(places.scores)
    return np.concatenate([told, told**2, told * size, size, size**2], axis=1)


def company(odds: Floats, extent: Floats) -> Floats:
    """Two more terms: the odds of the likeliest other place, and those of the likeliest other of that size, (n, 2).

    odds:   of each place by itself, logarithms, (n,)
    extent: its size, pixels, (n,)
    """
    order = np.argsort(extent, kind="stable")
    size, here = octaves(extent[order]), np.arange(len(odds))
    tops = summits(np.clip(odds[order], -ALONE, ALONE))
    alike = (np.searchsorted(size, size - ALIKE, "left"), np.searchsorted(size, size + ALIKE, "right"))
    terms = np.zeros((len(odds), 2))
    for column, (first, end) in enumerate(((np.zeros_like(here), np.full_like(here, len(odds))), alike)):
        terms[order, column] = np.maximum(highest(tops, first, here), highest(tops, here + 1, end))
    return terms


def summits(values: Floats) -> Floats:
    """The highest of each value and those after it, 1, 2, 4, 8 ... in all, (counts, n)."""
    rows = [values]
    for step in (2**count for count in range(max(len(values) - 1, 0).bit_length())):
        after = np.full(len(values), -np.inf)
        after[:-step] = rows[-1][step:]
        rows.append(np.maximum(rows[-1], after))
    return np.array(rows)


def highest(tops: Floats, first: NDArray[np.intp], end: NDArray[np.intp]) -> Floats:
    """The highest value from each `first` to before each `end`, by the summits of all; -ALONE where there is none."""
    count = np.maximum(end - first, 1)
    level = np.log2(count).astype(np.intp)
    last = tops.shape[1] - 1
    sides = (tops[level, np.clip(first, 0, last)], tops[level, np.clip(end - 2**level, 0, last)])
    return np.asarray(np.where(end > first, np.maximum(*sides), -ALONE), np.float64)
