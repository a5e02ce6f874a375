"""What was given is painted, there and nowhere else; who was not listed is not published."""

from __future__ import annotations

import dataclasses
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

import redact
from redact import regions
from redact.checks.second_look import UNSEEN
from redact.cli import main
from redact.measuring import sizes
from redact.model import Box, Findings, Image, Polygon, Region, Track
from tests.conftest import SAMPLES, InstallPlugin, badge_jpeg, badge_picture

BOX = Box(96, 64, 128, 96)
HIDE_BADGE = redact.Policy(hide={"badge": redact.Fill()})


def still(*places: Region, size: tuple[int, int] = (160, 120), label: str = "badge") -> Findings:
    return Findings(tracks=tuple(Track(label, {0: place}) for place in places), frames=1, size=size)


def png(path: Path, picture: Image | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(1).integers(0, 256, (120, 160, 3), np.uint8)
    Pillow.fromarray(noise if picture is None else picture).save(path)
    return path


def pixels(path: Path) -> NDArray[np.uint8]:
    with Pillow.open(path) as picture:
        return np.array(picture.convert("RGB"))


def clip(path: Path, frames: int = 12) -> Path:
    """Frames of coarse noise, each another."""
    random = np.random.default_rng(2)
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=10, options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for index in range(frames):
            noise = random.integers(60, 196, (30, 40, 3), np.uint8).repeat(4, axis=0).repeat(4, axis=1)
            frame = av.VideoFrame.from_ndarray(noise, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 10)
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    return path


def shown(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False) for frame in film.decode(video=0)]


def test_exactly_what_was_given_is_painted_without_any_detector_for_the_label(tmp_path: Path) -> None:
    source = png(tmp_path / "a.png")
    outline = Polygon(((10, 10), (60, 10), (10, 60)))
    given = redact.Regions({"a.png": still(BOX, outline)})
    receipt = redact.Redactor(HIDE_BADGE, given).file(source, tmp_path / "share" / "a.png").raise_for_status()
    before, after = pixels(source), pixels(tmp_path / "share" / "a.png")
    changed = (before != after).any(axis=2)
    assert (after[64:96, 96:128] == 0).all()
    assert (after[11:30, 11:30] == 0).all()
    changed[64:96, 96:128] = False
    changed[8:62, 8:62] = False
    assert not changed.any()
    assert (before[45:62, 45:62] == after[45:62, 45:62]).all(), "the other half of the outline's bounds is left alone"
    assert receipt.hidden == {"badge": 2}


def test_the_receipt_tells_that_nobody_looked(tmp_path: Path) -> None:
    source = png(tmp_path / "a.png")
    receipt = redact.Redactor(HIDE_BADGE, redact.Regions({"a.png": still(BOX)})).file(source, tmp_path / "b.png")
    assert receipt.origin == "given"
    assert {check.name: check.detail for check in receipt.checks}["second look"] == UNSEEN
    assert redact.Redactor(redact.Policy(hide={})).file(source, tmp_path / "c.png").origin == "found"


def test_what_reaches_beyond_the_frame_is_painted_up_to_its_border(tmp_path: Path) -> None:
    source = png(tmp_path / "a.png")
    outline = Polygon(((-100, 50), (50, -100), (100, 100)))
    given = redact.Regions({"a.png": still(outline, Box(150, 110, 400, 400))})
    redact.Redactor(HIDE_BADGE, given).file(source, tmp_path / "b.png").raise_for_status()
    after = pixels(tmp_path / "b.png")
    assert (after[0, 0] == 0).all(), "a corner of the frame that lies inside the outline"
    assert (after[110:, 150:] == 0).all()


@pytest.mark.parametrize(
    ("listed", "problem"),
    [
        ({}, "a.png is not listed"),
        ({"b.png": still(BOX)}, "a.png is not listed"),
        ({"a.png": still(BOX, size=(160, 121))}, "is not 160 x 121 pixels"),
        ({"a.png": still(BOX, size=(200, 300))}, "is not 200 x 300 pixels"),
        ({"a.png": Findings(tracks=(), frames=2, size=(160, 120))}, "does not have 2 frames"),
    ],
)
def test_a_file_that_is_not_the_one_that_was_listed_is_not_published(
    listed: dict[str, Findings], problem: str, tmp_path: Path
) -> None:
    source = png(tmp_path / "a.png")
    receipt = redact.Redactor(HIDE_BADGE, redact.Regions(listed)).file(source, tmp_path / "share" / "a.png")
    assert receipt.status == "failed"
    assert problem in (receipt.error or "")
    assert not (tmp_path / "share" / "a.png").exists()


def test_a_clip_is_painted_in_the_frames_that_are_given_and_in_no_other(tmp_path: Path) -> None:
    source = clip(tmp_path / "a.mp4")
    frames = {2: BOX, 3: BOX, 9: Box(16, 16, 48, 48)}
    found = Findings(tracks=(Track("badge", frames),), frames=12, size=(160, 120))
    receipt = redact.Redactor(HIDE_BADGE, redact.Regions({"a.mp4": found})).file(source, tmp_path / "b.mp4")
    receipt.raise_for_status()
    before, after = shown(source), shown(tmp_path / "b.mp4")
    assert len(before) == len(after) == 12
    for index, (one, other) in enumerate(zip(before, after, strict=True)):
        for place in (BOX, Box(16, 16, 48, 48)):
            rows, columns = slice(int(place.top), int(place.bottom)), slice(int(place.left), int(place.right))
            dark = other[rows, columns].mean() < 20
            assert dark == (frames.get(index) == place)
            if not dark:
                assert np.abs(one[rows, columns].astype(int) - other[rows, columns]).mean() < 12
    assert "nobody looked" in {check.name: check.detail for check in receipt.checks}["second look"]


@pytest.mark.parametrize("frames", [11, 13])
def test_a_clip_of_another_length_is_not_published(frames: int, tmp_path: Path) -> None:
    source = clip(tmp_path / "a.mp4")
    given = redact.Regions({"a.mp4": Findings(frames=frames, size=(160, 120))})
    receipt = redact.Redactor(HIDE_BADGE, given).file(source, tmp_path / "b.mp4")
    assert f"does not have {frames} frames" in (receipt.error or "")
    assert not (tmp_path / "b.mp4").exists()


def test_a_label_that_the_policy_does_not_hide_is_an_error_before_anything_is_done(tmp_path: Path) -> None:
    given = redact.Regions({"a.png": still(BOX, label="tattoo")})
    with pytest.raises(redact.PolicyError, match=r"'tattoo', which the policy does not hide"):
        redact.folder(png(tmp_path / "card" / "a.png").parent, tmp_path / "share", HIDE_BADGE, regions=given)
    assert not (tmp_path / "share").exists()


def test_regions_of_files_say_nothing_of_an_array() -> None:
    with pytest.raises(redact.PolicyError, match="image"):
        redact.Redactor(HIDE_BADGE, redact.Regions({})).image(badge_picture())


def test_no_detector_is_loaded_where_nobody_looks(install_plugin: InstallPlugin, tmp_path: Path) -> None:
    install_plugin("redact-broken", "raise SystemExit('loaded')\n", {"badge": "Badge"})
    given = redact.Regions({"a.png": still(BOX)})
    redact.Redactor(HIDE_BADGE, given).file(png(tmp_path / "a.png"), tmp_path / "b.png").raise_for_status()
    with pytest.raises(redact.PluginError):
        redact.Redactor(HIDE_BADGE, dataclasses.replace(given, use="besides"))


def test_besides_what_is_found_both_are_painted_also_of_a_label_that_nobody_offers(
    badge_plugin: str, tmp_path: Path
) -> None:
    policy = redact.Policy(hide={badge_plugin: redact.Fill(), "scar": redact.Fill((9, 9, 9))})
    listed = {"a.png": still(BOX, label="scar")}
    source = png(tmp_path / "a.png", badge_picture())
    other = png(tmp_path / "c.png", badge_picture())
    redactor = redact.Redactor(policy, redact.Regions(listed, use="besides"))
    receipt = redactor.file(source, tmp_path / "b.png").raise_for_status()
    after = pixels(tmp_path / "b.png")
    assert (after[64:96, 96:128] == 9).all()
    assert (after[35:65, 45:75] == 0).all()
    assert (receipt.hidden, receipt.origin) == ({"badge": 1, "scar": 1}, "found and given")
    unlisted = redactor.file(other, tmp_path / "d.png")
    assert unlisted.status == "failed"
    assert "no detector looks for scar" in (unlisted.error or "")


def test_besides_what_is_found_a_file_that_is_not_listed_is_looked_at_alone(badge_plugin: str, tmp_path: Path) -> None:
    listed = {"a.png": still(BOX, label=badge_plugin)}
    other = png(tmp_path / "c.png", badge_picture())
    redactor = redact.Redactor(HIDE_BADGE, redact.Regions(listed, use="besides"))
    assert redactor.file(other, tmp_path / "d.png").raise_for_status().origin == "found"


def test_where_no_detector_is_left_besides_nobody_looked(tmp_path: Path) -> None:
    policy = redact.Policy(hide={"scar": redact.Fill()})
    given = redact.Regions({"a.png": still(BOX, label="scar")}, use="besides")
    redactor = redact.Redactor(policy, given)
    assert redactor.file(png(tmp_path / "a.png"), tmp_path / "b.png").origin == "given"
    assert redactor.file(png(tmp_path / "c.png"), tmp_path / "d.png").status == "failed"


def test_a_name_besides_that_is_in_no_folder_is_an_error(badge_plugin: str, tmp_path: Path) -> None:
    png(tmp_path / "card" / "a.png")
    given = redact.Regions({"a.pgn": still(BOX)}, use="besides")
    with pytest.raises(redact.PolicyError, match=r"'a\.pgn', which is not in the source folder"):
        redact.folder(tmp_path / "card", tmp_path / "share", HIDE_BADGE, regions=given)


def test_workers_and_lent_executors_paint_the_same(tmp_path: Path) -> None:
    listed = {}
    for number in range(3):
        png(tmp_path / "card" / f"sub{number}" / "a.png")
        listed[f"sub{number}/a.png"] = still(Box(10 * number, 0, 10 * number + 20, 20))
    given = redact.Regions(listed)
    alone = redact.folder(tmp_path / "card", tmp_path / "one", HIDE_BADGE, regions=given)
    shutil.rmtree(tmp_path / "one")
    with ThreadPoolExecutor(1) as executor:
        from redact import batch

        lent = batch.folder(tmp_path / "card", tmp_path / "two", HIDE_BADGE, regions=given, executor=executor)
    shared = redact.folder(tmp_path / "card", tmp_path / "three", HIDE_BADGE, regions=given, workers=2)
    assert alone.ok
    assert [each.sha256 for each in alone] == [each.sha256 for each in lent] == [each.sha256 for each in shared]
    assert {each.origin for each in shared} == {"given"}


def test_a_run_goes_on_with_the_same_regions_and_not_with_others(tmp_path: Path) -> None:
    png(tmp_path / "card" / "a.png")
    card, share = tmp_path / "card", tmp_path / "share"
    given = redact.Regions({"a.png": still(BOX)})
    assert redact.folder(card, share, HIDE_BADGE, regions=given).ok
    (again,) = redact.folder(card, share, HIDE_BADGE, regions=given)
    assert (again.ok, again.checks, again.origin) == (True, (), "given")
    (other,) = redact.folder(card, share, HIDE_BADGE, regions=redact.Regions({"a.png": still(BOX, BOX.shifted(5, 5))}))
    assert other.status == "failed"
    manifest = json.loads((share / "redact-manifest.json").read_text())
    assert manifest["files"]["a.png"]["regions"] == "given"


def test_a_scan_is_written_edited_and_painted_as_a_look_would_have(
    badge_plugin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = tmp_path / "card"
    badge_jpeg(card / "sub" / "a.jpg", orientation=6)
    shutil.copy(SAMPLES / "turned.mov", card / "turned.mov")
    (card / "notes.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nhere\n")
    file = tmp_path / "found.json"
    hide = ["--hide", f"{badge_plugin}=fill"]
    assert main(["scan", str(card), *hide, "--regions", str(file)]) == 1
    found = regions.load(file)
    assert {name: (each.frames > 1, len(each.tracks)) for name, each in found.files.items()} == {
        "sub/a.jpg": (False, 1),
        "turned.mov": (True, len(found.files["turned.mov"].tracks)),
    }
    assert "12.3" not in file.read_text()
    assert main(["scan", str(card), *hide, "--regions", str(file)]) == 2, "what was edited is not overwritten"
    assert main(["run", str(card), str(tmp_path / "look"), *hide]) == 0
    assert main(["run", str(card), str(tmp_path / "given"), *hide, "--regions", str(file)]) == 0
    for name in found.files:
        assert (tmp_path / "look" / name).read_bytes() == (tmp_path / "given" / name).read_bytes()
    (track,) = found.files["sub/a.jpg"].tracks
    edited = dataclasses.replace(found.files["sub/a.jpg"], tracks=(track, Track("badge", {0: Box(0, 0, 16, 16)})))
    regions.save(regions.Regions({**found.files, "sub/a.jpg": edited}), tmp_path / "edited.json")
    assert main(["run", str(card), str(tmp_path / "more"), *hide, "--regions", str(tmp_path / "edited.json")]) == 0
    before, after = (pixels(tmp_path / each / "sub" / "a.jpg") for each in ("given", "more"))
    changed = (before != after).any(axis=2)
    assert changed.any()
    rows, columns = np.nonzero(changed)
    # A coded unit of the turned picture, and the part of one that the picture ends in.
    assert (rows.max() - rows.min() < 24, columns.max() - columns.min() < 24) == (True, True)
    capsys.readouterr()


@pytest.mark.parametrize("layout", ["coco", "yolo", "cvat"])
def test_what_other_tools_wrote_is_painted_too(layout: str, badge_plugin: str, tmp_path: Path) -> None:
    card = tmp_path / "card"
    png(card / "sub" / "a.png", badge_picture())
    clip(card / "b.mp4")
    hide = ["--hide", f"{badge_plugin}=fill"]
    place = str(tmp_path / "found")
    assert main(["scan", str(card), *hide, "--regions", place, "--regions-format", layout]) == 1
    assert main(["run", str(card), str(tmp_path / "share"), *hide, "--regions", place]) == 0
    after = pixels(tmp_path / "share" / "sub" / "a.png")
    assert (after[30:70, 40:80] == 0).all()
    assert main(["run", str(card), str(tmp_path / "both"), *hide, "--regions", f"+{place}"]) == 0


def test_sizes_are_upright_and_of_what_has_frames(tmp_path: Path) -> None:
    badge_jpeg(tmp_path / "sub" / "turned.jpg", orientation=6)
    clip(tmp_path / "b.mp4")
    (tmp_path / "c.jpg").write_bytes(b"\xff\xd8 damaged")
    (tmp_path / "d.gpx").write_text("<gpx/>")
    assert sizes(tmp_path) == {"b.mp4": (160, 120), "sub/turned.jpg": (120, 160)}
    assert sizes(tmp_path / "b.mp4") == {"b.mp4": (160, 120)}
