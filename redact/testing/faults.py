"""Detectors that break their contract on purpose, one clause each.

Installed under any label, they show what a pipeline makes of a plugin that misbehaves:

    [project.entry-points."redact.detectors"]
    fault = "redact.testing.faults:RaisesLate"

Each finds, but for its fault, the top left corner of every picture, and has an option `width`, by which it misbehaves
in pictures of that width alone:

    [detectors.fault]
    width = 77
"""

from __future__ import annotations

import itertools
import os
import socket
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from redact.model import Box, Detection, Image

READ = "51.5074 N, read in the picture"
"""What the exceptions raised here say; no message, receipt or manifest may repeat it."""

CORNER = Box(0, 0, 1, 1)


class Sound:
    """Keeps its contract: what the others would be without their fault.

    labels: those it is wanted for
    width:  only in pictures so many pixels wide it misbehaves; 0: in all
    """

    def __init__(self, labels: Sequence[str] = ("fault",), width: int = 0) -> None:
        self.label = labels[0]
        self._width = width

    def corner(self) -> Detection:
        """What is found in every picture."""
        return Detection(CORNER, self.label, 1.0)

    def detect(self, image: Image) -> Iterable[Detection]:
        """The top left pixel, or what the fault makes of it."""
        return self.misbehave(image) if self._width in (0, image.shape[1]) else [self.corner()]

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """The top left pixel."""
        return [self.corner()]


class Raises(Sound):
    """Cannot look, and says so."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """Raises RuntimeError."""
        raise RuntimeError(READ)


class RaisesLate(Sound):
    """Finds something, and fails on the next."""

    def misbehave(self, image: Image) -> Iterator[Detection]:
        """One detection, then RuntimeError."""
        yield self.corner()
        raise RuntimeError(READ)


class RaisesAtSecondSight(Sound):
    """Looks once, and not again: the copy cannot be looked at."""

    def __init__(self, labels: Sequence[str] = ("fault",), width: int = 0) -> None:
        super().__init__(labels, width)
        self._looked = False

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """The corner; from the second picture on RuntimeError."""
        if self._looked:
            raise RuntimeError(READ)
        self._looked = True
        return [self.corner()]


class Exits(Sound):
    """Thinks that the run is over, and went well."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """Raises SystemExit."""
        raise SystemExit(0)


class RunsOutOfMemory(Sound):
    """Finds no memory to look."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """Raises MemoryError."""
        raise MemoryError(READ)


class Dies(Sound):
    """Takes its process along, as native code does that crashes."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """Ends the process at once, without a word."""
        os._exit(0)


class Hangs(Sound):
    """Does not come back for an hour."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """Sleeps."""
        time.sleep(3600)
        return ()


class AnswersNothing(Sound):
    """Forgets its return."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """None."""
        return None  # type: ignore[return-value]


class WritesIntoPicture(Sound):
    """Draws what it found."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """Writes into the picture, which it is not given to write into."""
        image[0, 0] = 255
        return [self.corner()]


class ForcesItsWay(Sound):
    """Draws what it found, and lifts the lock for it."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """Makes the picture writable where it can, and inverts a pixel."""
        image.flags.writeable = True
        image[0, 0] ^= 255
        return [self.corner()]


class Remembers(Sound):
    """Caches the first picture, and answers for it ever after."""

    def __init__(self, labels: Sequence[str] = ("fault",), width: int = 0) -> None:
        super().__init__(labels, width)
        self._before: tuple[int, ...] = ()

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """A box of the size that the picture before had."""
        before, self._before = self._before or image.shape, image.shape
        yield Detection(Box(0, 0, min(before[1], image.shape[1]), min(before[0], image.shape[0])), self.label, 1.0)


class ChangesItsMind(Sound):
    """Sees something else each time."""

    def __init__(self, labels: Sequence[str] = ("fault",), width: int = 0) -> None:
        super().__init__(labels, width)
        self._looks = itertools.count(1)

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """A strip as high as the picture that moves right from look to look."""
        width = image.shape[1] / 12
        left = next(self._looks) * 2 % 11 * width
        yield Detection(Box(left, 0, left + width, image.shape[0]), self.label, 1.0)


class ScoresNaN(Sound):
    """Divides nothing by nothing, and gets it past the constructor."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """A detection with a score that is no number."""
        found = self.corner()
        object.__setattr__(found, "score", float("nan"))
        yield found


class PlacesNaN(Sound):
    """Has a region nowhere, and gets it past the constructor."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """A detection with a side that is no number."""
        region = Box(0, 0, 1, 1)
        object.__setattr__(region, "right", float("nan"))
        yield Detection(region, self.label, 1.0)


class TurnsRegionsAround(Sound):
    """Has left and right the wrong way round, and gets it past the constructor."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """A detection whose right side is left of its left one."""
        region = Box(0, 0, 1, 1)
        object.__setattr__(region, "left", 5.0)
        yield Detection(region, self.label, 1.0)


class LeavesFrame(Sound):
    """Guesses on beyond the border."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """One detection half outside the frame."""
        height, width = image.shape[:2]
        yield Detection(Box(-width, -height, width / 2, height / 2), self.label, 1.0)


class FindsNoEnd(Sound):
    """Finds things for ever."""

    def misbehave(self, image: Image) -> Iterator[Detection]:
        """The corner, again and again."""
        return itertools.repeat(self.corner())


class Mislabels(Sound):
    """Spells its label wrong."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """A detection of a label that it does not offer."""
        yield Detection(CORNER, self.label[::-1] + "?", 1.0)


class YieldsWords(Sound):
    """Says what it found, in words."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """Text in place of a detection."""
        return [READ]  # type: ignore[list-item]


class YieldsArrays(Sound):
    """Hands out what its network answered."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """A row of numbers in place of a detection."""
        return np.zeros((1, 5))


class YieldsTuples(Sound):
    """Has a region that is none."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """A detection whose region is four numbers."""
        yield Detection((0, 0, 1, 1), self.label, 1.0)  # type: ignore[arg-type]


class OpensSocket(Sound):
    """Calls home, and swallows the error when it cannot."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """Opens a socket, and connects it to nothing."""
        try:
            socket.socket().close()
        except AssertionError:
            return [self.corner()]
        return [self.corner()]


class WritesFile(Sound):
    """Keeps a copy of what it saw."""

    def misbehave(self, image: Image) -> Iterable[Detection]:
        """Writes the picture into a temporary file, which is gone afterwards."""
        with tempfile.TemporaryFile() as file:
            file.write(image.tobytes())
        return [self.corner()]


BROKEN: tuple[type[Sound], ...] = (
    Raises,
    RaisesLate,
    Exits,
    RunsOutOfMemory,
    AnswersNothing,
    WritesIntoPicture,
    ForcesItsWay,
    ScoresNaN,
    PlacesNaN,
    TurnsRegionsAround,
    FindsNoEnd,
    Mislabels,
    YieldsWords,
    YieldsArrays,
    YieldsTuples,
)
"""Those that break in whatever picture they are shown, within their process: their file is never published."""
