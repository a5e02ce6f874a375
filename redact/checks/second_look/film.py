"""The second look at a clip: at a sample of its frames, each as large as the first look saw it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from redact.checks import clips
from redact.checks.evidence import Evidence
from redact.checks.reading import Flaw
from redact.checks.second_look.sightings import counted, misses
from redact.checks.timeline import Timeline
from redact.model import Detection

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

SAMPLES = 14
"""Frames of a clip that are looked at: the first, the last, and the rest spread evenly."""


def look_at_clip(evidence: Evidence) -> str:
    """What the look found, in words. Raises Flaw when something shows that is not painted."""
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
            message = f"still visible in frame {self.index}: {counted(confirmed)}"
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
    unaccounted = [one for one in seen if not evidence.findings.leaves(one, index)]
    return misses(unaccounted, [region for _, region in evidence.findings.regions(index)], size)
