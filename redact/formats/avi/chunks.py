"""RIFF (Multimedia Programming Interface, 1991) as chunks in a file: the walk, and nothing of the meaning.

A chunk is a code, a size and a content that is padded to an even size; a list is one whose content begins with a code
of its own and goes on with chunks. Sizes come from the file: each is held against what holds the chunk before anything
is read, and whoever walks decides which lists to enter, so no file can make the walk loop, recurse or allocate
without end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.errors import DamagedFileError, UnsupportedFormatError

_MOST_CHUNKS = 4_000_000
"""In one list: a day of film at 30 frames a second, with its sound in pieces of half the number."""

_MOST_BYTES = 256 << 20
"""Of a chunk that is taken into memory: all the sound of a long film, where that is in one piece."""

_HEADER_BYTES, _LIST_HEADER_BYTES = 8, 12
_MEDIA = (b"dc", b"db", b"wb")
"""How the codes of pictures and sound end."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk in the file.

    code:  four bytes
    form:  what kind of list it is; empty for a chunk that is none
    start: where its content begins; of a list, its first chunk
    end:   where its content ends, padding aside
    """

    code: bytes
    form: bytes
    start: int
    end: int

    @property
    def place(self) -> int:
        """Where its header begins."""
        return self.start - (_LIST_HEADER_BYTES if self.form else _HEADER_BYTES)

    def read(self, source: BinaryIO) -> bytes:
        """Its content. Raises UnsupportedFormatError for one that is too long to be taken into memory."""
        size = self.end - self.start
        if size > _MOST_BYTES:
            message = f"a part of the film takes more than {_MOST_BYTES >> 20} MiB: remux it first"
            raise UnsupportedFormatError(message)
        source.seek(self.start)
        return source.read(size)


def chunks(source: BinaryIO, start: int, end: int) -> Iterator[Chunk]:
    """The chunks between two places in a file. Raises DamagedFileError for one that does not fit there."""
    for _ in range(_MOST_CHUNKS):
        if start + _HEADER_BYTES > end:
            return
        source.seek(start)
        header = source.read(_LIST_HEADER_BYTES)
        untrusted_size = int.from_bytes(header[4:8], "little")
        stop = start + _HEADER_BYTES + untrusted_size
        is_list = header[:4] in (b"RIFF", b"LIST")
        if stop > end or (is_list and untrusted_size < 4):
            message = "a part of the film is longer than what holds it: get an undamaged original"
            raise DamagedFileError(message)
        yield Chunk(header[:4], header[8:12] if is_list else b"", start + (12 if is_list else 8), stop)
        start = stop + untrusted_size % 2
    message = "the film has more parts than any film has: get an undamaged original"
    raise DamagedFileError(message)


def inside(source: BinaryIO, chunk: Chunk) -> Iterator[Chunk]:
    """The chunks of a list."""
    yield from chunks(source, chunk.start, chunk.end)


def riffs(source: BinaryIO) -> tuple[list[Chunk], int]:
    """The parts of the film one behind the other, and how many bytes are behind the last of them.

    Raises DamagedFileError, UnsupportedFormatError.
    """
    size = source.seek(0, os.SEEK_END)
    found: list[Chunk] = []
    place = 0
    for chunk in _parts(source, size):
        if chunk.form != (b"AVIX" if found else b"AVI "):
            break
        found.append(chunk)
        place = min(chunk.end + (chunk.end - chunk.start) % 2, size)
    if not found:
        message = "the file is no AVI film: get an undamaged original"
        raise DamagedFileError(message)
    return found, size - place


def _parts(source: BinaryIO, size: int) -> Iterator[Chunk]:
    """Chunks from the start of the file; what begins otherwise behind the first is no part of the film."""
    start = 0
    while start < size:
        source.seek(start)
        if source.read(4) != b"RIFF":
            return
        chunk = next(chunks(source, start, size), None)
        if chunk is None:
            return
        yield chunk
        start = chunk.end + (chunk.end - chunk.start) % 2


def written(code: bytes, content: bytes) -> bytes:
    """A chunk."""
    return code + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)


def listed(form: bytes, content: bytes, code: bytes = b"LIST") -> bytes:
    """A list."""
    return written(code, form + content)


def number_of(chunk: Chunk) -> int | None:
    """Which stream a chunk of pictures or sound is of; None for one that is neither."""
    digits = chunk.code[:2]
    return int(digits) if digits.isdigit() and chunk.code[2:] in _MEDIA else None
