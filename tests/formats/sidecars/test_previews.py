"""A preview shows what its clip shows: dropped by default, else treated like any picture or film."""

from __future__ import annotations

from pathlib import Path

import pytest

import redact
from tests.conftest import SAMPLES, badge_jpeg

STRIP = redact.Policy(hide={}, sidecars="strip")


@pytest.fixture
def card(tmp_path: Path) -> Path:
    badge_jpeg(tmp_path / "card" / "a.jpg").rename(tmp_path / "card" / "DJI_0001.THM")
    film = (SAMPLES / "pan.mp4").read_bytes()
    for name in ("DJI_0001.LRF", "GL010001.LRV"):
        (tmp_path / "card" / name).write_bytes(film)
    return tmp_path / "card"


def test_by_default_previews_are_dropped_and_named(card: Path, tmp_path: Path) -> None:
    report = redact.folder(card, tmp_path / "share", redact.Policy(hide={}))
    assert {receipt.status for receipt in report} == {"dropped"}
    for receipt in report:
        assert {"preview", "location"} <= {field.kind for field in receipt.removed}


def test_stripped_they_are_published_like_any_other(card: Path, tmp_path: Path) -> None:
    report = redact.folder(card, tmp_path / "share", STRIP)
    assert {receipt.status for receipt in report} == {"redacted"}
    for name in ("DJI_0001.THM", "DJI_0001.LRF", "GL010001.LRV"):
        assert b"CANARY" not in (tmp_path / "share" / name).read_bytes()


def test_stripped_they_are_painted_where_the_policy_hides_something(
    badge_plugin: str, card: Path, tmp_path: Path
) -> None:
    policy = redact.Policy(hide={badge_plugin: redact.Fill()}, sidecars="strip")
    receipt = redact.file(card / "DJI_0001.THM", tmp_path / "share" / "DJI_0001.THM", policy)
    assert receipt.hidden == {badge_plugin: 1}


def test_a_damaged_preview_is_dropped_too(card: Path, tmp_path: Path) -> None:
    half = (card / "DJI_0001.LRF").read_bytes()
    (card / "DJI_0001.LRF").write_bytes(half[: len(half) // 2])
    receipt = redact.file(card / "DJI_0001.LRF", tmp_path / "share" / "a.lrf", redact.Policy(hide={}))
    assert receipt.status == "dropped"
    assert "preview" in {field.kind for field in receipt.removed}


def test_a_picture_of_another_format_under_that_suffix_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.thm").write_bytes((SAMPLES / "cup.png").read_bytes())
    assert redact.file(tmp_path / "a.thm", tmp_path / "share" / "a.thm", redact.Policy(hide={})).status == "refused"
