"""Where a clip shows the coordinates of a display, in all of its frames.

A display stands still while its digits change and the picture behind it moves, and not every look can read it. So what
was read once is covered in its place from the first frame to the last: the union of all sightings there. What moves on
from one look to the next is no display, and is left to the tracker. Pure: opens no file, sees no pixel.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from redact.model import Box, Detection, Track

LABEL = "coordinates"
"""What displays show. Other writing may be a shop sign as well as a display."""

ACROSS, DOWN = 0.6, 0.25
"""What a sighting is grown by, in its heights: by the digit that comes next, and by what two looks disagree on."""

MOVED_ACROSS, MOVED_DOWN = 2.0, 0.75
"""A line that is so many of its heights further on has moved."""

TALLEST = 2.0
"""A place is at most so many times as high as a line in it: lines below each other are places of their own."""

MOST = 64
"""Places in one clip. Of more, those are joined that lie closest together."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a display shows something, for the whole of a clip.

    number: of the track that it is in the findings
    box:    in pixels of the upright frame
    first, last: numbers of the looks that saw something there first and last
    score, doubts: those of the detection that was surest of it
    """

    number: int
    box: Box
    first: int
    last: int
    score: float
    doubts: tuple[str, ...]

    @property
    def detection(self) -> Detection:
        """The place as a sighting, for any frame."""
        return Detection(self.box, LABEL, self.score, self.doubts)

    @property
    def seen_again(self) -> bool:
        """True when more than one look saw something there."""
        return self.first < self.last

    def joined(self, other: Place) -> Place:
        """Both as one place."""
        surer = max(self, other, key=lambda place: place.score)
        first, last = min(self.first, other.first), max(self.last, other.last)
        return dataclasses.replace(surer, number=self.number, box=self.box.hull(other.box), first=first, last=last)


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a track was seen first, and the place that was made of it; None once it was seen to move."""

    box: Box
    place: int | None


class Overlays:
    """The places of one clip so far."""

    def __init__(self) -> None:
        self._size = (0, 0)
        self._places: dict[int, Place] = {}
        self._starts: dict[int, _Start] = {}
        self._looks = 0

    @property
    def marks(self) -> tuple[tuple[int, Detection], ...]:
        """Number and detection of every place; they belong in every frame."""
        return tuple((place.number, place.detection) for place in self._places.values())

    def see(self, sightings: Iterable[tuple[int, Detection]], size: tuple[int, int], numbers: Iterator[int]) -> None:
        """Take in what one look saw.

        sightings: (track, detection), in pixels of the upright frame
        size:      (width, height) of that frame
        numbers:   of tracks that nothing else has; each new place takes one
        """
        self._size = size
        self._looks += 1
        shown = [(track, found) for track, found in sightings if found.label == LABEL]
        for track, found in shown:
            self._starts[track] = self._placed(self._starts.get(track), found, numbers)
        self._starts = {track: self._starts[track] for track, _ in shown}
        while len(self._places) > MOST:
            self._join_closest()

    def covers(self, found: Detection) -> bool:
        """True when a place holds all of a sighting: it need not be told twice."""
        box = found.region.bounds
        return found.label == LABEL and any(place.box.holds(box) for place in self._places.values())

    def holds_still(self, found: Detection) -> bool:
        """True when a sighting lies in a place that more than one look has seen: it will not move."""
        box = found.region.bounds
        places = (place.box for place in self._places.values() if place.seen_again)
        return found.label == LABEL and any(place.holds(box) for place in places)

    def spread(
        self, tracks: Mapping[int, Track], frames: int, visible: Mapping[int, Collection[int]]
    ) -> dict[int, Track]:
        """The tracks by number, with every place that is one of them in each of so many frames.

        visible: number of a track -> the frames in which the policy lets it be seen
        """
        everywhere = dict(tracks)
        for number, place in self._places.items():
            if number in tracks:
                left = visible.get(number, ())
                regions = dict.fromkeys((frame for frame in range(frames) if frame not in left), place.box)
                everywhere[number] = Track(LABEL, regions, place.score, place.doubts)
        return everywhere

    def _placed(self, start: _Start | None, found: Detection, numbers: Iterator[int]) -> _Start:
        box = found.region.bounds
        if start is None or (start.place is not None and start.place not in self._places):
            return _Start(box, self._place_for(found, numbers))
        if start.place is None:
            return start
        if not moved(start.box, box):
            self._grow(self._places[start.place], found)
            return start
        is_shared = sum(each.place == start.place for each in self._starts.values()) > 1
        if not is_shared and not self._places[start.place].seen_again:
            del self._places[start.place]
        return _Start(start.box, None)

    def _place_for(self, found: Detection, numbers: Iterator[int]) -> int:
        """Number of the place in which a thing lies that was not seen before, or of a new one."""
        box = found.region.bounds
        for place in self._places.values():
            if place.box.overlap(box) > 0.5 * box.area and place.box.hull(box).height <= TALLEST * box.height:
                return self._grow(place, found)
        number = next(numbers)
        self._places[number] = self._seen_now(number, self._around(box), found)
        return number

    def _grow(self, place: Place, found: Detection) -> int:
        box = found.region.bounds
        # A sighting that differs by less than the margin changes nothing: frames that were given already stay right.
        box = place.box if place.box.holds(box) else self._around(box)
        self._places[place.number] = place.joined(self._seen_now(place.number, box, found))
        return place.number

    def _seen_now(self, number: int, box: Box, found: Detection) -> Place:
        """A place that the look of now saw first."""
        return Place(number, box, self._looks, self._looks, found.score, found.doubts)

    def _around(self, box: Box) -> Box:
        across, down = ACROSS * box.height, DOWN * box.height
        return box.grown(across, down, across, down).clipped(*self._size) or box

    def _join_closest(self) -> None:
        one, other = min(
            itertools.combinations(self._places.values(), 2),
            key=lambda pair: pair[0].box.hull(pair[1].box).area - pair[0].box.area - pair[1].box.area,
        )
        del self._places[other.number]
        self._places[one.number] = one.joined(other)


def moved(before: Box, now: Box) -> bool:
    """True when a line is elsewhere, and not just longer or shorter on one side or on both."""
    left, right = now.left - before.left, now.right - before.right
    across = min(abs(left), abs(right)) if left * right > 0 else 0.0
    down = abs(now.top + now.bottom - before.top - before.bottom) / 2
    return across > MOVED_ACROSS * before.height or down > MOVED_DOWN * before.height
