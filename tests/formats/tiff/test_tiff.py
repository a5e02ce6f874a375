from __future__ import annotations

import struct
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import exifread
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageSequence

import redact
from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.tiff.file import Tiff
from redact.model import KINDS, Keep
from tests.formats.conftest import Strip
from tests.formats.laden import attempt
from tests.formats.tiff.crafted import (
    ASCII,
    DIALECTS,
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
    saved,
)

every_dialect = pytest.mark.parametrize("dialect", DIALECTS)
TWELVE = bytes(range(12))


def told(data: bytes) -> dict[str, str]:
    return {field.name: field.kind for field in Tiff().fields(BytesIO(data))}


def page(data: bytes, number: int = 0) -> dict[int, Any]:
    with tifffile.TiffFile(BytesIO(data)) as file:
        return {tag.code: tag.value for tag in file.pages[number].tags.values()}  # type: ignore[union-attr]


def arrays(data: bytes) -> list[np.ndarray[Any, Any]]:
    with tifffile.TiffFile(BytesIO(data)) as file:
        return [each.asarray() for each in file.pages]


def lone(strip: bytes = TWELVE, **more: Told) -> bytes:
    return built(Sheet(grey(**more), (strip,)))


@every_dialect
def test_it_is_recognised(profile: bytes, dialect: str) -> None:
    assert Tiff().recognises(laden(profile, dialect)[:64])
    assert not Tiff().recognises(b"II\x55\0" + bytes(60))


@every_dialect
def test_every_carrier_is_listed_with_its_kind(profile: bytes, dialect: str) -> None:
    fields = told(laden(profile, dialect))
    expected = {
        "ImageDescription": "text", "Make": "device", "Software": "device", "Orientation": "orientation",
        "DateTime": "time", "Artist": "author", "exif:GPSLatitude": "location", "GPSLatitude": "location",
        "Caption-Abstract": "text", "ICC profile": "colour", "GDAL_METADATA": "text", "GDAL_NODATA": "unknown",
        "MakerNote": "device", "FNumber": "camera", "thumbnail": "preview", "bytes outside of directories": "unknown",
        "CameraSerialNumber": "device", "DocumentName": "text", "0xFDE8": "unknown",
    }  # fmt: skip
    assert expected.items() <= fields.items()
    assert sum(kind == "location" for kind in fields.values()) >= 6
    assert not any("CANARY" in name for name in fields)


@every_dialect
def test_no_canary_survives_anywhere(profile: bytes, strip: Strip, dialect: str) -> None:
    order = "<" if "II" in dialect else ">"
    data = laden(profile, dialect)
    assert data.count(b"CANARY") > 40
    for kinds in ((), ("time", "author", "camera", "copyright"), tuple(KINDS)):
        clean = strip(Tiff(), data, *kinds)
        assert b"CANARY" not in clean
        assert struct.pack(f"{order}d", 47.5821) not in clean
        assert struct.pack(f"{order}II", 560123, 10007) not in clean
        assert struct.pack(f"{order}II", 475821, 10000) not in clean


@every_dialect
def test_pages_and_smaller_pictures_stay_as_they_are(profile: bytes, strip: Strip, dialect: str) -> None:
    data = laden(profile, dialect)
    clean = strip(Tiff(), data)
    assert [each.tolist() for each in arrays(clean)] == [each.tolist() for each in arrays(data)]
    with tifffile.TiffFile(BytesIO(clean)) as file:
        assert file.is_bigtiff == dialect.startswith("big")
        assert [each.asarray().tolist() for each in file.pages[0].pages] == [[[1, 2]]]  # type: ignore[union-attr]


@every_dialect
def test_stripping_twice_changes_no_byte(profile: bytes, strip: Strip, dialect: str) -> None:
    for kinds in (("orientation",), ("time", "author", "camera"), tuple(KINDS)):
        clean = strip(Tiff(), laden(profile, dialect), *kinds)
        assert strip(Tiff(), clean, *kinds) == clean
        assert set(told(clean).values()) <= set(kinds)


@every_dialect
def test_orientation_and_profile_stay(profile: bytes, strip: Strip, dialect: str) -> None:
    clean = strip(Tiff(), laden(profile, dialect))
    assert page(clean)[274] == 6
    assert page(clean, 1)[274] == 3
    assert page(clean)[34675] == profile
    assert set(page(strip(Tiff(), laden(profile, dialect), "time"))).isdisjoint({274, 34675})


@every_dialect
def test_what_the_policy_keeps_of_exif_stays_in_the_first_page(profile: bytes, strip: Strip, dialect: str) -> None:
    kept = page(strip(Tiff(), laden(profile, dialect), "time", "author", "camera"))
    assert kept[306] == "2024:05:06 07:08:09"
    assert kept[315] == "Ada"
    assert kept[34665] == {"DateTimeOriginal": "2024:05:06 07:08:09", "FNumber": (14, 5)}
    assert 34853 not in kept


def test_a_colour_space_stays_though_nothing_else_is_kept_of_exif(strip: Strip) -> None:
    clean = strip(Tiff(), built(Sheet(grey(), (TWELVE,), {34665: {40961: (SHORT, (65535,))}})))
    assert page(clean)[34665] == {"ColorSpace": 65535}


def test_a_coarse_position_stays_where_the_policy_wants_one(profile: bytes) -> None:
    target = BytesIO()
    gps: dict[int, Told] = {
        1: (ASCII, b"N\0"), 2: (RATIONAL, (Fraction(47), Fraction(34), Fraction(56))),
        3: (ASCII, b"E\0"), 4: (RATIONAL, (Fraction(8), Fraction(32), Fraction(30))),
    }  # fmt: skip
    data = built(Sheet(grey(), (TWELVE,), {34853: gps}))
    Tiff().strip(BytesIO(data), target, Keep(frozenset(), 50.0))
    place = page(target.getvalue())[34853]
    assert set(place) == {"GPSVersionID", "GPSLatitudeRef", "GPSLatitude", "GPSLongitudeRef", "GPSLongitude"}
    assert abs(place["GPSLatitude"][0] - 47) <= 1
    assert page(target.getvalue())[34853] != page(data)[34853]


def test_a_foreign_parser_finds_nothing(profile: bytes, strip: Strip) -> None:
    clean = strip(Tiff(), laden(profile))
    found = exifread.process_file(BytesIO(clean), details=True)
    names = {name.split(" ")[-1] for name in found if name.startswith(("Image ", "EXIF SubIFD"))}
    assert not [name for name in found if name.startswith(("GPS", "EXIF")) and "SubIFD" not in name]
    assert names <= {
        "ImageWidth", "ImageLength", "BitsPerSample", "Compression", "PhotometricInterpretation", "StripOffsets",
        "Orientation", "SubfileType", "SamplesPerPixel", "RowsPerStrip", "StripByteCounts", "XResolution",
        "YResolution", "ResolutionUnit", "SubIFDs", "InterColorProfile",
    }  # fmt: skip


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "packbits", "tiff_deflate", "jpeg", "lzma"])
def test_pixels_stay_the_same_in_what_pillow_writes(picture: Pillow.Image, strip: Strip, compression: str) -> None:
    data = saved(picture, compression=compression, description="CANARY", software="CANARY")
    clean = strip(Tiff(), data)
    assert Pillow.open(BytesIO(clean)).tobytes() == Pillow.open(BytesIO(data)).tobytes()
    assert b"CANARY" not in clean


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "YCbCr", "LAB", "I;16", "F"])
def test_pixels_stay_the_same_in_every_mode(picture: Pillow.Image, strip: Strip, mode: str) -> None:
    source = picture.convert("RGB").convert(mode) if mode not in ("LAB", "I;16", "F") else Pillow.new(mode, (9, 7), 77)
    data = saved(source, compression="group4" if mode == "1" else None)
    read = Pillow.open(BytesIO(strip(Tiff(), data)))
    assert (read.mode, read.tobytes()) == (Pillow.open(BytesIO(data)).mode, source.tobytes())


WAYS: list[dict[str, Any]] = [
    {"tile": (16, 16)},
    {"rowsperstrip": 3},
    {"compression": "zlib", "tile": (16, 32)},
    {"compression": "zlib", "predictor": True},
    {"bigtiff": True, "byteorder": ">"},
    {"bigtiff": True, "tile": (16, 16)},
]


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("kind", ["u1", "u2", "i4", "f4", "f8", "u8"])
def test_pixels_stay_the_same_in_what_tifffile_writes(strip: Strip, way: dict[str, Any], kind: str) -> None:
    options = dict(way)
    if options.get("predictor") and kind in ("f4", "f8", "u8"):
        options["predictor"] = False
    file = {name: options.pop(name) for name in ("bigtiff", "byteorder") if name in options}
    stack = (np.random.default_rng(3).random((2, 37, 41)) * 100).astype(kind)
    target = BytesIO()
    with tifffile.TiffWriter(target, **file) as writer:
        for each in stack:
            writer.write(each, description="CANARY", **options)
    data = target.getvalue()
    clean = strip(Tiff(), data)
    assert np.array_equal(arrays(clean), stack)
    assert b"CANARY" not in clean


def test_planes_and_extra_samples_stay(strip: Strip) -> None:
    planes = np.random.default_rng(3).integers(0, 255, (5, 12, 13), np.uint8)
    target = BytesIO()
    tifffile.imwrite(target, planes, photometric="minisblack", planarconfig="separate", rowsperstrip=5)
    assert np.array_equal(arrays(strip(Tiff(), target.getvalue()))[0], planes)


def test_a_pyramid_stays_one(strip: Strip) -> None:
    whole = np.random.default_rng(3).integers(0, 255, (64, 64), np.uint8)
    target = BytesIO()
    with tifffile.TiffWriter(target) as writer:
        writer.write(whole, subifds=2, tile=(16, 16))
        writer.write(whole[::2, ::2], subfiletype=1, tile=(16, 16))
        writer.write(whole[::4, ::4], subfiletype=1, tile=(16, 16))
    with tifffile.TiffFile(BytesIO(strip(Tiff(), target.getvalue()))) as file:
        levels = [level.asarray() for level in file.series[0].levels]
    assert [level.shape for level in levels] == [(64, 64), (32, 32), (16, 16)]
    assert np.array_equal(levels[1], whole[::2, ::2])


def test_directories_stand_before_all_pixels_and_tiles_in_the_order_of_the_source(strip: Strip) -> None:
    small, large = bytes(range(4)), bytes(range(100, 112))
    data = built(Sheet(grey(2, 2), (small,)), Sheet(grey(4, 3), (large,)))
    clean = strip(Tiff(), data)
    assert clean.endswith(small + large)


def test_absent_tiles_stay_absent_and_shared_ones_shared(strip: Strip) -> None:
    tags = grey(16, 48, t322=(SHORT, (16,)), t323=(SHORT, (16,)))
    del tags[278]
    tile = bytes(range(256))
    data = bytearray(built(Sheet({**tags, 324: (LONG, (8, 0, 8)), 325: (LONG, (256, 0, 256))})))
    (first,) = struct.unpack_from("<I", data, 4)
    shifted = built(Sheet({**tags, 324: (LONG, (len(data), 0, len(data))), 325: (LONG, (256, 0, 256))}))
    assert (first, len(shifted)) == (struct.unpack_from("<I", shifted, 4)[0], len(data))
    clean = strip(Tiff(), shifted + tile)
    assert clean.count(tile) == 1
    places, sizes = page(clean)[324], page(clean)[325]
    assert sizes == (256, 0, 256)
    assert places[1] == 0
    assert places[0] == places[2]
    assert clean[places[0] :] == tile


def test_old_files_that_leave_out_sizes_are_read(strip: Strip) -> None:
    data = lone().replace(struct.pack("<HHI", 279, LONG, 1), struct.pack("<HHI", 280, LONG, 1))
    assert arrays(strip(Tiff(), data))[0].tobytes() == TWELVE


def test_a_jpeg_strip_loses_its_segments_and_keeps_its_picture(picture: Pillow.Image, strip: Strip) -> None:
    stream = jpeg_stream(picture)
    tags = grey(*picture.size, t258=(SHORT, (8, 8, 8)), t259=(SHORT, (7,)), t262=(SHORT, (6,)), t277=(SHORT, (3,)))
    tags[530] = (SHORT, (2, 2))
    data = built(Sheet(tags, (stream,)))
    clean = strip(Tiff(), data)
    assert b"CANARY" not in clean
    assert told(data) == {
        "APP1": "unknown",
        "APP13": "unknown",
        "COM": "text",
        "slack": "unknown",
        "APP0": "unknown",
    } or ({"APP1", "APP13", "COM", "slack"} <= set(told(data)))
    assert told(clean) == {}
    (start,), (size,) = page(clean)[273], page(clean)[279]
    assert Pillow.open(BytesIO(clean[start : start + size])).tobytes() == Pillow.open(BytesIO(stream)).tobytes()
    assert Pillow.open(BytesIO(clean)).tobytes() == Pillow.open(BytesIO(data)).tobytes()
    assert strip(Tiff(), clean) == clean


def test_tables_that_tiles_share_are_cleaned(picture: Pillow.Image, strip: Strip) -> None:
    data = saved(picture, compression="jpeg")
    tables = page(data)[347]
    comment = b"\xff\xfe" + struct.pack(">H", 8) + b"CANARY"
    spoilt = data + tables[:2] + comment + tables[2:]
    with tifffile.TiffFile(BytesIO(data)) as file:
        entry = file.pages[0].tags[347]  # type: ignore[union-attr]
    place = spoilt.index(struct.pack("<HHI", 347, UNDEFINED, len(tables)))
    told_anew = struct.pack("<HHII", 347, UNDEFINED, len(tables) + len(comment), len(data))
    spoilt = spoilt[:place] + told_anew + spoilt[place + 12 :]
    assert entry.valueoffset != len(data)
    assert page(spoilt)[347] != tables
    clean = strip(Tiff(), spoilt)
    assert page(clean)[347] == tables
    assert Pillow.open(BytesIO(clean)).tobytes() == Pillow.open(BytesIO(data)).tobytes()


MARKS = {
    b"-9999\0": "-9999", b"-9999.0\0": "-9999", b"0\0": "0", b"nan\0": "nan", b"-inf\0": "-inf", b"255 \0": "255",
    b"-3.39999999999999996e+38\0": "-3.4e+38", b"-3.40282346638528860e+38\0": "-3.4028234663852886e+38",
    b"18446744073709551615\0": "18446744073709551615", b"4294967295\0": "4294967295", b"-999999\0": "-999999",
}  # fmt: skip


@pytest.mark.parametrize(("mark", "spelt"), MARKS.items(), ids=map(str, MARKS.values()))
def test_a_mark_of_missing_pixels_stays_as_a_plain_number(strip: Strip, mark: bytes, spelt: str) -> None:
    clean = strip(Tiff(), lone(t42113=(ASCII, mark)))
    assert spelt.encode() + b"\0" in clean + b"\0"
    assert strip(Tiff(), clean) == clean


@pytest.mark.parametrize(
    "mark", [b"47.5821\0", b"4758210854170\0", b"1.5e+38\0", b"475821\0", b"x\0", b"\xff\0", b"\0"]
)
def test_a_mark_that_could_be_a_place_goes(strip: Strip, mark: bytes) -> None:
    data = lone(t42113=(ASCII, mark))
    assert "GDAL_NODATA" in told(data)
    assert "GDAL_NODATA" not in told(strip(Tiff(), data))
    assert mark.strip(b"\0") not in strip(Tiff(), data) or mark == b"\0"


@pytest.mark.parametrize(
    ("told_as", "kept_as"),
    [(Fraction(300), (300, 1)), (Fraction(2_000_000, 10_000), (200, 1)), (Fraction(475821, 10000), (238, 5))],
)
def test_a_resolution_keeps_three_digits(strip: Strip, told_as: Fraction, kept_as: tuple[int, int]) -> None:
    assert page(strip(Tiff(), lone(t282=(RATIONAL, (told_as,)))))[282] == kept_as


def test_colours_stay_where_they_are_kept(strip: Strip) -> None:
    curve: Told = (SHORT, tuple(range(0, 65536, 256)))
    point: Told = (RATIONAL, (Fraction(3127, 10000), Fraction(329, 1000)))
    data = lone(t301=curve, t318=point)
    assert told(data) == {"TransferFunction": "colour", "WhitePoint": "colour"}
    kept = page(strip(Tiff(), data))
    assert list(kept[301]) == list(range(0, 65536, 256))
    assert kept[318] == (3127, 10000, 329, 1000)
    assert {301, 318}.isdisjoint(page(strip(Tiff(), data, "orientation")))


@pytest.mark.parametrize(
    "raw",
    [
        {"t50706": (1, b"\1\4\0\0")},
        {"t262": (SHORT, (32803,))},
        {"t262": (SHORT, (34892,))},
        {"t259": (SHORT, (34713,))},
        {"t259": (SHORT, (32767,))},
        {"t33422": (1, b"\0\1\1\2")},
    ],
    ids=str,
)
def test_camera_raw_is_refused_wherever_it_hides(raw: dict[str, Told]) -> None:
    sensor = Sheet(grey(**raw), (TWELVE,))
    for data in (
        built(sensor),
        built(Sheet(grey(), (TWELVE,), smaller=(sensor,))),
        built(Sheet(grey(), (TWELVE,)), sensor),
    ):
        with pytest.raises(UnsupportedFormatError, match="develop it"):
            list(Tiff().fields(BytesIO(data)))
    canon = bytearray(lone())
    canon[8:12] = b"CR\2\0"
    with pytest.raises(UnsupportedFormatError, match="camera raw"):
        Tiff().strip(BytesIO(bytes(canon)), BytesIO(), Keep())


@pytest.mark.parametrize("coding", [6, 33003, 34712, 34933, 50001, 50002, 99])
def test_codings_that_cannot_be_vouched_for_are_refused(coding: int) -> None:
    with pytest.raises(UnsupportedFormatError):
        Tiff().strip(BytesIO(lone(t259=(SHORT, (coding,)))), BytesIO(), Keep())


def broken() -> dict[str, bytes]:
    whole = lone()
    at = struct.unpack_from("<I", whole, 4)[0]
    loop = bytearray(whole)
    loop[-4:] = struct.pack("<I", at)
    two = built(Sheet({**grey(4, 6), 278: (LONG, (3,)), 273: (LONG, (8, 9)), 279: (LONG, (12, 12))}), gap=bytes(40))
    return {
        "nothing": b"",
        "a header alone": b"II*\0",
        "no directory": b"II*\0\0\0\0\0",
        "a directory outside": b"II*\0\xff\xff\xff\xff",
        "a directory in the header": b"II*\0\4\0\0\0" + bytes(40),
        "directories in a circle": bytes(loop),
        "a circle of smaller pictures": built(Sheet(grey(t330=(LONG, (at, at))), (TWELVE,))),
        "a strip outside": lone(t279=(LONG, (12,)), t273=(LONG, (10**9,))).replace(struct.pack("<I", 8), b"\0\0\0\x70"),
        "a strip cut short": lone(TWELVE[:7]),
        "a strip of a page that is too big": lone(t256=(LONG, (2**31,))),
        "strips that overlap": two,
        "a strip over a directory": built(Sheet({**grey(), 273: (LONG, (10,)), 279: (LONG, (12,))}, ())),
        "no strips": built(Sheet(grey())),
        "too few strips": lone(t278=(LONG, (1,))),
        "no rows": lone(t278=(LONG, (0,))),
        "no width": lone(t256=(LONG, (0,))),
        "no samples": lone(t277=(SHORT, (0,))),
        "a width in words": lone(t256=(ASCII, b"4\0")),
        "a BigTIFF of another form": b"II+\0\4\0\0\0" + bytes(40),
        "a JPEG that is none": lone(t259=(SHORT, (7,))),
        "an unknown fill order": lone(t266=(SHORT, (3,))),
        "half a palette": lone(t262=(SHORT, (3,)), t320=(SHORT, (1,) * 700)),
    }


@pytest.mark.parametrize("what", broken())
def test_damage_is_refused(what: str) -> None:
    data = broken()[what]
    with pytest.raises(DamagedFileError):
        list(Tiff().fields(BytesIO(data)))
    with pytest.raises(DamagedFileError):
        Tiff().strip(BytesIO(data), BytesIO(), Keep(KINDS))


def test_pages_that_share_one_big_value_are_refused(profile: bytes) -> None:
    big = profile + bytes(2**20 - len(profile))
    big = struct.pack(">I", len(big)) + big[4:]
    first = Sheet(grey(t34675=(UNDEFINED, big)), (TWELVE,))
    data = built(first, *(Sheet(grey(t34675=(LONG, (7,))), (TWELVE,)) for _ in range(40)))
    told_once = struct.pack("<HHII", 34675, UNDEFINED, len(big), data.index(big[:200]))
    shared = data.replace(struct.pack("<HHII", 34675, LONG, 1, 7), told_once)
    assert shared.count(told_once) == 41
    with pytest.raises(DamagedFileError, match="share"):
        Tiff().strip(BytesIO(shared), BytesIO(), Keep(KINDS))


@pytest.fixture(scope="module")
def garbled_sources() -> list[bytes]:
    profile = b""
    picture = Pillow.effect_mandelbrot((20, 16), (-2, -1.5, 1, 1.5), 40).convert("RGB")
    sources = [laden(profile, dialect) for dialect in DIALECTS]
    return [*sources, saved(picture, compression="jpeg"), saved(picture, compression="tiff_lzw")]


@given(pick=st.integers(0, 5), cut=st.integers(0, 10**6))
def test_a_file_cut_anywhere_is_refused_or_complete(garbled_sources: list[bytes], pick: int, cut: int) -> None:
    data = garbled_sources[pick]
    clean = attempt(Tiff(), data[: cut % (len(data) + 1)])
    if clean is not None:
        assert [frame.tobytes() for frame in ImageSequence.Iterator(Pillow.open(BytesIO(clean)))] == [
            frame.tobytes() for frame in ImageSequence.Iterator(Pillow.open(BytesIO(data)))
        ]


@given(
    pick=st.integers(0, 5),
    changes=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=5),
)
def test_garbled_files_are_refused_or_stay_as_they_are_written(
    garbled_sources: list[bytes], pick: int, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(garbled_sources[pick])
    for place, value in changes:
        data[place % len(data)] = value
    clean = attempt(Tiff(), bytes(data))
    if clean is not None:
        assert attempt(Tiff(), clean) == clean
        assert len(clean) <= 2 * len(data) + 2**12


def test_painted_pictures_are_not_taken(profile: bytes) -> None:
    data = laden(profile)
    with pytest.raises(UnsupportedFormatError):
        Tiff().strip(BytesIO(data), BytesIO(), Keep(), BytesIO(data))


@every_dialect
def test_a_file_goes_all_the_way(tmp_path: Path, profile: bytes, dialect: str) -> None:
    source, target = tmp_path / "scene.tif", tmp_path / "shared.tif"
    source.write_bytes(laden(profile, dialect))
    receipt = redact.Redactor(redact.Policy(hide={})).file(source, target)
    assert receipt.status == "redacted", receipt.error
    assert {check.name: check.passed for check in receipt.checks}["structure"]
    assert b"CANARY" not in target.read_bytes()
    again = redact.Redactor(redact.Policy(hide={})).file(target, tmp_path / "twice.tif")
    assert again.status == "clean", again.error
    assert (tmp_path / "twice.tif").read_bytes() == target.read_bytes()
