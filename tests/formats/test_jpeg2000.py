"""JPEG 2000: lists, drops, keeps, refuses damage."""

from __future__ import annotations

import struct
import tracemalloc
from functools import cache
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

import redact
from redact.checks.structure import jpeg2000 as walk
from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.jpeg2000.file import Jpeg2000
from redact.model import KINDS, Field, Keep
from tests.formats.conftest import Strip
from tests.formats.laden import IPTC, RESOURCES, XMP, attempt, frames, saved

GEOJP2 = bytes.fromhex("b14bf8bd083d4b43a5ae8cd7d5a6ce03")
WORLD_FILE = bytes.fromhex("96a9f1f1dc98402da7aed68e34451809")
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
IPTC_UUID = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
PHOTOSHOP_UUID = bytes.fromhex("2c4c0100850440b9a03e562148d6dfeb")
GML = b"<gml:pos>CANARY 47.58210 8.54170</gml:pos>"
COMMENT = b"\xff\x64\0\x0a\0\1CANARY"
SRGB = b"\0\0\0\x0fcolr\1\0\0\0\0\0\x10"
GREY = b"\0\0\0\x0fcolr\1\0\0\0\0\0\x11"


def box(code: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), code) + content


MAP = box(b"cmap", b"\0\0\1\0\0\0\1\1\0\0\1\2")
UNREAD = box(b"pclr", b"\4\0\3\7\7\7" + b"CANARY" * 512)
SHIFTS = b"\xff\x63\0\x0eCANARYCANARY" * 6 + b"\xff\x56\0\4CA" + b"\xff\x59\0\4CA"


def resolution(number: int = 11811, below: int = 1, across: int = 11811) -> bytes:
    return box(b"res ", box(b"resc", struct.pack(">HHHHbb", number, below, across, below, 0, 0)))


def in_header(data: bytes, *extra: bytes) -> bytes:
    """With boxes at the end of jp2h."""
    start = data.index(b"jp2h") - 4
    end = start + int.from_bytes(data[start : start + 4], "big")
    return data[:start] + box(b"jp2h", data[start + 8 : end], *extra) + data[end:]


def coloured(data: bytes, *colours: bytes) -> bytes:
    """With other boxes in place of its colr."""
    start = data.index(b"jp2h") - 4
    end = start + int.from_bytes(data[start : start + 4], "big")
    told = SRGB if SRGB in data else GREY
    return data[:start] + box(b"jp2h", data[start + 8 : end].replace(told, b"".join(colours))) + data[end:]


def before_picture(data: bytes, *extra: bytes) -> bytes:
    place = data.index(b"jp2c") - 4
    return data[:place] + b"".join(extra) + data[place:]


def with_codestream(data: bytes, codestream: bytes) -> bytes:
    """With another codestream in jp2c."""
    return data[: data.index(b"jp2c") - 4] + box(b"jp2c", codestream)


def told_in_front(data: bytes, extra: bytes) -> bytes:
    """With segments at the end of the codestream's main header."""
    codestream = codestream_of(data)
    place = codestream.index(b"\xff\x90\0\x0a")
    return with_codestream(data, codestream[:place] + extra + codestream[place:])


def codestream_of(data: bytes) -> bytes:
    return data[data.index(b"jp2c") + 4 :] if b"jp2c" in data else data


def with_tile_comments(codestream: bytes) -> bytes:
    """With a comment in the header of every tile-part."""
    written, position = b"", 0
    start = codestream.index(b"\xff\x90\0\x0a")
    while codestream[start : start + 2] == b"\xff\x90":
        size = int.from_bytes(codestream[start + 6 : start + 10], "big")
        longer = struct.pack(">I", size + len(COMMENT))
        written += codestream[position : start + 6] + longer + codestream[start + 10 : start + 12] + COMMENT
        position = start + 12
        start += size
    return written + codestream[position:]


def laden_jp2(picture: Pillow.Image, block: bytes, profile: bytes) -> bytes:
    """A JP2 of four tiles with a canary in every carrier, and behind its end."""
    data = saved(picture, "JPEG2000", tile_size=(32, 32), comment=b"CANARY", plt=True)
    colours = box(b"colr", b"\2\0\0", profile), box(b"colr", b"\2\0\0CANARY")
    data = in_header(coloured(data, *colours), resolution(), box(b"teSt", GML))
    start = data.index(b"jp2h") - 4
    header = bytearray(data[start:])
    header[29] = 1
    data = with_codestream(
        data[:start] + bytes(header), with_tile_comments(codestream_of(data)) + b"\xff\xd8\xff CANARY"
    )
    xml = b"<place>CANARY</place>"
    extra = (
        box(b"rreq", b"CANARY"),
        box(b"uuid", GEOJP2, block),
        box(b"uuid", WORLD_FILE, b"CANARY"),
        box(b"uuid", XMP_UUID, XMP),
        box(b"uuid", IPTC_UUID, IPTC),
        box(b"uuid", PHOTOSHOP_UUID, RESOURCES),
        box(b"uuid", b"JpgTiffExif->JP2", b"Exif\0\0", block),
        box(b"uuid", b"CANARY7890123456", b"CANARY"),
        box(b"xml ", xml),
        box(b"asoc", box(b"lbl ", b"gml.data"), box(b"asoc", box(b"xml ", GML))),
        box(b"jp2i", b"CANARY"),
        box(b"uinf", box(b"url ", b"https://CANARY")),
        box(b"free", b"CANARY"),
        box(b"CAN\xff", b"CANARY"),
    )
    return before_picture(data, *extra) + box(b"xml ", GML) + b"CANARY"


def listed(data: bytes) -> set[Field]:
    return set(Jpeg2000().fields(BytesIO(data)))


def decoded(data: bytes) -> bytes:
    """The pixels as OpenCV reads them."""
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)).tobytes()


@pytest.fixture
def laden(picture: Pillow.Image, block: bytes, profile: bytes) -> bytes:
    return laden_jp2(picture, block, profile)


def test_every_carrier_is_listed(laden: bytes) -> None:
    fields = listed(laden)
    assert {
        Field("COM", "text", "JPEG 2000 codestream"),
        Field("PLT", "unknown", "JPEG 2000 codestream"),
        Field("ICC profile", "colour", "JPEG 2000 jp2h"),
        Field("teSt", "unknown", "JPEG 2000 jp2h"),
        Field("world file", "location", "JPEG 2000 uuid"),
        Field("exif:GPSLatitude", "location", "JPEG 2000 XMP"),
        Field("City", "location", "JPEG 2000 IPTC"),
        Field("City", "location", "JPEG 2000 Photoshop IPTC"),
        Field("GPSLatitude", "location", "JPEG 2000 EXIF GPS IFD"),
        Field("GPSLatitude", "location", "JPEG 2000 GeoJP2 GPS IFD"),
        Field("uuid", "unknown", "JPEG 2000"),
        Field("XMP", "text", "JPEG 2000 xml"),
        Field("GML", "location", "JPEG 2000 asoc"),
        Field("jp2i", "author", "JPEG 2000"),
        Field("free", "unknown", "JPEG 2000"),
        Field("unnamed box", "unknown", "JPEG 2000"),
        Field("trailing bytes", "preview", "JPEG 2000 trailer"),
    } <= fields
    assert not any("CANARY" in field.name + field.where for field in fields)


@pytest.mark.parametrize("kinds", [(), tuple(KINDS)])
def test_nothing_planted_is_left_and_every_pixel_is(laden: bytes, strip: Strip, kinds: tuple[str, ...]) -> None:
    clean = strip(Jpeg2000(), laden, *kinds)
    for canary in (b"CANARY", b"gml", b"uuid", b"xml ", b"Exif"):
        assert canary not in clean
    assert frames(clean) == frames(laden)
    assert decoded(clean) == decoded(laden)
    assert strip(Jpeg2000(), clean, *kinds) == clean
    assert {field.name for field in listed(clean)} == {"ICC profile"}


def test_the_profile_stays_only_with_colour(laden: bytes, profile: bytes, strip: Strip) -> None:
    kept, dropped = strip(Jpeg2000(), laden), strip(Jpeg2000(), laden, "orientation")
    assert walk.still(kept).profile == walk.still(laden).profile == profile
    assert walk.still(dropped).profile == b""
    assert SRGB in dropped
    assert walk.inspect(kept, Keep(frozenset({"colour"}))) == walk.inspect(dropped, Keep())


def test_a_grey_profile_makes_way_for_grey(picture: Pillow.Image, profile: bytes, strip: Strip) -> None:
    data = saved(picture.convert("L"), "JPEG2000")
    assert GREY in data
    for told in (profile[:16] + b"GRAY" + profile[20:], b"not a profile"):
        laden = coloured(data, box(b"colr", b"\2\0\0", told))
        assert GREY in strip(Jpeg2000(), laden, "orientation")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"irreversible": True},
        {"tile_size": (16, 16)},
        {"quality_layers": [20, 10], "progression": "RPCL"},
        {"no_jp2": True},
        {"num_resolutions": 2, "precinct_size": (32, 32), "codeblock_size": (16, 16)},
    ],
)
@pytest.mark.parametrize("kind", ["L", "LA", "RGB", "RGBA", "YCbCr"])
def test_however_it_is_coded_the_packets_stay(
    picture: Pillow.Image, strip: Strip, options: dict[str, object], kind: str
) -> None:
    data = saved(picture.convert(kind), "JPEG2000", comment=b"CANARY", **options)
    clean = strip(Jpeg2000(), data)
    assert b"CANARY" not in clean
    assert frames(clean) == frames(data)
    assert walk.inspect(clean, Keep()) > 0


def test_a_small_square_resolution_stays_and_no_other(picture: Pillow.Image, strip: Strip) -> None:
    data = saved(picture, "JPEG2000")
    assert resolution() in strip(Jpeg2000(), in_header(data, resolution()))
    for odd in (resolution(4758, 1, 8541), resolution(1, 0), box(b"res ", b"CANARY12"), resolution(0, 1, 0)):
        assert b"res " not in strip(Jpeg2000(), in_header(data, odd))


def test_a_jpx_that_is_a_jp2_becomes_one(picture: Pillow.Image, strip: Strip) -> None:
    data = saved(picture, "JPEG2000")
    brand = box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    jpx = data.replace(brand, box(b"ftyp", b"jpx CANAjpx jp2 CANA"))
    clean = strip(Jpeg2000(), jpx)
    assert box(b"ftyp", b"jp2 \0\0\0\0jp2 jpx ") in clean
    assert b"CANA" not in clean


def test_the_last_tile_may_leave_its_length_open(picture: Pillow.Image, strip: Strip) -> None:
    codestream = codestream_of(saved(picture, "JPEG2000"))
    place = codestream.index(b"\xff\x90\0\x0a") + 6
    opened = codestream[:place] + bytes(4) + codestream[place + 4 :] + b"CANARY\xff\xd9"
    assert strip(Jpeg2000(), opened) == strip(Jpeg2000(), codestream)


def test_a_list_of_tiles_is_written_anew(picture: Pillow.Image, strip: Strip) -> None:
    codestream = with_tile_comments(codestream_of(saved(picture, "JPEG2000", tile_size=(32, 32))))
    place = codestream.index(b"\xff\x90\0\x0a")
    laden = codestream[:place] + b"\xff\x55\0\x0a\0\x40CANARY" + codestream[place:]
    clean = strip(Jpeg2000(), laden)
    assert b"CANARY" not in clean
    assert b"\xff\x55\0\x1c\0\x60" in clean
    assert walk.inspect(clean, Keep()) > 0
    assert frames(clean) == frames(codestream)


def test_painted_pictures_cannot_go_in(laden: bytes, strip: Strip) -> None:
    with pytest.raises(UnsupportedFormatError):
        strip(Jpeg2000(), laden, pixels=laden)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.replace(b"ftypjp2 ", b"ftypmjp2"),
        lambda data: data.replace(b"ftypjp2 ", b"ftypjpm "),
        lambda data: before_picture(data, box(b"ftbl", b"CANARY")),
        lambda data: before_picture(data, box(b"moov", b"CANARY")),
        lambda data: data + box(b"jp2c", codestream_of(data)),
        lambda data: data.replace(b"\xff\x52\0", b"\xff\x74\0", 1),
        lambda data: coloured(data, box(b"colr", b"\1\0\0\0\0\0\x0e", b"CANARY")),
    ],
)
def test_what_cannot_be_made_safe_is_refused(picture: Pillow.Image, spoil: object) -> None:
    assert callable(spoil)
    data = saved(picture, "JPEG2000")
    with pytest.raises(UnsupportedFormatError) as refusal:
        Jpeg2000().strip(BytesIO(spoil(data)), BytesIO(), Keep())
    assert "CANARY" not in str(refusal.value)


def coded(data: bytes) -> list[tuple[str, bytes]]:
    return [(name, data[start:end]) for name, start, end in walk.still(data).coded]


def test_what_nobody_reads_is_listed_and_goes(picture: Pillow.Image, strip: Strip) -> None:
    data = saved(picture, "JPEG2000")
    laden = told_in_front(in_header(data, UNREAD), SHIFTS)
    assert {field.name for field in Jpeg2000().fields(BytesIO(laden))} >= {"pclr", "CRG", "PRF", "CPF"}
    clean = strip(Jpeg2000(), laden)
    assert clean == strip(Jpeg2000(), data)
    assert coded(laden) == coded(clean)
    assert frames(clean) == frames(data)


def test_a_palette_that_is_used_stays(strip: Strip) -> None:
    grey = Pillow.fromarray(np.arange(64 * 64, dtype=np.uint8).reshape(64, 64) // 16)
    data = saved(grey, "JPEG2000", irreversible=False)
    header = box(b"pclr", b"\0\x10\3\7\7\7" + bytes(range(48))), MAP
    laden = in_header(coloured(data, SRGB), *header)
    clean = strip(Jpeg2000(), laden)
    assert header[0] in clean
    assert header[1] in clean
    assert walk.inspect(clean, Keep(KINDS)) > 0
    assert frames(clean) == frames(laden)


@pytest.mark.parametrize("filling", [box(b"free") * 100_000, b""])
def test_a_part_for_every_few_bytes_takes_little_room(picture: Pillow.Image, filling: bytes) -> None:
    data = saved(picture, "JPEG2000")
    data = data + filling if filling else told_in_front(data, b"\xff\x64\0\2" * 30_000)
    tracemalloc.start()
    try:
        list(Jpeg2000().fields(BytesIO(data)))
        Jpeg2000().strip(BytesIO(data), BytesIO(), Keep())
        walk.still(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20 * 2**20


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[:12],
        lambda data: data[:-1],
        lambda data: data[:-2],
        lambda data: data[: data.index(b"jp2c") - 4],
        lambda data: data.replace(b"jp2h", b"free"),
        coloured,
        lambda data: in_header(data, box(b"ihdr", bytes(14))),
        lambda data: in_header(data, box(b"pclr", b"\0\1\3\7\7\7CANARY"), MAP),
        lambda data: in_header(data, box(b"pclr", b"\0\1\4\7\7\7\7CANA"), MAP),
        lambda data: in_header(data, box(b"pclr", b"\4\0\3\7\7\7" + b"CAN" * 1024), MAP),
        lambda data: in_header(data, MAP),
        lambda data: in_header(data, box(b"pclr", b"\0\1\3\7\7\7CAN"), box(b"cmap", b"\0\x09\1\0\0\0\1\1\0\0\1\2")),
        lambda data: in_header(data, box(b"cdef", b"\0\2" + b"\0\0\0\0\0\1" * 2)),
        lambda data: in_header(data, box(b"cdef", b"\0\1\0\x09\0\0\0\1")),
        lambda data: in_header(data, box(b"cdef", b"\0\1\0\0CA\0\1")),
        lambda data: in_header(data, box(b"cdef", b"\0\1\0\0\0\0CA")),
        lambda data: in_header(data, box(b"bpcc", b"CAN")),
        lambda data: told_in_front(data, b"\xff\x50\0\x08CANARY"),
        lambda data: told_in_front(data, b"\xff\x5c\0\x05\x41CA"),
        lambda data: told_in_front(data, b"\xff\x5e\0\x05\0\0C" * 2),
        lambda data: told_in_front(data, b"\xff\x5e\0\x05C\0C"),
        lambda data: told_in_front(data, b"\xff\x5d\0\x65\0\x40" + b"C" * 97),
        lambda data: told_in_front(data, b"\xff\x5f\0\x09\0\0CA\1\1\0"),
        lambda data: told_in_front(data, b"\xff\x5f\0\x10" + b"\0\0\0\1\1\1\0" * 2),
        lambda data: told_in_front(data, b"\xff\x64\0\2" * (2**17 + 1)),
        lambda data: in_header(data, box(b"cdef", b"\0\1CANARY12")),
        lambda data: in_header(data, box(b"bpcc", b"CANARY")),
        lambda data: in_header(data, box(b"cmap", b"CANARY")),
        lambda data: data.replace(b"ihdr\0\0\0", b"ihdr\0\0\1"),
        lambda data: data.replace(b"\xff\x90\0\x0a", b"\xff\x90\0\x0b"),
        lambda data: data.replace(b"\xff\x52\0\x0c", b"\xff\x52\0\x0d"),
        lambda data: data.replace(b"\xff\x5c\0\x13", b"\xff\x5c\0\x12"),
        lambda data: data.replace(b"\xff\x52\0\x0c", b"\xff\x52\0\x01"),
        lambda data: data.replace(b"\xff\x52\0\x0c", b"\xff\x51\0\x0c"),
        lambda data: data.replace(b"\xff\x52\0\x0c", b"\0\0\0\x0c"),
    ],
)
def test_damage_is_refused(picture: Pillow.Image, spoil: object) -> None:
    assert callable(spoil)
    data = saved(picture, "JPEG2000")
    spoilt = spoil(data)
    assert spoilt != data
    with pytest.raises(DamagedFileError) as refusal:
        listed(spoilt)
    assert "CANARY" not in str(refusal.value)


@cache
def whole() -> bytes:
    picture = Pillow.effect_mandelbrot((40, 30), (-3, -2.5, 2, 2.5), 100).convert("RGB")
    return saved(picture, "JPEG2000", tile_size=(32, 32), comment=b"CANARY", plt=True)


@given(share=st.floats(0, 1))
def test_a_file_cut_anywhere_is_refused(share: float) -> None:
    assert attempt(Jpeg2000(), whole()[: int(share * (len(whole()) - 1))]) is None


@given(changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_garbled_file_is_refused_or_its_copy_is_clean(changes: list[tuple[int, int]]) -> None:
    data = bytearray(whole())
    for place, value in changes:
        data[place % len(data)] = value
    clean = attempt(Jpeg2000(), bytes(data))
    if clean is not None:
        assert attempt(Jpeg2000(), clean) == clean
        assert walk.inspect(clean, Keep(KINDS)) > 0
        before, after = walk.still(bytes(data)), walk.still(clean)
        assert [data[start:end] for _, start, end in before.coded] == [clean[s:e] for _, s, e in after.coded]
        assert [name for name, _, _ in before.coded] == [name for name, _, _ in after.coded]


@pytest.mark.parametrize("name", ["in.jp2", "in.j2k"])
def test_a_jpeg_2000_is_published(laden: bytes, tmp_path: Path, name: str) -> None:
    source, target = tmp_path / name, tmp_path / "share" / name
    source.write_bytes(laden if name == "in.jp2" else codestream_of(laden))
    receipt = redact.Redactor(redact.Policy(hide={})).file(source, target)
    assert receipt.status == "redacted", receipt
    assert b"CANARY" not in target.read_bytes()
