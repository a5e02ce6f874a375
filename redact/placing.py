"""Frames -> the same with the regions that were given: in place of looking at them, or besides what was seen.

What is given is painted, whatever the policy allows to stay visible: whoever gave it saw the file.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from redact.allowance import Allow
from redact.contracts import Canvas, Footage
from redact.errors import MediaError, PolicyError
from redact.model import Detection, Findings, Origin
from redact.plugins import inside, offers
from redact.policy import Policy
from redact.regions import Regions
from redact.sifting import Marks, Sifted, Watch, sifted
from redact.watching import Seen


@dataclass(frozen=True, slots=True)
class Given:
    """What was given for one file.

    path:     the file's, as the regions list it
    unsought: labels that are to be hidden and that no detector looks for
    """

    regions: Regions
    path: PurePath
    unsought: frozenset[str] = frozenset()

    @property
    def origin(self) -> Origin:
        """Where the regions of this file come from."""
        if self.regions.use == "instead":
            return "given"
        return "found and given" if self.path.as_posix() in self.regions.files else "found"

    def frames(self, footage: Footage, watch: Watch, allow: Sequence[Allow]) -> Iterator[Sifted]:
        """Every frame with what is to be hidden in it.

        Raises MediaError for a file that is not listed where nobody looks, be it for one label alone, and for another
        one than was listed.
        """
        listed = self.regions.of(self.path)
        if listed is None and self.unsought:
            message = (
                f"{self.path.name} is not listed in the regions that were given, and no detector looks for "
                f"{', '.join(sorted(self.unsought))}: list it, with nothing in it if there is nothing"
            )
            raise MediaError(message)
        frames = sifted(footage, _unlooked_at, ()) if self.regions.use == "instead" else sifted(footage, watch, allow)
        return placed(frames, listed, self.path.name) if listed else frames


def placed(frames: Iterator[Sifted], listed: Findings, name: str) -> Iterator[Sifted]:
    """The frames with what is listed of them, clipped to them, besides what is to be hidden already.

    Raises MediaError when they are not as many, or not as large, as was listed.
    """
    marks = by_frame(listed)
    count = 0
    for frame in frames:
        count += 1
        if frame.canvas.size != listed.size:
            width, height = listed.size
            message = (
                f"{name} is not {width} x {height} pixels upright, as the regions that were given say: scan it again"
            )
            raise MediaError(message)
        given = _within(marks.get(frame.canvas.index, ()), listed.size)
        yield dataclasses.replace(frame, hidden=(*frame.hidden, *given))
    if count != listed.frames:
        message = f"{name} does not have {listed.frames} frames, as the regions that were given say: scan it again"
        raise MediaError(message)


def looked_for(policy: Policy, regions: Regions | None) -> Policy:
    """The policy by which is looked: all of it, or what the given regions leave to detectors.

    Besides given regions a label that no detector offers is not looked for, if they speak of it.
    Raises PolicyError when they speak of a label that the policy does not hide.
    """
    if regions is None:
        return policy
    shown = sorted(regions.labels - policy.hide.keys())
    if shown:
        message = (
            f"the regions that were given speak of {shown[0]!r}, which the policy does not hide: hide it too "
            f"(--hide +{shown[0]}), or take it out"
        )
        raise PolicyError(message)
    labels: set[str] = set()
    if regions.use == "besides":
        offered = {offer.name for offer in offers()} | policy.detectors.keys()
        labels = {label for label in policy.hide if label in offered or label not in regions.labels}
    return dataclasses.replace(
        policy,
        hide={label: style for label, style in policy.hide.items() if label in labels},
        detectors={label: options for label, options in policy.detectors.items() if label in labels},
        allow=tuple(entry for entry in policy.allow if entry.label in labels),
    )


def by_frame(findings: Findings) -> Mapping[int, Marks]:
    """Frame index -> what findings tell of it, with the numbers of the tracks from 0 upwards."""
    marks: dict[int, list[tuple[int, Detection]]] = defaultdict(list)
    for number, track in enumerate(findings.tracks):
        for index, region in track.regions.items():
            marks[index].append((number, Detection(region, track.label, track.score, track.doubts)))
    return {index: tuple(found) for index, found in marks.items()}


def _within(marks: Marks, size: tuple[int, int]) -> Iterator[tuple[int, Detection]]:
    """The marks within the frame. Their numbers are none that a look gives: those count from 0 upwards."""
    for number, found in marks:
        region = inside(found.region, *size)
        if region is not None:
            yield ~number, dataclasses.replace(found, region=region)


def _unlooked_at(canvases: Iterator[Canvas]) -> Iterator[Seen]:
    """Frames that nobody looks at."""
    return ((canvas, ()) for canvas in canvases)
