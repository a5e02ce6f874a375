"""Cars around plates: what a plate is mounted on, cut out, with the place of the plate known.

`draw` takes a view from the gallery, which `python -m training.cars --gallery` renders once from free models, or draws
a vehicle with flat shapes. Where no gallery is there, all are drawn.
"""

from __future__ import annotations

from pathlib import Path

from numpy.random import Generator

from training.cars.car import Car
from training.cars.changing import changed
from training.cars.drawn import draw_flat
from training.cars.gallery import GALLERY, opened, shots

__all__ = ["Car", "draw"]

_RENDERED = 0.6


def draw(random: Generator, gallery: Path = GALLERY) -> Car:
    """A vehicle with the place of its plate; the same state of the generator gives the same one.

    Raises:
        OSError: a picture of the gallery cannot be read.
    """
    views = shots(gallery)
    if views and random.random() < _RENDERED:
        return changed(opened(views[int(random.integers(len(views)))]), random)
    return changed(draw_flat(random), random)
