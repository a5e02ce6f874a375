"""H.264, HEVC and VVC: units behind their size (ISO/IEC 14496-15) or behind start codes (annex B), and SEI.

Drone makers and ST 0604 hide data in SEI messages and in unit types the standards leave unspecified, so both are on an
allow-list, and a message is there once in a packet. Slices and parameter sets are opaque, but a packet of units behind
sizes is one picture (see slices.py): what decoders pass over nobody has looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from redact.checks.reading import Flaw, take
from redact.checks.structure.pictures import hdr, light, slices

_LONGEST_SEI = 1 << 12
_MESSAGES: Mapping[int, Callable[[bytes], bool]] = {
    4: hdr.hdr10_plus,
    6: light.recovery_point,
    137: light.mastering,
    144: light.level,
    147: light.transfer,
    148: light.ambient,
}
"""Type of the SEI that may stay -> what tells whether it is that."""


@dataclass(frozen=True)
class Family:
    """One standard's units.

    kind_of: a unit's first and second byte -> its type; raises Flaw for another layer
    header:  bytes of a unit's header
    opaque:  types of slices and parameter sets
    sets:    types of parameter sets
    longest: type -> bytes of delimiters and ends, behind which a decoder does not look
    sei:     types of units with messages
    dolby:   type of Dolby Vision's reference units, -1 for none
    record:  reads a decoder configuration: bytes of a unit's size
    demand_one: raises Flaw for slices of more than one picture, of (type, unit) in a packet
    """

    kind_of: Callable[[int, int], int]
    header: int
    opaque: frozenset[int]
    sets: frozenset[int]
    longest: Mapping[int, int]
    sei: frozenset[int]
    dolby: int
    record: Callable[[Family, bytes], int]
    demand_one: Callable[[slices.Typed, bytes], None]


def rule(family: Family, configuration: bytes) -> Callable[[bytes], bool]:
    """What tells whether a packet holds pictures alone. Raises Flaw for a configuration that holds more than sets."""
    if not configuration or configuration.startswith((b"\0\0\1", b"\0\0\0\1")):
        for unit in _behind_start_codes(configuration):
            _demand_set(family, unit, frozenset(), set())
        return lambda packet: _alone(family, _behind_start_codes(packet)) is not None
    width = family.record(family, configuration)

    def look(packet: bytes) -> bool:
        family.demand_one(_alone(family, _behind_sizes(packet, width)), configuration)
        return True

    return look


def _alone(family: Family, units: Iterator[bytes]) -> slices.Typed:
    """(type, unit) of all units. Raises Flaw for one that is not allowed."""
    told: set[int] = set()
    return [(_demand_allowed(family, unit, told), unit) for unit in units]


def _behind_sizes(packet: bytes, width: int) -> Iterator[bytes]:
    start = 0
    while start < len(packet):
        untrusted_size = int.from_bytes(packet[start : start + width], "big")
        start += width
        if not 0 < untrusted_size <= len(packet) - start:
            message = "a unit is longer than its sample"
            raise Flaw(message)
        yield packet[start : start + untrusted_size]
        start += untrusted_size


def _behind_start_codes(packet: bytes) -> Iterator[bytes]:
    before, *units = packet.split(b"\0\0\1")
    if any(before):
        message = "bytes stand before the first start code"
        raise Flaw(message)
    for unit in units:
        content = unit.rstrip(b"\0")
        if content:
            yield content


def _demand_allowed(family: Family, unit: bytes, told: set[int]) -> int:
    """The type of a unit. `told` are the messages of the units before it, to which its own are added. Raises Flaw."""
    kind = family.kind_of(unit[0], unit[1] if family.header > 1 else 0)
    if kind in family.sei:
        _demand_messages(unit[family.header :], told)
    elif kind == family.dolby:
        if -1 in told or not hdr.reference_unit(_unescaped(unit[family.header :])):
            message = f"a unit of type {kind} is no reference unit of Dolby Vision"
            raise Flaw(message)
        told.add(-1)
    elif kind not in family.opaque or len(unit) > family.longest.get(kind, len(unit)):
        message = f"a unit of type {kind} is not allowed"
        raise Flaw(message)
    if family.header == 1 and kind == _PICTURE_SET:
        slices.demand_plain(_unescaped(unit[1:]))
    return kind


_PICTURE_SET = 8


def _demand_set(family: Family, unit: bytes, others: frozenset[int], told: set[int]) -> None:
    kind = family.kind_of(unit[0], unit[1] if family.header > 1 else 0)
    if kind not in family.sets | others:
        message = "a configuration holds a unit that is no parameter set"
        raise Flaw(message)
    _demand_allowed(family, unit, told)


def _demand_messages(escaped: bytes, told: set[int]) -> None:
    if len(escaped) > _LONGEST_SEI:
        message = "an SEI unit is too long"
        raise Flaw(message)
    body, position = _unescaped(escaped), 0
    while body[position:] != b"\x80":
        kind, position = _sum(body, position)
        size, position = _sum(body, position)
        payload = take(body, position, size, len(body))
        position += size
        if kind in told or kind not in _MESSAGES or not _MESSAGES[kind](payload):
            message = f"an SEI message of type {kind} is not allowed"
            raise Flaw(message)
        told.add(kind)


def _unescaped(body: bytes) -> bytes:
    return body.replace(b"\0\0\3", b"\0\0")


def _sum(body: bytes, position: int) -> tuple[int, int]:
    """A number spelt as a run of 255s and a rest, and where it ends."""
    total = 0
    while take(body, position, 1, len(body)) == b"\xff":
        total, position = total + 255, position + 1
    return total + body[position], position + 1


def _avc_record(family: Family, body: bytes) -> int:
    """Bytes of a unit's size, from avcC (5.3.3.1). Raises Flaw unless it holds parameter sets and nothing else."""
    position, extended = 5, body[1] not in (66, 77, 88)
    for mask in (0x1F, 0xFF):
        position = _sets(family, body, position + 1, body[position] & mask)
    if extended and position < len(body):
        _demand((body[position] | body[position + 1] | body[position + 2]) & 0xF8 == 0xF8)
        position = _sets(family, body, position + 4, body[position + 3])
    _demand(body[0] == 1 and position == len(body))
    return 1 + (body[4] & 3)


def _sets(family: Family, body: bytes, position: int, untrusted_count: int) -> int:
    for _ in range(untrusted_count):
        unit, position = _prefixed(body, position)
        _demand_set(family, unit, frozenset(), set())
    return position


def _hevc_record(family: Family, body: bytes) -> int:
    """Bytes of a unit's size, from hvcC (8.3.3.1). Raises Flaw unless it holds parameter sets and allowed SEI."""
    position = 23
    told: set[int] = set()
    for _ in range(body[22]):
        untrusted_count = int.from_bytes(take(body, position + 1, 2, len(body)), "big")
        position += 3
        for _ in range(untrusted_count):
            unit, position = _prefixed(body, position)
            _demand_set(family, unit, family.sei, told)
    _demand(body[0] == 1 and position == len(body))
    return 1 + (body[21] & 3)


def _vvc_record(family: Family, body: bytes) -> int:
    """Bytes of a unit's size, from vvcC behind its version (11.2.4.2). Raises Flaw unless it holds parameter sets."""
    position = 1
    if body[0] & 1:
        sublayers, constraints = body[2] >> 4 & 7, body[4]
        _demand(constraints <= 16 and body[3] & 0x1F == 0x1F)
        position = 7 + constraints
        if sublayers > 1:
            flags = body[position]
            _demand(not flags & (1 << 9 - sublayers) - 1)
            position += 1 + flags.bit_count()
        _demand(not body[position])
        position += 7
    arrays, position = body[position], position + 1
    for _ in range(arrays):
        alone = body[position] & 0x1F in (12, 13)
        untrusted_count = 1 if alone else int.from_bytes(take(body, position + 1, 2, len(body)), "big")
        position += 1 if alone else 3
        for _ in range(untrusted_count):
            unit, position = _prefixed(body, position)
            _demand_set(family, unit, frozenset(), set())
    _demand(body[0] >> 3 == 0x1F and position == len(body))
    return 1 + (body[0] >> 1 & 3)


def _prefixed(body: bytes, position: int) -> tuple[bytes, int]:
    size = int.from_bytes(take(body, position, 2, len(body)), "big")
    return take(body, position + 2, size, len(body)), position + 2 + size


def _demand(held: object) -> None:
    if not held:
        message = "a decoder configuration holds something that is not allowed"
        raise Flaw(message)


def _avc_kind(first: int, _second: int) -> int:
    return first if first & 0x80 else first & 0x1F


def _hevc_kind(first: int, second: int) -> int:
    _demand_base(first & 0x81 or second >> 3 or not second & 7)
    return first >> 1


def _vvc_kind(first: int, second: int) -> int:
    _demand_base(first or not second & 7)
    return second >> 3


def _demand_base(other: int | bool) -> None:  # noqa: FBT001 - bits of a header
    if other:
        message = "a unit of another layer is not allowed"
        raise Flaw(message)


AVC = Family(
    kind_of=_avc_kind,
    header=1,
    opaque=frozenset({1, 5, 7, 8, 9, 10, 11}),
    sets=frozenset({7, 8}),
    longest={9: 2, 10: 1, 11: 1},
    sei=frozenset({6}),
    dolby=-1,
    record=_avc_record,
    demand_one=slices.demand_avc,
)
HEVC = Family(
    kind_of=_hevc_kind,
    header=2,
    opaque=frozenset({*range(10), *range(16, 22), *range(32, 38)}),
    sets=frozenset({32, 33, 34}),
    longest={35: 3, 36: 2, 37: 2},
    sei=frozenset({39, 40}),
    dolby=62,
    record=_hevc_record,
    demand_one=slices.demand_hevc,
)
VVC = Family(
    kind_of=_vvc_kind,
    header=2,
    opaque=frozenset({*range(4), *range(7, 11), *range(12, 23)}),
    sets=frozenset(range(12, 18)),
    longest={20: 3, 21: 2, 22: 2},
    sei=frozenset({23, 24}),
    dolby=-1,
    record=_vvc_record,
    demand_one=slices.demand_vvc,
)
