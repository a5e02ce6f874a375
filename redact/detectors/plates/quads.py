"""Scored quadrilaterals as arrays: the corners of plates as a network tells them, by the thousand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from redact.detectors.boxes import Boxes, joined
from redact.detectors.ppocr import ordered
from redact.errors import MediaError

Corners: TypeAlias = NDArray[np.float64]
"""(n, 4, 2): x and y in pixels of the top left, top right, bottom right and bottom left corner, as a plate is read."""

THINNEST = 1.0
"""Pixels that every side has at least: what is less is a point or a stroke."""

MOST = 10_000
"""Quadrilaterals that are joined at once, in a few seconds: each is held against every other. What is beyond was not
looked at, so it is an error."""


@dataclass(frozen=True, slots=True)
class Quads:
    """Where plates may be.

    corners: (n, 4, 2)
    scores:  (n,), 0..1
    """

    corners: Corners
    scores: NDArray[np.float64]

    @property
    def boxes(self) -> Boxes:
        """The upright box around each, with its score, float32 (n, 5)."""
        return np.concatenate([bounds(self.corners), self.scores[:, None]], axis=1).astype(np.float32)

    def moved(self, left: float, top: float, across: float, down: float) -> Quads:
        """The same places so many pixels further right and down, then in a picture so many times as large."""
        return Quads((self.corners + np.array([left, top])) * np.array([across, down]), self.scores)


NONE = Quads(np.zeros((0, 4, 2)), np.zeros(0))


def together(several: list[Quads]) -> Quads:
    """All of them in one."""
    every = [NONE, *several]
    return Quads(np.concatenate([each.corners for each in every]), np.concatenate([each.scores for each in every]))


def bounds(corners: Corners) -> NDArray[np.float64]:
    """Left, top, right and bottom of the upright box around each, (n, 4)."""
    return np.concatenate([corners.min(1), corners.max(1)], axis=1)


def extents(corners: Corners) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Width and height of each as it is read, pixels, (n,) each: means of opposite sides."""
    sides = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    return (sides[:, 0] + sides[:, 2]) / 2, (sides[:, 1] + sides[:, 3]) / 2


def convex(corners: Corners) -> NDArray[np.bool_]:
    """True for those that run clockwise and turn the same way at every corner, (n,)."""
    sides = np.roll(corners, -1, axis=1) - corners
    following = np.roll(sides, -1, axis=1)
    return np.asarray((sides[..., 0] * following[..., 1] - sides[..., 1] * following[..., 0] > 0).all(axis=1))


def mended(corners: Corners) -> Corners:
    """The same with the smallest rectangle around it for each that is not convex.

    Corners are answered for one by one, so where a network is unsure they may cross.
    """
    corners = corners.copy()
    for number in np.nonzero(~convex(corners))[0]:
        rectangle = cv2.boxPoints(cv2.minAreaRect(corners[number].astype(np.float32)))
        corners[number] = ordered(np.asarray(rectangle, np.float32))
    return corners


def sound(quads: Quads) -> Quads:
    """The same, mended, and without what is thinner than a pixel."""
    corners = mended(quads.corners)
    broad = np.minimum(*extents(corners)) >= THINNEST
    return Quads(corners[broad], quads.scores[broad])


def aligned(corners: Corners, models: Corners) -> Corners:
    """The same quadrilaterals, each told from that corner on that brings it nearest to its model, (n, 4, 2) both."""
    turns = np.stack([np.roll(corners, -turn, axis=1) for turn in range(4)])
    nearest = ((turns - models) ** 2).sum(axis=(2, 3)).argmin(axis=0)
    return np.asarray(turns[nearest, np.arange(len(corners))])


def averaged(quads: Quads, overlap: float) -> tuple[Quads, NDArray[np.intp]]:
    """One quadrilateral for each place with the best score there, best first, and each one's place, (n,).

    Those are of one place whose upright boxes have an IoU of `overlap` with that of the best; surer ones count more.
    Raises MediaError for more than `MOST`.
    """
    if len(quads.scores) > MOST:
        message = f"more than {MOST} parts of the picture look like a plate, which is more than can be weighed; "
        message += "cut it into smaller pictures"
        raise MediaError(message)
    boxes = quads.boxes
    best, numbers = np.unique(joined(boxes, overlap), return_inverse=True)
    scores = np.zeros(len(best))
    np.maximum.at(scores, numbers, quads.scores)
    first = np.full(len(best), len(boxes))
    at_best = np.nonzero(quads.scores == scores[numbers])[0]
    np.minimum.at(first, numbers[at_best], at_best)
    sums, weights = np.zeros((len(best), 4, 2)), np.zeros(len(best))
    np.add.at(sums, numbers, aligned(quads.corners, quads.corners[first[numbers]]) * quads.scores[:, None, None] ** 2)
    np.add.at(weights, numbers, quads.scores**2)
    return Quads(mended(sums / weights[:, None, None]), scores), numbers


def grown(corners: Corners, across: float, down: float, rim: float) -> Corners:
    """Each corner moved outwards along its own two sides, by shares of their lengths and so many pixels more."""
    along = [(corners[:, 1] - corners[:, 0]), (corners[:, 2] - corners[:, 3])]
    beside = [(corners[:, 3] - corners[:, 0]), (corners[:, 2] - corners[:, 1])]
    right, lower_right = (_lengthened(side, across, rim) for side in along)
    left_down, right_down = (_lengthened(side, down, rim) for side in beside)
    outwards = (-right - left_down, right - right_down, lower_right + right_down, left_down - lower_right)
    return corners + np.stack(outwards, axis=1)


def _lengthened(sides: NDArray[np.float64], share: float, rim: float) -> NDArray[np.float64]:
    """How far to move along each side, (n, 2)."""
    lengths = np.maximum(np.linalg.norm(sides, axis=1), THINNEST)
    return np.asarray(sides * (share + rim / lengths)[:, None])


def holds(outer: Corners, inner: Corners) -> NDArray[np.bool_]:
    """True for each convex quadrilateral of `outer` (n, 4, 2) that holds all corners of `inner` (4, 2), (n,)."""
    sides = np.roll(outer, -1, axis=1) - outer
    ways = inner[None, None] - outer[:, :, None]
    turns = sides[:, :, None, 0] * ways[..., 1] - sides[:, :, None, 1] * ways[..., 0]
    return np.asarray((turns >= 0).all(axis=(1, 2)))
