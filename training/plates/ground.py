"""The ground of a plate: plain, shaded, cut in two, or a pale landscape."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.plates.chance import happens, pick
from training.plates.colours import Colour, plain, shade

Picture = NDArray[np.uint8]
SKIES = ("white", "sky", "cream", "sky", "mint", "pink", "lemon")


def ground(random: np.random.Generator, name: str, width: int, height: int) -> Picture:
    """The ground that a format calls `name`, uint8 (height, width, 3)."""
    if name == "picture":
        return _landscape(random, width, height)
    for sign, blend in ((">", _down), ("|", _across), ("_", _cut)):
        first, found, second = name.partition(sign)
        if found:
            return blend(shade(random, first), shade(random, second), random, width, height)
    return plain(shade(random, name), width, height)


def _down(first: Colour, second: Colour, random: np.random.Generator, width: int, height: int) -> Picture:
    start, end = random.uniform(0, 0.4), random.uniform(0.7, 1.1)
    share = np.clip((np.linspace(0, 1, height) - start) / (end - start), 0, 1).astype(np.float32)[:, None]
    column = first * (1 - share) + second * share
    return np.ascontiguousarray(np.broadcast_to(column[:, None, :], (height, width, 3))).astype(np.uint8)


def _across(first: Colour, second: Colour, random: np.random.Generator, width: int, height: int) -> Picture:
    return np.ascontiguousarray(_down(first, second, random, height, width).transpose(1, 0, 2))


def _cut(first: Colour, second: Colour, random: np.random.Generator, width: int, height: int) -> Picture:
    picture = plain(first, width, height)
    picture[round(height * random.uniform(0.3, 0.7)) :] = second.astype(np.uint8)
    return picture


def _landscape(random: np.random.Generator, width: int, height: int) -> Picture:
    """Sky, perhaps a sun, and ranges of hills one before the other, all so pale that letters can stand on them."""
    picture = _down(shade(random, pick(random, SKIES)), shade(random, pick(random, SKIES)), random, width, height)
    if happens(random, 0.4):
        centre = (int(random.uniform(0.1, 0.9) * width), int(random.uniform(0.1, 0.7) * height))
        radius = int(random.uniform(0.1, 0.35) * height)
        cv2.circle(picture, centre, radius, _pale(random, pick(random, ("lemon", "orange", "white"))), -1, cv2.LINE_AA)
    steps = int(random.integers(3, 9))
    for level in sorted(random.uniform(0.35, 0.95, int(random.integers(1, 4)))):
        ridge = level * height + random.normal(0, 0.13 * height, steps + 1)
        hill = [(x, int(y)) for x, y in zip(np.linspace(0, width, steps + 1).astype(int).tolist(), ridge, strict=True)]
        outline = np.array([(0, height), *hill, (width, height)], np.int32)
        name = pick(random, ("leaf", "green", "blue", "sand", "violet", "sky", "orange", "teal"))
        cv2.fillPoly(picture, [outline], _pale(random, name), cv2.LINE_AA)
    return picture


def _pale(random: np.random.Generator, name: str) -> tuple[int, int, int]:
    share = random.uniform(0.2, 0.5)
    red, green, blue = (shade(random, name) * share + 240 * (1 - share)).tolist()
    return int(red), int(green), int(blue)
