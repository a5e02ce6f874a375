"""How wrong the network is about a batch: of scores by focal loss, of corners by their distance.

Focal loss (Lin et al., "Focal Loss for Dense Object Detection", 2017) lets what is answered well already count little,
so that the many easy cells of a background do not drown the few hard ones. It is divided by the weight of the cores,
and by a share for each picture, so that a batch without plates teaches as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.targets import REACH

FOCUS = 2.0
SHARE = 0.5
"""Weight of cores that each picture is taken to have in addition to its own."""

KNEE = 0.1
"""Error from which on a corner's counts straight instead of squared; in `o`, and in roots of the area."""

FARTHEST = 5.0
"""Of `o`: 590 pixels."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Targets of one head for a batch, as `training.targets.Target` has them, with a first axis of pictures."""

    score: Tensor
    weight: Tensor
    offsets: Tensor
    extent: Tensor


@dataclass(frozen=True, slots=True)
class Loss:
    """Of one head.

    scores:  one number
    corners: one number
    false:   (pictures,), the part of each picture's scores that comes from cells outside of cores: how hard it is
    """

    scores: Tensor
    corners: Tensor
    false: Tensor


def loss(answer: Tensor, wanted: Wanted) -> Loss:
    """How far an answer (pictures, 9, rows, columns) is from what was wanted."""
    logits, offsets = answer[:, 0], answer[:, 1:]
    each = focal(logits, wanted.score) * wanted.weight
    there = wanted.score > 0
    false = (each * ~there).sum((1, 2))
    cores = (wanted.weight * there).sum()
    scores = each.sum() / (cores + SHARE * len(answer))
    return Loss(scores, corners(offsets, wanted, there), false.detach())


def focal(logits: Tensor, score: Tensor) -> Tensor:
    """Focal loss of each cell."""
    plain = functional.binary_cross_entropy_with_logits(logits, score, reduction="none")
    wrong: Tensor = (torch.sigmoid(logits) - score).abs()
    return wrong**FOCUS * plain


def corners(offsets: Tensor, wanted: Wanted, there: Tensor) -> Tensor:
    """Mean distance of corners in the cores, in `o` and in the quadrilateral's own size; nought without any core."""
    if not there.any():
        return offsets.sum() * 0
    told = offsets.permute(0, 2, 3, 1)[there].clamp(-FARTHEST, FARTHEST)
    true = wanted.offsets.permute(0, 2, 3, 1)[there].clamp(-FARTHEST, FARTHEST)
    weight = wanted.weight[there][:, None]
    size = wanted.extent[there][:, None]
    in_reach = functional.smooth_l1_loss(told, true, reduction="none", beta=KNEE)
    in_size = functional.smooth_l1_loss(
        REACH * torch.sinh(told) / size, REACH * torch.sinh(true) / size, reduction="none", beta=KNEE
    )
    of_all: Tensor = (weight * (in_reach + in_size)).sum() / (8 * weight.sum())
    return of_all
