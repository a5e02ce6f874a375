"""EXIF, the same in every still: a TIFF block (TIFF 6.0, EXIF 3.0 / CIPA DC-008).

Where location hides: the GPS directory; the thumbnail (IFD1) with an EXIF block of its own; maker notes; the user
comment, descriptions and the Windows XP* texts; IPTC, XMP and GeoTIFF tags in IFD0; bytes that no directory points to.

Dropped: all of it. A block is never edited. What may stay is read, checked value by value, and put into a *fresh*
block, so nothing rides along: no slack, no second directory, no unused denominator.

Kept: the orientation; when asked for also times, the exposure, the author, the copyright and the colour space
(`keepable` is the whole list), and the centre of the grid cell that a well-formed position lies in (`position`). The
first entry of a tag decides, and a value that is not of the form its tag demands is dropped. Orientation 1 and colour
space 1 (sRGB) are what a reader assumes without the tag, so they need none.

Not handled: the meaning of maker notes (named, never read); an author or lens name that is itself a place; texts in
another coding than ASCII or UTF-8, which are dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import piexif

from redact.formats.carriers import position, tiff_block
from redact.formats.carriers.credit import UNCREDITED, Credit
from redact.formats.carriers.keepable import ARTIST, COPYRIGHT, KEEPABLE, Value
from redact.formats.carriers.tiff_entries import HEADERS, Entry, entries
from redact.model import Field, Keep, Kind

PREFIX = b"Exif\0\0"
"""What stands before the block in a JPEG, and in some PNG and WebP files."""

_SYNTAX = (0x8769, 0xA005)
_IMPLIED = {("IFD0", 0x0112): (1,), ("Exif IFD", 0xA001): (1,)}
_PREVIEWS = ("IFD1", "SubIFD")
_WRITTEN = ("IFD0", "Exif IFD", position.DIRECTORY)
"""The directories of a fresh block."""


def is_meant(payload: bytes) -> bool:
    """True when a payload begins with "Exif", however it is spelt: such a block is named, readers may not see it."""
    return payload[:4].lower() == PREFIX[:4].lower()


def block_in(payload: bytes) -> bytes:
    """The TIFF block to be named in a payload that may or may not begin with "Exif" and two bytes."""
    return payload[len(PREFIX) :] if is_meant(payload) else payload


def is_block(untrusted: bytes) -> bool:
    """True when the bytes begin as a TIFF block does."""
    return untrusted[:4] in HEADERS


def fields(block: bytes, carrier: str) -> Iterator[Field]:
    """Every entry of every directory in a TIFF block; a block that cannot be read is one unknown field.

    An entry that says what holds without it, that a picture is upright or in sRGB, is nothing that could go. A position
    that was made coarse before is told from any other by how coarse it is.
    carrier: where the block was found, as "EXIF" or "PNG eXIf"
    """
    found = list(entries(block))
    if not found:
        yield Field("EXIF", "unknown", carrier)
    km = position.coarse_to_km(entry for entry in found if entry.directory == position.DIRECTORY)
    coarse = {position.DIRECTORY: f", coarse to {km} km"} if km else {}
    for entry in found:
        if entry.tag not in _SYNTAX and entry.integers() != _IMPLIED.get((entry.directory, entry.tag)):
            where = f"{carrier} {entry.directory}{coarse.get(entry.directory, '')}"
            yield Field(_name(entry), _kind(entry), where)


def kept(block: bytes, keep: Keep, credit: Credit = UNCREDITED) -> bytes | None:
    """A fresh TIFF block with what may stay of `block`; None where nothing has to.

    block:  hostile, may be anything, with or without PREFIX; empty where the file has none
    keep:   kinds of metadata, see redact.model.KINDS; those that `keepable` does not know are never kept
    credit: author and copyright as other carriers of the file tell them, for what the block does not tell
    """
    found: dict[tuple[str, int], Entry] = {}
    for entry in entries(block.removeprefix(PREFIX), _sought(keep)):
        found.setdefault((entry.directory, entry.tag), entry)
    values: dict[str, dict[int, Value]] = {name: {} for name in _WRITTEN}
    for place, told in (*_credited(credit, keep), *_read(found, keep)):
        directory, tag = place
        values[directory][tag] = told
    if keep.grid_km is not None:
        gps = {tag: entry for (directory, tag), entry in found.items() if directory == position.DIRECTORY}
        values[position.DIRECTORY] = position.coarse(gps, keep.grid_km)
    return tiff_block.written(values) if any(values.values()) else None


@lru_cache(maxsize=64)
def _sought(keep: Keep) -> Mapping[str, frozenset[int]]:
    """Directory -> the tags in it that may stay. IFD0 leads to the others."""
    places = [place for place, rule in KEEPABLE.items() if rule.kind in keep]
    sought = {name: frozenset(tag for directory, tag in places if directory == name) for name in _WRITTEN}
    if keep.grid_km is not None:
        sought[position.DIRECTORY] = position.TAGS
    return {name: tags for name, tags in sought.items() if tags or name == "IFD0"}


def _read(found: Mapping[tuple[str, int], Entry], keep: Keep) -> Iterator[tuple[tuple[str, int], Value]]:
    """(directory, tag) and value of what may stay."""
    for place, entry in found.items():
        rule = KEEPABLE.get(place)
        told = rule.read(entry) if rule is not None and rule.kind in keep else None
        if told is not None:
            yield place, told


def _credited(credit: Credit, keep: Keep) -> Iterator[tuple[tuple[str, int], Value]]:
    """As `_read`, from what other carriers tell."""
    for place, told in ((ARTIST, credit.author), (COPYRIGHT, credit.copyright)):
        if told and KEEPABLE[place].kind in keep:
            yield place, told.encode("utf-8")


def _name(entry: Entry) -> str:
    table = {"GPS IFD": "GPS", "Exif IFD": "Exif", "Interoperability IFD": "Interop"}.get(entry.directory, "Image")
    known = piexif.TAGS[table].get(entry.tag)
    return str(known["name"]) if known else f"0x{entry.tag:04X}"


def _kind(entry: Entry) -> Kind:
    rule = KEEPABLE.get((entry.directory, entry.tag))
    if rule is not None:
        return rule.kind
    if entry.directory == position.DIRECTORY:
        return "location"
    if entry.directory in _PREVIEWS:
        return "preview"
    return _KINDS.get(entry.tag, "unknown")


_KINDS: Mapping[int, Kind] = {
    **dict.fromkeys((0x8825, 0x830E, 0x8480, 0x8482, 0x85D8, 0x87AF, 0x87B0, 0x87B1), "location"),
    **dict.fromkeys((0x000B, 0x010F, 0x0110, 0x0131, 0x013C, 0x927C, 0xA420, 0xA430, 0xA431, 0xA433, 0xA435), "device"),
    **dict.fromkeys((0xC614, 0xC615, 0xC62F), "device"),
    **dict.fromkeys(
        (0x010D, 0x010E, 0x02BC, 0x83BB, 0x8649, 0x9286, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F, 0x9213, 0xA004), "text"
    ),
    **dict.fromkeys(range(0x9400, 0x9406), "telemetry"),
    **dict.fromkeys((0x0201, 0x0202, 0x014A), "preview"),
}
"""Tag -> kind of what is never kept, outside of the GPS and the preview directories (GeoTIFF tags are locations)."""
