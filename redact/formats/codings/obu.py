"""AV1 (AV1 Bitstream and Decoding Process Specification, version 1.0.0): which open bitstream units (OBU) may stay.

Where location hides: metadata units carry ITU-T T.35 messages, which are anybody's bytes, and time codes; padding
units, reserved types and lists of tiles are passed over by decoders and hold whatever one likes. They stand in packets
and in the configuration record (AV1 Codec ISO Media File Format Binding, 2.3).

Kept: sequence headers, frames and tiles, byte for byte; delimiters, which are empty; of metadata the light level, the
mastering display, HDR10+ and Dolby Vision where they are what they say (see light.py, t35.py), each once in a packet.
Dropped: everything else, and frame headers said again.

Not handled: bytes hidden within a frame or a sequence header. Refused: units that do not fill their packet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from redact.errors import UnsupportedFormatError
from redact.formats.codings import light, t35
from redact.formats.codings.plain import Stream, Told, garbled
from redact.model import Kind

_SEQUENCE_HEADER, _DELIMITER, _FRAME_HEADER, _TILES, _METADATA, _FRAME = range(1, 7)
_OPAQUE = frozenset((_SEQUENCE_HEADER, _FRAME_HEADER, _TILES, _FRAME))
_RECORDED = frozenset((_SEQUENCE_HEADER, _METADATA))
_EXTENDED, _SIZED = 4, 2

_T35 = 4
_MAY_STAY: Mapping[int, Callable[[bytes], bool]] = {
    1: light.is_level,
    2: light.is_av1_mastering,
    _T35: lambda message: bool(t35.name_of(message)),
}
"""Type of metadata -> what tells whether it is what it says."""

_METADATA_NAMES: dict[int, tuple[str, Kind]] = {
    1: ("METADATA_TYPE_HDR_CLL", "colour"),
    2: ("METADATA_TYPE_HDR_MDCV", "colour"),
    3: ("METADATA_TYPE_SCALABILITY", "unknown"),
    _T35: ("METADATA_TYPE_ITUT_T35", "unknown"),
    5: ("METADATA_TYPE_TIMECODE", "time"),
}
_OTHERS = {8: "OBU_TILE_LIST", 15: "OBU_PADDING"}
_REPEATED_HEADER = 7

_RECORD_BYTES = 4
_END_BIT = 0x80


@dataclass(frozen=True, slots=True)
class _Unit:
    """One unit: its type, its whole coding, and its content."""

    kind: int
    coded: bytes
    content: bytes


def obus_of(configuration: bytes) -> Stream:
    """A stream, from its av1C record; empty where the container has none.

    Raises DamagedFileError for a garbled record, UnsupportedFormatError for one of another version.
    """
    if not configuration:
        return Stream("AV1 OBU", b"", (), _cleaned, _told)
    if len(configuration) < _RECORD_BYTES or configuration[0] != 0x81:
        message = "the AV1 stream has no decoder configuration of a known version: convert it to an ordinary MP4"
        raise UnsupportedFormatError(message)
    head, units = configuration[:_RECORD_BYTES], configuration[_RECORD_BYTES:]
    # Where no delay of presentation is told, its four bits are reserved.
    delay = head[3] & 0x1F if head[3] & 0x10 else 0
    seen: set[str] = set()
    stays = b"".join(_clean(unit, seen) for unit in _units(units) if unit.kind in _RECORDED)
    return Stream("AV1 OBU", head[:3] + bytes((delay,)) + stays, tuple(_told(units)), _cleaned, _told)


def _cleaned(packet: bytes) -> bytes:
    seen: set[str] = set()
    return b"".join(_clean(unit, seen) for unit in _units(packet))


def _told(packet: bytes) -> Iterator[Told]:
    for unit in _units(packet):
        if unit.kind == _METADATA:
            kind, message = _metadata(unit.content)
            yield _named(kind, message)
        elif unit.kind not in (*_OPAQUE, _DELIMITER, _REPEATED_HEADER):
            yield _OTHERS.get(unit.kind, f"OBU {unit.kind}"), "unknown"


def _named(kind: int, message: bytes) -> Told:
    named = t35.name_of(message) if kind == _T35 else ""
    return (named, "colour") if named else _METADATA_NAMES.get(kind, (f"metadata {kind}", "unknown"))


def _clean(unit: _Unit, seen: set[str]) -> bytes:
    """What may stay of a unit; empty when nothing may.

    seen: names of the metadata that stayed of earlier units of the packet; what stays of this one is added
    """
    if unit.kind in _OPAQUE:
        return unit.coded
    if unit.kind == _DELIMITER:
        return bytes((_DELIMITER << 3 | _SIZED, 0))
    if unit.kind != _METADATA:
        return b""
    kind, message = _metadata(unit.content)
    name, _ = _named(kind, message)
    if kind not in _MAY_STAY or name in seen or not _MAY_STAY[kind](message):
        return b""
    seen.add(name)
    content = _leb128(kind) + message + bytes((_END_BIT,))
    return bytes((_METADATA << 3 | _SIZED,)) + _leb128(len(content)) + content


def _metadata(content: bytes) -> tuple[int, bytes]:
    """Type of a metadata unit, and its message without the bit that ends it."""
    kind, start = _number(content, 0)
    message = content[start:].rstrip(b"\0")
    return kind, message[:-1] if message[-1:] == bytes((_END_BIT,)) else b""


def _units(packet: bytes) -> Iterator[_Unit]:
    """The units that fill a packet; the last may come without a size. Raises DamagedFileError."""
    start = 0
    while start < len(packet):
        head = packet[start]
        content = start + (2 if head & _EXTENDED else 1)
        if head & 0x80 or content > len(packet):
            raise garbled()
        end = len(packet)
        if head & _SIZED:
            untrusted_size, content = _number(packet, content)
            end = content + untrusted_size
        if end > len(packet):
            raise garbled()
        yield _Unit(head >> 3, _coded(packet[start:end]), packet[content:end])
        start = end


def _coded(unit: bytes) -> bytes:
    """The unit with its reserved bits cleared."""
    if unit[0] & 1:
        unit = bytes((unit[0] & 0xFE,)) + unit[1:]
    if unit[0] & _EXTENDED and unit[1] & 7:
        unit = unit[:1] + bytes((unit[1] & 0xF8,)) + unit[2:]
    return unit


def _number(data: bytes, start: int) -> tuple[int, int]:
    """A number in seven bits a byte, least first, and where it ends. Raises DamagedFileError."""
    value = 0
    for place, octet in enumerate(data[start : start + 8]):
        value |= (octet & 0x7F) << 7 * place
        if octet < 0x80:
            return value, start + place + 1
    raise garbled()


def _leb128(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*written, value))
