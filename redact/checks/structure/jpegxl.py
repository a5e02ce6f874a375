"""JPEG XL: a strict walk of the boxes (ISO/IEC 18181-2), or a codestream that stands alone.

Location hides in the boxes Exif, xml, jumb, jbrd and brob, in unknown boxes, after the last box, and after the last
frame of the codestream. Allowed are signature, brand, level and codestream and, as kept, one Exif. The codestream has
to end with its last frame, whose end FFmpeg's parser tells; in between it is opaque behind its header, which tells
orientation and colours itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from typing import NoReturn

import av

from redact.checks.reading import UNREADABLE, Buffer, Flaw, printable, take
from redact.checks.structure import exif
from redact.checks.structure.part import Part, part_at
from redact.checks.structure.picture import Still
from redact.model import Keep

_NAKED = b"\xff\x0a"
_SIGNATURE = b"\0\0\0\x0cJXL \r\n\x87\n"
_BRAND = b"jxl \0\0\0\0jxl "
_LAST = 0x80000000
_HEADER = 64
"""Bytes of the codestream in which its size and what follows must be told."""

_LONGEST_SIDE, _MOST_PIXELS = 1 << 18, 1 << 28
"""Of the largest picture at level 5, which every decoder takes."""
_MOST_AT_ONCE = 1 << 24
"""Bytes the parser is given; it begins anew each time."""

_PICTURES = (b"jxlc", b"jxlp")
_ORDER = (b"JXL ", b"ftyp", b"jxll", b"Exif", b"jxlc", b"jxlp")


def inspect(data: Buffer, keep: Keep) -> int:
    """How many boxes a JPEG XL has, one for a naked codestream. Raises Flaw unless all of them are allowed."""
    parts = _pictures(data)
    _header(data, parts)
    if _shown(data, parts) != parts:
        message = "the codestream goes on after its last frame"
        raise Flaw(message)
    if data[:2] == _NAKED:
        return 1
    found = list(boxes(data))
    if [part.code for part in found[:2]] != [b"JXL ", b"ftyp"]:
        message = "the file does not begin with its signature and brand"
        raise Flaw(message)
    for part in found:
        _admit(data, part, keep)
    codes = [part.code for part in found]
    if codes != sorted(codes, key=_ORDER.index) or any(codes.count(code) > 1 for code in set(codes) - {b"jxlp"}):
        message = "boxes are there twice, or in another order"
        raise Flaw(message)
    if found[-1].end != len(data):
        message = f"{len(data) - found[-1].end} bytes after the last box"
        raise Flaw(message)
    return len(found)


def still(data: Buffer) -> Still:
    """What the container tells about its picture. Raises Flaw when its parts do not add up."""
    parts = _pictures(data)
    size, animated = _header(data, parts)
    coded = tuple((printable(part.code), part.body, part.end) for part in _shown(data, parts))
    return Still(size, 1, frozenset({1}), 3, b"", (1, 1), coded, animated)


def boxes(data: Buffer) -> Iterator[Part]:
    """Every box up to the first bytes behind the codestream that are none. Raises Flaw for one that is cut before."""
    start = 0
    whole = False
    while start < len(data):
        # Zeros are no box.
        part = part_at(data, start, len(data)) if any(data[start : start + 8]) else None
        if part is None:
            code = bytes(data[start + 4 : start + 8])
            if whole and code not in _PICTURES:
                return
            message = f"the box {printable(code)} does not fit"
            raise Flaw(message)
        yield part
        whole = whole or part.code == b"jxlc" or (part.code == b"jxlp" and data[part.body : part.body + 1] >= b"\x80")
        start = part.end


def _pictures(data: Buffer) -> tuple[Part, ...]:
    """The parts of the codestream, without their numbers. Raises Flaw unless it is there once, whole and in order."""
    if data[:2] == _NAKED:
        return (Part(b"", 0, 0, len(data)),)
    if data[: len(_SIGNATURE)] != _SIGNATURE:
        message = "there is no signature"
        raise Flaw(message)
    found = tuple(part for part in boxes(data) if part.code in _PICTURES)
    if [part.code for part in found] == [b"jxlc"]:
        return found
    numbers = [int.from_bytes(take(data, part.body, 4, part.end), "big") for part in found if part.code == b"jxlp"]
    if len(numbers) != len(found) or numbers != [*range(len(found) - 1), _LAST + len(found) - 1]:
        message = "the picture is not there once, whole and in order"
        raise Flaw(message)
    return tuple(replace(part, body=part.body + 4) for part in found)


def _shown(data: Buffer, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts up to the end of the last frame. Raises Flaw where that does not end in them."""
    codestream = b"".join(data[part.body : part.end] for part in parts)
    untrusted_end = _end_of_frames(codestream)
    if not 0 < untrusted_end <= len(codestream):
        message = "the last frame does not end in the codestream"
        raise Flaw(message)
    shown = []
    start = 0
    for part in parts:
        if start < untrusted_end:
            shown.append(replace(part, end=min(part.end, part.body + untrusted_end - start)))
        start += part.end - part.body
    return tuple(shown)


def _end_of_frames(codestream: bytes) -> int:
    """Where FFmpeg's parser cuts a codestream from what follows; a place behind it for one that is not whole."""
    followed = codestream + b"\0"
    options = {
        "format_whitelist": "jpegxl_pipe",
        "protocol_whitelist": "none",
        "frame_size": str(min(len(followed), _MOST_AT_ONCE)),
    }
    try:
        with av.open(BytesIO(followed), "r", format="jpegxl_pipe", container_options=options, io_open=_refuse) as found:
            return next((packet.size for packet in found.demux()), 0)
    except UNREADABLE as cause:
        message = f"the codestream cannot be read ({type(cause).__name__})"
        raise Flaw(message) from cause


def _refuse(url: str, flags: int, options: Mapping[str, str]) -> NoReturn:  # noqa: ARG001 - PyAV's signature
    message = "it refers to another file"
    raise Flaw(message)


def _header(data: Buffer, parts: tuple[Part, ...]) -> tuple[tuple[int, int], bool]:
    """(width, height), and whether it moves. Raises Flaw for what is no codestream and for one with a preview."""
    head = b""
    for part in parts:
        head += bytes(data[part.body : min(part.end, part.body + _HEADER)])
        if len(head) >= _HEADER:
            break
    if head[:2] != _NAKED or len(head) < 4:
        message = "there is no codestream"
        raise Flaw(message)
    bits = _bits(head[2:_HEADER])
    size = _size(bits)
    if max(size) > _LONGEST_SIDE or size[0] * size[1] > _MOST_PIXELS:
        message = "the picture has more pixels than any decoder has to take"
        raise Flaw(message)
    preview = animated = 0
    if not _number(bits, 1) and _number(bits, 1):
        _number(bits, 3)
        if _number(bits, 1):
            _size(bits)
        preview, animated = _number(bits, 1), _number(bits, 1)
    if preview:
        message = "there is a preview beside the picture"
        raise Flaw(message)
    return size, bool(animated)


def _bits(data: bytes) -> Iterator[int]:
    for byte in data:
        for place in range(8):
            yield byte >> place & 1


def _number(bits: Iterator[int], count: int) -> int:
    """The next so many bits, the lowest first; zeros where there are no more."""
    return sum(next(bits, 0) << place for place in range(count))


def _size(bits: Iterator[int]) -> tuple[int, int]:
    """(width, height) as a SizeHeader codes them (ISO/IEC 18181-1, D.2)."""
    small = _number(bits, 1)
    height = _side(bits, small)
    ratio = _number(bits, 3)
    if not ratio:
        return _side(bits, small), height
    above, below = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))[ratio - 1]
    return height * above // below, height


def _side(bits: Iterator[int], small: int) -> int:
    if small:
        return 8 * (1 + _number(bits, 5))
    return 1 + _number(bits, (9, 13, 18, 30)[_number(bits, 2)])


def _admit(data: Buffer, part: Part, keep: Keep) -> None:
    """Raise Flaw for a box that is not allowed, or not as it has to be."""
    body = part.content(data) if part.code not in _PICTURES else b""
    if part.code in (*_PICTURES, b"JXL "):
        # The signature was compared, the codestream's order as well.
        allowed = True
    elif part.code == b"ftyp":
        allowed = body == _BRAND
    elif part.code == b"jxll":
        allowed = body in (b"\5", b"\n")
    elif part.code == b"Exif":
        kinds = keep.kinds - {"orientation", "colour"}
        allowed = body[:4] == bytes(4) and exif.inspect(body[4:], Keep(kinds, keep.grid_km)) > 0
    else:
        allowed = False
    if not allowed or part.body - part.start != 8 or int.from_bytes(data[part.start : part.start + 4], "big") == 0:
        message = f"the box {printable(part.code)} is not allowed"
        raise Flaw(message)
