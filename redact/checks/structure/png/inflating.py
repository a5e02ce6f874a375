"""What a short zlib stream holds."""

from __future__ import annotations

import zlib


def inflated(packed: bytes, most: int) -> tuple[bytes, bytes]:
    """What a whole zlib stream of at most so many bytes holds, and the bytes behind it; empty for anything else."""
    inflater = zlib.decompressobj()
    try:
        unpacked = inflater.decompress(packed, most)
    except zlib.error:
        return b"", b""
    return (unpacked, inflater.unused_data) if inflater.eof else (b"", b"")
