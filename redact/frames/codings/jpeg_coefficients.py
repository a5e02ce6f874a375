"""Quantised DCT coefficients of a JPEG, read from memory and written to memory.

libjpeg-turbo does the entropy coding; it comes compiled in the wheel of `jpeglib`. That package's public functions
spool the whole original through the temporary folder, decode it to pixels once more on the way, and choose their
library in a global; so its binding is called one step below them, on anonymous in-memory files, with a choice of
library that is ours alone.

The library trusts its input more than a hostile file deserves. It is given nothing but tables and scans that a
strict decoder has read to the end before.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jpeglib._bind import CJpegLib
from numpy.typing import NDArray

from redact.errors import DamagedFileError, MediaError, UnsupportedFormatError

BLOCK = 8
GREY, YCBCR = 1, 3
"""The library's numbers for the two colour spaces."""
TABLE_SLOTS = 4

Plane = NDArray[np.int16]
"""Coefficients of one component: int16 (rows of blocks, columns of blocks, 8, 8), frequencies in natural order."""


@dataclass(frozen=True, slots=True)
class Component:
    """One component of a frame header: its name, and how many blocks across and down an MCU has of it."""

    identifier: int
    across: int
    down: int


@dataclass(frozen=True, slots=True)
class Layout:
    """How the picture is cut into blocks. `width` and `height` in pixels of the stored picture."""

    width: int
    height: int
    components: tuple[Component, ...]

    @property
    def mcu(self) -> tuple[int, int]:
        """(width, height) of an MCU, pixels."""
        if len(self.components) == 1:
            return BLOCK, BLOCK
        return BLOCK * self._most_across, BLOCK * self._most_down

    def blocks(self, component: Component) -> tuple[int, int]:
        """(rows, columns) of blocks that hold at least one pixel; what pads out the last MCUs is left out."""
        rows = -(-self.height * component.down // (self._most_down * BLOCK))
        columns = -(-self.width * component.across // (self._most_across * BLOCK))
        return rows, columns

    def checked(self) -> Layout:
        """Itself. Raises UnsupportedFormatError for a chroma sampling in which cells share no common grid."""
        if any(self._most_across % part.across or self._most_down % part.down for part in self.components):
            message = "the JPEG has an odd chroma sampling; save it anew as 4:4:4, 4:2:2 or 4:2:0"
            raise UnsupportedFormatError(message)
        return self

    @property
    def _most_across(self) -> int:
        return max(component.across for component in self.components)

    @property
    def _most_down(self) -> int:
        return max(component.down for component in self.components)


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Every component's blocks, writable, and its quantisation table, uint16 (8, 8)."""

    planes: tuple[Plane, ...]
    tables: tuple[NDArray[np.uint16], ...]


class _Turbo(CJpegLib):  # type: ignore[misc]  # jpeglib comes without types
    """The binding with a library of its own, chosen by class attributes that jpeglib's other users do not share."""

    _lib = None
    version = None


def read_coefficients(coded: bytes, layout: Layout) -> Coefficients:
    """The coefficients in `coded`, a JPEG of that layout that has been decoded strictly. Raises DamagedFileError."""
    planes = tuple(np.zeros((*layout.blocks(part), BLOCK, BLOCK), np.int16) for part in layout.components)
    tables = np.zeros((TABLE_SLOTS, BLOCK, BLOCK), np.uint16)
    slots = np.zeros(TABLE_SLOTS, np.int16)
    luma, blue, red = _pointers(planes)
    with _memory_file(coded) as path:
        try:
            _turbo().read_jpeg_dct(path, luma, blue, red, None, _pointer(tables), _pointer(slots))
        except OSError as error:
            message = "the blocks of the JPEG cannot be read; restore the file or save it anew"
            raise DamagedFileError(message) from error
    return Coefficients(planes, tuple(tables[slot] for slot in slots[: len(planes)]))


def write_coefficients(coefficients: Coefficients, layout: Layout, *, optimise: bool) -> bytes:
    """A sequential JPEG, bare of metadata, with those coefficients and the layout's names of components.

    optimise: compute Huffman tables for this picture (some 5 % smaller, half as long again) instead of the usual ones.
    """
    slots, tables = _table_slots(coefficients.tables)
    blocks = np.array([layout.blocks(part) for part in layout.components], np.int32)
    factors = np.array([(part.down, part.across) for part in layout.components], np.int32)
    size = np.array([layout.height, layout.width], np.int32)
    luma, blue, red = _pointers(coefficients.planes)
    with _memory_file(b"") as path:
        try:
            _turbo().write_jpeg_dct(
                srcfile=None,
                dstfile=path,
                Y=luma,
                Cb=blue,
                Cr=red,
                K=None,
                image_dims=_pointer(size),
                block_dims=_pointer(blocks),
                samp_factor=_pointer(factors),
                in_color_space=GREY if len(layout.components) == 1 else YCBCR,
                in_components=len(layout.components),
                qt=_pointer(tables),
                quality=-1,
                quant_tbl_no=_pointer(slots),
                num_markers=0,
                marker_types=None,
                marker_lengths=None,
                markers=None,
                flags=["+OPTIMIZE_CODING" if optimise else "-OPTIMIZE_CODING"],
            )
        except OSError as error:
            message = "the painted JPEG could not be coded; save the file anew and try again"
            raise MediaError(message) from error
        return _with_names(Path(path).read_bytes(), layout)


def _turbo() -> type[_Turbo]:
    if _Turbo._lib is None:
        _Turbo.set_version("turbo210")
    return _Turbo


@contextmanager
def _memory_file(content: bytes) -> Iterator[str]:
    """A path under which `content` can be opened by C code; it never touches a disk and is gone afterwards."""
    descriptor = os.memfd_create("redact")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _pointer(array: NDArray[np.generic]) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)


def _pointers(planes: tuple[Plane, ...]) -> tuple[ctypes.c_void_p | None, ...]:
    """Luma, blue and red; None for components that are not there."""
    return tuple(_pointer(planes[i]) if i < len(planes) else None for i in range(3))


def _table_slots(tables: tuple[NDArray[np.uint16], ...]) -> tuple[NDArray[np.int16], NDArray[np.uint16]]:
    """Which slot each component's table goes to, and the slots; the two chroma components share one where they can."""
    slots = [0, 1, 1 if len(tables) == 3 and np.array_equal(tables[1], tables[2]) else 2, 3]
    filled = np.ones((TABLE_SLOTS, BLOCK, BLOCK), np.uint16)
    for slot, table in zip(slots, tables, strict=False):
        filled[slot] = table
    return np.array(slots, np.int16), filled


def _with_names(coded: bytes, layout: Layout) -> bytes:
    """The library numbers components from 0; put the source's own names back into frame and scan headers.

    Some decoders tell the colour space by them where no other header does.
    """
    named = bytearray(coded)
    position = 2
    while named[position + 1] != 0xDA:
        if named[position + 1] in (0xC0, 0xC1):
            _rename(named, position + 10, 3, layout)
        position += 2 + int.from_bytes(named[position + 2 : position + 4], "big")
    _rename(named, position + 5, 2, layout)
    return bytes(named)


def _rename(named: bytearray, start: int, step: int, layout: Layout) -> None:
    for index, component in enumerate(layout.components):
        named[start + step * index] = component.identifier
