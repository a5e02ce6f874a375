"""Finds detectors and embedders by entry point, builds the wanted detectors, and holds them to their contract.

The only module that knows how they are found. Listing imports nothing; only what a policy names is loaded, so
installing a package never changes what runs. Built-in detectors come through the same door.

A detector offers a label, as "face"; or it is of a kind, as "onnx": a way to look that serves whichever labels a
policy says. Several detectors may look for one label; what they find adds up.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import numpy as np

from redact.contracts import Detector
from redact.errors import MediaError, PluginError, PolicyError
from redact.model import Box, Detection, Image, Polygon, Region
from redact.policy import Policy

GROUP = "redact.detectors"
KINDS = "redact.kinds"
EMBEDDERS = "redact.embedders"

METHODS = {GROUP: ("detector", "detect"), KINDS: ("detector", "detect"), EMBEDDERS: ("embedder", "embed")}
"""What the classes of each entry-point group are called, and the method they have."""

MOST_SIGHTINGS = 4000
"""In one picture. A full stadium shows fewer faces that can be made out."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One label, or one kind of detector, offered by one installed package; nothing of it was imported."""

    name: str
    package: str
    entry_point: EntryPoint

    @property
    def version(self) -> str:
        """Name and version of the package."""
        distribution = self.entry_point.dist
        return f"{distribution.name} {distribution.version}" if distribution else "unknown"

    def load(self) -> type[Any]:
        """The class. Raises PluginError when its package does not import or holds something else."""
        what, method = METHODS[self.entry_point.group]
        try:
            cls = self.entry_point.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            message = f"the {what} for {self.name!r} of package {self.package} does not load: {error}"
            raise PluginError(message) from error
        if not inspect.isclass(cls) or not callable(getattr(cls, method, None)):
            message = f"{self.entry_point.value} of package {self.package} is no class with a method {method}"
            raise PluginError(message)
        return cls


def offers() -> tuple[Offer, ...]:
    """Every label that an installed package offers, sorted; imports none of them."""
    return _offered(GROUP)


def kinds() -> tuple[Offer, ...]:
    """Every kind of detector that an installed package offers for labels of one's own, sorted; imports none of them."""
    return _offered(KINDS)


def embedders() -> tuple[Offer, ...]:
    """Every label whose things an installed package tells from one another, sorted; imports none of them."""
    return _offered(EMBEDDERS)


def _offered(group: str) -> tuple[Offer, ...]:
    found = (
        Offer(point.name, point.dist.name if point.dist else "unknown", point) for point in entry_points(group=group)
    )
    return tuple(sorted(found, key=lambda offer: (offer.name, offer.package)))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A detector that was built.

    name:    for messages
    version: name and version of its package
    offered: the labels its class is registered under or, where it is of a kind, that it was built for
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
        before = checksum(shown)
        found: list[Detection] = []
        for loaded in self._detectors:
            found += self._asked(loaded, shown)
            # The lock is for Python. Native code writes past it, and what is drawn over is not seen by the next one.
            if checksum(shown) != before:
                message = f"detector {loaded.name} of {loaded.version} wrote into the picture: what it hid was not seen"
                raise PluginError(message)
        return tuple(found)

    def _asked(self, loaded: Loaded, image: Image) -> Iterator[Detection]:
        try:
            found = list(itertools.islice(loaded.detector.detect(image), MOST_SIGHTINGS + 1))
        except KeyboardInterrupt:
            raise
        except MediaError as error:
            # It is the picture's fault, not the detector's; what it says may still hold what it read there.
            message = f"detector {loaded.name} of {loaded.version} cannot look at this picture: "
            message += "cut one that is crowded or very large into smaller ones"
            raise MediaError(message) from error
        except BaseException as error:
            # SystemExit too: a plugin does not decide that a run is over. The message of a foreign exception may hold
            # what it read in the picture, so only its type is told.
            message = f"detector {loaded.name} of {loaded.version} raised {type(error).__name__}: "
            message += "this file was not looked at"
            raise PluginError(message) from error
        if len(found) > MOST_SIGHTINGS:
            message = f"detector {loaded.name} of {loaded.version} found more than {MOST_SIGHTINGS} things "
            message += "in one picture: that is no answer"
            raise PluginError(message)
        for each in found:
            detection = _demand_detection(each, loaded)
            region = inside(detection.region, image.shape[1], image.shape[0])
            if detection.label in self._wanted and region is not None:
                yield Detection(region, detection.label, detection.score, detection.doubts)


@dataclass(frozen=True, slots=True)
class Order:
    """One detector that a policy asks for, and by which labels and options.

    offer:   its class
    labels:  what it is to look for
    options: keywords of its constructor
    """

    offer: Offer
    labels: tuple[str, ...]
    options: Mapping[str, Any]

    @property
    def is_of_kind(self) -> bool:
        """True when it serves the labels it is told, not those that it is registered under."""
        return self.offer.entry_point.group == KINDS


def load(policy: Policy) -> Detectors:
    """Build the detectors for every label that `policy` hides; a class that offers several is built once.

    Raises PolicyError for a label or kind nobody offers or two packages offer, and for options a detector does not
    take; PluginError for a detector that does not load.
    """
    for label in policy.detectors:
        if label not in policy.hide:
            message = f"the policy sets up a detector for {label!r} but does not hide it"
            raise PolicyError(message)
    every = [Order(*_chosen(label, section)) for label in policy.hide for section in policy.sections(label)]
    built = [_loaded(order, policy) for order in _joined(every)]
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
    return region.clipped(width, height)


def _loaded(order: Order, policy: Policy) -> Loaded:
    cls, version = order.offer.load(), order.offer.version
    detector = _built(cls, order, policy)
    if order.is_of_kind:
        return Loaded(f"{cls.__name__} for {' and '.join(order.labels)}", version, detector, frozenset(order.labels))
    return Loaded(cls.__name__, version, detector, _registered(order.offer))


def _demand_detection(detection: object, loaded: Loaded) -> Detection:
    """The same detection, made anew of plain values.

    Raises PluginError for what is no Detection, holds what none can hold, or is of a label that the detector does not
    offer: a label misspelt would be left out as if nobody had asked for it, and what it marks published.
    """
    by = f"detector {loaded.name} of {loaded.version} yielded"
    if not isinstance(detection, Detection):
        message = f"{by} {type(detection).__name__} instead of Detection"
        raise PluginError(message)
    if not isinstance(detection.region, (Box, Polygon)):
        message = f"{by} a region that is neither Box nor Polygon"
        raise PluginError(message)
    if detection.label not in loaded.offered:
        message = f"{by} a label that it is not registered under"
        raise PluginError(message)
    try:
        doubts = tuple(map(str, detection.doubts))
        return Detection(_plain(detection.region), str(detection.label), float(detection.score), doubts)
    except Exception as error:
        # Frozen values can be forced, and subclassed.
        message = f"{by} a region or a score that is none ({type(error).__name__})"
        raise PluginError(message) from error


def _plain(region: Region) -> Region:
    """The same region of floats. Raises ValueError, TypeError and the like for one that was forced into being."""
    if isinstance(region, Box):
        return Box(*map(float, (region.left, region.top, region.right, region.bottom)))
    return Polygon(tuple((float(x), float(y)) for x, y in region.points))


def checksum(image: Image) -> int:
    """Tells a picture from the same one written into; a hundredth of a second for 12 megapixels."""
    return functools.reduce(lambda total, rows: zlib.crc32(np.ascontiguousarray(rows).data, total), _bands(image), 0)


def _bands(image: Image) -> Iterator[Image]:
    """The picture from top to bottom, some rows at a time: a turned one is not copied whole."""
    return (image[top : top + 256] for top in range(0, len(image), 256))


def _registered(offer: Offer) -> frozenset[str]:
    """All labels under which the class of an offer is registered."""
    same = (offer.package, offer.entry_point.value)
    return frozenset(each.name for each in offers() if (each.package, each.entry_point.value) == same)


def _chosen(label: str, section: Mapping[str, Any]) -> tuple[Offer, tuple[str, ...], dict[str, Any]]:
    """Who is to look for a label as one section of a policy says, and its options.

    Raises PolicyError when nobody can, or two packages can.
    """
    options = dict(section)
    package, kind = options.pop("package", None), options.pop("kind", None)
    wanted, every = (label, offers()) if kind is None else (kind, kinds())
    offered = [offer for offer in every if offer.name == wanted and package in (None, offer.package)]
    if not offered:
        raise PolicyError(_nobody_offers(label, package, kind))
    if len(offered) > 1:
        packages = ", ".join(offer.package for offer in offered)
        message = f'{wanted!r} is offered by {packages}: choose one with [detectors.{label}] package = "..."'
        raise PolicyError(message)
    return offered[0], (label,), options


def _nobody_offers(label: str, package: object, kind: object) -> str:
    known = ", ".join(sorted({offer.name for offer in kinds()})) or "none"
    source = f" from package {package}" if package else ""
    if kind is not None:
        return f"[detectors.{label}] wants a detector of kind {kind!r}{source}; installed are {known}"
    labels = ", ".join(sorted({offer.name for offer in offers()})) or "none: is redact-share installed?"
    message = f"no installed detector offers {label!r}{source}; offered are {labels}; "
    return message + f'a model of your own finds others: [detectors.{label}] kind = "...", one of {known}'


def _joined(orders: Sequence[Order]) -> list[Order]:
    """The same with one detector for all labels of a class, or of a kind with the same options.

    Raises PolicyError where labels that share a detector set it up differently, or one label has it twice.
    """
    joined: list[Order] = []
    for order in orders:
        place = next((place for place, other in enumerate(joined) if _share(order, other)), None)
        if place is None:
            joined.append(order)
        else:
            joined[place] = _both(joined[place], order)
    return joined


def _share(one: Order, other: Order) -> bool:
    """True when one detector is to serve both."""
    points = [
        (order.offer.package, order.offer.entry_point.group, order.offer.entry_point.value) for order in (one, other)
    ]
    return points[0] == points[1] and (not one.is_of_kind or one.options == other.options)


def _both(one: Order, other: Order) -> Order:
    labels = (*one.labels, *other.labels)
    if len(set(labels)) < len(labels):
        message = f"[[detectors.{other.labels[0]}]] names one detector twice: leave one of the tables out"
        raise PolicyError(message)
    for key in one.options.keys() & other.options.keys():
        if one.options[key] != other.options[key]:
            message = f"one detector serves {' and '.join(labels)}, but they set {key!r} to different values"
            raise PolicyError(message)
    return Order(one.offer, labels, {**one.options, **other.options})


def _built(cls: type[Detector], order: Order, policy: Policy) -> Detector:
    parameters = inspect.signature(cls).parameters
    takes_any = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    told = {"labels": order.labels, "policy_folder": policy.folder}
    unknown = sorted(key for key in order.options if key in told or not (takes_any or key in parameters))
    if unknown:
        known = ", ".join(
            key for key, each in parameters.items() if key not in told and each.kind is not each.VAR_KEYWORD
        )
        message = f"the detector for {order.labels[0]!r} has no option {unknown[0]!r}; it takes {known or 'none'}"
        raise PolicyError(message)
    try:
        return cls(**order.options, **{key: value for key, value in told.items() if key in parameters})
    except (PluginError, PolicyError):
        raise
    except Exception as error:
        message = f"the detector for {order.labels[0]!r} could not be set up: {error}"
        raise PluginError(message) from error
