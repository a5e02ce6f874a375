"""Who is on the reference pictures of an `allow`, and whether a detection is of them. By an embedder of a plugin.

None is built in: a network that tells faces apart has to come with weights whose licence allows it. Reference pictures
are read when a `Redactor` is made, and only vectors of them are kept. What is not sure is hidden: a detection resembles
the pictures of an entry only when it resembles each of them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from redact.allowance import Allow
from redact.contracts import Embedder, Looker
from redact.errors import MediaError, PluginError, PolicyError
from redact.frames import STILLS, open_footage
from redact.model import Detection, Image, Region
from redact.plugins import EMBEDDERS, Offer, checksum, embedders
from redact.policy import Policy
from redact.recognition import family

MOST_REFERENCES = 64
SURE = 0.5
"""Score from which on a detector says that it is sure; what it is less sure of is no reference."""

Vectors: TypeAlias = NDArray[np.float64]
"""float64 (n, length), each of length 1."""


@dataclass(frozen=True, slots=True)
class Known:
    """What one entry's reference pictures show.

    name:      for messages, the embedder's
    version:   of the embedder's package, and a digest of the pictures
    threshold: least cosine to each of the references
    """

    entry: Allow
    embedder: Embedder
    name: str
    version: str
    references: Vectors
    threshold: float

    def resembles(self, image: Image, region: Region) -> bool:
        """True for what the embedder takes for the one on every reference picture. Raises PluginError."""
        vector = _vector(self.embedder, self.name, image, region)
        if vector is None:
            return False
        if vector.shape != self.references.shape[1:]:
            message = f"embedder {self.name} gives vectors of several lengths"
            raise PluginError(message)
        return bool((self.references @ vector).min() >= self.threshold)


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """All that a policy's reference pictures show."""

    known: tuple[Known, ...] = ()

    @property
    def versions(self) -> tuple[str, ...]:
        """What else than the policy decides who is known: embedders, and what is on the pictures."""
        return tuple(f"{each.name} {each.version}" for each in self.known)

    def among(self, entries: Sequence[Allow], looker: Looker) -> Looker:
        """The looker, telling besides which of these entries' references each detection resembles."""
        known = tuple(each for each in self.known if each.entry in entries)
        return Acquainted(looker, known) if known else looker


@dataclass(frozen=True, slots=True)
class Acquainted:
    """A looker that tells of each detection whom it resembles."""

    looker: Looker
    known: tuple[Known, ...]

    def detect(self, image: Image) -> Sequence[Detection]:
        """What the looker finds in a uint8 (height, width, 3) RGB picture. Raises PluginError."""
        before = checksum(image)
        seen = tuple(
            dataclasses.replace(found, resembles=self._resembled(image, found)) for found in self.looker.detect(image)
        )
        if checksum(image) != before:
            names = " or ".join(sorted({each.name for each in self.known}))
            message = f"embedder {names} wrote into the picture: what is in it now was not looked at"
            raise PluginError(message)
        return seen

    def _resembled(self, image: Image, found: Detection) -> frozenset[str]:
        asked = (each for each in self.known if each.entry.label == found.label)
        return frozenset(each.entry.name for each in asked if each.resembles(image, found.region))


def acquaint(policy: Policy, looker: Looker) -> Acquaintance:
    """Look at the reference pictures of every entry of the policy's `allow` that names some.

    Raises PolicyError when an embedder is wanted and none or several are installed, when a folder holds anything but
    pictures of one and the same; PluginError when an embedder does not load or breaks its contract.
    """
    return Acquaintance(tuple(_known(each, policy, looker) for each in policy.allow if each.faces is not None))


def _known(entry: Allow, policy: Policy, looker: Looker) -> Known:
    embedder, package = _embedder(entry)
    threshold = max(_threshold(embedder), -1.0 if entry.likeness is None else entry.likeness)
    if entry.likeness is not None and entry.likeness < threshold:
        message = f"allow {entry.name}: likeness is at least {threshold:g} with {type(embedder).__name__}"
        raise PolicyError(message)
    pictures = _pictures(entry, policy.folder or Path())
    vectors = []
    digest = hashlib.sha256()
    for path in pictures:
        image = _read(path, entry)
        vectors.append(_reference(path, image, entry, embedder, looker))
        digest.update(hashlib.sha256(image.tobytes()).digest())
    if len({vector.shape for vector in vectors}) > 1:
        message = f"embedder {type(embedder).__name__} gives vectors of several lengths"
        raise PluginError(message)
    references = np.stack(vectors)
    if (references @ references.T).min() < threshold:
        message = f"allow {entry.name}: the pictures in {entry.faces} are not all of one and the same: take some out"
        raise PolicyError(message)
    version = f"{package} {digest.hexdigest()}"
    return Known(entry, embedder, type(embedder).__name__, version, references, threshold)


def _embedder(entry: Allow) -> tuple[Embedder, str]:
    """The embedder for an entry's label, and its package with version."""
    offered = [offer for offer in embedders() if offer.name == entry.label and entry.package in (None, offer.package)]
    if not offered:
        source = f" of package {entry.package}" if entry.package else ""
        message = (
            f"allow {entry.name}: nobody can tell one {entry.label} from another: install a package{source} that "
            f"offers {entry.label!r} under the entry-point group {EMBEDDERS}, or allow an area, times or a file instead"
        )
        raise PolicyError(message)
    if len(offered) > 1:
        packages = ", ".join(offer.package for offer in offered)
        message = f'allow {entry.name}: {packages} tell one {entry.label} from another: choose with package = "..."'
        raise PolicyError(message)
    return _built(offered[0]), offered[0].version


def _built(offer: Offer) -> Embedder:
    cls = offer.load()
    try:
        embedder: Embedder = cls()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        message = f"the embedder for {offer.name!r} of package {offer.package} could not be set up: {error}"
        raise PluginError(message) from error
    return embedder


def _threshold(embedder: Embedder) -> float:
    given: object = getattr(embedder, "threshold", None)
    if not (isinstance(given, (int, float)) and -1 < given <= 1):
        message = f"embedder {type(embedder).__name__} has no threshold between -1 and 1"
        raise PluginError(message)
    return float(given)


def _pictures(entry: Allow, folder: Path) -> list[Path]:
    """The reference pictures, by name. Names that begin with a dot are what file managers leave."""
    place = folder / (entry.faces or "")
    try:
        found = sorted(path for path in place.iterdir() if not path.name.startswith("."))
    except OSError as error:
        message = f"allow {entry.name}: the folder {entry.faces} cannot be read: {error.strerror}"
        raise PolicyError(message) from error
    if not 1 <= len(found) <= MOST_REFERENCES:
        message = f"allow {entry.name}: {entry.faces} holds {len(found)} pictures; 1 to {MOST_REFERENCES} are looked at"
        raise PolicyError(message)
    return found


def _read(path: Path, entry: Allow) -> Image:
    """A reference picture upright, uint8 (height, width, 3) RGB."""
    try:
        if path.is_symlink() or not path.is_file():
            message = "it is no regular file"
            raise MediaError(message)
        with path.open("rb") as stream:
            container = family(stream, path.suffix).name
        if container not in STILLS:
            message = f"it holds {container}"
            raise MediaError(message)
        return next(iter(open_footage(path, container).canvases())).view()
    except (MediaError, OSError) as error:
        message = f"allow {entry.name}: {path.name} in {entry.faces} is no picture to know somebody by: {error}"
        raise PolicyError(message) from error


def _reference(path: Path, image: Image, entry: Allow, embedder: Embedder, looker: Looker) -> Vectors:
    """The vector of the one thing that a reference picture shows."""
    found = [each for each in looker.detect(image) if each.label == entry.label and each.score >= SURE]
    if len(found) != 1:
        message = (
            f"allow {entry.name}: {path.name} in {entry.faces} plainly shows {len(found)} {entry.label}: "
            "take pictures of one, large and from the front"
        )
        raise PolicyError(message)
    vector = _vector(embedder, type(embedder).__name__, image, found[0].region)
    if vector is None:
        message = f"allow {entry.name}: who is on {path.name} in {entry.faces} cannot be told: take another picture"
        raise PolicyError(message)
    return vector


def _vector(embedder: Embedder, name: str, image: Image, region: Region) -> Vectors | None:
    """What the embedder says, at length 1; None where it cannot tell.

    Raises PluginError when it breaks its contract.
    """
    shown = image.view()
    shown.flags.writeable = False
    try:
        given = embedder.embed(shown, region)
        vector = None if given is None else np.asarray(given, np.float64)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # The message of a foreign exception may hold what it read in the picture, so only its type is told.
        message = f"embedder {name} raised {type(error).__name__}: this file was not looked at"
        raise PluginError(message) from error
    if vector is None:
        return None
    length = float(np.linalg.norm(vector)) if vector.ndim == 1 and vector.size else math.nan
    if not (math.isfinite(length) and length > 0):
        message = f"embedder {name} gave what is no vector"
        raise PluginError(message)
    return vector / length
