"""Was a region painted, or does it still show what the source shows there?

A painted region has lost the fine detail of the source: its patch is grown from outside. An unpainted one keeps it,
whether it was copied or coded again with loss. So the detail of both is compared in units of 8 x 8 pixels, and a unit
that repeats most of the source's detail shows it still.

Of the textured units of 120 regions that were only coded again, at the quality of this project, at least 0.86 show (but
for one of two in the smallest); of 215 painted ones at most 0.10. Half is the border, in films from phones, an action
camera and cars. Flat units tell nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from redact.model import Polygon, Region

UNIT = 8
"""Pixels."""

TEXTURED = 3.0
"""Levels of brightness, root mean square, that detail has to have: less is what encoders smooth away."""

KEPT = 0.5
"""How much of the source's detail, and how like it, a unit may at most be to count as painted."""

_BLURRED = 5
"""Pixels. What is left of a picture less its mean over so many is detail."""


def unpainted(before: NDArray[np.uint8], after: NDArray[np.uint8], regions: Iterable[Region]) -> int:
    """How many regions still show in most of their textured units what they showed before.

    before, after: brightness of the source and the copy, uint8 (height, width), in the pixels of the regions
    """
    return sum(_shows(before, after, region) for region in regions)


def _shows(before: NDArray[np.uint8], after: NDArray[np.uint8], region: Region) -> bool:
    height, width = before.shape
    bounds = region.bounds.clipped(width, height)
    if bounds is None:
        return False
    place = slice(int(bounds.top), ceil(bounds.bottom)), slice(int(bounds.left), ceil(bounds.right))
    inside = _inside(region.shifted(-place[1].start, -place[0].start), before[place].shape)
    was, now = (_detail(picture[place]) * inside for picture in (before, after))
    size, energy, left, common = (_by_unit(each) for each in (inside, was * was, now * now, was * now))
    textured = energy > TEXTURED**2 * np.maximum(size, UNIT)
    repeated = (common > KEPT * energy) & (common > KEPT * np.sqrt(energy * left))
    return bool(2 * np.count_nonzero(textured & repeated) > np.count_nonzero(textured))


def _detail(brightness: NDArray[np.uint8]) -> NDArray[np.float32]:
    levels = brightness.astype(np.float32)
    return np.asarray(levels - cv2.blur(levels, (_BLURRED, _BLURRED)), np.float32)


def _inside(region: Region, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """1 for the pixels of a picture that a region touches, else 0; of a box that the picture was cut to, all."""
    if not isinstance(region, Polygon):
        return np.ones(shape, np.float32)
    canvas = np.zeros(shape, np.float32)
    corners = np.array(region.points, np.float64).clip(-(1 << 14), 1 << 15)
    cv2.fillPoly(canvas, [np.round(corners - 0.5).astype(np.int32)], 1)
    return canvas


def _by_unit(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sum over each unit."""
    height, width = values.shape
    whole = np.pad(values, ((0, -height % UNIT), (0, -width % UNIT)))
    return np.asarray(whole.reshape(whole.shape[0] // UNIT, UNIT, -1, UNIT).sum(axis=(1, 3)), np.float32)
