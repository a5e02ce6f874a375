"""How far the bars of a linear code reach: a reader looks along a line across them, and bars go on above and below.

Rows beside that line are compared with it, each with the ones before, so that bars may lean or lie in perspective;
where they are no longer alike, the bars end. The same tells a code that nobody can read from a fence: it has many bars,
alike over much of its height, between two margins with nothing on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from redact.detectors.views import Gray, Points

Row: TypeAlias = NDArray[np.float32]

ROWS = 160
"""Rows looked at on each side of the line."""

REACH = 1.5
"""How far, in lengths of the code."""

ALIKE = 0.6
"""Correlation of neighbouring rows from which on the bars go on."""

GAP = 8
"""Rows that may differ, as a scratch or a glare does."""

LEAN = 2
"""Columns by which a row may lie beside the one before."""

MOST_COLUMNS = 480

FEWEST_EDGES = 28
"""From dark to light and back in a row: UPC-E, the shortest of retail codes, has 34."""

MARGIN = 0.12
"""Share of its length by which a line is made longer on each side: it may end short of the bars, or beyond."""

EMPTY_MARGIN = 0.045
"""Share of their length that has to be free beside bars that nobody can read: four modules of a retail code."""

FAINT = 0.15
"""Share of the steepest steps in brightness from which on a step may be the edge of a bar."""

WIDEST_GAPS = (0.035, 0.065)
"""Shares of the row: no bar and no gap in long codes is wider, or in short ones. A margin may be hardly wider."""

EMPTY = 0.35
"""How uneven the margins may be, as a share of how uneven the bars are."""

LEAST_CONTRAST = 15
"""Standard deviation of brightness along a row, of 255."""

LEAST_HEIGHT, MOST_HEIGHT = 0.08, 0.8
"""Height of the bars that nobody can read, as a share of their length. Retail codes have .73; fences are higher."""


@dataclass(frozen=True, slots=True)
class Strip:
    """The surroundings of a line across the bars, upright: one column a step along it, one row a step beside it."""

    rows: NDArray[np.float32]
    start: NDArray[np.float64]
    along: NDArray[np.float64]
    beside: NDArray[np.float64]

    def place(self, column: float, row: float) -> NDArray[np.float64]:
        """Where a column and row lie in the picture, x and y in pixels."""
        return np.asarray(self.start + self.along * column + self.beside * (row - ROWS))


def reach(gray: Gray, start: Points, end: Points) -> Points:
    """Corners of a linear code of which a line across all bars is known, (4, 2), as it reads.

    start, end: (2,), x and y in pixels
    """
    strip = _around(gray, start, end)
    columns = strip.rows.shape[1]
    above, lean_above = _last_alike(strip.rows, -1)
    below, lean_below = _last_alike(strip.rows, 1)
    corners = (
        strip.place(lean_above, above - 0.5),
        strip.place(columns + lean_above, above - 0.5),
        strip.place(columns + lean_below, below + 0.5),
        strip.place(lean_below, below + 0.5),
    )
    return np.array(corners, np.float32)


def unread(gray: Gray, start: Points, end: Points) -> tuple[Points, int] | None:
    """Corners, (4, 2), and number of edges of the bars on the line from `start` to `end`, about where a code may be.

    None unless they can hardly be anything but the bars of a code.
    """
    around = (end - start) * MARGIN
    strip = _around(gray, start - around, end + around)
    row = np.asarray(strip.rows[ROWS - 2 : ROWS + 3].mean(0), np.float32)
    for gap in WIDEST_GAPS:
        first, last = _bars(row, gap)
        edges = _edges(row[first : last + 1])
        ends = [np.asarray(strip.place(column, ROWS), np.float32) for column in (first, last + 1)]
        if edges >= FEWEST_EDGES and _stand_alone(row, first, last) and all(_within(gray, each) for each in ends):
            corners = reach(gray, *ends)
            height, width = (float(np.linalg.norm(corners[number] - corners[0])) for number in (3, 1))
            return (corners, edges) if LEAST_HEIGHT <= height / width <= MOST_HEIGHT else None
    return None


def _bars(row: Row, gap: float) -> tuple[int, int]:
    """First and last column of the edges around the middle between which lies no more than a share of the row."""
    steps = np.abs(np.gradient(row))
    columns = np.flatnonzero(steps > FAINT * float(np.percentile(steps, 95)))
    parts = np.split(columns, np.flatnonzero(np.diff(columns) > gap * len(row)) + 1)
    middle = len(row) / 2
    for part in parts:
        if len(part) and part[0] <= middle <= part[-1]:
            return int(part[0]), int(part[-1])
    return len(row) // 2, len(row) // 2


def _within(gray: Gray, point: Points) -> bool:
    height, width = gray.shape
    return bool(0 <= point[0] <= width and 0 <= point[1] <= height)


def _stand_alone(row: Row, first: int, last: int) -> bool:
    """True when there is nothing beside these bars, on both sides of the one brightness that their gaps have."""
    empty = max(3, round((last - first) * EMPTY_MARGIN))
    sides = row[max(0, first - empty) : max(0, first - 1)], row[last + 2 : last + empty + 1]
    bars = row[first : last + 1]
    contrast = float(bars.std())
    if min(map(len, sides)) < empty - 1 or contrast < LEAST_CONTRAST:
        return False
    uneven = EMPTY * contrast
    dark, light = np.percentile(bars, (15, 85))
    levels = [float(np.median(side)) for side in sides]
    even = max(float(side.std()) for side in sides) <= uneven
    return even and (min(levels) >= light - uneven or max(levels) <= dark + uneven)


def _edges(row: Row) -> int:
    """How often the row goes from dark to light or back by more than its noise."""
    level = cv2.blur(row[None], (max(3, len(row) // 8 | 1), 1))[0]
    sides = np.sign(np.where(np.abs(row - level) > 0.25 * row.std(), row - level, 0))
    sides = sides[sides != 0]
    return int(np.count_nonzero(np.diff(sides)))


def _around(gray: Gray, start: Points, end: Points) -> Strip:
    """The rows beside a line; beyond the picture its border goes on."""
    length = max(1.0, float(np.linalg.norm(end - start)))
    columns = int(np.clip(round(length), 8, MOST_COLUMNS))
    along = (end - start).astype(np.float64) / columns
    normal = np.array([-along[1], along[0]]) / max(1e-6, float(np.linalg.norm(along)))
    beside = normal * (REACH * length / ROWS)
    way = np.column_stack([along, beside, start - beside * ROWS])
    part, offset = _cut(gray, way, columns)
    way[:, 2] -= offset
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    rows = cv2.warpAffine(part, way, (columns, 2 * ROWS + 1), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return Strip(np.asarray(rows, np.float32), start.astype(np.float64), along, beside)


def _cut(gray: Gray, way: NDArray[np.float64], columns: int) -> tuple[Gray, NDArray[np.float64]]:
    """The part of the picture that a strip lies in, and where it begins: OpenCV does not warp very large pictures."""
    ends = np.array([(0, 0, 1), (columns, 0, 1), (0, 2 * ROWS, 1), (columns, 2 * ROWS, 1)]) @ way.T
    height, width = gray.shape
    left, top = np.clip(np.floor(ends.min(0)) - 2, 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(ends.max(0)) + 2, (left + 1, top + 1), (width, height)).astype(int)
    return gray[top:bottom, left:right], np.array([left, top], np.float64)


def _last_alike(rows: NDArray[np.float32], step: int) -> tuple[int, int]:
    """The last row in one direction that shows the bars, and by how many columns it lies beside the middle."""
    reference = _normal(rows[ROWS - 1 : ROWS + 2].mean(0))
    last, lean, missed = ROWS, 0, 0
    number = ROWS + step
    while 0 <= number < len(rows) and missed <= GAP:
        row = _normal(rows[number])
        shifts = range(lean - LEAN, lean + LEAN + 1)
        likeness, shift = max((float(reference @ np.roll(row, -shift)), shift) for shift in shifts)
        if likeness >= ALIKE:
            last, lean, missed = number, shift, 0
            reference = _normal(0.8 * reference + 0.2 * np.roll(row, -shift))
        else:
            missed += 1
        number += step
    return last, lean


def _normal(row: Row) -> Row:
    """The row with mean 0 and length 1; all 0 where nothing is to be seen on it."""
    centred = row - row.mean()
    length = float(np.linalg.norm(centred))
    return np.asarray(centred / length if length > 1e-6 else centred, np.float32)
