"""On-screen displays: lines of coordinates, heights, times and charge, written over the finished picture.

The letters are outlined fonts as cameras and ground stations use them, or the coarse dots of analogue display chips.
Each line is a truth of its own: the display head of the network is to find it, the plate head is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.glyphs import Strokes, written
from training.scenes.lettering import face, ink
from training.scenes.posing import Quad
from training.scenes.words import filled, phrase

_PLACES = (
    "00.000000N 000.000000E",
    "-00.00000, 000.00000",
    "LAT: 00.000000",
    "LON: -000.000000",
    "GPS 00.0000000 / 000.0000000",
    "00°00'00.0\"N",
    "000°00'00.0\"W",
    "00°00.000'S 000°00.000'E",
    "00@ @@ 00000 00000",
    "00@ 000000E 0000000N",
)
_STATES = (
    "ALT 000.0m",
    "H 00.0m D 000m",
    "D 0.00km",
    "HOME 000m",
    "BAT 00%",
    "00.0V",
    "00.0V 0000mAh",
    "REC 00:00:00",
    "00:00:00",
    "0000-00-00 00:00:00",
    "00/00/0000 00:00",
    "SPD 00.0 m/s",
    "00KM/H",
    "SAT 00",
    "ISO 000 1/000 F2.8",
    "RSSI 00",
    "CAM 00",
    "AZ 000° EL -00°",
    "0:00",
)
_PER_BLOCK = 5
_CHIP_PX = 18
_CLEAR = 50

Lettering = Callable[[str, int], tuple[NDArray[np.uint8], NDArray[np.uint8]]]


def display(random: Generator, image: NDArray[np.uint8], taken: Sequence[Quad]) -> list[Quad]:
    """Write one to three blocks of lines into `image`, none over a quad of `taken`; gives the lines' quads.

    `image` is uint8 (height, width, 3) RGB and is written to. A line lies wholly within it, and none is written where
    it could not be read.
    """
    lettering = _chip(random) if random.random() < 0.35 else _outlined(random)
    tall = int(np.exp(random.uniform(np.log(7), np.log(26))))
    tint = _tint(random)
    lines: list[Quad] = []
    for _ in range(random.integers(1, 4)):
        corner = random.random(2) if random.random() < 0.3 else random.integers(0, 2, 2) * 0.9 + 0.05
        for row, text in enumerate(_texts(random)):
            cover, edge = _within(lettering(text, tall), image.shape[1] - 4)
            room = np.array(image.shape[1::-1]) - cover.shape[::-1]
            x, y = (room * corner).astype(int)
            y += int(row * 1.35 * tall) * (1 if corner[1] < 0.5 else -1)
            quad = _box(x, y, cover.shape)
            if not 0 <= y <= room[1] or any(_meet(quad, other) for other in (*taken, *lines)):
                continue
            area = image[y : y + cover.shape[0], x : x + cover.shape[1]]
            if edge.any() or abs(float(area.mean()) - float(tint.mean())) > _CLEAR:
                _burn(area, cover, edge, tint)
                lines.append(_inked(cover, x, y))
    return lines


def _texts(random: Generator) -> list[str]:
    count = random.integers(1, _PER_BLOCK)
    texts = []
    for _ in range(count):
        kind = random.random()
        patterns = _PLACES if kind < 0.5 else _STATES
        texts.append(phrase(random) if kind > 0.93 else filled(random, patterns[random.integers(len(patterns))]))
    return texts


def _tint(random: Generator) -> NDArray[np.float32]:
    kind = random.random()
    if kind < 0.65:
        return np.full(3, random.uniform(220, 255), np.float32)
    if kind < 0.8:
        return np.full(3, random.uniform(0, 40), np.float32)
    return np.asarray([(255, 230, 0), (60, 255, 60), (255, 60, 60), (255, 160, 0)][random.integers(4)], np.float32)


def _outlined(random: Generator) -> Lettering:
    path = face(random, "display")
    thick = int(random.integers(0, 3))

    def write(text: str, tall: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        cover = np.pad(ink(text, path, max(6, int(tall * 1.35))), thick)
        edge = cv2.dilate(cover, np.ones((2 * thick + 1, 2 * thick + 1), np.uint8)) if thick else np.zeros_like(cover)
        return cover, np.asarray(edge, np.uint8)

    return write


def _chip(random: Generator) -> Lettering:
    strokes: Strokes = "wide" if random.random() < 0.5 else "thin"
    stretch = random.uniform(0.8, 1.15)

    def write(text: str, tall: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        cover, edge = written(text, strokes)
        scale = max(tall, 10) / _CHIP_PX * 1.4
        size = max(1, int(cover.shape[1] * scale * stretch)), max(1, int(cover.shape[0] * scale))
        return _scaled(cover * 255, size), _scaled(edge * 255, size)

    return write


def _within(
    masks: tuple[NDArray[np.uint8], NDArray[np.uint8]], widest: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    scale = widest / masks[0].shape[1]
    if scale >= 1:
        return masks
    size = widest, max(1, int(masks[0].shape[0] * scale))
    return _scaled(masks[0], size), _scaled(masks[1], size)


def _scaled(mask: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    way = cv2.INTER_AREA if size[0] < mask.shape[1] else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(mask, size, interpolation=way), np.uint8)


def _burn(
    area: NDArray[np.uint8], cover: NDArray[np.uint8], edge: NDArray[np.uint8], tint: NDArray[np.float32]
) -> None:
    dark = 255.0 if tint.mean() < 100 else 0.0
    for mask, ground in ((edge, np.full(3, dark, np.float32)), (cover, tint)):
        share = mask[..., None].astype(np.float32) / 255
        area[:] = area * (1 - share) + ground * share


def _inked(cover: NDArray[np.uint8], x: int, y: int) -> Quad:
    rows, columns = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
    if not rows.size:
        return _box(x, y, cover.shape)
    return _box(x + columns[0], y + rows[0], (rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1))


def _box(x: int, y: int, shape: tuple[int, ...]) -> Quad:
    high, wide = shape
    return np.array([[x, y], [x + wide, y], [x + wide, y + high], [x, y + high]], np.float32)


def _meet(one: Quad, other: Quad) -> bool:
    return bool((one.min(axis=0) < other.max(axis=0)).all() and (other.min(axis=0) < one.max(axis=0)).all())
