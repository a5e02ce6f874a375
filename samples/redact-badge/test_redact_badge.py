"""The badge is found, nothing else is, and the detector keeps its contract."""

from pathlib import Path

import cv2
import numpy as np
from redact_badge import BadgeDetector

from redact.testing import check_detector

CARD = Path(__file__).parent.parent / "card"


def picture(name: str) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(CARD / name)), cv2.COLOR_BGR2RGB)


def test_it_keeps_its_contract() -> None:
    check_detector(BadgeDetector(), picture("badge.webp"))


def test_it_finds_the_badge() -> None:
    (badge,) = BadgeDetector().detect(picture("badge.webp"))
    assert badge.label == "badge"
    assert badge.region.left <= 44
    assert badge.region.top <= 316
    assert badge.region.right >= 148
    assert badge.region.bottom >= 388


def test_it_finds_none_where_there_is_none() -> None:
    for name in ("portrait.jpg", "rocket.jpg", "cup.png"):
        assert list(BadgeDetector().detect(picture(name))) == []
