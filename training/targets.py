"""What the network should answer: for each cell of its map, whether a quadrilateral is there and where its corners are.

A cell stands for 4 pixels across and down; its centre is their middle. Cells in the core of a quadrilateral should say
yes, those in a rim around it are not asked, all others should say no. A corner is told as `o`, one number each for x
and y: it lies REACH * sinh(o) pixels from the cell's centre, which is fine near by and still reaches far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

CELL = 4
"""Pixels a cell stands for, across and down."""

REACH = 8.0
"""Pixels from a cell's centre at which `o` turns from straight to logarithmic."""

CORE = 0.27
"""Of a quadrilateral's length and height, from its middle: half of the core."""

RIM = 3.0
"""Pixels around a quadrilateral where nothing is asked; half of its height where that is more would hide neighbours."""

Floats: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Target:
    """What one head should answer for one picture.

    score:   float32 (rows, columns), 1 in cores, 0 elsewhere
    weight:  float32 (rows, columns), how much a cell's score counts; 0 where it is not asked
    offsets: float32 (8, rows, columns), `o` of x and y of the corners TL TR BR BL; of meaning where the score is 1
    extent:  float32 (rows, columns), pixels: the root of the quadrilateral's area; of meaning where the score is 1
    """

    score: Floats
    weight: Floats
    offsets: Floats
    extent: Floats


def target(quadrilaterals: Floats, ignored: Floats, size: int) -> Target:
    """What should be answered for a square picture.

    quadrilaterals: float32 (n, 4, 2), corners TL TR BR BL, pixels; may reach beyond the picture
    ignored:        float32 (k, 4, 2), where nothing is asked
    size:           of the picture, pixels, a multiple of 32

    However small or far cut, each has one cell at least. All cells of one weigh the root of their number together.
    """
    side = size // CELL
    wanted = Target(
        np.zeros((side, side), np.float32),
        np.ones((side, side), np.float32),
        np.zeros((8, side, side), np.float32),
        np.ones((side, side), np.float32),
    )
    grid = centres(side)
    places = [position(quadrilateral, grid) for quadrilateral in quadrilaterals]
    for quadrilateral in (*ignored, *quadrilaterals):
        wanted.weight[within(quadrilateral, grid, RIM)] = 0
    for quadrilateral, place in zip(quadrilaterals, places, strict=True):
        mark(wanted, quadrilateral, core(place), grid)
    return wanted


def mark(wanted: Target, quadrilateral: Floats, cells: NDArray[np.bool_], grid: Floats) -> None:
    """Write into the target that these cells belong to that quadrilateral."""
    wanted.score[cells] = 1
    wanted.weight[cells] = np.sqrt(1 / cells.sum())
    wanted.extent[cells] = max(1.0, np.sqrt(area(quadrilateral)))
    apart = quadrilateral[:, None] - grid[cells][None]
    wanted.offsets[:, cells] = np.arcsinh(apart / REACH).transpose(0, 2, 1).reshape(8, -1)


def centres(side: int) -> Floats:
    """Pixels of the middle of each cell, (side, side, 2), x and y."""
    along = np.arange(side, dtype=np.float32) * CELL + CELL / 2
    return np.stack(np.meshgrid(along, along), -1)


def position(quadrilateral: Floats, grid: Floats) -> Floats:
    """How far each cell is along and down a quadrilateral: 0 and 1 are its sides, .5 the middle; (rows, columns, 2)."""
    top, right, bottom, left = depths(quadrilateral, grid)
    # Beyond the point where two opposite sides meet both would be negative, and their ratio that of a place within.
    along = left / np.maximum(left + right, 1e-3)
    down = top / np.maximum(top + bottom, 1e-3)
    return np.asarray(np.stack([along, down], -1), np.float32)


def depths(quadrilateral: Floats, grid: Floats) -> Floats:
    """Pixels that each cell lies within each side, negative outside: top, right, bottom, left; (4, rows, columns)."""
    along = np.roll(quadrilateral, -1, 0) - quadrilateral
    inwards = np.stack([-along[:, 1], along[:, 0]], 1)
    inwards /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    inside = np.einsum("rcx,sx->src", grid, inwards) - (quadrilateral * inwards).sum(1)[:, None, None]
    return np.asarray(inside, np.float32)


def within(quadrilateral: Floats, grid: Floats, rim: float) -> NDArray[np.bool_]:
    """Which cells lie in a quadrilateral grown by so many pixels."""
    return np.asarray((depths(quadrilateral, grid) > -rim).all(0))


def core(place: Floats) -> NDArray[np.bool_]:
    """Cells near the middle of a quadrilateral, or the one nearest to it."""
    away = np.abs(place - 0.5).max(-1)
    return np.asarray((away <= CORE) | (away == away.min()))


def area(quadrilateral: Floats) -> float:
    """Square pixels of a quadrilateral whose sides do not cross."""
    x, y = quadrilateral.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)
