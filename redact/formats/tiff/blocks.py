"""The metadata of a page as one small EXIF block, so that EXIF's own rules name it and say what may stay.

A TIFF is an EXIF block with pictures in it, but too big for whoever wants the block in memory, and maybe a BigTIFF.
So the directories that hold metadata are written down once more, small values only, as `carriers.exif` reads them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from redact.errors import MediaError
from redact.formats.carriers import exif
from redact.formats.carriers.credit import Credit
from redact.formats.tiff.directories import LONG, Directory, Entry, Tape, Value
from redact.model import Keep

EXIF_IFD, GPS_IFD, INTEROPERABILITY_IFD, SUB_IFDS = 34665, 34853, 40965, 330
PAGE = 0
"""Stands for the page where directories go by the tag that points to them."""
POINTERS = frozenset({EXIF_IFD, GPS_IFD, INTEROPERABILITY_IFD, SUB_IFDS})

_LARGEST_VALUE_BYTES = 1024
_LARGEST_CLASSIC_FORM = 13
_ENTRY_BYTES = 12
_FIRST = 8
_HEADERS = {"<": b"II*\0", ">": b"MM\0*"}


@dataclass(frozen=True, slots=True)
class Beside:
    """The directories of metadata that a page points to: pointer -> directory.

    One that cannot be read is not among them: it is dropped as they are, but its entries cannot be named.
    """

    directories: Mapping[int, Directory]

    @classmethod
    def of(cls, tape: Tape, page: Directory) -> Beside:
        """Those of a page; the one of interoperability may also hang on the Exif directory."""
        found: dict[int, Directory] = {}
        for pointer in (EXIF_IFD, GPS_IFD, INTEROPERABILITY_IFD):
            for holder in (page, found.get(EXIF_IFD)):
                directory = _behind(tape, holder, pointer) if holder else None
                if directory is not None:
                    found.setdefault(pointer, directory)
        return cls(found)


def block(tape: Tape, page: Directory, beside: Beside, wanted: Callable[[int], bool]) -> bytes | None:
    """An EXIF block of the wanted entries of a page and of all in the directories beside it; None where none are."""
    entries = [entry for tag, entry in page.entries.items() if wanted(tag) and tag not in POINTERS]
    if not entries and not beside.directories:
        return None
    order = tape.dialect.order
    written = bytearray(_HEADERS[order] + struct.pack(f"{order}I", _FIRST))
    written += _directory(tape, entries, len(written), beside.directories)
    pointer_at = _FIRST + 2 + _ENTRY_BYTES * len(entries) + 8
    for directory in beside.directories.values():
        struct.pack_into(f"{order}I", written, pointer_at, len(written))
        pointer_at += _ENTRY_BYTES
        inner = [entry for tag, entry in directory.entries.items() if tag not in POINTERS]
        written += _directory(tape, inner, len(written), ())
    return bytes(written)


def kept(source: bytes | None, keep: Keep, credit: Credit, tape: Tape) -> dict[int, dict[int, Value]]:
    """What may stay of a block, or is told by others, in the byte order of `tape`.

    For the page under PAGE, and under its pointer for each directory beside it that is not empty.
    """
    fresh = exif.kept(source or b"", keep, credit)
    if fresh is None:
        return {}
    small = Tape.of(BytesIO(fresh))
    page = small.directory(small.untrusted_first)
    found = {PAGE: page, **Beside.of(small, page).directories}
    return {pointer: dict(_values(small, directory, tape)) for pointer, directory in found.items()}


def _behind(tape: Tape, holder: Directory, pointer: int) -> Directory | None:
    entry = holder.entries.get(pointer)
    places = tape.pointers(entry, 1) if entry else ()
    try:
        return tape.directory(places[0]) if places else None
    except MediaError:
        return None


def _directory(
    tape: Tape, entries: Sequence[Entry], place: int, pointers: Sequence[int] | Mapping[int, object]
) -> bytes:
    """A directory of entries and, behind them, of pointers that are zero so far, with its values after it."""
    order = tape.dialect.order
    count = len(entries) + len(pointers)
    values_at = place + 2 + _ENTRY_BYTES * count + 4
    written, values = bytearray(struct.pack(f"{order}H", count)), bytearray()
    for entry in entries:
        data = tape.data(entry, _LARGEST_VALUE_BYTES) if entry.form <= _LARGEST_CLASSIC_FORM else b""
        written += struct.pack(f"{order}HHI", entry.tag, entry.form, entry.count if data else 0)
        if len(data) <= 4:
            written += data.ljust(4, b"\0")
        else:
            written += struct.pack(f"{order}I", values_at + len(values))
            values += data
    for tag in pointers:
        written += struct.pack(f"{order}HHII", tag, LONG, 1, 0)
    return bytes(written + bytes(4) + values)


def _values(small: Tape, directory: Directory, tape: Tape) -> Iterator[tuple[int, Value]]:
    for tag, entry in directory.entries.items():
        if tag not in POINTERS:
            data = small.data(entry, _LARGEST_VALUE_BYTES)
            yield tag, Value(entry.form, entry.count, _turned(data, entry.form, small, tape))


def _turned(data: bytes, form: int, small: Tape, tape: Tape) -> bytes:
    """Values in the byte order of another file."""
    width = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4}.get(form, 1)
    if small.dialect.order == tape.dialect.order or width == 1:
        return data
    return b"".join(data[start : start + width][::-1] for start in range(0, len(data), width))
