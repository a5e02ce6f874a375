"""BMP: lists, drops, keeps, refuses damage."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

import redact
from redact.checks.reading import Flaw
from redact.checks.structure import bmp as walk
from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.bmp.file import Bmp
from redact.model import KINDS, Field, Keep
from tests.formats.conftest import Strip
from tests.formats.laden import attempt, frames, saved

INFO = struct.Struct("<IiiHHIIiiII")
CANARY = b"CANARY"
SRGB, LINKED, EMBEDDED, CALIBRATED = b"BGRs", b"KNIL", b"DEBM", bytes(4)
MASKS = struct.pack("<III", 0xF800, 0x07E0, 0x001F)


def bitmap(header: bytes, behind: bytes, pixels: bytes, *, gap: bytes = b"", reserved: bytes = bytes(4)) -> bytes:
    """A file of a header, what stands behind it (masks, palette), a gap, and pixels with what follows them."""
    start = 14 + len(header) + len(behind) + len(gap)
    size = start + len(pixels)
    return b"BM" + struct.pack("<I", size) + reserved + struct.pack("<I", start) + header + behind + gap + pixels


def info(
    size: int,
    width: int,
    height: int,
    depth: int,
    coding: int = 0,
    colours: int = 0,
    density: int = 0,
    rest: bytes = b"",
) -> bytes:
    """A header of 40 bytes or more."""
    return (INFO.pack(size, width, height, 1, depth, coding, 0, density, density, colours, 0) + rest).ljust(size, b"\0")


def version_5(space: bytes, *, place: int = 0, length: int = 0, points: bytes = bytes(48)) -> bytes:
    """A header of 124 bytes for 5 x 3 pixels of 24 bits."""
    rest = bytes(16) + space + points + struct.pack("<IIII", 4, place, length, 0)
    return info(124, 5, 3, 24, rest=rest)


PALETTE = bytes(range(64))
ROWS_24 = b"".join(bytes(range(row, row + 15)) + b"C" for row in range(3))
CLEAN_24 = ROWS_24.replace(b"C", b"\0")
RUNS_8 = b"\x03\x01\x02\x02\0\0" + b"\0\x05\1\2\3\4\5C" + b"\0\0" + b"\0\2\1\0" + b"\4\7" + b"\0\1"
RUNS_4 = b"\x05\x12\0\0" + b"\0\x05\x12\x34\x5fC" + b"\0\0" + b"\5\x21" + b"\0\1"

LADEN = {
    "core": bitmap(struct.pack("<IHHHH", 12, 5, 3, 1, 24), b"", ROWS_24 + CANARY, gap=CANARY, reserved=b"CANA"),
    "info": bitmap(info(40, 5, 3, 24, density=2835), b"", ROWS_24 + CANARY, gap=CANARY, reserved=b"CANA"),
    "top-down": bitmap(info(40, 5, -3, 24), b"", ROWS_24, gap=CANARY),
    "unneeded palette": bitmap(info(40, 5, 3, 24, colours=8), b"CANA" * 8, ROWS_24),
    "black and white": bitmap(info(40, 5, 3, 1), PALETTE[:8], b"\xffCAN\xaaCAN\x55CAN"),
    "grey": bitmap(info(40, 5, 3, 8, colours=16), PALETTE, bytes(range(5)) + b"CAN" + bytes(8) * 2, gap=CANARY),
    "fields": bitmap(info(40, 5, 3, 16, 3), MASKS, (bytes(range(10)) + b"CA") * 3, gap=CANARY),
    "masks inside": bitmap(info(52, 5, 3, 16, 3, rest=MASKS), b"", (bytes(range(10)) + b"CA") * 3, gap=CANARY),
    "alpha": bitmap(info(56, 5, 3, 16, 3, rest=MASKS + bytes(4)), b"", (bytes(range(10)) + b"CA") * 3, gap=CANARY),
    "OS/2": bitmap(info(64, 5, 3, 24, rest=b"CANARY" * 4), b"", ROWS_24),
    "runs": bitmap(info(40, 5, 3, 8, 1, colours=16), PALETTE, RUNS_8 + CANARY),
    "short runs": bitmap(info(40, 5, 3, 4, 2), PALETTE, RUNS_4 + CANARY),
    "version 4": bitmap(info(108, 5, 3, 24, rest=bytes(16) + SRGB + CANARY * 8), b"", ROWS_24),
    "linked": bitmap(version_5(LINKED, place=124 + 48, length=12), b"", ROWS_24 + b"C:\\CANARY.ic"),
}
every_kind = pytest.mark.parametrize("laden", LADEN.values(), ids=LADEN)


def with_profile(profile: bytes) -> bytes:
    """A file with a profile somewhere behind its pixels, and canaries around it."""
    header = version_5(EMBEDDED, place=124 + 48 + 6, length=len(profile))
    return bitmap(header, b"", ROWS_24 + CANARY + profile + CANARY)


def decoded(data: bytes) -> bytes:
    """The pixels as OpenCV reads them."""
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)).tobytes()


def listed(data: bytes) -> set[str]:
    return {field.name for field in Bmp().fields(BytesIO(data))}


@every_kind
def test_nothing_planted_is_left_and_every_pixel_is(laden: bytes, strip: Strip) -> None:
    clean = strip(Bmp(), laden)
    assert b"CAN" not in clean
    assert clean[6:10] == bytes(4)
    assert int.from_bytes(clean[2:6], "little") == len(clean)
    assert frames(clean) == frames(laden)
    assert walk.inspect(clean, Keep(frozenset({"colour"}))) > 0
    assert walk.still(clean).coded[-1] == walk.still(laden).coded[-1]


@every_kind
@pytest.mark.parametrize("kinds", [(), tuple(KINDS)])
def test_stripping_twice_changes_no_byte_and_leaves_nothing_to_list(
    laden: bytes, strip: Strip, kinds: tuple[str, ...]
) -> None:
    clean = strip(Bmp(), laden, *kinds)
    assert strip(Bmp(), clean, *kinds) == clean
    assert listed(laden) != set()
    assert listed(clean) == set()


@pytest.mark.parametrize("kind", ["1", "L", "P", "RGB", "RGBA"])
def test_another_reader_sees_the_same_picture_too(picture: Pillow.Image, strip: Strip, kind: str) -> None:
    data = saved(picture.convert(kind), "BMP", dpi=(300, 300)) + CANARY
    clean = strip(Bmp(), data)
    assert decoded(clean) == decoded(data)
    assert CANARY not in clean
    assert Pillow.open(BytesIO(clean)).info["dpi"] == Pillow.open(BytesIO(data)).info["dpi"]


def test_every_carrier_is_listed() -> None:
    assert listed(LADEN["info"]) == {"reserved fields", "gap before the pixels", "padding", "trailing bytes"}
    assert listed(LADEN["linked"]) == {"path of a colour profile", "padding", "trailing bytes"}
    assert listed(LADEN["OS/2"]) == {"halftoning", "padding"}
    assert listed(LADEN["version 4"]) == {"end points of a colour space that has none", "padding"}
    assert listed(bitmap(info(40, 5, 3, 24, density=47_582_101), b"", CLEAN_24)) == {"density of an odd form"}


def test_a_profile_stays_only_with_colour(profile: bytes, strip: Strip) -> None:
    laden = with_profile(profile)
    assert Field("ICC profile", "colour", "BMP header") in set(Bmp().fields(BytesIO(laden)))
    kept, dropped = strip(Bmp(), laden), strip(Bmp(), laden, "orientation")
    assert kept.endswith(CLEAN_24 + profile)
    assert dropped.endswith(CLEAN_24)
    assert b"CANARY" not in kept
    assert walk.still(kept).profile == walk.still(laden).profile == profile
    assert walk.inspect(kept, Keep(frozenset({"colour"}))) == walk.inspect(dropped, Keep()) + 1
    assert strip(Bmp(), kept) == kept


def end_points(points: Iterable[float], gammas: Iterable[float] = (2.2, 2.2, 2.2)) -> bytes:
    """The numbers of a calibrated space, cut off where their bits end."""
    return struct.pack("<12I", *(int(each * 2**30) for each in points), *(int(each * 2**16) for each in gammas))


OF_SRGB = (0.64, 0.33, 0.03, 0.30, 0.60, 0.10, 0.15, 0.06, 0.79)


def test_end_points_stay_with_colour_where_the_space_has_them(strip: Strip) -> None:
    points = end_points(OF_SRGB)
    data = bitmap(version_5(CALIBRATED, points=points), b"", CLEAN_24)
    assert points in strip(Bmp(), data)
    assert points not in strip(Bmp(), data, "orientation")


def test_end_points_are_rounded_and_what_no_space_has_goes(strip: Strip) -> None:
    fine = bitmap(version_5(CALIBRATED, points=end_points([0.475821012345] * 9, [1.8000345] * 3)), b"", CLEAN_24)
    clean = strip(Bmp(), fine)
    assert struct.unpack_from("<12I", clean, 14 + 60) == (*[round(0.47582 * 2**30)] * 9, *[round(1.8 * 2**16)] * 3)
    assert strip(Bmp(), clean) == clean
    assert walk.inspect(clean, Keep(KINDS)) == 3
    for points in (b"SERIAL=0123456789 OWNER=JaneDoe!".ljust(48), end_points(OF_SRGB, [70] * 3)):
        clean = strip(Bmp(), bitmap(version_5(CALIBRATED, points=points), b"", CLEAN_24))
        assert clean[14 + 56 : 14 + 108] == SRGB + bytes(48)


@pytest.mark.parametrize(
    ("depth", "coding", "rest", "unused"),
    [
        (32, 0, b"", 0xFF000000),
        (16, 0, b"", 0x8000),
        (32, 3, struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0), 0xFF000000),
        (32, 3, struct.pack("<IIII", 0x3FC00000, 0xFF000, 0x3FC, 0), 0xC0300C03),
        (16, 3, struct.pack("<IIII", 0xF00, 0xF0, 0xF, 0), 0xF000),
        (32, 0, struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000), 0xFF000000),
    ],
)
def test_a_picture_in_bits_of_no_colour_goes(depth: int, coding: int, rest: bytes, unused: int, strip: Strip) -> None:
    kind = f"<u{depth // 8}"
    shown = (np.arange(64, dtype=np.uint64) * 0x01F35A7B % 2**depth & ~np.uint64(unused)).astype(kind)
    hidden = (np.arange(64, dtype=np.uint64) * 0x0517C9AD % 2**depth & np.uint64(unused)).astype(kind)
    header = info(108, 8, 8, depth, coding, rest=rest.ljust(16, b"\0") + SRGB)
    laden, plain = (bitmap(header, b"", each.astype(kind).tobytes()) for each in (shown | hidden, shown))
    clean = strip(Bmp(), laden)
    assert clean == strip(Bmp(), plain) == strip(Bmp(), clean)
    assert listed(laden) == {"unused bits of pixels"}
    assert decoded(clean) == decoded(plain)
    assert walk.still(clean).coded == walk.still(laden).coded
    assert walk.inspect(clean, Keep()) > 0
    with pytest.raises(Flaw):
        walk.inspect(clean[: -len(shown.tobytes())] + (shown | hidden).astype(kind).tobytes(), Keep())


def test_transparency_that_has_a_mask_stays(strip: Strip) -> None:
    samples = np.arange(64, dtype="<u4") * 0x01F35A7B
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    clean = strip(Bmp(), bitmap(info(108, 8, 8, 32, 3, rest=masks + SRGB), b"", samples.tobytes()))
    assert clean.endswith(samples.tobytes())


def test_pixels_under_masks_of_nothing_stay_as_readers_take_them(strip: Strip) -> None:
    samples = np.arange(64, dtype="<u4") * 0x01F35A7B
    laden = bitmap(info(56, 8, 8, 32, 3), b"", samples.tobytes())
    clean = strip(Bmp(), laden)
    assert clean.endswith(samples.tobytes())
    assert frames(clean) == frames(laden)
    assert walk.inspect(clean, Keep()) > 0


def test_unused_bits_that_tell_nothing_stay_for_those_who_read_them(strip: Strip) -> None:
    samples = np.arange(64, dtype="<u4") | 0xFF000000
    laden = bitmap(info(40, 8, 8, 32), b"", samples.tobytes())
    assert strip(Bmp(), laden).endswith(samples.tobytes())
    assert listed(laden) == set()


def test_a_density_that_has_room_for_a_place_goes(strip: Strip) -> None:
    clean = strip(Bmp(), bitmap(info(40, 5, 3, 24, density=47_582_101), b"", CLEAN_24))
    assert clean[38:46] == bytes(8)


@pytest.mark.parametrize("coding", [4, 5, 11, 99])
def test_pixels_in_other_codings_are_refused(coding: int) -> None:
    with pytest.raises(UnsupportedFormatError):
        listed(bitmap(info(40, 5, 3, 24, coding), b"", CLEAN_24))


def test_os2_codings_are_refused() -> None:
    with pytest.raises(UnsupportedFormatError):
        listed(bitmap(info(64, 5, 3, 24, 3), b"", CLEAN_24))


def test_painted_pictures_cannot_go_in(strip: Strip) -> None:
    with pytest.raises(UnsupportedFormatError):
        strip(Bmp(), LADEN["info"], pixels=LADEN["info"])


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"BM",
        LADEN["info"][:40],
        bitmap(info(40, 5, 3, 24), b"", CLEAN_24[:-1]),
        bitmap(info(40, 0, 3, 24), b"", CLEAN_24),
        bitmap(info(40, -5, 3, 24), b"", CLEAN_24),
        bitmap(info(40, 5, 0, 24), b"", CLEAN_24),
        bitmap(info(40, 2**31 - 1, -(2**31), 32), b"", CLEAN_24),
        bitmap(info(40, 5, 3, 7), b"", CLEAN_24),
        bitmap(info(40, 5, 3, 8, 3), MASKS, CLEAN_24),
        bitmap(info(40, 5, 3, 16, 3), b"CANARY67.123", CLEAN_24),
        bitmap(info(40, 5, 3, 8), b"", CLEAN_24),
        bitmap(info(40, 5, -4, 8, 1), PALETTE, RUNS_8),
        bitmap(info(40, 5, 4, 8, 1), PALETTE, RUNS_8[:-2]),
        bitmap(info(40, 5, 4, 8, 1), PALETTE, RUNS_8[:-1]),
        bitmap(info(40, 5, 2, 8, 1), PALETTE, RUNS_8),
        bitmap(info(40, 5, 4, 8, 1), PALETTE, b"\x09\0\0\1"),
        bitmap(info(40, 5, 4, 8, 1), PALETTE, b"\0\x08CANARY"),
        LADEN["info"][:10] + b"\x10\0\0\0" + LADEN["info"][14:],
        LADEN["info"][:10] + b"\0\0\1\0" + LADEN["info"][14:],
    ],
)
def test_damage_is_refused(damaged: bytes) -> None:
    with pytest.raises(DamagedFileError) as refusal:
        listed(damaged)
    assert "CANARY" not in str(refusal.value)


@every_kind
@given(share=st.floats(0, 1))
def test_a_file_cut_anywhere_is_refused_or_complete(laden: bytes, share: float) -> None:
    cut = laden[: int(share * len(laden))]
    clean = attempt(Bmp(), cut)
    if clean is not None:
        assert frames(clean) == frames(laden)


@every_kind
@given(changes=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_garbled_file_is_refused_or_its_copy_is_clean(laden: bytes, changes: list[tuple[int, int]]) -> None:
    data = bytearray(laden)
    for place, value in changes:
        data[place % len(data)] = value
    clean = attempt(Bmp(), bytes(data))
    if clean is not None:
        assert attempt(Bmp(), clean) == clean
        assert walk.inspect(clean, Keep(KINDS)) > 0
        assert walk.still(clean).coded[-1] == walk.still(bytes(data)).coded[-1]


@every_kind
def test_a_bmp_is_published(laden: bytes, tmp_path: Path) -> None:
    source, target = tmp_path / "in.bmp", tmp_path / "share" / "out.bmp"
    source.write_bytes(laden)
    receipt = redact.Redactor(redact.Policy(hide={})).file(source, target)
    assert receipt.status == "redacted", receipt
    assert b"CAN" not in target.read_bytes()
