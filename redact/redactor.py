"""`Redactor` and its verbs: examine, rewrite, verify, publish. The only publisher.

A copy is staged in a private folder, verified there, and linked under its name only when every check passed. A link
never overwrites, and it is there whole or not at all.
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import os
import stat
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy as shallow
from importlib import metadata
from pathlib import Path, PurePath

import numpy as np

from redact import attention, plugins, telling
from redact.allowance import Allow
from redact.contracts import Examined, Progress
from redact.errors import MediaError, PolicyError, RedactError, UnsupportedFormatError, VerificationError
from redact.examiner import Examination, examine
from redact.likeness import acquaint
from redact.model import Allowed, Check, Field, Findings, Image, Receipt, Status
from redact.placing import Given, looked_for
from redact.policy import Policy, Tracking
from redact.recognition import dropped, family, refuse_misnamed
from redact.regions import Regions
from redact.rewriter import rewrite
from redact.sifting import hidden
from redact.styles import cover
from redact.verifier import overlooked, verify

Name = str | os.PathLike[str]


def _unwatched(_frames: int) -> None:
    """Nobody wants to know how far it is."""


class Redactor:
    """A policy with its detectors built, for many files. Not to be shared between threads.

    regions: what is painted in place of looking, and then no detector is loaded; or besides: see `Regions.use`

    Raises PolicyError when the policy asks for what nobody offers, or does not hide what regions were given of;
    PluginError when a detector or its model is missing.
    """

    def __init__(self, policy: Policy | None = None, regions: Regions | None = None) -> None:
        self.policy = Policy() if policy is None else policy
        _refuse_sealed(self.policy)
        self._looked_for = looked_for(self.policy, regions)
        self._detectors = plugins.load(self._looked_for)
        self._acquaintance = acquaint(self._looked_for, self._detectors)
        self._regions = regions and self._used(regions)

    def given(self, regions: Regions) -> Redactor:
        """The same, with the regions of other files, of which this one was made to know the labels."""
        other = shallow(self)
        other._regions = self._used(regions)
        return other

    @property
    def _unsought(self) -> frozenset[str]:
        """Labels that are to be hidden and that no detector looks for."""
        return frozenset(self.policy.hide.keys() - self._looked_for.hide.keys())

    def _used(self, regions: Regions) -> Regions:
        """As they are used: where no detector is left that looks, in place of a look."""
        return regions if self._looked_for.hide else dataclasses.replace(regions, use="instead")

    @property
    def setting(self) -> str:
        """Digest of all that decides how a copy comes out: policy, version of the tool, versions of what looks."""
        looking = (*self._detectors.versions, *self._acquaintance.versions)
        given = (self._regions.digest,) if self._regions else ()
        parts = (self.policy.digest, metadata.version("redact-share"), *looking, *given)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def scope(self, path: PurePath) -> str:
        """Digest of what a source's path in its batch decides of its copy; "" where it decides nothing."""
        by_name = [entry.name for entry in self._looked_for.allow if entry.file is not None and entry.is_for(path)]
        listed = self._regions.only(path) if self._regions else None
        if not by_name and not (listed and listed.files):
            return ""
        parts = (*by_name, path.as_posix() if listed and listed.files else "")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def file(
        self,
        source: Name,
        target: Name,
        *,
        path: PurePath | None = None,
        staging: Path | None = None,
        progress: Progress = _unwatched,
    ) -> Receipt:
        """Publish a redacted and verified copy of `source` as `target`, and tell what happened.

        source:   a picture, a clip or a sidecar; only ever read
        target:   the copy's name, which must be free; its folder is made where needed
        path:     the source's path in its batch, by which the policy may allow what is in it, and regions are listed;
                  None: its name
        staging:  folder for the unverified copy, on the target's file system; None chooses one beside the target's
        progress: told how many frames are done

        What is wrong with the file, or with a detector that looked at it, becomes a receipt that says so, and nothing
        is left at `target`: see `Receipt.ok` and `Receipt.raise_for_status`. A sidecar of which the policy makes no
        copy has a receipt that names what is in it.
        """
        source, target = Path(source), Path(target)
        checks: tuple[Check, ...] = ()
        try:
            fields = dropped(_regular(source), self.policy)
            if fields is not None:
                return self._dropped(source, fields)
            with staged(target, staging) as copy:
                seen, checks = self._rewritten(source, target, copy, path, progress)
                with copy.open("rb") as written:
                    left = (*family(written, target.suffix).fields(written), *telling.fields(target.name))
                flags = attention.flags(seen.findings)
                digest = publish(copy, target, checks)
        except RedactError as error:
            return self._unpublished(source, error, checks)
        except OSError as error:
            unusable = MediaError(f"{source.name}: {error.strerror or type(error).__name__}")
            return self._unpublished(source, unusable, checks)
        except Exception as error:  # noqa: BLE001 - one file's failure, whatever it is, is its receipt
            unforeseen = MediaError(
                f"{source.name}: an error nobody foresaw ({type(error).__name__}): please report it"
            )
            return self._unpublished(source, unforeseen, checks)
        gone = removed(seen.findings.fields, left)
        painted = Counter(track.label for track in seen.findings.tracks)
        return Receipt(
            source=source,
            target=target,
            status="redacted" if gone or painted else "clean",
            removed=gone,
            hidden=dict(painted),
            styles={label: self.policy.hide[label].name for label in painted},
            allowed=_by_entry(seen.findings.allowed),
            origin=seen.findings.origin,
            checks=checks,
            policy=self.policy.digest,
            sha256=digest,
            attention=(*flags, *telling.attention([("file", target.name)], self.policy.kept)),
        )

    def image(self, image: Image) -> Image:
        """A copy of a picture with everything covered that the policy hides, but for what it allows by area or people.

        image: uint8 (height, width, 3) RGB, upright; it is not written to

        Raises UnsupportedFormatError for any other array, PluginError when a detector breaks, PolicyError where regions
        of files were given: an array is none of them.
        """
        if self._regions is not None:
            message = "regions were given for files: image() takes an array, of which they say nothing"
            raise PolicyError(message)
        if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            message = "image() takes a uint8 array of shape (height, width, 3), RGB: convert it first"
            raise UnsupportedFormatError(message)
        if not image.size:
            message = "image() was given a picture without pixels"
            raise UnsupportedFormatError(message)
        clean = np.array(image, order="C")
        allow = self._allow(None)
        found = self._acquaintance.among(allow, self._detectors).detect(clean)
        size = image.shape[1], image.shape[0]
        cover(clean, [(each.region, self.policy.hide[each.label]) for each in hidden(found, size, allow)])
        return clean

    def scan(self, source: Name, *, path: PurePath | None = None, progress: Progress = _unwatched) -> Findings:
        """All that is in a file: metadata of every kind, and what the policy would hide. Writes nothing.

        path, progress: see `file`

        Raises MediaError when the file cannot be read whole, PluginError when a detector breaks.
        """
        source = _regular(Path(source))
        fields = dropped(source, self.policy)
        if fields is not None:
            return Findings(fields, dropped=True)
        seen = self._examined(source, path)
        for done, _ in enumerate(seen.frames(), 1):
            progress(done)
        return seen.findings

    def described(self, source: Name) -> Findings:
        """The metadata of a file, whether or not its pictures can be looked at. Writes nothing.

        Raises MediaError when the file cannot be read, or is of no known format.
        """
        blind = dataclasses.replace(self.policy, hide={}, detectors={}, allow=())
        return examine(_regular(Path(source)), blind, self._detectors).findings

    def remaining(self, source: Name) -> tuple[Field, ...]:
        """The metadata that a copy of a file would hold, and what its name would tell in a tree of copies.

        Such a copy is made to find out, in a scratch file that never has a name. Raises MediaError when none can be.
        """
        source = _regular(Path(source))
        if dropped(source, self.policy) is not None:
            return ()
        named = telling.fields(source.name) if self.policy.names == "keep" else ()
        try:
            with source.open("rb") as original, tempfile.TemporaryFile() as copy:
                container = family(original, source.suffix)
                container.strip(original, copy, self.policy.kept)
                copy.seek(0)
                return (*container.fields(copy), *named)
        except OSError as error:
            message = f"{source.name}: {error.strerror or type(error).__name__}"
            raise MediaError(message) from error

    def _rewritten(
        self, source: Path, target: Path, copy: Path, path: PurePath | None, progress: Progress
    ) -> tuple[Examined, tuple[Check, ...]]:
        """Examine, rewrite and verify; once more, looking closer, where all that is wrong is something overlooked.

        What a look at later frames tells of earlier ones, which were written by then, has them written once more.
        """
        before = _state(source)
        for tracking in (self.policy.tracking, self.policy.tracking.closer):
            seen = self._examined(source, path, tracking)
            refuse_misnamed(target, seen.format)
            rewrite(seen, self.policy, copy, progress)
            if seen.late:
                seen = seen.again()
                rewrite(seen, self.policy, copy, progress)
            checks = verify(source, copy, seen.findings, self._detectors, self.policy)
            if not overlooked(checks):
                break
        if _state(source) != before:
            # Looking, writing and verifying read it one after the other: they may have read different pictures.
            message = f"{source.name} was changed while it was read: try again when nothing writes to it"
            raise MediaError(message)
        return seen, checks

    def _examined(self, source: Path, path: PurePath | None, tracking: Tracking | None = None) -> Examination:
        path = path or PurePath(source.name)
        allow = self._allow(path)
        looker = self._acquaintance.among(allow, self._detectors)
        given = Given(self._regions, path, self._unsought) if self._regions else None
        return examine(source, self.policy, looker, tracking, allow, given)

    def _allow(self, path: PurePath | None) -> tuple[Allow, ...]:
        """The entries of the policy's `allow` that are for a file of that path; None: for pixels without a file."""
        return tuple(entry for entry in self._looked_for.allow if entry.is_for(path))

    def _dropped(self, source: Path, fields: tuple[Field, ...]) -> Receipt:
        error = f"{source.name} is a sidecar, and sidecars are not copied"
        if dropped(source, dataclasses.replace(self.policy, sidecars="strip")) is None:
            error += "; sidecars='strip' cleans this one"
        return Receipt(source, None, "dropped", removed=fields, policy=self.policy.digest, error=error)

    def _unpublished(self, source: Path, error: RedactError, checks: tuple[Check, ...]) -> Receipt:
        status: Status = "failed"
        if isinstance(error, VerificationError):
            status = "withheld"
        elif isinstance(error, UnsupportedFormatError):
            status = "refused"
        return Receipt(
            source=source,
            target=None,
            status=status,
            checks=checks,
            policy=self.policy.digest,
            error=str(error),
            exit_code=error.exit_code,
        )


def removed(found: Iterable[Field], left: Iterable[Field]) -> tuple[Field, ...]:
    """The metadata that was found in a file and is not, or not as often, in its copy."""
    return tuple((Counter(found) - Counter(left)).elements())


def _by_entry(allowed: Iterable[Allowed]) -> dict[str, dict[str, int]]:
    """How many things of which label stay visible by each entry."""
    counts = Counter((each.entry, each.label) for each in allowed)
    return {entry: {label: count} for (entry, label), count in counts.items()}


def _refuse_sealed(policy: Policy) -> None:
    for entry in policy.allow:
        if entry.sealed:
            message = f"allow {entry.name} is sealed, as in a manifest: take the policy that the manifest tells of"
            raise PolicyError(message)


@contextmanager
def staged(target: Path, staging: Path | None = None) -> Iterator[Path]:
    """A name in a private folder for the unverified copy; the folder is gone afterwards, whatever happened.

    It lies on the target's file system, so that publishing is a link, but not in the output folder: what is in there
    is complete. Raises MediaError when the target's name is taken.
    """
    if os.path.lexists(target):
        message = (
            f"{target.name} exists already in the output folder and is not overwritten: remove it, or name another"
        )
        raise MediaError(message)
    with tempfile.TemporaryDirectory(prefix=".redact-", dir=staging or staging_beside(target.parent)) as private:
        yield Path(private) / "copy"


def staging_beside(folder: Path) -> Path:
    """Where to stage for an output folder: its parent where that is the same file system and writable, else itself."""
    existing = folder
    while not existing.exists():
        existing = existing.parent
    beside = existing.resolve().parent
    if existing == folder and os.access(beside, os.W_OK) and beside.stat().st_dev == existing.stat().st_dev:
        return beside
    return existing


def publish(copy: Path, target: Path, checks: Sequence[Check]) -> str:
    """Give a staged copy its name, once every check has passed; returns its SHA-256.

    Raises VerificationError when one did not pass, MediaError when the name was taken meanwhile.
    """
    unmet = [check for check in checks if not check.passed]
    if unmet or not checks:
        reasons = "; ".join(f"{check.name}: {check.detail}" for check in unmet) or "nothing was checked"
        message = f"the copy was not published: {reasons}"
        raise VerificationError(message)
    with copy.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(copy, target)
    except FileExistsError as error:
        message = f"{target.name} appeared in the output folder meanwhile and is not overwritten"
        raise MediaError(message) from error
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):
            raise
        message = (
            "the output folder's file system has no hard links, by which copies are published: choose another disk"
        )
        raise MediaError(message) from error
    _sync_folder(target.parent)
    return digest


def _state(source: Path) -> tuple[int, ...]:
    """What changes when a file is written to or replaced; the time of its last change cannot be set back."""
    found = source.lstat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power loss."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _regular(source: Path) -> Path:
    """The source, if it is a file of its own. Opening a FIFO would wait for ever, and a link may lead anywhere."""
    try:
        mode = source.lstat().st_mode
    except OSError as error:
        message = f"{source.name} cannot be read: {error.strerror}"
        raise MediaError(message) from error
    if stat.S_ISLNK(mode):
        message = f"{source.name} is a symbolic link, which is not followed: name the file itself"
        raise UnsupportedFormatError(message)
    if stat.S_ISDIR(mode):
        message = f"{source.name} is a folder: redact.folder and `redact run` take folders"
        raise UnsupportedFormatError(message)
    if not stat.S_ISREG(mode):
        message = f"{source.name} is no regular file"
        raise UnsupportedFormatError(message)
    return source
