"""Things that are no number plates and look a little like one: `draw(random)` gives one of them, cut out.

Boards carry text (signs, shop fronts, posters, labels, bibs, prints without a ground), patterns repeat something
(grilles, windows, keys, fences, stripes), things are neither (dials, traffic lights, bottles, empty rectangles), and
stamps are cut out of photographs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.scenes.negatives import boards, patterns, things

Drawer = Callable[[Generator], NDArray[np.uint8]]

KINDS: tuple[Drawer, ...] = (
    boards.sign,
    boards.sign,
    boards.shop,
    boards.poster,
    boards.page,
    boards.sprayed,
    boards.sprayed,
    boards.bib,
    boards.house_number,
    boards.sticker,
    boards.container,
    boards.spines,
    boards.screen,
    boards.watermark,
    patterns.grille,
    patterns.grid,
    patterns.keys,
    patterns.slats,
    patterns.stripes,
    patterns.lamps,
    patterns.checks,
    things.dial,
    things.traffic_light,
    things.bottle,
    things.panel,
    things.panel,
    things.framed,
    things.badge,
)
"""One that is named twice is drawn twice as often."""


def draw(random: Generator) -> NDArray[np.uint8]:
    """One of `KINDS`, uint8 (height, width, 4) RGBA, 40..200 pixels high."""
    return KINDS[random.integers(len(KINDS))](random)
