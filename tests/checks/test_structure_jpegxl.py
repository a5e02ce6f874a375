"""Every byte of a JPEG XL copy is allowed, or the copy is refused."""

from __future__ import annotations

import struct

import piexif
import pillow_jxl  # noqa: F401 - teaches Pillow the format
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from redact.checks import pixels, structure
from redact.checks.reading import Flaw
from redact.checks.structure import jpegxl
from redact.errors import DamagedFileError
from redact.model import Keep
from tests.checks.conftest import KEEP, Ask, noise
from tests.formats.laden import saved
from tests.formats.test_jpegxl import ANIMATION, HEAD, PREVIEW, box

NAKED = saved(Pillow.fromarray(noise(40, 48)), "JXL", lossless=True)
MIDDLE = len(NAKED) // 2
DATED = piexif.dump({"0th": {piexif.ImageIFD.DateTime: "2026:01:02 03:04:05"}})[6:]
TURNED = piexif.dump({"0th": {piexif.ImageIFD.Orientation: 6}})[6:]
EXIF = box(b"Exif", bytes(4), DATED)
WHOLE = box(b"jxlc", NAKED)
PARTS = box(b"jxlp", b"\0\0\0\0", NAKED[:MIDDLE]) + box(b"jxlp", b"\x80\0\0\1", NAKED[MIDDLE:])
TIMES = Keep(frozenset({"time", "orientation"}))


@pytest.mark.parametrize(
    "copy",
    [NAKED, HEAD + WHOLE, HEAD + PARTS, HEAD + box(b"jxll", b"\x0a") + WHOLE, HEAD + EXIF + PARTS],
    ids=["naked", "whole", "parts", "level", "EXIF"],
)
def test_a_clean_jpeg_xl_passes_and_is_the_same_picture_as_itself(about: Ask, copy: bytes) -> None:
    check = structure.ask(about(copy, copy, keep=TIMES))
    assert check.passed, check.detail
    assert pixels.ask(about(copy, copy)).detail == "the coded data is bit-identical"


@pytest.mark.parametrize(
    ("copy", "word"),
    [
        (HEAD + WHOLE + box(b"xml ", b"CANARY"), "xml"),
        (HEAD + WHOLE + box(b"jumb", b"CANARY"), "jumb"),
        (HEAD + WHOLE + box(b"jbrd", b"CANARY"), "jbrd"),
        (HEAD + WHOLE + box(b"brob", b"ExifCANARY"), "brob"),
        (HEAD + WHOLE + box(b"free", b"CANARY"), "free"),
        (NAKED + b"CANARY", "after its last frame"),
        (ANIMATION + b"CANARY", "after its last frame"),
        (HEAD + box(b"jxlc", NAKED, bytes(1)), "after its last frame"),
        (
            HEAD + PARTS.replace(b"\x80\0\0\1", b"\0\0\0\1") + box(b"jxlp", b"\x80\0\0\2", b"CANARY"),
            "after its last frame",
        ),
        (HEAD + PARTS.replace(b"\x80\0\0\1", b"\0\0\0\1") + box(b"jxlp", b"\x80\0\0\2"), "after its last frame"),
        (NAKED[:-1], "does not end"),
        (HEAD + box(b"jxlc", NAKED[:-1]), "does not end"),
        (HEAD + WHOLE + b"CANARY", "after the last box"),
        (HEAD + WHOLE + b"CANARY7890", "after the last box"),
        (HEAD + WHOLE + bytes(9), "after the last box"),
        (HEAD + b"\0\0\0\0jxlc" + NAKED, "jxlc"),
        (HEAD + struct.pack(">I4sQ", 1, b"jxlc", len(NAKED) + 16) + NAKED, "jxlc"),
        (HEAD + WHOLE + WHOLE, "not there once"),
        (HEAD + WHOLE + PARTS, "not there once"),
        (HEAD + box(b"jxlp", b"\x80\0\0\0", NAKED) * 2, "not there once"),
        (HEAD + box(b"jxlp", b"\0\0\0\0", NAKED), "not there once"),
        (HEAD, "not there once"),
        (HEAD + WHOLE[:-1], "does not fit"),
        (HEAD + WHOLE + EXIF, "another order"),
        (HEAD + EXIF + EXIF + WHOLE, "twice"),
        (HEAD + box(b"Exif", b"CANA", DATED) + WHOLE, "Exif"),
        (HEAD + box(b"Exif", bytes(4), DATED, b"CANARY") + WHOLE, "belong to nothing"),
        (HEAD + box(b"Exif", bytes(4), TURNED) + WHOLE, "0x0112"),
        (HEAD + box(b"jxll", b"CANARY") + WHOLE, "jxll"),
        (HEAD + HEAD[12:] + WHOLE, "twice"),
        (HEAD[:12] + WHOLE, "signature and brand"),
        (HEAD.replace(b"\0\0\0\0jxl ", b"CANAjxl ") + WHOLE, "ftyp"),
        (HEAD + box(b"jxlc", b"CANARY"), "no codestream"),
        (HEAD + box(b"jxlc", PREVIEW), "preview"),
        (PREVIEW, "preview"),
        (NAKED[:2], "no codestream"),
    ],
)
def test_what_does_not_belong_is_seen_and_named_without_its_value(about: Ask, copy: bytes, word: str) -> None:
    check = structure.ask(about(NAKED, copy, keep=TIMES))
    assert not check.passed
    assert word in check.detail
    assert "CANA" not in check.detail


def test_exif_stays_only_with_its_kind(about: Ask) -> None:
    copy = HEAD + EXIF + WHOLE
    assert structure.ask(about(copy, copy, keep=TIMES)).passed
    assert not structure.ask(about(copy, copy, keep=KEEP)).passed


def test_source_and_copy_are_compared_up_to_the_last_frame(about: Ask) -> None:
    for source in (NAKED + b"CANARY", NAKED + bytes(99)):
        assert pixels.ask(about(source, NAKED)).detail == "the coded data is bit-identical"
    assert pixels.ask(about(HEAD + box(b"jxlc", NAKED, b"CANARY"), HEAD + WHOLE)).passed
    with pytest.raises(DamagedFileError):
        pixels.ask(about(NAKED[:-1], NAKED))


def test_another_codestream_is_another_picture(about: Ask) -> None:
    assert pixels.ask(about(HEAD + EXIF + PARTS + b"CANARY", HEAD + PARTS)).passed
    for other in (HEAD + box(b"jxlc", NAKED[:-9] + b"\0" + NAKED[-8:]), HEAD + PARTS):
        assert not pixels.ask(about(HEAD + WHOLE, other)).passed


def test_an_animation_is_told_as_one() -> None:
    assert jpegxl.still(ANIMATION).animated
    assert not jpegxl.still(NAKED).animated


@given(changes=st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), min_size=1, max_size=4))
@pytest.mark.parametrize("data", [NAKED, HEAD + EXIF + PARTS], ids=["naked", "container"])
def test_garbled_bytes_are_described_or_are_a_flaw(data: bytes, changes: list[tuple[int, int]]) -> None:
    spoilt = bytearray(data)
    for place, value in changes:
        spoilt[place] = value
    try:
        told = jpegxl.still(bytes(spoilt))
        jpegxl.inspect(bytes(spoilt), TIMES)
    except Flaw:
        return
    assert all(0 <= start <= end <= len(data) for _, start, end in told.coded)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(code=st.binary(min_size=4, max_size=4), content=st.binary(max_size=40))
def test_no_foreign_box_slips_in(about: Ask, code: bytes, content: bytes) -> None:
    for copy in (HEAD + box(code, content) + WHOLE, HEAD + WHOLE + box(code, content)):
        assert not structure.ask(about(NAKED, copy)).passed
