"""What lies in mdat: the sample tables laid over it, and the units of the coded pictures.

ISO/IEC 14496-12 clause 8.6 to 8.9 (tables), 14496-15 (length-prefixed units), ITU-T H.264 and H.265 (units, SEI).

Stale telemetry hides in bytes of mdat that no sample refers to, so the chunks of all tracks have to tile it. Drone
makers and ST 0604 hide data in SEI messages and in unit types the standards leave unspecified, so both are on an
allow-list.
Slices and coded sound are opaque.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redact.checks.reading import Buffer, Flaw, printable, take

PICTURES = frozenset({b"avc1", b"avc3", b"hvc1", b"hev1"})

_ENTRY_SIZES = {
    b"stts": 8, b"ctts": 8, b"stss": 4, b"stps": 4, b"stsc": 12, b"stco": 4, b"co64": 8,
}  # fmt: skip
TABLES = frozenset({*_ENTRY_SIZES, b"stsz", b"sdtp", b"sbgp"})

_AVC_HEADERS = frozenset({7, 8})
_AVC_UNITS = frozenset({1, 5, 9, 10, 11}) | _AVC_HEADERS
_AVC_LONGEST = {9: 2, 10: 1, 11: 1}
"""Type -> bytes of delimiters and ends, behind which a decoder does not look."""
_AVC_HIGH_PROFILES = frozenset({44, 100, 110, 122, 144, 244})
_AVC_SEI = 6
_HEVC_HEADERS = frozenset({32, 33, 34})
_HEVC_UNITS = frozenset({*range(10), *range(16, 22), 35, 36, 37}) | _HEVC_HEADERS
_HEVC_LONGEST = {35: 3, 36: 2, 37: 2}
_HEVC_SEI = frozenset({39, 40})

_MESSAGES = {6: range(1, 9), 137: (24,), 144: (4,), 147: (1,)}
"""Type -> sizes of the SEI that may stay: recovery point, mastering display, light level, preferred transfer."""

_LONGEST_SEI = 1 << 12


@dataclass(frozen=True)
class Track:
    """One track's tables.

    handler: "vide" or "soun"
    codings: of each sample description its code and its unit-length size, 0 where there are no units
    offsets, sizes: of each chunk, bytes
    described: which description each chunk uses, from 1
    counts: samples of each chunk
    sample_sizes: of each sample; one number where all are the same
    """

    handler: bytes
    codings: tuple[tuple[bytes, int], ...]
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
        entries: Sequence[tuple[bytes, int, int]],
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
        if described.size and not 1 <= int(described.min()) <= int(described.max()) <= len(entries):
            message = "a chunk uses a description that is not there"
            raise Flaw(message)
        _demand_agreement(data, places, total)
        codings = tuple((code, _unit_length_size(data, code, begin, stop)) for code, begin, stop in entries)
        if same:
            return cls(handler, codings, offsets, counts * same, described, counts, same)
        sample_sizes = _numbers(data, start + 12, end, ">u4")
        ends = np.concatenate(([0], np.cumsum(sample_sizes)))
        limits = np.concatenate(([0], np.cumsum(counts)))
        return cls(handler, codings, offsets, np.diff(ends[limits]), described, counts, sample_sizes)

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
    order = np.argsort(starts[sizes > 0], kind="stable")
    starts, sizes = starts[sizes > 0][order], sizes[sizes > 0][order]
    ends = starts + sizes
    breaks = np.flatnonzero(ends[:-1] != starts[1:]) + 1
    firsts = starts[np.concatenate(([0], breaks))].tolist() if starts.size else []
    lasts = ends[np.concatenate((breaks - 1, [len(ends) - 1]))].tolist() if starts.size else []
    if list(zip(firsts, lasts, strict=True)) != [(start, end) for start, end in media if start < end]:
        covered = sum(int(size) for size in sizes)
        missing = sum(end - start for start, end in media) - covered
        message = f"{missing} bytes of mdat belong to no sample" if missing > 0 else "chunks overlap or leave mdat"
        raise Flaw(message)


def demand_pictures_alone(data: Buffer, track: Track) -> None:
    """Raise Flaw when a unit among the coded pictures is neither a picture nor something a decoder needs."""
    for described, start, size in track.samples():
        code, length_size = track.codings[described - 1]
        end, allowed = start + size, _avc_unit if code in (b"avc1", b"avc3") else _hevc_unit
        while start < end:
            untrusted_size = int.from_bytes(data[start : start + length_size], "big")
            start += length_size
            if not 0 < untrusted_size <= end - start:
                message = "a unit is longer than its sample"
                raise Flaw(message)
            allowed(data, start, start + untrusted_size)
            start += untrusted_size


def avc_units_allowed(configuration: bytes) -> bool:
    """True when avcC holds parameter sets and nothing else (14496-15, 5.3.3.1)."""
    position, extension = 5, configuration[1] in _AVC_HIGH_PROFILES
    for mask in (0x1F, 0xFF):
        untrusted_count, position = configuration[position] & mask, position + 1
        position = _parameter_sets(configuration, position, untrusted_count)
    if extension and position < len(configuration):
        position = _parameter_sets(configuration, position + 4, configuration[position + 3])
    return position == len(configuration)


def hevc_units_allowed(configuration: bytes) -> bool:
    """True when hvcC holds parameter sets and allowed SEI, and nothing else (14496-15, 8.3.3.1)."""
    position = 23
    for _ in range(configuration[22]):
        untrusted_count = int.from_bytes(configuration[position + 1 : position + 3], "big")
        position += 3
        for _ in range(untrusted_count):
            size = int.from_bytes(take(configuration, position, 2, len(configuration)), "big")
            _hevc_unit(configuration, position + 2, position + 2 + size)
            position += 2 + size
    return position == len(configuration)


def _demand_agreement(data: Buffer, places: Mapping[bytes, tuple[int, int]], total: int) -> None:
    """Raise Flaw when a table tells of more or fewer samples than there are: the rest would be room to hide in."""
    for kind in (b"stts", b"ctts"):
        if kind in places and int(_column(data, places[kind], ">u4", 2)[:, 0].sum()) != total:
            message = f"{printable(kind)} does not tell of every sample once"
            raise Flaw(message)
    for kind in (b"stss", b"stps"):
        numbers = _column(data, places[kind], ">u4", 1)[:, 0] if kind in places else np.zeros(0, np.int64)
        if numbers.size and (int(numbers[0]) < 1 or int(numbers[-1]) > total or (np.diff(numbers) <= 0).any()):
            message = f"{printable(kind)} names samples that are not there"
            raise Flaw(message)
    if b"sdtp" in places and places[b"sdtp"][1] - places[b"sdtp"][0] != 4 + total:
        message = "sdtp is not as long as its entries"
        raise Flaw(message)


def _parameter_sets(configuration: bytes, position: int, count: int) -> int:
    for _ in range(count):
        size = int.from_bytes(take(configuration, position, 2, len(configuration)), "big")
        head = take(configuration, position + 2, size, len(configuration))
        if not head or head[0] & 0x1F not in _AVC_HEADERS:
            message = "avcC holds a unit that is no parameter set"
            raise Flaw(message)
        position += 2 + size
    return position


def _avc_unit(data: Buffer, start: int, end: int) -> None:
    kind = data[start] & 0x1F
    if kind == _AVC_SEI:
        _demand_messages(data, start + 1, end)
    elif kind not in _AVC_UNITS or end - start > _AVC_LONGEST.get(kind, end):
        message = f"a unit of type {kind} is not allowed"
        raise Flaw(message)


def _hevc_unit(data: Buffer, start: int, end: int) -> None:
    header = take(data, start, 2, end)
    kind = header[0] >> 1 & 0x3F
    if header[0] & 1 or header[1] >> 3:
        message = "a unit of another layer is not allowed"
        raise Flaw(message)
    if kind in _HEVC_SEI:
        _demand_messages(data, start + 2, end)
    elif kind not in _HEVC_UNITS or end - start > _HEVC_LONGEST.get(kind, end):
        message = f"a unit of type {kind} is not allowed"
        raise Flaw(message)


def _demand_messages(data: Buffer, start: int, end: int) -> None:
    if end - start > _LONGEST_SEI:
        message = "an SEI unit is too long"
        raise Flaw(message)
    body = bytes(data[start:end]).replace(b"\0\0\3", b"\0\0")
    position = 0
    while body[position:] != b"\x80":
        kind, position = _sum(body, position)
        size, position = _sum(body, position)
        position += size
        if size not in _MESSAGES.get(kind, ()) or position > len(body):
            message = f"an SEI message of type {kind} is not allowed"
            raise Flaw(message)


def _sum(body: bytes, position: int) -> tuple[int, int]:
    """A number spelt as a run of 255s and a rest, and where it ends."""
    total = 0
    while take(body, position, 1, len(body)) == b"\xff":
        total, position = total + 255, position + 1
    return total + body[position], position + 1


def _chunk_counts(data: Buffer, place: tuple[int, int], chunks: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Samples of each chunk, and the description each uses. Raises Flaw unless the runs begin at 1 and go up."""
    runs = _column(data, place, ">u4", 3)
    if not chunks and not len(runs):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    firsts = np.append(runs[:, 0], chunks + 1)
    if not len(runs) or firsts[0] != 1 or (np.diff(firsts) <= 0).any():
        message = "the runs of stsc are not in order"
        raise Flaw(message)
    return np.repeat(runs[:, 1], np.diff(firsts)), np.repeat(runs[:, 2], np.diff(firsts))


def _column(data: Buffer, place: tuple[int, int], kind: str, width: int) -> NDArray[np.int64]:
    return _numbers(data, place[0] + 8, place[1], kind).reshape(-1, width)


def _numbers(data: Buffer, start: int, end: int, kind: str) -> NDArray[np.int64]:
    return np.frombuffer(bytes(data[start:end]), kind).astype(np.int64)


def _unit_length_size(data: Buffer, code: bytes, start: int, end: int) -> int:
    """How many bytes tell a unit's length; 0 for a coding without units."""
    if code not in PICTURES:
        return 0
    position = start + 78
    while position < end:
        size, kind = int.from_bytes(take(data, position, 4, end), "big"), take(data, position + 4, 4, end)
        if kind == b"avcC":
            return 1 + (take(data, position + 12, 1, end)[0] & 3)
        if kind == b"hvcC":
            return 1 + (take(data, position + 8 + 21, 1, end)[0] & 3)
        position += max(size, 8)
    message = f"{printable(code)} has no configuration"
    raise Flaw(message)
