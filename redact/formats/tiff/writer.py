"""A TIFF written anew: the header, all directories with their values, then the strips and tiles.

Directories stand in front, those of a page before those of the next, and strips and tiles follow in the order in which
the source has them. So a cloud-optimised GeoTIFF stays one, the source is read from front to back, and there is no
byte that does not belong to something, but one zero where a value of odd size would let the next begin at an odd place.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from redact.formats.tiff.blocks import SUB_IFDS
from redact.formats.tiff.directories import LONG, LONG8, Dialect, Span, Tape, Value, decline, packed
from redact.formats.tiff.pages import Chunk, Page

_BLOCK_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A directory to be written, at its place, the places of its chunks aside.

    shown: the page whose directory it is; None for one of metadata
    """

    place: int
    values: Mapping[int, Value]
    shown: Page | None


@dataclass(frozen=True, slots=True)
class _Leaf:
    """The directory of a page, and behind it those that it points to. It is over at `end`."""

    sheets: tuple[_Sheet, ...]
    end: int


def write(tape: Tape, pages: Sequence[Page], target: BinaryIO) -> None:
    """Write the pages, their chunks copied from `tape`, to `target`.

    Raises UnsupportedFormatError where they do not fit into the kind of TIFF that the source is.
    """
    dialect = tape.dialect
    leaves: list[_Leaf] = []
    position = dialect.header_bytes
    for page in pages:
        if not page.thumbnail:
            leaves.append(_leaf(dialect, page, position))
            position = leaves[-1].end
    chunks = _chunks(leaves)
    places: dict[Span, int] = {}
    for chunk in chunks:
        places[chunk.span] = position
        position += chunk.size
    if position >= 1 << 8 * dialect.offset_bytes:
        decline("is too big for its kind", "save it as a BigTIFF")
    target.write(dialect.header(leaves[0].sheets[0].place))
    for leaf in leaves:
        following = 0 if leaf is leaves[-1] else leaf.end
        for sheet in leaf.sheets:
            values = _with_places(dialect, sheet, places)
            target.write(_directory(dialect, sheet.place, values, following if sheet is leaf.sheets[0] else 0))
    for chunk in chunks:
        _copy(tape, chunk, target)


def _leaf(dialect: Dialect, page: Page, place: int) -> _Leaf:
    """A page's directory, then those of its metadata, then those of its smaller pictures."""
    beside: list[tuple[int, Mapping[int, Value], Page | None]] = [(tag, kept, None) for tag, kept in page.kept.items()]
    beside += [(SUB_IFDS, _described(dialect, each), each) for each in page.reduced if not each.thumbnail]
    pointing = Counter(tag for tag, _, _ in beside)
    values = _described(dialect, page)
    values |= {tag: _offsets(dialect, (0,) * count) for tag, count in pointing.items()}
    position = place + _size(dialect, values)
    sheets: list[_Sheet] = []
    places: dict[int, tuple[int, ...]] = {}
    for tag, described, shown in beside:
        sheets.append(_Sheet(position, described, shown))
        places[tag] = (*places.get(tag, ()), position)
        position += _size(dialect, described)
    values |= {tag: _offsets(dialect, found) for tag, found in places.items()}
    return _Leaf((_Sheet(place, values, page), *sheets), position)


def _described(dialect: Dialect, page: Page) -> dict[int, Value]:
    """The entries of a page, with zeros where its chunks' places are going to be."""
    if page.layout is None:
        return dict(page.values)
    places_tag, sizes_tag = page.layout.tags
    sizes = tuple(0 if chunk is None else chunk.size for chunk in page.chunks)
    return {
        **page.values,
        places_tag: _offsets(dialect, (0,) * len(page.chunks)),
        sizes_tag: _offsets(dialect, sizes),
    }


def _with_places(dialect: Dialect, sheet: _Sheet, places: Mapping[Span, int]) -> Mapping[int, Value]:
    """The entries of a sheet with the places of its chunks."""
    if sheet.shown is None or sheet.shown.layout is None:
        return sheet.values
    found = tuple(0 if chunk is None else places[chunk.span] for chunk in sheet.shown.chunks)
    return {**sheet.values, sheet.shown.layout.tags[0]: _offsets(dialect, found)}


def _chunks(leaves: Iterable[_Leaf]) -> list[Chunk]:
    """Every chunk once, in the order of the source."""
    pages = (sheet.shown for leaf in leaves for sheet in leaf.sheets if sheet.shown)
    known = {chunk.span: chunk for page in pages for chunk in page.chunks if chunk is not None}
    return sorted(known.values(), key=lambda chunk: chunk.span.start)


def _directory(dialect: Dialect, place: int, values: Mapping[int, Value], following: int) -> bytes:
    """A directory and, behind it, its values."""
    body = bytearray(struct.pack(dialect.order + dialect.count, len(values)))
    behind = bytearray()
    behind_at = place + _bones(dialect, values)
    for tag, value in sorted(values.items()):
        body += struct.pack(f"{dialect.order}HH{dialect.offset}", tag, value.form, value.count)
        if len(value.data) <= dialect.offset_bytes:
            body += value.data.ljust(dialect.offset_bytes, b"\0")
        else:
            body += struct.pack(dialect.order + dialect.offset, behind_at + len(behind))
            behind += value.data + bytes(len(value.data) % 2)
    return bytes(body + struct.pack(dialect.order + dialect.offset, following) + behind)


def _bones(dialect: Dialect, values: Mapping[int, Value]) -> int:
    """Bytes of a directory without what stands behind it."""
    return dialect.count_bytes + len(values) * dialect.entry_bytes + dialect.offset_bytes


def _size(dialect: Dialect, values: Mapping[int, Value]) -> int:
    """Bytes of a directory with what stands behind it."""
    sizes = (len(value.data) for value in values.values())
    return _bones(dialect, values) + sum(size + size % 2 for size in sizes if size > dialect.offset_bytes)


def _offsets(dialect: Dialect, numbers: tuple[int, ...]) -> Value:
    return packed(dialect, LONG if dialect.offset == "I" else LONG8, numbers)


def _copy(tape: Tape, chunk: Chunk, target: BinaryIO) -> None:
    for piece in chunk.pieces:
        if isinstance(piece, bytes):
            target.write(piece)
            continue
        for start in range(piece.start, piece.end, _BLOCK_BYTES):
            target.write(tape.take(Span(start, min(_BLOCK_BYTES, piece.end - start))))
