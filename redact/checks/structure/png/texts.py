"""EXIF blocks inside a PNG's texts, in hexadecimal as ImageMagick writes them: some readers turn a picture by one."""

from __future__ import annotations

from collections.abc import Iterable

from redact.checks.reading import Buffer
from redact.checks.structure import exif
from redact.checks.structure.png.chunks import Chunk
from redact.checks.structure.png.inflating import inflated

_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_KEYWORDS = frozenset({b"Raw profile type exif", b"Raw profile type APP1"})
_LONGEST_KEYWORD = 80
_LONGEST_TEXT = 1 << 22
_MOST_TEXTS = 8
"""Texts that are unpacked: who wants more of them is not after a picture."""


def block(data: Buffer, found: Iterable[Chunk]) -> bytes | None:
    """The first block in one of the first texts that may hold one, without JPEG's prefix; None where there is none."""
    named = (chunk for chunk in found if chunk.kind in _TEXTS and _keyword(data, chunk) in _KEYWORDS)
    for _, chunk in zip(range(_MOST_TEXTS), named, strict=False):
        bare = exif.bare(_block_in(data, chunk))
        if exif.is_block(bare):
            return bare
    return None


def _keyword(data: Buffer, chunk: Chunk) -> bytes:
    return bytes(data[chunk.start : min(chunk.end, chunk.start + _LONGEST_KEYWORD)]).partition(b"\0")[0]


def _block_in(data: Buffer, chunk: Chunk) -> bytes:
    """What a text of ImageMagick's spells: a name, a length and hexadecimal digits; empty where there is none."""
    _, _, text = bytes(data[chunk.start : min(chunk.end, chunk.start + _LONGEST_TEXT)]).partition(b"\0")
    is_packed = chunk.kind == b"zTXt" or (chunk.kind == b"iTXt" and text[:1] == b"\1")
    if chunk.kind == b"iTXt":
        # Two flags, a language, a translated keyword.
        text = text[2:].split(b"\0", 2)[-1]
    elif is_packed:
        text = text[1:]
    if is_packed:
        text, _ = inflated(text, _LONGEST_TEXT)
    _, _, digits = text.strip().partition(b"\n")[2].partition(b"\n")
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        return b""
