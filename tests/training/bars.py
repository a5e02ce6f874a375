"""Scenes that are quick to draw and easy to learn: a white bar on noise."""

import cv2
import numpy as np

from training.scenes import Scene


def draw(seed: int, size: int) -> Scene:
    """The scene of a seed, a plate in it."""
    random = np.random.default_rng(seed)
    image = random.integers(0, 120, (size, size, 3), np.uint8)
    left, top = random.uniform(4, size / 2, 2)
    plate = np.array([[(left, top), (left + 60, top), (left + 60, top + 16), (left, top + 16)]], np.float32)
    cv2.fillConvexPoly(image, np.round(plate[0]).astype(np.int32), (240, 240, 240))
    return Scene(image, plate, plate[:0], plate[:0])
