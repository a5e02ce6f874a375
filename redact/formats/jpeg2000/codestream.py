"""The codestream of JPEG 2000 (ITU-T T.800 annex A, T.814 for high throughput), written anew without its comments.

Where location hides: COM segments in the main header and in the headers of tile-parts; segments longer than what they
tell; bytes behind the end of the codestream.

Dropped: COM; PLM and PLT, with which a reader finds its way faster, and which hold any number; CRG, PRF and CPF, which
say nothing about a sample; what follows EOC.

Kept: the segments that decoding takes, each once and as its kind demands (see segments.py), and the packets, bit for
bit. Lengths of tile-parts, and TLM that lists them, are written anew, as headers get shorter.

Not handled: bytes that hide behind the last packet inside a tile-part: only decoding would tell. Refused: segments of
part 2 and of later parts, which are kept by no reader that is commonly used.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from redact.formats.jpeg2000 import segments
from redact.formats.jpeg2000.damage import damaged

START = b"\xff\x4f\xff\x51"
"""What a codestream begins with: its start and the size of the picture."""

_SOT, _SOD, _EOC = b"\xff\x90", b"\xff\x93", b"\xff\xd9"
_SIZE = struct.Struct(">HIIIIIIIIH")
_TILE_PART = struct.Struct(">HHIBB")
_TILE_PART_BYTES = 12
_MARK_BYTES = 2
_MOST_COMPONENTS = 16384
_MOST_TILE_PARTS = 2**17
_MOST_SEGMENTS = 2**17
_LISTED_AT_ONCE = (0xFFFF - 4) // 6
_MOST_LISTED = 256 * _LISTED_AT_ONCE
_TWO_AND_FOUR_BYTES = 0x60
_PACKET_NUMBER = b"\xff\x91\0\4"


@dataclass(frozen=True, slots=True)
class Codestream:
    """A whole codestream.

    size:       (width, height) on the reference grid, the picture's own where components are not subsampled
    depths:     of each component, bits less one, with the highest bit where samples have a sign
    header:     the segments of the main header that are kept, as they are written
    listed:     True where TLM lists the tile-parts
    dropped:    names of segments that are not written
    end:        where it ends in the bytes it was read from
    """

    size: tuple[int, int]
    depths: bytes
    header: bytes
    tile_parts: tuple[_TilePart, ...]
    listed: bool
    dropped: tuple[str, ...]
    end: int

    @property
    def components(self) -> int:
        """How many components there are."""
        return len(self.depths)

    def written(self) -> bytes:
        """The codestream anew."""
        parts = [START[:_MARK_BYTES], self.header]
        if self.listed and len(self.tile_parts) <= _MOST_LISTED:
            parts += _list(self.tile_parts)
        for part in self.tile_parts:
            parts += (_SOT, _TILE_PART.pack(10, part.tile, part.size, part.number, part.count), part.header, _SOD)
            parts.append(part.packets)
        parts.append(_EOC)
        return b"".join(parts)


@dataclass(frozen=True, slots=True)
class _TilePart:
    """Part `number` of `count` (0: not told) of a tile: its header as it is written, and its packets."""

    tile: int
    number: int
    count: int
    header: bytes
    packets: bytes

    @property
    def size(self) -> int:
        """Bytes of it, as it is written."""
        return _TILE_PART_BYTES + len(self.header) + len(_SOD) + len(self.packets)


@dataclass(frozen=True, slots=True)
class _Header:
    """Segments up to a mark, which is at `end`.

    kept:    (kind, payload) of those that are written
    dropped: names of the others
    count:   of all of them
    """

    kept: tuple[tuple[int, bytes], ...]
    dropped: tuple[str, ...]
    listed: bool
    count: int
    end: int

    def written(self) -> bytes:
        """The segments that are kept."""
        return b"".join(struct.pack(">BBH", 0xFF, kind, 2 + len(payload)) + payload for kind, payload in self.kept)


def read(data: bytes) -> Codestream:
    """The codestream that `data` begins with. Raises DamagedFileError, UnsupportedFormatError."""
    if not data.startswith(START):
        raise damaged("does not begin with a codestream")
    size, depths = _size(data)
    main = _header(data, _MARK_BYTES, _SOT, len(depths))
    tile_parts: list[_TilePart] = []
    told = list(main.kept)
    # A tile may have several parts, and their headers are one.
    seen: dict[int, set[segments.Subject]] = {}
    _note(main, set(), len(depths))
    dropped = dict.fromkeys(main.dropped)
    count, position = main.count, main.end
    while data[position : position + 2] == _SOT:
        part, header, position = _tile_part(data, position, len(depths))
        tile_parts.append(part)
        count += header.count
        if len(tile_parts) > _MOST_TILE_PARTS or count > _MOST_SEGMENTS:
            raise damaged("has more tiles or headers than any picture needs")
        _note(header, seen.setdefault(part.tile, set()), len(depths))
        if not segments.MAIN_ALONE.isdisjoint(kind for kind, _ in header.kept):
            raise damaged("has a header of the whole in a tile")
        told += header.kept
        dropped.update(dict.fromkeys(header.dropped))
    if not tile_parts or data[position : position + 2] != _EOC:
        raise damaged("ends before its picture does")
    segments.check_together(told, len(depths))
    return Codestream(size, depths, main.written(), tuple(tile_parts), main.listed, tuple(dropped), position + 2)


def _note(header: _Header, seen: set[segments.Subject], components: int) -> None:
    """Add what a header is about to what was seen before. Raises DamagedFileError where that is there already."""
    for kind, payload in header.kept:
        about = segments.subject(kind, payload, components)
        # The order of packets may change in each part of a tile, and is told there.
        if about in seen and kind != segments.ORDER:
            raise damaged("tells something twice")
        seen.add(about)


def _size(data: bytes) -> tuple[tuple[int, int], bytes]:
    """Width and height, and the depth of each component."""
    if len(data) < 6 + _SIZE.size:
        raise damaged("ends in its header")
    _, right, bottom, left, top, across, down, _, _, components = _SIZE.unpack_from(data, 6)
    if not (left < right and top < bottom and across and down and 0 < components <= _MOST_COMPONENTS):
        raise damaged("describes a picture that cannot be")
    start = 6 + _SIZE.size
    depths = data[start : start + 3 * components : 3]
    if len(depths) != components:
        raise damaged("ends in its header")
    return (right - left, bottom - top), depths


def _header(data: bytes, start: int, end_mark: bytes, components: int) -> _Header:
    """The segments from `start` up to a mark."""
    kept: list[tuple[int, bytes]] = []
    dropped: dict[str, None] = {}
    listed = False
    count = 0
    while data[start : start + 2] != end_mark:
        count += 1
        if count > _MOST_SEGMENTS:
            raise damaged("has more headers than any picture needs")
        if len(data) < start + 4 or data[start] != 0xFF:
            raise damaged("ends in a header, or holds something there that is none")
        kind = data[start + 1]
        end = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
        if end < start + 4 or end > len(data):
            raise damaged("has a part that runs past its end")
        if kind in segments.DROPPED:
            dropped[segments.DROPPED[kind]] = None
        elif kind == segments.LENGTHS:
            listed = True
        else:
            segments.check(kind, data[start + 4 : end], components)
            kept.append((kind, data[start + 4 : end]))
        start = end
    return _Header(tuple(kept), tuple(dropped), listed, count, start)


def _tile_part(data: bytes, start: int, components: int) -> tuple[_TilePart, _Header, int]:
    """The tile-part that begins at `start`, its header, and where it ends."""
    if len(data) < start + _TILE_PART_BYTES:
        raise damaged("ends in a tile")
    length, tile, untrusted_size, number, count = _TILE_PART.unpack_from(data, start + 2)
    header = _header(data, start + _TILE_PART_BYTES, _SOD, components)
    body = header.end + len(_SOD)
    # The last may leave its length open.
    end = start + untrusted_size if untrusted_size else _end_of_packets(data, body)
    if length != 10 or not body <= end <= len(data):
        raise damaged("has a tile that runs past its end")
    return _TilePart(tile, number, count, header.written(), data[body:end]), header, end


def _end_of_packets(data: bytes, start: int) -> int:
    """Where EOC stands: no packet holds its two bytes, but the number in front of a packet may be the same."""
    end = data.find(_EOC, start)
    while end >= 0 and data[end - len(_PACKET_NUMBER) : end] == _PACKET_NUMBER:
        end = data.find(_EOC, end + 2)
    if end < 0:
        raise damaged("ends before its picture does")
    return end


def _list(tile_parts: tuple[_TilePart, ...]) -> Iterator[bytes]:
    """TLM segments with the tile and the length of each tile-part."""
    for number, start in enumerate(range(0, len(tile_parts), _LISTED_AT_ONCE)):
        some = tile_parts[start : start + _LISTED_AT_ONCE]
        yield struct.pack(">BBHBB", 0xFF, segments.LENGTHS, 4 + 6 * len(some), number, _TWO_AND_FOUR_BYTES)
        yield b"".join(struct.pack(">HI", part.tile, part.size) for part in some)
