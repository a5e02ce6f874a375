"""How a flat thing stands before the camera: its four corners in perspective, and which plates are worth asking for."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Quad = NDArray[np.float32]
"""float32 (4, 2): x, y of top left, top right, bottom right, bottom left in reading order."""

SHORTEST_PX = 5
"""A plate lower or narrower than this is neither asked for nor held against anybody."""

_MOUNT_MM = 520.0, 110.0
_STEEPEST = np.radians(70)


def height(random: Generator) -> float:
    """Height of a plate in the scene, pixels: 7..130, most of them 9..48; a few are too small to be asked for."""
    kind = random.random()
    if kind < 0.03:
        return float(random.uniform(3, 7))
    low, high = (9, 48) if kind < 0.73 else (7, 130)
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def posed(random: Generator, aspect: float, tall: float) -> Quad:
    """Corners of a flat thing seen from somewhere, its centre at 0, 0.

    `aspect` is its width by its height, `tall` the mean height of its left and right edge in the picture, pixels.
    One in eight is turned up to 70 degrees sideways, one in ten rolled up to 45.
    """
    yaw = random.uniform(-_STEEPEST, _STEEPEST) if random.random() < 0.125 else random.normal(0, np.radians(18))
    pitch = random.normal(0, np.radians(9))
    roll = random.uniform(-np.pi / 4, np.pi / 4) if random.random() < 0.1 else random.normal(0, np.radians(5))
    away = max(aspect, 1) * np.exp(random.uniform(np.log(1.5), np.log(12)))
    corners = seen(aspect, np.array([np.clip(yaw, -_STEEPEST, _STEEPEST), np.clip(pitch, -1, 1), roll]), away)
    return np.asarray(corners * (tall / _tall(corners)), np.float32)


def seen(aspect: float, turned: NDArray[np.floating], away: float) -> Quad:
    """A rectangle of height 1 through a pinhole `away` from its centre, after turns by yaw, pitch and roll, radians."""
    yaw, pitch, roll = turned
    half = np.array([[-aspect, -1, 0], [aspect, -1, 0], [aspect, 1, 0], [-aspect, 1, 0]]) / 2
    turns = (np.array([0, yaw, 0]), np.array([pitch, 0, 0]), np.array([0, 0, roll]))
    for turn in turns:
        half = half @ np.asarray(cv2.Rodrigues(turn)[0]).T
    flat = half[:, :2] * (away / (away + half[:, 2:]))
    return np.asarray(flat - flat.mean(axis=0), np.float32)


def mounted(mount: Quad, aspect: float) -> Quad:
    """Where a plate of this width by height lies on a mount made for the long European one, 520 by 110 millimetres.

    A squarer plate keeps the size that such plates have and stands over the mount above and below.
    """
    high = np.interp(aspect, [1.0, 1.5, 2.0, 3.0, 4.0], [220, 190, 152, 130, 110])
    wide = high * aspect
    room = np.array(_MOUNT_MM) / 2
    half = np.array([[-wide, -high], [wide, -high], [wide, high], [-wide, high]]) / 2
    inside = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * room
    lay = matrix(np.asarray(inside, np.float32), mount)
    return moved(np.asarray(half, np.float32), lay)


def moved(corners: NDArray[np.float32], matrix: NDArray[np.floating]) -> NDArray[np.float32]:
    """Points, float32 (n, 2), through a 3x3 matrix."""
    return np.asarray(cv2.perspectiveTransform(corners[None], matrix.astype(np.float64))[0], np.float32)


def matrix(corners: NDArray[np.floating], quad: NDArray[np.floating]) -> NDArray[np.float64]:
    """The 3x3 matrix that takes `corners` to `quad`."""
    start, end = np.asarray(corners, np.float32), np.asarray(quad, np.float32)
    return np.asarray(cv2.getPerspectiveTransform(start, end), np.float64)


def outline(wide: float, high: float) -> Quad:
    """The corners of a picture of that many pixels."""
    return np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)


def large_enough(quad: Quad) -> bool:
    """Whether a plate is at least 5 pixels high and wide on the mean of its edges."""
    return _tall(quad) >= SHORTEST_PX and _tall(np.roll(quad, 1, axis=0)) >= SHORTEST_PX


def samples(quad: Quad, across: int = 10, down: int = 4) -> NDArray[np.float32]:
    """Points spread evenly over the inside of a quadrilateral, float32 (across * down, 2)."""
    u, v = np.meshgrid((np.arange(across) + 0.5) / across, (np.arange(down) + 0.5) / down)
    grid = np.stack([u.ravel(), v.ravel()], axis=1).astype(np.float32)
    return moved(grid, matrix(outline(1, 1), quad))


def inside(points: NDArray[np.float32], size: int) -> NDArray[np.bool_]:
    """Which points lie within a square picture."""
    return np.asarray(((points >= 0) & (points < size)).all(axis=1))


def stacked(quads: Sequence[Quad]) -> NDArray[np.float32]:
    """Quads as one array, float32 (n, 4, 2), n may be 0."""
    return np.array(quads, np.float32).reshape(-1, 4, 2)


def _tall(quad: Quad) -> float:
    return float(np.linalg.norm(quad[[0, 1]] - quad[[3, 2]], axis=1).mean())
