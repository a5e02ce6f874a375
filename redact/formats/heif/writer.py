"""Writes a HEIF that holds given pictures and at most one block of EXIF: one index, one stretch of data, nothing else.

Everything is in one order, so that a file written from what this wrote is the same to the byte: items are numbered from
1 in the order given, data and properties lie in the order of the items that use them first.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from redact.errors import UnsupportedFormatError
from redact.formats.boxes import written
from redact.formats.heif.properties import ESSENTIAL

BRANDS = (
    b"heic", b"heix", b"heim", b"heis", b"avif", b"avio", b"mif1", b"mif2", b"miaf", b"MiHB", b"MiHA", b"MiHE", b"MiAB",
    b"MA1B", b"MA1A",
)  # fmt: skip
"""Brands of stills that tell which pictures a reader has to know."""

_PLAIN_BRAND = b"mif1"
_HANDLER = bytes(8) + b"pict" + bytes(13)
_MOST_PROPERTIES = 0x7FFF
_FEW_PROPERTIES = 0x7F
_HIDDEN = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """An item to be written.

    derived:    its data is a recipe, which lies in the index
    references: (kind, targets), the targets as numbers of entries from 1
    properties: (code, payload)
    """

    kind: bytes
    hidden: bool
    derived: bool
    data: bytes
    references: Sequence[tuple[bytes, Sequence[int]]]
    properties: Sequence[tuple[bytes, bytes]] = ()


def heif(brands: Iterable[bytes], entries: Sequence[Entry]) -> list[bytes]:
    """The parts of a file whose primary item is the first entry.

    brands: as another file lists them, the major one first; those that are not in BRANDS are left out
    """
    head = written(b"ftyp", _brands(tuple(brands)))
    # Offsets have a fixed size, so the index is as long before they are known.
    start = len(head) + len(_index(entries, 0)) + 8
    media = [entry.data for entry in entries if not entry.derived]
    return [head, _index(entries, start), struct.pack(">I4s", 8 + sum(map(len, media)), b"mdat"), *media]


def _brands(brands: tuple[bytes, ...]) -> bytes:
    listed = [brand for brand in BRANDS if brand in brands or brand == _PLAIN_BRAND]
    major = brands[0] if brands[0] in BRANDS else listed[0]
    return major + bytes(4) + b"".join(listed)


def _index(entries: Sequence[Entry], start: int) -> bytes:
    stored = b"".join(entry.data for entry in entries if entry.derived)
    references = b"".join(
        written(kind, struct.pack(">HH", number, len(targets)), struct.pack(f">{len(targets)}H", *targets))
        for number, entry in enumerate(entries, 1)
        for kind, targets in entry.references
    )
    return written(
        b"meta",
        bytes(4),
        written(b"hdlr", _HANDLER),
        written(b"pitm", struct.pack(">IH", 0, 1)),
        _items(entries),
        written(b"iref", bytes(4), references) if references else b"",
        _properties(entries),
        _places(entries, start),
        written(b"idat", stored) if stored else b"",
    )


def _items(entries: Sequence[Entry]) -> bytes:
    parts = [
        written(
            b"infe",
            b"\2\0\0" + bytes((_HIDDEN if entry.hidden else 0,)),
            struct.pack(">HH", number, 0),
            entry.kind,
            b"\0",
        )
        for number, entry in enumerate(entries, 1)
    ]
    return written(b"iinf", struct.pack(">IH", 0, len(entries)), *parts)


def _properties(entries: Sequence[Entry]) -> bytes:
    unique: dict[tuple[bytes, bytes], int] = {}
    for entry in entries:
        for each in entry.properties:
            unique.setdefault(each, len(unique) + 1)
    if len(unique) > _MOST_PROPERTIES:
        message = "the picture has more properties than can be numbered: save it anew first"
        raise UnsupportedFormatError(message)
    wide = len(unique) > _FEW_PROPERTIES
    described = [(number, entry.properties) for number, entry in enumerate(entries, 1) if entry.properties]
    associations = b"".join(
        struct.pack(">HB", number, len(properties))
        + b"".join(
            (unique[each] | (each[0] in ESSENTIAL) << (15 if wide else 7)).to_bytes(1 + wide, "big")
            for each in properties
        )
        for number, properties in described
    )
    return written(
        b"iprp",
        written(b"ipco", *(written(code, payload) for code, payload in unique)),
        written(b"ipma", struct.pack(">II", wide, len(described)), associations),
    )


def _places(entries: Sequence[Entry], start: int) -> bytes:
    """`iloc`, of version 1 only where an item lies in the index, as some readers know version 0 alone."""
    placed = [(number, entry) for number, entry in enumerate(entries, 1) if entry.data]
    version = int(any(entry.derived for _, entry in placed))
    positions = {True: 0, False: start}
    parts: list[bytes] = []
    for number, entry in placed:
        method = struct.pack(">H", entry.derived) if version else b""
        parts.append(
            struct.pack(">H", number) + method + struct.pack(">HHII", 0, 1, positions[entry.derived], len(entry.data))
        )
        positions[entry.derived] += len(entry.data)
    return written(b"iloc", struct.pack(">B3xBBH", version, 0x44, 0, len(placed)), *parts)
