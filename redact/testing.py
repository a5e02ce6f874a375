"""For authors of detectors: the conformance kit that the built-in ones pass too.

from redact.testing import check_detector

def test_badge_detector_keeps_its_contract():
    check_detector(BadgeDetector(), picture_with_a_badge)
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn
from unittest import mock

import numpy as np

from redact.contracts import Detector
from redact.model import Detection, Image

ODD_SIZES = ((1, 1), (1, 64), (64, 1), (17, 33), (240, 320))
"""(height, width) of pictures every detector has to take: they occur."""


def check_detector(detector: Detector, image: Image | None = None) -> None:
    """Hold a detector to its contract; raises AssertionError with the clause it breaks.

    image: uint8 (height, width, 3) RGB, best one in which it finds something; noise is looked at beside it.

    It must not write into the picture, remember the picture before, answer differently when asked again, leave the
    frame, give a score outside 0..1, yield anything but Detection, or open a socket.
    """
    pictures = [canvas(height, width) for height, width in ODD_SIZES]
    if image is not None:
        pictures.append(image)
    with no_sockets():
        answers = [_answer(detector, picture) for picture in pictures]
        again = [_answer(detector, picture) for picture in reversed(pictures)]
    assert answers == again[::-1], "the same picture must give the same answer, whatever was looked at before"


def canvas(height: int, width: int, seed: int = 0) -> Image:
    """Noise to look at: uint8 (height, width, 3) RGB, read-only, the same for the same seed."""
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    image.flags.writeable = False
    return image


@contextmanager
def no_sockets() -> Iterator[None]:
    """Within it, opening a socket from Python is an AssertionError."""

    def refuse(*_arguments: object, **_options: object) -> NoReturn:
        message = "a detector must not open a socket"
        raise AssertionError(message)

    with mock.patch.object(socket, "socket", refuse), mock.patch.object(socket, "create_connection", refuse):
        yield


def _answer(detector: Detector, image: Image) -> list[Detection]:
    shown = image.copy()
    shown.flags.writeable = False
    found = list(detector.detect(shown))
    assert np.array_equal(shown, image), "a detector must not write into the picture"
    height, width = image.shape[:2]
    for detection in found:
        assert isinstance(detection, Detection), f"yielded {type(detection).__name__} instead of Detection"
        bounds = detection.region.bounds
        assert bounds.clipped(width, height) == bounds, f"{detection.label}: the region leaves the frame"
    return found
