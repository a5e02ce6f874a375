"""Fits every number of the face detector and tells honestly how good it is with them.

    python -m benchmarks.calibrate DATA TOOLS [--seen FILE] [--only PRESET] [--write]

DATA holds `labels.json` and the pictures it names; TOOLS is the folder of `detection_score.py`. `--write` puts the
numbers into `redact/detectors/faces.toml`; `--seen` keeps what the networks saw, which takes minutes, for another run.

A fifth of the pictures takes part in no choice: nothing is fitted on it, and no threshold or margin is chosen with it
in view. On the rest two figures are made. *Nested*: five times a fifth of it is set aside, everything is fitted and
chosen on what remains, by an inner cross-validation, and measured on what was set aside. *Untouched*: everything is
fitted and chosen on the rest, and measured on the fifth that took no part. Pictures made from one another, as darkened
or joined ones, are always on the same side, and so are frames of one clip. The looks of the presets were chosen before
these figures and by their cost.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import importlib
import json
import math
import pickle
import re
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
import tomli_w
from numpy.typing import NDArray

from redact.detectors import presets
from redact.detectors.boxes import overlaps
from redact.detectors.face import AGREE, FLOOR, FaceDetector, scales, turned, turned_back
from redact.detectors.fusion import Places, company, evidence, gathered
from redact.detectors.presets import Look, Margins, Preset, Regression
from redact.model import Box

Floats: TypeAlias = NDArray[np.float64]
Names: TypeAlias = tuple[str, ...]

SEED = "faces 3"
FOLDS = 5
RIDGE = 1.0
"""Weight of the squares of the weights in the regressions, against flukes in terms of few faces."""

IS_FACE, NEARLY = 0.3, 0.15
"""IoU with a labelled face from which on a place is one, and between which it counts for neither side."""

YUNET = Look("yunet", 0.5, whole=True)
LOOKS: dict[str, tuple[tuple[Look, ...], Look | None]] = {
    "fast": ((YUNET, Look("yunet", 1)), None),
    "balanced": ((Look("yunet", 1.5), Look("centerface", 0.5, whole=True)), None),
    "thorough": ((YUNET, Look("yunet", 1.5), Look("centerface", 0.5, whole=True)), YUNET),
}
ALLOWED = {"fast": (12.0, 0.4), "balanced": (13.0, 0.5), "thorough": (15.0, 0.8)}
"""Over-redaction that a preset may cost, per cent of pictures with and without faces: it covers what it can for it."""

MARGINS = tuple(
    Margins(left=0.9 * share, top=0.02, right=share, bottom=1.5 * share, rim=rim)
    for share in (0.06, 0.1, 0.14)
    for rim in (2.0, 3.5, 5.0)
)
THRESHOLDS = tuple(float(value) for value in 1 / (1 + np.exp(-np.arange(-3.5, 0.01, 0.2))))


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its labelled faces, and what every look saw in it."""

    name: str
    faces: Floats
    ignored: Floats
    size: tuple[int, int]
    negative: bool
    seen: dict[tuple[Look, bool], NDArray[np.float32]]

    @property
    def side(self) -> float:
        """Its mean side, pixels."""
        return math.sqrt(self.size[0] * self.size[1])

    def places(self, looks: Sequence[Look]) -> Places:
        """What these looks saw, joined."""
        return gathered([self.seen[look, False] for look in looks], AGREE)

    def lying(self, look: Look) -> Places:
        """What the look saw, whichever way the picture was turned."""
        return gathered([np.concatenate([self.seen[look, False], self.seen[look, True]])], AGREE)


def main() -> None:
    """Fit, choose, measure, print and perhaps write."""
    options = arguments()
    sys.path.insert(0, str(options.tools))
    score = importlib.import_module("detection_score").score
    labels = json.loads((options.data / "labels.json").read_text())
    pictures = kept(options.seen, lambda: looked_at(options.data, labels["images"]))
    kin = families([picture.name for picture in pictures])
    untouched = tuple(each for each in pictures if part(kin[each.name], "untouched") == 0)
    rest = tuple(each for each in pictures if part(kin[each.name], "untouched") != 0)
    path = Path(presets.__file__).with_name(presets.NUMBERS)
    numbers: dict[str, Any] = tomllib.loads(path.read_text()) | {"fitted": about(rest, untouched)}
    for name in [options.only] if options.only else presets.PRESETS:
        nested = nested_regions(name, rest, kin)
        fitted, margins, threshold = chosen(name, rest, kin)
        final = Preset(*fitted, threshold=threshold, margins=margins)
        numbers[name] = table(final)
        print(f"{name}: threshold {threshold:.3f}, {margins}")
        report("nested", score, labels, nested)
        report("untouched", score, labels, {each.name: regions(final, each) for each in untouched})
    if options.write:
        path.write_text(HEAD + tomli_w.dumps(rounded(numbers)))


HEAD = "# Written by benchmarks/calibrate.py; not to be edited by hand.\n\n"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("tools", type=Path)
    parser.add_argument("--seen", type=Path, help="where what the networks saw is kept, for another run")
    parser.add_argument("--only", choices=presets.PRESETS, help="fit this preset and leave the others")
    parser.add_argument("--write", action="store_true", help="write the numbers into the package")
    return parser.parse_args()


def kept(path: Path | None, make: Callable[[], tuple[Picture, ...]]) -> tuple[Picture, ...]:
    """What is kept in a file of an earlier run, or made now and kept."""
    if path is not None and path.exists():
        pictures: tuple[Picture, ...] = pickle.loads(path.read_bytes())
        return pictures
    made = make()
    if path is not None:
        path.write_bytes(pickle.dumps(made))
    return made


def looked_at(data: Path, images: dict[str, Any]) -> tuple[Picture, ...]:
    """Every picture with faces and every one that is known to have none, as the networks see them."""
    wanted = {look for looks, lying in LOOKS.values() for look in (*looks, *([lying] if lying else []))}
    lying = {each for _, each in LOOKS.values() if each}
    detector = FaceDetector()
    found = []
    for name, entry in sorted(images.items(), key=lambda item: (item[1]["height"], item[1]["width"], item[0])):
        boxes = [box for box in entry["boxes"] if box["label"] == "face"]
        if not boxes and not entry.get("negative"):
            continue
        picture = cv2.imread(str(data / name), cv2.IMREAD_COLOR)
        if picture is None:
            message = f"{name} is no picture"
            raise SystemExit(message)
        image = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
        seen = {(look, False): all_scales(detector, image, look) for look in wanted}
        for look in lying:
            turns = (
                turned_back(all_scales(detector, turned(image, turn), look), turn, image.shape[:2])
                for turn in (1, 3, 2)
            )
            seen[look, True] = np.concatenate(list(turns))
        asked = np.array([box["box"] for box in boxes if not box.get("ignore")], float).reshape(-1, 4)
        ignored = np.array([box["box"] for box in boxes if box.get("ignore")], float).reshape(-1, 4)
        size = image.shape[1], image.shape[0]
        found.append(Picture(name, asked, ignored, size, bool(entry.get("negative")), seen))
    return tuple(found)


def all_scales(detector: FaceDetector, image: NDArray[np.uint8], look: Look) -> NDArray[np.float32]:
    network = detector._networks[look.network]
    return np.concatenate([network.look(image, scale, FLOOR) for scale in scales(look, max(image.shape[:2]))])


JOINED = {"mosaic_7": "mask853_222"}
"""A picture joined from others, and the one of them that is in the set too: found by matching every one with every
other."""


def families(names: Sequence[str]) -> dict[str, str]:
    """Name of a picture -> what it and all pictures made from the same one, or of the same clip, are called."""
    plain = {name: re.sub(r"(^dark_)|(\.mp4_t=.*$)", "", Path(name).stem) for name in names}
    return {name: JOINED.get(stem, stem) for name, stem in plain.items()}


def part(family: str, purpose: str, parts: int = FOLDS) -> int:
    """Which of so many parts a family belongs to: depends on its name, the purpose and the seed alone."""
    return int(hashlib.sha256(f"{SEED} {purpose} {family}".encode()).hexdigest(), 16) % parts


@dataclass(frozen=True, slots=True)
class Judged:
    """The places of one picture: terms to learn from, and what the labels say of each.

    labels: 1 for a face, 0 for none, -1 for what counts for neither side
    """

    picture: Picture
    places: Places
    labels: Floats


def judged(picture: Picture, places: Places) -> Judged:
    labels = np.zeros(len(places.boxes))
    for row, box in enumerate(places.boxes.astype(np.float32)):
        near = [overlaps(box, faces.astype(np.float32)).max(initial=0) for faces in (picture.faces, picture.ignored)]
        if near[0] >= IS_FACE:
            labels[row] = 1
        elif near[0] > NEARLY or near[1] >= IS_FACE:
            labels[row] = -1
    return Judged(picture, places, labels)


Fitted: TypeAlias = tuple[tuple[Look, ...], Look | None, Regression, Regression, Regression | None]
"""What a preset holds beside its threshold and margins."""


def fitted(name: str, pictures: Sequence[Picture]) -> Fitted:
    """The regressions of a preset, fitted on these pictures."""
    looks, lying = LOOKS[name]
    every = [judged(picture, picture.places(looks)) for picture in pictures]
    labels = np.concatenate([each.labels for each in every])
    by_themselves = [evidence(each.places) for each in every]
    alone = regression(np.concatenate(by_themselves), labels)
    among = [
        np.concatenate([terms, company(alone.odds(terms), each.places.sizes)], axis=1)
        for terms, each in zip(by_themselves, every, strict=True)
    ]
    turned_to_any = None
    if lying:
        every = [judged(picture, picture.lying(lying)) for picture in pictures]
        terms = np.concatenate([evidence(each.places) for each in every])
        turned_to_any = regression(terms, np.concatenate([each.labels for each in every]))
    return looks, lying, alone, regression(np.concatenate(among), labels), turned_to_any


def regression(terms: Floats, labels: Floats) -> Regression:
    """Logistic regression by Newton's method, with a ridge on the weights of the standardised terms."""
    terms, labels = terms[labels >= 0], labels[labels >= 0]
    middle, spread = terms.mean(axis=0), terms.std(axis=0) + 1e-9
    known = np.concatenate([np.ones((len(terms), 1)), (terms - middle) / spread], axis=1)
    ridge = np.diag([0.0] + [RIDGE] * terms.shape[1])
    weights = np.zeros(known.shape[1])
    for _ in range(30):
        likely = 1 / (1 + np.exp(-known @ weights))
        slope = known.T @ (labels - likely) - ridge @ weights
        bend = (known * (likely * (1 - likely))[:, np.newaxis]).T @ known + ridge
        weights += np.linalg.solve(bend, slope)
    plain = weights[1:] / spread
    return Regression(float(weights[0] - plain @ middle), tuple(float(each) for each in plain))


def chosen(name: str, pictures: Sequence[Picture], kin: dict[str, str]) -> tuple[Fitted, Margins, float]:
    """Everything fitted on these pictures, with the threshold and margins that cover most within what is allowed.

    They are chosen by what regressions fitted on other parts of the pictures say of each.
    """
    found: list[tuple[Picture, Floats, Floats]] = []
    for number in range(FOLDS):
        inside = [each for each in pictures if part(kin[each.name], "inner") == number]
        others = fitted(name, [each for each in pictures if part(kin[each.name], "inner") != number])
        found += [(each, *likely(others, each)) for each in inside]
    best = max(
        (
            (score, margins, threshold)
            for margins in MARGINS
            for threshold, score in scored(found, margins, ALLOWED[name])
        ),
        key=lambda each: each[0],
    )
    return fitted(name, pictures), best[1], best[2]


def likely(fit: Fitted, picture: Picture) -> tuple[Floats, Floats]:
    """Boxes (n, 4) and probabilities (n,) of a picture, likeliest first."""
    looks, lying, *_ = fit
    preset = Preset(*fit, threshold=0.5, margins=MARGINS[0])
    places = [(picture.places(looks), preset.probabilities)]
    if lying:
        places.append((gathered([picture.seen[lying, True]], AGREE), preset.probabilities_lying))
    boxes = np.concatenate([each.boxes for each, _ in places])
    odds = np.concatenate([weigh(each, picture.side) for each, weigh in places])
    order = np.argsort(-odds, kind="stable")
    order = order[odds[order] >= THRESHOLDS[0]]
    return boxes[order], odds[order]


GRID = 4
"""Painted area is counted in squares of so many pixels while thresholds are chosen."""


def scored(
    found: Sequence[tuple[Picture, Floats, Floats]], margins: Margins, allowed: tuple[float, float]
) -> list[tuple[float, float]]:
    """(threshold, score) for every threshold: faces covered, less what is painted beyond the allowed.

    A face counts as covered where one region covers nine tenths of it; the benchmark counts regions together.
    """
    faces = sum(len(picture.faces) for picture, _, _ in found)
    covered = np.zeros(len(THRESHOLDS))
    over: dict[bool, list[Floats]] = {True: [], False: []}
    for picture, boxes, odds in found:
        rows = [margins.around(Box(*map(float, box))).clipped(*picture.size) for box in boxes]
        best = np.zeros(len(picture.faces))
        canvas = np.zeros((-(-picture.size[1] // GRID), -(-picture.size[0] // GRID)), np.uint8)
        truth = [Box(*map(float, face)) for face in (*picture.faces, *picture.ignored)]
        shares = np.zeros(len(THRESHOLDS))
        row, share = 0, 0.0
        for number in range(len(THRESHOLDS) - 1, -1, -1):
            first = row
            while row < len(rows) and odds[row] >= THRESHOLDS[number]:
                region = rows[row]
                if region is not None:
                    paint(canvas, region, 1)
                    for face, box in enumerate(truth[: len(best)]):
                        best[face] = max(best[face], region.overlap(box) / box.area)
                row += 1
            if row > first:
                share = 100 * float(beside(canvas, truth).mean())
            shares[number] = share
            covered[number] += (best >= 0.9).sum()
        over[picture.negative].append(shares)
    with_faces, without = (np.mean(over[negative], axis=0) for negative in (False, True))
    beyond = np.maximum(with_faces - allowed[0], 0) + 10 * np.maximum(without - allowed[1], 0)
    return list(zip(THRESHOLDS, 100 * covered / faces - 5 * beyond, strict=True))


def paint(canvas: NDArray[np.uint8], box: Box, value: int) -> None:
    canvas[
        round(box.top / GRID) : math.ceil(box.bottom / GRID), round(box.left / GRID) : math.ceil(box.right / GRID)
    ] = value


def beside(canvas: NDArray[np.uint8], truth: Sequence[Box]) -> NDArray[np.uint8]:
    """The canvas with nothing painted where something is labelled."""
    canvas = canvas.copy()
    for box in truth:
        paint(canvas, box, 0)
    return canvas


def nested_regions(name: str, pictures: Sequence[Picture], kin: dict[str, str]) -> dict[str, list[list[float]]]:
    """What is painted in each picture by a preset for which everything was chosen without it."""
    found: dict[str, list[list[float]]] = {}
    for number in range(FOLDS):
        others = [each for each in pictures if part(kin[each.name], "outer") != number]
        fit, margins, threshold = chosen(name, others, kin)
        preset = Preset(*fit, threshold=threshold, margins=margins)
        found |= {each.name: regions(preset, each) for each in pictures if part(kin[each.name], "outer") == number}
    return found


def regions(preset: Preset, picture: Picture) -> list[list[float]]:
    """What the preset paints in a picture: left, top, right, bottom and probability."""
    fit = preset.looks, preset.turned, preset.alone, preset.among, preset.lying
    rows = []
    for box, odds in zip(*likely(fit, picture), strict=True):
        region = preset.margins.around(Box(*map(float, box))).clipped(*picture.size)
        if odds >= preset.threshold and region is not None:
            rows.append([region.left, region.top, region.right, region.bottom, float(odds)])
    return rows


def report(kind: str, score: Callable[..., dict[str, Any]], labels: Any, painted: dict[str, list[list[float]]]) -> None:
    mine = {**labels, "images": {name: entry for name, entry in labels["images"].items() if name in painted}}
    figures = score(mine, painted, "face", threshold=0.0)
    by_height = " / ".join(str(value) for value in figures["coverage_by_height"].values())
    print(
        f"  {kind:10} {figures['count']} faces: {figures['coverage']} % ({by_height}), "
        f"over {figures['over_percent']} with, {figures['over_negative_percent']} without",
        flush=True,
    )


def about(rest: Sequence[Picture], untouched: Sequence[Picture]) -> dict[str, Any]:
    return {
        "by": "benchmarks/calibrate.py",
        "seed": SEED,
        "folds": FOLDS,
        "faces": sum(len(each.faces) for each in rest),
        "pictures": len(rest),
        "untouched_faces": sum(len(each.faces) for each in untouched),
        "untouched_pictures": len(untouched),
    }


def table(preset: Preset) -> dict[str, Any]:
    """A preset as its table of the file; `presets.read` reads it back."""
    given = dataclasses.asdict(preset)
    return {key: value for key, value in given.items() if value is not None}


def rounded(value: Any) -> Any:
    """Numbers with five digits, tuples as lists: what a person can compare."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(each) for each in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
