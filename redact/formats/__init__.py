"""Where metadata hides, one module per container family. Files are told apart by content, never by suffix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from redact.contracts import Format
from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.avi import Avi
from redact.formats.bmp import Bmp
from redact.formats.film.mp4 import Mp4
from redact.formats.gif import Gif
from redact.formats.heif.file import Heif
from redact.formats.jpeg import Jpeg
from redact.formats.jpeg2000 import Jpeg2000
from redact.formats.jpegxl import JpegXl
from redact.formats.matroska.file import Matroska
from redact.formats.png import Png
from redact.formats.tiff.file import Tiff
from redact.formats.transport import TransportStream
from redact.formats.webp import WebP

FORMATS: tuple[Format, ...] = (
    Jpeg(), Png(), WebP(), Gif(), Bmp(), Tiff(), Heif(), Jpeg2000(), JpegXl(),
    Mp4(), Matroska(), TransportStream(), Avi(),
)  # fmt: skip
"""Every container family that can be made safe."""

HEAD_BYTES = 64
"""How much of a file is read to tell what it is."""

_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")

_BEGINNINGS: Sequence[tuple[bytes, str]] = (
    (b"%PDF", "PDF"),
    (b"8BPS", "Photoshop"),
    (b"\x30\x26\xb2\x75", "Windows Media"),
    (b"FLV\x01", "Flash video"),
    (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"),
    (b"ID3", "MP3"),
    (b"PK\x03\x04", "ZIP archive"),
    (b"FUJIFILMCCD-RAW", "camera raw"),
)


def recognise(source: BinaryIO) -> Format:
    """The family of a seekable stream, which is read a little and rewound.

    Raises DamagedFileError for an empty file, UnsupportedFormatError, which says what the content looks like.
    """
    source.seek(0)
    head = source.read(HEAD_BYTES)
    source.seek(0)
    if not head:
        message = "the file is empty: copy it again from where it came"
        raise DamagedFileError(message)
    for each in FORMATS:
        if each.recognises(head):
            return each
    known = ", ".join(each.name for each in FORMATS)
    message = f"{_likeness(head)} cannot be made safe here: convert it to one of {known}, or leave it out"
    raise UnsupportedFormatError(message)


def _likeness(head: bytes) -> str:
    """What content that nobody recognised looks like."""
    for beginning, name in _BEGINNINGS:
        if head.startswith(beginning):
            return name
    if head.startswith(b"RIFF"):
        return "AVI" if head[8:12] == b"AVI " else "RIFF"
    if head[4:8] == b"ftyp":
        return "HEIC or AVIF" if head[8:12] in _HEIF_BRANDS else "an ISO media file of another brand"
    if _is_text(head):
        return "text, as in a sidecar,"
    # A transport stream has packets of 188 bytes, each beginning with this one and no error flag.
    if head[0] == 0x47 and len(head) > 3 and not head[1] & 0x80:
        return "MPEG-TS"
    return "unknown content"


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return True
    # The last character may have been cut.
    text = head.decode("utf-8", "ignore")
    return len(text.encode()) > len(head) - 4 and all(each.isprintable() or each in "\r\n\t" for each in text)
