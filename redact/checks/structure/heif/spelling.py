"""How an index is spelt that holds nothing but its meaning: what an index differs in from this, it hides.

Every box is of the plainest version that has room, in a fixed order; names are empty, reserved bits zero, numbers as
short as they can be. (ISO/IEC 14496-12 8.11.)
"""

from __future__ import annotations

from redact.checks.structure.heif.index import Index

_HIDDEN = 1


def meta(index: Index) -> bytes:
    """The one meta box of a file with such an index, but for what lies in its idat."""
    stored = sum(end - start for number in index.stored for start, end in index.extents[number])
    references = b"".join(
        _box(each.kind, _number(each.origin), _number(len(each.targets)), *map(_number, each.targets))
        for each in index.references
    )
    parts = (
        _box(b"hdlr", bytes(8), b"pict", bytes(13)),
        _box(b"pitm", bytes(4), _number(index.primary)),
        _items(index),
        _box(b"iref", bytes(4), references) if references else b"",
        _box(b"iprp", _properties(index), _associations(index)),
        _places(index),
        _box(b"idat", bytes(stored))[:8] if stored else b"",
    )
    content = bytes(4) + b"".join(parts)
    return (8 + len(content) + stored).to_bytes(4, "big") + b"meta" + content


def _items(index: Index) -> bytes:
    entries = (
        _box(b"infe", b"\2\0\0", bytes((item.flags & _HIDDEN,)), _number(item.number), bytes(2), item.kind, b"\0")
        for item in index.items.values()
    )
    return _box(b"iinf", bytes(4), _number(len(index.items)), *entries)


def _properties(index: Index) -> bytes:
    return _box(b"ipco", *(_box(each.kind, each.body) for each in index.properties))


def _associations(index: Index) -> bytes:
    wide = len(index.properties) > 0x7F
    entries = (
        _number(number)
        + bytes((len(places),))
        + b"".join((place | marked << (15 if wide else 7)).to_bytes(1 + wide, "big") for place, marked in places)
        for number, places in index.described.items()
    )
    return _box(b"ipma", bytes(3), bytes((wide,)), len(index.described).to_bytes(4, "big"), *entries)


def _places(index: Index) -> bytes:
    """Offsets in the file begin at its start, those of idat at its own, as far as the items before reach."""
    entries = []
    reached = 0
    for number, pieces in index.extents.items():
        method = _number(number in index.stored) if index.stored else b""
        pairs = []
        for start, end in pieces:
            offset = reached if number in index.stored else start
            reached += end - start if number in index.stored else 0
            pairs.append(offset.to_bytes(4, "big") + (end - start).to_bytes(4, "big"))
        entries.append(_number(number) + method + bytes(2) + _number(len(pieces)) + b"".join(pairs))
    version = b"\1" if index.stored else b"\0"
    return _box(b"iloc", version, bytes(3), b"\x44\0", _number(len(entries)), *entries)


def _number(value: int) -> bytes:
    return value.to_bytes(2, "big")


def _box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return (8 + len(content)).to_bytes(4, "big") + kind + content
