"""The free models that cars are rendered from.

`models.toml` names each with its origin and licence and says how it stands in its file. The files come with Debian
packages, fetched into `training/assets` by `python -m training.provide`; a model that is not there is left out.
"""

from __future__ import annotations

import io
import tomllib
import zipfile
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.cars.ac3d import ModelError, read_ac3d
from training.cars.mesh import Mesh, joined
from training.cars.wavefront import read_wavefront
from training.cars.wheels import wheel
from training.provide import ASSETS

_LIST = Path(__file__).with_name("models.toml")


@dataclass(frozen=True, slots=True)
class Wheels:
    """Wheels to be added: the axles' places along x, the distance of left and right wheel, their radius; metres."""

    axles: tuple[float, ...]
    track: float
    radius: float


@dataclass(frozen=True, slots=True)
class Model:
    """One model: where it is, whose it is, and how it stands in its file.

    Attributes:
        name: what it is called here.
        package: the Debian package it comes with.
        file: its path in there; a path within a zip file follows after `!`.
        texture: the picture it wears, by its name beside `file`; empty where the file itself says, as AC3D does.
        by: who made it.
        licence: under which it may be used, an SPDX name.
        ahead: the axis of the file that points forward, as "x" or "-z".
        above: the axis that points up.
        metres: metres in one unit of the file.
        lift: metres to move it up, so that the ground is at z = 0.
        paint: red, green, blue of the texture's paint, 0..255, which other colours take the place of.
        rear: height over the ground of the middle of the plate behind, metres.
        front: the same in front.
        wheels: those it comes without, or None.
    """

    name: str
    package: str
    file: str
    texture: str
    by: str
    licence: str
    ahead: str
    above: str
    metres: float
    lift: float
    paint: tuple[int, int, int]
    rear: float
    front: float
    wheels: Wheels | None


def models() -> tuple[Model, ...]:
    """All that are listed, there or not, in the order of the list."""
    return tuple(_model(entry) for entry in tomllib.loads(_LIST.read_text("utf-8"))["model"])


def there(model: Model, assets: Path = ASSETS) -> bool:
    """Whether its package has been fetched."""
    return (assets / model.package / model.file.partition("!")[0]).is_file()


def loaded(model: Model, assets: Path = ASSETS) -> Mesh:
    """The car on its wheels, in metres, x forward, y left, z up.

    Raises:
        ModelError: the file is not what the list says.
        OSError: it, or a texture of it, is not there or cannot be read.
    """
    body = _read(model, assets)
    ahead, above = _axis(model.ahead), _axis(model.above)
    turn = np.stack([ahead, np.cross(above, ahead), above]) * model.metres
    stood = body.moved(turn, np.array([0, 0, model.lift]))
    return stood if model.wheels is None else joined([stood, *_wheels(model.wheels)])


def _read(model: Model, assets: Path) -> Mesh:
    file = PurePosixPath(model.file)
    load = partial(_bytes, assets / model.package)
    if file.suffix == ".obj":
        return read_wavefront(load(file).decode("utf-8", "replace"), _picture(load(file.with_name(model.texture))))
    text = load(file).decode("utf-8", "replace")
    picture = cache(lambda name: _picture(load(file.with_name(PurePosixPath(name).name))))
    return read_ac3d(text, picture)


def _bytes(folder: Path, file: PurePosixPath) -> bytes:
    outer, _, inner = str(file).partition("!/")
    if not inner:
        return (folder / outer).read_bytes()
    try:
        with zipfile.ZipFile(folder / outer) as archive:
            return archive.read(inner)
    except KeyError as error:
        raise ModelError(f"{outer}: holds no {inner}; run `python -m training.provide` again") from error


def _picture(data: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def _wheels(wheels: Wheels) -> list[Mesh]:
    one = wheel(wheels.radius)
    sides = (-wheels.track / 2, wheels.track / 2)
    return [one.moved(np.eye(3), np.array([axle, side, wheels.radius])) for axle in wheels.axles for side in sides]


def _axis(name: str) -> NDArray[np.float64]:
    axis = np.zeros(3)
    axis["xyz".index(name[-1])] = -1 if name.startswith("-") else 1
    return axis


def _model(entry: dict[str, Any]) -> Model:
    wheels = entry.pop("wheels", None)
    added = None if wheels is None else Wheels(tuple(wheels["axles"]), wheels["track"], wheels["radius"])
    texture, paint = entry.pop("texture", ""), entry.pop("paint")
    return Model(**entry, texture=texture, paint=tuple(paint), wheels=added)
