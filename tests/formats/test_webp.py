"""WebP: lists, drops, keeps, refuses damage."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO

import piexif
import pytest
from PIL import Image as Pillow

from redact.errors import DamagedFileError
from redact.formats.webp import WebP
from redact.model import KINDS, Field
from tests.formats.conftest import Strip
from tests.formats.laden import XMP, frames, laden_webp, riff, saved, transparent
from tests.formats.laden import riff_chunk as chunk


def chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position < len(body):
        name, size = struct.unpack_from("<4sI", body, position)
        yield name, body[position + 8 : position + 8 + size]
        position += 8 + size + size % 2


def names(data: bytes) -> list[bytes]:
    return [name for name, _ in chunks(data[12:])]


def encoded(picture: Pillow.Image, **options: object) -> bytes:
    return saved(picture, "WEBP", **options)


def listed(data: bytes) -> list[Field]:
    return list(WebP().fields(BytesIO(data)))


@pytest.fixture
def animation(picture: Pillow.Image) -> bytes:
    """Three frames, with a canary in a chunk inside each."""
    others = [picture.rotate(90), picture.rotate(180)]
    data = encoded(picture, save_all=True, append_images=others, duration=100, lossless=True)
    body = b"".join(
        chunk(name, payload + chunk(b"teSt", b"CANARY") if name == b"ANMF" else payload)
        for name, payload in chunks(data[12:])
    )
    return riff(body)


@pytest.fixture
def laden(picture: Pillow.Image, block: bytes, profile: bytes) -> bytes:
    return laden_webp(picture, block, profile)


def test_every_carrier_is_listed(laden: bytes) -> None:
    fields = set(listed(laden))
    assert {
        Field("GPSLatitude", "location", "WebP EXIF GPS IFD"),
        Field("Orientation", "orientation", "WebP EXIF IFD0"),
        Field("exif:GPSLatitude", "location", "WebP XMP"),
        Field("dc:title", "text", "WebP XMP"),
        Field("ICC profile", "colour", "WebP ICCP"),
        Field("teSt", "unknown", "WebP"),
        Field("second picture", "preview", "WebP trailer"),
    } <= fields
    assert "CANARY" not in repr(fields)


def test_nothing_that_was_planted_is_left(laden: bytes, animation: bytes, strip: Strip) -> None:
    rational = struct.pack(">II", 560123, 10007)
    assert rational in laden
    for data in (laden, animation):
        for kinds in ((), tuple(KINDS)):
            clean = strip(WebP(), data, *kinds)
            assert b"CANARY" not in clean
            assert rational not in clean
            assert int.from_bytes(clean[4:8], "little") + 8 == len(clean)


def test_pixels_orientation_and_profile_are_kept(laden: bytes, profile: bytes, strip: Strip) -> None:
    clean = strip(WebP(), laden)
    read = Pillow.open(BytesIO(clean))
    assert read.mode == "RGBA"
    assert read.tobytes() == frames(laden)[0]
    assert read.info["icc_profile"] == profile
    assert read.getexif()[piexif.ImageIFD.Orientation] == 6
    assert names(clean) == [b"VP8X", b"ICCP", b"ALPH", b"VP8 ", b"EXIF"]


def test_times_are_kept_when_asked_for(laden: bytes, strip: Strip) -> None:
    clean = strip(WebP(), laden, "time")
    assert Pillow.open(BytesIO(clean)).getexif()[piexif.ImageIFD.DateTime] == "2024:05:06 07:08:09"
    assert b"ICCP" not in clean


def test_a_file_without_anything_but_its_picture_becomes_a_simple_one(
    picture: Pillow.Image, block: bytes, strip: Strip
) -> None:
    clean = strip(WebP(), encoded(picture, exif=block, xmp=XMP), "telemetry")
    assert names(clean) == [b"VP8 "]
    assert frames(clean) == frames(encoded(picture))


@pytest.mark.parametrize("lossless", [True, False])
@pytest.mark.parametrize("alpha", [True, False])
def test_every_coding_decodes_to_the_same(picture: Pillow.Image, strip: Strip, lossless: object, alpha: object) -> None:
    data = encoded(transparent(picture) if alpha else picture, lossless=lossless, xmp=XMP)
    assert frames(strip(WebP(), data)) == frames(data)


def test_an_animation_is_kept_frame_by_frame(animation: bytes, strip: Strip) -> None:
    assert Field("teSt", "unknown", "WebP ANMF") in listed(animation)
    clean = strip(WebP(), animation)
    assert len(frames(clean)) == 3
    assert frames(clean) == frames(animation)
    assert listed(clean) == []


@pytest.mark.parametrize("kinds", [(), tuple(KINDS)])
def test_stripping_an_animation_twice_changes_no_byte(animation: bytes, strip: Strip, kinds: tuple[str, ...]) -> None:
    clean = strip(WebP(), animation, *kinds)
    assert strip(WebP(), clean, *kinds) == clean


def test_a_size_past_the_end_is_refused(picture: Pillow.Image, strip: Strip) -> None:
    data = encoded(picture)
    for place in (4, 16):
        with pytest.raises(DamagedFileError):
            strip(WebP(), data[:place] + b"\xf0\xff\xff\xff" + data[place + 4 :])


def test_two_pictures_where_one_is_due_are_refused(laden: bytes, picture: Pillow.Image, strip: Strip) -> None:
    end = 8 + int.from_bytes(laden[4:8], "little")
    with pytest.raises(DamagedFileError):
        strip(WebP(), riff(laden[12:end] + encoded(picture)[12:]))


def test_a_canvas_of_another_size_than_the_picture_is_refused(laden: bytes, strip: Strip) -> None:
    with pytest.raises(DamagedFileError):
        strip(WebP(), laden[:24] + b"\xff\xff\0" + laden[27:])


def test_a_frame_outside_of_the_canvas_is_refused(animation: bytes, strip: Strip) -> None:
    place = animation.index(b"ANMF") + 8
    with pytest.raises(DamagedFileError):
        strip(WebP(), animation[:place] + b"\xff" + animation[place + 1 :])


def test_more_chunks_than_any_picture_needs_are_refused(picture: Pillow.Image, strip: Strip) -> None:
    with pytest.raises(DamagedFileError):
        strip(WebP(), riff(encoded(picture)[12:] + chunk(b"teSt", b"") * 70_000))
