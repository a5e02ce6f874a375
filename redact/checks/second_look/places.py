"""Where to look again at a still of which every sample is proved to be the source's, but for those that were painted.

What lies far from the paint shows what the first look saw there. So detectors are shown the surroundings of what was
painted, and besides the whole picture once, scaled down: that is how what is larger than the surroundings is seen, and
how an overlay is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redact.model import Box, Region

GLANCE = 960
"""Longest side of the whole picture, scaled down, pixels: at that size overlays are read. It is longer in a picture so
large that too little would show."""

LARGE = 192
"""Shorter side of a region, pixels, from which on it is shown at half the scale, at a quarter from twice that, and so
on: what it was to cover is as large."""

SMALLEST_SCALE = 0.16
"""The scale of a glance is no smaller: what is as large as the surroundings has 40 pixels in it."""

SURROUNDINGS = 256
"""What is looked at on each side of a region, pixels as shown."""

BESIDE = 32
"""What touches a region, or lies no farther from it than its own shorter side and at least so many pixels, counts; what
lies beyond did not change, and at the border of what is shown things are cut, and look like others."""

LOOK = 128 * 128
"""Pixels that one look more costs as much as."""

WORTHWHILE = 0.8
"""Share of the picture from which on it is looked at whole."""

Corners = NDArray[np.float64]
"""(n, 4): left, top, right, bottom, pixels."""


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the upright picture, in whole pixels, and the scale at which it is shown."""

    box: Box
    scale: float

    @property
    def price(self) -> float:
        """What a look at it costs, in pixels shown. What is longer than a glance is looked at again for overlays."""
        width, height = self.box.width * self.scale, self.box.height * self.scale
        again = min(1, GLANCE / max(width, height))
        return LOOK + width * height * (1 + again**2 if again < 1 else 1)


def glance(size: tuple[int, int]) -> Place:
    """All of a picture of `size`, (width, height), scaled down."""
    return Place(Box(0, 0, *size), min(1, max(GLANCE / max(size), SMALLEST_SCALE)))


def surroundings(regions: Sequence[Region], size: tuple[int, int]) -> list[Place] | None:
    """The parts of a picture of `size`, (width, height), to look at; None to look at all of it.

    Each region lies in one of them with all its surroundings. They may overlap.
    """
    if max(size) <= GLANCE:
        return None
    corners = _corners(regions)
    halvings = np.floor(np.log2(np.maximum(_sides(corners).min(axis=1) / LARGE, 0.5))) + 1
    places = [place for count in np.unique(halvings) for place in _shown(corners[halvings == count], 0.5**count, size)]
    price = sum(place.price for place in (glance(size), *places))
    return places if price <= WORTHWHILE * size[0] * size[1] else None


def near(place: Box, regions: Sequence[Region]) -> bool:
    """True for what touches one of the regions or what lies next to it."""
    corners = _corners(regions)
    close = _grown(corners, _sides(corners).min(axis=1).clip(BESIDE)[:, None])
    across = np.minimum(close[:, 2], place.right) > np.maximum(close[:, 0], place.left)
    down = np.minimum(close[:, 3], place.bottom) > np.maximum(close[:, 1], place.top)
    return bool(np.any(across & down))


def _shown(corners: Corners, scale: float, size: tuple[int, int]) -> list[Place]:
    """Where regions that are shown at one scale lie, with their surroundings, joined in the cheaper of two ways."""
    parts = _clipped(_grown(corners, SURROUNDINGS / scale), size)
    ways = (_joined(parts, LOOK / scale**2, longest) for longest in (GLANCE / scale, max(size)))
    return min(
        ([Place(Box(*part), scale) for part in way.tolist()] for way in ways),
        key=lambda places: sum(place.price for place in places),
    )


def _corners(regions: Sequence[Region]) -> Corners:
    bounds = [region.bounds for region in regions]
    return np.array([(box.left, box.top, box.right, box.bottom) for box in bounds], np.float64).reshape(-1, 4)


def _sides(corners: Corners) -> NDArray[np.float64]:
    """Width and height, (n, 2)."""
    return corners[:, 2:] - corners[:, :2]


def _grown(corners: Corners, by: float | NDArray[np.float64]) -> Corners:
    return np.concatenate([corners[:, :2] - by, corners[:, 2:] + by], axis=1)


def _clipped(corners: Corners, size: tuple[int, int]) -> Corners:
    """In whole pixels of the picture, without those that lie outside."""
    limits = np.array(size, np.float64)
    inside = np.concatenate([np.floor(corners[:, :2]).clip(0, limits), np.ceil(corners[:, 2:]).clip(0, limits)], axis=1)
    return inside[_areas(inside) > 0]


def _joined(corners: Corners, look: float, longest: float) -> Corners:
    """The same, where one look at two of them costs less than two.

    look:    pixels that a look more costs as much as
    longest: side of what two may be joined to
    """
    apart: Corners = np.zeros((0, 4))
    for part in corners:
        joined = part
        while len(apart):
            hulls = np.concatenate([np.minimum(apart[:, :2], joined[:2]), np.maximum(apart[:, 2:], joined[2:])], 1)
            saved = _areas(apart) + _areas(joined[None]) + look - _areas(hulls)
            saved[_sides(hulls).max(axis=1) > longest] = -1
            best = int(saved.argmax())
            if saved[best] < 0:
                break
            joined, apart = hulls[best], np.delete(apart, best, axis=0)
        apart = np.concatenate([apart, joined[None]])
    return apart


def _areas(corners: Corners) -> NDArray[np.float64]:
    return np.asarray(_sides(corners).prod(axis=1), np.float64)
