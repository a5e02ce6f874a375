"""The numbers of the face detector: `redact/detectors/faces.toml`."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.calibrate import numbers
from benchmarks.calibrate.folds import Rows, each_fold, nested, untouched
from benchmarks.calibrate.regression import logistic
from benchmarks.calibrate.request import Request
from benchmarks.calibrate.scoring import Sight, coverage, labelled_boxes, scored
from benchmarks.detection import ordered
from benchmarks.detection import read as opened
from redact.detectors import presets
from redact.detectors.boxes import NONE, Floats, merged, overlaps
from redact.detectors.face import AGREE, FLOOR, PART, FaceDetector, scales, turned, turned_back
from redact.detectors.fusion import Places, company, evidence, gathered
from redact.detectors.presets import Look, Margins, Preset, Regression

NAMES = presets.PRESETS

IS_FACE, NEARLY = 0.3, 0.15
"""IoU with a labelled face from which on a place is one, and between which it counts for neither side."""

YUNET = Look("yunet", 0.5, whole=True)
LOOKS: dict[str, tuple[tuple[Look, ...], Look | None]] = {
    "fast": ((YUNET, Look("yunet", 1)), None),
    "balanced": ((Look("yunet", 1.5), Look("centerface", 0.5, whole=True)), None),
    "thorough": ((YUNET, Look("yunet", 1.5), Look("centerface", 0.5, whole=True)), YUNET),
}
ALLOWED = {"fast": (12.0, 0.4), "balanced": (13.0, 0.4), "thorough": (15.0, 0.4)}
"""Over-redaction that a preset may cost, per cent of pictures with and without faces: it covers what it can for it."""

MARGINS = tuple(
    Margins(left=0.9 * share, top=-0.06, right=share, bottom=1.5 * share, rim=rim)
    for share in (0.06, 0.1, 0.14)
    for rim in (2.5, 3.5, 4.5, 5.5)
)
MIDDLE = MARGINS[len(MARGINS) // 2]
"""Margins that are neither small nor large: what lying faces are worth is chosen with them, before they are."""

THRESHOLDS: Floats = 1 / (1 + np.exp(-np.arange(-2.9, 0.01, 0.1)))

CAUTIONS = (0.5, 1.0, 1.5, 2.0, 2.5)
"""What may be taken off the logarithm of the odds of lying faces."""

LYING = 0.05
"""What a lying face that is covered counts beside one that stands: few do, and there is no telling how few."""


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


@dataclass(frozen=True, slots=True)
class Case:
    """What the looks of one preset saw in a picture, joined, and what the labels say of each place.

    turned:  what the look at the picture turned saw; nothing without such a look
    any_way: what that look saw whichever way up the picture was: what there is to see of faces that lie
    """

    picture: Picture
    upright: Places
    turned: Places
    any_way: Places
    upright_labels: Floats
    any_way_labels: Floats

    @property
    def name(self) -> str:
        """The picture's name in the labels."""
        return self.picture.name


def case(name: str, picture: Picture) -> Case:
    """A picture as the preset of that name sees it."""
    looks, lying = LOOKS[name]
    upright = gathered([picture.seen[look, False] for look in looks], AGREE)
    turned_only = [picture.seen[lying, True]] if lying else [NONE]
    every_way = [np.concatenate([picture.seen[lying, False], *turned_only])] if lying else [NONE]
    any_way = gathered(every_way, AGREE)
    return Case(
        picture,
        upright,
        gathered(turned_only, AGREE),
        any_way,
        labelled(picture, upright),
        labelled(picture, any_way),
    )


def calibrate(request: Request) -> None:
    """Fit, choose, measure, print and perhaps write the presets that are named."""
    pictures = request.kept("faces", lambda: looked_at(request.data, request.labels["images"]))
    aside, rest = untouched(pictures)
    path = Path(presets.__file__).with_name(presets.NUMBERS)
    fitted_on = numbers.about("faces", *([each.faces for each in part] for part in (rest, aside)))
    table = numbers.read(path) | {"fitted": fitted_on}
    for name in request.names:
        cases, others = ([case(name, picture) for picture in part] for part in (rest, aside))
        by_others = nested(cases, partial(chosen, name), painted)
        final = chosen(name, cases)
        table[name] = dataclasses.asdict(final)
        print(f"{name}: threshold {final.threshold:.3f}, {final.margins}")
        request.report("nested", by_others, "face")
        request.report("untouched", {each.name: painted(final, each) for each in others}, "face")
    if request.write:
        numbers.write(path, table)


def looked_at(data: Path, images: dict[str, Any]) -> tuple[Picture, ...]:
    """Every picture with faces and every one that is known to have none, as the networks see them."""
    wanted = {look for looks, lying in LOOKS.values() for look in (*looks, *([lying] if lying else []))}
    lying = {each for _, each in LOOKS.values() if each}
    detector = FaceDetector()
    found = []
    for name, entry in ordered(images):
        boxes = [box for box in entry["boxes"] if box["label"] == "face"]
        if not boxes and not entry.get("negative"):
            continue
        image = opened(data / name)
        seen = {(look, False): all_scales(detector, image, look) for look in wanted}
        for look in lying:
            turns = (
                turned_back(all_scales(detector, turned(image, turn), look), turn, image.shape[:2])
                for turn in (1, 3, 2)
            )
            seen[look, True] = np.concatenate(list(turns))
        asked, ignored = labelled_boxes(boxes)
        size = image.shape[1], image.shape[0]
        found.append(Picture(name, asked, ignored, size, bool(entry.get("negative")), seen))
    return tuple(found)


def all_scales(detector: FaceDetector, image: NDArray[np.uint8], look: Look) -> NDArray[np.float32]:
    network = detector._networks[look.network]
    return np.concatenate([network.look(image, scale, FLOOR) for scale in scales(look, max(image.shape[:2]))])


def labelled(picture: Picture, places: Places) -> Floats:
    """What the labels say of each place: 1 a face, 0 none, -1 what counts for neither side, (n,)."""
    labels = np.zeros(len(places.boxes))
    for row, box in enumerate(places.boxes.astype(np.float32)):
        near = [overlaps(box, faces.astype(np.float32)).max(initial=0) for faces in (picture.faces, picture.ignored)]
        if near[0] >= IS_FACE:
            labels[row] = 1
        elif near[0] > NEARLY or near[1] >= IS_FACE:
            labels[row] = -1
    return labels


def fitted(name: str, cases: Sequence[Case]) -> Preset:
    """The regressions of a preset, fitted on these pictures; its threshold and margins are still to be chosen."""
    looks, lying = LOOKS[name]
    labels = np.concatenate([each.upright_labels for each in cases])
    by_themselves = [evidence(each.upright) for each in cases]
    alone = Regression(*logistic(np.concatenate(by_themselves), labels))
    among = [
        np.concatenate([terms, company(alone.odds(terms), each.upright.sizes)], axis=1)
        for terms, each in zip(by_themselves, cases, strict=True)
    ]
    return Preset(
        looks=looks,
        turned=lying,
        alone=alone,
        among=Regression(*logistic(np.concatenate(among), labels)),
        lying=any_way_up(cases) if lying else None,
        threshold=0.5,
        margins=MARGINS[0],
    )


def any_way_up(cases: Sequence[Case]) -> Regression:
    """The regression of lying faces, fitted on faces that stand and what is seen in any turn."""
    terms = np.concatenate([evidence(each.any_way) for each in cases])
    return Regression(*logistic(terms, np.concatenate([each.any_way_labels for each in cases])))


def cautious(preset: Preset, caution: float) -> Preset:
    """The preset, surer before it takes anything for a lying face."""
    if preset.lying is None:
        return preset
    return dataclasses.replace(preset, lying=Regression(preset.lying.bias - caution, preset.lying.weights))


def chosen(name: str, cases: Sequence[Case]) -> Preset:
    """A preset fitted on these pictures, with the threshold and margins that cover most within what is allowed.

    They are chosen by what regressions fitted on other parts of the pictures say of each.
    """
    weighed: list[tuple[Preset, Case]] = []
    for inside, others in each_fold(cases, "inner"):
        preset = fitted(name, others)
        weighed += [(preset, each) for each in inside]
    final = fitted(name, cases)
    caution, found = max(
        ((caution, seen_with(caution, weighed)) for caution in (CAUTIONS if final.lying else (0.0,))),
        key=lambda each: best(name, each[1], MIDDLE)[0],
    )
    margins = max(MARGINS, key=lambda each: best(name, found, each)[0])
    threshold = best(name, found, margins)[1]
    return dataclasses.replace(cautious(final, caution), margins=margins, threshold=threshold)


@dataclass(frozen=True, slots=True)
class Found:
    """What presets that were fitted without a picture say of it, as it stands and lying."""

    case: Case
    upright: Likely
    lying: Likely


def seen_with(caution: float, weighed: Sequence[tuple[Preset, Case]]) -> tuple[Found, ...]:
    """Every picture as its preset sees it with that caution."""
    presets_and_cases = [(cautious(preset, caution), each) for preset, each in weighed]
    return tuple(Found(each, likely(preset, each), likely_lying(preset, each)) for preset, each in presets_and_cases)


def best(name: str, found: Sequence[Found], margins: Margins) -> tuple[float, float]:
    """How good the best threshold is with these margins, and that threshold."""
    upright = [sight(each.case, each.upright, margins) for each in found]
    scores = scored(upright, THRESHOLDS, ALLOWED[name])
    if LOOKS[name][1]:
        scores = scores + LYING * coverage([sight(each.case, each.lying, margins) for each in found], THRESHOLDS)
    number = int(np.argmax(scores))
    return float(scores[number]), float(THRESHOLDS[number])


@dataclass(frozen=True, slots=True)
class Likely:
    """Places of a picture, likeliest first: boxes (n, 4), probabilities (n,), and which may lie on any side, (n,)."""

    boxes: Floats
    odds: Floats
    any_way: NDArray[np.bool_]


def likely(preset: Preset, case: Case) -> Likely:
    """What may be painted in a picture as it stands."""
    side = case.picture.side
    odds = (preset.probabilities(case.upright, side), preset.probabilities_lying(case.turned, side))
    return ranked(np.concatenate([case.upright.boxes, case.turned.boxes]), np.concatenate(odds), len(odds[0]))


def likely_lying(preset: Preset, case: Case) -> Likely:
    """What would be painted in a picture that lies, by the look that is for it."""
    return ranked(case.any_way.boxes, preset.probabilities_lying(case.any_way, case.picture.side), 0)


def ranked(boxes: Floats, odds: Floats, upright: int) -> Likely:
    """The places that any threshold reaches, of which so many, the first, stand upright."""
    order = np.argsort(-odds, kind="stable")
    order = order[odds[order] >= THRESHOLDS[0]]
    return Likely(boxes[order], odds[order], order >= upright)


def sight(case: Case, places: Likely, margins: Margins) -> Sight:
    """What would be painted for these places with these margins."""
    picture = case.picture
    grown = np.where(places.any_way[:, np.newaxis], around(places, margins.any_way_up), around(places, margins))
    regions = np.clip(grown, 0, np.tile(picture.size, 2))
    inside = (regions[:, :2] < regions[:, 2:]).all(axis=1)
    _, merging = merged(regions[inside], PART)
    return Sight(merging, places.odds[inside], picture.faces, picture.ignored, picture.size, picture.negative)


def around(places: Likely, margins: Margins) -> Floats:
    """All places with these margins, (n, 4)."""
    extents = np.tile(places.boxes[:, 2:] - places.boxes[:, :2], 2)
    shares = np.array([margins.left, margins.top, margins.right, margins.bottom])
    return np.asarray(places.boxes + (shares * extents + margins.rim) * (-1, -1, 1, 1), np.float64)


def painted(preset: Preset, case: Case) -> Rows:
    """What the preset paints in a picture."""
    seen = sight(case, likely(preset, case), preset.margins)
    shown = seen.odds >= preset.threshold
    rows: Rows = np.column_stack([seen.regions, seen.odds])[shown].tolist()
    return rows
