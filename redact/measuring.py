"""A tree of files -> how large their upright frames are: for layouts of regions that tell places as shares."""

from __future__ import annotations

import contextlib
from pathlib import Path

from redact.errors import RedactError
from redact.frames import open_footage
from redact.recognition import family
from redact.tree import is_regular, jobs


def sizes(source: Path) -> dict[str, tuple[int, int]]:
    """Path below `source`, parts separated by "/" -> (width, height) of the file's upright frames, pixels.

    source: a folder, or a single file

    What has no frames, or none that can be decoded, is left out. Decodes the first frame of each file.
    """
    found = {}
    for job in jobs(source, source):
        if job.path and not job.error and is_regular(job.source):
            with contextlib.suppress(RedactError, OSError):
                size = _size(job.source)
                if size is not None:
                    found[job.path.as_posix()] = size
    return found


def _size(source: Path) -> tuple[int, int] | None:
    with source.open("rb") as stream:
        container = family(stream, source.suffix)
    canvas = next(open_footage(source, container.name).canvases(), None)
    return canvas.size if canvas else None
