"""The command does what its first screen says, and its exit code means it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image as Pillow

from redact.cli import main
from redact.errors import UnsupportedFormatError
from redact.policy import KEEPABLE
from tests.conftest import InstallPlugin, badge_jpeg


def test_a_run_over_good_files_exits_0_and_tells_what_it_did(
    badge_plugin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    badge_jpeg(tmp_path / "card" / "a.jpg")
    assert main(["run", str(tmp_path / "card"), str(tmp_path / "share"), "--hide", f"{badge_plugin}=fill"]) == 0
    told = capsys.readouterr().out
    assert "redacted  a.jpg: hid 1 badge; dropped" in told
    assert "location" in told
    assert "1 of 1 files published" in told
    assert main(["verify", str(tmp_path / "share")]) == 0


def test_a_refused_file_exits_3_and_the_others_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    badge_jpeg(tmp_path / "card" / "a.jpg")
    (tmp_path / "card" / "b.txt").write_text("notes")
    assert main(["run", str(tmp_path / "card"), str(tmp_path / "share"), "--hide", "none"]) == 3
    assert "refused   b.txt" in capsys.readouterr().out
    assert (tmp_path / "share" / "a.jpg").exists()


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["publish"],
        ["run"],
        ["run", "SRC"],
        ["run", "SRC", "DST", "--workers", "0"],
        ["run", "SRC", "DST", "--workers", "many"],
        ["run", "SRC", "DST", "--verify", "no"],
        ["run", "SRC", "DST", "--names", "hash"],
        ["run", "SRC", "DST", "--sidecars", "copy"],
    ],
)
def test_nonsense_on_the_command_line_exits_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["run", "{card}", "{card}"],
        ["run", "{card}", "{card}/share"],
        ["run", "{card}/none", "{card}/../share"],
        ["run", "{card}", "{card}/../share", "--hide", "unicorn"],
        ["run", "{card}", "{card}/../share", "--hide", "face=paint"],
        ["run", "{card}", "{card}/../share", "--hide", "face,,plate"],
        ["run", "{card}", "{card}/../share", "--keep", "location"],
        ["run", "{card}", "{card}/../share", "--location", "coarsen:0km"],
        ["run", "{card}", "{card}/../share", "--policy", "{card}/none.toml"],
        ["scan", "{card}/none"],
        ["verify", "{card}"],
    ],
)
def test_a_request_that_makes_no_sense_exits_2_with_a_reason(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    badge_jpeg(tmp_path / "card" / "a.jpg")
    assert main([word.format(card=tmp_path / "card") for word in words]) == 2
    assert capsys.readouterr().err.startswith("redact: ")
    assert not list(tmp_path.rglob("share/*"))


def test_a_scan_exits_1_when_it_found_something_and_0_when_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    badge_jpeg(tmp_path / "card" / "a.jpg")
    assert main(["scan", str(tmp_path / "card"), "--hide", "none"]) == 1
    told = capsys.readouterr().out
    assert "GPSLatitude" in told
    assert "12.3" not in told
    assert main(["run", str(tmp_path / "card"), str(tmp_path / "share"), "--hide", "none"]) == 0
    (tmp_path / "share" / "redact-manifest.json").unlink()
    assert main(["scan", str(tmp_path / "share"), "--hide", "none"]) == 0


def test_a_scan_shows_a_table_with_what_would_stay_and_sidecars_and_totals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    badge_jpeg(tmp_path / "card" / "20240506.jpg", orientation=6)
    (tmp_path / "card" / "a.SRT").write_text("1\n00:00:00,000 --> 00:00:01,000\n[latitude: 12.345678]\n")
    assert main(["scan", str(tmp_path / "card"), "--hide", "none"]) == 1
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["kind", "name", "carrier", "times", "becomes"] in lines
    assert ["orientation", "Orientation", "EXIF", "IFD0", "1", "kept"] in lines
    assert ["location", "latitude", "SRT", "1", "dropped"] in lines
    assert ["time", "file", "name", "file", "name", "1", "stays"] in lines
    assert any(line[:3] == [f"{tmp_path}/card/:", "2", "files,"] for line in lines)
    assert "12.3" not in str(lines)


def test_a_folder_whose_name_tells_is_found_by_a_scan_but_not_the_root(tmp_path: Path) -> None:
    Pillow.new("RGB", (16, 16)).save(badge_jpeg(tmp_path / "2024-05-06" / "2024-05-07" / "a.jpg"))
    assert main(["scan", str(tmp_path / "2024-05-06"), "--hide", "none"]) == 1
    assert main(["scan", str(tmp_path / "2024-05-06" / "2024-05-07"), "--hide", "none"]) == 0
    assert main(["scan", str(tmp_path / "2024-05-06"), "--hide", "none", "--keep", "time"]) == 0


def test_a_file_of_which_no_copy_can_be_made_is_told_in_its_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise UnsupportedFormatError("cannot be made safe: leave it out")

    badge_jpeg(tmp_path / "a.jpg")
    monkeypatch.setattr("redact.formats.jpeg.Jpeg.strip", refuse)
    assert main(["scan", str(tmp_path), "--hide", "none"]) == 3
    told = capsys.readouterr().out
    assert "  no copy can be made: cannot be made safe: leave it out" in told
    assert "not copied" in told
    assert "dropped" not in told


def test_the_help_names_every_kind_that_can_be_kept(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    told = capsys.readouterr().out
    assert all(kind in told for kind in KEEPABLE)


def test_copies_with_other_names_are_told_beside_their_sources(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    badge_jpeg(tmp_path / "card" / "2024-05-06" / "a.jpg")
    badge_jpeg(tmp_path / "card" / "2024-05-06.jpg")
    card = str(tmp_path / "card")
    assert main(["run", card, str(tmp_path / "share"), "--hide", "none", "--names", "serial"]) == 0
    assert "2024-05-06/a.jpg -> 000001.jpg: " in capsys.readouterr().out
    assert "2024" not in (tmp_path / "share" / "redact-manifest.json").read_text()
    assert main(["run", card, str(tmp_path / "kept"), "--hide", "none"]) == 0
    assert "the file name tells a time: --names random gives another" in capsys.readouterr().out


def test_dropped_sidecars_are_told_and_exit_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    badge_jpeg(tmp_path / "card" / "a.jpg")
    (tmp_path / "card" / "a.SRT").write_text("1\n00:00:00,000 --> 00:00:01,000\n[latitude: 12.345678]\n")
    assert main(["run", str(tmp_path / "card"), str(tmp_path / "share"), "--hide", "none"]) == 0
    told = capsys.readouterr().out
    assert "dropped   a.SRT: sidecar; location" in told
    assert "1 of 2 files published; 1 dropped" in told


def test_options_change_a_policy_file(tmp_path: Path) -> None:
    badge_jpeg(tmp_path / "card" / "a.jpg")
    policy = tmp_path / "share.toml"
    policy.write_text('names = "random"\nlocation = "coarsen:5km"\n[hide]\n')
    words = ["run", str(tmp_path / "card"), str(tmp_path / "share"), "--policy", str(policy)]
    assert main([*words, "--names", "serial", "--sidecars", "strip", "--location", "drop"]) == 0
    assert (tmp_path / "share" / "000001.jpg").exists()
    (written,) = json.loads((tmp_path / "share" / "redact-manifest.json").read_text())["policies"].values()
    assert 'names = "serial"' in written
    assert 'sidecars = "strip"' in written
    assert "coarsen" not in written


def test_a_scan_names_what_is_in_a_file_whose_pictures_cannot_be_looked_at(
    tmp_path: Path, badge_plugin: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Pillow.new("RGB", (8, 8)).save(tmp_path / "a.gif", comment=b"near the bridge")
    (tmp_path / "b.jpg").write_bytes(b"\xff\xd8\xff")
    assert main(["scan", str(tmp_path), "--hide", badge_plugin]) == 3
    told = capsys.readouterr().out
    assert "comment" in told
    assert "not copied" in told
    assert "cannot be looked at" in told
    assert "1 that could not be read" in told


def test_a_scan_of_what_cannot_be_read_exits_3(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"")
    assert main(["scan", str(tmp_path), "--hide", "none"]) == 3


def test_verify_exits_5_when_a_shared_file_was_changed(tmp_path: Path) -> None:
    badge_jpeg(tmp_path / "card" / "a.jpg")
    main(["run", str(tmp_path / "card"), str(tmp_path / "share"), "--hide", "none"])
    badge_jpeg(tmp_path / "share" / "a.jpg")
    assert main(["verify", str(tmp_path / "share")]) == 5


def test_a_policy_file_is_followed(badge_plugin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    badge_jpeg(tmp_path / "card" / "a.jpg")
    policy = tmp_path / "share.toml"
    policy.write_text(f'keep = ["orientation"]\n[hide]\n{badge_plugin} = "pixelate"\n')
    assert main(["run", str(tmp_path / "card"), str(tmp_path / "share"), "--policy", str(policy)]) == 0
    assert "hid 1 badge" in capsys.readouterr().out


def test_names_cannot_write_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    badge_jpeg(tmp_path / "card" / "a\x1b[2J\n[red].jpg")
    assert main(["run", str(tmp_path / "card"), str(tmp_path / "share"), "--hide", "none"]) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert r"a\x1b[2J\n[red].jpg" in told


def test_names_that_the_terminal_cannot_show_stop_nothing(tmp_path: Path) -> None:
    for name in ("a-é.jpg", "b.jpg"):
        badge_jpeg(tmp_path / "card" / name)
    command = [sys.executable, "-m", "redact", "run", "card", "share", "--hide", "none"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert "2 of 2 files published" in done.stdout


def test_a_run_that_is_terminated_leaves_nothing_unverified(install_plugin: InstallPlugin, tmp_path: Path) -> None:
    badge_jpeg(tmp_path / "card" / "a.jpg")
    waiting = "import os, signal, time\nclass Detector:\n    def detect(self, image):\n"
    waiting += "        os.kill(os.getpid(), signal.SIGTERM)\n        time.sleep(20)\n        return []\n"
    install_plugin("redact-slow", waiting, {"slow": "Detector"})
    command = [sys.executable, "-m", "redact", "run", "card", "share", "--hide", "slow"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 130, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"card", "share"}
    assert [path.name for path in (tmp_path / "share").iterdir()] == ["redact-manifest.json"]


def test_detectors_are_listed_with_their_models(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detectors"]) == 0
    told = capsys.readouterr().out
    for word in ("face", "plate", "coordinates", "text", "redact-share", "centerface", "MIT", "Apache-2.0"):
        assert word in told


def test_the_doctor_finds_this_installation_well(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor"])
    told = capsys.readouterr().out
    assert code == 0, told
    assert "libx264" in told
    assert "sha256" in told


def test_the_doctor_asks_for_nothing_that_only_the_tests_need(capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor"])
    told = capsys.readouterr().out
    assert "numpy" in told
    assert "pytest" not in told
    assert "exifread" not in told


def test_a_plugin_that_does_not_load_is_listed_with_the_reason(
    install_plugin: InstallPlugin, capsys: pytest.CaptureFixture[str]
) -> None:
    install_plugin("redact-broken", "raise ImportError('no such thing')", {"broken": "Detector"})
    assert main(["detectors"]) == 4
    told = capsys.readouterr().out
    assert "does not load" in told
    assert "face" in told


def test_a_label_can_be_added_to_the_default(
    badge_plugin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    badge_jpeg(tmp_path / "card" / "a.jpg")
    assert main(["run", str(tmp_path / "card"), str(tmp_path / "share"), "--hide", f"+{badge_plugin}=fill"]) == 0
    policy = next(iter(json.loads((tmp_path / "share" / "redact-manifest.json").read_text())["policies"].values()))
    assert all(label in policy for label in ("face", "plate", "coordinates", "badge"))


def test_one_file_is_told_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = badge_jpeg(tmp_path / "a.jpg")
    assert main(["run", str(source), str(tmp_path / "share"), "--hide", "none"]) == 0
    assert "redacted  a.jpg" in capsys.readouterr().out


def test_the_module_runs_as_the_command(tmp_path: Path) -> None:
    badge_jpeg(tmp_path / "card" / "a.jpg")
    command = [sys.executable, "-m", "redact", "run", "card", "share", "--hide", "none"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    assert "1 of 1 files published" in done.stdout
