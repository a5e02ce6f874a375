"""Where a plate is screwed to a model: found by looking at its end straight on."""

from __future__ import annotations

import numpy as np

from training.cars.camera import Camera, framed, round_about
from training.cars.car import PLATE_METRES
from training.cars.mesh import Floats, Mesh, Surface, unit
from training.cars.raster import rasterise

REAR, FRONT = 0.0, np.pi
"""Yaw of a camera that looks straight at that end."""

_FAR = 80.0
_PIXELS = 320
_PROUD = 0.012
_STEEPEST = np.radians(40)
_OUTERMOST = 92
_BASE = 1.2, 1.8
_FEWEST = 6
"""Points of bodywork that a plate is laid on, at the least."""
_COARSE = 260


class NoPlaceError(ValueError):
    """A model has no bodywork where its plate should be."""


def mount(mesh: Mesh, end: float, height: float) -> Floats:
    """Corners of a plate on the middle of an end, float32 (4, 3) metres, in the order of `Car.mount`.

    `end` is REAR or FRONT, `height` that of the plate's middle over the ground. The plate leans as the bodywork does
    and touches what stands out most.

    Raises:
        NoPlaceError: there is no bodywork at that place.
    """
    seen = _met(mesh, end)
    wide, high = PLATE_METRES
    near = (np.abs(seen[:, 1]) < wide / 2) & (np.abs(seen[:, 2] - height) < high / 2)
    if near.sum() < _FEWEST:
        raise NoPlaceError(f"nothing to fix a plate to {height:.2f} m over the ground")
    outwards = -np.cos(end)
    out, up = seen[near, 0] * outwards, seen[near, 2] - height
    lean = (
        float(np.clip(np.polyfit(up, out, 1)[0], -np.tan(_STEEPEST), np.tan(_STEEPEST))) if np.ptp(up) > 0.01 else 0.0
    )
    touching = float(np.percentile(out - lean * up, _OUTERMOST)) + _PROUD
    along = np.array([lean, 1.0]) / np.hypot(lean, 1.0) * high / 2
    left = -np.sin(end + np.pi / 2) * -wide / 2
    corners = [(along, left), (along, -left), (-along, -left), (-along, left)]
    return np.array([[outwards * (touching + part[0]), side, height + part[1]] for part, side in corners], np.float32)


def base(corners: Floats, surface: Surface) -> Mesh:
    """A panel under the plate, somewhat larger than it and just below it: it hides what the texture has there."""
    middle = corners.mean(axis=0)
    across, down = (corners[1] - corners[0]) * _BASE[0] / 2, (corners[3] - corners[0]) * _BASE[1] / 2
    normal = unit(np.cross(across, down))
    below = middle + normal * _PROUD / 2
    quad = below + np.stack([-across - down, across - down, across + down, -across + down])
    points = quad[[[0, 1, 2], [0, 2, 3]]].astype(np.float32)
    normals = np.broadcast_to(normal, (2, 3, 3)).astype(np.float32)
    return Mesh(points, normals, np.zeros((2, 3, 2), np.float32), np.zeros(2, np.int32), (surface,))


def shown(mesh: Mesh, corners: Floats, camera: Camera) -> float:
    """The share of a plate that nothing hides from the camera, 0..1; 0 when it is seen from behind."""
    across, down = corners[1] - corners[0], corners[3] - corners[0]
    outwards = np.cross(down, across)
    if outwards @ (camera.eye - corners[0]) <= 0:
        return 0.0
    plate = corners[[[0, 1, 2], [0, 2, 3]]]
    close, shape = framed(camera, corners, _COARSE, 2)
    alone = len(rasterise(close.project(plate), shape).rows)
    hits = rasterise(close.project(np.concatenate([plate, mesh.points])), shape)
    return float((hits.triangles < len(plate)).sum() / max(alone, 1))


def _met(mesh: Mesh, end: float) -> Floats:
    """The points that a distant camera sees of an end, float32 (n, 3) metres."""
    points = mesh.points.reshape(-1, 3)
    camera, shape = framed(round_about(np.array([0, 0, 0.5]), end, 0, _FAR), points, _PIXELS, 0)
    hits = rasterise(camera.project(mesh.points), shape)
    return np.asarray(np.einsum("nc,ncd->nd", hits.weights, mesh.points[hits.triangles]), np.float32)
