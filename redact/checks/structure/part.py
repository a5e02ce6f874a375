"""A box of ISO/IEC 14496-12 as stills carry it: a size, which may run to the end, a code, and content."""

from __future__ import annotations

from dataclasses import dataclass

from redact.checks.reading import Buffer


@dataclass(frozen=True)
class Part:
    """A box: its code, where it begins, and where its content begins and ends."""

    code: bytes
    start: int
    body: int
    end: int

    def content(self, data: Buffer) -> bytes:
        """All of it."""
        return bytes(data[self.body : self.end])


def part_at(data: Buffer, start: int, limit: int) -> Part | None:
    """The box that begins at `start`; None where none does that ends before `limit`."""
    head = bytes(data[start : min(start + 16, limit)])
    untrusted_size, body = int.from_bytes(head[:4], "big"), start + 8
    if untrusted_size == 1:
        untrusted_size, body = int.from_bytes(head[8:], "big"), start + 16
    end = start + untrusted_size if untrusted_size else limit
    return Part(head[4:8], start, body, end) if body <= end <= limit else None
