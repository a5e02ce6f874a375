"""Which parts of a picture a network is shown, and how each becomes what the network takes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from redact.detectors.onnx.layouts import Colours, Fit, Floats, Triple
    from redact.model import Image

Look: TypeAlias = Literal["whole", "tiles"]

GROUND = 114
"""Grey of what is shown beside a picture of other proportions: what the YOLO families were trained with."""

SHARED = 0.25
"""What neighbouring windows have in common at least, of their sides: a thing no larger lies whole in one of them."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a picture, pixels of the picture; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Lens:
    """How a window is shown.

    width, height: of the network's input, pixels
    fit:           "letterbox" keeps proportions, on grey ground; "stretch" does not
    colours:       which channel comes first
    mean, scale:   a channel's value v is given as (v - mean) / scale, in the order in which channels are given
    element:       "float32", "float16" or "uint8"
    channels_last: (1, height, width, 3) instead of (1, 3, height, width)
    """

    width: int
    height: int
    fit: Fit
    colours: Colours
    mean: Triple
    scale: Triple
    element: str
    channels_last: bool

    def shown(self, image: Image, window: Window) -> tuple[NDArray[Any], Floats]:
        """What the network takes for a window of an RGB picture, and what brings its boxes back.

        Boxes of the input, (n, 4), times the first row of the latter plus the second are boxes of the picture.
        """
        part = image[window.top : window.bottom, window.left : window.right]
        across, down = self._factors(part.shape[1], part.shape[0])
        size = (max(1, round(part.shape[1] * across)), max(1, round(part.shape[0] * down)))
        way = cv2.INTER_AREA if min(across, down) < 1 else cv2.INTER_LINEAR
        left, top = (self.width - size[0]) // 2, (self.height - size[1]) // 2
        ground = np.full((self.height, self.width, 3), GROUND, np.uint8)
        ground[top : top + size[1], left : left + size[0]] = cv2.resize(part, size, interpolation=way)
        factors = np.array([part.shape[1] / size[0], part.shape[0] / size[1]] * 2, np.float32)
        offset = np.array([window.left, window.top] * 2, np.float32) - np.array([left, top] * 2, np.float32) * factors
        return self._given(ground), np.stack([factors, offset])

    def _factors(self, width: int, height: int) -> tuple[float, float]:
        across, down = self.width / width, self.height / height
        return (across, down) if self.fit == "stretch" else (min(across, down),) * 2

    def _given(self, picture: Image) -> NDArray[Any]:
        ordered = picture if self.colours == "rgb" else picture[..., ::-1]
        if self.element != "uint8":
            values = (ordered.astype(np.float32) - np.array(self.mean, np.float32)) / np.array(self.scale, np.float32)
            ordered = values.astype(self.element)
        if not self.channels_last:
            ordered = ordered.transpose(2, 0, 1)
        return np.ascontiguousarray(ordered[None])


def windows(width: int, height: int, lens: Lens, look: Look) -> Iterator[Window]:
    """What is looked at in a picture of that size: all of it at once and, for "tiles", parts of it too.

    The smallest parts are as large as the network's input, so that nothing is scaled down; then come parts twice as
    large, and so on: what the borders of small parts cut lies whole in a larger one.
    """
    across, down = lens.width, lens.height
    while look == "tiles" and (across < width or down < height):
        for top, bottom in spans(height, down):
            for left, right in spans(width, across):
                yield Window(left, top, right, bottom)
        across, down = across * 2, down * 2
    yield Window(0, 0, width, height)


def spans(length: int, limit: int) -> tuple[tuple[int, int], ...]:
    """Starts and ends of the windows, `limit` long or as long as all, that cover a length and overlap enough."""
    if length <= limit:
        return ((0, length),)
    count = math.ceil((length - limit * SHARED) / (limit * (1 - SHARED)))
    starts = [(length - limit) * number // (count - 1) for number in range(count)]
    return tuple((start, start + limit) for start in starts)
