"""Every byte of a GIF copy is allowed, or the copy is refused."""

from __future__ import annotations

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageCms

from redact.checks import pixels, structure
from redact.checks.reading import Flaw
from redact.checks.structure import gif
from redact.model import Keep
from tests.checks.conftest import Ask, noise
from tests.formats.laden import saved

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
FRAMES = [Pillow.fromarray(noise(24, 32, seed)).quantize(256) for seed in range(3)]
STILL = saved(FRAMES[0], "GIF")
MOVING = saved(FRAMES[0], "GIF", save_all=True, append_images=FRAMES[1:], duration=100, loop=0)
BLOCKS_AT = 13 + 3 * 256
LOOP = b"\x21\xff\x0bNETSCAPE2.0\3\1\0\0\0"
CONTROL_AT = MOVING.index(b"\x21\xf9\x04")
COMMENT = b"\x21\xfe\x06CANARY\0"
PLAIN_TEXT = b"\x21\x01\x0c" + bytes(12) + b"\x06CANARY\0"


def profile(content: bytes, length: int = 255) -> bytes:
    pieces = [content[start : start + length] for start in range(0, len(content), length)]
    return b"\x21\xff\x0bICCRGBG1012" + b"".join(bytes((len(each),)) + each for each in pieces) + b"\0"


def control(flags: int = 0, transparent: int = 0) -> bytes:
    return bytes((0x21, 0xF9, 4, flags, 0, 0, transparent, 0))


def with_block(extra: bytes, data: bytes = MOVING) -> bytes:
    return data[:BLOCKS_AT] + extra + data[BLOCKS_AT:]


def patched_place(left: int, top: int) -> bytes:
    """The animation with its last image moved."""
    place = MOVING.index(b"\x2c", MOVING.rindex(b"\x21\xf9\x04") + 8) + 1
    width, height = struct.unpack_from("<HH", MOVING, place + 4)
    moved = struct.pack("<HH", 32 - width + left, 24 - height + top)
    return MOVING[:place] + moved + MOVING[place + 4 :]


def at_the_end(extra: bytes) -> bytes:
    return MOVING[:-1] + extra + b"\x3b"


@pytest.mark.parametrize(
    "copy",
    [STILL, MOVING, with_block(profile(PROFILE)), with_block(control(), STILL), with_block(LOOP, STILL)],
    ids=["still", "moving", "profile", "control", "loop"],
)
def test_a_clean_gif_passes_and_is_the_same_picture_as_itself(about: Ask, copy: bytes) -> None:
    check = structure.ask(about(copy, copy))
    assert check.passed, check.detail
    assert pixels.ask(about(copy, copy)).detail == "the coded data is bit-identical"


@pytest.mark.parametrize(
    ("copy", "word"),
    [
        (with_block(COMMENT), "extension 0xfe"),
        (patched_place(30000, 30000), "outside of the screen"),
        (patched_place(1, 0), "outside of the screen"),
        (patched_place(0, 1), "outside of the screen"),
        (with_block(PLAIN_TEXT), "extension 0x01"),
        (with_block(b"\x21\x42\x06CANARY\0"), "extension 0x42"),
        (with_block(b"\x21\x2c\x06\0\0\0\1\0\1\0"), "extension 0x2c"),
        (with_block(b"\x21\xff\x0bXMP DataXMP\1\0\0"), "extension 0xff"),
        (with_block(b"\x21\xff\x0bCANARY12345\1\0\0"), "extension 0xff"),
        (with_block(LOOP), "two loop counts"),
        (with_block(LOOP[:-1] + b"\6CANARY\0", STILL), "extension 0xff"),
        (with_block(LOOP.replace(b"\3\1", b"\3\2"), STILL), "extension 0xff"),
        (with_block(profile(PROFILE + b"CANARY")), "extension 0xff"),
        (with_block(profile(PROFILE, 100)), "extension 0xff"),
        (with_block(profile(PROFILE) * 2), "two profiles"),
        (with_block(control(0x20), STILL), "extension 0xf9"),
        (with_block(control(0, 7), STILL), "extension 0xf9"),
        (with_block(control() * 2, STILL), "not followed by its image"),
        (with_block(control() + LOOP, STILL), "not followed by its image"),
        (with_block(b"\0"), "between the blocks"),
        (with_block(b"CANARY"), "no block"),
        (at_the_end(b"\0"), "after the trailer"),
        (at_the_end(control()), "no image at the end"),
        (at_the_end(COMMENT), "extension 0xfe"),
        (at_the_end(b"\x2c\0\0\0\0\1\0\1\0\x08\2\1\0\0"), "an image"),
        (MOVING + b"CANARY", "after the trailer"),
        (MOVING[:-1], "ends"),
        (MOVING[:BLOCKS_AT] + b"\x3b", "no image"),
        (b"GIF88a" + MOVING[6:], "no screen"),
    ],
)
def test_what_does_not_belong_is_seen_and_named_without_its_value(about: Ask, copy: bytes, word: str) -> None:
    check = structure.ask(about(STILL, copy))
    assert not check.passed
    assert word in check.detail
    assert "CANARY" not in check.detail


def test_a_profile_stays_only_with_colour(about: Ask) -> None:
    copy = with_block(profile(PROFILE))
    assert not structure.ask(about(copy, copy, keep=Keep(frozenset({"orientation"})))).passed


def test_the_description_tells_what_is_shown() -> None:
    told = gif.still(with_block(profile(PROFILE)))
    assert (told.size, told.animated, told.profile, told.readings) == ((32, 24), True, PROFILE, frozenset({1}))
    assert not gif.still(STILL).animated


@pytest.mark.parametrize(
    "other",
    [
        MOVING[: CONTROL_AT + 4] + bytes((MOVING[CONTROL_AT + 4] ^ 1,)) + MOVING[CONTROL_AT + 5 :],
        MOVING.replace(LOOP, LOOP.replace(b"\3\1\0", b"\3\1\7")),
        MOVING[:13] + bytes((MOVING[13] ^ 1,)) + MOVING[14:],
        MOVING[:-9] + bytes((MOVING[-9] ^ 1,)) + MOVING[-8:],
        with_block(control(), STILL)[:-1] + STILL[BLOCKS_AT:],
    ],
    ids=["delay", "loop", "colour", "pixel", "image"],
)
def test_another_picture_is_not_the_same(about: Ask, other: bytes) -> None:
    assert other != MOVING
    assert not pixels.ask(about(MOVING, other)).passed


@given(changes=st.lists(st.tuples(st.integers(0, len(MOVING) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_garbled_bytes_are_described_or_are_a_flaw(changes: list[tuple[int, int]]) -> None:
    data = bytearray(MOVING)
    for place, value in changes:
        data[place] = value
    try:
        told = gif.still(bytes(data))
    except Flaw:
        return
    assert all(0 <= start <= end <= len(data) for _, start, end in told.coded)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(label=st.integers(0, 255).filter(lambda label: label != 0xF9), content=st.binary(min_size=1, max_size=40))
def test_no_foreign_extension_slips_in(about: Ask, label: int, content: bytes) -> None:
    extra = bytes((0x21, label, len(content))) + content + b"\0"
    assert not structure.ask(about(STILL, with_block(extra))).passed
