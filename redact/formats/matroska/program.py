"""AAC's AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1) without the comment in its program configuration.

Encoders write their name there; whatever 255 bytes one likes fit. The bits around it stay where they are. What stands
behind the configuration goes. Of kinds other than Main, LC, SSR, LTP and the error resilient LC and LD the end cannot
be told: they are refused.
"""

from __future__ import annotations

_EXTENDED_TYPES = (5, 29)
_ESCAPE = 31
_ANY_RATE = 15
_COMMON_TYPES = range(1, 5)
"""Main, LC, SSR, LTP: described by a GASpecificConfig without extensions."""
_RESILIENT_TYPES = (17, 23)
"""LC and LD: the same, with four bits more where an extension is told of, and two about protection."""

_EXTENSION, _SECOND_EXTENSION = 0x2B7, 0x548
"""Marks of what follows a configuration for decoders that know high efficiency AAC, and its second version."""


class UnknownKindError(Exception):
    """A kind of AAC whose configuration cannot be read here."""


class _Bits:
    """Takes bits from a record in order. Raises IndexError where it has no more."""

    def __init__(self, record: bytes) -> None:
        self._record = record
        self.position = 0

    @property
    def left(self) -> int:
        return 8 * len(self._record) - self.position

    def take(self, count: int) -> int:
        value = self.seen(count)
        self.position += count
        return value

    def seen(self, count: int) -> int:
        """The next bits, which are not taken."""
        if count > self.left:
            raise IndexError(count)
        value = int.from_bytes(self._record, "big") >> (self.left - count)
        return value & (1 << count) - 1

    def align(self) -> None:
        self.position = -(-self.position // 8) * 8


def plain(configuration: bytes) -> bytes:
    """The configuration with blanks for its comment and nothing behind it.

    Raises IndexError for a garbled one, UnknownKindError.
    """
    bits = _Bits(configuration)
    kind = _object_type(bits)
    _skip_rate(bits)
    channels = bits.take(4)
    extended = kind in _EXTENDED_TYPES
    if extended:
        _skip_rate(bits)
        kind = _object_type(bits)
    if kind not in _COMMON_TYPES and kind not in _RESILIENT_TYPES:
        raise UnknownKindError
    # Length of a frame, a delay where there is a core coder, and a flag for extensions.
    bits.take(1)
    bits.take(14 if bits.take(1) else 0)
    extensions = bits.take(1)
    comment = range(0) if channels else _comment(bits)
    if kind in _RESILIENT_TYPES:
        bits.take(4 if extensions else 0)
        if bits.take(2) > 1:
            # Protected in a way that is told behind this.
            raise UnknownKindError
    if not extended:
        _skip_extension(bits)
    blanked = configuration[: comment.start] + bytes(len(comment)) + configuration[comment.stop :]
    return _ended(blanked, bits.position)


def _object_type(bits: _Bits) -> int:
    kind = bits.take(5)
    return 32 + bits.take(6) if kind == _ESCAPE else kind


def _skip_rate(bits: _Bits) -> None:
    if bits.take(4) == _ANY_RATE:
        bits.take(24)


def _comment(bits: _Bits) -> range:
    """Which bytes of the record the comment of a program_config_element takes (14496-3 4.4.1.1)."""
    bits.take(4 + 2 + 4)
    front, side, back, low, associated, coupled = (bits.take(width) for width in (4, 4, 4, 2, 3, 4))
    for width in (4, 4, 3):
        bits.take(width if bits.take(1) else 0)
    bits.take(5 * (front + side + back + coupled) + 4 * (low + associated))
    bits.align()
    size = bits.take(8)
    start = bits.position // 8
    bits.take(8 * size)
    return range(start, start + size)


def _skip_extension(bits: _Bits) -> None:
    if bits.left < 16 or bits.seen(11) != _EXTENSION:
        return
    bits.take(11)
    if _object_type(bits) == _EXTENDED_TYPES[0] and bits.take(1):
        _skip_rate(bits)
        if bits.left >= 12 and bits.seen(11) == _SECOND_EXTENSION:
            bits.take(12)


def _ended(record: bytes, bit_count: int) -> bytes:
    """The record up to so many bits, zeros in what is left of the last byte."""
    size = -(-bit_count // 8)
    spare = 8 * size - bit_count
    return (int.from_bytes(record[:size], "big") >> spare << spare).to_bytes(size, "big")
