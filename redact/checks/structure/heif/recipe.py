"""How a derived picture is put together from others (ISO/IEC 23008-12 6.6.2): the numbers of its item's data."""

from __future__ import annotations

import struct

from redact.checks.reading import Flaw

DERIVED = frozenset({b"grid", b"iovl", b"iden"})


def spelt(kind: bytes, payload: bytes, inputs: int) -> bytes:
    """The data of a derived item of so many inputs, to the length that its numbers take. Raises Flaw."""
    if kind == b"iden":
        return b""
    wide = payload[1] & 1 if len(payload) > 1 and not payload[0] else -1
    sides = 4 if wide else 2
    size = 4 + 2 * sides if kind == b"grid" else 10 + 2 * sides * (1 + inputs)
    if wide < 0 or len(payload) < size or (kind == b"grid" and (payload[2] + 1) * (payload[3] + 1) != inputs):
        message = f"a {kind.decode()} is not put together of what it refers to"
        raise Flaw(message)
    return struct.pack(">BB", 0, wide) + payload[2:size]
