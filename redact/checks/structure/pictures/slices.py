"""One packet, one picture: what slices of H.264, HEVC and VVC tell of pictures that decoders pass over in silence.

Such are redundant coded pictures, a second picture of any kind behind the first, and HEVC's leading pictures beside
one that cannot lead. Allowed are the two fields of a frame of H.264 (7.3.3), known by its sequence parameter set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from redact.checks.reading import UNREADABLE, Flaw

Typed: TypeAlias = Sequence[tuple[int, bytes]]
"""(type, unit with its header) of a packet."""

_AVC_SLICES = frozenset({1, 5})
_HEVC_SLICES = frozenset({*range(10), *range(16, 22)})
_VVC_SLICES = frozenset({*range(4), *range(7, 11)})
_VVC_HEADER = 19


def demand_avc(units: Typed, record: bytes) -> None:
    """Raise Flaw unless slices are of one frame or two fields: each begins with the slice of its first block."""
    coded = [(kind, unit) for kind, unit in units if kind in _AVC_SLICES]
    firsts = [place for place, (_, unit) in enumerate(coded) if unit[1:2] >= b"\x80"]
    _demand(firsts in ([], [0]) or (len(firsts) == 2 and not firsts[0]))
    if len(firsts) == 2:
        _demand(sorted(_field(coded[place][1], record) for place in firsts) == ["0", "1"])
    split = firsts[-1] if firsts else 0
    _demand(all(len({kind for kind, _ in part}) <= 1 for part in (coded[:split], coded[split:])))


def demand_hevc(units: Typed, _record: bytes) -> None:
    """Raise Flaw unless all slices are of one type, and only the first says that it is the first."""
    coded = [(kind, unit) for kind, unit in units if kind in _HEVC_SLICES]
    _demand(len({kind for kind, _ in coded}) <= 1 and all(unit[2:3] < b"\x80" for _, unit in coded[1:]))


def demand_vvc(units: Typed, _record: bytes) -> None:
    """Raise Flaw unless there is one header of a picture, in front of its slices or in its only one."""
    coded = [kind == _VVC_HEADER or unit[2:3] >= b"\x80" for kind, unit in units if kind in _VVC_SLICES | {_VVC_HEADER}]
    _demand(not any(coded[1:]))


def _demand(held: object) -> None:
    if not held:
        message = "a packet holds slices of more than one picture"
        raise Flaw(message)


def demand_plain(picture_set: bytes) -> None:
    """Raise Flaw for a picture parameter set of H.264 (7.3.2.2) with groups of slices or redundant pictures.

    A set that ends before its flags sets none.
    """
    bits = iter("".join(f"{octet:08b}" for octet in picture_set))
    try:
        _, _, _, groups = _code(bits), _code(bits), _plain(bits, 2), _code(bits)
        if not groups:
            _, _, _ = _code(bits), _code(bits), _plain(bits, 3)
            _, _, _, flags = _code(bits), _code(bits), _code(bits), _plain(bits, 3)
    except StopIteration:
        return
    if groups or flags & 1:
        message = "a parameter set allows pictures that decoders pass over"
        raise Flaw(message)


def _field(unit: bytes, record: bytes) -> str:
    """Which field a slice is of, "0" or "1"; empty for one of a frame. Raises Flaw where the sets do not tell."""
    bits = _bits(unit[1:40])
    try:
        widths = {_number_bits(_bits(each)) for each in _sequence_sets(record)}
        _demand(len(widths) == 1 and 0 not in widths)
        for _ in range(3):
            _code(bits)
        _plain(bits, widths.pop())
        return str(_plain(bits, 1)) if _plain(bits, 1) else ""
    except (StopIteration, *UNREADABLE) as cause:
        message = "two fields cannot be told from two frames"
        raise Flaw(message) from cause


def _sequence_sets(record: bytes) -> Iterator[bytes]:
    """The sequence parameter sets of avcC, behind the headers of their units."""
    place = 6
    for _ in range(record[5] & 0x1F):
        size = int.from_bytes(record[place : place + 2], "big")
        yield record[place + 3 : place + 2 + size]
        place += 2 + size


def _number_bits(bits: Iterator[str]) -> int:
    """Bits of a frame's number, from a sequence parameter set (7.3.2.1.1); 0 where it has frames alone."""
    profile, _, _ = _plain(bits, 8), _plain(bits, 16), _code(bits)
    if profile in (44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244):
        chroma = _code(bits)
        if chroma == 3 and _plain(bits, 1):
            return 0
        _, _, _ = _code(bits), _code(bits), _plain(bits, 1)
        if _plain(bits, 1):
            for size in (16,) * 6 + (64,) * (6 if chroma == 3 else 2):
                _pass_list(bits, size if _plain(bits, 1) else 0)
    width, order = 4 + _code(bits), _code(bits)
    if order == 0:
        _code(bits)
    elif order == 1:
        _, _, _ = _plain(bits, 1), _code(bits), _code(bits)
        for _ in range(_code(bits) % 256):
            _code(bits)
    _, _, _, _ = _code(bits), _plain(bits, 1), _code(bits), _code(bits)
    return 0 if _plain(bits, 1) else width


def _pass_list(bits: Iterator[str], size: int) -> None:
    last = 8
    for _ in range(size):
        code = _code(bits)
        last = (last + (-(code // 2) if code % 2 == 0 else code // 2 + 1)) % 256
        if not last:
            return


def _bits(escaped: bytes) -> Iterator[str]:
    return iter("".join(f"{octet:08b}" for octet in escaped.replace(b"\0\0\3", b"\0\0")))


def _plain(bits: Iterator[str], count: int) -> int:
    value = 0
    for _ in range(count):
        value = 2 * value + int(next(bits))
    return value


def _code(bits: Iterator[str]) -> int:
    """ue(v); the same bits of se(v) are as many."""
    zeros = 0
    while next(bits) == "0":
        zeros += 1
    return (1 << zeros) - 1 + _plain(bits, zeros)
