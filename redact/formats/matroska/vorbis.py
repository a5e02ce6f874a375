"""Where the set-up header of Vorbis ends (Vorbis I 4.2.4): what stands behind it no decoder reads."""

from __future__ import annotations

import math

_NAME = b"\5vorbis"
_BOOK_SYNC = 0x564342


class _Bits:
    """Reads numbers bit by bit, the lowest first. Raises IndexError behind the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 8 * len(_NAME)

    def take(self, count: int) -> int:
        first, last = self.place // 8, (self.place + count + 7) // 8
        value = int.from_bytes(self._data[first:last], "little") >> self.place % 8 & (1 << count) - 1
        self.skip(count)
        return value

    def skip(self, count: int) -> None:
        self.place += count
        if self.place > 8 * len(self._data):
            raise IndexError(count)


def setup_bytes(setup: bytes, channels: int) -> int:
    """How many bytes the header takes. Raises IndexError where it is cut, ValueError where it is none."""
    bits = _Bits(setup)
    if not setup.startswith(_NAME) or not channels:
        raise ValueError(channels)
    for _ in range(bits.take(8) + 1):
        _book(bits)
    for _ in range(bits.take(6) + 1):
        # Times, which there never came to be.
        bits.take(16)
    for _ in range(bits.take(6) + 1):
        _floor(bits)
    for _ in range(bits.take(6) + 1):
        _residue(bits)
    for _ in range(bits.take(6) + 1):
        _mapping(bits, channels)
    for _ in range(bits.take(6) + 1):
        bits.skip(1 + 16 + 16 + 8)
    if not bits.take(1):
        raise ValueError(bits.place)
    return -(-bits.place // 8)


def _book(bits: _Bits) -> None:
    """A codebook: lengths of its words, and what they stand for."""
    if bits.take(24) != _BOOK_SYNC:
        raise ValueError(bits.place)
    dimensions, entries = bits.take(16), bits.take(24)
    if bits.take(1):
        _ordered(bits, entries)
    elif bits.take(1):
        for _ in range(entries):
            bits.skip(5 if bits.take(1) else 0)
    else:
        bits.skip(5 * entries)
    lookup = bits.take(4)
    if lookup > 2:
        raise ValueError(lookup)
    if lookup:
        bits.skip(64)
        width = bits.take(4) + 1
        bits.skip(1 + width * (entries * dimensions if lookup == 2 else _values(entries, dimensions)))


def _ordered(bits: _Bits, entries: int) -> None:
    bits.skip(5)
    done = 0
    while done < entries:
        done += bits.take((entries - done).bit_length())
    if done > entries:
        raise ValueError(done)


def _values(entries: int, dimensions: int) -> int:
    """The largest number of which that power is not above the number of entries (9.2.3)."""
    if not dimensions or not entries:
        raise ValueError(dimensions)
    near = math.floor(entries ** (1 / dimensions))
    return max(each for each in (1, near - 1, near, near + 1) if math.prod([each] * dimensions) <= entries)


def _floor(bits: _Bits) -> None:
    kind = bits.take(16)
    if kind == 0:
        bits.skip(8 + 16 + 16 + 6 + 8)
        bits.skip(8 * (bits.take(4) + 1))
        return
    if kind != 1:
        raise ValueError(kind)
    classes = [bits.take(4) for _ in range(bits.take(5))]
    sizes = []
    for _ in range(max(classes, default=-1) + 1):
        sizes.append(bits.take(3) + 1)
        subclasses = bits.take(2)
        bits.skip((8 if subclasses else 0) + 8 * (1 << subclasses))
    bits.skip(2)
    bits.skip(bits.take(4) * sum(sizes[each] for each in classes))


def _residue(bits: _Bits) -> None:
    kind = bits.take(16)
    if kind > 2:
        raise ValueError(kind)
    bits.skip(3 * 24)
    classes = bits.take(6) + 1
    bits.skip(8)
    books = 0
    for _ in range(classes):
        low = bits.take(3)
        books += (low | (bits.take(5) if bits.take(1) else 0) << 3).bit_count()
    bits.skip(8 * books)


def _mapping(bits: _Bits, channels: int) -> None:
    if bits.take(16):
        raise ValueError(bits.place)
    maps = bits.take(4) + 1 if bits.take(1) else 1
    if bits.take(1):
        bits.skip(2 * (channels - 1).bit_length() * (bits.take(8) + 1))
    bits.skip(2 + (4 * channels if maps > 1 else 0) + 3 * 8 * maps)
