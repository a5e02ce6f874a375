"""A manifest tells what was published, and nothing of what was in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from redact.errors import PolicyError
from redact.model import Check, Field, Flag, Receipt, Report
from redact.policy import Policy
from redact.report import manifest_text, merged, parsed

SHARE = Path("/share")
POLICY = Policy()


def receipt(name: str, **parts: object) -> Receipt:
    given: dict[str, object] = {
        "removed": (Field("GPSLatitude", "location", "EXIF GPS IFD"), Field("Make", "device", "EXIF IFD0")),
        "hidden": {"face": 2},
        "styles": {"face": "blur"},
        "checks": (Check("structure", passed=True, detail="9 parts"),),
        "policy": POLICY.digest,
        "sha256": "ab" * 32,
    }
    return Receipt(Path("/card/secret-input.jpg"), SHARE / name, "redacted", **{**given, **parts})  # type: ignore[arg-type]


def test_it_counts_what_was_removed_by_kind_and_names_no_input() -> None:
    text = manifest_text(merged(None, Report((receipt("deep/a.jpg"),)), POLICY, SHARE))
    (entry,) = json.loads(text)["files"].values()
    assert entry["removed"] == {"device": 1, "location": 1}
    assert entry["hidden"] == {"face": 2}
    assert list(json.loads(text)["files"]) == ["deep/a.jpg"]
    for secret in ("secret-input", "GPSLatitude", "/share", "/card"):
        assert secret not in text


def test_what_was_not_published_is_a_number() -> None:
    failed = Receipt(Path("/card/secret-input.jpg"), None, "failed", error="secret", exit_code=3)
    text = manifest_text(merged(None, Report((failed,)), POLICY, SHARE))
    assert json.loads(text)["not_published"] == 1
    assert "secret" not in text


def test_dropped_sidecars_are_a_number_too_and_no_failure() -> None:
    dropped = Receipt(Path("/card/secret-input.srt"), None, "dropped")
    report = Report((dropped, receipt("a.jpg")))
    assert report.ok
    assert report.dropped == (dropped,)
    manifest = merged(None, report, POLICY, SHARE)
    assert (manifest["not_published"], manifest["dropped_sidecars"]) == (0, 1)
    assert "secret" not in manifest_text(manifest)


def test_what_calls_for_attention_is_in_it_as_names_and_counts() -> None:
    flags = (Flag("at-border", "face", 2), Flag("name-tells-place", "file"))
    text = manifest_text(merged(None, Report((receipt("a.jpg", attention=flags),)), POLICY, SHARE))
    (entry,) = json.loads(text)["files"].values()
    assert entry["attention"] == [
        {"code": "at-border", "severity": "warning", "label": "face", "count": 2},
        {"code": "name-tells-place", "severity": "alarm", "label": "file", "count": 1},
    ]


def test_an_earlier_manifest_goes_on() -> None:
    first = manifest_text(merged(None, Report((receipt("a.jpg"),)), POLICY, SHARE))
    other = Policy(hide={})
    both = parsed(manifest_text(merged(first, Report((receipt("b.jpg", policy=other.digest),)), other, SHARE)))
    assert set(both["files"]) == {"a.jpg", "b.jpg"}
    assert set(both["policies"]) == {POLICY.digest, other.digest}


def test_a_copy_published_before_keeps_its_checks() -> None:
    first = manifest_text(merged(None, Report((receipt("a.jpg"),)), POLICY, SHARE))
    again = parsed(manifest_text(merged(first, Report((receipt("a.jpg", checks=(), removed=()),)), POLICY, SHARE)))
    assert again == parsed(first)


@pytest.mark.parametrize("text", ["", "3", "{}", '{"manifest": 1, "files": [], "policies": {}}'])
def test_what_is_no_manifest_is_refused(text: str) -> None:
    with pytest.raises(PolicyError, match="manifest"):
        parsed(text)
