"""Copies get names that tell nothing, the same ones when a command is run again, and never one that is taken."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import redact
from redact import batch
from redact.errors import PolicyError
from redact.model import Flag
from redact.policy import Names
from redact.report import MANIFEST
from tests.conftest import badge_jpeg

TOKEN = "[a-z2-7]{16}"


def policy(names: Names) -> redact.Policy:
    return redact.Policy(hide={}, names=names)


RANDOM, SERIAL = policy("random"), policy("serial")


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A tree with files that differ, in folders whose names tell a day."""
    for turn, name in enumerate(("2024-05-06/a.JPG", "2024-05-06/deep/b.jpeg", "2024-05-07/a.jpg", "z.jpg"), 1):
        badge_jpeg(tmp_path / "card" / name, orientation=turn)
    (tmp_path / "card" / "README.txt").write_text("notes")
    (tmp_path / "card" / "2024-05-06" / "a.SRT").write_text("1\n00:00:00,000 --> 00:00:01,000\nlatitude: 1\n")
    return tmp_path / "card"


def published(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST
    )


class Impatient(batch.Watcher):
    """Interrupts after so many published files."""

    def __init__(self, patience: int) -> None:
        self._patience = patience

    def end(self, receipt: redact.Receipt) -> None:
        self._patience -= receipt.ok
        if not self._patience:
            raise KeyboardInterrupt


def test_random_names_keep_nothing_but_the_suffix(card: Path, tmp_path: Path) -> None:
    redact.folder(card, tmp_path / "share", RANDOM)
    names = published(tmp_path / "share")
    assert len(names) == 4
    expected = rf"{TOKEN}\.jpg|{TOKEN}/{TOKEN}\.jpg|{TOKEN}/{TOKEN}/{TOKEN}\.jpeg"
    assert all(re.fullmatch(expected, name) for name in names)
    assert len({part for name in names for part in name.split("/")}) == 7


def test_random_names_link_no_two_recipients(card: Path, tmp_path: Path) -> None:
    redact.folder(card, tmp_path / "one", RANDOM)
    redact.folder(card, tmp_path / "two", RANDOM)
    parts = [{part for name in published(tmp_path / folder) for part in name.split("/")} for folder in ("one", "two")]
    assert not parts[0] & parts[1]


@pytest.mark.parametrize("names", ["random", "serial"])
def test_a_second_card_with_the_same_paths_goes_into_the_same_folder(tmp_path: Path, names: Names) -> None:
    for turn, card in enumerate(("first", "second"), 1):
        badge_jpeg(tmp_path / card / "DCIM" / "DJI_0001.JPG", orientation=turn)
        assert redact.folder(tmp_path / card, tmp_path / "share", policy(names)).ok
    assert len(published(tmp_path / "share")) == 2
    for card in ("first", "second"):
        (again,) = redact.folder(tmp_path / card, tmp_path / "share", policy(names))
        assert again.ok
        assert not again.checks


def test_serial_names_are_numbers_in_the_order_of_the_tree_without_gaps(card: Path, tmp_path: Path) -> None:
    report = redact.folder(card, tmp_path / "share", SERIAL)
    assert published(tmp_path / "share") == [
        "000004.jpg",
        "0001/000001.jpg",
        "0001/0002/000002.jpeg",
        "0003/000003.jpg",
    ]
    told = {receipt.source.name: receipt.target and receipt.target.name for receipt in report}
    assert told["z.jpg"] == "000004.jpg"
    assert told["README.txt"] is None


@pytest.mark.parametrize("names", ["random", "serial"])
def test_the_same_command_publishes_nothing_twice(card: Path, tmp_path: Path, names: Names) -> None:
    first = redact.folder(card, tmp_path / "share", policy(names))
    before = published(tmp_path / "share")
    again = redact.folder(card, tmp_path / "share", policy(names))
    assert published(tmp_path / "share") == before
    assert [receipt.target for receipt in again] == [receipt.target for receipt in first]
    assert all(not receipt.checks for receipt in again if receipt.ok)
    manifest = json.loads((tmp_path / "share" / MANIFEST).read_text())
    assert sorted(manifest["files"]) == before


@pytest.mark.parametrize("names", ["random", "serial"])
@pytest.mark.parametrize("patience", [1, 2, 3])
def test_an_interrupted_run_is_gone_on_with(card: Path, tmp_path: Path, names: Names, patience: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        batch.folder(card, tmp_path / "share", policy(names), watcher=Impatient(patience))
    early = {name: (tmp_path / "share" / name).read_bytes() for name in published(tmp_path / "share")}
    assert len(early) == patience
    report = redact.folder(card, tmp_path / "share", policy(names))
    assert len(published(tmp_path / "share")) == 4
    assert (
        early.items()
        <= {name: (tmp_path / "share" / name).read_bytes() for name in published(tmp_path / "share")}.items()
    )
    assert sum(receipt.ok and not receipt.checks for receipt in report) == patience


def test_a_new_file_goes_on_after_the_highest_number_in_the_folder_that_stands_for_its_own(
    card: Path, tmp_path: Path
) -> None:
    redact.folder(card, tmp_path / "share", SERIAL)
    before = published(tmp_path / "share")
    badge_jpeg(card / "2024-05-06" / "0.jpg", orientation=5)
    badge_jpeg(card / "1999-01-01" / "a.jpg", orientation=7)
    redact.folder(card, tmp_path / "share", SERIAL)
    assert sorted(set(published(tmp_path / "share")) - set(before)) == ["0001/000006.jpg", "0004/000005.jpg"]


def test_files_of_one_content_keep_a_number_each(tmp_path: Path) -> None:
    for name in ("a/x.jpg", "b/x.jpg", "b/y.jpg"):
        badge_jpeg(tmp_path / "card" / name)
    redact.folder(tmp_path / "card", tmp_path / "share", SERIAL)
    assert published(tmp_path / "share") == ["0001/000001.jpg", "0002/000002.jpg", "0002/000003.jpg"]
    again = redact.folder(tmp_path / "card", tmp_path / "share", SERIAL)
    assert again.ok
    assert published(tmp_path / "share") == ["0001/000001.jpg", "0002/000002.jpg", "0002/000003.jpg"]


@pytest.mark.parametrize("names", ["random", "serial"])
def test_another_policy_publishes_nothing_beside_what_the_first_did(card: Path, tmp_path: Path, names: Names) -> None:
    redact.folder(card, tmp_path / "share", policy(names))
    before = published(tmp_path / "share")
    other = redact.Policy(hide={}, keep=frozenset({"time"}), names=names)
    refused = [receipt.error or "" for receipt in redact.folder(card, tmp_path / "share", other).failed]
    remedy = "was made under another policy: remove it, or name another output folder"
    assert sorted(error for error in refused if "policy" in error) == sorted(
        f"{name.rpartition('/')[2]} {remedy}" for name in before
    )
    assert published(tmp_path / "share") == before
    (tmp_path / "share" / before[0]).unlink()
    redact.folder(card, tmp_path / "share", other)
    assert len(published(tmp_path / "share")) == len(before)


@pytest.mark.parametrize("names", ["random", "serial"])
def test_what_was_published_under_its_own_name_is_not_published_beside_and_its_folder_takes_nothing_new(
    card: Path, tmp_path: Path, names: Names
) -> None:
    redact.folder(card, tmp_path / "share", policy("keep"))
    before = published(tmp_path / "share")
    badge_jpeg(card / "2024-05-06" / "new.jpg", orientation=8)
    report = redact.folder(card, tmp_path / "share", policy(names))
    (new,) = set(published(tmp_path / "share")) - set(before)
    assert "2024" not in new
    assert sum("another policy" in (receipt.error or "") for receipt in report) == 4


def test_what_was_published_in_two_settings_is_found_again_in_each(tmp_path: Path) -> None:
    source = badge_jpeg(tmp_path / "card" / "a.jpg")
    policies = [redact.Policy(hide={}, keep=frozenset(keep), names="serial") for keep in ((), ("time",))]
    for number, each in enumerate(policies, 1):
        (receipt,) = redact.folder(source, tmp_path / str(number), each)
        assert receipt.target is not None
        (tmp_path / "share").mkdir(exist_ok=True)
        receipt.target.rename(tmp_path / "share" / f"{number:06}.jpg")
    for number, each in enumerate(policies, 1):
        (again,) = redact.folder(source, tmp_path / "share", each)
        assert (again.target, again.checks) == (tmp_path / "share" / f"{number:06}.jpg", ())


def test_another_card_goes_into_the_same_folder_without_taking_a_name(card: Path, tmp_path: Path) -> None:
    redact.folder(card, tmp_path / "share", SERIAL)
    badge_jpeg(tmp_path / "other" / "z.jpg", orientation=8)
    assert redact.folder(tmp_path / "other", tmp_path / "share", SERIAL).ok
    assert "000005.jpg" in published(tmp_path / "share")


def test_a_number_that_somebody_else_gave_is_not_given_again(card: Path, tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "000041.jpg").write_text("mine")
    redact.folder(card, tmp_path / "share", SERIAL)
    assert (tmp_path / "share" / "000041.jpg").read_text() == "mine"
    assert "000045.jpg" in published(tmp_path / "share")


def test_a_number_that_something_else_has_is_passed_over(card: Path, tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "0001").write_text("mine")
    (tmp_path / "share" / "000002.jpg").mkdir()
    (tmp_path / "share" / "999999999999999999.jpg").write_text("mine")
    report = redact.folder(card, tmp_path / "share", SERIAL)
    assert sum(receipt.ok for receipt in report) == 4
    assert {name.partition("/")[0] for name in published(tmp_path / "share")} >= {"0001", "0002"}


def test_names_differ_in_more_than_the_size_of_letters(tmp_path: Path) -> None:
    for name in ("a.jpg", "A.JPG", "a.JPG"):
        badge_jpeg(tmp_path / "card" / name)
    for names in ("random", "serial"):
        redact.folder(tmp_path / "card", tmp_path / names, policy(names))
        assert len({name.lower() for name in published(tmp_path / names)}) == 3


def test_a_suffix_that_says_no_format_is_left_out(tmp_path: Path) -> None:
    badge_jpeg(tmp_path / "card" / "a.jpg").rename(tmp_path / "card" / "a.51,5074N")
    for names in ("random", "serial"):
        redact.folder(tmp_path / "card", tmp_path / names, policy(names))
    assert published(tmp_path / "serial") == ["000001"]
    assert re.fullmatch(TOKEN, published(tmp_path / "random")[0])


@pytest.mark.parametrize("names", ["random", "serial"])
def test_neither_manifest_nor_journal_hold_an_old_name(
    card: Path, tmp_path: Path, private_state: Path, names: Names
) -> None:
    redact.folder(card, tmp_path / "share", policy(names))
    written = (tmp_path / "share" / MANIFEST).read_text() + (private_state / "redact" / "journal.jsonl").read_text()
    for old in ("2024-05", "/deep/", '"z.jpg', "a.JPG", "README", "a.SRT"):
        assert old not in written


@pytest.mark.parametrize("names", ["random", "serial"])
def test_without_a_journal_no_name_is_given_that_the_next_run_would_not_know(
    card: Path, tmp_path: Path, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/nowhere")
    with pytest.raises(PolicyError, match="names need a journal: set XDG_STATE_HOME"):
        redact.folder(card, tmp_path / "share", policy(names))
    assert not (tmp_path / "share").exists()


@pytest.mark.parametrize("names", ["random", "serial"])
def test_one_file_is_named_like_a_tree_of_one(card: Path, tmp_path: Path, names: Names) -> None:
    (receipt,) = redact.folder(card / "z.jpg", tmp_path / "share", policy(names))
    assert receipt.ok
    assert receipt.target is not None
    assert receipt.target.name != "z.jpg"
    assert receipt.attention == ()


@pytest.mark.parametrize("names", ["random", "serial"])
def test_nothing_is_published_through_a_link_in_the_output_folder(card: Path, tmp_path: Path, names: Names) -> None:
    redact.folder(card, tmp_path / "share", policy(names))
    folder = next(path for path in sorted((tmp_path / "share").iterdir()) if path.is_dir())
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    before = published(tmp_path / "elsewhere")
    report = redact.folder(card, tmp_path / "share", policy(names))
    assert sum(receipt.ok for receipt in report) == 4
    assert published(tmp_path / "elsewhere") == before


def test_kept_names_are_the_tree_as_it_is(card: Path, tmp_path: Path) -> None:
    report = redact.folder(card, tmp_path / "share", policy("keep"))
    copies = [(receipt.source.relative_to(card), receipt.target) for receipt in report if receipt.ok]
    assert len(copies) == 4
    assert all(target == tmp_path / "share" / name for name, target in copies)


def test_a_kept_name_that_tells_is_flagged_on_the_receipt_and_in_the_manifest(card: Path, tmp_path: Path) -> None:
    badge_jpeg(card / "N51.5074 W0.1278.jpg")
    report = redact.folder(card, tmp_path / "share", redact.Policy(hide={}))
    told = {receipt.source.name: receipt.attention for receipt in report if receipt.ok}
    assert told["z.jpg"] == ()
    assert told["N51.5074 W0.1278.jpg"] == (Flag("name-tells-place", "file"),)
    assert told["b.jpeg"] == (Flag("name-tells-time", "folder"),)
    files = json.loads((tmp_path / "share" / MANIFEST).read_text())["files"]
    assert [flag["code"] for flag in files["N51.5074 W0.1278.jpg"]["attention"]] == ["name-tells-place"]
