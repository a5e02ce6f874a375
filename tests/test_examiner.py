"""A file is opened and described; its findings are complete when its last frame was taken."""

from __future__ import annotations

from pathlib import Path

import pytest

import redact
from redact import plugins
from redact.examiner import examine
from redact.model import Box
from tests.conftest import badge_jpeg, badge_picture


def test_findings_are_complete_only_when_every_frame_was_taken(badge_plugin: str, tmp_path: Path) -> None:
    policy = redact.Policy(hide={badge_plugin: redact.Blur()})
    seen = examine(badge_jpeg(tmp_path / "a.jpg"), policy, plugins.load(policy))
    with pytest.raises(RuntimeError, match="not complete"):
        _ = seen.findings
    ((_, regions),) = list(seen.frames())
    assert [label for label, _ in regions] == ["badge"]
    assert seen.findings.frames == 1
    assert seen.findings.regions() == regions


def test_nothing_is_decoded_when_nothing_is_to_be_hidden(tmp_path: Path) -> None:
    policy = redact.Policy(hide={})
    seen = examine(badge_jpeg(tmp_path / "a.jpg"), policy, plugins.load(policy))
    assert seen.footage is None
    assert seen.findings.frames == 0
    assert {field.kind for field in seen.findings.fields} >= {"location", "device", "time"}


def test_a_file_whose_name_says_something_else_is_refused(tmp_path: Path) -> None:
    source = badge_jpeg(tmp_path / "a.jpg").rename(tmp_path / "a.png")
    policy = redact.Policy(hide={})
    with pytest.raises(redact.UnsupportedFormatError, match="JPEG"):
        examine(source, policy, plugins.load(policy))


@pytest.mark.parametrize(
    ("suffix", "promised"),
    [
        (".mka", "Matroska"), (".mk3d", "Matroska"), (".m4a", "MP4"), (".m4b", "MP4"), (".360", "MP4"),
        (".insp", "JPEG"), (".jps", "JPEG"), (".mpo", "JPEG"), (".thm", "JPEG"),
    ],
)  # fmt: skip
def test_a_suffix_promises_the_format_that_players_and_viewers_expect(
    tmp_path: Path, suffix: str, promised: str
) -> None:
    source = badge_jpeg(tmp_path / "a.jpg")
    named, foreign = source.with_suffix(suffix.upper()), tmp_path / f"b{suffix}"
    named.write_bytes(source.read_bytes())
    foreign.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(60))
    policy = redact.Policy(hide={})
    with pytest.raises(redact.UnsupportedFormatError, match=f"PNG though its name says {promised}"):
        examine(foreign, policy, plugins.load(policy))
    if promised == "JPEG":
        assert examine(named, policy, plugins.load(policy)).format.name == "JPEG"
    else:
        with pytest.raises(redact.UnsupportedFormatError, match=f"JPEG though its name says {promised}"):
            examine(named, policy, plugins.load(policy))


def test_pictures_are_looked_at_upright(badge_plugin: str, tmp_path: Path) -> None:
    policy = redact.Policy(hide={badge_plugin: redact.Blur()})
    seen = examine(badge_jpeg(tmp_path / "a.jpg", orientation=6), policy, plugins.load(policy))
    ((canvas, ((_, region),)),) = list(seen.frames())
    height, width = badge_picture().shape[:2]
    assert canvas.size == (height, width)
    assert region.bounds.iou(Box(height - 70, 40, height - 30, 80)) > 0.7
