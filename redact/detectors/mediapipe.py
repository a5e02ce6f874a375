"""Faces by MediaPipe: `kind = "mediapipe"` in a policy names a BlazeFace model and its digest.

MediaPipe tells Google how it is used, and offers no way to say no. So it runs in a process that reaches no network.
The network sees faces that fill a good part of its small input; so a picture is shown to it in tiles, at halving sizes
down to one that a single tile holds, and what was seen of one place is averaged.

It has tiles and a worth of its own: `pyramid` shares 96 pixels between tiles, which is most of one here, and `presets`
weighs what other networks saw; with them its measured figures would be others.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from redact.detectors import doubts
from redact.detectors.blazeface import BlazeFace
from redact.detectors.boxes import NONE, Boxes, clusters
from redact.detectors.confined import Confined, Task
from redact.detectors.onnx.file import ModelFile
from redact.detectors.presets import Margins
from redact.detectors.pyramid import padded, scaled
from redact.errors import PolicyError
from redact.model import Box, Detection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from redact.model import Image

MARGINS = Margins(left=0.10, top=0.15, right=0.15, bottom=0.25, rim=2)
"""What a box is grown by. It ends above the chin."""

OVERLAP = 0.4
"""Intersection over union from which on two boxes are of one place."""

SMALL = -1.5
"""Octaves below an eighth of the picture's mean side, under which no size makes a face more likely."""


class MediapipeDetector:
    """Finds faces.

    path:      of the .tflite file, absolute or relative to the policy file
    sha256:    of its content, hexadecimal
    tile:      side of the network's input, pixels: 128 for the short range, 192 for the full range
    threshold: score from which on something is called a face, 0..1; lower finds more and covers more else
    labels:    the one that its sightings are to have
    policy_folder: of the policy file; None for a policy that came from none

    Raises PolicyError for options that make no sense; PluginError when the model is missing or is another, when
    MediaPipe is not installed, or when the kernel cannot confine it.
    """

    def __init__(
        self,
        labels: Sequence[str],
        path: str,
        sha256: str,
        tile: int = 128,
        threshold: float = 0.5,
        policy_folder: Path | None = None,
    ) -> None:
        if len(labels) != 1:
            message = f"MediaPipe finds faces alone, so it serves one label, not {' and '.join(labels) or 'none'}"
            raise PolicyError(message)
        if type(tile) is not int or not 64 <= tile <= 1024:
            message = f"MediaPipe's tile is a whole number of pixels from 64 to 1024, not {tile!r}"
            raise PolicyError(message)
        if type(threshold) not in (int, float) or not 0 < threshold < 1:
            message = f"MediaPipe's threshold lies between 0 and 1, not at {threshold!r}"
            raise PolicyError(message)
        file = ModelFile(path, sha256)
        self._label, self._tile, self._threshold = labels[0], tile, threshold
        # Where the size of a face speaks for it most, a score this low may still pass.
        floor = _score(_logit(threshold) + SMALL)
        make = f"{BlazeFace.__module__}:{BlazeFace.__name__}"
        self._find = Confined(Task(f"MediaPipe with {file.name}", make, file.read(policy_folder), {"floor": floor}))

    def detect(self, image: Image) -> Iterator[Detection]:
        """Every face in an RGB picture, the likeliest first, grown by the margin that BlazeFace's errors call for."""
        height, width = image.shape[:2]
        seen = np.concatenate([NONE, *(self._seen(image, scale) for scale in scales(max(height, width), self._tile))])
        for rows in clusters(seen, OVERLAP):
            left, top, right, bottom = np.average(seen[rows, :4], axis=0, weights=seen[rows, 4] ** 2).tolist()
            score = doubted(float(seen[rows[0], 4]), max(right - left, bottom - top), math.sqrt(width * height))
            if score < self._threshold:
                continue
            region = MARGINS.around(Box(left, top, right, bottom)).clipped(width, height)
            if region is not None:
                yield Detection(region, self._label, score, doubts.of_score(score, self._threshold))

    def _seen(self, image: Image, scale: float) -> Boxes:
        """What is found in the tiles of the picture at that scale, in pixels of the picture."""
        picture = scaled(image, scale)
        across, down = picture.shape[1] / image.shape[1], picture.shape[0] / image.shape[0]
        seen = [NONE]
        for top in starts(picture.shape[0], self._tile):
            for left in starts(picture.shape[1], self._tile):
                part = picture[top : top + self._tile, left : left + self._tile]
                boxes = self._find(padded(part, self._tile, self._tile)) + np.array([left, top, left, top, 0])
                seen.append((boxes / np.array([across, down, across, down, 1])).astype(np.float32))
        return np.concatenate(seen)


def scales(long_side: int, tile: int) -> tuple[float, ...]:
    """Sizes to look at a picture of that longer side in: its own, and halves of it until one tile holds it."""
    halvings = max(0, math.ceil(math.log2(long_side / tile)))
    return tuple(1 / 2**count for count in range(halvings + 1))


def starts(length: int, tile: int) -> tuple[int, ...]:
    """Where the tiles begin that cover so many pixels and overlap by a quarter at least."""
    if length <= tile:
        return (0,)
    overlap = tile // 4
    count = math.ceil((length - overlap) / (tile - overlap))
    return tuple((length - tile) * number // (count - 1) for number in range(count))


def doubted(score: float, size: float, side: float) -> float:
    """The score of a face, lower the larger it is beside the picture: a wrong big box hides more.

    size: longer side of the face, pixels
    side: mean side of the picture, pixels
    """
    return _score(_logit(score) - max(SMALL, math.log2(max(size, 1) / (side / 8))))


def _logit(score: float) -> float:
    certain = min(max(score, 1e-6), 1 - 1e-6)
    return math.log(certain / (1 - certain))


def _score(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))
