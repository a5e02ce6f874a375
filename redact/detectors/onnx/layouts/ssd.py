"""SSD and what is exported like it: boxes in shares of the picture, with scores and mostly numbers of classes.

Class numbers begin with 1, for 0 is the background; `scores` of (1, n, classes + 1) have the background's first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.detectors.onnx.layouts.answers import (
    Asked,
    Floats,
    MismatchError,
    Sightings,
    demand_shares,
    numbered,
    sighted,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

BOXES = ("boxes", "bboxes", "box")
SCORES = ("scores", "score", "confidences")
CLASSES = ("classes", "labels", "class")
COUNTS = ("num_detections", "num", "num_boxes")
"""What exporters call the outputs, but for "detection_" before and ":0" after."""


def across_first(answers: Mapping[str, Floats], asked: Asked) -> Sightings:
    """Boxes of left, top, right, bottom: the ONNX model zoo's."""
    return _read(answers, asked, [0, 1, 2, 3])


def down_first(answers: Mapping[str, Floats], asked: Asked) -> Sightings:
    """Boxes of top, left, bottom, right: TensorFlow's object detection zoo."""
    return _read(answers, asked, [1, 0, 3, 2])


def _read(answers: Mapping[str, Floats], asked: Asked, order: list[int]) -> Sightings:
    plain = {name.lower().partition(":")[0].removeprefix("detection_"): answer for name, answer in answers.items()}
    boxes = _called(plain, BOXES)
    scores = _called(plain, SCORES)
    if boxes is None or scores is None or boxes.shape[-1] != 4 or scores.shape[:1] != boxes.shape[:1]:
        message = "no pair of outputs is called boxes and scores"
        raise MismatchError(message)
    demand_shares(boxes)
    pixels = boxes[:, order] * np.array([asked.width, asked.height] * 2, np.float32)
    if scores.ndim == 2:
        if scores.shape[1] != asked.classes + 1:
            message = f"it answers {scores.shape[1]} scores a box, not one of the background and {asked.classes} more"
            raise MismatchError(message)
        return sighted(pixels, scores[:, 1:], asked.floor)
    classes = _called(plain, CLASSES)
    if classes is None or classes.shape != scores.shape:
        message = "no output is called classes or labels"
        raise MismatchError(message)
    counts = next((answer for name, answer in plain.items() if name in COUNTS), None)
    count = len(scores) if counts is None or counts.size != 1 else int(counts.item())
    return numbered(pixels[:count], scores[:count], classes[:count] - 1, asked)


def _called(answers: Mapping[str, Floats], names: tuple[str, ...]) -> Floats | None:
    """The answer of one of those names, without the axis of its one picture."""
    for name in names:
        if name in answers and answers[name].ndim >= 2 and answers[name].shape[0] == 1:
            return np.asarray(answers[name][0], np.float32)
    return None
