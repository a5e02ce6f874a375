"""The luma and chroma samples of a frame as its decoder stores them: seen as RGB, and written from it.

Chroma is taken as it stands for all pixels that share it, and an RGB pixel depends on that pixel's samples alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from redact.errors import UnsupportedFormatError
from redact.frames.colours import Colours
from redact.model import Box, Image

_BAND_ROWS = 256
"""Rows converted at a time: what is in work stays small, however large the neighbourhood."""

Samples: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
Rectangle: TypeAlias = tuple[int, int, int, int]
"""left, top, right, bottom in pixels of the stored frame; half-open."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a pixel format stores its samples: chroma is shared by `across` times `down` pixels.

    planes: 3, or 2 where both chromas stand in one plane, side by side
    """

    across: int
    down: int
    bits: int
    planes: int = 3

    def to_grid(self, box: Box, width: int, height: int) -> Rectangle:
        """The box grown to whole chroma samples, within a frame of that size."""
        left = math.floor(box.left / self.across) * self.across
        top = math.floor(box.top / self.down) * self.down
        right = math.ceil(box.right / self.across) * self.across
        bottom = math.ceil(box.bottom / self.down) * self.down
        return max(left, 0), max(top, 0), min(right, width), min(bottom, height)


SAMPLINGS = {
    "yuv420p": Sampling(2, 2, 8),
    "yuvj420p": Sampling(2, 2, 8),
    "nv12": Sampling(2, 2, 8, planes=2),
    "yuv422p": Sampling(2, 1, 8),
    "yuvj422p": Sampling(2, 1, 8),
    "yuv444p": Sampling(1, 1, 8),
    "yuvj444p": Sampling(1, 1, 8),
    "yuv420p10le": Sampling(2, 2, 10),
    "yuv422p10le": Sampling(2, 1, 10),
    "yuv444p10le": Sampling(1, 1, 10),
}
"""Pixel formats that can be painted."""


def sampling_of(frame: VideoFrame) -> Sampling:
    """How a frame stores its samples. Raises UnsupportedFormatError for a format that cannot be painted."""
    sampling = SAMPLINGS.get(frame.format.name)
    if sampling is None:
        known = "8 or 10 bits, 4:2:0, 4:2:2 or 4:4:4"
        message = f"the video's samples ({frame.format.name}) cannot be painted: convert it to {known} first"
        raise UnsupportedFormatError(message)
    return sampling


def slices(box: Rectangle) -> tuple[slice, slice]:
    """Rows and columns of a box."""
    return slice(box[1], box[3]), slice(box[0], box[2])


def _chroma_slices(box: Rectangle, sampling: Sampling) -> tuple[slice, slice]:
    """Where the chroma of a box stands. At the right and bottom edge of an odd frame a sample serves fewer pixels."""
    rows = slice(box[1] // sampling.down, -(-box[3] // sampling.down))
    return rows, slice(box[0] // sampling.across, -(-box[2] // sampling.across))


def planes_of(frame: VideoFrame, sampling: Sampling) -> tuple[Samples, Samples, Samples]:
    """Views on the frame's own Y, Cb and Cr, writable where the frame is."""
    kind = np.dtype(np.uint8 if sampling.bits == 8 else np.uint16)
    planes = []
    for plane in frame.planes:
        if plane.line_size < 0:
            message = "the video's frames are stored upside down: convert it first"
            raise UnsupportedFormatError(message)
        rows = np.frombuffer(memoryview(plane), kind).reshape(plane.height, plane.line_size // kind.itemsize)
        planes.append(rows)
    width = frame.width
    across = -(-width // sampling.across)
    if sampling.planes == 2:
        pairs = planes[1][:, : 2 * across]
        return planes[0][:, :width], pairs[:, 0::2], pairs[:, 1::2]
    return planes[0][:, :width], planes[1][:, :across], planes[2][:, :across]


def rgb(planes: Sequence[Samples], sampling: Sampling, colours: Colours, area: Rectangle) -> Image:
    """An area of the stored frame as uint8 RGB, chroma repeated and not blended."""
    left, top, right, bottom = area
    picture = np.empty((bottom - top, right - left, 3), np.uint8)
    matrix = colours.to_rgb()
    # The bands begin on whole chroma rows.
    for start in range(top, bottom, _BAND_ROWS):
        band = (left, start, right, min(start + _BAND_ROWS, bottom))
        samples = np.empty((band[3] - start, right - left, 3), np.float32)
        samples[..., 0] = planes[0][slices(band)]
        for channel in (1, 2):
            chroma = planes[channel][_chroma_slices(band, sampling)]
            wide = chroma.repeat(sampling.down, axis=0).repeat(sampling.across, axis=1)
            samples[..., channel] = wide[: samples.shape[0], : samples.shape[1]]
        picture[start - top : band[3] - top] = _rounded(_mixed(samples, matrix), 255)
    return picture


def store(
    planes: Sequence[Samples], sampling: Sampling, colours: Colours, box: Rectangle, painted: NDArray[np.uint8]
) -> None:
    """Write painted RGB, (height, width, 3), into the samples of a box."""
    matrix = colours.from_rgb()
    most = (1 << colours.bits) - 1
    for start in range(box[1], box[3], _BAND_ROWS):
        band = (box[0], start, box[2], min(start + _BAND_ROWS, box[3]))
        pixels = painted[start - box[1] : band[3] - box[1]].astype(np.float32)
        samples = _mixed(pixels, matrix)
        planes[0][slices(band)] = _rounded(samples[..., 0], most)
        for channel in (1, 2):
            shared = _averaged(samples[..., channel], sampling)
            planes[channel][_chroma_slices(band, sampling)] = _rounded(shared, most)


def _mixed(values: NDArray[np.float32], matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Every pixel of (height, width, 3) times a matrix of (3, 4): a pixel of the result depends on that pixel alone."""
    mixed: NDArray[np.float32] = cv2.transform(values, matrix)  # type: ignore[assignment]  # cv2 types every array alike
    return mixed


def _averaged(samples: NDArray[np.float32], sampling: Sampling) -> NDArray[np.float32]:
    """One value for the pixels that share a chroma sample."""
    height, width = samples.shape
    padding = ((0, -height % sampling.down), (0, -width % sampling.across))
    whole = np.pad(samples, padding, mode="edge") if any(map(any, padding)) else samples
    rows, columns = whole.shape[0] // sampling.down, whole.shape[1] // sampling.across
    cells = whole.reshape(rows, sampling.down, columns, sampling.across)
    shared: NDArray[np.float32] = cells.mean(axis=(1, 3), dtype=np.float32)
    return shared


def _rounded(values: NDArray[np.float32], most: int) -> NDArray[np.float32]:
    """Whole numbers within 0..most, ready to be stored as such."""
    whole: NDArray[np.float32] = np.clip(np.rint(values), 0, most)
    return whole
