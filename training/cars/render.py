"""A mesh as a cut-out picture: triangles, textures, light, mirror image and shadow; numpy and OpenCV only."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.cars.camera import Camera, towards
from training.cars.car import Cutout
from training.cars.light import Light
from training.cars.mesh import Floats, Mesh, Surface, unit
from training.cars.raster import Hits, rasterise
from training.cars.shadows import cast

_GAMMA = 2.2
_EXPOSURE = 1.35
_SHADOW = 0.72
_FADE = 0.06
_LOW = 0.55
"""Height, metres, below which a car counts for the dark patch under it."""


def render(mesh: Mesh, camera: Camera, light: Light, shape: tuple[int, int]) -> Cutout:
    """uint8 (height, width, 4) RGBA of `shape`, (height, width); the shadow is black with some alpha."""
    hits = rasterise(camera.project(mesh.points), shape)
    image = np.zeros((*shape, 4), np.uint8)
    image[..., 3] = shadow(mesh, camera, light, shape)
    image[hits.rows, hits.columns, :3] = _developed(_shaded(mesh, hits, camera, light))
    image[hits.rows, hits.columns, 3] = 255
    return image


def shadow(mesh: Mesh, camera: Camera, light: Light, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Alpha of the ground's shadow, uint8 (height, width): dark below the car, lighter where it keeps the sun off."""
    points = mesh.points.reshape(-1, 3)
    below = points[points[:, 2] < _LOW]
    sun = light.towards
    away = points[:, :2] - points[:, 2:] * np.clip(sun[:2] / max(float(sun[2]), 0.4), -0.8, 0.8)
    strength = min(float(light.lamp.max()), 1.0) * 0.5
    layers = ((below[:, :2], _SHADOW, 0.012), (away, strength * _SHADOW, 0.006))
    alphas = [_patch(flat, camera, shape, softness) * share for flat, share, softness in layers]
    return np.asarray(255 * (1 - (1 - alphas[0]) * (1 - alphas[1])), np.uint8)


def _patch(flat: Floats, camera: Camera, shape: tuple[int, int], softness: float) -> Floats:
    """The shade of what stands over points of the ground, (n, 2): float32 (height, width), 0..1."""
    hull = cv2.convexHull(flat.astype(np.float32))[:, 0]
    seen = camera.project(np.concatenate([hull, np.zeros((len(hull), 1))], axis=1))[:, :2]
    return cast(seen, shape, softness, round(_FADE * max(shape)))


def _shaded(mesh: Mesh, hits: Hits, camera: Camera, light: Light) -> Floats:
    """Linear light from each hit, float32 (n, 3)."""
    points = _blended(mesh.points, hits)
    eye = towards(camera, points)
    normals = unit(_blended(mesh.normals, hits))
    facing = (normals * eye).sum(axis=1, keepdims=True)
    normals, facing = normals * np.sign(facing), np.abs(facing)
    colour, gloss = _worn(mesh, hits)
    mirror = light.around(2 * facing * normals - eye)
    share = gloss + (1 - gloss) * (1 - facing) ** 5 * np.minimum(gloss * 12, 1)
    return np.asarray(colour * light.upon(points, normals) * (1 - share) + mirror * share, np.float32)


def _worn(mesh: Mesh, hits: Hits) -> tuple[Floats, Floats]:
    """Linear colour, float32 (n, 3), and gloss, float32 (n, 1), of each hit."""
    colour = np.zeros((len(hits.triangles), 3), np.float32)
    gloss = np.zeros((len(hits.triangles), 1), np.float32)
    places = _blended(mesh.places, hits)
    worn = mesh.worn[hits.triangles]
    for index, surface in enumerate(mesh.surfaces):
        here = np.flatnonzero(worn == index)
        colour[here] = _sampled(surface, places[here])
        gloss[here] = surface.gloss
    return colour, gloss


def _sampled(surface: Surface, places: Floats) -> Floats:
    plain = np.asarray(surface.colour, np.float32)
    if surface.texture is None or not len(places):
        return np.broadcast_to(plain**_GAMMA, (len(places), 3))
    high, wide = surface.texture.shape[:2]
    x = (places[:, 0] % 1) * wide - 0.5
    y = (1 - places[:, 1] % 1) * high - 0.5
    rows = _strips(x), _strips(y)
    seen = cv2.remap(surface.texture, *rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    flat = seen.reshape(-1, 3)[: len(places)].astype(np.float32) / 255
    return np.asarray((flat * plain) ** _GAMMA, np.float32)


def _strips(values: Floats) -> Floats:
    """Values as rows of 1024, the last one filled up: `cv2.remap` takes no more than 32767 in a row."""
    wide = 1024
    padded = np.pad(values, (0, -len(values) % wide))
    return np.ascontiguousarray(padded.reshape(-1, wide), np.float32)


def _blended(corners: Floats, hits: Hits) -> Floats:
    return np.asarray(np.einsum("nc,ncd->nd", hits.weights, corners[hits.triangles]), np.float32)


def _developed(light: Floats) -> NDArray[np.uint8]:
    """Linear light as 8 bit, bright light held in softly."""
    exposed = light * _EXPOSURE
    held = exposed / (1 + 0.25 * exposed)
    return np.asarray(255 * np.clip(held, 0, 1) ** (1 / _GAMMA), np.uint8)
