"""What the coding of a still has to offer, and the limits every one of them keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from redact.errors import DamagedFileError, MediaError
from redact.model import Image

MAX_PIXELS = 1 << 27
"""Pictures with more pixels are refused before anything is decoded: 134 million, some 1 GB of work."""

Mask = NDArray[np.bool_]
"""(height, width), true where a picture is painted."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of the stored picture in which something was painted. It begins and ends with cells, or with the picture.

    rows, columns: where it lies
    pixels:        uint8 (height, width, 3) RGB
    mask:          what of it is painted; fills cells
    """

    rows: slice
    columns: slice
    pixels: Image
    mask: Mask


class Picture(Protocol):
    """One coded picture, its metadata left behind. All coordinates are those of the stored picture."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height), pixels."""
        ...

    @property
    def orientation(self) -> int:
        """EXIF orientation, 1..8."""
        ...

    @property
    def cell(self) -> tuple[int, int]:
        """(width, height) of the smallest area that can be replaced without a trace of it in its neighbours."""
        ...

    @property
    def coded(self) -> bytes:
        """A file of the same container that holds the coded picture as it was, without metadata."""
        ...

    def decode(self) -> Image:
        """The picture as a viewer shows it, writable uint8 RGB. No pixel depends on a cell other than its own.

        Raises DamagedFileError unless all of it decodes.
        """
        ...

    def encode(self, patches: Sequence[Patch]) -> bytes:
        """A file of the same container, without metadata, with what was painted; the rest is what was coded.

        Raises UnsupportedFormatError where this coding cannot be painted.
        """
        ...


def check_size(untrusted_width: int, untrusted_height: int) -> tuple[int, int]:
    """(width, height), fit to be decoded. Raises MediaError for too many pixels, DamagedFileError for none."""
    if untrusted_width < 1 or untrusted_height < 1:
        message = "the header announces a picture without pixels; restore the file or save it anew"
        raise DamagedFileError(message)
    if untrusted_width * untrusted_height > MAX_PIXELS:
        message = (
            f"the header announces {untrusted_width} x {untrusted_height} pixels, more than the {MAX_PIXELS} "
            "that are decoded here; scale the picture down first"
        )
        raise MediaError(message)
    return untrusted_width, untrusted_height
