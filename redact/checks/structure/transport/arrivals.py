"""Times of arrival before packets: 30 bits that nobody checks, so they may tell nothing that the clock does not."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from redact.checks.reading import Buffer, Flaw, Trail
from redact.checks.structure.transport.packets import Grid

_SECOND = 27_000_000
_RING = 300 << 33
_FARTHEST = 1 << 16
"""Packets from one reading of the clock to the next; where they are farther apart, or a second, the time stands still.
Before the first one the clock is zero."""


def demand_even(data: Buffer, grid: Grid, clocks: Sequence[tuple[int, int]]) -> None:
    """Raise Flaw unless packets arrive evenly between readings of the clock: (number of the packet, ticks)."""
    readings = [(0, 0), *clocks, (grid.count, clocks[-1][1] if clocks else 0)]
    trail = Trail(data)
    size = len(data) // grid.count
    for (start, now), (end, later) in itertools.pairwise(readings):
        ahead = (later - now) % _RING
        if ahead > _SECOND or end - start > _FARTHEST:
            ahead = 0
        for number in range(start, end):
            expected = now + ahead * (number - start) // (end - start)
            if grid.arrival(data, number) != expected % (1 << 30):
                message = "a time of arrival tells something else than the clock"
                raise Flaw(message)
        trail.reach(end * size)
