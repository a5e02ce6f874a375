"""JPEG (ITU-T T.81 | ISO/IEC 10918-1; JFIF 1.02; EXIF 3.0 / CIPA DC-008; ICC.1 annex B.4).

Where location hides: EXIF, also as a thumbnail with an EXIF block of its own; XMP and extended XMP, with vendors'
flight data or the unedited original in base64; IPTC in APP13; comments; APP segments of FLIR, Ricoh, DJI and others;
second pictures (MPF) and motion photos behind the end of the picture, each with metadata of its own.

Dropped: every segment that is not on the list below, the JFIF thumbnail, fill bytes and bytes between segments, and
all that follows the first end-of-image marker. A gain map is such a second picture: HDR becomes SDR.

Kept: the tables, frames and scans, byte for byte; JFIF's pixel density; a fresh EXIF block with what the policy keeps
of the first one that begins as EXIF demands (see carriers/exif.py); a complete ICC profile with "colour"; the transform
of Adobe's APP14, without which CMYK and RGB pictures decode to wrong colours. Every kept segment must have exactly the
length that its content demands.

Not handled: bytes that hide in the entropy-coded data itself, behind the last block of a scan or in a table that no
component uses. A decoder never shows them, and only decoding would tell. Refused: hierarchical JPEG, JPEG-LS.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.bounded import listed, read_whole
from redact.formats.carriers import exif, icc, photoshop, trailer, xmp
from redact.model import Field, Keep, Kind

_SOI, _EOI, _SOS, _DQT, _DHT, _DAC, _DNL, _DRI, _COM = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xCC, 0xDC, 0xDD, 0xFE
_APP0, _APP1, _APP2, _APP13, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF
_FRAMES = (0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xCB)
_UNSUPPORTED = (0xC5, 0xC6, 0xC7, 0xC8, 0xCD, 0xCE, 0xCF, 0xDE, 0xDF, 0xF7, 0xF8)
_BARE = (0x01, *range(0xD0, 0xD8))
_STRUCTURE = frozenset((*_FRAMES, _DHT, _DAC, _SOS, _DQT, _DNL, _DRI))
"""Markers of what a decoder needs, copied as they are."""

# Zero is no marker but a stuffed byte, 0xFF before a marker is fill; restart markers are part of a scan.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff]")
_SCAN_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")

_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
# Then come a digest, the whole length and an offset.
_XMP_EXTENSION_HEADER_BYTES = len(_XMP_EXTENSION) + 40
_PHOTOSHOP = b"Photoshop 3.0\0"
_JFIF = b"JFIF\0"
_ADOBE = b"Adobe"
_ICC = b"ICC_PROFILE\0"
_ICC_CHUNK_BYTES = 65533 - len(_ICC) - 2
_ADOBE_BYTES = 12
_MOST_SEGMENTS = 20_000
_LARGEST_EXIF_BYTES = 4 * 2**20
_JFIF_BYTES = 14

_NAMED: Sequence[tuple[int, bytes, str, Kind]] = (
    (_APP0, b"JFXX\0", "JFXX thumbnail", "preview"),
    (_APP1, b"FLIR\0", "FLIR", "device"),
    (_APP2, b"MPF\0", "MPF", "preview"),
    (_APP2, b"FPXR\0", "FlashPix", "preview"),
    (_APP2, b"urn:iso:std:iso:ts:21496", "gain map", "preview"),
    (0xE5, b"RMETA\0", "Ricoh RMETA", "location"),
    (0xEB, b"JP", "JUMBF", "text"),
)
"""(marker, how its payload begins, name, kind) of segments that are known and dropped."""


@dataclass(frozen=True, slots=True)
class Jpeg:
    """The JPEG family: baseline, progressive, lossless and arithmetic-coded."""

    name = "JPEG"

    def recognises(self, head: bytes) -> bool:
        """True for a start-of-image marker with another marker behind it."""
        return head.startswith(b"\xff\xd8\xff")

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format."""
        return listed(_fields(_parse(read_whole(source))))

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format."""
        original = _parse(read_whole(source))
        shown = original if pixels is None else _parse(read_whole(pixels))
        parts = [b"\xff\xd8"]
        parts += _jfif(original, shown)
        parts += _exif(original, keep)
        parts += _colours(original, shown) if "colour" in keep else ()
        parts += _adobe(shown)
        for segment in shown.segments:
            if segment.marker in _STRUCTURE:
                parts += _written(segment.marker, segment.payload), segment.scan
        parts.append(b"\xff\xd9")
        target.writelines(parts)


@dataclass(frozen=True, slots=True)
class _Segment:
    """A marker segment: its payload without the length, and the entropy-coded data that follows a scan header."""

    marker: int
    payload: bytes
    scan: bytes = b""


@dataclass(frozen=True, slots=True)
class _Picture:
    """The first picture of a file: its segments between SOI and EOI, and the bytes behind EOI."""

    segments: tuple[_Segment, ...]
    trailer: bytes

    def payloads(self, marker: int) -> Iterator[bytes]:
        return (segment.payload for segment in self.segments if segment.marker == marker)

    @property
    def model(self) -> icc.Model | None:
        """What its samples mean, by their number."""
        frame = next(segment.payload for segment in self.segments if segment.marker in _FRAMES)
        models: dict[int, icc.Model] = {1: "grey", 3: "colour", 4: "ink"}
        return models.get(frame[5])


def _parse(data: bytes) -> _Picture:
    """Every segment of the first picture, those that are kept checked. Raises DamagedFileError."""
    if not data.startswith(b"\xff\xd8"):
        _refuse("does not begin with a picture")
    segments: list[_Segment] = []
    position = 2
    while True:
        found = _NEXT_MARKER.search(data, position)
        if found is None:
            _refuse("ends before its picture does")
        marker = data[found.end() - 1]
        position = found.end()
        if marker == _EOI:
            break
        if marker not in _BARE:
            segment, position = _segment(data, marker, position)
            segments.append(segment)
        if len(segments) > _MOST_SEGMENTS:
            _refuse("has more segments than any picture needs")
    _check_order(segments)
    return _Picture(tuple(segments), data[position:])


def _segment(data: bytes, marker: int, position: int) -> tuple[_Segment, int]:
    """The segment whose length field is at `position`, and where the next one begins."""
    if marker == _SOI:
        _refuse("begins a second picture inside the first")
    if marker in _UNSUPPORTED:
        message = "this kind of JPEG (hierarchical or JPEG-LS) is not supported: save it as baseline JPEG"
        raise UnsupportedFormatError(message)
    untrusted_length = int.from_bytes(data[position : position + 2], "big")
    end = position + untrusted_length
    if untrusted_length < 2 or end > len(data):
        _refuse("has a segment that runs past its end")
    payload = data[position + 2 : end]
    if marker in _STRUCTURE and not _well_formed(marker, payload):
        _refuse("has a table or header of the wrong size")
    if marker != _SOS:
        return _Segment(marker, payload), end
    scan_end = _scan_end(data, end)
    return _Segment(marker, payload, data[end:scan_end]), scan_end


def _scan_end(data: bytes, start: int) -> int:
    found = _SCAN_END.search(data, start)
    if found is None:
        _refuse("ends in the middle of its picture")
    end = found.start()
    while end > start and data[end - 1] == 0xFF:
        end -= 1
    if end == start:
        _refuse("has a scan without data")
    return end


def _check_order(segments: Sequence[_Segment]) -> None:
    """One frame header, before the first scan."""
    frames = [number for number, segment in enumerate(segments) if segment.marker in _FRAMES]
    scans = [number for number, segment in enumerate(segments) if segment.marker == _SOS]
    if len(frames) != 1 or not scans or scans[0] < frames[0]:
        _refuse("holds no picture, or parts of several")


def _well_formed(marker: int, payload: bytes) -> bool:
    """True when a segment of the structure has exactly the length its content demands: nothing rides along."""
    size = len(payload)
    if marker == _DQT:
        return _tables_fill(payload, lambda start: 1 + (128 if payload[start] >> 4 else 64))
    if marker == _DHT:
        return _tables_fill(payload, lambda start: 17 + sum(payload[start + 1 : start + 17]))
    if marker == _SOS:
        return size >= 6 and 1 <= payload[0] <= 4 and size == 4 + 2 * payload[0]
    if marker == _DAC:
        return size > 0 and size % 2 == 0
    if marker in (_DRI, _DNL):
        return size == 2
    return size >= 9 and 1 <= payload[5] <= 4 and size == 6 + 3 * payload[5]


def _tables_fill(payload: bytes, size_at: Callable[[int], int]) -> bool:
    start = 0
    while start < len(payload):
        start += size_at(start)
    return start == len(payload) > 0


def _written(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def _jfif(original: _Picture, shown: _Picture) -> list[bytes]:
    """JFIF where the shown picture has it, for it tells how to decode; with the original's density, no thumbnail."""
    headers = [payload for picture in (original, shown) for payload in _jfif_headers(picture)]
    if not headers or not any(_jfif_headers(shown)):
        return []
    unit, across, down = struct.unpack_from(">BHH", headers[0], 7)
    if unit > 2 or not across or not down:
        unit, across, down = 0, 1, 1
    return [_written(_APP0, _JFIF + struct.pack(">HBHHBB", 0x0102, unit, across, down, 0, 0))]


def _jfif_headers(picture: _Picture) -> Iterator[bytes]:
    # Decoders see no JFIF in a shorter segment, and then guess the colours in another way.
    return (each for each in picture.payloads(_APP0) if each.startswith(_JFIF) and len(each) >= _JFIF_BYTES)


def _exif(original: _Picture, keep: Keep) -> list[bytes]:
    for block in _exif_blocks(each for each in original.payloads(_APP1) if each.startswith(exif.PREFIX))[:1]:
        fresh = exif.kept(block, keep)
        if fresh is not None:
            return [_written(_APP1, exif.PREFIX + fresh)]
    return []


def _exif_blocks(payloads: Iterable[bytes]) -> list[bytes]:
    """The TIFF blocks; a segment that does not begin one goes on with the block before it."""
    blocks: list[list[bytes]] = []
    size = 0
    for payload in payloads:
        part = exif.block_in(payload)
        size += len(part)
        if size > _LARGEST_EXIF_BYTES:
            _refuse("has more EXIF than any camera writes")
        if blocks and not exif.is_block(part):
            blocks[-1].append(part)
        else:
            blocks.append([part])
    return [b"".join(parts) for parts in blocks]


def _colours(original: _Picture, shown: _Picture) -> list[bytes]:
    """The ICC profile in fresh chunks; nothing where it does not speak of the shown picture's samples."""
    profile = _profile(original)
    if profile is None or (shown.model != original.model and shown.model != icc.model(profile)):
        return []
    starts = range(0, len(profile), _ICC_CHUNK_BYTES)
    return [
        _written(_APP2, _ICC + bytes((number, len(starts))) + profile[start : start + _ICC_CHUNK_BYTES])
        for number, start in enumerate(starts, 1)
    ]


def _profile(picture: _Picture) -> bytes | None:
    """The ICC profile, where its chunks are all there, once each."""
    chunks = {payload[len(_ICC)]: payload for payload in _icc_chunks(picture)}
    count = sum(1 for _ in _icc_chunks(picture))
    if len(chunks) != count or sorted(chunks) != list(range(1, count + 1)):
        return None
    if any(chunk[len(_ICC) + 1] != count for chunk in chunks.values()):
        return None
    return icc.profile(b"".join(chunks[number][len(_ICC) + 2 :] for number in sorted(chunks)))


def _icc_chunks(picture: _Picture) -> Iterator[bytes]:
    return (each for each in picture.payloads(_APP2) if each.startswith(_ICC) and len(each) > len(_ICC) + 2)


def _adobe(shown: _Picture) -> list[bytes]:
    """Adobe's APP14, of which only the colour transform, its last byte, means something to a decoder."""
    transforms = [payload[_ADOBE_BYTES - 1] for payload in _adobe_headers(shown)]
    return [_written(_APP14, _ADOBE + struct.pack(">HHHB", 100, 0, 0, transforms[-1]))] if transforms else []


def _adobe_headers(picture: _Picture) -> Iterator[bytes]:
    return (each for each in picture.payloads(_APP14) if each.startswith(_ADOBE) and len(each) >= _ADOBE_BYTES)


def _fields(picture: _Picture) -> Iterator[Field]:
    for block in _exif_blocks(each for each in picture.payloads(_APP1) if exif.is_meant(each)):
        yield from exif.fields(block, "EXIF")
    if any(_icc_chunks(picture)):
        yield icc.field("JPEG APP2")
    for segment in picture.segments:
        yield from _segment_fields(segment)
    if picture.trailer:
        yield trailer.field(picture.trailer, Jpeg.name)


def _segment_fields(segment: _Segment) -> Iterator[Field]:
    """What one segment holds, for all but EXIF and ICC, which may go on over several."""
    marker, payload = segment.marker, segment.payload
    if marker == _COM:
        yield Field("COM", "text", "JPEG COM")
    elif marker == _APP0 and payload.startswith(_JFIF):
        if len(payload) != _JFIF_BYTES:
            yield Field("JFIF thumbnail", "preview", "JPEG APP0")
    elif marker == _APP1 and payload.startswith(_XMP):
        yield from xmp.fields(payload[len(_XMP) :], "XMP")
    elif marker == _APP1 and payload.startswith(_XMP_EXTENSION):
        yield from xmp.fields(payload[_XMP_EXTENSION_HEADER_BYTES:], "extended XMP")
    elif marker == _APP13 and payload.startswith(_PHOTOSHOP):
        yield from photoshop.fields(payload[len(_PHOTOSHOP) :], "Photoshop")
    elif _APP0 <= marker <= _APP15 and not _listed_elsewhere(marker, payload):
        yield _application_field(marker, payload)
    elif marker not in _STRUCTURE and not _APP0 <= marker <= _APP15:
        yield Field(f"marker 0x{marker:02X}", "unknown", "JPEG")


def _listed_elsewhere(marker: int, payload: bytes) -> bool:
    if marker == _APP1:
        return exif.is_meant(payload)
    if marker == _APP2:
        return payload.startswith(_ICC)
    return marker == _APP14 and payload.startswith(_ADOBE) and len(payload) == _ADOBE_BYTES


def _application_field(marker: int, payload: bytes) -> Field:
    where = f"JPEG APP{marker - _APP0}"
    for known_marker, beginning, name, kind in _NAMED:
        if marker == known_marker and payload.startswith(beginning):
            return Field(name, kind, where)
    return Field(f"APP{marker - _APP0}", "unknown", where)


def _refuse(what: str) -> NoReturn:
    message = f"the JPEG {what}: it is damaged or cut short, copy it again from where it came"
    raise DamagedFileError(message)
