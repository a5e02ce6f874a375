"""JPEG: lists, drops, keeps, refuses damage."""

from __future__ import annotations

import struct
import time
from io import BytesIO

import numpy as np
import piexif
import pytest
import simplejpeg
from PIL import Image as Pillow

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.jpeg import Jpeg
from redact.model import KINDS, Field
from tests.formats.conftest import Strip
from tests.formats.laden import PLACE, laden_jpeg, saved, segment, with_segments


def encoded(picture: Pillow.Image, **options: object) -> bytes:
    return saved(picture, "JPEG", **options)


def pixels(data: bytes) -> bytes:
    return Pillow.open(BytesIO(data)).tobytes()


def listed(data: bytes) -> list[Field]:
    return list(Jpeg().fields(BytesIO(data)))


@pytest.fixture
def laden(picture: Pillow.Image, block: bytes, profile: bytes) -> bytes:
    return laden_jpeg(picture, block, profile)


def test_every_carrier_is_listed(laden: bytes) -> None:
    fields = set(listed(laden))
    assert {
        Field("JFXX thumbnail", "preview", "JPEG APP0"),
        Field("GPSLatitude", "location", "EXIF GPS IFD"),
        Field("Orientation", "orientation", "EXIF IFD0"),
        Field("exif:GPSLatitude", "location", "XMP"),
        Field("dc:title", "text", "XMP"),
        Field("exif:GPSLatitude", "location", "extended XMP"),
        Field("FLIR", "device", "JPEG APP1"),
        Field("MPF", "preview", "JPEG APP2"),
        Field("ICC profile", "colour", "JPEG APP2"),
        Field("APP4", "unknown", "JPEG APP4"),
        Field("Ricoh RMETA", "location", "JPEG APP5"),
        Field("City", "location", "Photoshop IPTC"),
        Field("Caption-Abstract", "text", "Photoshop IPTC"),
        Field("COM", "text", "JPEG COM"),
        Field("JUMBF", "text", "JPEG APP11"),
        Field("motion photo", "preview", "JPEG trailer"),
        Field("second picture", "preview", "JPEG trailer"),
    } <= fields
    assert b"CANARY" not in repr(fields).encode()


def test_a_jfif_thumbnail_is_listed_and_dropped(picture: Pillow.Image, strip: Strip) -> None:
    data = encoded(picture)
    header = data[4 : 4 + 16]
    jfif = header[2:-2] + b"\2\1" + b"CANARY"
    laden = data[:2] + segment(0xE0, jfif) + data[20:]
    assert Field("JFIF thumbnail", "preview", "JPEG APP0") in listed(laden)
    assert b"CANARY" not in strip(Jpeg(), laden)


def test_nothing_that_was_planted_is_left(laden: bytes, block: bytes, strip: Strip) -> None:
    rational = struct.pack(">II", 560123, 10007)
    assert rational in laden
    for kinds in ((), tuple(KINDS)):
        clean = strip(Jpeg(), laden, *kinds)
        assert b"CANARY" not in clean
        assert rational not in clean
        assert b"ftyp" not in clean
        assert clean.endswith(b"\xff\xd9")
        assert clean.count(b"\xff\xd8\xff") == 1


def test_only_kept_kinds_are_listed_afterwards(laden: bytes, strip: Strip) -> None:
    assert {field.kind for field in listed(strip(Jpeg(), laden))} == {"orientation", "colour"}
    assert {field.kind for field in listed(strip(Jpeg(), laden, "time"))} == {"time"}


def test_pixels_orientation_and_profile_are_kept(laden: bytes, profile: bytes, strip: Strip) -> None:
    clean = strip(Jpeg(), laden)
    read = Pillow.open(BytesIO(clean))
    assert np.array_equal(simplejpeg.decode_jpeg(clean), simplejpeg.decode_jpeg(laden))
    assert read.info["icc_profile"] == profile
    assert read.getexif()[piexif.ImageIFD.Orientation] == 6


def test_times_are_kept_when_asked_for(laden: bytes, strip: Strip) -> None:
    read = Pillow.open(BytesIO(strip(Jpeg(), laden, "time"))).getexif()
    assert read[piexif.ImageIFD.DateTime] == "2024:05:06 07:08:09"
    assert piexif.ImageIFD.Orientation not in read


def test_a_profile_in_several_chunks_is_put_together(picture: Pillow.Image, profile: bytes, strip: Strip) -> None:
    size = 150_000
    big = struct.pack(">I", size) + profile[4:] + bytes(size - len(profile))
    clean = strip(Jpeg(), encoded(picture, icc_profile=big))
    assert Pillow.open(BytesIO(clean)).info["icc_profile"] == big


def test_a_profile_with_a_missing_chunk_is_dropped(picture: Pillow.Image, profile: bytes, strip: Strip) -> None:
    data = with_segments(encoded(picture), segment(0xE2, b"ICC_PROFILE\0\1\2" + profile))
    assert "icc_profile" not in Pillow.open(BytesIO(strip(Jpeg(), data))).info


def test_density_is_kept(picture: Pillow.Image, strip: Strip) -> None:
    assert Pillow.open(BytesIO(strip(Jpeg(), encoded(picture, dpi=(300, 300))))).info["dpi"] == (300, 300)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_blocks": 2}])
def test_every_kind_of_coding_decodes_to_the_same(
    picture: Pillow.Image, strip: Strip, mode: str, options: dict[str, object]
) -> None:
    data = encoded(picture.convert(mode), **options)
    assert pixels(strip(Jpeg(), data)) == pixels(data)


def test_rgb_coding_is_not_taken_for_ycc(picture: Pillow.Image, strip: Strip) -> None:
    data = encoded(picture, keep_rgb=True)
    assert pixels(strip(Jpeg(), data)) == pixels(data)


def test_a_profile_does_not_go_with_pixels_of_another_kind(laden: bytes, picture: Pillow.Image, strip: Strip) -> None:
    clean = strip(Jpeg(), laden, pixels=encoded(picture.convert("L")))
    assert "icc_profile" not in Pillow.open(BytesIO(clean)).info


@pytest.mark.parametrize("missing", [1, 2, 3, 100])
def test_a_truncated_file_is_refused(picture: Pillow.Image, strip: Strip, missing: int) -> None:
    with pytest.raises(DamagedFileError):
        strip(Jpeg(), encoded(picture)[:-missing])


def test_a_second_picture_inside_the_first_is_refused(picture: Pillow.Image, strip: Strip) -> None:
    data = encoded(picture)
    with pytest.raises(DamagedFileError):
        strip(Jpeg(), data[:-30] + data)


@pytest.mark.parametrize("marker", [0xDB, 0xC4, 0xC0, 0xDA])
def test_bytes_cannot_ride_along_in_a_table(picture: Pillow.Image, strip: Strip, marker: int) -> None:
    data = encoded(picture)
    start = data.index(bytes((0xFF, marker)))
    size = int.from_bytes(data[start + 2 : start + 4], "big")
    longer = data[:start] + segment(marker, data[start + 4 : start + 2 + size] + PLACE) + data[start + 2 + size :]
    with pytest.raises(DamagedFileError):
        strip(Jpeg(), longer)


@pytest.mark.parametrize("marker", [0xC5, 0xDE, 0xF7])
def test_codings_that_nobody_decodes_are_refused(picture: Pillow.Image, strip: Strip, marker: int) -> None:
    with pytest.raises(UnsupportedFormatError):
        strip(Jpeg(), with_segments(encoded(picture), segment(marker, b"\x08\0\1\0\1\1\1\x11\0")))


def test_more_segments_than_any_picture_needs_are_refused(picture: Pillow.Image, strip: Strip) -> None:
    with pytest.raises(DamagedFileError):
        strip(Jpeg(), with_segments(encoded(picture), segment(0xFE, b"") * 30_000))


def test_fill_bytes_and_restart_markers_are_understood(picture: Pillow.Image, strip: Strip) -> None:
    data = encoded(picture, restart_marker_blocks=1)
    filled = data[:2] + b"\xff\xff" + data[2:-2] + b"\xff\xff" + data[-2:]
    clean = strip(Jpeg(), filled)
    assert pixels(clean) == pixels(data)
    assert clean == strip(Jpeg(), data)


def test_exif_that_goes_on_without_end_is_refused_at_once(picture: Pillow.Image, block: bytes, strip: Strip) -> None:
    more = segment(0xE1, b"Exif\0\0" + bytes(65000))
    endless = with_segments(encoded(picture), segment(0xE1, b"Exif\0\0" + block), *[more] * 800)
    for read in (lambda: strip(Jpeg(), endless), lambda: list(Jpeg().fields(BytesIO(endless)))):
        started = time.process_time()
        with pytest.raises(DamagedFileError, match="more EXIF"):
            read()
        assert time.process_time() - started < 5
