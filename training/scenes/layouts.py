"""What a scene shows: nothing to ask for, a car, a street of cars, plates without cars, a wall of them, a close-up.

Each layout paints onto a canvas, from what is far to what is near, and leaves its plates as marks on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.scenes import shelf
from training.scenes.canvas import Canvas, Cutout
from training.scenes.posing import Quad, height, matrix, mounted, moved, outline, posed, samples
from training.scenes.shelf import Item

Layout = Callable[[Generator, Canvas, int], None]

_BLANK = 0.04
_CUT = 0.12


def clutter(random: Generator, canvas: Canvas, seed: int, most: int) -> None:
    """Up to `most` negatives, anywhere, of any size."""
    for _ in range(random.integers(0, most + 1)):
        cutout = shelf.negative(random, seed)
        tall = np.exp(random.uniform(np.log(8), np.log(130)))
        quad = _at(posed(random, cutout.shape[1] / cutout.shape[0], float(tall)), _somewhere(random, canvas.size))
        canvas.paste(cutout, matrix(outline(cutout.shape[1], cutout.shape[0]), quad))


def things(random: Generator, canvas: Canvas, seed: int) -> None:
    """One to four animals, tools, houses and the like, up to larger than the picture, where stamps were fetched."""
    for _ in range(random.integers(1, 5)):
        cutout = shelf.stamped(random, seed)
        if cutout is None:
            return
        tall = np.exp(random.uniform(np.log(24), np.log(1.3 * canvas.size)))
        quad = _at(posed(random, cutout.shape[1] / cutout.shape[0], float(tall)), _somewhere(random, canvas.size))
        canvas.paste(cutout, matrix(outline(cutout.shape[1], cutout.shape[0]), quad))


def nothing(random: Generator, canvas: Canvas, seed: int) -> None:
    """No plate: things in every second scene, negatives, and in every third a car or two without their plates."""
    if random.random() < 0.5:
        things(random, canvas, seed)
    clutter(random, canvas, seed, 4)
    if random.random() < 0.35:
        for _ in range(random.integers(1, 3)):
            _drive_in(random, canvas, shelf.car(random, seed), height(random))


def car(random: Generator, canvas: Canvas, seed: int) -> None:
    """A car with its plate, somewhat near."""
    clutter(random, canvas, seed, 3)
    _with_plate(random, canvas, seed, height(random))


def street(random: Generator, canvas: Canvas, seed: int) -> None:
    """Two to five cars, the far ones first; one in five shows no plate."""
    clutter(random, canvas, seed, 3)
    for tall in sorted(np.exp(random.uniform(np.log(6), np.log(40), random.integers(2, 6)))):
        if random.random() < 0.8:
            _with_plate(random, canvas, seed, float(tall))
        else:
            _drive_in(random, canvas, shelf.car(random, seed), float(tall))


def loose(random: Generator, canvas: Canvas, seed: int) -> None:
    """One to three plates without a car: on a trailer, a wall, a desk, a motorcycle that is hardly seen."""
    clutter(random, canvas, seed, 4)
    for _ in range(random.integers(1, 4)):
        item = shelf.plate(random, seed)
        quad = _at(posed(random, _aspect(item.corners), height(random)), _somewhere(random, canvas.size))
        if not _over_another(canvas, quad):
            _mount(random, canvas, item, quad)


def wall(random: Generator, canvas: Canvas, seed: int) -> None:
    """Plates beside and below each other, as in a shop, a collection or a heap."""
    tall, turn = random.uniform(10, 34), random.uniform(1.2, 2)
    tilt = random.normal(0, 4)
    for top in np.arange(tall, canvas.size, tall * turn):
        left = random.uniform(0, 2) * tall
        while left < canvas.size:
            item = shelf.plate(random, seed)
            wide = tall * _aspect(item.corners)
            level = random.random() < 0.9
            quad = _at(outline(wide, tall), (-wide / 2, -tall / 2)) if level else posed(random, wide / tall, tall)
            quad = _at(quad, (left + wide / 2, top + tilt * left / canvas.size))
            if random.random() < 0.8 and not _over_another(canvas, quad):
                _mount(random, canvas, item, quad)
            left += wide + tall * random.uniform(0.2, 1.5)


def near(random: Generator, canvas: Canvas, seed: int) -> None:
    """A plate that fills much of the picture, on its car or alone."""
    tall = float(random.uniform(50, 130))
    if random.random() < 0.7:
        _with_plate(random, canvas, seed, tall)
        return
    item = shelf.plate(random, seed)
    middle = random.normal(canvas.size / 2, canvas.size / 10, 2)
    _mount(random, canvas, item, _at(posed(random, _aspect(item.corners), tall), middle))


LAYOUTS: tuple[tuple[float, Layout], ...] = (
    (0.42, nothing),
    (0.3, car),
    (0.09, street),
    (0.11, loose),
    (0.03, wall),
    (0.05, near),
)
"""How often each is drawn, and what draws it."""


def _with_plate(random: Generator, canvas: Canvas, seed: int, tall: float) -> None:
    item = shelf.plate(random, seed)
    mount = _drive_in(random, canvas, shelf.car(random, seed), tall)
    _mount(random, canvas, item, mounted(mount, _aspect(item.corners)))


def _drive_in(random: Generator, canvas: Canvas, drawn: Item, tall: float) -> Quad:
    """Paste a car so that its mount is `tall` pixels high, at times mirrored; gives the mount's corners."""
    cutout, mount = drawn.cutout, drawn.corners
    if random.random() < 0.5:
        cutout = np.asarray(cv2.flip(cutout, 1), np.uint8)
        mount = _at(mount * np.array([-1, 1], np.float32), (cutout.shape[1], 0))[[1, 0, 3, 2]]
    scale = tall / max(float(np.linalg.norm(mount[[0, 1]] - mount[[3, 2]], axis=1).mean()), 1.0)
    turn = np.radians(random.normal(0, 4) if random.random() < 0.9 else random.uniform(-30, 30))
    squash = random.uniform(0.92, 1.08)
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    turned = np.array([[cos * squash, -sin, 0], [sin * squash, cos, 0], [0, 0, 1]])
    middle = moved(mount, turned).mean(axis=0)
    turned[:2, 2] = _somewhere(random, canvas.size) - middle
    canvas.paste(_painted(random, cutout), turned)
    return moved(mount, turned)


def _painted(random: Generator, cutout: Cutout) -> Cutout:
    """The car in another, never brighter light, so that one drawing serves many scenes."""
    gains = np.minimum(random.uniform(0.6, 1.2) * np.exp(random.normal(0, 0.08, 3)), 1)
    table = np.arange(256)[:, None] * np.append(gains, 1)
    return np.asarray(cv2.LUT(cutout, table[None].astype(np.uint8)), np.uint8)


def _mount(random: Generator, canvas: Canvas, item: Item, quad: Quad) -> None:
    legible = bool(random.random() >= _BLANK)
    cutout = item.cutout if legible else _wiped(item)
    canvas.paste_plate(cutout, item.corners, quad, legible=legible)


def _wiped(item: Item) -> Cutout:
    """The plate with its own ground over everything that was written on it."""
    points = samples(item.corners, 24, 8).astype(int)
    ground = np.median(item.cutout[points[:, 1], points[:, 0]], axis=0)
    wiped = item.cutout.copy()
    cv2.fillConvexPoly(wiped, np.round(item.corners).astype(np.int32), ground.tolist())
    return wiped


def _at(quad: Quad, place: Sequence[float] | NDArray[np.float64]) -> Quad:
    """The quad moved by `place` pixels."""
    return np.asarray(quad + np.asarray(place), np.float32)


def _over_another(canvas: Canvas, quad: Quad) -> bool:
    low, high = quad.min(axis=0), quad.max(axis=0)
    return any((low < mark.quad.max(axis=0)).all() and (mark.quad.min(axis=0) < high).all() for mark in canvas.marks)


def _aspect(corners: Quad) -> float:
    edges = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    return float((edges[0] + edges[2]) / (edges[1] + edges[3]))


def _somewhere(random: Generator, size: int) -> NDArray[np.float64]:
    low, high = (-0.05, 1.05) if random.random() < _CUT else (0.12, 0.88)
    return random.uniform(low, high, 2) * size
