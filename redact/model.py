"""The nouns: what flows between the stages, frozen. No behaviour beyond geometry, no file is opened here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from redact.errors import (
    MediaError,
    PluginError,
    PolicyError,
    RedactError,
    UnsupportedFormatError,
    VerificationError,
)

Image: TypeAlias = NDArray[np.uint8]
"""uint8 pixels, (height, width, 3) RGB unless said otherwise, origin top left."""

Kind: TypeAlias = Literal[
    "orientation",
    "colour",
    "time",
    "camera",
    "author",
    "copyright",
    "device",
    "location",
    "preview",
    "text",
    "telemetry",
    "unknown",
]
KINDS: frozenset[str] = frozenset(get_args(Kind))

SAME_PLACE_IOU = 0.3
"""Two sightings in one frame that overlap this much are of one thing: detectors disagree with themselves on edges."""

Origin: TypeAlias = Literal["found", "given", "found and given"]
"""Where regions come from: a look at the file, or somebody's word, or both."""

Severity: TypeAlias = Literal["notice", "warning", "alarm"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""How much a flag matters, rising: worth a glance; look before you share; it tells for certain."""

Code: TypeAlias = Literal[
    "at-border",
    "disagreement",
    "doubtful",
    "name-tells-place",
    "name-tells-time",
    "near-threshold",
    "small",
]
CODES: Mapping[Code, Severity] = {
    "name-tells-place": "alarm",
    "name-tells-time": "warning",
    "at-border": "warning",
    "small": "warning",
    "near-threshold": "notice",
    "disagreement": "notice",
    "doubtful": "notice",
}
"""Every code of a flag and how much it matters; `docs/attention.md` tells what each means and how often it is right."""

Status: TypeAlias = Literal["redacted", "clean", "dropped", "refused", "failed", "withheld"]


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in pixels of the upright frame, origin top left, half-open: right and bottom are outside.

    Raises ValueError unless all four are finite, left < right and top < bottom.
    """

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        sides = (self.left, self.top, self.right, self.bottom)
        if not all(math.isfinite(side) for side in sides):
            raise ValueError(f"a box needs finite sides, not {sides}")
        if not (self.left < self.right and self.top < self.bottom):
            raise ValueError(f"a box needs left < right and top < bottom, not {sides}")

    @property
    def bounds(self) -> Box:
        """The box itself: every region has bounds."""
        return self

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """The four (x, y) corners, from the top left to the right."""
        return (self.left, self.top), (self.right, self.top), (self.right, self.bottom), (self.left, self.bottom)

    @property
    def width(self) -> float:
        """In pixels."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """In pixels."""
        return self.bottom - self.top

    @property
    def area(self) -> float:
        """In square pixels."""
        return self.width * self.height

    def shifted(self, right: float, down: float) -> Box:
        """The same box so many pixels further right and down."""
        return Box(self.left + right, self.top + down, self.right + right, self.bottom + down)

    def scaled(self, across: float, down: float) -> Box:
        """The same place in a picture `across` times as wide and `down` times as high."""
        return Box(self.left * across, self.top * down, self.right * across, self.bottom * down)

    def grown(self, left: float, top: float, right: float, bottom: float) -> Box:
        """Moved outwards by so many pixels on each side."""
        return Box(self.left - left, self.top - top, self.right + right, self.bottom + bottom)

    def clipped(self, width: float, height: float) -> Box | None:
        """The part inside a frame of that size; None when nothing of it is."""
        left, top = max(self.left, 0.0), max(self.top, 0.0)
        right, bottom = min(self.right, width), min(self.bottom, height)
        return Box(left, top, right, bottom) if left < right and top < bottom else None

    def overlap(self, other: Box) -> float:
        """Area in common, square pixels."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across * down if across > 0 and down > 0 else 0.0

    def hull(self, other: Box) -> Box:
        """The smallest box that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def holds(self, other: Box) -> bool:
        """True when nothing of the other lies outside."""
        return self.hull(other) == self

    def iou(self, other: Box) -> float:
        """Intersection over union, 0..1."""
        common = self.overlap(other)
        return common / (self.area + other.area - common)


@dataclass(frozen=True, slots=True)
class Polygon:
    """A simple polygon of at least three (x, y) points, in pixels of the upright frame, origin top left.

    Raises ValueError for fewer points, points that are not finite, or points that span no area.
    """

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if len(self.points) < 3:
            raise ValueError(f"a polygon needs three points, not {len(self.points)}")
        if not all(math.isfinite(x) and math.isfinite(y) for x, y in self.points):
            raise ValueError("a polygon needs finite points")
        # Raises for points on one horizontal or vertical line.
        _ = self.bounds

    @property
    def bounds(self) -> Box:
        """The smallest box that holds every point."""
        across, down = zip(*self.points, strict=True)
        return Box(min(across), min(down), max(across), max(down))

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """Its points."""
        return self.points

    def clipped(self, width: float, height: float) -> Polygon | None:
        """The part inside a frame of that size, corners on its border among them; None when nothing of it is.

        Cut along one side of the frame after the other (Sutherland and Hodgman, 1974).
        """
        points = self.points
        for axis, limit, sign in ((0, 0.0, 1), (0, width, -1), (1, 0.0, 1), (1, height, -1)):
            points = tuple(_cut(points, axis, limit, sign))
        try:
            return Polygon(points)
        except ValueError:
            return None

    def shifted(self, right: float, down: float) -> Polygon:
        """The same polygon so many pixels further right and down."""
        return Polygon(tuple((x + right, y + down) for x, y in self.points))

    def scaled(self, across: float, down: float) -> Polygon:
        """The same place in a picture `across` times as wide and `down` times as high."""
        return Polygon(tuple((x * across, y * down) for x, y in self.points))


def _cut(points: Sequence[tuple[float, float]], axis: int, limit: float, sign: int) -> Iterator[tuple[float, float]]:
    """The outline of the part of a polygon on one side of a line: above a limit on an axis, or below it."""
    for start, end in zip(points, (*points[1:], *points[:1]), strict=True):
        before, after = (sign * (each[axis] - limit) for each in (start, end))
        if before >= 0:
            yield start
        if (before > 0 > after) or (before < 0 < after):
            met = [one + (other - one) * before / (before - after) for one, other in zip(start, end, strict=True)]
            met[axis] = limit
            yield met[0], met[1]


Region: TypeAlias = Box | Polygon


@dataclass(frozen=True, slots=True)
class Detection:
    """One sighting: where, of what (an open vocabulary), and how sure, 0..1.

    The region is what gets painted, so a detector grows it by the margin its own errors call for.

    doubts:    why a person should look at it, though it is covered; "near-threshold" and "disagreement" are what the
               built-in ones say
    resembles: names of the entries of the policy's `allow` whose reference pictures it resembles; not for a detector
               to say
    """

    region: Region
    label: str
    score: float
    doubts: tuple[str, ...] = ()
    resembles: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not isinstance(self.label, str) or not self.label:
            raise ValueError("a detection needs a label")
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"a score lies in 0..1, not {self.score}")
        if not isinstance(self.doubts, tuple) or not all(isinstance(doubt, str) for doubt in self.doubts):
            raise ValueError("doubts are a tuple of texts")


@dataclass(frozen=True, slots=True)
class Track:
    """One thing through time: frame index -> region.

    score, doubts: those of the detection that was surest of it
    """

    label: str
    regions: Mapping[int, Region]
    score: float = 1.0
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowed:
    """One thing that stays visible by word of the policy: frame index -> region.

    entry: name of the entry of the policy's `allow`
    """

    label: str
    regions: Mapping[int, Region]
    entry: str


@dataclass(frozen=True, slots=True)
class Field:
    """One piece of metadata, never its value.

    name:  the field's own name in its specification, as "GPSLatitude" or "APP13"
    kind:  what it tells; one of KINDS
    where: the carrier, as "EXIF GPS IFD", "PNG eXIf" or "udta"
    """

    name: str
    kind: Kind
    where: str


@dataclass(frozen=True, slots=True)
class Keep:
    """What of a file's metadata may stay: `"time" in keep`.

    kinds:   kinds of metadata, see KINDS
    grid_km: a position may stay as the centre of its cell in a grid this wide, kilometres; None: no position stays
    """

    kinds: frozenset[str] = frozenset()
    grid_km: float | None = None

    def __contains__(self, kind: str) -> bool:
        return kind in self.kinds


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found in a file.

    fields:  every piece of metadata, kept or not
    tracks:  every region to hide
    frames:  how many frames were looked at; 0 where no pixel had to be decoded
    dropped: it is a sidecar of which the policy makes no copy
    size:    (width, height) of the upright frames, pixels; (0, 0) where none was looked at
    allowed: what was found and stays visible, by word of the policy
    origin:  where the tracks come from; what was only given was not looked for
    """

    fields: tuple[Field, ...] = ()
    tracks: tuple[Track, ...] = ()
    frames: int = 0
    dropped: bool = False
    size: tuple[int, int] = (0, 0)
    allowed: tuple[Allowed, ...] = ()
    origin: Origin = "found"

    def regions(self, frame: int = 0) -> tuple[tuple[str, Region], ...]:
        """(label, region) of everything to hide in one frame."""
        return tuple((track.label, track.regions[frame]) for track in self.tracks if frame in track.regions)

    def leaves(self, sighting: Detection, frame: int = 0) -> bool:
        """True when a sighting in one frame is a thing that was allowed there: of its label, and where that one is."""
        return any(
            one.label == sighting.label and one.regions[frame].bounds.iou(sighting.region.bounds) >= SAME_PLACE_IOU
            for one in self.allowed
            if frame in one.regions
        )


@dataclass(frozen=True, slots=True)
class Check:
    """One question of the verifier and its answer; `detail` holds counts and names, never values."""

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that a person should look at before a file is shared; it changes nothing about what is published.

    code:  what it is; one of CODES
    label: of what, as "face"; or whose name tells, "file" or "folder"
    count: of how many things, at least 1
    """

    code: Code
    label: str
    count: int = 1

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"no flag has the code {self.code!r}")

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return CODES[self.code]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What happened to one file.

    source:  the file asked for
    target:  the published copy; None unless published
    status:  "redacted" or "clean" (published; nothing had to go), "dropped" (a sidecar, of which the policy makes no
             copy), "refused" (a format that cannot be made safe), "failed" (damaged, or something broke), "withheld"
             (written, but the verifier said no)
    removed: metadata that is not in the copy
    hidden:  label -> how many things were painted
    styles:  label -> name of the style it was painted with
    allowed: entry of the policy's `allow` -> label -> how many things stay visible by it
    checks:  what the verifier asked; none when an earlier run had published this very copy
    policy:  digest of the policy
    sha256:  of the published copy, hexadecimal
    error:   why there is no copy, and what mends it; None when published
    exit_code: 0 when published or dropped, else the code of the error
    attention: what a person should look at before sharing the copy, as that its name tells a place; no values
    origin:  where what was painted comes from; "given": from a regions file, and nobody looked at this file
    """

    source: Path
    target: Path | None
    status: Status
    removed: tuple[Field, ...] = ()
    hidden: Mapping[str, int] = field(default_factory=dict)
    styles: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    policy: str = ""
    sha256: str = ""
    error: str | None = None
    exit_code: int = 0
    attention: tuple[Flag, ...] = ()
    allowed: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    origin: Origin = "found"

    @property
    def ok(self) -> bool:
        """True when a verified copy was published.

        A dropped sidecar is not ok, for there is no copy of it; but nothing went wrong, so `exit_code` is 0 and
        `Report.ok` does not mind it.
        """
        return self.status in ("redacted", "clean")

    def raise_for_status(self) -> Receipt:
        """The receipt itself when a copy was published.

        Else raises UnsupportedFormatError (refused, dropped), MediaError (failed), PluginError or VerificationError
        (withheld).
        """
        if self.ok:
            return self
        if self.status in ("dropped", "refused"):
            raise UnsupportedFormatError(self.error)
        kinds: tuple[type[RedactError], ...] = (PolicyError, PluginError, MediaError, VerificationError)
        raised = {kind.exit_code: kind for kind in kinds}
        raise raised[self.exit_code](self.error)


@dataclass(frozen=True, slots=True)
class Report:
    """The receipts of a batch, in the order of the tree; iterates over them."""

    receipts: tuple[Receipt, ...]

    def __iter__(self) -> Iterator[Receipt]:
        return iter(self.receipts)

    def __len__(self) -> int:
        return len(self.receipts)

    @property
    def ok(self) -> bool:
        """True when every file was published, but for sidecars that the policy drops."""
        return not self.failed

    @property
    def failed(self) -> tuple[Receipt, ...]:
        """Receipts of the files that were to be published and were not."""
        return tuple(receipt for receipt in self.receipts if not receipt.ok and receipt.status != "dropped")

    @property
    def dropped(self) -> tuple[Receipt, ...]:
        """Receipts of the sidecars of which the policy makes no copy."""
        return tuple(receipt for receipt in self.receipts if receipt.status == "dropped")
