"""Where pixels live: a still is footage of one frame, a clip footage of many."""

from __future__ import annotations

from pathlib import Path

from redact.contracts import Footage
from redact.errors import UnsupportedFormatError

STILLS = frozenset({"JPEG", "PNG", "WebP"})


def open_footage(source: Path, container: str) -> Footage:
    """The footage in `source`, a file of the format named `container`. Nothing is decoded yet.

    Raises UnsupportedFormatError when that container's pixels cannot be painted here, MediaError when the file
    cannot be read. Decoders are loaded for the container at hand only.
    """
    if container in STILLS:
        from redact.frames.stills import Still

        return Still(source, container)
    if container == "MP4":
        from redact.frames.video import open_clip

        return open_clip(source)
    remedy = "convert it, or hide nothing in it (hide = {}, --hide none)"
    message = f"pictures in {container} files cannot be looked at: {remedy}"
    raise UnsupportedFormatError(message)
