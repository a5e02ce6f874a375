"""The set-up header of Vorbis (Vorbis I 4.2.4), read to the framing bit at its end."""

from __future__ import annotations

from redact.checks.reading import Flaw


class _Header:
    """Reads numbers, the lowest bit first. Raises Flaw behind the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = 8 * len(data)
        self._place = 0

    def number(self, width: int) -> int:
        place = self._place
        self.skip(width)
        return int.from_bytes(self._data[place >> 3 : (self._place + 7) >> 3], "little") >> (place & 7) & ~(-1 << width)

    def numbers(self, *widths: int) -> list[int]:
        return [self.number(width) for width in widths]

    def skip(self, width: int) -> None:
        self._place += width
        self._left -= width
        if self._left < 0:
            message = "the set-up of Vorbis is cut"
            raise Flaw(message)

    def demand(self, *, holds: bool) -> None:
        """Raise Flaw unless a condition holds."""
        if not holds:
            message = "the set-up of Vorbis is none"
            raise Flaw(message)

    @property
    def ends(self) -> bool:
        """True where less than a byte is left, all zeros."""
        return self._left < 8 and not self.number(self._left)


def fills(setup: bytes, channels: int) -> bool:
    """True when the header, behind its name, takes all of the bytes. Raises Flaw for one that is none."""
    header = _Header(setup)
    for _ in range(1 + header.number(8)):
        _words(header)
    for _ in range(1 + header.number(6)):
        header.demand(holds=not header.number(16))
    for _ in range(1 + header.number(6)):
        _floor(header)
    for _ in range(1 + header.number(6)):
        kind, *_, classes, _ = header.numbers(16, 24, 24, 24, 6, 8)
        header.demand(holds=kind < 3)
        books = 0
        for _ in range(classes + 1):
            low, more = header.numbers(3, 1)
            books += (low + 8 * header.number(5 * more)).bit_count()
        header.skip(8 * books)
    for _ in range(1 + header.number(6)):
        _channels(header, channels)
    header.skip((1 + header.number(6)) * 41)
    return header.number(1) == 1 and header.ends


def _words(header: _Header) -> None:
    mark, dimensions, entries, ordered = header.numbers(24, 16, 24, 1)
    header.demand(holds=mark == 0x564342 and dimensions > 0 and entries > 0)
    if ordered:
        header.skip(5)
        left = entries
        while left:
            left -= header.number(left.bit_length())
            header.demand(holds=left >= 0)
    elif header.number(1):
        for _ in range(entries):
            header.skip(5 * header.number(1))
    else:
        header.skip(5 * entries)
    kind = header.number(4)
    header.demand(holds=kind < 3)
    if kind:
        header.skip(64)
        width, _ = header.numbers(4, 1)
        values = entries * dimensions if kind == 2 else _root(entries, dimensions)
        header.skip((width + 1) * values)


def _root(entries: int, power: int) -> int:
    """The whole part of a root."""
    near = int(entries ** (1 / power))
    return next(n for n in (near + 1, near, near - 1) if n**power <= entries)


def _floor(header: _Header) -> None:
    kind = header.number(16)
    header.demand(holds=kind < 2)
    if not kind:
        *_, books = header.numbers(8, 16, 16, 6, 8, 4)
        header.skip(8 * (books + 1))
        return
    parts = header.numbers(*[4] * header.number(5))
    widths = []
    for _ in range(1 + max(parts, default=-1)):
        size, more = header.numbers(3, 2)
        header.skip(8 * ((1 << more) + bool(more)))
        widths.append(size + 1)
    _, width = header.numbers(2, 4)
    header.skip(width * sum(widths[part] for part in parts))


def _channels(header: _Header, channels: int) -> None:
    kind, several = header.numbers(16, 1)
    header.demand(holds=not kind)
    maps = 1 + header.number(4 * several)
    if header.number(1):
        pairs = 1 + header.number(8)
        header.skip(2 * pairs * (channels - 1).bit_length())
    header.skip(2 + 24 * maps + (4 * channels if maps > 1 else 0))
