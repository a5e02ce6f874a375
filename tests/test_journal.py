"""The journal knows what was published, and nobody else learns from it what was."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import stat
from pathlib import Path

import pytest

from redact.journal import Journal, state_folder
from redact.model import Receipt


@pytest.fixture
def receipt(tmp_path: Path) -> Receipt:
    source, target = tmp_path / "secret-name.jpg", tmp_path / "copy.jpg"
    source.write_bytes(b"original")
    target.write_bytes(b"published")
    digest = hashlib.sha256(b"published").hexdigest()
    return Receipt(source, target, "redacted", hidden={"face": 2}, styles={"face": "blur"}, sha256=digest)


@pytest.fixture
def folder(tmp_path: Path, receipt: Receipt) -> Path:
    Journal(tmp_path / "state", "setting").record(receipt)
    return tmp_path / "state"


def known(folder: Path, receipt: Receipt, setting: str = "setting") -> Receipt | None:
    assert receipt.target is not None
    return Journal(folder, setting).published(receipt.source, receipt.target)


def test_what_was_published_is_known_to_the_next_run(folder: Path, receipt: Receipt) -> None:
    assert known(folder, receipt) == receipt


def test_a_source_that_changed_is_not_known(folder: Path, receipt: Receipt) -> None:
    receipt.source.write_bytes(b"another")
    assert known(folder, receipt) is None


def test_a_copy_that_changed_is_not_known(folder: Path, receipt: Receipt) -> None:
    assert receipt.target is not None
    receipt.target.write_bytes(b"tampered")
    assert known(folder, receipt) is None


def test_another_setting_knows_nothing_of_it(folder: Path, receipt: Receipt) -> None:
    assert known(folder, receipt, "another") is None


def test_what_was_published_for_one_path_is_not_known_for_another(tmp_path: Path, receipt: Receipt) -> None:
    assert receipt.target is not None
    Journal(tmp_path / "state", "setting").record(receipt, "press")
    journal = Journal(tmp_path / "state", "setting")
    assert journal.published(receipt.source, receipt.target, "press") == receipt
    assert journal.published(receipt.source, receipt.target) is None
    assert journal.made_otherwise(receipt.source, receipt.target)


def test_a_link_in_place_of_source_or_copy_is_not_known(folder: Path, receipt: Receipt, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(receipt.source)
    assert known(folder, dataclasses.replace(receipt, source=tmp_path / "link")) is None


def test_lines_that_a_crash_cut_short_are_passed_over(folder: Path, receipt: Receipt) -> None:
    journal = folder / "journal.jsonl"
    journal.write_bytes(b'[1]\n{"source": "x"}\n' + journal.read_bytes() + b'{"source": "ab')
    assert known(folder, receipt) == receipt


def test_only_its_owner_can_read_it(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {"journal.jsonl", "key"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_it_holds_neither_names_nor_a_digest_that_a_candidate_could_be_held_against(folder: Path) -> None:
    text = (folder / "journal.jsonl").read_text()
    assert "secret-name" not in text
    for plain in ("sha256", "sha1", "md5", "blake2b"):
        assert hashlib.new(plain, b"original").hexdigest() not in text


def test_copies_of_a_content_are_known_whatever_name_and_setting_those_of_this_one_first(
    folder: Path, receipt: Receipt
) -> None:
    later = dataclasses.replace(receipt, sha256="0" * 64)
    Journal(folder, "another").record(later)
    assert Journal(folder, "setting").copies(receipt.source) == (receipt.sha256, later.sha256)
    assert Journal(folder, "another").copies(receipt.source) == (later.sha256, receipt.sha256)
    receipt.source.write_bytes(b"another")
    assert Journal(folder, "setting").copies(receipt.source) == ()


def test_a_copy_made_in_another_setting_is_known_as_one(folder: Path, receipt: Receipt) -> None:
    assert receipt.target is not None
    journal = Journal(folder, "another")
    assert journal.made_otherwise(receipt.source, receipt.target)
    receipt.target.write_bytes(b"mine")
    assert not journal.made_otherwise(receipt.source, receipt.target)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_journal_that_cannot_be_written_is_none(folder: Path) -> None:
    (folder / "journal.jsonl").chmod(0o400)
    with pytest.raises(PermissionError):
        Journal(folder, "setting")


def test_it_lies_where_the_user_keeps_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "redact"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert state_folder() == Path.home() / ".local" / "state" / "redact"
