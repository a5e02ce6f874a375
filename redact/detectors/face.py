"""Faces: two networks look at several sizes of a picture, and what they saw of one place is weighed together.

CenterFace knows best what a face is and costs most; YuNet sees small faces for a quarter of the price. Every box that
either of them gives a low score already is a candidate; its score is the probability that a face is there, in view of
what each look made of the place and of what else there is in the picture.
"""

from __future__ import annotations

import math
from itertools import takewhile
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from redact.detectors.boxes import Boxes, merged
from redact.detectors.centerface import CenterFace
from redact.detectors.fusion import gathered
from redact.detectors.options import demand_amount, demand_threshold
from redact.detectors.presets import preset as preset_of
from redact.detectors.pyramid import TILE
from redact.detectors.runtimes import Runtime
from redact.detectors.yunet import YuNet
from redact.model import Box, Detection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from redact.detectors.fusion import Places
    from redact.detectors.presets import Look
    from redact.model import Image

FLOOR = 0.05
"""Score from which on a network's box is a candidate."""

AGREE = 0.4
"""IoU from which on two boxes are of one place."""

PART = 0.6
"""Share of a region that lies in a likelier one from which on both are of one face, and become one region."""

NEAR = 1.25
"""A probability of less than so many times the threshold is near it."""

SURE, BLIND = 0.5, 0.1
"""Scores of two looks at one place that disagree: one is sure and the best of the other network saw next to nothing."""


class FaceDetector:
    """Finds faces from about 10 pixels up to the whole picture.

    preset:    "fast", "balanced" or "thorough": how hard it looks, see docs/detection.md
    threshold: probability from which on something is called a face, 0..1; lower finds more and covers more else;
               None takes the one measured for the preset
    min_size:  faces whose longer side is less are left, pixels of the picture
    margin:    times the measured margins by which boxes are grown; 0 paints them as they were found
    runtime, device: what runs the networks, see `redact.detectors.runtimes`

    Raises PluginError when a model is missing or is not the one expected, PolicyError for options out of range.
    """

    weights: ClassVar[tuple[str, ...]] = (*CenterFace.weights, *YuNet.weights)

    def __init__(
        self,
        preset: str = "balanced",
        threshold: float | None = None,
        min_size: float = 0,
        margin: float = 1,
        runtime: str = "opencv",
        device: str = "cpu",
    ) -> None:
        self._preset = preset_of(preset)
        self._threshold = self._preset.threshold if threshold is None else threshold
        demand_threshold("face", self._threshold)
        demand_amount("face", "min_size", min_size)
        demand_amount("face", "margin", margin)
        self._min_size = min_size
        self._margin = margin
        engine = Runtime(runtime, device)
        self._networks: dict[str, CenterFace | YuNet] = {"centerface": CenterFace(engine), "yunet": YuNet(engine)}

    def detect(self, image: Image) -> Iterator[Detection]:
        """Every face in an RGB picture, the likeliest first, each grown by the margin the networks' errors call for."""
        found = list(self._found(image))
        owners, grown = merged(np.array([sides(each.region.bounds) for each in found]).reshape(-1, 4), PART)
        latest = {int(owner): row for row, owner in enumerate(owners)}
        for first, last in latest.items():
            region = Box(*(float(side) for side in grown[last]))
            yield Detection(region, "face", found[first].score, found[first].doubts)

    def _found(self, image: Image) -> Iterator[Detection]:
        """Each place that is likely enough, grown, the likeliest first."""
        side = math.sqrt(image.shape[0] * image.shape[1])
        upright, lying = self.seen(image), self.seen_lying(image)
        boxes = np.concatenate([upright.boxes, lying.boxes])
        likely = np.concatenate(
            [self._preset.probabilities(upright, side), self._preset.probabilities_lying(lying, side)]
        )
        apart = np.concatenate([self._disagree(upright), np.zeros(len(lying.boxes), bool)])
        extents = np.concatenate([upright.sizes, lying.sizes])
        standing, any_way_up = self._preset.margins, self._preset.margins.any_way_up
        for place in np.argsort(-likely, kind="stable"):
            if likely[place] < self._threshold or extents[place] < self._min_size:
                continue
            box = Box(*(float(value) for value in boxes[place]))
            margins = standing if place < len(upright.boxes) else any_way_up
            region = margins.around(box, self._margin)
            inside = region.clipped(image.shape[1], image.shape[0])
            if inside is not None:
                near = likely[place] < NEAR * self._threshold
                doubts = (("near-threshold", near), ("disagreement", apart[place]))
                names = tuple(name for name, holds in doubts if holds)
                yield Detection(inside, "face", float(likely[place]), names)

    def seen(self, image: Image) -> Places:
        """What the looks of the preset saw, before it is weighed."""
        return gathered([self._look(image, look) for look in self._preset.looks], AGREE)

    def seen_lying(self, image: Image) -> Places:
        """What the look at the picture turned to either side and on its head saw, in pixels of the picture."""
        look = self._preset.turned
        if look is None:
            return gathered([], AGREE)
        turns = (turned_back(self._look(turned(image, turn), look), turn, image.shape[:2]) for turn in (1, 3, 2))
        return gathered([np.concatenate(list(turns))], AGREE)

    def _look(self, image: Image, look: Look) -> Boxes:
        network = self._networks[look.network]
        boxes = [network.look(image, scale, FLOOR) for scale in scales(look, max(image.shape[:2]))]
        network.rest_after(image)
        return np.concatenate(boxes)

    def _disagree(self, places: Places) -> NDArray[np.bool_]:
        """True for places where one network is sure and the other sees next to nothing, (n,)."""
        networks = np.array([look.network for look in self._preset.looks])
        if len(set(networks)) < 2:
            return np.zeros(len(places.boxes), bool)
        best = [places.scores[:, networks == name].max(axis=1, initial=0) for name in sorted(set(networks))]
        return np.asarray((np.maximum(*best) >= SURE) & (np.minimum(*best) < BLIND))


def sides(box: Box) -> tuple[float, float, float, float]:
    """Left, top, right and bottom, pixels."""
    return box.left, box.top, box.right, box.bottom


def scales(look: Look, long_side: int) -> tuple[float, ...]:
    """The scales of a look at a picture of that longer side, from its own downwards."""
    if not look.whole:
        return (look.scale,)
    halvings = (look.scale / 2**count for count in range(1, 32))
    return (look.scale, *takewhile(lambda scale: long_side * scale > TILE / 2, halvings))


def turned(image: Image, turn: int) -> Image:
    """The picture after so many quarter turns to the left."""
    return np.ascontiguousarray(np.rot90(image, turn))


def turned_back(boxes: Boxes, turn: int, size: tuple[int, ...]) -> Boxes:
    """Boxes of the turned picture in pixels of the picture, whose size is (height, width)."""
    left, top, right, bottom, scores = boxes.T
    height, width = size if turn % 2 == 0 else size[::-1]
    for _ in range(turn):
        left, top, right, bottom = height - bottom, left, height - top, right
        height, width = width, height
    return np.stack([left, top, right, bottom, scores], axis=1).astype(np.float32)
