"""A real portrait, and how much of its face is covered."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from redact.contracts import Detector
from redact.model import Box, Image

FACE = Box(174, 64, 276, 188)
"""The face in the portrait by eye: hairline to chin, ear to ear, pixels."""


@pytest.fixture
def portrait(samples: Path) -> Image:
    return np.asarray(Pillow.open(samples / "portrait.jpg").convert("RGB"))


def resized(image: Image, size: int) -> Image:
    return np.asarray(cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def covered(face: Box, detector: Detector, image: Image) -> float:
    """Share of the face under the best detection."""
    return max((found.region.bounds.overlap(face) / face.area for found in detector.detect(image)), default=0.0)
