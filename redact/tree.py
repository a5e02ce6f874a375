"""A tree of files -> jobs: what is to be published, and under which name in the output folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from redact.errors import PolicyError
from redact.recognition import PROMISES


@dataclass(frozen=True, slots=True)
class Job:
    """One entry of the tree.

    source: the file
    target: its name in the output folder
    error:  why it cannot be processed, where that is known already
    path:   of the source below the root of the tree
    """

    source: Path
    target: Path
    error: str | None = None
    path: PurePath = field(default_factory=PurePath)


def jobs(source: Path, target: Path) -> Iterator[Job]:
    """One job for every entry below `source` that is no folder, sorted by name; folders that cannot be read too.

    Links are entries and no ways. Where a link in the output folder leads out of it the job has an error.
    """
    if not source.is_dir():
        yield Job(source, target / source.name, path=PurePath(source.name))
        return
    # A stack, not recursion: whoever made the tree chose its depth.
    waiting = _entries(Job(source, target))
    while waiting:
        job, is_folder = waiting.pop()
        if not is_folder:
            yield job
        elif is_link(job.target):
            yield Job(job.source, job.target, f"{job.target.name} in the output folder is a link: it is not followed")
        else:
            waiting += _entries(job)


def _entries(folder: Job) -> list[tuple[Job, bool]]:
    """The entries of a folder, last name first, and which of them are folders; or that it cannot be read."""
    try:
        with os.scandir(folder.source) as listing:
            found = {entry.name: entry.is_dir(follow_symlinks=False) for entry in listing}
    except OSError as error:
        problem = f"the folder {folder.source.name} cannot be read: {error.strerror}"
        return [(Job(folder.source, folder.target, problem), False)]
    names = sorted(found, key=os.fsencode, reverse=True)
    return [(_inside(folder, name), found[name]) for name in names]


def _inside(folder: Job, name: str) -> Job:
    return Job(folder.source / name, folder.target / name, path=folder.path / name)


def is_link(path: Path) -> bool:
    """True for a link; False too for what cannot be looked at, as under a name that is too long."""
    try:
        return path.is_symlink()
    except OSError:
        return False


def is_regular(path: Path) -> bool:
    """True for a file of its own, neither a link nor a pipe; False too for what cannot be looked at."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def make_folder(target: Path) -> None:
    """Make the output folder. Raises PolicyError when it cannot be made."""
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the output folder {target} cannot be made: {error.strerror}"
        raise PolicyError(message) from error


def refuse_nesting(source: Path, target: Path) -> None:
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
