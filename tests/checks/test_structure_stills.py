"""Every byte of a JPEG, PNG or WebP copy is allowed, or the copy is refused."""

from __future__ import annotations

import io
import struct
import zlib

import piexif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageCms

from redact.checks import structure
from redact.model import Keep
from tests.checks.conftest import KEEP, Ask, encoded, noise

PICTURE = noise(48, 64)
ORIENTED = piexif.dump({"0th": {piexif.ImageIFD.Orientation: 6}})
LOCATED = piexif.dump(
    {
        "0th": {piexif.ImageIFD.Orientation: 6},
        "GPS": {piexif.GPSIFD.GPSLatitudeRef: "N", piexif.GPSIFD.GPSLatitude: ((12, 1), (20, 1), (4444, 100))},
    }
)
DATED = piexif.dump({"0th": {piexif.ImageIFD.DateTime: "2026:01:02 03:04:05"}})
PREVIEWED = piexif.dump(
    {"0th": {piexif.ImageIFD.Orientation: 6}, "1st": {}, "thumbnail": encoded(noise(16, 16), "JPEG")}
)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

JPEG = encoded(PICTURE, "JPEG", exif=ORIENTED, icc_profile=PROFILE)
PNG = encoded(PICTURE, "PNG", exif=ORIENTED[6:], icc_profile=PROFILE)
WEBP = encoded(PICTURE, "WebP", exif=ORIENTED[6:], icc_profile=PROFILE, lossless=True)


def with_segment(data: bytes, marker: int, body: bytes) -> bytes:
    return data[:2] + struct.pack(">BBH", 255, marker, len(body) + 2) + body + data[2:]


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_png_chunk(data: bytes, kind: bytes, body: bytes) -> bytes:
    place = data.index(b"IDAT") - 4
    return data[:place] + png_chunk(kind, body) + data[place:]


def with_riff_chunk(data: bytes, kind: bytes, body: bytes) -> bytes:
    longer = data + kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
    return longer[:4] + struct.pack("<I", len(longer) - 8) + longer[8:]


def passed(about: Ask, copy: bytes, keep: Keep = KEEP) -> bool:
    return structure.ask(about(copy, copy, keep=keep)).passed


@pytest.mark.parametrize(
    "copy",
    [
        JPEG,
        encoded(PICTURE, "JPEG", progressive=True, subsampling=0),
        encoded(PICTURE[..., 0], "JPEG", quality=90),
        PNG,
        encoded(PICTURE[..., 0], "PNG"),
        WEBP,
        encoded(PICTURE, "WebP"),
    ],
    ids=["JPEG", "progressive", "grey JPEG", "PNG", "grey PNG", "WebP", "lossy WebP"],
)
def test_a_clean_still_passes(about: Ask, copy: bytes) -> None:
    check = structure.ask(about(copy, copy))
    assert check.passed, check.detail


def test_an_interlaced_and_a_palette_png_pass(about: Ask) -> None:
    palette = io.BytesIO()
    Pillow.fromarray(PICTURE).quantize(16).save(palette, "PNG")
    rows = b"".join(
        (b"\0" + bytes(columns)) * lines for columns, lines in ((1, 1), (1, 1), (2, 1), (1, 2), (3, 1), (2, 3), (5, 2))
    )
    header = struct.pack(">IIBBBBB", 5, 5, 8, 0, 0, 0, 1)
    interlaced = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(rows))
    interlaced += png_chunk(b"IEND", b"")
    Pillow.open(io.BytesIO(interlaced)).load()
    assert passed(about, palette.getvalue())
    assert passed(about, interlaced)


def test_animations_pass(about: Ask) -> None:
    for kind in ("PNG", "WebP"):
        file = io.BytesIO()
        frames = [Pillow.fromarray(noise(32, 32, seed)) for seed in range(3)]
        frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=100)
        check = structure.ask(about(file.getvalue(), file.getvalue()))
        assert check.passed, check.detail


@pytest.mark.parametrize(
    ("copy", "word"),
    [
        (with_segment(JPEG, 0xFE, b"CANARY"), "COM"),
        (with_segment(JPEG, 0xE4, b"CANARY"), "APP4"),
        (with_segment(JPEG, 0xED, b"Photoshop 3.0\0"), "APP13"),
        (with_segment(JPEG, 0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>"), "APP1"),
        (with_segment(JPEG, 0xE2, b"MPF\0MM\0*"), "APP2"),
        (with_segment(JPEG, 0xDB, JPEG[JPEG.index(b"\xff\xdb") + 4 :][:65] + b"CANARY"), "table"),
        (JPEG + b"CANARY", "after the end"),
        (JPEG + JPEG, "after the end"),
        (JPEG[:-2], "no end"),
        (JPEG.replace(b"\xff\xdb", b"CANARY\xff\xdb", 1), "between"),
        (encoded(PICTURE, "JPEG", exif=LOCATED), "0x8825"),
        (encoded(PICTURE, "JPEG", exif=DATED), "0x0132"),
        (encoded(PICTURE, "JPEG", exif=PREVIEWED), "another directory"),
        (encoded(PICTURE, "JPEG", exif=ORIENTED + b"CANARY"), "belong to nothing"),
        (with_png_chunk(PNG, b"tEXt", b"Comment\0CANARY"), "tEXt"),
        (with_png_chunk(PNG, b"prVt", b"CANARY"), "prVt"),
        (with_png_chunk(PNG, b"tIME", bytes(7)), "time"),
        (with_png_chunk(PNG, b"gAMA", bytes(4) + b"CANARY"), "longer"),
        (PNG + b"CANARY", "after IEND"),
        (PNG[:-12], "ends"),
        (PNG[:-30] + b"\0" + PNG[-29:], "checksum"),
        (encoded(PICTURE, "PNG", exif=LOCATED[6:]), "0x8825"),
        (with_riff_chunk(WEBP, b"XMP ", b"CANARY"), "XMP"),
        (with_riff_chunk(WEBP, b"HIDE", b"CANARY"), "HIDE"),
        (WEBP + b"CANARY", "after the RIFF"),
        (encoded(PICTURE, "WebP", exif=LOCATED[6:]), "0x8825"),
        (b"HELLO" + bytes(20), "unknown container"),
        (b"", "empty"),
    ],
)
def test_what_does_not_belong_is_seen_and_named_without_its_value(about: Ask, copy: bytes, word: str) -> None:
    check = structure.ask(about(JPEG, copy))
    assert not check.passed
    assert word in check.detail
    assert "CANARY" not in check.detail


def test_picture_data_that_goes_on_after_the_last_row_is_seen(about: Ask) -> None:
    rows = (b"\0" + bytes(24)) * 8
    head = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
    for data, whole in (
        (zlib.compress(rows), True),
        (zlib.compress(rows + b"CANARY"), False),
        (zlib.compress(rows) + b"CANARY", False),
        (zlib.compress(rows[:-1]), False),
        (zlib.compress(rows)[:-4], False),
    ):
        assert passed(about, head + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")) == whole


EXIF_KINDS = {
    "time": {
        "0th": {piexif.ImageIFD.DateTime: b"2026:01:02 03:04:05"},
        "Exif": {
            piexif.ExifIFD.DateTimeOriginal: b"2026:01:02 03:04:05",
            piexif.ExifIFD.OffsetTimeOriginal: b"+01:00",
            piexif.ExifIFD.SubSecTimeOriginal: b"123",
        },
    },
    "camera": {
        "Exif": {
            piexif.ExifIFD.ExposureTime: (1, 8000),
            piexif.ExifIFD.FNumber: (14, 5),
            piexif.ExifIFD.ISOSpeedRatings: 400,
            piexif.ExifIFD.FocalLength: (50, 1),
            piexif.ExifIFD.ShutterSpeedValue: (-7, 2),
            piexif.ExifIFD.LensSpecification: ((24, 1), (70, 1), (14, 5), (14, 5)),
            piexif.ExifIFD.LensModel: b"24-70 mm",
        }
    },
    "author": {"0th": {piexif.ImageIFD.Artist: "Jos\xe9 Somebody".encode()}},
    "copyright": {"0th": {piexif.ImageIFD.Copyright: b"Nobody"}},
    "colour": {"Exif": {piexif.ExifIFD.ColorSpace: 65535}},
    "orientation": {"0th": {piexif.ImageIFD.Orientation: 8}},
}


@pytest.mark.parametrize("kind", EXIF_KINDS)
def test_exif_tags_stay_only_with_their_kind(about: Ask, kind: str) -> None:
    for container in ("JPEG", "PNG", "WebP"):
        block = piexif.dump(EXIF_KINDS[kind])
        copy = encoded(PICTURE, container, exif=block if container == "JPEG" else block[6:])
        assert passed(about, copy, Keep(frozenset({kind})))
        assert not passed(about, copy, Keep(frozenset(EXIF_KINDS) - {kind}))


@pytest.mark.parametrize(
    "tags",
    [
        {"0th": {piexif.ImageIFD.Make: b"Pinhole"}},
        {"0th": {piexif.ImageIFD.Model: b"Pinhole"}},
        {"0th": {piexif.ImageIFD.Software: b"Pinhole"}},
        {"0th": {piexif.ImageIFD.XResolution: (72, 1)}},
        {"0th": {piexif.ImageIFD.DateTime: b"12.3456, 45.6789"}},
        {"0th": {piexif.ImageIFD.DateTime: b"2026:01:02 03:04:05 at home"}},
        {"0th": {piexif.ImageIFD.Artist: b"A" * 300}},
        {"0th": {piexif.ImageIFD.Artist: b"A\0B"}},
        {"0th": {piexif.ImageIFD.Artist: b"A\xff"}},
        {"0th": {piexif.ImageIFD.Artist: b""}},
        {"0th": {piexif.ImageIFD.Artist: b"8FW4V75V+8Q"}},
        {"0th": {piexif.ImageIFD.Artist: "A\U000e0130".encode()}},
        {"0th": {piexif.ImageIFD.Copyright: b"geo:48.858,2.294"}},
        {"Exif": {piexif.ExifIFD.LensModel: b"EF24-70 S/N 0123456789"}},
        {"0th": {piexif.ImageIFD.Orientation: 9}},
        {"Exif": {piexif.ExifIFD.CameraOwnerName: b"Somebody"}},
        {"Exif": {piexif.ExifIFD.BodySerialNumber: b"1"}},
        {"Exif": {piexif.ExifIFD.LensMake: b"Pinhole"}},
        {"Exif": {piexif.ExifIFD.LensSerialNumber: b"1"}},
        {"Exif": {piexif.ExifIFD.SubSecTime: b"12.3456"}},
        {"Exif": {piexif.ExifIFD.OffsetTime: b"home"}},
        {"Exif": {piexif.ExifIFD.FocalLength: (12345678, 1000000)}},
        {"Exif": {piexif.ExifIFD.FocalLength: (100, 2)}},
        {"Exif": {piexif.ExifIFD.FocalLength: (50, 0)}},
        {"Exif": {piexif.ExifIFD.FNumber: (5000, 1)}},
        {"Exif": {piexif.ExifIFD.ColorSpace: 3}},
        {"Exif": {piexif.ExifIFD.ExifVersion: b"CNRY"}},
        {"Exif": {}, "Interop": {piexif.InteropIFD.InteroperabilityIndex: b"R98"}},
    ],
    ids=lambda tags: "-".join(f"{tag:#x}" for tags in tags.values() for tag in tags),
)
def test_no_other_tag_stays_nor_another_value(about: Ask, tags: dict[str, dict[int, object]]) -> None:
    copy = encoded(PICTURE, "JPEG", exif=piexif.dump(tags))
    assert not passed(about, copy, Keep(frozenset(EXIF_KINDS)))


BERLIN = {
    piexif.GPSIFD.GPSVersionID: (2, 3, 0, 0),
    piexif.GPSIFD.GPSLatitudeRef: b"N",
    piexif.GPSIFD.GPSLatitude: ((52, 1), (31, 1), (5, 1)),
    piexif.GPSIFD.GPSLongitudeRef: b"E",
    piexif.GPSIFD.GPSLongitude: ((13, 1), (23, 1), (17, 1)),
}
"""The centre of a cell of a grid of one kilometre: row 15838 of 20004, column 13101 of 24389."""
COARSE = Keep(KEEP.kinds, 1.0)


def located(**changed: object) -> bytes:
    """A JPEG that tells that position, with some tags changed, or left out where they are None."""
    tags = {**BERLIN, **{getattr(piexif.GPSIFD, name): value for name, value in changed.items()}}
    return encoded(PICTURE, "JPEG", exif=piexif.dump({"GPS": {k: v for k, v in tags.items() if v is not None}}))


def test_a_coarse_position_stays_where_a_policy_lets_it_and_the_check_says_so(about: Ask) -> None:
    check = structure.ask(about(JPEG, located(), keep=COARSE))
    assert check.passed, check.detail
    assert "cell of 1 km" in check.detail
    assert not passed(about, located())
    assert not passed(about, located(), Keep(frozenset(EXIF_KINDS)))


@pytest.mark.parametrize(
    "changed",
    [
        {"GPSLatitude": ((52, 1), (31, 1), (6, 1))},
        {"GPSLongitude": ((13, 1), (23, 1), (16, 1))},
        {"GPSLatitude": ((52, 1), (31, 1), (500, 100))},
        {"GPSLatitude": ((52, 1), (30, 1), (65, 1))},
        {"GPSLatitude": ((52, 1), (31, 1))},
        {"GPSLatitude": ((52, 1), (31, 1), (5, 0))},
        {"GPSLatitudeRef": b"NE"},
        {"GPSLongitudeRef": b"?"},
        {"GPSLongitudeRef": None},
        {"GPSLatitude": None},
        {"GPSVersionID": None},
        {"GPSVersionID": (2, 2, 0, 0)},
        {"GPSAltitude": (34, 1)},
        {"GPSTimeStamp": ((12, 1), (0, 1), (0, 1))},
        {"GPSDateStamp": b"2024:05:06"},
        {"GPSImgDirection": (90, 1)},
        {"GPSProcessingMethod": b"CANARY"},
    ],
    ids=str,
)
def test_nothing_finer_than_a_cell_stays_and_nothing_beside_it(about: Ask, changed: dict[str, object]) -> None:
    check = structure.ask(about(JPEG, located(**changed), keep=COARSE))
    assert not check.passed
    assert "CANARY" not in check.detail


def test_a_cell_of_another_grid_does_not_stay(about: Ask) -> None:
    for km in (2.0, 5.0, 100.0):
        assert not passed(about, located(), Keep(KEEP.kinds, km))


def test_a_second_gps_directory_does_not_stay(about: Ask) -> None:
    block = piexif.dump({"GPS": BERLIN})
    start = block.index(struct.pack(">HH", 0x8825, 4)) - 2
    entry = block[start + 2 : start + 14]
    twice = block[:start] + struct.pack(">H", 2) + entry * 2 + block[start + 14 :]
    assert not passed(about, encoded(PICTURE, "JPEG", exif=twice), COARSE)


def test_a_value_of_another_type_does_not_stay(about: Ask) -> None:
    # One LONG in place of a SHORT: TIFF type 4, the value in all four bytes.
    entry = struct.pack(">HHII", 0x0112, 4, 1, 6)
    block = b"MM\0*\0\0\0\x08\0\1" + entry + bytes(4)
    assert not passed(about, encoded(PICTURE, "JPEG", exif=b"Exif\0\0" + block))
    assert passed(about, encoded(PICTURE, "JPEG", exif=b"Exif\0\0" + block.replace(entry, SHORT_ENTRY)))


SHORT_ENTRY = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)


@pytest.mark.parametrize(
    ("colour", "palette", "transparency", "allowed"),
    [
        (0, 0, 2, True),
        (0, 0, 6, False),
        (0, 3, 0, False),
        (2, 0, 6, True),
        (2, 0, 7, False),
        (3, 12, 4, True),
        (3, 12, 1, True),
        (3, 12, 5, False),
        (3, 11, 1, False),
        (4, 0, 2, False),
        (6, 0, 6, False),
    ],
)
def test_palette_and_transparency_are_as_long_as_the_picture_needs(
    about: Ask,
    colour: int,
    palette: int,
    transparency: int,
    allowed: bool,  # noqa: FBT001 - a truth table
) -> None:
    rows = (b"\0" + bytes(4 * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour])) * 4
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, colour, 0, 0, 0))]
    chunks += [(b"PLTE", bytes(palette))] * (palette > 0) + [(b"tRNS", bytes(transparency))] * (transparency > 0)
    chunks += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    assert passed(about, b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)) == allowed


def test_a_profile_is_one_whole_profile_under_a_name_that_says_nothing(about: Ask) -> None:
    for container in ("JPEG", "PNG", "WebP"):
        for profile in (PROFILE + b"CANARY", PROFILE[:200], b"CANARY" * 40):
            assert not passed(about, encoded(PICTURE, container, icc_profile=profile))
    named = with_png_chunk(encoded(PICTURE, "PNG"), b"iCCP", b"CANARY\0\0" + zlib.compress(PROFILE))
    assert not passed(about, named)


def test_a_colour_profile_stays_only_with_colour(about: Ask) -> None:
    for container in ("JPEG", "PNG", "WebP"):
        copy = encoded(PICTURE, container, icc_profile=PROFILE)
        assert passed(about, copy)
        assert not passed(about, copy, Keep(frozenset({"orientation"})))


def private(name: bytes, body: bytes) -> bytes:
    """The profile with one more tag at its end, and where that leaves room for it."""
    count = int.from_bytes(PROFILE[128:132], "big")
    moved = bytearray(PROFILE[:128] + struct.pack(">I", count + 1))
    for place in range(132, 132 + 12 * count, 12):
        tag, start, size = struct.unpack_from(">4sII", PROFILE, place)
        moved += struct.pack(">4sII", tag, start + 12, size)
    moved += struct.pack(">4sII", name, len(PROFILE) + 12, len(body)) + PROFILE[132 + 12 * count :] + body
    return struct.pack(">I", len(moved)) + bytes(moved[4:])


@pytest.mark.parametrize(
    "profile",
    [
        private(b"mmod", b"mmod\0\0\0\0" + b"CANARY 77"),
        private(b"dscm", b"text\0\0\0\0screen 4758210"),
        private(b"dscm", b"text\0\0\0\0measured 2024-05-06"),
        private(b"dscm", b"text\0\0\0\0Serial"),
        private(b"dscm", b"CNRY\0\0\0\0screen"),
        private(b"gamt", b"CNRY\0\0\0\0CANARY"),
        struct.pack(">I", len(PROFILE) + 8) + PROFILE[4:] + b"CANARY!!",
        PROFILE[:110] + b"CANARY" + PROFILE[116:],
    ],
)
def test_a_profile_that_tells_of_a_device_does_not_stay(about: Ask, profile: bytes) -> None:
    for container in ("JPEG", "PNG", "WebP"):
        assert not passed(about, encoded(PICTURE, container, icc_profile=profile))


def test_a_profile_with_a_product_in_its_texts_stays(about: Ask) -> None:
    assert passed(about, encoded(PICTURE, "JPEG", icc_profile=private(b"dscm", b"text\0\0\0\0IEC61966-2.1, 1998!")))


def test_a_wrong_checksum_is_seen_in_a_copy(about: Ask) -> None:
    time = with_png_chunk(PNG, b"tIME", bytes(7))
    place = time.index(b"tIME") + 4 + 7
    broken = time[:place] + b"\0\0\0\0" + time[place + 4 :]
    check = structure.ask(about(PNG, broken, keep=Keep(frozenset({"orientation", "colour", "time"}))))
    assert not check.passed
    assert "checksum of tIME" in check.detail


ANY_SIZE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANY_SIZE
@given(st.integers(0xE0, 0xFE), st.binary(max_size=40))
def test_no_foreign_segment_slips_into_a_jpeg(about: Ask, marker: int, body: bytes) -> None:
    assert not passed(about, with_segment(JPEG, marker, body))


@ANY_SIZE
@given(st.binary(min_size=4, max_size=4), st.binary(max_size=40))
def test_no_foreign_chunk_slips_into_a_png_or_webp(about: Ask, kind: bytes, body: bytes) -> None:
    harmless = {
        b"pHYs",
        b"sBIT",
        b"sRGB",
        b"gAMA",
        b"cHRM",
        b"cICP",
        b"mDCV",
        b"cLLI",
        b"tRNS",
        b"PLTE",
        b"VP8L",
        b"ALPH",
    }
    if kind not in harmless:
        assert not passed(about, with_png_chunk(PNG, kind, body))
        assert not passed(about, with_riff_chunk(WEBP, kind, body))


def metadata_of(data: bytes) -> range:
    """The bytes of the EXIF block's content."""
    start = data.index(b"MM\0*")
    return range(start + 8, start + len(ORIENTED) - 6)


@pytest.mark.parametrize("data", [JPEG, WEBP], ids=["JPEG", "WebP"])
def test_any_bit_flipped_in_exif_is_seen_or_is_another_of_the_eight_orientations(about: Ask, data: bytes) -> None:
    for place in metadata_of(data):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            if passed(about, bytes(flipped)):
                assert Pillow.open(io.BytesIO(flipped)).getexif()[piexif.ImageIFD.Orientation] in range(1, 9)


@pytest.mark.parametrize("data", [JPEG, PNG, WEBP], ids=["JPEG", "PNG", "WebP"])
def test_a_copy_cut_anywhere_is_refused_without_a_crash(about: Ask, data: bytes) -> None:
    for end in range(0, len(data) - 1, 97):
        assert not passed(about, data[:end])
