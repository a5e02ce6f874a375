"""From where a car is looked at: a pinhole that turns round it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.cars.mesh import Floats, unit


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole with its picture's scale and middle.

    Attributes:
        eye: float32 (3,): where it stands, metres.
        axes: float32 (3, 3): rows right, down, ahead.
        focal: pixels.
        middle: x, y of the picture's point straight ahead, pixels.
    """

    eye: Floats
    axes: Floats
    focal: float
    middle: tuple[float, float]

    def project(self, points: NDArray[np.floating]) -> Floats:
        """World points, (..., 3), as x, y in pixels and depth in metres, same shape."""
        seen = (points - self.eye) @ self.axes.T
        flat = seen[..., :2] / seen[..., 2:] * self.focal + np.array(self.middle)
        return np.concatenate([flat, seen[..., 2:]], axis=-1).astype(np.float32)


def round_about(target: NDArray[np.floating], yaw: float, pitch: float, away: float) -> Camera:
    """A camera `away` metres from `target` that looks at it, one pixel of picture a radian, its middle at 0, 0.

    `yaw`, radians: 0 looks along x, at the rear of a car, and pi at its front. `pitch`, radians: how far it looks down.
    """
    ahead = np.array([np.cos(yaw) * np.cos(pitch), np.sin(yaw) * np.cos(pitch), -np.sin(pitch)])
    right = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
    axes = np.stack([right, np.cross(ahead, right), ahead])
    return Camera(np.asarray(target - ahead * away, np.float32), axes.astype(np.float32), 1.0, (0.0, 0.0))


def framed(camera: Camera, points: Floats, longest: int, margin: int) -> tuple[Camera, tuple[int, int]]:
    """The camera with its picture cut to `points`, (n, 3): its longer side `longest` pixels, `margin` of them air.

    Returns it with the picture's (height, width).
    """
    flat = camera.project(points)[:, :2]
    low, high = flat.min(axis=0), flat.max(axis=0)
    focal = (longest - 2 * margin) / float((high - low).max())
    middle = margin - low * focal
    wide, tall = np.minimum(np.ceil((high - low) * focal + 2 * margin), longest).astype(int).tolist()
    return Camera(camera.eye, camera.axes, focal, (float(middle[0]), float(middle[1]))), (tall, wide)


def towards(camera: Camera, points: Floats) -> Floats:
    """Unit vectors from points, (n, 3), to the eye."""
    return unit(camera.eye - points)
