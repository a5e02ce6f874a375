"""The conformance kit finds every clause that a detector can break."""

from collections.abc import Iterable

import numpy as np
import pytest

from redact.model import Box, Detection, Image
from redact.testing import canvas, check_detector


class Honest:
    def detect(self, image: Image) -> Iterable[Detection]:
        yield Detection(Box(0, 0, image.shape[1], image.shape[0]), "all", 1.0)


def test_an_honest_detector_passes() -> None:
    check_detector(Honest(), canvas(50, 60))


class Writer:
    def detect(self, image: Image) -> Iterable[Detection]:
        image.flags.writeable = True
        image[0, 0] ^= 255
        return []


class Rememberer:
    def __init__(self) -> None:
        self.looks = 0

    def detect(self, image: Image) -> Iterable[Detection]:
        self.looks += 1
        yield Detection(Box(0, 0, 1, 1), "all", 1 / self.looks)


class Wanderer:
    def detect(self, image: Image) -> Iterable[Detection]:
        yield Detection(Box(-5, 0, 1, 1), "all", 1.0)


class Mute:
    def detect(self, image: Image) -> Iterable[Detection]:
        return ["a face"]  # type: ignore[list-item]


class Caller:
    def detect(self, image: Image) -> Iterable[Detection]:
        import socket

        socket.create_connection(("127.0.0.1", 9))
        return []


@pytest.mark.parametrize(
    ("detector", "clause"),
    [
        (Writer(), "write"),
        (Rememberer(), "same answer"),
        (Wanderer(), "leaves the frame"),
        (Mute(), "instead of Detection"),
        (Caller(), "socket"),
    ],
)
def test_each_broken_clause_is_named(detector: object, clause: str) -> None:
    with pytest.raises(AssertionError, match=clause):
        check_detector(detector, np.array(canvas(20, 20)))  # type: ignore[arg-type]
