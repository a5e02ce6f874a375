"""How good a threshold would be: what it covers, less what it paints beyond what it may."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redact.detectors.boxes import Floats

GRID = 4
"""Painted area is counted in squares of so many pixels while thresholds are chosen."""

COVERED = 0.9
"""Share of a labelled thing from which on it is covered."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What would be painted in one picture, and what should be.

    regions:  (n, 4) left, top, right, bottom in pixels, to paint, the likeliest first
    odds:     probability of each, (n,)
    asked:    (k, 4), what has to be covered
    ignored:  (m, 4), what may be
    size:     of the picture, width and height in pixels
    negative: it is known to show nothing of the kind
    """

    regions: Floats
    odds: Floats
    asked: Floats
    ignored: Floats
    size: tuple[int, int]
    negative: bool


def labelled_boxes(boxes: Sequence[dict[str, Any]]) -> tuple[Floats, Floats]:
    """What has to be covered of labelled boxes, and what may be: left, top, right and bottom, (n, 4) each."""
    asked, ignored = ([each["box"] for each in boxes if bool(each.get("ignore")) is kind] for kind in (False, True))
    return np.array(asked, float).reshape(-1, 4), np.array(ignored, float).reshape(-1, 4)


def scored(sights: Sequence[Sight], thresholds: Floats, allowed: tuple[float, float]) -> Floats:
    """Per cent of what is asked for that each threshold covers, less what is painted beyond the allowed, (thresholds,).

    thresholds: rising
    allowed:    over-redaction, per cent of pictures with and without what is looked for
    """
    shares = [(sight.negative, beside(sight, thresholds)) for sight in sights]
    over = [np.mean([share for negative, share in shares if negative == kind], axis=0) for kind in (False, True)]
    beyond = np.maximum(over[0] - allowed[0], 0) + 10 * np.maximum(over[1] - allowed[1], 0)
    return np.asarray(coverage(sights, thresholds) - 5 * beyond, np.float64)


def coverage(sights: Sequence[Sight], thresholds: Floats) -> Floats:
    """Per cent of what is asked for that each threshold covers, (thresholds,).

    A thing counts as covered where one region covers nine tenths of it; the benchmark counts regions together.
    """
    reached = np.concatenate([levels(sight, thresholds) for sight in sights])
    return np.asarray(100 * (reached[:, np.newaxis] > np.arange(len(thresholds))).mean(axis=0), np.float64)


def levels(sight: Sight, thresholds: Floats) -> NDArray[np.intp]:
    """How many of the thresholds, from the lowest, cover each thing that is asked for, (k,)."""
    passed = np.searchsorted(thresholds, sight.odds, side="right")
    asked = sight.asked[:, np.newaxis]
    low, high = np.maximum(asked[..., :2], sight.regions[:, :2]), np.minimum(asked[..., 2:], sight.regions[:, 2:])
    common = np.clip(high - low, 0, None).prod(axis=2)
    covered = common >= COVERED * (asked[..., 2:] - asked[..., :2]).prod(axis=2)
    return np.asarray(np.where(covered, passed, 0).max(axis=1, initial=0), np.intp)


def beside(sight: Sight, thresholds: Floats) -> Floats:
    """Per cent of the picture that each threshold paints beside what is labelled, (thresholds,)."""
    passed = np.searchsorted(thresholds, sight.odds, side="right")
    # In each square how many thresholds paint it: the likelier regions, drawn later, hide what others left there.
    canvas = np.zeros((-(-sight.size[1] // GRID), -(-sight.size[0] // GRID)), np.uint8)
    for row in np.flatnonzero(passed)[::-1]:
        paint(canvas, sight.regions[row], int(passed[row]))
    for box in (*sight.asked, *sight.ignored):
        paint(canvas, box, 0)
    counts = np.bincount(canvas.ravel(), minlength=len(thresholds) + 1)
    return np.asarray(100 * np.cumsum(counts[::-1])[::-1][1:] / canvas.size, np.float64)


def paint(canvas: NDArray[np.uint8], box: Floats, value: int) -> None:
    """Give every square that the box touches that value."""
    left, top = (max(round(float(side) / GRID), 0) for side in box[:2])
    right, bottom = (max(math.ceil(float(side) / GRID), 0) for side in box[2:])
    canvas[top:bottom, left:right] = value
