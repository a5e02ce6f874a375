"""Sidecars of which no copy is ever made."""

from __future__ import annotations

from typing import BinaryIO, NoReturn

from redact.errors import UnsupportedFormatError
from redact.model import Keep


class Unpublished:
    """What all of them have in common: nothing of such a file would be left to share."""

    __slots__ = ()

    publishable = False
    name: str

    def strip(
        self,
        source: BinaryIO,  # noqa: ARG002 - the contract's signature
        target: BinaryIO,  # noqa: ARG002
        keep: Keep,  # noqa: ARG002
        pixels: BinaryIO | None = None,  # noqa: ARG002
    ) -> NoReturn:
        """See redact.contracts.Format. Raises UnsupportedFormatError."""
        message = f"{self.name}: such a sidecar tells of places, times or people and of nothing else: leave it out"
        raise UnsupportedFormatError(message)
