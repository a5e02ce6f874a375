"""The picture in a JPEG: decoded strictly, painted in the DCT domain.

Only whole MCUs (the smallest interleaved units, 8x8 to 32x32 pixels) are replaced; every other coefficient leaves
as it came, so untouched parts of the picture lose nothing, however often a file is shared again.

Decoded without "fancy" chroma upsampling, since that would mix chroma of one MCU into pixels of the next: what is
seen outside a painted MCU then depends on nothing inside it.

Sequential and progressive Huffman coding of 8-bit grey and YCbCr pictures. Refused: CMYK, arithmetic coding,
lossless and hierarchical processes, 12 bits; RGB-coded pictures can be looked at, not painted. A painted copy of a
progressive file is sequential, and restart markers go.

Specification: ITU-T T.81 (ISO/IEC 10918-1), JFIF in T.871.
"""

from __future__ import annotations

import itertools
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import simplejpeg

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.frames.codings.jpeg_blocks import paint_coefficients
from redact.frames.codings.jpeg_coefficients import Component, Layout, read_coefficients, write_coefficients
from redact.frames.codings.orientation import EXIF_PREFIX, TIFF_ORDERS, read_orientation
from redact.frames.codings.picture import Patch, check_size
from redact.model import Image

SOI, EOI, SOS, DQT, DHT, DRI = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD
APP0, APP1, APP14 = 0xE0, 0xE1, 0xEE
BASELINE, EXTENDED, PROGRESSIVE = 0xC0, 0xC1, 0xC2
FRAMES = frozenset(range(0xC0, 0xD0)) - {DHT, 0xC8, 0xCC}
DAC, DNL, DHP, EXP = 0xCC, 0xDC, 0xDE, 0xDF
JFIF, ADOBE = b"JFIF\0", b"Adobe"
MAX_SCANS = 128
"""Encoders write some ten; each further scan costs a pass over the whole picture, so a hostile file could stall."""

END_OF_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""The next marker that is neither a stuffed byte nor a restart."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One marker segment; `scan` is the entropy-coded data that follows a start of scan."""

    marker: int
    payload: bytes
    scan: bytes = b""

    @property
    def coded(self) -> bytes:
        """The segment as it stands in a file."""
        return struct.pack(">BBH", 0xFF, self.marker, len(self.payload) + 2) + self.payload + self.scan


@dataclass(frozen=True, slots=True)
class Jpeg:
    """The first picture of a JPEG file; see `redact.frames.codings.picture.Picture`."""

    layout: Layout
    orientation: int
    optimised: bool
    coded: bytes = field(repr=False)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) as stored, pixels."""
        return self.layout.width, self.layout.height

    @property
    def cell(self) -> tuple[int, int]:
        """(width, height) of an MCU, pixels."""
        return self.layout.mcu

    def decode(self) -> Image:
        """The picture, strictly decoded; see `Picture.decode`."""
        try:
            pixels = simplejpeg.decode_jpeg(self.coded, "RGB", fastupsample=True, strict=True)
        except ValueError as error:
            message = "the JPEG decoder stumbled over the coded picture; restore the file or save it anew"
            raise DamagedFileError(message) from error
        return np.asarray(pixels, dtype=np.uint8)

    def encode(self, patches: Sequence[Patch]) -> bytes:
        """The picture with what was painted; see `Picture.encode`."""
        if len(self.layout.components) == 3 and self._colour_space() != "YCbCr":
            message = "this JPEG is coded as RGB and cannot be painted; save it as YCbCr, as cameras do"
            raise UnsupportedFormatError(message)
        coefficients = read_coefficients(self.coded, self.layout)
        for patch in patches:
            paint_coefficients(coefficients, self.layout, patch)
        return write_coefficients(coefficients, self.layout, optimise=self.optimised)

    def _colour_space(self) -> str:
        try:
            return str(simplejpeg.decode_jpeg_header(self.coded)[2])
        except ValueError as error:
            message = "the JPEG header cannot be read; restore the file or save it anew"
            raise DamagedFileError(message) from error


def parse_jpeg(data: bytes) -> Jpeg:
    """Find the picture in a JPEG file; nothing is decoded.

    Raises DamagedFileError, UnsupportedFormatError, and MediaError for more pixels than are decoded here.
    """
    segments = list(_segments(data))
    frames = [segment for segment in segments if segment.marker in FRAMES]
    scans = [segment for segment in segments if segment.marker == SOS]
    if len(frames) != 1 or not scans:
        message = "a JPEG holds one picture, this one holds none or several; restore the file"
        raise DamagedFileError(message)
    layout = _layout(frames[0])
    _check_scans(layout, scans, progressive=frames[0].marker == PROGRESSIVE)
    kept = [kept for segment in segments if (kept := _without_metadata(segment)) is not None]
    return Jpeg(
        layout=layout,
        orientation=_orientation(segments),
        optimised=frames[0].marker == PROGRESSIVE or not _standard_tables(segments),
        coded=b"\xff\xd8" + b"".join(segment.coded for segment in kept) + b"\xff\xd9",
    )


def _segments(data: bytes) -> Iterator[Segment]:
    """Every segment up to the end of the first picture."""
    if data[:2] != b"\xff\xd8":
        message = "this is not a JPEG file, whatever its name says"
        raise DamagedFileError(message)
    position = 2
    scans = 0
    seen_scan = False
    while True:
        marker, position = _next_marker(data, position)
        if marker == EOI:
            return
        if marker == SOI or 0xD0 <= marker <= 0xD7 or marker in (0x00, 0x01):
            message = "the JPEG has a marker where none belongs; restore the file or save it anew"
            raise DamagedFileError(message)
        payload, position = _payload(data, position)
        scan = b""
        if marker == SOS:
            scans += 1
            seen_scan = True
            if scans > MAX_SCANS:
                message = f"the JPEG has more than {MAX_SCANS} scans; save it anew"
                raise UnsupportedFormatError(message)
            end = END_OF_SCAN.search(data, position)
            if end is None:
                message = "the JPEG ends in the middle of its picture; get the whole file"
                raise DamagedFileError(message)
            scan, position = data[position : end.start()], end.start()
        elif seen_scan and marker == DQT:
            message = "the JPEG changes its quantisation between scans; save it anew"
            raise UnsupportedFormatError(message)
        elif marker in (DAC, DNL, DHP, EXP):
            message = "the JPEG is coded in a way hardly anyone reads; save it anew as baseline"
            raise UnsupportedFormatError(message)
        yield Segment(marker, payload, scan)


def _next_marker(data: bytes, position: int) -> tuple[int, int]:
    """(marker, position after it); fill bytes before a marker are passed over."""
    start = position
    while data[position : position + 1] == b"\xff":
        position += 1
    if position == start and position < len(data):
        message = "the JPEG has bytes between its segments; restore the file or save it anew"
        raise DamagedFileError(message)
    if position >= len(data):
        message = "the JPEG ends before its picture does; get the whole file"
        raise DamagedFileError(message)
    return data[position], position + 1


def _payload(data: bytes, position: int) -> tuple[bytes, int]:
    untrusted_length = int.from_bytes(data[position : position + 2], "big")
    end = position + untrusted_length
    if untrusted_length < 2 or end > len(data):
        message = "a segment of the JPEG ends outside the file; get the whole file"
        raise DamagedFileError(message)
    return data[position + 2 : end], end


def _layout(frame: Segment) -> Layout:
    if frame.marker not in (BASELINE, EXTENDED, PROGRESSIVE):
        message = "the JPEG is not Huffman-coded (arithmetic, lossless, ...); save it anew as baseline"
        raise UnsupportedFormatError(message)
    if len(frame.payload) < 6 or len(frame.payload) != 6 + 3 * frame.payload[5]:
        message = "the frame header of the JPEG contradicts itself; restore the file or save it anew"
        raise DamagedFileError(message)
    precision, untrusted_height, untrusted_width, count = struct.unpack_from(">BHHB", frame.payload)
    if precision != 8:
        message = f"the JPEG has {precision} bits a sample, only 8 are known; save it anew"
        raise UnsupportedFormatError(message)
    if count not in (1, 3):
        message = "the JPEG is CMYK or has an odd number of components; save it anew in RGB"
        raise UnsupportedFormatError(message)
    width, height = check_size(untrusted_width, untrusted_height)
    parts = (frame.payload[6 + 3 * i : 9 + 3 * i] for i in range(count))
    return Layout(width, height, tuple(_component(*part) for part in parts)).checked()


def _component(identifier: int, factors: int, table: int) -> Component:
    across, down = factors >> 4, factors & 15
    if not (1 <= across <= 4 and 1 <= down <= 4 and table <= 3):
        message = "the frame header of the JPEG contradicts itself; restore the file or save it anew"
        raise DamagedFileError(message)
    return Component(identifier, across, down)


def _check_scans(layout: Layout, scans: list[Segment], *, progressive: bool) -> None:
    """See that the scans bring every coefficient to its full precision.

    A decoder smooths what is missing by looking at neighbouring blocks, without a word: the picture would look
    whole, and pixels would depend on blocks they do not lie in.
    """
    missing = {component.identifier: np.full(64, 255) for component in layout.components}
    if len(missing) != len(layout.components):
        message = "two components of the JPEG have one name; restore the file or save it anew"
        raise DamagedFileError(message)
    for scan in scans:
        count = scan.payload[0] if scan.payload else 0
        if not 1 <= count <= 4 or len(scan.payload) != 4 + 2 * count:
            message = "a scan header of the JPEG contradicts itself; restore the file or save it anew"
            raise DamagedFileError(message)
        first, last, shifts = scan.payload[-3:] if progressive else (0, 63, 0)
        for identifier in scan.payload[1 : 1 + 2 * count : 2]:
            if identifier not in missing:
                message = "a scan of the JPEG names a component that is not there; restore the file"
                raise DamagedFileError(message)
            missing[identifier][first : last + 1] = shifts & 15
    if any(shift.any() for shift in missing.values()):
        message = "scans of the JPEG are missing, its picture is incomplete; get the whole file"
        raise DamagedFileError(message)


def _without_metadata(segment: Segment) -> Segment | None:
    """What a decoder needs of a segment: tables, frame, scans, and the two headers that tell the colour space."""
    if segment.marker in (DQT, DHT, DRI, SOS) or segment.marker in FRAMES:
        return segment
    if segment.marker == APP0 and segment.payload.startswith(JFIF) and len(segment.payload) >= 14:
        return Segment(APP0, segment.payload[:12] + bytes(2))
    if segment.marker == APP14 and segment.payload.startswith(ADOBE) and len(segment.payload) >= 12:
        return Segment(APP14, segment.payload[:12])
    return None


def _orientation(segments: list[Segment]) -> int:
    """By the first EXIF block; a segment that does not begin one goes on with the block before it."""
    payloads = (segment.payload for segment in segments if segment.marker == APP1)
    blocks = [payload.removeprefix(EXIF_PREFIX) for payload in payloads if payload.startswith(EXIF_PREFIX)]
    rest = itertools.takewhile(lambda block: block[:4] not in TIFF_ORDERS, blocks[1:])
    return read_orientation(b"".join((*blocks[:1], *rest)))


def _standard_tables(segments: list[Segment]) -> bool:
    """True when the Huffman tables are the example tables of T.81 Annex K, as most cameras use them."""
    tables = sorted(table for segment in segments if segment.marker == DHT for table in _tables(segment.payload))
    return bool(tables) and set(tables) <= set(_STANDARD)


def _tables(payload: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(payload):
        end = position + 17 + sum(payload[position + 1 : position + 17])
        yield payload[position:end]
        position = end


def _read_standard_tables() -> frozenset[bytes]:
    smallest = simplejpeg.encode_jpeg(np.zeros((8, 8, 3), np.uint8), colorspace="RGB")
    return frozenset(
        table for segment in _segments(smallest) if segment.marker == DHT for table in _tables(segment.payload)
    )


_STANDARD = _read_standard_tables()
