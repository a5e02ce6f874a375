"""The colours of plates by name, and one sample's own shade of them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Colour = NDArray[np.float32]
"""Red, green, blue, each 0..255, float32 (3,)."""

COLOURS: dict[str, tuple[int, int, int]] = {
    "white": (236, 237, 233),
    "cream": (236, 229, 205),
    "silver": (196, 199, 201),
    "grey": (146, 149, 152),
    "black": (24, 24, 27),
    "yellow": (243, 196, 24),
    "lemon": (240, 224, 72),
    "amber": (238, 158, 22),
    "orange": (228, 108, 26),
    "red": (184, 28, 34),
    "maroon": (112, 22, 34),
    "pink": (232, 176, 188),
    "blue": (22, 66, 152),
    "euro": (12, 60, 166),
    "navy": (20, 34, 84),
    "sky": (148, 196, 228),
    "cyan": (36, 146, 190),
    "green": (16, 104, 62),
    "leaf": (84, 170, 70),
    "mint": (186, 226, 204),
    "teal": (18, 110, 112),
    "olive": (84, 88, 56),
    "drab": (110, 104, 78),
    "sand": (196, 176, 132),
    "brown": (98, 58, 34),
    "violet": (92, 52, 122),
}
LUMA = np.array((0.299, 0.587, 0.114), np.float32)
"""Rec. 601: what each part adds to the brightness of a colour."""
CONTRAST = 62.0
"""Least difference in brightness, of 255, between letters and their ground."""


def shade(random: np.random.Generator, name: str) -> Colour:
    """A shade of the colour `name`: no two plates are printed alike. Raises KeyError for an unknown name."""
    plain = np.array(COLOURS[name], np.float32)
    lighter = random.normal(0, 9)
    return np.clip(plain + lighter + random.normal(0, 5, 3), 2, 253).astype(np.float32)


def brightness(colour: Colour) -> float:
    """How bright a colour is: 0..255."""
    return float(colour @ LUMA)


def plain(colour: Colour, width: int, height: int) -> NDArray[np.uint8]:
    """A picture of one colour, uint8 (height, width, 3)."""
    return np.full((height, 3 * width), np.tile(colour.astype(np.uint8), width)).reshape(height, width, 3)


def cover(picture: NDArray[np.uint8], share: NDArray[np.uint8], colour: Colour) -> None:
    """Paint over `picture` in place with `colour`, as far as `share` (0..255, of its height and width) says."""
    over = share.astype(np.float32) / 255
    height, width = share.shape
    picture[:] = cv2.blendLinear(np.ascontiguousarray(picture), plain(colour, width, height), 1 - over, over)


def apart(ink: Colour, ground: Colour) -> Colour:
    """`ink`, whitened or blackened as far as letters need in order to be read on `ground`."""
    bright, under = brightness(ink), brightness(ground)
    if abs(bright - under) >= CONTRAST:
        return ink
    end = 255.0 if under < 128 else 0.0
    wanted = under + (CONTRAST + 6) * (1 if under < 128 else -1)
    share = (wanted - bright) / (end - bright)
    return np.asarray(ink * (1 - share) + end * share, np.float32)
