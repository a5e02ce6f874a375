"""YuNet: where its network sees faces.

The network answers on three grids, of 8, 16 and 32 pixels, for each cell: how likely it is a face, how well the box
fits, and the box itself as offset of its middle and logarithm of its size in cells (Wu, Peng and Yu, "YuNet: A Tiny
Millisecond-level Face Detector", 2023).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.detectors.boxes import Boxes, suppressed
from redact.detectors.network import Network, blob, blue_first
from redact.detectors.pyramid import look
from redact.detectors.runtimes import OPENCV, Runtime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from redact.model import Image

STRIDES = (8, 16, 32)
MOST = 10_000
"""Boxes considered in one tile, the likeliest: keeps time bounded on pictures made to trip it."""


class YuNet:
    """Boxes around faces at a quarter of CenterFace's cost; sees small ones, and is less sure of what a face is."""

    weights = ("yunet",)

    def __init__(self, runtime: Runtime = OPENCV) -> None:
        self._network = Network("yunet", runtime)

    def look(self, image: Image, scale: float, floor: float) -> Boxes:
        """Boxes of a score of at least `floor` in an RGB picture, looked at in `scale` times its size."""
        return look(image, scale, lambda tile: self._find(tile, floor))

    def rest_after(self, image: Image) -> None:
        """The picture was looked at in all the sizes that are wanted; see `Network.rest_after`."""
        self._network.rest_after(image)

    def _find(self, tile: Image, floor: float) -> Boxes:
        answers = self._network(blob(blue_first(tile)))
        columns = tile.shape[1]
        found = np.concatenate([decoded(answers, stride, columns // stride, floor) for stride in STRIDES])
        return suppressed(found[np.argsort(-found[:, 4], kind="stable")[:MOST]], 0.4)


def decoded(answers: Mapping[str, NDArray[np.float32]], stride: int, columns: int, floor: float) -> Boxes:
    """Boxes of the grid with that stride, in pixels of the network's input, in no order.

    answers: by output name; "cls_8" and "obj_8" hold a score and "bbox_8" a box for each cell, row by row
    columns: cells in a row of this grid
    """
    face, fits = (np.clip(answers[f"{name}_{stride}"].ravel(), 0, 1) for name in ("cls", "obj"))
    scores = np.sqrt(face * fits)
    cells = np.flatnonzero(scores >= floor)
    across, down, width, height = answers[f"bbox_{stride}"].reshape(-1, 4)[cells].T
    x = (cells % columns + across) * stride
    y = (cells // columns + down) * stride
    half_width, half_height = (np.exp(np.minimum(side, 10)) * stride / 2 for side in (width, height))
    boxes = np.stack([x - half_width, y - half_height, x + half_width, y + half_height, scores[cells]], 1)
    return boxes.astype(np.float32)
