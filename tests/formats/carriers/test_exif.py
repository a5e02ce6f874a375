"""EXIF blocks: every field is named by kind, and only checked values get into the fresh block."""

from __future__ import annotations

import struct
from fractions import Fraction
from io import BytesIO

import piexif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from redact.formats.carriers import exif
from redact.model import KINDS, Field, Keep

ORIENTATION = Keep(frozenset({"orientation"}))


def tags(block: bytes | None) -> dict[str, dict[int, object]]:
    """What piexif reads in a block, without empty directories."""
    assert block is not None
    return {name: values for name, values in piexif.load(exif.PREFIX + block).items() if values}


def written(**directories: dict[int, object]) -> bytes:
    names = {"zeroth": "0th", "photo": "Exif", "gps": "GPS"}
    block: bytes = piexif.dump({names[name]: values for name, values in directories.items()})
    return block.removeprefix(exif.PREFIX)


def little_endian(tag: int, form: int, value: bytes, count: int = 1) -> bytes:
    return b"II*\0\x08\0\0\0" + struct.pack("<HHHI", 1, tag, form, count) + value + b"\0" * 4


def test_fields_are_named_by_what_they_tell(block: bytes) -> None:
    fields = set(exif.fields(block, "EXIF"))
    assert {
        Field("GPSTag", "location", "EXIF IFD0"),
        Field("GPSLatitude", "location", "EXIF GPS IFD"),
        Field("Make", "device", "EXIF IFD0"),
        Field("MakerNote", "device", "EXIF Exif IFD"),
        Field("BodySerialNumber", "device", "EXIF Exif IFD"),
        Field("ImageDescription", "text", "EXIF IFD0"),
        Field("JPEGInterchangeFormat", "preview", "EXIF IFD1"),
        Field("Orientation", "orientation", "EXIF IFD0"),
        Field("DateTimeOriginal", "time", "EXIF Exif IFD"),
        Field("FNumber", "camera", "EXIF Exif IFD"),
        Field("Artist", "author", "EXIF IFD0"),
        Field("ColorSpace", "colour", "EXIF Exif IFD"),
    } <= fields


def test_a_block_that_cannot_be_read_is_listed_as_unknown() -> None:
    assert list(exif.fields(b"nothing of the kind", "EXIF")) == [Field("EXIF", "unknown", "EXIF")]


def test_orientation_alone_is_kept_when_nothing_else_is_asked_for(block: bytes) -> None:
    assert tags(exif.kept(block, ORIENTATION)) == {"0th": {piexif.ImageIFD.Orientation: 6}}


def test_an_upright_picture_needs_no_block() -> None:
    assert exif.kept(written(zeroth={piexif.ImageIFD.Orientation: 1}), ORIENTATION) is None


@pytest.mark.parametrize(
    ("kind", "directory", "tag", "value"),
    [
        ("time", "Exif", piexif.ExifIFD.DateTimeOriginal, b"2024:05:06 07:08:09"),
        ("time", "Exif", piexif.ExifIFD.OffsetTimeOriginal, b"+02:00"),
        ("camera", "Exif", piexif.ExifIFD.FNumber, (14, 5)),
        ("author", "0th", piexif.ImageIFD.Artist, b"Ada"),
        ("colour", "Exif", piexif.ExifIFD.ColorSpace, 0xFFFF),
    ],
)
def test_a_kind_is_kept_when_it_is_asked_for(block: bytes, kind: str, directory: str, tag: int, value: object) -> None:
    assert tags(exif.kept(block, Keep(frozenset({kind}))))[directory][tag] == value
    assert tag not in tags(exif.kept(block, ORIENTATION)).get(directory, {})


def test_places_devices_texts_and_previews_are_never_kept(block: bytes) -> None:
    fresh = exif.kept(block, Keep(KINDS))
    assert fresh is not None
    assert b"CANARY" not in fresh
    assert struct.pack(">II", 560123, 10007) in block
    assert struct.pack(">II", 560123, 10007) not in fresh
    assert {field.kind for field in exif.fields(fresh, "EXIF")} == {"orientation", "colour", "time", "camera", "author"}


@pytest.mark.parametrize(
    "photo",
    [
        {piexif.ExifIFD.DateTimeOriginal: b"47.5821 N, 8.5417 E"},
        {piexif.ExifIFD.DateTimeOriginal: b"2024:05:06 07:08:09 47.58"},
        {piexif.ExifIFD.SubSecTime: b"475821085417"},
        {piexif.ExifIFD.FNumber: (475821, 0)},
        {piexif.ExifIFD.ExposureTime: (4_000_000_000, 1)},
        {piexif.ExifIFD.LensModel: b"line\nbreak"},
        {piexif.ExifIFD.LensModel: b"x" * 500},
        {piexif.ExifIFD.ColorSpace: 4758},
    ],
)
def test_a_value_that_is_not_of_the_form_of_its_tag_is_dropped(photo: dict[int, object]) -> None:
    assert exif.kept(written(photo=photo), Keep(KINDS)) is None


@pytest.mark.parametrize("ratio", [(1, 8000), (1, 3), (3, 10), (28, 10), (2, 1), (0, 1), (30, 1)])
def test_the_times_of_shutters_stay_exact(ratio: tuple[int, int]) -> None:
    fresh = exif.kept(written(photo={piexif.ExifIFD.ExposureTime: ratio}), Keep(KINDS))
    assert tags(fresh)["Exif"] == {piexif.ExifIFD.ExposureTime: Fraction(*ratio).as_integer_ratio()}


def test_a_number_has_no_room_for_a_coordinate() -> None:
    fresh = exif.kept(written(photo={piexif.ExifIFD.FNumber: (2_800_047_582, 1_000_000_007)}), Keep(KINDS))
    assert tags(fresh)["Exif"] == {piexif.ExifIFD.FNumber: (14, 5)}


@pytest.mark.parametrize("form", [3, 4])
def test_an_orientation_is_kept_as_short_or_long(form: int) -> None:
    fresh = exif.kept(little_endian(0x0112, form, b"\x08\0\0\0"), ORIENTATION)
    assert tags(fresh) == {"0th": {piexif.ImageIFD.Orientation: 8}}


@pytest.mark.parametrize(("form", "count"), [(1, 1), (6, 1), (8, 1), (3, 2), (3, 0), (4, 0)])
def test_an_orientation_of_any_other_form_is_dropped(form: int, count: int) -> None:
    assert exif.kept(little_endian(0x0112, form, b"\x08\0\0\0", count), ORIENTATION) is None


def test_the_first_entry_of_a_tag_decides() -> None:
    entries = (struct.pack("<HHIHH", 0x0112, 3, 1, value, 0) for value in (1, 6))
    twice = b"II*\0\x08\0\0\0" + struct.pack("<H", 2) + b"".join(entries) + bytes(4)
    assert exif.kept(twice, ORIENTATION) is None


def test_an_orientation_is_found_beside_entries_that_make_no_sense(block: bytes) -> None:
    place = block.index(struct.pack(">HH", piexif.ImageIFD.Make, 2))
    broken = block[: place + 2] + b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" + block[place + 12 :]
    assert tags(exif.kept(broken, ORIENTATION)) == {"0th": {piexif.ImageIFD.Orientation: 6}}


def test_directories_that_overlap_or_run_in_circles_are_walked_once() -> None:
    pointers = b"".join(struct.pack("<HHII", 0x014A, 4, 1, 8 + 12 * number) for number in range(5000))
    hostile = b"II*\0\x08\0\0\0" + struct.pack("<H", 5000) + pointers + struct.pack("<I", 8)
    assert len(list(exif.fields(hostile, "EXIF"))) < 2100


def test_a_count_of_four_thousand_million_values_costs_nothing() -> None:
    hostile = little_endian(0x0112, 3, b"\x08\0\0\0", count=2**32 - 1)
    assert exif.kept(hostile, ORIENTATION) is None
    assert [field.name for field in exif.fields(hostile, "EXIF")] == ["Orientation"]


@given(
    st.sampled_from([(0x829A, "I"), (0x829D, "I"), (0x9204, "i")]),
    st.tuples(st.binary(min_size=4, max_size=4) | st.just(b"\0\0\0\5"), st.binary(min_size=4, max_size=4)),
)
def test_whatever_is_in_a_ratio_what_is_kept_stays_as_it_is(kind: tuple[int, str], value: tuple[bytes, bytes]) -> None:
    tag, letter = kind
    pair = struct.unpack(f">2{letter}", b"".join(value))
    fresh = exif.kept(written(photo={tag: pair}), Keep(KINDS))
    if fresh is not None:
        assert exif.kept(fresh, Keep(KINDS)) == fresh


@given(st.binary(max_size=200).map(lambda tail: b"MM\0*\0\0\0\x08" + tail) | st.binary(max_size=50))
def test_whatever_is_in_a_block_what_is_kept_stays_as_it_is(untrusted: bytes) -> None:
    assert list(exif.fields(untrusted, "EXIF"))
    fresh = exif.kept(untrusted, Keep(KINDS))
    if fresh is not None:
        assert exif.kept(fresh, Keep(KINDS)) == fresh


def test_other_readers_understand_the_fresh_block(block: bytes) -> None:
    fresh = exif.kept(block, Keep(KINDS))
    assert fresh is not None
    target = BytesIO()
    Pillow.new("RGB", (8, 8)).save(target, "JPEG", exif=exif.PREFIX + fresh)
    read = Pillow.open(BytesIO(target.getvalue())).getexif()
    assert read[piexif.ImageIFD.Orientation] == 6
    assert read.get_ifd(0x8769)[piexif.ExifIFD.OffsetTimeOriginal] == "+02:00"
