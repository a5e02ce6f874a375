"""PNG and APNG: lists, drops, keeps, refuses damage."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import piexif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

import redact
from redact.checks.structure import png as walk
from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.png.file import Png
from redact.model import KINDS, Field, Keep
from tests.formats.conftest import Strip
from tests.formats.laden import attempt, before_data, frames, laden_png, noise, raw_profile, saved
from tests.formats.laden import png_chunk as chunk


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 8
    while position < len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        yield data[position + 4 : position + 8], data[position + 8 : position + 8 + size]
        position += 12 + size


def rewritten(data: bytes, change: Callable[[bytes, bytes], bytes]) -> bytes:
    """The PNG with each chunk replaced by whatever `change(name, payload)` makes of it."""
    return data[:8] + b"".join(change(name, payload) for name, payload in chunks(data))


def encoded(picture: Pillow.Image, **options: object) -> bytes:
    return saved(picture, "PNG", **options)


def listed(data: bytes) -> list[Field]:
    return list(Png().fields(BytesIO(data)))


@pytest.fixture
def laden(picture: Pillow.Image, block: bytes, profile: bytes) -> bytes:
    return laden_png(picture, block, profile)


def test_every_carrier_is_listed(laden: bytes) -> None:
    fields = set(listed(laden))
    assert {
        Field("GPSLatitude", "location", "PNG eXIf GPS IFD"),
        Field("Orientation", "orientation", "PNG eXIf IFD0"),
        Field("GPSLatitude", "location", "PNG zTXt GPS IFD"),
        Field("City", "location", "PNG zTXt IPTC"),
        Field("exif:GPSLatitude", "location", "PNG zTXt"),
        Field("exif:GPSLatitude", "location", "PNG iTXt XMP"),
        Field("dc:title", "text", "PNG iTXt XMP"),
        Field("Description", "text", "PNG iTXt"),
        Field("Author", "author", "PNG tEXt"),
        Field("text", "text", "PNG tEXt"),
        Field("ICC profile", "colour", "PNG iCCP"),
        Field("tIME", "time", "PNG tIME"),
        Field("teSt", "unknown", "PNG teSt"),
        Field("second picture", "preview", "PNG trailer"),
    } <= fields
    assert "CANARY" not in repr(fields)


def test_nothing_that_was_planted_is_left(laden: bytes, strip: Strip) -> None:
    rational = struct.pack(">II", 560123, 10007)
    assert rational in laden
    for kinds in ((), tuple(KINDS)):
        clean = strip(Png(), laden, *kinds)
        assert b"CANARY" not in clean
        assert rational not in clean
        assert {name for name, _ in chunks(clean)} <= {b"IHDR", b"iCCP", b"pHYs", b"eXIf", b"tIME", b"IDAT", b"IEND"}


def test_pixels_orientation_profile_and_shape_are_kept(laden: bytes, profile: bytes, strip: Strip) -> None:
    clean = strip(Png(), laden)
    read = Pillow.open(BytesIO(clean))
    assert read.tobytes() == frames(laden)[0]
    assert read.info["icc_profile"] == profile
    assert read.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    assert read.getexif()[piexif.ImageIFD.Orientation] == 6
    assert b"tIME" not in clean


def test_times_are_kept_when_asked_for(laden: bytes, strip: Strip) -> None:
    clean = dict(chunks(strip(Png(), laden, "time")))
    assert clean[b"tIME"] == struct.pack(">HBBBBB", 2024, 5, 6, 7, 8, 9)
    assert b"iCCP" not in clean


def test_an_orientation_in_a_raw_profile_is_listed_and_dropped(
    picture: Pillow.Image, block: bytes, strip: Strip
) -> None:
    laden = before_data(encoded(picture), raw_profile("exif", b"Exif\0\0" + block))
    assert Field("Orientation", "orientation", "PNG zTXt IFD0") in listed(laden)
    assert strip(Png(), laden) == strip(Png(), encoded(picture))


def test_the_name_of_a_profile_is_not_kept(picture: Pillow.Image, profile: bytes, strip: Strip) -> None:
    named = chunk(b"iCCP", b"CANARY street\0\0" + zlib.compress(profile + b"CANARY"))
    clean = strip(Png(), before_data(encoded(picture), named))
    assert Pillow.open(BytesIO(clean)).info["icc_profile"] == profile
    assert b"CANARY" not in clean


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_colour_type_decodes_to_the_same(picture: Pillow.Image, strip: Strip, mode: str) -> None:
    data = encoded(picture.convert("L").convert("I").convert(mode) if mode == "I;16" else picture.convert(mode))
    assert frames(strip(Png(), data)) == frames(data)


def test_transparency_of_a_palette_is_kept(picture: Pillow.Image, strip: Strip) -> None:
    data = encoded(picture.convert("P"), transparency=3)
    assert (
        Pillow.open(BytesIO(strip(Png(), data))).info["transparency"] == Pillow.open(BytesIO(data)).info["transparency"]
    )


@pytest.fixture
def animation(picture: Pillow.Image) -> bytes:
    """An APNG of three frames, the last ones smaller than the picture."""
    others = []
    for number in (1, 2):
        frame = picture.copy()
        frame.paste("red", (number * 5, 4, number * 5 + 8, 12))
        others.append(frame)
    return encoded(picture, save_all=True, append_images=others, duration=(100, 150, 200), loop=2)


def test_an_animation_is_kept_frame_by_frame(animation: bytes, strip: Strip) -> None:
    clean = strip(Png(), before_data(animation, chunk(b"teSt", b"CANARY")))
    assert len(frames(clean)) == 3
    assert frames(clean) == frames(animation)
    assert clean == animation


def test_frames_that_no_animation_announces_are_dropped(animation: bytes, strip: Strip) -> None:
    hidden = rewritten(animation, lambda name, payload: b"" if name == b"acTL" else chunk(name, payload))
    assert Field("fdAT", "preview", "PNG fdAT") in listed(hidden)
    assert {name for name, _ in chunks(strip(Png(), hidden))} == {b"IHDR", b"IDAT", b"IEND"}


def test_colours_do_not_go_with_pixels_of_another_kind(laden: bytes, picture: Pillow.Image, strip: Strip) -> None:
    source = before_data(laden, chunk(b"sBIT", b"\5\6\5"))
    assert b"sBIT" in strip(Png(), source)
    clean = strip(Png(), source, pixels=encoded(picture.convert("L")))
    assert not {b"iCCP", b"sBIT"} & {name for name, _ in chunks(clean)}


def test_bytes_behind_the_compressed_picture_are_dropped(picture: Pillow.Image, strip: Strip) -> None:
    data = encoded(picture)
    longer = rewritten(data, lambda name, payload: chunk(name, payload + b"CANARY" if name == b"IDAT" else payload))
    longer = longer.replace(chunk(b"IEND", b""), chunk(b"IDAT", b"CANARY") + chunk(b"IEND", b""))
    assert Field("bytes behind the picture data", "unknown", "PNG IDAT") in listed(longer)
    assert strip(Png(), longer) == strip(Png(), data)


@pytest.mark.parametrize("rows", [-1, 1])
def test_picture_data_of_another_size_than_the_picture_is_refused(
    picture: Pillow.Image, strip: Strip, rows: int
) -> None:
    def taller(name: bytes, payload: bytes) -> bytes:
        changed = struct.pack(">II", picture.width, picture.height + rows) + payload[8:]
        return chunk(name, changed if name == b"IHDR" else payload)

    with pytest.raises(DamagedFileError):
        strip(Png(), rewritten(encoded(picture), taller))


def test_a_bomb_is_refused_before_it_is_inflated(picture: Pillow.Image, strip: Strip) -> None:
    huge = struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 6, 0, 0, 0)
    data = rewritten(encoded(picture), lambda name, payload: chunk(name, huge if name == b"IHDR" else payload))
    with pytest.raises(UnsupportedFormatError):
        strip(Png(), data)


def test_compressed_texts_are_opened_within_bounds(picture: Pillow.Image) -> None:
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(2**24)))
    fields = listed(before_data(encoded(picture), bomb * 300))
    assert Field("Comment", "text", "PNG zTXt") in fields
    assert Field("more texts", "unknown", "PNG") in fields


@pytest.mark.parametrize("keyword", [b"Raw profile type exif", b"XML:com.adobe.xmp", b"Comment"])
def test_hundreds_of_packed_texts_take_no_more_memory_than_a_few(picture: Pillow.Image, keyword: bytes) -> None:
    text = b"\nexif\n 99\n" + b"0" * (2**22 - 100)
    laden = before_data(encoded(picture), chunk(b"zTXt", keyword + b"\0\0" + zlib.compress(text)) * 150)
    tracemalloc.start()
    try:
        assert len(listed(laden)) >= 150
        Png().strip(BytesIO(laden), BytesIO(), Keep(frozenset({"author"})))
        assert walk.still(laden).orientation == 1
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()


def test_of_many_profiles_only_the_first_is_unpacked(picture: Pillow.Image, profile: bytes, strip: Strip) -> None:
    second = chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(bytes(2**22))) * 200
    first = chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(profile))
    laden = before_data(encoded(picture), first, second)
    assert listed(laden).count(Field("ICC profile", "colour", "PNG iCCP")) == 1
    assert listed(laden).count(Field("iCCP", "colour", "PNG iCCP")) == 200
    assert strip(Png(), laden) == strip(Png(), before_data(encoded(picture), first))


@pytest.mark.parametrize("name", [b"IHDR", b"IDAT", b"IEND"])
def test_a_wrong_checksum_is_refused(picture: Pillow.Image, strip: Strip, name: bytes) -> None:
    data = bytearray(encoded(picture))
    place = data.index(name)
    size = int.from_bytes(data[place - 4 : place], "big")
    data[place + 4 + size] ^= 1
    with pytest.raises(DamagedFileError):
        strip(Png(), bytes(data))


def test_an_unknown_critical_chunk_is_refused(picture: Pillow.Image, strip: Strip) -> None:
    with pytest.raises(UnsupportedFormatError):
        strip(Png(), before_data(encoded(picture), chunk(b"CgBI", b"\0\0\0\0")))


@pytest.mark.parametrize("name", [b"acTL", b"fcTL", b"fdAT"])
def test_an_animation_that_contradicts_itself_is_refused(animation: bytes, strip: Strip, name: bytes) -> None:
    def changed(each: bytes, payload: bytes) -> bytes:
        return chunk(each, struct.pack(">I", 77) + payload[4:] if each == name else payload)

    with pytest.raises(DamagedFileError):
        strip(Png(), rewritten(animation, changed))


@given(
    st.sampled_from([b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"eXIf", b"iCCP"]), st.binary(max_size=40)
)
def test_any_chunk_is_refused_or_stays_as_it_is_written(name: bytes, payload: bytes) -> None:
    clean = attempt(Png(), before_data(noise("PNG"), chunk(name, payload)))
    if clean is not None:
        assert attempt(Png(), clean) == clean
        assert frames(clean) == frames(noise("PNG"))


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ((11811, 11811, 1), (11811, 11811, 1)),
        ((999_999, 999_999, 1), (999_999, 999_999, 1)),
        ((1_000_000, 1_000_000, 1), None),
        ((4758210, 854170, 1), None),
        ((11811, 5905, 1), None),
        ((0, 0, 1), None),
        ((4, 3, 0), (4, 3, 0)),
        ((4000, 3000, 0), (4, 3, 0)),
        ((101, 3, 0), None),
        ((1, 0, 0), None),
        ((4, 3, 2), None),
    ],
)
def test_the_shape_of_a_pixel_is_kept_in_small_numbers_only(
    picture: Pillow.Image, strip: Strip, told: tuple[int, int, int], kept: tuple[int, int, int] | None
) -> None:
    clean = strip(Png(), before_data(encoded(picture), chunk(b"pHYs", struct.pack(">IIB", *told))))
    assert dict(chunks(clean)).get(b"pHYs") == (None if kept is None else struct.pack(">IIB", *kept))


def broken(data: bytes, name: bytes) -> bytes:
    """The PNG with a wrong checksum behind its first chunk of that name."""
    place = data.index(name)
    end = place + 4 + int.from_bytes(data[place - 4 : place], "big")
    return data[:end] + bytes(byte ^ 0xFF for byte in data[end : end + 4]) + data[end + 4 :]


@pytest.mark.parametrize("name", [b"IHDR", b"IDAT", b"IEND", b"tRNS"])
def test_a_wrong_checksum_of_what_the_picture_needs_is_refused(
    picture: Pillow.Image, strip: Strip, name: bytes
) -> None:
    data = before_data(saved(picture, "PNG"), chunk(b"tRNS", bytes(6)))
    with pytest.raises(DamagedFileError):
        strip(Png(), broken(data, name))


@pytest.mark.parametrize("name", [b"eXIf", b"iCCP", b"tEXt", b"tIME"])
def test_what_the_picture_does_not_need_is_dropped_for_a_wrong_checksum(
    laden: bytes, tmp_path: Path, strip: Strip, name: bytes
) -> None:
    clean = strip(Png(), broken(laden, name), "orientation", "colour", "time")
    assert name not in clean
    assert frames(clean) == frames(laden)
    (tmp_path / "broken.png").write_bytes(broken(laden, name))
    receipt = redact.Redactor(redact.Policy(hide={})).file(tmp_path / "broken.png", tmp_path / "copy.png")
    assert receipt.ok, receipt.error
