"""What a file is, by its content and by its name, and whether a copy of it could be made at all."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from redact import telling
from redact.contracts import Format
from redact.errors import MediaError, UnsupportedFormatError
from redact.formats import recognise, sidecar
from redact.model import Field
from redact.policy import Policy

PROMISES = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif", ".thm", ".mpo", ".jps", ".insp"), "JPEG"),
    **dict.fromkeys((".png", ".apng"), "PNG"),
    **dict.fromkeys((".webp",), "WebP"),
    **dict.fromkeys((".gif",), "GIF"),
    **dict.fromkeys((".bmp", ".dib"), "BMP"),
    **dict.fromkeys((".tif", ".tiff"), "TIFF"),
    **dict.fromkeys((".heic", ".heif", ".hif", ".avif"), "HEIF"),
    **dict.fromkeys((".jp2", ".j2k", ".j2c", ".jpc", ".jpx", ".jpf"), "JPEG 2000"),
    **dict.fromkeys((".jxl",), "JPEG XL"),
    **dict.fromkeys((".mp4", ".mov", ".m4v", ".m4a", ".m4b", ".qt", ".3gp", ".3g2"), "MP4"),
    **dict.fromkeys((".insv", ".360", ".lrv", ".lrf"), "MP4"),
    **dict.fromkeys((".xmp",), "XMP"),
    **dict.fromkeys((".mkv", ".webm", ".mka", ".mk3d"), "Matroska"),
    **dict.fromkeys((".ts", ".m2ts", ".mts"), "MPEG-TS"),
    **dict.fromkeys((".avi",), "AVI"),
}
"""What a file's suffix promises about its content."""

FRAMELESS = frozenset({"XMP"})
"""Formats without a picture, of which a copy can be made all the same."""


def refuse_misnamed(path: Path, container: Format) -> None:
    """Raise UnsupportedFormatError when a file's name says another format than the one it holds or is to hold.

    Whoever receives it would read it wrongly, or not check it at all.
    """
    promised = PROMISES.get(path.suffix.lower(), container.name)
    if promised != container.name:
        message = f"{path.name} holds {container.name} though its name says {promised}: rename it"
        raise UnsupportedFormatError(message)


def dropped(source: Path, policy: Policy) -> tuple[Field, ...] | None:
    """The metadata of a sidecar of which the policy makes no copy; None for any other file.

    What is wrong with a sidecar does not matter, for nothing of it is used. Raises MediaError when it cannot be read.
    """
    try:
        with source.open("rb") as stream:
            found = sidecar(stream, source.suffix)
            if found is None or PROMISES.get(source.suffix.lower(), found.name) != found.name:
                return None
            if found.publishable and policy.sidecars == "strip":
                return None
            return (*found.fields(stream), *telling.fields(source.name))
    except OSError as error:
        message = f"{source.name} cannot be read: {error.strerror}"
        raise MediaError(message) from error


def is_publishable(source: Path, policy: Policy) -> bool:
    """True for a file that looks as if a copy of it could be published, by its first bytes and its name."""
    try:
        if source.is_symlink() or not source.is_file() or dropped(source, policy) is not None:
            return False
        with source.open("rb") as stream:
            refuse_misnamed(source, family(stream, source.suffix))
    except (MediaError, OSError):
        return False
    return True


def family(stream: BinaryIO, suffix: str) -> Format:
    """What a file is, also if it is a sidecar of which a copy can be made. Raises MediaError."""
    found = sidecar(stream, suffix)
    return found if found is not None and found.name in FRAMELESS else recognise(stream)
