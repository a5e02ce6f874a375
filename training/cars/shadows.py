"""Shadows on the ground: outlines filled and blurred, gone before the picture ends."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_COARSER = 4


def cast(outline: NDArray[np.floating], shape: tuple[int, int], softness: float, fade: int) -> NDArray[np.float32]:
    """The convex `outline`, (n, 2) pixels, as shade: float32 (height, width) of `shape`, 0 none to 1 full.

    `softness` is the blur as a share of the longer side; over the outermost `fade` pixels the shade runs out, since a
    shadow that ends with its cut-out is a straight edge on the ground.
    """
    patch = np.zeros([-(-side // _COARSER) for side in shape], np.float32)
    cv2.fillConvexPoly(patch, np.round(outline / _COARSER).astype(np.int32), 1.0)
    blurred = cv2.GaussianBlur(patch, (0, 0), softness * max(shape) / _COARSER)
    soft = cv2.resize(blurred, shape[::-1])
    down, across = (_ends(side, fade) for side in shape)
    return np.asarray(soft * down[:, None] * across, np.float32)


def _ends(length: int, fade: int) -> NDArray[np.float32]:
    steps = np.arange(length, dtype=np.float32)
    return np.asarray(np.clip(np.minimum(steps, steps[::-1]) / fade, 0, 1), np.float32)
