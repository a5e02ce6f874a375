"""Things cut out of photographs: Tux Paint's stamps, of animals, fruit, tools, toys, houses, clothes and signs.

What a network meets first outside of streets is things it was never shown, and a face or a flank full of contrast may
look like a plate to it. The stamps come with a Debian package (`training/debian.txt`); without it there are none.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.provide import ASSETS

_FOLDER = ASSETS / "tuxpaint-stamps-default" / "usr" / "share" / "tuxpaint" / "stamps"
_WITH_PLATES = ("vehicles", "military")
"""Folders that are left out: a plate may be on what they show."""

_LONGEST = 320


@cache
def stamps() -> tuple[Path, ...]:
    """Every stamp that is there, in the order of their names."""
    found = (path for path in _FOLDER.rglob("*.png") if path.relative_to(_FOLDER).parts[0] not in _WITH_PLATES)
    return tuple(sorted(found))


def stamp(random: Generator) -> NDArray[np.uint8]:
    """One of them, uint8 (height, width, 4) RGBA, its longer side at most 320 pixels.

    Raises:
        OSError: it cannot be read.
    """
    path = stamps()[random.integers(len(stamps()))]
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise OSError(f"{path}: not a picture; run `python -m training.provide` again")
    scale = _LONGEST / max(picture.shape[:2])
    if scale < 1:
        size = max(2, round(picture.shape[1] * scale)), max(2, round(picture.shape[0] * scale))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return _coloured(np.asarray(picture, np.uint8))


def _coloured(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Gray, blue first, with transparency or without, as RGBA."""
    if picture.ndim == 2:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2RGBA), np.uint8)
    way = cv2.COLOR_BGRA2RGBA if picture.shape[2] == 4 else cv2.COLOR_BGR2RGBA
    return np.asarray(cv2.cvtColor(picture, way), np.uint8)
