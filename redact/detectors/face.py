"""Faces: two networks look at several sizes of a picture, and what they saw of one place is weighed together.

CenterFace knows best what a face is and costs most; YuNet sees small faces for a quarter of the price. Every box that
either of them gives a low score already is a candidate; its score is the probability, by logistic regression over
what each look made of the place, that a face is there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from redact.detectors.boxes import NONE, Boxes, clusters
from redact.detectors.centerface import CenterFace
from redact.detectors.pyramid import TILE
from redact.detectors.yunet import YuNet
from redact.errors import PolicyError
from redact.model import Box, Detection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from redact.model import Image


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the picture, and what its score of a place counts for.

    The score's logit counts `weight` for a face of 24 pixels and `slope` more for each doubling of its size.
    """

    network: Literal["centerface", "yunet"]
    scale: float
    weight: float
    slope: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Every number that was measured.

    The regression was fitted on 873 faces and 285 pictures without any. The looks, the threshold and the margins were
    chosen with 338 more faces and 69 more such pictures in view, so none of the figures is of an untouched set.

    looks:    of one network, coarse before fine
    floor:    score from which on a box is a candidate
    overlap:  IoU from which on two boxes are of one place
    bias, size, size_squared: constant of the regression, and weights of the octaves of the face's size above 24 pixels
    smallest, largest:        sizes beyond which octaves are not counted on, pixels
    doubt:    taken off for each doubling of the face's size beside the picture: a wrong big box hides more. Sizes
              are counted in eighths of the picture's mean side, and below `small` octaves of that all alike
    margins:  what a box is grown by, left, top, right and bottom, in shares of its width and height
    rim:      and by so many pixels
    """

    looks: tuple[Look, ...] = (
        Look("yunet", 0.5, 0.227, 0.226),
        Look("yunet", 1.5, 0.574, -0.252),
        Look("centerface", 0.75, 0.630, 0.101),
    )
    floor: float = 0.05
    overlap: float = 0.4
    bias: float = 1.21
    size: float = 0.612
    size_squared: float = -0.514
    smallest: float = 6
    largest: float = 192
    doubt: float = 1.0
    small: float = -1.5
    margins: tuple[float, float, float, float] = (0.17, 0.06, 0.19, 0.20)
    rim: float = 3


CALIBRATION = Calibration()

MOST = 20_000
"""Candidates weighed in one picture, the likeliest: keeps time bounded on pictures made to trip it."""


class FaceDetector:
    """Finds faces from about 10 pixels up to the whole picture.

    threshold: probability from which on something is called a face, 0..1; lower finds more and covers more else
    min_size:  faces whose longer side is less are left, pixels of the picture

    Raises PluginError when a model is missing or is not the one expected, PolicyError for options out of range.
    """

    weights: ClassVar[tuple[str, ...]] = (*CenterFace.weights, *YuNet.weights)

    def __init__(self, threshold: float = 0.12, min_size: float = 0) -> None:
        if not 0 < threshold < 1:
            message = f"the face detector's threshold lies between 0 and 1, not at {threshold}"
            raise PolicyError(message)
        if not 0 <= min_size < math.inf:
            message = f"the face detector's min_size is a number of pixels from 0 up, not {min_size}"
            raise PolicyError(message)
        self._threshold = threshold
        self._min_size = min_size
        self._networks: dict[str, CenterFace | YuNet] = {"centerface": CenterFace(), "yunet": YuNet()}

    def detect(self, image: Image) -> Iterator[Detection]:
        """Every face in an RGB picture, the likeliest first, each grown by the margin the networks' errors call for."""
        height, width = image.shape[:2]
        painted: list[Box] = []
        for place in self._places(image):
            if place[4] < self._threshold or max(place[2] - place[0], place[3] - place[1]) < self._min_size:
                continue
            region = grown(place).clipped(width, height)
            if region is not None and not any(other.holds(region) for other in painted):
                painted.append(region)
                yield Detection(region, "face", float(place[4]))

    def _places(self, image: Image) -> Boxes:
        """Where any look saw anything, with the probability of a face there, likeliest first."""
        height, width = image.shape[:2]
        boxes, looks = self._candidates(image)
        places = [NONE]
        for rows in clusters(boxes, CALIBRATION.overlap):
            box = averaged(boxes[rows])
            scores = [boxes[rows][looks[rows] == number, 4].max(initial=0) for number in range(len(CALIBRATION.looks))]
            probability = weighed(np.array(scores), max(box[2] - box[0], box[3] - box[1]), math.sqrt(width * height))
            places.append(np.array([[*box, probability]], np.float32))
        found = np.concatenate(places)
        return found[np.argsort(-found[:, 4], kind="stable")]

    def _candidates(self, image: Image) -> tuple[Boxes, NDArray[np.intp]]:
        """Boxes of all looks and the number of the look of each."""
        seen, looks = [NONE], [np.zeros(0, np.intp)]
        for number, look in enumerate(CALIBRATION.looks):
            for scale in scales(number, max(image.shape[:2])):
                boxes = self._networks[look.network].look(image, scale, CALIBRATION.floor)
                seen.append(boxes)
                looks.append(np.full(len(boxes), number))
        boxes = np.concatenate(seen)
        best = np.argsort(-boxes[:, 4], kind="stable")[:MOST]
        return boxes[best], np.concatenate(looks)[best]


def scales(number: int, long_side: int) -> tuple[float, ...]:
    """The scales of a look at a picture of that longer side.

    A network's coarsest look is repeated at half the size until one tile holds the picture: a face cut by every tile
    of the finer looks is whole there.
    """
    look = CALIBRATION.looks[number]
    if any(other.network == look.network and other.scale < look.scale for other in CALIBRATION.looks):
        return (look.scale,)
    halvings = (look.scale / 2**count for count in range(1, 32))
    return (look.scale, *takewhile(lambda scale: long_side * scale > TILE / 2, halvings))


def averaged(boxes: Boxes) -> NDArray[np.float32]:
    """The mean of boxes of one place, (4,); the surer ones count more."""
    return np.asarray(np.average(boxes[:, :4], axis=0, weights=boxes[:, 4] ** 2), np.float32)


def weighed(scores: NDArray[np.float32], size: float, side: float) -> float:
    """The probability of a face, 0..1, of what the looks made of a place.

    scores: the best of each look, 0 where it saw nothing
    size:   longer side of the place, pixels
    side:   mean side of the picture, pixels
    """
    numbers = CALIBRATION
    octaves = math.log2(min(max(size, numbers.smallest), numbers.largest) / 24)
    certain = np.clip(scores, 0.01, 0.99)
    weights = np.array([look.weight + look.slope * octaves for look in numbers.looks])
    evidence = numbers.bias + numbers.size * octaves + numbers.size_squared * octaves**2
    evidence += float(weights @ np.log(certain / (1 - certain)))
    evidence -= numbers.doubt * max(numbers.small, math.log2(max(size, 1) / (side / 8)))
    return 1 / (1 + math.exp(-evidence))


def grown(place: NDArray[np.float32]) -> Box:
    """The region to paint for a box found."""
    left, top, right, bottom = (float(value) for value in place[:4])
    shares, rim = CALIBRATION.margins, CALIBRATION.rim
    width, height = right - left, bottom - top
    by = (shares[0] * width, shares[1] * height, shares[2] * width, shares[3] * height)
    return Box(left - by[0] - rim, top - by[1] - rim, right + by[2] + rim, bottom + by[3] + rim)
