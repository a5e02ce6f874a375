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

Floats: TypeAlias = NDArray[np.float64]

NONE: Boxes = np.zeros((0, 5), np.float32)

ROWS = 256
"""Boxes compared with all others at once: bounds memory."""


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


def merged(boxes: Floats, share: float) -> tuple[NDArray[np.intp], Floats]:
    """For each box the row of the one that it is part of, and what that one is once it has grown to hold it.

    boxes: (n, 4) left, top, right, bottom, of which the likelier ones come first
    share: of its area that a box has in common with a likelier one to be part of it

    Returns (n,) and (n, 4). Nothing that a box holds is lost, and what a box has grown by draws no others in: else a
    crowd would become one.
    """
    owners = np.arange(len(boxes))
    grown = np.array(boxes, np.float64)
    firsts = np.zeros(len(boxes), np.intp)
    wholes = np.zeros((len(boxes), 4))
    count = 0
    for row, box in enumerate(boxes):
        common = _common(box, boxes[firsts[:count]])
        best = int(np.argmax(common)) if count else 0
        if count == 0 or common[best] < share * (box[2] - box[0]) * (box[3] - box[1]):
            best, count = count, count + 1
            firsts[best], wholes[best] = row, box
        owners[row] = firsts[best]
        wholes[best] = (*np.minimum(wholes[best, :2], box[:2]), *np.maximum(wholes[best, 2:], box[2:]))
        grown[row] = wholes[best]
    return owners, grown


def _common(box: Floats, boxes: Floats) -> Floats:
    """Area of one box, (4,), that each of `boxes`, (n, 4), has too, square pixels, (n,)."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=1), np.float64)


def suppressed(boxes: Boxes, overlap: float) -> Boxes:
    """The best box of each place, best first: of two whose IoU is above `overlap` the better one stays."""
    if not len(boxes):
        return boxes
    corners_and_extents = np.concatenate([boxes[:, :2], boxes[:, 2:4] - boxes[:, :2]], axis=1)
    best = cv2.dnn.NMSBoxes(corners_and_extents, boxes[:, 4], 0.0, overlap)  # type: ignore[arg-type]
    return boxes[np.asarray(best, np.intp).ravel()]


def joined(boxes: Boxes, overlap: float) -> NDArray[np.intp]:
    """For each box the number of the place it belongs to, that of the best box there, (n,); places count best first."""
    best = suppressed(boxes, overlap)
    numbers = np.zeros(len(boxes), np.intp)
    for start in range(0, len(boxes), ROWS):
        rows = slice(start, start + ROWS)
        numbers[rows] = np.argmax(overlaps(boxes[rows].T[:, :, np.newaxis], best) >= overlap, axis=1)
    return numbers
