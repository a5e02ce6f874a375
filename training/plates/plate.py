"""A plate that was drawn: its picture and where its corners are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Corners = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Plate:
    """One plate, flat and seen straight on.

    image:   uint8 (height, width, 4) RGBA; what is not plate, frame or fitting is transparent
    corners: float32 (4, 2), x and y in pixels of `image`, top left, top right, bottom right, bottom left in reading
             order; a frame lies outside of them
    kind:    short name of its country or format
    rows:    lines of big letters, 1 to 3
    """

    image: Picture
    corners: Corners
    kind: str
    rows: int
