"""What a file decides the size of, bounded: its bytes in memory, an inflated passage, the list of what is in it."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from redact.errors import DamagedFileError, MediaError
from redact.model import Field

LARGEST_STILL_BYTES = 512 * 2**20

MOST_FIELDS = 10_000
"""Real files have some hundreds at most."""


def read_whole(source: BinaryIO) -> bytes:
    """Every byte of a seekable stream, from its start.

    Raises DamagedFileError for an empty one, MediaError for one above LARGEST_STILL_BYTES.
    """
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    if size == 0:
        message = "the file is empty: copy it again from where it came"
        raise DamagedFileError(message)
    if size > LARGEST_STILL_BYTES:
        message = f"the picture takes more than {LARGEST_STILL_BYTES >> 20} MiB: save it in a smaller size first"
        raise MediaError(message)
    return source.read(size)


def inflate(packed: bytes, most_bytes: int) -> bytes | None:
    """What a zlib stream holds; None where it is garbled, unfinished or longer than `most_bytes`."""
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(packed, most_bytes)
    except zlib.error:
        return None
    return plain if stream.eof else None


def listed(fields: Iterator[Field]) -> Iterator[Field]:
    """The first MOST_FIELDS of `fields`; what is not named one by one is named in one."""
    for number, each in enumerate(fields):
        if number == MOST_FIELDS:
            yield Field("more fields", "unknown", "file")
            return
        yield each
