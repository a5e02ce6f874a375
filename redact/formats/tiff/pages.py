"""The pictures of a TIFF: which directories are pages, what is kept of each, and which bytes are theirs alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NoReturn

from redact.formats.bounded import LARGEST_STILL_BYTES
from redact.formats.carriers import photoshop, xmp
from redact.formats.carriers.credit import UNCREDITED, Credit, is_wanted
from redact.formats.jpeg.course import Key
from redact.formats.tiff import blocks, ends, jpegs, layout, tags
from redact.formats.tiff.blocks import SUB_IFDS, Beside
from redact.formats.tiff.directories import Directory, Span, Tape, Value, decline, refuse
from redact.formats.tiff.jpegs import Piece
from redact.formats.tiff.layout import JPEG, PACKBITS, Layout
from redact.formats.tiff.overviews import Look
from redact.model import Keep

ORIENTATION = 274
_COMPRESSION, _PHOTOMETRIC, _FILL_ORDER = 259, 262, 266
_XMP, _IPTC, _PHOTOSHOP = 700, 33723, 34377
_LARGEST_PACKET_BYTES = 4 * 2**20

_RAW_TAGS = (50706, 33421, 33422)
_RAW_MEANINGS = (32803, 34892)
_RAW_CODINGS = (32767, 32769, 34713, 34892, 65000, 65535)
_RAW_CANON_AT, _RAW_CANON = 8, b"CR\2\0"

_MOST_DIRECTORIES = 2**14
_MOST_ENTRIES = 2**18
_MOST_SUB_IFDS = 256
_SPARE_BYTES = 2**20
_LONGEST_PADDING = 8
_MOST_PIXEL_BYTES = 2**34


@dataclass(frozen=True, slots=True)
class Chunk:
    """A strip or tile: where it lies in the source, and its compression, and what is written of it.

    The pieces' spans count from the file's start. `dropped` names what is not written, `lent` the tables that a JPEG
    takes from those of its page.
    """

    span: Span
    coding: int
    pieces: tuple[Piece, ...]
    dropped: frozenset[str] = frozenset()
    lent: frozenset[Key] = frozenset()

    @property
    def size(self) -> int:
        """Bytes that are written."""
        return sum(len(piece) if isinstance(piece, bytes) else piece.size for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Page:
    """One picture.

    values:    what is written in its directory, but for the places and sizes of its chunks
    kept:      what is written in directories beside it, by the tag that points to each
    reduced:   smaller pictures of it, which hang on it
    thumbnail: it is a preview that cameras and editors add, or has no picture at all, and is not written
    """

    directory: Directory
    beside: Beside
    layout: Layout | None
    values: Mapping[int, Value]
    kept: Mapping[int, Mapping[int, Value]]
    chunks: tuple[Chunk | None, ...]
    reduced: tuple[Page, ...]
    thumbnail: bool = False


def read(tape: Tape, keep: Keep) -> tuple[Page, ...]:
    """Every page in order, with what `keep` lets stay. Raises DamagedFileError, UnsupportedFormatError.

    Bounded: no directory is read twice, and what is kept of all pages is not much more than the file.
    """
    if tape.size > 12 and tape.take(Span(_RAW_CANON_AT, len(_RAW_CANON))) == _RAW_CANON:
        _decline_raw()
    chain = _chain(tape)
    directories = [each for page, reduced in chain for each in (page, *reduced)]
    for each in directories:
        _demand_developed(tape, each)
    limit = 2 * tape.size + _SPARE_BYTES
    if (
        sum(entry.place.size for each in directories for entry in each.entries.values() if tags.is_read(entry.tag))
        > limit
    ):
        refuse("has pages that share more than they hold")
    chunks = _Chunks(tape)
    pages: list[Page] = []
    whole: dict[bool, Look] = {}
    spent = 0
    for number, (directory, reduced) in enumerate(chain):
        look = Look.of(tape, directory)
        page = _page(tape, directory, look, whole, keep, chunks, first=number == 0)
        if look is not None and not page.thumbnail and (number == 0 or not look.is_reduced):
            whole[look.is_mask] = look
        smaller = tuple(_smaller(tape, each, look, page, keep, chunks) for each in reduced)
        spent += sum(map(_weight, (page, *smaller)))
        if spent > limit:
            refuse("has pages that share more than they hold")
        pages.append(replace(page, reduced=smaller))
    _demand_apart((chunk.span for chunk in chunks.known.values()), _parts(pages))
    return tuple(pages)


def gaps(tape: Tape, pages: tuple[Page, ...]) -> bool:
    """True when the file holds bytes that nothing refers to, beyond what separates its parts."""
    chunks = (chunk.span for page in _all(pages) for chunk in page.chunks if chunk is not None)
    position = tape.dialect.header_bytes
    for span in sorted([*chunks, *_parts(pages)], key=lambda span: span.start):
        if span.start - position > _LONGEST_PADDING:
            return True
        position = max(position, span.end)
    return tape.size - position > _LONGEST_PADDING


def _chain(tape: Tape) -> list[tuple[Directory, tuple[Directory, ...]]]:
    """The directories of the main chain, each with those that hang on it."""
    chain = []
    seen: set[int] = set()
    entries = 0
    place = tape.untrusted_first
    while place:
        page = _visited(tape, place, seen)
        places = tape.pointers(page.entries[SUB_IFDS], _MOST_SUB_IFDS) if SUB_IFDS in page else ()
        reduced = tuple(_visited(tape, each, seen) for each in places if each)
        entries += sum(len(each.tags) for each in (page, *reduced))
        if entries > _MOST_ENTRIES:
            refuse("has more directories than any picture needs")
        chain.append((page, reduced))
        place = tape.following(page)
    if not chain:
        refuse("holds no picture")
    return chain


def _visited(tape: Tape, place: int, seen: set[int]) -> Directory:
    if place in seen or len(seen) == _MOST_DIRECTORIES:
        refuse("has directories that go round in a circle, or too many of them")
    seen.add(place)
    return tape.directory(place)


def _demand_developed(tape: Tape, directory: Directory) -> None:
    """Raise UnsupportedFormatError for what cameras record before a picture is made of it."""
    meaning, coding = (_first(tape, directory, tag) for tag in (_PHOTOMETRIC, _COMPRESSION))
    if meaning in _RAW_MEANINGS or coding in _RAW_CODINGS or any(tag in directory for tag in _RAW_TAGS):
        _decline_raw()


def _decline_raw() -> NoReturn:
    decline("is camera raw, whose notes cannot be made safe", "develop it and share the picture")


def _first(tape: Tape, directory: Directory, tag: int) -> int | None:
    """The first integer of a tag; None where there is none."""
    entry = directory.entries.get(tag)
    numbers = tape.integers(entry, layout.MOST_OF_ONE) if entry else ()
    return numbers[0] if numbers else None


def _page(
    tape: Tape,
    directory: Directory,
    look: Look | None,
    whole: Mapping[bool, Look],
    keep: Keep,
    chunks: _Chunks,
    *,
    first: bool,
) -> Page:
    """A directory of the main chain. The first is what a file shows; a reduced one is of the last that is not."""
    if not first and (look is None or (look.is_reduced and not _is_level(look, whole.get(look.is_mask)))):
        return _thumbnail(tape, directory)
    beside = Beside.of(tape, directory)
    shape, found, values = _picture(tape, directory, keep, chunks)
    if not first:
        return Page(directory, beside, shape, {**values, **_turn(tape, directory, keep)}, {}, found, ())
    block = blocks.block(tape, directory, beside, lambda tag: tag not in tags.RULES)
    kept = blocks.kept(block, keep, _credit(tape, directory, keep), tape)
    return Page(directory, beside, shape, {**values, **kept.pop(blocks.PAGE, {})}, kept, found, ())


def _smaller(tape: Tape, directory: Directory, look: Look | None, page: Page, keep: Keep, chunks: _Chunks) -> Page:
    """A directory that hangs on a page: one of its levels, or none of the file's pictures."""
    own = Look.of(tape, directory)
    if page.thumbnail or own is None or not _is_level(own, look):
        return _thumbnail(tape, directory)
    shape, found, values = _picture(tape, directory, keep, chunks)
    return Page(directory, Beside.of(tape, directory), shape, {**values, **_turn(tape, directory, keep)}, {}, found, ())


def _is_level(look: Look, whole: Look | None) -> bool:
    return whole is not None and look.is_level_of(whole)


def _thumbnail(tape: Tape, directory: Directory) -> Page:
    return Page(directory, Beside.of(tape, directory), None, {}, {}, (), (), thumbnail=True)


def _picture(
    tape: Tape, directory: Directory, keep: Keep, chunks: _Chunks
) -> tuple[Layout, tuple[Chunk | None, ...], dict[int, Value]]:
    if len(directory.tags) != len(directory.entries) and any(directory.tags.count(tag) > 1 for tag in tags.RULES):
        refuse("describes a picture twice")
    shape = layout.of(tape, directory)
    fill_order = _first(tape, directory, _FILL_ORDER) or 1
    spans = layout.spans(tape, directory, shape)
    found = tuple(chunks.at(span, number, shape, fill_order) for number, span in enumerate(spans))
    used = frozenset[Key]().union(*{chunk.lent for chunk in found if chunk is not None})
    return shape, found, {**tags.kept(tape, directory, shape, keep), **tags.tables(tape, directory, shape, used)}


def _turn(tape: Tape, directory: Directory, keep: Keep) -> Mapping[int, Value]:
    """Of EXIF, pages behind the first keep their orientation."""
    block = blocks.block(tape, directory, Beside({}), lambda tag: tag == ORIENTATION)
    if block is None:
        return {}
    return blocks.kept(block, Keep(keep.kinds & {"orientation"}), UNCREDITED, tape).get(blocks.PAGE, {})


def _credit(tape: Tape, directory: Directory, keep: Keep) -> Credit:
    """Who made the picture, by IPTC, else by XMP."""
    if not is_wanted(keep):
        return UNCREDITED
    captions, resources, packet = (
        tape.data(directory.entries[tag], _LARGEST_PACKET_BYTES) if tag in directory else b""
        for tag in (_IPTC, _PHOTOSHOP, _XMP)
    )
    told = photoshop.caption_credit(captions).or_else(photoshop.credit(resources))
    return told.or_else(xmp.credit(packet))


@dataclass(slots=True)
class _Chunks:
    """The strips and tiles met so far, by place and way of reading: one for all that share it, as in sparse files."""

    tape: Tape
    known: dict[tuple[Span, int, int, int], Chunk] = field(default_factory=dict)
    pixel_bytes: int = 0

    def at(self, span: Span | None, number: int, shape: Layout, fill_order: int) -> Chunk | None:
        """A strip or tile of a page. Raises DamagedFileError, UnsupportedFormatError."""
        if span is None:
            return None
        # Where PackBits ends is decided by how many pixels there are.
        room = shape.plain_bytes(number) if shape.compression == PACKBITS else 0
        reading = span, shape.compression, room, fill_order
        if reading not in self.known:
            self.known[reading] = self._cleaned(span, number, shape, fill_order)
        return self.known[reading]

    def _cleaned(self, span: Span, number: int, shape: Layout, fill_order: int) -> Chunk:
        coding = shape.compression
        if coding == JPEG:
            return _jpeg(self.tape, span)
        if coding not in ends.ENDING:
            return Chunk(span, coding, (span,))
        self.pixel_bytes += shape.room
        if self.pixel_bytes > _MOST_PIXEL_BYTES:
            decline(f"holds more than {_MOST_PIXEL_BYTES >> 30} GiB of pixels", "save it without compression")
        shown = ends.of(self.tape, span, coding, shape.plain_bytes(number), shape.room, fill_order)
        return Chunk(span, coding, (shown,), frozenset() if shown == span else frozenset({"slack"}))


def _jpeg(tape: Tape, span: Span) -> Chunk:
    if span.size > LARGEST_STILL_BYTES:
        decline(f"has a JPEG strip of more than {LARGEST_STILL_BYTES >> 20} MiB", "save it in tiles")
    cleaned = jpegs.picture(tape.take(span))
    placed = tuple(
        piece if isinstance(piece, bytes) else Span(span.start + piece.start, piece.size) for piece in cleaned.pieces
    )
    return Chunk(span, JPEG, placed, cleaned.dropped, cleaned.lent)


def _weight(page: Page) -> int:
    """Bytes that a page takes in memory and in the copy, its chunks aside."""
    return sum(len(value.data) for value in page.values.values()) + 16 * len(page.chunks)


def _all(pages: Iterable[Page]) -> Iterator[Page]:
    for page in pages:
        yield page
        yield from page.reduced


def _parts(pages: Iterable[Page]) -> Iterator[Span]:
    """Every stretch of the file that is a directory or a value in one."""
    for page in _all(pages):
        for directory in (page.directory, *page.beside.directories.values()):
            yield directory.place
            yield from (entry.place for entry in directory.entries.values() if not entry.inline and entry.place.size)


def _demand_apart(chunks: Iterable[Span], parts: Iterable[Span]) -> None:
    """Raise DamagedFileError where a chunk shares bytes with another one, or with a directory or value."""
    pictured = [(span.start, span.end, True) for span in chunks]
    described = [(span.start, span.end, False) for span in parts]
    end_of_chunks = end_of_parts = 0
    for start, end, is_chunk in sorted(pictured + described):
        if start < end_of_chunks or (is_chunk and start < end_of_parts):
            refuse("has strips or tiles that overlap with something else")
        if is_chunk:
            end_of_chunks = end
        else:
            end_of_parts = max(end_of_parts, end)
