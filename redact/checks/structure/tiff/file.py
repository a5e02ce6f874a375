"""The two questions about a TIFF: is every byte of it allowed, and what does it show?"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from redact.checks.reading import Buffer, Flaw
from redact.checks.structure import exif, icc
from redact.checks.structure.picture import Still, turns
from redact.checks.structure.tiff import rules, streams
from redact.checks.structure.tiff.directories import LONG, LONG8, SUB_IFDS, Bones, Directory, Entry
from redact.checks.structure.tiff.levels import pictures
from redact.checks.structure.tiff.shape import JPEG, Shape, chunks, shape
from redact.model import Keep

_EXIF_IFD, _GPS_IFD = 34665, 34853
_EXIF_TAGS = frozenset({exif.ORIENTATION, 0x0132, 0x013B, 0x8298})
"""Tags of the first directory that EXIF has rules for."""
_OF_EXIF = (_EXIF_IFD, _GPS_IFD)
_POINTERS = frozenset({*_OF_EXIF, SUB_IFDS})

_MOST_PARTS = 1 << 22
_Shown: TypeAlias = dict[tuple[int, int], tuple[int, frozenset[str]]]
"""Where strips and tiles lie, with their coding and the tables that they take from those of their page."""
_INK, _MEANINGS_OF_ONE = 5, frozenset({0, 1, 4, 32844})


def inspect(data: Buffer, keep: Keep) -> int:
    """How many directories, strips and tiles there are. Raises Flaw unless all is allowed and every byte is theirs."""
    bones = Bones.of(data)
    used = [(0, bones.head)]
    shown: _Shown = {}
    count = 0
    chain = list(bones.chain())
    if list(pictures(bones, chain)) != chain:
        message = "a smaller picture is no level of its page"
        raise Flaw(message)
    for number, (page, smaller) in enumerate(chain):
        count += 1 + len(smaller)
        _admit_page(bones, page, keep if number == 0 else _turn_alone(keep), keep, used, shown)
        for each in smaller:
            if each.following or each.get(SUB_IFDS):
                message = "a directory follows where none may"
                raise Flaw(message)
            _admit_page(bones, each, _turn_alone(keep), keep, used, shown)
    if not count:
        message = "there is no picture"
        raise Flaw(message)
    _demand_cover(bones, [*used, *shown])
    return count + len(shown)


def still(data: Buffer) -> Still:
    """What the container tells about its pictures. Raises Flaw when their parts do not add up."""
    bones = Bones.of(data)
    chain = list(pictures(bones, bones.chain()))
    pages = [each for page, smaller in chain for each in (page, *smaller)]
    if not pages:
        message = "there is no picture"
        raise Flaw(message)
    first = shape(bones, pages[0])
    turning = _block(bones, [each for each in pages[0].entries if each.tag == exif.ORIENTATION], {})
    turn, readings = turns(turning, turning)
    colours = 4 if first.meaning == _INK else 1 if first.meaning in _MEANINGS_OF_ONE else 3
    profile = icc.sound(bones.value(pages[0].get(rules.PROFILE)))
    coded = tuple(_coded(bones, pages))
    return Still(first.size, turn, readings, colours, profile, (1, 1), coded, len(chain) > 1)


def _turn_alone(keep: Keep) -> Keep:
    """Of EXIF, pages behind the first have their orientation only."""
    return Keep(keep.kinds & {"orientation"})


def _admit_page(
    bones: Bones,
    page: Directory,
    of_exif: Keep,
    keep: Keep,
    used: list[tuple[int, int]],
    shown: _Shown,
) -> None:
    found = shape(bones, page)
    used.append((page.start, page.end))
    tags = [entry.tag for entry in page.entries]
    if tags != sorted(set(tags)):
        message = "tags of a directory are not in order, or there twice"
        raise Flaw(message)
    for entry in page.entries:
        _use(entry, used)
        if entry.tag in _POINTERS:
            _admit_pointer(bones, entry)
        elif entry.tag not in _EXIF_TAGS:
            rules.admit(bones, entry, found, keep)
    _admit_exif(bones, page, of_exif, used)
    _admit_chunks(bones, page, found, shown)


def _admit_pointer(bones: Bones, entry: Entry) -> None:
    places = bones.numbers(entry)
    if entry.form not in (LONG, LONG8) or not places or not all(places) or (entry.tag != SUB_IFDS and len(places) > 1):
        message = f"tag {entry.tag} points in a way of its own"
        raise Flaw(message)


def _admit_exif(bones: Bones, page: Directory, keep: Keep, used: list[tuple[int, int]]) -> None:
    """Ask EXIF's own walk about what a page has of it."""
    entries = [entry for entry in page.entries if entry.tag in _EXIF_TAGS]
    pointers = [entry for entry in page.entries if entry.tag in _OF_EXIF]
    beside = {entry.tag: bones.directory(bones.numbers(entry)[0]) for entry in pointers}
    for directory in beside.values():
        used.append((directory.start, directory.end))
        for entry in directory.entries:
            _use(entry, used)
        if directory.following:
            message = "a directory of EXIF is followed by another"
            raise Flaw(message)
    if entries or beside:
        exif.inspect(_block(bones, entries, beside), keep)


def _admit_chunks(bones: Bones, page: Directory, found: Shape, shown: _Shown) -> None:
    spans = chunks(bones, page, found)
    if bones.numbers(page.get(found.tags[1])) != tuple(end - start for start, end in spans):
        message = "the size of a strip or tile is not what its samples take"
        raise Flaw(message)
    used: frozenset[str] = frozenset()
    for span in spans:
        if span == (0, 0):
            continue
        if span not in shown:
            shown[span] = found.coding, streams.admit(bones.data, *span) if found.coding == JPEG else frozenset()
        coding, lent = shown[span]
        used |= lent
        if coding != found.coding:
            message = "a strip or tile is read in two codings"
            raise Flaw(message)
    tables = page.get(rules.TABLES)
    if tables is not None:
        streams.admit_tables(bones.data, tables.start, tables.end, used)
    if used and tables is None:
        message = "JPEG tables are missing"
        raise Flaw(message)


def _use(entry: Entry, used: list[tuple[int, int]]) -> None:
    if not entry.whole:
        message = f"the value of tag {entry.tag} is not there"
        raise Flaw(message)
    if entry.outside:
        used.append((entry.start, entry.end))


def _demand_cover(bones: Bones, used: Iterable[tuple[int, int]]) -> None:
    """Raise Flaw unless parts follow each other to the end of the file, at even places with a zero before them."""
    position = 0
    for start, end in [*sorted(used), (len(bones.data), len(bones.data))]:
        if start < position:
            message = "parts of the file overlap"
            raise Flaw(message)
        padded = start - position == 1 == position % 2 and bones.data[position] == 0
        if start != position and not padded:
            message = f"{start - position} bytes belong to nothing"
            raise Flaw(message)
        position = end


def _coded(bones: Bones, pages: Iterable[Directory]) -> Iterator[tuple[str, int, int]]:
    """What the pictures depend on: how each page is to be read, its palette, tables, and its strips or tiles once."""
    known: dict[tuple[int, int], tuple[int, frozenset[str]]] = {}
    count = 0
    for page in pages:
        found = shape(bones, page)
        yield f"{found}", 0, 0
        palette = page.get(rules.PALETTE)
        if palette is not None and found.meaning == 3:
            yield "palette", palette.start, palette.end
        used: frozenset[str] = frozenset()
        for span in chunks(bones, page, found):
            count += 1
            if span == (0, 0):
                yield "absent", 0, 0
            elif span in known:
                yield f"as {known[span][0]}", 0, 0
                used |= known[span][1]
            elif found.coding == JPEG:
                parts, lent = streams.coded(bones.data, *span)
                known[span] = count, lent
                used |= lent
                yield from parts
            else:
                known[span] = count, frozenset()
                yield "chunk", *span
            if count > _MOST_PARTS:
                message = "there are more strips and tiles than any picture needs"
                raise Flaw(message)
        tables = page.get(rules.TABLES)
        if tables is not None and found.coding == JPEG:
            yield from streams.coded_tables(bones.data, tables.start, tables.end, used)


def _block(bones: Bones, entries: Sequence[Entry], beside: Mapping[int, Directory]) -> bytes:
    """An EXIF block, as in other containers, of these entries and of the directories that they are told beside."""
    head = (b"II" if bones.order == "<" else b"MM") + struct.pack(f"{bones.order}HI", 42, _FIRST)
    count = len(entries) + len(beside)
    own, values = _written(bones, entries, _FIRST + 2 + 12 * count + 4)
    inner = b""
    for tag, directory in beside.items():
        place = _FIRST + 2 + 12 * count + 4 + len(values) + len(inner)
        own += struct.pack(f"{bones.order}HHII", tag, LONG, 1, place)
        inner += struct.pack(f"{bones.order}H", len(directory.entries))
        inner += b"".join(_written(bones, directory.entries, place + 2 + 12 * len(directory.entries)))
    return head + struct.pack(f"{bones.order}H", count) + own + bytes(4) + values + inner


def _written(bones: Bones, entries: Iterable[Entry], behind: int) -> tuple[bytes, bytes]:
    """Entries with offsets of 32 bits, and their values, which are going to stand at `behind`."""
    written, values = b"", b""
    for entry in entries:
        value = bones.value(entry) if entry.end - entry.start <= _LARGEST_EXIF_VALUE else b""
        written += struct.pack(f"{bones.order}HHI", entry.tag, entry.form, entry.count if value else 0)
        if len(value) > 4:
            written += struct.pack(f"{bones.order}I", behind + len(values))
            values += value
        else:
            written += value.ljust(4, b"\0")
    return written, values


_FIRST, _LARGEST_EXIF_VALUE = 8, 1 << 12
