"""A large photograph with a real face, painted well and badly: the second look is as strict as a look at all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from PIL import Image as Pillow

from redact.checks import second_look
from redact.detectors.face import FaceDetector
from redact.model import Box, Detection, Findings, Image, Track
from redact.styles import empty
from tests.checks.conftest import Ask, encoded
from tests.conftest import SAMPLES

SIZE = (1600, 1200)
JPEG = {"quality": 90, "subsampling": 2}

BADLY: dict[str, Callable[[Box], Box]] = {
    "not at all, but beside it": lambda face: face.shifted(face.width, 0),
    "half beside it": lambda face: face.shifted(0.6 * face.width, 0),
    "half above it": lambda face: face.shifted(0, -0.6 * face.height),
    "the mouth alone": lambda face: Box(face.left, face.bottom - 0.25 * face.height, face.right, face.bottom),
    "an eye alone": lambda face: Box(face.left + 20, face.top + 40, face.left + 50, face.top + 60),
}


@pytest.fixture(scope="module")
def photograph() -> Image:
    """A person in front of a coffee cup as large as a house."""
    cup = Pillow.open(SAMPLES / "cup.png").convert("RGB").resize(SIZE)
    cup.paste(Pillow.open(SAMPLES / "portrait.jpg").resize((320, 320)), (900, 500))
    return np.asarray(cup)


@pytest.fixture(scope="module")
def detect() -> Callable[[Image], Sequence[Detection]]:
    # Far above the detector's own threshold: what is doubtful on the cup would have all of the picture looked at again.
    detector = FaceDetector(threshold=0.2)
    return lambda image: tuple(detector.detect(image))


@pytest.fixture(scope="module")
def regions(photograph: Image, detect: Callable[[Image], Sequence[Detection]]) -> list[Box]:
    """What a look at the whole finds, the face first."""
    return [one.region.bounds for one in sorted(detect(photograph), key=lambda one: -one.score)]


def painted(photograph: Image, regions: Sequence[Box]) -> bytes:
    copy = photograph.copy()
    empty(copy, regions)
    return encoded(copy, "JPEG", **JPEG)


def findings(regions: Sequence[Box]) -> Findings:
    return Findings(tracks=tuple(Track("face", {0: region}) for region in regions), frames=1)


def test_a_face_that_was_painted_well_passes(
    about: Ask, photograph: Image, detect: Callable[[Image], Sequence[Detection]], regions: list[Box]
) -> None:
    looked_at: list[int] = []

    def remember(image: Image) -> Sequence[Detection]:
        looked_at.append(image.shape[0] * image.shape[1])
        return detect(image)

    source, copy = encoded(photograph, "JPEG", **JPEG), painted(photograph, regions)
    check = second_look.ask(about(source, copy, findings=findings(regions), detect=remember))
    assert check.passed, check.detail
    assert sum(looked_at) < photograph.shape[0] * photograph.shape[1]


@pytest.mark.parametrize("how", BADLY)
def test_a_face_that_was_painted_badly_is_withheld_as_after_a_look_at_all_of_it(
    about: Ask, photograph: Image, detect: Callable[[Image], Sequence[Detection]], regions: list[Box], how: str
) -> None:
    face, *others = regions
    bad = [BADLY[how](face), *others]
    copy = painted(photograph, bad)
    decoded = np.asarray(Pillow.open(about(copy, copy).copy))
    assert second_look.misses(detect(decoded), bad, SIZE)
    check = second_look.ask(about(encoded(photograph, "JPEG", **JPEG), copy, findings=findings(bad), detect=detect))
    assert not check.passed
    assert "face" in check.detail
