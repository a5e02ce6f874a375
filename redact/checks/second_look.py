"""Does the detector, asked again, still see what was to be hidden?

A still is looked at whole, a clip at a sample of frames. What is seen has to lie under what was painted in that frame:
detectors see ghosts in a blurred patch, so a sighting that is mostly covered is the patch itself and not a miss. What a
clip codes beyond its frames cannot be looked at, so there must be no more of it than fills up a block.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from redact.checks import clips, stills
from redact.checks.evidence import Evidence
from redact.checks.reading import CLIPS, Flaw, answered, blaming_the_source, container, mapped, mapped_source
from redact.checks.timeline import Timeline
from redact.model import Check, Detection, Polygon, Region

if TYPE_CHECKING:
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
        if kind in CLIPS:
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
    timeline = Timeline.of(evidence.copy)
    sampled = frozenset(timeline.sample(SAMPLES))
    witnesses = {index + 1 for index in sampled if index + 1 < len(timeline)}
    _demand_hidden(evidence, sampled, timeline.whole_frames(evidence.copy, sampled | witnesses))
    return f"nothing is visible that is not painted in {len(sampled)} of {len(timeline)} frames"


@dataclass(frozen=True)
class _Suspects:
    """What shows in the sampled frame `index`, until the frame after it has borne witness."""

    index: int = -1
    seen: Sequence[Detection] = ()

    def await_witness(self, index: int) -> bool:
        """True when it is the frame `index` that has to be asked."""
        return bool(self.seen) and index == self.index + 1

    def seen_again(self, seen: Sequence[Detection]) -> list[Detection]:
        """Those that stand where something is seen in the frame after."""
        return [one for one in self.seen if any(one.region.bounds.overlap(two.region.bounds) for two in seen)]

    def demand_none(self, confirmed: Sequence[Detection]) -> None:
        """Raise Flaw when any are confirmed."""
        if confirmed:
            message = f"still visible in frame {self.index}: {_counted(confirmed)}"
            raise Flaw(message)


def _demand_hidden(evidence: Evidence, sampled: frozenset[int], frames: Iterable[tuple[int, VideoFrame]]) -> None:
    """Raise Flaw when something shows in a sampled frame, and again in the one after it.

    A face is there for longer than a frame; a detector's false alarm at the edge of its threshold often is not, and the
    first look, at one frame in several, has not seen all of those. The last frame has no witness and needs none.
    """
    suspects = _Suspects()
    for index, frame in frames:
        is_witness = suspects.await_witness(index)
        if not is_witness and index not in sampled:
            continue
        seen = _misses_in(evidence, index, frame)
        if is_witness:
            suspects.demand_none(suspects.seen_again(seen))
        suspects = _Suspects(index, seen if index in sampled else ())
    suspects.demand_none(suspects.seen)


def _misses_in(evidence: Evidence, index: int, frame: VideoFrame) -> list[Detection]:
    scale = min(1.0, evidence.long_side / max(frame.width, frame.height))
    width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    small = frame.reformat(width, height, "rgb24", interpolation="AREA").to_ndarray().astype(np.uint8, copy=False)
    picture = clips.upright(small, frame)
    across, down = frame.width / width, frame.height / height
    size = frame.width, frame.height
    if clips.lies_down(frame):
        across, down, size = down, across, (frame.height, frame.width)
    seen = [replace(one, region=one.region.scaled(across, down)) for one in evidence.detect(picture)]
    return misses(seen, _regions(evidence, index), size)


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
