"""One frame of a clip, held as its decoder gave it: luma and chroma samples, painted in place.

Painting happens in RGB, in a neighbourhood of the regions: it is converted, turned upright, painted and converted back,
and only samples inside the regions are stored. Regions grow to whole chroma samples, and chroma is taken as it stands
for all pixels that share it, so no pixel outside a region depends on a sample inside. Untouched samples stay as they
are; there is no copy of the frame in RGB.

Specification: ITU-R BT.601, BT.709, BT.2020 for the matrices, ITU-T H.273 for the numbers by which they are named.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeAlias, cast

import cv2
import numpy as np
from av.sidedata.sidedata import SideData
from av.sidedata.sidedata import Type as SideDataType
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

from redact.contracts import Edit
from redact.errors import UnsupportedFormatError
from redact.frames.orientation import Turn
from redact.model import Box, Image, Region

RING_PX = 24
"""A style sees at least so many pixels around a region, and a quarter of the region's size around a large one."""

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

_BT601, _BT709, _BT2020 = (0.299, 0.114), (0.2126, 0.0722), (0.2627, 0.0593)
_UNSPECIFIED = 2
_LUMA_WEIGHTS = {1: _BT709, 4: (0.30, 0.11), 5: _BT601, 6: _BT601, 7: (0.212, 0.087), 9: _BT2020, 10: _BT2020}
"""MatrixCoefficients of H.273 -> weight of red and of blue in luma."""

_SWSCALE = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
"""The same matrices by swscale's names; the rest is BT.601 in both."""

_HD_ROWS = 720
"""From here on a frame that does not say is taken for BT.709, below for BT.601: so do players."""


@dataclass(frozen=True, slots=True)
class Colours:
    """What the samples of a frame mean: H.273 matrix, full or limited range, and bits of a sample."""

    matrix: int
    full: bool
    bits: int

    def to_rgb(self) -> NDArray[np.float32]:
        """(3, 4): times (Y, Cb, Cr, 1) as stored gives R, G, B of 0..255."""
        red, blue = _LUMA_WEIGHTS[self.matrix]
        green = 1 - red - blue
        mix = np.array(
            [
                [1, 0, 2 * (1 - red)],
                [1, -2 * blue * (1 - blue) / green, -2 * red * (1 - red) / green],
                [1, 2 * (1 - blue), 0],
            ]
        )
        step = 1 << (self.bits - 8)
        most = (1 << self.bits) - 1
        spans = np.array([most, most, most] if self.full else [219 * step, 224 * step, 224 * step])
        zero = np.array([0 if self.full else 16 * step, 128 * step, 128 * step])
        linear = 255 * mix / spans
        return np.column_stack((linear, -linear @ zero)).astype(np.float32)

    def from_rgb(self) -> NDArray[np.float32]:
        """(3, 4): times (R, G, B, 1) of 0..255 gives Y, Cb, Cr as stored."""
        forward = self.to_rgb().astype(np.float64)
        linear = np.linalg.inv(forward[:, :3])
        return np.column_stack((linear, -linear @ forward[:, 3])).astype(np.float32)


def colours_of(frame: VideoFrame) -> Colours:
    """What a frame says of its samples, and what players assume where it says nothing.

    Raises UnsupportedFormatError for a matrix that is not a plain mix of red, green and blue.
    """
    matrix = int(frame.colorspace)
    if matrix == _UNSPECIFIED:
        matrix = 1 if frame.height >= _HD_ROWS else 6
    if matrix not in _LUMA_WEIGHTS:
        message = f"the video's colours (H.273 matrix {matrix}) cannot be painted: convert it to BT.709 first"
        raise UnsupportedFormatError(message)
    full = frame.format.name.startswith("yuvj") or int(frame.color_range) == ColorRange.JPEG
    return Colours(matrix, full, sampling_of(frame).bits)


def sampling_of(frame: VideoFrame) -> Sampling:
    """How a frame stores its samples. Raises UnsupportedFormatError for a format that cannot be painted."""
    sampling = SAMPLINGS.get(frame.format.name)
    if sampling is None:
        known = "8 or 10 bits, 4:2:0, 4:2:2 or 4:4:4"
        message = f"the video's samples ({frame.format.name}) cannot be painted: convert it to {known} first"
        raise UnsupportedFormatError(message)
    return sampling


@dataclass(frozen=True, slots=True)
class Presentation:
    """How all frames of a clip are to be shown.

    turn:             how a frame is set upright; the nearest quarter turn
    mastering, light: what FFmpeg knows of the mastering display and of the content light level, as its own structures
    """

    turn: Turn
    mastering: bytes | None
    light: bytes | None


def presentation_of(untouched: VideoFrame) -> Presentation:
    """How a frame is to be shown, and with it the clip.

    Ask it of one frame, before it is painted: PyAV keeps references to what FFmpeg frees when a frame is made
    writable, and keeps the frame itself until Python's cycle collector comes.
    """
    # A mapping by its type, a sequence by what iterating it gives.
    attached = {each.type: bytes(each) for each in cast("Iterable[SideData]", untouched.side_data)}
    mastering = attached.get(SideDataType.MASTERING_DISPLAY_METADATA)
    light = attached.get(SideDataType.CONTENT_LIGHT_LEVEL)
    return Presentation(_turn(attached.get(SideDataType.DISPLAYMATRIX)), mastering, light)


def _turn(matrix: bytes | None) -> Turn:
    """By the display matrix of ISO/IEC 14496-12 6.2.2, nine 32-bit numbers of this machine's byte order."""
    if matrix is None:
        return Turn(swap=False, flip_down=False, flip_across=False)
    a, b, _, c, d, *_ = struct.unpack("9i", matrix)
    if abs(b) > abs(a):
        return Turn(swap=True, flip_down=b < 0, flip_across=c < 0)
    return Turn(swap=False, flip_down=d < 0, flip_across=a < 0)


@dataclass(frozen=True, slots=True, eq=False)
class ClipCanvas:
    """A frame of a clip that can be looked at and painted; implements redact.contracts.Canvas.

    frame: as decoded; painted in place
    shown: the same for all frames of a clip
    """

    index: int
    time: Fraction
    frame: VideoFrame
    shown: Presentation

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the upright frame, pixels."""
        width, height = self.frame.width, self.frame.height
        return (height, width) if self.shown.turn.swap else (width, height)

    def view(self, long_side: int | None = None) -> Image:
        """The upright frame, uint8 RGB, read-only, at most `long_side` pixels long."""
        width, height = self._scaled(long_side)
        colours = colours_of(self.frame)
        small = self.frame.reformat(
            width,
            height,
            "rgb24",
            src_colorspace=_SWSCALE.get(colours.matrix, Colorspace.ITU601),
            src_color_range=ColorRange.JPEG if colours.full else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.BILINEAR | Interpolation.ACCURATE_RND,
            threads=1,
        )
        return self._upright(small.to_ndarray().astype(np.uint8, copy=False))

    def luma(self, long_side: int) -> NDArray[np.uint8]:
        """Brightness of the upright frame, uint8, at most `long_side` pixels long; as stored, in 8 bits."""
        sampling = sampling_of(self.frame)
        size = self._scaled(long_side)
        brightness = _planes(self.frame, sampling)[0]
        if size != (self.frame.width, self.frame.height):
            brightness = cast("Samples", cv2.resize(brightness, size, interpolation=cv2.INTER_AREA))
        return self._upright((brightness >> (sampling.bits - 8)).astype(np.uint8))

    def edit(self, regions: Sequence[Region], edit: Edit) -> None:
        """See redact.contracts.Canvas. Regions that can see each other are passed together, as boxes.

        Raises UnsupportedFormatError for interlaced frames and samples that cannot be painted.
        """
        sampling, colours = sampling_of(self.frame), colours_of(self.frame)
        boxes = [box for region in regions if (box := self._stored(region, sampling))]
        if not boxes:
            return
        if self.frame.interlaced_frame:
            message = "the video is interlaced, and a region would show between its lines: deinterlace it first"
            raise UnsupportedFormatError(message)
        # The decoder predicts coming frames from this one.
        self.frame.make_writable()
        planes = _planes(self.frame, sampling)
        for cluster in _clusters(boxes, sampling, (self.frame.width, self.frame.height)):
            picture = np.ascontiguousarray(self.shown.turn.upright(_rgb(planes, sampling, colours, cluster.area)))
            edit(picture, [self._within(box, cluster.area) for box in cluster.boxes])
            painted = self.shown.turn.stored(picture)
            for box in cluster.boxes:
                _store(planes, sampling, colours, box, painted[_slices(_shifted(box, cluster.area))])

    def _scaled(self, long_side: int | None) -> tuple[int, int]:
        """(width, height) of the stored frame, scaled down."""
        width, height = self.frame.width, self.frame.height
        scale = min(1.0, (long_side or max(width, height)) / max(width, height))
        return max(1, round(width * scale)), max(1, round(height * scale))

    def _upright(self, stored: NDArray[np.uint8]) -> NDArray[np.uint8]:
        picture = np.ascontiguousarray(self.shown.turn.upright(stored))
        picture.flags.writeable = False
        return picture

    def _stored(self, region: Region, sampling: Sampling) -> Rectangle | None:
        """Where a region lies in the stored frame; None when it does not."""
        width, height = self.size
        inside = region.bounds.clipped(width, height)
        if inside is None:
            return None
        box = self.shown.turn.stored_box(inside, width, height)
        return sampling.to_grid(box, self.frame.width, self.frame.height)

    def _within(self, box: Rectangle, area: Rectangle) -> Box:
        """Where a box lies in the upright picture of an area."""
        width, height = area[2] - area[0], area[3] - area[1]
        upright = (height, width) if self.shown.turn.swap else (width, height)
        return self.shown.turn.upright_box(Box(*_shifted(box, area)), *upright)


class _Cluster(NamedTuple):
    """Boxes, and the neighbourhood in which they are painted."""

    area: Rectangle
    boxes: tuple[Rectangle, ...]

    def sees(self, other: _Cluster) -> bool:
        """True when the neighbourhood holds a pixel of the other's boxes."""
        left, top, right, bottom = self.area
        return any(box[0] < right and left < box[2] and box[1] < bottom and top < box[3] for box in other.boxes)

    def joined(self, others: Sequence[_Cluster]) -> _Cluster:
        lefts, tops, rights, bottoms = zip(self.area, *(each.area for each in others), strict=True)
        area = (min(lefts), min(tops), max(rights), max(bottoms))
        return _Cluster(area, self.boxes + tuple(box for each in others for box in each.boxes))


def _clusters(boxes: Sequence[Rectangle], sampling: Sampling, size: tuple[int, int]) -> list[_Cluster]:
    """Boxes in clusters that do not see each other: what is outside one's boxes is outside all."""
    clusters: list[_Cluster] = []
    for box in boxes:
        cluster = _Cluster(_ringed(box, sampling, size), (box,))
        while near := [other for other in clusters if cluster.sees(other) or other.sees(cluster)]:
            clusters = [other for other in clusters if other not in near]
            cluster = cluster.joined(near)
        clusters.append(cluster)
    return clusters


def _ringed(box: Rectangle, sampling: Sampling, size: tuple[int, int]) -> Rectangle:
    left, top, right, bottom = box
    ring = max(RING_PX, (right - left) // 4, (bottom - top) // 4)
    return sampling.to_grid(Box(left - ring, top - ring, right + ring, bottom + ring), *size)


def _shifted(box: Rectangle, area: Rectangle) -> Rectangle:
    """The box in coordinates of the area."""
    return box[0] - area[0], box[1] - area[1], box[2] - area[0], box[3] - area[1]


def _slices(box: Rectangle) -> tuple[slice, slice]:
    return slice(box[1], box[3]), slice(box[0], box[2])


def _chroma_slices(box: Rectangle, sampling: Sampling) -> tuple[slice, slice]:
    """Where the chroma of a box stands. At the right and bottom edge of an odd frame a sample serves fewer pixels."""
    rows = slice(box[1] // sampling.down, -(-box[3] // sampling.down))
    return rows, slice(box[0] // sampling.across, -(-box[2] // sampling.across))


def _planes(frame: VideoFrame, sampling: Sampling) -> tuple[Samples, Samples, Samples]:
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


def _rgb(planes: Sequence[Samples], sampling: Sampling, colours: Colours, area: Rectangle) -> Image:
    """An area of the stored frame as uint8 RGB, chroma repeated and not blended."""
    left, top, right, bottom = area
    picture = np.empty((bottom - top, right - left, 3), np.uint8)
    matrix = colours.to_rgb()
    # The bands begin on whole chroma rows.
    for start in range(top, bottom, _BAND_ROWS):
        band = (left, start, right, min(start + _BAND_ROWS, bottom))
        samples = np.empty((band[3] - start, right - left, 3), np.float32)
        samples[..., 0] = planes[0][_slices(band)]
        for channel in (1, 2):
            chroma = planes[channel][_chroma_slices(band, sampling)]
            wide = chroma.repeat(sampling.down, axis=0).repeat(sampling.across, axis=1)
            samples[..., channel] = wide[: samples.shape[0], : samples.shape[1]]
        picture[start - top : band[3] - top] = _rounded(_mixed(samples, matrix), 255)
    return picture


def _store(
    planes: Sequence[Samples], sampling: Sampling, colours: Colours, box: Rectangle, painted: NDArray[np.uint8]
) -> None:
    """Write painted RGB, (height, width, 3), into the samples of a box."""
    matrix = colours.from_rgb()
    most = (1 << colours.bits) - 1
    for start in range(box[1], box[3], _BAND_ROWS):
        band = (box[0], start, box[2], min(start + _BAND_ROWS, box[3]))
        pixels = painted[start - box[1] : band[3] - box[1]].astype(np.float32)
        samples = _mixed(pixels, matrix)
        planes[0][_slices(band)] = _rounded(samples[..., 0], most)
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
