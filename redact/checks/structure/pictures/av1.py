"""AV1: open bitstream units (AV1 specification, 5.3 to 5.8; AV1 in ISOBMFF, 2.3 and 2.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from redact.checks.reading import Flaw
from redact.checks.structure.pictures import hdr, light

_SEQUENCE, _DELIMITER, _METADATA = 1, 2, 5
_CODED = frozenset({_SEQUENCE, 3, 4, 6})
_MESSAGES: Mapping[str, tuple[int, Callable[[bytes], bool]]] = {
    "light level": (1, light.level),
    "mastering display": (2, light.av1_mastering),
    "HDR10+": (4, hdr.hdr10_plus),
    "Dolby Vision": (4, hdr.dolby_vision),
}
"""What metadata may tell -> its type, and what tells whether it does."""


def rule(configuration: bytes) -> Callable[[bytes], bool]:
    """What tells whether a packet holds pictures alone. Raises Flaw unless av1C holds a sequence header alone."""
    if configuration:
        delay = configuration[3]
        if configuration[0] != 0x81 or delay & 0xE0 or (delay & 0x0F and not delay & 0x10):
            message = "av1C holds something that is not allowed"
            raise Flaw(message)
        if any(kind not in (_SEQUENCE, _METADATA) for kind, _ in _units(configuration[4:])):
            message = "av1C holds a unit that is not allowed"
            raise Flaw(message)
        _alone(configuration[4:])
    return _alone


def _alone(packet: bytes) -> bool:
    told: set[str] = set()
    for kind, content in _units(packet):
        if kind == _METADATA:
            named = _told(content)
            if named in told:
                message = f"{named} is told twice in one packet"
                raise Flaw(message)
            told.add(named)
        elif kind not in _CODED and (kind != _DELIMITER or content):
            message = f"a unit of type {kind} is not allowed"
            raise Flaw(message)
    return True


def _told(content: bytes) -> str:
    """What metadata tells. Its type takes one byte, and a bit of its own ends it. Raises Flaw for anything else."""
    for named, (kind, holds) in _MESSAGES.items():
        if content[:1] == bytes((kind,)) and content[-1:] == b"\x80" and holds(content[1:-1]):
            return named
    message = "metadata is not allowed"
    raise Flaw(message)


def _units(packet: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, content) of every unit. Raises Flaw when they do not fill the packet, or set reserved bits."""
    place = 0
    while place < len(packet):
        head, place = packet[place], place + 1
        extended, sized = head & 4, head & 2
        if head & 0x81 or (extended and packet[place] & 7):
            message = "a unit sets reserved bits"
            raise Flaw(message)
        place += bool(extended)
        size = len(packet) - place
        if sized:
            size, place = _size(packet, place)
        if place + size > len(packet):
            message = "a unit is longer than its sample"
            raise Flaw(message)
        yield head >> 3, packet[place : place + size]
        place += size


def _size(packet: bytes, place: int) -> tuple[int, int]:
    size = 0
    for shift in range(0, 56, 7):
        octet, place = packet[place], place + 1
        size |= (octet & 0x7F) << shift
        if not octet & 0x80:
            return size, place
    message = "a unit's size has no end"
    raise Flaw(message)


def demand_one(configuration: bytes, packet: bytes) -> None:
    """Raise Flaw unless a packet is a still: one key frame in one piece, which is shown, under one sequence header."""
    units = list(_units(packet))
    coded = [kind for kind, _ in units if kind in _CODED - {_SEQUENCE}]
    headers = [content for kind, content in units if kind == _SEQUENCE]
    recorded = [content for kind, content in _units(configuration[4:]) if kind == _SEQUENCE]
    opening = next(content for kind, content in units if kind in (3, 6))[0] if {3, 6} & set(coded) else 0xFF
    # A reduced header is of stills alone. Else a frame begins with: not shown before, a key frame, shown.
    shown = (headers or recorded)[0][0] & 8 if headers or recorded else 0
    if coded not in ([6], [3, 4]) or len(headers) > 1 or not (shown or opening >> 4 == 1):
        message = "a still is made of more than one frame that is shown"
        raise Flaw(message)
