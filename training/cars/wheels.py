"""Wheels, for models that come without: a tyre with a disc, the rim painted on it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.cars.mesh import Floats, Mesh, Surface, smoothed

_SEGMENTS = 28
_WIDE = 0.11
_PIXELS = 128
_GLOSS = 0.02
_CREASE = np.radians(40)


def wheel(radius: float) -> Mesh:
    """A wheel that stands at the origin, its axle along y, metres; about 0.22 m wide."""
    around = np.linspace(0, 2 * np.pi, _SEGMENTS, endpoint=False)
    circle = np.stack([np.cos(around), np.zeros(_SEGMENTS), np.sin(around)], axis=1) * radius
    side = np.array([0, _WIDE, 0])
    vertices = np.concatenate([circle + side, circle - side, [side, -side]]).astype(np.float32)
    corners, places = _faces(vertices, radius)
    rim = Surface(_rim(), (1, 1, 1), _GLOSS)
    normals = smoothed(vertices, corners, _CREASE)
    return Mesh(vertices[corners], normals, places, np.zeros(len(corners), np.int32), (rim,))


def _faces(vertices: Floats, radius: float) -> tuple[NDArray[np.int32], Floats]:
    one = np.arange(_SEGMENTS)
    two = np.roll(one, -1)
    far, far_two = one + _SEGMENTS, two + _SEGMENTS
    middle, far_middle = np.full(_SEGMENTS, 2 * _SEGMENTS), np.full(_SEGMENTS, 2 * _SEGMENTS + 1)
    tread = [np.stack([one, two, far], axis=1), np.stack([two, far_two, far], axis=1)]
    discs = [np.stack([one, middle, two], axis=1), np.stack([far, far_two, far_middle], axis=1)]
    corners = np.concatenate(tread + discs).astype(np.int32)
    places = 0.5 + 0.49 * vertices[corners][..., [0, 2]] / radius
    places[: 2 * _SEGMENTS] = 0.01
    return corners, places.astype(np.float32)


def _rim() -> NDArray[np.uint8]:
    """A dark tyre with a light rim of five double spokes, uint8 (128, 128, 3)."""
    image = np.full((_PIXELS, _PIXELS, 3), 22, np.uint8)
    centre = _PIXELS // 2
    cv2.circle(image, (centre, centre), round(0.36 * _PIXELS), (70, 70, 72), -1, cv2.LINE_AA)
    cv2.circle(image, (centre, centre), round(0.32 * _PIXELS), (28, 28, 28), -1, cv2.LINE_AA)
    for turn in np.arange(0, 2 * np.pi, 2 * np.pi / 5):
        for lean in (-0.13, 0.13):
            tip = centre + 0.33 * _PIXELS * np.array([np.cos(turn + lean), np.sin(turn + lean)])
            cv2.line(image, (centre, centre), (round(tip[0]), round(tip[1])), (150, 150, 154), 5, cv2.LINE_AA)
    cv2.circle(image, (centre, centre), round(0.07 * _PIXELS), (120, 120, 124), -1, cv2.LINE_AA)
    return image
