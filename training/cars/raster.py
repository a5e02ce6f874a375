"""Which triangle is seen in which pixel: a z-buffer without a loop over triangles.

Every pixel of every triangle's bounding box is tested at once, in slices that bound the memory. What lies inside is
sorted from far to near and written in that order, so the nearest stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NOTHING = -1
_AT_ONCE = 1_500_000


@dataclass(frozen=True, slots=True)
class Hits:
    """What is seen.

    Attributes:
        rows: int32 (n,): of the pixels where something is.
        columns: int32 (n,): of the same pixels.
        triangles: int32 (n,): which triangle.
        weights: float32 (n, 3): how near the point is to each of its corners, in space and not on the picture; sum 1.
    """

    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    triangles: NDArray[np.int32]
    weights: NDArray[np.float32]


def rasterise(corners: NDArray[np.float32], shape: tuple[int, int]) -> Hits:
    """What is seen of triangles, float32 (n, 3, 3): x and y in pixels and a positive depth, on (height, width)."""
    high, wide = shape
    nearest = np.full(high * wide, np.inf, np.float32)
    triangles = np.full(high * wide, NOTHING, np.int32)
    weights = np.zeros((high * wide, 3), np.float32)
    for chosen in _slices(corners, shape):
        pixels, seen, depth, near = _fragments(corners, chosen, shape)
        order = np.argsort(-depth)
        order = order[depth[order] < nearest[pixels[order]]]
        nearest[pixels[order]] = depth[order]
        triangles[pixels[order]] = seen[order]
        weights[pixels[order]] = near[order]
    found = np.flatnonzero(triangles != NOTHING)
    rows, columns = np.divmod(found.astype(np.int32), np.int32(wide))
    return Hits(rows, columns, triangles[found], weights[found])


def _boxes(corners: NDArray[np.float32], shape: tuple[int, int]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """First pixel (x, y) and size (width, height) of the part of each triangle's box that is in the picture."""
    limit = np.array([shape[1], shape[0]])
    first = np.clip(np.floor(corners[..., :2].min(axis=1)), 0, limit).astype(np.int32)
    last = np.clip(np.ceil(corners[..., :2].max(axis=1)), 0, limit).astype(np.int32)
    return first, last - first


def _slices(corners: NDArray[np.float32], shape: tuple[int, int]) -> Iterator[NDArray[np.int64]]:
    areas = _boxes(corners, shape)[1].prod(axis=1)
    there = np.flatnonzero(areas > 0)
    ends = np.cumsum(areas[there]) // _AT_ONCE
    yield from np.split(there, np.flatnonzero(np.diff(ends)) + 1) if len(there) else ()


def _fragments(
    corners: NDArray[np.float32], chosen: NDArray[np.int64], shape: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    """Pixel, triangle, depth and weights of every point of the chosen triangles that a pixel's centre meets."""
    first, extent = _boxes(corners[chosen], shape)
    counts = extent.prod(axis=1)
    at = np.repeat(np.arange(len(chosen)), counts)
    step = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    row, column = np.divmod(step, extent[at, 0])
    x, y = first[at, 0] + column, first[at, 1] + row
    shares = _shares(corners[chosen, :, :2], at, x + np.float32(0.5), y + np.float32(0.5))
    inside = (shares >= 0).all(axis=0)
    at, shares = at[inside], shares[:, inside].T
    over = shares / corners[chosen][at, :, 2]
    depth = 1 / over.sum(axis=1)
    pixels = y[inside].astype(np.int64) * shape[1] + x[inside]
    return pixels, chosen[at].astype(np.int32), depth.astype(np.float32), (over * depth[:, None]).astype(np.float32)


def _shares(
    flat: NDArray[np.float32], at: NDArray[np.int64], x: NDArray[np.float32], y: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Barycentric coordinates on the picture, float32 (3, n); all negative for a triangle without area."""
    (ax, ay), (bx, by), (cx, cy) = (flat[:, corner].T for corner in range(3))
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    scale = np.divide(1, area, out=np.full_like(area, np.nan), where=np.abs(area) > 1e-6)
    lines = np.stack([(by - cy) * scale, (cx - bx) * scale, (cy - ay) * scale, (ax - cx) * scale])
    dx, dy = x - cx[at], y - cy[at]
    first = lines[0][at] * dx + lines[1][at] * dy
    second = lines[2][at] * dx + lines[3][at] * dy
    return np.asarray(np.nan_to_num(np.stack([first, second, 1 - first - second]), nan=-1.0), np.float32)
