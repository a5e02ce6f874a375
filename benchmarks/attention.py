"""How often each flag points at a picture in which a face was missed.

    python -m benchmarks.attention DATA TOOLS

DATA and TOOLS as for `benchmarks.detection`. A picture is missed when less than 90 % of one of its labelled faces
was painted. *Right* is the share of flagged pictures that are missed, *among faces* the same among pictures with a
labelled face, *off border* the same among pictures where nothing touches the border, *reach* the share of missed
pictures that are flagged, *flagged* the share of all pictures. What is in brackets was tried beside what is flagged.
Limits were chosen on four fifths of the pictures; the other fifth, by the hash of their names, has its own lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import cv2
import numpy as np

from benchmarks.calibrate.folds import families, part
from benchmarks.detection import arguments, loaded, ordered, read
from redact import attention
from redact.detectors.face import FaceDetector
from redact.model import CODES, Code, Detection, Findings, Flag, Track

SIDES_PX = (14, 16, 20, 24, 32)
CROWDS = (5, 8, 20, 50)
NEAR = (1.1, 1.25, 1.5, 1.75, 2)
"""Limits that are tried: the longer side of a region, regions in a picture, and scores beside the lowest one given."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What was found in one picture, what is flagged, and whether it shows a face and one was missed."""

    findings: Findings
    flags: tuple[Flag, ...]
    shows: bool
    missed: bool


Flagged: TypeAlias = Callable[[Picture], bool]


def main() -> None:
    """Look at every picture and print how often each flag is right, then each limit that might have been."""
    scoring, labels = loaded(options := arguments())
    cv2.setNumThreads(1)
    detector = FaceDetector()
    fitted: list[Picture] = []
    held: list[Picture] = []
    kin = families(tuple(labels["images"]))
    for name, entry in ordered(labels["images"]):
        if entry.get("negative") or faces(entry):
            image = read(options.data / name)
            size = image.shape[1], image.shape[0]
            seen = picture(list(detector.detect(image)), size, entry, scoring.covered_area)
            (held if part(kin[name], "untouched") == 0 else fitted).append(seen)
    for group, pictures in (("chosen on", fitted), ("held out", held)):
        missed = sum(each.missed for each in pictures)
        print(f"{group}: {len(pictures)} pictures, {sum(each.shows for each in pictures)} with faces, {missed} missed")
        print(f"  {'':28}{'flagged %':>10}{'right %':>9}{'among faces %':>15}{'off border %':>14}{'reach %':>9}")
        for what, flagged in questions(pictures):
            print(line(what, pictures, flagged))


def faces(entry: Mapping[str, Any]) -> list[list[float]]:
    """The labelled faces that are asked for."""
    return [box["box"] for box in entry["boxes"] if box["label"] == "face" and not box.get("ignore")]


def picture(
    found: Sequence[Detection], size: tuple[int, int], entry: Mapping[str, Any], covered: Callable[..., float]
) -> Picture:
    """A picture after one look."""
    tracks = tuple(Track(each.label, {0: each.region}, each.score, each.doubts) for each in found)
    findings = Findings(tracks=tracks, frames=1, size=size)
    bounds = [each.region.bounds for each in found]
    painted = np.array([(box.left, box.top, box.right, box.bottom) for box in bounds])
    truth = [np.array(box) for box in faces(entry)]
    missed = any(covered(box, painted) < 0.9 * np.prod(box[2:] - box[:2]) for box in truth)
    return Picture(findings, attention.flags(findings), bool(truth), missed)


def questions(pictures: Sequence[Picture]) -> Iterator[tuple[str, Flagged]]:
    """A name for each way to flag, and the way."""
    for code in CODES:
        yield code, partial(is_raised, code)
    yield "any flag", lambda each: bool(each.flags)
    yield "a warning", lambda each: any(flag.severity != "notice" for flag in each.flags)
    for pixels in SIDES_PX:
        yield f"(small: under {pixels} px)", partial(is_small, pixels)
    for count in CROWDS:
        yield f"(crowd: from {count})", partial(is_crowd, count)
    lowest = min((track.score for each in pictures for track in each.findings.tracks), default=0.0)
    for times in NEAR:
        yield f"(near: up to x {times})", partial(is_near, times * lowest)
    yield "(nothing found)", lambda each: not each.findings.tracks


def is_raised(code: Code, each: Picture) -> bool:
    """True when the picture has this flag."""
    return attention.raised(each.flags, frozenset({code}))


def is_small(pixels: float, each: Picture) -> bool:
    """True when the longer side of a region is less."""
    bounds = (track.regions[0].bounds for track in each.findings.tracks)
    return any(max(box.width, box.height) < pixels for box in bounds)


def is_crowd(count: int, each: Picture) -> bool:
    """True when there are so many regions."""
    return len(each.findings.tracks) >= count


def is_near(score: float, each: Picture) -> bool:
    """True when a detector gave a lower score to something it found."""
    return any(track.score < score for track in each.findings.tracks)


def line(what: str, pictures: Sequence[Picture], flagged: Flagged) -> str:
    """One row of the table."""
    hits = [each for each in pictures if flagged(each)]
    inner = [each for each in hits if not is_raised("at-border", each)]
    right = sum(each.missed for each in hits)
    shares = (
        share(len(hits), len(pictures)),
        share(right, len(hits)),
        share(right, sum(each.shows for each in hits)),
        share(sum(each.missed for each in inner), len(inner)),
        share(right, sum(each.missed for each in pictures)),
    )
    return "  {:28}{:>10}{:>9}{:>15}{:>14}{:>9}".format(what, *shares)


def share(part: int, whole: int) -> str:
    """In per cent."""
    return f"{100 * part / whole:.0f}" if whole else "-"


if __name__ == "__main__":
    main()
