"""What lies in mdat: the sample tables laid over it (ISO/IEC 14496-12, 8.6 to 8.9), and the coded pictures in it.

Stale telemetry hides in bytes of mdat that no sample refers to, so the chunks of all tracks have to tile it; and in the
coded pictures, each of which is held against what its coding allows. Coded sound is opaque.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redact.checks.reading import Buffer, Flaw, Trail, printable, take
from redact.checks.structure.pictures import Allowed

_ENTRY_SIZES = {
    b"stts": 8, b"ctts": 8, b"stss": 4, b"stps": 4, b"stsc": 12, b"stco": 4, b"co64": 8,
}  # fmt: skip
TABLES = frozenset({*_ENTRY_SIZES, b"stsz", b"sdtp", b"sbgp"})

_DEPENDENCIES = bytes(depends << 4 | depended << 2 for depends in range(3) for depended in range(3))
"""What `sdtp` may say of a sample: whether it depends on others and others on it, each yes, no or not known."""


@dataclass(frozen=True)
class Track:
    """One track's tables.

    handler: "vide" or "soun"
    allowed: for each sample description what its packets may hold
    offsets, sizes: of each chunk, bytes
    described: which description each chunk uses, from 1
    counts: samples of each chunk
    sample_sizes: of each sample; one number where all are the same
    """

    handler: bytes
    allowed: tuple[Allowed, ...]
    offsets: NDArray[np.int64]
    sizes: NDArray[np.int64]
    described: NDArray[np.int64]
    counts: NDArray[np.int64]
    sample_sizes: NDArray[np.int64] | int

    @classmethod
    def read(
        cls,
        data: Buffer,
        handler: bytes,
        allowed: tuple[Allowed, ...],
        places: Mapping[bytes, tuple[int, int]],
    ) -> Track:
        """The tables at `places` (type -> start and end of content). Raises Flaw when they contradict each other."""
        if (b"stco" in places) == (b"co64" in places):
            message = "a track has no chunk offsets, or two kinds of them"
            raise Flaw(message)
        kind = b"stco" if b"stco" in places else b"co64"
        offsets = _column(data, places[kind], ">u4" if kind == b"stco" else ">u8", 1)[:, 0]
        counts, described = _chunk_counts(data, places[b"stsc"], len(offsets))
        start, end = places[b"stsz"]
        same = int.from_bytes(take(data, start + 4, 4, end), "big")
        total = int.from_bytes(take(data, start + 8, 4, end), "big")
        if total != int(counts.sum()):
            message = "chunks and sizes do not agree on the number of samples"
            raise Flaw(message)
        if described.size and not 1 <= int(described.min()) <= int(described.max()) <= len(allowed):
            message = "a chunk uses a description that is not there"
            raise Flaw(message)
        _demand_agreement(data, places, total)
        if same:
            return cls(handler, allowed, offsets, counts * same, described, counts, same)
        sample_sizes = _numbers(data, start + 12, end, ">u4")
        ends = np.concatenate(([0], np.cumsum(sample_sizes)))
        limits = np.concatenate(([0], np.cumsum(counts)))
        return cls(handler, allowed, offsets, np.diff(ends[limits]), described, counts, sample_sizes)

    def samples(self) -> Iterator[tuple[int, int, int]]:
        """(description, start, size) of every sample, in the order of the chunks."""
        number = 0
        rows = zip(self.described.tolist(), self.offsets.tolist(), self.counts.tolist(), strict=True)
        for described, position, count in rows:
            for index in range(number, number + count):
                size = self.sample_sizes if isinstance(self.sample_sizes, int) else int(self.sample_sizes[index])
                yield described, position, size
                position += size
            number += count


def demand_shape(data: Buffer, kind: bytes, start: int, end: int) -> None:
    """Raise Flaw unless a table is exactly as long as its entries."""
    if kind == b"stsz":
        head = take(data, start, 12, end)
        rows = 0 if any(head[4:8]) else 4 * int.from_bytes(head[8:12], "big")
        expected = 12 + rows
    elif kind == b"sdtp":
        # A byte a sample; how many there are, another table tells.
        expected = end - start
    elif kind == b"sbgp":
        head = take(data, start, 12, end)
        longer = 4 if head[0] else 0
        expected = 12 + longer + 8 * int.from_bytes(take(data, start + 8 + longer, 4, end), "big")
        if head[4:8] not in (b"roll", b"prol", b"rap ", b"sync"):
            message = "samples are grouped by something that is not allowed"
            raise Flaw(message)
    else:
        expected = 8 + _ENTRY_SIZES[kind] * int.from_bytes(take(data, start + 4, 4, end), "big")
    if end - start != expected:
        message = f"{printable(kind)} is not as long as its entries"
        raise Flaw(message)


def demand_tiles(media: Sequence[tuple[int, int]], tracks: Sequence[Track], length: int) -> None:
    """Raise Flaw unless the chunks of all tracks fill the mdat boxes exactly, without a gap or an overlap."""
    starts = np.concatenate([track.offsets for track in tracks] or [np.zeros(0, np.int64)])
    sizes = np.concatenate([track.sizes for track in tracks] or [np.zeros(0, np.int64)])
    if starts.size and (int(starts.min()) < 0 or int(sizes.min()) < 0 or int((starts + sizes).max()) > length):
        message = "a chunk lies outside the file"
        raise Flaw(message)
    order, hollow = np.argsort(starts[sizes > 0], kind="stable"), starts[sizes == 0]
    starts, sizes = starts[sizes > 0][order], sizes[sizes > 0][order]
    ends = starts + sizes
    if not np.isin(hollow, np.concatenate((starts, ends, np.array(media, np.int64).reshape(-1)))).all():
        message = "a chunk without a byte lies where no other begins or ends"
        raise Flaw(message)
    breaks = np.flatnonzero(ends[:-1] != starts[1:]) + 1
    firsts = starts[np.concatenate(([0], breaks))].tolist() if starts.size else []
    lasts = ends[np.concatenate((breaks - 1, [len(ends) - 1]))].tolist() if starts.size else []
    if list(zip(firsts, lasts, strict=True)) != [(start, end) for start, end in media if start < end]:
        covered = sum(int(size) for size in sizes)
        missing = sum(end - start for start, end in media) - covered
        message = f"{missing} bytes of mdat belong to no sample" if missing > 0 else "chunks overlap or leave mdat"
        raise Flaw(message)


def demand_pictures_alone(data: Buffer, track: Track) -> None:
    """Raise Flaw when something among the coded pictures is neither a picture nor something a decoder needs."""
    trail = Trail(data)
    for described, start, size in track.samples():
        trail.reach(start)
        if not track.allowed[described - 1](bytes(data[start : start + size])):
            message = "a coded picture holds something that is not allowed"
            raise Flaw(message)


def _demand_agreement(data: Buffer, places: Mapping[bytes, tuple[int, int]], total: int) -> None:
    """Raise Flaw when a table tells of more or fewer samples than there are: the rest would be room to hide in."""
    for kind in (b"stts", b"ctts"):
        samples = _column(data, places[kind], ">u4", 2)[:, 0] if kind in places else np.array([total])
        if int(samples.sum()) != total or (total and not samples.all()):
            message = f"{printable(kind)} does not tell of every sample once"
            raise Flaw(message)
    for kind in (b"stss", b"stps"):
        numbers = _column(data, places[kind], ">u4", 1)[:, 0] if kind in places else np.zeros(0, np.int64)
        if numbers.size and (int(numbers[0]) < 1 or int(numbers[-1]) > total or (np.diff(numbers) <= 0).any()):
            message = f"{printable(kind)} names samples that are not there"
            raise Flaw(message)
    if b"sdtp" in places:
        told = bytes(data[slice(*places[b"sdtp"])])
        if len(told) != 4 + total or told[4:].translate(None, _DEPENDENCIES):
            message = "sdtp tells of something else than its samples"
            raise Flaw(message)


def _chunk_counts(data: Buffer, place: tuple[int, int], chunks: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Samples of each chunk, and the description each uses. Raises Flaw unless the runs begin at 1 and go up."""
    runs = _column(data, place, ">u4", 3)
    if not chunks and not len(runs):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    firsts = np.append(runs[:, 0], chunks + 1)
    if not len(runs) or firsts[0] != 1 or (np.diff(firsts) <= 0).any() or not runs[:, 1].all():
        message = "the runs of stsc are not in order"
        raise Flaw(message)
    return np.repeat(runs[:, 1], np.diff(firsts)), np.repeat(runs[:, 2], np.diff(firsts))


def _column(data: Buffer, place: tuple[int, int], kind: str, width: int) -> NDArray[np.int64]:
    return _numbers(data, place[0] + 8, place[1], kind).reshape(-1, width)


def _numbers(data: Buffer, start: int, end: int, kind: str) -> NDArray[np.int64]:
    return np.frombuffer(bytes(data[start:end]), kind).astype(np.int64)
