"""A flag says where to look, by name and count, and changes nothing else."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

import redact
from redact.attention import SMALL_PX, flags, named, raised
from redact.errors import PolicyError
from redact.model import CODES, SEVERITIES, Box, Detection, Findings, Flag, Polygon, Track
from tests.conftest import ROOT, InstallPlugin, badge_jpeg

SMALL = SMALL_PX["face"]
SIZE = (1000, 800)
FACES = redact.Policy(hide={"face": redact.Blur()})
DOUBTS = ("near-threshold", "disagreement", "somebody else's")


def seen(*tracks: Track, frames: int = 1) -> Findings:
    return Findings(tracks=tracks, frames=frames, size=SIZE)


def face(left: float = 100, top: float = 100, side: float = 100, doubts: tuple[str, ...] = ()) -> Track:
    return Track("face", {0: Box(left, top, left + side, top + side)}, doubts=doubts)


@st.composite
def findings(draw: st.DrawFn) -> Findings:
    """Faces and other things, in a still or in a clip, within the frame and on its border."""
    frames = draw(st.sampled_from([1, 3]))
    tracks = []
    for _ in range(draw(st.integers(0, 5))):
        regions = {}
        for frame in draw(st.sets(st.integers(0, frames - 1), min_size=1)):
            left, top = draw(st.integers(0, SIZE[0] - 1)), draw(st.integers(0, SIZE[1] - 1))
            across, down = draw(st.integers(1, SIZE[0] - left)), draw(st.integers(1, SIZE[1] - top))
            regions[frame] = Box(left, top, left + across, top + down)
        label = draw(st.sampled_from(["face", "plate", "badge"]))
        doubts = tuple(draw(st.lists(st.sampled_from(DOUBTS), max_size=3)))
        tracks.append(Track(label, regions, draw(st.floats(0, 1)), doubts))
    return seen(*tracks, frames=frames)


@given(findings(), st.randoms(use_true_random=False))
def test_the_order_of_tracks_does_not_matter(found: Findings, chance: random.Random) -> None:
    shuffled = list(found.tracks)
    chance.shuffle(shuffled)
    assert flags(replace(found, tracks=tuple(shuffled))) == flags(found)


@given(findings(), st.sampled_from([0.25, 0.5, 2, 4]))
def test_a_larger_picture_of_the_same_changes_only_what_is_small(found: Findings, scale: float) -> None:
    def larger(track: Track) -> Track:
        return replace(track, regions={frame: box.bounds.scaled(scale, scale) for frame, box in track.regions.items()})

    size = (round(SIZE[0] * scale), round(SIZE[1] * scale))
    scaled = replace(found, tracks=tuple(map(larger, found.tracks)), size=size)
    assert [each for each in flags(scaled) if each.code != "small"] == [
        each for each in flags(found) if each.code != "small"
    ]


@given(findings())
def test_flags_come_in_one_order_each_code_of_a_label_once(found: Findings) -> None:
    places = [(list(CODES).index(flag.code), flag.label) for flag in flags(found)]
    assert places == sorted(set(places))


@given(findings())
def test_more_things_never_take_a_flag_away(found: Findings) -> None:
    more = replace(found, tracks=(*found.tracks, face(doubts=("near-threshold",))))
    counts = {(flag.code, flag.label): flag.count for flag in flags(more)}
    assert all(counts[flag.code, flag.label] >= flag.count for flag in flags(found))


def test_nothing_found_raises_no_flag() -> None:
    assert flags(Findings()) == flags(seen()) == flags(seen(face())) == ()


def test_what_a_detector_doubts_is_flagged_for_every_label() -> None:
    badge = Track("badge", {0: Box(0, 0, 2, 2)}, doubts=("near-threshold",))
    assert flags(seen(badge, badge)) == (Flag("near-threshold", "badge", 2),)
    assert flags(seen(face(doubts=("disagreement", "near-threshold")))) == (
        Flag("near-threshold", "face"),
        Flag("disagreement", "face"),
    )


def test_a_doubt_in_a_detectors_own_words_is_counted_and_not_repeated() -> None:
    found = flags(seen(face(doubts=("AB-123 hardly legible", "nor this"))))
    assert found == (Flag("doubtful", "face"),)


def test_small_is_what_is_nowhere_as_large_as_the_limit() -> None:
    assert flags(seen(face(side=SMALL))) == ()
    assert flags(seen(face(side=SMALL - 1))) == (Flag("small", "face"),)
    grows = Track("face", {0: Box(100, 100, 104, 104), 1: Box(100, 100, 102, 100 + SMALL)})
    assert flags(seen(grows, frames=2)) == ()


@pytest.mark.parametrize("at", [(0, 100), (100, 0), (SIZE[0] - 100, 100), (100, SIZE[1] - 100)])
def test_a_face_at_the_border_of_a_still_is_flagged_and_in_a_clip_not(at: tuple[float, float]) -> None:
    assert flags(seen(face(*at))) == (Flag("at-border", "face"),)
    assert flags(seen(face(*at), frames=2)) == ()


def test_a_polygon_is_at_the_border_where_a_corner_is() -> None:
    leaning = Track("face", {0: Polygon(((0, 200), (100, 100), (100, 300)))})
    assert flags(seen(leaning)) == (Flag("at-border", "face"),)


def test_of_a_label_that_was_not_measured_only_the_detector_is_heard() -> None:
    overlays = [Track("coordinates", {0: Box(0, 0, 10, 10)}) for _ in range(50)]
    assert flags(seen(*overlays)) == ()


def test_flags_are_named_one_by_one_or_by_how_much_they_matter() -> None:
    assert named(["small", "at-border"]) == {"small", "at-border"}
    assert named(["notice"]) == set(CODES)
    assert named(["alarm"]) < named(["warning"]) < named(["notice"])
    assert named([]) == set()


@pytest.mark.parametrize("word", ["large", "Small", "small at-border", ""])
def test_an_unknown_flag_is_an_error_that_lists_what_there_is(word: str) -> None:
    with pytest.raises(PolicyError) as told:
        named(["small", word])
    assert all(known in str(told.value) for known in (*CODES, *SEVERITIES))


def test_only_a_flag_that_is_named_is_raised() -> None:
    assert raised([Flag("small", "face")], named(["notice"]))
    assert not raised([Flag("small", "face")], named(["alarm"]))
    assert not raised([], named(["notice"]))


def test_a_flag_has_a_code_that_is_known() -> None:
    with pytest.raises(ValueError, match="no flag"):
        Flag("odd", "face")  # type: ignore[arg-type]


@pytest.mark.parametrize("doubts", ["near-threshold", None, (1,), ["near-threshold"]])
def test_doubts_are_texts(doubts: object) -> None:
    with pytest.raises(ValueError, match="doubts"):
        Detection(Box(0, 0, 1, 1), "face", 0.5, doubts)  # type: ignore[arg-type]


def test_a_face_cut_by_the_border_is_flagged_by_what_the_real_detector_finds(samples: Path, tmp_path: Path) -> None:
    with Pillow.open(samples / "portrait.jpg") as portrait:
        box = redact.scan(samples / "portrait.jpg", FACES).tracks[0].regions[0].bounds
        portrait.crop((0, 0, round(box.left + 0.7 * box.width), portrait.height)).save(tmp_path / "cut.jpg")
    receipt = redact.file(tmp_path / "cut.jpg", tmp_path / "share" / "cut.jpg", FACES)
    assert Flag("at-border", "face") in receipt.attention
    whole = redact.file(samples / "portrait.jpg", tmp_path / "share" / "whole.jpg", FACES)
    assert whole.hidden == {"face": 1}
    assert "at-border" not in {flag.code for flag in whole.attention}


def test_doubts_change_no_byte_of_what_is_published_and_are_on_the_receipt(
    install_plugin: InstallPlugin, tmp_path: Path
) -> None:
    doubts = '("near-threshold", "reads SERIAL-CANARY")'
    sure = (ROOT / "samples" / "redact-badge" / "redact_badge.py").read_text()
    install_plugin("redact-sure", sure.replace('"badge"', '"sure"'), {"sure": "BadgeDetector"})
    install_plugin("redact-unsure", sure.replace(" filled)", f" filled, {doubts})"), {"badge": "BadgeDetector"})
    source = badge_jpeg(tmp_path / "a.jpg")
    certain, doubtful = (
        redact.file(source, tmp_path / label / "a.jpg", redact.Policy(hide={label: redact.Fill()}))
        for label in ("sure", "badge")
    )
    assert certain.attention == ()
    assert doubtful.attention == (Flag("near-threshold", "badge"), Flag("doubtful", "badge"))
    assert certain.sha256 == doubtful.sha256 != ""
    assert "SERIAL" not in repr(doubtful)


def test_a_copy_published_before_keeps_its_flags(install_plugin: InstallPlugin, tmp_path: Path) -> None:
    sure = (ROOT / "samples" / "redact-badge" / "redact_badge.py").read_text()
    unsure = sure.replace(" filled)", ' filled, ("near-threshold",))')
    install_plugin("redact-unsure", unsure, {"badge": "BadgeDetector"})
    badge_jpeg(tmp_path / "card" / "2024-05-06" / "a.jpg")
    policy = redact.Policy(hide={"badge": redact.Fill()})
    (first,) = redact.folder(tmp_path / "card", tmp_path / "share", policy)
    (again,) = redact.folder(tmp_path / "card", tmp_path / "share", policy)
    assert again.checks == ()
    assert again.attention == first.attention == (Flag("near-threshold", "badge"), Flag("name-tells-time", "folder"))
