"""Bytes on their way from one file to another, looked at in passing.

They go through one buffer, of a size that stays in a processor's own memory, read at whole pages of the source into
whole pages: so a film takes little longer than the system's own copy of it. What passes as it is waits until all of it
that is in the buffer can be written at once.
"""

from __future__ import annotations

import io
import mmap
import os
from typing import BinaryIO, cast

from redact.formats.boxes import cut_short

_BUFFER_BYTES = 1 << 20
_PAGE_BYTES = mmap.PAGESIZE


class Passage:
    """A source, and a target that stands at `place` and is written from there on."""

    def __init__(self, source: BinaryIO, target: BinaryIO, place: int) -> None:
        # Every binary stream reads into a buffer, though its type does not tell.
        self._source, self._target = cast("io.BufferedIOBase", source), target
        self._written = place
        self._buffer = mmap.mmap(-1, _BUFFER_BYTES)
        self._start = self._end = 0
        self._from = self._to = 0

    @property
    def place(self) -> int:
        """Where in the target the next byte goes."""
        return self._written + self._to - self._from

    def read(self, start: int, size: int) -> bytes:
        """A stretch of the source. Raises DamagedFileError where the source ends before it."""
        if not self._start <= start <= start + size <= self._end:
            if size > _BUFFER_BYTES // 2:
                return self._apart(start, size)
            self._reach(start, size)
        within = start - self._start
        return self._buffer[within : within + size]

    def carry(self, start: int, size: int) -> None:
        """Let a stretch of the source pass as it is."""
        if start != self._to:
            self.finish()
            self._from = start
        self._to = start + size

    def put(self, data: bytes) -> None:
        """Write something else."""
        self.finish()
        self._target.write(data)
        self._written += len(data)

    def finish(self) -> None:
        """Write all that waits. Raises DamagedFileError where the source ends before it."""
        while self._from < self._to:
            self._reach(self._from, 1)
            self._write()

    def _write(self) -> None:
        """Write what waits and is in the buffer, from its beginning on."""
        if self._start <= self._from < self._end:
            within = self._from - self._start
            with memoryview(self._buffer) as whole, whole[within : min(self._to, self._end) - self._start] as stretch:
                self._target.write(stretch)
                self._written += len(stretch)
                self._from += len(stretch)

    def _reach(self, start: int, size: int) -> None:
        """Have a stretch of the source in the buffer.

        What waits is written first. Where nothing does any more, what was not decided upon comes into the buffer too.
        """
        while not self._start <= start <= start + size <= self._end:
            self._write()
            undecided = start + size - self._to
            if self._from < self._to:
                wanted, least = self._from, 1
            elif self._to <= start and undecided <= _BUFFER_BYTES - _PAGE_BYTES:
                wanted, least = self._to, undecided
            else:
                wanted, least = start, size
            self._start = wanted - wanted % _PAGE_BYTES
            self._source.seek(self._start)
            self._end = self._start + self._source.readinto(self._buffer)
            if wanted + least > self._end:
                raise cut_short()

    def _apart(self, start: int, size: int) -> bytes:
        """A stretch that is too large for the buffer."""
        self._source.seek(start)
        found = self._source.read(size)
        if len(found) != size:
            raise cut_short()
        return found


def empty(target: BinaryIO) -> None:
    """Let a target begin anew.

    One that is empty is left alone: a file system may take a cut file for one that is replaced, and wait for the disk.
    """
    if target.seek(0, os.SEEK_END):
        target.seek(0)
        target.truncate()
