"""The strippers that are measured beside ours, each as a function from a source to a copy, and how long they take.

A peer that is not installed is left out and named. Commands run with their usual advice for "remove everything", once
a file, or where they can take a folder in one process, once.
"""

from __future__ import annotations

import io
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import piexif

import redact

Strip = Callable[[Path, Path], None]
"""Writes a copy without metadata; raises whatever it likes, or writes nothing, where it cannot."""

VIDEOS = frozenset((
    ".mp4", ".mov", ".m4v", ".m4a", ".3gp", ".insv", ".lrv", ".lrf", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts",
))  # fmt: skip


class Declined(Exception):  # noqa: N818 - an answer
    """The peer does not take such a file."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A name as printed, and what it does to one file."""

    name: str
    strip: Strip


def ours() -> Peer:
    """This project as its command runs it: examined, stripped, verified, published."""
    redactor = redact.Redactor(redact.Policy(hide={}))

    def strip(source: Path, target: Path) -> None:
        redactor.file(source, target).raise_for_status()

    return Peer("redact", strip)


def installed(exiftool: str | None) -> Iterator[Peer]:
    """The peers that are here, ours first."""
    yield ours()
    if exiftool:
        yield Peer("exiftool -all=", _command([exiftool, "-q", "-q", "-all=", "-o", "{target}", "{source}"]))
        place = ["-gps:all=", "-xmp:gps*="]
        yield Peer("exiftool -gps:all=", _command([exiftool, "-q", "-q", *place, "-o", "{target}", "{source}"]))
    if mat2 := shutil.which("mat2"):
        yield Peer("mat2", _in_place([mat2, "--inplace", "--unknown-members", "omit", "{copy}"]))
    if exiv2 := shutil.which("exiv2"):
        yield Peer("exiv2 rm", _in_place([exiv2, "-q", "rm", "{copy}"], stills=True))
    yield Peer("piexif.remove", _piexif)
    if ffmpeg := shutil.which("ffmpeg"):
        options = ["-v", "error", "-y", "-i", "{source}", "-map_metadata", "-1", "-c", "copy", "{target}"]
        yield Peer("ffmpeg -c copy", _command([ffmpeg, *options], videos=True))


def missing(exiftool: str | None) -> list[str]:
    """Names of the peers that are not here."""
    return [name for name in ("mat2", "exiv2", "ffmpeg") if not shutil.which(name)] + ([] if exiftool else ["exiftool"])


def _command(form: list[str], *, videos: bool = False) -> Strip:
    def strip(source: Path, target: Path) -> None:
        if videos and source.suffix.lower() not in VIDEOS:
            raise Declined
        command = [part.format(source=source, target=target) for part in form]
        subprocess.run(command, check=True, capture_output=True, timeout=120)

    return strip


def _in_place(form: list[str], *, stills: bool = False) -> Strip:
    def strip(source: Path, target: Path) -> None:
        if stills and source.suffix.lower() in VIDEOS:
            raise Declined
        shutil.copyfile(source, target)
        try:
            command = [part.format(copy=target) for part in form]
            subprocess.run(command, check=True, capture_output=True, timeout=120)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            target.unlink(missing_ok=True)
            raise

    return strip


def _piexif(source: Path, target: Path) -> None:
    if source.suffix.lower() not in (".jpg", ".jpeg", ".webp"):
        raise Declined
    # Written to a stream, as piexif opens the path of its output only after the bytes are made.
    stripped = io.BytesIO()
    piexif.remove(source.read_bytes(), stripped)
    target.write_bytes(stripped.getvalue())


@contextmanager
def measured(times: dict[str, float]) -> Iterator[None]:
    """Put the wall time and the processor time, children's too, of the block into `times`, in seconds."""
    before, wall = _processor_seconds(), time.perf_counter()
    yield
    times["wall"], times["cpu"] = time.perf_counter() - wall, _processor_seconds() - before


def _processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
