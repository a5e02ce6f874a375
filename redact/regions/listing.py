"""`Regions`: places in pictures, file by file, and how a run takes them. Pure.

Names of files, sizes, labels and regions, and nothing else: no metadata, no pixel, no digest of an original.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from redact.errors import MediaError, PolicyError
from redact.model import Box, Findings, Region, Track
from redact.regions import demands

Use: TypeAlias = Literal["instead", "besides"]


@dataclass(frozen=True)
class Regions:
    """The regions of many files, as a scan found them or somebody wrote them down.

    files:  path below the folder that is redacted, parts separated by "/" -> what its frames show. Of the findings
            size, frames and tracks are kept. A file that shows nothing to hide is listed all the same: somebody looked
    use:    "instead": painted in place of looking, so that a file that is not listed is not published;
            "besides": painted besides what the detectors find
    labels: all that are spoken of; those of the files are added, so it has to be given only for a part of a whole

    Frozen, hashable and picklable. Raises PolicyError, naming the place, for what is no path below a folder, for a
    region outside its frame, and for a frame that the file does not have.
    """

    files: Mapping[str, Findings]
    use: Use = "instead"
    labels: frozenset[str] = field(default=frozenset())

    def __post_init__(self) -> None:
        if self.use not in get_args(Use):
            message = f"regions are used {' or '.join(get_args(Use))}, not {self.use!r}"
            raise PolicyError(message)
        files = {
            demands.name(name, "the list of files"): _in_order(found, demands.shown(name))
            for name, found in sorted(self.files.items())
        }
        used = {track.label for found in files.values() for track in found.tracks}
        object.__setattr__(self, "files", MappingProxyType(files))
        object.__setattr__(self, "labels", self.labels | used)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> tuple[type[Regions], tuple[object, ...]]:
        # A mapping proxy does not pickle, and regions travel to worker processes.
        return Regions, (dict(self.files), self.use, self.labels)

    @property
    def digest(self) -> str:
        """SHA-256, hexadecimal, of what is listed and of how it is used."""
        digest = hashlib.sha256(repr((self.use, sorted(self.labels))).encode())
        for name, found in self.files.items():
            digest.update(ascii((name, found.size, found.frames)).encode())
            for track in found.tracks:
                digest.update(ascii((track.label, float(track.score), track.doubts)).encode())
                for frame, region in sorted(track.regions.items()):
                    digest.update(repr((frame, numbers(region))).encode())
        return digest.hexdigest()

    def of(self, path: PurePath) -> Findings | None:
        """What is listed of a file; None for one that is not, where the detectors look at it besides.

        Raises MediaError for one that is not where nobody else looks.
        """
        listed = self.files.get(path.as_posix())
        if listed is None and self.use == "instead":
            message = (
                f"{path.name} is not listed in the regions that were given, so nobody looked at it: scan it again, or "
                "list it with no tracks when it shows nothing"
            )
            raise MediaError(message)
        return listed

    def only(self, *paths: PurePath) -> Regions:
        """The part that speaks of these files; its labels are those of the whole."""
        names = [path.as_posix() for path in paths]
        return replace(self, files={name: self.files[name] for name in names if name in self.files})


@dataclass(frozen=True, slots=True)
class Mark:
    """One region in one frame, as layouts without tracks list it.

    thing: what tells one thing from another through time, where the layout knows it
    """

    frame: int
    label: str
    region: Region
    score: float = 1.0
    thing: Hashable = None


def tracked(marks: Iterable[Mark]) -> tuple[Track, ...]:
    """Marks as tracks: those of one thing make one, and where nobody knows, those that are the nth in their frames."""
    seen: Counter[Hashable] = Counter()
    tracks: dict[Hashable, tuple[str, dict[int, Region], list[float]]] = {}
    for mark in marks:
        thing = (mark.label, mark.thing)
        nth = seen[thing, mark.frame]
        seen[thing, mark.frame] += 1
        _, regions, scores = tracks.setdefault((thing, nth), (mark.label, {}, []))
        regions[mark.frame] = mark.region
        scores.append(mark.score)
    return tuple(Track(label, regions, max(scores)) for label, regions, scores in tracks.values())


def marks(found: Findings) -> Iterator[tuple[int, int, str, Region, float]]:
    """Number of the track, frame, label, region and score of every region of a file."""
    for number, track in enumerate(found.tracks):
        for frame, region in sorted(track.regions.items()):
            yield number, frame, track.label, region, track.score


def _in_order(found: Findings, name: str) -> Findings:
    """Size, frames and tracks of what was found in a file, if they are in order."""
    size = demands.size(*found.size, name)
    if found.frames < 1:
        demands.refuse(name, "a file has at least one frame")
    for number, track in enumerate(found.tracks):
        where = f"{name}, track {number}"
        if not isinstance(track.label, str) or not track.label:
            demands.refuse(where, "a track needs a label")
        if not 0 <= track.score <= 1:
            demands.refuse(where, "a score lies between 0 and 1")
        for frame, region in track.regions.items():
            if not 0 <= frame < found.frames:
                demands.refuse(where, f"there is no frame {demands.shown(frame)}: the file has {found.frames}")
            demands.within(region, size, f"{where}, frame {frame}")
    return Findings(tracks=found.tracks, frames=found.frames, size=size)


def numbers(region: Region) -> tuple[object, ...]:
    """A region as plain numbers: the four sides of a box, or the corners of a polygon."""
    if isinstance(region, Box):
        return tuple(map(float, (region.left, region.top, region.right, region.bottom)))
    return tuple((float(x), float(y)) for x, y in region.points)
