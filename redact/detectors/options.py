"""What detectors that are set in the same way demand of their options."""

from __future__ import annotations

import math

from redact.errors import PolicyError


def demand_threshold(detector: str, threshold: float) -> None:
    """Raise PolicyError unless it is a probability that something can be above or below of."""
    if not 0 < threshold < 1:
        message = f"the {detector} detector's threshold lies between 0 and 1, not at {threshold}"
        raise PolicyError(message)


def demand_amount(detector: str, name: str, value: float) -> None:
    """Raise PolicyError unless the option of that name is a number from 0 up."""
    if not 0 <= value < math.inf:
        message = f"the {detector} detector's {name} is a number from 0 up, not {value}"
        raise PolicyError(message)
