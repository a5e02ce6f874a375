"""Grounds that are generated: what lies behind everything else of a scene where no photograph does.

Streets, walls, sky and leaves are made of a few strokes over noise of several sizes; none is meant to fool anybody, all
are meant to differ. A ground holds no text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]
"""uint8 (height, width, 3) RGB."""

Ground: TypeAlias = Callable[[Generator, int], Picture]


def ground(random: Generator, size: int) -> Picture:
    """A square picture of `size` pixels of one of the kinds below, uint8 RGB."""
    return GROUNDS[random.integers(len(GROUNDS))](random, size)


def clouds(random: Generator, size: int) -> NDArray[np.float32]:
    """Noise of several sizes on top of each other, float32 (size, size), mean about 0, nearly all within -1..1."""
    rough = random.uniform(0.4, 0.8)
    total = np.zeros((size, size), np.float32)
    for octave in range(2, 8):
        side = min(2**octave, size)
        layer = random.standard_normal((side, side), np.float32)
        total += cv2.resize(layer, (size, size), interpolation=cv2.INTER_LINEAR) * np.float32(rough**octave)
    return np.asarray(total / (3 * max(float(total.std()), 1e-6)), np.float32)


def colour(random: Generator) -> NDArray[np.float32]:
    """A colour, float32 (3,): mostly dull, as things are; one in five is bright."""
    grey = random.uniform(15, 240)
    spread = 60 if random.random() < 0.2 else 14
    return np.asarray(np.clip(grey + random.normal(0, spread, 3), 0, 255), np.float32)


def plain(random: Generator, size: int) -> Picture:
    """A painted or cloudy surface of one colour."""
    return _tinted(clouds(random, size) * random.uniform(2, 50), colour(random))


def gradient(random: Generator, size: int) -> Picture:
    """Two colours that run into each other in some direction, as an evening sky or a studio's wall does."""
    turn = random.uniform(0, 2 * np.pi)
    ramp = _along(size, turn)[..., None]
    mixed = colour(random) * (1 - ramp) + colour(random) * ramp
    return _bytes(mixed + clouds(random, size)[..., None] * random.uniform(0, 20))


def asphalt(random: Generator, size: int) -> Picture:
    """Grey grain with a seam, a patch or a painted line."""
    image = _tinted(clouds(random, size) * 14 + _grain(random, size) * random.uniform(4, 18), _grey(random, 50, 150))
    for _ in range(random.integers(0, 4)):
        shade = int(random.uniform(20, 60) if random.random() < 0.5 else random.uniform(180, 245))
        start, end = random.integers(-size // 4, size + size // 4, (2, 2))
        cv2.line(image, start.tolist(), end.tolist(), (shade, shade, shade), int(random.integers(1, 14)), cv2.LINE_AA)
    return image


def street(random: Generator, size: int) -> Picture:
    """Sky, a row of houses with windows, and a road that narrows towards the horizon."""
    horizon = int(size * random.uniform(0.25, 0.6))
    image = gradient(random, size)
    image[horizon:] = asphalt(random, size)[horizon:]
    left = 0
    while left < size:
        wide, tall = int(size * random.uniform(0.1, 0.4)), int(horizon * random.uniform(0.3, 1.1))
        house = wall(random, max(tall, wide, 1))[: max(tall, 1), :wide]
        _windows(random, house)
        image[max(horizon - tall, 0) : horizon, left : left + wide] = house[-horizon:, : size - left][
            : min(tall, horizon)
        ]
        left += wide
    vanishing = int(random.uniform(0.2, 0.8) * size), horizon
    for foot in random.uniform(-0.8, 1.8, random.integers(0, 4)):
        cv2.line(image, vanishing, (int(foot * size), size), (225, 225, 215), int(random.integers(1, 6)), cv2.LINE_AA)
    return image


def wall(random: Generator, size: int) -> Picture:
    """Courses of bricks, tiles or planks with joints between them."""
    image = _tinted(clouds(random, size) * 20 + _grain(random, size) * 5, colour(random))
    high = int(random.integers(5, 40))
    wide = int(high * random.uniform(1, 6))
    joint = tuple(int(c) for c in colour(random))
    thick = int(random.integers(1, max(2, high // 6)))
    bond = wide // 2 if random.random() < 0.6 else 0
    for row, top in enumerate(range(0, size, high)):
        cv2.line(image, (0, top), (size, top), joint, thick)
        for left in range(bond * (row % 2), size, wide):
            shade = random.uniform(0.85, 1.15)
            brick = image[top : top + high, left : left + wide]
            cv2.convertScaleAbs(brick, dst=brick, alpha=shade)
            cv2.line(image, (left, top), (left, top + high), joint, thick)
    return image


def leaves(random: Generator, size: int) -> Picture:
    """Foliage: very many small ellipses of near colours, light on dark."""
    base = np.array([random.uniform(20, 140), random.uniform(50, 150), random.uniform(10, 70)], np.float32)
    image = _tinted(clouds(random, size) * 40, base * 0.5)
    reach = random.uniform(2, 14)
    for centre in random.integers(0, size, (160, 2)).tolist():
        shade = tuple(int(c) for c in np.clip(base * random.uniform(0.4, 1.6), 0, 255))
        axes = int(reach * random.uniform(0.5, 1.5)) + 1, int(reach * random.uniform(0.2, 0.7)) + 1
        cv2.ellipse(image, centre, axes, random.uniform(0, 180), 0, 360, shade, -1)
    return image


def room(random: Generator, size: int) -> Picture:
    """Boxes of plain colours before and behind each other, each with its own light: furniture, shelves, crates."""
    image = gradient(random, size)
    for _ in range(random.integers(4, 16)):
        left, top = random.integers(-size // 6, size, 2)
        wide, high = random.integers(size // 16, size // 2, 2)
        inside = image[max(top, 0) : max(top + high, 0), max(left, 0) : max(left + wide, 0)]
        light = np.linspace(random.uniform(0.6, 1.2), random.uniform(0.6, 1.2), inside.shape[1])[None, :, None]
        inside[:] = _bytes(colour(random) * light)
    return image


def noise(random: Generator, size: int) -> Picture:
    """Coloured noise of some grain: sand, cloth, a wall of plaster, a television without a station."""
    cells = int(random.integers(size // 8, size))
    layer = random.standard_normal((cells, cells, 3), np.float32) * np.float32(random.uniform(5, 60))
    if random.random() < 0.6:
        layer = layer[..., :1].repeat(3, axis=2)
    return _bytes(cv2.resize(layer, (size, size), interpolation=cv2.INTER_LINEAR) + colour(random))


GROUNDS: tuple[Ground, ...] = (plain, gradient, asphalt, asphalt, street, street, wall, leaves, room, room, noise)
"""The kinds; one that is named twice is drawn twice as often."""


def _windows(random: Generator, house: Picture) -> None:
    step = int(random.integers(8, 40))
    pane = tuple(int(c) for c in colour(random))
    wide, high = int(step * random.uniform(0.3, 0.7)), int(step * random.uniform(0.4, 0.8))
    for top in range(step // 3, house.shape[0] - high, step):
        for left in range(step // 3, house.shape[1] - wide, step):
            cv2.rectangle(house, (left, top), (left + wide, top + high), pane, -1)


def _grey(random: Generator, low: float, high: float) -> NDArray[np.float32]:
    return np.asarray(random.uniform(low, high) + random.normal(0, 4, 3), np.float32)


def _grain(random: Generator, size: int) -> NDArray[np.float32]:
    return random.standard_normal((size, size), np.float32)


def _along(size: int, turn: float) -> NDArray[np.float32]:
    """0..1 across a square in the direction `turn`, radians."""
    axis = np.linspace(-0.5, 0.5, size, dtype=np.float32)
    ramp = axis[None, :] * np.float32(np.cos(turn)) + axis[:, None] * np.float32(np.sin(turn))
    return np.asarray((ramp - ramp.min()) / np.ptp(ramp), np.float32)


def _tinted(light: NDArray[np.float32], tint: NDArray[np.float32]) -> Picture:
    return _bytes(light[..., None] + tint)


def _bytes(values: NDArray[np.floating]) -> Picture:
    return np.ascontiguousarray(np.clip(values, 0, 255), np.uint8)
