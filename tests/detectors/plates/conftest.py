"""What the network would answer for plates that lie where they are said to lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from redact.detectors.plates.network import REACH, STRIDE
from redact.detectors.plates.quads import Corners

NOTHING, SURE = -9.0, 4.0
"""Logarithms of the odds of a plate."""


def answer(corners: Corners, height: int, width: int) -> NDArray[np.float32]:
    """float32 (1, 9, height / 4, width / 4): a cell whose middle a plate holds is sure of it and tells its corners.

    The surer, the nearer it is to the middle of the plate.
    """
    rows, columns = height // STRIDE, width // STRIDE
    told = np.zeros((1, 9, rows, columns), np.float32)
    told[0, 0] = NOTHING
    middles = (
        np.stack(np.meshgrid(np.arange(columns, dtype=np.float64), np.arange(rows, dtype=np.float64)), axis=2) * STRIDE
        + STRIDE / 2
    )
    for quad in corners:
        inside = held(quad, middles)
        offsets = np.arcsinh((quad[None] - middles[inside][:, None]) / REACH).reshape(-1, 8)
        told[0, 0, inside] = SURE - 0.001 * np.linalg.norm(middles[inside] - quad.mean(0), axis=1)
        told[0, 1:, inside] = offsets
    return told


def held(quad: Corners, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """True for the points (rows, columns, 2) on the right of every side, (rows, columns)."""
    sides = np.roll(quad, -1, axis=0) - quad
    ways = points[:, :, None] - quad
    return np.asarray((sides[:, 0] * ways[..., 1] - sides[:, 1] * ways[..., 0] >= 0).all(axis=2))


def plate(left: float, top: float, width: float, height: float, angle: float = 0) -> Corners:
    """The corners of one, (4, 2), turned by so many degrees about its top left corner."""
    turn = np.deg2rad(angle)
    along, beside = np.array([np.cos(turn), np.sin(turn)]) * width, np.array([-np.sin(turn), np.cos(turn)]) * height
    origin = np.array([left, top], float)
    return np.array([origin, origin + along, origin + along + beside, origin + beside])
