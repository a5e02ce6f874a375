"""Draws from a `numpy.random.Generator`: one of several, and whether something happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def pick(random: np.random.Generator, choices: Sequence[T]) -> T:
    """One of `choices`, each as likely as the next."""
    return choices[int(random.integers(len(choices)))]


def happens(random: np.random.Generator, share: float) -> bool:
    """True in `share` of the draws."""
    return bool(random.random() < share)
