"""Elementary stream descriptors (`esds`; ISO/IEC 14496-1 7.2.6): a stream's coding, and what its decoder needs.

A descriptor may go on with languages, addresses and anything else that was ever thought of. Of all that two things are
read, and a descriptor of these alone is written: bit rates in it were measured, by every writer in another way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_STREAM, _DECODER, _SPECIFIC, _SYNC = 3, 4, 5, 6
_DECODER_BYTES = 13
_DEPENDS, _ADDRESS, _CLOCK = 0x80, 0x40, 0x20

PICTURES, SOUND = 4, 5
"""Kinds of stream."""

_PREDEFINED = b"\2"
"""The synchronisation that MP4 prescribes."""


@dataclass(frozen=True, slots=True)
class Elementary:
    """A stream: the number of its coding (7.2.6.6), and what its decoder needs beforehand, which may be nothing."""

    coding: int
    configuration: bytes


def read(payload: bytes) -> Elementary | None:
    """What the payload of an `esds` box tells; None where it does not tell that."""
    stream = _first(_STREAM, payload[4:])
    decoder = _first(_DECODER, stream[_stream_bytes(stream) :])
    if len(decoder) < _DECODER_BYTES:
        return None
    return Elementary(decoder[0], _first(_SPECIFIC, decoder[_DECODER_BYTES:]))


def _stream_bytes(stream: bytes) -> int:
    """The size of a stream's own fields: an identifier, flags, and what these announce."""
    flags = stream[2] if len(stream) > 2 else 0
    size = 3 + (2 if flags & _DEPENDS else 0)
    if flags & _ADDRESS:
        size += 1 + int.from_bytes(stream[size : size + 1], "big")
    return size + (2 if flags & _CLOCK else 0)


def _first(wanted: int, data: bytes) -> bytes:
    """The content of the first descriptor of a kind; empty where there is none whole."""
    return next((content for kind, content in _descriptors(data) if kind == wanted), b"")


def _descriptors(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(kind, content) of descriptors in a row, up to one that does not fit."""
    start = 0
    while start < len(data):
        kind, start = data[start], start + 1
        untrusted_size = 0
        for octet in data[start : start + 4]:
            start += 1
            untrusted_size = untrusted_size << 7 | octet & 0x7F
            if octet < 0x80:
                break
        if untrusted_size > len(data) - start:
            return
        yield kind, data[start : start + untrusted_size]
        start += untrusted_size


def payload(kind: int, stream: Elementary) -> bytes:
    """The payload of an `esds` box for a stream of PICTURES or SOUND."""
    specific = _descriptor(_SPECIFIC, stream.configuration) if stream.configuration else b""
    decoder = _descriptor(_DECODER, bytes((stream.coding, kind << 2 | 1)), bytes(11), specific)
    return bytes(4) + _descriptor(_STREAM, bytes(3), decoder, _descriptor(_SYNC, _PREDEFINED))


def _descriptor(kind: int, *parts: bytes) -> bytes:
    """A descriptor whose size takes four bytes, as the first readers of MP4 want it."""
    content = b"".join(parts)
    size = (len(content) >> place & 0x7F for place in (21, 14, 7, 0))
    return bytes((kind, *(octet | 0x80 if place < 3 else octet for place, octet in enumerate(size)))) + content
