"""Motion JPEG (ITU-T T.81; QuickTime's Motion-JPEG; OpenDML's AVI1): which segments of each image may stay.

Where location hides: application segments (EXIF, XMP and vendors' own) and comments in every frame, tables that no
scan uses and segments longer than their content, bytes behind the end of an image, and whole further images there.

Kept: frame and scan headers, coded data, and the tables that they use (see jpeg_parts.py); Adobe's segment, of which
only how colours are coded; JFIF's, which tells the shape of pixels, without its thumbnail; AVI1, which tells the order
of fields, its rest blank; of comments those fixed ones by which decoders know an odd encoder; each of these once. A
second image stays only when it is the other field of a frame: of the same size, and both say so by their AVI1.
Dropped: every other segment, and everything between and behind images.

Not handled: bytes hidden within coded data and the tables in use. Refused: hierarchical coding, a second image of the
same size that does not say to be a field, scans that code again what others did.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from redact.errors import MediaError, UnsupportedFormatError
from redact.formats.codings import jpeg_parts
from redact.formats.codings.jpeg_parts import FRAMES, SCAN, TABLES
from redact.formats.codings.plain import Stream, Told, garbled
from redact.model import Kind

_END, _COMMENT = 0xD9, 0xFE
_JFIF, _ADOBE = 0xE0, 0xEE
_HIERARCHICAL = frozenset((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF, 0xDE, 0xDF))

_COMMENTS = frozenset((b"CS=ITU601", b"AVID", b"Intel(R) JPEG Library, version 1"))
_JFIF_BYTES, _ADOBE_BYTES, _AVI1_BYTES = 14, 12, 14
_ADOBE_BEGINS = b"Adobe\0\x64\0\0\0\0"
_FIELDS = {1, 2}
"""What the first and the second field of a frame say of themselves."""

_NEXT_MARKER = re.compile(rb"\xff[^\0\xd0-\xd7\xff]")

_NAMES: tuple[tuple[bytes, str, Kind], ...] = (
    (b"Exif\0", "EXIF", "unknown"),
    (b"http://ns.adobe.com/xap/", "XMP", "unknown"),
    (b"ICC_PROFILE\0", "ICC profile", "colour"),
)


def images_of(_configuration: bytes) -> Stream:
    """A stream, which needs no configuration. Its packets raise DamagedFileError, UnsupportedFormatError."""
    return Stream("JPEG frame", b"", (), _cleaned, _told)


@dataclass(frozen=True, slots=True)
class _Image:
    """An image with what may stay of it.

    size:  height and width as the frame header tells them
    field: which field of a frame it says it is; 0 where it is a whole one
    """

    written: bytes
    size: bytes
    field: int


def _cleaned(packet: bytes) -> bytes:
    image, end = _image(packet, 0)
    start = packet.find(b"\xff\xd8", end)
    if start < 0:
        return image.written
    try:
        second, _ = _image(packet, start)
    except MediaError:
        if image.field:
            raise
        return image.written
    if second.size != image.size:
        return image.written
    if {image.field, second.field} != _FIELDS:
        message = "a frame of the video holds two images, and which one is shown is not told: convert it first"
        raise UnsupportedFormatError(message)
    return image.written + second.written


def _image(packet: bytes, start: int) -> tuple[_Image, int]:
    """An image, and where it ends."""
    stay: dict[bytes, tuple[int, bytes]] = {}
    # Some cameras leave out the marker that ends an image.
    start, stop, field = _begun(packet, start), len(packet), 0
    for marker, content, end in _segments(packet, start):
        if marker == _END:
            stop = end
            break
        body = _clean(marker, packet[content:end])
        if body is None:
            continue
        once = bytes((marker,)) + body[:4] if marker >= _JFIF else len(stay).to_bytes(4, "big")
        if stay.setdefault(once, (marker, body))[1] is body and body.startswith(b"AVI1"):
            field = body[4]
    segments = list(stay.values())
    frame = jpeg_parts.frame_of(segments)
    kept = b"".join(_written(marker, body) for marker, body in jpeg_parts.needed(segments))
    return _Image(b"\xff\xd8" + kept + b"\xff\xd9", frame.size, field), stop


def _begun(packet: bytes, start: int) -> int:
    """Where the first segment of an image begins."""
    if packet[start : start + 2] != b"\xff\xd8":
        raise garbled()
    return start + 2


def _written(marker: int, body: bytes) -> bytes:
    size = 4 + 2 * body[0] if marker == SCAN else len(body)
    return bytes((0xFF, marker)) + (size + 2).to_bytes(2, "big") + body


def _clean(marker: int, content: bytes) -> bytes | None:
    """A segment as it may stay, behind its length; None where it goes."""
    if marker in _HIERARCHICAL:
        message = "the video is coded as hierarchical JPEG, which hardly any decoder reads: convert it first"
        raise UnsupportedFormatError(message)
    body = content[2:]
    if marker == SCAN:
        untrusted_size = int.from_bytes(content[:2], "big")
        if not body or untrusted_size != 6 + 2 * body[0]:
            raise garbled()
        return body
    if marker in FRAMES or marker in TABLES:
        return body
    if marker == _JFIF and body.startswith(b"JFIF\0") and len(body) >= _JFIF_BYTES:
        return body[: _JFIF_BYTES - 2] + bytes(2)
    if marker == _JFIF and body.startswith(b"AVI1") and len(body) >= 5:
        return body[:4] + bytes((body[4] if body[4] in _FIELDS else 0,)).ljust(_AVI1_BYTES - 4, b"\0")
    if marker == _ADOBE and body.startswith(b"Adobe") and len(body) >= _ADOBE_BYTES:
        return _ADOBE_BEGINS + body[_ADOBE_BYTES - 1 : _ADOBE_BYTES]
    if marker == _COMMENT and body.rstrip(b"\0") in _COMMENTS:
        return body.rstrip(b"\0")
    return None


def _segments(packet: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """(marker, start of content with its length, end) of each segment; a scan reaches up to the marker behind it."""
    while start + 2 <= len(packet):
        if packet[start] != 0xFF:
            raise garbled()
        while start + 2 < len(packet) and packet[start + 1] == 0xFF:
            start += 1
        marker, content = packet[start + 1], start + 2
        end = content
        if marker != _END:
            untrusted_size = int.from_bytes(packet[content : content + 2], "big")
            end = content + untrusted_size
            if untrusted_size < 2 or end > len(packet):
                raise garbled()
        if marker == SCAN:
            end = _scanned(packet, end)
        yield marker, content, end
        if marker == _END:
            return
        start = end


def _scanned(packet: bytes, start: int) -> int:
    """Where the coded data ends that begins there: before the next marker and what fills the room up to it."""
    following = _NEXT_MARKER.search(packet, start)
    end = following.start() if following else len(packet)
    while end > start and packet[end - 1] == 0xFF:
        end -= 1
    return end


def _told(packet: bytes) -> Iterator[Told]:
    # In AVI an empty packet stands for a picture that did not change.
    for marker, content, end in _segments(packet, _begun(packet, 0)) if packet else ():
        body = packet[content + 2 : end]
        if marker == _COMMENT:
            yield "comment", "text"
        elif _JFIF <= marker < 0xF0 and _clean(marker, packet[content:end]) is None:
            known = ((name, kind) for beginning, name, kind in _NAMES if body.startswith(beginning))
            yield next(known, (f"APP{marker - _JFIF}", "unknown"))
        if marker == _END and packet[end:].strip(b"\0"):
            yield "bytes behind the image", "unknown"
