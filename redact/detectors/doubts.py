"""What a detector of one score says of a sighting that it was hardly sure of."""

from __future__ import annotations

HARDLY = 0.1
"""A person should look at a score that is less than so much of the way from the threshold to certainty."""


def of_score(score: float, threshold: float) -> tuple[str, ...]:
    """The doubts of a sighting, as `redact.Detection` holds them."""
    return ("near-threshold",) if score < threshold + HARDLY * (1 - threshold) else ()
