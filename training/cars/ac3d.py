"""Reads AC3D models (`.ac`) and what TORCS compiles them to (`.acc`: triangle strips, normals beside the vertices).

A text format: materials, then a tree of objects, each with vertices and surfaces (Inivis, "The AC3D file format").
Lines and unknown object kinds are left out; nothing is drawn of them.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from training.cars.mesh import Floats, Mesh, Surface, joined, smoothed

Texture = Callable[[str], "NDArray[np.uint8]"]
"""Gives the picture of that name, uint8 (height, width, 3) RGB."""

_KIND, _POLYGON, _STRIP = 0x0F, 0, 4
_CREASE_DEGREES = 45.0
_GLOSS = 0.05
Colour = tuple[float, float, float]


class ModelError(ValueError):
    """A file is not a model of the format that it was read as."""


def read_ac3d(text: str, texture: Texture) -> Mesh:
    """The triangles of an AC3D file, in its own axes and units.

    Raises:
        ModelError: `text` is not AC3D, ends early, or holds nothing to be drawn.
    """
    lines = iter(text.splitlines())
    if not next(lines, "").startswith("AC3D"):
        raise ModelError("not an AC3D model: it does not begin with AC3D")
    try:
        meshes = _meshes(lines, texture)
    except (StopIteration, RuntimeError, IndexError, ValueError) as error:
        raise ModelError("not an AC3D model: it ends early or a number is missing") from error
    if not meshes:
        raise ModelError("a model with nothing to be drawn")
    return joined(meshes)


def _meshes(lines: Iterator[str], texture: Texture) -> list[Mesh]:
    colours: list[Colour] = []
    for line in lines:
        words = shlex.split(line)
        if words[:1] == ["MATERIAL"]:
            red, green, blue = (float(word) for word in words[3:6])
            colours.append((red, green, blue))
        elif words[:1] == ["OBJECT"]:
            return _tree(lines, np.eye(3), np.zeros(3), _Paint(tuple(colours), texture))
    return []


@dataclass(frozen=True, slots=True)
class _Paint:
    colours: tuple[Colour, ...]
    texture: Texture


@dataclass(slots=True)
class _Shape:
    """One object while its lines are read."""

    texture: str = ""
    crease: float = _CREASE_DEGREES
    vertices: list[list[float]] = field(default_factory=list)
    corners: list[tuple[int, int, int]] = field(default_factory=list)
    places: list[tuple[tuple[float, float], ...]] = field(default_factory=list)
    colours: list[int] = field(default_factory=list)


def _tree(lines: Iterator[str], turn: NDArray[np.float64], shift: NDArray[np.float64], paint: _Paint) -> list[Mesh]:
    """The meshes of the object whose head was just read, and of its kids, in the axes of the root."""
    shape = _Shape()
    for line in lines:
        key, *words = shlex.split(line)
        match key:
            case "kids":
                own = _mesh(shape, paint)
                kids = [mesh for _ in range(int(words[0])) for mesh in _kid(lines, turn, shift, paint)]
                return [mesh.moved(turn, shift) for mesh in own] + kids
            case "rot":
                turn = turn @ np.array(words[:9], float).reshape(3, 3).T
            case "loc":
                shift = shift + turn @ np.array(words[:3], float)
            case _:
                _detail(key, words, lines, shape)
    raise ModelError("not an AC3D model: an object has no end")


def _detail(key: str, words: list[str], lines: Iterator[str], shape: _Shape) -> None:
    match key:
        case "data":
            next(lines)
        case "crease":
            shape.crease = float(words[0])
        case "texture":
            shape.texture = shape.texture or words[0]
        case "numvert":
            shape.vertices = [[float(word) for word in next(lines).split()] for _ in range(int(words[0]))]
        case "numsurf":
            for _ in range(int(words[0])):
                _surface(lines, shape)


def _kid(lines: Iterator[str], turn: NDArray[np.float64], shift: NDArray[np.float64], paint: _Paint) -> list[Mesh]:
    if not next(lines).startswith("OBJECT"):
        raise ModelError("not an AC3D model: an object was announced and is not there")
    return _tree(lines, turn, shift, paint)


def _surface(lines: Iterator[str], shape: _Shape) -> None:
    kind = int(next(lines).split()[1], 16) & _KIND
    key, value = next(lines).split()
    colour = int(value) if key == "mat" else 0
    count = int((next(lines) if key == "mat" else value).split()[-1])
    rows = [next(lines).split() for _ in range(count)]
    vertex = [int(row[0]) for row in rows]
    place = [(float(row[1]), float(row[2])) for row in rows]
    for three in _triangles(kind, count):
        first, second, third = (vertex[corner] for corner in three)
        shape.corners.append((first, second, third))
        shape.places.append(tuple(place[corner] for corner in three))
        shape.colours.append(colour)


def _triangles(kind: int, count: int) -> list[tuple[int, int, int]]:
    if kind == _POLYGON:
        return [(0, corner, corner + 1) for corner in range(1, count - 1)]
    if kind == _STRIP:
        return [(corner, corner + 1, corner + 2) for corner in range(count - 2)]
    return []


def _mesh(shape: _Shape, paint: _Paint) -> list[Mesh]:
    if not shape.corners:
        return []
    table = np.array(shape.vertices, np.float32)
    corners = np.array(shape.corners, np.int32)
    texture = paint.texture(shape.texture) if shape.texture else None
    worn, colours = np.unique(shape.colours, return_inverse=True)
    surfaces = tuple(Surface(texture, paint.colours[colour], _GLOSS) for colour in worn.tolist())
    return [
        Mesh(
            table[corners][..., :3],
            _normals(table, corners, np.radians(shape.crease)),
            np.array(shape.places, np.float32),
            colours.reshape(-1).astype(np.int32),
            surfaces,
        )
    ]


def _normals(table: Floats, corners: NDArray[np.int32], crease: float) -> Floats:
    given = 6
    if table.shape[1] >= given:
        return np.asarray(table[corners][..., 3:given], np.float32)
    return smoothed(np.ascontiguousarray(table[:, :3]), corners, crease)
