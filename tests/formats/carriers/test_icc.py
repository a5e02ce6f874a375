"""Colour profiles: whole and of the size they say, or dropped; of a device only the colours stay."""

from __future__ import annotations

import struct
import time
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageCms

from redact.checks.structure import icc as independent
from redact.formats.carriers import icc
from redact.model import Field

COMMON = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def with_tag(profile: bytes, name: bytes, body: bytes) -> bytes:
    """The profile with one more tag at its end."""
    count = int.from_bytes(profile[128:132], "big")
    table = b"".join(
        struct.pack(">4sII", tag, start + 12, size)
        for tag, start, size in struct.iter_unpack(">4sII", profile[132 : 132 + 12 * count])
    )
    table += struct.pack(">4sII", name, len(profile) + 12, len(body))
    longer = profile[4:128] + struct.pack(">I", count + 1) + table + profile[132 + 12 * count :] + body
    return struct.pack(">I", len(longer) + 4) + longer


def text(words: str) -> bytes:
    return b"text\0\0\0\0" + words.encode() + b"\0"


def localised(words: str) -> bytes:
    coded = words.encode("utf-16-be")
    return b"mluc" + struct.pack(">4xII4sII", 1, 12, b"enUS", len(coded), 28) + coded


def crowded(name: bytes, form: bytes, count: int, shift: int) -> bytes:
    """A profile of the largest size with so many tags on the same data, each so many bytes shorter than the last."""
    first = 132 + 12 * count
    data = form + bytes(4) + b"a" * (icc.LARGEST_PROFILE_BYTES - first - 8)
    table = b"".join(struct.pack(">4sII", name, first, len(data) - each * shift) for each in range(count))
    head = struct.pack(">I", icc.LARGEST_PROFILE_BYTES) + COMMON[4:100] + bytes(28)
    return head + struct.pack(">I", count) + table + data


def shown(profile: bytes, intent: ImageCms.Intent) -> bytes:
    """Random colours of the profile as sRGB."""
    colours = Pillow.fromarray(np.random.default_rng(3).integers(0, 256, (40, 40, 3), np.uint8))
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    turned = ImageCms.profileToProfile(colours, source, ImageCms.createProfile("sRGB"), renderingIntent=intent)
    assert turned is not None
    return turned.tobytes()


DEVICES = {
    "private tag": with_tag(COMMON, b"mmod", b"mmod\0\0\0\0CANARY"),
    "dictionary": with_tag(COMMON, b"meta", b"dict\0\0\0\0CANARY"),
    "measurements": with_tag(COMMON, b"targ", text("CANARY")),
    "day of calibration": with_tag(COMMON, b"calt", b"dtim\0\0\0\0" + struct.pack(">6H", 2024, 5, 6, 7, 8, 9)),
    "serial number": with_tag(COMMON, b"dmdd", text("CANARY 4758210")),
    "serial number in UTF-16": with_tag(COMMON, b"dscm", localised("CANARY S/N 12")),
    "day": with_tag(COMMON, b"dmdd", text("CANARY 2024-05-06")),
    "day, the other way round": with_tag(COMMON, b"dmdd", text("CANARY 6.5.2024")),
    "place": with_tag(COMMON, b"dmdd", text("CANARY 47.5821")),
    "address": with_tag(COMMON, b"dmdd", text("CANARY@example.org")),
    "type that is none": with_tag(COMMON, b"gamt", b"CNRY\0\0\0\0CANARY"),
    "bytes behind all tags": struct.pack(">I", len(COMMON) + 8) + COMMON[4:] + b"CANARY!!",
    "bytes in the header": COMMON[:104] + b"CANARY" + COMMON[110:],
    "table of languages that is none": with_tag(COMMON, b"dscm", b"mluc\0\0\0\0\0\0\1\0\0\0\0\x0cCANARY"),
    "language that is none": with_tag(COMMON, b"dscm", localised("x").replace(b"enUS", b"4758") + b"CANARY"),
    "tag that lies outside": COMMON[:136] + b"\x7f\0\0\0" + COMMON[140:],
}


def test_a_profile_ends_where_it_says(profile: bytes) -> None:
    assert icc.profile(profile + b"CANARY") == profile
    assert icc.model(profile) == "colour"


@pytest.mark.parametrize("place", [0, 16, 36, 128])
def test_a_profile_that_is_none_is_dropped(profile: bytes, place: int) -> None:
    assert icc.profile(profile[:place] + b"\xff\xff\xff\xff" + profile[place + 4 :]) is None


def test_a_profile_that_is_cut_short_is_dropped(profile: bytes) -> None:
    assert icc.profile(profile[:-1]) is None


@pytest.mark.parametrize(("name", "form"), [(b"dmdd", b"text"), (b"dscm", b"mluc"), (b"rTRC", b"curv")])
def test_tags_that_claim_more_than_the_profile_has_make_it_none_and_take_no_time(name: bytes, form: bytes) -> None:
    profile = crowded(name, form, 200, shift=1)
    start = time.process_time()
    assert icc.profile(profile) is None
    assert independent.sound(profile) == b""
    assert time.process_time() - start < 2


@pytest.mark.parametrize(("name", "form"), [(b"dmdd", b"text"), (b"rTRC", b"curv")])
def test_tags_that_share_megabytes_are_looked_at_once(name: bytes, form: bytes) -> None:
    profile = crowded(name, form, 200, shift=0)
    start = time.process_time()
    fresh = icc.profile(profile)
    assert fresh == independent.sound(profile)
    assert (fresh == profile) == (form == b"curv")
    assert time.process_time() - start < 5


def test_a_text_as_long_as_a_book_does_not_stay() -> None:
    long = with_tag(COMMON, b"dscm", text("a" * 40_000))
    assert icc.profile(long) == independent.sound(long) != long


@pytest.mark.parametrize(
    "words",
    ["IEC61966-2.1", "Adobe RGB (1998)", "Display P3", "Copyright 2004 A Maker, Inc.", "FOGRA39 (ISO 12647-2:2004)"],
)
def test_a_profile_that_names_a_product_stays_as_it_is(words: str) -> None:
    for body in (text(words), localised(words)):
        common = with_tag(COMMON, b"dscm", body)
        assert icc.profile(common) == common == independent.sound(common)
        assert list(icc.fields(common, "here")) == [Field("ICC profile", "colour", "here")]


@pytest.mark.parametrize("device", DEVICES.values(), ids=DEVICES)
def test_of_a_device_only_the_colours_stay(device: bytes) -> None:
    fresh = icc.profile(device)
    assert fresh is not None
    assert fresh != device
    for letters in (b"CANARY", "CANARY".encode("utf-16-be"), COMMON[24:36], COMMON[80:84]):
        assert letters not in fresh
    assert Field("ICC device", "device", "here") in list(icc.fields(device, "here"))
    assert list(icc.fields(fresh, "here")) == [Field("ICC profile", "colour", "here")]


@pytest.mark.parametrize("device", [each for name, each in DEVICES.items() if name != "tag that lies outside"])
def test_the_colours_are_the_same_by_every_intent(device: bytes) -> None:
    fresh = icc.profile(device)
    assert fresh is not None
    for intent in ImageCms.Intent:
        assert shown(fresh, intent) == shown(device, intent)
    old = device[:8] + b"\2\x10\0\0" + device[12:]
    told = icc.profile(old)
    assert told is not None
    assert b"desc\0\0\0\0\0\0\0\x0fcolour profile\0" in told
    assert ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(told))).strip() == "colour profile"


@given(
    st.sampled_from([COMMON, *DEVICES.values()]),
    st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), max_size=4),
    st.sampled_from([b"desc", b"wtpt", b"dscm", b"mmod"]),
    st.sampled_from([b"text\0\0\0\0", b"mluc\0\0\0\0\0\0\0\1\0\0\0\x0c", b"XYZ \0\0\0\0", b""]),
    st.text("019-./@#sn/ SN\0é", max_size=14).map(str.encode) | st.binary(max_size=40),
)
def test_writer_and_verifier_agree_on_every_profile(
    profile: bytes, changes: list[tuple[int, int]], name: bytes, form: bytes, body: bytes
) -> None:
    data = bytearray(with_tag(profile, name, form + body))
    for place, value in changes:
        data[place % len(data)] = value
    fresh = icc.profile(bytes(data))
    assert (fresh or b"") == independent.sound(bytes(data))
    if fresh is not None:
        assert icc.profile(fresh) == fresh
        assert independent.sound(fresh) == fresh
