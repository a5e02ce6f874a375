"""Where the parts of a film stand in its file (RFC 9559 4.5, 5.1), also of one written live, whose sizes are open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.matroska import ebml, rules
from redact.formats.matroska.codes import PARTS, TOP, Code
from redact.formats.matroska.ebml import Reader, Span

_MOST_OTHERS = 10_000
_MOST_BETWEEN = 100
_MOST_CLUSTERS = 1_000_000
"""A day of film has this many if each lasts less than a tenth of a second."""

_DESCRIPTION_BYTES = 16 * 2**20
_HEADER_BYTES = 4096
_DOC_TYPES = ("matroska", "webm")


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of a film.

    doc_type: "matroska" or "webm"
    header:   content of the EBML header
    body:     where the content of the Segment begins
    end:      where it ends; what follows is not of this film
    info:     content of Info
    tracks:   content of Tracks
    others:   what stands beside those and the clusters, and between header and Segment
    """

    reader: Reader
    doc_type: str
    header: bytes
    body: int
    end: int
    info: bytes
    tracks: bytes
    others: tuple[Span, ...]

    def clusters(self) -> Iterator[Span]:
        """The clusters in order, each with an end."""
        return (span for span in _parts(self.reader, self.body, self.end) if span.code == Code.CLUSTER)


def layout(source: BinaryIO) -> Layout:
    """The parts of a seekable file. Raises DamagedFileError, UnsupportedFormatError."""
    reader = Reader.of(source)
    header = reader.span(0, reader.size) if reader.size else None
    if header is None or header.code != Code.EBML or header.end is None or header.end - header.body > _HEADER_BYTES:
        message = "the file does not begin as a film does: copy it again from where it came"
        raise DamagedFileError(message)
    told = reader.content(header)
    between, segment = _segment(reader, header.end)
    end, clusters = segment.body, 0
    found: dict[int, bytes] = {}
    others = list(between)
    for span in _parts(reader, segment.body, segment.end or reader.size, is_open=segment.end is None):
        end = span.end or reader.size
        clusters += span.code == Code.CLUSTER
        if span.code in (Code.INFO, Code.TRACKS):
            _demand_same(found.setdefault(span.code, _description(reader, span)), reader, span)
        elif span.code != Code.CLUSTER:
            others.append(span)
        if len(others) > _MOST_OTHERS or clusters > _MOST_CLUSTERS:
            raise ebml.contradiction("the number of parts")
    if len(found) != 2:
        raise ebml.contradiction("a film without a description")
    info, tracks = found[Code.INFO], found[Code.TRACKS]
    return Layout(reader, _doc_type(told), told, segment.body, segment.end or end, info, tracks, tuple(others))


def _description(reader: Reader, span: Span) -> bytes:
    """The content of Info or Tracks. Raises UnsupportedFormatError where it is larger than any film needs."""
    if (span.end or span.body) - span.body > _DESCRIPTION_BYTES:
        message = f"the description of the film takes more than {_DESCRIPTION_BYTES >> 20} MiB: export it again"
        raise UnsupportedFormatError(message)
    return reader.content(span)


def _demand_same(first: bytes, reader: Reader, span: Span) -> None:
    """Raise DamagedFileError for a part that is repeated in another version: readers differ in which they take."""
    if _description(reader, span) != first:
        raise ebml.contradiction("the description of tracks or of the whole")


def _segment(reader: Reader, start: int) -> tuple[list[Span], Span]:
    """What stands before the Segment, and the Segment."""
    between: list[Span] = []
    for span in reader.spans(start, reader.size):
        if span.code == Code.SEGMENT:
            return between, span
        between.append(span)
        if len(between) > _MOST_BETWEEN:
            break
    message = "the file holds no film: copy it again from where it came"
    raise DamagedFileError(message)


def _parts(reader: Reader, start: int, end: int, *, is_open: bool = False) -> Iterator[Span]:
    """The children of a Segment, each with an end; of an open one up to what begins another file or film."""
    while start < end:
        span = reader.span(start, end)
        if is_open and span.code in TOP:
            return
        if span.end is None:
            if span.code != Code.CLUSTER:
                raise ebml.contradiction("a part without a size")
            span = replace(span, end=_end_of_cluster(reader, span.body, end))
        yield span
        start = span.end or end


def _end_of_cluster(reader: Reader, start: int, end: int) -> int:
    """Where a cluster of open size ends: at what can only stand beside it."""
    for span in reader.spans(start, end):
        if span.code in PARTS or span.code in TOP:
            return span.start
        if span.end is None:
            raise ebml.contradiction("a block without a size")
    return end


def _doc_type(header: bytes) -> str:
    """What the header says the file is. Raises UnsupportedFormatError for another kind of EBML."""
    children = tuple(ebml.elements(header))
    name = next((each.content for each in children if each.code == Code.DOC_TYPE), b"matroska")
    doc_type = name.rstrip(b"\0").decode("latin-1")
    longest = rules.among(children, Code.EBML_MAX_ID_LENGTH, 4), rules.among(children, Code.EBML_MAX_SIZE_LENGTH, 8)
    if doc_type not in _DOC_TYPES or longest[0] > 4 or longest[1] > 8:
        message = "the file is EBML, but neither Matroska nor WebM: convert it first"
        raise UnsupportedFormatError(message)
    return doc_type
