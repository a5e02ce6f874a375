"""Colour profiles (ICC.1:2022), as stills carry them: bounded, and checked to be what they say.

A profile is copied byte for byte or dropped. Bytes behind the size it declares are no part of it and go. What a
profile's own tags say (a maker, a description of a screen) stays in it, because a changed profile is another profile.
"""

from __future__ import annotations

import struct
from typing import Literal

from redact.model import Field

LARGEST_PROFILE_BYTES = 4 * 2**20
"""The big ones, for print, take two MiB."""

Model = Literal["grey", "colour", "ink"]
"""What the samples of a picture mean: one of brightness, three of colour, four of ink."""

_HEADER_BYTES = 128
_MOST_TAGS = 200
_MODELS: dict[bytes, Model] = {b"GRAY": "grey", b"RGB ": "colour", b"Lab ": "colour", b"CMYK": "ink"}


def profile(untrusted: bytes) -> bytes | None:
    """The profile that `untrusted` begins with; None where it is not one, is cut short, or is absurdly big."""
    if len(untrusted) < _HEADER_BYTES + 4 or untrusted[36:40] != b"acsp" or untrusted[16:20] not in _MODELS:
        return None
    (untrusted_size,) = struct.unpack_from(">I", untrusted)
    (untrusted_tags,) = struct.unpack_from(">I", untrusted, _HEADER_BYTES)
    if untrusted_size > min(len(untrusted), LARGEST_PROFILE_BYTES) or untrusted_tags > _MOST_TAGS:
        return None
    if untrusted_size < _HEADER_BYTES + 4 + 12 * untrusted_tags:
        return None
    return untrusted[:untrusted_size]


def model(sound: bytes) -> Model:
    """The kind of samples that a profile returned by `profile` describes."""
    return _MODELS[sound[16:20]]


def field(where: str) -> Field:
    """How a profile is listed."""
    return Field("ICC profile", "colour", where)
