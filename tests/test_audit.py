"""What was shared can be checked again, without any original."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

import redact
from redact.audit import audit
from redact.errors import PolicyError
from redact.report import MANIFEST
from tests.conftest import badge_jpeg


@pytest.fixture
def share(tmp_path: Path) -> Path:
    for name in ("a.jpg", "deep/b.jpg"):
        badge_jpeg(tmp_path / "card" / name)
    redact.folder(tmp_path / "card", tmp_path / "share", redact.Policy(hide={}))
    return tmp_path / "share"


def unmet(share: Path) -> dict[str, list[str]]:
    found = {name: [check.name for check in checks if not check.passed] for name, checks in audit(share)}
    return {name: names for name, names in found.items() if names}


def test_what_was_published_passes(share: Path) -> None:
    assert {name for name, _ in audit(share)} == {"a.jpg", "deep/b.jpg"}
    assert unmet(share) == {}


def test_a_flipped_byte_is_found(share: Path) -> None:
    content = bytearray((share / "a.jpg").read_bytes())
    content[len(content) // 2] ^= 1
    (share / "a.jpg").write_bytes(content)
    assert "unchanged" in unmet(share)["a.jpg"]


def test_a_file_put_there_later_is_found(share: Path) -> None:
    badge_jpeg(share / "later.jpg")
    assert unmet(share) == {"later.jpg": ["listed"]}


def test_a_missing_file_is_found(share: Path) -> None:
    (share / "deep" / "b.jpg").unlink()
    assert unmet(share) == {"deep/b.jpg": ["present"]}


def test_swapped_files_are_found(share: Path) -> None:
    (share / "a.jpg").write_bytes(badge_jpeg(share.parent / "other.jpg", orientation=6).read_bytes())
    assert "unchanged" in unmet(share)["a.jpg"]


def test_an_original_with_its_position_is_found_even_when_the_manifest_vouches_for_it(share: Path) -> None:
    original = badge_jpeg(share / "a.jpg")
    manifest = share / MANIFEST
    text = manifest.read_text()
    listed = json.loads(text)["files"]["a.jpg"]["sha256"]
    manifest.write_text(text.replace(listed, hashlib.sha256(original.read_bytes()).hexdigest()))
    assert "structure" in unmet(share)["a.jpg"]


@pytest.mark.parametrize("change", [{}, {"policies": {"x": "hide = {}"}}])
def test_a_file_whose_policy_the_manifest_does_not_hold_is_not_vouched_for(
    share: Path, change: dict[str, object]
) -> None:
    manifest = json.loads((share / MANIFEST).read_text())
    (share / MANIFEST).write_text(json.dumps(manifest | ({"policies": {}} | change)))
    assert set(unmet(share)) == {"a.jpg", "deep/b.jpg"}


def test_a_policy_swapped_for_another_is_found(share: Path) -> None:
    manifest = json.loads((share / MANIFEST).read_text())
    (digest,) = manifest["policies"]
    manifest["policies"][digest] = redact.Policy(keep=frozenset({"time", "author"})).to_toml()
    (share / MANIFEST).write_text(json.dumps(manifest))
    assert set(unmet(share)) == {"a.jpg", "deep/b.jpg"}


def test_a_link_in_the_folder_is_found(share: Path) -> None:
    (share / "a.jpg").unlink()
    (share / "a.jpg").symlink_to(share / "deep" / "b.jpg")
    assert "a.jpg" in unmet(share)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"files": {}, "policies": {}, "manifest": 99}',
        '{"files": {"a": 1}, "policies": {}, "manifest": 1}',
    ],
)
def test_a_manifest_that_is_none_is_a_policy_error(share: Path, text: str) -> None:
    (share / MANIFEST).write_text(text)
    with pytest.raises(PolicyError, match=MANIFEST):
        list(audit(share))


def test_a_folder_without_a_manifest_is_a_policy_error(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="redact run"):
        list(audit(tmp_path))
