"""A block of red sheet metal on the ground, 4 m by 1.8 m by 1.4 m: the simplest car."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.cars.mesh import Mesh, Surface, smoothed

BOX = np.array([[x, y, z] for x in (-2, 2) for y in (-0.9, 0.9) for z in (0, 1.4)], np.float32)
SIDES = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (1, 5, 7, 3), (0, 2, 6, 4))
TEXTURE = np.full((4, 4, 3), (200, 20, 20), np.uint8)


def block(vertices: NDArray[np.floating]) -> Mesh:
    """The six sides between eight corners, in the order of `BOX`."""
    table = np.asarray(vertices, np.float32)
    corners = np.array([part for a, b, c, d in SIDES for part in ((a, b, c), (a, c, d))], np.int32)
    places = np.zeros((len(corners), 3, 2), np.float32)
    normals = smoothed(table, corners, np.radians(30))
    return Mesh(table[corners], normals, places, np.zeros(len(corners), np.int32), (Surface(TEXTURE, (1, 1, 1), 0.05),))
