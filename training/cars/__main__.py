"""`python -m training.cars`: renders the gallery (`--gallery FOLDER`), or shows what is drawn (`FILE.png`)."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.cars import Car, draw
from training.cars.gallery import render_gallery

_TILE, _ACROSS, _DOWN = 300, 8, 6
_GROUND = 140
_GREEN = (0, 255, 0)


def main() -> None:
    """Render or show."""
    parser = argparse.ArgumentParser(prog="python -m training.cars", description=__doc__)
    parser.add_argument("sheet", nargs="?", type=Path, help="draw some vehicles into this PNG file, mounts outlined")
    parser.add_argument("--gallery", type=Path, help="render the models into this folder")
    parser.add_argument("--views", type=int, default=10, help="views of each model (10)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other pictures (1)")
    asked = parser.parse_args()
    if asked.sheet is None and asked.gallery is None:
        parser.error("name a PNG file to draw into, or a folder with --gallery")
    if asked.gallery is not None:
        for line in render_gallery(asked.gallery, asked.views, asked.seed):
            print(line)
    if asked.sheet is not None:
        cv2.imwrite(str(asked.sheet), _sheet(asked.seed)[..., ::-1])


def _sheet(seed: int) -> NDArray[np.uint8]:
    tiles = (_tile(car) for car in _drawn(seed))
    return np.vstack([np.hstack(list(islice(tiles, _ACROSS))) for _ in range(_DOWN)])


def _drawn(seed: int) -> Iterator[Car]:
    random = np.random.default_rng(seed)
    while True:
        yield draw(random)


def _tile(car: Car) -> NDArray[np.uint8]:
    """A car on grey with its mount outlined, uint8 (300, 300, 3)."""
    alpha = car.image[..., 3:].astype(np.float32) / 255
    plain = (_GROUND * (1 - alpha) + car.image[..., :3] * alpha).astype(np.uint8)
    cv2.polylines(plain, [np.round(car.mount).astype(np.int32)], isClosed=True, color=_GREEN)
    scale = _TILE / max(plain.shape[:2])
    small = cv2.resize(plain, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.full((_TILE, _TILE, 3), _GROUND, np.uint8)
    tile[: small.shape[0], : small.shape[1]] = small[:_TILE, :_TILE]
    return tile


if __name__ == "__main__":
    main()
