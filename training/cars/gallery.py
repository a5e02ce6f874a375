"""The gallery: views of the models, rendered once and kept as pictures, since rendering is too slow for training."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from training.cars.car import Car, Quad
from training.cars.models import Model, models, there
from training.cars.views import subject, view
from training.provide import ASSETS

GALLERY = ASSETS / "gallery"
"""Where `draw` looks for it; ignored by git."""

_INDEX = "mounts.json"
_FAST = (cv2.IMWRITE_PNG_COMPRESSION, 2)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of the gallery: its file and where its plate is mounted, float32 (4, 2) pixels."""

    file: Path
    mount: Quad


@cache
def shots(folder: Path = GALLERY) -> tuple[Shot, ...]:
    """The pictures of a gallery, by name; none where there is no gallery.

    Raises:
        ValueError: the list of mounts is damaged.
    """
    index = folder / _INDEX
    if not index.is_file():
        return ()
    mounts = json.loads(index.read_text("utf-8"))
    return tuple(Shot(folder / name, np.array(mounts[name], np.float32).reshape(4, 2)) for name in sorted(mounts))


def opened(shot: Shot) -> Car:
    """The picture of a shot.

    Raises:
        OSError: it cannot be read.
    """
    image = cv2.imread(str(shot.file), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise OSError(f"{shot.file}: cannot be read; make the gallery again: python -m training.cars --gallery FOLDER")
    return Car(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA), np.uint8), shot.mount)


def render_gallery(folder: Path, views_each: int, seed: int) -> Iterator[str]:
    """Render `views_each` views of every model that is there into `folder`; yields a line for each model.

    Same seed, same pictures. The views of a model count as soon as all of them are there: cut off, what was done is of
    use, and a new run begins again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mounts: dict[str, list[list[float]]] = {}
    for at, model in enumerate(models()):
        if there(model):
            mounts |= _rendered(model, folder, [np.random.default_rng((seed, at, one)) for one in range(views_each)])
            _keep(folder / _INDEX, json.dumps(mounts).encode())
            yield f"{model.name}: {views_each} views"
        else:
            yield f"{model.name}: not there; python -m training.provide fetches {model.package}"


def _keep(file: Path, data: bytes) -> None:
    """Write a file whole or not at all: somebody may be drawing from the gallery meanwhile."""
    fresh = file.with_name(f"{file.name}.part")
    fresh.write_bytes(data)
    fresh.replace(file)


def _rendered(model: Model, folder: Path, draws: list[np.random.Generator]) -> dict[str, list[list[float]]]:
    seen = subject(model)
    mounts = {}
    for at, random in enumerate(draws):
        car = view(seen, random)
        name = f"{model.name}-{at:02}.png"
        _keep(folder / name, cv2.imencode(".png", cv2.cvtColor(car.image, cv2.COLOR_RGBA2BGRA), _FAST)[1].tobytes())
        mounts[name] = car.mount.astype(float).round(2).tolist()
    return mounts
