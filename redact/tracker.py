"""Carries regions through the frames between two looks. A pure function of a window of small grey pictures.

Detectors look at key frames only. Between two of them every sighting of the first is followed forwards and every
sighting of the second backwards, by sparse optical flow (Lucas and Kanade 1981, pyramids by Bouguet 2000), and a frame
is covered by what either way says. So a face is covered before it was first found and after it was last seen.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from redact.model import Box

Grey = NDArray[np.uint8]
Points = NDArray[np.float32]

FLOW_WINDOW_PX = (15, 15)
FLOW_LEVELS = 3
POINTS_PER_SIDE = 5
"""A region is followed by a grid of so many by so many points: needs no texture to start from."""
ROUND_TRIP_PX = 1.5
"""A point that does not come back this close when followed there and back was lost."""
LOST_GROWTH = 0.03
"""A region whose points were all lost stays where it is and grows by this share of its size a frame."""
SAME_THING_IOU = 0.3
"""A region, where it was or where it was followed to, and a new sighting that overlap this much are one thing."""
STILL_IOU = 0.8
"""A thing whose first and last sighting overlap this much has not moved."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing in one frame.

    track:  number of the track it belongs to
    unseen: frames since a detector last saw it
    score, doubts: those of the detection that was surest of it so far
    resembles: what every detection of it so far resembles
    """

    track: int
    label: str
    box: Box
    unseen: int = 0
    score: float = 1.0
    doubts: tuple[str, ...] = ()
    resembles: frozenset[str] = frozenset()

    def seen_again(self, other: Sighting, box: Box) -> Sighting:
        """The same thing at a new place, as another sighting of it confirms."""
        surer = max(self, other, key=lambda sighting: sighting.score)
        alike = self.resembles & other.resembles
        return replace(self, box=box, unseen=0, score=surer.score, doubts=surer.doubts, resembles=alike)


def bridge(
    views: Sequence[Grey], before: Sequence[Sighting], after: Sequence[Sighting]
) -> tuple[tuple[Sighting, ...], ...]:
    """Every sighting in every frame of a window, given those in its first and in its last frame.

    views:  the frames, uint8 (height, width), all of one size; boxes are in their pixels
    before: in the first frame, by whatever means
    after:  in the last frame, by detection; their track numbers must not occur in `before`

    A sighting of `after` that continues one of `before` takes over its track. Those of `before` that nothing continues
    are followed to the last frame all the same, with `unseen` telling for how long: the caller decides when to let go.
    """
    if len(views) == 1:
        return (_joined(before, after),)
    forwards = _follow(views, [sighting.box for sighting in before])
    backwards = [tuple(reversed(path)) for path in _follow(views[::-1], [sighting.box for sighting in after])]
    continued = _matches(before, [path[-1] for path in forwards], after)
    frames: list[list[Sighting]] = [[] for _ in views]
    for number, sighting in enumerate(before):
        path: Sequence[Box] = forwards[number]
        if number in continued:
            path = _met(path, backwards[continued[number]], sighting.box, after[continued[number]].box)
        for age, box in enumerate(path):
            unseen = 0 if number in continued else sighting.unseen + age
            frames[age].append(replace(sighting, box=box, unseen=unseen))
    for number, sighting in enumerate(after):
        if number not in continued.values():
            for frame, box in zip(frames, backwards[number], strict=True):
                frame.append(replace(sighting, box=box))
    # In the last frame the detector's own box is the better one to go on from.
    for number, target in continued.items():
        frames[-1][number] = before[number].seen_again(after[target], after[target].box)
    return tuple(tuple(frame) for frame in frames)


def _joined(before: Sequence[Sighting], after: Sequence[Sighting]) -> tuple[Sighting, ...]:
    continued = _matches(before, [sighting.box for sighting in before], after)
    kept = [
        sighting.seen_again(after[continued[number]], sighting.box.hull(after[continued[number]].box))
        if number in continued
        else sighting
        for number, sighting in enumerate(before)
    ]
    return (*kept, *(new for number, new in enumerate(after) if number not in continued.values()))


def _met(forwards: Sequence[Box], backwards: Sequence[Box], start: Box, end: Box) -> list[Box]:
    """One box a frame that holds what both ways say of one thing."""
    met = [one.hull(other) for one, other in zip(forwards, backwards, strict=True)]
    if start.iou(end) < STILL_IOU:
        return met
    still = start.hull(end)
    if forwards[-1].iou(end) < SAME_THING_IOU:
        # An overlay: what moved was the background behind it.
        return [still] * len(met)
    return [box.hull(still) for box in met]


def _matches(before: Sequence[Sighting], ends: Sequence[Box], after: Sequence[Sighting]) -> dict[int, int]:
    """Which of `before`, still there or followed to `ends`, is which of `after`; best overlap first, each once."""
    pairs = sorted(
        (
            (max(end.iou(new.box), old.box.iou(new.box)), number, target)
            for number, (old, end) in enumerate(zip(before, ends, strict=True))
            for target, new in enumerate(after)
            if old.label == new.label
        ),
        reverse=True,
    )
    found: dict[int, int] = {}
    for overlap, number, target in pairs:
        if overlap >= SAME_THING_IOU and number not in found and target not in found.values():
            found[number] = target
    return found


def _follow(views: Sequence[Grey], boxes: Sequence[Box]) -> list[tuple[Box, ...]]:
    """For each box of the first view its place in every view."""
    paths = [[box] for box in boxes]
    if boxes:
        for here, there in itertools.pairwise(views):
            for path, box in zip(paths, _step(here, there, [path[-1] for path in paths]), strict=True):
                path.append(box)
    return [tuple(path) for path in paths]


def _step(here: Grey, there: Grey, boxes: Sequence[Box]) -> list[Box]:
    """Where the boxes of one frame are in the next: one flow call for all of them."""
    starts = np.concatenate([_grid(box) for box in boxes])
    ends, found, _ = cv2.calcOpticalFlowPyrLK(
        here, there, starts, np.zeros_like(starts), winSize=FLOW_WINDOW_PX, maxLevel=FLOW_LEVELS
    )
    back, returned, _ = cv2.calcOpticalFlowPyrLK(
        there, here, ends, np.zeros_like(starts), winSize=FLOW_WINDOW_PX, maxLevel=FLOW_LEVELS
    )
    height, width = here.shape
    true = (found[:, 0] == 1) & (returned[:, 0] == 1) & (np.abs(back - starts).max(axis=1) < ROUND_TRIP_PX)
    true &= ((starts >= 0) & (starts < (width, height))).all(axis=1)
    each = POINTS_PER_SIDE**2
    return [
        _moved(box, starts[at : at + each][true[at : at + each]], ends[at : at + each][true[at : at + each]])
        for box, at in zip(boxes, range(0, each * len(boxes), each), strict=True)
    ]


def _grid(box: Box) -> Points:
    """Points spread over the inner part of a box, since its margin is mostly background."""
    across = np.linspace(box.left + 0.2 * box.width, box.right - 0.2 * box.width, POINTS_PER_SIDE)
    down = np.linspace(box.top + 0.2 * box.height, box.bottom - 0.2 * box.height, POINTS_PER_SIDE)
    return np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2).astype(np.float32)


def _moved(box: Box, starts: Points, ends: Points) -> Box:
    """The box after the median motion and the median change of size of its points."""
    if len(starts) < 3:
        grow = LOST_GROWTH * max(box.width, box.height) / 2
        return box.grown(grow, grow, grow, grow)
    shift = np.median(ends - starts, axis=0)
    scale = _scale(starts, ends)
    across, down = (scale - 1) * box.width / 2, (scale - 1) * box.height / 2
    return box.grown(across, down, across, down).shifted(float(shift[0]), float(shift[1]))


def _scale(starts: Points, ends: Points) -> float:
    """Median ratio of the points' distances from their centre, held near 1: one frame changes little."""
    before = np.linalg.norm(starts - np.median(starts, axis=0), axis=1)
    after = np.linalg.norm(ends - np.median(ends, axis=0), axis=1)
    far = before > 2
    if not far.any():
        return 1.0
    ratio = float(np.median(after[far] / before[far]))
    return min(max(ratio, 0.95), 1.05) if math.isfinite(ratio) else 1.0
