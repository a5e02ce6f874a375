"""Logistic regression."""

from __future__ import annotations

import numpy as np

from redact.detectors.boxes import Floats

RIDGE = 1.0
"""Weight of the squares of the weights, against flukes in terms of few samples."""

STEPS, SETTLED = 30, 1e-6
"""Steps of Newton's method at most, and the change in every weight below which there is no other."""


def logistic(terms: Floats, labels: Floats) -> tuple[float, tuple[float, ...]]:
    """A constant, and a weight for each term: the logarithm of the odds of label 1 is their sum.

    terms:  (n, terms)
    labels: (n,) of 1, of 0, and of -1 for what counts for neither side

    Newton's method, with a ridge on the weights of the standardised terms.
    """
    terms, labels = terms[labels >= 0], labels[labels >= 0]
    middle, spread = terms.mean(axis=0), terms.std(axis=0) + 1e-9
    known = np.concatenate([np.ones((len(terms), 1)), (terms - middle) / spread], axis=1)
    ridge = np.diag([0.0] + [RIDGE] * terms.shape[1])
    weights = np.zeros(known.shape[1])
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-known @ weights))
        slope = known.T @ (labels - likely) - ridge @ weights
        bend = (known * (likely * (1 - likely))[:, np.newaxis]).T @ known + ridge
        step = np.linalg.solve(bend, slope)
        weights += step
        if np.abs(step).max() < SETTLED:
            break
    plain = weights[1:] / spread
    return float(weights[0] - plain @ middle), tuple(float(each) for each in plain)
