"""PP-OCRv6: where its networks see lines of writing, and what they read there.

Finding: a map of how likely each pixel belongs to the shrunken core of a line; the core's outline is grown back by
area * ratio / perimeter (Liao et al., "Real-time Scene Text Detection with Differentiable Binarization", 2020).
Reading: a crop of 48 pixels' height becomes a row of letter probabilities, one for each eighth pixel, in which
repetitions and the empty letter stand for nothing (Graves et al., "Connectionist Temporal Classification", 2006).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

from redact import weights
from redact.detectors.network import Network, blob, blue_first
from redact.detectors.pyramid import Tile, padded, scaled, spans
from redact.detectors.runtimes import OPENCV, Runtime
from redact.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from redact.model import Image

Point: TypeAlias = tuple[float, float]
Quad: TypeAlias = tuple[Point, Point, Point, Point]
"""Corners in pixels of the picture: top left, top right, bottom right, bottom left, as the line is read."""

CORE = 0.3
"""A pixel belongs to the core of a line from this likelihood on."""
SURE = 0.5
"""A line counts from this mean likelihood of its core on."""
UNCLIP = 1.6
"""How far the core is grown back, in area / perimeter."""
THINNEST = 3
"""Cores of fewer pixels across are specks."""
TILE = 960
"""Longest side of what the finder is shown, pixels: a line across a small picture stays whole."""
LOW_TILE = 480
"""Most height of what it is shown of a large picture: half the memory, and a line is wider than high."""
LARGE = 530_000
"""A picture of more pixels is large. A key frame of a film is not."""

CROP = 48
"""Height of what the recogniser reads, pixels."""
WIDEST = 1536
"""Longest crop read, pixels; what is longer is squeezed."""
STEP = 32
"""Crops are a multiple of this wide, so that OpenCV plans for few shapes."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a line of writing lies, and how likely it is one, 0..1."""

    quad: Quad
    score: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was read.

    quad:       where
    score:      how likely it is a line of writing, 0..1
    text:       what it says; empty where nothing could be read
    confidence: mean certainty of its letters, 0..1
    """

    quad: Quad
    score: float
    text: str
    confidence: float


class TextFinder:
    """Finds lines of writing in a picture."""

    weights = ("ppocr-det",)

    def __init__(self, runtime: Runtime = OPENCV) -> None:
        self._network = Network("ppocr-det", runtime)

    def find(self, image: Image, scale: float) -> tuple[Found, ...]:
        """Every line seen in an RGB picture at `scale` times its size, in pixels of the picture itself."""
        picture = scaled(image, scale)
        across, down = picture.shape[1] / image.shape[1], picture.shape[0] / image.shape[0]
        pixels = image.shape[0] * image.shape[1]
        lines = whole(
            Found(_moved(found.quad, tile.left, tile.top, across, down), found.score)
            for tile in _tiles(picture, LOW_TILE if pixels > LARGE else TILE)
            for found in outlined(self._likelihood(tile.image))
        )
        self._network.rest_after(image)
        return lines

    def _likelihood(self, tile: Image) -> NDArray[np.float32]:
        (answer,) = self._network(_normalised(tile)).values()
        return np.asarray(answer[0, 0], np.float32)


class TextReader:
    """Reads lines of writing that were found."""

    weights = ("ppocr-rec", "ppocr-characters")

    def __init__(self, runtime: Runtime = OPENCV) -> None:
        self._network = Network("ppocr-rec", runtime)
        self._letters = _letters(weights.load("ppocr-characters"))

    def read(self, image: Image, found: Found) -> Line:
        """What stands in that place of an RGB picture."""
        readings = (self._spelt(straightened(image, quad)) for quad in ways(found.quad))
        return Line(found.quad, found.score, *max(readings, key=lambda reading: reading[1]))

    def rest_after(self, image: Image) -> None:
        """All its lines are read; see `Network.rest_after`."""
        self._network.rest_after(image)

    def _spelt(self, crop: Image) -> tuple[str, float]:
        (answer,) = self._network(_normalised(crop)).values()
        if answer.shape[2] != len(self._letters):
            message = f"the recogniser knows {answer.shape[2]} letters, its list {len(self._letters)}: reinstall"
            raise PluginError(message)
        return spelt(answer[0], self._letters)


def outlined(likelihood: NDArray[np.float32]) -> Iterator[Found]:
    """The lines in a map of (rows, columns) likelihoods, in its pixels."""
    cores = (likelihood > CORE).astype(np.uint8)
    contours, _ = cv2.findContours(cores, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        middle, size, angle = cv2.minAreaRect(contour)
        if min(size) < THINNEST:
            continue
        score = _mean_inside(likelihood, np.asarray(contour, np.int32))
        if score < SURE:
            continue
        distance = size[0] * size[1] * UNCLIP / (2 * (size[0] + size[1]))
        grown = (size[0] + 2 * distance, size[1] + 2 * distance)
        yield Found(ordered(np.asarray(cv2.boxPoints((middle, grown, angle)), np.float32)), min(score, 1.0))


def whole(found: Iterable[Found]) -> tuple[Found, ...]:
    """The lines without those of which another, longer one holds nine tenths: what a second tile saw of them."""
    lines = sorted(found, key=lambda line: -_area(line.quad))
    limits = np.array([_limits(line.quad) for line in lines]).reshape(-1, 4)
    kept: list[int] = []
    for number, (left, top, right, bottom) in enumerate(limits):
        others = limits[kept]
        across = np.minimum(right, others[:, 2]) - np.maximum(left, others[:, 0])
        down = np.minimum(bottom, others[:, 3]) - np.maximum(top, others[:, 1])
        if not np.any(np.clip(across, 0, None) * np.clip(down, 0, None) > 0.9 * (right - left) * (bottom - top)):
            kept.append(number)
    return tuple(lines[number] for number in kept)


def ordered(corners: NDArray[np.float32]) -> Quad:
    """The four corners of a rectangle in reading order: clockwise, beginning with the side that runs most to the right.

    Of an upright line, and of one turned by less than 45 degrees, that side is the top. Of two sides that run to the
    right alike, which only a line turned by exactly that has, the first stands.
    """
    middle = corners.mean(0)
    clockwise = corners[np.argsort(np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0]), kind="stable")]
    sides = np.roll(clockwise, -1, 0) - clockwise
    start = int(np.argmax(sides[:, 0] / np.maximum(np.linalg.norm(sides, axis=1), 1e-6)))
    first, second, third, fourth = ((float(x), float(y)) for x, y in np.roll(clockwise, -start, 0))
    return first, second, third, fourth


def ways(quad: Quad) -> tuple[Quad, ...]:
    """The quads to read a line by: itself, or where it is half again as high as wide, running down and running up."""
    width, height = _extent(np.array(quad, np.float32))
    if height <= 1.5 * width:
        return (quad,)
    first, second, third, fourth = quad
    return (second, third, fourth, first), (fourth, first, second, third)


def straightened(image: Image, quad: Quad) -> Image:
    """The line as an upright crop, CROP pixels high, uint8 (CROP, width, 3), padded with grey to a multiple of STEP."""
    corners = np.array(quad, np.float32)
    width, height = _extent(corners)
    across = int(np.clip(round(CROP * width / max(height, 1)), CROP // 2, WIDEST))
    upright = np.array([[0, 0], [across, 0], [across, CROP], [0, CROP]], np.float32)
    turn = cv2.getPerspectiveTransform(corners, upright)
    crop = cv2.warpPerspective(image, turn, (across, CROP), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    ground = np.full((CROP, -(-across // STEP) * STEP, 3), 127, np.uint8)
    ground[:, :across] = crop
    return ground


def spelt(probabilities: NDArray[np.float32], letters: tuple[str, ...]) -> tuple[str, float]:
    """Text and mean certainty of (steps, letters) probabilities: the likeliest at each step, repetitions told once."""
    best = probabilities.argmax(1)
    fresh = np.concatenate([[True], best[1:] != best[:-1]]) & (best > 0)
    text = "".join(letters[number] for number in best[fresh])
    return text, float(np.clip(probabilities.max(1)[fresh].mean(), 0, 1)) if text else 0.0


def _tiles(picture: Image, height: int) -> Iterator[Tile]:
    """Tiles of one shape, TILE wide and so high at most, that cover the picture."""
    lefts, across = spans(picture.shape[1], TILE)
    tops, down = spans(picture.shape[0], height)
    for top in tops:
        for left in lefts:
            yield Tile(padded(picture[top : top + down, left : left + across], across, down), left, top)


def _letters(listed: bytes) -> tuple[str, ...]:
    """What each output of the recogniser stands for: nothing, the letters listed one a line, and the space."""
    return ("", *listed.decode("utf-8").split("\n"), " ")


def _normalised(picture: Image) -> NDArray[np.float32]:
    """The picture as both networks were trained to see it: blue, green, red, from -1 to 1."""
    return blob(blue_first(picture), 127.5, 127.5)


def _mean_inside(likelihood: NDArray[np.float32], contour: NDArray[np.int32]) -> float:
    left, top, width, height = cv2.boundingRect(contour)
    inside = np.zeros((height, width), np.uint8)
    cv2.drawContours(inside, [contour - (left, top)], -1, 1, cv2.FILLED)
    return float(cv2.mean(likelihood[top : top + height, left : left + width], inside)[0])


def _extent(corners: NDArray[np.float32]) -> tuple[float, float]:
    """Length of the line and height of its letters, pixels: means of opposite sides."""
    sides = np.linalg.norm(np.roll(corners, -1, 0) - corners, axis=1)
    return float(sides[0] + sides[2]) / 2, float(sides[1] + sides[3]) / 2


def _limits(quad: Quad) -> tuple[float, float, float, float]:
    across, down = zip(*quad, strict=True)
    return min(across), min(down), max(across), max(down)


def _area(quad: Quad) -> float:
    left, top, right, bottom = _limits(quad)
    return (right - left) * (bottom - top)


def _moved(quad: Quad, left: float, top: float, across: float, down: float) -> Quad:
    first, second, third, fourth = (((x + left) / across, (y + top) / down) for x, y in quad)
    return first, second, third, fourth
