"""The picture in a WebP: decoded and coded by OpenCV's libwebp.

Lossless pictures stay lossless. Lossy ones are coded once more at high quality, all over, since their coding knows no
blocks that could be replaced; where nothing is painted the coded picture leaves as it came. Painted pixels become
opaque. Transparent pictures are looked at without their transparency, and refused where that is a picture of its own
(see `redact.frames.codings.raster`). Where a picture is painted, the colour of wholly transparent pixels is not kept.
Animations are refused: only their first picture would be seen.

Specification: RFC 9649 (WebP), RFC 6386 (VP8).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import cv2

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.frames.codings.orientation import read_orientation
from redact.frames.codings.picture import Patch, check_size
from redact.frames.codings.raster import Raster, decode_raster, encode_raster, paint_raster, show
from redact.model import Image

LOSSY_QUALITY = 90
LOSSLESS = 101
"""OpenCV's way of asking for lossless coding: any quality above 100."""
ALPHA_FLAG = 0x10
PICTURE_CHUNKS = (b"ALPH", b"VP8 ", b"VP8L")


@dataclass(frozen=True, slots=True)
class Webp:
    """The picture of a WebP file; see `redact.frames.codings.picture.Picture`."""

    size: tuple[int, int]
    orientation: int
    lossless: bool
    coded: bytes = field(repr=False)

    @property
    def cell(self) -> tuple[int, int]:
        """Single pixels can be replaced, before they are coded."""
        return 1, 1

    def decode(self) -> Image:
        """The picture, strictly decoded; see `Picture.decode`."""
        return show(self._raster())

    def encode(self, patches: Sequence[Patch]) -> bytes:
        """The picture with what was painted; see `Picture.encode`."""
        raster = self._raster()
        paint_raster(raster, patches)
        quality = LOSSLESS if self.lossless else LOSSY_QUALITY
        return encode_raster(raster, "WebP", (cv2.IMWRITE_WEBP_QUALITY, quality))

    def _raster(self) -> Raster:
        return decode_raster(self.coded, self.size, "WebP")


def parse_webp(data: bytes) -> Webp:
    """Find the picture in a WebP file; no pixel is decoded.

    Raises DamagedFileError, UnsupportedFormatError, and MediaError for more pixels than are decoded here.
    """
    chunks: dict[bytes, bytes] = {}
    for kind, body in _chunks(data):
        if kind in (b"ANIM", b"ANMF"):
            message = "the WebP is animated; save the frames as single pictures, or as a video"
            raise UnsupportedFormatError(message)
        if kind in chunks and kind in (*PICTURE_CHUNKS, b"VP8X"):
            message = "the WebP holds two pictures; restore the file or save it anew"
            raise DamagedFileError(message)
        chunks.setdefault(kind, body)
    if (b"VP8 " in chunks) == (b"VP8L" in chunks):
        message = "a WebP holds one picture, this one holds none or two; restore the file"
        raise DamagedFileError(message)
    size = check_size(*_untrusted_size(chunks))
    orientation = read_orientation(chunks.get(b"EXIF", b""))
    return Webp(size, orientation, b"VP8L" in chunks, _bare(chunks, size))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, body) of each chunk inside the RIFF envelope; what follows the envelope is no part of the picture."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        message = "this is not a WebP file, whatever its name says"
        raise DamagedFileError(message)
    untrusted_end = 8 + int.from_bytes(data[4:8], "little")
    if untrusted_end > len(data):
        message = "the WebP ends before its picture does; get the whole file"
        raise DamagedFileError(message)
    position = 12
    while position + 8 <= untrusted_end:
        untrusted_length = int.from_bytes(data[position + 4 : position + 8], "little")
        end = position + 8 + untrusted_length
        if end > untrusted_end:
            message = "a chunk of the WebP ends outside the file; get the whole file"
            raise DamagedFileError(message)
        yield data[position : position + 4], data[position + 8 : end]
        position = end + untrusted_length % 2


def _untrusted_size(chunks: dict[bytes, bytes]) -> tuple[int, int]:
    """(width, height) as the coded picture announces them, or none at all where its header is cut short."""
    if b"VP8L" in chunks:
        body = chunks[b"VP8L"]
        bits = int.from_bytes(body[1:5], "little")
        whole = len(body) > 5 and body[0] == 0x2F
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        body = chunks[b"VP8 "]
        whole = len(body) > 10 and body[3:6] == b"\x9d\x01\x2a"
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", body[6:10])) if whole else (0, 0)
    return (width, height) if whole else (0, 0)


def _bare(chunks: dict[bytes, bytes], size: tuple[int, int]) -> bytes:
    """A WebP file of the coded picture alone."""
    body = b"".join(_chunk(kind, chunks[kind]) for kind in PICTURE_CHUNKS if kind in chunks)
    if b"ALPH" in chunks:
        sides = b"".join((side - 1).to_bytes(3, "little") for side in size)
        body = _chunk(b"VP8X", bytes((ALPHA_FLAG, 0, 0, 0)) + sides) + body
    return b"RIFF" + (4 + len(body)).to_bytes(4, "little") + b"WEBP" + body


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2)
