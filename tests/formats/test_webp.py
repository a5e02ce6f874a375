"""WebP: lists, drops, keeps, refuses damage."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO

import numpy as np
import piexif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageSequence

from redact.errors import DamagedFileError, MediaError
from redact.formats.webp import WebP
from redact.model import KINDS, Field

Strip = Callable[..., bytes]

XMP = b'<x:xmpmeta><rdf:Description exif:GPSLatitude="CANARY" dc:title="CANARY"/></x:xmpmeta>'


def chunk(name: bytes, payload: bytes) -> bytes:
    return name + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)


def riff(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position < len(body):
        name, size = struct.unpack_from("<4sI", body, position)
        yield name, body[position + 8 : position + 8 + size]
        position += 8 + size + size % 2


def names(data: bytes) -> list[bytes]:
    return [name for name, _ in chunks(data[12:])]


def encoded(picture: Pillow.Image, **options: object) -> bytes:
    target = BytesIO()
    picture.save(target, "WEBP", **options)
    return target.getvalue()


def frames(data: bytes) -> list[bytes]:
    return [frame.tobytes() for frame in ImageSequence.Iterator(Pillow.open(BytesIO(data)))]


def listed(data: bytes) -> list[Field]:
    return list(WebP().fields(BytesIO(data)))


def transparent(picture: Pillow.Image) -> Pillow.Image:
    faded = picture.convert("RGBA")
    faded.putalpha(Pillow.linear_gradient("L").resize(picture.size))
    return faded


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
    """A WebP with a canary in every carrier, and behind its end."""
    data = encoded(transparent(picture), exif=b"Exif\0\0" + block, xmp=XMP, icc_profile=profile)
    return riff(data[12:] + chunk(b"teSt", b"CANARY")) + b"\xff\xd8\xff CANARY"


def test_every_carrier_is_listed(laden: bytes) -> None:
    fields = set(listed(laden))
    assert {
        Field("GPSLatitude", "location", "WebP EXIF GPS IFD"),
        Field("Orientation", "orientation", "WebP EXIF IFD0"),
        Field("exif:GPSLatitude", "location", "WebP XMP"),
        Field("dc:title", "text", "WebP XMP"),
        Field("ICC profile", "colour", "WebP ICCP"),
        Field("teSt", "unknown", "WebP"),
        Field("trailing bytes", "preview", "WebP trailer"),
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
def test_stripping_twice_changes_no_byte(laden: bytes, animation: bytes, strip: Strip, kinds: tuple[str, ...]) -> None:
    for data in (laden, animation):
        clean = strip(WebP(), data, *kinds)
        assert strip(WebP(), clean, *kinds) == clean


def test_painted_pixels_come_from_elsewhere_and_metadata_from_the_source(
    laden: bytes, picture: Pillow.Image, profile: bytes, strip: Strip
) -> None:
    painted = encoded(Pillow.new("RGB", picture.size, "teal"), lossless=True, xmp=XMP)
    clean = strip(WebP(), laden, pixels=painted)
    read = Pillow.open(BytesIO(clean))
    assert frames(clean) == frames(painted)
    assert read.info["icc_profile"] == profile
    assert read.getexif()[piexif.ImageIFD.Orientation] == 6
    assert b"CANARY" not in clean


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(DamagedFileError):
        listed(b"")


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


@cache
def noise() -> bytes:
    samples = np.random.default_rng(7).integers(0, 256, (20, 30, 4), np.uint8)
    return encoded(Pillow.fromarray(samples), quality=50)


def attempt(data: bytes) -> bytes | None:
    """The stripped file; None where it is refused."""
    target = BytesIO()
    try:
        list(WebP().fields(BytesIO(data)))
        WebP().strip(BytesIO(data), target, KINDS)
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
        assert frames(clean) == frames(noise())


@given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), min_size=1, max_size=4))
def test_garbled_headers_are_refused_or_stay_as_they_are_written(changes: list[tuple[int, int]]) -> None:
    data = bytearray(noise())
    for place, value in changes:
        data[place] = value
    clean = attempt(bytes(data))
    if clean is not None:
        assert attempt(clean) == clean
