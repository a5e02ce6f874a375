"""How much a network covers of the plates in real pictures, alone, and what else it covers.

    python -m training.evaluate MODEL DATA TOOLS [--sample N]

MODEL is an ONNX file; DATA holds `labels.json` and the pictures it names; TOOLS is the folder of
`detection_score.py`, which defines the figures. This is what a checkpoint is chosen by, so its figures are no promise:
the detector that is built on the network is measured by `benchmarks.detection`. Pictures are looked at in tiles at
three sizes; boxes that are seen in one place are averaged, grown by `ACROSS`, `DOWN` and `PIXELS`, and painted.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from redact.detectors.boxes import Boxes, clusters
from redact.detectors.network import Network, blob
from redact.detectors.plates.network import decoded
from redact.detectors.pyramid import scaled, tiles

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from redact.model import Image

SCALES = (0.25, 0.5, 1.0)
FLOOR = 0.03
"""Scores below are not looked at."""

TOGETHER = 0.3
"""IoU from which on two boxes are of one place."""

ACROSS, DOWN, PIXELS = 0.1, 0.25, 2.0
"""What a box is grown by on each side: shares of its width and of its height, and pixels besides."""

GOAL = 0.5
"""Per cent of pictures without plates that may be painted, where coverage is told."""

Rows: TypeAlias = list[list[float]]


def main() -> None:
    """Look at every picture and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("tools", type=Path)
    parser.add_argument("--sample", type=int, default=1, help="look at one picture of so many only")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    sys.path.insert(0, str(options.tools))
    scoring = importlib.import_module("detection_score")
    labels = sampled(json.loads((options.data / "labels.json").read_text()), options.sample)
    network = Network(options.model.name, content=options.model.read_bytes())
    began, megapixels, painted = time.process_time(), 0.0, {}
    for name, image in pictures(options.data, labels):
        painted[name] = grown(seen(network, image)).tolist()
        megapixels += image.shape[0] * image.shape[1] / 1e6
    print(f"{len(painted)} pictures, {(time.process_time() - began) / megapixels:.3f} CPU seconds a megapixel")
    for line in table(scoring, labels, painted):
        print(line)


def sampled(labels: dict[str, Any], one_of: int) -> dict[str, Any]:
    """The labels of pictures that show plates or are negatives, or of one of so many of them."""
    images = {
        name: entry
        for name, entry in sorted(labels["images"].items())
        if zlib.crc32(name.encode()) % one_of == 0
        and (entry.get("negative") or any(box["label"] == "plate" for box in entry["boxes"]))
    }
    return {**labels, "images": images}


def pictures(data: Path, labels: Mapping[str, Any]) -> Iterator[tuple[str, Image]]:
    """Each picture as uint8 RGB, in the order of sizes, so that the network is planned anew as seldom as can be."""
    images = labels["images"]
    for name in sorted(images, key=lambda name: (images[name]["height"], images[name]["width"], name)):
        picture = cv2.imread(str(data / name), cv2.IMREAD_COLOR)
        if picture is None:
            message = f"{data / name} is no picture"
            raise SystemExit(message)
        yield name, np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def seen(network: Network, image: Image) -> Boxes:
    """Boxes around plates, those of one place averaged by their scores."""
    found = np.concatenate([seen_at(network, image, scale) for scale in SCALES])
    return np.array([averaged(found[rows]) for rows in clusters(found, TOGETHER)], np.float32).reshape(-1, 5)


def seen_at(network: Network, image: Image, scale: float) -> Boxes:
    """Boxes of all cells above the floor at one size, thinned to a few in each place."""
    picture = scaled(image, scale)
    shrunk = np.array([picture.shape[1] / image.shape[1], picture.shape[0] / image.shape[0]] * 2 + [1])
    found = [np.zeros((0, 5), np.float32)]
    for tile in tiles(picture):
        boxes = decoded(network(blob(tile.image, 127.5, 127.5))["plates"], FLOOR).boxes
        offset = np.array([tile.left, tile.top, tile.left, tile.top, 0])
        places = [averaged(boxes[rows]) for rows in clusters(boxes, TOGETHER)]
        found.append((np.reshape(places, (-1, 5)) + offset) / shrunk)
    return np.concatenate(found).astype(np.float32)


def averaged(boxes: Boxes) -> NDArray[np.float32]:
    """One box for several of one place, with the best one's score."""
    sure = boxes[boxes[:, 4] >= boxes[0, 4] / 2]
    sides = np.average(sure[:, :4], axis=0, weights=sure[:, 4])
    return np.append(sides, boxes[0, 4]).astype(np.float32)


def grown(boxes: Boxes) -> Boxes:
    """Boxes with the margins they are painted with."""
    across = ACROSS * (boxes[:, 2] - boxes[:, 0]) + PIXELS
    down = DOWN * (boxes[:, 3] - boxes[:, 1]) + PIXELS
    sides = (boxes[:, 0] - across, boxes[:, 1] - down, boxes[:, 2] + across, boxes[:, 3] + down, boxes[:, 4])
    return np.stack(sides, 1)


def table(scoring: Any, labels: Mapping[str, Any], painted: Mapping[str, Rows]) -> Iterator[str]:
    """The figures at several thresholds, and by height and by source where `GOAL` is kept."""

    def figures(threshold: float) -> Mapping[str, Any]:
        scored: Mapping[str, Any] = scoring.score(labels, painted, "plate", threshold=threshold)
        return scored

    yield f"{'threshold':>9}{'cover %':>9}{'over %':>8}{'none %':>8}"
    chosen = kept_goal(figures)
    for threshold in sorted({0.05, 0.1, 0.2, 0.3, 0.5, 0.7, chosen}):
        at = figures(threshold)
        cells = [at["coverage"], at["over_percent"], at["over_negative_percent"]]
        coverage, over, none = ("-" if cell is None else f"{cell:.2f}" for cell in cells)
        yield f"{threshold:9.3f}{coverage:>9}{over:>8}{none:>8}" + (f"  <- {GOAL} %" if threshold == chosen else "")
    at = figures(chosen)
    for kind in ("height", "source"):
        yield "  ".join(f"{name} {value}" for name, value in at[f"coverage_by_{kind}"].items())


def kept_goal(figures: Any) -> float:
    """The lowest threshold, to a five-hundredth, at which no more than `GOAL` of the negatives is painted."""
    low, high = 0, 500
    while high - low > 1:
        middle = (low + high) // 2
        if (figures(middle / 500)["over_negative_percent"] or 0) <= GOAL:
            high = middle
        else:
            low = middle
    return high / 500


if __name__ == "__main__":
    main()
