"""A flat drawing made to stand in space: its end and its flank turned, with a shadow below."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator

from training.cars.camera import Camera, framed, round_about
from training.cars.car import PLATE_METRES, Car, Cutout
from training.cars.drawn.large import army, bus, lorry, trailer
from training.cars.drawn.sheet import Sheet, rectangle
from training.cars.drawn.small import car, motorcycle, van
from training.cars.drawn.vehicle import Vehicle
from training.cars.mesh import Floats
from training.cars.shadows import cast

Kind = Callable[[Generator], Vehicle]
KINDS: tuple[Kind, ...] = (car, car, car, car, car, van, van, lorry, lorry, bus, motorcycle, motorcycle, trailer, army)
"""The kinds; one that is named twice is drawn twice as often."""

_LONGEST = 420
_MARGIN = 14
_SHADOW = 0.7
_DIM = 0.45, 0.95
_SOFT = 0.02


def draw_flat(random: Generator) -> Car:
    """A vehicle of some kind seen from behind or in front, at most about 45 degrees from the side or from above."""
    vehicle = KINDS[int(random.integers(len(KINDS)))](random)
    yaw = float(np.clip(random.normal(0, np.radians(18)), -0.8, 0.8))
    pitch = (
        float(random.uniform(0.2, 0.8))
        if vehicle.flank is None and random.random() < 0.1
        else abs(random.normal(0.04, 0.06))
    )
    away = float(np.exp(random.uniform(np.log(5), np.log(30))))
    wide, high = _size(vehicle.end)
    camera = round_about(np.array([0, 0, high / 2]), yaw, pitch, away)
    ground = _upright(rectangle((0, 0), wide, 0))
    outline = np.concatenate([_upright(rectangle((0, high / 2), wide, high)), _flank_corners(vehicle, yaw)])
    camera, shape = framed(camera, np.concatenate([outline, ground]).astype(np.float32), _LONGEST, _MARGIN)
    image = _shadow(camera, outline, shape)
    if vehicle.flank is not None:
        _lay(
            image,
            _dimmed(vehicle.flank.image, random.uniform(*_DIM)),
            camera.project(_flank_corners(vehicle, yaw))[:, :2],
        )
    _lay(image, vehicle.end.image, camera.project(outline[:4])[:, :2])
    plate = _upright(rectangle(vehicle.plate, *(side * vehicle.spare for side in PLATE_METRES)))
    return Car(image, np.ascontiguousarray(camera.project(plate)[:, :2], np.float32))


def _size(sheet: Sheet) -> tuple[float, float]:
    high, wide = sheet.image.shape[:2]
    return wide / sheet.scale, high / sheet.scale


def _upright(points: list[tuple[float, float]]) -> Floats:
    """Points of the end, metres, in space: the end stands at x = 0 and is looked at along x, so left is +y."""
    return np.array([(0, -x, y) for x, y in points], np.float32)


def _flank_corners(vehicle: Vehicle, yaw: float) -> Floats:
    """Corners of the visible flank as its sheet lies, the sheet's left edge at the end; none without a flank."""
    if vehicle.flank is None:
        return np.zeros((0, 3), np.float32)
    long, high = _size(vehicle.flank)
    side = np.sign(yaw) * -_size(vehicle.end)[0] / 2 * 0.98
    return np.array([(0, side, high), (long, side, high), (long, side, 0), (0, side, 0)], np.float32)


def _dimmed(image: Cutout, share: float) -> Cutout:
    return np.asarray(cv2.transform(image, np.diag([share, share, share, 1.0])), np.uint8)


def _shadow(camera: Camera, outline: Floats, shape: tuple[int, int]) -> Cutout:
    image = np.zeros((*shape, 4), np.uint8)
    wide = float(np.abs(outline[:, 1]).max())
    long = max(float(outline[:, 0].max()), wide)
    corners = np.array([(-0.15, wide, 0.02), (long, wide, 0.02), (long, -wide, 0.02), (-0.15, -wide, 0.02)])
    image[..., 3] = 255 * _SHADOW * cast(camera.project(corners)[:, :2], shape, _SOFT, _MARGIN)
    return image


def _lay(image: Cutout, flat: Cutout, quad: Floats) -> None:
    """Put a flat picture over another one so that its corners come to lie on `quad`, which is within it."""
    left, top = np.floor(quad.min(axis=0)).astype(int).tolist()
    right, bottom = np.ceil(quad.max(axis=0)).astype(int).tolist()
    below = image[top : bottom + 1, left : right + 1]
    high, wide = flat.shape[:2]
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, (quad - (left, top)).astype(np.float32))
    laid = cv2.warpPerspective(flat, matrix, below.shape[1::-1], flags=cv2.INTER_LINEAR)
    cover = cv2.merge([laid[..., 3]] * 4)
    laid[..., 3] = 255
    below[:] = cv2.add(cv2.multiply(below, 255 - cover, scale=1 / 255), cv2.multiply(laid, cover, scale=1 / 255))
