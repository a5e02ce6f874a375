"""One frame of a clip, held as its decoder gave it: luma and chroma samples, painted in place.

Painting happens in RGB, in a neighbourhood of the regions: it is converted, turned upright, painted and converted back,
and only samples inside the regions are stored. Regions grow to whole chroma samples, and chroma is taken as it stands
for all pixels that share it, so no pixel outside a region depends on a sample inside. Untouched samples stay as they
are; there is no copy of the frame in RGB.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import cv2
import numpy as np
from av.sidedata.sidedata import SideData
from av.sidedata.sidedata import Type as SideDataType
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

from redact.contracts import Edit
from redact.errors import UnsupportedFormatError
from redact.frames.clusters import clusters, shifted
from redact.frames.codings.orientation import Turn
from redact.frames.colours import SWSCALE, colours_of
from redact.frames.planes import Rectangle, Samples, Sampling, planes_of, rgb, sampling_of, slices, store
from redact.model import Box, Image, Region


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
        colours = colours_of(self.frame, sampling_of(self.frame).bits)
        small = self.frame.reformat(
            width,
            height,
            "rgb24",
            src_colorspace=SWSCALE.get(colours.matrix, Colorspace.ITU601),
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
        brightness = planes_of(self.frame, sampling)[0]
        if size != (self.frame.width, self.frame.height):
            brightness = cast("Samples", cv2.resize(brightness, size, interpolation=cv2.INTER_AREA))
        return self._upright((brightness >> (sampling.bits - 8)).astype(np.uint8))

    def edit(self, regions: Sequence[Region], edit: Edit) -> None:
        """See redact.contracts.Canvas. Regions that can see each other are passed together, as boxes.

        Raises UnsupportedFormatError for interlaced frames and samples that cannot be painted.
        """
        sampling = sampling_of(self.frame)
        colours = colours_of(self.frame, sampling.bits)
        boxes = [box for region in regions if (box := self._stored(region, sampling))]
        if not boxes:
            return
        if self.frame.interlaced_frame:
            message = "the video is interlaced, and a region would show between its lines: deinterlace it first"
            raise UnsupportedFormatError(message)
        # The decoder predicts coming frames from this one.
        self.frame.make_writable()
        planes = planes_of(self.frame, sampling)
        size = self.frame.width, self.frame.height
        for cluster in clusters(boxes, lambda area: sampling.to_grid(Box(*area), *size)):
            picture = np.ascontiguousarray(self.shown.turn.upright(rgb(planes, sampling, colours, cluster.area)))
            edit(picture, [self._within(box, cluster.area) for box in cluster.boxes])
            painted = self.shown.turn.stored(picture)
            for box in cluster.boxes:
                store(planes, sampling, colours, box, painted[slices(shifted(box, cluster.area))])

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
        return self.shown.turn.upright_box(Box(*shifted(box, area)), *upright)
