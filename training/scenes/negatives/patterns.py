"""Patterns: things that repeat, as letters on a plate do."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from training.ground import clouds, colour
from training.scenes.lettering import face, ink
from training.scenes.negatives.surfaces import Surface, empty, lay, surface, two_colours, whole
from training.scenes.words import filled


def grille(random: Generator) -> Surface:
    """A car's grille or a vent: bars across, at times in a frame with rounded ends."""
    below, above = two_colours(random)
    sheet = _blank(random, below)
    high, wide = sheet.shape[:2]
    pitch = int(random.integers(5, 22))
    for top in range(0, high, pitch):
        cv2.line(sheet, (0, top), (wide, top), whole(above), max(1, int(pitch * random.uniform(0.2, 0.6))))
    cv2.rectangle(sheet, (1, 1), (wide - 2, high - 2), whole(above), int(random.integers(1, 8)))
    return sheet


def grid(random: Generator) -> Surface:
    """A fence, a net or a row of windows: bars both ways, the ground seen through or not."""
    below, above = two_colours(random)
    sheet = _blank(random, below)
    if random.random() < 0.5:
        sheet = empty(sheet.shape[1], sheet.shape[0])
    high, wide = sheet.shape[:2]
    thick = int(random.integers(1, 6))
    across, down = random.integers(8, 50, 2)
    for left in range(0, wide, int(across)):
        cv2.line(sheet, (left, 0), (left, high), whole(above), thick)
    for top in range(0, high, int(down)):
        cv2.line(sheet, (0, top), (wide, top), whole(above), thick)
    return sheet


def keys(random: Generator) -> Surface:
    """A keyboard, a keypad or a row of buttons, a letter or a figure on each."""
    below, above = two_colours(random)
    ground, font, side = colour(random), face(random, "sign"), int(random.integers(18, 44))
    columns, rows = int(random.integers(3, 12)), int(random.integers(1, 5))
    sheet = surface(random, columns * side, max(rows * side, 40), ground)
    for row in range(rows):
        for column in range(columns):
            x, y = column * side, row * side
            cv2.rectangle(sheet, (x + 2, y + 2), (x + side - 3, y + side - 3), whole(below), -1)
            sign = ink(filled(random, "@0"[random.integers(2)]), font, side // 2)
            lay(sheet, sign, (x + (side - sign.shape[1]) // 2, y + (side - sign.shape[0]) // 2), above)
    return sheet


def slats(random: Generator) -> Surface:
    """Bars upright beside each other, of different widths: railings, radiators, a bar code."""
    below, above = two_colours(random)
    sheet = _blank(random, below)
    left = int(random.integers(0, 12))
    while left < sheet.shape[1]:
        thick = int(random.integers(2, 14))
        cv2.rectangle(sheet, (left, 0), (left + thick, sheet.shape[0]), whole(above), -1)
        left += thick + int(random.integers(2, 16))
    return sheet


def stripes(random: Generator) -> Surface:
    """A zebra's coat: bands that wander, with no ground of their own."""
    waves = np.sin(np.linspace(0, random.uniform(10, 60), 192)[None, :] + 4 * clouds(random, 192)[:96])
    below, above = two_colours(random)
    sheet = empty(192, 96)
    sheet[..., :3] = np.where((waves > random.uniform(-0.4, 0.4))[..., None], above, below)
    sheet[..., 3] = _oval(192, 96)
    return sheet


def lamps(random: Generator) -> Surface:
    """A row of lights, portholes, heads or fruits."""
    below, above = two_colours(random)
    sheet = _blank(random, below)
    if random.random() < 0.5:
        sheet = empty(sheet.shape[1], sheet.shape[0])
    count = int(random.integers(3, 9))
    step = sheet.shape[1] // count
    for place in range(count):
        centre = place * step + step // 2, sheet.shape[0] // 2
        cv2.circle(sheet, centre, max(2, int(step * random.uniform(0.25, 0.45))), whole(above), -1, cv2.LINE_AA)
    return sheet


def checks(random: Generator) -> Surface:
    """A chequered band, a warning tape or a tablecloth."""
    below, above = two_colours(random)
    sheet = _blank(random, below)
    cell = int(random.integers(8, 32))
    lean = random.uniform(0, 1.5)
    y, x = np.indices(sheet.shape[:2])
    sheet[((x + lean * y) // cell + (y // cell if random.random() < 0.5 else 0)) % 2 == 0, :3] = above
    return sheet


def _blank(random: Generator, tint: np.ndarray) -> Surface:
    return surface(random, int(random.integers(96, 360)), int(random.integers(64, 110)), tint)


def _oval(wide: int, high: int) -> np.ndarray:
    mask = np.zeros((high, wide), np.uint8)
    return cv2.ellipse(mask, (wide // 2, high // 2), (wide // 2, high // 2), 0, 0, 360, 255, -1)
