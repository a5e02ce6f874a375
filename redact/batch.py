"""Tree -> jobs -> any `concurrent.futures.Executor` -> receipts, and a manifest beside what was published.

Every entry of the tree ends as exactly one receipt: published, refused, failed or withheld. One file's failure never
stops the others.
"""

from __future__ import annotations

import functools
import os
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2

from redact.errors import MediaError, PolicyError, RedactError
from redact.examiner import PROMISES
from redact.model import Receipt, Report
from redact.policy import Policy
from redact.redactor import Name, Redactor, staging_beside
from redact.report import MANIFEST, manifest_text, merged, parsed

MOST_MANIFEST_BYTES = 1 << 28


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
    earlier = _earlier_manifest(target)
    redactor = Redactor(policy)
    every = [_unless_manifest(job, target) for job in jobs(source, target)]
    receipts: dict[Path, Receipt] = {}
    _make_folder(target)
    with tempfile.TemporaryDirectory(prefix=".redact-", dir=staging_beside(target)) as private:
        try:
            for receipt in _receipts(every, redactor, Path(private), workers, executor, watcher):
                receipts[receipt.source] = receipt
                watcher.end(receipt)
        finally:
            ordered = tuple(receipts[job.source] for job in every if job.source in receipts)
            report = Report(ordered)
            _write_manifest(manifest_text(merged(earlier, report, policy, target)), target, Path(private))
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


def _make_folder(target: Path) -> None:
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the output folder {target} cannot be made: {error.strerror}"
        raise PolicyError(message) from error


def _refuse_nesting(source: Path, target: Path) -> None:
    """Raise PolicyError unless `source` exists and `target` may be an output folder for it."""
    if not os.path.lexists(source):
        message = f"no such file or folder: {source}"
        raise PolicyError(message)
    if target.exists() and not target.is_dir():
        message = f"{target} is a file: the output is a folder"
        raise PolicyError(message)
    if not target.exists() and target.suffix.lower() in PROMISES:
        message = f"{target} is named like a file: the output is a folder, in which copies keep their names"
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
            yield _failed(job, redactor.policy, job.error)
    ready = [job for job in every if not job.error]
    if executor is not None:
        for job, outcome in _outcomes(executor, ready, redactor.policy, staging):
            yield _receipt(job, outcome, redactor.policy)
    elif workers > 1:
        yield from _shared(ready, redactor.policy, staging, workers)
    else:
        for job in ready:
            watcher.begin(job)
            yield redactor.file(job.source, job.target, staging=staging, progress=watcher.frames)


def _shared(ready: list[Job], policy: Policy, staging: Path, workers: int) -> Iterator[Receipt]:
    """The receipts of jobs that processes of our own share.

    A worker that dies takes all waiting jobs with it: each of them is tried once more, alone, so that only the
    culprit fails.
    """
    lost = []
    with _pool(workers) as pool:
        for job, outcome in _outcomes(pool, ready, policy, staging):
            if isinstance(outcome, BrokenExecutor):
                lost.append(job)
            else:
                yield _receipt(job, outcome, policy)
    for job in lost:
        with _pool(1) as pool:
            for again, outcome in _outcomes(pool, [job], policy, staging):
                yield _receipt(again, outcome, policy)


def _outcomes(
    pool: Executor, ready: list[Job], policy: Policy, staging: Path
) -> Iterator[tuple[Job, Receipt | BaseException]]:
    """Each job with its receipt, or with what its worker raised, as they get done."""
    waiting: dict[Future[Receipt], Job] = {}
    try:
        for job in ready:
            waiting[pool.submit(_redact, policy, job, staging)] = job
    except BrokenExecutor as error:
        yield from ((job, error) for job in ready[len(waiting) :])
    try:
        for future in as_completed(waiting):
            yield waiting[future], future.exception() or future.result()
    except BaseException:
        for future in waiting:
            future.cancel()
        raise


def _receipt(job: Job, outcome: Receipt | BaseException, policy: Policy) -> Receipt:
    if isinstance(outcome, Receipt):
        return outcome
    if isinstance(outcome, RedactError):
        return _failed(job, policy, str(outcome), outcome.exit_code)
    if isinstance(outcome, BrokenExecutor):
        return _failed(job, policy, f"{job.source.name}: the process that worked on it was killed or crashed")
    return _failed(job, policy, f"{job.source.name}: the worker raised {type(outcome).__name__}")


def _failed(job: Job, policy: Policy, error: str, exit_code: int = MediaError.exit_code) -> Receipt:
    return Receipt(job.source, None, "failed", policy=policy.digest, error=error, exit_code=exit_code)


def _redact(policy: Policy, job: Job, staging: Path) -> Receipt:
    return _redactor(policy).file(job.source, job.target, staging=staging)


@functools.lru_cache(maxsize=1)
def _redactor(policy: Policy) -> Redactor:
    """Models are built once in each worker process, not once a file."""
    return Redactor(policy)


def _begin_worker(threads: int) -> None:
    cv2.setNumThreads(threads)
    # Ctrl-C reaches every process of a terminal; the one that handed out the jobs answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _pool(workers: int) -> Iterator[Executor]:
    threads = max(1, (os.cpu_count() or 1) // workers)
    # Spawned, since OpenCV's threads do not survive a fork.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin_worker, initargs=(threads,))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _unless_manifest(job: Job, target: Path) -> Job:
    """A source must not be published under the name of the manifest."""
    if job.target != target / MANIFEST:
        return job
    return Job(job.source, job.target, f"{MANIFEST} is the manifest's own name: rename this file")


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
