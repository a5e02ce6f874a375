"""The index of a HEIF, read: its items, what they refer to, what describes them, and where in the file they lie.

The reading takes any file whose parts add up, as it is asked about originals too; whether a part may be there at all is
not asked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from redact.checks.reading import Buffer, Flaw, take

ALPHA = frozenset({b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1"})

_MOST_ITEMS = 1 << 15
_MOST_EXTENTS = 1 << 17
_MOST_BOXES = 1 << 17
_LARGEST_INDEX = 1 << 28
_DEEPEST = 8
"""Levels of derivation; ISO/IEC 23000-22 has three."""


@dataclass(frozen=True)
class Box:
    """A box: its type, where it begins, and where its content begins and ends."""

    kind: bytes
    place: int
    start: int
    end: int


@dataclass(frozen=True)
class Item:
    """One entry of iinf: its number, its type, its flags, and whether it is encrypted."""

    number: int
    kind: bytes
    flags: int
    protected: bool


@dataclass(frozen=True)
class Reference:
    """One entry of iref."""

    kind: bytes
    origin: int
    targets: tuple[int, ...]


@dataclass(frozen=True)
class Property:
    """One box of ipco: its type, where its content begins, and that."""

    kind: bytes
    start: int
    body: bytes


@dataclass(frozen=True)
class Index:
    """What the one meta box of a file tells.

    top:        the boxes of the top level
    properties: of ipco, in order
    described:  item -> places in `properties`, from 1, with whether each is essential
    extents:    item -> where its bytes lie in the file, be it through idat
    stored:     items that lie in idat
    """

    top: tuple[Box, ...]
    meta: Box
    primary: int
    items: Mapping[int, Item]
    references: tuple[Reference, ...]
    properties: tuple[Property, ...]
    described: Mapping[int, tuple[tuple[int, bool], ...]]
    extents: Mapping[int, tuple[tuple[int, int], ...]]
    stored: frozenset[int]

    def of(self, number: int) -> Iterator[Property]:
        """The properties of an item."""
        return (self.properties[place - 1] for place, _ in self.described.get(number, ()) if place)

    def body(self, number: int, kind: bytes) -> bytes:
        """The content of an item's first property of a type; empty where it has none."""
        return next((each.body for each in self.of(number) if each.kind == kind), b"")

    def derivation(self) -> tuple[Mapping[int, tuple[int, ...]], Mapping[int, int]]:
        """Every item of the shown picture with what it is made of, the primary first; and the transparency of each.

        Raises Flaw for pictures that are not there or are made of themselves.
        """
        made: dict[int, tuple[int, ...]] = {}
        for each in self.references:
            if each.kind == b"dimg" and made.setdefault(each.origin, each.targets) is not each.targets:
                message = "a picture is made in two ways"
                raise Flaw(message)
        shown = self._made_of(made, (self.primary,))
        told = {
            master: each.origin
            for each in reversed(self.references)
            if each.kind == b"auxl" and self.body(each.origin, b"auxC")[4:].partition(b"\0")[0] in ALPHA
            for master in each.targets
        }
        alphas = {master: told[master] for master in shown if master in told}
        return {**shown, **self._made_of(made, tuple(dict.fromkeys(alphas.values())))}, alphas

    def _made_of(self, made: Mapping[int, tuple[int, ...]], roots: tuple[int, ...]) -> dict[int, tuple[int, ...]]:
        found: dict[int, tuple[int, ...]] = {}
        level = roots
        for _ in range(_DEEPEST):
            if not level:
                return found
            if not self.items.keys() >= set(level):
                message = "a picture is made of an item that is not there"
                raise Flaw(message)
            inputs = {number: made.get(number, ()) for number in level}
            found.update(inputs)
            level = tuple(dict.fromkeys(part for parts in inputs.values() for part in parts))
        message = "a picture is made of itself"
        raise Flaw(message)


def read(data: Buffer) -> Index:
    """The index of a file. Raises Flaw when its parts do not add up."""
    top = tuple(boxes(data, 0, len(data)))
    metas = [box for box in top if box.kind == b"meta"]
    if not top or top[0].kind != b"ftyp" or len(metas) != 1 or metas[0].end - metas[0].start > _LARGEST_INDEX:
        message = "there is not one ftyp at the beginning and one index"
        raise Flaw(message)
    children = tuple(boxes(data, metas[0].start + 4, metas[0].end))
    inner = tuple(boxes(data, *_range(_only(children, b"iprp"))))
    extents, stored = _extents(data, children)
    return Index(
        top,
        metas[0],
        _primary(_Reader(data, _only(children, b"pitm"))),
        _items(data, _only(children, b"iinf")),
        tuple(each for box in children if box.kind == b"iref" for each in _references(data, box)),
        tuple(
            Property(box.kind, box.start, bytes(data[box.start : box.end]))
            for box in boxes(data, *_range(_only(inner, b"ipco")))
        ),
        _described(data, inner),
        extents,
        stored,
    )


def boxes(data: Buffer, start: int, end: int) -> Iterator[Box]:
    """The boxes from a place on, up to the first that does not fit."""
    for _ in range(_MOST_BOXES):
        head = bytes(data[start : min(start + 16, end)])
        untrusted_size, content = int.from_bytes(head[:4], "big"), start + 8
        if untrusted_size == 1:
            untrusted_size, content = int.from_bytes(head[8:16], "big"), start + 16
        stop = end if untrusted_size == 0 and any(head[4:8]) else start + untrusted_size
        if not content <= stop <= end:
            return
        yield Box(head[4:8], start, content, stop)
        start = stop


class _Reader:
    """Takes numbers from a box in order, behind its version and flags. Raises Flaw where it has no more."""

    def __init__(self, data: Buffer, box: Box) -> None:
        self._data, self._place, self._end = data, box.start, box.end
        self.version, self.flags = self.number(1), self.number(3)

    def number(self, size: int) -> int:
        self._place += size
        return int.from_bytes(take(self._data, self._place - size, size, self._end), "big")


def _range(box: Box) -> tuple[int, int]:
    return box.start, box.end


def _only(children: tuple[Box, ...], kind: bytes) -> Box:
    found = [box for box in children if box.kind == kind]
    if len(found) != 1:
        message = f"there are {len(found)} {kind.decode()} instead of one"
        raise Flaw(message)
    return found[0]


def _primary(reader: _Reader) -> int:
    return reader.number(4 if reader.version else 2)


def _items(data: Buffer, box: Box) -> dict[int, Item]:
    reader = _Reader(data, box)
    wide = 4 if reader.version else 2
    untrusted_count = reader.number(wide)
    entries = [_item(_Reader(data, each)) for each in boxes(data, box.start + 4 + wide, box.end)]
    items = {item.number: item for item in entries}
    if not untrusted_count == len(entries) == len(items) <= _MOST_ITEMS:
        message = "iinf does not tell its items apart"
        raise Flaw(message)
    return items


def _item(reader: _Reader) -> Item:
    number, protected = reader.number(4 if reader.version == 3 else 2), reader.number(2)
    kind = reader.number(4).to_bytes(4, "big") if reader.version >= 2 else b""
    return Item(number, kind, reader.flags, protected != 0)


def _references(data: Buffer, box: Box) -> Iterator[Reference]:
    wide = 4 if _Reader(data, box).version else 2
    for each in boxes(data, box.start + 4, box.end):
        origin = int.from_bytes(take(data, each.start, wide, each.end), "big")
        count = int.from_bytes(take(data, each.start + wide, 2, each.end), "big")
        row = take(data, each.start + wide + 2, wide * count, each.end)
        yield Reference(
            each.kind,
            origin,
            tuple(int.from_bytes(row[place : place + wide], "big") for place in range(0, len(row), wide)),
        )


def _described(data: Buffer, inner: tuple[Box, ...]) -> dict[int, tuple[tuple[int, bool], ...]]:
    described: dict[int, tuple[tuple[int, bool], ...]] = {}
    count = sum(1 for _ in boxes(data, *_range(_only(inner, b"ipco"))))
    for box in inner:
        if box.kind != b"ipma":
            continue
        reader = _Reader(data, box)
        wide, bits = (4 if reader.version else 2), (15 if reader.flags & 1 else 7)
        for _ in range(reader.number(4)):
            number = reader.number(wide)
            coded = [reader.number((bits + 1) // 8) for _ in range(reader.number(1))]
            places = tuple((each & (1 << bits) - 1, bool(each >> bits)) for each in coded)
            if number in described or any(place > count for place, _ in places):
                message = "an item is described twice, or by what is not there"
                raise Flaw(message)
            described[number] = places
    return described


def _extents(data: Buffer, children: tuple[Box, ...]) -> tuple[dict[int, tuple[tuple[int, int], ...]], frozenset[int]]:
    """Where in the file each item lies, and which of them do through idat. Raises Flaw for loops without an end."""
    stores = [box for box in children if box.kind == b"idat"]
    store = stores[0] if len(stores) == 1 else Box(b"idat", 0, 0, 0)
    reader = _Reader(data, _only(children, b"iloc"))
    sizes = reader.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    stored: set[int] = set()
    left = _MOST_EXTENTS
    for _ in range(reader.number(4 if reader.version == 2 else 2)):
        number = reader.number(4 if reader.version == 2 else 2)
        method = reader.number(2) & 15 if reader.version else 0
        elsewhere, base, untrusted_count = reader.number(2), reader.number(base_size), reader.number(2)
        left -= untrusted_count
        if number in found or left < 0:
            message = "iloc tells twice where an item lies, or in too many pieces"
            raise Flaw(message)
        pieces: list[tuple[int, int]] = []
        for _ in range(untrusted_count):
            reader.number(index_size if reader.version else 0)
            offset = base + reader.number(offset_size)
            pieces.append((offset, offset + reader.number(length_size)))
        found[number] = tuple(_placed(pieces, store if method == 1 else None, len(data))) if not elsewhere else ()
        if method == 1:
            stored.add(number)
        elif method:
            found[number] = ()
    return found, frozenset(stored)


def _placed(pieces: list[tuple[int, int]], store: Box | None, length: int) -> Iterator[tuple[int, int]]:
    """The pieces as places in the file; those that do not lie in it, or in `store`, are left out."""
    first, end = (store.start, store.end) if store else (0, length)
    return ((first + start, first + stop) for start, stop in pieces if start < stop and first + stop <= end)
