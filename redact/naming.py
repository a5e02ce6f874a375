"""Jobs -> the same jobs under other names: names of files and of folders tell places and times too.

Random names are noise, drawn anew for every copy, so that neither a second card nor a second recipient ever meets one
again. Serial names are numbers in the order of the tree, and what is new goes on after the highest. What an earlier run
published keeps its name: the journal knows it by its content. Nothing of the old name stays but a suffix that says the
format.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import hashlib
import itertools
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import Protocol

from redact.policy import Policy
from redact.recognition import PROMISES, is_publishable
from redact.tree import Job, is_regular, jobs

_TOKEN_BYTES = 10
_TOKEN = re.compile(r"[a-z2-7]{16}", re.ASCII)
_FILE_DIGITS, _FOLDER_DIGITS = 6, 4
_FILE = re.compile(rf"\d{{{_FILE_DIGITS},9}}", re.ASCII)
_FOLDER = re.compile(rf"\d{{{_FOLDER_DIGITS},9}}", re.ASCII)


class Memory(Protocol):
    """What is known of earlier runs."""

    def copies(self, source: Path) -> Sequence[str]:
        """SHA-256, hexadecimal, of what was published of a source of this content, best first. Raises OSError."""
        ...


def renamed(source: Path, target: Path, policy: Policy, memory: Memory) -> list[Job]:
    """One job for every entry below `source`, as `tree.jobs` gives them, under the names that the policy asks for."""
    # Walked without the output folder: its names have nothing to do with those of the source.
    every = list(jobs(source, source))
    root = source if source.is_dir() else source.parent
    paths = [job.source.relative_to(root) for job in every]
    names = _Names(target, policy, memory).given(every, paths)
    return [dataclasses.replace(job, target=target / name) for job, name in zip(every, names, strict=True)]


def _suffix(path: PurePath) -> str:
    """The suffix that says the format, in lower case; none where it says anything else."""
    suffix = path.suffix.lower()
    return suffix if suffix in PROMISES else ""


def _tokens() -> Iterator[str]:
    """Eighty bits each in letters and digits of one case, so that no file system takes two of them for one name."""
    while True:
        yield base64.b32encode(secrets.token_bytes(_TOKEN_BYTES)).decode().lower()


def _numbers(taken: Iterable[str], digits: int) -> Iterator[str]:
    """The numbers after the highest that is taken."""
    for number in itertools.count(max(map(int, taken), default=0) + 1):
        yield f"{number:0{digits}}"


class _Names:
    """The names in one output folder: those that earlier runs gave, and new ones."""

    def __init__(self, target: Path, policy: Policy, memory: Memory) -> None:
        self._target = target
        self._policy = policy
        self._memory = memory
        self._folders: dict[PurePath, PurePath] = {PurePath(): PurePath()}
        self._originals: dict[PurePath, PurePath] = {PurePath(): PurePath()}
        self._published: dict[str, list[PurePath]] = {}
        self._folder_shape = _TOKEN if policy.names == "random" else _FOLDER
        there = list(_files(target))
        for path in there:
            self._published.setdefault(_digest(target / path), []).append(path)
        if policy.names == "random":
            self._new_files, self._new_folders = _tokens(), _tokens()
        else:
            given = [path for path in there if _FILE.fullmatch(path.stem) and self._is_given(path.parent)]
            self._new_files = _numbers((path.stem for path in given), _FILE_DIGITS)
            self._new_folders = _numbers((part for path in given for part in path.parent.parts), _FOLDER_DIGITS)

    def given(self, every: Sequence[Job], paths: Sequence[PurePath]) -> list[PurePath]:
        """A name for each: first what was published, then what looks as if it could be, in the order of the tree."""
        names: dict[PurePath, PurePath] = {}
        for job, path in zip(every, paths, strict=True):
            if (earlier := self._earlier(job.source, path)) is not None:
                names[path] = earlier
        rest = [(job, path) for job, path in zip(every, paths, strict=True) if path not in names]
        unlikely = {path for job, path in rest if job.error or not is_publishable(job.source, self._policy)}
        for _, path in sorted(rest, key=lambda each: each[1] in unlikely):
            names[path] = self._new(path)
        return [names[path] for path in paths]

    def _earlier(self, source: Path, path: PurePath) -> PurePath | None:
        """The name under which a source was published, in a folder that may stand for the source's own."""
        if not self._published or not is_regular(source):
            return None
        with contextlib.suppress(OSError):
            for digest in self._memory.copies(source):
                for name in self._published.get(digest, ()):
                    if not self._is_given(name.parent) or self._agree(path.parent, name.parent):
                        self._published[digest].remove(name)
                        return name
        return None

    def _is_given(self, folder: PurePath) -> bool:
        """True for a folder whose names look as if they were given here: no other takes anything new."""
        return all(map(self._folder_shape.fullmatch, folder.parts))

    def _agree(self, folder: PurePath, published: PurePath) -> bool:
        """True when one folder may stand for the other as all that was published so far has it; they then do."""
        if len(folder.parts) != len(published.parts):
            return False
        pairs = [(folder, published), *zip(folder.parents, published.parents, strict=True)]
        for original, name in pairs:
            if self._folders.get(original, name) != name or self._originals.get(name, original) != original:
                return False
        for original, name in pairs:
            self._pair(original, name)
        return True

    def _pair(self, original: PurePath, name: PurePath) -> None:
        self._folders[original], self._originals[name] = name, original

    def _new(self, path: PurePath) -> PurePath:
        for folder in reversed([path.parent, *path.parent.parents]):
            if folder not in self._folders:
                self._pair(folder, self._free(self._folders[folder.parent], self._new_folders))
        return self._free(self._folders[path.parent], self._new_files, _suffix(path))

    def _free(self, parent: PurePath, names: Iterator[str], suffix: str = "") -> PurePath:
        """The next name that nothing in the output folder has."""
        paths = (parent / f"{name}{suffix}" for name in names)
        return next(path for path in paths if not os.path.lexists(self._target / path))


def _files(target: Path) -> Iterator[PurePath]:
    """The files in an output folder, in order."""
    for job in jobs(target, target) if target.is_dir() else ():
        if not job.error and is_regular(job.source):
            yield job.source.relative_to(target)


def _digest(path: Path) -> str:
    """SHA-256, hexadecimal; of nothing for a file that cannot be read."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
    return ""
