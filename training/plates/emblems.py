"""Small drawn things that stand on plates: rings of stars, flags, coats of arms, seals, stickers.

At the size a camera sees they are blots of the right colour and place, so nobody's arms are drawn, only their likes.
Each draws on a uint8 (height, width, 3) picture in place, within a box of (left, top, right, bottom) pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from training.plates.chance import happens, pick
from training.plates.colours import COLOURS, shade

Picture = NDArray[np.uint8]
Box = tuple[float, float, float, float]
Emblem = Callable[[np.random.Generator, Picture, Box], None]
FINE = 3
"""Bits of a pixel's fraction that are drawn."""
BRIGHT = ("red", "white", "blue", "green", "yellow", "black", "sky", "orange")


def ink(random: np.random.Generator, name: str) -> tuple[int, int, int]:
    """A shade of the colour `name`, as OpenCV wants it."""
    red, green, blue = shade(random, name).tolist()
    return int(red), int(green), int(blue)


def ring(random: np.random.Generator, picture: Picture, box: Box) -> None:
    """Twelve yellow stars in a ring."""
    x, y, radius = _round(box)
    colour = ink(random, pick(random, ("yellow", "yellow", "yellow", "white")))
    for turn in np.linspace(0, 2 * np.pi, 12, endpoint=False):
        centre = (x + radius * 0.85 * np.cos(turn), y + radius * 0.85 * np.sin(turn))
        _disc(picture, centre, max(0.8, radius * 0.17), colour)


def seal(random: np.random.Generator, picture: Picture, box: Box) -> None:
    """A round sticker with something darker in the middle."""
    x, y, radius = _round(box)
    outer, inner = (pick(random, ("silver", "white", "yellow", "green", "blue", "red", "orange", "grey")) for _ in "ab")
    _disc(picture, (x, y), radius, ink(random, outer))
    _disc(picture, (x, y), radius * random.uniform(0.4, 0.8), ink(random, inner))
    if happens(random, 0.6):
        _disc(picture, (x, y), radius * 0.25, ink(random, pick(random, tuple(COLOURS))))


def seals(random: np.random.Generator, picture: Picture, box: Box) -> None:
    """One seal, or two smaller ones, one above the other."""
    left, top, right, bottom = box
    middle = (top + bottom) / 2
    if happens(random, 0.45):
        seal(random, picture, (left, top, right, middle))
        seal(random, picture, (left, middle, right, bottom))
    elif happens(random, 0.5):
        seal(random, picture, box)
    else:
        crest(random, picture, box)


def crest(random: np.random.Generator, picture: Picture, box: Box) -> None:
    """A shield, a fork or a star: what a coat of arms comes to from a distance."""
    x, y, radius = _round(box)
    sides = int(random.integers(3, 9))
    reach = radius * (0.55 + 0.45 * random.random(2 * sides))
    turns = np.linspace(0, 2 * np.pi, 2 * sides, endpoint=False) + np.pi / 2
    outline = np.stack([x + reach * np.cos(turns), y + reach * np.sin(turns)], axis=1)
    _polygon(
        picture, outline, ink(random, pick(random, ("yellow", "red", "blue", "white", "silver", "maroon", "black")))
    )
    _disc(picture, (x, y), radius * 0.4, ink(random, pick(random, BRIGHT)))


def flag(random: np.random.Generator, picture: Picture, box: Box) -> None:
    """Two or three stripes of some colours, lying or standing."""
    left, top, right, bottom = (round(edge) for edge in box)
    height = max(2, min(bottom - top, round((right - left) * 0.66)))
    top += max(0, (bottom - top - height) // 2)
    part = picture[top : top + height, left:right]
    stripes = [shade(random, pick(random, BRIGHT)).astype(np.uint8) for _ in range(int(random.integers(2, 4)))]
    standing = happens(random, 0.3)
    edges = np.linspace(0, part.shape[1 if standing else 0], len(stripes) + 1).astype(int)
    for colour, start, end in zip(stripes, edges[:-1], edges[1:], strict=True):
        part[(slice(None), slice(start, end)) if standing else slice(start, end)] = colour
    if happens(random, 0.35):
        disc = (max(left, 0) + part.shape[1] / 2, top + height / 2)
        _disc(picture, disc, height * 0.25, ink(random, pick(random, BRIGHT)))


def cross(random: np.random.Generator, picture: Picture, box: Box) -> None:
    """A flag with a cross from edge to edge."""
    left, top, right, bottom = box
    height = min(bottom - top, (right - left) * 0.7)
    middle = (top + bottom) / 2
    ground, over = pick(
        random, (("blue", "white"), ("red", "white"), ("white", "red"), ("blue", "yellow"), ("white", "blue"))
    )
    place = (slice(int(middle - height / 2), int(middle + height / 2) + 1), slice(int(left), int(right) + 1))
    picture[place] = ink(random, ground)
    thick = max(1, round(height * 0.22))
    stem = left + (right - left) * random.uniform(0.35, 0.5)
    colour = ink(random, over)
    cv2.line(picture, (int(left), int(middle)), (int(right), int(middle)), colour, thick)
    cv2.line(picture, (int(stem), int(middle - height / 2)), (int(stem), int(middle + height / 2)), colour, thick)


def crescent(random: np.random.Generator, picture: Picture, box: Box) -> None:
    """A moon on its side with a star."""
    x, y, radius = _round(box)
    under = picture[int(np.clip(y, 0, picture.shape[0] - 1)), int(np.clip(x, 0, picture.shape[1] - 1))]
    _disc(picture, (x, y), radius * 0.9, ink(random, "white"))
    _disc(picture, (x + radius * 0.3, y - radius * 0.15), radius * 0.72, (int(under[0]), int(under[1]), int(under[2])))
    _disc(picture, (x + radius * 0.45, y - radius * 0.25), radius * 0.2, ink(random, "white"))


def palm(random: np.random.Generator, picture: Picture, box: Box) -> None:
    """A tree over two crossed blades."""
    x, y, radius = _round(box)
    colour = ink(random, pick(random, ("black", "green", "maroon", "white")))
    thick = max(1, round(radius * 0.15))
    for turn in np.linspace(np.pi * 1.05, np.pi * 1.95, 6):
        tip = (int(x + radius * 0.8 * np.cos(turn)), int(y + radius * 0.7 * np.sin(turn)))
        cv2.line(picture, (int(x), int(y - radius * 0.1)), tip, colour, thick, cv2.LINE_AA)
    cv2.line(picture, (int(x), int(y)), (int(x), int(y + radius * 0.6)), colour, thick, cv2.LINE_AA)
    for side in (-1, 1):
        ends = [(int(x + way * side * radius * 0.7), int(y + radius * (0.7 + 0.2 * way))) for way in (-1, 1)]
        cv2.line(picture, ends[0], ends[1], colour, thick, cv2.LINE_AA)


def sticker(random: np.random.Generator, picture: Picture, box: Box) -> None:
    """A square of paper with a month or a year on it."""
    left, top, right, bottom = (round(edge) for edge in box)
    cv2.rectangle(picture, (left, top), (right, bottom), ink(random, pick(random, BRIGHT)), -1)
    text = f"{int(random.integers(1, 32)):02d}"
    colour = ink(random, pick(random, ("black", "white", "red")))
    size = max(0.2, (bottom - top) / 34)
    cv2.putText(picture, text, (left + 2, bottom - 3), cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)


EMBLEMS: Mapping[str, Emblem] = {
    "ring": ring,
    "seal": seal,
    "seals": seals,
    "crest": crest,
    "flag": flag,
    "cross": cross,
    "crescent": crescent,
    "palm": palm,
    "sticker": sticker,
}


def _round(box: Box) -> tuple[float, float, float]:
    """Centre and radius of the largest disc in a box."""
    left, top, right, bottom = box
    return (left + right) / 2, (top + bottom) / 2, max(1.0, min(right - left, bottom - top) / 2)


def _disc(picture: Picture, centre: tuple[float, float], radius: float, colour: tuple[int, int, int]) -> None:
    x, y, reach = (round(value * (1 << FINE)) for value in (*centre, radius))
    cv2.circle(picture, (x, y), reach, colour, -1, cv2.LINE_AA, FINE)


def _polygon(picture: Picture, outline: NDArray[np.float64], colour: tuple[int, int, int]) -> None:
    cv2.fillPoly(picture, [np.round(outline * (1 << FINE)).astype(np.int32)], colour, cv2.LINE_AA, FINE)
