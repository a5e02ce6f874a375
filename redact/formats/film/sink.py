"""The file that FFmpeg writes a copy into: samples pass, the index waits to be rewritten."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from typing import BinaryIO

from redact.errors import DamagedFileError
from redact.formats.boxes import Box, boxes
from redact.formats.film import passage


class Sink:
    """Where FFmpeg writes: the samples go through to the target, the index behind them is held back.

    FFmpeg writes a blank box, the samples, their size into the header before them, and the index at the end. The first
    write before the end of what is there is that size; all behind that end is the index.
    """

    def __init__(self, target: BinaryIO) -> None:
        passage.empty(target)
        self._target = target
        self._position = 0
        self._end = 0
        self._written = 0
        self._index: bytearray | None = None
        self._head = b""

    def tell(self) -> int:
        """The position of the next write."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As a file's."""
        end = self._end + len(self._index or b"")
        self._position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: end}[whence]
        return self._position

    def write(self, data: bytes) -> int:
        """As a file's."""
        if self._position < self._end and self._index is None:
            self._index = bytearray()
        if self._index is not None and self._position >= self._end:
            start = self._position - self._end
            self._index[start : start + len(data)] = data
        else:
            self._through(data)
        self._position += len(data)
        return len(data)

    def _through(self, data: bytes) -> None:
        if not self._end:
            self._head = bytes(data[:64])
        # A seek empties the target's buffer, so there is none where the target stands there already.
        if self._position != self._written:
            self._target.seek(self._position)
        self._target.write(data)
        self._written = self._position + len(data)
        self._end = max(self._end, self._written)

    def finish(self, rewritten: Callable[[Box], bytes]) -> None:
        """Write the index as `rewritten` makes it, and one header over the blank box and the samples' own.

        Raises DamagedFileError when no film was written.
        """
        index = next(boxes(bytes(self._index or b"")), None)
        brand_end = int.from_bytes(self._head[:4], "big")
        blank = self._head[brand_end : brand_end + 8]
        if index is None or index.code != b"moov" or blank[4:] not in (b"free", b"wide"):
            message = "the film holds no pictures: get an undamaged original"
            raise DamagedFileError(message)
        self._target.seek(brand_end)
        self._target.write(struct.pack(">I4sQ", 1, b"mdat", self._end - brand_end))
        self._target.seek(self._end)
        self._target.write(rewritten(index))
