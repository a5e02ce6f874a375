"""What the formats write of an odd but good file is published or refused, and never withheld by the checks.

Checks and formats read containers each with their own code. Here they meet over what cameras and editors really write
beside the letter of the standards.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import piexif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageCms

from redact.checks import QUESTIONS
from redact.errors import MediaError
from redact.formats import recognise
from redact.model import Box, Check, Keep
from tests.checks.conftest import Ask, encoded, found, noise

PICTURE = noise(48, 64)
GREY = PICTURE[..., 0]
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
KINDS = [
    Keep(),
    Keep(frozenset({"orientation", "colour"})),
    Keep(frozenset({"orientation", "colour", "time", "camera"})),
]


def tiff(entry: bytes) -> bytes:
    """A TIFF block with one entry in its first directory."""
    return b"MM\0*\0\0\0\x08\0\1" + entry + bytes(4)


LONG = tiff(struct.pack(">HHII", 0x0112, 4, 1, 6))
SHORT = tiff(struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0))
TWICE = b"MM\0*\0\0\0\x08\0\2" + LONG[10:22] + SHORT[10:22] + bytes(4)
NONE = tiff(struct.pack(">HHIHH", 0x0112, 3, 1, 9, 0))
CUT = SHORT[:18]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(kind: bytes, body: bytes, picture: bytes = b"") -> bytes:
    data = picture or encoded(PICTURE, "PNG")
    place = data.index(b"IDAT") - 4
    return data[:place] + chunk(kind, body) + data[place:]


def jpeg_with(marker: int, *bodies: bytes) -> bytes:
    data = encoded(PICTURE, "JPEG", quality=90)
    return data[:2] + b"".join(struct.pack(">BBH", 255, marker, len(body) + 2) + body for body in bodies) + data[2:]


def raw_profile(block: bytes) -> bytes:
    """As ImageMagick writes it."""
    digits = (b"Exif\0\0" + block).hex().encode()
    lines = b"\n".join(digits[place : place + 72] for place in range(0, len(digits), 72))
    return b"\nexif\n%8d\n" % (len(block) + 6) + lines + b"\n"


def icc(number: int, count: int, body: bytes) -> bytes:
    return b"ICC_PROFILE\0" + bytes((number, count)) + body


BLOCKS = {
    "long": LONG,
    "short": SHORT,
    "twice": TWICE,
    "none of eight": NONE,
    "cut": CUT,
    "empty": b"",
    "no": b"rubbish",
}
PROFILES = {
    "sound": PROFILE,
    "more behind": PROFILE + b"CANARY" * 9,
    "cut": PROFILE[:300],
    "no mark": PROFILE[:36] + b"xxxx" + PROFILE[40:],
    "other space": PROFILE[:16] + b"XYZ " + PROFILE[20:],
    "many tags": PROFILE[:128] + b"\xff\xff\xff\xff" + PROFILE[132:],
    "short": PROFILE[:20],
}
ODD = {
    **{f"JPEG {name}": jpeg_with(0xE1, b"Exif\0\0" + block) for name, block in BLOCKS.items()},
    **{f"JPEG capitals {name}": jpeg_with(0xE1, b"EXIF\0\0" + block) for name, block in BLOCKS.items()},
    "JPEG both": jpeg_with(0xE1, b"EXIF\0\0" + SHORT.replace(b"\0\6", b"\0\3"), b"Exif\0\0" + SHORT),
    "JPEG in two": jpeg_with(0xE1, b"Exif\0\0" + SHORT[:16], b"Exif\0\0" + SHORT[16:]),
    **{f"JPEG profile {name}": jpeg_with(0xE2, icc(1, 1, profile)) for name, profile in PROFILES.items()},
    "JPEG profile in two": jpeg_with(0xE2, icc(2, 2, PROFILE[200:]), icc(1, 2, PROFILE[:200])),
    "JPEG profile twice": jpeg_with(0xE2, icc(1, 1, PROFILE), icc(1, 1, PROFILE)),
    "JPEG profile half": jpeg_with(0xE2, icc(1, 2, PROFILE)),
    **{f"PNG {name}": png_with(b"eXIf", block) for name, block in BLOCKS.items()},
    **{f"PNG prefix {name}": png_with(b"eXIf", b"Exif\0\0" + block) for name, block in BLOCKS.items()},
    **{
        f"PNG text {name}": png_with(b"tEXt", b"Raw profile type exif\0" + raw_profile(block))
        for name, block in BLOCKS.items()
    },
    "PNG packed text": png_with(b"zTXt", b"Raw profile type APP1\0\0" + zlib.compress(raw_profile(SHORT))),
    "PNG other text": png_with(b"iTXt", b"Raw profile type exif\0\0\0en\0x\0" + raw_profile(SHORT)),
    "PNG other packed text": png_with(b"iTXt", b"Raw profile type exif\0\1\0\0\0" + zlib.compress(raw_profile(LONG))),
    "PNG garbled text": png_with(b"zTXt", b"Raw profile type exif\0\0rubbish"),
    **{
        f"PNG profile {name}": png_with(b"iCCP", b"any\0\0" + zlib.compress(profile))
        for name, profile in PROFILES.items()
    },
    "PNG profile garbled": png_with(b"iCCP", b"any\0\0rubbish"),
    "PNG profile and more": png_with(b"iCCP", b"any\0\0" + zlib.compress(PROFILE) + b"CANARY"),
    "PNG long transparency": png_with(b"tRNS", bytes(7)),
    "PNG transparency": png_with(b"tRNS", bytes(6)),
    "PNG suggested palette": png_with(b"PLTE", bytes(30)),
    "PNG grey with a palette": png_with(b"PLTE", bytes(30), encoded(GREY, "PNG")),
    "PNG significant bits": png_with(b"sBIT", b"\5\6\5"),
    **{f"WebP {name}": encoded(PICTURE, "WebP", exif=block) for name, block in BLOCKS.items() if block},
    **{f"WebP capitals {name}": encoded(PICTURE, "WebP", exif=b"EXIF\0\0" + block) for name, block in BLOCKS.items()},
    **{f"WebP profile {name}": encoded(PICTURE, "WebP", icc_profile=profile) for name, profile in PROFILES.items()},
}


def withheld(about: Ask, source: bytes, pixels: bytes | None = None, **parts: object) -> list[Check]:
    """The checks that the stripped file does not pass; none when it is refused."""
    copy = io.BytesIO()
    stream = io.BytesIO(source)
    keep = parts.get("keep", KINDS[1])
    assert isinstance(keep, Keep)
    try:
        recognise(stream).strip(stream, copy, keep, None if pixels is None else io.BytesIO(pixels))
        answers = [question(about(source, copy.getvalue(), **{**parts, "keep": keep})) for question in QUESTIONS]
    except MediaError:
        return []
    return [answer for answer in answers if not answer.passed]


@pytest.mark.parametrize("name", ODD)
def test_an_odd_file_is_published_or_refused(about: Ask, name: str) -> None:
    for keep in KINDS:
        assert withheld(about, ODD[name], keep=keep) == []


COVERED = Box(10, 8, 30, 24)


def covered(picture: np.ndarray) -> np.ndarray:
    copy = picture.copy()
    copy[8:24, 10:30] = 99
    return copy


def with_alpha(picture: np.ndarray) -> np.ndarray:
    return np.dstack((picture, np.full(picture.shape[:2], 255, np.uint8)))


def palette() -> bytes:
    file = io.BytesIO()
    Pillow.fromarray(PICTURE).quantize(64).save(file, "PNG")
    return file.getvalue()


def plain(data: bytes) -> np.ndarray:
    return np.asarray(Pillow.open(io.BytesIO(data)).convert("RGB"))


PAINTED: dict[str, Callable[[], tuple[bytes, bytes]]] = {
    "grey with alpha": lambda: (
        encoded(with_alpha(GREY), "PNG"),
        encoded(covered(with_alpha(np.dstack((GREY, GREY, GREY)))), "PNG"),
    ),
    "grey": lambda: (encoded(GREY, "PNG"), encoded(covered(GREY), "PNG")),
    "palette": lambda: (palette(), encoded(covered(plain(palette())), "PNG")),
    "colour": lambda: (encoded(PICTURE, "PNG"), encoded(covered(PICTURE), "PNG")),
}


@pytest.mark.parametrize("name", PAINTED)
@pytest.mark.parametrize("space", [b"GRAY", b"RGB "])
def test_a_painted_png_with_a_profile_is_published(about: Ask, name: str, space: bytes) -> None:
    source, copy = PAINTED[name]()
    profile = b"any\0\0" + zlib.compress(PROFILE[:16] + space + PROFILE[20:])
    assert withheld(about, png_with(b"iCCP", profile, source), copy, findings=found((0, COVERED))) == []


NUMBERS = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
SIGNED = st.tuples(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1))
TEXTS = st.one_of(st.text(max_size=40).map(str.encode), st.binary(max_size=220))
TIMES = st.one_of(st.datetimes().map(lambda time: f"{time:%Y:%m:%d %H:%M:%S}".encode()), TEXTS)
EXIF = st.fixed_dictionaries(
    {
        "0th": st.fixed_dictionaries(
            {},
            optional={
                piexif.ImageIFD.Make: TEXTS,
                piexif.ImageIFD.Orientation: st.integers(0, 65535),
                piexif.ImageIFD.Artist: TEXTS,
                piexif.ImageIFD.Copyright: TEXTS,
                piexif.ImageIFD.DateTime: TIMES,
            },
        ),
        "Exif": st.fixed_dictionaries(
            {},
            optional={
                piexif.ExifIFD.DateTimeOriginal: TIMES,
                piexif.ExifIFD.OffsetTime: TEXTS,
                piexif.ExifIFD.SubSecTime: st.integers(0, 10**7).map(lambda number: str(number).encode()),
                piexif.ExifIFD.ExposureTime: st.one_of(NUMBERS, st.tuples(st.just(1), st.integers(1, 9000))),
                piexif.ExifIFD.FNumber: st.one_of(NUMBERS, st.tuples(st.integers(1, 9000), st.just(100))),
                piexif.ExifIFD.ISOSpeedRatings: st.integers(0, 65535),
                piexif.ExifIFD.ShutterSpeedValue: st.one_of(
                    SIGNED, st.tuples(st.integers(-9999999, 9999999), st.just(1000000))
                ),
                piexif.ExifIFD.ExposureBiasValue: st.tuples(st.integers(-9, 9), st.integers(-3, 3)),
                piexif.ExifIFD.FocalLength: NUMBERS,
                piexif.ExifIFD.LensSpecification: st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS),
                piexif.ExifIFD.LensModel: TEXTS,
                piexif.ExifIFD.CameraOwnerName: TEXTS,
                piexif.ExifIFD.ColorSpace: st.integers(0, 65535),
                piexif.ExifIFD.Flash: st.integers(0, 65535),
            },
        ),
    }
)
ALL = Keep(frozenset({"orientation", "colour", "time", "camera", "author"}))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EXIF)
def test_whatever_a_camera_tells_what_is_kept_of_it_may_stay(about: Ask, tags: dict[str, dict[int, object]]) -> None:
    source = jpeg_with(0xE1, piexif.dump(tags))
    # A lens that is called like the carrier of a place is rightly held back.
    assert [check for check in withheld(about, source, keep=ALL) if check.name != "sweep"] == []
