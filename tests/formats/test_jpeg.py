"""JPEG: lists, drops, keeps, refuses damage."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from io import BytesIO

import numpy as np
import piexif
import pytest
import simplejpeg
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from redact.errors import DamagedFileError, MediaError, UnsupportedFormatError
from redact.formats.jpeg import Jpeg
from redact.model import KINDS, Field

Strip = Callable[..., bytes]

PLACE = b"CANARY 47.58210, 8.54170"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description exif:GPSLatitude="CANARY" dc:title="CANARY"/></x:xmpmeta>'
IPTC = b"".join(struct.pack(">BBBH", 0x1C, 2, number, 6) + b"CANARY" for number in (90, 120))
PHOTOSHOP = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(IPTC)) + IPTC


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def encoded(picture: Pillow.Image, **options: object) -> bytes:
    target = BytesIO()
    picture.save(target, "JPEG", **options)
    return target.getvalue()


def with_segments(data: bytes, *segments: bytes) -> bytes:
    """The JPEG with segments right behind its start."""
    return data[:2] + b"".join(segments) + data[2:]


def pixels(data: bytes) -> bytes:
    return Pillow.open(BytesIO(data)).tobytes()


def listed(data: bytes) -> list[Field]:
    return list(Jpeg().fields(BytesIO(data)))


@pytest.fixture
def laden(picture: Pillow.Image, block: bytes, profile: bytes) -> bytes:
    """A JPEG with a canary in every carrier, some between its scans, some behind its end."""
    data = encoded(picture, progressive=True, icc_profile=profile)
    motion = b"\0\0\0\x18ftypmp42" + PLACE
    before = (
        segment(0xE0, b"JFXX\0\x10" + PLACE),
        segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"D" * 40 + XMP),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
        segment(0xE1, b"Exif\0\0" + block),
        segment(0xE1, b"FLIR\0" + PLACE),
        segment(0xE2, b"MPF\0" + PLACE),
        segment(0xE4, PLACE),
        segment(0xE5, b"RMETA\0" + PLACE),
        segment(0xEB, b"JP" + PLACE),
        segment(0xED, PHOTOSHOP),
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + PLACE),
        segment(0xFE, PLACE),
    )
    middle = data.rindex(b"\xff\xda")
    data = data[:middle] + segment(0xFE, PLACE) + b"\xff\xff\xff" + data[middle:]
    return with_segments(data, *before) + encoded(picture, comment=PLACE) + motion


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
        Field("trailing bytes", "preview", "JPEG trailer"),
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


@pytest.mark.parametrize("kinds", [(), ("time", "camera", "author"), tuple(KINDS)])
def test_stripping_twice_changes_no_byte(laden: bytes, strip: Strip, kinds: tuple[str, ...]) -> None:
    clean = strip(Jpeg(), laden, *kinds)
    assert strip(Jpeg(), clean, *kinds) == clean


def test_painted_pixels_come_from_elsewhere_and_metadata_from_the_source(
    laden: bytes, picture: Pillow.Image, profile: bytes, strip: Strip
) -> None:
    painted = encoded(Pillow.new("RGB", picture.size, "teal"), comment=b"CANARY encoder", progressive=False)
    clean = strip(Jpeg(), laden, pixels=painted)
    read = Pillow.open(BytesIO(clean))
    assert read.tobytes() == pixels(painted)
    assert read.info["icc_profile"] == profile
    assert read.getexif()[piexif.ImageIFD.Orientation] == 6
    assert b"CANARY" not in clean


def test_a_profile_does_not_go_with_pixels_of_another_kind(laden: bytes, picture: Pillow.Image, strip: Strip) -> None:
    clean = strip(Jpeg(), laden, pixels=encoded(picture.convert("L")))
    assert "icc_profile" not in Pillow.open(BytesIO(clean)).info


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(DamagedFileError):
        listed(b"")


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


@cache
def noise() -> bytes:
    samples = np.random.default_rng(7).integers(0, 256, (40, 56, 3), np.uint8)
    return bytes(simplejpeg.encode_jpeg(samples, quality=60))


def attempt(data: bytes) -> bytes | None:
    """The stripped file; None where it is refused."""
    target = BytesIO()
    try:
        list(Jpeg().fields(BytesIO(data)))
        Jpeg().strip(BytesIO(data), target, KINDS)
    except MediaError:
        return None
    return target.getvalue()


@given(st.integers(0, 10**6))
def test_a_file_cut_anywhere_is_refused_or_complete(cut: int) -> None:
    data = noise() + b"trailer"
    shorter = data[: cut % (len(data) + 1)]
    clean = attempt(shorter)
    assert (clean is None) == (len(shorter) < len(noise()))
    if clean is not None:
        assert pixels(clean) == pixels(noise())


@given(st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), min_size=1, max_size=5))
def test_garbled_headers_are_refused_or_stay_as_they_are_written(changes: list[tuple[int, int]]) -> None:
    data = bytearray(noise())
    for place, value in changes:
        data[place] = value
    clean = attempt(bytes(data))
    if clean is not None:
        assert attempt(clean) == clean
