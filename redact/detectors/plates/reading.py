"""Reads what stands in a place: one line, and where it is nearly as high as wide, the two it may have as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from redact.detectors.plates.quads import extents
from redact.detectors.ppocr import Found

if TYPE_CHECKING:
    from redact.detectors.plates.quads import Corners
    from redact.detectors.ppocr import Quad, TextReader
    from redact.model import Image

SQUARISH = 2.4
"""Width over height below which a plate may have two lines."""

UPPER, LOWER = (0.0, 0.55), (0.4, 1.0)
"""Where the two lines lie, shares of the height: the upper one is often the smaller."""

ENOUGH = 7
"""Letters from which on more of them do not make a reading better."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands in a place, empty where nothing can be read, and the mean certainty of its letters, 0..1."""

    text: str
    confidence: float

    @property
    def worth(self) -> float:
        """What tells the better of two readings: much, surely."""
        return self.confidence * min(len(self.text), ENOUGH)


def read(reader: TextReader, image: Image, corners: Corners) -> Reading:
    """The best reading of a place with corners (4, 2) in an RGB picture."""
    whole = _line(reader, image, corners)
    width, height = (float(extent[0]) for extent in extents(corners[None]))
    if width >= SQUARISH * height:
        return whole
    upper, lower = (_line(reader, image, band(corners, *part)) for part in (UPPER, LOWER))
    both = Reading(f"{upper.text} {lower.text}".strip(), (upper.confidence + lower.confidence) / 2)
    return max(whole, both, key=lambda reading: reading.worth)


def band(corners: Corners, top: float, bottom: float) -> Corners:
    """The part of a place between two shares of its height, (4, 2)."""
    left, right = corners[3] - corners[0], corners[2] - corners[1]
    return np.stack(
        [corners[0] + top * left, corners[1] + top * right, corners[1] + bottom * right, corners[0] + bottom * left]
    )


def _line(reader: TextReader, image: Image, corners: Corners) -> Reading:
    line = reader.read(image, Found(_quad(corners), 1))
    return Reading(line.text, line.confidence)


def _quad(corners: Corners) -> Quad:
    first, second, third, fourth = ((float(x), float(y)) for x, y in corners)
    return first, second, third, fourth
