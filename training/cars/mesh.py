"""Triangles with their normals and textures: what readers give and the renderer takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Surface:
    """What a triangle looks like: a texture times a colour.

    Attributes:
        texture: uint8 (height, width, 3) RGB, sampled with its first row at v = 1, or None for plain colour.
        colour: red, green, blue, 0..1.
        gloss: share of the light that it throws back as a mirror when looked at straight on, 0..1.
    """

    texture: NDArray[np.uint8] | None
    colour: tuple[float, float, float]
    gloss: float


@dataclass(frozen=True, slots=True)
class Mesh:
    """Triangles of one thing, metres: x forward, y to the left, z up; the ground is at z = 0.

    Attributes:
        points: float32 (n, 3, 3): triangle, corner, coordinate.
        normals: float32 (n, 3, 3), unit length; which side they point to does not matter.
        places: float32 (n, 3, 2): u, v of each corner in the texture; they may lie outside of 0..1 and then repeat.
        worn: int32 (n,): index into `surfaces`.
        surfaces: what the triangles look like.
    """

    points: Floats
    normals: Floats
    places: Floats
    worn: NDArray[np.int32]
    surfaces: tuple[Surface, ...]

    def moved(self, matrix: NDArray[np.floating], shift: NDArray[np.floating]) -> Mesh:
        """The mesh after a 3x3 matrix (a turn with a scale) and then a shift."""
        turn = np.asarray(matrix, np.float32)
        normals = unit(self.normals @ turn.T)
        return replace(self, points=self.points @ turn.T + np.asarray(shift, np.float32), normals=normals)


def joined(meshes: Iterable[Mesh]) -> Mesh:
    """All triangles of several meshes as one."""
    parts = tuple(meshes)
    firsts = np.cumsum([0, *(len(part.surfaces) for part in parts)])
    return Mesh(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.places for part in parts]),
        np.concatenate([part.worn + np.int32(first) for part, first in zip(parts, firsts, strict=False)]),
        tuple(surface for part in parts for surface in part.surfaces),
    )


def unit(vectors: NDArray[np.floating]) -> Floats:
    """Vectors, (..., 3), at length 1; one of no length stays as it is."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9), np.float32)


def smoothed(vertices: Floats, corners: NDArray[np.int32], crease: float) -> Floats:
    """Normals for triangles that came without: float32 (n, 3, 3).

    `vertices` is float32 (m, 3), `corners` int32 (n, 3) the vertices of each triangle. Neighbours are blended where the
    blend is within `crease` radians of the triangle's own normal; beyond, there is an edge.
    """
    points = vertices[corners]
    flat = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
    blend = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(blend, corners[:, corner], flat)
    own = unit(flat)[:, None, :].repeat(3, axis=1)
    shared = unit(blend)[corners]
    even = (own * shared).sum(axis=-1, keepdims=True) > np.cos(crease)
    return np.asarray(np.where(even, shared, own), np.float32)
