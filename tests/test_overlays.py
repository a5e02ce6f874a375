"""What a display shows is covered in its place in every frame of a clip, and what moves is not taken for one."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import redact
from redact import plugins
from redact.examiner import examine
from redact.model import Box, Detection, Image, Track
from redact.overlays import LABEL, MOST, Overlays, moved
from redact.policy import Tracking
from redact.rewriter import rewrite

SIZE = (400, 224)
FRAMES, CLEAR = 40, range(22, 28)
TRUTH = Box(20, 190, 182, 200)
"""Where the display's letters stand in every frame, however many they are."""

COORDINATES = redact.Policy(hide={"coordinates": redact.Blur()})


def line(left: float, top: float, width: float = 200, height: float = 20) -> Detection:
    return Detection(Box(left, top, left + width, top + height), LABEL, 0.9)


def seen(*looks: dict[int, Detection]) -> Overlays:
    overlays, numbers = Overlays(), itertools.count(1000)
    for look in looks:
        overlays.see(look.items(), SIZE, numbers)
    return overlays


def boxes(overlays: Overlays) -> list[Box]:
    return [found.region.bounds for _, found in overlays.marks]


def test_what_was_read_once_has_a_place() -> None:
    (box,) = boxes(seen({1: line(20, 200)}))
    assert box.holds(Box(20, 200, 220, 220))


def test_what_was_read_once_is_in_every_frame_of_the_findings() -> None:
    overlays = seen({1: line(20, 200)})
    ((number, found),) = overlays.marks
    tracks = {1: Track("face", {}), number: Track(LABEL, {7: found.region})}
    assert overlays.spread(tracks, 10, {}) == {
        1: tracks[1],
        number: Track(LABEL, dict.fromkeys(range(10), found.region), 0.9),
    }


def test_what_the_policy_lets_be_seen_is_not_brought_back() -> None:
    assert seen({1: line(20, 200)}).spread({}, 10, {}) == {}


def test_what_the_policy_lets_be_seen_for_a_while_stays_so_for_that_while() -> None:
    overlays = seen({1: line(20, 200)})
    ((number, found),) = overlays.marks
    after = overlays.spread({number: Track(LABEL, {7: found.region})}, 10, {number: {0, 1, 2}})
    assert sorted(after[number].regions) == list(range(3, 10))


def test_digits_that_change_do_not_change_the_place() -> None:
    first = seen({1: line(20, 200)})
    assert seen({1: line(20, 200)}, {1: line(22, 199, 206, 21)}, {2: line(19, 201, 190, 19)}).marks == first.marks


def test_a_line_that_grows_has_a_place_that_holds_it_all() -> None:
    (box,) = boxes(seen({1: line(20, 200, 100)}, {1: line(20, 200, 260)}))
    assert box.holds(Box(20, 200, 280, 220))


def test_halves_of_a_line_read_in_turn_leave_all_of_it_covered() -> None:
    overlays = seen({1: line(20, 200, 120)}, {2: line(140, 200, 80)}, {1: line(20, 200, 120)})
    assert overlays.covers(line(20, 200, 120))
    assert overlays.covers(line(140, 200, 80))


def test_what_moves_on_has_no_place() -> None:
    assert boxes(seen({1: line(20, 100)}, {1: line(90, 104)}, {1: line(160, 108)})) == []


def test_what_stood_still_before_it_moved_keeps_its_place_and_gets_no_other() -> None:
    (box,) = boxes(seen({1: line(20, 100)}, {1: line(20, 100)}, {1: line(90, 100)}, {1: line(160, 100)}))
    assert box.right < 260


def test_lines_below_each_other_are_places_of_their_own() -> None:
    found = boxes(seen({number: line(20, 60 + 24 * number) for number in range(4)}))
    assert len(found) == 4


def test_other_labels_have_no_place() -> None:
    assert boxes(seen({1: Detection(Box(20, 100, 220, 120), "text", 1.0)})) == []


def test_only_what_was_seen_twice_in_its_place_is_known_to_hold_still() -> None:
    assert not seen({1: line(20, 200)}).holds_still(line(20, 200))
    assert seen({1: line(20, 200)}, {1: line(20, 200)}).holds_still(line(20, 200))


def test_a_line_that_one_look_reads_as_two_was_seen_once() -> None:
    halves = {1: line(20, 200, 120), 2: line(60, 200, 110)}
    once = seen(halves)
    assert len(boxes(once)) == 1
    assert not any(once.holds_still(half) for half in halves.values())
    assert all(seen(halves, halves).holds_still(half) for half in halves.values())


def test_places_that_are_joined_were_seen_as_often_as_both_together() -> None:
    many = {number: line(2 + 40 * (number % 9), 1 + 22 * (number // 9), 4, 2) for number in range(MOST + 8)}
    once, twice = seen(many), seen(many, many)
    assert not any(once.holds_still(each) for each in many.values())
    assert all(twice.holds_still(each) for each in many.values())


def test_what_moves_on_and_was_read_as_two_has_no_place() -> None:
    looks = [{1: line(left, 100, 120), 2: line(left + 40, 100, 110)} for left in (20, 90, 160)]
    assert boxes(seen(*looks)) == []


def test_what_moves_on_takes_no_place_away_that_another_line_has_too() -> None:
    stays = line(60, 200, 110)
    assert seen({1: line(20, 200, 120), 2: stays}, {1: line(90, 150, 120)}).covers(stays)


@given(st.lists(st.tuples(st.floats(0, 360), st.floats(0, 210)), min_size=1, max_size=MOST + 12))
def test_places_are_few_and_lie_in_the_frame_and_hold_whatever_was_read(corners: list[tuple[float, float]]) -> None:
    found = [line(left, top, 30, 8).region.bounds.clipped(*SIZE) for left, top in corners]
    looks = [{number: Detection(box, LABEL, 0.5)} for number, box in enumerate(found) if box]
    overlays = seen(*looks)
    assert 0 < len(boxes(overlays)) <= MOST
    assert all(box.clipped(*SIZE) == box for box in boxes(overlays))
    assert all(overlays.covers(each) for look in looks for each in look.values())


@given(st.floats(0, 30), st.floats(0, 30))
def test_a_line_that_is_only_longer_or_shorter_has_not_moved(left: float, right: float) -> None:
    assert not moved(Box(100, 50, 200, 70), Box(100 - left, 50, 200 + right, 70))
    assert not moved(Box(100, 50, 200, 70), Box(100 + left, 50, 200 - right, 70))


def shown(index: int) -> Image:
    """A textured ground drifts by behind a display whose digits change; hardly to be seen but for a while."""
    noise = np.random.default_rng(0).integers(70, 120, (SIZE[1], SIZE[0] + 400, 3), dtype=np.uint8)
    image = np.ascontiguousarray(cv2.GaussianBlur(noise, (0, 0), 3)[:, 3 * index : 3 * index + SIZE[0]], np.uint8)
    letters = image.copy()
    text = f"N47.37{6541 + 37 * index} E8.54{1694 + 53 * index}"
    cv2.putText(letters, text, (20, 200), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1, cv2.LINE_AA)
    share = 0.95 if index in CLEAR else 0.05
    return np.asarray(cv2.addWeighted(letters, share, image, 1 - share, 0), np.uint8)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "drone.mp4"
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as muxer:
        stream = muxer.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.codec_context.options = {"crf": "12", "preset": "ultrafast"}
        stream.codec_context.time_base = Fraction(1, 25)
        for index in range(FRAMES):
            frame = VideoFrame.from_ndarray(shown(index), "rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            muxer.mux(stream.encode(frame))
        muxer.mux(stream.encode(None))
    path.write_bytes(out.getvalue())
    return path


def decoded(path: Path) -> Iterator[NDArray[np.uint8]]:
    with av.open(str(path)) as demuxer:
        for frame in demuxer.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="gray"), np.uint8)


def test_no_look_at_the_beginning_or_the_end_reads_the_display() -> None:
    detectors = plugins.load(COORDINATES)
    assert not any(detectors.detect(shown(index)) for index in (0, 12, FRAMES - 1))
    assert detectors.detect(shown(CLEAR[0]))


def test_a_display_that_is_read_in_few_frames_is_found_in_all_of_them(clip: Path) -> None:
    findings = redact.scan(clip, COORDINATES)
    assert findings.frames == FRAMES
    for index in range(FRAMES):
        assert any(region.bounds.holds(TRUTH) for _, region in findings.regions(index)), index
    assert len(findings.tracks) == 1


def test_a_display_that_is_read_in_few_frames_is_covered_in_all_of_them(clip: Path, tmp_path: Path) -> None:
    receipt = redact.file(clip, tmp_path / "share" / "drone.mp4", COORDINATES)
    assert receipt.ok, receipt.error
    assert receipt.hidden == {"coordinates": 1}
    rows, columns = slice(int(TRUTH.top), int(TRUTH.bottom)), slice(int(TRUTH.left), int(TRUTH.right))
    copied = list(decoded(tmp_path / "share" / "drone.mp4"))
    assert len(copied) == FRAMES
    for index, (before, after) in enumerate(zip(decoded(clip), copied, strict=True)):
        assert edges(after[rows, columns]) < 0.5 * edges(before[rows, columns]), index


def edges(part: NDArray[np.uint8]) -> float:
    """How much there is to be seen in a part of a frame: its mean slope."""
    return float(np.abs(cv2.Laplacian(part.astype(np.float32), cv2.CV_32F)).mean())


def test_frames_are_given_once_more_only_where_more_is_known_by_the_end(clip: Path, tmp_path: Path) -> None:
    seen_late = examine(clip, COORDINATES, plugins.load(COORDINATES))
    given = [bool(regions) for _, regions in seen_late.frames()]
    assert not given[0]
    assert seen_late.late
    again = seen_late.again()
    assert all(regions for _, regions in again.frames())
    assert not again.late
    assert again.findings == seen_late.findings


def test_a_display_that_is_read_at_once_needs_no_second_turn(samples: Path) -> None:
    class Reader:
        def detect(self, image: Image) -> list[Detection]:
            return [line(10, 10, 100, 10)]

    seen_once = examine(samples / "pan.mp4", COORDINATES, Reader())
    marks = [regions for _, regions in seen_once.frames()]
    assert not seen_once.late
    assert len(set(marks)) == 1
    assert len(seen_once.findings.tracks) == 1


def test_what_else_is_in_the_frames_is_the_same_in_the_second_turn(clip: Path, tmp_path: Path) -> None:
    class Reader:
        """Sees a face in every look and the display in the second one."""

        looks = 0

        def detect(self, image: Image) -> list[Detection]:
            self.looks += 1
            return [Detection(Box(300, 40, 340, 90), "face", 0.7), *([line(20, 190)] if self.looks == 2 else [])]

    policy = redact.Policy(hide={"face": redact.Blur(), "coordinates": redact.Blur()})
    reader = Reader()
    first = examine(clip, policy, reader, Tracking(every=12))
    rewrite(first, policy, tmp_path / "copy", lambda done: None)
    looked = reader.looks
    again = first.again()
    told = [regions for _, regions in again.frames()]
    assert reader.looks == looked
    assert all({label for label, _ in regions} == {"face", "coordinates"} for regions in told)
    assert again.findings == first.findings
