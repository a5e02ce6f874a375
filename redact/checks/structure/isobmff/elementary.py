"""Elementary stream descriptors (ISO/IEC 14496-1, 7.2.6): a stream, its decoder, what that needs, and the sync layer.

Numbers are those of a track: too small for letters. What a decoder of sound needs is held against its coding; of
pictures it is what `pictures.rule` judges.
"""

from __future__ import annotations

from dataclasses import dataclass

from redact.checks.reading import Flaw
from redact.checks.structure.matroska import aac, sounds

_PICTURES, _SOUND = 0x11, 0x15
"""Kind of stream, with the bit that is reserved."""

_AAC = frozenset({0x40, 0x66, 0x67, 0x68})
_BARE = frozenset({0x69, 0x6B, 0xA5, 0xA6, 0xA9})
"""MP3, AC-3, E-AC-3 and DTS, whose packets tell all."""
_VORBIS = 0xDD


@dataclass(frozen=True)
class Stream:
    """What a descriptor tells.

    kind:          of stream
    coding:        its object type
    configuration: what its decoder needs
    """

    kind: int
    coding: int
    configuration: bytes


def read(body: bytes) -> Stream:
    """What the content of an `esds` box tells. Raises Flaw, IndexError for one that tells anything else."""
    stream, rest = _descriptor(body[4:], 3)
    decoder, sync = _descriptor(stream[3:], 4)
    layer, behind = _descriptor(sync, 6)
    fixed, specific = decoder[:13], decoder[13:]
    configuration, more = _descriptor(specific, 5) if specific else (b"", b"")
    plain = not any(body[:4] + stream[:1] + stream[2:3]) and layer == b"\2" and _are_numbers(fixed)
    if rest or behind or more or not plain:
        message = "the description of an elementary stream holds something that is not allowed"
        raise Flaw(message)
    return Stream(fixed[1], fixed[0], configuration)


def _are_numbers(fixed: bytes) -> bool:
    """True for a decoder's fields: up to a megabyte of buffer and 64 megabits a second, at most and on average."""
    rates = int.from_bytes(fixed[5:9], "big"), int.from_bytes(fixed[9:13], "big")
    return len(fixed) == 13 and not fixed[2] >> 4 and max(rates) < 1 << 26


def _descriptor(body: bytes, wanted: int) -> tuple[bytes, bytes]:
    """The content of the descriptor that begins the body, and what is behind it."""
    size, place = 0, 1
    for _ in range(4):
        octet, place = body[place], place + 1
        size = size << 7 | octet & 0x7F
        if octet < 0x80:
            break
    content = body[place : place + size]
    if body[0] != wanted or len(content) != size:
        message = f"a descriptor is not the one of kind {wanted}"
        raise Flaw(message)
    return content, body[place + size :]


def of_sound(body: bytes) -> bool:
    """True where the box describes sound, with nothing but what its decoder needs."""
    stream = read(body)
    if stream.coding in _AAC:
        allowed = not stream.configuration or aac.allowed(stream.configuration)
    elif stream.coding == _VORBIS:
        sounds.demand(b"A_VORBIS", stream.configuration)
        allowed = True
    else:
        allowed = stream.coding in _BARE and not stream.configuration
    return stream.kind == _SOUND and allowed


def of_pictures(body: bytes) -> bool:
    """True where the box describes pictures; their configuration is judged elsewhere."""
    return read(body).kind == _PICTURES
