"""Files are told apart by content, and what is not supported is called by its name."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image as Pillow

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats import FORMATS, recognise


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WebP"])
def test_a_picture_is_recognised_and_rewound(name: str) -> None:
    stream = BytesIO()
    Pillow.new("RGB", (8, 8)).save(stream, name)
    stream.seek(5)
    assert recognise(stream).name == name
    assert stream.tell() == 0


def test_names_are_distinct() -> None:
    assert len({each.name for each in FORMATS}) == len(FORMATS)


def test_an_empty_file_is_damaged() -> None:
    with pytest.raises(DamagedFileError):
        recognise(BytesIO())


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"1\n00:00:00,000 --> 00:00:01,000\n[latitude: 4", "text"),
        (b"\xef\xbb\xbf<?xml version", "text"),
        (b"\x01\x02\x03\x04\x80", "unknown content"),
    ],
)
def test_what_is_not_supported_is_called_by_its_name(head: bytes, name: str) -> None:
    with pytest.raises(UnsupportedFormatError, match=name):
        recognise(BytesIO(head))


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"GIF89a\1\0\1\0\0\0\0", "GIF"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"MM\0+\0\x08\0\0", "TIFF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIF"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "HEIF"),
        (b"\0\0\0\x18ftypinsv\0\0\0\0", "MP4"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0", "Matroska"),
        (b"RIFF\x24\0\0\0AVI LIST", "AVI"),
        (b"\x47\x40\0\x10\0\0\xb0\x0d" + b"\xff" * 56, "MPEG-TS"),
        (b"\0\0\0\x0cJXL \x0d\x0a\x87\x0a", "JPEG XL"),
        (b"\xff\x4f\xff\x51\0", "JPEG 2000"),
        (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "BMP"),
    ],
)
def test_every_container_is_known_by_how_it_begins(head: bytes, name: str) -> None:
    assert recognise(BytesIO(head)).name == name
