"""What stays visible by word of the policy: an entry of its `allow`, and what is an entry's to say. Opens nothing.

An entry names a label and narrows it, by a part of the frame, by times of a clip, by names of files, by people. What
it does not plainly allow is hidden: a box that sticks out of the area, a frame a tick too late, a name in capitals.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import hashlib
import itertools
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath
from typing import Any, NoReturn

from redact.errors import PolicyError
from redact.model import Region

_NAME = re.compile(r"[\w][\w .-]{0,39}")
_SPAN = re.compile(r"(\d\d):([0-5]\d):([0-5]\d(?:\.\d{1,3})?)-(\d\d):([0-5]\d):([0-5]\d(?:\.\d{1,3})?)", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_CLASS = re.compile(r"\[[^\]]*\]")

LONGEST_SECONDS = 24 * 3600
"""Times that last longer than any clip narrow nothing."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a clip, seconds; the end is outside."""

    start: Fraction
    end: Fraction

    def holds(self, time: Fraction) -> bool:
        """True for a frame shown from `time` on."""
        return self.start <= time < self.end


@dataclass(frozen=True, slots=True)
class Allow:
    """Things of one label that stay visible where all that the entry says holds.

    label:    what they are, one of those that the policy hides
    name:     how receipts call the entry; its number where none is given
    area:     (left, top, right, bottom) in shares of the upright frame, 0..1: they lie wholly in there
    times:    stretches of a clip, as "00:00:10-00:00:20.5", the end outside; a still has none
    file:     pattern of the path below the source folder, as "press/*.mp4"; `**` stands for folders within folders
    faces:    folder of reference pictures, found from where the program runs: only who is on every one of them
    likeness: least likeness to each reference picture, -1..1; never below what the embedder itself asks for
    package:  whose embedder, where several packages offer one for the label
    sealed:   digest of an entry whose terms are not told; nothing stays visible by such a one

    Raises PolicyError for what makes no sense, and for what narrows nothing: then the label is not to be hidden at all.
    """

    label: str
    name: str = ""
    area: tuple[float, float, float, float] | None = None
    times: tuple[str, ...] = ()
    file: str | None = None
    faces: str | None = None
    likeness: float | None = None
    package: str | None = None
    sealed: str = ""

    def __post_init__(self) -> None:
        for key in ("area", "times"):
            if isinstance(given := getattr(self, key), list):
                object.__setattr__(self, key, tuple(given))
        _demand_text(self)
        if self.area is not None:
            object.__setattr__(self, "area", _area(self.area))
        _demand_order(self.times)
        if self.file is not None:
            _demand_pattern(self.file)
        if self.likeness is not None and not _between(self.likeness, -1, 1):
            _refuse(f"likeness lies between -1 and 1, not {self.likeness!r}")
        if self.likeness is not None:
            object.__setattr__(self, "likeness", float(self.likeness))
        if self.faces is None and (self.likeness is not None or self.package is not None):
            _refuse("likeness and package belong to faces, and no folder of faces is named")
        if self.sealed and self._terms:
            _refuse("a sealed entry tells no more than label and name")
        if not (self.sealed or self._narrows):
            _refuse(
                f"nothing narrows {self.label!r}: give it an area, times, a file or faces; to leave all of it visible, "
                "do not hide it"
            )

    @property
    def spans(self) -> tuple[Span, ...]:
        """The times, in the order in which they pass."""
        return tuple(sorted(map(_span, self.times), key=lambda span: span.start))

    def is_for(self, path: PurePath | None) -> bool:
        """True when it is for a file of that path below the source folder; None: for pixels without a file."""
        if self.sealed:
            return False
        if self.file is None:
            return True
        return path is not None and _matches(_plain(path.as_posix()).split("/"), _plain(self.file).split("/"))

    def holds(self, region: Region, size: tuple[int, int]) -> bool:
        """True when all of a region lies in the area, both in pixels of an upright frame of `size` (width, height)."""
        if self.area is None:
            return True
        (width, height), bounds = size, region.bounds
        left, top, right, bottom = self.area
        inside_across = left * width <= bounds.left and bounds.right <= right * width
        return inside_across and top * height <= bounds.top and bounds.bottom <= bottom * height

    def told(self) -> dict[str, Any]:
        """The entry as a table: what it says, and nothing of what it leaves open."""
        return {"label": self.label, "name": self.name, **({"sealed": self.sealed} if self.sealed else self._terms)}

    def seal(self) -> Allow:
        """The same entry for others to see: its label, its name, and a digest of its terms."""
        if self.sealed:
            return self
        canonical = json.dumps(self._terms, sort_keys=True, separators=(",", ":"))
        return Allow(self.label, self.name, sealed=hashlib.sha256(canonical.encode()).hexdigest())

    @property
    def _terms(self) -> dict[str, Any]:
        """What narrows it."""
        given = {key: getattr(self, key) for key in ("area", "times", "file", "faces", "likeness", "package")}
        said = {key: value for key, value in given.items() if value not in (None, ())}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in said.items()}

    @property
    def _narrows(self) -> bool:
        whole_frame = self.area is None or self.area == (0, 0, 1, 1)
        seconds = sum(span.end - span.start for span in self.spans)
        timed = bool(self.times) and seconds < LONGEST_SECONDS
        named = self.file is not None and any(letter.isalnum() for letter in _CLASS.sub("", self.file))
        return not whole_frame or timed or named or self.faces is not None


def entries_from(given: object, labels: Iterable[str]) -> tuple[Allow, ...]:
    """The entries that a policy's `allow` lists, tables or entries, each with a name of its own.

    labels: what the policy hides

    Raises PolicyError, telling which entry is wrong.
    """
    if isinstance(given, (str, Mapping)) or not isinstance(given, Iterable):
        _refuse(f"allow is a list of entries, [[allow]] in TOML, not {given!r}")
    entries = tuple(_entry(each, number) for number, each in enumerate(given, 1))
    for entry in entries:
        if entry.label not in labels:
            _refuse(f"allow {entry.name}: {entry.label!r} is not hidden, so there is nothing to allow")
    if len({entry.name for entry in entries}) < len(entries):
        _refuse("two entries of allow have one name; an entry without a name is called by its number")
    return entries


def _entry(given: object, number: int) -> Allow:
    try:
        if isinstance(given, Mapping):
            known = [each.name for each in dataclasses.fields(Allow)]
            for key in given:
                if key not in known:
                    _refuse(f"there is no setting {key!r}; known: {', '.join(known)}")
            if "label" not in given:
                _refuse("it names no label")
            given = Allow(**given)
        if not isinstance(given, Allow):
            _refuse(f"an entry is a table, not {given!r}")
    except PolicyError as error:
        message = f"allow, entry {number}: {error}"
        raise PolicyError(message) from error
    return given if given.name else dataclasses.replace(given, name=str(number))


def _demand_text(entry: Allow) -> None:
    for key in ("label", "name", "sealed"):
        if not isinstance(getattr(entry, key), str):
            _refuse(f"{key} is a text, not {getattr(entry, key)!r}")
    for key in ("file", "faces", "package"):
        given = getattr(entry, key)
        if given is not None and not (given and isinstance(given, str) and given.isprintable()):
            _refuse(f"{key} is a text on one line, not {given!r}")
    if not entry.label:
        _refuse("it names no label")
    if entry.name and not _NAME.fullmatch(entry.name):
        _refuse(f"a name is up to 40 letters, digits, spaces, dots and hyphens, not {entry.name!r}")
    if entry.sealed and not _DIGEST.fullmatch(entry.sealed):
        _refuse("sealed is the digest that a manifest tells, 64 hexadecimal digits")


def _area(area: object) -> tuple[float, ...]:
    """An area as numbers that are written in one way only, or the same area would have two digests."""
    sides = area if isinstance(area, tuple) and len(area) == 4 else (1, 1, 0, 0)
    if not (all(_between(side, 0, 1) for side in sides) and sides[0] < sides[2] and sides[1] < sides[3]):
        _refuse(f"area is [left, top, right, bottom] in shares of the frame, as [0.1, 0, 0.4, 0.25], not {area!r}")
    return tuple(abs(float(side)) for side in sides)


def _demand_order(times: object) -> None:
    if not isinstance(times, tuple):
        _refuse(f'times is a list, as ["00:00:10-00:00:20"], not {times!r}')
    spans = sorted(map(_span, times), key=lambda span: span.start)
    if any(earlier.end > later.start for earlier, later in itertools.pairwise(spans)):
        _refuse("times overlap: write what belongs together as one")


def _span(text: object) -> Span:
    found = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        _refuse(f'a time is written as "00:00:10-00:00:20.5", hours:minutes:seconds, not {text!r}')
    start, end = _seconds(*found.groups()[:3]), _seconds(*found.groups()[3:])
    if start >= end:
        _refuse(f"{text!r} ends before it begins")
    return Span(start, end)


def _seconds(hours: str, minutes: str, seconds: str) -> Fraction:
    return 3600 * int(hours) + 60 * int(minutes) + Fraction(seconds)


def _demand_pattern(pattern: str) -> None:
    if "\\" in pattern:
        _refuse(f"file {pattern!r}: folders are separated by /")
    if any(part in ("", ".", "..") for part in pattern.split("/")):
        _refuse(f"file {pattern!r} is no path below the source folder, as press/*.mp4")
    if any("**" in part and part != "**" for part in pattern.split("/")):
        _refuse(f"file {pattern!r}: ** stands alone between two /")


def _matches(parts: Sequence[str], patterns: Sequence[str]) -> bool:
    """True when each part of a path matches its pattern; `**` is any number of parts.

    Each pattern is met by all the beginnings of the path at once, so that no path, however deep, takes long.
    """
    reached = {0}
    for pattern in patterns:
        if pattern == "**":
            reached = set(range(min(reached, default=len(parts) + 1), len(parts) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(parts) and fnmatch.fnmatchcase(parts[at], pattern)}
    return len(parts) in reached


def _plain(text: str) -> str:
    """Composed: what two systems spell with other code points is one name for whoever reads it."""
    return unicodedata.normalize("NFC", text)


def _between(value: object, least: float, most: float) -> bool:
    return type(value) in (int, float) and least <= value <= most  # type: ignore[operator]


def _refuse(message: str) -> NoReturn:
    raise PolicyError(message)
