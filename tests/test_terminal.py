"""Lines tell names and counts, and are lines whatever a file is called."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from redact.model import CODES, Check, Code, Field, Flag, Receipt, Report
from redact.terminal import Bars, audit_line, calls_for_attention, printable, receipt_line, summary_line
from redact.tree import Job

ROOT = Path("/card")
GPS = Field("GPSLatitude", "location", "EXIF GPS IFD")
PASSED = (Check("structure", passed=True),)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain.jpg", "plain.jpg"),
        ("a\nb\x1b[31m", r"a\nb\x1b[31m"),
        ("caf\udce9", r"caf\xe9"),
        ("\u202egpj", r"\u202egpj"),
    ],
)
def test_names_move_no_cursor(name: str, shown: str) -> None:
    assert printable(name) == shown


def test_a_published_file_tells_what_was_hidden_and_dropped() -> None:
    receipt = Receipt(ROOT / "a.jpg", Path("a.jpg"), "redacted", (GPS, GPS), {"face": 2, "plate": 1}, checks=PASSED)
    assert receipt_line(receipt, ROOT) == "redacted  a.jpg: hid 2 face, 1 plate; dropped 2 location"


def test_a_clean_file_tells_its_name_alone() -> None:
    assert receipt_line(Receipt(ROOT / "a.jpg", Path("a.jpg"), "clean", checks=PASSED), ROOT) == "clean     a.jpg"


def test_a_copy_with_another_name_is_told_beside_its_source() -> None:
    receipt = Receipt(ROOT / "d" / "a.jpg", Path("share/0001/00\n0001.jpg"), "redacted", (GPS,), checks=PASSED)
    assert receipt_line(receipt, ROOT) == r"redacted  d/a.jpg -> 00\n0001.jpg: dropped 1 location"


def test_a_file_published_before_says_so() -> None:
    assert receipt_line(Receipt(ROOT / "a.jpg", Path("a.jpg"), "clean"), ROOT).endswith("published before")


def test_a_failed_file_tells_why_on_one_line() -> None:
    line = receipt_line(Receipt(ROOT / "d" / "a.jpg", None, "failed", error="cut\nshort", exit_code=3), ROOT)
    assert line == r"failed    d/a.jpg: cut\nshort"


def test_the_summary_counts_by_what_became_of_the_files() -> None:
    receipts = [Receipt(ROOT / "a", Path("a"), "clean"), Receipt(ROOT / "c", None, "refused", error="no", exit_code=3)]
    assert summary_line(Report(tuple(receipts))) == "1 of 2 files published; 1 refused"


def test_a_dropped_sidecar_tells_the_kinds_of_what_was_in_it() -> None:
    fields = (GPS, GPS, Field("when", "time", "SRT"), Field("pitch", "telemetry", "SRT"))
    line = receipt_line(Receipt(ROOT / "clip.SRT", None, "dropped", fields), ROOT)
    assert line == "dropped   clip.SRT: sidecar; location, telemetry, time"


def test_what_calls_for_attention_ends_the_line_and_is_counted() -> None:
    flags = (Flag("name-tells-place", "file"), Flag("name-tells-time", "file"), Flag("name-tells-time", "folder", 2))
    receipt = Receipt(ROOT / "a.jpg", Path("a.jpg"), "clean", checks=PASSED, attention=flags)
    assert receipt_line(receipt, ROOT) == (
        "clean     a.jpg: the file name tells a place and a time: --names random gives another; "
        "the folder name tells a time: --names random gives another"
    )
    sidecar = Receipt(ROOT / "a.srt", None, "dropped")
    assert summary_line(Report((receipt, sidecar))) == (
        "1 of 2 files published; 1 dropped; attention: 1 published under a name that tells a place or a time"
    )


def test_what_to_look_at_is_one_text_on_the_line_and_counted_by_code() -> None:
    flags = (Flag("at-border", "face"), Flag("near-threshold", "face", 2), Flag("small", "pl\nate"))
    line = receipt_line(Receipt(ROOT / "a", Path("a"), "redacted", hidden={"face": 3}, attention=flags), ROOT)
    assert line.endswith(r"; look at 1 face at the border, 2 face hardly sure, 1 pl\nate very small")
    others = [Receipt(ROOT / "b", Path("b"), "clean", attention=flags[:1]), Receipt(ROOT / "c", Path("c"), "clean")]
    report = Report((Receipt(ROOT / "a", Path("a"), "clean", attention=flags), *others))
    assert summary_line(report) == "3 of 3 files published; look at 2: 2 at-border, 1 small, 1 near-threshold"


@pytest.mark.parametrize("code", CODES)
def test_every_flag_has_a_text(code: Code) -> None:
    line = receipt_line(Receipt(ROOT / "a", Path("a"), "clean", checks=PASSED, attention=(Flag(code, "file"),)), ROOT)
    assert "file" in line


def test_only_what_is_more_than_a_notice_stands_out() -> None:
    assert calls_for_attention([Flag("near-threshold", "face"), Flag("at-border", "face", 9)])
    assert not calls_for_attention([Flag("near-threshold", "face")])


def test_an_audited_file_is_right_or_wrong_and_why() -> None:
    assert audit_line("a", PASSED) == "right     a"
    assert (
        audit_line("a", [Check("unchanged", passed=False, detail="other bytes")])
        == "wrong     a: unchanged: other bytes"
    )


def test_lines_go_to_their_file_while_bars_are_watched_on_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    log = io.StringIO()
    with Bars(ROOT, 1, Console(file=log, force_terminal=False)) as bars:
        bars.begin(Job(ROOT / "a.mp4", Path("a.mp4")))
        bars.end(Receipt(ROOT / "a.mp4", Path("a.mp4"), "clean", checks=PASSED))
    assert log.getvalue() == "clean     a.mp4\n"
    drawn = capsys.readouterr().err
    assert "files" in drawn
    assert "clean" not in drawn


def test_no_bar_is_drawn_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(file=io.StringIO())
    with Bars(ROOT, 1, console) as bars:
        bars.begin(Job(ROOT / "a.mp4", Path("a.mp4")))
        for done in range(1, 200):
            bars.frames(done)
        bars.end(Receipt(ROOT / "a.mp4", Path("a.mp4"), "clean", checks=PASSED))
    assert capsys.readouterr().err == ""
