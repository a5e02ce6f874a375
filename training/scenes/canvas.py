"""The picture that a scene is painted on: what is pasted later hides what was there, and plates remember it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes.posing import Quad, inside, matrix, moved, outline, samples

Cutout = NDArray[np.uint8]
"""uint8 (height, width, 4) RGBA, its colours already multiplied by how much they cover (`premultiplied`)."""

_FINER = 1.3
_OPAQUE = 128


@dataclass(slots=True, eq=False)
class Mark:
    """A plate on the canvas: its corners, which points of it are hidden, and whether it can be read at all."""

    quad: Quad
    legible: bool
    hidden: NDArray[np.bool_]


@dataclass(slots=True)
class Canvas:
    """A square picture under work.

    Attributes:
        image: uint8 (size, size, 3) RGB.
        mirror: uint8 (size, size): 255 where a plate throws light back to where it came from.
        marks: the plates so far.
    """

    image: NDArray[np.uint8]
    mirror: NDArray[np.uint8]
    marks: list[Mark]

    @classmethod
    def over(cls, image: NDArray[np.uint8]) -> Canvas:
        """A canvas that owns `image` and has no plate yet."""
        return cls(image, np.zeros(image.shape[:2], np.uint8), [])

    @property
    def size(self) -> int:
        """Pixels of a side."""
        return int(self.image.shape[0])

    def paste(self, cutout: Cutout, way: NDArray[np.float64]) -> None:
        """Lay a cut-out over the picture where the 3x3 `way` takes its pixels, smoothly, and hide what is below."""
        self._lay(cutout, way, 0)

    def paste_plate(self, cutout: Cutout, corners: Quad, quad: Quad, *, legible: bool) -> None:
        """Lay a plate so that its `corners` come to lie on `quad`, and remember it."""
        self._lay(cutout, matrix(corners, quad), 255)
        self.marks.append(Mark(quad, legible, np.zeros(len(samples(quad)), np.bool_)))

    def _lay(self, cutout: Cutout, way: NDArray[np.float64], shine: int) -> None:
        reach = moved(outline(cutout.shape[1], cutout.shape[0]), way)
        left, top = np.clip(np.floor(reach.min(axis=0)).astype(int) - 1, 0, self.size)
        right, bottom = np.clip(np.ceil(reach.max(axis=0)).astype(int) + 1, 0, self.size)
        if left >= right or top >= bottom:
            return
        cutout, way = _coarsened(cutout, way, reach)
        shift = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]], np.float64)
        room = int(right - left), int(bottom - top)
        laid = np.asarray(cv2.warpPerspective(cutout, shift @ way, room), np.uint8)
        cover = laid[..., 3]
        self._hide(cover, (int(left), int(top)))
        area = np.s_[top:bottom, left:right]
        through = 1 - cover[..., None].astype(np.float32) / 255
        self.image[area] = np.minimum(self.image[area] * through + laid[..., :3], 255)
        self.mirror[area] = np.where(cover >= _OPAQUE, shine, self.mirror[area])

    def _hide(self, cover: NDArray[np.uint8], corner: tuple[int, int]) -> None:
        for mark in self.marks:
            points = (samples(mark.quad) - corner).astype(int)
            on = ((points >= 0) & (points < (cover.shape[1], cover.shape[0]))).all(axis=1)
            mark.hidden[on] |= cover[points[on, 1], points[on, 0]] >= _OPAQUE

    def shown(self, mark: Mark) -> float:
        """The share of a plate that is within the picture and not hidden by anything, 0..1."""
        return float((inside(samples(mark.quad), self.size) & ~mark.hidden).mean())


def premultiplied(picture: NDArray[np.uint8]) -> Cutout:
    """An RGBA picture made ready to be pasted: without this, what is transparent would darken every edge."""
    cutout = picture.copy()
    cutout[..., :3] = (picture[..., :3].astype(np.uint16) * picture[..., 3:] + 127) // 255
    return cutout


def _coarsened(
    cutout: Cutout, way: NDArray[np.float64], reach: NDArray[np.float32]
) -> tuple[Cutout, NDArray[np.float64]]:
    """The cut-out at about the size it is seen at, so that fine strokes are averaged and not skipped."""
    high, wide = cutout.shape[:2]
    edges = np.linalg.norm(reach - np.roll(reach, -1, axis=0), axis=1)
    across = min(1.0, _FINER * max(edges[0], edges[2]) / wide)
    down = min(1.0, _FINER * max(edges[1], edges[3]) / high)
    if across > 0.75 and down > 0.75:
        return cutout, way
    size = max(2, round(wide * across)), max(2, round(high * down))
    finer = np.diag([wide / size[0], high / size[1], 1.0])
    return np.asarray(cv2.resize(cutout, size, interpolation=cv2.INTER_AREA), np.uint8), way @ finer
