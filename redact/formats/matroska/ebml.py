"""EBML (RFC 8794) as a tree of elements: read from a file or from memory, and written; nothing of the meaning.

An element is an ID, a size and a content. Sizes come from the file: each is held against the room its parent has before
anything is read, an element that is taken into memory against MOST_BYTES, the number of elements in memory against
MOST_ELEMENTS, and nesting follows the caller's own steps, so no file can make the walk loop, recurse or allocate
without end.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.errors import DamagedFileError, UnsupportedFormatError

MOST_BYTES = 128 * 2**20
"""The largest element that is taken into memory. A frame of uncompressed 8K takes half of that."""

MOST_ELEMENTS = 100_000
"""In one master element in memory."""

LONG_SIZE_BYTES = 8
"""Of a size that is written before it is known."""

_HEAD_BYTES = 12
_MOST_ID_BYTES, _MOST_SIZE_BYTES = 4, 8
_REAL = {4: struct.Struct(">f"), 8: struct.Struct(">d")}


@dataclass(frozen=True, slots=True)
class Element:
    """An element in memory: its ID with the marker bits, as the specification prints it, and its content."""

    code: int
    content: bytes

    @property
    def children(self) -> tuple[Element, ...]:
        """The elements in the content. Raises DamagedFileError when they do not fill it."""
        return tuple(elements(self.content))


@dataclass(frozen=True, slots=True)
class Span:
    """An element in a file: its ID, and the offsets of its head, its content and its end; None where that is open."""

    code: int
    start: int
    body: int
    end: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """A file that is read by offset.

    size: in bytes
    """

    source: BinaryIO
    size: int

    @classmethod
    def of(cls, source: BinaryIO) -> Reader:
        """A reader of a seekable stream."""
        return cls(source, source.seek(0, os.SEEK_END))

    def span(self, start: int, end: int) -> Span:
        """The element at `start`, which may go up to `end`. Raises DamagedFileError when it does not fit."""
        self.source.seek(start)
        head = self.source.read(min(_HEAD_BYTES, end - start))
        code, untrusted_size, head_bytes = _head(head, 0)
        body = start + head_bytes
        if untrusted_size is None:
            return Span(code, start, body, None)
        if untrusted_size > end - body:
            raise cut_short()
        return Span(code, start, body, body + untrusted_size)

    def spans(self, start: int, end: int) -> Iterator[Span]:
        """The elements that fill the file from `start` to `end`; behind one without a size there is no next."""
        while start < end:
            span = self.span(start, end)
            yield span
            if span.end is None:
                return
            start = span.end

    def content(self, span: Span) -> bytes:
        """The content of an element. Raises UnsupportedFormatError when it is larger than MOST_BYTES."""
        if span.end is None:
            raise contradiction("an element without a size")
        size = span.end - span.body
        if size > MOST_BYTES:
            message = f"the file holds an element of more than {MOST_BYTES >> 20} MiB: split the film first"
            raise UnsupportedFormatError(message)
        self.source.seek(span.body)
        content = self.source.read(size)
        if len(content) != size:
            raise cut_short()
        return content


def elements(data: bytes) -> Iterator[Element]:
    """The elements that fill `data`. Raises DamagedFileError for one that does not fit."""
    start = 0
    for _ in range(MOST_ELEMENTS):
        if start == len(data):
            return
        code, untrusted_size, head_bytes = _head(data, start)
        start += head_bytes
        if untrusted_size is None or untrusted_size > len(data) - start:
            raise contradiction("an element")
        yield Element(code, data[start : start + untrusted_size])
        start += untrusted_size
    raise contradiction("the number of elements")


def _head(data: bytes, start: int) -> tuple[int, int | None, int]:
    """ID, size of the content and size of the head; the second None where the size is unknown."""
    id_bytes = _length(data, start, _MOST_ID_BYTES)
    code = int.from_bytes(data[start : start + id_bytes], "big")
    untrusted_size, size_bytes = number(data, start + id_bytes)
    is_open = untrusted_size == (1 << 7 * size_bytes) - 1
    return code, None if is_open else untrusted_size, id_bytes + size_bytes


def number(data: bytes, start: int) -> tuple[int, int]:
    """A variable-size integer (RFC 8794 4) and how many bytes it takes. Raises DamagedFileError where none is."""
    size = _length(data, start, _MOST_SIZE_BYTES)
    return int.from_bytes(data[start : start + size], "big") & (1 << 7 * size) - 1, size


def _length(data: bytes, start: int, most: int) -> int:
    """How many bytes a variable-size integer takes, as its first one tells."""
    first = data[start] if start < len(data) else 0
    size = 9 - first.bit_length()
    if size > min(most, len(data) - start):
        raise contradiction("an element")
    return size


def unsigned_of(content: bytes) -> int:
    """The number an unsigned integer element holds. Raises DamagedFileError for one of more than eight bytes."""
    if len(content) > 8:
        raise contradiction("a number")
    return int.from_bytes(content, "big")


def signed_of(content: bytes) -> int:
    """The number a signed integer element holds. Raises DamagedFileError for one of more than eight bytes."""
    if len(content) > 8:
        raise contradiction("a number")
    return int.from_bytes(content, "big", signed=True)


def real_of(content: bytes) -> float:
    """The number a float element holds. Raises DamagedFileError for one of another size than four or eight bytes."""
    if not content:
        return 0.0
    if len(content) not in _REAL:
        raise contradiction("a number")
    return float(_REAL[len(content)].unpack(content)[0])


def written(code: int, *parts: bytes) -> bytes:
    """An element of these parts, head first, its size in as few bytes as can be."""
    content = b"".join(parts)
    return identifier(code) + coded(len(content)) + content


def identifier(code: int) -> bytes:
    """An ID as it is written."""
    return code.to_bytes((code.bit_length() + 7) // 8, "big")


def coded(value: int) -> bytes:
    """A variable-size integer in as few bytes as can be; all ones are not a number."""
    size = 1
    while value >= (1 << 7 * size) - 1:
        size += 1
    return (value | 1 << 7 * size).to_bytes(size, "big")


def long_size(value: int) -> bytes:
    """A size in eight bytes, whatever it is."""
    return (value | 1 << 7 * LONG_SIZE_BYTES).to_bytes(LONG_SIZE_BYTES, "big")


def unsigned(value: int) -> bytes:
    """The content of an unsigned integer element, in as few bytes as can be."""
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")


def signed(value: int) -> bytes:
    """The content of a signed integer element, in as few bytes as can be."""
    magnitude = value if value >= 0 else ~value
    return value.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True)


def real(value: float) -> bytes:
    """The content of a float element, eight bytes."""
    # Minus zero would be a second way to say zero.
    return _REAL[8].pack(value or 0.0)


def cut_short() -> DamagedFileError:
    """The error for a file that ends too early."""
    message = "the film ends before its content does: copy it again from where it came"
    return DamagedFileError(message)


def contradiction(where: str) -> DamagedFileError:
    """The error for a part that contradicts itself or what holds it."""
    message = f"{where} of the film contradicts itself or what holds it: get an undamaged original"
    return DamagedFileError(message)
