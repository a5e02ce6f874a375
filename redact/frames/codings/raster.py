"""Rasters as OpenCV hands them out: decoded, shown as 8-bit RGB, painted at their own depth.

Transparency can hide a picture in two ways. Colours under transparent pixels are still in the file, and whoever leaves
the alpha channel out sees them: so that is how a picture is looked at. And the alpha channel may be a picture itself,
which nobody looks at that way: one with many shades, or one that outlines what the colours do not, is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.frames.codings.picture import Patch
from redact.model import Image

Raster: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
"""(height, width) grey, (height, width, 3) BGR or (height, width, 4) BGRA."""

MOST_SHADES = 0.25
"""Part of the pixels that may be half transparent: soft edges and shadows need less."""
MOST_STENCILLED = 256
"""Steps between neighbouring pixels that transparency alone may show; eight small letters have more."""
LEAST_STEP = 24
"""Of 255: smaller steps of transparency, and of colour, are taken for none."""


def decode_raster(coded: bytes, size: tuple[int, int], container: str) -> Raster:
    """The picture at its own depth, in stored orientation. Raises DamagedFileError unless it decodes to that size."""
    message = f"the {container} decoder stumbled over the coded picture; restore the file or save it anew"
    try:
        raster = cv2.imdecode(np.frombuffer(coded, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise DamagedFileError(message) from error
    if raster is None or raster.dtype not in (np.uint8, np.uint16) or raster.shape[1::-1] != size:
        raise DamagedFileError(message)
    return cast("Raster", raster.reshape(raster.shape[:2]) if raster.ndim == 3 and raster.shape[2] == 1 else raster)


def show(raster: Raster) -> Image:
    """The colours, transparency left out: uint8 (height, width, 3) RGB, writable; the raster is spent then.

    Raises UnsupportedFormatError when the transparency is a picture of its own, which the colours do not show.
    """
    if raster.ndim == 3 and raster.shape[2] == 4:
        _check_transparency(raster)
    shallow = (raster >> 8).astype(np.uint8) if raster.dtype == np.uint16 else raster
    if shallow.ndim == 2:
        return np.asarray(cv2.cvtColor(shallow, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    colours = np.ascontiguousarray(shallow[..., :3], np.uint8)
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_BGR2RGB, colours), dtype=np.uint8)


def paint_raster(raster: Raster, patches: Iterable[Patch]) -> None:
    """Put what was painted into `raster`, opaque there."""
    for patch in patches:
        part = raster[patch.rows, patch.columns]
        part[patch.mask] = _values(patch.pixels[patch.mask], raster)


def _values(colours: NDArray[np.uint8], raster: Raster) -> NDArray[Any]:
    """RGB colours, (n, 3), as samples of that raster."""
    if raster.ndim == 2:
        values = cv2.cvtColor(colours[None], cv2.COLOR_RGB2GRAY)[0] if len(colours) else colours[:, 0]
    else:
        opaque = np.full((len(colours), 1), 255, np.uint8)
        values = np.concatenate((colours[:, ::-1], opaque), axis=1)[:, : raster.shape[2]]
    # 255 becomes 65535: every 8-bit value has its exact place among the deep ones.
    return values.astype(np.uint16) * 257 if raster.dtype == np.uint16 else values


def encode_raster(raster: Raster, container: str, quality: Sequence[int]) -> bytes:
    """A file of that container, "PNG" or "WebP". Raises UnsupportedFormatError when it cannot be coded.

    quality: OpenCV's parameters for it, as (name, value)
    """
    done, coded = cv2.imencode(f".{container.lower()}", raster, quality)
    if not done:
        message = f"the painted {container} could not be coded; save the file anew and try again"
        raise UnsupportedFormatError(message)
    return coded.tobytes()


def _check_transparency(raster: Raster) -> None:
    alpha = raster[..., 3]
    shades = np.count_nonzero((alpha > 0) & (alpha < np.iinfo(raster.dtype).max))
    if shades > MOST_SHADES * alpha.size or _stencilled(raster) > MOST_STENCILLED:
        message = "its transparency is a picture of its own: flatten it first"
        raise UnsupportedFormatError(message)


def _stencilled(raster: Raster) -> int:
    """How many pairs of neighbours differ in transparency and hardly in colour: outlines that no colour shows."""
    shallow = ((raster >> 8) if raster.dtype == np.uint16 else raster).astype(np.uint8)
    pairs = ((shallow[1:], shallow[:-1]), (shallow[:, 1:], shallow[:, :-1]))
    steps = (cv2.absdiff(one, other) >= LEAST_STEP for one, other in pairs if one.size)
    return sum(int(np.count_nonzero(step[..., 3] & ~step[..., :3].any(axis=2))) for step in steps)
