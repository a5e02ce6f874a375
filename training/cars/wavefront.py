"""Reads Wavefront models (`.obj`): vertices, texture places, normals, faces. Materials are not read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.cars.ac3d import ModelError
from training.cars.mesh import Mesh, Surface, smoothed

_CREASE = np.radians(50)
_GLOSS = 0.05
_WHITE = (1.0, 1.0, 1.0)


def read_wavefront(text: str, texture: NDArray[np.uint8]) -> Mesh:
    """The triangles of a Wavefront file, in its own axes and units, all in `texture`, uint8 (height, width, 3) RGB.

    Raises:
        ModelError: `text` holds no face, or a face names what is not there.
    """
    points: list[list[float]] = []
    places: list[list[float]] = []
    faces: list[list[tuple[int, int]]] = []
    try:
        for line in text.splitlines():
            key, *words = line.split() or [""]
            match key:
                case "v":
                    points.append([float(word) for word in words[:3]])
                case "vt":
                    places.append([float(word) for word in words[:2]])
                case "f":
                    faces += _fan([_corner(word) for word in words])
        vertices, table = np.array(points, np.float32), np.array(places, np.float32)
        corners = np.array(faces, np.int32)
        return Mesh(
            vertices[corners[..., 0]],
            smoothed(vertices, corners[..., 0], _CREASE),
            table[corners[..., 1]],
            np.zeros(len(corners), np.int32),
            (Surface(texture, _WHITE, _GLOSS),),
        )
    except (IndexError, ValueError) as error:
        raise ModelError("not a Wavefront model: a face is missing or names what is not there") from error


def _corner(word: str) -> tuple[int, int]:
    vertex, place, *_ = word.split("/")
    return int(vertex) - 1, int(place) - 1


def _fan(corners: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    return [[corners[0], corners[at], corners[at + 1]] for at in range(1, len(corners) - 1)]
