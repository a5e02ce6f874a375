"""Names what a JPEG 2000 holds besides its picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from redact.formats import boxes
from redact.formats.carriers import exif, icc, photoshop, xmp
from redact.formats.jpeg2000.header import ENUMERATED, MEANINGS, resolution
from redact.model import Field, Kind

_UUIDS: Mapping[bytes, str] = {
    bytes.fromhex("b14bf8bd083d4b43a5ae8cd7d5a6ce03"): "GeoJP2",
    bytes.fromhex("96a9f1f1dc98402da7aed68e34451809"): "world file",
    bytes.fromhex("be7acfcb97a942e89c71999491e3afac"): "XMP",
    bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38"): "IPTC",
    bytes.fromhex("2c4c0100850440b9a03e562148d6dfeb"): "Photoshop",
    b"JpgTiffExif->JP2": "EXIF",
}
_KINDS: Mapping[bytes, Kind] = {b"jp2i": "author", b"lbl ": "text", b"uinf": "text"}


def of_codestream(dropped: Iterable[str]) -> Iterator[Field]:
    """One for each kind of segment that is dropped."""
    for name in dropped:
        yield Field(name, "text" if name == "COM" else "unknown", "JPEG 2000 codestream")


def of_header(box: boxes.Box) -> Iterator[Field]:
    """What a box of jp2h tells that no picture needs."""
    where = "JPEG 2000 jp2h"
    if box.code == b"colr":
        if box.payload[:1] != bytes((ENUMERATED,)):
            yield icc.field(where)
    elif box.code == b"res ":
        if len(b"".join(resolution(box))) != len(box.payload) + 8:
            yield Field("res", "unknown", where)
    elif box.code not in (b"ihdr", *MEANINGS):
        yield Field(boxes.tellable(box.code), "unknown", where)


def of_box(box: boxes.Box) -> Iterator[Field]:
    """What any other box tells."""
    where = f"JPEG 2000 {boxes.tellable(box.code)}"
    if box.code == b"uuid":
        yield from _uuid_fields(box.payload)
    elif box.code in (b"xml ", b"asoc"):
        if b"gml" in box.payload:
            yield Field("GML", "location", where)
        yield from xmp.fields(box.payload, where)
    else:
        yield Field(boxes.tellable(box.code), _KINDS.get(box.code, "unknown"), "JPEG 2000")


def _uuid_fields(payload: bytes) -> Iterator[Field]:
    name, content = _UUIDS.get(payload[:16], ""), payload[16:]
    where = f"JPEG 2000 {name}"
    if name in ("EXIF", "GeoJP2"):
        yield from exif.fields(exif.block_in(content), where)
    elif name == "XMP":
        yield from xmp.fields(content, where)
    elif name == "IPTC":
        yield from photoshop.captions(content, where)
    elif name == "Photoshop":
        yield from photoshop.fields(content, where)
    elif name:
        yield Field(name, "location", "JPEG 2000 uuid")
    else:
        yield Field("uuid", "unknown", "JPEG 2000")
