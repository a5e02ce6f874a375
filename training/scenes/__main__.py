"""`python -m training.scenes FILE.png [--seed N]`: a sheet of scenes with the truth drawn on them.

Green: plates, a dot at their top left. Blue: lines of a display. Grey: plates that are not asked for.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes import Scene, scene

_COLUMNS, _ROWS = 8, 6


def main() -> None:
    """Draw the scenes of 48 seeds in a row into one picture."""
    arguments = argparse.ArgumentParser(prog="python -m training.scenes", description=__doc__)
    arguments.add_argument("file", type=Path, help="the PNG to write")
    arguments.add_argument("--seed", type=int, default=0, help="of the first scene")
    chosen = arguments.parse_args()
    tiles = [outlined(scene(chosen.seed + place)) for place in range(_COLUMNS * _ROWS)]
    rows = [np.hstack(tiles[start : start + _COLUMNS]) for start in range(0, len(tiles), _COLUMNS)]
    written, coded = cv2.imencode(".png", cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))
    if written:
        chosen.file.write_bytes(coded.tobytes())


def outlined(shown: Scene) -> NDArray[np.uint8]:
    """The scene's picture, its truth drawn round what it means."""
    picture = shown.image.copy()
    for quads, tint in ((shown.ignored, (150, 150, 150)), (shown.lines, (60, 120, 255)), (shown.plates, (0, 255, 0))):
        for quad in np.round(quads).astype(np.int32):
            cv2.polylines(picture, [quad], isClosed=True, color=tint)
            cv2.circle(picture, quad[0].tolist(), 2, tint, -1)
    return picture


if __name__ == "__main__":
    main()
