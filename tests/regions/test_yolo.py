"""YOLO's layout holds boxes of labels, in shares of pictures whose sizes somebody has to know."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from redact.errors import PolicyError
from redact.model import Box, Findings, Polygon
from redact.regions import Regions, yolo
from tests.regions.listed import LISTED, STILL, demand_held, regions

SIZE = {"a.jpg": (160, 120)}


@settings(max_examples=20, deadline=None)
@given(regions())
def test_what_is_written_is_read_back_and_no_region_is_smaller(before: Regions) -> None:
    after = yolo.read(yolo.write(before), {name: found.size for name, found in before.files.items()})
    demand_held(before, after)


@settings(max_examples=20, deadline=None)
@given(regions(polygons=False, clips=False))
def test_and_none_is_larger_than_rounding_makes_it(before: Regions) -> None:
    after = yolo.read(yolo.write(before), {name: found.size for name, found in before.files.items()})
    for name, found in before.files.items():
        for label, again in after.files[name].regions():
            grown = [there.bounds.grown(*[1e-6] * 4) for other, there in found.regions() if other == label]
            assert any(box.holds(again.bounds) for box in grown)


def test_the_text_is_what_others_read() -> None:
    texts = yolo.write(LISTED)
    assert texts["classes.txt"] == "face\nplate\n"
    assert texts["c.txt"] == ""
    word, *shares = texts["a.txt"].split()
    assert word == "0"
    assert [float(share) for share in shares] == pytest.approx([20.25 / 160, 0.25, 20.5 / 160, 20 / 120])
    assert sorted(name for name in texts if name.startswith("sub/")) == [f"sub/b.mp4/{n:06}.txt" for n in range(5)]


def test_pictures_of_one_name_are_told_apart_by_their_whole_name() -> None:
    both = Regions({"a.jpg": STILL, "a.png": Findings(frames=1, size=(9, 9))})
    texts = yolo.write(both)
    assert {"a.jpg.txt", "a.png.txt"} < texts.keys()
    demand_held(both, yolo.read(texts, {"a.jpg": (160, 120), "a.png": (9, 9)}))
    assert not yolo.read({"classes.txt": "face\n", "a.txt": "0 .5 .5 .1 .1"}, {"a.jpg": (9, 9), "a.png": (9, 9)}).files


def read(line: str) -> Findings:
    return yolo.read({"classes.txt": "face\nplate\n", "a.txt": line}, SIZE).files["a.jpg"]


def test_outlines_and_scores_are_read_where_they_are() -> None:
    assert read("1 0.5 0.5 0.5 0.5 0.25\n").tracks[0].score == 0.25
    assert read("1 0.5 0.5 0.5 0.5\n").regions() == (("plate", Box(40, 30, 120, 90)),)
    assert read("0 0 0 0.5 0 0.5 0.5").regions() == (("face", Polygon(((0, 0), (80, 0), (80, 60)))),)
    assert read("0 0 0 0.5 0 0.5 0.5 0.75").tracks[0].score == 0.75
    assert read("\n  \n").tracks == ()


def test_a_picture_without_a_text_is_not_listed() -> None:
    assert not yolo.read({"classes.txt": "face\n"}, SIZE).files


@pytest.mark.parametrize(
    "line",
    [
        "2 0.5 0.5 0.1 0.1",
        "-1 0.5 0.5 0.1 0.1",
        "face 0.5 0.5 0.1 0.1",
        "٣ 0.5 0.5 0.1 0.1",
        f"{'9' * 5000} 0.5 0.5 0.1 0.1",
        "0 0.5 0.5 0.1",
        "0",
        "0 0.5 0.5 nan 0.1",
        "0 0.5 0.5 inf 0.1",
        "0 80 60 20 20",
        "0 0.5 0.5 0 0.1",
        "0 0.5 0.5 -0.1 0.1",
        "0 0.5 0.5 0.1 0.1 1.5",
        "0 -0.9 0.5 0.1 0.1",
        "0 0.1 0.1 0.2 0.1 0.3 0.1",
    ],
)
def test_a_line_that_is_none_is_refused_with_file_and_line(line: str) -> None:
    with pytest.raises(PolicyError, match=r"'a\.txt', line 2"):
        read(f"0 0.5 0.5 0.1 0.1\n{line}\n")


def test_a_clip_whose_frames_have_a_gap_is_refused() -> None:
    texts = yolo.write(LISTED)
    del texts["sub/b.mp4/000002.txt"]
    with pytest.raises(PolicyError, match="without a gap"):
        yolo.read(texts, {"sub/b.mp4": (64, 48)})


def test_a_picture_listed_twice_is_refused() -> None:
    with pytest.raises(PolicyError, match="twice"):
        yolo.read({"classes.txt": "face\n", "a.txt": "", "a.jpg.txt": ""}, SIZE)


def test_a_folder_without_classes_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"classes\.txt"):
        yolo.read({"a.txt": ""}, SIZE)


@pytest.mark.parametrize("more", ["0.7 0.45 0.8 0.45 0.75 0.5 0.71 0.55 0.79 0.55", "0.7 0.45 1 0.8 0.45 1", "0.91 1"])
def test_a_box_with_key_points_or_a_track_behind_it_is_hidden_whole(more: str) -> None:
    texts = {"classes.txt": "face\n", "a.txt": f"0 0.75 0.5 0.25 0.25 {more}\n"}
    ((_, region),) = yolo.read(texts, SIZE).files["a.jpg"].regions()
    assert region.bounds.holds(Box(100, 45, 140, 75))


def test_a_text_that_may_speak_of_two_pictures_is_refused() -> None:
    texts = {"classes.txt": "face\n", "a.jpg.txt": "0 0.5 0.5 0.2 0.2\n"}
    with pytest.raises(PolicyError, match="may speak of another file"):
        yolo.read(texts, {"a.jpg": (160, 120), "a.jpg.png": (160, 120)})
