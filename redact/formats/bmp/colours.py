"""The colour space that a header of version 4 or 5 tells: what of it may stay, and the profile behind the pixels."""

from __future__ import annotations

import struct

from redact.formats.bmp.header import FILE_HEADER_BYTES, INTENT_AT, SPACE_AT, V4_BYTES, V5_BYTES
from redact.formats.carriers import icc
from redact.model import Keep

CALIBRATED, SRGB, WINDOWS, LINKED, EMBEDDED = 0, 0x73524742, 0x57696E20, 0x4C494E4B, 0x4D424544
"""Kinds of colour space; the last two are a profile, in another file or in this one."""

_SPACE_BYTES = 48
_INTENTS = (1, 2, 4, 8)
_POINT, _POINT_STEPS = 1 << 30, 100_000
_GAMMA, _GAMMA_STEPS, _SMALLEST_GAMMA, _LARGEST_GAMMA = 1 << 16, 1_000, 0.1, 10


def kind_of(raw: bytes) -> int:
    """The kind of colour space that a header tells; sRGB where it tells none."""
    return int(struct.unpack_from("<I", raw, SPACE_AT)[0]) if len(raw) >= V4_BYTES else SRGB


def profile_in(data: bytes, raw: bytes, end: int) -> tuple[bytes | None, int]:
    """The sound profile embedded behind the pixels, and where it ends; (None, 0) where there is none."""
    if len(raw) < V5_BYTES or kind_of(raw) != EMBEDDED:
        return None, 0
    untrusted_place, untrusted_size = struct.unpack_from("<II", raw, INTENT_AT + 4)
    start = FILE_HEADER_BYTES + untrusted_place
    if start < end or start + untrusted_size > len(data):
        return None, 0
    profile = icc.profile(data[start : start + untrusted_size])
    return profile, start + len(profile or b"")


def written(raw: bytes, keep: Keep, place: int, size: int) -> bytes:
    """The fields about colour of a header of version 4 or 5; nothing for others.

    place: where the profile will begin, counted from the header; 0 for none
    size:  bytes of that profile
    """
    if len(raw) < V4_BYTES:
        return b""
    told = kind_of(raw) if "colour" in keep else SRGB
    space = told if told in (CALIBRATED, WINDOWS) else SRGB
    points = _points(raw) if space == CALIBRATED else bytes(_SPACE_BYTES)
    if points is None:
        space, points = SRGB, bytes(_SPACE_BYTES)
    if len(raw) == V4_BYTES:
        return struct.pack("<I", space) + points
    (intent,) = struct.unpack_from("<I", raw, INTENT_AT)
    intent = intent if "colour" in keep and intent in _INTENTS else 0
    return struct.pack("<I", EMBEDDED if place else space) + points + struct.pack("<IIII", intent, place, size, 0)


def _points(raw: bytes) -> bytes | None:
    """End points and gammas of a calibrated space, rounded; None where no space has such."""
    numbers = struct.unpack_from("<12I", raw, SPACE_AT + 4)
    points = [_rounded(each, _POINT, _POINT_STEPS) for each in numbers[:9]]
    gammas = [_rounded(each, _GAMMA, _GAMMA_STEPS) for each in numbers[9:]]
    are_gammas = all(not each or _SMALLEST_GAMMA <= each / _GAMMA <= _LARGEST_GAMMA for each in gammas)
    return struct.pack("<12I", *points, *gammas) if max(points) <= _POINT and are_gammas else None


def _rounded(number: int, one: int, steps: int) -> int:
    """A fixed-point number in steps of 1 / `steps`; as it is where a writer cut it off there."""
    nearest = (number * steps + one // 2) // one
    return number if number == nearest * one // steps else (nearest * one + steps // 2) // steps
