"""A car that was drawn: its picture and where its plate is mounted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Cutout = NDArray[np.uint8]
"""uint8 (height, width, 4) RGBA; shadows on the ground are black and half transparent."""
Quad = NDArray[np.float32]
"""float32 (4, 2): x, y of top left, top right, bottom right, bottom left."""

PLATE_METRES = 0.52, 0.11
"""Width and height of the plate that every mount is made for: the long European one."""


@dataclass(frozen=True, slots=True)
class Car:
    """A vehicle seen from behind or in front, cut out.

    Attributes:
        image: uint8 (height, width, 4) RGBA, at most about 500 pixels a side.
        mount: float32 (4, 2), pixels of `image`: where a plate of 520 by 110 mm lies, in perspective, corners top left,
            top right, bottom right, bottom left as somebody reads it. Whoever mounts a squarer plate keeps the centre.
            A motorcycle's is three fifths of that.
    """

    image: Cutout
    mount: Quad
