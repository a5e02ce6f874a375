"""File and policy -> what is in it: metadata fields, and what its frames show. Reads only.

Frames are looked at as they are asked for, so a clip is decoded once: whoever takes the frames (a scan throws them
away, the rewriter paints them) completes the findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from redact import telling
from redact.contracts import Canvas, Footage, Format, Looker
from redact.errors import DamagedFileError, MediaError
from redact.frames import open_footage
from redact.model import Field, Findings, Region, Track
from redact.policy import Policy, Tracking
from redact.recognition import FRAMELESS, family, refuse_misnamed
from redact.watching import Seen, watched


class Examination:
    """What is known of one file so far; the findings are complete when `frames` has been drained."""

    def __init__(
        self,
        source: Path,
        container: Format,
        fields: tuple[Field, ...],
        footage: Footage | None,
        frames: Iterator[Seen],
    ) -> None:
        self.source = source
        self.format = container
        self.fields = fields
        self.footage = footage
        self._seen = frames
        self._tracks: dict[int, Track] = {}
        self._regions: dict[int, dict[int, Region]] = {}
        self._frames = 0
        self._size = (0, 0)
        self._drained = footage is None

    @property
    def findings(self) -> Findings:
        """All that was found. Raises RuntimeError before the last frame was taken."""
        if not self._drained:
            message = "findings are not complete before every frame was looked at"
            raise RuntimeError(message)
        return Findings(self.fields, tuple(self._tracks.values()), self._frames, size=self._size)

    def frames(self) -> Iterator[tuple[Canvas, tuple[tuple[str, Region], ...]]]:
        """Every frame with (label, region) of what is to be hidden in it, a few frames after it was decoded; once."""
        if self.footage is None:
            return
        for canvas, marks in self._seen:
            self._frames += 1
            self._size = canvas.size
            for number, found in marks:
                regions = self._regions.setdefault(number, {})
                regions[canvas.index] = found.region
                known = self._tracks.get(number)
                if known is None or known.score < found.score:
                    self._tracks[number] = Track(found.label, regions, found.score, found.doubts)
            yield canvas, tuple((found.label, found.region) for _, found in marks)
        if not self._frames:
            message = f"{self.source.name}: no frame could be decoded"
            raise DamagedFileError(message)
        self._drained = True


def examine(source: Path, policy: Policy, looker: Looker, tracking: Tracking | None = None) -> Examination:
    """Open a file, name its metadata, and get ready to look at its frames if the policy hides anything.

    tracking: how often to look, where that is to differ from the policy's

    Raises UnsupportedFormatError, DamagedFileError, or MediaError for a file that cannot be read.
    """
    try:
        with source.open("rb") as stream:
            container = family(stream, source.suffix)
            refuse_misnamed(source, container)
            fields = (*container.fields(stream), *telling.fields(source.name))
        footage = open_footage(source, container.name) if policy.hide and container.name not in FRAMELESS else None
    except OSError as error:
        message = f"{source.name} cannot be read: {error.strerror}"
        raise MediaError(message) from error
    canvases = footage.canvases() if footage else iter(())
    return Examination(source, container, fields, footage, watched(canvases, looker, tracking or policy.tracking))
