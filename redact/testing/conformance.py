"""`check_detector`: is it a detector as `redact.contracts.Detector` asks for?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection

import numpy as np

from redact.contracts import Detector
from redact.model import Box, Detection, Image, Polygon
from redact.plugins import MOST_SIGHTINGS
from redact.testing.conduct import well_behaved

ODD_SIZES = ((1, 1), (1, 64), (64, 1), (2, 3), (17, 33), (9, 1200), (240, 320))
"""(height, width) of pictures every detector has to take: they occur."""

PLAIN = (0, 255)
"""Brightness of pictures in which nothing is to be seen: what divides by their contrast divides by nothing."""


def check_detector(detector: Detector, image: Image | None = None, *, labels: Collection[str] | None = None) -> None:
    """Hold a detector to its contract; raises AssertionError with the clause it breaks.

    image:  uint8 (height, width, 3) RGB, best one in which it finds something; noise, black and white in odd sizes
            are looked at beside it
    labels: those the class is registered under; None takes any

    It must not write into the picture, remember the picture before, answer differently when asked again, leave the
    frame, give a score outside 0..1, yield anything but Detection or a label of another, open a socket, write a file
    or start a process. What it raises is let through: a detector has to look at every picture.
    """
    pictures = [canvas(height, width) for height, width in ODD_SIZES]
    pictures += [np.full((48, 64, 3), brightness, np.uint8) for brightness in PLAIN]
    if image is not None:
        pictures.append(image)
    with well_behaved():
        answers = [_answer(detector, picture, labels) for picture in pictures]
        again = [_answer(detector, picture, labels) for picture in reversed(pictures)]
    assert answers == again[::-1], "the same picture must give the same answer, whatever was looked at before"


def canvas(height: int, width: int, seed: int = 0) -> Image:
    """Noise to look at: uint8 (height, width, 3) RGB, read-only, the same for the same seed."""
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    image.flags.writeable = False
    return image


def _answer(detector: Detector, image: Image, labels: Collection[str] | None) -> list[Detection]:
    shown = image.copy()
    shown.flags.writeable = False
    found = list(itertools.islice(detector.detect(shown), MOST_SIGHTINGS + 1))
    assert len(found) <= MOST_SIGHTINGS, f"more than {MOST_SIGHTINGS} things in one picture: it finds no end"
    assert np.array_equal(shown, image), "a detector must not write into the picture"
    for detection in found:
        assert isinstance(detection, Detection), f"yielded {type(detection).__name__} instead of Detection"
        _check_region(detection, image.shape[1], image.shape[0])
        _check_words(detection, labels)
    return found


def _check_region(detection: Detection, width: int, height: int) -> None:
    region = detection.region
    assert isinstance(region, (Box, Polygon)), f"{detection.label}: the region is neither Box nor Polygon"
    bounds = region.bounds
    sides = (bounds.left, bounds.top, bounds.right, bounds.bottom)
    assert all(map(math.isfinite, sides)), f"{detection.label}: the region is not finite"
    assert bounds.left < bounds.right, f"{detection.label}: a region needs left < right"
    assert bounds.top < bounds.bottom, f"{detection.label}: a region needs top < bottom"
    assert bounds.clipped(width, height) == bounds, f"{detection.label}: the region leaves the frame"


def _check_words(detection: Detection, labels: Collection[str] | None) -> None:
    # A frozen value can be forced, and a comparison with NaN is False.
    assert 0 <= detection.score <= 1, f"{detection.label}: the score is not in 0..1"
    assert isinstance(detection.label, str), "the label is no text"
    assert detection.label, "the label is empty"
    assert labels is None or detection.label in labels, f"{detection.label!r} is not among the labels it offers"
    assert isinstance(detection.doubts, tuple), f"{detection.label}: the doubts are no tuple"
