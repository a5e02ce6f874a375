"""What is told of a place before anybody reads it: the terms of the first regression, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from redact.detectors.boxes import Floats
from redact.detectors.odds import logits
from redact.detectors.plates.places import LOOKS, Places, supports
from redact.detectors.plates.quads import extents, grown
from redact.detectors.views import Gray

if TYPE_CHECKING:
    from redact.detectors.plates.quads import Corners
    from redact.model import Image

NAMES = (
    *(f"seen_{number}" for number in range(len(LOOKS))),
    *(f"seen_{number}_by_size" for number in range(len(LOOKS))),
    "supported",
    "size",
    "size_squared",
    "slender",
    "slender_squared",
    "share",
    "contrast",
    "uneven",
    "ink",
    "ring",
)
"""The terms, in their order.

seen_0 ...      what each look made of the place, logarithm of the odds
seen_0_by_size  the same times the size: a look is worth most for plates of the size it is good at
supported       odds of the best other look at about this place: looks may disagree on where a plate ends
size            octaves of its height about the middle one
slender         logarithm of width over height about that of most plates, which are four times as wide as high
share           logarithm of its share of the picture: what fills the picture is seldom a plate
contrast        between the darker and the lighter part inside: letters are made to stand out
uneven          spread of brightness on what is taken for the ground: a plate is one sheet
ink             share of what is taken for letters
ring            difference of brightness between the ground and what is around: most plates lie on something else
"""

MIDDLE = 24.0
"""Height that octaves are counted from, pixels."""
SMALLEST, LARGEST = 5.0, 400.0
"""Heights beyond which height is not counted on, pixels."""

USUAL = np.log(4.0)
"""Logarithm of the width over height of most plates."""

WIDTH, HEIGHT, AROUND = 96, 24, 8
"""Size of the upright copy of a place in which brightness is looked at, and what it holds around it, pixels."""


def traits(image: Image, places: Places) -> Floats:
    """The terms of each place in an RGB picture, in the order of `NAMES`, (n, terms)."""
    width, height = extents(places.corners)
    size = np.log2(np.clip(height, SMALLEST, LARGEST) / MIDDLE)
    slender = np.log(np.clip(width / np.maximum(height, 1), 0.25, 16)) - USUAL
    share = np.log(np.clip(width * height / (image.shape[0] * image.shape[1]), 1e-6, 1))
    told = logits(places.scores)
    shape = np.stack([size, size**2, slender, slender**2, share], axis=1)
    outer = grown(places.corners, AROUND / WIDTH, AROUND / HEIGHT, 0)
    light = np.array([lights(upright(image, corners)) for corners in outer]).reshape(-1, 4)
    supported = logits(supports(places))[:, None]
    return np.concatenate([told, told * size[:, None], supported, shape, light], axis=1)


def lights(patch: Gray) -> tuple[float, float, float, float]:
    """Contrast, unevenness of the ground, share of ink, and contrast to what is around, of what `upright` makes."""
    inside = patch[AROUND:-AROUND, AROUND:-AROUND]
    ring = np.concatenate([patch[:AROUND].ravel(), patch[-AROUND:].ravel()])
    level, _ = cv2.threshold(inside, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    light = inside > level
    ink_is_light = 2 * int(light.sum()) <= light.size
    ink, ground = (inside[light], inside[~light]) if ink_is_light else (inside[~light], inside[light])
    if not ink.size:
        ink = ground
    contrast = abs(float(ink.mean()) - float(ground.mean()))
    return (
        float(np.log1p(contrast)),
        float(np.log1p(ground.std())),
        ink.size / inside.size,
        float(np.log1p(abs(float(ring.mean()) - float(ground.mean())))),
    )


def upright(image: Image, corners: Corners) -> Gray:
    """Brightness of what lies between corners (4, 2), those of a place and what is around it, straightened.

    uint8 (HEIGHT + 2 AROUND, WIDTH + 2 AROUND)
    """
    across, down = WIDTH + 2 * AROUND, HEIGHT + 2 * AROUND
    target = np.array([[0, 0], [across, 0], [across, down], [0, down]], np.float32)
    way = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    patch = cv2.warpPerspective(image, way, (across, down), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # Gray only now: a gray copy of a vast picture would take a byte for each of its pixels.
    return np.asarray(cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY), np.uint8)
