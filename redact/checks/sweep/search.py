"""Many byte patterns searched for at once, by Hyperscan: a gigabyte takes about a second, however many they are."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

import hyperscan

from redact.checks.reading import Buffer, Trail

_PIECE = 1 << 22
"""Bytes at once: hits of a piece are held in memory."""


class Search:
    """Patterns compiled together, each at most LONGEST bytes long."""

    LONGEST = 256

    def __init__(self, patterns: Sequence[bytes], flags: int = 0) -> None:
        """Compile them.

        patterns: Hyperscan's, a subset of Perl's without groups that capture and without looking around
        flags:    hyperscan.HS_FLAG_... for all of them
        """
        self._compiled = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._compiled.compile(
            expressions=list(patterns),
            ids=list(range(len(patterns))),
            flags=[flags | hyperscan.HS_FLAG_DOTALL] * len(patterns),
        )

    def touches(self, piece: bytes | memoryview) -> bool:
        """True when any pattern matches anywhere in `piece`."""
        hits: list[int] = []

        def note(number: int, _start: int, _end: int, _flags: int, _context: object) -> bool:
            hits.append(number)
            return True

        try:
            self._compiled.scan(piece, match_event_handler=note)  # type: ignore[type-var] # takes any buffer
        except hyperscan.ScanTerminated:
            return True
        return bool(hits)

    def ends(self, data: Buffer) -> Iterator[tuple[int, int]]:
        """(number of the pattern, place behind the match) of every match in `data`, not in order."""
        trail = Trail(data)
        with memoryview(data) as view:
            for start in range(0, len(view), _PIECE):
                trail.reach(start)
                first = max(start - self.LONGEST, 0)
                with view[first : start + _PIECE] as piece:
                    yield from self._behind(piece, first, start)
            trail.end(len(view))

    def _behind(self, piece: memoryview, first: int, start: int) -> Iterator[tuple[int, int]]:
        """The matches in `piece`, which begins at `first`, that end behind `start`."""
        numbers, places = array("I"), array("Q")

        def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if first + end > start:
                numbers.append(number)
                places.append(first + end)

        self._compiled.scan(piece, match_event_handler=note)  # type: ignore[type-var] # takes any buffer
        yield from zip(numbers, places, strict=True)


def literal(text: bytes) -> bytes:
    """The pattern that matches these bytes and no others."""
    return b"".join(b"\\x%02x" % code for code in text)
