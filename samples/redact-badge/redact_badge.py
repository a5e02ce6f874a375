"""Finds red conference badges by their colour, and tells one from another: an example of a plugin."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from redact import Box, Detection

REDS = (((0, 180, 150), (3, 255, 255)), ((174, 180, 150), (180, 255, 255)))
"""(lowest, highest) hue, saturation and value of badge red; hue is a circle, and red lies across its seam."""


class BadgeDetector:
    """Finds the red conference badge: a blob of its red that fills most of its bounding box and has writing on it.

    min_area: smaller blobs are taken for noise, square pixels
    """

    def __init__(self, min_area: int = 50) -> None:
        self.min_area = min_area

    def detect(self, image: np.ndarray) -> Iterator[Detection]:
        """Every badge in `image`, uint8 (height, width, 3) RGB; the score is how well it fills its box."""
        height, width = image.shape[:2]
        for outline in _outlines(_reds(image)):
            left, top, across, down = cv2.boundingRect(outline)
            filled = min(1.0, cv2.contourArea(outline) / (across * down))
            if across * down < self.min_area or filled < 0.7:
                continue
            if 0.03 <= _white_share(image[top : top + down, left : left + across]) <= 0.5:
                # Compression smears the edge; what is yielded is what gets painted, so take a little more.
                box = Box(left, top, left + across, top + down).grown(3, 3, 3, 3).clipped(width, height)
                if box is not None:
                    yield Detection(box, "badge", filled)


class BadgeEmbedder:
    """Tells one badge from another by where its writing is: an example of an embedder, for `allow` with `faces`.

    threshold: cosine from which on two badges are the same one
    """

    threshold = 0.9

    def embed(self, image: np.ndarray, region: Box) -> np.ndarray | None:
        """How light each part of the badge is against its mean, float (64,); None for one too small to read."""
        box = region.bounds
        patch = image[round(box.top) : round(box.bottom), round(box.left) : round(box.right)]
        if min(patch.shape[:2]) < 16:
            return None
        # Green and blue: the writing is white, and the badge has none of either.
        light = cv2.resize(patch[..., 1:].mean(axis=2), (8, 8), interpolation=cv2.INTER_AREA)
        vector = (light - light.mean()).ravel()
        return vector if vector.any() else None


def _reds(image: np.ndarray) -> np.ndarray:
    """Mask of every pixel in badge red, small gaps closed."""
    colours = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    mask = sum((cv2.inRange(colours, low, high) for low, high in REDS), np.zeros(image.shape[:2], np.uint8))
    return cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))


def _white_share(patch: np.ndarray) -> float:
    """How much of a patch is white: the writing on a badge, and no tail light has any."""
    return float((patch.min(axis=2) > 150).mean())


def _outlines(mask: np.ndarray) -> list[np.ndarray]:
    """Outer outlines, in the order of the picture; writing on a badge is a hole that does not matter."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return list(outlines)
