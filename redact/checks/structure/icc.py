"""ICC profiles (ICC.1:2022) as stills carry them: which bytes are the profile, and whether they are one at all."""

from __future__ import annotations

LARGEST = 1 << 22
"""Bytes. The largest in use, with tables for printers, have half of that."""

_HEADER, _TAG, _MOST_TAGS = 128, 12, 200
_SPACES = (b"GRAY", b"RGB ", b"Lab ", b"CMYK")


def sound(untrusted: bytes) -> bytes:
    """The profile up to the size that it declares; empty where it is none, is cut short or speaks of other samples."""
    size, tags = int.from_bytes(untrusted[:4], "big"), int.from_bytes(untrusted[_HEADER : _HEADER + 4], "big")
    whole = _HEADER + 4 + _TAG * tags <= size <= min(len(untrusted), LARGEST) and tags <= _MOST_TAGS
    return untrusted[:size] if whole and untrusted[36:40] == b"acsp" and untrusted[16:20] in _SPACES else b""
