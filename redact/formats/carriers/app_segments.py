"""Names what JPEG's application segments hold, by how their payload begins. None of those here is ever kept.

Makers put thermal pictures, flight data, previews and whole second pictures into APP segments of their own. A second
segment of one kind goes on with what the first began, and often without its beginning: it is listed by its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from redact.formats.carriers import jumbf, photoshop, xmp
from redact.model import Field, Kind

_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
# Then come a digest, the whole length and an offset.
_XMP_EXTENSION_HEADER_BYTES = len(_XMP_EXTENSION) + 40
_PHOTOSHOP = b"Photoshop 3.0\0"

_BEGINNINGS: Mapping[int, Sequence[tuple[bytes, str, Kind]]] = {
    0: (
        (b"JFXX\0", "JFXX thumbnail", "preview"),
        (b"AVI1", "AVI1", "device"),
        (b"Ocad", "Ocad", "device"),
    ),
    1: (
        (b"FLIR\0", "FLIR", "device"),
        (b"PARROT\0", "Parrot thermal picture", "preview"),
        (b"QVCI\0", "Casio QVCI", "device"),
    ),
    2: (
        (b"MPF\0", "MPF", "preview"),
        (b"FPXR\0", "FlashPix", "preview"),
        (b"urn:iso:std:iso:ts:21496", "gain map", "preview"),
    ),
    3: (
        (b"META\0", "Kodak Meta", "text"),
        (b"Meta\0", "Kodak Meta", "text"),
        (b"Exif\0\0", "Kodak Meta", "text"),
        (b"_JPSJPS_", "stereo picture", "preview"),
    ),
    4: (
        (b"SCALADO\0", "Scalado", "preview"),
        (b"FPXR\0", "FlashPix", "preview"),
        (b"\xaa\x55\x12\x06", "DJI thermal parameters", "telemetry"),
        (b"\xaa\x55\x38\x00", "DJI thermal parameters", "telemetry"),
        (b"Qualcomm Dual Camera Attributes", "Qualcomm dual camera", "device"),
    ),
    5: (
        (b"RMETA\0", "Ricoh RMETA", "location"),
        (b"ssuniqueid\0", "Samsung unique ID", "device"),
    ),
    6: (
        (b"EPPIM\0", "Toshiba PrintIM", "device"),
        (b"NTIF\0", "NITF", "telemetry"),
        (b"TDHD\x01\0\0\0", "HP TDHD", "device"),
        (b"GoPro\0", "GoPro GPMF", "telemetry"),
        (b"DTAT\0\0", "DJI DTAT", "telemetry"),
    ),
    7: (
        (b"PENTAX \0", "Pentax maker note", "device"),
        (b"HUAWEI\0\0", "Huawei maker note", "device"),
        (b"\x1aQualcomm Camera Attributes", "Qualcomm camera", "device"),
        (b"DJI-DBG\0", "DJI debug data", "telemetry"),
    ),
    8: (
        (b"SPIFF\0", "SPIFF", "unknown"),
        (b"SEAL\0", "SEAL", "text"),
    ),
    9: ((b"Media Jukebox\0", "Media Jukebox", "text"),),
    10: (
        (b"UNICODE\0", "PhotoStudio comment", "text"),
        (b"AROT\0\0", "HDR gain curve", "preview"),
    ),
    11: ((b"HDR_RI ", "HDR ratio picture", "preview"),),
    12: (
        (b"Ducky", "Ducky", "text"),
        (b"[picture info]", "PictureInfo", "device"),
        (b"Type=", "PictureInfo", "device"),
        (b"OLYMPUS OPTICAL CO.,LTD.", "PictureInfo", "device"),
        (b"AGFA", "PictureInfo", "device"),
    ),
    13: ((b"Adobe_CM", "Adobe_CM", "device"),),
    15: ((b"Q ", "GraphicConverter quality", "unknown"),),
}
"""Number of the segment -> how a payload begins, its name and its kind."""

_PICTURE = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]")


def fields(number: int, payload: bytes) -> Iterator[Field]:
    """What the segment APP`number` holds: at least one field."""
    where = f"JPEG APP{number}"
    if number == 1 and payload.startswith(_XMP):
        yield from xmp.fields(payload[len(_XMP) :], "XMP")
    elif number == 1 and payload.startswith(_XMP_EXTENSION):
        yield from xmp.fields(payload[_XMP_EXTENSION_HEADER_BYTES:], "extended XMP")
    elif number == 13 and payload.startswith(_PHOTOSHOP):
        yield from photoshop.fields(payload[len(_PHOTOSHOP) :], "Photoshop")
    elif number == 11 and payload.startswith(b"JP"):
        yield from jumbf.fields(payload, where)
    else:
        yield _field(number, payload, where)


def xmp_in(payload: bytes) -> bytes | None:
    """The main XMP packet that an APP1 holds; None where it holds something else."""
    return payload[len(_XMP) :] if payload.startswith(_XMP) else None


def resources_in(payload: bytes) -> bytes | None:
    """Photoshop's image resources that an APP13 holds; None where it holds something else."""
    return payload[len(_PHOTOSHOP) :] if payload.startswith(_PHOTOSHOP) else None


def _field(number: int, payload: bytes, where: str) -> Field:
    for beginning, name, kind in _BEGINNINGS.get(number, ()):
        if payload.startswith(beginning):
            return Field(name, kind, where)
    shows = _PICTURE.search(payload) is not None
    return Field(f"APP{number}", "preview" if shows else "unknown", where)
