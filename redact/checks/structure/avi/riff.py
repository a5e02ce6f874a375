"""Chunks and lists of a RIFF, each exactly as long as it says, padded with zero."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from redact.checks.reading import Buffer, Flaw, printable, take


@dataclass(frozen=True)
class Chunk:
    """A chunk: its code, what kind of list it is if any, and where its content begins and ends, padding aside."""

    code: bytes
    form: bytes
    start: int
    end: int

    def read(self, data: Buffer) -> bytes:
        """Its content."""
        return bytes(data[self.start : self.end])


def chunks(data: Buffer, start: int, end: int) -> Iterator[Chunk]:
    """Every chunk between two places. Raises Flaw when they do not fill it."""
    while start < end:
        head = take(data, start, 8, end)
        size = int.from_bytes(head[4:], "little")
        stop = start + 8 + size
        form = take(data, start + 8, 4, min(stop, end)) if head[:4] in (b"RIFF", b"LIST") else b""
        if stop > end or any(take(data, stop, size % 2, end)):
            message = f"{printable(head[:4])} is longer than what holds it, or padded with something"
            raise Flaw(message)
        yield Chunk(head[:4], form, start + 8 + len(form), stop)
        start = stop + size % 2


def inside(data: Buffer, chunk: Chunk) -> Iterator[Chunk]:
    """Every chunk of a list. Raises Flaw when they do not fill it."""
    yield from chunks(data, chunk.start, chunk.end)
