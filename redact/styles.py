"""What a hidden region looks like: `Blur`, `Pixelate`, `Fill`. Pure functions of pixels outside the region.

A Gaussian blur or a mosaic is computed from what it hides, and a simple attack finds the right person again in 77
to 100 % of the cases. Here every region is first *emptied*: its pixels are replaced by a smooth continuation of what
surrounds it, and a style paints over that. So two pictures that differ only inside a region become equal, byte for
byte, whatever the style does afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from redact.contracts import Style
from redact.errors import PluginError, PolicyError
from redact.model import Box, Image, Region

SURROUNDINGS_PX = 16
"""How far around a region the smooth patch takes its colours from."""


@dataclass(frozen=True, slots=True)
class Blur:
    """A smooth patch, grown from outside the region: looks like a heavy blur, holds nothing of what was there."""

    name = "blur"

    def paint(self, image: Image, region: Region) -> None:
        """Paint `region` of a writable uint8 (height, width, 3) array in place."""
        empty(image, [region])


@dataclass(frozen=True, slots=True)
class Pixelate:
    """A mosaic of the smooth patch that `Blur` would paint.

    cells: how many squares the longer side of the region is cut into, 1..64
    """

    cells: int = 8
    name = "pixelate"

    def __post_init__(self) -> None:
        if type(self.cells) is not int or not 1 <= self.cells <= 64:
            message = f"pixelate takes 1 to 64 cells, not {self.cells}"
            raise PolicyError(message)

    def paint(self, image: Image, region: Region) -> None:
        """Paint `region` of a writable uint8 (height, width, 3) array in place."""
        empty(image, [region])
        place = _pixels(region.bounds, image)
        if place is None:
            return
        patch = image[place]
        height, width = patch.shape[:2]
        cell = max(1, math.ceil(max(height, width) / self.cells))
        coarse = cv2.resize(patch, (math.ceil(width / cell), math.ceil(height / cell)), interpolation=cv2.INTER_AREA)
        mosaic = np.kron(_with_channels(coarse), np.ones((cell, cell, 1), np.uint8))[:height, :width]
        mask = covered_pixels(region, image.shape[0], image.shape[1])[place]
        patch[mask] = mosaic[mask]


@dataclass(frozen=True, slots=True)
class Fill:
    """One solid colour.

    colour: red, green, blue, each 0..255
    """

    colour: tuple[int, int, int] = (0, 0, 0)
    name = "fill"

    def __post_init__(self) -> None:
        if len(self.colour) != 3 or not all(type(part) is int and 0 <= part <= 255 for part in self.colour):
            message = f"a colour is three numbers from 0 to 255, not {self.colour}"
            raise PolicyError(message)

    def paint(self, image: Image, region: Region) -> None:
        """Paint `region` of a writable uint8 (height, width, 3) array in place."""
        image[covered_pixels(region, image.shape[0], image.shape[1])] = self.colour


STYLES: dict[str, type[Blur | Pixelate | Fill]] = {style.name: style for style in (Blur, Pixelate, Fill)}


def cover(image: Image, covers: Sequence[tuple[Region, Style]]) -> None:
    """Paint several regions of a writable uint8 (height, width, 3) array in place, each in its style.

    All regions are emptied before the first style paints, so a style sees nothing of any of them: not of its own,
    not of a neighbour's. That holds for styles of other packages too.
    """
    empty(image, [region for region, _ in covers])
    for region, style in covers:
        if not isinstance(style, Blur):
            apply(style, image, region)


def apply(style: Style, image: Image, region: Region) -> None:
    """Let a style paint a region. Raises PluginError when it raises: nobody knows what it left in the picture."""
    try:
        style.paint(image, region)
    except Exception as error:
        message = f"style {style.name} raised {type(error).__name__}: this file was not painted"
        raise PluginError(message) from error


def empty(image: Image, regions: Sequence[Region]) -> None:
    """Replace everything inside `regions` by a smooth continuation of what surrounds them, in place.

    Where a region has no surroundings, because it covers the whole picture, it becomes mid-grey.
    """
    height, width = image.shape[:2]
    for neighbourhood in _neighbourhoods(regions, width, height):
        place = _pixels(neighbourhood, image)
        if place is None:
            continue
        patch = image[place]
        inside = np.zeros(patch.shape[:2], bool)
        for region in regions:
            shifted = region.shifted(-neighbourhood.left, -neighbourhood.top)
            inside |= covered_pixels(shifted, *patch.shape[:2])
        patch[inside] = _continued(patch, inside)[inside]


def covered_pixels(region: Region, height: int, width: int) -> NDArray[np.bool_]:
    """Mask, bool (height, width), of every pixel that `region` touches."""
    mask = np.zeros((height, width), np.uint8)
    if isinstance(region, Box):
        left, top = max(math.floor(region.left), 0), max(math.floor(region.top), 0)
        mask[top : max(math.ceil(region.bottom), 0), left : max(math.ceil(region.right), 0)] = 1
    else:
        # fillPoly takes pixel centres in 1/16 pixel and colours every pixel on the outline.
        corners = np.round((np.array(region.points) - 0.5) * 16).astype(np.int32)
        cv2.fillPoly(mask, [corners], (1,), shift=4)
        mask = cv2.dilate(mask, np.ones((3, 3), np.uint8)).astype(np.uint8)
    return mask.astype(bool)


def _neighbourhoods(regions: Sequence[Region], width: int, height: int) -> list[Box]:
    """Disjoint whole-pixel boxes that hold each region with its surroundings; what overlaps shares one."""
    separate: list[Box] = []
    for region in regions:
        bounds = region.bounds.grown(*[SURROUNDINGS_PX] * 4).clipped(width, height)
        if bounds is None:
            continue
        merged = Box(math.floor(bounds.left), math.floor(bounds.top), math.ceil(bounds.right), math.ceil(bounds.bottom))
        while touching := [other for other in separate if other.overlap(merged)]:
            separate = [other for other in separate if other not in touching]
            for other in touching:
                merged = merged.hull(other)
        separate.append(merged)
    return separate


def _pixels(box: Box, image: Image) -> tuple[slice, slice] | None:
    """The rows and columns of `image` that `box` touches."""
    clipped = box.clipped(image.shape[1], image.shape[0])
    if clipped is None:
        return None
    rows = slice(math.floor(clipped.top), math.ceil(clipped.bottom))
    return rows, slice(math.floor(clipped.left), math.ceil(clipped.right))


def _continued(patch: Image, inside: NDArray[np.bool_]) -> Image:
    """`patch` with the pixels `inside` replaced by a smooth continuation of the others.

    Pull-push interpolation (Gortler et al., The Lumigraph, 1996): averages of the known pixels are pulled up a pyramid
    until every cell knows a colour, then pushed down again into the unknown ones.
    """
    weights = [(~inside).astype(np.float32)]
    colours = [_with_channels(patch).astype(np.float32) * weights[0][..., None]]
    while min(weights[-1].shape) > 1 or max(weights[-1].shape) > 1:
        height, width = weights[-1].shape
        half = (max(1, (width + 1) // 2), max(1, (height + 1) // 2))
        colours.append(_with_channels(cv2.resize(colours[-1], half, interpolation=cv2.INTER_AREA)))
        weights.append(cv2.resize(weights[-1], half, interpolation=cv2.INTER_AREA).astype(np.float32))
        if weights[-1].min() > 0:
            break
    grey = np.float32(128)
    below = np.where(weights[-1][..., None] > 0, colours[-1] / np.maximum(weights[-1], 1e-12)[..., None], grey)
    for colour, weight in zip(reversed(colours[:-1]), reversed(weights[:-1]), strict=True):
        height, width = weight.shape
        pushed = _with_channels(cv2.resize(below, (width, height), interpolation=cv2.INTER_LINEAR))
        # Known pixels keep their colour, half-known ones mix, unknown ones take what was pushed down.
        known = np.minimum(weight, 1)[..., None]
        below = colour + (1 - known) * pushed
    return np.clip(np.rint(below), 0, 255).astype(np.uint8)


def _with_channels(image: NDArray[Any]) -> NDArray[Any]:
    """(height, width, channels), since cv2 drops a single channel."""
    return image if image.ndim == 3 else image[..., None]
