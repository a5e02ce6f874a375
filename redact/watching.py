"""Frames -> frames with what is to be hidden in each: detectors look at key frames, the tracker bridges the rest.

A generator over a bounded window, so a clip is decoded once and memory does not grow with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from redact.contracts import Canvas, Looker
from redact.model import Detection
from redact.overlays import Overlays
from redact.policy import Tracking
from redact.styles import empty
from redact.tracker import Sighting, bridge

TRACKING_SIDE_PX = 640
"""The tracker follows regions in pictures of this size: motion shows in them, and flow costs little."""

GLIMPSE_SIDE_PX = 64
CUT_DIFFERENCE = 20
"""Mean difference of brightness, of 255, between two glimpses that tells a cut; a pan or a shake gives about 5."""

Seen: TypeAlias = tuple[Canvas, tuple[tuple[int, Detection], ...]]
"""A frame with the track and the detection of everything that is to be hidden in it, in the frame's own pixels."""


def watched(
    canvases: Iterator[Canvas], looker: Looker, tracking: Tracking, overlays: Overlays | None = None
) -> Iterator[Seen]:
    """Each canvas with the track and the detection of what is to be hidden in it.

    Key frames are looked at, the frames between two of them are bridged by the tracker. Holds one window of frames.
    A still is a clip of one frame: it is looked at in full size, and its regions stay as they were found.

    overlays: told of every look at a clip; each of its places is in every frame from when it is known
    """
    first = next(canvases, None)
    if first is None:
        return
    second = next(canvases, None)
    if second is None:
        found = _seen_in_still(first, looker, tracking.looks)
        yield first, tuple(enumerate(found))
        return
    yield from _Watch(looker, tracking, first.size, overlays or Overlays()).over(
        itertools.chain((first, second), canvases)
    )


def _seen_in_still(canvas: Canvas, looker: Looker, looks: int) -> Sequence[Detection]:
    """What the detectors find, and what they find once that is emptied, until a look finds nothing more."""
    found = list(looker.detect(canvas.view()))
    for _ in range(1, looks):
        canvas.edit([each.region for each in found], empty)
        more = [each for each in looker.detect(canvas.view()) if not _known(each, found)]
        if not more:
            break
        found += more
    return found


def _known(sighting: Detection, found: Sequence[Detection]) -> bool:
    """True for a sighting of a patch that stands where something was found before."""
    bounds = sighting.region.bounds
    return any(bounds.overlap(each.region.bounds) > 0.9 * bounds.area for each in found)


class _Watch:
    """One pass over a clip, window by window."""

    def __init__(self, looker: Looker, tracking: Tracking, size: tuple[int, int], overlays: Overlays) -> None:
        self._looker = looker
        self._tracking = tracking
        self._size = size
        self._scale = min(1.0, TRACKING_SIDE_PX / max(size))
        self._overlays = overlays
        self._numbers = itertools.count()
        self._glimpse: NDArray[np.int16] | None = None

    def over(self, canvases: Iterator[Canvas]) -> Iterator[Seen]:
        window = [next(canvases)]
        self._cut(window[0])
        known = self._seen(window[0])
        self._note(known)
        for canvas in canvases:
            window.append(canvas)
            if self._due(window):
                frames = self._bridged(window, known)
                yield from zip(window[:-1], map(self._marked, frames[:-1]), strict=True)
                known = frames[-1]
                window = window[-1:]
        if len(window) > 1:
            frames = self._bridged(window, known)
            yield from zip(window, map(self._marked, frames), strict=True)
        else:
            yield window[0], self._marked(known)

    def _due(self, window: Sequence[Canvas]) -> bool:
        elapsed = window[-1].time - window[0].time
        cut = self._cut(window[-1])
        return cut or len(window) > self._tracking.every or elapsed >= self._tracking.within_seconds

    def _cut(self, canvas: Canvas) -> bool:
        """True when a frame shows something else than the one before: what is new may be gone before the next look."""
        before, self._glimpse = self._glimpse, canvas.luma(GLIMPSE_SIDE_PX).astype(np.int16)
        if before is None or before.shape != self._glimpse.shape:
            return False
        return bool(np.abs(self._glimpse - before).mean() > CUT_DIFFERENCE)

    def _bridged(self, window: Sequence[Canvas], known: Sequence[Sighting]) -> list[tuple[Sighting, ...]]:
        """The sightings of every frame of the window; in its last frame those that are to be followed on."""
        views = [canvas.luma(TRACKING_SIDE_PX) for canvas in window]
        frames = list(bridge(views, known, self._seen(window[-1])))
        patience = self._patience(window)
        frames[-1] = tuple(each for each in frames[-1] if each.unseen <= patience and self._in_frame(each))
        self._note(frames[-1])
        still = self._still(known) | self._still(frames[-1])
        carried = [tuple(each for each in frame if each.track not in still) for frame in frames[:-1]]
        return [*carried, tuple(each for each in frames[-1] if each.track not in still or not each.unseen)]

    def _note(self, sightings: Sequence[Sighting]) -> None:
        """Tell the overlays what the look at a frame saw."""
        seen = [each for each in sightings if not each.unseen]
        self._overlays.see(self._marks(seen), self._size, self._numbers)

    def _still(self, sightings: Sequence[Sighting]) -> set[int]:
        """The tracks of what a look saw in the place of an overlay: following them would follow the background."""
        marks = self._marks([each for each in sightings if not each.unseen])
        return {track for track, found in marks if self._overlays.holds_still(found)}

    def _patience(self, window: Sequence[Canvas]) -> int:
        """How many frames a thing may go unseen: the time to linger, and at least this window."""
        span = float(window[-1].time - window[0].time)
        rate = (len(window) - 1) / span if span > 0 else 1.0
        return max(len(window) - 1, round(rate * self._tracking.linger_seconds))

    def _in_frame(self, sighting: Sighting) -> bool:
        width, height = (side * self._scale for side in self._size)
        return sighting.box.clipped(width, height) is not None

    def _seen(self, canvas: Canvas) -> tuple[Sighting, ...]:
        """What the detectors find in a frame, as new tracks in the tracker's pixels."""
        image = canvas.view(self._tracking.long_side)
        across = self._size[0] * self._scale / image.shape[1]
        down = self._size[1] * self._scale / image.shape[0]
        found = self._looker.detect(image)
        return tuple(
            Sighting(
                next(self._numbers),
                each.label,
                each.region.bounds.scaled(across, down),
                score=each.score,
                doubts=each.doubts,
                resembles=each.resembles,
            )
            for each in found
        )

    def _marked(self, sightings: Sequence[Sighting]) -> tuple[tuple[int, Detection], ...]:
        """All that is to be hidden in a frame: what overlays show there, and what else was seen or followed there."""
        seen = (mark for mark in self._marks(sightings) if not self._overlays.covers(mark[1]))
        return (*seen, *self._overlays.marks)

    def _marks(self, sightings: Sequence[Sighting]) -> tuple[tuple[int, Detection], ...]:
        """Sightings in the frame's own pixels; two sightings of one track become one region."""
        width, height = self._size
        marks: dict[int, Detection] = {}
        for each in sightings:
            box = each.box.scaled(1 / self._scale, 1 / self._scale).clipped(width, height)
            if box is not None:
                earlier = marks.get(each.track)
                region = earlier.region.bounds.hull(box) if earlier else box
                alike = each.resembles & earlier.resembles if earlier else each.resembles
                marks[each.track] = Detection(region, each.label, each.score, each.doubts, alike)
        return tuple(marks.items())
