"""Where a code ends: its corners, grown by the quiet zone that its standard asks for around it.

A quiet zone is measured in modules, so how many of them lie across has to be known. Where a symbol does not tell, the
fewest that its symbology has are taken: the zone then comes out too wide, never too narrow.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.model import Box, Polygon

if TYPE_CHECKING:
    from redact.detectors.views import Points
    from redact.model import Region

SLACK = 0.5
"""Modules added to every quiet zone: what corners are off."""

LEAST_SLACK_PX = 1.5

FILLS_ITS_BOX = 0.85
"""Share of its upright box from which on a quadrangle may as well be that box."""

FARTHEST = 3.0
"""A margin in perspective is at most so many times as wide as it would be without."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A symbol measured in modules.

    across, down: modules from side to side, without the quiet zone
    quiet:        modules to be left free on each side
    """

    across: float
    down: float
    quiet: float


MATRICES: Mapping[str, Extent] = {
    "QRCode": Extent(21, 21, 4),
    "MicroQRCode": Extent(11, 11, 2),
    "RMQRCode": Extent(27, 7, 2),
    "DataMatrix": Extent(10, 10, 1),
    "Aztec": Extent(11, 11, 1),
    "PDF417": Extent(69, 9, 2),
    "MicroPDF417": Extent(38, 12, 1),
    "MaxiCode": Extent(30, 29, 1),
}
"""The smallest symbol of each symbology: ISO/IEC 18004, 23941, 16022, 24778, 15438, 24728 and 16023.

Aztec asks for no quiet zone, but what is beside it may be a frame.
"""

FIXED_MODULES: Mapping[str, int] = {
    "EAN13": 95,
    "UPCA": 95,
    "EAN8": 67,
    "UPCE": 51,
    "DataBarOmni": 95,
    "DataBarLtd": 74,
}
"""Modules in a symbol that always holds as much: ISO/IEC 15420 and 24724."""

LEAST_MODULES: Mapping[str, tuple[float, float]] = {
    "Code128": (5.5, 35),
    "Code39": (13, 25),
    "Code93": (9, 37),
    "Codabar": (9, 0),
    "ITF": (7, 8),
    "Telepen": (8, 40),
}
"""Modules that a letter or digit takes at least, and start, stop and check characters together.

ISO/IEC 15417 (Code 128, where two digits share a character), 16388 (Code 39), 16390 (ITF), AIM USS-93, EN 798 (Codabar,
whose start and stop are among the letters).
"""

LEAST_OF_ANY = (5.5, 24.0)

QUIET_BESIDE_BARS = 10
"""Modules: what most linear symbologies ask for on each side, and about as high as the digits printed below."""


def matrix_extent(symbology: str, version: str) -> Extent:
    """Modules across, down and around a matrix code.

    symbology: a key of MATRICES
    version:   as zxing-cpp tells it: "7" of a QR code, "8x32" (rows and columns) of others; "" where unknown
    """
    least = MATRICES[symbology]
    if symbology == "QRCode" and re.fullmatch(r"[1-9]|[1-3]\d|40", version):
        side = 17 + 4 * int(version)
        return Extent(side, side, least.quiet)
    if found := re.fullmatch(r"R?([1-9]\d{0,2})x([1-9]\d{0,2})", version):
        return Extent(int(found[2]), int(found[1]), least.quiet)
    return least


def bars_extent(symbology: str, letters: int, corners: Points) -> Extent:
    """Modules across, down and around a linear code that says so many letters.

    corners: (4, 2), of its bars
    """
    each, beside = LEAST_MODULES.get(symbology, LEAST_OF_ANY)
    across = FIXED_MODULES.get(symbology, each * letters + beside)
    width, height = (max(1.0, float(np.linalg.norm(corners[end] - corners[0]))) for end in (1, 3))
    return Extent(across, across * height / width, QUIET_BESIDE_BARS)


def grown(corners: Points, extent: Extent) -> Region | None:
    """What is to be painted of a symbol with these corners: its quiet zone too; None where they span nothing.

    corners: (4, 2), in turn, from that at the symbol's own top left

    The zone is drawn in the perspective of the symbol. What stands upright gives a Box, what does not a Polygon.
    """
    low, high = corners.min(0), corners.max(0)
    if not (high - low >= 1).all():
        return None
    widest = max(float(np.linalg.norm(corners[one] - corners[other])) for one, other in ((0, 1), (2, 3)))
    around = extent.quiet + max(SLACK, LEAST_SLACK_PX * extent.across / max(widest, 1.0))
    wide = _in_perspective(corners, around / extent.across, around / extent.down)
    if wide is None:
        margin = (high - low).max() * around / min(extent.across, extent.down)
        return _box(low - margin, high + margin)
    hull = _box(wide.min(0), wide.max(0))
    if cv2.contourArea(wide) >= FILLS_ITS_BOX * hull.area:
        return hull
    return Polygon(tuple((float(x), float(y)) for x, y in wide))


def _box(low: Points, high: Points) -> Box:
    (left, top), (right, bottom) = low.tolist(), high.tolist()
    return Box(left, top, right, bottom)


def _in_perspective(corners: Points, across: float, down: float) -> Points | None:
    """The corners moved outwards by shares of the sides, in perspective; None where they are those of no square."""
    if not cv2.isContourConvex(corners):
        return None
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
    way = cv2.getPerspectiveTransform(square, corners)
    outer = np.array([(-across, -down), (1 + across, -down), (1 + across, 1 + down), (-across, 1 + down)])
    depth = outer @ way[2, :2] + way[2, 2]
    # Towards the horizon a margin would grow as large as the picture.
    if not ((depth > 1 / FARTHEST) & (depth < FARTHEST)).all():
        return None
    return np.asarray(cv2.perspectiveTransform(outer[None], way)[0], np.float32)
