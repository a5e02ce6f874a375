"""CenterFace: where its network sees faces.

The network answers, for each fourth pixel across and down, how likely the middle of a face is there, how much the
middle is off the grid, and the logarithm of the face's height and width (Xu et al., "CenterFace: Joint Face Detection
and Alignment Using Face as Point", 2019).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.detectors.boxes import Boxes, suppressed
from redact.detectors.network import Network, blob
from redact.detectors.pyramid import look
from redact.detectors.runtimes import OPENCV, Runtime

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from redact.model import Image

STRIDE = 4
MOST = 10_000
"""Places considered in one tile, the likeliest: keeps time bounded on pictures made to trip it."""


class CenterFace:
    """Boxes around faces; good ones from 12 pixels up, but costly."""

    weights = ("centerface",)

    def __init__(self, runtime: Runtime = OPENCV) -> None:
        self._network = Network("centerface", runtime)

    def look(self, image: Image, scale: float, floor: float) -> Boxes:
        """Boxes of a score of at least `floor` in an RGB picture, looked at in `scale` times its size."""
        return look(image, scale, lambda tile: self._find(tile, floor))

    def rest_after(self, image: Image) -> None:
        """The picture was looked at in all the sizes that are wanted; see `Network.rest_after`."""
        self._network.rest_after(image)

    def _find(self, tile: Image, floor: float) -> Boxes:
        answers = self._network(blob(tile))
        return decoded(answers["537"], answers["538"], answers["539"], floor)


def decoded(
    likely: NDArray[np.float32], extent: NDArray[np.float32], offset: NDArray[np.float32], floor: float
) -> Boxes:
    """Boxes in pixels of the network's input.

    likely: (1, 1, rows, columns), score of each place
    extent: (1, 2, rows, columns), logarithm of height and width in grid steps
    offset: (1, 2, rows, columns), of the middle from the place, down and across, in grid steps
    """
    rows, columns = np.nonzero(likely[0, 0] >= floor)
    scores = likely[0, 0, rows, columns]
    best = np.argsort(-scores, kind="stable")[:MOST]
    rows, columns, scores = rows[best], columns[best], scores[best]
    height, width = np.exp(np.minimum(extent[0, :, rows, columns].T, 10)) * STRIDE
    down, across = offset[0, :, rows, columns].T
    x = (columns + across + 0.5) * STRIDE
    y = (rows + down + 0.5) * STRIDE
    boxes = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2, np.clip(scores, 0, 1)], 1)
    return suppressed(boxes.astype(np.float32), 0.3)
