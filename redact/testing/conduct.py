"""What a detector does beside looking: opening sockets, writing files, starting processes.

What Python code does is heard through an audit hook (PEP 578), also where the detector swallows the error. Native code
raises no such events; a socket that it leaves open is seen among the descriptors of the process.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DESCRIPTORS = Path("/proc/self/fd")

SOCKETS = "open a socket"
FILES = "write a file"
PROCESSES = "start a process"

EVENTS = {
    "socket.__new__": SOCKETS,
    "socket.connect": SOCKETS,
    "socket.getaddrinfo": SOCKETS,
    "os.mkdir": FILES,
    "os.remove": FILES,
    "os.rename": FILES,
    "os.truncate": FILES,
    "subprocess.Popen": PROCESSES,
    "os.system": PROCESSES,
    "os.exec": PROCESSES,
    "os.fork": PROCESSES,
    "os.forkpty": PROCESSES,
    "os.posix_spawn": PROCESSES,
}
"""Audit events, and what a detector that raises one of them does."""

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@contextmanager
def well_behaved() -> Iterator[None]:
    """Within it, opening a socket, writing a file and starting a process are refused, and an AssertionError at the end.

    What Python writes to keep modules compiled is let through.
    """
    with _heard({SOCKETS, FILES, PROCESSES}):
        yield


@contextmanager
def no_sockets() -> Iterator[None]:
    """Within it, opening a socket from Python is refused, and an AssertionError at the end; files are not minded."""
    with _heard({SOCKETS}):
        yield


@contextmanager
def _heard(minded: set[str]) -> Iterator[None]:
    ear = _ear()
    before, outer = _open_sockets(), (ear.minded, ear.heard)
    ear.minded, ear.heard = frozenset(minded), []
    try:
        yield
    finally:
        heard = ear.heard
        ear.minded, ear.heard = outer
    if _open_sockets() - before:
        heard.append(SOCKETS)
    assert not heard, f"it must not {heard[0]}"


class _Ear:
    """What is listened for, and what was heard."""

    def __init__(self) -> None:
        self.minded: frozenset[str] = frozenset()
        self.heard: list[str] = []

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuse what is listened for."""
        if not self.minded:
            return
        deed = _writing(arguments) if event == "open" else EVENTS.get(event)
        if deed in self.minded:
            self.heard.append(deed)
            message = f"it must not {deed}"
            raise AssertionError(message)


@functools.cache
def _ear() -> _Ear:
    """One for the process: an audit hook cannot be taken back, so it falls deaf instead."""
    ear = _Ear()
    sys.addaudithook(ear.hook)
    return ear


def _writing(arguments: tuple[Any, ...]) -> str | None:
    """What opening a file with these arguments of the event "open" is; None for reading, and for compiled modules."""
    path, mode, flags = (*arguments, None, None, None)[:3]
    writes = bool(flags & WRITING) if isinstance(flags, int) else isinstance(mode, str) and set(mode) & set("wax+")
    compiled = isinstance(path, (str, bytes)) and "__pycache__" in os.fsdecode(path)
    nowhere = path == os.devnull
    return FILES if writes and not (compiled or nowhere) else None


def _open_sockets() -> frozenset[str]:
    """The sockets that the process holds, by inode; none where the system does not tell."""
    if not DESCRIPTORS.is_dir():
        return frozenset()
    return frozenset(target for entry in DESCRIPTORS.iterdir() if (target := _target(entry)).startswith("socket:"))


def _target(entry: Path) -> str:
    """What a descriptor is open on; nothing when it was closed meanwhile, as that of the listing is."""
    try:
        return os.fspath(entry.readlink())
    except OSError:
        return ""
