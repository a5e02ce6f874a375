"""Codes: QR, Data Matrix, Aztec, PDF417 and bars, with the quiet zone around them; covered whether or not they read.

zxing-cpp looks at every size from twice the picture's down, in tiles, upright and mirrored, dark on light and light on
dark. What it makes out but cannot read is a code too, but for Data Matrix, of which it then sees too many. It reads
bars that run up and down or across; those at an angle OpenCV knows by their one direction, and they are looked at once
more, straightened. MaxiCode is not found.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import zxingcpp

from redact.areas import area, covered
from redact.detectors.bars import reach, unread
from redact.detectors.quiet import MATRICES, bars_extent, grown, matrix_extent
from redact.detectors.views import doubled, halved, tiles, whole
from redact.model import Detection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from redact.detectors.views import Gray, Points, View
    from redact.model import Image, Region

EVERY = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.AllReadable])
MATRIX = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.AllMatrix])
BARS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.AllLinear, zxingcpp.BarcodeFormat.PDF417])
STACKED = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.PDF417])

TILE, OVERLAP = 2048, 512
"""Pixels. What is larger than the overlap lies whole in a tile of the picture halved."""

BARS_TILE, BARS_OVERLAP = 512, 192
"""The same for OpenCV, which shrinks what is larger."""

SMALLEST = 256
"""The picture is halved until no side is longer, pixels."""

OFTEN_WRONG = frozenset({"DataMatrix", "MicroQRCode"})
MICRO = frozenset({"M1", "M2", "M3", "M4"})
"""What is taken for one of these and cannot be read is more often none."""

MOST_FORESHORTENED = 2.5
"""How much longer a side of a code that cannot be read may be than the one opposite."""

MOST_STRETCHED = 0.3
"""Logarithm of how far its sides may be from the proportion that it says it has."""

LEAST_FILLED = 0.6
"""Share of the product of its sides that its area has to be: a square seen from aside has less, a mistake none."""

LEAST_SIDE_PX = 3

UNREAD_BARS = "bars"
EDGES_A_LETTER = 5

READ, SEEN = 1.0, 0.7
"""Score of a code that could be read, and of one that could not."""

NOTHING_NEW = 0.9
"""Share of a region that another covers from which on it is left out."""

SAME_SYMBOL = 0.3
"""Share of the smaller from which on one that was made out is part of one that was read: codes do not overlap."""

MARGIN = 0.15
"""Share of its sides that bars are straightened with around them: their quiet zone."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A code that was made out.

    corners:   (4, 2), in pixels of the picture, as it reads
    symbology: as zxing-cpp calls its format
    version:   what it says of its size; "" where unknown
    letters:   so many it holds
    """

    corners: Points
    symbology: str
    version: str = ""
    letters: int = 0
    score: float = READ


class CodeDetector:
    """Finds matrix codes and bar codes of modules from about 1.5 pixels up."""

    def __init__(self) -> None:
        self._bars = cv2.barcode.BarcodeDetector()

    def detect(self, image: Image) -> Iterator[Detection]:
        """Each code in an RGB picture with its quiet zone: a Box where it stands upright, a Polygon where it does not.

        The zone of bars is as wide above and below, where the digits are printed. A code that could be read has a
        score of 1, one that could not .7.
        """
        gray = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
        symbols = itertools.chain(_small(gray), _large(gray), self._askew(gray))
        found = ((region, symbol.score) for symbol in symbols for region in _regions(gray, symbol))
        for region, score in _distinct(found):
            yield Detection(region, "code", score)

    def _askew(self, gray: Gray) -> Iterator[Symbol]:
        """Bars at any angle, and those that nobody can read."""
        for level in halved(whole(gray), SMALLEST):
            for tile in tiles(level, BARS_TILE, BARS_OVERLAP):
                _, corners = self._bars.detectMulti(tile.gray)
                for each in () if corners is None else np.asarray(corners, np.float32).reshape(-1, 4, 2):
                    yield from _straightened(tile, each)


def _small(gray: Gray) -> Iterator[Symbol]:
    """Codes with modules of few pixels."""
    for tile in tiles(whole(gray), TILE // 2, OVERLAP // 2):
        large = doubled(tile)
        yield from _read(large, EVERY)
        yield from _read(large.negative, BARS)


def _large(gray: Gray) -> Iterator[Symbol]:
    """Codes that show in the picture as it is, or in smaller ones."""
    for level in halved(whole(gray), SMALLEST):
        for tile in tiles(level, TILE, OVERLAP):
            yield from _read(tile, EVERY)
            yield from _read(tile.negative, BARS)
            yield from _read(tile.mirrored, MATRIX)
            yield from _read(tile.slanted, STACKED)


def _read(view: View, formats: zxingcpp.BarcodeFormats) -> Iterator[Symbol]:
    """The codes of these formats that zxing-cpp makes out."""
    for found in zxingcpp.read_barcodes(view.gray, formats, try_downscale=False, return_errors=True):
        place = found.position
        corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        points = np.array([(corner.x, corner.y) for corner in corners], np.float32)
        version = str(found.extra.get("Version", "")) if isinstance(found.extra, dict) else ""
        if found.error and not _is_plausible(found.format.name, version, points):
            continue
        score = SEEN if found.error else READ
        yield Symbol(view.back(points), found.format.name, version, len(found.text), score)


def _is_plausible(symbology: str, version: str, corners: Points) -> bool:
    """True for a code that could not be read if it has corners that a flat one of its kind may have in a picture."""
    if symbology in OFTEN_WRONG or version in MICRO:
        return False
    top, right, bottom, left = np.linalg.norm(np.roll(corners, -1, 0) - corners, axis=1)
    if min(top, right, bottom, left) < LEAST_SIDE_PX or not cv2.isContourConvex(corners):
        return False
    width, height = (top + bottom) / 2, (left + right) / 2
    opposite = max(top / bottom, bottom / top, left / right, right / left)
    if opposite > MOST_FORESHORTENED or cv2.contourArea(corners) < LEAST_FILLED * width * height:
        return False
    extent = matrix_extent(symbology, version) if symbology in MATRICES and "x" in version else None
    return extent is None or abs(math.log(width / height * extent.down / extent.across)) < MOST_STRETCHED


def _straightened(view: View, corners: Points) -> Iterator[Symbol]:
    """The codes within the rectangle that OpenCV takes for bars; the rectangle itself where they cannot be read."""
    longest = max(float(np.linalg.norm(corners[end] - corners[0])) for end in (1, 3))
    upright = view.straightened(corners, MARGIN, 1.0 if longest > BARS_TILE else 2.0)
    found = [*_read(upright, EVERY), *_read(upright.negative, BARS)]
    yield from found
    for first in () if found else (0, 1):
        turned = np.roll(corners, -first, 0)
        if seen := unread(view.gray, (turned[0] + turned[3]) / 2, (turned[1] + turned[2]) / 2):
            bars, edges = seen
            yield Symbol(view.back(bars), UNREAD_BARS, letters=edges // EDGES_A_LETTER, score=SEEN)


def _regions(gray: Gray, symbol: Symbol) -> Iterator[Region]:
    """What is to be painted of a symbol."""
    corners = symbol.corners
    if symbol.symbology in MATRICES:
        regions = [grown(corners, matrix_extent(symbol.symbology, symbol.version))]
    elif symbol.symbology == UNREAD_BARS:
        regions = [grown(corners, bars_extent(symbol.symbology, symbol.letters, corners))]
    else:
        # A line across is what was read; how high the bars are, the reader does not tell.
        bars = reach(gray, (corners[0] + corners[3]) / 2, (corners[1] + corners[2]) / 2)
        extent = bars_extent(symbol.symbology, symbol.letters, bars)
        regions = [grown(bars, extent), grown(corners, bars_extent(symbol.symbology, symbol.letters, corners))]
    yield from (region for region in regions if region is not None)


def _distinct(found: Iterable[tuple[Region, float]]) -> Iterator[tuple[Region, float]]:
    """The regions but for those that a surer or larger one covers, or that are of a symbol that was read as well."""
    kept: list[tuple[Region, float]] = []
    for region, score in sorted(found, key=lambda each: (-each[1], -each[0].bounds.area)):
        near = [(other, sure) for other, sure in kept if other.bounds.overlap(region.bounds)]
        shared = [(covered(region, [other]), area(other), sure) for other, sure in near]
        seen = any(common >= NOTHING_NEW * area(region) for common, _, _ in shared)
        known = any(sure > score and common >= SAME_SYMBOL * min(size, area(region)) for common, size, sure in shared)
        if not (seen or known):
            kept.append((region, score))
            yield region, score
