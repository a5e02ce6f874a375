"""Scored boxes as one array: geometry for what networks find by the thousand."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

Boxes: TypeAlias = NDArray[np.float32]
"""float32 (n, 5): left, top, right, bottom in pixels, score in 0..1."""

NONE: Boxes = np.zeros((0, 5), np.float32)


def sizes(boxes: Boxes) -> NDArray[np.float32]:
    """The longer side of each box, pixels, (n,)."""
    return np.asarray(np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]), np.float32)


def areas(boxes: Boxes) -> NDArray[np.float32]:
    """Square pixels, (n,)."""
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), np.float32)


def overlaps(box: NDArray[np.float32], boxes: Boxes) -> NDArray[np.float32]:
    """Intersection over union of one box, (5,), with each of `boxes`, (n,); of boxes (5, m, 1), (m, n)."""
    across = np.minimum(box[2], boxes[:, 2]) - np.maximum(box[0], boxes[:, 0])
    down = np.minimum(box[3], boxes[:, 3]) - np.maximum(box[1], boxes[:, 1])
    common = np.clip(across, 0, None) * np.clip(down, 0, None)
    own = (box[2] - box[0]) * (box[3] - box[1])
    return np.asarray(common / np.maximum(own + areas(boxes) - common, 1e-9), np.float32)


def clusters(boxes: Boxes, overlap: float) -> Iterator[NDArray[np.intp]]:
    """Row numbers of the boxes of each place, the best box of the place first and the best place first.

    Boxes are of one place when their IoU with its best is `overlap` or more. Equal scores keep their order.
    """
    waiting = np.argsort(-boxes[:, 4], kind="stable")
    while len(waiting):
        near = overlaps(boxes[waiting[0]], boxes[waiting]) >= overlap
        near[0] = True
        yield waiting[near]
        waiting = waiting[~near]


def suppressed(boxes: Boxes, overlap: float) -> Boxes:
    """The best box of each place, best first: of two whose IoU is above `overlap` the better one stays."""
    if not len(boxes):
        return boxes
    corners_and_extents = np.concatenate([boxes[:, :2], boxes[:, 2:4] - boxes[:, :2]], axis=1)
    best = cv2.dnn.NMSBoxes(corners_and_extents, boxes[:, 4], 0.0, overlap)  # type: ignore[arg-type]
    return boxes[np.asarray(best, np.intp).ravel()]
