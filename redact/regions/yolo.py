"""YOLO: a folder of text files, one a picture, and `classes.txt` with the labels, one a line.

A line is `class centre-x centre-y width height` in shares of the picture, the class a line number of `classes.txt`
from 0. `beach.txt` speaks of the picture `beach.jpg`; where `beach.png` lies beside it, `beach.jpg.txt` does. A clip is
a folder of its name with a file a frame: `drive.mp4/000000.txt`.

What it cannot hold: sizes of pictures, so whoever reads has to know them; scores, doubts, tracks, and polygons, of
which the bounds are written. What is read besides: a score after the height, and outlines (`class x y x y x y ...`).
A picture without a file of its own is not listed, where other readers take it for one that shows nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from redact.errors import PolicyError
from redact.model import Findings, Region
from redact.regions import demands
from redact.regions.listing import Mark, Regions, marks, tracked

CLASSES = "classes.txt"


def write(regions: Regions) -> dict[str, str]:
    """Path of each file in the folder -> its text. Raises PolicyError where two files would have one name."""
    labels = sorted(regions.labels)
    for label in labels:
        if label != label.strip() or not label.isprintable():
            demands.refuse("the labels", f"{demands.shown(label)} is no line of {CLASSES}")
    texts = {CLASSES: "".join(f"{label}\n" for label in labels)}
    classes = {label: number for number, label in enumerate(labels)}
    stems = Counter(_stem(name) for name in regions.files)
    for name, found in regions.files.items():
        lines: dict[int, list[str]] = {frame: [] for frame in range(found.frames)}
        for _, frame, label, region, _ in marks(found):
            lines[frame].append(f"{classes[label]} {_shares(region, found.size)}\n")
        for frame, rows in lines.items():
            path = f"{name}/{frame:06}.txt" if found.frames > 1 else _paths(name, stems)[0]
            if path in texts:
                demands.refuse(demands.shown(name), f"two files would be listed in {demands.shown(path)}")
            texts[path] = "".join(rows)
    return texts


def read(texts: Mapping[str, str], sizes: Mapping[str, demands.Size]) -> Regions:
    """The regions of a folder, of those files whose sizes are known.

    texts: path of each file in the folder -> its text
    sizes: path below the folder that is redacted -> size of its upright frames

    Raises PolicyError, with file and line.
    """
    if CLASSES not in texts:
        message = f"a folder in YOLO's layout has a file {CLASSES} with the labels, one a line"
        raise PolicyError(message)
    labels = texts[CLASSES].splitlines()
    stems = Counter(_stem(name) for name in sizes)
    clips = Counter(str(PurePosixPath(path).parent) for path in texts)
    files: dict[str, Findings] = {}
    used: dict[str, str] = {}
    for name, size in sizes.items():
        frames = _frames(name, texts, stems, clips[name])
        if any(used.setdefault(path, name) != name for path in frames):
            demands.refuse(demands.shown(name), f"{demands.shown(frames[0])} may speak of another file as well")
        if frames:
            rows = [
                mark
                for frame, path in enumerate(frames)
                for mark in _marks(frame, path, texts[path].splitlines(), labels, size)
            ]
            files[name] = Findings(tracks=tracked(rows), frames=len(frames), size=size)
    return Regions(files)


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))


def _paths(name: str, stems: Mapping[str, int]) -> tuple[str, ...]:
    """Where a still may be listed, what is surest first; under its name alone where no other shares it."""
    whole, short = f"{name}.txt", f"{_stem(name)}.txt"
    return (whole,) if stems[_stem(name)] > 1 or short == CLASSES else (short, whole)


def _frames(name: str, texts: Mapping[str, str], stems: Mapping[str, int], count: int) -> list[str]:
    """The texts that speak of a file, one a frame; none where it is not listed. `count` are in a folder of its name."""
    still = [path for path in _paths(name, stems) if path in texts]
    clip: list[str] = []
    while (path := f"{name}/{len(clip):06}.txt") in texts:
        clip.append(path)
    if len(clip) != count:
        demands.refuse(demands.shown(name), "its frames are not numbered 000000.txt, 000001.txt, ... without a gap")
    if len(still) + bool(clip) > 1:
        demands.refuse(demands.shown(name), "it is listed twice")
    return still or clip


def _marks(frame: int, path: str, lines: Sequence[str], labels: Sequence[str], size: demands.Size) -> Iterator[Mark]:
    for number, line in enumerate(lines, 1):
        if words := line.split():
            yield _mark(frame, words, labels, size, f"{demands.shown(path)}, line {number}")


def _mark(frame: int, words: Sequence[str], labels: Sequence[str], size: demands.Size, where: str) -> Mark:
    which, *numbers = words
    if not which.isascii() or not which.isdigit() or len(which) > 6 or int(which) >= len(labels):
        demands.refuse(where, f"{demands.shown(which)} is no class of {CLASSES}")
    shares = [_number(word, where) for word in numbers]
    scored = len(shares) == 5 or (len(shares) > 6 and len(shares) % 2 == 1)
    score = shares.pop() if scored else 1.0
    if not 0 <= score <= 1:
        demands.refuse(where, "a score lies between 0 and 1")
    if len(shares) == 4:
        return Mark(frame, labels[int(which)], _box(shares, size, where), score)
    if len(shares) < 6:
        demands.refuse(where, "a line is a class and four numbers, or a class and the corners of an outline")
    corners = [(shares[at] * size[0], shares[at + 1] * size[1]) for at in range(0, len(shares), 2)]
    outline = demands.polygon(corners, size, where)
    if _may_be_box(shares):
        outline = outline.bounds.hull(_box(shares[:4], size, where).bounds)
    return Mark(frame, labels[int(which)], outline, score)


def _may_be_box(shares: Sequence[float]) -> bool:
    """True for numbers that may be a box with more behind it: key points in it, or a certainty and a track's number.

    Nothing in the file tells them from the corners of an outline, so what either reading means is hidden.
    """
    across, down, width, height, *more = shares
    left, top, right, bottom = across - width / 2, down - height / 2, across + width / 2, down + height / 2
    if min(width, height) <= 0 or min(left, top) < -NEARLY or max(right, bottom) > 1 + NEARLY:
        return False
    steps = (2, 3) if len(more) % 3 == 0 else (2,)
    return len(more) == 2 or any(
        all(left <= x <= right and top <= y <= bottom for x, y in zip(more[::step], more[1::step], strict=False))
        for step in steps
    )


NEARLY = 0.01
"""How far beyond the frame a box may reach that was rounded, in shares of it."""


def _number(word: str, where: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not -1 <= number <= 2:
        demands.refuse(where, f"{demands.shown(word)} is no share of a picture")
    return number


def _box(shares: Sequence[float], size: demands.Size, where: str) -> Region:
    across, down, width, height = shares
    left, right = _ends(across, width, size[0])
    top, bottom = _ends(down, height, size[1])
    return demands.box((left, top, right, bottom), size, where)


def _shares(region: Region, size: demands.Size) -> str:
    """The bounds of a region within its frame, in shares of it."""
    bounds = region.bounds.clipped(*size)
    if bounds is None:
        message = "a region lies outside its frame"
        raise PolicyError(message)
    across, width = _span(bounds.left, bounds.right, size[0])
    down, height = _span(bounds.top, bounds.bottom, size[1])
    return f"{across!r} {down!r} {width!r} {height!r}"


def _span(low: float, high: float, side: int) -> tuple[float, float]:
    """Centre and length in shares of a side; what is read of them is not shorter, though every step is rounded."""
    centre, length = (low + high) / 2 / side, (high - low) / side
    while not _holds(_ends(centre, length, side), low, high):
        length += math.ulp(max(centre, length))
    return centre, length


def _ends(centre: float, length: float, side: int) -> tuple[float, float]:
    return (centre - length / 2) * side, (centre + length / 2) * side


def _holds(ends: tuple[float, float], low: float, high: float) -> bool:
    return ends[0] <= low and high <= ends[1]
