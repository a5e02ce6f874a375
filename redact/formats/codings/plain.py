"""A stream whose packets need no more than one look each, whatever its coding: what is common to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from redact.errors import DamagedFileError
from redact.model import Kind

Told: TypeAlias = tuple[str, Kind]
"""(name, kind) of something that tells something."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The coded pictures of one stream.

    carrier:       where messages stand
    configuration: the decoder configuration with nothing in it but what may stay
    told:          what stood in the original configuration and tells something
    clean:         packet -> what may stay of it, written anew
    tell:          packet -> what it tells
    """

    carrier: str
    configuration: bytes
    told: tuple[Told, ...]
    clean: Callable[[bytes], bytes]
    tell: Callable[[bytes], Iterator[Told]]

    def passes(self, _read: object, _start: int, _size: int) -> bool:
        """False: no packet can be told to be clean by less than cleaning it."""
        return False

    def cleaned(self, packet: bytes) -> bytes:
        """The packet with what may stay; the very same bytes when that is all.

        Raises DamagedFileError, UnsupportedFormatError.
        """
        clean = self.clean(packet)
        return packet if clean == packet else clean

    def messages(self, packet: bytes) -> Iterator[Told]:
        """(name, kind) of everything in the packet that tells something. Raises DamagedFileError."""
        return self.tell(packet)


def nothing(_packet: bytes) -> Iterator[Told]:
    """What a packet tells in a coding that has no room for messages."""
    return iter(())


def garbled() -> DamagedFileError:
    """The error for a picture that contradicts itself."""
    return DamagedFileError("a coded picture contradicts its own size: get an undamaged original")
