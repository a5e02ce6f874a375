"""Lines of writing and where they stand -> which of them tell a place.

A place may be told by one line, by the pieces of one that a wide space took apart, by two lines below each other or in
two corners of a display. What stands together with it and tells how high, how far and where to is told too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from redact.detectors.coordinates.angles import FINEST, agree, half, holds_angle
from redact.detectors.coordinates.grids import is_grid
from redact.detectors.coordinates.readouts import is_readout, is_remainder, loose_digits
from redact.detectors.coordinates.spelling import plainly

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from redact.model import Box

Lines: TypeAlias = "Sequence[tuple[str, Box]]"
"""What each line says, plainly, and where it stands."""

PIECES = 4
"""Into so many pieces a line may be taken apart."""

LONGEST_WORD = 5
"""Letters of a piece without a digit: "LNG:", the letters of a grid."""

APART = 5
"""Decimals from which on two numbers that are nowhere near each other are taken for the halves of a place."""

SAME_LETTERING = 0.6
"""Lines of one display are of a height: the lower one has at least this share of the other's."""


def places(lines: Lines) -> tuple[int, ...]:
    """Numbers of the lines, given as text and bounds, that tell a place alone or together, or stand with one.

    What stands with a place is a readout, or may be the rest of the place, in the same block of lines.
    """
    plain = [(plainly(text), box) for text, box in lines]
    found = {number for number, (text, _) in enumerate(plain) if _is_place(text)}
    found |= _pieced(plain, found)
    found |= set(_halved(plain))
    return tuple(sorted(found | set(_beside(plain, found))))


def are_neighbours(one: Box, other: Box) -> bool:
    """True when two lines stand closely one below the other, or side by side less than three line heights apart."""
    height = max(one.height, other.height)
    apart = max(one.left, other.left) - min(one.right, other.right)
    above = max(one.top, other.top) - min(one.bottom, other.bottom)
    return (above < 1.5 * height and apart < 0) or (above < -0.5 * min(one.height, other.height) and apart < 3 * height)


def _is_place(plain: str) -> bool:
    """True when a line holds a whole place, or half of one that is unmistakable."""
    return holds_angle(plain) or is_grid(plain)


def _pieced(lines: Lines, known: set[int]) -> set[int]:
    """Pieces of one line that tell a place when they are read on from one to the next, as few as it takes."""
    following = _following(lines)
    runs = [[start] for start in following]
    told: set[int] = set()
    for _ in range(1, PIECES):
        runs = [[*run, following[run[-1]]] for run in runs if run[-1] in following]
        open_runs = [run for run in runs if (known | told).isdisjoint(run)]
        told.update(*(run for run in open_runs if _is_place(" ".join(lines[number][0] for number in run))))
    return told


def _following(lines: Lines) -> dict[int, int]:
    """The line that goes on to the right of each, where there is one; words are no pieces of a place."""
    pieces = [(number, box) for number, (text, box) in enumerate(lines) if _is_piece(text)]
    following = {}
    for number, box in pieces:
        right = [
            (other.left, candidate)
            for candidate, other in pieces
            if other.left > box.left and _in_one_row(box, other) and -0.5 < (other.left - box.right) / box.height < 3
        ]
        if right:
            following[number] = min(right)[1]
    return following


def _is_piece(plain: str) -> bool:
    return len(plain) <= LONGEST_WORD or any(map(str.isdigit, plain))


def _in_one_row(one: Box, other: Box) -> bool:
    common = min(one.bottom, other.bottom) - max(one.top, other.top)
    return common > 0.6 * max(one.height, other.height)


def _halved(lines: Lines) -> Iterator[int]:
    """Halves that have a counterpart: beside them, or anywhere in the same lettering where they are fine enough."""
    halves = [(number, angle, lines[number][1]) for number, (text, _) in enumerate(lines) if (angle := half(text))]
    lone = {number for number, *_ in halves}
    for number, angle, box in halves:
        for other, counterpart, beside in halves:
            if number != other and agree(angle, counterpart) and are_neighbours(box, beside):
                lone -= {number, other}
                yield number
    fine = [(number, angle, box) for number, angle, box in halves if number in lone and angle.decimals >= APART]
    for number, angle, box in fine:
        counterparts = {other for other, half_, there in fine if agree(angle, half_) and _alike(box, there)} - {number}
        if not counterparts and angle.decimals >= FINEST:
            # It is a place by itself, and its other half was misread: its point went unseen.
            counterparts = {other for other, (text, there) in enumerate(lines) if _alike(box, there) and _is_long(text)}
        yield from {number, *counterparts} if counterparts else ()


def _is_long(plain: str) -> bool:
    """True for as many digits as an angle with the finest decimals has, and nothing else."""
    return FINEST < loose_digits(plain) <= FINEST + 3


def _beside(lines: Lines, found: set[int]) -> Iterator[int]:
    """Readouts, and what may be the rest of a place, in the blocks in which a place was found."""
    reached, waiting = set(found), list(found)
    while waiting:
        here = lines[waiting.pop()][1]
        for number, (text, box) in enumerate(lines):
            if number not in reached and _alike(here, box) and are_neighbours(here, box):
                reached.add(number)
                waiting.append(number)
                if is_readout(text) or is_remainder(text):
                    yield number


def _alike(one: Box, other: Box) -> bool:
    """True when two lines are written in letters of about the same height."""
    return min(one.height, other.height) >= SAME_LETTERING * max(one.height, other.height)
