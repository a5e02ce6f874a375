"""JPEG XL: lists, drops, keeps, refuses damage."""

from __future__ import annotations

import struct
from functools import cache
from io import BytesIO
from pathlib import Path

import exifread
import numpy as np
import piexif
import pillow_jxl  # noqa: F401 - teaches Pillow the format
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

import redact
from redact.checks.reading import Flaw
from redact.checks.structure import jpegxl as walk
from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.jpegxl import JpegXl
from redact.model import KINDS, Field, Keep
from tests.formats.conftest import Strip
from tests.formats.laden import XMP, attempt, frames, saved

HEAD = b"\0\0\0\x0cJXL \r\n\x87\n" + b"\0\0\0\x14ftypjxl \0\0\0\0jxl "
PREVIEW = (
    b"\xff\x0a"
    + sum(bit << place for place, bit in enumerate((1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1))).to_bytes(
        2, "little"
    )
    + bytes(8)
)
"""A picture of 8 x 8 pixels (six bits and a ratio), not as by default, upright, with a preview."""

ANIMATION = bytes.fromhex(
    "ff0a41040158505c120808a00200008c004b12c58205526003630c1e2fc68b418c31c68b77002a47c70d58ca25fa810c3448ab0f0808a002"
    "00009c004b12c58205526003630c1e2fc68b17e331c6182fde01009c8288610463a72afbd99786d100343e0808a04200008c004b12c58205"
    "5260c3c5183c5e8c17832ec67817ef002450da6f8865025f282e53f01c3e"
)
"""Three frames of 8 x 8 pixels."""
BEHIND = {
    "a text": b"CANARY" * 20,
    "zeros": bytes(300),
    "one byte": b"\0",
    "a picture": b"\xff\xd8\xff CANARY",
    "another": PREVIEW,
}
TRAILING = Field("trailing bytes", "unknown", "JPEG XL trailer")


def box(code: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), code) + content


def naked(picture: Pillow.Image, **options: object) -> bytes:
    return saved(picture, "JXL", lossless=True, **options)


def laden_container(codestream: bytes, block: bytes) -> bytes:
    """A container with a canary in every carrier, the codestream in parts, and more behind it."""
    middle = len(codestream) // 2
    return b"".join((
        HEAD,
        box(b"jxll", b"\x05"),
        box(b"Exif", bytes(4), block),
        box(b"jxlp", struct.pack(">I", 0), codestream[:middle]),
        box(b"xml ", XMP),
        box(b"jumb", b"CANARY"),
        box(b"jbrd", b"CANARY"),
        box(b"brob", b"Exif", b"CANARY"),
        box(b"brob", b"CANA", b"CANARY"),
        box(b"jxlp", struct.pack(">I", 1 << 31 | 1), codestream[middle:]),
        box(b"jhgm", b"CANARY"),
        box(b"free", b"CANARY"),
        box(b"CAN\xff", b"CANARY"),
        b"\xff\xd8\xff CANARY",
    ))  # fmt: skip


def listed(data: bytes) -> set[Field]:
    return set(JpegXl().fields(BytesIO(data)))


def part(number: int, codestream: bytes) -> bytes:
    return box(b"jxlp", struct.pack(">I", number), codestream)


@pytest.fixture
def codestream(picture: Pillow.Image) -> bytes:
    return naked(picture)


@pytest.fixture
def laden(codestream: bytes, block: bytes) -> bytes:
    return laden_container(codestream, block)


def test_every_carrier_is_listed(laden: bytes) -> None:
    fields = listed(laden)
    assert {
        Field("GPSLatitude", "location", "JPEG XL Exif GPS IFD"),
        Field("exif:GPSLatitude", "location", "JPEG XL xml"),
        Field("jumb", "text", "JPEG XL"),
        Field("jbrd", "unknown", "JPEG XL"),
        Field("jhgm", "preview", "JPEG XL"),
        Field("compressed Exif", "unknown", "JPEG XL brob"),
        Field("compressed box", "unknown", "JPEG XL brob"),
        Field("free", "unknown", "JPEG XL"),
        Field("unnamed box", "unknown", "JPEG XL"),
        Field("trailing bytes", "preview", "JPEG XL trailer"),
    } <= fields
    assert not any("CANA" in field.name + field.where for field in fields)


@pytest.mark.parametrize("kinds", [(), ("time", "camera", "author"), tuple(KINDS)])
def test_nothing_planted_is_left_and_every_pixel_is(
    laden: bytes, codestream: bytes, strip: Strip, kinds: tuple[str, ...]
) -> None:
    clean = strip(JpegXl(), laden, *kinds)
    assert b"CANARY" not in clean
    assert frames(clean) == frames(codestream)
    assert strip(JpegXl(), clean, *kinds) == clean
    assert walk.inspect(clean, Keep(frozenset(kinds or ("colour",)))) >= 4


def test_times_stay_when_asked_for_and_an_orientation_never_does(laden: bytes, strip: Strip) -> None:
    clean = strip(JpegXl(), laden, "time", "orientation")
    start = clean.index(b"Exif") + 8
    tags = piexif.load(clean[start : clean.index(b"jxlp") - 4])
    assert tags["Exif"] == {
        piexif.ExifIFD.DateTimeOriginal: b"2024:05:06 07:08:09",
        piexif.ExifIFD.OffsetTimeOriginal: b"+02:00",
    }
    assert set(tags["0th"]) == {piexif.ImageIFD.DateTime, piexif.ImageIFD.ExifTag}
    assert tags["GPS"] == tags["1st"] == {}
    assert b"Exif" not in strip(JpegXl(), laden, "orientation", "colour")


def test_a_foreign_reader_finds_no_place(laden: bytes, strip: Strip) -> None:
    clean = strip(JpegXl(), laden, *KINDS)
    assert any(tag.startswith("GPS") for tag in exifread.process_file(BytesIO(laden)))
    assert not any(tag.startswith("GPS") for tag in exifread.process_file(BytesIO(clean)))


@pytest.mark.parametrize("header", [bytes(4), b"\0\0\0\6Exif\0\0", b"\0\0\0\0Exif\0\0", b""])
def test_a_block_is_found_wherever_writers_put_it(codestream: bytes, block: bytes, strip: Strip, header: bytes) -> None:
    data = HEAD + box(b"Exif", header, block) + box(b"jxlc", codestream)
    assert Field("GPSLatitude", "location", "JPEG XL Exif GPS IFD") in listed(data)
    assert b"2024:05:06" in strip(JpegXl(), data, "time")


@pytest.mark.parametrize("behind", BEHIND.values(), ids=BEHIND)
def test_what_follows_the_last_frame_is_listed_and_goes(codestream: bytes, behind: bytes, strip: Strip) -> None:
    packed = {
        codestream: codestream + behind,
        HEAD + box(b"jxlc", codestream): HEAD + box(b"jxlc", codestream, behind),
        HEAD + part(1 << 31, codestream): HEAD + part(0, codestream) + part(1 << 31 | 1, behind),
    }
    for clean, data in packed.items():
        assert {field.name for field in listed(data)} == {"trailing bytes"}
        assert strip(JpegXl(), data) == clean
        assert strip(JpegXl(), clean) == clean
        assert listed(clean) == set()
        assert frames(clean) == frames(data)
        assert walk.inspect(clean, Keep(frozenset({"colour"}))) > 0
        with pytest.raises(Flaw, match="goes on after its last frame"):
            walk.inspect(data, Keep(frozenset({"colour"})))
        before, after = walk.still(data), walk.still(clean)
        assert [data[start:end] for _, start, end in before.coded] == [clean[s:e] for _, s, e in after.coded]


def test_the_part_in_which_the_picture_ends_becomes_the_last(codestream: bytes, strip: Strip) -> None:
    cuts = (0, 1, len(codestream) // 2, len(codestream) - 1, len(codestream))
    for cut in cuts:
        first, second = codestream[:cut], codestream[cut:]
        data = HEAD + part(0, first) + part(1, second + b"CANARY") + part(2, b"") + part(1 << 31 | 3, b"CANARY")
        clean = strip(JpegXl(), data)
        assert clean == HEAD + (part(0, first) + part(1 << 31 | 1, second) if second else part(1 << 31, first))
        assert frames(clean) == frames(codestream)
        assert strip(JpegXl(), clean) == clean


def test_all_frames_of_an_animation_stay_and_nothing_behind_the_last(strip: Strip) -> None:
    assert strip(JpegXl(), ANIMATION + b"CANARY") == strip(JpegXl(), ANIMATION) == ANIMATION
    assert listed(ANIMATION + b"CANARY") == {TRAILING}
    assert walk.still(ANIMATION).animated


def test_a_codestream_without_its_end_is_refused() -> None:
    for cut in range(len(ANIMATION)):
        for data in (ANIMATION[:cut], HEAD + box(b"jxlc", ANIMATION[:cut])):
            with pytest.raises(DamagedFileError):
                listed(data)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize(
    "options",
    [{"effort": 1}, {"effort": 9}, {"lossless": False}, {"lossless": False, "effort": 3, "decoding_speed": 4}],
    ids=["fastest", "slowest", "loss", "fast to decode"],
)
@pytest.mark.parametrize("size", [(1, 1), (3, 70), (300, 257)])
def test_the_end_is_found_in_every_kind_of_picture(
    mode: str, options: dict[str, object], size: tuple[int, int], strip: Strip
) -> None:
    picture = Pillow.effect_mandelbrot(size, (-3, -2.5, 2, 2.5), 100)
    if mode == "I;16":
        picture = Pillow.fromarray(np.asarray(picture, np.uint16) * 257)
    data = saved(picture if mode == "I;16" else picture.convert(mode), "JXL", **{"lossless": True, **options})
    clean = strip(JpegXl(), data)
    codestream = b"".join(clean[start:end] for _, start, end in walk.still(clean).coded)
    for behind in (b"CANARY", bytes(5000)):
        assert strip(JpegXl(), codestream + behind) == codestream
    assert frames(clean) == frames(data)


def test_a_picture_too_large_for_every_decoder_is_refused() -> None:
    for sides in ((1 << 18, 1), (0, 1 << 18), ((1 << 14) + 1, 1 << 14)):
        bits = 0
        for place, side in ((1, sides[0]), (36, sides[1])):
            bits |= (3 | side << 2) << place
        data = b"\xff\x0a" + bits.to_bytes(12, "little") + bytes(20)
        with pytest.raises(UnsupportedFormatError, match="megapixels"):
            listed(data)
        with pytest.raises(Flaw, match="more pixels"):
            walk.still(data)


def test_a_naked_codestream_stays_as_it_is(codestream: bytes, strip: Strip) -> None:
    assert codestream.startswith(b"\xff\x0a")
    assert strip(JpegXl(), codestream) == codestream
    assert listed(codestream) == set()


def test_a_box_that_runs_to_the_end_tells_its_length_in_the_copy(codestream: bytes, strip: Strip) -> None:
    for header in (b"\0\0\0\0jxlc", struct.pack(">I4sQ", 1, b"jxlc", len(codestream) + 16)):
        assert strip(JpegXl(), HEAD + header + codestream) == HEAD + box(b"jxlc", codestream)


def test_the_profile_and_the_turn_are_in_the_codestream_and_stay(
    picture: Pillow.Image, profile: bytes, strip: Strip
) -> None:
    data = naked(picture, use_container=True, icc_profile=profile)
    clean = strip(JpegXl(), data, "time")
    assert Pillow.open(BytesIO(clean)).info.get("icc_profile") == Pillow.open(BytesIO(data)).info.get("icc_profile")
    assert walk.still(clean).size == picture.size


@pytest.mark.parametrize("size", [(8, 8), (61, 43), (256, 8), (600, 3), (3, 600), (320, 240), (9000, 1)])
def test_sizes_are_read_as_the_decoder_reads_them(size: tuple[int, int]) -> None:
    assert walk.still(naked(Pillow.new("L", size))).size == size


def test_painted_pictures_cannot_go_in(codestream: bytes, strip: Strip) -> None:
    with pytest.raises(UnsupportedFormatError):
        strip(JpegXl(), codestream, pixels=codestream)


@pytest.mark.parametrize("data", [PREVIEW, HEAD + box(b"jxlc", PREVIEW)], ids=["naked", "in a box"])
def test_a_preview_is_refused(data: bytes) -> None:
    with pytest.raises(UnsupportedFormatError):
        listed(data)


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (box(b"jxlc", b"CANARY"),),
        (box(b"jxlc", PREVIEW), box(b"jxlc", PREVIEW)),
        (box(b"jxlc", PREVIEW), box(b"jxlp", b"\x80\0\0\0", PREVIEW)),
        (box(b"jxlp", b"\0\0\0\0", PREVIEW),),
        (box(b"jxlp", b"\x80\0\0\1", PREVIEW),),
        (box(b"jxlp", b"\x80\0\0\0", PREVIEW), box(b"jxlp", b"\x80\0\0\1")),
        (box(b"jxlp", b"\0\0\0\1", PREVIEW), box(b"jxlp", b"\x80\0\0\0")),
        (box(b"jxlp", b"\x80"),),
        (box(b"jxll", b"CANARY"), box(b"jxlc", PREVIEW[:2] + bytes(20))),
        (box(b"jxll", b"\5"), box(b"jxll", b"\5"), box(b"jxlc", PREVIEW[:2] + bytes(20))),
        (box(b"jxlc", PREVIEW[:2] + bytes(20))[:-1],),
        (box(b"jxlc", PREVIEW[:2] + bytes(20)), box(b"jxlc", b"CANARY")[:-1]),
        (struct.pack(">I4sQ", 1, b"jxlc", 2**63),),
        (struct.pack(">I4s", 4, b"jxlc"),),
    ],
)
def test_damage_is_refused(parts: tuple[bytes, ...]) -> None:
    with pytest.raises(DamagedFileError) as refusal:
        listed(HEAD + b"".join(parts))
    assert "CANARY" not in str(refusal.value)


@pytest.mark.parametrize("data", [b"", b"\xff\x0a", HEAD[:12], HEAD[:12] + box(b"ftyp", b"heic")])
def test_what_begins_like_one_and_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(DamagedFileError):
        listed(data)


@cache
def whole() -> bytes:
    picture = Pillow.effect_mandelbrot((40, 30), (-3, -2.5, 2, 2.5), 100).convert("RGB")
    block = piexif.dump({"0th": {piexif.ImageIFD.DateTime: b"2024:05:06 07:08:09"}})[6:]
    return laden_container(naked(picture), block)


@given(share=st.floats(0, 1))
def test_a_file_cut_anywhere_is_refused_or_complete(share: float) -> None:
    last = whole().rindex(b"jxlp") - 4
    end = last + int.from_bytes(whole()[last : last + 4], "big")
    cut = int(share * len(whole()))
    clean = attempt(JpegXl(), whole()[:cut])
    assert (clean is None) == (cut < end)


@given(changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_garbled_file_is_refused_or_its_copy_is_clean(changes: list[tuple[int, int]]) -> None:
    data = bytearray(whole())
    for place, value in changes:
        data[place % len(data)] = value
    clean = attempt(JpegXl(), bytes(data))
    if clean is not None:
        assert attempt(JpegXl(), clean) == clean
        assert walk.inspect(clean, Keep(KINDS)) > 0
        before, after = walk.still(bytes(data)), walk.still(clean)
        assert [data[start:end] for _, start, end in before.coded] == [clean[s:e] for _, s, e in after.coded]


def test_a_jpeg_xl_is_published(laden: bytes, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jxl", tmp_path / "share" / "out.jxl"
    source.write_bytes(laden)
    receipt = redact.Redactor(redact.Policy(hide={}, keep=frozenset({"time", "orientation"}))).file(source, target)
    assert receipt.status == "redacted", receipt
    assert b"CANARY" not in target.read_bytes()
    assert b"2024:05:06" in target.read_bytes()
