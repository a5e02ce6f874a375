"""How the frames of a track are packed (RFC 9559 5.1.4.1.31), undone: nothing of it is in the copy.

A track may have the beginning that all its frames share cut off, or be compressed with zlib. Written in full, frames
can be told apart and cleaned, and no settings are left in which something else could stand. What a file holds in full
is bounded by its own size, frame by frame and in all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.bounded import inflate
from redact.formats.matroska import ebml, rules
from redact.formats.matroska.codes import Code

Unpack = Callable[[bytes], bytes]

_COMPRESSED = 0
_FRAMES, _PRIVATE = 1, 2
_ZLIB, _HEADER_STRIPPED = 0, 3
_MOST_PREFIX_BYTES = 256
_LEAST_ROOM_BYTES, _MOST_GROWTH, _LARGEST_FRAME_BYTES = 64 * 2**10, 50, 64 * 2**20
"""How far a compressed frame may grow: coded pictures and sound hardly do, and silence is short."""
_SPARE_BYTES, _GROWTH_OF_FILE = 16 * 2**20, 64


@dataclass(slots=True)
class Budget:
    """How many bytes the frames of a file may still take in full."""

    left: int

    @classmethod
    def of(cls, file_bytes: int) -> Budget:
        """The budget of a file of that size, for one passage through it."""
        return cls(_SPARE_BYTES + _GROWTH_OF_FILE * file_bytes)

    def spend(self, frame: bytes) -> bytes:
        """The frame. Raises DamagedFileError where it is one too many."""
        self.left -= len(frame)
        if self.left < 0:
            message = "the film's frames take more than a file of its size can hold: get an undamaged original"
            raise DamagedFileError(message)
        return frame


def as_it_is(frame: bytes) -> bytes:
    """The frame of a track that is not packed."""
    return frame


def unpacking(content: bytes, budget: Budget) -> tuple[Unpack, Unpack]:
    """What unpacks the frames of a track and what unpacks its codec's private data, from ContentEncodings.

    budget: shared by all tracks of a file

    Raises UnsupportedFormatError for encryption, for other compressions and for one on top of another.
    """
    listed = [each for each in ebml.elements(content) if each.code == Code.CONTENT_ENCODING]
    if not listed:
        return as_it_is, as_it_is
    if len(listed) > 1:
        _refuse("packed twice")
    children = listed[0].children
    scope = rules.among(children, Code.CONTENT_ENCODING_SCOPE, _FRAMES)
    if rules.among(children, Code.CONTENT_ENCODING_TYPE, _COMPRESSED) != _COMPRESSED:
        _refuse("encrypted")
    if scope & ~(_FRAMES | _PRIVATE):
        _refuse("packed in a way of its own")
    compression = next((each.children for each in children if each.code == Code.CONTENT_COMPRESSION), ())
    algorithm = rules.among(compression, Code.CONTENT_COMP_ALGO, _ZLIB)
    settings = next((each.content for each in compression if each.code == Code.CONTENT_COMP_SETTINGS), b"")
    if algorithm == _HEADER_STRIPPED and len(settings) <= _MOST_PREFIX_BYTES:
        unpack = _prefixed(settings, budget)
    elif algorithm == _ZLIB:
        unpack = _inflating(budget)
    else:
        _refuse("packed with a method that hardly any player knows")
    return (unpack if scope & _FRAMES else as_it_is), (unpack if scope & _PRIVATE else as_it_is)


def _prefixed(beginning: bytes, budget: Budget) -> Unpack:
    def unpack(frame: bytes) -> bytes:
        return budget.spend(beginning + frame)

    return unpack


def _inflating(budget: Budget) -> Unpack:
    def unpack(frame: bytes) -> bytes:
        room = min(max(_LEAST_ROOM_BYTES, _MOST_GROWTH * len(frame)), _LARGEST_FRAME_BYTES)
        plain_frame = inflate(frame, room)
        if plain_frame is None:
            message = "a compressed frame of the film cannot be read whole: get an undamaged original"
            raise DamagedFileError(message)
        return budget.spend(plain_frame)

    return unpack


def _refuse(how: str) -> NoReturn:
    message = f"a track of the film is {how}: save it as an ordinary Matroska or MP4 first"
    raise UnsupportedFormatError(message)
