"""The picture in a PNG: checked to be whole, decoded by OpenCV, painted at its own depth.

Grey stays grey, 16 bits stay 16, and every pixel that is not painted keeps its value. A palette becomes RGB, grey with
alpha becomes RGBA; so does 1, 2 or 4 bits grey become 8. A transparent picture is looked at without its transparency,
which viewers may ignore: a palette's and a single transparent colour likewise. One whose transparency is a picture of
its own is refused (see `redact.frames.codings.raster`). Painted pixels become opaque. Animated PNG is refused: only its
first picture would be seen.

The decoder may return half a picture without a word. So before it is asked, every chunk's checksum and the amount of
compressed data are verified here.

Specification: W3C PNG, third edition (2025).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import cv2

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.frames.codings.orientation import read_orientation
from redact.frames.codings.picture import Patch, check_size
from redact.frames.codings.raster import Raster, decode_raster, encode_raster, paint_raster, show
from redact.model import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PICTURE_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Colour type -> samples a pixel."""
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column, first row, column step, row step of each pass of an interlaced picture."""
INFLATE_STEP = 1 << 20
COMPRESSION_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Header:
    """What IHDR says, checked."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool

    @property
    def bytes_inflated(self) -> int:
        """How much the compressed data inflates to: every row of every pass with its filter byte."""
        passes = ADAM7 if self.interlaced else ((0, 0, 1, 1),)
        return sum(self._pass_bytes(*steps) for steps in passes)

    def _pass_bytes(self, left: int, top: int, step_across: int, step_down: int) -> int:
        columns = -(-(self.width - left) // step_across)
        rows = -(-(self.height - top) // step_down)
        if columns < 1 or rows < 1:
            return 0
        return rows * (1 + -(-columns * self.depth * CHANNELS[self.colour] // 8))


@dataclass(frozen=True, slots=True)
class Png:
    """The picture of a PNG file; see `redact.frames.codings.picture.Picture`."""

    header: Header
    orientation: int
    coded: bytes = field(repr=False)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) as stored, pixels."""
        return self.header.width, self.header.height

    @property
    def cell(self) -> tuple[int, int]:
        """Single pixels can be replaced."""
        return 1, 1

    def decode(self) -> Image:
        """The picture, strictly decoded; see `Picture.decode`."""
        return show(self._raster())

    def encode(self, patches: Sequence[Patch]) -> bytes:
        """The picture with what was painted; see `Picture.encode`."""
        raster = self._raster()
        paint_raster(raster, patches)
        return encode_raster(raster, "PNG", (cv2.IMWRITE_PNG_COMPRESSION, COMPRESSION_LEVEL))

    def _raster(self) -> Raster:
        return decode_raster(self.coded, self.size, "PNG")


def parse_png(data: bytes) -> Png:
    """Find the picture in a PNG file and see that all of it is there; no pixel is decoded.

    Raises DamagedFileError, UnsupportedFormatError, and MediaError for more pixels than are decoded here.
    """
    header: Header | None = None
    orientation: int | None = None
    coded = [SIGNATURE]
    compressed: list[bytes] = []
    for kind, body, chunk in _chunks(data):
        if header is None:
            header = _header(kind, body)
        elif kind == b"IHDR":
            message = "the PNG has two headers; restore the file or save it anew"
            raise DamagedFileError(message)
        if kind == b"acTL":
            message = "the PNG is animated; save the frames as single pictures, or as a video"
            raise UnsupportedFormatError(message)
        if kind == b"eXIf":
            if orientation is not None:
                message = "the PNG has two EXIF blocks, and readers differ in which to believe; save it anew"
                raise DamagedFileError(message)
            orientation = read_orientation(body)
        if kind == b"IDAT":
            compressed.append(body)
        if kind in PICTURE_CHUNKS:
            coded.append(chunk)
    if header is None:
        message = "the PNG has no header; restore the file or save it anew"
        raise DamagedFileError(message)
    _check_inflates(compressed, header.bytes_inflated)
    return Png(header, orientation or 1, b"".join(coded))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(kind, body, whole chunk) up to and with IEND."""
    if not data.startswith(SIGNATURE):
        message = "this is not a PNG file, whatever its name says"
        raise DamagedFileError(message)
    position = len(SIGNATURE)
    kind = b""
    while kind != b"IEND":
        untrusted_length = int.from_bytes(data[position : position + 4], "big")
        end = position + 12 + untrusted_length
        if end > len(data) or position + 12 > len(data):
            message = "the PNG ends before its picture does; get the whole file"
            raise DamagedFileError(message)
        kind, body = data[position + 4 : position + 8], data[position + 8 : end - 4]
        if zlib.crc32(data[position + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            message = "a checksum of the PNG is wrong; restore the file or save it anew"
            raise DamagedFileError(message)
        yield kind, body, data[position:end]
        position = end


def _header(kind: bytes, body: bytes) -> Header:
    if kind != b"IHDR" or len(body) != 13:
        message = "the PNG does not begin with a header; restore the file or save it anew"
        raise DamagedFileError(message)
    untrusted_width, untrusted_height, depth, colour, *methods = struct.unpack(">IIBBBBB", body)
    if depth not in DEPTHS.get(colour, ()) or methods not in ([0, 0, 0], [0, 0, 1]):
        message = "the header of the PNG announces what PNG does not have; restore the file or save it anew"
        raise DamagedFileError(message)
    width, height = check_size(untrusted_width, untrusted_height)
    return Header(width, height, depth, colour, interlaced=methods[-1] == 1)


def _check_inflates(compressed: list[bytes], wanted: int) -> None:
    """See that the compressed data is one whole zlib stream of exactly `wanted` bytes, holding little of it."""
    inflater = zlib.decompressobj()
    inflated = 0
    try:
        for piece in compressed:
            rest = piece
            while rest and not inflater.eof and inflated <= wanted:
                inflated += len(inflater.decompress(rest, INFLATE_STEP))
                rest = inflater.unconsumed_tail
        inflated += len(inflater.flush()) if inflated <= wanted else 0
    except zlib.error as error:
        message = "the compressed picture of the PNG is garbled; restore the file or save it anew"
        raise DamagedFileError(message) from error
    if not inflater.eof or inflated != wanted:
        message = "the PNG holds more or less picture than its header announces; get the whole file or save it anew"
        raise DamagedFileError(message)
