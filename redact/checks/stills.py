"""A still as its decoder sees it, strictly: half a picture is no picture.

simplejpeg (libjpeg-turbo, warnings are errors) for JPEG; OpenCV for PNG and WebP, whose readers are lenient, so a
PNG's data is inflated and counted first and a WebP's chunks have to fill its RIFF.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from redact.checks.reading import Buffer, Container, Flaw
from redact.checks.structure import bmp, gif, heif, jpeg, jpeg2000, jpegxl, png, tiff, webp
from redact.checks.structure.picture import Still
from redact.model import Box, Image

MOST_PIXELS = 1 << 28
"""256 megapixels; 0.8 GB as RGB. Larger headers are bombs until somebody shows a camera."""

_DESCRIPTIONS: Mapping[Container, Callable[[Buffer], Still]] = {
    "JPEG": jpeg.still,
    "PNG": png.still,
    "WebP": webp.still,
    "GIF": gif.still,
    "BMP": bmp.still,
    "TIFF": tiff.still,
    "HEIF": heif.still,
    "JPEG 2000": jpeg2000.still,
    "JPEG XL": jpegxl.still,
}
"""Each container's own description."""

PAINTED = frozenset({"JPEG", "PNG", "WebP"})
"""Containers whose pictures may have been painted. Those of the others are never decoded here."""


def describe(data: Buffer, kind: Container) -> Still:
    """The still in `data`. Raises Flaw when its parts do not add up or it is too large to be decoded, if it may be."""
    still = _DESCRIPTIONS[kind](data)
    if kind in PAINTED and still.size[0] * still.size[1] > MOST_PIXELS:
        message = "the picture has more pixels than can be decoded safely"
        raise Flaw(message)
    return still


def decode(data: Buffer, kind: Container, still: Still) -> NDArray[Any]:
    """Every sample as stored: (height, width) or (height, width, channels), uint8 or uint16, channels RGB(A) or CMYK.

    Raises Flaw or ValueError when anything is missing or garbled.
    """
    if kind == "JPEG":
        return _decode_jpeg(bytes(data))
    pixels = cv2.imdecode(np.frombuffer(bytes(data), np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.shape[1::-1] != still.size:
        message = "the picture does not decode"
        raise Flaw(message)
    if pixels.ndim == 3:
        order = cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
        return np.asarray(cv2.cvtColor(pixels, order, pixels))
    return pixels


def demand_decodes(data: Buffer, kind: Container, still: Still) -> None:
    """Raise Flaw or ValueError unless the coded data is whole.

    Reads all of it, but makes no more pixels of it than it must; a PNG's was inflated by `describe`.
    """
    if kind == "JPEG":
        _decode_jpeg(bytes(data), min_side=1)
    elif kind == "WebP":
        decode(data, kind, still)


def upright(pixels: NDArray[Any], orientation: int, place: Box | None = None) -> Image:
    """Stored samples as a detector sees them: uint8 RGB, turned upright, transparency ignored, read-only.

    place: the part that is wanted, whole pixels of the upright picture; None wants all of it
    """
    pixels = _turned(pixels, orientation)
    if place is not None:
        pixels = pixels[int(place.top) : int(place.bottom), int(place.left) : int(place.right)]
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        pixels = np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=2)
    picture = np.ascontiguousarray(pixels[:, :, :3])
    picture.flags.writeable = False
    return picture


def brightness(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Luma of stored samples of any kind, uint8 (height, width), transparent ones on white as viewers show them.

    An array of its own, also where the samples are luma themselves.
    """
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return np.array(pixels.reshape(pixels.shape[:2]), np.uint8)
    luma = cv2.cvtColor(np.ascontiguousarray(pixels[..., :3]), cv2.COLOR_RGB2GRAY)
    if pixels.shape[2] == 3:
        return np.asarray(luma, np.uint8)
    return np.asarray(255 - cv2.multiply(255 - luma, np.ascontiguousarray(pixels[..., 3]), scale=1 / 255), np.uint8)


def _turned(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels


def _decode_jpeg(data: bytes, min_side: int = 0) -> NDArray[np.uint8]:
    """All samples; or as few of them as the decoder makes while both sides keep `min_side` pixels."""
    _, _, colours, _ = simplejpeg.decode_jpeg_header(data)
    target = {"Gray": "GRAY", "CMYK": "CMYK", "YCCK": "CMYK"}.get(colours, "RGB")
    # Fancy upsampling would let chroma bleed over the border of a coded block.
    pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(
        data, target, fastupsample=True, min_height=min_side, min_width=min_side
    )
    return pixels
