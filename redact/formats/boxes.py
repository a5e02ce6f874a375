"""ISO base media file format (ISO/IEC 14496-12) and QuickTime as a tree of boxes: the walk, and nothing of the meaning.

A box is a size, a four-character code and a payload. Sizes come from the file: each is held against the room its parent
has before anything is read, a box that is taken into memory against INDEX_MOST_BYTES, the number of boxes against
MOST_BOXES, and nesting follows the caller's own steps, so no file can make the walk loop, recurse or allocate without
end.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.errors import DamagedFileError, UnsupportedFormatError

INDEX_MOST_BYTES = 256 * 2**20
"""The largest box that is taken into memory. A day of film at 60 frames a second has an index of half that."""

MOST_BOXES = 2**18
"""Of one list. A day of film in fragments of two seconds has two thirds of it."""

_PLAIN_HEADER, _LONG_HEADER = 8, 16


@dataclass(frozen=True, slots=True)
class Box:
    """A box in memory: its four-character code, and what follows the header."""

    code: bytes
    payload: bytes

    @property
    def name(self) -> str:
        """The code as text that is safe in a log: hexadecimal where it does not print."""
        return printable(self.code)

    def children(self, skip: int = 0) -> tuple[Box, ...]:
        """The boxes in the payload behind `skip` bytes of its own fields. Raises DamagedFileError."""
        return tuple(boxes(self.payload[skip:]))

    def child(self, *path: bytes) -> Box | None:
        """The first box at the end of a path of codes; None where there is none."""
        box: Box | None = self
        for code in path:
            box = next((each for each in box.children() if each.code == code), None) if box else None
        return box


@dataclass(frozen=True, slots=True)
class Span:
    """A box of the top level, in the file: code, and the offsets of header, payload and end."""

    code: bytes
    start: int
    body: int
    end: int

    def read(self, source: BinaryIO) -> Box:
        """The box in memory. Raises UnsupportedFormatError when it is larger than INDEX_MOST_BYTES."""
        if self.end - self.body > INDEX_MOST_BYTES:
            message = (
                f"the '{printable(self.code)}' box is larger than {INDEX_MOST_BYTES >> 20} MiB: split the file first"
            )
            raise UnsupportedFormatError(message)
        source.seek(self.body)
        payload = source.read(self.end - self.body)
        if len(payload) != self.end - self.body:
            raise cut_short()
        return Box(self.code, payload)


@dataclass(frozen=True, slots=True)
class Layout:
    """The top level of a file: its boxes, and where they end; what follows `end` is no box."""

    spans: tuple[Span, ...]
    end: int
    size: int

    def of(self, code: bytes) -> tuple[Span, ...]:
        """The boxes of one code, in order."""
        return tuple(span for span in self.spans if span.code == code)

    def index(self, source: BinaryIO) -> Box:
        """The one `moov` box in memory. Raises DamagedFileError, UnsupportedFormatError."""
        found = self.of(b"moov")
        if len(found) != 1:
            message = f"the film has {len(found)} indexes instead of one: get an undamaged original"
            raise DamagedFileError(message)
        return found[0].read(source)


KNOWN = frozenset({
    b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"mfra", b"sidx", b"ssix", b"free", b"skip", b"wide", b"pnot",
    b"meta", b"uuid", b"udta", b"prft", b"emsg", b"pdin", b"PICT",
})  # fmt: skip
"""Codes of the top level. A box of another code counts as one where it fits; else the boxes end before it."""


def layout(source: BinaryIO) -> Layout:
    """Every box of the top level. Raises DamagedFileError for an empty file and for a box that runs past the end."""
    size = source.seek(0, os.SEEK_END)
    spans: list[Span] = []
    start = 0
    while start < size and len(spans) < MOST_BOXES:
        source.seek(start)
        span = _span(source.read(_LONG_HEADER), start, size)
        if span is None:
            break
        spans.append(span)
        start = span.end
    if not spans:
        message = "the file holds no box: copy it again from where it came"
        raise DamagedFileError(message)
    return Layout(tuple(spans), start, size)


def _span(header: bytes, start: int, size: int) -> Span | None:
    """The box that begins with `header`; None when no box begins there."""
    code = header[4:_PLAIN_HEADER]
    if code not in KNOWN and not (code.isascii() and code.isalnum()):
        return None
    untrusted_size, body = _size(header)
    end = size if untrusted_size == 0 else start + untrusted_size
    if start + body <= end <= size:
        return Span(code, start, start + body, end)
    if code in KNOWN:
        raise cut_short()
    return None


def boxes(data: bytes, most: int = MOST_BOXES) -> Iterator[Box]:
    """The boxes that fill `data`. Raises DamagedFileError for one that does not fit, and for more than `most`.

    QuickTime ends a list with four zero bytes, and some cameras pad it with more of them: zeros end the list.
    """
    start = 0
    for _ in range(most):
        if not data[start : start + _PLAIN_HEADER].strip(b"\0"):
            return
        if len(data) - start < _PLAIN_HEADER:
            raise contradiction("a list of boxes")
        untrusted_size, body = _size(data[start : start + _LONG_HEADER])
        end = len(data) if untrusted_size == 0 else start + untrusted_size
        if end < start + body or end > len(data):
            raise contradiction("a box")
        yield Box(data[start + 4 : start + _PLAIN_HEADER], data[start + body : end])
        start = end
    raise contradiction("the number of boxes")


def _size(header: bytes) -> tuple[int, int]:
    """What the header says: the size of the box (0: up to the end), and the size of the header."""
    untrusted_size = int.from_bytes(header[:4], "big")
    if untrusted_size != 1:
        return untrusted_size, _PLAIN_HEADER
    if len(header) < _LONG_HEADER:
        raise cut_short()
    return int.from_bytes(header[_PLAIN_HEADER:_LONG_HEADER], "big"), _LONG_HEADER


def written(code: bytes, *parts: bytes) -> bytes:
    """A box of these parts, header first. The parts are of an index in memory, so 32 bits hold the size."""
    payload = b"".join(parts)
    return struct.pack(">I4s", len(payload) + _PLAIN_HEADER, code) + payload


def number(data: bytes, start: int, size: int) -> int:
    """An unsigned big-endian number. Raises DamagedFileError when it does not lie in `data` whole."""
    if start + size > len(data):
        raise contradiction("a box")
    return int.from_bytes(data[start : start + size], "big")


def printable(code: bytes) -> str:
    """A four-character code as text that is safe in a log. The copyright sign of QuickTime stays."""
    text = code.decode("latin-1")
    safe = all(letter == "©" or (letter.isascii() and letter.isprintable()) for letter in text)
    return text.strip() if safe and text.strip() else code.hex()


def tellable(code: bytes) -> str:
    """The code of a box whose kind nobody knows, where it is letters and digits; else it is not told."""
    return code.decode().strip() if code.isascii() and code.strip().isalnum() else "unnamed box"


def cut_short() -> DamagedFileError:
    """The error for a file that ends too early."""
    message = "the file ends before its content does: copy it again from where it came"
    return DamagedFileError(message)


def contradiction(where: str) -> DamagedFileError:
    """The error for a part that contradicts the size of what holds it."""
    message = f"{where} of the file contradicts its size: get an undamaged original"
    return DamagedFileError(message)
