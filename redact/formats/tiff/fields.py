"""Names what the pages of a TIFF carry beside their pictures, kept or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from redact.formats.carriers import exif, icc, photoshop, xmp
from redact.formats.tiff import blocks, tags
from redact.formats.tiff.directories import Entry, Tape
from redact.formats.tiff.layout import JPEG
from redact.formats.tiff.pages import Page, gaps
from redact.model import Field, Kind

_LARGEST_PACKET_BYTES = 4 * 2**20

_PACKETS: Mapping[int, tuple[str, Callable[[bytes, str], Iterator[Field]]]] = {
    700: ("XMP", xmp.fields),
    33723: ("IPTC", photoshop.captions),
    34377: ("Photoshop", photoshop.fields),
}
"""Tag -> name and lister of what has properties of its own."""

_NAMES: Mapping[int, tuple[str, Kind]] = {
    301: ("TransferFunction", "colour"),
    318: ("WhitePoint", "colour"),
    319: ("PrimaryChromaticities", "colour"),
    42112: ("GDAL_METADATA", "text"),
    42113: ("GDAL_NODATA", "unknown"),
    50844: ("RPCCoefficientTag", "location"),
    50909: ("GEO_METADATA", "location"),
}
"""Tags that EXIF does not know."""


def of(tape: Tape, pages: Sequence[Page]) -> Iterator[Field]:
    """Every piece of metadata of every page, and one field where bytes belong to nothing."""
    for number, page in enumerate(pages):
        where = "TIFF" if number == 0 else "TIFF page"
        yield from _page(tape, page, where, in_full=number == 0)
        for each in page.reduced:
            yield from _page(tape, each, "TIFF SubIFD", in_full=False)
    if gaps(tape, tuple(pages)):
        yield Field("bytes outside of directories", "unknown", "TIFF")


def _page(tape: Tape, page: Page, where: str, *, in_full: bool) -> Iterator[Field]:
    if page.thumbnail:
        yield Field("thumbnail", "preview", where)
        return
    told = {tag for tag in page.directory.entries if tags.is_told(tag, page.values) and tag not in blocks.POINTERS}
    for tag in sorted(told):
        entry = page.directory.entries[tag]
        if tag in _PACKETS:
            yield from _packet(tape, entry, where, in_full=in_full)
        elif tag == tags.PROFILE:
            yield icc.field(where)
        elif tag in _NAMES:
            yield Field(*_NAMES[tag], where)
    known = {*_PACKETS, *_NAMES, tags.PROFILE}
    block = blocks.block(tape, page.directory, page.beside, lambda tag: tag in told - known)
    if block is not None:
        yield from exif.fields(block, where)
    inside = f"{where} JPEG" if page.layout is not None and page.layout.compression == JPEG else f"{where} strips"
    for name in sorted(frozenset().union(*{chunk.dropped for chunk in page.chunks if chunk is not None})):
        yield Field(name, "text" if name == "COM" else "unknown", inside)


def _packet(tape: Tape, entry: Entry, where: str, *, in_full: bool) -> Iterator[Field]:
    """Property by property for the first page only, so that a thousand pages of one packet are not read so often."""
    name, lister = _PACKETS[entry.tag]
    data = tape.data(entry, _LARGEST_PACKET_BYTES) if in_full else b""
    if data:
        yield from lister(data, f"{where} {name}")
    else:
        yield Field(name, "text", where)
