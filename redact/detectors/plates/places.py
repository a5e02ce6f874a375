"""What the looks at several sizes of one picture saw of plates, joined: each place with every look's score there."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from redact.detectors.boxes import ROWS
from redact.detectors.plates.quads import averaged, bounds, together
from redact.detectors.pyramid import TILE
from redact.errors import MediaError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from redact.detectors.plates.network import PlateNetwork
    from redact.detectors.plates.quads import Corners, Quads
    from redact.model import Image

LOOKS = (1.0, 0.5, 0.25)
"""Scales: a plate of 8 pixels' height is seen at the first, one of 500 at the last, and most of them twice."""

FLOOR = 0.05
"""Score from which on a place is considered."""

AGREE = 0.45
"""IoU from which on two looks mean the same place."""

MOST = 4000
"""Places in one picture, more than a car park shows. What is beyond was not looked at, so it is an error."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where any look saw anything.

    corners: (n, 4, 2), pixels of the picture: the mean of what agrees, surer ones counting more; likeliest first
    scores:  (n, looks), the best of each look there, 0 where it saw nothing
    """

    corners: Corners
    scores: NDArray[np.float64]


def seen(network: PlateNetwork, image: Image) -> Places:
    """Where a plate may be in an RGB picture. Raises MediaError for more places than any picture has."""
    further = (LOOKS[-1] / 2**count for count in range(1, 32))
    small = takewhile(lambda scale: max(image.shape[:2]) * scale > TILE / 2, further)
    looks = [network.look(image, scale, FLOOR) for scale in LOOKS]
    # A plate that every tile cuts is whole in a copy that one tile holds.
    looks[-1] = together([looks[-1], *(network.look(image, scale, FLOOR) for scale in small)])
    return gathered(looks)


def gathered(looks: Sequence[Quads]) -> Places:
    """The places that looks saw, of which each gave its quadrilaterals, likeliest first.

    Raises MediaError when there are too many of them.
    """
    every = together(list(looks))
    look = np.repeat(np.arange(len(looks)), [len(each.scores) for each in looks])
    places, numbers = averaged(every, AGREE)
    if len(places.scores) > MOST:
        message = f"{len(places.scores)} places in the picture look like a plate, more than {MOST} are not weighed; "
        message += "cut it into smaller pictures"
        raise MediaError(message)
    scores = np.zeros((len(places.scores), len(looks)))
    np.maximum.at(scores, (numbers, look), every.scores)
    return Places(places.corners, scores)


def supports(places: Places) -> NDArray[np.float64]:
    """The best score of another place that holds half of each or of which it holds half, 0 where there is none, (n,).

    Looks that disagree on the size of a plate still agree that there is one.
    """
    boxes = bounds(places.corners)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    best = places.scores.max(axis=1, initial=0)
    found = np.zeros(len(boxes))
    for start in range(0, len(boxes), ROWS):
        rows = np.arange(start, min(start + ROWS, len(boxes)))
        low = np.maximum(boxes[rows, None, :2], boxes[None, :, :2])
        high = np.minimum(boxes[rows, None, 2:], boxes[None, :, 2:])
        common = np.clip(high - low, 0, None).prod(2) / np.maximum(np.minimum(areas[rows, None], areas[None]), 1e-9)
        common[np.arange(len(rows)), rows] = 0
        found[rows] = np.where(common >= 0.5, best[None], 0).max(axis=1)
    return found
