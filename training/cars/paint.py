"""Colours that vehicles come in, and how a model's texture gets another one."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Colour = tuple[int, int, int]
"""Red, green, blue, 0..255."""

_NEAR = 0.22
_DARKEST = 0.3
_SHARES: tuple[tuple[Colour, int], ...] = (
    ((236, 237, 235), 26),
    ((20, 21, 23), 18),
    ((92, 95, 99), 15),
    ((172, 175, 178), 14),
    ((28, 48, 96), 8),
    ((148, 22, 26), 8),
    ((70, 110, 160), 3),
    ((196, 182, 152), 3),
    ((34, 66, 50), 2),
    ((90, 62, 44), 2),
    ((224, 172, 24), 2),
    ((216, 92, 24), 1),
    ((78, 82, 56), 2),
    ((128, 116, 84), 1),
)


def colour(random: Generator) -> Colour:
    """A body colour, each about as often as it is met on the road, a little lighter or darker every time."""
    weights = np.array([share for _, share in _SHARES], float)
    chosen = _SHARES[int(random.choice(len(_SHARES), p=weights / weights.sum()))][0]
    red, green, blue = np.clip(np.array(chosen) * random.uniform(0.85, 1.12) + random.normal(0, 4, 3), 8, 245)
    return int(red), int(green), int(blue)


def repainted(texture: NDArray[np.uint8], old: Colour, new: Colour) -> NDArray[np.uint8]:
    """A texture whose parts of the colour `old`, lit or in shade, have the colour `new`; uint8 (height, width, 3)."""
    values = texture.astype(np.float32)
    length = np.linalg.norm(values, axis=2)
    was = np.array(old, np.float32)
    full = float(np.linalg.norm(was))
    turned = np.arccos(np.clip(values @ was / np.maximum(length * full, 1), -1, 1))
    bright = length / full
    share = np.clip(2 - turned / (_NEAR / 2), 0, 1) * np.clip((bright - _DARKEST) / 0.15, 0, 1)
    fresh = bright[..., None] * np.array(new, np.float32)
    return np.asarray(np.clip(values + (fresh - values) * share[..., None], 0, 255), np.uint8)
