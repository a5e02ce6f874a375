"""Logarithms of odds: what regressions add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from redact.detectors.boxes import Floats

DOUBTFUL = 0.01
"""Scores are told apart from it up to its opposite: beyond, networks only seem surer."""


def logits(scores: Floats) -> Floats:
    """Logarithms of the odds of scores of any shape, between those of `DOUBTFUL` and of its opposite."""
    certain = np.clip(scores, DOUBTFUL, 1 - DOUBTFUL)
    return np.asarray(np.log(certain / (1 - certain)), np.float64)
