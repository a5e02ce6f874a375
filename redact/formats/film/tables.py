"""The sample tables of a track (`stbl`, ISO/IEC 14496-12 8.6 to 8.9): read, held against each other, and written anew.

A table tells of samples in runs, and of runs that are empty nobody sees anything: those go, as do chunks without a
sample and whatever stands behind the rows. Where samples lie and how large they are the copy decides; when they are
shown, and where decoding can begin, is told as before. Dropped: tables that players do not need (`cslg`, `padb`,
`stdp`, `subs`, `saiz`, `saio`, degradation and groups of other kinds), as each has room for anything.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.boxes import Box, contradiction, number, written

Numbers = NDArray[np.int64]

NARROW_MOST = 0xFFFFFFFF
"""The farthest place that `stco` can tell."""

_COMPACT_BITS = (4, 8, 16)
_MOST_CHUNKS = 1 << 23
"""A day of film at 60 frames a second, each of them in a chunk of its own, takes five millions."""


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """The samples of one track.

    sizes:    bytes of each sample; one number where it is told once for all
    count:    number of samples
    starts:   where each chunk begins in the file
    counts:   samples in each chunk
    far:      True where starts are told in 64 bits
    times:    the boxes about when samples are shown and about where decoding can begin, written anew
    ticks:    how long each sample is shown, where it is the same for all
    ordinary: False where the tables tell of something that only FFmpeg knows how to read
    """

    sizes: NDArray[np.uint32] | int
    count: int
    starts: Numbers
    counts: Numbers
    far: bool
    times: bytes
    ticks: int | None
    ordinary: bool

    @property
    def chunk_bytes(self) -> Numbers:
        """The size of each chunk."""
        if isinstance(self.sizes, int):
            return self.counts * self.sizes
        ends = np.concatenate(([0], np.cumsum(self.sizes, dtype=np.int64)))
        return np.diff(ends[np.concatenate(([0], np.cumsum(self.counts)))])

    def each_size(self) -> NDArray[np.uint32]:
        """The size of each sample, in an array of its own."""
        return np.full(self.count, self.sizes, np.uint32) if isinstance(self.sizes, int) else self.sizes.copy()

    def written(self) -> bytes:
        """The boxes of all tables, but those that describe the coding."""
        return self.times + self._chunks() + self._sizes() + self._starts()

    def _chunks(self) -> bytes:
        changes = np.flatnonzero(np.diff(self.counts, prepend=-1))
        return _table(b"stsc", 0, np.stack((changes + 1, self.counts[changes], np.ones_like(changes)), -1))

    def _sizes(self) -> bytes:
        if isinstance(self.sizes, int):
            return written(b"stsz", bytes(4), struct.pack(">II", self.sizes, self.count))
        return written(b"stsz", bytes(8), struct.pack(">I", self.count), self.sizes.astype(">u4").tobytes())

    def _starts(self) -> bytes:
        code, kind = (b"co64", ">u8") if self.far else (b"stco", ">u4")
        return written(code, bytes(4), struct.pack(">I", len(self.starts)), self.starts.astype(kind).tobytes())


def read(table: Box, described: int) -> Tables:
    """The tables of a track that is not fragmented.

    described: how many descriptions of samples it has

    Raises DamagedFileError when they disagree, UnsupportedFormatError for a track in very many pieces.
    """
    listed = table.children()
    boxes = {box.code: box for box in reversed(listed)}
    sizes = boxes.get(b"stsz") or boxes.get(b"stz2")
    chunks, times, offsets = boxes.get(b"stsc"), boxes.get(b"stts"), boxes.get(b"stco") or boxes.get(b"co64")
    if sizes is None or chunks is None or times is None or offsets is None:
        raise contradiction("a track")
    if number(offsets.payload, 4, 4) > _MOST_CHUNKS:
        message = "the film lies in more pieces than can be put in order: split it first"
        raise UnsupportedFormatError(message)
    count, runs, durations = number(sizes.payload, 8, 4), _rows(chunks, 3), _joined(_rows(times, 2))
    counts = _chunk_counts(runs, number(offsets.payload, 4, 4))
    if (runs[:, 2] < 1).any() or (runs[:, 2] > described).any():
        raise contradiction("a track")
    if durations[:, 0].sum() != count or counts.sum() != count:
        message = "the tables of a track disagree about how many samples it has: get an undamaged original"
        raise DamagedFileError(message)
    shifts, shifted = _shifts(boxes.get(b"ctts"), count)
    full = counts > 0
    return Tables(
        sizes=_read_sizes(sizes),
        count=count,
        starts=_starts(offsets)[full],
        counts=counts[full],
        far=offsets.code == b"co64",
        times=_table(b"stts", 0, durations) + shifts + b"".join(_marks(listed, count)),
        ticks=int(durations[0, 1]) if len(durations) == 1 else None,
        ordinary=shifted and bool((runs[:, 2] == 1).all()),
    )


def check_promises(tables: Iterable[Box], file_bytes: int) -> None:
    """Raises DamagedFileError when a track, be it dropped or not, promises more samples than the file can hold.

    FFmpeg makes room for every sample that any table speaks of.
    """
    for table in tables:
        chunks, offsets = table.child(b"stsc"), table.child(b"stco") or table.child(b"co64")
        count = samples_in(table)
        if chunks and offsets:
            count = max(count, _samples_in_chunks(_rows(chunks, 3), number(offsets.payload, 4, 4)))
        if count > file_bytes or _sample_bytes(table) > file_bytes:
            message = "the film promises more pictures or sound than it can hold: get an undamaged original"
            raise DamagedFileError(message)


def samples_in(table: Box) -> int:
    """How many samples the track has outside of fragments."""
    sizes = _sizes(table)
    return number(sizes.payload, 8, 4) if sizes else 0


def earliest_composition(table: Box) -> int:
    """The least composition offset of the track, ticks: below 0 where a picture is shown before its decoding time."""
    box = table.child(b"ctts")
    if box is None:
        return 0
    offsets = _rows(box, 2)[:, 1].astype(np.int32)
    return min(int(offsets.min(initial=0)), 0)


def _sizes(table: Box) -> Box | None:
    """The table that tells how large each sample is, in either spelling."""
    return table.child(b"stsz") or table.child(b"stz2")


def _read_sizes(box: Box) -> NDArray[np.uint32] | int:
    """The size of each sample. Raises DamagedFileError where there are fewer than promised."""
    each, count = number(box.payload, 4, 4), number(box.payload, 8, 4)
    bits = each & 0xFF if box.code == b"stz2" else 32
    if box.code == b"stsz" and each:
        return each
    if bits not in (*_COMPACT_BITS, 32) or 12 + -(-bits * count // 8) > len(box.payload):
        raise contradiction("a table")
    if bits == 4:
        octets = np.frombuffer(box.payload, np.uint8, -(-count // 2), 12)
        return np.stack((octets >> 4, octets & 15), -1).reshape(-1)[:count].astype(np.uint32)
    return np.frombuffer(box.payload, f">u{bits // 8}", count, 12).astype(np.uint32)


def _sample_bytes(table: Box) -> int:
    """How many bytes the samples take together."""
    box = _sizes(table)
    if box is None:
        return 0
    sizes = _read_sizes(box)
    return sizes * number(box.payload, 8, 4) if isinstance(sizes, int) else int(sizes.sum(dtype=np.uint64))


def _starts(box: Box) -> Numbers:
    count, width = number(box.payload, 4, 4), 8 if box.code == b"co64" else 4
    if count * width > len(box.payload) - 8:
        raise contradiction("a table")
    # What takes all of 64 bits lies outside of any file, as do numbers below zero.
    return np.frombuffer(box.payload, f">u{width}", count, 8).astype(np.int64)


def _samples_in_chunks(runs: Numbers, chunks: int) -> int:
    """How many samples so many chunks hold; a run is (first chunk, samples in each, description)."""
    return int((_run_lengths(runs, chunks) * runs[:, 1]).sum())


def _chunk_counts(runs: Numbers, chunks: int) -> Numbers:
    """How many samples each chunk holds."""
    return np.repeat(runs[:, 1], _run_lengths(runs, chunks))


def _run_lengths(runs: Numbers, chunks: int) -> Numbers:
    """How many chunks each run is about. Raises DamagedFileError where they are not in order."""
    if not len(runs):
        return np.zeros(0, np.int64)
    starts = np.append(runs[:, 0], chunks + 1)
    lengths = np.diff(starts)
    if starts[0] != 1 or (lengths < 0).any():
        raise contradiction("a track")
    return lengths


def _rows(box: Box, columns: int) -> Numbers:
    """A table of 32-bit numbers, (rows, columns)."""
    rows = number(box.payload, 4, 4)
    if rows * columns * 4 > len(box.payload) - 8:
        raise contradiction("a table")
    flat = np.frombuffer(box.payload, ">u4", rows * columns, 8)
    return flat.astype(np.int64).reshape(rows, columns)


def _table(code: bytes, version: int, rows: Numbers) -> bytes:
    """A table of 32-bit numbers."""
    return written(code, struct.pack(">II", version << 24, len(rows)), rows.astype(">u4").tobytes())


def _joined(rows: Numbers) -> Numbers:
    """Rows of (samples, number) without empty ones, and without two in a row of the same number."""
    rows = rows[rows[:, 0] > 0]
    first = np.flatnonzero(np.diff(rows[:, 1], prepend=-1))
    if not len(first):
        return rows
    return np.stack((np.add.reduceat(rows[:, 0], first), rows[first, 1]), -1)


def _shifts(box: Box | None, count: int) -> tuple[bytes, bool]:
    """`ctts`: by how much each sample is shown later than it is decoded. Whether that is told of every sample."""
    if box is None:
        return b"", True
    rows = _joined(_rows(box, 2))
    version = 1 if box.payload[:1] == b"\1" else 0
    return _table(b"ctts", version, rows), int(rows[:, 0].sum()) == count


def _marks(boxes: Sequence[Box], count: int) -> Iterator[bytes]:
    """The tables that name single samples, in an order of our own."""
    for code in (b"stss", b"stps"):
        box = next((box for box in boxes if box.code == code), None)
        if box:
            named = np.unique(_rows(box, 1))
            yield _table(code, 0, named[(named >= 1) & (named <= count)].reshape(-1, 1))
    box = next((box for box in boxes if box.code == b"sdtp" and len(box.payload) == 4 + count), None)
    if box:
        yield written(b"sdtp", bytes(4), box.payload[4:].translate(_DEPENDENCIES))
    for kind in _GROUPS:
        yield from _group(boxes, kind, count)


def _dependency(told: int) -> int:
    """Whether a sample depends on others, and others on it; reserved values and all else are left open."""
    depends, depended = told >> 4 & 3, told >> 2 & 3
    return depends % 3 << 4 | depended % 3 << 2


_DEPENDENCIES = bytes(map(_dependency, range(256)))

_GROUPS = {b"roll": 2, b"prol": 2, b"rap ": 1, b"sync": 1}
"""Kinds of groups of samples about where decoding can begin (10.1, 10.4; 14496-15) -> size of a description."""

_MOST_DESCRIPTIONS = 16


def _group(boxes: Sequence[Box], kind: bytes, count: int) -> Iterator[bytes]:
    """`sgpd` and `sbgp` of one kind; nothing where they are in another form than they have to be."""
    descriptions, members = (
        next((box.payload for box in boxes if box.code == code and box.payload[4:8] == kind), b"")
        for code in (b"sgpd", b"sbgp")
    )
    size = _GROUPS[kind]
    if descriptions[:4] != b"\1\0\0\0" or members[:4] != bytes(4) or len(descriptions) < 16 or len(members) < 12:
        return
    each, described, listed = number(descriptions, 8, 4), number(descriptions, 12, 4), number(members, 8, 4)
    fits = each == size and described <= _MOST_DESCRIPTIONS and 16 + size * described <= len(descriptions)
    if not fits or 12 + 8 * listed > len(members):
        return
    flat = np.frombuffer(members, ">u4", 2 * listed, 12).astype(np.int64)
    rows = _joined(flat.reshape(listed, 2))
    if rows[:, 0].sum() > count or (rows[:, 1] > described).any():
        return
    yield written(b"sgpd", descriptions[: 16 + size * described])
    yield written(b"sbgp", members[:8], struct.pack(">I", len(rows)), rows.astype(">u4").tobytes())
