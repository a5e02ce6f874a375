"""Finds detectors by entry point, builds the wanted ones, and holds them to their contract.

The only module that knows how detectors are found. Listing imports nothing; only what a policy names is loaded, so
installing a package never changes what runs. Built-in detectors come through the same door.
"""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import numpy as np

from redact.contracts import Detector
from redact.errors import PluginError, PolicyError
from redact.model import Box, Detection, Image, Polygon, Region
from redact.policy import Policy

GROUP = "redact.detectors"

MOST_SIGHTINGS = 4000
"""In one picture. A full stadium shows fewer faces that can be made out."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One label offered by one installed package; nothing of it was imported."""

    label: str
    package: str
    entry_point: EntryPoint

    def load(self) -> type[Detector]:
        """The detector class. Raises PluginError when its package does not import or holds something else."""
        try:
            cls = self.entry_point.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            message = f"the detector for {self.label!r} of package {self.package} does not load: {error}"
            raise PluginError(message) from error
        if not inspect.isclass(cls) or not callable(getattr(cls, "detect", None)):
            message = f"{self.entry_point.value} of package {self.package} is no class with a method detect"
            raise PluginError(message)
        loaded: type[Detector] = cls  # type: ignore[assignment]
        return loaded


def offers() -> tuple[Offer, ...]:
    """Every label that an installed package offers, sorted; imports none of them."""
    found = (
        Offer(point.name, point.dist.name if point.dist else "unknown", point) for point in entry_points(group=GROUP)
    )
    return tuple(sorted(found, key=lambda offer: (offer.label, offer.package)))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A detector that was built.

    name:    for messages
    version: name and version of its package
    offered: the labels its class is registered under
    """

    name: str
    version: str
    detector: Detector
    offered: frozenset[str]


class Detectors:
    """The detectors that a policy asks for: they look together, and what breaks its contract is an error."""

    def __init__(self, detectors: Sequence[Loaded], wanted: frozenset[str]) -> None:
        """`wanted`: the labels that are of interest; a detector may offer more."""
        self._detectors = tuple(detectors)
        self._wanted = wanted

    @property
    def versions(self) -> tuple[str, ...]:
        """Name, package and version of each detector: what else than the policy decides what is found."""
        return tuple(sorted(f"{loaded.name} {loaded.version}" for loaded in self._detectors))

    def detect(self, image: Image) -> tuple[Detection, ...]:
        """Everything wanted in a uint8 (height, width, 3) RGB picture, regions clipped to it.

        Raises PluginError, naming the detector, when one raises, writes into the picture or yields nonsense.
        """
        shown = image.view()
        shown.flags.writeable = False
        return tuple(detection for loaded in self._detectors for detection in self._asked(loaded, shown))

    def _asked(self, loaded: Loaded, image: Image) -> Iterator[Detection]:
        try:
            found = list(itertools.islice(loaded.detector.detect(image), MOST_SIGHTINGS + 1))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # SystemExit too: a plugin does not decide that a run is over. The message of a foreign exception may hold
            # what it read in the picture, so only its type is told.
            message = f"detector {loaded.name} raised {type(error).__name__}: this file was not looked at"
            raise PluginError(message) from error
        if len(found) > MOST_SIGHTINGS:
            message = (
                f"detector {loaded.name} found more than {MOST_SIGHTINGS} things in one picture: that is no answer"
            )
            raise PluginError(message)
        for detection in found:
            _demand_detection(detection, loaded)
            region = inside(detection.region, image.shape[1], image.shape[0])
            if detection.label in self._wanted and region is not None:
                yield Detection(region, detection.label, detection.score, detection.doubts)


def load(policy: Policy) -> Detectors:
    """Build the detectors for every label that `policy` hides; a class that offers several is built once.

    Raises PolicyError for a label nobody offers or two packages offer, and for options a detector does not take;
    PluginError for a detector that does not load.
    """
    chosen = [_chosen(label, policy.detectors.get(label, {})) for label in policy.hide]
    for label in policy.detectors:
        if label not in policy.hide:
            message = f"the policy sets up a detector for {label!r} but does not hide it"
            raise PolicyError(message)
    labels_of: dict[type[Detector], list[str]] = {}
    for offer in chosen:
        labels_of.setdefault(offer.load(), []).append(offer.label)
    built = [
        _loaded(cls, [offer for offer in chosen if offer.label in labels], policy) for cls, labels in labels_of.items()
    ]
    return Detectors(built, frozenset(policy.hide))


def inside(region: Region, width: int, height: int) -> Region | None:
    """The region within a picture of that size, at least a pixel wide and high; None when it lies outside."""
    clipped = region.bounds.clipped(width, height)
    if clipped is None:
        return None
    if min(clipped.width, clipped.height) < 1:
        return Box(*map(math.floor, (clipped.left, clipped.top)), *map(math.ceil, (clipped.right, clipped.bottom)))
    if isinstance(region, Box):
        return clipped
    corners = np.clip(np.array(region.points), (0, 0), (width, height))
    try:
        return Polygon(tuple((float(x), float(y)) for x, y in corners))
    except ValueError:
        return clipped


def _loaded(cls: type[Detector], chosen: Sequence[Offer], policy: Policy) -> Loaded:
    distribution = chosen[0].entry_point.dist
    version = f"{distribution.name} {distribution.version}" if distribution else "unknown"
    detector = _built(cls, [offer.label for offer in chosen], policy)
    return Loaded(cls.__name__, version, detector, _registered(chosen[0]))


def _demand_detection(detection: object, loaded: Loaded) -> None:
    """Raise PluginError for what is no Detection, or one of a label that the detector does not offer.

    A label misspelt would be left out as if nobody had asked for it, and what it marks published.
    """
    if not isinstance(detection, Detection):
        message = f"detector {loaded.name} yielded {type(detection).__name__} instead of Detection"
        raise PluginError(message)
    if not isinstance(detection.region, (Box, Polygon)):
        message = f"detector {loaded.name} yielded a region that is neither Box nor Polygon"
        raise PluginError(message)
    if detection.label not in loaded.offered:
        message = f"detector {loaded.name} yielded a label that it is not registered under"
        raise PluginError(message)


def _registered(offer: Offer) -> frozenset[str]:
    """All labels under which the class of an offer is registered."""
    same = (offer.package, offer.entry_point.value)
    return frozenset(each.label for each in offers() if (each.package, each.entry_point.value) == same)


def _chosen(label: str, options: Mapping[str, Any]) -> Offer:
    package = options.get("package")
    every = offers()
    offered = [offer for offer in every if offer.label == label and package in (None, offer.package)]
    if not offered:
        known = ", ".join(sorted({offer.label for offer in every})) or "none: is redact-share installed?"
        message = f"no installed detector offers {label!r}" + (f" from package {package}" if package else "")
        raise PolicyError(f"{message}; offered are {known}")
    if len(offered) > 1:
        packages = ", ".join(offer.package for offer in offered)
        message = f'{label!r} is offered by {packages}: choose one with [detectors.{label}] package = "..."'
        raise PolicyError(message)
    return offered[0]


def _built(cls: type[Detector], labels: Sequence[str], policy: Policy) -> Detector:
    options: dict[str, Any] = {}
    for label in labels:
        for key, value in policy.detectors.get(label, {}).items():
            if options.setdefault(key, value) != value:
                message = f"one detector serves {' and '.join(labels)}, but they set {key!r} to different values"
                raise PolicyError(message)
    options.pop("package", None)
    parameters = inspect.signature(cls).parameters
    if "labels" in parameters:
        options["labels"] = tuple(labels)
    unknown = sorted(set(options) - set(parameters))
    if unknown and not any(each.kind is each.VAR_KEYWORD for each in parameters.values()):
        message = (
            f"the detector for {labels[0]!r} has no option {unknown[0]!r}; it takes {', '.join(parameters) or 'none'}"
        )
        raise PolicyError(message)
    try:
        return cls(**options)
    except (PluginError, PolicyError):
        raise
    except Exception as error:
        message = f"the detector for {labels[0]!r} could not be set up: {error}"
        raise PluginError(message) from error
