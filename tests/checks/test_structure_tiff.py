"""Every byte of a TIFF copy is allowed, or the copy is refused."""

from __future__ import annotations

import io
import struct
from fractions import Fraction

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageCms

from redact.checks import pixels, structure
from redact.checks.reading import UNREADABLE, Flaw
from redact.checks.structure import tiff
from redact.model import KINDS, Keep
from tests.checks.conftest import KEEP, Ask
from tests.formats.tiff.crafted import (
    ASCII,
    DIALECTS,
    DOUBLE,
    LONG,
    RATIONAL,
    SHORT,
    UNDEFINED,
    Sheet,
    Told,
    built,
    grey,
    jpeg_stream,
    laden,
)

TWELVE = bytes(range(12))
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PICTURE = Pillow.effect_mandelbrot((40, 24), (-2, -1.5, 1, 1.5), 40).convert("RGB")


def jpeg_page(stream: bytes) -> Sheet:
    tags = grey(40, 24, t258=(SHORT, (8, 8, 8)), t259=(SHORT, (7,)), t262=(SHORT, (6,)), t277=(SHORT, (3,)))
    return Sheet({**tags, 530: (SHORT, (2, 2))}, (stream,))


def bare_stream(jpeg: bytes) -> bytes:
    """Without JFIF's segment."""
    return jpeg[:2] + jpeg[4 + int.from_bytes(jpeg[4:6], "big") :]


def jpeg(picture: Pillow.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG")
    return target.getvalue()


def lone(**more: Told) -> bytes:
    return built(Sheet(grey(**more), (TWELVE,)))


GPS: dict[int, Told] = {1: (ASCII, b"N\0"), 2: (RATIONAL, (Fraction(47), Fraction(34), Fraction(56)))}
DATED: dict[int, Told] = {36867: (ASCII, b"2024:05:06 07:08:09\0")}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_clean_pages_pass(about: Ask, dialect: str) -> None:
    half = Sheet(grey(2, 1, t254=(LONG, (1,))), (b"\x01\x02",))
    tags = grey(
        t274=(SHORT, (6,)), t282=(RATIONAL, (Fraction(300),)), t296=(SHORT, (2,)), t34675=(UNDEFINED, PROFILE),
        t42113=(ASCII, b"-9999\0"), t318=(RATIONAL, (Fraction(3127, 10000), Fraction(329, 1000))),
    )  # fmt: skip
    copy = built(Sheet(tags, (TWELVE,), smaller=(half,)), Sheet(grey(t274=(SHORT, (3,))), (TWELVE,)), dialect=dialect)
    check = structure.ask(about(copy, copy, keep=KEEP))
    assert check.passed, check.detail


def test_what_is_kept_of_exif_passes_where_it_is_kept_only(about: Ask) -> None:
    copy = built(Sheet(grey(t315=(ASCII, b"Ada\0")), (TWELVE,), {34665: DATED}))
    assert structure.ask(about(copy, copy, keep=Keep(frozenset({"time", "author"})))).passed
    assert not structure.ask(about(copy, copy, keep=Keep(frozenset({"time"})))).passed
    assert not structure.ask(about(copy, copy, keep=Keep(frozenset({"author"})))).passed


def swapped(data: bytes) -> bytes:
    """With the first two entries of the only directory in each other's place."""
    at = struct.unpack_from("<I", data, 4)[0] + 2
    return data[:at] + data[at + 12 : at + 24] + data[at : at + 12] + data[at + 24 :]


def followed(data: bytes) -> bytes:
    """With a directory behind the only one that is the same."""
    return data[:-4] + data[4:8]


def tags_of_geotiff() -> dict[str, bytes]:
    return {
        "tie points": lone(t33922=(DOUBLE, (0.0, 0.0, 0.0, 8.5, 47.5, 0.0))),
        "pixel scale": lone(t33550=(DOUBLE, (0.5, 0.5, 0.0))),
        "transformation": lone(t34264=(DOUBLE, (1.0,) * 16)),
        "geo keys": lone(t34735=(SHORT, (1, 1, 0, 0))),
        "geo doubles": lone(t34736=(DOUBLE, (6378137.0,))),
        "geo texts": lone(t34737=(ASCII, b"WGS 84|\0")),
        "GDAL's metadata": lone(t42112=(ASCII, b"<GDALMetadata/>\0")),
        "XMP": lone(t700=(1, b"<x:xmpmeta/>")),
        "IPTC": lone(t33723=(UNDEFINED, b"\x1c\x02\x78")),
        "Photoshop": lone(t34377=(1, b"8BIM")),
        "a description": lone(t270=(ASCII, b"by the bridge\0")),
        "a maker": lone(t271=(ASCII, b"DJI\0")),
        "a page's name": lone(t285=(ASCII, b"1\0")),
        "a private tag": lone(t65000=(SHORT, (1,))),
        "a position": built(Sheet(grey(), (TWELVE,), {34853: GPS})),
        "a position of another page": built(Sheet(grey(), (TWELVE,)), Sheet(grey(), (TWELVE,), {34853: GPS})),
        "a date of another page": built(Sheet(grey(), (TWELVE,)), Sheet(grey(), (TWELVE,), {34665: DATED})),
        "an old thumbnail": built(Sheet(grey(), (TWELVE,)), Sheet({254: (LONG, (1,)), 259: (SHORT, (6,))})),
        "camera raw": lone(t50706=(1, b"\1\4\0\0")),
    }


def values_of_another_form() -> dict[str, bytes]:
    return {
        "a resolution of many digits": lone(t282=(RATIONAL, (Fraction(475821, 10000),))),
        "a resolution that is not reduced": lone(t282=(RATIONAL, struct.pack("<II", 600, 2))),
        "a resolution without denominator": lone(t282=(RATIONAL, struct.pack("<II", 600, 0))),
        "a white point of many digits": lone(t318=(RATIONAL, (Fraction(475821, 10**6), Fraction(1, 2)))),
        "a mark that is a place": lone(t42113=(ASCII, b"47.58\0")),
        "a mark with something behind it": lone(t42113=(ASCII, b"0\0 47.58\0")),
        "an orientation of none": lone(t274=(SHORT, (9,))),
        "an orientation twice": lone(t274=(SHORT, (6, 1))),
        "a profile with something behind it": lone(t34675=(UNDEFINED, PROFILE + b"47.58")),
        "a profile that is none": lone(t34675=(UNDEFINED, b"47.5821 8.5417")),
        "a width of another type": lone(t256=(SHORT, (4,))),
        "two fill orders": lone(t266=(SHORT, (1, 2))),
        "a coding of files": lone(t259=(SHORT, (50001,))),
        "old JPEG": lone(t259=(SHORT, (6,))),
        "samples of the sensor": lone(t262=(SHORT, (32803,))),
        "more bits than samples": lone(t258=(SHORT, (8, 8))),
        "a palette of another size": lone(t320=(SHORT, (1,) * 700)),
        "tables without JPEG": lone(t347=(UNDEFINED, b"\xff\xd8\xff\xd9")),
        "LERC without LERC": lone(t50674=(LONG, (4, 0))),
    }


def bytes_that_belong_to_nothing() -> dict[str, bytes]:
    tiled = {**grey(16, 48), 322: (LONG, (16,)), 323: (LONG, (16,)), 325: (LONG, (256, 256, 256))}
    sizes: Told = (LONG, (6, 6))
    return {
        "bytes at the end": lone() + b"\0",
        "bytes between": built(Sheet(grey(), (TWELVE,)), gap=b"47"),
        "zeros between": built(Sheet(grey(), (TWELVE,)), gap=bytes(4)),
        "a strip longer than its rows": built(Sheet(grey(), (TWELVE + b"47.58",))),
        "a strip shorter than its rows": built(Sheet(grey(), (TWELVE[:9],))),
        "strips that overlap": built(Sheet({**grey(t278=(LONG, (2,))), 273: (LONG, (8, 9)), 279: sizes})),
        "a tile outside": built(Sheet({**tiled, 324: (LONG, (10**6, 10**6, 10**6))})),
        "tags out of order": swapped(lone()),
        "a tag twice": lone(t255=(SHORT, (1,))).replace(struct.pack("<HH", 255, SHORT), struct.pack("<HH", 256, SHORT)),
        "a circle": followed(lone()),
        "no page": b"II*\0" + bytes(4),
        "a short header": b"II*\0\0",
        "a header of no dialect": b"II+\0\4\0\0\0" + bytes(8),
        "an empty directory": b"II*\0\x08\0\0\0" + bytes(6),
    }


def streams_with_more() -> dict[str, bytes]:
    stream = bare_stream(jpeg(PICTURE))
    behind = struct.pack(">BBH", 255, 0xFE, 8) + b"CANARY"
    table = stream.index(b"\xff\xdb")
    return {
        "a comment in a JPEG": built(jpeg_page(stream[:2] + behind + stream[2:])),
        "a segment in a JPEG": built(jpeg_page(stream[:2] + behind.replace(b"\xfe", b"\xe1") + stream[2:])),
        "JFIF with a density": built(jpeg_page(jpeg(PICTURE).replace(b"\1\1\0\0\1\0\1", b"\1\2\1\x2f\x3a\x08\x36"))),
        "bytes behind a JPEG": built(jpeg_page(stream + b"47")),
        "fill in a JPEG": built(jpeg_page(stream[:2] + b"\xff" + stream[2:])),
        "a table that is too long": built(
            jpeg_page(
                stream[: table + 2] + b"\0\x48" + stream[table + 4 : table + 69] + b"47.58" + stream[table + 69 :]
            )
        ),
        "two pictures in a JPEG": built(jpeg_page(stream[:-2] + stream[2:])),
        "no end": built(jpeg_page(stream[:-2])),
        "no picture": built(jpeg_page(b"\xff\xd8\xff\xd9")),
        "no JPEG": built(jpeg_page(b"47.5821")),
        "everything": laden(PROFILE),
    }


SPOILT = {**tags_of_geotiff(), **values_of_another_form(), **bytes_that_belong_to_nothing(), **streams_with_more()}


@pytest.mark.parametrize("what", SPOILT)
def test_what_does_not_belong_is_seen(about: Ask, what: str) -> None:
    copy = SPOILT[what]
    assert not structure.ask(about(copy, copy, keep=Keep(KINDS))).passed


@pytest.mark.parametrize("what", ["orientation", "profile"])
def test_what_the_policy_does_not_keep_is_seen(about: Ask, what: str) -> None:
    copy = {"orientation": lone(t274=(SHORT, (6,))), "profile": lone(t34675=(UNDEFINED, PROFILE))}[what]
    assert structure.ask(about(copy, copy)).passed
    assert not structure.ask(about(copy, copy, keep=Keep())).passed


def test_a_clean_jpeg_strip_passes(about: Ask) -> None:
    copy = built(jpeg_page(bare_stream(jpeg(PICTURE))))
    check = structure.ask(about(copy, copy))
    assert check.passed, check.detail


def test_a_still_tells_size_turn_and_profile() -> None:
    still = tiff.still(lone(t274=(SHORT, (6,)), t34675=(UNDEFINED, PROFILE)))
    assert (still.size, still.orientation, still.readings) == ((4, 3), 6, frozenset({6}))
    assert (still.profile, still.colours, still.animated) == (PROFILE, 1, False)
    assert tiff.still(lone(t274=(LONG, (6,)))).orientation == 1
    assert 6 in tiff.still(lone(t274=(LONG, (6,)))).readings


def test_bytes_behind_the_last_row_are_no_part_of_the_picture(about: Ask) -> None:
    source = built(Sheet(grey(), (TWELVE + b"47.58",)))
    assert pixels.ask(about(source, lone())).passed


def test_segments_of_a_jpeg_strip_are_no_part_of_the_picture(about: Ask) -> None:
    source = built(jpeg_page(jpeg_stream(PICTURE)))
    assert pixels.ask(about(source, built(jpeg_page(bare_stream(jpeg(PICTURE)))))).passed
    other = built(jpeg_page(bare_stream(jpeg(PICTURE.rotate(180)))))
    assert not pixels.ask(about(source, other)).passed


def changed_pictures() -> dict[str, bytes]:
    return {
        "another byte": built(Sheet(grey(), (bytes(12),))),
        "another page": built(Sheet(grey(), (TWELVE,)), Sheet(grey(), (TWELVE,))),
        "another meaning": lone(t262=(SHORT, (0,))),
        "another shape": built(Sheet(grey(3, 4), (TWELVE,))),
        "another sign": lone(t339=(SHORT, (2,))),
        "another order of bits": lone(t266=(SHORT, (2,))),
        "another cut": built(Sheet(grey(t278=(LONG, (1,))), (TWELVE[:4], TWELVE[4:8], TWELVE[8:]))),
    }


def shown(data: bytes) -> list[tuple[str, bytes]]:
    """What the walk says that the pictures depend on."""
    return [(name, data[start:end]) for name, start, end in tiff.still(data).coded]


@pytest.mark.parametrize("what", changed_pictures())
def test_a_picture_that_changed_is_seen(what: str) -> None:
    assert shown(lone(t305=(ASCII, b"x\0"))) == shown(lone())
    assert shown(changed_pictures()[what]) != shown(lone())


def test_a_turn_that_changed_is_seen(about: Ask) -> None:
    assert pixels.ask(about(lone(t274=(SHORT, (6,))), lone(t274=(SHORT, (6,))))).passed
    assert not pixels.ask(about(lone(t274=(SHORT, (6,))), lone(t274=(SHORT, (3,))))).passed


def test_a_big_tiff_of_a_real_encoder_is_described() -> None:
    target = io.BytesIO()
    tifffile.imwrite(target, np.zeros((40, 50, 3), np.uint16), bigtiff=True, tile=(16, 16), photometric="rgb")
    still = tiff.still(target.getvalue())
    assert still.size == (50, 40)
    assert sum(name in ("chunk", "absent") or name.startswith("as ") for name, _, _ in still.coded) == 12


@given(
    dialect=st.sampled_from(DIALECTS),
    changes=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=5),
    cut=st.integers(0, 5000),
)
def test_garbled_files_are_flaws_and_nothing_else(dialect: str, changes: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(laden(b"", dialect))
    for place, value in changes:
        data[place % len(data)] = value
    for garbled in (bytes(data), bytes(data[: cut % len(data)])):
        for look in (tiff.still, lambda each: tiff.inspect(each, Keep(KINDS))):
            try:
                look(garbled)
            except (Flaw, *UNREADABLE):
                continue
