"""One synthetic picture with the truth about it: `scene(seed)`."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.photographs import photographs
from training.scenes import camera, shelf
from training.scenes.canvas import Canvas, Mark
from training.scenes.displays import display
from training.scenes.layouts import LAYOUTS, clutter
from training.scenes.lighting import lit
from training.scenes.posing import Quad, inside, large_enough, moved, samples, stacked

_SHOWN = 0.3
_FAINTEST = 12
_WITHIN = 0.85
_UNBOUND_BLUR_PX = 3.0


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture and what is on it.

    Quads are TL, TR, BR, BL in reading order, in pixels, and may reach beyond the border.

    Attributes:
        image: uint8 (size, size, 3) RGB.
        plates: float32 (n, 4, 2): number plates that are to be found.
        lines: float32 (m, 4, 2): lines of an on-screen display.
        ignored: float32 (k, 4, 2): plates that are neither asked for nor held against anybody: under 5 pixels, less
            than 30 % to be seen, blank, or too dark or too bright to be made out.
    """

    image: NDArray[np.uint8]
    plates: NDArray[np.float32]
    lines: NDArray[np.float32]
    ignored: NDArray[np.float32]


def scene(seed: int, size: int = 256) -> Scene:
    """The scene of a seed, 0 or more; the same seed gives the same scene where the same assets were fetched."""
    random = np.random.default_rng(seed)
    canvas = Canvas.over(_background(random, seed, size))
    shares = [share for share, _ in LAYOUTS]
    LAYOUTS[random.choice(len(LAYOUTS), p=shares)][1](random, canvas, seed)
    if random.random() < 0.12:
        clutter(random, canvas, seed, 1)
    if random.random() < 0.1:
        _shear(random, canvas)
    return _photographed(random, canvas)


def _photographed(random: Generator, canvas: Canvas) -> Scene:
    visible = [mark for mark in canvas.marks if canvas.shown(mark) > 0]
    asked = [mark for mark in visible if _worth_asking(canvas, mark)]
    image = camera.taken(random, lit(random, canvas), _bearable(asked))
    seen = [mark for mark in asked if _made_out(image, mark.quad)]
    lines = display(random, image, [mark.quad for mark in visible]) if random.random() < 0.2 else []
    return Scene(
        image=camera.stored(random, image),
        plates=stacked([mark.quad for mark in seen]),
        lines=stacked(lines),
        ignored=stacked([mark.quad for mark in visible if mark not in seen]),
    )


def _background(random: Generator, seed: int, size: int) -> NDArray[np.uint8]:
    pictures = photographs()
    if pictures and random.random() < 0.75:
        picture = pictures[random.integers(len(pictures))].picture
    else:
        picture = shelf.generated(random, seed)
    crop = _cropped(random, picture, size)
    if random.random() < 0.5:
        crop = np.asarray(cv2.flip(crop, 1), np.uint8)
    return _recoloured(random, crop)


def _cropped(random: Generator, picture: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    zoom = np.exp(random.uniform(np.log(0.5), np.log(2)))
    side = min(int(size / zoom), *picture.shape[:2])
    top, left = (int(random.integers(0, edge - side + 1)) for edge in picture.shape[:2])
    crop = picture[top : top + side, left : left + side]
    way = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    return np.array(cv2.resize(crop, (size, size), interpolation=way), np.uint8)


def _recoloured(random: Generator, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if random.random() < 0.4:
        hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(int) + int(random.normal(0, 12))) % 180
        image = np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)
    return np.asarray(cv2.convertScaleAbs(image, alpha=random.uniform(0.7, 1.25), beta=random.uniform(0, 20)), np.uint8)


def _shear(random: Generator, canvas: Canvas) -> None:
    slant = camera.sheared(random, canvas.size)
    sides = canvas.size, canvas.size
    # Nothing is mirrored at the border: a plate's reflection would be a plate that the truth does not know.
    canvas.image = np.asarray(cv2.warpAffine(canvas.image, slant[:2], sides, borderMode=cv2.BORDER_REPLICATE), np.uint8)
    canvas.mirror = np.asarray(cv2.warpAffine(canvas.mirror, slant[:2], sides), np.uint8)
    for mark in canvas.marks:
        mark.quad = moved(mark.quad, slant)


def _worth_asking(canvas: Canvas, mark: Mark) -> bool:
    return mark.legible and large_enough(mark.quad) and canvas.shown(mark) >= _SHOWN


def _bearable(asked: list[Mark]) -> float:
    """How much blur the smallest plate takes: about an eighth of its height."""
    heights = [float(np.linalg.norm(mark.quad[[0, 1]] - mark.quad[[3, 2]], axis=1).mean()) for mark in asked]
    return max(0.5, min([_UNBOUND_BLUR_PX, *(tall / 8 for tall in heights)]))


def _made_out(image: NDArray[np.uint8], quad: Quad) -> bool:
    """Whether something can still be told from the ground of a plate: not too dark, nor washed out by its own light."""
    middle = quad.mean(axis=0)
    points = samples(middle + (quad - middle) * np.float32(_WITHIN), 24, 6)
    columns, rows = points[inside(points, image.shape[0])].astype(int).T
    light = cv2.blur(image, (3, 3)).mean(axis=2)[rows, columns]
    dim, bright = np.percentile(light, [5, 95]) if light.size else (0, 0)
    return bool(bright - dim >= _FAINTEST)
