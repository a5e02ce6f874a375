"""Rasters as OpenCV hands them out: decoded, shown as 8-bit RGB, painted at their own depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.frames.codings.picture import Mask
from redact.model import Image

Raster: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
"""(height, width) grey, (height, width, 3) BGR or (height, width, 4) BGRA."""


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
    """What a viewer shows: uint8 (height, width, 3) RGB, writable, transparent pictures on white paper."""
    shallow = (raster >> 8).astype(np.uint8) if raster.dtype == np.uint16 else raster
    if shallow.ndim == 2:
        return np.asarray(cv2.cvtColor(shallow, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    colours = np.asarray(cv2.cvtColor(np.ascontiguousarray(shallow[..., :3]), cv2.COLOR_BGR2RGB), dtype=np.uint8)
    return _on_white(colours, shallow[..., 3]) if shallow.shape[2] == 4 else colours


def paint_raster(raster: Raster, painted: Image, mask: Mask) -> Raster:
    """A copy of `raster` with `painted`, RGB, where `mask` is true; opaque there."""
    copy = raster.copy()
    colours = painted[mask]
    if raster.ndim == 2:
        values = cv2.cvtColor(colours[None], cv2.COLOR_RGB2GRAY)[0] if len(colours) else colours[:, 0]
    else:
        opaque = np.full((len(colours), 1), 255, np.uint8)
        values = np.concatenate((colours[:, ::-1], opaque), axis=1)[:, : raster.shape[2]]
    # 255 becomes 65535: every 8-bit value has its exact place among the deep ones.
    copy[mask] = values.astype(np.uint16) * 257 if raster.dtype == np.uint16 else values
    return copy


def encode_raster(raster: Raster, container: str, quality: Sequence[int]) -> bytes:
    """A file of that container, "PNG" or "WebP". Raises UnsupportedFormatError when it cannot be coded.

    quality: OpenCV's parameters for it, as (name, value)
    """
    done, coded = cv2.imencode(f".{container.lower()}", raster, quality)
    if not done:
        message = f"the painted {container} could not be coded; save the file anew and try again"
        raise UnsupportedFormatError(message)
    return coded.tobytes()


def _on_white(colours: Image, alpha: NDArray[np.generic]) -> Image:
    opacity = alpha.astype(np.uint16)[..., None]
    return ((colours * opacity + 255 * (255 - opacity) + 127) // 255).astype(np.uint8)
