"""Boards, prints and labels: text that is no registration."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from training.ground import colour
from training.scenes.lettering import face, ink
from training.scenes.negatives.surfaces import (
    Surface,
    empty,
    fitted,
    lay,
    line,
    surface,
    two_colours,
    whole,
)
from training.scenes.words import code, number, phrase, word


def sign(random: Generator) -> Surface:
    """A road or door sign: one to three lines, at times in a frame."""
    return _board(random, int(random.integers(1, 4)), random.uniform(1, 5))


def shop(random: Generator) -> Surface:
    """A shop's front: one long line in large letters."""
    return _board(random, 1, random.uniform(3, 8))


def poster(random: Generator) -> Surface:
    """A poster or a book: upright, a picture of blots, lines of several sizes."""
    sheet = _board(random, int(random.integers(3, 7)), random.uniform(0.6, 1.0))
    _blots(random, sheet)
    return sheet


def page(random: Generator) -> Surface:
    """A page of print: many small lines."""
    return _board(random, int(random.integers(8, 16)), random.uniform(0.7, 1.5))


def sprayed(random: Generator) -> Surface:
    """Letters or figures without a ground, as on shirts, walls, lorries and windows."""
    text = (word, phrase, number, code)[random.integers(4)](random)
    cover = fitted(line(random, text, 60), 420)
    sheet = empty(cover.shape[1], cover.shape[0])
    sheet[..., :3] = colour(random)
    sheet[..., 3] = cover
    return sheet


def watermark(random: Generator) -> Surface:
    """Large letters that the picture shines through."""
    sheet = sprayed(random)
    sheet[..., :3] = random.choice([0, 255], p=[0.3, 0.7])
    sheet[..., 3] = sheet[..., 3] * random.uniform(0.15, 0.5)
    return sheet


def bib(random: Generator) -> Surface:
    """A runner's bib or a player's back: a big number, a small line above or below it, at times pinned."""
    below, above = two_colours(random)
    wide, high = int(random.integers(110, 180)), int(random.integers(90, 130))
    sheet = surface(random, wide, high, below)
    figures = str(random.integers(1, 10 ** random.integers(1, 5)))
    _centred(sheet, fitted(ink(figures, face(random, "bold"), int(high * 0.7)), wide - 12), high // 2, above)
    _centred(
        sheet, fitted(line(random, phrase(random), high // 9), wide - 8), int(high * random.choice([0.1, 0.9])), above
    )
    return sheet


def house_number(random: Generator) -> Surface:
    """A house's number on its enamel plate, often square, often white on blue."""
    below, above = two_colours(random)
    if random.random() < 0.4:
        below, above = np.array([20, 40, 130], np.float32), np.array([240, 240, 240], np.float32)
    wide, high = int(random.integers(70, 130)), int(random.integers(64, 96))
    sheet = surface(random, wide, high, below)
    text = str(random.integers(1, 400)) + ("" if random.random() < 0.8 else "abc"[random.integers(3)])
    _centred(sheet, fitted(ink(text, face(random, "sign"), int(high * 0.7)), wide - 14), high // 2, above)
    _framed(random, sheet, above)
    return sheet


def sticker(random: Generator) -> Surface:
    """A sticker for a bumper or a window, the shape of a plate and words on it."""
    return _board(random, int(random.integers(1, 3)), random.uniform(1.8, 5))


def container(random: Generator) -> Surface:
    """A ribbed wall of steel with an owner's code on it."""
    wide, high = int(random.integers(160, 320)), 128
    paint = colour(random)
    sheet = surface(random, wide, high, paint)
    pitch = int(random.integers(8, 30))
    for left in range(0, wide, pitch):
        cv2.rectangle(sheet, (left, 0), (left + pitch // 3, high), whole(paint * 0.7), -1)
    above = np.array([235, 235, 235], np.float32) if paint.mean() < 140 else np.array([20, 20, 20], np.float32)
    for row in range(random.integers(1, 4)):
        lay(sheet, fitted(line(random, code(random), 26), wide - 20), (10, 8 + row * 38), above)
    return sheet


def spines(random: Generator) -> Surface:
    """Books or boxes side by side, their names along them."""
    sheet = surface(random, 8, 120, colour(random))
    while sheet.shape[1] < 220:
        below, above = two_colours(random)
        spine = surface(random, 120, int(random.integers(14, 40)), below)
        _centred(
            spine, fitted(line(random, phrase(random), int(spine.shape[0] * 0.5)), 100), spine.shape[0] // 2, above
        )
        sheet = np.hstack([sheet, np.rot90(spine)])
    return np.ascontiguousarray(sheet)


def screen(random: Generator) -> Surface:
    """A clock, a scale or a pump: lit figures of segments on black."""
    lit = np.array([[255, 60, 40], [80, 255, 90], [230, 240, 255], [255, 190, 40]], np.float32)[random.integers(4)]
    wide, high = int(random.integers(140, 260)), int(random.integers(56, 90))
    sheet = surface(random, wide, high, np.array([18, 18, 20], np.float32))
    _centred(sheet, fitted(ink(number(random), face(random, "segments"), int(high * 0.6)), wide - 16), high // 2, lit)
    return sheet


def _board(random: Generator, rows: int, aspect: float) -> Surface:
    below, above = two_colours(random)
    high = int(random.integers(72, 128)) if rows < 4 else 160
    wide = int(high * aspect)
    sheet = surface(random, wide, high, below)
    for row in range(rows):
        text = (phrase, phrase, phrase, word, number)[random.integers(5)](random)
        tall = int(high / rows * random.uniform(0.35, 0.7))
        _centred(sheet, fitted(line(random, text, tall), wide - 8), int((row + 0.5) * high / rows), above)
    _framed(random, sheet, above)
    return sheet


def _centred(sheet: Surface, cover: np.ndarray, middle: int, tint: np.ndarray) -> None:
    lay(sheet, cover, ((sheet.shape[1] - cover.shape[1]) // 2, middle - cover.shape[0] // 2), tint)


def _framed(random: Generator, sheet: Surface, tint: np.ndarray) -> None:
    if random.random() < 0.4:
        high, wide = sheet.shape[:2]
        inset = int(random.integers(0, 6))
        cv2.rectangle(
            sheet, (inset, inset), (wide - inset - 1, high - inset - 1), whole(tint), int(random.integers(1, 5))
        )


def _blots(random: Generator, sheet: Surface) -> None:
    high, wide = sheet.shape[:2]
    for _ in range(random.integers(0, 4)):
        centre = int(random.integers(wide)), int(random.integers(high))
        axes = int(random.integers(4, wide // 3 + 5)), int(random.integers(4, high // 4 + 5))
        cv2.ellipse(sheet, centre, axes, random.uniform(0, 180), 0, 360, whole(colour(random)), -1, cv2.LINE_AA)
