"""The numbers of the plate detector: `redact/detectors/plates/plates.toml`.

Every place that the network proposes is read once here, up to as many of a picture as a preset may read; what reading
is worth, and where, is chosen afterwards. The numbers hold for one network: trained anew, it wants them fitted anew.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from benchmarks.calibrate import numbers
from benchmarks.calibrate.folds import Rows, each_fold, nested, untouched
from benchmarks.calibrate.regression import logistic
from benchmarks.calibrate.request import Request
from benchmarks.calibrate.scoring import Sight, labelled_boxes, scored
from benchmarks.detection import ordered
from benchmarks.detection import read as opened
from redact.detectors.boxes import Floats
from redact.detectors.plates import decision
from redact.detectors.plates.decision import Margins, Preset, Reading, Regression, undecided
from redact.detectors.plates.network import PlateNetwork
from redact.detectors.plates.places import seen
from redact.detectors.plates.quads import bounds
from redact.detectors.plates.reading import read
from redact.detectors.plates.traits import NAMES as LOOKED
from redact.detectors.plates.traits import traits
from redact.detectors.plates.wording import NAMES as TOLD
from redact.detectors.plates.wording import wording
from redact.detectors.ppocr import TextReader

KEPT = "plates"
NAMES = ("plates",)
"""What `--only` may name: every preset is fitted at once."""

ALLOWED = {"fast": (2.0, 0.5), "balanced": (2.0, 0.2)}
"""Over-redaction that a preset may cost, per cent of pictures with and without plates: it covers what it can for it."""

MARGINS = tuple(
    Margins(across=across, down=down, rim=rim)
    for across in (0.03, 0.06, 0.1)
    for down in (0.06, 0.12, 0.2)
    for rim in (1.0, 2.0)
)
THRESHOLDS = np.asarray(1 / (1 + np.exp(-np.arange(-4.5, 2.01, 0.25))))

ABOVE, BELOW = (0.003, 0.01, 0.03, 0.1), (0.5, 0.8, 0.95, 0.99)
"""Probabilities by looking, between two of which a place is read."""

PRICE = 0.1
"""Points of coverage that a read for each megapixel has to be worth, for reading takes time."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its labelled plates, and what is told of every place.

    complete: every plate in it is labelled
    corners:  (n, 4, 2), `looked` and `told` the terms of `traits` and `wording`, (n, terms)
    """

    name: str
    plates: Floats
    ignored: Floats
    size: tuple[int, int]
    negative: bool
    complete: bool
    corners: Floats
    looked: Floats
    told: Floats

    @property
    def megapixels(self) -> float:
        """Millions of pixels."""
        return self.size[0] * self.size[1] / 1e6


Found: TypeAlias = list[tuple[Picture, Preset]]
"""Pictures, each with a preset that was fitted without it."""


def calibrate(request: Request) -> None:
    """Fit, choose, measure, print and perhaps write every preset."""
    pictures = request.kept(KEPT, lambda: tuple(looked_at(request.data, request.labels["images"])))
    aside, rest = untouched(pictures)
    path = Path(decision.__file__).with_name(decision.NUMBERS)
    fitted_on = numbers.about("plates", *([each.plates for each in part] for part in (rest, aside)))
    table = numbers.read(path) | {"fitted": fitted_on}
    for name in decision.PRESETS:
        by_others = nested(rest, functools.partial(chosen, name), painted)
        final = chosen(name, rest)
        table[name] = dataclasses.asdict(final)
        print(f"plates, {name}: threshold {final.threshold:.3f}, {final.margins}")
        if final.reading:
            often = reads([(each, final) for each in rest])
            print(f"  reads from {final.reading.above} to {final.reading.below}, {often:.2f} for each megapixel")
        request.report("nested", by_others, "plate")
        request.report("untouched", {each.name: painted(final, each) for each in aside}, "plate")
    if request.write:
        numbers.write(path, table)


def looked_at(data: Path, images: dict[str, Any]) -> Iterator[Picture]:
    """Every picture with plates and every one that is known to have none, as the network and the reader see them."""
    network, reader = PlateNetwork(), TextReader()
    for name, entry in ordered(images):
        boxes = [box for box in entry["boxes"] if box["label"] == "plate"]
        if not boxes and not entry.get("negative"):
            continue
        image = opened(data / name)
        asked, ignored = labelled_boxes(boxes)
        places = seen(network, image)
        # The traits of all, for places support each other, also those that are left out here.
        looked, likeliest = traits(image, places)[: decision.READS], places.corners[: decision.READS]
        told = [wording(read(reader, image, corners)) for corners in likeliest]
        yield Picture(
            name=name,
            plates=asked,
            ignored=ignored,
            size=(image.shape[1], image.shape[0]),
            negative=bool(entry.get("negative")),
            complete=bool(entry.get("negative")) or not {"plate", "plate*"}.isdisjoint(entry["complete"]),
            corners=likeliest,
            looked=looked,
            told=np.array(told).reshape(-1, len(TOLD)),
        )


def labelled(picture: Picture) -> Floats:
    """What the labels say of each place: 1 a plate, 0 none, -1 what counts for neither side, (n,).

    A place is a plate where it covers one and little else, or lies in one and is no small part of it.
    """
    labels = np.full(len(picture.corners), 0.0 if picture.complete else -1.0)
    for row, place in enumerate(bounds(picture.corners)):
        on_plates, on_ignored = common(place, picture.plates), common(place, picture.ignored)
        own, others = area(place[None])[0], area(picture.plates)
        mostly_inside = (on_plates > 0.5 * own) & (on_plates > 0.25 * others)
        covers = (on_plates > 0.6 * others) & (own < 5 * others)
        if (mostly_inside | covers).any():
            labels[row] = 1
        elif (on_plates > 0.1 * own).any() or (on_ignored > 0.1 * own).any():
            labels[row] = -1
    return labels


def common(place: Floats, boxes: Floats) -> Floats:
    """Area that one box (4,) has in common with each of several, (n,)."""
    extent = np.minimum(place[2:], boxes[:, 2:]) - np.maximum(place[:2], boxes[:, :2])
    return np.asarray(np.clip(extent, 0, None).prod(axis=1))


def area(boxes: Floats) -> Floats:
    """Of boxes (n, 4), (n,)."""
    return np.asarray((boxes[:, 2:] - boxes[:, :2]).prod(axis=1))


def fitted(name: str, pictures: Sequence[Picture]) -> Preset:
    """The regressions of a preset, fitted on these pictures; all else is still to be chosen."""
    labels = np.concatenate([labelled(each) for each in pictures])
    looked = np.concatenate([each.looked for each in pictures])
    told = np.concatenate([each.told for each in pictures])
    weighed = regression(np.concatenate([looked, told], axis=1), labels, (*LOOKED, *TOLD))
    return Preset(
        looked=regression(looked, labels, LOOKED),
        reading=Reading(ABOVE[0], BELOW[-1], weighed) if name == "balanced" else None,
        threshold=0.5,
        margins=MARGINS[len(MARGINS) // 2],
    )


def regression(terms: Floats, labels: Floats, names: Sequence[str]) -> Regression:
    """A logistic regression by the names of its terms."""
    bias, weights = logistic(terms, labels)
    return Regression(bias, dict(zip(names, weights, strict=True)))


def chosen(name: str, pictures: Sequence[Picture]) -> Preset:
    """A preset fitted on these pictures, with what covers most within what is allowed.

    What is read, the threshold and the margins are chosen by what regressions fitted on other parts of them say.
    """
    found: Found = []
    for inside, others in each_fold(pictures, "inner"):
        preset = fitted(name, others)
        found += [(each, preset) for each in inside]
    final = fitted(name, pictures)
    if final.reading:
        between = max(
            itertools.product(ABOVE, BELOW), key=lambda pair: best(name, changed(found, final.margins, pair))[0]
        )
        final = dataclasses.replace(final, reading=other_reading(final, between))
        found = changed(found, final.margins, between)
    among = [(*best(name, changed(found, margins)), margins) for margins in MARGINS]
    _, threshold, margins = max(among, key=lambda each: each[0])
    return dataclasses.replace(final, margins=margins, threshold=threshold)


def changed(found: Found, margins: Margins, between: tuple[float, float] | None = None) -> Found:
    """The same with presets of these margins, which read between these probabilities."""
    return [
        (each, dataclasses.replace(preset, margins=margins, reading=other_reading(preset, between)))
        for each, preset in found
    ]


def other_reading(preset: Preset, between: tuple[float, float] | None) -> Reading | None:
    """What the preset reads, between other probabilities where they are given."""
    if preset.reading is None or between is None:
        return preset.reading
    return dataclasses.replace(preset.reading, above=between[0], below=between[1])


def best(name: str, found: Found) -> tuple[float, float]:
    """How good the best threshold is for these pictures and presets, less what reading costs, and the threshold."""
    scores = scored([sight(preset, each) for each, preset in found], THRESHOLDS, ALLOWED[name])
    number = int(np.argmax(scores))
    return float(scores[number]) - PRICE * reads(found), float(THRESHOLDS[number])


def reads(found: Found) -> float:
    """Places read for each megapixel."""
    count = sum(
        len(undecided(preset.looked.probabilities(each.looked), preset.reading))
        for each, preset in found
        if preset.reading
    )
    return count / sum(each.megapixels for each, _ in found)


def likely(preset: Preset, picture: Picture) -> Floats:
    """How likely each place is a plate, (n,)."""
    return preset.probabilities(picture.looked, lambda place: tuple(picture.told[place]))


def regions(preset: Preset, picture: Picture) -> Floats:
    """What would be painted for each place of a picture: as the figures do, the box that holds it, (n, 4)."""
    grown = bounds(preset.margins.around(picture.corners))
    return np.asarray(np.clip(grown, 0, np.array(picture.size * 2)))


def sight(preset: Preset, picture: Picture) -> Sight:
    """What would be painted in a picture, the likeliest first."""
    odds = likely(preset, picture)
    order = np.argsort(-odds, kind="stable")
    boxes = regions(preset, picture)[order]
    return Sight(boxes, odds[order], picture.plates, picture.ignored, picture.size, picture.negative)


def painted(preset: Preset, picture: Picture) -> Rows:
    """What the preset paints in a picture."""
    odds = likely(preset, picture)
    rows: Rows = np.column_stack([regions(preset, picture), odds])[odds >= preset.threshold].tolist()
    return rows
