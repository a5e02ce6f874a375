"""Frames with what was seen in them -> the same, parted into what is to be hidden and what stays visible.

Whether a thing may stay is told by all of its track: somebody who walks through an allowed place is not shown for the
steps within it, and a face that one look takes for somebody else's is hidden in every frame. So a file for which
something may be allowed is looked at to its end before its first frame is painted, and decoded once more for that.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from redact.allowance import Allow
from redact.contracts import Canvas, Footage
from redact.errors import DamagedFileError
from redact.model import Detection
from redact.watching import Seen

Marks: TypeAlias = tuple[tuple[int, Detection], ...]
"""The track and the detection of several things in one frame, in the frame's own pixels."""

Watch: TypeAlias = Callable[[Iterator[Canvas]], Iterator[Seen]]
"""Looks at frames, as `redact.watching.watched` does."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """A frame, what is to be hidden in it, and what stays visible, each with the entry that allows it."""

    canvas: Canvas
    hidden: Marks
    visible: tuple[tuple[int, Detection, Allow], ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen in one frame.

    index, time, size: the frame's, see `redact.contracts.Canvas`
    """

    index: int
    time: Fraction
    size: tuple[int, int]
    marks: Marks


def sifted(footage: Footage, watch: Watch, entries: Sequence[Allow]) -> Iterator[Sifted]:
    """Every frame, parted by the entries that are for this file.

    Without an entry frames are given as they are looked at, and decoded once. Raises DamagedFileError when the file
    does not show the same frames twice.
    """
    if not entries:
        for canvas, marks in watch(footage.canvases()):
            yield Sifted(canvas, marks)
        return
    looks = [Look(canvas.index, canvas.time, canvas.size, marks) for canvas, marks in watch(footage.canvases())]
    left = left_visible(looks, entries)
    for canvas, look in itertools.zip_longest(footage.canvases(), looks):
        if not (canvas and look and (canvas.index, canvas.time, canvas.size) == (look.index, look.time, look.size)):
            message = "decoded once more it shows other frames: get an undamaged original"
            raise DamagedFileError(message)
        yield _parted(canvas, look, left)


def left_visible(looks: Sequence[Look], entries: Sequence[Allow]) -> Mapping[tuple[int, int], Allow]:
    """(frame index, track) of what stays visible, and the first entry that allows it; looks are of a whole file."""
    tracks: dict[int, list[tuple[Look, Detection]]] = {}
    for look in looks:
        for track, found in look.marks:
            tracks.setdefault(track, []).append((look, found))
    left: dict[tuple[int, int], Allow] = {}
    until = _until(looks)
    # A time belongs to a clip: the one frame of a photo would else lie in every stretch from 0 on.
    for entry in (each for each in entries if len(looks) > 1 or not each.times):
        for track, sightings in tracks.items():
            for look, _ in itertools.chain.from_iterable(_stretches(sightings, entry, until)):
                left.setdefault((look.index, track), entry)
    return left


def hidden(found: Sequence[Detection], size: tuple[int, int], entries: Sequence[Allow]) -> tuple[Detection, ...]:
    """What is to be hidden of the things found in a single picture of `size` (width, height)."""
    look = Look(0, Fraction(0), size, tuple(enumerate(found)))
    left = left_visible([look], entries)
    return tuple(each for track, each in look.marks if (look.index, track) not in left)


def _until(looks: Sequence[Look]) -> Mapping[int, Fraction]:
    """Frame index -> when the next frame is shown; the last one is taken to last as long as the one before it."""
    times = [look.time for look in looks]
    last = 2 * times[-1] - times[-2] if len(times) > 1 else times[-1] if times else Fraction(0)
    return {look.index: end for look, end in zip(looks, [*times[1:], last], strict=True)}


def _stretches(
    sightings: Sequence[tuple[Look, Detection]], entry: Allow, until: Mapping[int, Fraction]
) -> Iterator[Sequence[tuple[Look, Detection]]]:
    """The stretches of a track in which it stays visible: in all of a stretch that the entry names, or not in it."""
    if any(found.label != entry.label for _, found in sightings):
        return
    if entry.faces is not None and not all(entry.name in found.resembles for _, found in sightings):
        return
    if not entry.times and all(entry.holds(found.region, look.size) for look, found in sightings):
        yield sightings
    for span in entry.spans if entry.times else ():
        begun = [(look, found) for look, found in sightings if span.holds(look.time)]
        if all(entry.holds(found.region, look.size) for look, found in begun):
            # In a slide show a frame that begins in time may be shown for minutes after it.
            yield [(look, found) for look, found in begun if until[look.index] <= span.end]


def _parted(canvas: Canvas, look: Look, left: Mapping[tuple[int, int], Allow]) -> Sifted:
    hidden = tuple((track, found) for track, found in look.marks if (look.index, track) not in left)
    visible = tuple(
        (track, found, left[look.index, track]) for track, found in look.marks if (look.index, track) in left
    )
    return Sifted(canvas, hidden, visible)
