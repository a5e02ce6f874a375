"""Tree -> jobs -> receipts, and a manifest beside what was published.

Every entry of the tree ends as exactly one receipt: published, dropped, refused, failed or withheld. One file's failure
never stops the others.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path

from redact import telling
from redact.errors import PolicyError
from redact.journal import Journal, state_folder
from redact.model import Receipt, Report
from redact.naming import renamed
from redact.policy import Policy
from redact.redactor import Name, Redactor, staging_beside
from redact.regions import Regions
from redact.report import MANIFEST, manifest_text, merged, parsed
from redact.tree import Job, jobs, make_folder, refuse_nesting
from redact.workers import failed, lent, shared

MOST_MANIFEST_BYTES = 1 << 28


class Watcher:
    """What wants to know how a batch goes. This one does not; a progress bar overrides it."""

    def begin(self, job: Job) -> None:
        """A file is taken up in this process."""

    def frames(self, done: int) -> None:
        """So many frames of it are done."""

    def end(self, receipt: Receipt) -> None:
        """A file is through, whatever became of it."""


def folder(
    source: Name,
    target: Name,
    policy: Policy | None = None,
    *,
    regions: Regions | None = None,
    workers: int = 1,
    executor: Executor | None = None,
    watcher: Watcher | None = None,
) -> Report:
    """Publish redacted and verified copies of all files below `source` in `target`, mirroring the tree.

    The names are the originals' or, where the policy says so, others: see `naming`.

    source:   a folder, or a single file
    target:   the output folder; made where needed, and neither inside `source` nor around it
    regions:  what is painted in place of looking, or besides, by the files' paths below `source`
    workers:  how many processes share the files; 1 works in this one, with all cores on each file
    executor: takes the jobs in place of processes of our own
    watcher:  told about every file

    The receipts are in the order of the tree. Links are not followed, and no existing file is overwritten. When it is
    interrupted, what was published by then is complete and listed in the manifest, and the same call goes on from
    there: what an earlier one made of the same content in the same setting has a receipt without checks.
    Raises PolicyError and PluginError before any file is opened.
    """
    source, target = Path(source), Path(target)
    policy = Policy() if policy is None else policy
    watcher = Watcher() if watcher is None else watcher
    refuse_nesting(source, target)
    earlier = _earlier_manifest(target)
    redactor = Redactor(policy, regions)
    journal = _journal(redactor.setting)
    every = [_unless_manifest(job, target) for job in _named(source, target, policy, journal)]
    _refuse_strangers(every, regions)
    receipts: dict[Path, Receipt] = {}
    make_folder(target)
    with tempfile.TemporaryDirectory(prefix=".redact-", dir=staging_beside(target)) as private:
        try:
            for receipt in _receipts(every, redactor, regions, journal, Path(private), workers, executor, watcher):
                receipt = _attended(receipt, target, policy)
                receipts[receipt.source] = receipt
                watcher.end(receipt)
        finally:
            report = Report(tuple(receipts[job.source] for job in every if job.source in receipts))
            _write_manifest(manifest_text(merged(earlier, report, policy, target)), target, Path(private))
    return report


def _refuse_strangers(every: Sequence[Job], regions: Regions | None) -> None:
    """Raise PolicyError for regions besides what is found, of a file that is not there: its name may be misspelt."""
    if regions is None or regions.use == "instead":
        return
    strangers = sorted(regions.files.keys() - {job.path.as_posix() for job in every if job.path})
    if strangers:
        message = f"the regions that were given list {strangers[0]!r}, which is not in the source folder: take it out"
        raise PolicyError(message)


def _receipts(
    every: Sequence[Job],
    redactor: Redactor,
    regions: Regions | None,
    journal: Journal | None,
    staging: Path,
    workers: int,
    executor: Executor | None,
    watcher: Watcher,
) -> Iterator[Receipt]:
    """One receipt for every job: those that need no work first."""
    ready = []
    for job in every:
        if job.error:
            yield failed(job, redactor.policy, job.error)
        elif earlier := _published_before(job, redactor, journal):
            yield earlier
        else:
            ready.append(job)
    scopes = {job.source: redactor.scope(job.path) for job in ready}
    for receipt in _done(ready, redactor, regions, staging, workers, executor, watcher):
        _note(journal, receipt, scopes[receipt.source])
        yield receipt


def _done(
    ready: Sequence[Job],
    redactor: Redactor,
    regions: Regions | None,
    staging: Path,
    workers: int,
    executor: Executor | None,
    watcher: Watcher,
) -> Iterator[Receipt]:
    if executor is not None:
        yield from lent(executor, ready, redactor.policy, staging, regions)
    elif workers > 1:
        yield from shared(ready, redactor.policy, staging, workers, regions)
    else:
        for job in ready:
            watcher.begin(job)
            yield redactor.file(job.source, job.target, path=job.path, staging=staging, progress=watcher.frames)


def _attended(receipt: Receipt, target: Path, policy: Policy) -> Receipt:
    """The receipt with flags for all names under which a copy lies in the output folder: its own and its folders'."""
    if receipt.target is None:
        return receipt
    *folders, name = receipt.target.relative_to(target).parts
    names = [("folder", folder) for folder in folders] + [("file", name)]
    seen = (flag for flag in receipt.attention if flag.code not in telling.CODES)
    return dataclasses.replace(receipt, attention=(*seen, *telling.attention(names, policy.kept)))


def _journal(setting: str) -> Journal | None:
    """The journal of this user; None where there is no place for one, and then a run cannot go on from another."""
    try:
        return Journal(state_folder(), setting)
    except (OSError, RuntimeError):
        return None


def _named(source: Path, target: Path, policy: Policy, journal: Journal | None) -> list[Job]:
    """One job for every entry below `source`. Raises PolicyError where its name would not be known to the next run."""
    if policy.names == "keep":
        return list(jobs(source, target))
    if journal is None:
        message = "names need a journal: set XDG_STATE_HOME to a folder that can be written"
        raise PolicyError(message)
    return renamed(source, target, policy, journal)


def _published_before(job: Job, redactor: Redactor, journal: Journal | None) -> Receipt | None:
    """The receipt of a job that an earlier run did, as it is to be done now or otherwise."""
    if journal is None:
        return None
    with contextlib.suppress(OSError):
        if earlier := journal.published(job.source, job.target, redactor.scope(job.path)):
            return earlier
        if journal.made_otherwise(job.source, job.target):
            problem = f"{job.target.name} was made under another policy: remove it, or name another output folder"
            return failed(job, redactor.policy, problem)
    return None


def _note(journal: Journal | None, receipt: Receipt, scope: str) -> None:
    """Note what was published. A journal that cannot be written costs the next run time, and this one nothing."""
    if journal is not None and receipt.ok:
        with contextlib.suppress(OSError):
            journal.record(receipt, scope)


def _unless_manifest(job: Job, target: Path) -> Job:
    """A source must not be published under the name of the manifest."""
    # Neither as a folder, nor where a file system takes capitals for the same letters.
    if job.target.relative_to(target).parts[0].casefold() != MANIFEST:
        return job
    return Job(job.source, job.target, f"{MANIFEST} is the manifest's own name: rename this file or folder")


def _earlier_manifest(target: Path) -> str | None:
    """The text of the manifest that an earlier run into the folder left. Raises PolicyError when it is none."""
    place = target / MANIFEST
    if not os.path.lexists(place):
        return None
    if place.is_symlink() or not place.is_file() or place.stat().st_size > MOST_MANIFEST_BYTES:
        message = f"{MANIFEST} in the output folder is no manifest: move it away"
        raise PolicyError(message)
    try:
        text = place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{MANIFEST} in the output folder cannot be read: move it away"
        raise PolicyError(message) from error
    parsed(text)
    return text


def _write_manifest(text: str, target: Path, private: Path) -> None:
    """Put the manifest in place in one step."""
    staged = private / MANIFEST
    with staged.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(target / MANIFEST)
