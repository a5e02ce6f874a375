"""Letters as display chips draw them: cells of 12 by 18 pixels, white strokes with a black edge, drawn here.

Analogue flight displays (the MAX7456 chip and what imitates it) know no other letters. A letter is five by seven dots,
given as seven numbers of five bits, top row first; the strokes are two pixels wide as in Betaflight's font, or one as
in the thin fonts of ArduPilot. Scenes are lettered with them, and so are the pictures of `benchmarks.displays`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Mask: TypeAlias = NDArray[np.uint8]
"""1 where there is ink, uint8 (height, width)."""

Strokes: TypeAlias = Literal["wide", "thin"]

CELL = 12, 18
"""Width and height of a letter's cell, pixels."""

_DOTS = {
    "0": "0E 11 11 15 11 11 0E",
    "1": "04 0C 04 04 04 04 0E",
    "2": "0E 11 01 02 04 08 1F",
    "3": "1F 02 04 02 01 11 0E",
    "4": "02 06 0A 12 1F 02 02",
    "5": "1F 10 1E 01 01 11 0E",
    "6": "06 08 10 1E 11 11 0E",
    "7": "1F 01 02 04 08 08 08",
    "8": "0E 11 11 0E 11 11 0E",
    "9": "0E 11 11 0F 01 02 0C",
    "A": "04 0A 11 11 1F 11 11",
    "B": "1E 11 11 1E 11 11 1E",
    "C": "0E 11 10 10 10 11 0E",
    "D": "1C 12 11 11 11 12 1C",
    "E": "1F 10 10 1E 10 10 1F",
    "F": "1F 10 10 1E 10 10 10",
    "G": "0E 11 10 17 11 11 0F",
    "H": "11 11 11 1F 11 11 11",
    "I": "0E 04 04 04 04 04 0E",
    "J": "07 02 02 02 02 12 0C",
    "K": "11 12 14 18 14 12 11",
    "L": "10 10 10 10 10 10 1F",
    "M": "11 1B 15 15 11 11 11",
    "N": "11 11 19 15 13 11 11",
    "O": "0E 11 11 11 11 11 0E",
    "P": "1E 11 11 1E 10 10 10",
    "Q": "0E 11 11 11 15 12 0D",
    "R": "1E 11 11 1E 14 12 11",
    "S": "0F 10 10 0E 01 01 1E",
    "T": "1F 04 04 04 04 04 04",
    "U": "11 11 11 11 11 11 0E",
    "V": "11 11 11 11 11 0A 04",
    "W": "11 11 11 15 15 15 0A",
    "X": "11 11 0A 04 0A 11 11",
    "Y": "11 11 11 0A 04 04 04",
    "Z": "1F 01 02 04 08 10 1F",
    ".": "00 00 00 00 00 0C 0C",
    ",": "00 00 00 00 0C 04 08",
    ":": "00 0C 0C 00 0C 0C 00",
    "-": "00 00 00 1F 00 00 00",
    "+": "00 04 04 1F 04 04 00",
    "/": "00 01 02 04 08 10 00",
    "'": "0C 04 08 00 00 00 00",
    '"': "0A 0A 0A 00 00 00 00",
    "°": "0E 0A 0E 00 00 00 00",
    "$": "04 0F 14 0E 05 1E 04",
    "%": "18 19 02 04 08 13 03",
    "(": "02 04 08 08 08 04 02",
    ")": "08 04 02 02 02 04 08",
    "⌖": "04 0E 15 1F 15 0E 04",
    " ": "00 00 00 00 00 00 00",
}


def written(line: str, strokes: Strokes) -> tuple[Mask, Mask]:
    """Ink and edge of a line, each uint8 (18, 12 * letters); small letters are written as capitals."""
    ink = np.hstack([_cell(_DOTS[letter.upper()], strokes) for letter in line])
    edge = np.asarray(cv2.dilate(ink, np.ones((3, 3), np.uint8)), np.uint8) - ink
    return ink, edge


def _cell(dots: str, strokes: Strokes) -> Mask:
    rows = [int(row, 16) for row in dots.split()]
    grid = np.array([[row >> (4 - column) & 1 for column in range(5)] for row in rows], np.uint8)
    cell = np.zeros((CELL[1], CELL[0]), np.uint8)
    if strokes == "wide":
        cell[2:16, 1:11] = np.kron(grid, np.ones((2, 2), np.uint8))
    else:
        cell[2:15, 1:10] = _joined(grid)
    return cell


def _joined(grid: Mask) -> Mask:
    """The dots two pixels apart, and a pixel between each two that touch, at a corner only where nothing else does."""
    fine = np.zeros((2 * grid.shape[0] - 1, 2 * grid.shape[1] - 1), np.uint8)
    fine[::2, ::2] = grid
    fine[1::2, ::2] = grid[1:] & grid[:-1]
    fine[::2, 1::2] = grid[:, 1:] & grid[:, :-1]
    one, other = grid[:-1, :-1] & grid[1:, 1:], grid[1:, :-1] & grid[:-1, 1:]
    fine[1::2, 1::2] = (one & ~(grid[1:, :-1] | grid[:-1, 1:])) | (other & ~(grid[:-1, :-1] | grid[1:, 1:])) & 1
    return np.asarray(fine & 1, np.uint8)
