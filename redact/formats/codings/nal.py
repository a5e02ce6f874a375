"""H.264, HEVC and VVC (ITU-T H.264, H.265, H.266) between container and picture: which units may stay.

Where location hides: supplemental enhancement information (SEI) carries free bytes ("user data": MISB ST 0604 and 2101
positions, cameras' serial numbers, encoders' settings), the time of day (picture timing, time code) and captions. It
stands in the samples and in the decoder configuration record (ISO/IEC 14496-15). Filler units and unit types that
no version of the standard defines hold whatever one likes.

Kept: slices and parameter sets, byte for byte; delimiters, cut to the length that the standard gives them; of SEI the
few messages by which a decoder begins or that change how the pictures are to be shown (see sei.py): HDR10, HDR10+ and
HLG stay what they are wherever they are told; and Dolby Vision's reference processing unit where its checksum holds.
Dropped: every other message, also a second of its kind in one packet, and every other unit: captions (a text), filler,
auxiliary and second-view pictures with their parameter sets, further layers, Dolby Vision's second layer, units whose
header no decoder accepts.

Units stand behind their size, as in MP4 and Matroska, or behind a start code (annex B), as in MPEG-TS and AVI.

Not handled: bytes hidden within a slice or a parameter set, and what of a picture lies beyond its frame: such a film is
coded again where anything is to be hidden, and else stays as it is (see redact.frames.video). Refused: H.264 in data
partitions, in groups of slices or with redundant pictures; and, where units stand behind their size, a packet with
slices of more than one picture: decoders pass over one of them, in silence, and a packet of MP4 is one picture. A
frame's two fields are allowed, in H.264. Behind start codes a packet may hold several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.codings import avc, sei, t35
from redact.formats.codings.units import SYNTAXES, Standard, Syntax
from redact.model import Kind

Read: TypeAlias = Callable[[int, int], bytes]

START_CODES = 0
"""In place of a size: units stand behind start codes."""

_START_CODE = b"\0\0\1"
_LONG_START_CODE = b"\0\0\0\1"


@dataclass(frozen=True, slots=True)
class Units:
    """How the samples of one stream are made up, as its decoder configuration record tells.

    coding:        "h264", "hevc" or "vvc"
    configuration: the record with nothing in it but parameter sets and the SEI that may stay
    length_bytes:  size of the number before each unit of a sample, or START_CODES
    told:          (name, kind) of the SEI that stood in the original record and tells something
    field_place:   where H.264's slices tell fields from frames, see `avc.field_place`
    """

    coding: Standard
    configuration: bytes
    length_bytes: int
    told: tuple[tuple[str, Kind], ...]
    field_place: int | None = None

    @property
    def carrier(self) -> str:
        """Where messages stand."""
        return f"{SYNTAXES[self.coding].name} SEI"

    def passes(self, read: Read, start: int, size: int) -> bool:
        """True when a packet holds units alone that stay as they are, as most do: then none has to be copied."""
        if self.length_bytes == START_CODES:
            return False
        return _is_plain(SYNTAXES[self.coding], read, range(start, start + size), self.length_bytes)

    def cleaned(self, packet: bytes) -> bytes:
        """The packet with what may stay; the very same bytes when that is all.

        Raises DamagedFileError, UnsupportedFormatError for H.264 in data partitions and for a picture too many.
        """
        syntax = SYNTAXES[self.coding]
        if self.passes(lambda start, size: packet[start : start + size], 0, len(packet)):
            return packet
        kept = syntax.kept
        units = [packet[start:end] for start, end in self._spans(packet)]
        seen: set[int] = set()
        cleaned = [_clean(syntax, unit, kept, seen) for unit in units]
        self._check_pictures([unit for unit in cleaned if unit])
        if cleaned == units and not self._is_led(packet) and not self._is_padded(packet, units):
            return packet
        return b"".join(self._framed(unit) for unit in cleaned if unit)

    def messages(self, packet: bytes) -> Iterator[tuple[str, Kind]]:
        """(name, kind) of every SEI message that tells something. Raises DamagedFileError."""
        syntax = SYNTAXES[self.coding]
        for start, end in self._spans(packet):
            yield from _told(syntax, packet[start:end])

    def _check_pictures(self, units: list[bytes]) -> None:
        """Raises UnsupportedFormatError for slices of more than one picture in a packet."""
        syntax = SYNTAXES[self.coding]
        typed = [(_unit_type(syntax, unit), unit) for unit in units]
        slices = [(kind, unit) for kind, unit in typed if kind in syntax.slices]
        begins = [place for place, (kind, unit) in enumerate(slices) if _begins(syntax, kind, unit)]
        pictures = [slices[start:end] for start, end in pairwise((0, *begins[1:], len(slices)))]
        pure = syntax.mixed or all(len({kind for kind, _ in picture}) <= 1 for picture in pictures)
        one = begins in ([], [0]) or (len(begins) == 2 and not begins[0] and self._are_fields(pictures))
        if self.length_bytes != START_CODES and not (pure and one):
            message = "a coded picture has another beside it, which decoders pass over: convert it first"
            raise UnsupportedFormatError(message)

    def _are_fields(self, pictures: list[list[tuple[int, bytes]]]) -> bool:
        first, second = (sei.plain(picture[0][1][1:]) for picture in pictures)
        return avc.are_fields((first, second), self.field_place)

    def _spans(self, packet: bytes) -> Iterator[tuple[int, int]]:
        """Where units begin and end. Empty ones are passed over."""
        return _between_start_codes(packet) if self.length_bytes == START_CODES else _sized(packet, self.length_bytes)

    def _is_led(self, packet: bytes) -> bool:
        """True when something stands before the first start code."""
        return self.length_bytes == START_CODES and bool(packet.partition(_START_CODE)[0].strip(b"\0"))

    def _is_padded(self, packet: bytes, units: list[bytes]) -> bool:
        """True when there are sizes of nothing between units, as many as one likes."""
        framed = sum(len(unit) + self.length_bytes for unit in units)
        return self.length_bytes != START_CODES and framed != len(packet)

    def _framed(self, unit: bytes) -> bytes:
        if self.length_bytes == START_CODES:
            return _LONG_START_CODE + unit
        return len(unit).to_bytes(self.length_bytes, "big") + unit


def units_of(coding: Standard, configuration: bytes) -> Units:
    """How samples are made up, from an avcC, hvcC or vvcC record, or from parameter sets behind start codes, or none.

    Raises DamagedFileError for a garbled record, UnsupportedFormatError for one of another version.
    """
    if not configuration or configuration.startswith((_START_CODE, _LONG_START_CODE)):
        return _from_start_codes(coding, configuration)
    first = configuration[0]
    if (coding == "vvc") != (first >> 3 == 0x1F) or (coding != "vvc" and (first != 1 or len(configuration) < 7)):
        message = f"the {coding} stream has no decoder configuration of a known version: convert it to an ordinary MP4"
        raise UnsupportedFormatError(message)
    syntax = SYNTAXES[coding]
    try:
        seen: set[int] = set()
        record = syntax.record(configuration, lambda unit: _clean(syntax, unit, syntax.recorded, seen))
    except IndexError as cause:
        raise _garbled() from cause
    told = tuple(each for unit in record.units for each in _told(syntax, unit))
    return Units(coding, record.clean, record.length_bytes, told, _field_place(coding, record.units))


def _field_place(coding: Standard, units: tuple[bytes, ...]) -> int | None:
    sets = (sei.plain(unit[1:]) for unit in units if _unit_type(SYNTAXES[coding], unit) == _AVC_SEQUENCE_SET)
    return avc.field_place(sets) if coding == "h264" else None


_AVC_SEQUENCE_SET = 7


def _from_start_codes(coding: Standard, configuration: bytes) -> Units:
    syntax = SYNTAXES[coding]
    units = [configuration[start:end] for start, end in _between_start_codes(configuration)]
    seen: set[int] = set()
    stay = [each for each in (_clean(syntax, unit, syntax.recorded, seen) for unit in units) if each]
    told = tuple(each for unit in units for each in _told(syntax, unit))
    return Units(coding, b"".join(_LONG_START_CODE + each for each in stay), START_CODES, told)


def _sized(packet: bytes, length_bytes: int) -> Iterator[tuple[int, int]]:
    """The units of a sample, which they fill exactly."""
    start, size = 0, len(packet)
    while start < size:
        untrusted_size = int.from_bytes(packet[start : start + length_bytes], "big")
        start += length_bytes
        end = start + untrusted_size
        if end > size:
            raise _garbled()
        if untrusted_size:
            yield start, end
        start = end


def _between_start_codes(packet: bytes) -> Iterator[tuple[int, int]]:
    """The units of an access unit; zeros before a start code are not theirs. Raises DamagedFileError without one."""
    start = packet.find(_START_CODE)
    if start < 0 and packet.strip(b"\0"):
        raise _garbled()
    while start >= 0:
        start += len(_START_CODE)
        following = packet.find(_START_CODE, start)
        end = len(packet) if following < 0 else following
        while end > start and not packet[end - 1]:
            end -= 1
        if end > start:
            yield start, end
        start = following


def _is_plain(syntax: Syntax, read: Read, packet: range, length_bytes: int) -> bool:
    """True when a packet holds units alone that stay as they are, and one picture."""
    unit_type_of, slices, sets, ends = syntax.unit_type, syntax.slices, syntax.sets, syntax.ends
    head_bytes, mark = length_bytes + _GLIMPSE_BYTES, length_bytes + syntax.head_bytes
    start, stop = packet.start, packet.stop
    picture = -1
    while start < stop:
        # A unit of no more than two bytes is seen as one that is not plain.
        if stop - start < head_bytes:
            return False
        head = read(start, head_bytes)
        untrusted_size = int.from_bytes(head[:length_bytes], "big")
        start += length_bytes + untrusted_size
        if untrusted_size < 2 or start > stop:
            return False
        unit_type = unit_type_of(head[length_bytes], head[length_bytes + 1])
        if unit_type in slices:
            if picture >= 0 and (unit_type != picture or syntax.begins(unit_type, head[mark])):
                return False
            picture = unit_type
        elif unit_type == syntax.checked or (unit_type not in sets and untrusted_size > ends.get(unit_type, 0)):
            return False
    return True


_GLIMPSE_BYTES = 3
"""Of a unit: the longest header, and the byte behind it."""


def _begins(syntax: Syntax, unit_type: int, unit: bytes) -> bool:
    return syntax.begins(unit_type, unit[syntax.head_bytes] if len(unit) > syntax.head_bytes else 0)


def _clean(syntax: Syntax, unit: bytes, allowed: frozenset[int], seen: set[int]) -> bytes:
    """What may stay of a unit; empty when nothing may.

    seen: what stayed of earlier units of the packet and stays once: types of messages, and of units with the sign
          turned; what stays of this one is added

    Raises UnsupportedFormatError for H.264 in data partitions or with redundant pictures.
    """
    unit_type = _unit_type(syntax, unit)
    if unit_type in syntax.partitions:
        message = "the video is coded in data partitions, which hardly any decoder reads: convert it first"
        raise UnsupportedFormatError(message)
    if unit_type not in allowed:
        return b""
    if unit_type in syntax.messages:
        kept = sei.kept(unit[syntax.head_bytes :], seen)
        return unit[: syntax.head_bytes] + kept if kept else b""
    if unit_type in syntax.references:
        stays = _is_reference(syntax, unit) and -unit_type not in seen
        seen.add(-unit_type)
        return unit if stays else b""
    if unit_type == syntax.checked:
        avc.check_picture_set(sei.plain(unit[syntax.head_bytes :]))
    return unit[: syntax.ends.get(unit_type)]


def _unit_type(syntax: Syntax, unit: bytes) -> int:
    return syntax.unit_type(unit[0], unit[1] if len(unit) > 1 else 0) if unit else -1


def _is_reference(syntax: Syntax, unit: bytes) -> bool:
    return t35.is_reference_unit(sei.plain(unit[syntax.head_bytes :]))


def _told(syntax: Syntax, unit: bytes) -> Iterator[tuple[str, Kind]]:
    unit_type = _unit_type(syntax, unit)
    if unit_type in syntax.messages:
        yield from sei.told(unit[syntax.head_bytes :])
    elif unit_type in syntax.references:
        yield ("Dolby Vision RPU", "colour") if _is_reference(syntax, unit) else (f"unit {unit_type}", "unknown")


def _garbled() -> DamagedFileError:
    return DamagedFileError("a coded picture contradicts its own size: get an undamaged original")
