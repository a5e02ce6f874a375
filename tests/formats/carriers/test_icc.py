"""Colour profiles: whole and of the size they say, or dropped."""

from __future__ import annotations

import pytest

from redact.formats.carriers import icc


def test_a_profile_ends_where_it_says(profile: bytes) -> None:
    assert icc.profile(profile + b"CANARY") == profile
    assert icc.model(profile) == "colour"


@pytest.mark.parametrize("place", [0, 16, 36, 128])
def test_a_profile_that_is_none_is_dropped(profile: bytes, place: int) -> None:
    assert icc.profile(profile[:place] + b"\xff\xff\xff\xff" + profile[place + 4 :]) is None


def test_a_profile_that_is_cut_short_is_dropped(profile: bytes) -> None:
    assert icc.profile(profile[:-1]) is None
