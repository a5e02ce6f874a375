"""Is a still's picture untouched outside what was painted, and touched inside?

Source and copy are decoded independently and strictly, and every sample outside the regions, grown to the coding grid,
has to be the same. Where nothing was painted it is the coded data itself that has to be the same, bit for bit.
A region that was found and still shows what the source shows there was not painted. Clips: see `timing`.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from redact.checks import stills
from redact.checks.evidence import Evidence
from redact.checks.reading import Buffer, Flaw, answered, blaming_the_source, container, mapped, mapped_source
from redact.checks.stills import Still
from redact.model import Box, Check, Polygon, Region

NAME = "pixels"

_FLAT = 8
"""A unit whose samples lie this close together looks the same before and after a fill of its own colour."""

_UNIT = 8
"""Pixels. Inside a region, change is looked for in units of this size."""


def ask(evidence: Evidence) -> Check:
    """Passed for a clip, and for a still whose picture changed where it was painted and nowhere else.

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
        if kind == "MP4/MOV":
            return "not a still"
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
        if before.animated:
            message = "an animation that changed cannot be compared"
            raise Flaw(message)
        if not before.exact and evidence.painted:
            return "re-encoded with loss: size, turn and profile are the same, pixels were not compared"
        with blaming_the_source():
            original = stills.decode(source, kind, before)
        rewritten = stills.decode(copy, kind, after)
    return _compare(original, rewritten, before, [region for _, region in evidence.findings.regions()])


def _demand_same_frame(before: Still, after: Still, keep: frozenset[str]) -> None:
    if before.size != after.size:
        message = "the picture's size changed"
        raise Flaw(message)
    if after.orientation != (before.orientation if "orientation" in keep else 1):
        message = "the picture's orientation changed"
        raise Flaw(message)
    if after.profile != (before.profile if "colour" in keep else b""):
        message = "the picture's colour profile changed"
        raise Flaw(message)


def _same_coded_data(source: Buffer, before: Still, copy: Buffer, after: Still) -> bool:
    if len(before.coded) != len(after.coded):
        return False
    pairs = zip(before.coded, after.coded, strict=True)
    return all(
        name == other and source[start:end] == copy[begin:stop] for (name, start, end), (other, begin, stop) in pairs
    )


def _compare(original: NDArray[Any], rewritten: NDArray[Any], still: Still, regions: list[Region]) -> str:
    if original.shape != rewritten.shape or original.dtype != rewritten.dtype:
        message = "the kind of samples changed"
        raise Flaw(message)
    changed = _changed(original, rewritten)
    outside = changed.copy()
    unpainted = 0
    for region in (stored(region, still.size, still.orientation) for region in regions):
        outside[_grown(region, still)] = False
        unpainted += not _painted(original, changed, region)
    if outside.any():
        message = f"{np.count_nonzero(outside)} pixels changed outside the {len(regions)} regions"
        raise Flaw(message)
    if unpainted:
        message = f"{unpainted} of {len(regions)} regions still show what the source shows"
        raise Flaw(message)
    return f"{len(regions)} regions painted, every other pixel is the same"


def _changed(original: NDArray[Any], rewritten: NDArray[Any]) -> NDArray[np.bool_]:
    different = original != rewritten
    if different.ndim == 2:
        return np.asarray(different, np.bool_)
    if different.shape[2] == 4:
        # Nobody sees the colour of what is wholly transparent, and WebP's encoder drops it.
        different[..., :3] &= (original[..., 3:] > 0) | (rewritten[..., 3:] > 0)
    return np.asarray(different.any(axis=2), np.bool_)


def _grown(region: Region, still: Still) -> tuple[slice, slice]:
    """Rows and columns of the coded units that a region of the stored picture touches."""
    (across, down), bounds = still.grid, region.bounds
    left, right = max(int(bounds.left // across) * across, 0), max(-int(-bounds.right // across) * across, 0)
    top, bottom = max(int(bounds.top // down) * down, 0), max(-int(-bounds.bottom // down) * down, 0)
    return slice(top, bottom), slice(left, right)


def _painted(original: NDArray[Any], changed: NDArray[np.bool_], region: Region) -> bool:
    """True unless most units inside a region that show anything show it still."""
    height, width = changed.shape
    bounds = region.bounds.clipped(width, height)
    if bounds is None:
        return True
    rows = range(int(bounds.top), max(int(bounds.bottom), int(bounds.top) + 1), _UNIT)
    columns = range(int(bounds.left), max(int(bounds.right), int(bounds.left) + 1), _UNIT)
    inside = _mask(region, width, height)
    textured = repainted = 0
    for top in rows:
        for left in columns:
            unit = slice(top, min(top + _UNIT, height)), slice(left, min(left + _UNIT, width))
            covered = inside[unit]
            if not covered.any() or np.ptp(original[unit][covered], axis=0).max() <= _FLAT:
                continue
            textured += 1
            repainted += bool(changed[unit][covered].any())
    return 2 * repainted >= textured


def _mask(region: Region, width: int, height: int) -> NDArray[np.bool_]:
    """True for the pixels whose centre is inside a region of the stored picture."""
    canvas = np.zeros((height, width), np.uint8)
    if isinstance(region, Polygon):
        corners = np.array(region.points, np.float64).clip(-(1 << 14), 1 << 15)
        cv2.fillPoly(canvas, [np.round(corners - 0.5).astype(np.int32)], 1)
        return canvas.astype(bool)
    top, bottom = max(round(region.top), 0), max(round(region.bottom), 0)
    left, right = max(round(region.left), 0), max(round(region.right), 0)
    canvas[top:bottom, left:right] = 1
    return canvas.astype(bool)
