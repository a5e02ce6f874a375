"""One picture at several sizes, each cut into tiles of bounded size: what a network is shown.

The tiles of one picture at one scale all have the same shape, a multiple of what the networks halve their input by,
so that OpenCV plans a network once for each scale. Memory depends on the tile, not on the picture: only what of the
picture a tile shows is scaled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.detectors.boxes import NONE, Boxes, suppressed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from redact.model import Image

TILE = 768
"""Longest side of a tile, pixels."""

OVERLAP = 96
"""What neighbouring tiles share at least, pixels: what is no larger lies whole in one of them."""

STEP = 32
"""Tiles are a multiple of this wide and high."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of the scaled picture, padded with black where the picture ends.

    image:     uint8 (height, width, 3) RGB
    left, top: where it lies in the scaled picture, pixels
    """

    image: Image
    left: int
    top: int


def scaled(image: Image, scale: float) -> Image:
    """The picture at `scale` times its size, at least one pixel wide and high."""
    if scale == 1:
        return image
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size_at(image, scale), interpolation=way), np.uint8)


def size_at(image: Image, scale: float) -> tuple[int, int]:
    """(width, height) of the picture at `scale` times its size."""
    height, width = image.shape[:2]
    return max(1, round(width * scale)), max(1, round(height * scale))


def tiles(image: Image, scale: float = 1, limit: int = TILE) -> Iterator[Tile]:
    """Tiles of one shape, no side longer than `limit`, that cover the picture at `scale` times its size; row by row."""
    width, height = size_at(image, scale)
    lefts, across = spans(width, limit)
    tops, down = spans(height, limit)
    for top in tops:
        for left in lefts:
            part = _part(image, scale, (top, min(top + down, height)), (left, min(left + across, width)))
            yield Tile(padded(part, across, down), left, top)


def spans(length: int, limit: int) -> tuple[tuple[int, ...], int]:
    """Starts and common length of the tiles that cover so many pixels with the overlap asked for."""
    if length <= limit:
        return (0,), math.ceil(length / STEP) * STEP
    count = math.ceil((length - OVERLAP) / (limit - OVERLAP))
    size = math.ceil((length + (count - 1) * OVERLAP) / count / STEP) * STEP
    return tuple((length - size) * number // (count - 1) for number in range(count)), size


def padded(image: Image, width: int, height: int) -> Image:
    """The picture on a black ground of that size, at its top left."""
    if image.shape[:2] == (height, width):
        return image
    ground = np.zeros((height, width, 3), np.uint8)
    ground[: image.shape[0], : image.shape[1]] = image
    return ground


def look(image: Image, scale: float, find: Callable[[Image], Boxes]) -> Boxes:
    """What `find` sees in the tiles of the picture at that scale, as boxes of the picture, the best of each place."""
    width, height = size_at(image, scale)
    across, down = width / image.shape[1], height / image.shape[0]
    seen = [NONE]
    for tile in tiles(image, scale):
        boxes = find(tile.image)
        offset = np.array([tile.left, tile.top, tile.left, tile.top, 0])
        seen.append(np.asarray((boxes + offset) / np.array([across, down, across, down, 1]), np.float32))
    return suppressed(np.concatenate(seen), 0.4)


def _part(image: Image, scale: float, rows: tuple[int, int], columns: tuple[int, int]) -> Image:
    """What is from the first to the last of the rows and columns of the scaled picture, of which no more is made.

    Where a side of the picture is no even number of steps long, its last part is stretched by less than a pixel.
    """
    (top, above), (left, before) = _shown(rows, scale), _shown(columns, scale)
    part = scaled(image[top, left], scale)
    return part[rows[0] - above : rows[1] - above, columns[0] - before : columns[1] - before]


def _shown(reach: tuple[int, int], scale: float) -> tuple[slice, int]:
    """What of a side of the picture is seen from the first to the last scaled pixel, and the first that shows of it.

    It begins and ends where a whole number of pixels, an even one, is a whole number of scaled ones, so that they come
    out as they do when the whole picture is scaled, and one such step farther, since scaling looks at neighbours.
    """
    many, few = (2 * count for count in scale.as_integer_ratio())
    first, last = max(0, reach[0] // many - 1), -(-reach[1] // many) + 1
    return slice(first * few, last * few), first * many
