"""Previews beside a clip: ordinary JPEG and MP4 files that only their suffix tells apart.

Cameras and drones write a small JPEG (`.THM`) and a small film (`.LRF`, `.LRV`) beside every clip, with a position and
a serial number as in the clip. They show what the clip shows: whoever paints one has to paint the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from redact.contracts import Format
from redact.errors import MediaError
from redact.model import Field, Keep

PREVIEWS: Mapping[str, str] = {".thm": "JPEG", ".lrf": "MP4", ".lrv": "MP4"}
"""Suffix of a preview -> name of the format it is of."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A picture or a film that stands beside a clip. `inner` is the format it is of."""

    inner: Format
    suffixes: frozenset[str] = frozenset(PREVIEWS)
    publishable = True

    @property
    def name(self) -> str:
        """The format's."""
        return self.inner.name

    def recognises(self, head: bytes) -> bool:
        """True for what its format recognises."""
        return self.inner.recognises(head)

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format: the preview as such, and what is in it as far as it can be read."""
        yield Field("preview", "preview", self.name)
        found = self.inner.fields(source)
        while True:
            try:
                yield next(found)
            except (StopIteration, MediaError):
                return

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format."""
        self.inner.strip(source, target, keep, pixels)
