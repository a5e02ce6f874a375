"""Key frames are looked at, and the frames between are bridged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from redact.contracts import Canvas, Edit
from redact.model import Box, Detection, Image, Region
from redact.policy import Tracking
from redact.watching import watched


@dataclass
class Drawn:
    """A canvas over an array, as a clip of arrays would have."""

    index: int
    time: Fraction
    image: Image

    @property
    def size(self) -> tuple[int, int]:
        return self.image.shape[1], self.image.shape[0]

    def view(self, long_side: int | None = None) -> Image:
        scale = min(1.0, (long_side or max(self.size)) / max(self.size))
        return cv2.resize(self.image, None, fx=scale, fy=scale).astype(np.uint8)

    def luma(self, long_side: int) -> NDArray[np.uint8]:
        return cv2.cvtColor(self.view(long_side), cv2.COLOR_RGB2GRAY).astype(np.uint8)

    def edit(self, regions: Sequence[Region], edit: Edit) -> None:
        edit(self.image, regions)


@dataclass
class RedFinder:
    """Finds the red square; remembers in how many pictures it was asked to look."""

    looks: list[tuple[int, int]] = field(default_factory=list)
    blind: frozenset[int] = frozenset()

    def detect(self, image: Image) -> Sequence[Detection]:
        self.looks.append(image.shape[:2])
        if len(self.looks) - 1 in self.blind:
            return []
        red = (image[..., 0] > 150) & (image[..., 1] < 90)
        if not red.any():
            return []
        left, top, across, down = cv2.boundingRect(red.astype(np.uint8))
        return [Detection(Box(left, top, left + across, top + down), "red", 1.0)]


def clip(frames: int, rate: int = 30, width: int = 1280, appears: int = 0, gone: int = 10**9) -> Iterator[Canvas]:
    """A red square that moves right by 5 pixels a frame over a textured ground, from frame `appears` on."""
    noise = np.random.default_rng(0).integers(60, 200, (360, width, 3), dtype=np.uint8)
    ground = cv2.GaussianBlur(noise, (0, 0), 4).astype(np.uint8)
    ground[..., 0] = ground[..., 1]
    texture = np.random.default_rng(1).integers(180, 256, (60, 60), dtype=np.uint8)
    for index in range(frames):
        image = ground.copy()
        if appears <= index < gone:
            left, top, right, bottom = (int(side) for side in square(index))
            image[top:bottom, left:right] = 20
            image[top:bottom, left:right, 0] = texture
        yield Drawn(index, Fraction(index, rate), image)


def square(index: int) -> tuple[float, float, float, float]:
    return 100 + 5 * index, 100, 160 + 5 * index, 160


def covered(marks: Sequence[tuple[int, Detection]], index: int) -> bool:
    truth = Box(*square(index))
    return any(found.region.bounds.overlap(truth) >= 0.9 * truth.area for _, found in marks)


def test_every_frame_is_covered_though_few_are_looked_at() -> None:
    finder = RedFinder()
    seen = list(watched(clip(60), finder, Tracking(every=12)))
    assert [canvas.index for canvas, _ in seen] == list(range(60))
    assert all(covered(marks, canvas.index) for canvas, marks in seen)
    assert len(finder.looks) == 6
    assert {max(size) for size in finder.looks} == {960}


def test_one_thing_is_one_track() -> None:
    seen = list(watched(clip(60), RedFinder(), Tracking(every=12)))
    assert {track for _, marks in seen for track, _ in marks} == {0}


def test_a_thing_that_appears_between_two_looks_is_covered_from_its_first_frame() -> None:
    seen = list(watched(clip(40, appears=17), RedFinder(), Tracking(every=12)))
    assert all(covered(marks, canvas.index) for canvas, marks in seen if canvas.index >= 17)


def test_a_look_that_misses_leaves_no_hole() -> None:
    seen = list(watched(clip(60), RedFinder(blind=frozenset({2})), Tracking(every=12)))
    assert all(covered(marks, canvas.index) for canvas, marks in seen)


def test_what_is_gone_is_let_go_after_a_while() -> None:
    seen = list(watched(clip(90, gone=20), RedFinder(), Tracking(every=12, linger_seconds=0.5)))
    assert seen[30][1]
    assert not seen[80][1]


def test_a_slow_clip_is_looked_at_in_every_frame() -> None:
    finder = RedFinder()
    list(watched(clip(8, rate=1), finder, Tracking(every=12, within_seconds=0.5)))
    assert len(finder.looks) == 8


def test_a_thing_that_is_shown_only_between_two_looks_is_seen_where_the_picture_cuts() -> None:
    """A full picture of something else for five frames, which the regular looks step over."""

    def flash() -> Iterator[Canvas]:
        for canvas in clip(40, appears=10**9):
            if 14 <= canvas.index < 19:
                image = np.full((360, 1280, 3), 30, np.uint8)
                left, top, right, bottom = square(canvas.index)
                image[int(top) : int(bottom), int(left) : int(right)] = (230, 20, 30)
                yield Drawn(canvas.index, canvas.time, image)
            else:
                yield canvas

    seen = list(watched(flash(), RedFinder(), Tracking(every=12)))
    assert all(covered(marks, canvas.index) for canvas, marks in seen if 14 <= canvas.index < 19)


@pytest.mark.parametrize("frames", [1, 2, 3, 12, 13, 14])
def test_the_last_frame_is_covered_wherever_the_clip_ends(frames: int) -> None:
    seen = list(watched(clip(frames), RedFinder(), Tracking(every=12)))
    assert len(seen) == frames
    assert all(covered(marks, canvas.index) for canvas, marks in seen)


def test_no_frames_give_no_frames() -> None:
    assert list(watched(iter(()), RedFinder(), Tracking())) == []


def test_few_frames_are_held_at_a_time() -> None:
    taken = 0

    def counted() -> Iterator[Canvas]:
        nonlocal taken
        for canvas in clip(100):
            taken += 1
            yield canvas

    for canvas, _ in watched(counted(), RedFinder(), Tracking(every=12)):
        assert taken - canvas.index <= 14
