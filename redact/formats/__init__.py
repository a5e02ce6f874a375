"""Where metadata hides, one module per container family. Files are told apart by content, never by suffix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from redact.contracts import Format
from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.avi.file import Avi
from redact.formats.bmp.file import Bmp
from redact.formats.film.mp4 import Mp4
from redact.formats.gif import Gif
from redact.formats.heif.file import Heif
from redact.formats.jpeg import Jpeg
from redact.formats.jpeg2000.file import Jpeg2000
from redact.formats.jpegxl import JpegXl
from redact.formats.matroska.file import Matroska
from redact.formats.png.file import Png
from redact.formats.sidecars import Sidecar, sidecar_among
from redact.formats.text import is_text
from redact.formats.tiff.file import Tiff
from redact.formats.transport.file import TransportStream
from redact.formats.webp import WebP

FORMATS: tuple[Format, ...] = (
    Jpeg(), Png(), WebP(), Gif(), Bmp(), Tiff(), Heif(), Jpeg2000(), JpegXl(),
    Mp4(), Matroska(), TransportStream(), Avi(),
)  # fmt: skip
"""Every container family that can be made safe."""

HEAD_BYTES = 64
"""How much of a file is read to tell what it is."""

_BEGINNINGS: Sequence[tuple[bytes, str]] = (
    (b"%PDF", "PDF"),
    (b"8BPS", "Photoshop"),
    (b"RIFF", "RIFF"),
    (b"\x30\x26\xb2\x75", "Windows Media"),
    (b"FLV\x01", "Flash video"),
    (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"),
    (b"ID3", "MP3"),
    (b"PK\x03\x04", "ZIP archive"),
    (b"FUJIFILMCCD-RAW", "camera raw"),
)
_TEXT_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


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
    message = f"{_likeness(head)} cannot be made safe here: leave it out, or convert it to JPEG, PNG or MP4"
    raise UnsupportedFormatError(message)


def sidecar(source: BinaryIO, suffix: str) -> Sidecar | None:
    """The sidecar that a seekable stream is, which is read a little and rewound; None for any other file.

    suffix: of the file's name, as ".SRT"; it tells previews, and texts that look alike
    """
    return sidecar_among(FORMATS, source, suffix)


def _likeness(head: bytes) -> str:
    """What content that nobody recognised looks like."""
    for beginning, name in _BEGINNINGS:
        if head.startswith(beginning):
            return name
    if head[4:8] == b"ftyp":
        return "an ISO media file of another brand"
    return "text" if head.startswith(_TEXT_MARKS) or is_text(head) else "unknown content"
