"""ProRes as Matroska stores it: without the size and mark in front of a frame, and with its flavour as private data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from redact.errors import UnsupportedFormatError
from redact.formats.codings import Coding, Read, coding_of
from redact.model import Kind

_MARK = b"icpf"
_HEAD_BYTES = 8
_FLAVOURS = frozenset((b"apco", b"apcs", b"apcn", b"apch", b"ap4h", b"ap4x"))


@dataclass(frozen=True, slots=True)
class HeadlessFrames:
    """Frames that are whole with a head in front; see redact.formats.codings.Coding.

    configuration: the flavour, four letters by which decoders know how deep the samples are
    """

    configuration: bytes
    frames: Coding

    @property
    def carrier(self) -> str:
        """As of whole frames."""
        return self.frames.carrier

    @property
    def told(self) -> tuple[tuple[str, Kind], ...]:
        """As of whole frames."""
        return self.frames.told

    def passes(self, _read: Read, _start: int, _size: int) -> bool:
        """False: no frame can be told to be clean by less than cleaning it."""
        return False

    def cleaned(self, packet: bytes) -> bytes:
        """The frame with what may stay, without a head. Raises DamagedFileError, UnsupportedFormatError."""
        return self.frames.cleaned(_whole(packet))[_HEAD_BYTES:]

    def messages(self, packet: bytes) -> Iterator[tuple[str, Kind]]:
        """As of whole frames. Raises DamagedFileError."""
        return self.frames.messages(_whole(packet))


def frames_of(flavour: bytes) -> HeadlessFrames:
    """The frames of a track. Raises UnsupportedFormatError for a flavour that is not known."""
    if flavour not in _FLAVOURS:
        message = "the video is coded as ProRes of an unknown flavour: convert it to an ordinary MOV first"
        raise UnsupportedFormatError(message)
    return HeadlessFrames(flavour, coding_of("prores", b""))


def _whole(packet: bytes) -> bytes:
    """The frame with its head, which some writers leave on."""
    if packet[4:_HEAD_BYTES] == _MARK:
        return packet
    return (len(packet) + _HEAD_BYTES).to_bytes(4, "big") + _MARK + packet
