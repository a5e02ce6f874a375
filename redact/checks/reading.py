"""How the questions read files: mapped, sniffed by content, and with one word for "no".

Nothing here knows what redact writes; each question walks the bytes itself.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal, TypeAlias

import cv2
from av.error import FFmpegError

from redact.errors import DamagedFileError
from redact.model import Check

Buffer: TypeAlias = bytes | mmap.mmap
Container: TypeAlias = Literal[
    "JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF", "HEIF", "JPEG 2000", "JPEG XL",
    "MP4/MOV", "Matroska", "MPEG-TS", "AVI",
    "XMP",
]  # fmt: skip

CLIPS = frozenset({"MP4/MOV", "Matroska", "MPEG-TS", "AVI"})
"""Containers of moving pictures and sound. All others but XMP hold stills."""

UNREADABLE = (struct.error, ValueError, IndexError, OverflowError, ArithmeticError, OSError, FFmpegError, cv2.error)
"""What libraries and slices raise over bytes that are not what they claim to be."""


class Flaw(Exception):  # noqa: N818 - an answer, not an error: it never leaves this package
    """Why a question is answered with no. The text names parts and counts them; it holds no value."""


def answered(name: str, look: Callable[[], str]) -> Check:
    """The answer to one question: passed with the detail `look` returns, failed when it found a flaw.

    A copy that cannot be read is a no, not a crash. Errors of the project, as a damaged source, pass through.
    """
    try:
        return Check(name, passed=True, detail=look())
    except Flaw as flaw:
        return Check(name, passed=False, detail=str(flaw))
    except UNREADABLE as cause:
        return Check(name, passed=False, detail=f"the copy could not be read ({type(cause).__name__})")


@contextmanager
def blaming_the_source() -> Iterator[None]:
    """Turn what goes wrong while the source is read into DamagedFileError: the copy is not at fault."""
    try:
        yield
    except Flaw as flaw:
        message = f"the source cannot be read whole ({flaw}): get an undamaged original"
        raise DamagedFileError(message) from flaw
    except UNREADABLE as cause:
        message = f"the source cannot be read whole ({type(cause).__name__}): get an undamaged original"
        raise DamagedFileError(message) from cause


@contextmanager
def mapped(path: Path) -> Iterator[Buffer]:
    """The bytes of a file without reading them into memory. Raises Flaw when there are none."""
    with path.open("rb") as file:
        if not file.seek(0, 2):
            message = "the file is empty"
            raise Flaw(message)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


LET_GO_BYTES = 1 << 25
"""After so many, a walk through a mapping lets go of what lies behind it."""


def let_go(data: Buffer, start: int, end: int) -> None:
    """Take the pages between two places of a mapping out of memory; where they are needed again they are read again."""
    first = start // mmap.PAGESIZE * mmap.PAGESIZE
    if isinstance(data, mmap.mmap) and end > first:
        data.madvise(mmap.MADV_DONTNEED, first, end - first)


class Trail:
    """What lies behind a walk through a mapping, and is let go of in large pieces as the walk goes on.

    However small its steps are, at its end the whole file would lie in memory.
    """

    def __init__(self, data: Buffer, start: int = 0) -> None:
        self._data = data
        self._start = start

    def reach(self, place: int) -> None:
        """The walk has come to `place` and has no more use for what is before it."""
        if place - self._start >= LET_GO_BYTES:
            self.end(place)

    def end(self, place: int) -> None:
        """The walk is over at `place`."""
        let_go(self._data, self._start, place)
        self._start = place


@contextmanager
def mapped_source(path: Path) -> Iterator[Buffer]:
    """As `mapped`, for the original. Raises DamagedFileError when there are no bytes."""
    with ExitStack() as stack:
        with blaming_the_source():
            data = stack.enter_context(mapped(path))
        yield data


def container(data: Buffer) -> Container | None:
    """Which container the bytes begin like; None when none that can be vouched for."""
    head = bytes(data[:16])
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[4:8] == b"ftyp" and (head[8:12] in _HEIF_BRANDS or _is_compatible_to_stills(bytes(data[:64]))):
        return "HEIF"
    # Old QuickTime files begin without a brand.
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "MP4/MOV"
    for beginning, kind in _BEGINNINGS.items():
        if head.startswith(beginning):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "AVI"
    # Packets of 188 bytes begin with 0x47; those of Blu-ray discs and camcorders have a time of four bytes in front.
    if any(len(data) > start + step and data[start] == data[start + step] == 0x47 for start, step in _PACKETS):
        return "MPEG-TS"
    return "XMP" if _is_xmp(bytes(data[:_XMP_HEAD])) else None


_BEGINNINGS: dict[bytes, Container] = {
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"\xff\x0a": "JPEG XL",
    b"\x1a\x45\xdf\xa3": "Matroska",
}

_HEIF_BRANDS = frozenset({
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"miaf", b"msf1", b"avif", b"avis", b"avio",
})  # fmt: skip


def _is_compatible_to_stills(head: bytes) -> bool:
    """True for a brand that nobody knows, of a file that says readers of stills can read it, and none of films."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[place : place + 4] for place in range(16, end - 3, 4))}
    return b"mif1" in brands and brands.isdisjoint((b"isom", b"mp41", b"mp42", b"qt  "))


_PACKETS = ((0, 188), (4, 192))
"""Where the first packet of a transport stream begins, and how far it is to the next."""

_XMP_HEAD = 8192
_XMP_ROOTS = (b":xmpmeta", b":xapmeta", b":RDF")


def _is_xmp(head: bytes) -> bool:
    """True for a packet that stands alone: its wrapper or its root is at the beginning."""
    # In UTF-16 each letter has a zero beside it.
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t")
    return text.startswith(b"<") and any(root in text for root in _XMP_ROOTS)


def take(data: Buffer, start: int, size: int, end: int) -> bytes:
    """`size` bytes from `start`. Raises Flaw unless they all lie before `end`."""
    if size < 0 or start < 0 or start + size > end:
        message = "a part ends before its content"
        raise Flaw(message)
    return bytes(data[start : start + size])


def demand(held: object, otherwise: str) -> None:
    """Raise Flaw with that text unless something holds."""
    if not held:
        raise Flaw(otherwise)


def printable(code: bytes) -> str:
    """A four-character code as a name that is safe in a log."""
    text = code.decode("latin-1")
    return text.strip() if text.isascii() and text.isprintable() and text.strip() else code.hex()
