"""Does the detector, asked again, still see what was to be hidden?

A still is looked at whole, a clip at a sample of frames. What is seen has to lie under what was painted in that frame:
detectors see ghosts in a blurred patch, so a sighting that is mostly covered is the patch itself and not a miss.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from redact.checks import clips, stills
from redact.checks.evidence import Evidence
from redact.checks.reading import Flaw, answered, blaming_the_source, container, mapped, mapped_source
from redact.model import Check, Detection, Polygon, Region

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame

NAME = "second look"

COVERED = 0.5
"""Share of a sighting's area that has to be painted. A detector that meets one thing twice disagrees with itself about
the edges, and grows its boxes by margins; but less than half under paint is somewhere else."""

SURE = 0.5
"""Score from which on a sighting counts. A first look covers also what it is not sure of; asked again beside a painted
patch, detectors lift hands, lamps and hair over that low threshold: in 40 of 110 pictures of people, over this one in
4 of them."""

SAMPLES = 14
"""Frames of a clip that are looked at: the first, the last, and the rest spread evenly."""

LONG_SIDE = 960
"""Pixels. What the first look of a clip works at by default; a smaller picture would see less, a larger one more."""

FARTHEST = 250
"""Frames decoded to reach a sample: the distance of key frames in most coders. Where they are farther apart, a sample
moves towards the one before it."""


def ask(evidence: Evidence) -> Check:
    """Passed when nothing is seen in the copy that is not painted.

    Raises whatever `evidence.detect` raises: who could not look has no answer.
    """
    return answered(NAME, lambda: _look(evidence))


def misses(seen: Sequence[Detection], painted: Sequence[Region], size: tuple[int, int]) -> list[Detection]:
    """Those of the sure sightings that lie mostly outside the painted regions, all in pixels of a frame of `size`."""
    sure = [sighting for sighting in seen if sighting.score >= SURE]
    if not sure:
        return []
    cover = np.zeros((size[1], size[0]), np.uint8)
    for region in painted:
        _fill(cover, region)
    return [sighting for sighting in sure if _share(cover, sighting.region) < COVERED]


def _look(evidence: Evidence) -> str:
    with mapped_source(evidence.source) as source:
        kind = container(source)
        if kind == "MP4/MOV":
            return _look_at_clip(evidence)
        if not evidence.painted:
            return "nothing was painted and no pixel changed: the first look stands"
        if kind is None:
            message = "an unknown container cannot be looked at"
            raise Flaw(message)
        with blaming_the_source():
            # Regions are upright as the source was, whether or not the copy may say which way is up.
            turn = stills.describe(source, kind).orientation
    with mapped(evidence.copy) as copy:
        picture = stills.upright(stills.decode(copy, kind, stills.describe(copy, kind)), turn)
    uncovered = misses(evidence.detect(picture), _regions(evidence, 0), (picture.shape[1], picture.shape[0]))
    if uncovered:
        message = f"still visible: {_counted(uncovered)}"
        raise Flaw(message)
    return "nothing is visible that is not painted"


def _look_at_clip(evidence: Evidence) -> str:
    if not evidence.findings.frames and not evidence.painted:
        return "nothing was looked for"
    with clips.opened(evidence.copy) as clip:
        times, keys = clips.shown(clip, clips.pictures(clip))
    if not times:
        message = "no frame is shown"
        raise Flaw(message)
    indexes = sample(times, keys)
    with clips.opened(evidence.copy) as clip:
        _demand_hidden(evidence, set(indexes), _frames(clip, times, keys, indexes))
    return f"nothing is visible that is not painted in {len(indexes)} of {len(times)} frames"


def sample(times: Sequence[int], keys: Sequence[int]) -> list[int]:
    """Which frames of a clip to look at: indexes into `times`, at most FARTHEST frames behind one of `keys`."""
    indexes = set()
    for wished in np.linspace(0, len(times) - 1, SAMPLES).round().astype(int).tolist():
        key = bisect_left(times, _key_before(times[wished], keys))
        indexes.add(min(wished, key + FARTHEST))
    # The end is where trackers and encoders lose frames, however far it is.
    return sorted(indexes | {len(times) - 1})


def _demand_hidden(evidence: Evidence, sampled: set[int], frames: Iterator[tuple[int, VideoFrame]]) -> None:
    """Raise Flaw when something shows in a sampled frame, and again in the one after it.

    A face is there for longer than a frame; a detector's false alarm at the edge of its threshold often is not, and the
    first look, at one frame in several, has not seen all of those. The last frame has no witness and needs none.
    """
    suspects: list[Detection] = []
    suspected = -1
    for index, frame in frames:
        confirming = bool(suspects) and index == suspected + 1
        if not confirming and index not in sampled:
            continue
        seen = _misses_in(evidence, index, frame)
        again = [one for one in suspects if any(one.region.bounds.overlap(two.region.bounds) for two in seen)]
        if confirming and again:
            message = f"still visible in frame {suspected}: {_counted(again)}"
            raise Flaw(message)
        suspects, suspected = (seen if index in sampled else []), index
    if suspects:
        message = f"still visible in frame {suspected}: {_counted(suspects)}"
        raise Flaw(message)


def _misses_in(evidence: Evidence, index: int, frame: VideoFrame) -> list[Detection]:
    scale = min(1.0, LONG_SIDE / max(frame.width, frame.height))
    width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    small = frame.reformat(width, height, "rgb24", interpolation="AREA").to_ndarray().astype(np.uint8, copy=False)
    picture = clips.upright(small, frame)
    across, down = frame.width / width, frame.height / height
    size = frame.width, frame.height
    if clips.lies_down(frame):
        across, down, size = down, across, (frame.height, frame.width)
    seen = [replace(one, region=one.region.scaled(across, down)) for one in evidence.detect(picture)]
    return misses(seen, _regions(evidence, index), size)


def _frames(
    clip: InputContainer, times: Sequence[int], keys: Sequence[int], indexes: Sequence[int]
) -> Iterator[tuple[int, VideoFrame]]:
    """The frames at `indexes` and the one after each, in order. Raises Flaw when one does not decode.

    Jumps to the key frame before a frame unless decoding on gets there sooner.
    """
    stream = clips.pictures(clip)
    decoder: Iterator[VideoFrame] = iter(())
    reached = None
    for index in sorted({near for wanted in indexes for near in (wanted, wanted + 1) if near < len(times)}):
        time = times[index]
        if reached is None or _key_before(time, keys) > reached:
            clip.seek(_key_before(time, keys), stream=stream)
            decoder = clip.decode(stream)
        frame = next((frame for frame in decoder if frame.pts is not None and frame.pts >= time), None)
        if frame is None or frame.pts != time or frame.is_corrupt:
            message = "a frame does not decode"
            raise Flaw(message)
        yield index, frame
        reached = time


def _key_before(time: int, keys: Sequence[int]) -> int:
    place = bisect_right(keys, time)
    return keys[place - 1] if place else time


def _regions(evidence: Evidence, index: int) -> list[Region]:
    return [region for _, region in evidence.findings.regions(index)]


def _counted(seen: Sequence[Detection]) -> str:
    return ", ".join(f"{count} x {label}" for label, count in sorted(Counter(one.label for one in seen).items()))


def _share(cover: NDArray[np.uint8], region: Region) -> float:
    """Share of a region's area inside the frame that is covered; 1 where nothing of it is inside."""
    height, width = cover.shape
    bounds = region.bounds.clipped(width, height)
    if bounds is None:
        return 1.0
    rows = slice(int(bounds.top), ceil(bounds.bottom))
    columns = slice(int(bounds.left), ceil(bounds.right))
    own = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
    _fill(own, region.shifted(-columns.start, -rows.start))
    area = np.count_nonzero(own)
    return np.count_nonzero(own & cover[rows, columns]) / area if area else 1.0


def _fill(canvas: NDArray[np.uint8], region: Region) -> None:
    """Set the pixels a region touches to 1."""
    if isinstance(region, Polygon):
        corners = np.array(region.points).clip(-_FAR, _FAR)
        cv2.fillPoly(canvas, [np.floor(corners).astype(np.int32)], 1)
        return
    bounds = region.clipped(canvas.shape[1], canvas.shape[0])
    if bounds is not None:
        canvas[int(bounds.top) : ceil(bounds.bottom), int(bounds.left) : ceil(bounds.right)] = 1


_FAR = 1 << 15
"""Pixels. OpenCV draws with 16 bits before the point; no frame is larger."""
