"""A flat sheet that one side of a vehicle is drawn on, measured in metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.cars.car import Cutout
from training.cars.paint import Colour

Point = tuple[float, float]
_BITS = 4
_OPAQUE = 255
_FACE = cv2.FONT_HERSHEY_DUPLEX


@dataclass(frozen=True, slots=True)
class Sheet:
    """One side of a vehicle: x in metres from its middle to the right, y in metres over the ground.

    Attributes:
        image: uint8 (height, width, 4) RGBA, transparent where nothing was drawn.
        scale: pixels in a metre.
    """

    image: Cutout
    scale: float

    @classmethod
    def blank(cls, wide: float, high: float, scale: float) -> Sheet:
        """A transparent sheet of that many metres."""
        return cls(np.zeros((round(high * scale), round(wide * scale), 4), np.uint8), scale)

    def pixels(self, points: Sequence[Point] | NDArray[np.floating]) -> NDArray[np.float32]:
        """Points in metres as pixels of `image`, float32 (n, 2)."""
        high, wide = self.image.shape[:2]
        return (np.array([wide / 2, high]) + np.array(points) * (self.scale, -self.scale)).astype(np.float32)

    def fill(self, points: Sequence[Point], colour: Colour) -> None:
        """A polygon of one colour."""
        fixed = np.round(self.pixels(points) * 2**_BITS).astype(np.int32)
        cv2.fillPoly(self.image, [fixed], (*colour, _OPAQUE), cv2.LINE_AA, _BITS)

    def shade(self, points: Sequence[Point], colour: Colour, stops: Sequence[float]) -> None:
        """A polygon whose colour is multiplied by `stops` from its top to its bottom, evenly spaced."""
        fixed = self.pixels(points)
        low = np.clip(np.floor(fixed.min(axis=0)).astype(int), 0, None)
        high = np.minimum(np.ceil(fixed.max(axis=0)).astype(int) + 1, self.image.shape[1::-1])
        if (high <= low).any():
            return
        box = self.image[low[1] : high[1], low[0] : high[0]]
        mask = np.zeros(box.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.round((fixed - low) * 2**_BITS).astype(np.int32)], _OPAQUE, cv2.LINE_8, _BITS)
        steps = np.interp(np.linspace(0, 1, len(box)), np.linspace(0, 1, len(stops)), stops)
        rows = np.clip(steps[:, None] * np.array(colour), 0, 255)
        lit = np.concatenate([rows, np.full((len(box), 1), _OPAQUE)], axis=1).astype(np.uint8)
        cv2.copyTo(np.ascontiguousarray(np.broadcast_to(lit[:, None], box.shape)), mask, box)

    def line(self, points: Sequence[Point], colour: Colour, wide: float) -> None:
        """A line through points, `wide` metres, at least one pixel."""
        fixed = np.round(self.pixels(points) * 2**_BITS).astype(np.int32)
        thick = max(1, round(wide * self.scale))
        cv2.polylines(
            self.image,
            [fixed],
            isClosed=False,
            color=(*colour, _OPAQUE),
            thickness=thick,
            lineType=cv2.LINE_AA,
            shift=_BITS,
        )

    def disc(self, centre: Point, reach: Point, colour: Colour) -> None:
        """An ellipse; `reach` is half its width and height."""
        x, y = self.pixels([centre])[0].round().astype(int).tolist()
        axes = max(1, round(reach[0] * self.scale)), max(1, round(reach[1] * self.scale))
        cv2.ellipse(self.image, (x, y), axes, 0, 0, 360, (*colour, _OPAQUE), -1, cv2.LINE_AA)

    def write(self, words: str, centre: Point, high: float, colour: Colour) -> None:
        """Words around a point, their capitals `high` metres."""
        size = max(high * self.scale, 4) / cv2.getTextSize("X", _FACE, 1, 1)[0][1]
        (wide, tall), _ = cv2.getTextSize(words, _FACE, size, 1)
        x, y = self.pixels([centre])[0].tolist()
        at = round(x - wide / 2), round(y + tall / 2)
        cv2.putText(self.image, words, at, _FACE, size, (*colour, _OPAQUE), max(1, round(size)), cv2.LINE_AA)


def rectangle(centre: Point, wide: float, high: float) -> list[Point]:
    """Corners of an upright rectangle."""
    x, y = centre
    return [
        (x - wide / 2, y + high / 2),
        (x + wide / 2, y + high / 2),
        (x + wide / 2, y - high / 2),
        (x - wide / 2, y - high / 2),
    ]


def mirrored(right: Sequence[Point]) -> list[Point]:
    """A shape that is the same left and right, from its right half, drawn from top to bottom."""
    return [*right, *((-x, y) for x, y in reversed(right))]


def reflections(random: Generator) -> list[float]:
    """Stops of painted metal from top to bottom: the sky, a horizon, the darker road below it, its own shade."""
    sky = random.uniform(1.0, 1.3)
    horizon = random.uniform(0.55, 0.95)
    return [
        sky * 1.1,
        sky,
        sky * random.uniform(0.85, 1.05),
        horizon,
        horizon * 1.1,
        horizon * random.uniform(0.6, 0.95),
    ]
