"""The TIFF block inside EXIF: a strict walk against an allow-list of tags.

TIFF 6.0 and Exif 3.0 (CIPA DC-008). Location hides in the GPS directory, maker notes, user comments, thumbnails
(directory 1), and in bytes that no directory refers to: so every byte has to belong to a directory or to a value.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from redact.checks.reading import Flaw

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}

_EXIF_IFD, _INTEROP_IFD = 0x8769, 0xA005
_POINTERS = {_EXIF_IFD: "Exif", _INTEROP_IFD: "Interoperability"}
ORIENTATION = 0x0112

_LONGEST_VALUE = 1024
"""Bytes. A camera's or a person's name is short; what is longer is something else."""

_LONGEST_GAP = 5
"""Bytes, all zero: the pointer to no next directory, which some writers leave out, and the padding of an odd value."""

_SHAPES = {
    ORIENTATION: ((3,), 1),
    0x011A: ((5,), 1),
    0x011B: ((5,), 1),
    0x0128: ((3,), 1),
    0x9000: ((7,), 4),
    0x9101: ((7,), 4),
    0xA000: ((7,), 4),
    0xA001: ((3,), 1),
    0xA002: ((3, 4), 1),
    0xA003: ((3, 4), 1),
    _EXIF_IFD: ((4, 13), 1),
    _INTEROP_IFD: ((4, 13), 1),
}
"""The types and the count of tags whose value is no text: in any other shape it is something else."""

_ALWAYS = frozenset({
    0x011A, 0x011B, 0x0128,  # resolution and its unit
    0x9000, 0x9101, 0xA000, 0xA002, 0xA003,  # versions, component order, size: they repeat what the picture says
    _EXIF_IFD,
})  # fmt: skip
_KINDS: dict[str, frozenset[int]] = {
    "orientation": frozenset({ORIENTATION}),
    "time": frozenset({
        0x0132, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x9290, 0x9291, 0x9292,
    }),
    "camera": frozenset({
        0x010F, 0x0110, 0x0131, 0x829A, 0x829D, 0x8822, 0x8827, 0x8830, 0x8831, 0x8832, 0x8833, 0x8834, 0x8835,
        0x9102, 0x9201, 0x9202, 0x9203, 0x9204, 0x9205, 0x9206, 0x9207, 0x9208, 0x9209, 0x920A,
        0xA20B, 0xA20E, 0xA20F, 0xA210, 0xA215, 0xA217, 0xA300, 0xA301, 0xA302, 0xA401, 0xA402, 0xA403, 0xA404,
        0xA405, 0xA406, 0xA407, 0xA408, 0xA409, 0xA40A, 0xA40C, 0xA432, 0xA433, 0xA434, 0xA460, 0xA461,
    }),
    "author": frozenset({0x013B, 0x8298, 0x9C9D, 0xA430, 0xA437, 0xA438, 0xA439}),
    "colour": frozenset({
        0x012D, 0x013E, 0x013F, 0x0211, 0x0213, 0x0214, 0xA001, 0xA500, _INTEROP_IFD,
    }),
}  # fmt: skip
_INTEROP_TAGS = frozenset({0x0001, 0x0002})


@dataclass(frozen=True)
class Entry:
    """One tag: the directory it stands in, its value's bytes, and the order they are in ("<" or ">")."""

    directory: str
    tag: int
    kind: int
    count: int
    value: bytes
    order: str

    @property
    def number(self) -> int:
        """The value as one SHORT or LONG. Raises Flaw for anything else."""
        if self.count != 1 or self.kind not in (3, 4, 13):
            message = f"EXIF tag {self.tag:#06x} is not one number"
            raise Flaw(message)
        return int(struct.unpack(self.order + ("H" if self.kind == 3 else "I"), self.value)[0])


def inspect(block: bytes, keep: frozenset[str]) -> int:
    """How many tags the block holds. Raises Flaw for a tag that is not allowed and for bytes nothing refers to."""
    used = [(0, 8)]
    count = 0
    for entry in _walk(block, used):
        _admit(entry, keep)
        count += 1
    _demand_cover(block, used)
    return count


def orientation(block: bytes) -> int:
    """The EXIF orientation, 1 to 8; 1 where none is told or the block cannot be read."""
    try:
        order = _ORDERS[block[:4]]
        (start,) = struct.unpack_from(order + "I", block, 4)
        (entries,) = struct.unpack_from(order + "H", block, start)
        for place in range(start + 2, start + 2 + 12 * entries, 12):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", block, place)
            if (tag, kind) == (ORIENTATION, 3):
                return value if 1 <= value <= 8 else 1
    except (KeyError, struct.error):
        return 1
    return 1


def _walk(block: bytes, used: list[tuple[int, int]]) -> Iterator[Entry]:
    order = _ORDERS.get(block[:4])
    if order is None or len(block) < 8:
        message = "EXIF without a TIFF header"
        raise Flaw(message)
    pending = [("IFD0", int(struct.unpack_from(order + "I", block, 4)[0]))]
    seen = set()
    while pending:
        name, start = pending.pop()
        if name in seen:
            message = f"EXIF points to its {name} twice"
            raise Flaw(message)
        seen.add(name)
        for entry in _directory(block, order, name, start, used):
            yield entry
            if entry.tag in _POINTERS:
                pending.append((_POINTERS[entry.tag], entry.number))


def _directory(block: bytes, order: str, name: str, start: int, used: list[tuple[int, int]]) -> Iterator[Entry]:
    if start + 2 > len(block):
        message = f"EXIF {name} lies outside its block"
        raise Flaw(message)
    (untrusted_entries,) = struct.unpack_from(order + "H", block, start)
    end = start + 2 + 12 * untrusted_entries
    if end > len(block):
        message = f"EXIF {name} is longer than its block"
        raise Flaw(message)
    if name == "IFD0" and block[end : end + 4] != bytes(4):
        message = f"EXIF {name} is followed by another directory"
        raise Flaw(message)
    used.append((start, end))
    for place in range(start + 2, end, 12):
        yield _entry(block, order, name, place, used)


def _entry(block: bytes, order: str, name: str, place: int, used: list[tuple[int, int]]) -> Entry:
    tag, kind, untrusted_count = struct.unpack_from(order + "HHI", block, place)
    if kind not in _SIZES:
        message = f"EXIF tag {tag:#06x} is of an unknown type"
        raise Flaw(message)
    size = untrusted_count * _SIZES[kind]
    if size <= 4:
        value, rest = block[place + 8 : place + 8 + size], block[place + 8 + size : place + 12]
        if any(rest):
            message = f"EXIF tag {tag:#06x} hides bytes behind its value"
            raise Flaw(message)
    else:
        (start,) = struct.unpack_from(order + "I", block, place + 8)
        if start + size > len(block):
            message = f"the value of EXIF tag {tag:#06x} lies outside its block"
            raise Flaw(message)
        used.append((start, start + size))
        value = block[start : start + size]
    return Entry(name, tag, kind, untrusted_count, value, order)


def _admit(entry: Entry, keep: frozenset[str]) -> None:
    if len(entry.value) > _LONGEST_VALUE:
        message = f"the value of EXIF tag {entry.tag:#06x} is too long"
        raise Flaw(message)
    allowed = _ALWAYS.union(*(_KINDS.get(kind, frozenset()) for kind in keep))
    if entry.directory == "Interoperability":
        allowed = _INTEROP_TAGS
    if entry.tag not in allowed:
        message = f"EXIF tag {entry.tag:#06x} in {entry.directory} is not allowed"
        raise Flaw(message)
    kinds, count = _SHAPES.get(entry.tag, ((entry.kind,), entry.count))
    if entry.kind not in kinds or entry.count != count:
        message = f"EXIF tag {entry.tag:#06x} does not have the shape of its value"
        raise Flaw(message)
    if entry.tag == ORIENTATION and not 1 <= entry.number <= 8:
        message = "EXIF orientation is none of the eight"
        raise Flaw(message)


def _demand_cover(block: bytes, used: list[tuple[int, int]]) -> None:
    position = 0
    for start, end in [*sorted(used), (len(block), len(block))]:
        if start < position:
            message = "parts of EXIF overlap"
            raise Flaw(message)
        if start - position > _LONGEST_GAP or any(block[position:start]):
            message = f"{start - position} bytes of EXIF belong to nothing"
            raise Flaw(message)
        position = end
