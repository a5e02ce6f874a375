"""What is told of a place by its light and shape: letters stand out, a plate is one sheet, and no place breaks it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from redact.detectors.plates.places import Places
from redact.detectors.plates.quads import Corners
from redact.detectors.plates.traits import NAMES, traits
from redact.model import Image
from tests.detectors.plates.conftest import plate

LETTERED, BLANK, GROUND = plate(40, 40, 160, 36), plate(40, 140, 160, 36), plate(260, 40, 100, 30)


def scene(ink: int = 20, sheet: int = 235) -> Image:
    """Asphalt with a lettered plate and a blank one."""
    picture = Pillow.fromarray(np.full((220, 400, 3), 110, np.uint8))
    pen = ImageDraw.Draw(picture)
    for corners in (LETTERED, BLANK):
        pen.polygon([tuple(corner) for corner in corners], fill=(sheet, sheet, sheet))
    pen.text((120, 58), "AB 123 CD", fill=(ink, ink, ink), font=ImageFont.load_default(28), anchor="mm")
    return np.array(picture)


def told(image: Image, corners: Corners, scores: tuple[float, ...] = (0.5, 0.5, 0.5)) -> dict[str, float]:
    (terms,) = traits(image, Places(corners[None], np.array([scores])))
    return dict(zip(NAMES, terms.tolist(), strict=True))


def test_letters_stand_out_whether_they_are_dark_or_light() -> None:
    for image in (scene(20, 235), scene(235, 20)):
        assert told(image, LETTERED)["contrast"] > told(image, BLANK)["contrast"] + 1
        assert 0.1 < told(image, LETTERED)["ink"] < 0.45


def test_a_sheet_differs_from_what_it_lies_on_and_the_ground_does_not() -> None:
    assert told(scene(), LETTERED)["ring"] > 4
    assert told(scene(), GROUND)["ring"] == 0


def test_a_noisy_ground_is_uneven() -> None:
    noisy = scene()
    noise = np.random.default_rng(1).integers(-40, 40, noisy.shape)
    noisy = np.clip(noisy.astype(int) + noise, 0, 255).astype(np.uint8)
    assert told(noisy, BLANK)["uneven"] > told(scene(), BLANK)["uneven"] + 1


def test_what_a_look_made_of_it_counts_by_size() -> None:
    small, large = plate(40, 40, 48, 12), plate(40, 40, 192, 48)
    scores = (0.9, 0.1, 0)
    assert told(scene(), small, scores)["seen_0"] == told(scene(), large, scores)["seen_0"] > 2
    assert told(scene(), small, scores)["seen_0_by_size"] == -told(scene(), large, scores)["seen_0_by_size"]
    assert told(scene(), small)["slender"] == pytest.approx(0)


def test_no_places_have_no_terms() -> None:
    assert traits(scene(), Places(np.zeros((0, 4, 2)), np.zeros((0, 3)))).shape == (0, len(NAMES))


@given(st.lists(st.tuples(st.floats(-2000, 2000), st.floats(-2000, 2000)), min_size=4, max_size=4), st.integers(1, 40))
def test_every_term_is_a_number_wherever_the_corners_lie(corners: list[tuple[float, float]], side: int) -> None:
    image = np.random.default_rng(side).integers(0, 255, (side, 2 * side, 3), np.uint8)
    terms = traits(image, Places(np.array([corners]), np.array([[0.0, 1.0, 0.5]])))
    assert np.isfinite(terms).all()
