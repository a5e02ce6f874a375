"""A still as footage of one frame: looked at upright, painted where it is stored.

Each of the `codings` (JPEG, PNG, WebP) knows how to decode its picture and how to put painted pixels back; the
geometry, which is the same for all, is here. Regions arrive in the coordinates of the upright picture and are grown to
the cells that the coding can replace.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from redact.contracts import Canvas, Edit
from redact.errors import MediaError
from redact.frames.clusters import Rectangle, clusters
from redact.frames.codings.jpeg import parse_jpeg
from redact.frames.codings.orientation import TURNS
from redact.frames.codings.picture import Mask, Patch, Picture
from redact.frames.codings.png import parse_png
from redact.frames.codings.webp import parse_webp
from redact.model import Box, Image, Region

_AROUND_PX = 2

FARTHEST_PX = 1 << 26
"""Points of a polygon farther from the frame are taken to lie this far."""

PARSERS: dict[str, Callable[[bytes], Picture]] = {"JPEG": parse_jpeg, "PNG": parse_png, "WebP": parse_webp}


@dataclass(frozen=True, slots=True)
class Still:
    """The one frame of a JPEG, PNG or WebP file; implements `redact.contracts.Footage`.

    container: name of the format, a key of `PARSERS`
    """

    source: Path
    container: str

    unseen = False

    def canvases(self) -> Iterator[Canvas]:
        """The frame. Raises DamagedFileError, UnsupportedFormatError, MediaError."""
        yield StillCanvas(PARSERS[self.container](self._read()))

    def write(self, canvases: Iterable[Canvas], target: BinaryIO) -> None:
        """Code the frame into `target`, without metadata. An unpainted picture leaves bit for bit as it came."""
        for canvas in canvases:
            if not isinstance(canvas, StillCanvas):
                message = "a still writes the canvas it handed out, and no other"
                raise TypeError(message)
            target.write(canvas.coded())

    def _read(self) -> bytes:
        try:
            return self.source.read_bytes()
        except OSError as error:
            message = "the file cannot be read; check that it is there and that you may read it"
            raise MediaError(message) from error


class StillCanvas:
    """The frame of a still; implements `redact.contracts.Canvas`."""

    index = 0
    time = Fraction(0)

    def __init__(self, picture: Picture) -> None:
        """Decode `picture` whole. Raises DamagedFileError when it does not."""
        self._picture = picture
        self._turn = TURNS[picture.orientation]
        self._upright = np.ascontiguousarray(self._turn.upright(picture.decode()))
        self._mask: Mask | None = None
        self._painted: list[Rectangle] = []

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the upright frame, pixels."""
        height, width = self._upright.shape[:2]
        return width, height

    def view(self, long_side: int | None = None) -> Image:
        """The upright frame, uint8 RGB, read-only, scaled down to at most `long_side` pixels where one is given.

        In full size it is the canvas itself, which shows what is painted afterwards.
        """
        return _read_only(_scaled_down(self._upright, long_side) if long_side else self._upright)

    def luma(self, long_side: int) -> NDArray[np.uint8]:
        """Brightness of the upright frame, uint8 (height, width), scaled down to at most `long_side` pixels."""
        return np.asarray(cv2.cvtColor(_scaled_down(self._upright, long_side), cv2.COLOR_RGB2GRAY), dtype=np.uint8)

    def edit(self, regions: Sequence[Region], edit: Edit) -> None:
        """Let `edit` paint the regions and keep what it painted inside them.

        Regions that can see each other are passed together, grown and in the order they came in, with a copy of their
        neighbourhood; those that lie outside the frame are left out.
        """
        width, height = self.size
        grown = [fitting for region in regions if (fitting := self._grown(region)) is not None]
        boxes = [_whole(region.bounds, width, height) for region in grown]
        for cluster in clusters(boxes, lambda area: _whole(Box(*area), width, height)):
            left, top, right, bottom = cluster.area
            place = slice(top, bottom), slice(left, right)
            members = [grown[number].shifted(-left, -top) for number in cluster.numbers]
            patch = self._upright[place].copy()
            edit(patch, members)
            self._keep(patch, members, place)
        self._painted += boxes

    def coded(self) -> bytes:
        """The picture as a file of its container, without metadata, painted as edited; the canvas is spent then.

        What was not painted is let go of before the picture is coded, which takes twice its size.
        """
        if self._mask is None:
            return self._picture.coded
        patches = list(self._patches(self._mask))
        del self._upright, self._mask
        return self._picture.encode(patches)

    def _patches(self, mask: Mask) -> Iterator[Patch]:
        """What was painted, as it is stored."""
        width, height = self.size
        for cluster in clusters(self._painted, self._aligned):
            left, top, right, bottom = cluster.area
            box = self._turn.stored_box(Box(*cluster.area), width, height)
            yield Patch(
                slice(int(box.top), int(box.bottom)),
                slice(int(box.left), int(box.right)),
                self._turn.stored(self._upright[top:bottom, left:right].copy()),
                self._turn.stored(mask[top:bottom, left:right].copy()),
            )

    def _aligned(self, area: Rectangle) -> Rectangle:
        """An area grown to whole cells, inside the frame."""
        grown = self._grown(Box(*area))
        return _whole(grown.bounds, *self.size) if grown else area

    def _grown(self, region: Region) -> Region | None:
        """`region` grown to whole cells; a polygon stays one where cells are pixels. None when outside the frame."""
        width, height = self.size
        bounds = region.bounds.clipped(width, height)
        if bounds is None:
            return None
        if self._picture.cell == (1, 1) and region.bounds is not region:
            return region
        stored_width, stored_height = self._picture.size
        across, down = self._picture.cell
        stored = self._turn.stored_box(bounds, width, height)
        aligned = Box(
            math.floor(stored.left / across) * across,
            math.floor(stored.top / down) * down,
            min(math.ceil(stored.right / across) * across, stored_width),
            min(math.ceil(stored.bottom / down) * down, stored_height),
        )
        return self._turn.upright_box(aligned, width, height)

    def _keep(self, patch: Image, regions: Sequence[Region], place: tuple[slice, slice]) -> None:
        """Keep what was painted inside `regions` of a patch; what an edit did elsewhere, for whatever reason, is lost.

        place: rows and columns of the frame that the patch is of
        """
        if self._mask is None:
            self._mask = np.zeros(self._upright.shape[:2], bool)
        kept, mask = self._upright[place], self._mask[place]
        for region in regions:
            part, inside = _touched(region, patch.shape[1], patch.shape[0])
            kept[part][inside] = patch[part][inside]
            mask[part] |= inside


def _touched(region: Region, width: int, height: int) -> tuple[tuple[slice, slice], Mask]:
    """The rows and columns of a frame in which `region` lies, and which of the pixels there it touches."""
    if isinstance(region, Box):
        place = _place(region, width, height)
        return place, np.ones((place[0].stop - place[0].start, place[1].stop - place[1].start), bool)
    # A frame of a few pixels around it to draw in, of which nothing outside the bounds is touched.
    rows, columns = _place(region.bounds.grown(*[_AROUND_PX] * 4), width, height)
    mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
    # fillPoly counts from pixel centres, and fails on points far away.
    centred = np.array(region.points) - 0.5 - (columns.start, rows.start)
    corners = np.round(np.clip(centred, -FARTHEST_PX, FARTHEST_PX) * 16).astype(np.int32)
    cv2.fillPoly(mask, [corners], (1,), shift=4)
    touched = np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8)), dtype=np.bool_)
    place = _place(region.bounds, width, height)
    inner = tuple(
        slice(own.start - drawn.start, own.stop - drawn.start)
        for own, drawn in zip(place, (rows, columns), strict=True)
    )
    return place, touched[inner]


def _place(box: Box, width: int, height: int) -> tuple[slice, slice]:
    left, top, right, bottom = _whole(box, width, height)
    return slice(top, bottom), slice(left, right)


def _whole(box: Box, width: int, height: int) -> Rectangle:
    """The box in whole pixels of a frame of that size."""
    left, top = max(0, math.floor(box.left)), max(0, math.floor(box.top))
    return left, top, min(width, math.ceil(box.right)), min(height, math.ceil(box.bottom))


def _scaled_down(image: Image, long_side: int) -> Image:
    height, width = image.shape[:2]
    factor = long_side / max(height, width)
    if factor >= 1:
        return image
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _read_only(image: Image) -> Image:
    shown = image.view()
    shown.flags.writeable = False
    return shown
