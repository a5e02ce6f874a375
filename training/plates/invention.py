"""Plates of countries that do not exist, of any size, pattern and colours: what is learnt is to be what a plate is."""

from __future__ import annotations

import numpy as np

from training.plates.chance import happens, pick
from training.plates.colours import COLOURS, LUMA
from training.plates.emblems import EMBLEMS
from training.plates.formats import Band, Format, formats

LEAST_APART = 95
"""Difference in brightness between the colours that are put together, of 255."""
JOINTS = (" ", " ", "-", "·", "", "|", " |", "-|", "°")


def invent(random: np.random.Generator) -> Format:
    """A format nobody issues, of the same parts as those that are."""
    ground, ink = _colours(random)
    like = pick(random, formats())
    high = float(pick(random, (100, 110, 120, 140, 160, 200)))
    bands = (_band(random),) if happens(random, 0.35) else ()
    return Format(
        kind="invented",
        patterns=(_pattern(random),),
        colours=(f"{ground}/{ink}",),
        sizes=((high * float(np.exp(random.uniform(np.log(0.9), np.log(5.2)))), high),),
        fonts=pick(random, ("plate", "plate", "din", "narrow", "bold", "sign")),
        letters=like.letters,
        numerals=like.numerals,
        top=like.top if happens(random, 0.2) else (),
        bottom=like.bottom if happens(random, 0.2) else (),
        corners="stickers" if happens(random, 0.1) else "",
        bands=bands,
        words=like.words,
    )


def _colours(random: np.random.Generator) -> tuple[str, str]:
    while True:
        ground, ink = pick(random, tuple(COLOURS)), pick(random, tuple(COLOURS))
        if abs(float((np.array(COLOURS[ground]) - COLOURS[ink]) @ LUMA)) >= LEAST_APART:
            return ground, ink


def _pattern(random: np.random.Generator) -> str:
    """Two to four groups of letters or digits, three to nine signs in all."""
    groups = [
        pick(random, ("@", "#", "#", "?")) * int(random.integers(1, 4)) for _ in range(int(random.integers(2, 5)))
    ]
    pattern = groups[0]
    for group in groups[1:]:
        pattern += pick(random, JOINTS) + group
    return pattern


def _band(random: np.random.Generator) -> Band:
    side = pick(random, ("left", "left", "right", "top", "bottom"))
    ground = pick(random, tuple(COLOURS))
    ink = pick(random, ("white", "black", "yellow", "red"))
    texts = (pick(random, ("@@", "@", "@@@", "##")),)
    return Band(side, float(random.uniform(0.06, 0.14)), ground, ink, texts, pick(random, ("", "", *EMBLEMS)))
