"""The segments of a JPEG and the coded data between them, up to the first end marker (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from redact.checks.reading import Buffer, Flaw, take

SOI, EOI, SOS = 0xD8, 0xD9, 0xDA
ENTROPY = 0x00
"""Stands for the entropy-coded data that follows a scan header."""

_MOST_SEGMENTS = 1 << 16
_BEHIND_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""A marker that ends entropy-coded data: neither a stuffed zero nor a restart."""


@dataclass(frozen=True)
class Part:
    """A segment or a run of entropy-coded data: its marker, and where its content begins and ends."""

    marker: int
    start: int
    end: int

    @property
    def name(self) -> str:
        """How the marker is called."""
        if 0xE0 <= self.marker <= 0xEF:
            return f"APP{self.marker - 0xE0}"
        return "COM" if self.marker == 0xFE else f"marker {self.marker:#04x}"


def parts(data: Buffer) -> Iterator[Part]:
    """Every part from the start marker to the first end marker, both included.

    Raises Flaw when the data ends early or something else stands where a marker should.
    """
    yield Part(SOI, 2, 2)
    position, end = 2, len(data)
    for _ in range(_MOST_SEGMENTS):
        marker, position = _marker(data, position, end)
        if marker == EOI:
            yield Part(EOI, position, position)
            return
        untrusted_size = int.from_bytes(take(data, position, 2, end), "big")
        if untrusted_size < 2 or position + untrusted_size > end:
            message = "a segment is longer than the file"
            raise Flaw(message)
        part = Part(marker, position + 2, position + untrusted_size)
        yield part
        position = part.end
        if marker == SOS:
            position = _end_of_scan(data, position)
            yield Part(ENTROPY, part.end, position)
    message = "there are more segments than any picture needs"
    raise Flaw(message)


def _end_of_scan(data: Buffer, start: int) -> int:
    """Where coded data ends: at a marker, or at the fill bytes before it."""
    found = _BEHIND_SCAN.search(data, start)
    if found is None:
        message = "the last scan has no end"
        raise Flaw(message)
    end = found.start()
    while end > start and data[end - 1] == 0xFF:
        end -= 1
    return end


def _marker(data: Buffer, position: int, end: int) -> tuple[int, int]:
    if take(data, position, 1, end) != b"\xff":
        message = "bytes between two segments"
        raise Flaw(message)
    while take(data, position, 1, end) == b"\xff":
        position += 1
    if not data[position]:
        message = "a stuffed byte between two segments"
        raise Flaw(message)
    return data[position], position + 1
