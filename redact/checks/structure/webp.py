"""WebP: a strict walk of the RIFF chunks (RFC 9649).

Location hides in EXIF and XMP chunks, in unknown chunks, inside animation frames, and after the RIFF's end. Allowed are
coded pictures, alpha, animation and, as kept, one EXIF block and the colour profile. Coded data is opaque.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from redact.checks.reading import Buffer, Flaw, printable, take
from redact.checks.structure import exif, icc
from redact.checks.structure.picture import Still, turns
from redact.model import Keep

CODED = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"})
"""What the pixels depend on."""

_FRAME_HEADER = 16
_IN_FRAME = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_KNOWN_FLAGS = 0x3E & ~0x04
"""Animation, EXIF, alpha and profile; the bit of XMP is not among them."""


@dataclass(frozen=True)
class Chunk:
    """A chunk: its code, and where its content begins and ends, padding aside."""

    kind: bytes
    start: int
    end: int


def chunks(data: Buffer, start: int = 12, end: int | None = None) -> Iterator[Chunk]:
    """Every chunk between two places, by default those of the RIFF. Raises Flaw when they do not fill it."""
    if end is None:
        end = 8 + int.from_bytes(take(data, 4, 4, len(data)), "little")
        if end > len(data):
            message = "the RIFF is longer than the file"
            raise Flaw(message)
    while start < end:
        head = take(data, start, 8, end)
        untrusted_size = int.from_bytes(head[4:], "little")
        chunk = Chunk(head[:4], start + 8, start + 8 + untrusted_size)
        if chunk.end > end:
            message = f"{printable(chunk.kind)} is longer than what holds it"
            raise Flaw(message)
        yield chunk
        start = chunk.end
        if untrusted_size % 2:
            if take(data, start, 1, end) != b"\0":
                message = "padding is not zero"
                raise Flaw(message)
            start += 1


def inspect(data: Buffer, keep: Keep) -> int:
    """How many chunks a WebP has. Raises Flaw unless all of them are allowed and the RIFF's end is its end."""
    found = list(chunks(data))
    size = 8 + int.from_bytes(data[4:8], "little")
    if size != len(data):
        message = f"{len(data) - size} bytes after the RIFF"
        raise Flaw(message)
    for chunk in found:
        _admit(data, chunk, keep)
    kinds = [chunk.kind for chunk in found]
    for kind in set(kinds) - {b"ANMF"}:
        if kinds.count(kind) > 1:
            message = f"{printable(kind)} is there twice"
            raise Flaw(message)
    if not CODED & set(kinds) - {b"ALPH", b"ANIM"}:
        message = "there is no picture"
        raise Flaw(message)
    return len(found)


def still(data: Buffer) -> Still:
    """What the container tells about its picture. Raises Flaw when its parts do not add up."""
    found = list(chunks(data))
    coded = tuple((chunk.kind.decode("latin-1"), chunk.start, chunk.end) for chunk in found if chunk.kind in CODED)
    turn, readings = turns(_block(data), _block_as_others_read_it(data))
    animated = any(chunk.kind == b"ANMF" for chunk in found)
    return Still(size(data), turn, readings, 3, icc.sound(_profile_of(data)), (1, 1), coded, animated)


def size(data: Buffer) -> tuple[int, int]:
    """(width, height) in pixels, as the headers tell it. Raises Flaw when no header does."""
    for chunk in chunks(data):
        if chunk.kind == b"VP8X":
            body = take(data, chunk.start, 10, chunk.end)
            return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
        if chunk.kind == b"VP8 ":
            body = take(data, chunk.start, 10, chunk.end)
            return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
        if chunk.kind == b"VP8L":
            bits = int.from_bytes(take(data, chunk.start + 1, 4, chunk.end), "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    message = "there is no picture"
    raise Flaw(message)


def _block(data: Buffer) -> bytes | None:
    """The TIFF block of the EXIF chunk; None where there is none. Raises Flaw as `chunks` does."""
    block = next((bytes(data[c.start : c.end]) for c in chunks(data) if c.kind == b"EXIF"), None)
    # Some writers put JPEG's segment header in front.
    return block.removeprefix(b"Exif\0\0") if block else block


def _block_as_others_read_it(data: Buffer) -> bytes | None:
    """As `_block`, but where the name in front is in capitals as well."""
    block = next((bytes(data[c.start : c.end]) for c in chunks(data) if c.kind == b"EXIF"), None)
    return block[6:] if block and block[:4].lower() == b"exif" else block


def _profile_of(data: Buffer) -> bytes:
    """The ICC profile; empty where there is none. Raises Flaw as `chunks` does."""
    return next((bytes(data[c.start : c.end]) for c in chunks(data) if c.kind == b"ICCP"), b"")


def _admit(data: Buffer, chunk: Chunk, keep: Keep) -> None:
    if chunk.kind in _IN_FRAME:
        return
    body = bytes(data[chunk.start : chunk.end]) if chunk.kind != b"ANMF" else b""
    if chunk.kind == b"VP8X":
        allowed = len(body) == 10 and not body[0] & ~_KNOWN_FLAGS and body[1:4] == bytes(3)
    elif chunk.kind == b"ANIM":
        allowed = len(body) == 6
    elif chunk.kind == b"ICCP":
        allowed = "colour" in keep and len(body) > 0 and icc.sound(body) == body
    elif chunk.kind == b"EXIF":
        allowed = exif.inspect(body, keep) >= 0
    elif chunk.kind == b"ANMF":
        inner = chunks(data, chunk.start + _FRAME_HEADER, chunk.end)
        allowed = all(part.kind in _IN_FRAME for part in inner)
    else:
        allowed = False
    if not allowed:
        message = f"{printable(chunk.kind)} is not allowed"
        raise Flaw(message)
