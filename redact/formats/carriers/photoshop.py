"""Names what Photoshop's image resources hold: IPTC captions and places, thumbnails; reads who made the picture.

No resource is ever kept. The by-line and the copyright notice can be read, to be written as EXIF.

Adobe Photoshop File Formats Specification, "Image Resource Blocks"; IPTC-NAA Information Interchange Model 4.2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from redact.formats.carriers import exif, xmp
from redact.formats.carriers.credit import Credit, plain, together
from redact.model import Field, Kind

_MOST_BLOCKS = 500
_IPTC = 0x0404
_THUMBNAILS = (0x0409, 0x040C)
_EXIF = (0x0422, 0x0423)
_XMP = 0x0424
_TEXTS: Mapping[int, str] = {0x03F0: "Caption", 0x040A: "CopyrightFlag", 0x040B: "URL"}

_APPLICATION = 2
_BY_LINE, _COPYRIGHT_NOTICE = 80, 116
_CREDITS: Mapping[int, Kind] = {_BY_LINE: "author", _COPYRIGHT_NOTICE: "copyright"}
_PLACES: Mapping[int, str] = {
    26: "ContentLocationCode",
    27: "ContentLocationName",
    90: "City",
    92: "Sub-location",
    95: "Province-State",
    100: "Country-PrimaryLocationCode",
    101: "Country-PrimaryLocationName",
}
_WORDS: Mapping[int, str] = {
    5: "ObjectName",
    25: "Keywords",
    40: "SpecialInstructions",
    55: "DateCreated",
    60: "TimeCreated",
    80: "By-line",
    85: "By-lineTitle",
    103: "OriginalTransmissionReference",
    105: "Headline",
    110: "Credit",
    115: "Source",
    116: "CopyrightNotice",
    120: "Caption-Abstract",
    122: "Writer-Editor",
}


def fields(resources: bytes, where: str) -> Iterator[Field]:
    """One field for each "8BIM" block; those that are metadata themselves property by property. At least one."""
    found = False
    for number, content in _blocks(resources):
        found = True
        if number == _IPTC:
            yield from captions(content, f"{where} IPTC")
        elif number in _EXIF:
            yield from exif.fields(content, f"{where} EXIF")
        elif number == _XMP:
            yield from xmp.fields(content, f"{where} XMP")
        else:
            yield Field(_TEXTS.get(number, f"0x{number:04X}"), _kind(number), where)
    if not found:
        yield Field("Photoshop", "unknown", where)


def captions(records: bytes, where: str) -> Iterator[Field]:
    """One field for each IPTC dataset, at least one."""
    found = False
    for record, dataset, _ in _datasets(records):
        found = True
        number = f"{record}:{dataset}"
        if record != _APPLICATION:
            yield Field(number, "text", where)
        elif dataset in _PLACES:
            yield Field(_PLACES[dataset], "location", where)
        else:
            yield Field(_WORDS.get(dataset, number), _CREDITS.get(dataset, "text"), where)
    if not found:
        yield Field("IPTC", "unknown", where)


def credit(resources: bytes) -> Credit:
    """Who made the picture, by the first IPTC block among the resources."""
    return next((caption_credit(content) for number, content in _blocks(resources) if number == _IPTC), Credit())


def caption_credit(records: bytes) -> Credit:
    """Who made the picture, by IPTC datasets."""
    told = [(dataset, plain(content)) for record, dataset, content in _datasets(records) if record == _APPLICATION]
    authors, owners = (
        [name for dataset, name in told if dataset == sought] for sought in (_BY_LINE, _COPYRIGHT_NOTICE)
    )
    return Credit(together(authors), together(owners))


def _kind(number: int) -> Kind:
    if number in _THUMBNAILS:
        return "preview"
    return "text" if number in _TEXTS else "unknown"


def _blocks(resources: bytes) -> Iterator[tuple[int, bytes]]:
    position = resources.find(b"8BIM")
    for _ in range(_MOST_BLOCKS):
        if position < 0 or resources[position : position + 4] != b"8BIM" or position + 12 > len(resources):
            return
        (number,) = struct.unpack_from(">H", resources, position + 4)
        # A name with its length before it, padded to an even size.
        start = position + 6 + (resources[position + 6] + 2) // 2 * 2
        untrusted_size = int.from_bytes(resources[start : start + 4], "big")
        content = resources[start + 4 : start + 4 + untrusted_size]
        yield number, content
        position = start + 4 + (len(content) + 1) // 2 * 2


def _datasets(records: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Record, dataset and content of each."""
    position = 0
    for _ in range(_MOST_BLOCKS):
        if position + 5 > len(records) or records[position] != 0x1C:
            return
        untrusted_size = int.from_bytes(records[position + 3 : position + 5], "big")
        yield records[position + 1], records[position + 2], records[position + 5 : position + 5 + untrusted_size]
        # A long dataset is the last that can be walked, and they hold text; the walk has named it.
        position += 5 + untrusted_size
