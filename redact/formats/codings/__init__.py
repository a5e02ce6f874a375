"""How coded pictures are made up between container and picture, one module per coding, the same in every container.

A container hands over the decoder configuration of a stream, then its packets, and gets back what may stay of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeAlias

from redact.errors import UnsupportedFormatError
from redact.formats.codings import h263, mjpeg, mpeg2, mpeg4, nal, obu, prores, vpx
from redact.model import Kind

Read: TypeAlias = Callable[[int, int], bytes]
"""Start and size of a stretch -> its bytes."""


class Coding(Protocol):
    """The coded pictures of one stream."""

    @property
    def configuration(self) -> bytes:
        """The decoder configuration with nothing in it but what may stay."""
        ...

    @property
    def carrier(self) -> str:
        """Where messages stand, as fields tell it: "H.264 SEI"."""
        ...

    @property
    def told(self) -> tuple[tuple[str, Kind], ...]:
        """(name, kind) of everything in the original configuration that tells something."""
        ...

    def passes(self, read: Read, start: int, size: int) -> bool:
        """True where the beginnings of its parts tell already that cleaning changes nothing of a packet.

        The packet begins at `start` of what `read` reads. False tells nothing.
        """
        ...

    def cleaned(self, packet: bytes) -> bytes:
        """The packet with what may stay; the very same bytes when that is all.

        Raises DamagedFileError, UnsupportedFormatError.
        """
        ...

    def messages(self, packet: bytes) -> Iterator[tuple[str, Kind]]:
        """(name, kind) of everything in the packet that tells something. Raises DamagedFileError."""
        ...


_CODINGS: Mapping[str, Callable[[bytes], Coding]] = {
    "h264": lambda configuration: nal.units_of("h264", configuration),
    "hevc": lambda configuration: nal.units_of("hevc", configuration),
    "vvc": lambda configuration: nal.units_of("vvc", configuration),
    "av1": obu.obus_of,
    "vp8": vpx.vp8_of,
    "vp9": vpx.vp9_of,
    "mpeg4": mpeg4.stream_of,
    "mpeg2video": mpeg2.stream_of,
    "mpeg1video": mpeg2.stream_of,
    "mjpeg": mjpeg.images_of,
    "h263": h263.pictures_of,
    "prores": prores.frames_of,
}
"""FFmpeg's name of a coding -> what takes a stream of it apart."""

NAMES = frozenset(_CODINGS)
"""Codings that can be made safe."""


def coding_of(name: str, configuration: bytes) -> Coding:
    """The coding of a stream of pictures.

    name:          FFmpeg's: "h264", "hevc", ...
    configuration: the stream's decoder configuration; empty where the container has none

    H.264, HEVC and VVC without a configuration record have start codes, as in MPEG-TS and AVI.
    Raises UnsupportedFormatError for one that may hide what nobody here can find, DamagedFileError.
    """
    known = _CODINGS.get(name)
    if known is None:
        message = f"the video is coded as {name}: what hides in that is not known here, so convert it to H.264 first"
        raise UnsupportedFormatError(message)
    return known(configuration)
