"""Containers whose pictures cannot be painted yet, so that painted ones cannot be put into them."""

from __future__ import annotations

from typing import BinaryIO

from redact.errors import UnsupportedFormatError


def refuse(pixels: BinaryIO | None, container: str) -> None:
    """Raise UnsupportedFormatError when somebody has painted pictures for such a container."""
    if pixels is not None:
        message = f"painted pictures cannot be written into a {container} file: convert it first, or hide nothing in it"
        raise UnsupportedFormatError(message)
