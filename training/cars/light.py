"""What light does to a point: sun, sky and ground, and their mirror image in the paint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from training.cars.mesh import Floats, unit

_EDGES = 5
_GROUND_NEAR = 0.45


@dataclass(frozen=True, slots=True)
class Light:
    """A sky over a ground with one lamp in it, the sun or a street light; linear red, green, blue.

    Attributes:
        sky: float32 (3,): straight above.
        horizon: float32 (3,): where sky and ground meet.
        ground: float32 (3,): straight below.
        lamp: float32 (3,), its colour and strength.
        towards: float32 (3,), unit vector to it.
        skyline: float32 (5,): phases of the houses and trees that stand before the horizon, radians.
    """

    sky: Floats
    horizon: Floats
    ground: Floats
    lamp: Floats
    towards: Floats
    skyline: Floats

    def around(self, directions: Floats) -> Floats:
        """What is seen in unit directions, (n, 3): the surroundings as they appear in paint, blurred."""
        turn = np.arctan2(directions[:, 1], directions[:, 0])[:, None] * np.arange(1, _EDGES + 1)
        skyline = 0.07 + 0.05 * np.sin(turn * 2 + self.skyline).sum(axis=1)
        height = directions[:, 2] - np.maximum(skyline, 0)
        up = np.clip(height, 0, 1)[:, None] ** 0.6
        above = self.horizon * (1 - up) + self.sky * up
        down = np.clip(-directions[:, 2], 0, 1)[:, None] ** 0.5
        below = self.horizon * 0.25 * (1 - down) + self.ground * down
        share = 1 / (1 + np.exp(np.clip(-height * 18, -50, 50)))[:, None]
        glint = np.clip(directions @ self.towards, 0, 1)[:, None] ** 90
        return np.asarray(below + (above - below) * share + self.lamp * 3 * glint, np.float32)

    def upon(self, points: Floats, normals: Floats) -> Floats:
        """Light that falls on matt points, (n, 3), with their normals; near the ground there is less of it."""
        up = normals[:, 2:] * 0.5 + 0.5
        open_air = np.clip(points[:, 2:] / _GROUND_NEAR, 0.15, 1) ** (1 - up)
        soft = (self.ground * (1 - up) + (self.sky + self.horizon) * 0.5 * up) * open_air
        hard = np.clip(normals @ self.towards, 0, None)[:, None] * self.lamp
        return np.asarray(soft + hard, np.float32)


def daylight(random: Generator) -> Light:
    """Anything from a clear noon to a dull evening."""
    sun = random.uniform(0, 1) ** 0.7
    grey = random.uniform(0.45, 0.75)
    sky = np.array([grey - 0.2 * sun, grey - 0.06 * sun, grey + 0.1 * sun])
    horizon = np.array([0.85, 0.88, 0.95]) * random.uniform(0.7, 1.1)
    ground = np.array([0.2, 0.19, 0.18]) * random.uniform(0.5, 1.4)
    lamp = np.array([1.0, random.uniform(0.86, 0.97), random.uniform(0.65, 0.92)]) * sun * 1.2
    return _light(random, (sky, horizon, ground, lamp), random.uniform(0.25, 1.2))


def night(random: Generator) -> Light:
    """Little light but one lamp, warm or white."""
    dark = random.uniform(0.02, 0.08)
    sky = np.array([dark, dark, dark * 1.3])
    horizon = np.array([0.3, 0.24, 0.16]) * random.uniform(0.2, 0.8)
    ground = np.array([0.06, 0.05, 0.045])
    lamp = np.array([1.0, random.uniform(0.7, 1.0), random.uniform(0.4, 1.0)]) * random.uniform(0.2, 0.7)
    return _light(random, (sky, horizon, ground, lamp), random.uniform(0.5, 1.3))


def _light(random: Generator, colours: tuple[Floats | np.ndarray, ...], height: float) -> Light:
    turn = random.uniform(-np.pi, np.pi)
    flat = np.cos(height)
    towards = unit(np.array([np.cos(turn) * flat, np.sin(turn) * flat, np.sin(height)]))
    sky, horizon, ground, lamp = (np.asarray(colour, np.float32) for colour in colours)
    skyline = random.uniform(0, 2 * np.pi, _EDGES).astype(np.float32)
    return Light(sky, horizon, ground, lamp, towards, skyline)
