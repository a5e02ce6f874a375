"""What was allowed is no miss when it is seen again; whatever else shows there is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from redact.checks import second_look
from redact.model import Allowed, Box, Findings, Image, Track
from tests.checks.conftest import Ask, MakeClip, encoded, red_squares

PAINTED, LEFT_VISIBLE = Box(8, 8, 24, 24), Box(56, 16, 88, 48)


def picture() -> Image:
    """Grey with a red square where `LEFT_VISIBLE` is, as a detector of red sees it."""
    image = np.full((64, 96, 3), 120, np.uint8)
    image[18:46, 58:86] = (230, 20, 20)
    return image


def findings(label: str, regions: Mapping[int, Box], frames: int = 1) -> Findings:
    painted = Track("badge", dict.fromkeys(range(frames), PAINTED))
    return Findings(tracks=(painted,), frames=frames, size=(96, 64), allowed=(Allowed(label, regions, "stage"),))


ALLOWED = [
    ("badge", LEFT_VISIBLE, True),
    ("badge", LEFT_VISIBLE.shifted(6, 4), True),
    ("plate", LEFT_VISIBLE, False),
    ("badge", LEFT_VISIBLE.shifted(0, 26), False),
    ("badge", Box(0, 0, 96, 64), False),
    ("badge", Box(66, 26, 76, 36), False),
]


@pytest.mark.parametrize(("label", "region", "passed"), ALLOWED)
def test_a_sighting_in_a_still_is_accounted_for_by_what_was_allowed_there(
    about: Ask, label: str, region: Box, *, passed: bool
) -> None:
    copy = encoded(picture(), "PNG")
    check = second_look.ask(about(copy, copy, findings=findings(label, {0: region}), detect=red_squares))
    assert check.passed == passed, check.detail


@pytest.mark.parametrize(("label", "region", "passed"), ALLOWED)
def test_a_sighting_in_a_clip_is_accounted_for_by_what_was_allowed_there(
    about: Ask, make_clip: MakeClip, label: str, region: Box, *, passed: bool
) -> None:
    copy = make_clip([picture()] * 6, sound="")
    regions = dict.fromkeys(range(6), region)
    check = second_look.ask(about(copy, copy, findings=findings(label, regions, 6), detect=red_squares))
    assert check.passed == passed, check.detail


def test_what_was_allowed_in_other_frames_accounts_for_nothing(about: Ask, make_clip: MakeClip) -> None:
    copy = make_clip([picture()] * 6, sound="")
    regions = dict.fromkeys(range(4), LEFT_VISIBLE)
    check = second_look.ask(about(copy, copy, findings=findings("badge", regions, 6), detect=red_squares))
    assert check.detail == "still visible in frame 4: 1 x badge"
