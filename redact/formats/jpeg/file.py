"""JPEG (ITU-T T.81 | ISO/IEC 10918-1; JFIF 1.02; EXIF 3.0 / CIPA DC-008; ICC.1 annex B.4).

Where location hides: EXIF, also as a thumbnail with an EXIF block of its own; XMP and extended XMP, with vendors'
flight data or the unedited original in base64; IPTC in APP13; comments; APP segments of FLIR, Ricoh, DJI and others;
second pictures (MPF) and motion photos behind the end of the picture, each with metadata of its own.

Dropped: every segment that is not on the list below, what no scan refers to of tables and restart intervals (see
course.py), the JFIF thumbnail, fill bytes and bytes between segments, and all that follows the first end-of-image
marker. A gain map is such a second picture: HDR becomes SDR. The names of what is dropped are in
carriers/app_segments.py.

Kept: frames, scans and the tables that they refer to, byte for byte; JFIF's pixel density; a fresh EXIF block with what
the policy keeps of the first one that begins as EXIF demands (see carriers/exif.py), or else, of the author and the
copyright, with what IPTC or XMP tell; a complete ICC profile with "colour"; the transform of Adobe's APP14, without
which CMYK and RGB pictures decode to wrong colours. Every kept segment must have exactly the length that its content
demands.

Not handled: bytes that hide in the entropy-coded data itself, behind the last block of a scan, or in codes of a table
that no block uses. A decoder never shows them, and only decoding would tell.

Refused: scans that code a part of the picture twice, and so another picture; hierarchical JPEG, JPEG-LS.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.formats.bounded import listed, read_whole
from redact.formats.carriers import app_segments, credit, exif, icc, photoshop, trailer, xmp
from redact.formats.jpeg.course import refuse
from redact.formats.jpeg.segments import STRUCTURE, Picture, Piece, parse, written
from redact.model import Field, Keep

_APP0, _APP1, _APP2, _APP13, _APP14, _APP15, _COM = 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF, 0xFE

_JFIF = b"JFIF\0"
_ADOBE = b"Adobe"
_ICC = b"ICC_PROFILE\0"
_ICC_CHUNK_BYTES = 65533 - len(_ICC) - 2
_ADOBE_BYTES = 12
_LARGEST_EXIF_BYTES = 4 * 2**20
_JFIF_BYTES = 14


@dataclass(frozen=True, slots=True)
class Jpeg:
    """The JPEG family: baseline, progressive, lossless and arithmetic-coded."""

    name = "JPEG"

    def recognises(self, head: bytes) -> bool:
        """True for a start-of-image marker with another marker behind it."""
        return head.startswith(b"\xff\xd8\xff")

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format."""
        return listed(_fields(parse(read_whole(source))))

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format."""
        original = parse(read_whole(source))
        shown = original if pixels is None else parse(read_whole(pixels))
        parts: list[Piece] = [b"\xff\xd8"]
        parts += _jfif(original, shown)
        parts += _exif(original, keep)
        parts += _colours(original, shown) if "colour" in keep else ()
        parts += _adobe(shown)
        parts += shown.coded
        parts.append(b"\xff\xd9")
        target.writelines(parts)


def _jfif(original: Picture, shown: Picture) -> list[bytes]:
    """JFIF where the shown picture has it, for it tells how to decode; with the original's density, no thumbnail."""
    own = _jfif_headers(shown)
    if not own:
        return []
    unit, across, down = struct.unpack_from(">BHH", (_jfif_headers(original) or own)[0], 7)
    if unit > 2 or not across or not down:
        unit, across, down = 0, 1, 1
    return [written(_APP0, _JFIF + struct.pack(">HBHHBB", 0x0102, unit, across, down, 0, 0))]


def _jfif_headers(picture: Picture) -> list[bytes]:
    # Decoders see no JFIF in a shorter segment, and then guess the colours in another way.
    return [each for each in picture.payloads(_APP0) if each.startswith(_JFIF) and len(each) >= _JFIF_BYTES]


def _exif(original: Picture, keep: Keep) -> list[bytes]:
    blocks = _exif_blocks(each for each in original.payloads(_APP1) if each.startswith(exif.PREFIX))
    elsewhere = _credit(original) if credit.is_wanted(keep) else credit.UNCREDITED
    fresh = exif.kept(blocks[0] if blocks else b"", keep, elsewhere)
    return [] if fresh is None else [written(_APP1, exif.PREFIX + fresh)]


def _credit(original: Picture) -> credit.Credit:
    """Who made the picture, by IPTC, else by XMP."""
    # Resources that fill more than one segment go on in the next.
    resources = [app_segments.resources_in(payload) for payload in original.payloads(_APP13)]
    told = photoshop.credit(b"".join(each for each in resources if each is not None))
    packets = [app_segments.xmp_in(payload) for payload in original.payloads(_APP1)]
    return told.or_else(xmp.credit(next((packet for packet in packets if packet is not None), b"")))


def _exif_blocks(payloads: Iterable[bytes]) -> list[bytes]:
    """The TIFF blocks; a segment that does not begin one goes on with the block before it."""
    blocks: list[list[bytes]] = []
    size = 0
    for payload in payloads:
        part = exif.block_in(payload)
        size += len(part)
        if size > _LARGEST_EXIF_BYTES:
            refuse("has more EXIF than any camera writes")
        if blocks and not exif.is_block(part):
            blocks[-1].append(part)
        else:
            blocks.append([part])
    return [b"".join(parts) for parts in blocks]


def _colours(original: Picture, shown: Picture) -> list[bytes]:
    """The ICC profile in fresh chunks; nothing where it does not speak of the shown picture's samples."""
    profile = icc.profile(_joined_profile(original)) if any(_icc_chunks(original)) else None
    if profile is None or (_model(shown) != _model(original) and _model(shown) != icc.model(profile)):
        return []
    starts = range(0, len(profile), _ICC_CHUNK_BYTES)
    return [
        written(_APP2, _ICC + bytes((number, len(starts))) + profile[start : start + _ICC_CHUNK_BYTES])
        for number, start in enumerate(starts, 1)
    ]


def _model(picture: Picture) -> icc.Model | None:
    """What its samples mean, by their number."""
    models: dict[int, icc.Model] = {1: "grey", 3: "colour", 4: "ink"}
    return models.get(picture.components)


def _joined_profile(picture: Picture) -> bytes:
    """The ICC profile as it stands in its chunks; empty unless they are all there, once each."""
    payloads = list(_icc_chunks(picture))
    chunks = {payload[len(_ICC)]: payload for payload in payloads}
    count = len(payloads)
    if len(chunks) != count or sorted(chunks) != list(range(1, count + 1)):
        return b""
    if any(chunk[len(_ICC) + 1] != count for chunk in chunks.values()):
        return b""
    return b"".join(chunks[number][len(_ICC) + 2 :] for number in sorted(chunks))


def _icc_chunks(picture: Picture) -> Iterator[bytes]:
    return (each for each in picture.payloads(_APP2) if each.startswith(_ICC) and len(each) > len(_ICC) + 2)


def _adobe(shown: Picture) -> list[bytes]:
    """Adobe's APP14, of which only the colour transform, its last byte, means something to a decoder."""
    transforms = [payload[_ADOBE_BYTES - 1] for payload in _adobe_headers(shown)]
    return [written(_APP14, _ADOBE + struct.pack(">HHHB", 100, 0, 0, transforms[-1]))] if transforms else []


def _adobe_headers(picture: Picture) -> Iterator[bytes]:
    return (each for each in picture.payloads(_APP14) if each.startswith(_ADOBE) and len(each) >= _ADOBE_BYTES)


def _fields(picture: Picture) -> Iterator[Field]:
    for block in _exif_blocks(each for each in picture.payloads(_APP1) if exif.is_meant(each)):
        yield from exif.fields(block, "EXIF")
    if any(_icc_chunks(picture)):
        yield from icc.fields(_joined_profile(picture), "JPEG APP2")
    for marker in sorted(picture.idle):
        yield Field(f"unused {STRUCTURE[marker]}", "unknown", "JPEG")
    for marker, payloads in picture.others.items():
        for payload in payloads:
            yield from _segment_fields(marker, payload)
    if picture.trailer:
        yield from trailer.fields(bytes(picture.trailer), Jpeg.name)


def _segment_fields(marker: int, payload: bytes) -> Iterator[Field]:
    """What one segment holds, for all but EXIF and ICC, which may go on over several."""
    if marker == _COM:
        yield Field("COM", "text", "JPEG COM")
    elif marker == _APP0 and payload.startswith(_JFIF):
        if len(payload) != _JFIF_BYTES:
            yield Field("JFIF thumbnail", "preview", "JPEG APP0")
    elif _APP0 <= marker <= _APP15:
        if not _listed_elsewhere(marker, payload):
            yield from app_segments.fields(marker - _APP0, payload)
    else:
        yield Field(f"marker 0x{marker:02X}", "unknown", "JPEG")


def _listed_elsewhere(marker: int, payload: bytes) -> bool:
    if marker == _APP1:
        return exif.is_meant(payload)
    if marker == _APP2:
        return payload.startswith(_ICC)
    return marker == _APP14 and payload.startswith(_ADOBE) and len(payload) == _ADOBE_BYTES
