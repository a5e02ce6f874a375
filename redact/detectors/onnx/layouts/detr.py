"""DETR and its kin: a fixed number of guesses, each a box in shares of the picture and a logit for each class.

Carion et al., "End-to-End Object Detection with Transformers", 2020; Zhao et al., "DETRs Beat YOLOs on Real-time
Object Detection", 2023.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from redact.detectors.onnx.layouts.answers import (
    Asked,
    Floats,
    MismatchError,
    Sightings,
    around,
    demand_shares,
    one,
    sighted,
    sigmoid,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def detr(answers: Mapping[str, Floats], asked: Asked) -> Sightings:
    """pred_boxes (1, n, 4) and logits (1, n, classes + 1), of which the last stands for nothing at all."""
    boxes, logits = _guesses(answers, asked.classes + 1)
    powers = np.exp(logits - logits.max(1, keepdims=True, initial=-np.inf))
    scores = powers / powers.sum(1, keepdims=True)
    return sighted(_in_pixels(boxes, asked), np.asarray(scores[:, :-1], np.float32), asked.floor)


def rt_detr(answers: Mapping[str, Floats], asked: Asked) -> Sightings:
    """pred_boxes (1, n, 4) and logits (1, n, classes), each class by itself; or both in one, likelihoods already."""
    if len(answers) == 1:
        (rows,) = one(answers, lambda answer: answer.ndim == 3 and answer.shape[::2] == (1, 4 + asked.classes))
        return sighted(_in_pixels(rows[:, :4], asked), rows[:, 4:], asked.floor)
    boxes, logits = _guesses(answers, asked.classes)
    return sighted(_in_pixels(boxes, asked), sigmoid(logits), asked.floor)


def _guesses(answers: Mapping[str, Floats], columns: int) -> tuple[Floats, Floats]:
    """Boxes (n, 4) and logits (n, columns), told apart by their names where by nothing else."""
    named = {name: answer for name, answer in answers.items() if "box" in name.lower()}
    others = {name: answer for name, answer in answers.items() if name not in named}
    if not named:
        message = "no output has a name with box in it"
        raise MismatchError(message)
    (boxes,) = one(named, lambda answer: answer.ndim == 3 and answer.shape[::2] == (1, 4))
    (logits,) = one(others, lambda answer: answer.ndim == 3 and answer.shape[::2] == (1, columns))
    if len(boxes) != len(logits):
        message = f"it answers {len(boxes)} boxes and {len(logits)} rows of classes"
        raise MismatchError(message)
    return boxes, logits


def _in_pixels(shares: Floats, asked: Asked) -> Floats:
    demand_shares(shares)
    return around(shares * np.array([asked.width, asked.height] * 2, np.float32))
