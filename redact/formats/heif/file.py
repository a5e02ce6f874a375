"""HEIF"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.errors import UnsupportedFormatError
from redact.model import Field, Keep


@dataclass(frozen=True, slots=True)
class Heif:
    """HEIF"""

    name = "HEIF"

    def recognises(self, head: bytes) -> bool:
        """True for content that begins as one does."""
        return False

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format."""
        message = "not yet"
        raise UnsupportedFormatError(message)

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format."""
        message = "not yet"
        raise UnsupportedFormatError(message)
