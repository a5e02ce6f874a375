"""GIF: a strict walk of the blocks (CompuServe, "Graphics Interchange Format", version 89a).

Location hides in comments, plain texts, application and unknown extensions, in reserved bits, between the blocks and
after the trailer. Allowed are the screen, colour tables, images, a graphic control right before its image, one loop
count and, as kept, one colour profile. Every image lies on the screen. The coded data of an image is opaque.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from redact.checks.reading import Buffer, Flaw, take
from redact.checks.structure import icc
from redact.checks.structure.picture import Still
from redact.model import Keep

_HEADER = 13
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_TEXT, _CONTROL, _APPLICATION = 0x01, 0xF9, 0xFF
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_PROFILE = b"ICCRGBG1012"


@dataclass(frozen=True)
class Block:
    """An extension or an image.

    kind:  its first byte
    label: an extension's own; 0 for an image
    body:  where its colour table (of an image) or its sub-blocks begin
    coded: where an image's code size is; of an extension as `body`
    """

    kind: int
    label: int
    start: int
    body: int
    coded: int
    end: int

    @property
    def is_image(self) -> bool:
        """True for an image."""
        return self.kind == _IMAGE


def inspect(data: Buffer, keep: Keep) -> int:
    """How many blocks a GIF has. Raises Flaw unless all of them are allowed and the trailer is its last byte."""
    _screen(data)
    found: list[Block] = []
    names: list[bytes] = []
    position = _blocks_start(data)
    for block in blocks(data):
        if block.start != position:
            message = "there are bytes between the blocks"
            raise Flaw(message)
        if found and found[-1].label == _CONTROL and not block.is_image:
            message = "a graphic control is not followed by its image"
            raise Flaw(message)
        names += _admitted(data, block, keep)
        found.append(block)
        position = block.end
    if not found or not found[-1].is_image:
        message = "there is no image at the end"
        raise Flaw(message)
    if len(names) != len(set(names)):
        message = "there are two loop counts or two profiles"
        raise Flaw(message)
    if position != len(data) - 1:
        message = f"{len(data) - 1 - position} bytes after the trailer"
        raise Flaw(message)
    return len(found)


def still(data: Buffer) -> Still:
    """What the container tells about its picture. Raises Flaw when its parts do not add up."""
    size, screen = _screen(data)
    coded = [(screen, _HEADER, _blocks_start(data))]
    control, loop, profile, count = "", "", b"", 0
    for block in blocks(data):
        if block.is_image:
            count += 1
            coded.append((f"{_place(data, block)}{control}", block.body, block.coded))
            coded.append(("pixels", block.coded, block.end))
            control = ""
        elif block.label == _CONTROL:
            control = _timing(data, block)
        elif block.label == _TEXT:
            control = ""
        elif block.label == _APPLICATION:
            name, body = _application(data, block)
            loop = loop or _loop(name, body)
            profile = profile or (icc.sound(body) if name == _PROFILE else b"")
    if not count:
        message = "there is no image"
        raise Flaw(message)
    coded.append((loop, 0, 0))
    return Still(size, 1, frozenset({1}), 3, profile, (1, 1), tuple(coded), count > 1)


def blocks(data: Buffer) -> Iterator[Block]:
    """Every extension and image up to the trailer; zeros between them are passed over. Raises Flaw where one is cut."""
    start = _blocks_start(data)
    while (kind := take(data, start, 1, len(data))[0]) != _TRAILER:
        if kind == _IMAGE:
            body = start + 10
            coded = body + _table(take(data, start + 9, 1, len(data))[0])
            block = Block(_IMAGE, 0, start, body, coded, _end(data, coded + 1))
        elif kind == _EXTENSION:
            label = take(data, start + 1, 1, len(data))[0]
            block = Block(_EXTENSION, label, start, start + 2, start + 2, _end(data, start + 2))
        elif kind == 0:
            start += 1
            continue
        else:
            message = "there is something that is no block"
            raise Flaw(message)
        yield block
        start = block.end


def _end(data: Buffer, start: int) -> int:
    """Where a list of sub-blocks ends."""
    while size := take(data, start, 1, len(data))[0]:
        start += 1 + size
    return start + 1


def _content(data: Buffer, start: int) -> Iterator[bytes]:
    """The sub-blocks from `start` on, of which there may be as many as half the bytes of the file."""
    while size := take(data, start, 1, len(data))[0]:
        yield take(data, start + 1, size, len(data))
        start += 1 + size


def _whole(parts: Iterator[bytes]) -> bytes:
    whole = bytearray()
    for part in parts:
        whole += part
    return bytes(whole)


def _table(flags: int) -> int:
    """Bytes of a colour table."""
    return 3 * 2 ** (flags % 8 + 1) if flags >= 128 else 0


def _blocks_start(data: Buffer) -> int:
    return _HEADER + _table(take(data, 10, 1, len(data))[0])


def _screen(data: Buffer) -> tuple[tuple[int, int], str]:
    """(width, height) of the screen, and all that is told of it. Raises Flaw for what is no screen."""
    head = take(data, 0, _HEADER, len(data))
    width, height = int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    if head[:6] not in (b"GIF87a", b"GIF89a") or not width or not height:
        message = "there is no screen"
        raise Flaw(message)
    background = head[11] if head[10] >= 128 else 0
    return (width, height), f"{head[:6].decode()} {width}x{height} {head[10]} {background} {head[12]}"


def _place(data: Buffer, block: Block) -> str:
    """Where an image stands, and how it is coded."""
    head = take(data, block.start + 1, 9, block.end)
    left, top, width, height = struct.unpack("<4H", head[:8])
    (across, down), _ = _screen(data)
    if not width or not height or left + width > across or top + height > down:
        message = "there is an image without pixels, or with pixels outside of the screen"
        raise Flaw(message)
    return f"{head[:8].hex()} {head[8] & (0xE7 if head[8] >= 128 else 0x40)}"


def _timing(data: Buffer, block: Block) -> str:
    """How and how long an image is shown."""
    body = _whole(islice(_content(data, block.body), 4))
    if len(body) < 4:
        message = "a graphic control is cut short"
        raise Flaw(message)
    return f" {body[0] % 32} {body[1:3].hex()} {body[3] if body[0] % 2 else 0}"


def _application(data: Buffer, block: Block) -> tuple[bytes, bytes]:
    """An application extension's name and what it holds; of a loop count the sub-block that tells it."""
    parts = _content(data, block.body)
    name = next(parts, b"")
    if name in _LOOPS:
        return name, next((part for part in parts if len(part) >= 3 and part[0] == 1), b"")
    return name, _whole(parts) if name == _PROFILE else b""


def _loop(name: bytes, body: bytes) -> str:
    return f"loop {body[1:3].hex()}" if name in _LOOPS and body else ""


def _admitted(data: Buffer, block: Block, keep: Keep) -> list[bytes]:
    """The kind of application extension, if the block is one. Raises Flaw unless it is written as it has to be."""
    body = bytes(data[block.start : block.end]) if not block.is_image else take(data, block.start, 10, block.end)
    if block.is_image:
        allowed = not body[9] & (0x18 if body[9] >= 128 else 0xBF) and bool(_place(data, block))
        allowed = allowed and 1 <= data[block.coded] <= 11 and block.end > block.coded + 2
    elif block.label == _CONTROL:
        hidden = not body[3] % 2 and body[6]
        allowed = len(body) == 8 and body[2] == 4 and body[3] < 32 and not hidden
    elif block.label == _APPLICATION and body[3:14] in _LOOPS:
        allowed = len(body) == 19 and body[14:16] == b"\x03\x01"
    elif block.label == _APPLICATION and body[3:14] == _PROFILE:
        allowed = "colour" in keep and _is_profile(list(_content(data, block.body)))
    else:
        allowed = False
    if not allowed:
        message = f"an {'image' if block.is_image else f'extension {block.label:#04x}'} is not allowed as it is"
        raise Flaw(message)
    if block.label != _APPLICATION:
        return []
    return [b"loop" if body[3:14] in _LOOPS else _PROFILE]


def _is_profile(parts: list[bytes]) -> bool:
    """True for a name and a whole profile in sub-blocks that are as long as they can be."""
    profile = b"".join(parts[1:])
    return bool(profile) and icc.sound(profile) == profile and all(len(part) == 255 for part in parts[1:-1])
