"""`python -m training.plates FILE.png [--seed N] [--kind NAME]` draws a sheet of plates, for people to look at."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.plates import Plate, draw, drawn
from training.plates.formats import formats

COLUMNS, LINES = 8, 12
CELL = (230, 100)
"""Width and height of the room a plate gets, px."""


def sheet(plates: list[Plate]) -> NDArray[np.uint8]:
    """The plates side by side on grey, uint8 (height, width, 3) RGB."""
    wide, high = CELL
    lines = -(-len(plates) // COLUMNS)
    picture = np.full((lines * high, COLUMNS * wide, 3), 96, np.uint8)
    for place, plate in enumerate(plates):
        down, across = divmod(place, COLUMNS)
        _put(picture[down * high : (down + 1) * high, across * wide : (across + 1) * wide], plate)
    return picture


def _put(cell: NDArray[np.uint8], plate: Plate) -> None:
    height, width = plate.image.shape[:2]
    by = min((cell.shape[1] - 8) / width, (cell.shape[0] - 8) / height)
    small = cv2.resize(plate.image, None, fx=by, fy=by, interpolation=cv2.INTER_AREA)
    part = cell[4 : 4 + small.shape[0], 4 : 4 + small.shape[1]]
    share = small[:, :, 3:].astype(np.float32) / 255
    part[:] = (part * (1 - share) + small[:, :, :3] * share).astype(np.uint8)


def main(argv: list[str]) -> int:
    """Draw the sheet that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m training.plates", description="Draw a sheet of synthetic plates.")
    parser.add_argument("file", type=Path, help="the PNG to write")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", choices=sorted({form.kind for form in formats()}), help="one format alone")
    arguments = parser.parse_args(argv)
    random = np.random.default_rng(arguments.seed)
    form = next((form for form in formats() if form.kind == arguments.kind), None)
    plates = [drawn(random, form) if form else draw(random) for _ in range(COLUMNS * LINES)]
    _, coded = cv2.imencode(".png", sheet(plates)[:, :, ::-1])
    arguments.file.write_bytes(coded.tobytes())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
