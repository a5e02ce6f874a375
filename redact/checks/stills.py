"""A still as its decoder sees it, strictly: half a picture is no picture.

simplejpeg (libjpeg-turbo, warnings are errors) for JPEG; OpenCV for PNG and WebP, whose readers are lenient, so a
PNG's data is inflated and counted first and a WebP's chunks have to fill its RIFF.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from redact.checks.reading import Buffer, Container, Flaw
from redact.checks.structure import icc, jpeg, png, tiff, webp
from redact.model import Image

MOST_PIXELS = 1 << 28
"""256 megapixels; 0.8 GB as RGB. Larger headers are bombs until somebody shows a camera."""


@dataclass(frozen=True)
class Still:
    """What a still's container tells about its picture.

    size:        (width, height) as stored, pixels
    orientation: EXIF's, 1 to 8, strictly read: what the regions of findings go by
    readings:    all orientations that one reader or another takes from the file
    colours:     how many numbers make the colour of a sample: 1 for grey, 3, or 4 for ink; alpha is none
    profile:     the ICC profile to the size it declares, empty where there is no sound one
    grid:        (across, down) of the coded units whose samples change together, pixels
    coded:       the parts of the file the pixels depend on, in order: name, start and end
    """

    size: tuple[int, int]
    orientation: int
    readings: frozenset[int]
    colours: int
    profile: bytes
    grid: tuple[int, int]
    coded: tuple[tuple[str, int, int], ...]

    @property
    def exact(self) -> bool:
        """True when what is not painted keeps every sample: for all codings but WebP's lossy one."""
        return not any(name == "VP8 " for name, _, _ in self.coded)

    @property
    def animated(self) -> bool:
        """True when there is more than one frame to it."""
        return any(name in ("acTL", "ANMF") for name, _, _ in self.coded)


def describe(data: Buffer, kind: Container) -> Still:
    """The still in `data`. Raises Flaw when its parts do not add up or it is too large to decode."""
    still = {"JPEG": _jpeg, "PNG": _png, "WebP": _webp}[kind](data)
    if still.size[0] * still.size[1] > MOST_PIXELS:
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
        return np.asarray(cv2.cvtColor(pixels, order))
    return pixels


def demand_decodes(data: Buffer, kind: Container, still: Still) -> None:
    """Raise Flaw or ValueError unless the coded data is whole.

    Reads all of it, but makes no more pixels of it than it must; a PNG's was inflated by `describe`.
    """
    if kind == "JPEG":
        _decode_jpeg(bytes(data), min_factor=8)
    elif kind == "WebP":
        decode(data, kind, still)


def upright(pixels: NDArray[Any], orientation: int) -> Image:
    """Stored samples as a detector sees them: uint8 RGB, turned upright, transparency ignored, read-only."""
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        pixels = np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=2)
    picture = np.ascontiguousarray(_turned(pixels[:, :, :3], orientation))
    picture.flags.writeable = False
    return picture


def brightness(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Luma of stored samples of any kind, uint8 (height, width), transparent ones on white as viewers show them."""
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return np.asarray(pixels.reshape(pixels.shape[:2]), np.uint8)
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


def _decode_jpeg(data: bytes, min_factor: float = 1) -> NDArray[np.uint8]:
    _, _, colours, _ = simplejpeg.decode_jpeg_header(data)
    target = {"Gray": "GRAY", "CMYK": "CMYK", "YCCK": "CMYK"}.get(colours, "RGB")
    # Fancy upsampling would let chroma bleed over the border of a coded block.
    pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(data, target, fastupsample=True, min_factor=min_factor)
    return pixels


def _jpeg(data: Buffer) -> Still:
    coded = []
    frame = None
    for part in jpeg.parts(data):
        if part.marker in jpeg.CODED:
            coded.append((part.name, part.start, part.end))
        if part.marker in jpeg.FRAMES and frame is None:
            frame = bytes(data[part.start : part.end])
    if frame is None or len(frame) < 9 or len(frame) != 6 + 3 * frame[5]:
        message = "there is no frame header"
        raise Flaw(message)
    sampling = frame[7::3]
    grid = 8 * max(value >> 4 for value in sampling), 8 * max(value & 15 for value in sampling)
    size = int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big")
    turn, readings = _turns(jpeg.exif(data), jpeg.exif_as_others_read_it(data))
    return Still(size, turn, readings, frame[5], icc.sound(jpeg.profile(data)), grid, tuple(coded))


def _png(data: Buffer) -> Still:
    top, found = png.header(data), list(png.chunks(data))
    png.demand_whole(data, top, found)
    coded = tuple((chunk.kind.decode("latin-1"), chunk.start, chunk.end) for chunk in found if chunk.kind in png.CODED)
    turn, readings = _turns(png.exif(data), png.exif_as_others_read_it(data))
    colours = 1 if top.is_grey else 3
    return Still((top.width, top.height), turn, readings, colours, icc.sound(png.profile(data)), (1, 1), coded)


def _webp(data: Buffer) -> Still:
    found = list(webp.chunks(data))
    coded = tuple((chunk.kind.decode("latin-1"), chunk.start, chunk.end) for chunk in found if chunk.kind in webp.CODED)
    turn, readings = _turns(webp.exif(data), webp.exif_as_others_read_it(data))
    return Still(webp.size(data), turn, readings, 3, icc.sound(webp.profile(data)), (1, 1), coded)


def _turns(strict: bytes | None, lenient: bytes | None) -> tuple[int, frozenset[int]]:
    """The orientation by the standard, and with it what more lenient readers may make of the same file."""
    turn = tiff.orientation(strict or b"")
    return turn, frozenset({turn}) | tiff.orientations(lenient or b"")
