"""CVAT XML 1.1 -> files and their findings. Streams, expands no entity, and bounds what a line of it can unfold to."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from xml.parsers import expat

from redact.errors import PolicyError
from redact.model import Box, Findings, Region, Track
from redact.regions import demands
from redact.regions.listing import Mark, tracked

MOST_REGIONS = 1 << 22
"""In one document, interpolated ones among them."""

DEEPEST = 16
LONGEST_TEXT = 4096

Attributes: TypeAlias = Mapping[str, str]

_PASSED_OVER = frozenset({"tag"})
"""What stands among the shapes and marks no place."""

_ABOUT = frozenset({"size", "width", "height", "source", "mode"})
"""What is read of the document's description; it stands in a task or a job, and its source in older ones beside."""


@dataclass(slots=True)
class _Still:
    name: str
    size: demands.Size
    marks: list[Mark] = field(default_factory=list)


@dataclass(slots=True)
class _Shape:
    """What a track says of one frame."""

    region: Region
    outside: bool


@dataclass(slots=True)
class _Thing:
    """A track, before it is known how large and how long its clip is.

    shapes: frame -> how its region is made for a frame of a size, and whether the thing is gone there
    """

    label: str
    where: str
    shapes: dict[int, tuple[Callable[[demands.Size], Region], bool]] = field(default_factory=dict)


def read_document(text: str, where: str) -> Iterator[tuple[str, Findings]]:
    """Name and findings of every file that a document speaks of. Raises PolicyError, with the line."""
    reading = _Reading(where)
    reading.read(text)
    for still in reading.stills:
        yield still.name, Findings(tracks=tracked(still.marks), frames=1, size=still.size)
    if reading.things or (not reading.stills and reading.about.get("mode") == "interpolation"):
        yield _clip(reading)
    elif not reading.stills:
        demands.refuse(where, "it lists no image and no clip")


class _Reading:
    """What was read so far."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.stills: list[_Still] = []
        self.things: list[_Thing] = []
        self.about: dict[str, str] = {}
        self._path: list[str] = []
        self._text = ""
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    @property
    def here(self) -> str:
        """Document and line."""
        return f"{self.where}, line {self._parser.CurrentLineNumber}"

    def read(self, text: str) -> None:
        """Take in a whole document."""
        try:
            self._parser.Parse(text.encode("utf-8", "surrogatepass"), True)  # noqa: FBT003 - expat has no other word
        except expat.ExpatError as error:
            message = f"{self.where}, line {error.lineno}: no valid XML: {expat.errors.messages[error.code]}"
            raise PolicyError(message) from error
        except LookupError as error:
            message = f"{self.where}: the text says it is in an encoding that does not exist"
            raise PolicyError(message) from error

    def _doctype(self, *_declared: object) -> None:
        demands.refuse(self.here, "a document type is no part of CVAT's layout, and its entities are not expanded")

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        if len(self._path) == DEEPEST:
            demands.refuse(self.here, "nested too deep")
        if not self._path and element != "annotations":
            demands.refuse(self.here, f"a document of CVAT begins with annotations, not {demands.shown(element)}")
        if self._path == ["annotations"] and element == "image":
            self.stills.append(self._still(attributes))
        elif self._path == ["annotations"] and element == "track":
            self.things.append(_Thing(self._word(attributes, "label"), self.here))
        elif self._path == ["annotations", "image"] and element not in _PASSED_OVER:
            still = self.stills[-1]
            region = self._shape(element, attributes)(still.size)
            still.marks.append(Mark(0, self._word(attributes, "label"), region))
        elif self._path == ["annotations", "track"] and element not in _PASSED_OVER:
            self._add_to(self.things[-1], element, attributes)
        self._path.append(element)
        self._text = ""

    def _end(self, element: str) -> None:
        self._path.pop()
        if "meta" in self._path and element in _ABOUT and self._path[-1] in ("task", "job", "original_size", "meta"):
            self.about[element] = self._text.strip()
        self._text = ""

    def _characters(self, text: str) -> None:
        if len(self._text) < LONGEST_TEXT:
            self._text += text

    def _still(self, attributes: Attributes) -> _Still:
        width, height = (self._whole(attributes, side) for side in ("width", "height"))
        name = demands.name(self._word(attributes, "name"), self.here)
        return _Still(name, demands.size(width, height, self.here))

    def _add_to(self, thing: _Thing, element: str, attributes: Attributes) -> None:
        frame = self._whole(attributes, "frame")
        if frame in thing.shapes:
            demands.refuse(self.here, f"the track says twice where it is in frame {frame}")
        outside = attributes.get("outside", "0")
        if outside not in ("0", "1"):
            demands.refuse(self.here, f"outside is 0 or 1, not {demands.shown(outside)}")
        thing.shapes[frame] = (self._shape(element, attributes), outside == "1")

    def _shape(self, element: str, attributes: Attributes) -> Callable[[demands.Size], Region]:
        """How the region of a shape is made, once the size of its frame is known."""
        here = self.here
        turn = self._number(attributes, "rotation") if "rotation" in attributes else 0.0
        if element == "polygon":
            points = self._word(attributes, "points")
            pairs = [pair.split(",") for pair in points.split(";")]
            if any(len(pair) != 2 for pair in pairs):
                demands.refuse(here, "points are written x,y;x,y;...")
            corners = [(_parsed(x, here), _parsed(y, here)) for x, y in pairs]
            return lambda size: demands.polygon(corners, size, here)
        sides = self._sides(element, attributes)
        if turn % 360 == 0:
            return lambda size: demands.box(sides, size, here)
        turned = _turned(sides, turn)
        return lambda size: demands.polygon(turned, size, here)

    def _sides(self, element: str, attributes: Attributes) -> tuple[float, float, float, float]:
        if element == "box":
            left, top, right, bottom = (self._number(attributes, each) for each in ("xtl", "ytl", "xbr", "ybr"))
        elif element == "ellipse":
            across, down, width, height = (self._number(attributes, each) for each in ("cx", "cy", "rx", "ry"))
            left, top, right, bottom = across - width, down - height, across + width, down + height
        elif element == "mask":
            left, top, width, height = (self._number(attributes, each) for each in ("left", "top", "width", "height"))
            right, bottom = left + width, top + height
        else:
            demands.refuse(self.here, f"a {demands.shown(element)} spans no area: mark it by a box or a polygon")
        return left, top, right, bottom

    def _word(self, attributes: Attributes, name: str) -> str:
        if not attributes.get(name):
            demands.refuse(self.here, f"the attribute {name} is missing")
        return attributes[name]

    def _whole(self, attributes: Attributes, name: str) -> int:
        return _counted(self._word(attributes, name), f"{self.here}, {name}")

    def _number(self, attributes: Attributes, name: str) -> float:
        return _parsed(self._word(attributes, name), self.here)


def _clip(reading: _Reading) -> tuple[str, Findings]:
    about, where = reading.about, reading.where
    missing = {"source", "size", "width", "height"} - about.keys()
    if missing:
        demands.refuse(where, f"its meta has no {sorted(missing)[0]}, so nobody knows of which clip it speaks")
    name = demands.name(about["source"], where)
    size = demands.size(_counted(about["width"], where), _counted(about["height"], where), where)
    frames = _counted(about["size"], where)
    tracks = []
    left = MOST_REGIONS
    for thing in reading.things:
        regions = dict(itertools.islice(_unfolded(thing, size, frames), left + 1))
        left -= len(regions)
        if left < 0:
            demands.refuse(thing.where, f"the document unfolds to more than {MOST_REGIONS} regions")
        tracks.append(Track(thing.label, regions))
    return name, Findings(tracks=tuple(tracks), frames=frames, size=size)


def _unfolded(thing: _Thing, size: demands.Size, frames: int) -> Iterator[tuple[int, Region]]:
    """Every frame in which a thing is, with its region."""
    told = [(frame, _Shape(make(size), outside)) for frame, (make, outside) in sorted(thing.shapes.items())]
    if told and told[-1][0] >= frames:
        demands.refuse(thing.where, f"the track goes on to frame {told[-1][0]}, but the clip has {frames}")
    for (frame, shape), (end, following) in itertools.pairwise([*told, (frames, None)]):
        if shape is None or shape.outside:
            continue
        yield frame, shape.region
        for between in range(frame + 1, end):
            share = (between - frame) / (end - frame)
            yield between, _between(shape.region, following.region, share) if following else shape.region


def _between(before: Region, after: Region, share: float) -> Region:
    if not (isinstance(before, Box) and isinstance(after, Box)):
        return before.bounds.hull(after.bounds)
    return Box(
        before.left + share * (after.left - before.left),
        before.top + share * (after.top - before.top),
        before.right + share * (after.right - before.right),
        before.bottom + share * (after.bottom - before.bottom),
    )


def _turned(sides: tuple[float, float, float, float], degrees: float) -> list[tuple[float, float]]:
    """The corners of a box that was turned about its middle, clockwise."""
    left, top, right, bottom = sides
    across, down = (left + right) / 2, (top + bottom) / 2
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return [
        (across + (x - across) * cosine - (y - down) * sine, down + (x - across) * sine + (y - down) * cosine)
        for x, y in corners
    ]


def _parsed(word: str, where: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not -demands.FARTHEST_PX <= number <= demands.FARTHEST_PX:
        demands.refuse(where, f"{demands.shown(word)} is no number of pixels")
    return number


def _counted(word: str, where: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 9):
        demands.refuse(where, f"{demands.shown(word)} is no count")
    return int(word)
