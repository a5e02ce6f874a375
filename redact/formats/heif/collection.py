"""A HEIF as a collection of items (ISO/IEC 14496-12 8.11, ISO/IEC 23008-12): what is in it, not what it means.

An item has a number, a type, properties, references to other items, and bytes somewhere in the file. Every count,
offset and length is the file's own word: it is held against what is there before anything is taken, and no part of the
index makes the reading longer than the index itself but for extents of no length, which are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.boxes import Box, contradiction, cut_short

_Told = TypeVar("_Told")

_MOST_ITEMS = 2**15
"""The largest grids of cameras have some hundreds of tiles."""

_MOST_EXTENTS = 2**17
_SIZES = (0, 4, 8)
_IN_FILE, _IN_INDEX = 0, 1


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of `iinf`.

    kind:      its type, as b"hvc1"; zeros in files older than item types
    hidden:    it is not to be shown on its own
    protected: it is encrypted
    named:     somebody gave it a name
    content:   its MIME type, where it has one
    """

    number: int
    kind: bytes
    hidden: bool
    protected: bool
    named: bool
    content: bytes


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry of `iref`: from one item to others, in order."""

    kind: bytes
    origin: int
    targets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Property:
    """A property of an item; who does not understand an essential one must not show the item."""

    box: Box
    essential: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item's bytes lie: in the file (0), in the index (1), or made by another item (2)."""

    method: int
    elsewhere: bool
    extents: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """A whole file.

    data:       all its bytes
    stored:     the payload of `idat`
    handler:    the name of what writes such files, and reserved bytes
    properties: every box of `ipco`, used or not
    described:  item -> its properties, in order
    others:     the boxes of the index that say nothing a picture needs
    """

    data: bytes
    stored: bytes
    primary: int
    items: Mapping[int, Item]
    handler: bytes
    references: tuple[Reference, ...]
    properties: tuple[Box, ...]
    described: Mapping[int, tuple[Property, ...]]
    places: Mapping[int, Place]
    others: tuple[Box, ...]

    def told(self, number: int, code: bytes) -> bytes:
        """The payload of an item's first property of a code; empty where it has none."""
        return next((each.box.payload for each in self.described.get(number, ()) if each.box.code == code), b"")

    def spans(self, number: int) -> Iterator[tuple[bytes, int, int]]:
        """The bytes that hold an item's extents, and where in these each begins and ends, as the file has it."""
        place = self.places.get(number)
        if place is not None and place.method in (_IN_FILE, _IN_INDEX) and not place.elsewhere:
            held = self.data if place.method == _IN_FILE else self.stored
            for untrusted_start, untrusted_size in place.extents:
                yield held, untrusted_start, untrusted_start + untrusted_size

    def payload(self, number: int) -> bytes:
        """An item's bytes, its extents joined; none where it has no place.

        Raises DamagedFileError where they do not all lie in the file, UnsupportedFormatError where they lie elsewhere.
        """
        place = self.places.get(number)
        if place is not None and (place.elsewhere or place.method not in (_IN_FILE, _IN_INDEX)):
            message = "a picture's data lies outside of the file or inside another item: save the picture anew first"
            raise UnsupportedFormatError(message)
        parts: list[bytes] = []
        left = len(self.data)
        for held, start, end in self.spans(number):
            left -= end - start
            if not start < end <= len(held) or left < 0:
                raise cut_short() if end > len(held) else damaged("has data of no sound length")
            parts.append(held[start:end])
        return b"".join(parts)


def collection_of(data: bytes, index: Box) -> Collection:
    """What a `meta` box tells about the file it stands in. Raises DamagedFileError."""
    children = index.children(4)
    items = _once(children, b"iinf", _items)
    properties = _once(children, b"iprp", _properties)
    stored = [box.payload for box in children if box.code == b"idat"]
    handlers = [box.payload[8:] for box in children if box.code == b"hdlr"]
    if [each[:4] for each in handlers] != [b"pict"] or len(stored) > 1:
        raise damaged("has no index of pictures")
    references = [each for box in children if box.code == b"iref" for each in _references(box)]
    return Collection(
        data,
        stored[0] if stored else b"",
        _once(children, b"pitm", _primary),
        items,
        handlers[0][4:],
        tuple(references),
        properties.children(0)[0].children() if properties.child(b"ipco") else (),
        _described(properties),
        _once(children, b"iloc", _places),
        tuple(box for box in children if box.code not in _INDEX),
    )


_INDEX = frozenset({b"hdlr", b"pitm", b"iinf", b"iref", b"iprp", b"iloc", b"idat", b"dinf"})


class _Reader:
    """Takes numbers and texts from a payload in order, behind the version and flags. Raises DamagedFileError."""

    def __init__(self, box: Box) -> None:
        self._data = box.payload
        self._position = 0
        self.version = self.number(1)
        self.flags = self.number(3)

    @property
    def left(self) -> int:
        return len(self._data) - self._position

    def number(self, size: int) -> int:
        self._position += size
        if self._position > len(self._data):
            raise contradiction("the index")
        return int.from_bytes(self._data[self._position - size : self._position], "big")

    def code(self) -> bytes:
        return self.number(4).to_bytes(4, "big")

    def text(self) -> bytes:
        """Up to a zero byte, or to the end where a writer forgot it."""
        text, _, _ = self._data[self._position :].partition(b"\0")
        self._position = min(self._position + len(text) + 1, len(self._data))
        return text


def _once(children: tuple[Box, ...], code: bytes, read: Callable[[Box], _Told]) -> _Told:
    found = [box for box in children if box.code == code]
    if len(found) != 1:
        raise damaged(f"has {len(found)} '{code.decode()}' boxes instead of one")
    return read(found[0])


def _primary(box: Box) -> int:
    reader = _Reader(box)
    return reader.number(4 if reader.version else 2)


def _items(box: Box) -> dict[int, Item]:
    reader = _Reader(box)
    wide = 4 if reader.version else 2
    untrusted_count = reader.number(wide)
    entries = [_item(each) for each in box.children(4 + wide) if each.code == b"infe"]
    items = {item.number: item for item in entries}
    if not len(items) == len(entries) == untrusted_count or len(items) > _MOST_ITEMS:
        raise damaged("does not tell its items apart")
    return items


def _item(box: Box) -> Item:
    reader = _Reader(box)
    number = reader.number(4 if reader.version == 3 else 2)
    protected = bool(reader.number(2))
    kind = reader.code() if reader.version >= 2 else bytes(4)
    named = bool(reader.text())
    content = reader.text() if kind in (b"mime", bytes(4)) else b""
    return Item(number, kind, bool(reader.flags & 1), protected, named, content)


def _references(box: Box) -> Iterator[Reference]:
    wide = 4 if _Reader(box).version else 2
    for each in box.children(4):
        # A reference has neither version nor flags: four zero bytes stand in for them.
        reader = _Reader(Box(each.code, bytes(4) + each.payload))
        origin = reader.number(wide)
        yield Reference(each.code, origin, tuple(reader.number(wide) for _ in range(reader.number(2))))


def _properties(box: Box) -> Box:
    children = box.children()
    if [each.code for each in children[:1]] != [b"ipco"] or any(each.code != b"ipma" for each in children[1:]):
        raise damaged("keeps the properties of its pictures in an order of its own")
    return box


def _described(box: Box) -> dict[int, tuple[Property, ...]]:
    container, *associations = box.children()
    properties = container.children()
    described: dict[int, tuple[Property, ...]] = {}
    for association in associations:
        for number, places in _associations(association):
            if number in described or any(place > len(properties) for place, _ in places):
                raise damaged("describes a picture twice, or with properties that are not there")
            described[number] = tuple(Property(properties[place - 1], marked) for place, marked in places if place)
    return described


def _associations(box: Box) -> Iterator[tuple[int, list[tuple[int, bool]]]]:
    """Each item, and the places of its properties, counted from 1, with whether they are essential."""
    reader = _Reader(box)
    wide, bits = (4 if reader.version else 2), (15 if reader.flags & 1 else 7)
    for _ in range(reader.number(4)):
        number = reader.number(wide)
        marked = [reader.number((bits + 1) // 8) for _ in range(reader.number(1))]
        yield number, [(each & (1 << bits) - 1, bool(each >> bits)) for each in marked]


def _places(box: Box) -> dict[int, Place]:
    reader = _Reader(box)
    sizes = reader.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 0xF for shift in (12, 8, 4, 0))
    if reader.version == 0:
        index_size = 0
    if reader.version > 2 or not {offset_size, length_size, base_size, index_size} <= set(_SIZES):
        raise damaged("tells in an unknown way where its items lie")
    wide = 4 if reader.version == 2 else 2
    places: dict[int, Place] = {}
    left = _MOST_EXTENTS
    for _ in range(reader.number(wide)):
        number = reader.number(wide)
        method = reader.number(2) & 0xF if reader.version else _IN_FILE
        elsewhere = bool(reader.number(2))
        base = reader.number(base_size)
        untrusted_extents = reader.number(2)
        left -= untrusted_extents
        if number in places or left < 0:
            raise damaged("tells twice where an item lies, or in more pieces than any writer makes")
        extents: list[tuple[int, int]] = []
        for _ in range(untrusted_extents):
            reader.number(index_size)
            untrusted_offset = reader.number(offset_size)
            extents.append((base + untrusted_offset, reader.number(length_size)))
        places[number] = Place(method, elsewhere, tuple(extents))
    return places


def damaged(what: str) -> DamagedFileError:
    """The error for a file that contradicts itself."""
    message = f"the HEIF {what}: it is damaged or cut short, copy it again from where it came"
    return DamagedFileError(message)
