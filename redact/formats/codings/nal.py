"""H.264 and HEVC (ITU-T H.264, H.265) between container and picture: which units of a coded picture may stay.

Where location hides: supplemental enhancement information (SEI) carries free bytes ("user data": MISB ST 0604 and 2101
positions, cameras' serial numbers, encoders' settings), the time of day (picture timing, time code) and captions. It
stands in the samples and in the decoder configuration record (ISO/IEC 14496-15). Filler units and unit types that
no version of the standard defines hold whatever one likes.

Kept: slices and parameter sets, byte for byte; delimiters, cut to the length that the standard gives them; of SEI three
messages of a fixed size that change how the pictures are to be shown: mastering display, content light level and
preferred transfer, so HDR10 and HLG stay what they are wherever they are told; and the recovery point, by which a
decoder joins a stream without key frames.
Dropped: every other message, and every other unit: captions (a text), filler, auxiliary and second-view pictures with
their parameter sets, HEVC's further layers, Dolby Vision's private units, units whose header no decoder accepts.

Not handled: bytes hidden within a slice or a parameter set. Refused: H.264 in data partitions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.model import Kind

Coding: TypeAlias = Literal["h264", "hevc"]

_H264_UNITS = frozenset((1, 5, *range(7, 12)))
_H264_PARAMETERS = frozenset((7, 8))
_H264_PARTITIONS = frozenset((2, 3, 4))
_HEVC_UNITS = frozenset((*range(10), *range(16, 22), *range(32, 38)))
_HEVC_PARAMETERS = frozenset((32, 33, 34))
_DELIMITER_BYTES: dict[Coding, dict[int, int]] = {"h264": {9: 2, 10: 1, 11: 1}, "hevc": {35: 3, 36: 2, 37: 2}}
"""Unit type -> size of access unit delimiters and of the ends of sequence and stream; decoders skip what is behind."""

_RECOVERY_POINT = 6
_RECOVERY_POINT_MOST_BYTES = 8
_FIXED_BYTES = {137: 24, 144: 4, 147: 1}
"""Payload type -> size of the messages about colour that may stay."""

_MESSAGES: dict[int, tuple[str, Kind]] = {
    4: ("user_data_registered_itu_t_t35", "unknown"),
    5: ("user_data_unregistered", "unknown"),
    136: ("time_code", "time"),
    137: ("mastering_display_colour_volume", "colour"),
    144: ("content_light_level_info", "colour"),
    147: ("alternative_transfer_characteristics", "colour"),
    148: ("ambient_viewing_environment", "colour"),
}
_HARMLESS = frozenset((0, 1, _RECOVERY_POINT, 129, 130, 132))
"""Buffering, timing, parameter sets in use, checksum: every encoder writes them and they tell nothing."""

_HEVC_CONFIGURATION_BYTES = 23
_EMULATED = re.compile(rb"\0\0(?=[\0-\3])")


@dataclass(frozen=True, slots=True)
class Units:
    """How the samples of one stream are made up, as its decoder configuration record tells.

    coding:        "h264" or "hevc"
    configuration: the record with nothing in it but parameter sets and the SEI that may stay
    length_bytes:  size of the number before each unit of a sample
    told:          (name, kind) of the SEI that stood in the original record and tells something
    """

    coding: Coding
    configuration: bytes
    length_bytes: int
    told: tuple[tuple[str, Kind], ...]

    def cleaned(self, packet: bytes) -> bytes:
        """The packet with what may stay; the very same bytes when that is all. Raises DamagedFileError."""
        kept = bytearray()
        changed = False
        for unit in _units(packet, self.length_bytes):
            clean = self._clean(unit)
            changed |= clean != unit
            if clean:
                kept += len(clean).to_bytes(self.length_bytes, "big") + clean
        return bytes(kept) if changed else packet

    def messages(self, packet: bytes) -> Iterator[tuple[str, Kind]]:
        """(name, kind) of every SEI message that tells something. Raises DamagedFileError."""
        for unit in _units(packet, self.length_bytes):
            if _is_sei(self.coding, unit):
                yield from filter(None, (_told(payload_type) for payload_type, _ in _messages(self.coding, unit)))

    def _clean(self, unit: bytes) -> bytes:
        allowed = _H264_UNITS if self.coding == "h264" else _HEVC_UNITS
        return _clean(self.coding, unit, allowed)


def units_of(coding: Coding, record: bytes) -> Units:
    """How samples are made up, from an avcC or hvcC record.

    Raises DamagedFileError for a garbled record, UnsupportedFormatError for one of another version.
    """
    if len(record) < 7 or record[0] != 1:
        message = f"the {coding} stream has no decoder configuration of a known version: convert it to an ordinary MP4"
        raise UnsupportedFormatError(message)
    try:
        return _h264_record(record) if coding == "h264" else _hevc_record(record)
    except IndexError as cause:
        raise _garbled() from cause


def _told(payload_type: int) -> tuple[str, Kind] | None:
    """(name, kind) of an SEI message that tells something; None for what every encoder writes."""
    if payload_type in _HARMLESS:
        return None
    return _MESSAGES.get(payload_type, (f"SEI message {payload_type}", "unknown"))


def _h264_record(record: bytes) -> Units:
    """AVCDecoderConfigurationRecord, ISO/IEC 14496-15 5.3.3.1."""
    reader = _Reader(record, 5)
    sequence_sets = reader.listed(reader.byte() & 0x1F)
    picture_sets = reader.listed(reader.byte())
    clean = record[:5]
    clean += _counted(0xE0, sequence_sets, "h264") + _counted(0, picture_sets, "h264")
    if record[1] not in (66, 77, 88) and reader.left >= 4:
        clean += reader.take(3)
        clean += _counted(0, reader.listed(reader.byte()), "h264")
    return Units("h264", clean, (record[4] & 3) + 1, ())


def _hevc_record(record: bytes) -> Units:
    """HEVCDecoderConfigurationRecord, ISO/IEC 14496-15 8.3.3.1."""
    if len(record) < _HEVC_CONFIGURATION_BYTES:
        raise _garbled()
    reader = _Reader(record, _HEVC_CONFIGURATION_BYTES - 1)
    arrays: list[bytes] = []
    messages: list[int] = []
    for _ in range(reader.byte()):
        head = reader.byte()
        units = reader.listed(int.from_bytes(reader.take(2), "big"))
        messages += (kind for unit in units if _is_sei("hevc", unit) for kind, _ in _messages("hevc", unit))
        clean = [each for each in (_clean("hevc", unit, _HEVC_PARAMETERS) for unit in units) if each]
        if clean:
            # The reserved bit of the head is cleared with it.
            arrays.append(bytes((head & 0xBF,)) + len(clean).to_bytes(2, "big") + b"".join(map(_sized, clean)))
    configuration = record[: _HEVC_CONFIGURATION_BYTES - 1] + bytes((len(arrays),)) + b"".join(arrays)
    return Units("hevc", configuration, (record[21] & 3) + 1, tuple(filter(None, map(_told, messages))))


def _counted(flags: int, units: list[bytes], coding: Coding) -> bytes:
    clean = [each for each in (_clean(coding, unit, _H264_PARAMETERS) for unit in units) if each]
    return bytes((flags | len(clean),)) + b"".join(map(_sized, clean))


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

    def take(self, untrusted_size: int) -> bytes:
        if untrusted_size > self.left:
            raise IndexError(untrusted_size)
        self._position += untrusted_size
        return self._record[self._position - untrusted_size : self._position]

    def listed(self, count: int) -> list[bytes]:
        """So many units, each behind its size in two bytes."""
        return [self.take(int.from_bytes(self.take(2), "big")) for _ in range(count)]


def _units(sample: bytes, length_bytes: int) -> Iterator[bytes]:
    """The units of a sample, which they fill exactly. Empty ones are passed over."""
    start = 0
    while start < len(sample):
        untrusted_size = int.from_bytes(sample[start : start + length_bytes], "big")
        start += length_bytes
        end = start + untrusted_size
        if end > len(sample):
            raise _garbled()
        if untrusted_size:
            yield sample[start:end]
        start = end


def _clean(coding: Coding, unit: bytes, allowed: frozenset[int]) -> bytes:
    """What may stay of a unit; empty when nothing may. Raises UnsupportedFormatError for H.264 in data partitions."""
    if not _is_decoded(coding, unit):
        return b""
    unit_type = _unit_type(coding, unit)
    if coding == "h264" and unit_type in _H264_PARTITIONS:
        message = "the video is coded in data partitions, which hardly any decoder reads: convert it first"
        raise UnsupportedFormatError(message)
    if unit_type in allowed:
        return unit[: _DELIMITER_BYTES[coding].get(unit_type)]
    if not _is_sei(coding, unit):
        return b""
    kept = [_message(kind, body) for kind, body in _messages(coding, unit) if _may_stay(kind, body)]
    if not kept:
        return b""
    return unit[: _header_bytes(coding)] + _EMULATED.sub(lambda _: b"\0\0\3", b"".join(kept) + b"\x80")


def _is_decoded(coding: Coding, unit: bytes) -> bool:
    """True unless decoders pass the unit over: its forbidden bit is set, or it is of another layer or of none."""
    if not unit or unit[0] & 0x80:
        return False
    if coding == "h264":
        return True
    return len(unit) >= 2 and not unit[0] & 1 and not unit[1] >> 3 and bool(unit[1] & 7)


def _unit_type(coding: Coding, unit: bytes) -> int:
    return unit[0] & 0x1F if coding == "h264" else (unit[0] >> 1) & 0x3F


def _is_sei(coding: Coding, unit: bytes) -> bool:
    return _unit_type(coding, unit) in ((6,) if coding == "h264" else (39, 40)) if unit else False


def _header_bytes(coding: Coding) -> int:
    return 1 if coding == "h264" else 2


def _messages(coding: Coding, unit: bytes) -> Iterator[tuple[int, bytes]]:
    """(payload type, payload) of each message of an SEI unit. A message that does not fit ends the list."""
    data = unit[_header_bytes(coding) :].replace(b"\0\0\3", b"\0\0").rstrip(b"\0")
    start = 0
    while start < len(data) - 1:
        payload_type, start = _long_number(data, start)
        untrusted_size, start = _long_number(data, start)
        # The bit that ends the unit stands behind the last message.
        if start + untrusted_size >= len(data):
            yield payload_type, b""
            return
        yield payload_type, data[start : start + untrusted_size]
        start += untrusted_size


def _long_number(data: bytes, start: int) -> tuple[int, int]:
    """A number in the SEI's own spelling (bytes of 255 add up), and where it ends."""
    end = start
    while end < len(data) and data[end] == 0xFF:
        end += 1
    last = data[end] if end < len(data) else 0
    return 255 * (end - start) + last, end + 1


def _may_stay(payload_type: int, payload: bytes) -> bool:
    if payload_type == _RECOVERY_POINT:
        return 0 < len(payload) <= _RECOVERY_POINT_MOST_BYTES
    return len(payload) == _FIXED_BYTES.get(payload_type, -1)


def _message(payload_type: int, payload: bytes) -> bytes:
    return bytes((payload_type, len(payload))) + payload


def _garbled() -> DamagedFileError:
    return DamagedFileError("a coded picture contradicts its own size: get an undamaged original")
