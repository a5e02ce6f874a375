"""Our own plate network: where it sees plates.

For each fourth pixel across and down it answers how likely a plate covers the place, and how far the plate's four
corners are off: a corner lies `REACH * sinh(answer)` pixels from the middle of the cell, so that near corners are told
finely and far ones at all. `redact/weights/own/plates.md` tells what it was trained on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.detectors.network import Network, blob
from redact.detectors.plates.quads import Quads, averaged, sound, together
from redact.detectors.pyramid import size_at, tiles
from redact.detectors.runtimes import OPENCV, Runtime

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.model import Image

STRIDE = 4
REACH = 8
"""Pixels; answers below about one are nearly linear."""

FARTHEST = 6.0
"""Answers beyond it, 1600 pixels, are no corner of anything in a tile."""

MOST = 4_000
"""Cells considered in one tile, those that are likelier than all around them first: none of a wall of plates is lost,
and time stays bounded on pictures made to trip it."""

AGREE = 0.4
"""IoU from which on two quadrilaterals are of one place."""


class PlateNetwork:
    """Quadrilaterals around plates of about 8 to 130 pixels' height in the picture it is shown."""

    weights = ("plates",)

    def __init__(self, runtime: Runtime = OPENCV) -> None:
        self._network = Network("plates", runtime)

    def look(self, image: Image, scale: float, floor: float) -> Quads:
        """Places of a score of at least `floor` in an RGB picture, in its pixels, looked at in `scale` times its size.

        Raises MediaError when there are too many to be joined.
        """
        width, height = size_at(image, scale)
        across, down = image.shape[1] / width, image.shape[0] / height
        seen = [self._find(tile.image, floor).moved(tile.left, tile.top, across, down) for tile in tiles(image, scale)]
        return averaged(together(seen), AGREE)[0]

    def rest_after(self, image: Image) -> None:
        """It was looked at; see `Network.rest_after`."""
        self._network.rest_after(image)

    def _find(self, tile: Image, floor: float) -> Quads:
        answers = self._network(blob(tile, 127.5, 127.5))
        return averaged(sound(decoded(answers["plates"], floor)), AGREE)[0]


def decoded(answer: NDArray[np.float32], floor: float) -> Quads:
    """What each cell of a score of at least `floor` takes for a plate, in pixels of the network's input.

    answer: (1, 9, rows, columns): logarithm of the odds, then x and y of the top left, top right, bottom right and
            bottom left corner
    """
    odds = answer[0, 0].astype(np.float64)
    peaks = odds == cv2.dilate(odds, np.ones((3, 3), np.uint8))
    rows, columns = np.nonzero(odds >= np.log(floor / (1 - floor)))
    best = np.lexsort((-odds[rows, columns], ~peaks[rows, columns]))[:MOST]
    rows, columns = rows[best], columns[best]
    middles = np.stack([columns, rows], axis=1) * STRIDE + STRIDE / 2
    offsets = np.clip(answer[0, 1:, rows, columns].astype(np.float64), -FARTHEST, FARTHEST).reshape(-1, 4, 2)
    scores = 1 / (1 + np.exp(-odds[rows, columns]))
    return Quads(middles[:, None] + REACH * np.sinh(offsets), scores)
