"""What boards, patterns and things are made of: a surface, two colours that differ, ink laid onto it."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.ground import clouds, colour
from training.scenes.lettering import face, ink
from training.scenes.words import ALPHABETS, foreign

Surface: TypeAlias = NDArray[np.uint8]
"""uint8 (height, width, 4) RGBA."""

_CLEAR = 110


def surface(random: Generator, wide: int, high: int, tint: NDArray[np.float32]) -> Surface:
    """An opaque rectangle of one colour, a little uneven."""
    uneven = cv2.resize(clouds(random, 32), (wide, high), interpolation=cv2.INTER_CUBIC) * random.uniform(0, 18)
    sheet = np.full((high, wide, 4), 255, np.uint8)
    sheet[..., :3] = np.clip(uneven[..., None] + tint, 0, 255)
    return sheet


def two_colours(random: Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A ground and what is written on it; one in three is dark on white as plates are."""
    if random.random() < 0.33:
        return _shade(random, 190, 255), _shade(random, 0, 70)
    below, above = colour(random), colour(random)
    while np.abs(below - above).sum() < _CLEAR:
        above = _shade(random, 0, 255)
    return below, above


def lay(sheet: Surface, cover: NDArray[np.uint8], at: tuple[int, int], tint: NDArray[np.float32]) -> None:
    """Ink a line whose left top corner is `at` (x, y); what reaches beyond the sheet is cut."""
    x, y = at
    cover = cover[max(-y, 0) :, max(-x, 0) :]
    left, top = max(x, 0), max(y, 0)
    area = sheet[top : top + cover.shape[0], left : left + cover.shape[1], :3]
    share = cover[: area.shape[0], : area.shape[1], None].astype(np.float32) / 255
    area[:] = area * (1 - share) + tint * share


def line(random: Generator, text: str, high: int) -> NDArray[np.uint8]:
    """A line of text about `high` pixels high in a sign's font, at times one of another alphabet in its place."""
    if random.random() < 0.12:
        alphabet = tuple(ALPHABETS)[random.integers(len(ALPHABETS))]
        return ink(foreign(random, alphabet), face(random, alphabet), max(high, 6))
    kind = ("sign", "sign", "plate", "bold", "narrow", "hand")[random.integers(6)]
    return ink(text, face(random, kind), max(int(high * 1.25), 6))


def fitted(cover: NDArray[np.uint8], widest: int) -> NDArray[np.uint8]:
    """A line made narrower where it is wider than that, its proportions kept."""
    scale = widest / cover.shape[1]
    if scale >= 1:
        return cover
    size = max(1, int(cover.shape[1] * scale)), max(1, int(cover.shape[0] * scale))
    return np.asarray(cv2.resize(cover, size, interpolation=cv2.INTER_AREA), np.uint8)


def whole(tint: NDArray[np.float32]) -> tuple[int, int, int, int]:
    """A colour as OpenCV draws it, opaque."""
    red, green, blue = (int(part) for part in tint)
    return red, green, blue, 255


def _shade(random: Generator, low: float, high: float) -> NDArray[np.float32]:
    return np.asarray(random.uniform(low, high, 3), np.float32)


def empty(wide: int, high: int) -> Surface:
    """A sheet that nothing is on: all of it transparent."""
    return np.zeros((high, wide, 4), np.uint8)
