"""Tracks of one picture beside a film: covers, which players show in lists of files, if at all.

A cover may be another picture than any of the film's, and nobody who watches the film sees it.
"""

from __future__ import annotations

from collections.abc import Iterator

from redact.formats.matroska import blocks, ebml, tracks
from redact.formats.matroska.codes import Code
from redact.formats.matroska.ebml import Element, Span
from redact.formats.matroska.layout import Layout

_NUMBER_BYTES = 8
"""Of a block: as many as its track's number may take."""


def numbers(film: Layout) -> frozenset[int]:
    """The numbers of tracks of at most one picture where another track has more. Raises DamagedFileError."""
    entries = [each.content for each in ebml.elements(film.tracks) if each.code == Code.TRACK_ENTRY]
    left = {tracks.number_of(entry) for entry in entries if tracks.type_of(entry) == tracks.PICTURES}
    if len(left) < 2:
        return frozenset()
    counts = dict.fromkeys(left, 0)
    for number in _tracks_of_blocks(film):
        if number in left:
            counts[number] += 1
            # Once every track has two, none is a cover.
            left -= {number} if counts[number] > 1 else set()
            if not left:
                return frozenset()
    return frozenset(left) if any(count > 1 for count in counts.values()) else frozenset()


def _tracks_of_blocks(film: Layout) -> Iterator[int]:
    for cluster in film.clusters():
        for span in film.reader.spans(cluster.body, cluster.end or cluster.body):
            if span.code == Code.SIMPLE_BLOCK:
                yield blocks.track_of(_beginning(film, span))
            elif span.code == Code.BLOCK_GROUP:
                group = Element(span.code, film.reader.content(span))
                block = next((each.content for each in group.children if each.code == Code.BLOCK), None)
                if block is not None:
                    yield blocks.track_of(block)


def _beginning(film: Layout, span: Span) -> bytes:
    film.reader.source.seek(span.body)
    return film.reader.source.read(min(_NUMBER_BYTES, (span.end or span.body) - span.body))
