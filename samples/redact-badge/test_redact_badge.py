"""The badge is found, nothing else is, and the detector keeps its contract."""

from pathlib import Path

import cv2
import numpy as np
from redact_badge import BadgeDetector, BadgeEmbedder

from redact.testing import check_detector, check_embedder

CARD = Path(__file__).parent.parent / "card"


def picture(name: str) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(CARD / name)), cv2.COLOR_BGR2RGB)


def test_it_keeps_its_contract() -> None:
    check_detector(BadgeDetector(), picture("badge.webp"))


def test_its_embedder_keeps_its_contract() -> None:
    image = picture("badge.webp")
    (badge,) = BadgeDetector().detect(image)
    check_embedder(BadgeEmbedder(), image, badge.region)


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


def test_it_knows_a_badge_again_in_another_size() -> None:
    image = picture("badge.webp")
    larger = cv2.resize(image, None, fx=1.5, fy=1.5)
    vectors = []
    for shown in (image, larger):
        (badge,) = BadgeDetector().detect(shown)
        vector = BadgeEmbedder().embed(shown, badge.region)
        assert vector is not None
        vectors.append(vector / np.linalg.norm(vector))
    assert vectors[0] @ vectors[1] > BadgeEmbedder.threshold
