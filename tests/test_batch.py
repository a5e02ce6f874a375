"""Every entry of a tree ends as one receipt, and no failure stops the others."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image as Pillow

import redact
from redact import batch, workers
from redact.errors import PolicyError
from redact.policy import Names
from redact.report import MANIFEST
from redact.testing import faults
from redact.tree import Job
from tests.conftest import InstallFault, InstallPlugin, badge_jpeg, badge_picture

STRIP = redact.Policy(hide={})


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A tree with two good files, and a bad one of most kinds."""
    card = tmp_path / "card"
    badge_jpeg(card / "a.jpg")
    badge_jpeg(card / "deep" / "er" / "b.jpg")
    whole = (card / "a.jpg").read_bytes()
    (card / "empty.jpg").write_bytes(b"")
    (card / "half.jpg").write_bytes(whole[: len(whole) // 2])
    (card / "notes.txt").write_text("latitude 12.345678")
    (card / "link.jpg").symlink_to(card / "a.jpg")
    (card / "loop").symlink_to(card)
    os.mkfifo(card / "pipe.jpg")
    return card


def published(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}


def test_good_files_are_published_in_the_same_tree_and_each_other_has_its_receipt(card: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in card.rglob("*.jpg") if path.is_file()}
    report = redact.folder(card, tmp_path / "share", STRIP)
    assert published(tmp_path / "share") == {"a.jpg", "deep/er/b.jpg"}
    assert {receipt.source.name for receipt in report.failed} == {
        "empty.jpg", "half.jpg", "notes.txt", "link.jpg", "loop", "pipe.jpg",
    }  # fmt: skip
    assert len(report) == 8
    assert all(receipt.error for receipt in report.failed)
    assert before == {path: path.read_bytes() for path in before}
    assert not list(tmp_path.glob(".redact-*"))


def test_processes_give_the_same_as_one(card: Path, tmp_path: Path) -> None:
    alone = redact.folder(card, tmp_path / "one", STRIP)
    together = redact.folder(card, tmp_path / "two", STRIP, workers=2)
    assert [receipt.sha256 for receipt in alone] == [receipt.sha256 for receipt in together]
    assert [receipt.status for receipt in alone] == [receipt.status for receipt in together]


def test_any_executor_takes_the_jobs(card: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as executor:
        report = batch.folder(card, tmp_path / "share", STRIP, executor=executor)
        assert len(report) == 8
        assert executor.submit(int).result() == 0, "a lent executor is not shut down"


def test_a_single_file_goes_into_the_output_folder(card: Path, tmp_path: Path) -> None:
    report = redact.folder(card / "a.jpg", tmp_path / "share", STRIP)
    assert report.ok
    assert published(tmp_path / "share") == {"a.jpg"}


@pytest.mark.parametrize("inside", ["", "share", "deep/share"])
def test_an_output_folder_in_the_source_is_refused(card: Path, inside: str) -> None:
    with pytest.raises(PolicyError, match=r"source|inside"):
        redact.folder(card, card / inside, STRIP)


def test_a_source_in_the_output_folder_is_refused(card: Path) -> None:
    with pytest.raises(PolicyError, match="inside the output"):
        redact.folder(card / "deep", card, STRIP)


def test_a_link_to_the_source_as_output_is_refused(card: Path, tmp_path: Path) -> None:
    (tmp_path / "share").symlink_to(card)
    with pytest.raises(PolicyError, match="source itself"):
        redact.folder(card, tmp_path / "share", STRIP)


def test_a_source_that_is_not_there_is_a_policy_error(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no such file"):
        redact.folder(tmp_path / "none", tmp_path / "share", STRIP)


def test_an_output_that_is_a_file_is_a_policy_error(card: Path, tmp_path: Path) -> None:
    (tmp_path / "share").write_text("mine")
    with pytest.raises(PolicyError, match="is a file"):
        redact.folder(card, tmp_path / "share", STRIP)
    assert (tmp_path / "share").read_text() == "mine"


@pytest.mark.parametrize("content", ["", "[]", "no json", '{"manifest": 99, "files": {}, "policies": {}}'])
def test_a_manifest_that_is_none_is_an_error_before_anything_is_published(
    card: Path, tmp_path: Path, content: str
) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / MANIFEST).write_text(content)
    with pytest.raises(PolicyError, match=MANIFEST):
        redact.folder(card, tmp_path / "share", STRIP)
    assert not published(tmp_path / "share")
    assert (tmp_path / "share" / MANIFEST).read_text() == content


def test_a_manifest_that_is_a_link_is_not_followed(card: Path, tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "mine.json").write_text("{}")
    (tmp_path / "share" / MANIFEST).symlink_to(tmp_path / "mine.json")
    with pytest.raises(PolicyError, match=MANIFEST):
        redact.folder(card, tmp_path / "share", STRIP)
    assert (tmp_path / "mine.json").read_text() == "{}"


def test_a_picture_named_like_the_manifest_is_refused(tmp_path: Path) -> None:
    badge_jpeg(tmp_path / "card" / "a.jpg")
    (tmp_path / "card" / MANIFEST).write_bytes((tmp_path / "card" / "a.jpg").read_bytes())
    report = redact.folder(tmp_path / "card", tmp_path / "share", STRIP)
    assert [receipt.source.name for receipt in report.failed] == [MANIFEST]
    assert set(json.loads((tmp_path / "share" / MANIFEST).read_text())["files"]) == {"a.jpg"}


def test_a_folder_named_like_the_manifest_is_refused_and_the_others_are_published(tmp_path: Path) -> None:
    for name in (f"{MANIFEST}/x.jpg", f"{MANIFEST.upper()}/x.jpg", "y.jpg"):
        badge_jpeg(tmp_path / "card" / name)
    report = redact.folder(tmp_path / "card", tmp_path / "share", STRIP)
    assert len(report.failed) == 2
    assert set(json.loads((tmp_path / "share" / MANIFEST).read_text())["files"]) == {"y.jpg"}


@pytest.mark.parametrize("names", ["keep", "random", "serial"])
def test_a_path_longer_than_the_system_takes_fails_alone(tmp_path: Path, names: Names) -> None:
    badge_jpeg(tmp_path / "card" / "a.jpg")
    where = os.open(tmp_path / "card", os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 240, dir_fd=where)
        deeper = os.open("d" * 240, os.O_RDONLY, dir_fd=where)
        os.close(where)
        where = deeper
    os.close(os.open("b.jpg", os.O_CREAT, dir_fd=where))
    os.close(where)
    report = redact.folder(tmp_path / "card", tmp_path / "share", redact.Policy(hide={}, names=names))
    assert [receipt.ok for receipt in report] == [True, False]


def test_a_worker_that_is_killed_costs_its_one_file(
    install_fault: InstallFault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = dataclasses.replace(install_fault(faults.Dies), detectors={"fault": {"width": 77}})
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    for number in range(5):
        badge_jpeg(tmp_path / "card" / f"{number}.jpg")
    Pillow.fromarray(badge_picture(40, 77)[:20]).save(tmp_path / "card" / "killer.jpg")
    report = redact.folder(tmp_path / "card", tmp_path / "share", policy, workers=2)
    assert [receipt.source.name for receipt in report.failed] == ["killer.jpg"]
    assert "killed" in (report.failed[0].error or "")


def test_what_was_published_before_the_pool_broke_is_known_again_and_nothing_is_overwritten(
    install_fault: InstallFault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first worker to finish is killed when its copy has its name and its receipt is not told yet."""
    policy = dataclasses.replace(install_fault(faults.Dies), detectors={"fault": {"width": 77}})
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    source, target = badge_jpeg(tmp_path / "a.jpg"), tmp_path / "share" / "a.jpg"
    stranger = tmp_path / "share" / "b.jpg"
    killer = tmp_path / "killer.jpg"
    Pillow.fromarray(badge_picture(40, 77)[:20]).save(killer)
    redact.file(source, target, policy).raise_for_status()
    stranger.write_bytes(b"somebody's")
    jobs = [Job(killer, tmp_path / "share" / "killer.jpg"), Job(source, target), Job(source, stranger)]
    before = target.read_bytes()
    found = {
        receipt.source.name + "/" + str(receipt.ok): receipt for receipt in workers.shared(jobs, policy, tmp_path, 1)
    }
    assert set(found) == {"killer.jpg/False", "a.jpg/True", "a.jpg/False"}
    assert found["a.jpg/True"].target == target
    assert "not overwritten" in (found["a.jpg/False"].error or "")
    assert (target.read_bytes(), stranger.read_bytes()) == (before, b"somebody's")


def test_an_output_folder_that_cannot_be_made_is_a_policy_error(card: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be made"):
        redact.folder(card, "/proc/share", STRIP)


def test_an_output_folder_that_is_named_like_a_picture_is_a_policy_error(card: Path, tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="named like a file"):
        redact.folder(card / "a.jpg", tmp_path / "b.jpg", STRIP)


def test_an_empty_folder_gives_an_empty_report(tmp_path: Path) -> None:
    (tmp_path / "card").mkdir()
    report = redact.folder(tmp_path / "card", tmp_path / "share", STRIP)
    assert len(report) == 0
    assert report.ok


def test_names_that_are_no_utf8_or_hold_newlines_are_published(card: Path, tmp_path: Path) -> None:
    for name in (b"caf\xe9.jpg", b"two\nlines.jpg", "été \u202e.jpg".encode()):
        (card / os.fsdecode(name)).write_bytes((card / "a.jpg").read_bytes())
    report = redact.folder(card, tmp_path / "share", STRIP)
    assert {b"caf\xe9.jpg", b"two\nlines.jpg"} <= {os.fsencode(path.name) for path in (tmp_path / "share").iterdir()}
    assert len(report.failed) == 6


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_a_receipt(card: Path, tmp_path: Path) -> None:
    (card / "deep").chmod(0)
    report = redact.folder(card, tmp_path / "share", STRIP)
    (card / "deep").chmod(0o700)
    assert any("cannot be read" in (receipt.error or "") for receipt in report.failed)


def test_the_manifest_lists_what_was_published_and_nothing_of_what_was_not(card: Path, tmp_path: Path) -> None:
    redact.folder(card, tmp_path / "share", STRIP)
    text = (tmp_path / "share" / MANIFEST).read_text()
    manifest = json.loads(text)
    assert set(manifest["files"]) == {"a.jpg", "deep/er/b.jpg"}
    assert manifest["not_published"] == 6
    for secret in ("notes.txt", "12.3456", "CANARY", "CanaryCam", str(tmp_path)):
        assert secret not in text


def test_a_second_run_goes_on_where_the_first_stopped(card: Path, tmp_path: Path) -> None:
    first = redact.folder(card / "a.jpg", tmp_path / "share", STRIP)
    manifest = json.loads((tmp_path / "share" / MANIFEST).read_text())
    second = redact.folder(card, tmp_path / "share", STRIP)
    (before,) = [receipt for receipt in second if receipt.source.name == "a.jpg"]
    assert before.ok
    assert before.checks == ()
    assert before.sha256 == next(iter(first)).sha256
    after = json.loads((tmp_path / "share" / MANIFEST).read_text())
    assert after["files"]["a.jpg"] == manifest["files"]["a.jpg"]
    assert set(after["files"]) == {"a.jpg", "deep/er/b.jpg"}


def test_another_picture_of_the_same_name_is_neither_passed_over_nor_written_over(card: Path, tmp_path: Path) -> None:
    redact.folder(card / "a.jpg", tmp_path / "share", STRIP)
    published_before = (tmp_path / "share" / "a.jpg").read_bytes()
    badge_jpeg(card / "a.jpg", orientation=6)
    (receipt,) = redact.folder(card / "a.jpg", tmp_path / "share", STRIP)
    assert receipt.status == "failed"
    assert "not overwritten" in (receipt.error or "")
    assert (tmp_path / "share" / "a.jpg").read_bytes() == published_before


def test_another_policy_does_not_take_over_what_was_published_under_the_first(card: Path, tmp_path: Path) -> None:
    redact.folder(card / "a.jpg", tmp_path / "share", redact.Policy(hide={}, keep=frozenset({"time"})))
    (receipt,) = redact.folder(card / "a.jpg", tmp_path / "share", STRIP)
    assert receipt.status == "failed"
    assert "a.jpg was made under another policy: remove it" in (receipt.error or "")


def test_without_a_place_for_a_journal_a_batch_runs_all_the_same(
    card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/nowhere")
    assert redact.folder(card / "a.jpg", tmp_path / "share", STRIP).ok


def test_an_interrupted_batch_leaves_complete_files_and_a_manifest_of_them(card: Path, tmp_path: Path) -> None:
    class Impatient(batch.Watcher):
        def end(self, receipt: redact.Receipt) -> None:
            if receipt.ok:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batch.folder(card, tmp_path / "share", STRIP, watcher=Impatient())
    assert published(tmp_path / "share") == {"a.jpg"}
    assert set(json.loads((tmp_path / "share" / MANIFEST).read_text())["files"]) == {"a.jpg"}
    assert not list(tmp_path.glob(".redact-*"))
    again = redact.folder(card, tmp_path / "share", STRIP)
    assert published(tmp_path / "share") == {"a.jpg", "deep/er/b.jpg"}
    assert {receipt.source.name for receipt in again if receipt.ok} == {"a.jpg", "b.jpg"}


INTERRUPTING = """
import os
import signal
import time
class Detector:
    def detect(self, image):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.5)
        return ()
"""


def test_what_is_in_work_when_a_batch_is_interrupted_is_published_and_known_to_the_next_run(
    install_plugin: InstallPlugin, tmp_path: Path
) -> None:
    install_plugin("redact-interrupting", INTERRUPTING, {"interrupting": "Detector"})
    policy = redact.Policy(hide={"interrupting": redact.Fill()}, names="random")
    for number in range(3):
        badge_jpeg(tmp_path / "card" / f"{number}.jpg", orientation=number + 1)
    # A shell that starts something in the background has it ignore interrupts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with ThreadPoolExecutor(1) as executor, pytest.raises(KeyboardInterrupt):
            batch.folder(tmp_path / "card", tmp_path / "share", policy, executor=executor)
    finally:
        signal.signal(signal.SIGINT, before)
    assert published(tmp_path / "share")
    assert published(tmp_path / "share") == set(json.loads((tmp_path / "share" / MANIFEST).read_text())["files"])
