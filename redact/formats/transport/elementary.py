"""The packets of one elementary stream (PES, ISO/IEC 13818-1 2.4.3.6): a header that tells times, and coded data.

The header has room for private data, for the clock of another multiplex, for copyright and for stuffing: a new one
holds the two times of a picture and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.model import Field, Kind

_HEADER_BYTES = 9
SIZE_ENDS = 6
"""Where the size of a PES packet ends, and what it counts begins."""
_TIME_BYTES = 5
_SHOWN, _DECODED = 0x80, 0x40
_MOST_BYTES_TOLD = 0xFFFF

_PRIVATE_ID, _EXTENDED_ID = 0xBD, 0xFD
_KNOWN_IDS = frozenset((*range(0xC0, 0xF0), _PRIVATE_ID))
"""Of sound, pictures, and sound that DVB and ATSC call private."""

_EXTRAS: Mapping[int, tuple[str, Kind]] = {
    0x20: ("ESCR", "time"),
    0x10: ("ES_rate", "unknown"),
    0x08: ("trick_mode", "unknown"),
    0x04: ("additional_copy_info", "copyright"),
    0x02: ("previous_PES_packet_CRC", "unknown"),
    0x01: ("PES_extension", "unknown"),
}


@dataclass(frozen=True, slots=True)
class Unit:
    """What one PES packet holds.

    stream_id: whether it is of pictures or of sound, and of which
    shown:     presentation time in ticks of 90 kHz, 33 bits; None where none is told
    decoded:   decoding time; None where it is that of presentation
    bounded:   True where the header tells how long the packet is
    data:      coded data
    """

    stream_id: int
    shown: int | None
    decoded: int | None
    bounded: bool
    data: bytes

    def written(self, data: bytes) -> bytes:
        """A PES packet with these times and this data."""
        times = b""
        if self.shown is not None:
            times = _time(2 if self.decoded is None else 3, self.shown)
            times += b"" if self.decoded is None else _time(1, self.decoded)
        flags = {0: 0, _TIME_BYTES: _SHOWN, 2 * _TIME_BYTES: _SHOWN | _DECODED}[len(times)]
        size = len(times) + 3 + len(data)
        told = size if self.bounded and size <= _MOST_BYTES_TOLD else 0
        return b"\0\0\1" + bytes((self.stream_id, told >> 8, told & 0xFF, 0x80, flags, len(times))) + times + data


def promised(packet: bytes | bytearray) -> int | None:
    """How long a PES packet says it is as a whole; None where it does not, or not enough of it is there."""
    size = packet[4] << 8 | packet[5] if len(packet) >= SIZE_ENDS else 0
    return SIZE_ENDS + size if size else None


def unit_of(packet: bytes) -> Unit:
    """A PES packet that is there as a whole.

    Raises DamagedFileError for one that is cut or garbled, UnsupportedFormatError for an encrypted one.
    """
    if len(packet) < _HEADER_BYTES or packet[:3] != b"\0\0\1" or packet[6] >> 6 != 2:
        raise _damaged()
    # Discs spread sound over identifiers of an extension, which goes; one of these has nothing else in its packets.
    stream_id, flags = _PRIVATE_ID if packet[3] == _EXTENDED_ID else packet[3], packet[7]
    if stream_id not in _KNOWN_IDS:
        message = "a stream is of a kind that is not known here: convert it first"
        raise UnsupportedFormatError(message)
    if packet[6] & 0x30:
        raise encrypted()
    untrusted_end = _HEADER_BYTES + packet[8]
    times_end = _HEADER_BYTES + _TIME_BYTES * ((flags >> 7) + (flags >> 6 & 1))
    size = promised(packet) or len(packet)
    if not times_end <= untrusted_end <= size or size > len(packet) or flags & (_SHOWN | _DECODED) == _DECODED:
        raise _damaged()
    return Unit(
        stream_id=stream_id,
        shown=_time_of(packet[9:14]) if flags & _SHOWN else None,
        decoded=_time_of(packet[14:19]) if flags & _DECODED else None,
        bounded=promised(packet) is not None,
        data=packet[untrusted_end:size],
    )


def decoded_at(header: bytes | bytearray) -> int | None:
    """When what begins with a PES packet like this is decoded, ticks of 90 kHz; None where that is not told."""
    flags = header[7] if len(header) >= _HEADER_BYTES else 0
    if not flags & _SHOWN:
        return None
    return _time_of(header[14:19] if flags & _DECODED else header[9:14])


def told(header: bytes) -> Iterator[Field]:
    """What the beginning of a PES packet says beside its times."""
    if len(header) < _HEADER_BYTES:
        return
    for flag, (name, kind) in _EXTRAS.items():
        if header[7] & flag:
            yield Field(name, kind, "PES header")
    times_end = _HEADER_BYTES + _TIME_BYTES * (header[7] >> 7) + _TIME_BYTES * (header[7] >> 6 & 1)
    if not header[7] & 0x3F and header[times_end : _HEADER_BYTES + header[8]].strip(b"\xff"):
        yield Field("stuffing", "unknown", "PES header")


def encrypted() -> UnsupportedFormatError:
    """The error for a stream that nobody can look into."""
    return UnsupportedFormatError("the film is encrypted: decrypt it first")


def _time_of(data: bytes | bytearray) -> int:
    value = int.from_bytes(data, "big")
    return (value >> 33 & 7) << 30 | (value >> 17 & 0x7FFF) << 15 | value >> 1 & 0x7FFF


def _time(mark: int, ticks: int) -> bytes:
    parts = mark << 36 | (ticks >> 30 & 7) << 33 | 1 << 32 | (ticks >> 15 & 0x7FFF) << 17 | 1 << 16
    return (parts | (ticks & 0x7FFF) << 1 | 1).to_bytes(_TIME_BYTES, "big")


def _damaged() -> DamagedFileError:
    return DamagedFileError("a part of the film's pictures or sound is damaged or missing: get an undamaged original")
