"""Decoder configuration records of H.264, HEVC and VVC (ISO/IEC 14496-15): parameter sets that stand before a stream.

A record is taken apart and written anew with those units alone that `clean` leaves; what else it has room for, as the
bytes behind its end, is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Clean: TypeAlias = Callable[[bytes], bytes]
"""What may stay of a unit; empty when nothing may."""

_AVC_BYTES, _HEVC_BYTES = 5, 23
_WITHOUT_EXTENSION = (66, 77, 88)
_MOST_CONSTRAINT_BYTES = 16
_ONE_UNIT_ARRAYS = (12, 13)


@dataclass(frozen=True, slots=True)
class Record:
    """A record taken apart.

    clean:        the record with nothing in it but what may stay
    length_bytes: size of the number before each unit of a sample
    units:        every unit that stood in the original
    """

    clean: bytes
    length_bytes: int
    units: tuple[bytes, ...]


def avc(record: bytes, clean: Clean) -> Record:
    """AVCDecoderConfigurationRecord, 5.3.3.1. Raises IndexError for one that ends too early."""
    reader = _Reader(record, _AVC_BYTES)
    sequence_sets = reader.listed(reader.byte() & 0x1F)
    picture_sets = reader.listed(reader.byte())
    written = record[: _AVC_BYTES - 1] + bytes((record[4] | 0xFC,))
    written += _counted(0xE0, sequence_sets, clean) + _counted(0, picture_sets, clean)
    extensions: list[bytes] = []
    if record[1] not in _WITHOUT_EXTENSION and reader.left >= 4:
        chroma, luma_depth, chroma_depth = reader.take(3)
        extensions = reader.listed(reader.byte())
        written += bytes((chroma | 0xFC, luma_depth | 0xF8, chroma_depth | 0xF8)) + _counted(0, extensions, clean)
    return Record(written, (record[4] & 3) + 1, (*sequence_sets, *picture_sets, *extensions))


def hevc(record: bytes, clean: Clean) -> Record:
    """HEVCDecoderConfigurationRecord, 8.3.3.1. Raises IndexError for one that ends too early."""
    reader = _Reader(record, 0)
    head = reader.take(_HEVC_BYTES - 1)
    arrays, units = [], []
    for _ in range(reader.byte()):
        kind = reader.byte()
        listed = reader.listed(reader.short())
        units += listed
        # The reserved bit of the kind is cleared with it.
        arrays += _array(kind & 0xBF, listed, clean)
    return Record(head + bytes((len(arrays),)) + b"".join(arrays), (head[21] & 3) + 1, tuple(units))


def vvc(record: bytes, clean: Clean) -> Record:
    """VvcDecoderConfigurationRecord, 11.2.4.2, without the version of its box. Raises IndexError as the others."""
    reader = _Reader(record, 0)
    first = reader.byte()
    head = bytes((first | 0xF8,))
    if first & 1:
        head += _vvc_level(reader)
    arrays, units = [], []
    for _ in range(reader.byte()):
        kind = reader.byte()
        listed = reader.listed(1 if kind & 0x1F in _ONE_UNIT_ARRAYS else reader.short())
        units += listed
        arrays += _vvc_array(kind & 0x9F, listed, clean)
    return Record(head + bytes((len(arrays),)) + b"".join(arrays), (first >> 1 & 3) + 1, tuple(units))


def _vvc_level(reader: _Reader) -> bytes:
    """Profile, tier and level, and the size of the picture: numbers a player reads to decide whether it can play.

    Names of further profiles go, as each of them has room for four letters.
    """
    layers, depth = reader.take(2), reader.byte()
    constraint_bytes = reader.byte() & 0x3F
    if constraint_bytes > _MOST_CONSTRAINT_BYTES:
        raise IndexError(constraint_bytes)
    written = layers + bytes((depth | 0x1F, constraint_bytes)) + reader.take(2 + constraint_bytes)
    sublayers = layers[1] >> 4 & 7
    if sublayers > 1:
        flags = reader.byte() & 0xFF << 9 - sublayers & 0xFF
        written += bytes((flags,)) + reader.take(flags.bit_count())
    reader.take(4 * reader.byte())
    return written + b"\0" + reader.take(6)


def _counted(flags: int, units: list[bytes], clean: Clean) -> bytes:
    stay = [each for each in map(clean, units) if each]
    return bytes((flags | len(stay),)) + b"".join(map(_sized, stay))


def _array(kind: int, units: list[bytes], clean: Clean) -> list[bytes]:
    """The array of the units that may stay; none where none may."""
    stay = [each for each in map(clean, units) if each]
    return [bytes((kind,)) + len(stay).to_bytes(2, "big") + b"".join(map(_sized, stay))] if stay else []


def _vvc_array(kind: int, units: list[bytes], clean: Clean) -> list[bytes]:
    if kind & 0x1F not in _ONE_UNIT_ARRAYS:
        return _array(kind, units, clean)
    return [bytes((kind,)) + _sized(each) for each in map(clean, units) if each]


def _sized(unit: bytes) -> bytes:
    return len(unit).to_bytes(2, "big") + unit


class _Reader:
    """Takes bytes from a record in order. Raises IndexError where it has no more."""

    def __init__(self, record: bytes, position: int) -> None:
        self._record = record
        self._position = position

    @property
    def left(self) -> int:
        return len(self._record) - self._position

    def byte(self) -> int:
        return self.take(1)[0]

    def short(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def take(self, untrusted_size: int) -> bytes:
        if untrusted_size > self.left:
            raise IndexError(untrusted_size)
        self._position += untrusted_size
        return self._record[self._position - untrusted_size : self._position]

    def listed(self, count: int) -> list[bytes]:
        """So many units, each behind its size in two bytes."""
        return [self.take(self.short()) for _ in range(count)]
