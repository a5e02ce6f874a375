"""A scan as data holds names and counts, and no value."""

from __future__ import annotations

import json
from pathlib import Path, PurePath

import pytest

from redact.attention import named
from redact.cli import main
from redact.errors import DamagedFileError, RedactError
from redact.inventory import Inventory
from redact.model import CODES, Box, Field, Findings, Track
from redact.policy import Policy
from redact.scanning import Told, flags, rows
from tests.conftest import ROOT, InstallPlugin, badge_jpeg

GPS = Field("GPSLatitude", "location", "EXIF GPS IFD")
FOUND = Findings((GPS, GPS), (Track("face", {0: Box(0, 10, 50, 60)}),), 1, size=(100, 100))
POLICY = Policy(hide={})


def listed(path: str, found: Findings = FOUND) -> Inventory:
    every = Inventory()
    every.add(told(path, found))
    return every


def told(path: str, found: Findings = FOUND, problem: RedactError | None = None) -> Told:
    name = PurePath(path)
    return Told(Path(path), name, found, rows(found, (), POLICY), flags(found, name, POLICY), problem)


def test_a_file_is_told_by_names_and_counts() -> None:
    assert json.loads(listed("2024-05-06/a.jpg").text()) == {
        "scan": 1,
        "files": {
            "2024-05-06/a.jpg": {
                "sidecar": False,
                "frames": 1,
                "found": {"face": 1},
                "allowed": {},
                "metadata": [
                    {
                        "kind": "location",
                        "name": "GPSLatitude",
                        "carrier": "EXIF GPS IFD",
                        "times": 2,
                        "becomes": "dropped",
                    }
                ],
                "attention": [
                    {"code": "at-border", "severity": "warning", "label": "face", "count": 1},
                    {"code": "name-tells-time", "severity": "warning", "label": "folder", "count": 1},
                ],
            }
        },
    }


def test_what_could_not_be_looked_at_says_why() -> None:
    every = Inventory()
    every.add(told("a.jpg", problem=DamagedFileError("no copy")))
    every.add(Told(Path("b.jpg"), PurePath("b.jpg"), problem=DamagedFileError("b.jpg is cut short")))
    files = json.loads(every.text())["files"]
    assert files["b.jpg"] == {"problem": {"exit_code": 3, "message": "b.jpg is cut short"}}
    assert files["a.jpg"]["found"] == {"face": 1}
    assert files["a.jpg"]["problem"]["message"] == "no copy"


@pytest.mark.parametrize("name", ["a\udce9.jpg", "é\n\x1b[2J.jpg", '"].jpg'])
def test_any_name_makes_plain_ascii(name: str) -> None:
    text = listed(name).text()
    assert text.isascii()
    assert list(json.loads(text)["files"]) == [name]


def test_a_gate_is_shut_by_the_flags_it_names_alone() -> None:
    assert listed("a.jpg").raised(named(["at-border"]))
    assert not listed("a.jpg").raised(named(["small"]))
    assert not Inventory().raised(named(["notice"]))


def test_names_that_are_changed_and_sidecars_that_are_dropped_raise_no_flag() -> None:
    told = PurePath("2024-05-06/N51.5074 W0.1278.jpg")
    empty = Findings()
    assert [flag.code for flag in flags(empty, told, POLICY)] == ["name-tells-place", "name-tells-time"]
    assert flags(empty, told, Policy(hide={}, names="random")) == ()
    assert flags(Findings(dropped=True), told, POLICY) == ()


@pytest.fixture
def unsure(install_plugin: InstallPlugin) -> str:
    """The label of a detector that is not sure of what it finds."""
    source = (ROOT / "samples" / "redact-badge" / "redact_badge.py").read_text()
    install_plugin(
        "redact-unsure", source.replace(" filled)", ' filled, ("near-threshold",))'), {"badge": "BadgeDetector"}
    )
    return "badge"


@pytest.mark.parametrize(
    ("gate", "code"),
    [("near-threshold", 1), ("small,notice", 1), ("small,warning", 0), ("small,at-border", 0), ("none", 0)],
)
def test_a_gate_decides_the_exit_code_of_a_scan_and_of_a_run(unsure: str, gate: str, code: int, tmp_path: Path) -> None:
    source = str(badge_jpeg(tmp_path / "card" / "a.jpg").parent)
    assert main(["scan", source, "--hide", unsure, "--fail-on", gate]) == code
    for _ in ("published now", "published before"):
        assert main(["run", source, str(tmp_path / "share"), "--hide", unsure, "--fail-on", gate]) == code
    assert (tmp_path / "share" / "a.jpg").exists()


def test_without_a_gate_flags_change_no_exit_code(
    unsure: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = str(badge_jpeg(tmp_path / "card" / "a.jpg").parent)
    assert main(["run", source, str(tmp_path / "share"), "--hide", unsure]) == 0
    told = capsys.readouterr().out
    assert "; look at 1 badge hardly sure" in told
    assert told.endswith("1 of 1 files published; look at 1: 1 near-threshold\n")


def test_a_file_that_cannot_be_read_outweighs_a_gate(unsure: str, tmp_path: Path) -> None:
    badge_jpeg(tmp_path / "card" / "a.jpg")
    (tmp_path / "card" / "b.jpg").write_bytes(b"\xff\xd8\xff")
    assert main(["scan", str(tmp_path / "card"), "--hide", unsure, "--fail-on", "notice"]) == 3


def test_an_unknown_flag_stops_a_run_before_it_begins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = str(badge_jpeg(tmp_path / "card" / "a.jpg").parent)
    for words in (["scan", source], ["run", source, str(tmp_path / "share")]):
        assert main([*words, "--hide", "none", "--fail-on", "smal"]) == 2
        told = capsys.readouterr().err
        assert all(code in told for code in CODES)
    assert not (tmp_path / "share").exists()


def test_a_scan_as_data_goes_to_a_new_file_or_alone_to_the_output(
    unsure: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = str(badge_jpeg(tmp_path / "card" / "a.jpg").parent)
    place = tmp_path / "scan.json"
    assert main(["scan", source, "--hide", unsure, "--json", str(place)]) == 1
    assert "GPSLatitude" in capsys.readouterr().out
    assert main(["scan", source, "--hide", unsure, "--json", "-"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out) == json.loads(place.read_text())
    assert "a.jpg: " in told.err
    (entry,) = json.loads(told.out)["files"].values()
    assert entry["found"] == {"badge": 1}
    assert [flag["code"] for flag in entry["attention"]] == ["near-threshold"]
    assert "12.3" not in told.out
    assert "SERIAL-CANARY" not in told.out


def test_an_original_is_never_taken_for_the_file_to_write(tmp_path: Path) -> None:
    source = badge_jpeg(tmp_path / "card" / "a.jpg")
    before = source.read_bytes()
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "nowhere.json")
    for place in (source, link, tmp_path / "no" / "folder.json"):
        assert main(["scan", str(tmp_path / "card"), "--hide", "none", "--json", str(place)]) == 2
    assert source.read_bytes() == before
    assert not (tmp_path / "nowhere.json").exists()
