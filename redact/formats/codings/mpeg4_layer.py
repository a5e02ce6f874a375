"""How long the header of an MPEG-4 part 2 layer is (ISO/IEC 14496-2 6.2.3): behind it decoders read nothing."""

from __future__ import annotations

from redact.formats.codings.plain import garbled

_MOST_BYTES = 256
_EXTENDED_SHAPE = 15
_BUFFER_BITS = 79
_STATIC, _GLOBAL = 1, 2
_MATRIX_VALUES = 64
_SIMPLE_STUDIO = 14


class _Bits:
    """Reads a header bit by bit. Raises DamagedFileError behind its end."""

    def __init__(self, header: bytes) -> None:
        self._size = 8 * len(header)
        self._value = int.from_bytes(header, "big")
        self.place = 0

    def take(self, count: int) -> int:
        self.place += count
        if self.place > self._size:
            raise garbled()
        return self._value >> self._size - self.place & (1 << count) - 1


def size(header: bytes) -> int:
    """How many bytes the header of a layer takes. Raises DamagedFileError for one of which that cannot be told."""
    bits = _Bits(header[:_MOST_BYTES])
    bits.take(1)
    if bits.take(8) == _SIMPLE_STUDIO:
        raise garbled()
    version = bits.take(7) >> 3 if bits.take(1) else 1
    if bits.take(4) == _EXTENDED_SHAPE:
        bits.take(16)
    if bits.take(1):
        bits.take(3)
        bits.take(_BUFFER_BITS if bits.take(1) else 0)
    if bits.take(2):
        # Shapes other than rectangles.
        raise garbled()
    _timing(bits)
    bits.take(29)
    bits.take(2)
    _sprite(bits, bits.take(1 if version == 1 else 2))
    bits.take(8 if bits.take(1) else 0)
    _matrices(bits)
    bits.take(0 if version == 1 else 1)
    _estimation(bits)
    bits.take(1)
    bits.take(1 if bits.take(1) else 0)
    if version != 1:
        bits.take(3 if bits.take(1) else 0)
        bits.take(1)
    if bits.take(1):
        # A layer on top of another one, which decoders leave out.
        raise garbled()
    # A zero and ones fill the last byte.
    return bits.place // 8 + 1


def _timing(bits: _Bits) -> None:
    bits.take(1)
    resolution = bits.take(16)
    bits.take(1)
    if bits.take(1):
        bits.take(max((resolution - 1).bit_length(), 1))


def _sprite(bits: _Bits, kind: int) -> None:
    if kind == _STATIC:
        bits.take(4 * 14)
    if kind in (_STATIC, _GLOBAL):
        bits.take(6 + 2 + 1)
    if kind == _STATIC:
        bits.take(1)


def _matrices(bits: _Bits) -> None:
    if bits.take(1):
        for _ in range(2):
            left = _MATRIX_VALUES if bits.take(1) else 0
            while left and bits.take(8):
                left -= 1


def _estimation(bits: _Bits) -> None:
    """What tells decoders how much work the pictures are."""
    if bits.take(1):
        return
    method = bits.take(2)
    if method > 1:
        return
    for counts in ((6, 4), (4, 6)):
        for count in counts:
            bits.take(0 if bits.take(1) else count)
        bits.take(1)
    if method == 1:
        bits.take(0 if bits.take(1) else 2)
