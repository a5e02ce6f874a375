"""Fitted numbers are read by the name of a preset."""

from __future__ import annotations

from pathlib import Path

import pytest

from redact.detectors.numbers import of_preset
from redact.errors import PolicyError


def test_a_preset_has_its_own_table(tmp_path: Path) -> None:
    file = tmp_path / "badges.toml"
    file.write_text("[fast]\nthreshold = 0.2\n[thorough]\nthreshold = 0.1\n")
    assert of_preset("badge", file, ("fast", "thorough"), "thorough") == {"threshold": 0.1}


def test_a_preset_that_is_none_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="the badge detector has no preset 'slow'; there are fast, thorough"):
        of_preset("badge", tmp_path / "badges.toml", ("fast", "thorough"), "slow")
