"""What the samples of a clip mean as colours (ITU-T H.273), as matrices to RGB and back.

Specification: ITU-R BT.601, BT.709, BT.2020 for the matrices, ITU-T H.273 for the numbers by which they are named.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from redact.errors import UnsupportedFormatError

_BT601, _BT709, _BT2020 = (0.299, 0.114), (0.2126, 0.0722), (0.2627, 0.0593)
_UNSPECIFIED = 2
_LUMA_WEIGHTS = {1: _BT709, 4: (0.30, 0.11), 5: _BT601, 6: _BT601, 7: (0.212, 0.087), 9: _BT2020, 10: _BT2020}
"""MatrixCoefficients of H.273 -> weight of red and of blue in luma."""

SWSCALE = {
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


def colours_of(frame: VideoFrame, bits: int) -> Colours:
    """What a frame says of its samples, and what players assume where it says nothing.

    bits: of a sample

    Raises UnsupportedFormatError for a matrix that is not a plain mix of red, green and blue.
    """
    matrix = int(frame.colorspace)
    if matrix == _UNSPECIFIED:
        matrix = 1 if frame.height >= _HD_ROWS else 6
    if matrix not in _LUMA_WEIGHTS:
        message = f"the video's colours (H.273 matrix {matrix}) cannot be painted: convert it to BT.709 first"
        raise UnsupportedFormatError(message)
    full = frame.format.name.startswith("yuvj") or int(frame.color_range) == ColorRange.JPEG
    return Colours(matrix, full, bits)
