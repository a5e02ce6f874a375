"""MPEG-1 and MPEG-2 video (ISO/IEC 11172-2, 13818-2): which elements of a stream may stay.

Where location hides: user data (start code B2) is anybody's bytes and holds captions, time and more; the extension with
camera parameters tells where a camera stood, the one about copyright has room for a number of 64 bits; a group of
pictures tells the time of day; pictures have "extra information"; behind headers stand bytes that decoders skip.

Kept: slices, byte for byte; sequence and picture headers and those extensions that decoders need, cut to the length
that they can have; the flags of a group, its time at zero: decoders do not need it.
Dropped: every other element.

Not handled: bytes hidden within a slice.
"""

from __future__ import annotations

from collections.abc import Iterator

from redact.formats.codings import startcodes
from redact.formats.codings.plain import Stream, Told, garbled

_PICTURE, _USER_DATA, _SEQUENCE, _EXTENSION, _END, _GROUP = 0x00, 0xB2, 0xB3, 0xB5, 0xB7, 0xB8
_SLICES = range(0x01, 0xB0)
_KEPT = frozenset((*_SLICES, _PICTURE, _SEQUENCE, _EXTENSION, _END, _GROUP))

_EXTENSION_BYTES = {1: 6, 2: 8, 3: 257, 7: 14, 8: 7}
"""Extensions that decoders need, about sequence, display, tables, pan and picture -> the most bytes that they take."""
_EXTENSION_NAMES = {4: "copyright_extension", 11: "camera_parameters_extension"}

_PICTURE_BITS = {1: 29, 2: 33, 3: 37, 4: 29}
"""Coding type of a picture -> bits of its header before its extra information."""

_TABLE_BITS = 512


def stream_of(configuration: bytes) -> Stream:
    """A stream, from the sequence's header; empty where that stands in the packets."""
    return Stream("MPEG video", _cleaned(configuration), tuple(_told(configuration)), _cleaned, _told)


def _cleaned(packet: bytes) -> bytes:
    return startcodes.cleaned(packet, _clean)


def _clean(code: int, content: bytes) -> bytes | None:
    if code in _SLICES:
        return content
    if code == _PICTURE:
        return _picture(content)
    if code == _SEQUENCE:
        return startcodes.cut(content, _sequence_bytes(content))
    if code == _GROUP:
        return _group(content)
    if code == _EXTENSION:
        size = _EXTENSION_BYTES.get(content[0] >> 4) if content else None
        return None if size is None else startcodes.cut(content, size)
    return startcodes.cut(content, 0) if code == _END else None


def _picture(content: bytes) -> bytes:
    """A picture's header without extra information; zeros behind it may stay."""
    kind = content[1] >> 3 & 7 if len(content) > 1 else 0
    bits = _PICTURE_BITS.get(kind, 0)
    size = -(-(bits + 1) // 8)
    if not bits or len(content) < size:
        raise garbled()
    head = int.from_bytes(content[:size], "big") >> 8 * size - bits << 8 * size - bits
    return startcodes.cut(head.to_bytes(size, "big") + content[size:], size)


def _sequence_bytes(content: bytes) -> int:
    """How long a sequence's header is: a bit announces each of two tables. Raises DamagedFileError for a cut one."""
    bits = 62
    for _ in range(2):
        present = content[bits // 8] >> 7 - bits % 8 & 1 if bits // 8 < len(content) else 0
        bits += 1 + _TABLE_BITS * present
    if bits // 8 > len(content):
        raise garbled()
    return bits // 8


def _group(content: bytes) -> bytes:
    """The flags "closed" and "broken link" behind a time of zero, with the bit in it that is always set."""
    return bytes((0, 8, 0, content[3] & 0x60)) if len(content) > 3 else b""


def _told(packet: bytes) -> Iterator[Told]:
    for code, start, end in startcodes.elements(packet):
        if code == _USER_DATA:
            yield "user_data", "unknown"
        elif code == _GROUP and any(_time_of(packet[start + 4 : end])):
            yield "time_code", "time"
        elif code == _EXTENSION and start + 4 < end:
            kind = packet[start + 4] >> 4
            if kind not in _EXTENSION_BYTES:
                yield _EXTENSION_NAMES.get(kind, f"extension {kind}"), "unknown"
        elif code not in _KEPT:
            yield f"start code {code:02X}", "unknown"


def _time_of(group: bytes) -> bytes:
    """The time of a group with the bits that tell nothing cleared."""
    return bytes(octet & mask for octet, mask in zip(group, (0xFF, 0xF7, 0xFF, 0x80), strict=False))
