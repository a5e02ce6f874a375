"""Is the picture untouched outside what was painted, and painted inside?

A still is decoded independently and strictly, and every sample outside the regions, grown to the coding grid, has to
be the same. The source and the copy are decoded one after the other, and of the source only digests of its rows and its
brightness are kept, since two large pictures take too much memory. Where nothing was painted it is the coded data
itself that has to be the same, bit for bit. A WebP with loss is coded anew as a whole, so outside only its size, turn
and profile are compared. Animations are never painted.

A clip's pictures are all coded anew where one of them was painted: outside it is not compared; when and how they are
shown, see `timing`. Inside, regions must not show what the source shows there, in a still as in frames of a clip.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redact.checks import clips, stills
from redact.checks.evidence import Evidence
from redact.checks.paint import unpainted
from redact.checks.reading import CLIPS, Buffer, Flaw, answered, blaming_the_source, container, mapped, mapped_source
from redact.checks.structure.picture import Still
from redact.checks.timeline import Timeline
from redact.model import Box, Check, Keep, Polygon, Region

NAME = "pixels"

SAMPLES = 8
"""Frames of a clip that are compared, spread evenly over those in which something was painted; and up to as many for
tracks that none of these shows."""


def ask(evidence: Evidence) -> Check:
    """Passed when a still's picture changed where it was painted and nowhere else, and a clip's where it was painted.

    Raises DamagedFileError when the source does not decode whole.
    """
    return answered(NAME, lambda: _look(evidence))


def stored(region: Region, size: tuple[int, int], orientation: int) -> Region:
    """A region of the upright picture in the picture as stored, `size` being (width, height) as stored."""
    width, height = size

    def place(x: float, y: float) -> tuple[float, float]:
        if orientation in (3, 4, 7, 8):
            y = (width if orientation >= 5 else height) - y
        if orientation in (2, 3, 6, 7):
            x = (height if orientation >= 5 else width) - x
        return (y, x) if orientation >= 5 else (x, y)

    if isinstance(region, Polygon):
        return Polygon(tuple(place(x, y) for x, y in region.points))
    (left, top), (right, bottom) = place(region.left, region.top), place(region.right, region.bottom)
    return Box(min(left, right), min(top, bottom), max(left, right), max(top, bottom))


def _look(evidence: Evidence) -> str:
    with mapped(evidence.copy) as copy, mapped_source(evidence.source) as source:
        kind = container(source)
        if container(copy) == kind == "XMP":
            return "no picture"
        if kind in CLIPS:
            return _look_at_clip(evidence)
        if kind is None or container(copy) != kind:
            message = "the copy is not a still of the source's container"
            raise Flaw(message)
        with blaming_the_source():
            before = stills.describe(source, kind)
        after = stills.describe(copy, kind)
        _demand_same_frame(before, after, evidence.keep)
        if not evidence.painted and _same_coded_data(source, before, copy, after):
            with blaming_the_source():
                stills.demand_decodes(source, kind, before)
            return "the coded data is bit-identical"
        if kind not in stills.PAINTED:
            message = "the coded picture changed"
            raise Flaw(message)
        if before.animated:
            message = "an animation that changed cannot be compared"
            raise Flaw(message)
        regions = [stored(region, before.size, before.orientation) for _, region in evidence.findings.regions()]
        outside = [_grown(region, before) for region in regions]
        with blaming_the_source():
            original = _Trace.of(stills.decode(source, kind, before), outside)
        rewritten = _Trace.of(stills.decode(copy, kind, after), outside)
    return _compare(original, rewritten, regions, exact=before.exact)


def _look_at_clip(evidence: Evidence) -> str:
    tracks = [sorted(track.regions) for track in evidence.findings.tracks if track.regions]
    if not tracks:
        return "nothing was painted"
    with blaming_the_source():
        before = Timeline.of(evidence.source)
    after = Timeline.of(evidence.copy)
    if len(before) != len(after) or max(frames[-1] for frames in tracks) >= len(after):
        message = "the copy does not show the frames of the source"
        raise Flaw(message)
    sampled = sample(tracks)
    originals, copies = before.frames(evidence.source, sampled), after.frames(evidence.copy, sampled)
    for index, copy in copies:
        with blaming_the_source():
            _, original = next(originals)
        regions = [region for _, region in evidence.findings.regions(index)]
        _demand_painted(clips.brightness(original), clips.brightness(copy), regions, f" in frame {index}")
    return f"painted wherever it was looked at, in {len(sampled)} of {len(set().union(*tracks))} frames"


def sample(tracks: Sequence[Sequence[int]]) -> set[int]:
    """Indexes of up to twice SAMPLES of the frames in which the tracks are, each given as its frames in order."""
    painted = sorted(set().union(*tracks))
    spread = {painted[place] for place in np.linspace(0, len(painted) - 1, SAMPLES).round().astype(int).tolist()}
    missed = [frames for frames in tracks if spread.isdisjoint(frames)]
    return spread | {frames[len(frames) // 2] for frames in missed[:SAMPLES]}


def _demand_painted(
    original: NDArray[np.uint8], copy: NDArray[np.uint8], regions: list[Region], where: str = ""
) -> None:
    if original.shape != copy.shape:
        message = "the picture's size changed"
        raise Flaw(message)
    shown = unpainted(original, copy, regions)
    if shown:
        message = f"{shown} of {len(regions)} regions{where} still show what the source shows"
        raise Flaw(message)


def _demand_same_frame(before: Still, after: Still, keep: Keep) -> None:
    if before.size != after.size:
        message = "the picture's size changed"
        raise Flaw(message)
    if after.orientation not in (before.readings if "orientation" in keep else {1}):
        message = "the picture's orientation changed"
        raise Flaw(message)
    # A profile speaks of one kind of samples: where that changed, it has to go.
    same_kind = before.colours == after.colours
    if after.profile != (before.profile if "colour" in keep and (same_kind or after.profile) else b""):
        message = "the picture's colour profile changed"
        raise Flaw(message)


def _same_coded_data(source: Buffer, before: Still, copy: Buffer, after: Still) -> bool:
    if len(before.coded) != len(after.coded):
        return False
    pairs = zip(before.coded, after.coded, strict=True)
    return all(
        name == other and source[start:end] == copy[begin:stop] for (name, start, end), (other, begin, stop) in pairs
    )


@dataclass(frozen=True)
class _Trace:
    """What is kept of a decoded still to compare it by.

    kind:       shape and type of its samples
    rows:       a digest of each row, without what is in the places
    brightness: of all of it, uint8 (height, width)
    """

    kind: tuple[Any, ...]
    rows: tuple[bytes, ...]
    brightness: NDArray[np.uint8]

    @classmethod
    def of(cls, pixels: NDArray[Any], places: Iterable[tuple[slice, slice]]) -> _Trace:
        """The trace of stored samples, which are overwritten."""
        kind, brightness = (*pixels.shape, pixels.dtype), stills.brightness(pixels)
        for place in places:
            pixels[place] = 0
        if pixels.ndim == 3 and pixels.shape[2] == 4:
            # Nobody sees the colour of what is wholly transparent, and WebP's encoder drops it.
            pixels[pixels[..., 3] == 0] = 0
        return cls(kind, tuple(hashlib.sha256(row.tobytes()).digest() for row in pixels), brightness)


def _compare(original: _Trace, rewritten: _Trace, regions: list[Region], *, exact: bool) -> str:
    if original.kind != rewritten.kind:
        message = "the kind of samples changed"
        raise Flaw(message)
    if exact or not regions:
        changed = sum(was != now for was, now in zip(original.rows, rewritten.rows, strict=True))
        if changed:
            message = f"{changed} rows of pixels changed outside the {len(regions)} regions"
            raise Flaw(message)
    _demand_painted(original.brightness, rewritten.brightness, regions)
    if regions and not exact:
        return f"{len(regions)} regions painted; coded anew with loss, so that other pixels were not compared"
    return f"{len(regions)} regions painted, every other pixel is the same"


def _grown(region: Region, still: Still) -> tuple[slice, slice]:
    """Rows and columns of the coded units that a region of the stored picture touches."""
    (across, down), bounds = still.grid, region.bounds
    left, right = max(int(bounds.left // across) * across, 0), max(-int(-bounds.right // across) * across, 0)
    top, bottom = max(int(bounds.top // down) * down, 0), max(-int(-bounds.bottom // down) * down, 0)
    return slice(top, bottom), slice(left, right)
