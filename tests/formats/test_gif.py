"""GIF: lists, drops, keeps, refuses damage."""

from __future__ import annotations

import struct
import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

import redact
from redact.checks.reading import Flaw
from redact.checks.structure import gif as walk
from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.gif import Gif
from redact.model import KINDS, Field, Keep
from tests.formats.conftest import Strip
from tests.formats.laden import RESOURCES, XMP, attempt, frames, saved

LOOP_AT = 13 + 3 * 256
TRAILER = b"\x3b"


def sub_blocks(content: bytes) -> bytes:
    pieces = [content[start : start + 255] for start in range(0, len(content), 255)]
    return b"".join(bytes((len(piece),)) + piece for piece in pieces) + b"\0"


def extension(label: int, content: bytes) -> bytes:
    return bytes((0x21, label)) + sub_blocks(content)


def application(name: bytes, content: bytes) -> bytes:
    return b"\x21\xff" + bytes((len(name),)) + name + sub_blocks(content)


def adobe_xmp(packet: bytes) -> bytes:
    """A packet as Adobe writes it: no sub-blocks, but a trailer that ends any walk that takes it for some."""
    magic = b"\1" + bytes(range(255, -1, -1)) + b"\0"
    return b"\x21\xff\x0bXMP DataXMP" + packet + magic


def animation(picture: Pillow.Image, **options: object) -> bytes:
    """Three frames of 256 colours each, shown again three times."""
    shown = [picture.rotate(turn).quantize(256) for turn in (0, 90, 180)]
    return saved(shown[0], "GIF", save_all=True, append_images=shown[1:], duration=[50, 100, 150], loop=3, **options)


def laden_gif(picture: Pillow.Image, profile: bytes) -> bytes:
    """A GIF with a canary in every carrier, and behind its end."""
    data = animation(picture, comment=b"CANARY")
    extra = (
        application(b"ICCRGBG1012", profile),
        adobe_xmp(XMP),
        application(b"MGKIPTC0000", RESOURCES[12:]),
        application(b"MGK8BIM0000", RESOURCES),
        application(b"CANARY12345", b"CANARY"),
        extension(0xFE, b"CANARY 47.58210"),
        extension(0xF9, b"\0\0\0\0"),
        b"\x21\x01\x0c" + bytes(12) + sub_blocks(b"CANARY"),
        extension(0x42, b"CANARY"),
        b"\0\0\0",
    )
    return data[:LOOP_AT] + b"".join(extra) + data[LOOP_AT:] + b"\xff\xd8\xff CANARY"


def listed(data: bytes) -> set[Field]:
    return set(Gif().fields(BytesIO(data)))


@pytest.fixture
def laden(picture: Pillow.Image, profile: bytes) -> bytes:
    return laden_gif(picture, profile)


def test_every_carrier_is_listed(laden: bytes) -> None:
    assert {
        Field("comment", "text", "GIF comment extension"),
        Field("exif:GPSLatitude", "location", "GIF XMP"),
        Field("City", "location", "GIF IPTC"),
        Field("City", "location", "GIF Photoshop IPTC"),
        Field("plain text", "text", "GIF plain text extension"),
        Field("application extension", "unknown", "GIF application extension"),
        Field("ICC profile", "colour", "GIF application extension"),
        Field("extension 0x42", "unknown", "GIF"),
        Field("bytes between blocks", "unknown", "GIF"),
        Field("trailing bytes", "preview", "GIF trailer"),
    } <= listed(laden)


def test_no_name_of_a_field_is_a_value(laden: bytes) -> None:
    assert not any("CANARY" in field.name + field.where for field in listed(laden))


def test_nothing_planted_is_left_and_every_pixel_is(laden: bytes, strip: Strip) -> None:
    clean = strip(Gif(), laden, *KINDS)
    assert b"CANARY" not in clean
    assert frames(clean) == frames(laden)
    assert len(frames(clean)) == 3


def test_timing_and_the_loop_count_stay(laden: bytes, strip: Strip) -> None:
    before, after = (Pillow.open(BytesIO(data)) for data in (laden, strip(Gif(), laden)))
    assert after.info["loop"] == before.info["loop"] == 3
    assert "comment" not in after.info
    assert "xmp" not in after.info
    for number in range(3):
        before.seek(number)
        after.seek(number)
        assert after.info["duration"] == before.info["duration"]


def test_the_profile_stays_only_with_colour(laden: bytes, profile: bytes, strip: Strip) -> None:
    kept, dropped = strip(Gif(), laden), strip(Gif(), laden, "orientation")
    assert application(b"ICCRGBG1012", profile) in kept
    assert b"ICCRGB" not in dropped
    assert frames(dropped) == frames(laden)


@pytest.mark.parametrize("kinds", [(), tuple(KINDS), ("orientation",)])
def test_stripping_twice_changes_no_byte(laden: bytes, strip: Strip, kinds: tuple[str, ...]) -> None:
    clean = strip(Gif(), laden, *kinds)
    assert strip(Gif(), clean, *kinds) == clean
    assert walk.inspect(clean, Keep(frozenset(kinds or ("colour",)))) > 0


def test_a_clean_file_lists_nothing_and_stays_as_it_is(picture: Pillow.Image, strip: Strip) -> None:
    data = animation(picture)
    assert listed(data) == set()
    assert strip(Gif(), data) == data


def test_what_a_loop_count_carries_besides_goes(picture: Pillow.Image, strip: Strip) -> None:
    data = animation(picture)
    loop = application(b"NETSCAPE2.0", b"\1\3\0")
    assert loop in data
    for more in (
        b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x03\x00\x05\x02CANA\0",
        application(b"NETSCAPE2.0", b"\1\3\0CANARY"),
        loop + application(b"NETSCAPE2.0", b"\1CA"),
        loop + application(b"ANIMEXTS1.0", b"\1CA"),
    ):
        laden = data.replace(loop, more)
        assert Field("more than a loop count", "unknown", "GIF application extension") in listed(laden)
        assert strip(Gif(), laden) == data


def test_reserved_bits_and_an_unused_transparency_are_cleared(picture: Pillow.Image, strip: Strip) -> None:
    data = saved(picture.quantize(16), "GIF")
    image = data.index(b"\x2c")
    control = b"\x21\xf9\x04\0\0\0\0\0"
    spoilt = data[:image] + b"\x21\xf9\x04\xe0\0\0\x2a\0" + data[image : image + 9]
    spoilt += bytes((data[image + 9] | 0x3F,)) + data[image + 10 :]
    assert strip(Gif(), spoilt) == data[:image] + control + data[image:]
    assert Field("bits of a graphic control", "unknown", "GIF") in listed(spoilt)


def test_painted_pictures_cannot_go_in(picture: Pillow.Image, strip: Strip) -> None:
    data = animation(picture)
    with pytest.raises(UnsupportedFormatError):
        strip(Gif(), data, pixels=data)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data[:6],
        lambda data: b"GIF88a" + data[6:],
        lambda data: data[:6] + bytes(4) + data[10:],
        lambda data: data[:LOOP_AT] + TRAILER,
        lambda data: data[:LOOP_AT] + b"CANARY" + data[LOOP_AT:],
        lambda data: data[:-1] + extension(0xF9, b"\0") + TRAILER,
        lambda data: data[:-1] + b"\x2c" + bytes(9) + b"\2\1\0\0" + TRAILER,
        lambda data: data[:-1] + b"\x2c\0\0\0\0\1\0\1\0\0\x0c\1\0\0" + TRAILER,
        lambda data: data[:-1] + b"\x2c\0\0\0\0\1\0\1\0\0\2\0" + TRAILER,
    ],
)
def test_damage_is_refused(picture: Pillow.Image, spoil: object) -> None:
    assert callable(spoil)
    with pytest.raises(DamagedFileError) as refusal:
        listed(spoil(animation(picture)))
    assert "CANARY" not in str(refusal.value)


WHOLE = animation(Pillow.effect_mandelbrot((16, 12), (-3, -2.5, 2, 2.5), 100).convert("RGB"), comment=b"CANARY")


@given(cut=st.integers(0, len(WHOLE)))
def test_a_file_cut_anywhere_is_refused_or_complete(cut: int) -> None:
    clean = attempt(Gif(), (WHOLE + b"trailer")[:cut])
    assert (clean is None) == (cut < len(WHOLE))


@given(changes=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_garbled_file_is_refused_or_its_copy_is_clean(changes: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for place, value in changes:
        data[place] = value
    clean = attempt(Gif(), bytes(data))
    if clean is not None:
        assert attempt(Gif(), clean) == clean
        assert walk.inspect(clean, Keep(KINDS)) > 0
        before, after = walk.still(bytes(data)), walk.still(clean)
        assert [data[start:end] for _, start, end in before.coded] == [clean[s:e] for _, s, e in after.coded]
        assert [name for name, _, _ in before.coded] == [name for name, _, _ in after.coded]


def test_a_gif_is_published(laden: bytes, tmp_path: Path) -> None:
    source, target = tmp_path / "in.gif", tmp_path / "share" / "out.gif"
    source.write_bytes(laden)
    receipt = redact.Redactor(redact.Policy(hide={})).file(source, target)
    assert receipt.status == "redacted", receipt.error
    assert "location" in {field.kind for field in receipt.removed}
    assert b"CANARY" not in target.read_bytes()


def moved(data: bytes, left: int, top: int) -> bytes:
    """The file with one more image, its last one, at a place of its own."""
    start = data.rindex(b"\x21\xf9\x04")
    place = data.index(b"\x2c", start + 8)
    return data[:-1] + data[start:place] + b"\x2c" + struct.pack("<HH", left, top) + data[place + 5 :]


@pytest.mark.parametrize(("left", "top"), [(30000, 30000), (1, 0), (0, 1), (65535, 0)])
def test_an_image_outside_of_the_screen_is_a_hidden_picture_and_refused(
    picture: Pillow.Image, left: int, top: int
) -> None:
    data = saved(picture.quantize(16), "GIF", duration=50)
    data = data if b"\x21\xf9\x04" in data else data.replace(b"\x2c", b"\x21\xf9\4\0\0\0\0\0\x2c", 1)
    assert len(frames(moved(data, 0, 0))) == 2
    for look in (lambda: listed(moved(data, left, top)), lambda: Gif().strip(*io(moved(data, left, top)), Keep(KINDS))):
        with pytest.raises(UnsupportedFormatError, match="screen"):
            look()
    with pytest.raises(Flaw, match="screen"):
        walk.still(moved(data, left, top))


def io(data: bytes) -> tuple[BytesIO, BytesIO]:
    return BytesIO(data), BytesIO()


@pytest.mark.parametrize("opening", [b"\x21\xfe", b"\x21\xff\x0bNETSCAPE2.0", b"\x21\xf9", b"\x21\xff\x0bICCRGBG1012"])
def test_a_block_for_every_two_bytes_takes_no_more_room_than_the_file(picture: Pillow.Image, opening: bytes) -> None:
    data = saved(picture.quantize(16), "GIF")
    data = data[:-1] + opening + b"\x02\2\2" * 30_000 + b"\0" + b"\x3b"
    tracemalloc.start()
    try:
        Gif().strip(*io(data), Keep(KINDS))
        listed(data)
        walk.still(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 * len(data)
