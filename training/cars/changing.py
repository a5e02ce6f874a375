"""Small changes that make one picture many: mirrored, lighter or darker, more or less colour, another hue."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from training.cars.car import Car, Cutout


def changed(car: Car, random: Generator) -> Car:
    """A car with its light and colours changed a little, every second one mirrored."""
    image = _toned(_tinted(car.image, random), random)
    return mirrored(Car(image, car.mount)) if random.random() < 0.5 else Car(image, car.mount)


def mirrored(car: Car) -> Car:
    """The car as a mirror shows it; the mount's corners stay in reading order."""
    flipped = car.mount * (-1, 1) + (car.image.shape[1], 0)
    return Car(np.ascontiguousarray(car.image[:, ::-1]), np.ascontiguousarray(flipped[[1, 0, 3, 2]], np.float32))


def _tinted(image: Cutout, random: Generator) -> Cutout:
    """Red, green and blue mixed towards grey, and each a little stronger or weaker."""
    grey = random.uniform(0, 0.7) if random.random() < 0.5 else 0.0
    mix = np.eye(4)
    mix[:3, :3] = np.eye(3) * (1 - grey) + grey * np.array([0.3, 0.59, 0.11])
    mix[:3, :3] *= random.normal(1, 0.05, (3, 1))
    return np.asarray(cv2.transform(image, mix), np.uint8)


def _toned(image: Cutout, random: Generator) -> Cutout:
    """Another gamma and brightness; alpha is left as it is."""
    steps = np.arange(256) / 255
    curve = steps ** np.exp(random.normal(0, 0.25)) * random.uniform(0.7, 1.25)
    same = np.arange(256, dtype=np.uint8)
    tone = np.clip(curve * 255, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, np.stack([tone, tone, tone, same], axis=1)[None]), np.uint8)
