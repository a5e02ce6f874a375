"""JPEG 2000: a strict walk."""

from __future__ import annotations

from redact.checks.reading import Buffer, Flaw
from redact.checks.structure.picture import Still
from redact.model import Keep


def inspect(data: Buffer, keep: Keep) -> int:
    """How many parts the file has. Raises Flaw unless all of them are allowed."""
    message = "a JPEG 2000 cannot be vouched for"
    raise Flaw(message)


def still(data: Buffer) -> Still:
    """What the container tells about its picture. Raises Flaw when its parts do not add up."""
    message = "a JPEG 2000 cannot be described"
    raise Flaw(message)
