"""The properties that a picture may have, and what they may hold: so many numbers, each of a size that it can be.

ISO/IEC 23008-12 6.5, 14496-12 12.1, ITU-T H.265 D.3, AVIF 4 and AV1-ISOBMFF 2.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import gcd
from typing import TypeAlias

from redact.checks.structure import icc
from redact.checks.structure.heif.index import ALPHA
from redact.model import Keep

Rule: TypeAlias = Callable[[bytes], bool]

ESSENTIAL = frozenset({b"hvcC", b"av1C", b"irot", b"imir", b"clap", b"lsel", b"a1op"})

_TURNS = frozenset({b"irot", b"imir"})
_COLOURS = frozenset({b"prof", b"rICC", b"clli", b"mdcv", b"cclv", b"amve"})
_MOST = 0xFFFF


@dataclass(frozen=True)
class Role:
    """What an item is to the whole picture.

    configuration: the type of its decoder configuration, empty for a derived one
    alpha:         it is a transparency
    whole:         its turn is that of the whole
    """

    configuration: bytes
    alpha: bool
    whole: bool


def form(kind: bytes, body: bytes) -> bytes:
    """What a property is: its type, or for colours which kind of them it tells."""
    return body[:4] if kind == b"colr" else kind


def fits(what: bytes, role: Role, keep: Keep) -> bool:
    """True when a property of that form may describe such an item."""
    if what in (b"hvcC", b"av1C"):
        return what == role.configuration
    if what in _TURNS and role.whole:
        return "orientation" in keep
    if what == b"auxC":
        return role.alpha
    return "colour" in keep or what not in _COLOURS


def sound(what: bytes, body: bytes) -> bool:
    """True when a property of that form is a known one, and holds nothing but what it has to say.

    Decoder configurations are judged with the pictures they are for.
    """
    rule = _RULES.get(what)
    return rule is not None and rule(body)


def _extent(body: bytes) -> bool:
    return len(body) == 12 and not any(body[:4]) and any(body[4:8]) and any(body[8:])


def _depths(body: bytes) -> bool:
    return (
        not any(body[:4])
        and 1 <= body[4] <= 4
        and len(body) == 5 + body[4]
        and all(0 < each <= 32 for each in body[5:])
    )


def _points(body: bytes) -> bool:
    return len(body) == 11 and not any(body[4:9:2]) and body[10] in (0, 0x80)


def _profile(body: bytes) -> bool:
    return len(body) > 4 and icc.sound(body[4:]) == body[4:]


def _auxiliary(body: bytes) -> bool:
    return not any(body[:4]) and body[-1:] == b"\0" and body[4:-1] in ALPHA


def _aspect(body: bytes) -> bool:
    return len(body) == 8 and _is_short(*struct.unpack(">II", body)) and any(body[:4])


def _aperture(body: bytes) -> bool:
    if len(body) != 32:
        return False
    numbers = struct.unpack(">IIIIiIiI", body)
    return bool(numbers[0] and numbers[2]) and all(
        _is_short(above, below) for above, below in zip(numbers[::2], numbers[1::2], strict=True)
    )


def _is_short(above: int, below: int) -> bool:
    """True for a fraction in lowest terms that has no room for a coordinate."""
    return abs(above) <= _MOST and 0 < below <= _MOST and gcd(above, below) == 1


def _up_to(most: int, size: int = 1) -> Rule:
    return lambda body: len(body) == size and int.from_bytes(body, "big") <= most


def _layers(body: bytes) -> bool:
    return body[:1] in (b"\0", b"\1") and len(body) == (13 if body[0] else 7)


def _mastering(body: bytes) -> bool:
    if len(body) != 24:
        return False
    *points, most, least = (int(each) for each in struct.unpack(">8HII", body))
    return max(points[::2]) <= 37_000 and max(points[1::2]) <= 42_000 and least <= 50_000 and most <= 100_000_000


def _content(body: bytes) -> bool:
    flags = body[0]
    points, lights = (6 if flags & 0x20 else 0), (flags & 0x1C).bit_count()
    if flags & 0xC3 or len(body) != 1 + 4 * (points + lights):
        return False
    return all(abs(each) <= 5_000_000 for each in struct.unpack_from(f">{points}i", body, 1))


def _ambient(body: bytes) -> bool:
    if len(body) != 8:
        return False
    illuminance, across, down = (int(each) for each in struct.unpack(">IHH", body))
    return 0 < illuminance <= 1_000_000_000 and max(across, down) <= 50_000


_RULES: Mapping[bytes, Rule] = {
    b"hvcC": bool,
    b"av1C": bool,
    b"ispe": _extent,
    b"pixi": _depths,
    b"nclx": _points,
    b"prof": _profile,
    b"rICC": _profile,
    b"auxC": _auxiliary,
    b"pasp": _aspect,
    b"clap": _aperture,
    b"irot": _up_to(3),
    b"imir": _up_to(1),
    b"lsel": _up_to(_MOST, 2),
    b"a1op": _up_to(31),
    b"a1lx": _layers,
    b"clli": lambda body: len(body) == 4,
    b"mdcv": _mastering,
    b"cclv": _content,
    b"amve": _ambient,
}
"""Form -> what its box may hold."""
