"""Everything pluggable, on one page: what a detector, a style, a format and footage have to offer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from redact.model import Detection, Field, Findings, Image, Keep, Region


@runtime_checkable
class Detector(Protocol):
    """Finds things in a picture. A class with one method; registered under the entry-point group `redact.detectors`.

    The entry point's name is the label it offers. A class registered under several labels is built once; its
    constructor takes the policy's options as keywords and, where it has a parameter `labels`, the labels wanted.
    """

    def detect(self, image: Image) -> Iterable[Detection]:
        """Everything found in `image`, uint8 (height, width, 3) RGB, read-only.

        Nothing yielded means "looked, found nothing". Raise when it could not look: then nothing is published.
        MediaError says that the picture is at fault, as one too crowded to be weighed; all else, that the detector is.
        The same picture gives the same answer, whatever was seen before.
        """
        ...


class Embedder(Protocol):
    """Tells one thing of its kind from another, as one face from another. Registered under `redact.embedders`.

    The entry point's name is the label whose things it tells apart. Its constructor takes no argument.
    """

    @property
    def threshold(self) -> float:
        """Cosine of the angle between two vectors, -1..1, from which on they show the same one.

        To be set so that two different ones hardly ever reach it: what stays below is hidden, and no harm done.
        """
        ...

    def embed(self, image: Image, region: Region) -> Sequence[float] | NDArray[np.floating[Any]] | None:
        """A vector for what is in `region` of `image`, uint8 (height, width, 3) RGB, read-only; always of one length.

        None when it cannot be told from what shows, as of a face turned away: then it is hidden. Raise when it could
        not be looked at: then nothing is published. The same picture and region give the same answer.
        """
        ...


@runtime_checkable
class Style(Protocol):
    """Covers a region. What it paints depends on nothing inside the region."""

    @property
    def name(self) -> str:
        """How policies and receipts call it."""
        ...

    def paint(self, image: Image, region: Region) -> None:
        """Paint `region` of a writable uint8 (height, width, 3) RGB array in place."""
        ...


class Format(Protocol):
    """One container family: where metadata hides in it, and the allow-list of what may stay."""

    @property
    def name(self) -> str:
        """As people call it: "JPEG"."""
        ...

    def recognises(self, head: bytes) -> bool:
        """True when a file that begins with `head` (up to 64 bytes) is of this family."""
        ...

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """Every piece of metadata in the file, wherever it hides, including what `strip` would keep.

        Raises DamagedFileError, UnsupportedFormatError.
        """
        ...

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """Write a copy of `source` that holds the coded pictures, the sound and the metadata kinds in `keep`.

        The coded pictures are copied bit for bit, never decoded. `pixels` is a file of the same container whose
        coded pictures are written in place of the source's; the kept metadata and the sound still come from `source`.
        What is not known and wanted is dropped. Stripping twice changes no byte.
        Raises DamagedFileError, UnsupportedFormatError; `target` then holds rubbish.
        """
        ...


Edit: TypeAlias = Callable[[Image, Sequence[Region]], None]
"""Paints the given regions of a writable uint8 (height, width, 3) RGB array in place."""


class Canvas(Protocol):
    """One frame that can be looked at and painted, held as its container stores it."""

    @property
    def index(self) -> int:
        """Number in presentation order, from 0."""
        ...

    @property
    def time(self) -> Fraction:
        """Presentation time in seconds."""
        ...

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the upright frame, pixels."""
        ...

    def view(self, long_side: int | None = None) -> Image:
        """The upright frame, uint8 RGB, read-only, scaled down to at most `long_side` pixels where one is given."""
        ...

    def luma(self, long_side: int) -> NDArray[np.uint8]:
        """Brightness of the upright frame, uint8 (height, width), scaled down to at most `long_side`. Cheap."""
        ...

    def edit(self, regions: Sequence[Region], edit: Edit) -> None:
        """Let `edit` paint regions (pixels of the upright frame), and store what it painted.

        Regions are grown to the grid in which the container stores samples (coded blocks, shared chroma), and
        passed to `edit` in coordinates of the array it is given, which holds the regions and some surroundings.
        The array's pixels outside the grown regions depend on no sample inside them, and only samples inside
        them are written back.
        """
        ...


class Footage(Protocol):
    """The frames of one file. A still is footage of one frame."""

    @property
    def unseen(self) -> bool:
        """True when the container holds coded pictures, or parts of them, that are not shown and were not looked at."""
        ...

    def canvases(self) -> Iterator[Canvas]:
        """Every frame in presentation order, decoded as asked for; each is valid until its turn in `write` is over.

        Raises DamagedFileError as soon as a frame does not decode whole.
        """
        ...

    def write(self, canvases: Iterable[Canvas], target: BinaryIO) -> None:
        """Code the painted frames into `target`, a file of the same container without sound or metadata.

        Takes frames as they come and holds few of them. Samples that no edit wrote stay as they were where the
        coding allows it (JPEG blocks, PNG pixels).
        """
        ...


class Looker(Protocol):
    """Whatever finds what a policy hides in a picture."""

    def detect(self, image: Image) -> Sequence[Detection]:
        """Everything found in a uint8 (height, width, 3) RGB picture."""
        ...


class Examined(Protocol):
    """A file that was opened and whose frames are looked at as they are taken."""

    @property
    def source(self) -> Path:
        """The file."""
        ...

    @property
    def format(self) -> Format:
        """Its container family."""
        ...

    @property
    def footage(self) -> Footage | None:
        """Its frames; None when no pixel has to be looked at."""
        ...

    @property
    def findings(self) -> Findings:
        """All that was found; RuntimeError before the last of the frames was taken."""
        ...

    def frames(self) -> Iterator[tuple[Canvas, tuple[tuple[str, Region], ...]]]:
        """Every frame with (label, region) of what is to be hidden in it, in presentation order."""
        ...


Progress: TypeAlias = Callable[[int], None]
"""Told how many frames of a file are done."""
