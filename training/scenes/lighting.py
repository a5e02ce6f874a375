"""The light a scene stands in, and the air before it: night and headlights, infrared, low sun, shadows, rain, fog.

Each is a function of the finished canvas: it changes the picture in place of another. Plates throw light back to where
it came from, so by night and in infrared they are lit apart from everything else.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.ground import clouds
from training.scenes.canvas import Canvas

Light = NDArray[np.float32]
"""float32 (size, size, 3), 0..255 and above where it is brighter than a camera can show."""


def lit(random: Generator, canvas: Canvas) -> NDArray[np.uint8]:
    """The canvas' picture in one of `LIGHTS`, at times with a shadow over it and something in the air."""
    light = canvas.image.astype(np.float32)
    if random.random() < 0.3:
        light = shadowed(random, light)
    mirror = np.asarray(canvas.mirror / 255, np.float32)
    light = LIGHTS[random.choice(len(LIGHTS), p=_SHARES)](random, light, mirror)
    if random.random() < 0.15:
        light = WEATHERS[random.integers(len(WEATHERS))](random, light)
    return np.asarray(np.clip(light, 0, 255), np.uint8)


def day(random: Generator, light: Light, mirror: NDArray[np.float32]) -> Light:
    """Daylight: everything a little brighter or darker, plates more than the rest."""
    gain = random.uniform(0.75, 1.25) + mirror * random.uniform(-0.35, 0.15)
    return np.asarray(light * gain[..., None], np.float32)


def night(random: Generator, light: Light, mirror: NDArray[np.float32]) -> Light:
    """Night: the ground nearly black, plates in headlights or in their own lamp, lamps and their bloom."""
    ground = random.uniform(0.05, 0.5)
    shine = random.uniform(ground, 1.3)
    dark = light * (ground + (shine - ground) * mirror)[..., None]
    return bloomed(random, np.asarray(dark + _lamps(random, light.shape[0]), np.float32))


def infrared(random: Generator, light: Light, mirror: NDArray[np.float32]) -> Light:
    """An infrared lamp by the camera: grey, lit from the middle, plates nearly too bright."""
    grey = light @ np.array([0.5, 0.35, 0.15], np.float32)
    gain = random.uniform(0.15, 0.7) * _spot(random, light.shape[0]) * (1 - mirror) + random.uniform(0.9, 1.6) * mirror
    return bloomed(random, np.repeat((grey * gain)[..., None], 3, axis=2))


def backlight(random: Generator, light: Light, mirror: NDArray[np.float32]) -> Light:
    """A low sun before the camera: plates in the shade, flare over everything."""
    shade = random.uniform(0.3, 0.7)
    flare = _spot(random, light.shape[0])[..., None] * random.uniform(40, 150) * np.array([1, 0.95, 0.8], np.float32)
    return np.asarray(light * (shade + (1 - mirror[..., None]) * random.uniform(0, 0.3)) + flare, np.float32)


def leaking(random: Generator, light: Light, mirror: NDArray[np.float32]) -> Light:
    """A camera without an infrared filter at dusk or by night: all of it pink to red, lamps white."""
    dark = night(random, light, mirror)
    tint = np.array([1.0, random.uniform(0.1, 0.6), random.uniform(0.3, 0.8)], np.float32)
    return np.asarray(dark.mean(axis=2, keepdims=True) * 0.7 * tint + dark * 0.3 * tint, np.float32)


def shadowed(random: Generator, light: Light) -> Light:
    """Shadows with hard edges: one half of the picture, a polygon, or bars as a fence throws them."""
    size = light.shape[0]
    mask = np.zeros((size, size), np.uint8)
    if random.random() < 0.3:
        turn, pitch = random.uniform(0, np.pi), random.uniform(8, 60)
        y, x = np.indices((size, size))
        mask[(x * np.cos(turn) + y * np.sin(turn)) % pitch < pitch * random.uniform(0.3, 0.7)] = 255
    else:
        corners = random.uniform(-0.5, 1.5, (random.integers(3, 6), 2)) * size
        cv2.fillPoly(mask, [corners.astype(np.int32)], 255)
    soft = cv2.GaussianBlur(mask, (0, 0), random.uniform(0.5, 3)).astype(np.float32) / 255
    return np.asarray(light * (1 - soft[..., None] * random.uniform(0.3, 0.7)), np.float32)


def bloomed(random: Generator, light: Light) -> Light:
    """What is too bright spills over its surroundings."""
    reach = random.uniform(2, 12)
    over = np.clip(light - random.uniform(170, 240), 0, None)
    spilt = cv2.GaussianBlur(cv2.resize(over, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), (0, 0), reach / 2)
    wide = cv2.resize(spilt, light.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(light + wide * random.uniform(0.5, 3), np.float32)


def rain(random: Generator, light: Light) -> Light:
    """Streaks of rain or flakes of snow."""
    size = light.shape[0]
    drops = np.zeros((size, size), np.uint8)
    lean, reach = random.normal(0, 0.3), random.uniform(0, 18)
    for x, y in random.integers(0, size, (random.integers(30, 200), 2)).tolist():
        cv2.line(drops, (x, y), (int(x + lean * reach), int(y + reach)), 255, 1, cv2.LINE_AA)
    soft = cv2.GaussianBlur(drops, (0, 0), random.uniform(0.4, 1.2)).astype(np.float32)
    return np.asarray(light + soft[..., None] * random.uniform(0.15, 0.6), np.float32)


def haze(random: Generator, light: Light) -> Light:
    """Fog or dust, thicker in places."""
    thick = np.clip(random.uniform(0.1, 0.65) + 0.3 * clouds(random, light.shape[0]), 0, 0.8)[..., None]
    return np.asarray(light * (1 - thick) + random.uniform(120, 240) * thick, np.float32)


LIGHTS = (day, night, infrared, backlight, leaking)
_SHARES = (0.74, 0.1, 0.06, 0.05, 0.05)
WEATHERS: tuple[Callable[[Generator, Light], Light], ...] = (rain, haze)


def _lamps(random: Generator, size: int) -> Light:
    glow = np.zeros((size, size, 3), np.float32)
    for _ in range(random.integers(0, 6)):
        centre = random.integers(0, size, 2).tolist()
        tint = [(255, 30, 20), (255, 30, 20), (255, 240, 210), (255, 170, 60), (80, 255, 160)][random.integers(5)]
        strength = random.uniform(0.6, 2.5)
        cv2.circle(glow, centre, int(random.integers(1, 12)), [part * strength for part in tint], -1)
    return glow


def _spot(random: Generator, size: int) -> NDArray[np.float32]:
    """Brightest, 1, at some place, falling off to a few hundredths at the corners."""
    y, x = np.indices((size, size), dtype=np.float32) / size
    middle = random.uniform(0.1, 0.9, 2)
    away = (x - middle[0]) ** 2 + (y - middle[1]) ** 2
    return np.asarray(np.exp(-away / random.uniform(0.1, 0.8)), np.float32)
