"""What a partner loses: how much of the things that training labels mark lies under what was painted. Pure.

An object that is mostly painted teaches a model the paint. So redaction is held against labels, class by class: how
many objects it touches, and how much of them it takes away. Objects of a clip count once in every frame.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redact.areas import area, covered
from redact.errors import PolicyError
from redact.model import Findings, Region
from redact.regions import Regions

VERSION = 1
SHARES = (0.1, 0.5, 0.9)
"""An object may lose more than so much of its area."""


@dataclass(frozen=True, slots=True)
class ClassLoss:
    """What the objects of one class lose.

    label:   the class
    objects: how many are marked
    touched: how many of them lie under paint at all, be it in part
    area:    mean share of an object's area that is painted, 0..1
    over:    share of SHARES -> how many objects lose more than that of their area
    """

    label: str
    objects: int
    touched: int
    area: float
    over: Mapping[float, int]

    @property
    def told(self) -> dict[str, Any]:
        """As data for machines."""
        over = {f"over_{share:.0%}".removesuffix("%"): count for share, count in self.over.items()}
        return {"objects": self.objects, "touched": self.touched, "area": round(self.area, 6), **over}


@dataclass(frozen=True, slots=True)
class Loss:
    """What a data set loses.

    classes:  by label
    compared: in how many files labels and paint were held against each other
    left_out: how many files have labels, but are not listed in what was painted: nobody knows what they lose
    """

    classes: tuple[ClassLoss, ...]
    compared: int
    left_out: int

    @property
    def told(self) -> dict[str, Any]:
        """As data for machines."""
        files = {"compared": self.compared, "left_out": self.left_out}
        return {"redact_loss": VERSION, "files": files, "classes": {each.label: each.told for each in self.classes}}


def loss(painted: Regions, labels: Regions) -> Loss:
    """What the objects that `labels` mark lose to the regions in `painted`, in files that both list by one name.

    Raises PolicyError when they do not agree about the size of a file or its number of frames.
    """
    shares: dict[str, list[float]] = defaultdict(list)
    both = [name for name in labels.files if name in painted.files]
    for name in both:
        for label, share in _shares(name, painted.files[name], labels.files[name]):
            shares[label].append(share)
    classes = tuple(_class(label, shares[label]) for label in sorted(shares))
    return Loss(classes, len(both), len(labels.files) - len(both))


def table(found: Loss) -> Iterator[str]:
    """Lines for people: one a class, then what was compared."""
    width = max([5, *(len(each.label) for each in found.classes)])
    bars = "".join(f"{f'>{share:.0%}':>8}" for share in SHARES)
    yield f"{'class':<{width}} {'objects':>8} {'touched':>8} {'area':>8}{bars}"
    for each in found.classes:
        over = "".join(f"{count / each.objects:>8.1%}" for count in each.over.values())
        touched = each.touched / each.objects
        yield f"{each.label:<{width}} {each.objects:>8} {touched:>8.1%} {each.area:>8.1%}{over}"
    left_out = f"; {found.left_out} with labels are not listed in the regions" if found.left_out else ""
    yield f"{found.compared} files compared{left_out}"


def _class(label: str, shares: Sequence[float]) -> ClassLoss:
    over = {bar: sum(share > bar for share in shares) for bar in SHARES}
    return ClassLoss(label, len(shares), sum(share > 0 for share in shares), sum(shares) / len(shares), over)


def _shares(name: str, painted: Findings, labelled: Findings) -> Iterator[tuple[str, float]]:
    """Label and painted share of every object in a file."""
    if (painted.size, painted.frames) != (labelled.size, labelled.frames):
        message = (
            f"{name} has another size or number of frames in the labels than in the regions: they are of two files"
        )
        raise PolicyError(message)
    paint: dict[int, list[Region]] = defaultdict(list)
    for track in painted.tracks:
        for frame, region in track.regions.items():
            paint[frame].append(region)
    for track in labelled.tracks:
        for frame, thing in track.regions.items():
            yield track.label, min(1.0, covered(thing, paint[frame]) / area(thing))
