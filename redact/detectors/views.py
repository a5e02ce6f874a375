"""Views of a grey picture: at other sizes, in tiles, negative, mirrored, slanted; each knows its way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

Gray: TypeAlias = NDArray[np.uint8]
"""Brightness, uint8 (height, width)."""

Points: TypeAlias = NDArray[np.float32]
"""(n, 2): x, y in pixels."""


@dataclass(frozen=True, slots=True)
class View:
    """A picture, and how its points come to lie in the picture it was made from.

    way: float64 (2, 3), an affine map
    """

    gray: Gray
    way: NDArray[np.float64]

    def back(self, points: Points) -> Points:
        """Points of the view in the picture it was made from."""
        return np.asarray(cv2.transform(points[None].astype(np.float64), self.way)[0], np.float32)

    def then(self, gray: Gray, way: NDArray[np.float64]) -> View:
        """A view of this view, `way` leading from it to this one."""
        square = np.vstack([self.way, (0, 0, 1)]) @ np.vstack([way, (0, 0, 1)])
        return View(gray, square[:2])

    @property
    def negative(self) -> View:
        """Dark for light."""
        return self.then(np.asarray(255 - self.gray, np.uint8), np.eye(2, 3))

    @property
    def mirrored(self) -> View:
        """Left for right."""
        flip = np.array([(-1, 0, self.gray.shape[1]), (0, 1, 0)], np.float64)
        return self.then(np.ascontiguousarray(self.gray[:, ::-1]), flip)

    @property
    def slanted(self) -> View:
        """Turned by an eighth of a circle, on a ground that goes on as the border is."""
        height, width = self.gray.shape
        root = 0.5**0.5
        side = int(np.ceil((width + height) * root))
        turn = np.array([(root, -root), (root, root)])
        shift = np.array([width, height]) / 2 - turn @ (side / 2, side / 2)
        way = np.column_stack([turn, shift])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        turned = cv2.warpAffine(self.gray, way, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return self.then(np.asarray(turned, np.uint8), way)

    def straightened(self, corners: Points, margin: float, zoom: float) -> View:
        """What lies within four corners of a rectangle, upright, so many times as large, with a share more around.

        corners: (4, 2), in turn
        """
        sides = np.stack([corners[1] - corners[0], corners[3] - corners[0]]).astype(np.float64)
        origin = corners[0] - margin * sides.sum(0)
        sides *= 1 + 2 * margin
        lengths = np.linalg.norm(sides, axis=1)
        size = np.maximum(1, np.round(lengths * zoom)).astype(int)
        way = np.column_stack([sides[0] / size[0], sides[1] / size[1], origin])
        flags = (cv2.INTER_CUBIC if zoom > 1 else cv2.INTER_AREA) | cv2.WARP_INVERSE_MAP
        gray = cv2.warpAffine(self.gray, way, size.tolist(), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return self.then(np.asarray(gray, np.uint8), way)


def whole(gray: Gray) -> View:
    """The picture itself."""
    return View(gray, np.eye(2, 3))


def halved(view: View, smallest: int) -> Iterator[View]:
    """The view, then half as large, and so on while a side is longer than `smallest` pixels."""
    while True:
        yield view
        height, width = view.gray.shape
        if max(height, width) <= smallest:
            return
        size = (max(1, width // 2), max(1, height // 2))
        small = cv2.resize(view.gray, size, interpolation=cv2.INTER_AREA)
        view = view.then(np.asarray(small, np.uint8), np.array([(width / size[0], 0, 0), (0, height / size[1], 0)]))


def tiles(view: View, limit: int, overlap: int) -> Iterator[View]:
    """Parts no larger than `limit` pixels that cover the view, and share so many pixels with their neighbours."""
    height, width = view.gray.shape
    for top in range(0, max(1, height - overlap), limit - overlap):
        for left in range(0, max(1, width - overlap), limit - overlap):
            part = view.gray[top : top + limit, left : left + limit]
            yield view.then(part, np.array([(1, 0, left), (0, 1, top)], np.float64))


def doubled(view: View) -> View:
    """The view twice as large."""
    large = cv2.resize(view.gray, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return view.then(np.asarray(large, np.uint8), np.array([(0.5, 0, 0), (0, 0.5, 0)]))
