"""The samples of a film, copied as they lie: large pieces from the source to the copy, looked at on their way.

A copy keeps the order in which the source's chunks lie, side by side and without what lies between them. Sound passes
unseen, as it is opaque. Of coded pictures the beginnings of units are looked at; a sample that holds more than it may
is written without that, and all that follow it move up.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.boxes import Span
from redact.formats.codings import Coding
from redact.formats.film.passage import Passage
from redact.formats.film.tables import NARROW_MOST, Numbers, Tables

_MOST_SAMPLE_BYTES = 1 << 28
"""A frame of 16K without loss takes less."""

_BLOCK = 1 << 14
"""How many chunks are taken out of the tables at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """The samples of one track on their way; `coding` is None for sound."""

    tables: Tables
    coding: Coding | None


@dataclass(frozen=True, slots=True, eq=False)
class _Chunks:
    """The chunks of all lanes in the order in which they lie in the source.

    lanes:   which lane each belongs to
    numbers: which of that lane's chunks it is
    starts:  where it begins in the source
    sizes:   its bytes
    firsts:  which of the lane's samples is its first
    counts:  its samples
    """

    lanes: NDArray[np.intp]
    numbers: Numbers
    starts: Numbers
    sizes: Numbers
    firsts: Numbers
    counts: Numbers

    def placed(self, lane: int, places: Numbers) -> Numbers:
        """Where the chunks of one lane lie, in its own order; `places` are of all chunks, in this order."""
        mine = self.lanes == lane
        starts = np.zeros(np.count_nonzero(mine), np.int64)
        starts[self.numbers[mine]] = places[mine]
        return starts

    def rows(self) -> Iterator[tuple[int, int, int, int, int]]:
        """(lane, start, size, first sample, samples) of each chunk."""
        columns = (self.lanes, self.starts, self.sizes, self.firsts, self.counts)
        for block in range(0, len(self.lanes), _BLOCK):
            yield from zip(*(column[block : block + _BLOCK].tolist() for column in columns), strict=True)


def check(lanes: Sequence[Lane], media: Sequence[Span]) -> None:
    """Raises DamagedFileError unless all samples lie in the boxes of `media`, each for itself."""
    chunks = _in_order(lanes)
    starts, ends = chunks.starts, chunks.starts + chunks.sizes
    bodies = np.array(sorted((span.body, span.end) for span in media), np.int64).reshape(-1, 2)
    place = np.searchsorted(bodies[:, 0], starts, "right") - 1
    inside = (place >= 0) & (ends >= starts)
    inside[inside] = ends[inside] <= bodies[place[inside], 1]
    if not inside[chunks.sizes > 0].all():
        message = "pictures or sound of the film lie where none can be: get an undamaged original"
        raise DamagedFileError(message)
    filled = np.flatnonzero(chunks.sizes)
    filled = filled[np.argsort(starts[filled], kind="stable")]
    if (ends[filled][:-1] > starts[filled][1:]).any():
        message = "pictures or sound of the film lie over each other: get an undamaged original"
        raise DamagedFileError(message)


def placed(lanes: Sequence[Lane], start: int) -> tuple[Tables, ...]:
    """The tables of a copy whose samples begin at `start`, if none of them changes.

    A table that tells places in 32 bits does so in 64 where they lie too far.
    """
    chunks = _in_order(lanes)
    return _moved(lanes, chunks, start + np.cumsum(chunks.sizes) - chunks.sizes)


def _moved(lanes: Sequence[Lane], chunks: _Chunks, places: Numbers) -> tuple[Tables, ...]:
    """The tables of all lanes with their chunks at other places."""
    tables = []
    for number, lane in enumerate(lanes):
        starts = chunks.placed(number, places)
        far = lane.tables.far or int(starts.max(initial=0)) > NARROW_MOST
        # Where a picture can change its size, that of each is told, of whatever size they are.
        sizes = lane.tables.sizes if lane.coding is None else lane.tables.each_size()
        tables.append(replace(lane.tables, starts=starts, far=far, sizes=sizes))
    return tuple(tables)


def copy(lanes: Sequence[Lane], source: BinaryIO, target: BinaryIO, start: int) -> tuple[Tables, ...]:
    """Write the samples to `target`, which stands at `start`; the tables of the copy, of the form that `placed` gives.

    Raises DamagedFileError, UnsupportedFormatError.
    """
    chunks = _in_order(lanes)
    sizes = {number: lane.tables.each_size() for number, lane in enumerate(lanes) if lane.coding}
    passage, places = Passage(source, target, start), array("q")
    for lane, place, size, first, count in chunks.rows():
        places.append(passage.place)
        coding = lanes[lane].coding
        if coding is None:
            passage.carry(place, size)
        else:
            _carry_pictures(passage, coding, place, sizes[lane][first : first + count])
    passage.finish()
    tables = _moved(lanes, chunks, np.array(places, np.int64))
    if [each.far for each in tables] != [each.far for each in placed(lanes, start)]:
        message = "the film changes too much for what its tables can tell: split it first"
        raise UnsupportedFormatError(message)
    return tuple(replace(each, sizes=sizes.get(number, each.sizes)) for number, each in enumerate(tables))


def _carry_pictures(passage: Passage, coding: Coding, place: int, sizes: NDArray[np.uint32]) -> None:
    """Carry samples that lie side by side; of those that change the new size is put into `sizes`."""
    for number, size in enumerate(sizes.tolist()):
        if coding.passes(passage.read, place, size):
            passage.carry(place, size)
        elif size > _MOST_SAMPLE_BYTES:
            message = f"a picture takes more than {_MOST_SAMPLE_BYTES >> 20} MiB: convert the film first"
            raise UnsupportedFormatError(message)
        else:
            coded = passage.read(place, size)
            clean = coding.cleaned(coded)
            if clean is coded:
                passage.carry(place, size)
            else:
                passage.put(clean)
                sizes[number] = len(clean)
        place += size


def _in_order(lanes: Sequence[Lane]) -> _Chunks:
    """The chunks of all lanes. Of those that begin at one place, empty ones come first."""
    tables = [lane.tables for lane in lanes]
    lane_numbers = np.repeat(np.arange(len(lanes)), [len(each.starts) for each in tables])
    numbers = np.concatenate([np.arange(len(each.starts)) for each in tables])
    starts = np.concatenate([each.starts for each in tables])
    sizes = np.concatenate([each.chunk_bytes for each in tables])
    counts = np.concatenate([each.counts for each in tables])
    firsts = np.concatenate([np.cumsum(each.counts) - each.counts for each in tables])
    order = np.lexsort((lane_numbers, sizes > 0, starts))
    return _Chunks(*(column[order] for column in (lane_numbers, numbers, starts, sizes, firsts, counts)))
