"""Painted pixels -> quantised DCT coefficients, for whole MCUs of a JPEG.

Colour conversion is that of JFIF (ITU-T T.871: full-range BT.601); chroma is the mean over its sampling cell; the
transform is T.81 A.3.3 in floating point, quantised by the source's own tables. Each MCU is computed from its own
pixels alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from redact.frames.codings.jpeg_coefficients import BLOCK, Coefficients, Component, Layout
from redact.frames.codings.picture import Patch
from redact.model import Image

MCUS_AT_ONCE = 2048
"""Bounds the memory that painting takes to some 50 MB, whatever the picture's size."""

YCBCR = np.array(
    [
        [0.299, 0.587, 0.114],
        [-0.299 / 1.772, -0.587 / 1.772, 0.5],
        [0.5, -0.587 / 1.402, -0.114 / 1.402],
    ],
    np.float32,
)
LUMA_ZERO = np.float32(128)
"""Samples are shifted to lie about zero before the transform; chroma made this way does already."""

HIGHEST = 1023
"""The largest coefficient that baseline coding of 8-bit samples can express."""


def _cosines() -> NDArray[np.float64]:
    """The 8-point DCT-II as a matrix, orthonormal."""
    frequency, sample = np.mgrid[:BLOCK, :BLOCK]
    matrix = np.cos((2 * sample + 1) * frequency * np.pi / (2 * BLOCK)) * np.sqrt(2 / BLOCK)
    matrix[0] /= np.sqrt(2)
    return np.asarray(matrix, dtype=np.float64)


TRANSFORM = np.kron(_cosines(), _cosines()).astype(np.float32)
"""The two-dimensional transform of a block as one matrix over its 64 samples, row by row."""


def paint_coefficients(coefficients: Coefficients, layout: Layout, patch: Patch) -> None:
    """Replace, in place, the coefficients of every MCU that is painted in the patch."""
    across, down = layout.mcu
    above, before = patch.rows.start // down, patch.columns.start // across
    rows, columns = np.nonzero(patch.mask[::down, ::across])
    for start in range(0, len(rows), MCUS_AT_ONCE):
        part = slice(start, start + MCUS_AT_ONCE)
        samples = _samples(patch.pixels, rows[part], columns[part], across, down)
        for index, component in enumerate(layout.components):
            blocks = _blocks(samples[..., index], component, layout)
            quantised = _quantised(blocks, coefficients.tables[index])
            _put(coefficients.planes[index], quantised, rows[part] + above, columns[part] + before)


def _samples(
    painted: Image, rows: NDArray[np.intp], columns: NDArray[np.intp], across: int, down: int
) -> NDArray[np.float32]:
    """YCbCr about zero, float32 (MCUs, down, across, 3); pixels outside the picture repeat its edge."""
    lines = np.minimum(rows[:, None] * down + np.arange(down), painted.shape[0] - 1)
    places = np.minimum(columns[:, None] * across + np.arange(across), painted.shape[1] - 1)
    pixels = painted[lines[:, :, None], places[:, None, :]].astype(np.float32)
    samples: NDArray[np.float32] = (pixels.reshape(-1, 3) @ YCBCR.T).reshape(pixels.shape)
    samples[..., 0] -= LUMA_ZERO
    return samples


def _blocks(samples: NDArray[np.float32], component: Component, layout: Layout) -> NDArray[np.float32]:
    """One component of each MCU as float32 (MCUs, blocks down, blocks across, 8, 8)."""
    mcus, height, width = samples.shape
    down, across = (1, 1) if len(layout.components) == 1 else (component.down, component.across)
    cells = samples.reshape(mcus, down * BLOCK, height // (down * BLOCK), across * BLOCK, width // (across * BLOCK))
    subsampled: NDArray[np.float32] = cells.mean(axis=(2, 4), dtype=np.float32)
    return subsampled.reshape(mcus, down, BLOCK, across, BLOCK).swapaxes(2, 3)


def _quantised(blocks: NDArray[np.float32], table: NDArray[np.uint16]) -> NDArray[np.int16]:
    transformed = blocks.reshape(-1, BLOCK * BLOCK) @ TRANSFORM.T
    # A table may hold zeros in a hostile file; a decoder multiplies by them, so any coefficient will do.
    steps = np.maximum(table, 1).astype(np.float32).reshape(-1)
    quantised = np.clip(np.rint(transformed / steps), -HIGHEST, HIGHEST)
    return np.asarray(quantised, dtype=np.int16).reshape(blocks.shape)


def _put(
    plane: NDArray[np.int16], quantised: NDArray[np.int16], rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> None:
    """Put the blocks of each MCU in their places; those beyond the last block of the component have none."""
    for row, column in _places(quantised.shape[1], quantised.shape[2]):
        lines, places = rows * quantised.shape[1] + row, columns * quantised.shape[2] + column
        inside = (lines < plane.shape[0]) & (places < plane.shape[1])
        plane[lines[inside], places[inside]] = quantised[inside, row, column]


def _places(down: int, across: int) -> Iterator[tuple[int, int]]:
    return ((row, column) for row in range(down) for column in range(across))
