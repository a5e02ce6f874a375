"""`Policy`: what to hide in the picture and what to keep of the metadata. TOML in and out, and a digest.

The same policy gives the same digest on every machine, so a receipt says under which one a file was made.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NoReturn, TypeAlias, get_args

import tomli_w

from redact.allowance import Allow, entries_from
from redact.contracts import Style
from redact.errors import PolicyError
from redact.model import KINDS, Keep
from redact.styles import STYLES, Blur

KEEPABLE = frozenset({"orientation", "colour", "time", "camera", "author", "copyright"})
"""Kinds of metadata that may stay. The others tell a place, a device or a person's text, or nobody knows what."""

Sidecars: TypeAlias = Literal["drop", "strip"]
Names: TypeAlias = Literal["keep", "random", "serial"]

Section: TypeAlias = Mapping[str, Any]
"""The options of one detector."""

_CHOICES: Mapping[str, tuple[str, ...]] = {"sidecars": get_args(Sidecars), "names": get_args(Names)}

_COARSE = re.compile(r"coarsen:([1-9]\d{0,2}|1000)km", re.ASCII)
"""What may stay of a position: in which cell it lies of a grid so many whole kilometres wide."""


@dataclass(frozen=True, slots=True)
class Tracking:
    """How often a file is looked at, and how its regions are carried from look to look.

    every:          at least one frame in so many is looked at; the tracker carries regions in between
    within_seconds: and at least once in this time, for clips with few frames a second
    long_side:      the detectors see a frame at most this large, pixels
    linger_seconds: a region stays this long after it was last seen
    looks:          a still is looked at up to so many times, with what was found before already emptied
    """

    every: int = 12
    within_seconds: float = 0.5
    long_side: int = 960
    linger_seconds: float = 0.5
    looks: int = 1

    def __post_init__(self) -> None:
        if not _whole(self.every, 1, 120):
            _refuse(f"tracking.every is 1 to 120 frames, not {self.every}")
        if not _number(self.within_seconds, 1e-3, 10):
            _refuse(f"tracking.within_seconds lies between .001 and 10, not {self.within_seconds}")
        if not _whole(self.long_side, 320, 4096):
            _refuse(f"tracking.long_side is 320 to 4096 pixels, not {self.long_side}")
        if not _number(self.linger_seconds, 0, 60):
            _refuse(f"tracking.linger_seconds lies between 0 and 60, not {self.linger_seconds}")
        if not _whole(self.looks, 1, 8):
            _refuse(f"tracking.looks is 1 to 8, not {self.looks}")

    @property
    def closer(self) -> Tracking:
        """More looks at the same thing: for a file in which too few of them missed something."""
        return dataclasses.replace(self, every=max(1, self.every // 4), looks=8)


def _default_hide() -> dict[str, Style]:
    return {"face": Blur(), "plate": Blur(), "coordinates": Blur()}


@dataclass(frozen=True, slots=True)
class Policy:
    """What to find in the picture and how to cover it, and which kinds of metadata may stay.

    hide:      label -> style, or a style's name; empty leaves all pixels alone. Default: faces, plates, coordinates
    keep:      kinds of metadata that stay (see KEEPABLE); everything else goes
    detectors: label -> options of the detector that looks for it, or several such, whose regions add up; "package"
               chooses when two packages offer one label, "kind" names how it is found where none offers it
    tracking:  how often is looked, and how regions are carried between looks
    location:  "drop" drops every position; "coarsen:5km" keeps of an EXIF position the centre of its cell in a fixed
               grid that wide, 1 to 1000 km
    sidecars:  "drop" makes no copy of what lies beside photos and clips and tells of them; "strip" makes one of
               previews (.thm, .lrf, .lrv) and of XMP, stripped like any other file
    names:     "keep" gives the copy of a tree its original names; "random" names nobody can guess; "serial" numbers
    folder:    where relative paths in `detectors` and `allow` count from: the policy file's; no part of what the policy
               says
    allow:     what stays visible of the labels that are hidden, see `Allow`

    Frozen, hashable and picklable. Raises PolicyError for what makes no sense; whether somebody offers the labels is
    found out when a `Redactor` is made of it.
    """

    hide: Mapping[str, Style] = field(default_factory=_default_hide)
    keep: frozenset[str] = frozenset({"orientation", "colour"})
    detectors: Mapping[str, Section | Sequence[Section]] = field(default_factory=dict)
    tracking: Tracking = field(default_factory=Tracking)
    location: str = "drop"
    sidecars: Sidecars = "drop"
    names: Names = "keep"
    folder: Path | None = field(default=None, compare=False, repr=False)
    allow: tuple[Allow, ...] = ()

    def __post_init__(self) -> None:
        hide = {
            label: style_from(style) if isinstance(style, (str, Mapping)) else style
            for label, style in _table(self.hide, "hide").items()
        }
        for label, style in hide.items():
            if not isinstance(label, str) or not label:
                _refuse(f"hide wants labels, not {label!r}")
            if not isinstance(style, Style) or isinstance(style, type) or not _hashable(style):
                _refuse(f"{label!r} is to be hidden by {style!r}, which is no style: try redact.Blur()")
        keep = _kinds(self.keep)
        object.__setattr__(self, "hide", MappingProxyType(hide))
        object.__setattr__(self, "keep", keep)
        options = {label: _sections(given, label) for label, given in _table(self.detectors, "detectors").items()}
        object.__setattr__(self, "detectors", MappingProxyType(options))
        if not isinstance(self.location, str) or not (self.location == "drop" or _COARSE.fullmatch(self.location)):
            known = '"drop", or "coarsen:1km" to "coarsen:1000km" in whole kilometres'
            _refuse(f"location is {known}, not {self.location!r}")
        for setting, choices in _CHOICES.items():
            if (given := getattr(self, setting)) not in choices:
                _refuse(f"{setting} is one of {', '.join(choices)}, not {given!r}")
        object.__setattr__(self, "allow", entries_from(self.allow, hide))
        try:
            _ = self.digest
        except TypeError as error:
            message = f"an option of the policy is neither text, number, list nor table: {error}"
            raise PolicyError(message) from error

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> tuple[type[Policy], tuple[object, ...]]:
        # A mapping proxy does not pickle, and a policy travels to worker processes.
        return Policy, tuple(_thawed(getattr(self, each.name)) for each in dataclasses.fields(self))

    @property
    def kept(self) -> Keep:
        """What of a file's metadata may stay."""
        coarse = _COARSE.fullmatch(self.location)
        return Keep(self.keep, float(coarse[1]) if coarse else None)

    def sections(self, label: str) -> tuple[Section, ...]:
        """The options of each detector that is to look for a label; one without any where nothing is said."""
        given = self.detectors.get(label, {})
        return (given,) if isinstance(given, Mapping) else tuple(given)

    @property
    def portable(self) -> Policy:
        """The policy as others may read it: a model's file has lost its folders, which tell of a machine and a user."""
        told = {label: [_portable(section) for section in self.sections(label)] for label in self.detectors}
        sealed = tuple(entry.seal() for entry in self.allow)
        return dataclasses.replace(self, detectors=told, folder=None, allow=sealed)

    @property
    def digest(self) -> str:
        """SHA-256, hexadecimal, of what the policy says; in which folders model files lie is no part of it."""
        sealed = _allow_data(entry.seal() for entry in self.allow)
        told = {**self._as_data(), "detectors": self._detectors_data(_portable), **sealed}
        canonical = json.dumps(told, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_toml(self) -> str:
        """The policy as a TOML text that `from_toml` reads back."""
        return tomli_w.dumps(self._as_data())

    @classmethod
    def from_toml(cls, text: str) -> Policy:
        """The policy that a TOML text describes.

        Raises PolicyError for anything in it that is not known: a setting misspelt would otherwise be a face shown.
        """
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            message = f"the policy is not valid TOML: {error}"
            raise PolicyError(message) from error
        _only(data, {"hide", "keep", "detectors", "tracking", "location", "allow", *_CHOICES}, "the policy")
        parts: dict[str, Any] = {}
        if "hide" in data:
            parts["hide"] = {label: style_from(value) for label, value in _table(data["hide"], "hide").items()}
        if "keep" in data:
            parts["keep"] = _kinds(data["keep"])
        if "detectors" in data:
            parts["detectors"] = _table(data["detectors"], "detectors")
        if "tracking" in data:
            parts["tracking"] = _built(Tracking, _table(data["tracking"], "tracking"), "tracking")
        parts.update({setting: data[setting] for setting in ("location", "allow", *_CHOICES) if setting in data})
        return cls(**parts)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Policy:
        """The policy in a TOML file. Raises PolicyError when it cannot be read or makes no sense."""
        try:
            policy = cls.from_toml(Path(path).read_text(encoding="utf-8"))
            return dataclasses.replace(policy, folder=Path(path).absolute().parent)
        except (OSError, UnicodeDecodeError) as error:
            message = f"the policy {path} cannot be read: {getattr(error, 'strerror', None) or 'it is no UTF-8 text'}"
            raise PolicyError(message) from error

    def _as_data(self) -> dict[str, Any]:
        # What is younger than the first manifests is told only where it says something else than they meant.
        return {
            "keep": sorted(self.keep),
            "hide": {label: _style_data(style) for label, style in self.hide.items()},
            "detectors": self._detectors_data(_as_it_is),
            "tracking": dataclasses.asdict(self.tracking),
            **({} if self.location == "drop" else {"location": self.location}),
            **({} if self.sidecars == "drop" else {"sidecars": self.sidecars}),
            **({} if self.names == "keep" else {"names": self.names}),
            **_allow_data(self.allow),
        }

    def _detectors_data(self, told: Callable[[Section], Section]) -> dict[str, Any]:
        every = {label: [_thawed(told(section)) for section in self.sections(label)] for label in self.detectors}
        return {label: tables[0] if len(tables) == 1 else tables for label, tables in every.items()}


def style_from(value: object) -> Style:
    """The style that a policy's text means: a name ("blur"), or a table {style = "fill", colour = [0, 0, 0]}.

    Raises PolicyError.
    """
    options: dict[str, Any] = (
        {"style": value} if isinstance(value, str) else dict(_table(value, "a style that is no name"))
    )
    name = options.pop("style", None)
    if not isinstance(name, str) or name not in STYLES:
        _refuse(f"there is no style {name!r}; there are {', '.join(sorted(STYLES))}")
    if "colour" in options:
        options["colour"] = tuple(options["colour"]) if isinstance(options["colour"], list) else options["colour"]
    style: Style = _built(STYLES[name], options, f"style {name}")
    return style


def _style_data(style: Style) -> str | dict[str, Any]:
    options: dict[str, Any] = {}
    if dataclasses.is_dataclass(style) and not isinstance(style, type):
        options = dataclasses.asdict(style)
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in options.items()}
    return {"style": style.name, **plain} if plain else style.name


def _allow_data(entries: Iterable[Allow]) -> dict[str, Any]:
    told = [entry.told() for entry in entries]
    return {"allow": told} if told else {}


def _thawed(value: object) -> object:
    """A value with plain tables in place of those that cannot be changed."""
    if isinstance(value, tuple):
        return tuple(_thawed(each) for each in value)
    if not isinstance(value, Mapping):
        return value
    return {key: _thawed(each) for key, each in value.items()}


def _frozen(value: object) -> object:
    """A value with tables and lists that cannot be changed."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: _frozen(each) for key, each in value.items()})
    return tuple(_frozen(each) for each in value) if isinstance(value, (list, tuple)) else value


def _sections(given: object, label: str) -> Section | tuple[Section, ...]:
    """What is said of one label: a table of options, or several of them."""
    where = f"detectors.{label}"
    if not isinstance(given, (list, tuple)):
        table: Section = _frozen(_table(given, where))  # type: ignore[assignment]
        return table
    if not given:
        _refuse(f"{where} lists no detector: nobody would look")
    tables: tuple[Section, ...] = tuple(_frozen(_table(each, where)) for each in given)  # type: ignore[misc]
    return tables[0] if len(tables) == 1 else tables


def _as_it_is(section: Section) -> Section:
    return section


def _portable(section: Section) -> Section:
    """The options, with nothing of the path to a model but the file's own name."""
    path = section.get("path")
    return {**section, "path": re.split(r"[/\\]", path)[-1]} if "kind" in section and isinstance(path, str) else section


def _kinds(keep: object) -> frozenset[str]:
    if isinstance(keep, str) or not isinstance(keep, Iterable):
        _refuse(f"keep is a set of kinds of metadata, not {keep!r}")
    if not all(isinstance(kind, str) for kind in keep):
        _refuse(f"keep names kinds of metadata, not {keep!r}")
    kinds = frozenset(keep)
    for kind in sorted(kinds - KEEPABLE, key=str):
        remedy = "can never be kept" if kind in KINDS else "is no kind of metadata"
        _refuse(f"{kind!r} {remedy}; what can be kept: {', '.join(sorted(KEEPABLE))}")
    return kinds


def _built(cls: type[Any], options: Mapping[str, Any], where: str) -> Any:
    _only(options, {each.name for each in dataclasses.fields(cls)}, where)
    try:
        return cls(**options)
    except TypeError as error:
        message = f"{where} does not take these values: {error}"
        raise PolicyError(message) from error


def _whole(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _number(value: object, least: float, most: float) -> bool:
    return type(value) in (int, float) and least <= value <= most  # type: ignore[operator]


def _hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _table(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        _refuse(f"{where} is a table, not {value!r}")
    return value


def _only(given: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in given:
        if key not in known:
            _refuse(f"{where} has no setting {key!r}; known: {', '.join(sorted(known)) or 'none'}")


def _refuse(message: str) -> NoReturn:
    raise PolicyError(message)
