"""Writing: licence plates, burned-in coordinates, or every line of text, read once for all that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from redact.detectors.coordinates.display import places
from redact.detectors.plate import ACROSS, DOWN, could_be_plate, reads_like_plate
from redact.detectors.ppocr import TextFinder, TextReader
from redact.detectors.runtimes import Runtime
from redact.errors import MediaError, PolicyError
from redact.model import Box, Detection, Polygon

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from redact.detectors.ppocr import Found, Line, Quad
    from redact.model import Image

OVERLAY = 960
"""Longest side of the copy in which coordinates are looked for, pixels: displays are made to be read at that size.

Letters of 8 of its pixels and more are found, which is 1.5 % of the height of a wide frame; of those of 7 one line in
six is not. What is found is read in the picture itself. A copy of 1280 pixels finds these too, for 60 % more.
"""

MOST = 2000
"""Lines read in one look: about half a minute. What is beyond it was not looked at, so it is an error."""

READABLE = 0.3
"""Mean certainty of the letters from which on a line is text: what cannot be read at all is mostly texture."""

LINE_ACROSS, LINE_DOWN = 0.02, 0.20
"""What of its length and height a line of text or coordinates is grown by on each side."""


class TextDetector:
    """Finds writing in a picture.

    labels: what is wanted; any of
        "coordinates"  lines that hold a latitude and longitude, an MGRS or UTM reference or a plus code, and the
                       heights, distances, speeds and bearings that stand with one; looked for in a copy of at most
                       `overlay` pixels, so the cost does not grow with the picture
        "plate"        licence plates, from about 16 pixels' height up
        "text"         every line that can be read
    runtime, device: by what the networks are run, and on what; see `Runtime`
    overlay: longest side of the copy in which coordinates are looked for, 320 to 4096 pixels

    Raises PluginError when a model is missing or is not the one expected, PolicyError for a label not among these and
    for any other size.
    """

    weights: ClassVar[tuple[str, ...]] = (*TextFinder.weights, *TextReader.weights)

    def __init__(
        self,
        labels: Iterable[str] = ("plate", "coordinates", "text"),
        runtime: str = "opencv",
        device: str = "cpu",
        overlay: int = OVERLAY,
    ) -> None:
        self._labels = frozenset(labels)
        if unknown := self._labels - {"plate", "coordinates", "text"}:
            message = f"the text detector has no label {', '.join(sorted(unknown))}; it has plate, coordinates and text"
            raise PolicyError(message)
        if type(overlay) is not int or not 320 <= overlay <= 4096:
            message = f"overlay is 320 to 4096 pixels, not {overlay!r}"
            raise PolicyError(message)
        self._overlay = overlay
        run_by = Runtime(runtime, device)
        self._finder = TextFinder(run_by)
        self._reader = TextReader(run_by)

    def detect(self, image: Image) -> Iterator[Detection]:
        """What of the labels wanted is written in an RGB picture, each grown by the margin its errors call for.

        Raises MediaError when there is more writing than can be read in a bounded time.
        """
        for scale, labels in self._looks(max(image.shape[:2])).items():
            lines = self._read(image, self._finder.find(image, scale), labels)
            yield from self._told(image, lines, labels)
        self._reader.rest_after(image)

    def _looks(self, long_side: int) -> dict[float, frozenset[str]]:
        """The scales to look at, and what is looked for at each; one look serves all in a picture that is small."""
        close = self._labels & {"plate", "text"}
        overlay = self._labels & {"coordinates"}
        if long_side <= self._overlay:
            return {1.0: self._labels}
        looks = {1.0: close, self._overlay / long_side: overlay}
        return {scale: labels for scale, labels in looks.items() if labels}

    def _read(self, image: Image, found: tuple[Found, ...], labels: frozenset[str]) -> tuple[Line, ...]:
        """The lines found, read; where only plates are wanted, those with the shape of one."""
        height, width = image.shape[:2]
        if labels == {"plate"}:
            found = tuple(line for line in found if could_be_plate(bounds(line.quad), width, height))
        if len(found) > MOST:
            message = f"there are {len(found)} lines of writing in the picture, more than {MOST} are not read; "
            message += "cut it into smaller pictures"
            raise MediaError(message)
        return tuple(self._reader.read(image, line) for line in found)

    def _told(self, image: Image, lines: tuple[Line, ...], labels: frozenset[str]) -> Iterator[Detection]:
        height, width = image.shape[:2]
        if "plate" in labels:
            for line in lines:
                if could_be_plate(bounds(line.quad), width, height) and reads_like_plate(line.text, line.confidence):
                    yield from _detection(image, line, "plate", ACROSS, DOWN)
        if "coordinates" in labels:
            for number in places([(line.text, bounds(line.quad)) for line in lines]):
                yield from _detection(image, lines[number], "coordinates", LINE_ACROSS, LINE_DOWN)
        if "text" in labels:
            for line in lines:
                if line.confidence >= READABLE:
                    yield from _detection(image, line, "text", LINE_ACROSS, LINE_DOWN)


def _detection(image: Image, line: Line, label: str, across: float, down: float) -> Iterator[Detection]:
    """The line as a detection, unless nothing of it is in the picture."""
    region = grown(line.quad, across, down).clipped(image.shape[1], image.shape[0])
    if region is not None:
        yield Detection(region, label, line.score)


def bounds(quad: Quad) -> Box:
    """The smallest upright box that holds the corners."""
    return Polygon(quad).bounds


def grown(quad: Quad, across: float, down: float) -> Box:
    """The box that holds the corners moved outwards by shares of the line's length and height, along the line."""
    corners = np.array(quad)
    along, beside = (corners[1] - corners[0]) * across, (corners[3] - corners[0]) * down
    moved = corners + np.array([-along - beside, along - beside, along + beside, beside - along])
    left, top = (float(value) for value in moved.min(0))
    right, bottom = (float(value) for value in moved.max(0))
    return Box(left, top, right, bottom)
