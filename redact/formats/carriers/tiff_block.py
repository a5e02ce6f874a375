"""A TIFF block (TIFF 6.0) written whole, as EXIF has it: one directory, and those that it leads to.

Every directory ends with the place of the next one, which is none, and every value begins at an even place: readers
that find less of a directory than the standard demands warn of damage.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

import piexif

from redact.formats.carriers.keepable import Value

_HEADER = b"MM\0*\0\0\0\x08"
_ASCII, _LONG = 2, 4
_NUMBERS = {1: "B", 3: "H", _LONG: "I", 5: "2I", 10: "2i"}
"""TIFF type -> struct's code of one value."""
_ROOM = 4
"""Bytes of a value that stands in its entry."""
_ENTRY_BYTES = 12

_FIRST = "IFD0"
_TABLES = {_FIRST: "Image", "Exif IFD": "Exif", "GPS IFD": "GPS"}
"""A directory -> piexif's table of its tags; in the order in which they are written."""
_POINTERS = {"Exif IFD": 0x8769, "GPS IFD": 0x8825}


def written(values: Mapping[str, Mapping[int, Value]]) -> bytes:
    """The block of "IFD0" and of those of "Exif IFD" and "GPS IFD" that hold anything.

    values: directory -> tag -> value, of the form that the tag has in EXIF
    """
    coded = {
        name: {tag: _coded(table, tag, value) for tag, value in values.get(name, {}).items()}
        for name, table in _TABLES.items()
    }
    below = [name for name in _POINTERS if coded[name]]
    first = coded[_FIRST] | {_POINTERS[name]: (_LONG, bytes(_ROOM)) for name in below}
    place = len(_HEADER) + len(_directory(first, len(_HEADER)))
    behind = b""
    for name in below:
        first[_POINTERS[name]] = (_LONG, struct.pack(">I", place + len(behind)))
        behind += _directory(coded[name], place + len(behind))
    return _HEADER + _directory(first, len(_HEADER)) + behind


def _coded(table: str, tag: int, value: Value) -> tuple[int, bytes]:
    """The TIFF type of a tag, and a value's bytes."""
    form = int(piexif.TAGS[table][tag]["type"])
    if form == _ASCII:
        return form, value + b"\0"
    values = value if isinstance(value, tuple) else (value,)
    # One fraction is a pair of numbers, several are a pair of numbers each.
    numbers = sum(values, ()) if isinstance(values[0], tuple) else values
    code = _NUMBERS[form]
    return form, struct.pack(">" + code[-1] * len(numbers), *numbers)


def _directory(entries: Mapping[int, tuple[int, bytes]], place: int) -> bytes:
    """A directory that stands at `place`, and behind it the values that have no room in their entries."""
    values_at = place + 2 + _ENTRY_BYTES * len(entries) + 4
    body, values = struct.pack(">H", len(entries)), b""
    for tag, (form, data) in sorted(entries.items()):
        count = len(data) if form == _ASCII else len(data) // struct.calcsize(">" + _NUMBERS[form])
        body += struct.pack(">HHI", tag, form, count)
        if len(data) <= _ROOM:
            body += data.ljust(_ROOM, b"\0")
        else:
            body += struct.pack(">I", values_at + len(values))
            values += data + bytes(len(data) % 2)
    return body + bytes(4) + values
