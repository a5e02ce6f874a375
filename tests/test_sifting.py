"""What a policy allows stays visible as a whole or not at all, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.allowance import Allow
from redact.contracts import Canvas
from redact.errors import DamagedFileError
from redact.frames import open_footage
from redact.frames.stills import Still
from redact.model import Box, Detection
from redact.sifting import Look, hidden, left_visible, sifted
from redact.styles import covered_pixels
from redact.watching import Seen
from tests.conftest import badge_jpeg

SIZE = (100, 50)
LEFT = Allow("face", "left", area=(0, 0, 0.5, 1))
INSIDE, ACROSS, OUTSIDE = Box(10, 10, 20, 20), Box(45, 10, 55, 20), Box(80, 10, 90, 20)


def face(region: Box, resembles: Sequence[str] = ()) -> Detection:
    return Detection(region, "face", 0.9, resembles=frozenset(resembles))


def clip(*frames: dict[int, Detection]) -> list[Look]:
    """One look a second."""
    return [Look(index, Fraction(index), SIZE, tuple(marks.items())) for index, marks in enumerate(frames)]


def shown(looks: Sequence[Look], *entries: Allow) -> dict[int, list[int]]:
    """Track -> the frames in which it stays visible."""
    left = left_visible(looks, entries)
    return {track: sorted(index for index, other in left if other == track) for track in sorted({t for _, t in left})}


def test_who_stays_in_the_area_is_shown_and_others_are_not() -> None:
    looks = clip(*[{0: face(INSIDE), 1: face(OUTSIDE), 2: face(ACROSS)}] * 3)
    assert shown(looks, LEFT) == {0: [0, 1, 2]}


def test_who_walks_through_the_area_is_not_shown_for_the_steps_within_it() -> None:
    looks = clip({0: face(OUTSIDE)}, {0: face(INSIDE)}, {0: face(INSIDE)}, {0: face(OUTSIDE)})
    assert shown(looks, LEFT) == {}


def test_an_area_at_a_time_asks_for_the_area_at_that_time_only() -> None:
    looks = clip({0: face(OUTSIDE)}, {0: face(INSIDE)}, {0: face(INSIDE)}, {0: face(OUTSIDE)})
    at_a_time = Allow("face", "then", area=(0, 0, 0.5, 1), times=("00:00:01-00:00:03",))
    assert shown(looks, at_a_time) == {0: [1, 2]}
    a_frame_more = Allow("face", "then", area=(0, 0, 0.5, 1), times=("00:00:01-00:00:03.001",))
    assert shown(looks, a_frame_more) == {}


def test_each_stretch_of_time_is_a_matter_of_its_own() -> None:
    looks = clip(*[{0: face(INSIDE)}] * 3, *[{0: face(OUTSIDE)}] * 3)
    times = Allow("face", "times", area=(0, 0, 0.5, 1), times=("00:00:01-00:00:02", "00:00:02-00:00:04"))
    assert shown(looks, times) == {0: [1]}


def test_a_frame_that_is_shown_beyond_the_stretch_it_begins_in_is_not_left_visible() -> None:
    times = (Fraction(0), Fraction(9), Fraction(21, 2), Fraction(600), Fraction(601))
    looks = [Look(index, time, SIZE, ((0, face(INSIDE)),)) for index, time in enumerate(times)]
    assert shown(looks, Allow("face", "then", times=("00:00:10-00:00:11",))) == {}
    assert shown(looks, Allow("face", "then", times=("00:00:09-00:00:11",))) == {0: [1]}
    assert shown(looks, Allow("face", "last", times=("00:10:00-00:10:01",))) == {0: [3]}
    assert shown(looks, Allow("face", "last", times=("00:10:00-00:10:02",))) == {0: [3, 4]}


def test_a_label_is_never_shown_by_an_entry_for_another() -> None:
    plate = Detection(INSIDE, "plate", 0.9)
    looks = clip({0: face(INSIDE), 1: plate})
    assert shown(looks, LEFT) == {0: [0]}
    assert hidden([face(INSIDE), plate], SIZE, [LEFT]) == (plate,)


def test_a_still_lies_at_no_time() -> None:
    entry = Allow("face", "first", times=("00:00:00-00:00:10",))
    assert shown(clip({0: face(INSIDE)}), entry) == {}
    assert shown(clip({0: face(INSIDE)}, {0: face(INSIDE)}), entry) == {0: [0, 1]}


def test_one_look_that_does_not_know_a_face_hides_it_in_every_frame() -> None:
    anna = Allow("face", "anna", faces="people/anna")
    known, stranger = face(INSIDE, ["anna"]), face(INSIDE, ["bert"])
    assert shown(clip({0: known}, {0: known}), anna) == {0: [0, 1]}
    assert shown(clip({0: known}, {0: known}, {0: stranger}), anna) == {}
    late = Allow("face", "anna", faces="people/anna", times=("00:00:00-00:00:02",))
    assert shown(clip({0: known}, {0: known}, {0: stranger}), late) == {}


def test_all_that_an_entry_says_has_to_hold() -> None:
    entry = Allow("face", "anna", area=(0, 0, 0.5, 1), faces="people/anna", times=("00:00:01-00:00:02",))
    looks = clip(*[{0: face(INSIDE, ["anna"]), 1: face(OUTSIDE, ["anna"]), 2: face(INSIDE)}] * 3)
    assert shown(looks, entry) == {0: [1]}


def test_of_two_entries_the_first_is_told() -> None:
    other = Allow("face", "other", file="*.jpg")
    assert set(left_visible(clip({0: face(INSIDE)}), [other, LEFT]).values()) == {other}


sides = st.floats(0, 99).map(lambda side: round(side, 1))
boxes = st.builds(lambda x, y, w, h: Box(x, y / 2, x + w, y / 2 + h), sides, sides, st.floats(1, 40), st.floats(1, 40))
detections = st.builds(
    lambda box, label, names: Detection(box, label, 0.9, resembles=frozenset(names)),
    boxes,
    st.sampled_from(["face", "plate"]),
    st.sets(st.sampled_from("ab")),
)
entries = st.builds(
    lambda label, name, area, times, faces: Allow(
        label,
        name,
        area=area,
        times=tuple(f"00:00:0{start}-00:00:0{start + 1}.5" for start in times),
        faces="people" if faces else None,
        file="a.mp4",
    ),
    st.sampled_from(["face", "plate"]),
    st.sampled_from("ab"),
    st.sampled_from([None, (0, 0, 0.5, 1), (0.25, 0.25, 1, 1), (0, 0, 1, 1)]),
    st.sets(st.sampled_from([0, 2, 4])),
    st.booleans(),
)


@st.composite
def clips(draw: st.DrawFn) -> list[Look]:
    labels = draw(st.lists(st.sampled_from(["face", "plate"]), min_size=1, max_size=4))
    frames = []
    for _ in range(draw(st.integers(1, 6))):
        marks = {}
        for track, label in enumerate(labels):
            found = draw(st.one_of(st.none(), detections))
            if found is not None:
                marks[track] = Detection(found.region, label, 0.9, resembles=found.resembles)
        frames.append(marks)
    return clip(*frames)


@given(clips(), st.lists(entries, max_size=3), entries)
def test_one_entry_more_hides_nothing_and_shows_what_it_allows_alone(
    looks: list[Look], some: list[Allow], another: Allow
) -> None:
    before, after = left_visible(looks, some), left_visible(looks, [*some, another])
    assert after.items() >= before.items()
    assert after.keys() - before.keys() <= left_visible(looks, [another]).keys()
    assert left_visible(looks, []) == {}


@given(clips(), entries)
def test_what_is_shown_keeps_to_every_term_in_all_of_its_stretch(looks: list[Look], entry: Allow) -> None:
    left = left_visible(looks, [entry])
    for index, track in left:
        times = [span for span in entry.spans if span.holds(looks[index].time)]
        assert times or not entry.times
        for look in looks:
            found = dict(look.marks).get(track)
            if found is not None and (not entry.times or any(span.holds(look.time) for span in times)):
                ends_within = any(span.holds(look.time) and look.time + 1 <= span.end for span in times)
                assert ((look.index, track) in left) is (ends_within or not entry.times)
                assert found.label == entry.label
                assert entry.holds(found.region, look.size)
            if found is not None and entry.faces:
                assert entry.name in found.resembles


@given(st.lists(detections, max_size=6), st.lists(entries, max_size=3))
def test_no_pixel_is_uncovered_that_something_else_covers(found: list[Detection], some: list[Allow]) -> None:
    painted = hidden(found, SIZE, some)
    shown = [each for each in found if each not in painted]
    assert len(painted) >= len([each for each in found if each.label not in {entry.label for entry in some}])
    before, after = _mask(found), _mask(painted)
    assert not (after & ~before).any()
    assert not (before & ~after & ~_mask(shown)).any()
    for each in shown:
        assert any(entry.label == each.label and entry.holds(each.region, SIZE) for entry in some)


def _mask(found: Sequence[Detection]) -> np.ndarray:
    mask = np.zeros((SIZE[1], SIZE[0]), bool)
    for each in found:
        mask |= covered_pixels(each.region, SIZE[1], SIZE[0])
    return mask


def marked(canvases: Iterator[Canvas]) -> Iterator[Seen]:
    for canvas in canvases:
        yield canvas, ((7, Detection(Box(1, 1, 20, 20), "face", 1)),)


def test_without_an_entry_frames_are_decoded_once_and_passed_on(tmp_path: Path) -> None:
    footage = Counted(open_footage(badge_jpeg(tmp_path / "a.jpg"), "JPEG"))  # type: ignore[arg-type]
    (frame,) = sifted(footage, marked, ())
    assert (len(frame.hidden), frame.visible, footage.times) == (1, (), 1)


def test_with_an_entry_the_parted_frames_are_those_of_the_file(tmp_path: Path) -> None:
    footage = Counted(open_footage(badge_jpeg(tmp_path / "a.jpg"), "JPEG"))  # type: ignore[arg-type]
    (frame,) = sifted(footage, marked, [LEFT])
    assert [(track, entry.name) for track, _, entry in frame.visible] == [(7, "left")]
    assert (frame.hidden, footage.times) == ((), 2)


@pytest.mark.parametrize("frames", [(3, 4), (4, 3), (3, 0)])
def test_a_file_that_shows_other_frames_the_second_time_is_damaged(tmp_path: Path, frames: tuple[int, int]) -> None:
    films = [_film(tmp_path / f"{count}.mp4", count) if count else None for count in frames]
    with pytest.raises(DamagedFileError, match="other frames"):
        list(sifted(Changing(films), marked, [LEFT]))  # type: ignore[arg-type]


@dataclass
class Counted:
    """A still that counts how often it is decoded."""

    still: Still
    times: int = 0
    unseen = False

    def canvases(self) -> Iterator[Canvas]:
        self.times += 1
        return self.still.canvases()

    def write(self, canvases: object, target: object) -> None:
        raise NotImplementedError


@dataclass
class Changing:
    """A clip that was replaced while it was read."""

    films: list[Path | None]

    def canvases(self) -> Iterator[Canvas]:
        film = self.films.pop(0)
        return open_footage(film, "MP4").canvases() if film else iter(())


def _film(path: Path, frames: int) -> Path:
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode(None))
    return path
