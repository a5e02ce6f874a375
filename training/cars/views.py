"""One view of a model: a colour, a light, a place to look from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.cars.camera import Camera, framed, round_about
from training.cars.car import Car, Cutout
from training.cars.light import daylight, night
from training.cars.mesh import Floats, Mesh, Surface, joined
from training.cars.models import Model, loaded
from training.cars.mounting import FRONT, REAR, base, mount, shown
from training.cars.paint import Colour, colour, repainted
from training.cars.render import render
from training.provide import ASSETS

LONGEST = 500
"""Pixels of a view's longer side."""

_FINER = 1.5
_MARGIN = 24
_WIDEST = np.radians(75)
_STEEPEST = np.radians(45)
_SHOWN = 0.85
_TRIES = 20
_GLOSSES = 0.02, 0.07
_NIGHTS = 0.15
_REARS = 0.6


class HiddenError(ValueError):
    """A model's plate cannot be seen from anywhere."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A model that was loaded, with its plates' places, float32 (4, 3) metres, and the colour of its paint."""

    mesh: Mesh
    paint: Colour
    rear: Floats
    front: Floats


def subject(model: Model, assets: Path = ASSETS) -> Subject:
    """A model made ready to be looked at.

    Raises:
        ModelError: its file is not what the list says.
        NoPlaceError: it has no bodywork where its plate should be.
        OSError: its file, or a texture of it, cannot be read.
    """
    mesh = loaded(model, assets)
    return Subject(mesh, model.paint, mount(mesh, REAR, model.rear), mount(mesh, FRONT, model.front))


def view(seen: Subject, random: Generator) -> Car:
    """A model from somewhere behind or in front where its plate shows.

    Raises:
        HiddenError: something hides the plate from everywhere that was tried.
    """
    mesh = seen.mesh
    end, corners = (REAR, seen.rear) if random.random() < _REARS else (FRONT, seen.front)
    camera = _looking(mesh, corners, end, random)
    fresh = colour(random)
    panel = base(corners, Surface(None, _panel(fresh, random), _GLOSSES[0]))
    dressed = joined([_dressed(mesh, seen.paint, fresh, random), panel])
    light = night(random) if random.random() < _NIGHTS else daylight(random)
    fine, shape = framed(camera, _outline(mesh), round(LONGEST * _FINER), round(_MARGIN * _FINER))
    image = _coarser(render(dressed, fine, light, shape))
    scale = np.array(image.shape[1::-1]) / np.array(shape[::-1])
    return Car(image, np.ascontiguousarray(fine.project(corners)[:, :2] * scale, np.float32))


def _looking(mesh: Mesh, corners: Floats, end: float, random: Generator) -> Camera:
    """Mostly at eye height and from about straight on; one in four from above, as a drone does."""
    for _ in range(_TRIES):
        yaw = float(np.clip(random.normal(0, np.radians(32)), -_WIDEST, _WIDEST))
        high = random.uniform(0, _STEEPEST) if random.random() < 0.25 else abs(random.normal(0, np.radians(7)))
        away = float(np.exp(random.uniform(np.log(6), np.log(40))))
        box = _outline(mesh)
        distance = away + float(np.ptp(box[:, 0])) / 2
        camera = round_about(box.mean(axis=0), end + yaw, max(high, float(np.arctan2(0.4, away))), distance)
        if shown(mesh, corners, camera) >= _SHOWN:
            return camera
    raise HiddenError("its plate cannot be seen: give it another height")


def _outline(mesh: Mesh) -> Floats:
    """Corners of the box round a mesh, float32 (8, 3)."""
    points = mesh.points.reshape(-1, 3)
    low, high = points.min(axis=0), points.max(axis=0)
    choice = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
    return np.asarray(np.where(choice, high, low), np.float32)


def _dressed(mesh: Mesh, old: Colour, new: Colour, random: Generator) -> Mesh:
    gloss = float(random.uniform(*_GLOSSES))
    fresh: dict[int, NDArray[np.uint8]] = {}
    for surface in mesh.surfaces:
        if surface.texture is not None and id(surface.texture) not in fresh:
            fresh[id(surface.texture)] = repainted(surface.texture, old, new)
    surfaces = tuple(
        surface
        if surface.texture is None or surface.gloss <= _GLOSSES[0]
        else replace(surface, texture=fresh[id(surface.texture)], gloss=gloss)
        for surface in mesh.surfaces
    )
    return replace(mesh, surfaces=surfaces)


def _panel(body: Colour, random: Generator) -> tuple[float, float, float]:
    """Body colour or black plastic, 0..1."""
    red, green, blue = body if random.random() < 0.6 else np.full(3, random.uniform(12, 50))
    return float(red) / 255, float(green) / 255, float(blue) / 255


def _coarser(image: Cutout) -> Cutout:
    """A cut-out at the size it is kept in; what is transparent adds no colour to the edges."""
    high, wide = (round(side / _FINER) for side in image.shape[:2])
    alpha = image[..., 3:].astype(np.float32) / 255
    laid = cv2.resize(np.dstack([image[..., :3] * alpha, alpha]), (wide, high), interpolation=cv2.INTER_AREA)
    plain = laid[..., :3] / np.maximum(laid[..., 3:], 1 / 255)
    return np.asarray(np.clip(np.dstack([plain, 255 * laid[..., 3]]), 0, 255), np.uint8)
