"""Areas of regions, exactly: how much of one lies under the union of others. Pure.

The plane is cut into slabs at every height at which an edge begins, ends or meets another one. Within a slab no two
edges cross, so everything in it is a trapezoid, whose area is its height times its width half-way. (The sweep of
Bentley and Ottmann, 1979, without the tree: pictures hold hundreds of edges, not millions.)
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from redact.model import Box, Region

Edges: TypeAlias = NDArray[np.float64]
"""(n, 6): x and y of the upper end, x and y of the lower end, +1 where it was drawn downwards and else -1, and the
number of the region it belongs to. Horizontal edges bound no trapezoid sideways and are left out."""

Points: TypeAlias = Sequence[tuple[float, float]]

THINNEST_PX = 1e-9
"""A slab that is thinner comes of rounding where edges meet, and in it nobody knows their order."""

_CHUNK = 512
"""Edges that are tried against all others at a time: memory stays small."""


def area(region: Region) -> float:
    """Of a region, in square pixels."""
    return region.area if isinstance(region, Box) else covered(region, [region])


def covered(region: Region, by: Sequence[Region]) -> float:
    """Of the part of `region` that lies under at least one of `by`, in square pixels."""
    near = [each for each in by if each.bounds.overlap(region.bounds) > 0]
    if not near:
        return 0.0
    edges = np.concatenate([_edges(each.corners, number) for number, each in enumerate((region, *near))])
    return sum(height * _shared(across, owners) for height, across, _, owners in _slabs(edges))


def winds_once(points: Points) -> bool:
    """True for an outline that goes round no place twice: what lies within it is then no matter of the fill rule."""
    return all(np.abs(np.cumsum(drawn)).max(initial=0) <= 1 for _, _, drawn, _ in _slabs(_edges(points, 0)))


def _slabs(edges: Edges) -> Iterator[tuple[float, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
    """Height of each slab, and of the edges in it, from left to right: x half-way, direction and owner."""
    for top, bottom in itertools.pairwise(_levels(edges)):
        if bottom - top < THINNEST_PX:
            continue
        here = edges[(edges[:, 1] <= top) & (edges[:, 3] >= bottom)]
        share = ((top + bottom) / 2 - here[:, 1]) / (here[:, 3] - here[:, 1])
        across = here[:, 0] + share * (here[:, 2] - here[:, 0])
        order = np.argsort(across, kind="stable")
        yield bottom - top, across[order], here[order, 4], here[order, 5]


def _shared(across: NDArray[np.float64], owners: NDArray[np.float64]) -> float:
    """Length of what the region numbered 0 has in common with the union of the others, on one line."""
    inside: set[float] = set()
    length = 0.0
    for (left, right), owner in zip(itertools.pairwise(across.tolist()), owners.tolist(), strict=False):
        inside ^= {owner}
        if 0.0 in inside and len(inside) > 1:
            length += right - left
    return length


def _levels(edges: Edges) -> list[float]:
    heights = [edges[:, 1], edges[:, 3]]
    slanted = edges[edges[:, 0] != edges[:, 2]]
    for start in range(0, len(slanted), _CHUNK):
        heights.append(_meetings(slanted[start : start + _CHUNK], edges))
    levels: list[float] = np.unique(np.concatenate(heights)).tolist()
    return levels


def _meetings(some: Edges, every: Edges) -> NDArray[np.float64]:
    """Heights at which edges of `some` meet edges of `every`."""
    slope, other = ((each[:, 2] - each[:, 0]) / (each[:, 3] - each[:, 1]) for each in (some, every))
    at_zero, other_at_zero = some[:, 0] - slope * some[:, 1], every[:, 0] - other * every[:, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        height = (other_at_zero[None] - at_zero[:, None]) / (slope[:, None] - other[None])
    top = np.maximum(some[:, 1, None], every[None, :, 1])
    bottom = np.minimum(some[:, 3, None], every[None, :, 3])
    return np.asarray(height[(height > top) & (height < bottom)], np.float64)


def _edges(points: Points, owner: int) -> Edges:
    rows = [
        (*start, *end, 1, owner) if start[1] < end[1] else (*end, *start, -1, owner)
        for start, end in zip(points, (*points[1:], points[0]), strict=True)
        if start[1] != end[1]
    ]
    return np.array(rows, np.float64).reshape(-1, 6)
