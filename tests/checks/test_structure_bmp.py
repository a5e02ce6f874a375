"""Every byte of a BMP copy is allowed, or the copy is refused."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageCms

from redact.checks import pixels, structure
from redact.checks.reading import Flaw
from redact.checks.structure import bmp
from redact.model import Keep
from tests.checks.conftest import Ask, noise
from tests.formats.laden import saved

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ROWS = b"".join(bytes(range(row, row + 15)) + b"\0" for row in range(3))
MASKS = struct.pack("<III", 0xF800, 0x07E0, 0x001F)
POINTS = struct.pack("<12I", *(int(each * 2**30) for each in (0.64, 0.33, 0.03) * 3), *[int(2.2 * 2**16)] * 3)
SRGB, WINDOWS, LINKED, EMBEDDED = b"BGRs", b" niW", b"KNIL", b"DEBM"


def bitmap(
    size: int = 40,
    *,
    depth: int = 24,
    coding: int = 0,
    density: tuple[int, int] = (0, 0),
    used: int = 0,
    important: int = 0,
    planes: int = 1,
    rest: bytes = b"",
    behind: bytes = b"",
    rows: bytes = ROWS,
) -> bytes:
    """A file of 5 x 3 pixels that is true about its sizes; a profile may follow the rows."""
    header = struct.pack("<iiHHIIiiII", 5, 3, planes, depth, coding, len(rows), *density, used, important)
    header = (struct.pack("<I", size) + header + rest).ljust(size, b"\0")
    start = 14 + size + len(behind)
    return b"BM" + struct.pack("<III", start + len(rows), 0, start) + header + behind + rows


def version_5(space: bytes, *, points: bytes = bytes(48), told: tuple[int, ...] = (0, 0, 0, 0)) -> bytes:
    return bytes(16) + space + points + struct.pack("<4I", *told)


def with_profile(profile: bytes, *, size: int | None = None, at: int = 124 + 48) -> bytes:
    rest = version_5(EMBEDDED, told=(4, at, len(profile) if size is None else size, 0))
    data = bitmap(124, rest=rest) + profile
    return data[:2] + struct.pack("<I", len(data)) + data[6:]


def patched(data: bytes, place: int, value: bytes) -> bytes:
    return data[:place] + value + data[place + len(value) :]


def runs(coded: bytes) -> bytes:
    return bitmap(depth=8, coding=1, used=16, behind=bytes(64), rows=coded)


PLAIN = bitmap()
GREY = saved(Pillow.fromarray(noise(24, 32)[..., 0]), "BMP")
FIELDS = bitmap(depth=16, coding=3, behind=MASKS, rows=bytes(36))
RUNS = runs(b"\5\1\0\0\0\3\1\2\3\0\0\1")


@pytest.mark.parametrize(
    "copy",
    [
        PLAIN,
        patched(GREY, 50, bytes(4)),
        FIELDS,
        RUNS,
        bitmap(52, depth=16, coding=3, rest=MASKS, rows=bytes(36)),
        bitmap(64),
        bitmap(108, rest=bytes(16) + SRGB),
        bitmap(124, rest=version_5(WINDOWS)),
        with_profile(PROFILE),
        bitmap(density=(2835, 2835)),
    ],
    ids=["plain", "grey", "fields", "runs", "masks inside", "OS/2", "version 4", "version 5", "profile", "density"],
)
def test_a_clean_bmp_passes_and_is_the_same_picture_as_itself(about: Ask, copy: bytes) -> None:
    check = structure.ask(about(copy, copy))
    assert check.passed, check.detail
    assert pixels.ask(about(copy, copy)).detail == "the coded data is bit-identical"


@pytest.mark.parametrize(
    ("copy", "word"),
    [
        (PLAIN + b"CANARY", "not of the size"),
        (patched(PLAIN + b"CANARY", 2, struct.pack("<I", len(PLAIN) + 6)), "after the pixels"),
        (patched(PLAIN, 6, b"CANA"), "reserved"),
        (patched(bitmap(behind=b"CANARY"), 10, struct.pack("<I", 60)), "before the pixels"),
        (bitmap(behind=b"CANA" * 4, used=4), "before the pixels"),
        (bitmap(rows=(bytes(15) + b"C") * 3), "padding"),
        (bitmap(density=(47_582_101, 47_582_101)), "density"),
        (bitmap(density=(4758, 8541)), "density"),
        (bitmap(used=7), "number of colours"),
        (bitmap(important=7), "more than is needed"),
        (bitmap(planes=7), "more than is needed"),
        (patched(PLAIN, 34, b"CANA"), "another size"),
        (bitmap(64, rest=b"CANARY"), "halftoning"),
        (bitmap(52, rest=b"CANARY"), "mask"),
        (bitmap(depth=16, coding=3, behind=b"CANARY67.123", rows=bytes(36)), "mask"),
        (bitmap(108, rest=bytes(16) + SRGB + b"CANARY"), "end points"),
        (bitmap(108, rest=bytes(20) + b"SERIAL=0123456789 OWNER=JaneDoe!".ljust(48)), "end points"),
        (bitmap(108, rest=bytes(20) + struct.pack("<12I", *[475821012] * 9, *[0x10000] * 3)), "end points"),
        (bitmap(108, rest=bytes(20) + POINTS[:36] + struct.pack("<3I", *[0x12345] * 3)), "end points"),
        (bitmap(108, rest=bytes(20) + POINTS[:36] + struct.pack("<3I", *[0x500000] * 3)), "end points"),
        (bitmap(depth=32, rows=(bytes(3) + b"C" + bytes(16)) * 3), "padding"),
        (bitmap(depth=16, rows=(b"\1\x80" + bytes(10)) * 3), "padding"),
        (bitmap(108, rest=bytes(16) + LINKED), "colour space"),
        (bitmap(108, rest=bytes(16) + EMBEDDED), "header that has none"),
        (bitmap(124, rest=version_5(SRGB, told=(9, 0, 0, 0))), "intent"),
        (bitmap(124, rest=version_5(SRGB, told=(4, 47, 58, 0))), "nothing uses"),
        (bitmap(124, rest=version_5(SRGB, told=(4, 0, 0, 47))), "reserved"),
        (with_profile(PROFILE + b"CANARY"), "the profile is none"),
        (with_profile(PROFILE + b"CANARY", size=len(PROFILE)), "after the pixels"),
        (with_profile(PROFILE[:-4]), "the profile is none"),
        (with_profile(PROFILE, at=40), "the profile is none"),
        (runs(b"\5\1\0\3\1\2\3C\0\1"), "padding"),
        (runs(b"\5\1\0\1CANARY"), "another size"),
        (runs(b"\5\1\0\0\0\0\0\0\5\1\0\1"), "more pixels"),
        (runs(b"\x20\1\0\1"), "more pixels"),
        (runs(b"\5\1\0\0"), "too early"),
        (bitmap(coding=4), "unknown coding"),
        (bitmap(coding=5), "unknown coding"),
        (patched(PLAIN, 14, b"\x29"), "known kind"),
        (patched(PLAIN[:-1], 2, struct.pack("<I", len(PLAIN) - 1)), "too early"),
        (PLAIN[:30], "ends"),
    ],
)
def test_what_does_not_belong_is_seen_and_named_without_its_value(about: Ask, copy: bytes, word: str) -> None:
    check = structure.ask(about(PLAIN, copy))
    assert not check.passed
    assert word in check.detail
    assert "CANA" not in check.detail


def test_colour_stays_only_with_its_kind(about: Ask) -> None:
    for copy in (
        with_profile(PROFILE),
        bitmap(124, rest=version_5(WINDOWS)),
        bitmap(124, rest=version_5(bytes(4), points=POINTS)),
        bitmap(124, rest=version_5(SRGB, told=(4, 0, 0, 0))),
    ):
        assert structure.ask(about(copy, copy)).passed
        assert not structure.ask(about(copy, copy, keep=Keep(frozenset({"orientation"})))).passed


def test_padding_is_no_pixel_and_a_pixel_is_one(about: Ask) -> None:
    padded = bitmap(rows=ROWS.replace(b"\x0e\0", b"\x0eC"))
    assert pixels.ask(about(padded, PLAIN)).passed
    assert not pixels.ask(about(patched(PLAIN, 54, b"C"), PLAIN)).passed
    assert not pixels.ask(about(patched(PLAIN, 22, struct.pack("<i", -3)), PLAIN)).passed


def test_a_picture_too_wide_for_its_file_costs_nothing() -> None:
    huge = patched(PLAIN, 18, struct.pack("<ii", 2**31 - 1, 2**31 - 1))
    with pytest.raises(Flaw):
        bmp.still(huge)


@pytest.mark.parametrize("data", [PLAIN, FIELDS, RUNS, with_profile(PROFILE)], ids=["plain", "fields", "runs", "ICC"])
@given(changes=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1, max_size=4))
def test_garbled_bytes_are_described_or_are_a_flaw(data: bytes, changes: list[tuple[int, int]]) -> None:
    spoilt = bytearray(data)
    for place, value in changes:
        spoilt[place % len(spoilt)] = value
    try:
        told = bmp.still(bytes(spoilt))
        bmp.inspect(bytes(spoilt), Keep(frozenset({"colour"})))
    except Flaw:
        return
    assert min(told.size) > 0


def test_a_copy_cut_anywhere_is_refused(about: Ask) -> None:
    for end in range(1, len(PLAIN)):
        assert not structure.ask(about(PLAIN, PLAIN[:end])).passed
