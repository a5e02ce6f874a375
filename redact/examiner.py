"""File and policy -> what is in it: metadata fields, and what its frames show. Reads only.

Frames are looked at as they are asked for, so a clip is decoded once: whoever takes the frames (a scan throws them
away, the rewriter paints them) completes the findings. Only where a display was first read, or grew, after frames had
been given, do they have to be given once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from redact import telling
from redact.allowance import Allow
from redact.contracts import Canvas, Footage, Format, Looker
from redact.errors import DamagedFileError, MediaError
from redact.frames import open_footage
from redact.model import Allowed, Field, Findings, Origin, Region, Track
from redact.overlays import Overlays
from redact.placing import Given, by_frame
from redact.policy import Policy, Tracking
from redact.recognition import FRAMELESS, family, refuse_misnamed
from redact.sifting import Sifted, sifted
from redact.watching import Seen, watched


class Examination:
    """What is known of one file so far; the findings are complete when `frames` has been drained."""

    def __init__(
        self,
        source: Path,
        container: Format,
        fields: tuple[Field, ...],
        footage: Footage | None,
        frames: Iterator[Sifted],
        origin: Origin = "found",
        overlays: Overlays | None = None,
    ) -> None:
        self.source = source
        self.format = container
        self.fields = fields
        self.footage = footage
        self._seen = frames
        self._origin = origin
        self._overlays = overlays or Overlays()
        self._late = False
        self._tracks: dict[int, Track] = {}
        self._regions: dict[int, dict[int, Region]] = {}
        self._allowed: dict[tuple[int, Allow], dict[int, Region]] = {}
        self._frames = 0
        self._size = (0, 0)
        self._drained = footage is None

    @property
    def findings(self) -> Findings:
        """All that was found. Raises RuntimeError before the last frame was taken."""
        if not self._drained:
            message = "findings are not complete before every frame was looked at"
            raise RuntimeError(message)
        allowed = tuple(Allowed(entry.label, left, entry.name) for (_, entry), left in self._allowed.items())
        return Findings(
            self.fields,
            tuple(self._tracks.values()),
            self._frames,
            size=self._size,
            allowed=allowed,
            origin=self._origin,
        )

    @property
    def late(self) -> bool:
        """True when frames were given before all that belongs in them was known: the findings tell, so does `again`."""
        return self._late

    def again(self) -> Examination:
        """The same file, its frames once more with all that the findings tell of them; nobody looks at them.

        Raises RuntimeError before the last frame was taken, and from the frames DamagedFileError when they are others.
        """
        frames = _retold(self.footage, self.findings, self.source.name) if self.footage else iter(())
        again = Examination(self.source, self.format, self.fields, self.footage, frames, self._origin)
        again._allowed = self._allowed
        return again

    def frames(self) -> Iterator[tuple[Canvas, tuple[tuple[str, Region], ...]]]:
        """Every frame with (label, region) of what is to be hidden in it, a few frames after it was decoded; once."""
        if self.footage is None:
            return
        for seen in self._seen:
            canvas = seen.canvas
            self._frames += 1
            self._size = canvas.size
            for number, found in seen.hidden:
                regions = self._regions.setdefault(number, {})
                regions[canvas.index] = found.region
                known = self._tracks.get(number)
                if known is None or known.score < found.score:
                    self._tracks[number] = Track(found.label, regions, found.score, found.doubts)
            for number, found, entry in seen.visible:
                self._allowed.setdefault((number, entry), {})[canvas.index] = found.region
            yield canvas, tuple((found.label, found.region) for _, found in seen.hidden)
        if not self._frames:
            message = f"{self.source.name}: no frame could be decoded"
            raise DamagedFileError(message)
        visible: dict[int, set[int]] = {}
        for (number, _), left in self._allowed.items():
            visible.setdefault(number, set()).update(left)
        given, self._tracks = self._tracks, self._overlays.spread(self._tracks, self._frames, visible)
        self._late = any(track.regions != given[number].regions for number, track in self._tracks.items())
        self._drained = True


def examine(
    source: Path,
    policy: Policy,
    looker: Looker,
    tracking: Tracking | None = None,
    allow: Sequence[Allow] = (),
    given: Given | None = None,
) -> Examination:
    """Open a file, name its metadata, and get ready to look at its frames if the policy hides anything.

    tracking: how often to look, where that is to differ from the policy's
    allow:    the entries of the policy's `allow` that are for this file
    given:    the regions that were given for it, to be painted in place of a look or besides

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

    overlays = Overlays()

    def watch(canvases: Iterator[Canvas]) -> Iterator[Seen]:
        return watched(canvases, looker, tracking or policy.tracking, overlays)

    if footage is None:
        return Examination(source, container, fields, None, iter(()))
    frames = given.frames(footage, watch, allow) if given else sifted(footage, watch, allow)
    origin = given.origin if given else "found"
    return Examination(source, container, fields, footage, frames, origin, overlays)


def _retold(footage: Footage, findings: Findings, name: str) -> Iterator[Sifted]:
    """The frames of a file with what its findings tell of each."""
    marks = by_frame(findings)
    count = 0
    for canvas in footage.canvases():
        count += 1
        yield Sifted(canvas, marks.get(canvas.index, ()))
    if count != findings.frames:
        message = f"{name}: decoded once more it shows other frames: get an undamaged original"
        raise DamagedFileError(message)
