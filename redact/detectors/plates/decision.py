"""Whether a place is a plate: two logistic regressions, one before it is read and one after, and their thresholds.

The numbers lie in `plates.toml`, which `python -m benchmarks.calibrate` writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from redact.detectors.numbers import of_preset
from redact.detectors.plates import traits, wording
from redact.detectors.plates.quads import grown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from redact.detectors.boxes import Floats
    from redact.detectors.plates.quads import Corners

NUMBERS = "plates.toml"

PRESETS = ("fast", "balanced")

READS = 24
"""Places read in one picture, the likeliest: bounds time. What is beyond is decided by looking alone."""


@dataclass(frozen=True, slots=True)
class Regression:
    """A constant and one weight for each term: the logarithm of the odds is their sum."""

    bias: float
    weights: Mapping[str, float]

    def probabilities(self, terms: Floats) -> Floats:
        """Of terms (n, weights) in the order of the weights, 0..1, (n,)."""
        odds = terms @ np.array(list(self.weights.values())) + self.bias
        return np.asarray(1 / (1 + np.exp(-np.clip(odds, -50, 50))), np.float64)


@dataclass(frozen=True, slots=True)
class Margins:
    """What a place is grown by along its own sides: shares of its width and height, and pixels everywhere."""

    across: float
    down: float
    rim: float

    def around(self, corners: Corners, times: float = 1) -> Corners:
        """The places to paint for those found, with so many times these margins, (n, 4, 2) both."""
        return grown(corners, times * self.across, times * self.down, times * self.rim)


@dataclass(frozen=True, slots=True)
class Reading:
    """Which places are read, and how likely they are plates then.

    above, below: probabilities by looking between which a place is read: what is less likely is none whatever stands
                  there, and what is likelier is one
    weighed:      by what the network, the light and the reader say
    """

    above: float
    below: float
    weighed: Regression


@dataclass(frozen=True, slots=True)
class Preset:
    """One way to decide.

    looked:    how likely a place is a plate by what the network and the light say
    reading:   what is read besides; None where nothing is
    threshold: probability from which on a place is painted
    margins:   what it is grown by
    """

    looked: Regression
    reading: Reading | None
    threshold: float
    margins: Margins

    def probabilities(self, looked: Floats, told: Callable[[int], Sequence[float]]) -> Floats:
        """How likely each place is a plate, 0..1, (n,).

        looked: the terms of `traits`, (n, terms)
        told:   the terms of `wording` of the place of a number, which is read for it; asked for where it may matter
        """
        likely = self.looked.probabilities(looked)
        if self.reading is not None:
            for place in undecided(likely, self.reading):
                likely[place] = self.reading.weighed.probabilities(np.array([[*looked[place], *told(place)]]))[0]
        return likely


def undecided(likely: Floats, reading: Reading) -> tuple[int, ...]:
    """The places worth reading, of those so likely by looking, (n,): the likeliest first, and no more than `READS`."""
    order = np.argsort(-likely, kind="stable")
    between = order[(likely[order] >= reading.above) & (likely[order] < reading.below)]
    return tuple(int(place) for place in between[:READS])


def preset(name: str) -> Preset:
    """The preset of that name. Raises PolicyError when there is none."""
    return read(of_preset("plate", resources.files(__package__).joinpath(NUMBERS), PRESETS, name))


def read(table: dict[str, Any]) -> Preset:
    """A preset from its table of the file."""
    return Preset(
        looked=_regression(table["looked"], traits.NAMES),
        reading=_reading(table["reading"]) if "reading" in table else None,
        threshold=table["threshold"],
        margins=Margins(**table["margins"]),
    )


def _reading(table: dict[str, Any]) -> Reading:
    weighed = _regression(table["weighed"], (*traits.NAMES, *wording.NAMES))
    return Reading(table["above"], table["below"], weighed)


def _regression(table: dict[str, Any], names: tuple[str, ...]) -> Regression:
    return Regression(table["bias"], {name: table["weights"][name] for name in names})
