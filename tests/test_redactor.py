"""A file is published whole and verified, or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from pathlib import Path

import numpy as np
import pytest

import redact
from redact.errors import PolicyError, UnsupportedFormatError
from redact.model import Box, Flag
from redact.policy import Sidecars
from redact.redactor import Redactor, staging_beside
from redact.testing import faults
from tests.conftest import InstallFault, InstallPlugin, badge_jpeg, badge_picture

BADGE = redact.Policy(hide={"badge": redact.Fill((0, 0, 255))})


@pytest.fixture
def redactor(badge_plugin: str) -> Redactor:
    assert badge_plugin == "badge"
    return Redactor(BADGE)


def test_a_jpeg_is_published_painted_and_stripped(redactor: Redactor, tmp_path: Path) -> None:
    source, target = badge_jpeg(tmp_path / "in.jpg"), tmp_path / "share" / "out.jpg"
    receipt = redactor.file(source, target)
    assert receipt.status == "redacted", receipt.error
    assert receipt.hidden == {"badge": 1}
    assert receipt.styles == {"badge": "fill"}
    assert {"location", "preview", "device"} <= {field.kind for field in receipt.removed}
    assert all(check.passed for check in receipt.checks)
    published = target.read_bytes()
    for canary in (b"CANARY", b"CanaryCam", b"GPS"):
        assert canary not in published


def test_metadata_only_copies_the_coded_picture_bit_for_bit(tmp_path: Path) -> None:
    source, target = badge_jpeg(tmp_path / "in.jpg"), tmp_path / "share" / "out.jpg"
    receipt = redact.file(source, target, redact.Policy(hide={}))
    assert receipt.status == "redacted", receipt.error
    assert receipt.hidden == {}
    scan = source.read_bytes()[source.read_bytes().rindex(b"\xff\xda") :]
    assert target.read_bytes().endswith(scan)


def test_a_file_with_nothing_to_hide_is_clean_and_the_same_when_done_again(tmp_path: Path) -> None:
    first = redact.file(badge_jpeg(tmp_path / "in.jpg"), tmp_path / "a" / "1.jpg", redact.Policy(hide={}))
    assert first.target is not None
    second = redact.file(first.target, tmp_path / "a" / "2.jpg", redact.Policy(hide={}))
    assert (first.status, second.status) == ("redacted", "clean")
    assert second.sha256 == first.sha256


def test_a_copy_has_neither_times_nor_permissions_nor_attributes_of_the_original(tmp_path: Path) -> None:
    source, target = badge_jpeg(tmp_path / "in.jpg"), tmp_path / "share" / "out.jpg"
    with contextlib.suppress(OSError):
        os.setxattr(source, "user.place", b"home")
    source.chmod(0o751)
    os.utime(source, (10**9, 10**9))
    before = os.umask(0o027)
    began = time.time()
    try:
        assert redact.file(source, target, redact.Policy(hide={})).ok
    finally:
        os.umask(before)
    found = target.stat()
    assert min(found.st_mtime, found.st_atime) > began - 5
    assert stat.S_IMODE(found.st_mode) == 0o640
    assert os.listxattr(target) == []
    assert source.stat().st_mtime == 10**9


def test_a_name_that_tells_is_named_and_goes_with_the_name(tmp_path: Path) -> None:
    source = badge_jpeg(tmp_path / "2024-05-06_51.5074,-0.1278.jpg")
    policy = redact.Policy(hide={})
    named = {field.kind for field in redact.scan(source, policy).fields if field.where == "file name"}
    assert named == {"location", "time"}
    kept = redact.file(source, tmp_path / "share" / source.name, policy)
    assert kept.attention == (Flag("name-tells-place", "file"), Flag("name-tells-time", "file"))
    assert not any(field.where == "file name" for field in kept.removed)
    other = redact.file(source, tmp_path / "share" / "a.jpg", policy)
    assert other.attention == ()
    assert sum(field.where == "file name" for field in other.removed) == 2


@pytest.mark.parametrize(
    ("name", "sidecars", "error"),
    [
        ("a.thm", "drop", "a.thm is a sidecar, and sidecars are not copied; sidecars='strip' cleans this one"),
        ("a.srt", "drop", "a.srt is a sidecar, and sidecars are not copied"),
        ("a.srt", "strip", "a.srt is a sidecar, and sidecars are not copied"),
    ],
)
def test_a_dropped_sidecar_says_why_there_is_no_copy_and_that_nothing_went_wrong(
    tmp_path: Path, name: str, sidecars: Sidecars, error: str
) -> None:
    if name == "a.thm":
        badge_jpeg(tmp_path / "a.jpg").rename(tmp_path / name)
    else:
        (tmp_path / name).write_text("1\n00:00:00,000 --> 00:00:01,000\n[latitude: 12.345678]\n")
    receipt = redact.file(tmp_path / name, tmp_path / "share" / name, redact.Policy(hide={}, sidecars=sidecars))
    assert (receipt.status, receipt.ok, receipt.exit_code, receipt.error) == ("dropped", False, 0, error)
    with pytest.raises(UnsupportedFormatError, match="is a sidecar"):
        receipt.raise_for_status()
    assert redact.Report((receipt,)).ok


def test_an_existing_target_is_never_overwritten(redactor: Redactor, tmp_path: Path) -> None:
    target = tmp_path / "share" / "out.jpg"
    target.parent.mkdir()
    target.write_text("mine")
    receipt = redactor.file(badge_jpeg(tmp_path / "in.jpg"), target)
    assert receipt.status == "failed"
    assert "not overwritten" in (receipt.error or "")
    assert target.read_text() == "mine"


def test_the_source_is_never_the_target(redactor: Redactor, tmp_path: Path) -> None:
    source = badge_jpeg(tmp_path / "in.jpg")
    before = source.read_bytes()
    assert not redactor.file(source, source).ok
    assert source.read_bytes() == before


def damaged(kind: str, whole: bytes) -> bytes:
    return {
        "empty": b"",
        "truncated": whole[: len(whole) * 2 // 3],
        "headless": whole[10:],
        "text": b"just some notes",
        "garbled": whole[: len(whole) // 2] + os.urandom(400) + whole[len(whole) // 2 + 400 :],
    }[kind]


@pytest.mark.parametrize("kind", ["empty", "truncated", "headless", "text", "garbled"])
@pytest.mark.parametrize("policy", [BADGE, redact.Policy(hide={})])
def test_a_damaged_file_leaves_nothing_behind(
    badge_plugin: str, tmp_path: Path, kind: str, policy: redact.Policy
) -> None:
    assert badge_plugin
    source = tmp_path / "card" / "bad.jpg"
    source.parent.mkdir()
    source.write_bytes(damaged(kind, badge_jpeg(tmp_path / "good.jpg").read_bytes()))
    receipt = Redactor(policy).file(source, tmp_path / "share" / "bad.jpg")
    assert receipt.status in ("failed", "refused"), receipt
    assert receipt.exit_code == 3
    assert not (tmp_path / "share").exists() or not any((tmp_path / "share").iterdir())
    assert not list(tmp_path.glob(".redact-*"))


def test_a_copy_is_not_published_under_a_name_of_another_format(redactor: Redactor, tmp_path: Path) -> None:
    receipt = redactor.file(badge_jpeg(tmp_path / "in.jpg"), tmp_path / "share" / "out.png")
    assert receipt.status == "refused"
    assert not (tmp_path / "share").exists()


def test_an_error_that_nobody_foresaw_is_a_receipt_without_its_message(
    badge_plugin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        message = "secret 51.5074"
        raise RecursionError(message)

    monkeypatch.setattr("redact.redactor.rewrite", explode)
    policy = redact.Policy(hide={badge_plugin: redact.Blur()})
    receipt = redact.file(badge_jpeg(tmp_path / "in.jpg"), tmp_path / "out.jpg", policy)
    assert (receipt.status, receipt.exit_code) == ("failed", 3)
    assert "RecursionError" in (receipt.error or "")
    assert "secret" not in (receipt.error or "")


def test_a_link_a_folder_and_a_fifo_are_refused(redactor: Redactor, tmp_path: Path) -> None:
    (tmp_path / "link.jpg").symlink_to(badge_jpeg(tmp_path / "in.jpg"))
    os.mkfifo(tmp_path / "pipe.jpg")
    for name in ("link.jpg", "pipe.jpg", "."):
        assert redactor.file(tmp_path / name, tmp_path / "share" / "out.jpg").status == "refused"


def test_a_missing_file_is_a_receipt_that_says_so(redactor: Redactor, tmp_path: Path) -> None:
    receipt = redactor.file(tmp_path / "none.jpg", tmp_path / "share" / "out.jpg")
    assert receipt.status == "failed"
    assert "none.jpg" in (receipt.error or "")


@pytest.mark.parametrize("fault", [*faults.BROKEN, faults.RaisesAtSecondSight])
def test_a_detector_that_breaks_publishes_nothing(
    install_fault: InstallFault, tmp_path: Path, fault: type[faults.Sound]
) -> None:
    policy = install_fault(fault)
    receipt = redact.file(badge_jpeg(tmp_path / "in.jpg"), tmp_path / "share" / "out.jpg", policy)
    assert (receipt.status, receipt.exit_code) == ("failed", 4)
    assert f"detector {fault.__name__} of redact-fault 1.0" in (receipt.error or "")
    assert "51.5074" not in (receipt.error or "")
    assert [path.name for path in tmp_path.iterdir()] == ["in.jpg"]


def test_a_detector_that_finds_more_at_second_sight_withholds_the_file(
    install_fault: InstallFault, tmp_path: Path
) -> None:
    target = tmp_path / "share" / "out.jpg"
    receipt = redact.file(badge_jpeg(tmp_path / "in.jpg"), target, install_fault(faults.ChangesItsMind))
    assert (receipt.status, receipt.exit_code) == ("withheld", 5)
    assert not target.exists()
    assert any(not check.passed for check in receipt.checks)


def test_what_was_overlooked_is_found_by_a_closer_look(install_plugin: InstallPlugin, tmp_path: Path) -> None:
    source = """
from redact import Box, Detection
class Detector:
    looks = 0
    def detect(self, image):
        Detector.looks += 1
        yield Detection(Box(0, 0, 20, 20), "shy", 1.0)
        if Detector.looks > 1:
            yield Detection(Box(100, 80, 140, 110), "shy", 1.0)
"""
    install_plugin("redact-shy", source, {"shy": "Detector"})
    target = tmp_path / "share" / "out.jpg"
    receipt = redact.file(badge_jpeg(tmp_path / "in.jpg"), target, redact.Policy(hide={"shy": redact.Blur()}))
    assert receipt.status == "redacted", receipt.error
    assert receipt.hidden == {"shy": 2}


def test_a_source_that_is_written_to_meanwhile_is_not_published(install_plugin: InstallPlugin, tmp_path: Path) -> None:
    source = badge_jpeg(tmp_path / "in.jpg")
    meddler = f"""
class Detector:
    def detect(self, image):
        with open({str(source)!r}, "r+b") as file:
            file.write(file.read(1))
            file.seek(0)
            file.write(b"\\xff")
        return []
"""
    install_plugin("redact-meddler", meddler, {"meddler": "Detector"})
    receipt = redact.file(source, tmp_path / "share" / "out.jpg", redact.Policy(hide={"meddler": redact.Blur()}))
    assert receipt.status == "failed"
    assert not (tmp_path / "share").exists()


def test_a_style_that_paints_nothing_still_hides_everything(badge_plugin: str, tmp_path: Path) -> None:
    class Idle:
        name = "idle"

        def paint(self, image: np.ndarray, region: object) -> None:
            """Forgets to paint."""

    receipt = redact.file(
        badge_jpeg(tmp_path / "in.jpg"), tmp_path / "out.jpg", redact.Policy(hide={badge_plugin: Idle()})
    )
    assert receipt.status == "redacted", receipt.error
    assert receipt.target is not None
    from PIL import Image as Pillow

    with Pillow.open(receipt.target) as published:
        red, green, _ = np.asarray(published.convert("RGB"))[36, 60].astype(int)
    assert red - green < 40


def test_an_array_comes_back_covered_and_the_original_untouched(redactor: Redactor) -> None:
    image = badge_picture()
    clean = redactor.image(image)
    assert np.array_equal(image, badge_picture())
    assert (clean[31:69, 41:79] == (0, 0, 255)).all()
    assert np.array_equal(clean[:20], image[:20])


@pytest.mark.parametrize(
    "array",
    [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 4), np.uint8), np.zeros((5, 5, 3)), np.zeros((0, 5, 3), np.uint8)],
)
def test_an_array_that_is_no_rgb_picture_is_refused(redactor: Redactor, array: np.ndarray) -> None:
    with pytest.raises(UnsupportedFormatError, match="image"):
        redactor.image(array)


def test_a_scan_tells_what_is_there_and_writes_nothing(redactor: Redactor, tmp_path: Path) -> None:
    source = badge_jpeg(tmp_path / "in.jpg")
    findings = redactor.scan(source)
    assert findings.frames == 1
    (track,) = findings.tracks
    assert track.label == "badge"
    assert track.regions[0].bounds.iou(Box(40, 30, 80, 70)) > 0.7
    assert ("GPSLatitude", "location") in {(field.name, field.kind) for field in findings.fields}
    assert [path.name for path in tmp_path.iterdir()] == ["in.jpg"]


def test_a_policy_that_nobody_can_carry_out_is_an_error_before_any_file() -> None:
    with pytest.raises(PolicyError, match="unicorn"):
        Redactor(redact.Policy(hide={"unicorn": redact.Blur()}))


def test_staging_lies_outside_the_output_folder_on_its_file_system(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    assert staging_beside(tmp_path / "share") == tmp_path
    assert staging_beside(tmp_path / "new" / "deep") == tmp_path
