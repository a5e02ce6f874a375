"""Jobs -> processes -> receipts. A worker that dies costs at most the file it worked on."""

from __future__ import annotations

import functools
import hashlib
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import cv2

from redact.errors import MediaError, RedactError
from redact.model import Receipt
from redact.policy import Policy
from redact.redactor import Redactor
from redact.regions import Regions
from redact.tree import Job, is_regular


def shared(
    ready: Sequence[Job], policy: Policy, staging: Path, workers: int, regions: Regions | None = None
) -> Iterator[Receipt]:
    """The receipts of jobs that so many processes of our own share, as they get done.

    A worker that dies takes all waiting jobs with it: each of them is tried once more, alone, so that only the
    culprit fails. What another had published by then, and had no time to tell of, is known by being the same again.
    """
    lost = []
    with _pool(workers) as pool:
        for job, outcome in _outcomes(pool, ready, policy, staging, regions):
            if isinstance(outcome, BrokenExecutor):
                lost.append(job)
            else:
                yield _receipt(job, outcome, policy)
    for number, job in enumerate(lost):
        published = is_regular(job.target)
        once_more = replace(job, target=staging / f"lost-{number}" / job.target.name) if published else job
        with _pool(1) as pool:
            for again, outcome in _outcomes(pool, [once_more], policy, staging, regions):
                receipt = _receipt(again, outcome, policy)
                yield _recognised(job, receipt, policy) if published else receipt


def _recognised(job: Job, receipt: Receipt, policy: Policy) -> Receipt:
    """The receipt of a job that was done once more beside its target, for the target if that is the same copy."""
    if not receipt.ok:
        return receipt
    with job.target.open("rb") as copy:
        same = hashlib.file_digest(copy, "sha256").hexdigest() == receipt.sha256
    if same:
        return replace(receipt, target=job.target)
    return failed(
        job, policy, f"{job.target.name} exists already in the output folder and is not overwritten: remove it"
    )


def lent(
    executor: Executor, ready: Sequence[Job], policy: Policy, staging: Path, regions: Regions | None = None
) -> Iterator[Receipt]:
    """The receipts of jobs that somebody else's executor takes, as they get done. It is theirs to shut down."""
    for job, outcome in _outcomes(executor, ready, policy, staging, regions):
        yield _receipt(job, outcome, policy)


def failed(job: Job, policy: Policy, error: str, exit_code: int = MediaError.exit_code) -> Receipt:
    """The receipt of a job that was not done."""
    return Receipt(job.source, None, "failed", policy=policy.digest, error=error, exit_code=exit_code)


def _outcomes(
    pool: Executor, ready: Sequence[Job], policy: Policy, staging: Path, regions: Regions | None
) -> Iterator[tuple[Job, Receipt | BaseException]]:
    """Each job with its receipt, or with what its worker raised, as they get done."""
    waiting: dict[Future[Receipt], Job] = {}
    try:
        for job in ready:
            # A job travels with the regions of its own file, not with those of thousands.
            part = regions.only(job.path) if regions and job.path else None
            waiting[pool.submit(_redact, policy, job, staging, part)] = job
    except BrokenExecutor as error:
        yield from ((job, error) for job in ready[len(waiting) :])
    try:
        for future in as_completed(list(waiting)):
            yield waiting.pop(future), future.exception() or future.result()
    except KeyboardInterrupt:
        # What is in work is published all the same, so it has to be known to the next run.
        for future in as_completed([each for each in waiting if not each.cancel()]):
            yield waiting[future], future.exception() or future.result()
        raise
    finally:
        for future in waiting:
            future.cancel()


def _receipt(job: Job, outcome: Receipt | BaseException, policy: Policy) -> Receipt:
    if isinstance(outcome, Receipt):
        return outcome
    if isinstance(outcome, RedactError):
        return failed(job, policy, str(outcome), outcome.exit_code)
    if isinstance(outcome, BrokenExecutor):
        return failed(job, policy, f"{job.source.name}: the process that worked on it was killed or crashed")
    return failed(job, policy, f"{job.source.name}: the worker raised {type(outcome).__name__}")


def _redact(policy: Policy, job: Job, staging: Path, regions: Regions | None) -> Receipt:
    redactor = _redactor(policy, regions and regions.only())
    if regions is not None:
        redactor = redactor.given(regions)
    return redactor.file(job.source, job.target, path=job.path, staging=staging)


@functools.lru_cache(maxsize=1)
def _redactor(policy: Policy, regions: Regions | None) -> Redactor:
    """Models are built once in each worker process, not once a file; `regions` tells the labels and lists no file."""
    return Redactor(policy, regions)


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
