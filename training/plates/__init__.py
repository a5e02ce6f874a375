"""Plates of the world, drawn: `draw(random)` gives one of any country, format, age and state of repair.

`formats` is what plates look like, as data (`table/*.toml`; one more country is one more entry there); `invention`
adds some that nobody issues. `drawing` presses a plate, with `writing` (what stands on it), `lettering`, `ground` and
`emblems`; `surface` lets light fall on it, `wear` ages it and `fittings` mounts it. A scene then puts it on a vehicle,
at a distance and in a light.

All chance comes from the generator that is handed in: the same seed draws the same plate, with the same fonts at hand.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from training.plates.chance import happens
from training.plates.drawing import press
from training.plates.fittings import fitted
from training.plates.formats import Format, formats
from training.plates.invention import invent
from training.plates.plate import Plate
from training.plates.surface import lit
from training.plates.wear import worn

INVENTED = 0.12
"""Share of plates in formats that no country has."""

__all__ = ["Plate", "draw", "drawn"]


def draw(random: np.random.Generator) -> Plate:
    """A plate of any format, as often as the table says."""
    return drawn(random, invent(random) if happens(random, INVENTED) else _chosen(random))


def drawn(random: np.random.Generator, form: Format) -> Plate:
    """A plate of that format, in any state of repair."""
    sheet = press(random, form)
    light = worn(random, lit(random, sheet.picture, sheet.raised))
    image, (left, top, right, bottom) = fitted(random, light)
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)
    return Plate(image=image, corners=corners, kind=form.kind, rows=sheet.rows)


def _chosen(random: np.random.Generator) -> Format:
    return formats()[int(np.searchsorted(_shares(), random.random(), side="right"))]


@functools.cache
def _shares() -> NDArray[np.float64]:
    """Up to where in 0..1 each format reaches."""
    shares = np.cumsum([form.share for form in formats()])
    return np.asarray(shares / shares[-1], np.float64)
