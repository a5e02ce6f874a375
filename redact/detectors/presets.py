"""How hard faces are looked for: the looks of each preset, and every number that was fitted for it.

The numbers lie in `faces.toml`, which `python -m benchmarks.calibrate` writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from redact.detectors.fusion import company, evidence
from redact.detectors.numbers import of_preset

if TYPE_CHECKING:
    from redact.detectors.boxes import Floats
    from redact.detectors.fusion import Places
    from redact.model import Box

NUMBERS = "faces.toml"

PRESETS = ("fast", "balanced", "thorough")


@dataclass(frozen=True, slots=True)
class Look:
    """One network over the whole picture at one scale.

    whole: it is repeated at half the scale until one tile holds the picture: a face cut by every tile is whole there
    """

    network: Literal["centerface", "yunet"]
    scale: float
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Regression:
    """A constant and one weight for each term of `fusion`: logarithms of odds from what was seen."""

    bias: float
    weights: tuple[float, ...]

    def odds(self, terms: Floats) -> Floats:
        """Of terms (n, weights), (n,)."""
        return np.asarray(terms @ np.array(self.weights) + self.bias, np.float64)


@dataclass(frozen=True, slots=True)
class Margins:
    """What a box is grown by: shares of its width and height, and pixels on every side.

    A share below 0 is taken off: networks count hair to a face, which labels do not.
    """

    left: float
    top: float
    right: float
    bottom: float
    rim: float

    def around(self, box: Box, times: float = 1) -> Box:
        """The region to paint for a box found, with so many times these margins; taken off is what is, once at most."""
        sides = (self.left * box.width, self.top * box.height, self.right * box.width, self.bottom * box.height)
        return box.grown(*(share * (times if share > 0 else min(times, 1)) + times * self.rim for share in sides))

    @property
    def any_way_up(self) -> Margins:
        """Margins for a face that may lie on any side: the widest on each."""
        widest = max(self.left, self.top, self.right, self.bottom)
        return Margins(widest, widest, widest, widest, self.rim)


@dataclass(frozen=True, slots=True)
class Preset:
    """One way to look for faces.

    looks:     at the picture as it stands
    turned:    a look at the picture lying on either side and on its head, for faces that do
    alone:     odds of a place by itself
    among:     odds of a place in view of the others of the picture
    lying:     odds of a place that the turned look saw; few faces lie, and it sees three times as much that is none
    threshold: probability from which on a place is painted
    margins:   what it is grown by
    """

    looks: tuple[Look, ...]
    turned: Look | None
    alone: Regression
    among: Regression
    lying: Regression | None
    threshold: float
    margins: Margins

    def probabilities(self, places: Places, side: float) -> Floats:
        """How likely each place is worth painting, 0..1, (n,).

        side: mean side of the picture, pixels
        """
        by_itself = evidence(places)
        odds = self.alone.odds(by_itself)
        terms = np.concatenate([by_itself, company(odds, places.sizes)], axis=1)
        return worth(np.maximum(self.among.odds(terms), odds - DISCOUNT), places.sizes, side)

    def probabilities_lying(self, places: Places, side: float) -> Floats:
        """The same for places that the turned look saw."""
        if self.lying is None:
            return np.zeros(len(places.boxes))
        return worth(self.lying.odds(evidence(places)), places.sizes, side)


EIGHTH = 8
"""A face of this part of the picture's mean side is neither large nor small."""

SMALL = -1.5
"""Octaves below that from which on all faces are small alike."""

DOUBT = 0.6
"""What is taken off the logarithm of the odds for each octave above: a wrong big box hides more of the picture."""

DISCOUNT = 1.5
"""What the company of a place, or the want of it, takes off the logarithm of its odds at most: in the pictures that
were learnt from few faces are alone, and one that is has to be found all the same."""


def worth(odds: Floats, extent: Floats, side: float) -> Floats:
    """Probabilities, (n,), of logarithms of odds and sizes in a picture of that mean side: less for large places."""
    octaves = np.log2(np.maximum(extent, 1) / (side / EIGHTH))
    return np.asarray(1 / (1 + np.exp(DOUBT * np.maximum(octaves, SMALL) - odds)), np.float64)


def preset(name: str) -> Preset:
    """The preset of that name. Raises PolicyError when there is none."""
    return read(of_preset("face", resources.files(__package__).joinpath(NUMBERS), PRESETS, name))


def read(table: dict[str, Any]) -> Preset:
    """A preset from its table of the file."""
    return Preset(
        looks=tuple(Look(**each) for each in table["looks"]),
        turned=Look(**table["turned"]) if "turned" in table else None,
        alone=_regression(table["alone"]),
        among=_regression(table["among"]),
        lying=_regression(table["lying"]) if "lying" in table else None,
        threshold=table["threshold"],
        margins=Margins(**table["margins"]),
    )


def _regression(table: dict[str, Any]) -> Regression:
    return Regression(table["bias"], tuple(table["weights"]))
