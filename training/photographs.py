"""The free photographs that scenes are set against.

`photographs.toml` names each with its origin and licence. The files come with Debian packages, fetched into
`training/assets` by `python -m training.provide`; those of scikit-image and scikit-learn are also found where their
wheels are installed. A picture that is not there is left out: scenes then stand on generated ground alone.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from training.provide import ASSETS

_LIST = Path(__file__).with_name("photographs.toml")
_LONGEST = 1400
_MODULES = "/dist-packages/"
_MIDTONE = 0.35


@dataclass(frozen=True, slots=True)
class Photograph:
    """A background.

    Attributes:
        name: its file's name.
        by: who made it.
        licence: under which it may be used, an SPDX name or "public domain".
        picture: uint8 (height, width, 3) RGB, read-only, its longer side at most 1400 pixels.
    """

    name: str
    by: str
    licence: str
    picture: NDArray[np.uint8]


@cache
def photographs() -> tuple[Photograph, ...]:
    """Every listed picture that is there, in the order of the list.

    Raises:
        OSError: a picture is there and cannot be read.
    """
    listed = tomllib.loads(_LIST.read_text("utf-8"))["photograph"]
    found = ((entry, _place(entry["package"], entry["file"])) for entry in listed)
    return tuple(
        Photograph(path.name, entry["by"], entry["licence"], _picture(path))
        for entry, path in found
        if path is not None
    )


def _place(package: str, file: str) -> Path | None:
    places = [ASSETS / package / file]
    _, installed, inside = file.partition(_MODULES)
    if installed:
        module, _, rest = inside.partition("/")
        spec = find_spec(module)
        folders = (spec and spec.submodule_search_locations) or ()
        places += [Path(folder) / rest for folder in folders]
    return next((place for place in places if place.is_file()), None)


def _picture(path: Path) -> NDArray[np.uint8]:
    picture = _developed(path) if path.suffix == ".exr" else cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if picture is None:
        raise OSError(f"{path}: not a picture; run `python -m training.provide` again")
    scale = _LONGEST / max(picture.shape[:2])
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    picture = np.ascontiguousarray(picture, np.uint8)
    picture.setflags(write=False)
    return picture


def _developed(path: Path) -> NDArray[np.uint8]:
    """A panorama in linear light as a camera would show it: its middle grey, the sun held in, gamma 2.2."""
    with av.open(str(path)) as file:
        light = next(file.decode(video=0)).to_ndarray()
    exposed = np.maximum(light, 0) * (_MIDTONE / max(float(np.median(light)), 1e-6))
    held = exposed / (1 + exposed)
    return np.asarray(255 * held ** (1 / 2.2), np.uint8)
