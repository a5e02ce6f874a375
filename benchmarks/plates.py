"""Ways to look for plates that `benchmarks.detection` measures beside the detector itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from redact.detectors.plates.decision import Margins
from redact.detectors.plates.network import PlateNetwork
from redact.detectors.plates.places import seen
from redact.detectors.plates.quads import bounds
from redact.model import Image

ALONE = 0.6
"""Score from which on the network by itself paints."""

BY_ITSELF = Margins(across=0.06, down=0.12, rim=1)

NARROW = 1.9
"""Width over height of a label below which a plate is taken for one of two lines."""

DARKER = 4
"""By what pictures are divided to make night of day."""

Rows = list[list[float]]


def network_alone() -> Callable[[Image], Rows]:
    """What the network paints when nothing is weighed or read."""
    network = PlateNetwork()

    def look(image: Image) -> Rows:
        places = seen(network, image)
        scores = places.scores.max(axis=1, initial=0)
        size = np.array(image.shape[1::-1] * 2)
        boxes = np.clip(bounds(BY_ITSELF.around(places.corners)), 0, size)
        rows: Rows = np.column_stack([boxes, scores])[scores >= ALONE].tolist()
        return rows

    return look


def darkened(look: Callable[[Image], Rows]) -> Callable[[Image], Rows]:
    """A way to look at pictures of a quarter of their brightness."""

    def look_at_darkened(image: Image) -> Rows:
        dark = np.asarray(image // DARKER, np.uint8)
        dark.flags.writeable = False
        return look(dark)

    return look_at_darkened


def narrow_alone(labels: Mapping[str, Any]) -> dict[str, Any]:
    """The labels with all plates but narrow ones to be ignored."""
    return {
        **labels,
        "images": {
            name: {**entry, "boxes": [_ignored_if_wide(box) for box in entry["boxes"]]}
            for name, entry in labels["images"].items()
        },
    }


def _ignored_if_wide(box: Mapping[str, Any]) -> dict[str, Any]:
    left, top, right, bottom = box["box"]
    wide = right - left >= NARROW * (bottom - top)
    return {**box, "ignore": True} if box["label"] == "plate" and wide else {**box}
