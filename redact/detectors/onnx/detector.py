"""Whatever a model of one's own finds, under the labels that a policy gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from redact.detectors import doubts
from redact.detectors.boxes import suppressed
from redact.detectors.graph import described
from redact.detectors.network import Network
from redact.detectors.onnx.layouts import LAYOUTS, Asked, MismatchError, Sightings, fitting
from redact.detectors.onnx.options import Options
from redact.detectors.onnx.windows import windows
from redact.errors import PluginError
from redact.model import Box, Detection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from redact.detectors.boxes import Boxes
    from redact.detectors.onnx.layouts import Floats
    from redact.detectors.onnx.windows import Window
    from redact.model import Image

MOST = 10_000
"""Boxes above the threshold in one picture. More are no answer, and would take for ever to tell apart."""


class OnnxDetector:
    """Finds what an ONNX model finds.

    labels:        what its sightings are called
    policy_folder: where a relative path counts from; None for a policy that came from no file
    options:       path, sha256 and layout; see `ModelFile`, `Reading`, `Showing` and `Runtime` for what else there is

    The model is tried on a blank picture. Raises PolicyError for options that make no sense or do not fit the model,
    PluginError when the model is missing, is not the one vouched for, does not load, or answers in another layout.
    """

    def __init__(self, labels: Sequence[str], policy_folder: Path | None = None, **options: Any) -> None:
        chosen = Options.of(options)
        self._name, self._reading, self._look = chosen.file.name, chosen.reading, chosen.showing.look
        self._labels = chosen.reading.labels_of(labels)
        self._layout = LAYOUTS[chosen.reading.layout]
        content = chosen.file.read(policy_folder)
        self._lens = chosen.showing.lens(self._name, described(self._name, content), self._layout)
        self._network = Network(self._name, chosen.runtime, content)
        self._asked = Asked(
            self._lens.width, self._lens.height, max(1, len(self._reading.classes)), self._reading.threshold
        )
        list(self.detect(np.zeros((self._lens.height, self._lens.width, 3), np.uint8)))

    def detect(self, image: Image) -> Iterator[Detection]:
        """Everything wanted in an RGB picture, grown by the margin and clipped.

        Raises PluginError when the model does not run, or answers with what cannot be read.
        """
        height, width = image.shape[:2]
        seen = [self._seen(image, window) for window in windows(width, height, self._lens, self._look)]
        if sum(len(boxes) for found in seen for boxes in found.values()) > MOST:
            message = f"the model {self._name} found more than {MOST} things in one picture: raise its threshold"
            raise PluginError(message)
        for number, labels in self._labels.items():
            for box in self._chosen(np.concatenate([found[number] for found in seen]), len(seen)):
                region = self._grown(box).clipped(width, height)
                if region is not None:
                    score = float(box[4])
                    hardly = doubts.of_score(score, self._reading.threshold)
                    yield from (Detection(region, label, score, hardly) for label in labels)

    def _seen(self, image: Image, window: Window) -> Mapping[int, Boxes]:
        """What was found in a window, in pixels of the picture: number of a class that is wanted -> boxes."""
        blob, back = self._lens.shown(image, window)
        found = self._read(self._network(blob))
        boxes = np.concatenate([found.boxes * back[0] + back[1], found.scores[:, None]], 1).astype(np.float32)
        sides = boxes[:, 2:4] - boxes[:, :2]
        if (sides < 0).any() or not np.isfinite(boxes).all():
            message = f"the model {self._name} answered with boxes that end before they begin: is its layout another?"
            raise PluginError(message)
        there = (sides > 0).all(1)
        return {number: boxes[there & (found.classes == number)] for number in self._labels}

    def _read(self, answers: Mapping[str, Floats]) -> Sightings:
        try:
            return self._layout.read(answers, self._asked)
        except MismatchError as error:
            came = ", ".join(f"{name} {answer.shape}" for name, answer in answers.items())
            message = f"the model {self._name} does not answer as layout {self._reading.layout!r} does: {error}. "
            message += f"Expected: {self._layout.expects}, with {self._asked.classes} classes; came: {came}. "
            others = " or ".join(fitting(answers, self._asked))
            message += f"It may be {others}" if others else "Name all its classes, or export it otherwise"
            raise PluginError(message) from error

    def _chosen(self, boxes: Boxes, looks: int) -> Boxes:
        """The best box of each thing, where one thing may have several."""
        return suppressed(boxes, self._reading.overlap) if self._layout.overlaps or looks > 1 else boxes

    def _grown(self, box: Floats) -> Box:
        left, top, right, bottom = (float(side) for side in box[:4])
        across, down = (right - left) * self._reading.margin, (bottom - top) * self._reading.margin
        return Box(left, top, right, bottom).grown(across, down, across, down)
