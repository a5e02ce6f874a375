"""What light does on the sheet: pressed letters cast edges, foil shines unevenly, holograms and a grain show."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.plates.chance import happens

Light = NDArray[np.float32]
"""A plate's colours while light and age work on them: float32 (height, width, 3), 0..255 and a little beyond."""


def mottle(random: np.random.Generator, width: int, height: int, cells: int) -> NDArray[np.float32]:
    """Smooth blots, float32 (height, width) of about 0..1, with `cells` of them down the shorter side."""
    across = max(2, round(cells * width / min(width, height)))
    down = max(2, round(cells * height / min(width, height)))
    grid = random.random((down, across), np.float32)
    return np.asarray(cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def threefold(plane: NDArray[np.float32]) -> Light:
    """The same plane for red, green and blue: far cheaper to reckon with than a broadcast over the last axis."""
    return np.asarray(cv2.merge((plane, plane, plane)), np.float32)


def lit(random: np.random.Generator, picture: NDArray[np.uint8], raised: NDArray[np.uint8]) -> Light:
    """`picture` under light that falls on what is `raised` from one side; float32 of the same shape."""
    light = picture.astype(np.float32)
    if happens(random, 0.75):
        _emboss(random, light, raised)
    if happens(random, 0.6):
        _sheen(random, light)
    if happens(random, 0.12):
        _grain(random, light)
    if happens(random, 0.12):
        _holograms(random, light)
    return light


def _emboss(random: np.random.Generator, light: Light, raised: NDArray[np.uint8]) -> None:
    height = raised.shape[0]
    soft = cv2.GaussianBlur(raised, (0, 0), height * random.uniform(0.006, 0.014))
    turn = random.uniform(0, 2 * np.pi)
    slope = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=float(np.cos(turn))) + cv2.Sobel(
        soft, cv2.CV_32F, 0, 1, scale=float(np.sin(turn))
    )
    strength = random.uniform(0.03, 0.14)
    light += threefold(np.clip(slope * np.float32(strength), -70, 70))


def _sheen(random: np.random.Generator, light: Light) -> None:
    """Brighter to one side, as foil is towards a lamp."""
    height, width = light.shape[:2]
    across = np.linspace(-0.5, 0.5, width, dtype=np.float32) * np.float32(random.normal(0, 0.18))
    down = np.linspace(-0.5, 0.5, height, dtype=np.float32) * np.float32(random.normal(0, 0.18))
    light *= threefold(1 + across[None, :] + down[:, None])


def _grain(random: np.random.Generator, light: Light) -> None:
    """The cells of reflecting foil, a lattice that shows close by."""
    height, width = light.shape[:2]
    step = height / random.uniform(14, 34)
    x = np.sin(np.arange(width, dtype=np.float32) * (2 * np.pi / step))
    y = np.sin(np.arange(height, dtype=np.float32) * (2 * np.pi / step))
    light += threefold(x[None, :] * y[:, None] * np.float32(random.uniform(2, 8)))


def _holograms(random: np.random.Generator, light: Light) -> None:
    """A row of faint marks that repeat."""
    height, width = light.shape[:2]
    y = int(random.uniform(0.1, 0.9) * height)
    radius = max(2, int(height * random.uniform(0.03, 0.08)))
    mask = np.zeros((height, width), np.uint8)
    for x in range(radius, width, int(radius * random.uniform(3, 7))):
        cv2.circle(mask, (x, y), radius, 255, 1 if radius > 3 else -1, cv2.LINE_AA)
    strength = random.choice((-1, 1)) * random.uniform(0.06, 0.18)
    light += threefold(mask.astype(np.float32) * np.float32(strength))
