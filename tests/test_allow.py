"""From the policy to the published file: what is allowed stays visible, is listed, and covers for nothing else."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageOps

import redact
from redact import Allow, Policy, Receipt, batch
from redact.audit import audit
from redact.cli import main
from redact.errors import PolicyError
from redact.redactor import Redactor
from redact.report import MANIFEST
from tests.badges import filmed, frames_of, install_embedder, opened, references, saved, shows, worn
from tests.conftest import InstallPlugin

HIDE = {"badge": redact.Fill((0, 0, 255))}
LEFT, RIGHT = (40, 80), (200, 80)
LEFT_HALF = (0.0, 0.0, 0.5, 1.0)
BOTH = {LEFT: "anna", RIGHT: "bert"}


@pytest.fixture(autouse=True)
def detector(badge_plugin: str) -> str:
    return badge_plugin


@pytest.fixture
def embedder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_embedder(tmp_path / "ink", monkeypatch)
    references(tmp_path / "people" / "anna", "anna")
    monkeypatch.chdir(tmp_path)


def policy(*entries: Allow) -> Policy:
    return Policy(hide=HIDE, allow=entries)


def shared(source: Path, *entries: Allow) -> Receipt:
    """The receipt of a copy under an entry."""
    receipt = redact.file(source, source.parent / "share" / source.name, policy(*entries))
    assert receipt.ok, receipt.error
    return receipt


def copy(receipt: Receipt) -> Path:
    assert receipt.target is not None
    return receipt.target


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_a_badge_in_the_area_stays_and_the_other_is_covered(tmp_path: Path, name: str) -> None:
    receipt = shared(saved(tmp_path / name, worn(BOTH)), Allow("badge", "stage", area=LEFT_HALF))
    assert (receipt.hidden, receipt.allowed) == ({"badge": 1}, {"stage": {"badge": 1}})
    seen = opened(copy(receipt))
    assert (shows(seen, LEFT), shows(seen, RIGHT)) == (True, False)


def test_where_everything_is_allowed_the_pixels_are_the_sources(tmp_path: Path) -> None:
    source = saved(tmp_path / "a.jpg", worn({LEFT: "anna"}))
    receipt = shared(source, Allow("badge", area=LEFT_HALF))
    assert (receipt.hidden, receipt.allowed) == ({}, {"1": {"badge": 1}})
    assert np.array_equal(opened(copy(receipt)), opened(source))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_area_is_of_the_picture_as_it_is_shown(tmp_path: Path, orientation: int) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    source = tmp_path / "a.jpg"
    Pillow.fromarray(worn({LEFT: "anna"})).save(source, quality=95, exif=exif.tobytes())
    with Pillow.open(source) as coded:
        upright = np.asarray(ImageOps.exif_transpose(coded).convert("RGB")).astype(int)
    rows, columns = map(np.ndarray.tolist, np.nonzero((upright[..., 0] > 200) & (upright[..., 1] < 60)))
    height, width = upright.shape[:2]
    left, right = (min(columns) - 8) / width, (max(columns) + 9) / width
    top, bottom = (min(rows) - 8) / height, (max(rows) + 9) / height
    assert shared(source, Allow("badge", area=(left, top, right, bottom))).allowed
    elsewhere = (1 - right, 1 - bottom, 1 - left, 1 - top)
    assert not redact.scan(source, policy(Allow("badge", area=elsewhere))).allowed


def test_the_hidden_thing_is_painted_where_an_allowed_one_overlaps_it(
    install_plugin: InstallPlugin, tmp_path: Path
) -> None:
    """A name on the badge that is allowed: the name goes all the same, with all its pixels."""
    install_plugin("redact-writing", WRITING, {"writing": "Writing"})
    hide = {"badge": redact.Fill((0, 0, 255)), "writing": redact.Fill((0, 255, 0))}
    image = worn({LEFT: "anna"})
    clean = redact.image(image, Policy(hide=hide, allow=(Allow("badge", area=LEFT_HALF),)))
    alone = redact.image(image, Policy(hide={"writing": hide["writing"]}))
    assert np.array_equal(clean, alone)
    assert (clean == (0, 255, 0)).all(axis=2).sum() > 100
    receipt = redact.file(
        saved(tmp_path / "a.png", image),
        tmp_path / "share" / "a.png",
        Policy(hide=hide, allow=(Allow("badge", area=LEFT_HALF),)),
    )
    assert (receipt.hidden, receipt.allowed) == ({"writing": 1}, {"1": {"badge": 1}}), receipt.error


WRITING = """
import numpy as np
from redact import Box, Detection
class Writing:
    def detect(self, image):
        rows, columns = np.nonzero((image > 240).all(axis=2))
        if len(rows):
            yield Detection(Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1), "writing", 1.0)
"""


def test_pixels_without_a_file_know_areas_and_people_alone(embedder: None) -> None:
    image = worn(BOTH)
    for entry in (Allow("badge", area=LEFT_HALF), Allow("badge", faces="people/anna")):
        clean = redact.image(image, policy(entry))
        assert (shows(clean, LEFT), shows(clean, RIGHT)) == (True, False)
    for entry in (Allow("badge", file="**/a*"), Allow("badge", times=("00:00:00-00:00:10",))):
        clean = redact.image(image, policy(entry))
        assert (shows(clean, LEFT), shows(clean, RIGHT)) == (False, False)


def test_adding_an_entry_never_adds_paint(tmp_path: Path) -> None:
    image = worn(BOTH)
    painted = redact.image(image, policy())
    for area in (LEFT_HALF, (0.5, 0.0, 1.0, 1.0), (0.1, 0.3, 0.3, 0.6), (0.0, 0.0, 0.2, 1.0)):
        clean = redact.image(image, policy(Allow("badge", area=area)))
        changed = (clean != image).any(axis=2)
        assert not (changed & (painted == image).all(axis=2)).any()
        assert np.array_equal(clean[changed], painted[changed])


def test_in_a_clip_the_presenter_stays_and_who_walks_by_does_not(tmp_path: Path) -> None:
    """One badge stands at the left; another walks from the right into the allowed half."""
    frames = [worn({LEFT: "anna", (250 - 6 * step, 160): "bert"}) for step in range(30)]
    receipt = shared(filmed(tmp_path / "a.mp4", frames), Allow("badge", "presenter", area=LEFT_HALF))
    assert receipt.allowed == {"presenter": {"badge": 1}}
    seen = frames_of(copy(receipt))
    assert all(shows(image, LEFT) for image in seen)
    assert not any(shows(image, (250 - 6 * step, 160)) for step, image in enumerate(seen))


def test_in_a_clip_a_badge_is_shown_at_its_times_only(tmp_path: Path) -> None:
    source = filmed(tmp_path / "a.mp4", [worn({LEFT: "anna"})] * 30)
    receipt = shared(source, Allow("badge", "news", times=("00:00:01-00:00:02",)))
    assert (receipt.hidden, receipt.allowed) == ({"badge": 1}, {"news": {"badge": 1}})
    assert [shows(image, LEFT) for image in frames_of(copy(receipt))] == [10 <= index < 20 for index in range(30)]


def test_in_a_clip_the_one_on_the_pictures_is_shown_and_the_other_is_not(embedder: None, tmp_path: Path) -> None:
    source = filmed(tmp_path / "a.mp4", [worn(BOTH)] * 15)
    receipt = shared(source, Allow("badge", "anna", faces="people/anna"))
    assert (receipt.hidden, receipt.allowed) == ({"badge": 1}, {"anna": {"badge": 1}})
    for image in frames_of(copy(receipt)):
        assert (shows(image, LEFT), shows(image, RIGHT)) == (True, False)


def test_a_badge_that_becomes_somebody_elses_is_hidden_from_the_first_frame_on(embedder: None, tmp_path: Path) -> None:
    """One track: the same place and colour, and another name for the last of its looks."""
    frames = [worn({LEFT: "anna"})] * 20 + [worn({LEFT: "bert"})] * 3
    receipt = shared(filmed(tmp_path / "a.mp4", frames), Allow("badge", "anna", faces="people/anna"))
    assert (receipt.hidden, receipt.allowed) == ({"badge": 1}, {})
    assert not any(shows(image, LEFT) for image in frames_of(copy(receipt)))


def test_what_shows_besides_what_was_allowed_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The painter forgets the badge that is not allowed."""
    monkeypatch.setattr("redact.rewriter.paint", lambda *_: None)
    for source in (saved(tmp_path / "a.png", worn(BOTH)), filmed(tmp_path / "a.mp4", [worn(BOTH)] * 5)):
        receipt = redact.file(source, tmp_path / "share" / source.name, policy(Allow("badge", area=LEFT_HALF)))
        assert receipt.status == "withheld"


@pytest.mark.parametrize("executor", [None, ThreadPoolExecutor(1)])
def test_a_pattern_is_matched_below_the_source_folder_whoever_does_the_work(
    tmp_path: Path, executor: ThreadPoolExecutor | None
) -> None:
    for name in ("press/a.png", "press/deep/a.png", "Press2/a.png", "a.png"):
        saved(tmp_path / "card" / name, worn({LEFT: "anna"}))
    entry = Allow("badge", "press", file="press/*.png")
    report = batch.folder(tmp_path / "card", tmp_path / "share", policy(entry), executor=executor)
    assert report.ok, [receipt.error for receipt in report]
    allowed = {receipt.source.relative_to(tmp_path / "card").as_posix() for receipt in report if receipt.allowed}
    assert allowed == {"press/a.png"}
    manifest = json.loads((tmp_path / "share" / MANIFEST).read_text())
    assert manifest["files"]["press/a.png"]["allowed"] == {"press": {"badge": 1}}
    assert all("allowed" not in manifest["files"][name] for name in ("a.png", "press/deep/a.png"))


def test_a_renamed_copy_is_judged_by_its_sources_path(tmp_path: Path) -> None:
    saved(tmp_path / "card" / "press" / "a.png", worn({LEFT: "anna"}))
    entry = Allow("badge", file="press/a.png")
    report = redact.folder(tmp_path / "card", tmp_path / "share", Policy(hide=HIDE, allow=(entry,), names="serial"))
    assert [receipt.allowed for receipt in report] == [{"1": {"badge": 1}}]


def test_a_single_file_is_matched_by_its_name(tmp_path: Path) -> None:
    source = saved(tmp_path / "press" / "a.png", worn({LEFT: "anna"}))
    entry = Allow("badge", file="a.png")
    assert shared(source, entry).allowed
    report = redact.folder(source, tmp_path / "out", policy(entry))
    assert [bool(receipt.allowed) for receipt in report] == [True]
    assert not redact.scan(source, policy(Allow("badge", file="press/a.png"))).allowed


def test_what_an_earlier_run_published_is_told_again(tmp_path: Path) -> None:
    saved(tmp_path / "card" / "a.png", worn(BOTH))
    entry = Allow("badge", "stage", area=LEFT_HALF)
    for _ in range(2):
        report = redact.folder(tmp_path / "card", tmp_path / "share", policy(entry))
        assert [receipt.allowed for receipt in report] == [{"stage": {"badge": 1}}]
    assert report.receipts[0].checks == ()


def test_the_manifest_tells_who_was_allowed_and_not_where_or_by_what(embedder: None, tmp_path: Path) -> None:
    saved(tmp_path / "card" / "a.png", worn(BOTH))
    terms = {"area": (0.0123, 0.0456, 0.4789, 0.9876), "file": "a.*", "faces": "people/anna"}
    entry = Allow("badge", "presenter", **terms)  # type: ignore[arg-type]
    report = redact.folder(tmp_path / "card", tmp_path / "share", policy(entry))
    assert report.receipts[0].allowed == {"presenter": {"badge": 1}}
    text = (tmp_path / "share" / MANIFEST).read_text()
    assert "presenter" in text
    for told in ("0.0123", "0.0456", "0.4789", "0.9876", "a.*", "people", "anna"):
        assert told not in text
    ((name, checks),) = audit(tmp_path / "share")
    assert (name, all(check.passed for check in checks)) == ("a.png", True)


def test_a_policy_out_of_a_manifest_redacts_nothing(tmp_path: Path) -> None:
    sealed = Policy.from_toml(policy(Allow("badge", area=LEFT_HALF)).portable.to_toml())
    with pytest.raises(PolicyError, match="allow 1 is sealed"):
        Redactor(sealed)


def test_the_command_says_what_it_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved(tmp_path / "card" / "a.png", worn(BOTH))
    (tmp_path / "share.toml").write_text(
        'hide = { badge = "blur" }\n[[allow]]\nlabel = "badge"\narea = [0, 0, 0.5, 1]\n'
    )
    options = ["--policy", str(tmp_path / "share.toml")]
    assert main(["run", str(tmp_path / "card"), str(tmp_path / "share"), *options]) == 0
    assert "redacted  a.png: hid 1 badge; left 1 badge visible" in capsys.readouterr().out
    assert main(["scan", str(tmp_path / "card"), *options]) == 1
    assert "1 badge; leaves 1 badge visible" in capsys.readouterr().out


def test_an_entry_goes_with_the_label_that_the_command_no_longer_hides(tmp_path: Path) -> None:
    saved(tmp_path / "card" / "a.png", worn(BOTH))
    (tmp_path / "share.toml").write_text(
        'hide = { badge = "blur" }\n[[allow]]\nlabel = "badge"\narea = [0, 0, 0.5, 1]\n'
    )
    arguments = ["run", str(tmp_path / "card"), str(tmp_path / "share"), "--policy", str(tmp_path / "share.toml")]
    assert main([*arguments, "--hide", "none"]) == 0


@pytest.mark.parametrize("names", ["random", "serial"])
def test_what_a_name_allowed_is_not_taken_for_done_under_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    rules = Policy(hide=HIDE, allow=(Allow("badge", "press", file="press_*"),), names=names)  # type: ignore[arg-type]
    source = saved(tmp_path / "card" / "press_a.png", worn({LEFT: "anna"}))
    (first,) = redact.folder(tmp_path / "card", tmp_path / "share", rules)
    assert first.allowed == {"press": {"badge": 1}}
    (again,) = redact.folder(tmp_path / "card", tmp_path / "share", rules)
    assert (again.ok, again.checks, again.allowed) == (True, (), first.allowed)
    source.rename(source.with_name("private_a.png"))
    (moved,) = redact.folder(tmp_path / "card", tmp_path / "share", rules)
    assert (moved.status, moved.target) == ("failed", None)
    (elsewhere,) = redact.folder(tmp_path / "card", tmp_path / "other", rules)
    assert (elsewhere.hidden, elsewhere.allowed) == ({"badge": 1}, {})
