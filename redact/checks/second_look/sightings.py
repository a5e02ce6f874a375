"""Which of the things seen in a copy were to be hidden and are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from redact.model import Box, Detection, Polygon, Region

COVERED = 0.5
"""Share of a sighting's area that has to be painted. A detector that meets one thing twice disagrees with itself about
the edges, and grows its boxes by margins; but less than half under paint is somewhere else."""

SURE = 0.5
"""Score from which on a sighting counts, whatever the scale. A first look covers also what it is not sure of; asked
again beside a painted patch, detectors lift hands, lamps and hair over that low threshold. Of 62 such ghosts in 105
pictures of people, shown at four scales, none reached .5. Of faces from 64 pixels on that were left with a third
painted, or with the paint beside them, 207 of 297 did, and 79 would have reached .8."""


def misses(seen: Sequence[Detection], painted: Sequence[Region], size: tuple[int, int]) -> list[Detection]:
    """Those of the sure sightings that lie mostly outside the painted regions, all in pixels of a frame of `size`."""
    return [
        sighting for sighting in seen if sighting.score >= SURE and _share(sighting.region, painted, size) < COVERED
    ]


def counted(seen: Sequence[Detection]) -> str:
    """How many of which label, for a message."""
    return ", ".join(f"{count} x {label}" for label, count in sorted(Counter(one.label for one in seen).items()))


def _share(region: Region, painted: Sequence[Region], size: tuple[int, int]) -> float:
    """Share of a region's area inside the frame that is painted; 1 where nothing of it is inside."""
    bounds = region.bounds.clipped(*size)
    if bounds is None:
        return 1.0
    left, top = int(bounds.left), int(bounds.top)
    own = np.zeros((ceil(bounds.bottom) - top, ceil(bounds.right) - left), np.uint8)
    cover = np.zeros_like(own)
    _fill(own, region.shifted(-left, -top))
    whole = Box(left, top, left + own.shape[1], top + own.shape[0])
    for other in painted:
        if whole.overlap(other.bounds):
            _fill(cover, other.shifted(-left, -top))
    area = np.count_nonzero(own)
    return np.count_nonzero(own & cover) / area if area else 1.0


def _fill(canvas: NDArray[np.uint8], region: Region) -> None:
    """Set the pixels a region touches to 1."""
    if isinstance(region, Polygon):
        corners = np.array(region.points).clip(-_FAR, _FAR)
        cv2.fillPoly(canvas, [np.floor(corners).astype(np.int32)], 1)
        return
    bounds = region.clipped(canvas.shape[1], canvas.shape[0])
    if bounds is not None:
        canvas[int(bounds.top) : ceil(bounds.bottom), int(bounds.left) : ceil(bounds.right)] = 1


_FAR = 1 << 15
"""Pixels. OpenCV draws with 16 bits before the point; no frame is larger."""
