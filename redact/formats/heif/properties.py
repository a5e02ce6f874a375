"""What may stay of the properties of a picture (ISO/IEC 23008-12 6.5, ISO/IEC 14496-12 12.1, AV1-ISOBMFF, AVIF).

A property is a box of few numbers. Each number is read and written anew, so that nothing rides behind or between them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from redact.errors import UnsupportedFormatError
from redact.formats.boxes import printable
from redact.formats.carriers import icc
from redact.formats.film import looks
from redact.formats.heif import placing
from redact.formats.heif.collection import Property, damaged
from redact.formats.heif.derivation import ALPHA, CODED
from redact.model import Keep

CONFIGURATIONS = frozenset(code for _, code in CODED.values())
TURNS = frozenset({b"irot", b"imir"})
HDR = frozenset({b"clli", b"mdcv", b"cclv", b"amve"})
PROFILES = (b"prof", b"rICC")

ESSENTIAL = frozenset({*CONFIGURATIONS, *TURNS, b"clap", b"lsel", b"a1op"})
"""Properties without which a picture must not be shown, by their specifications."""

_PLAIN_BYTES = 4
"""Version and flags."""


Readings: TypeAlias = dict[tuple[bytes, bytes], bytes | None]
"""Code and payload -> what may stay of the payload."""


@dataclass(frozen=True, slots=True)
class Role:
    """What a picture is to the whole.

    coded:   it is no derived one
    alpha:   it is a transparency
    upright: its turn is the orientation of the whole
    """

    coded: bool
    alpha: bool
    upright: bool


def kept(
    properties: Sequence[Property], role: Role, keep: Keep, readings: Readings
) -> dict[bytes, tuple[bytes, bytes]]:
    """Form -> code and plain payload of what may stay, in order. A colour profile is a form of `colr` of its own.

    readings: what was read for other items of the file, which share properties; filled here

    Configurations are handed on as they are. Raises DamagedFileError for what says nothing sound or says two things,
    UnsupportedFormatError for an essential property that is not known here, and for an aperture that hides something.
    """
    found: dict[bytes, tuple[bytes, bytes]] = {}
    for each in properties:
        code, payload = each.box.code, each.box.payload
        if code not in _READERS and each.essential:
            message = f"a picture needs the property '{printable(code)}', which is not known here: convert it first"
            raise UnsupportedFormatError(message)
        if not _may_stay(code, payload, role, keep):
            continue
        if (code, payload) not in readings:
            readings[code, payload] = _READERS[code](payload)
        plain = readings[code, payload]
        if plain is None:
            continue
        form = payload[:4] if code == b"colr" else code
        if form == b"clap" and TURNS & found.keys():
            message = "the picture is turned before it is cut to size, which hardly any reader does: save it anew first"
            raise UnsupportedFormatError(message)
        if found.setdefault(form, (code, plain)) != (code, plain):
            raise damaged("describes a picture in two ways")
    if b"ispe" not in found or role.coded is CONFIGURATIONS.isdisjoint(found):
        raise damaged("does not say how large a picture is, or how it is coded")
    if b"clap" in found:
        width, height = struct.unpack_from(">II", found[b"ispe"][1], _PLAIN_BYTES)
        placing.demand_whole((width, height), found[b"clap"][1])
    return found


def _may_stay(code: bytes, payload: bytes, role: Role, keep: Keep) -> bool:
    if code in TURNS:
        return not role.upright or "orientation" in keep
    if code in HDR or (code == b"colr" and payload[:4] in PROFILES):
        return "colour" in keep
    if code == b"auxC":
        return role.alpha
    return role.coded if code in CONFIGURATIONS else code in _READERS


def _extent(payload: bytes) -> bytes:
    """`ispe`: width and height, pixels."""
    if len(payload) < 12 or not all(struct.unpack_from(">II", payload, _PLAIN_BYTES)):
        raise damaged("has a picture of no size")
    return bytes(_PLAIN_BYTES) + payload[4:12]


def _depths(payload: bytes) -> bytes:
    """`pixi`: bits of each channel."""
    count = payload[4] if len(payload) > _PLAIN_BYTES else 0
    depths = payload[5 : 5 + count]
    if not 1 <= len(depths) == count <= 4 or not all(1 <= depth <= 32 for depth in depths):
        raise damaged("has a picture of no depth")
    return bytes(_PLAIN_BYTES) + bytes((count,)) + depths


def _colour(payload: bytes) -> bytes | None:
    """`colr`: code points, by which the samples are read, or an ICC profile."""
    if payload[:4] in PROFILES:
        profile = icc.profile(payload[4:])
        return None if profile is None else payload[:4] + profile
    if payload[:4] != b"nclx":
        return None
    plain = looks.plain(b"colr", payload[:10] + bytes(each & 0x80 for each in payload[10:11]))
    if plain is None:
        raise damaged("tells colours that do not exist")
    return plain


def _aperture(payload: bytes) -> bytes:
    plain = looks.plain(b"clap", payload)
    if plain is None:
        raise damaged("is cut to no size")
    return plain


def _bits(mask: int) -> Callable[[bytes], bytes]:
    """One number, and only those bits of it that mean something."""
    size = (mask.bit_length() + 7) // 8

    def read(payload: bytes) -> bytes:
        if len(payload) < size:
            raise damaged("has a property that is cut short")
        return (int.from_bytes(payload[:size], "big") & mask).to_bytes(size, "big")

    return read


def _layers(payload: bytes) -> bytes | None:
    """`a1lx`: how long each of the first three layers is."""
    size = 1 + 3 * (4 if payload[:1] and payload[0] & 1 else 2)
    return bytes((payload[0] & 1,)) + payload[1:size] if len(payload) >= size else None


def _auxiliary(payload: bytes) -> bytes | None:
    """`auxC`: that the picture is a transparency; what else such a property may say, nobody reads."""
    urn = payload[_PLAIN_BYTES:].partition(b"\0")[0]
    return bytes(_PLAIN_BYTES) + urn + b"\0" if urn in ALPHA else None


def _content(payload: bytes) -> bytes | None:
    """`cclv`: primaries in 1/50000 and luminances in 1/10000000 cd/m² of what is shown (ITU-T H.265 D.3.40)."""
    flags = payload[0] & 0x3C if payload else 0
    points, lights = (6 if flags & 0x20 else 0), (flags & 0x1C).bit_count()
    if not flags or len(payload) < 1 + 4 * (points + lights):
        return None
    numbers = struct.unpack_from(f">{points}i{lights}I", payload, 1)
    if any(abs(each) > _CHROMATICITY_MOST for each in numbers[:points]):
        return None
    return bytes((flags,)) + payload[1 : 1 + 4 * (points + lights)]


_CHROMATICITY_MOST = 5_000_000


def _look(code: bytes) -> Callable[[bytes], bytes | None]:
    return lambda payload: looks.plain(code, payload)


_READERS: Mapping[bytes, Callable[[bytes], bytes | None]] = {
    b"ispe": _extent,
    b"pixi": _depths,
    b"hvcC": bytes,
    b"av1C": bytes,
    b"colr": _colour,
    b"clap": _aperture,
    b"irot": _bits(0x03),
    b"imir": _bits(0x01),
    b"lsel": _bits(0xFFFF),
    b"a1op": _bits(0x1F),
    b"a1lx": _layers,
    b"auxC": _auxiliary,
    b"cclv": _content,
    **{code: _look(code) for code in (b"pasp", b"clli", b"mdcv", b"amve")},
}
"""Code -> what may stay of the payload; None where it says nothing."""

KNOWN = frozenset(_READERS)
