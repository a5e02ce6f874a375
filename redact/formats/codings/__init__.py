"""How coded pictures are made up between container and picture, one module per coding, the same in every container.

A container hands over the decoder configuration of a stream, then its packets, and gets back what may stay of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from redact.errors import UnsupportedFormatError
from redact.formats.codings import nal
from redact.model import Kind


class Coding(Protocol):
    """The coded pictures of one stream."""

    @property
    def configuration(self) -> bytes:
        """The decoder configuration with nothing in it but what may stay."""
        ...

    def cleaned(self, packet: bytes) -> bytes:
        """The packet with what may stay; the very same bytes when that is all. Raises DamagedFileError."""
        ...

    def messages(self, packet: bytes) -> Iterator[tuple[str, Kind]]:
        """(name, kind) of everything in the packet that tells something. Raises DamagedFileError."""
        ...


def coding_of(name: str, configuration: bytes) -> Coding:
    """The coding of a stream of pictures.

    name:          FFmpeg's: "h264", "hevc", ...
    configuration: the stream's decoder configuration; empty where the container has none

    Raises UnsupportedFormatError for one that may hide what nobody here can find, DamagedFileError.
    """
    if name == "h264" or name == "hevc":
        return nal.units_of(name, configuration)
    message = f"the video is coded as {name}: what hides in that is not known here, so convert it to H.264 first"
    raise UnsupportedFormatError(message)
