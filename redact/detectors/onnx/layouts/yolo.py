"""The YOLO families: a box for each cell of a few grids over the input, or the best of them, chosen by the network.

Boxes are told in pixels of the network's input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.detectors.onnx.layouts.answers import (
    Asked,
    Floats,
    MismatchError,
    Sightings,
    around,
    numbered,
    one,
    sighted,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

STRIDES = ((8, 16, 32), (8, 16, 32, 64))
"""Widths of a cell in each grid, of the usual networks and of those for larger inputs."""

EXPONENT = 12
"""Beyond it a box would be larger than any picture."""


def with_objectness(answers: Mapping[str, Floats], asked: Asked) -> Sightings:
    """YOLOv5, v6 and v7, (1, n, 5 + classes): middle, width, height, likelihood of any thing, of each class."""
    (rows,) = one(answers, lambda answer: answer.ndim == 3 and answer.shape[::2] == (1, 5 + asked.classes))
    cells = [sum(len(grid) for grid in _grids(asked, strides)) for strides in STRIDES]
    if len(rows) not in [anchors * count for count in cells for anchors in (1, 3)]:
        # The best boxes of a network with one class have the same shape, and would be read as nothing at all.
        message = f"it answers {len(rows)} boxes, not one or three for each cell of its grids"
        raise MismatchError(message)
    demand_spread(rows, asked)
    return sighted(around(rows[:, :4]), rows[:, 4:5] * rows[:, 5:], asked.floor)


def without_objectness(answers: Mapping[str, Floats], asked: Asked) -> Sightings:
    """YOLOv8, v9, v11 and v12, (1, 4 + classes, n): middle, width, height, likelihood of each class."""
    (columns,) = one(answers, lambda answer: answer.ndim == 3 and answer.shape[:2] == (1, 4 + asked.classes))
    demand_spread(columns.T, asked)
    return sighted(around(columns[:4].T), columns[4:].T, asked.floor)


def end_to_end(answers: Mapping[str, Floats], asked: Asked) -> Sightings:
    """YOLOv10 and what chooses its boxes itself, (1, n, 6): left, top, right, bottom, score, number of the class."""
    (rows,) = one(answers, lambda answer: answer.ndim == 3 and answer.shape[::2] == (1, 6))
    return numbered(rows[:, :4], rows[:, 4], rows[:, 5], asked)


def yolox(answers: Mapping[str, Floats], asked: Asked) -> Sightings:
    """YOLOX as its authors export it, (1, n, 5 + classes).

    Offset of the middle and logarithm of the size, in cells; likelihood of any thing, and of each class.
    """
    (rows,) = one(answers, lambda answer: answer.ndim == 3 and answer.shape[::2] == (1, 5 + asked.classes))
    for strides in STRIDES:
        grids = _grids(asked, strides)
        if sum(len(grid) for grid in grids) == len(rows):
            break
    else:
        message = f"it answers {len(rows)} boxes, not one for each cell of its grids"
        raise MismatchError(message)
    corners = np.concatenate(grids)
    widths = np.concatenate([np.full((len(grid), 1), stride) for grid, stride in zip(grids, strides, strict=True)])
    if np.abs(rows[:, :2]).max(initial=0) > max(asked.width, asked.height) / min(strides):
        message = 'its boxes are told in pixels already: that is layout = "yolov5"'
        raise MismatchError(message)
    middles = (rows[:, :2] + corners) * widths
    sizes = np.exp(np.minimum(rows[:, 2:4], EXPONENT)) * widths
    boxes = around(np.concatenate([middles, sizes], 1).astype(np.float32))
    return sighted(boxes, rows[:, 4:5] * rows[:, 5:], asked.floor)


def demand_spread(rows: Floats, asked: Asked) -> None:
    """Raise MismatchError unless the middles of the boxes, one a cell, lie all over the input.

    Offsets within a cell, or shares of the picture, have the same shape and would be read as boxes at the top left.
    """
    if rows[:, 0].max(initial=0) < asked.width / 2 or rows[:, 1].max(initial=0) < asked.height / 2:
        message = "its boxes are not told in pixels of the input"
        raise MismatchError(message)


def _grids(asked: Asked, strides: tuple[int, ...]) -> list[Floats]:
    """Cells of each grid, row by row: (n, 2), column and row."""
    grids = []
    for stride in strides:
        down, across = np.mgrid[: asked.height // stride, : asked.width // stride]
        grids.append(np.stack([across.ravel(), down.ravel()], 1).astype(np.float32))
    return grids
