"""Tree -> jobs -> any `concurrent.futures.Executor` -> receipts, and a manifest beside what was published.

Every entry of the tree ends as exactly one receipt: published, refused, failed or withheld. One file's failure never
stops the others.
"""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2

from redact.errors import MediaError, PolicyError
from redact.model import Receipt, Report
from redact.policy import Policy
from redact.redactor import Name, Redactor, staging_beside
from redact.report import MANIFEST, manifest_text, merged


@dataclass(frozen=True, slots=True)
class Job:
    """One entry of the tree.

    source: the file
    target: its name in the output folder
    error:  why it cannot be processed, where that is known already
    """

    source: Path
    target: Path
    error: str | None = None


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
    workers: int = 1,
    executor: Executor | None = None,
    watcher: Watcher | None = None,
) -> Report:
    """Publish redacted and verified copies of all files below `source` in `target`, mirroring the tree.

    source:   a folder, or a single file
    target:   the output folder; made where needed, and neither inside `source` nor around it
    workers:  how many processes share the files; 1 works in this one, with all cores on each file
    executor: takes the jobs in place of processes of our own
    watcher:  told about every file

    The receipts are in the order of the tree. Links are not followed, and no existing file is overwritten. When it is
    interrupted, what was published by then is complete and listed in the manifest.
    Raises PolicyError and PluginError before any file is opened.
    """
    source, target = Path(source), Path(target)
    policy = Policy() if policy is None else policy
    watcher = Watcher() if watcher is None else watcher
    _refuse_nesting(source, target)
    redactor = Redactor(policy)
    every = list(jobs(source, target))
    receipts: dict[Path, Receipt] = {}
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".redact-", dir=staging_beside(target)) as private:
        try:
            for receipt in _receipts(every, redactor, Path(private), workers, executor, watcher):
                receipts[receipt.source] = receipt
                watcher.end(receipt)
        finally:
            ordered = tuple(receipts[job.source] for job in every if job.source in receipts)
            report = Report(ordered)
            _write_manifest(report, policy, target, Path(private))
    return report


def jobs(source: Path, target: Path) -> Iterator[Job]:
    """One job for every entry below `source` that is no folder, sorted by name; folders that cannot be read too."""
    if not source.is_dir():
        yield Job(source, target / source.name)
        return
    try:
        with os.scandir(source) as listing:
            entries = sorted(listing, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        yield Job(source, target, f"the folder {source.name} cannot be read: {error.strerror}")
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            yield from jobs(path, target / entry.name)
        else:
            yield Job(path, target / entry.name)


def _refuse_nesting(source: Path, target: Path) -> None:
    """Raise PolicyError unless `source` exists and `target` may be an output folder for it."""
    if not os.path.lexists(source):
        message = f"there is no {source}"
        raise PolicyError(message)
    if target.exists() and not target.is_dir():
        message = f"{target} is a file: the output is a folder"
        raise PolicyError(message)
    origin, output = source.resolve(), target.resolve()
    if origin == output:
        message = f"{target} is the source itself: originals are never overwritten, name another folder"
        raise PolicyError(message)
    if origin in output.parents:
        message = f"{target} lies inside the source: what is published would be taken for an original next time"
        raise PolicyError(message)
    if output in origin.parents and source.is_dir():
        message = f"{source} lies inside the output folder: originals and what may be shared would be mixed"
        raise PolicyError(message)


def _receipts(
    every: list[Job], redactor: Redactor, staging: Path, workers: int, executor: Executor | None, watcher: Watcher
) -> Iterator[Receipt]:
    for job in every:
        if job.error:
            yield _unreadable(job, redactor.policy)
    ready = [job for job in every if not job.error]
    if executor is None and workers == 1:
        for job in ready:
            watcher.begin(job)
            yield redactor.file(job.source, job.target, staging=staging, progress=watcher.frames)
        return
    with _pool(workers) if executor is None else _lent(executor) as pool:
        waiting = {pool.submit(_redact, redactor.policy, job, staging): job for job in ready}
        try:
            for future in as_completed(waiting):
                yield _result(future, waiting[future], redactor.policy)
        except BaseException:
            for future in waiting:
                future.cancel()
            raise


def _result(future: Future[Receipt], job: Job, policy: Policy) -> Receipt:
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001 - a worker that died is one file's failure
        problem = f"{job.source.name}: the worker process ended ({type(error).__name__})"
        return _unreadable(Job(job.source, job.target, problem), policy)


def _unreadable(job: Job, policy: Policy) -> Receipt:
    return Receipt(job.source, None, "failed", policy=policy.digest, error=job.error, exit_code=MediaError.exit_code)


def _redact(policy: Policy, job: Job, staging: Path) -> Receipt:
    return _redactor(policy).file(job.source, job.target, staging=staging)


@functools.lru_cache(maxsize=1)
def _redactor(policy: Policy) -> Redactor:
    """Models are built once in each worker process, not once a file."""
    return Redactor(policy)


@contextmanager
def _pool(workers: int) -> Iterator[Executor]:
    threads = max(1, (os.cpu_count() or 1) // workers)
    # Spawned, since OpenCV's threads do not survive a fork.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=cv2.setNumThreads, initargs=(threads,))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _lent(executor: Executor) -> Iterator[Executor]:
    """The caller's own: it is theirs to shut down."""
    yield executor


def _write_manifest(report: Report, policy: Policy, target: Path, private: Path) -> None:
    """Put the manifest in place in one step, with what an earlier run into the same folder published."""
    place = target / MANIFEST
    earlier = place.read_text(encoding="utf-8") if place.is_file() else None
    text = manifest_text(merged(earlier, report, policy, target))
    staged = private / MANIFEST
    with staged.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(place)
