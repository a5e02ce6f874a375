"""Texts that may stay have the form of names; whatever could tell a place or a serial number has not."""

from __future__ import annotations

import io
from pathlib import Path

import piexif
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image as Pillow

import redact
from redact.checks.structure import wording as independent
from redact.formats.carriers import wording
from tests.formats.laden import saved

HIDDEN = "".join(chr(0xE0100 + code) for code in b"SERIAL 0123")

PLACES = (
    "48.8583,2.2945", "geo:48.858,2.294", "8FW4V75V+8Q", "31U DQ 48251 11932", "48 51 29 N 2 17 40 E",
    "Lat 48.85 Lon 2.29", "+48.8583+002.2945/", "https://maps.google.com/?q=48.8584,2.2945", "J" + HIDDEN,
    "lat48,8583lon2,2945", "u09tunquc", "///filled.count.soap", "Ada\u200bLovelace", "Ada\ufe0f", "Ada\u202e",
    "\u3164Ada", "\u0664\u0668 Ada", "48\u00b0 51\u2032 N", "EF24-70 S/N 0123456789", "Serial 77",
    "Ada\u0301\u0301\u0301\u0301\u0301",
)  # fmt: skip
"""Told in a name or as a lens, each tells a place, a serial number, or what nobody sees."""

NAMES = (
    "Ada Lovelace", "Jos\u00e9 Ca\u00f1as", "O\u2019Neil & Co", "J. R. R. Doe-Roe, Jr.", "E.T.",
    "\u5c71\u7530 \u592a\u90ce", "\u0623\u062d\u0645\u062f", "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd",
    "\u0915\u094d\u0937\u093f\u0924\u093f\u091c", "\u0e0a\u0e31\u0e22\u0e27\u0e31\u0e12\u0e19\u0e4c", "Ada; Grace",
    "@jane_doe", "(c) EUROPA PRESS", "\u00a9 2019-2024 Jane Doe", "\u00a91985 David R, All Rights Reserved",
    "\u00a92009 Julie Doe / Mugwum Press, all rights reserved", "FreeFoto.com", "Copyright 2004 Phil H",
)  # fmt: skip

LENSES = (
    "EF-S15-85mm f/3.5-5.6 IS USM", "17.0 - 50.0 mm", "18.0-250.0 mm f/3.5-6.3",
    "iPhone XS back dual camera 4.25mm f/1.8", "iPhone 15 Pro Max back triple camera 6.765mm f/1.78",
    "Pixel 6 Pro back camera 6.81mm f/1.85", "XF50mmF2 R WR", "HUAWEI P30 Rear Main Camera",
    "Canon EF 70-200mm f/2.8L IS II USM + 1.4x", "LUMIX G VARIO 12-60/F3.5-5.6", "OLYMPUS M.12-40mm F2.8",
    "smc PENTAX-DA* 16-50mm F2.8 ED AL [IF] SDM", "24-70mm F2.8 DG DN | Art 019",
    "TAMRON 18-400mm F/3.5-6.3 Di II VC HLD B028", "Nikkor 50mm 1:1.4", "Voigtl\u00e4nder NOKTON 40/1.4",
    "Makro-Planar T* 2/100",
)  # fmt: skip


@pytest.mark.parametrize("text", PLACES)
def test_what_could_tell_a_place_or_a_number_is_no_name_and_no_lens(text: str) -> None:
    assert wording.credit(text) is None
    assert wording.lens(text) is None
    assert not independent.is_credit(text)
    assert not independent.is_lens(text)


@pytest.mark.parametrize(
    "text", ["48.85mm 2.29mm", "EF 48.85 2.29", "48.85-2.29mm", "48.85mm f/2.29", "35mm f/48.8583"]
)
def test_a_lens_has_no_room_for_two_angles(text: str) -> None:
    assert wording.lens(text) is None
    assert not independent.is_lens(text)


@pytest.mark.parametrize(
    "text", ["2004 2005 2006 Ada", "Ada 1805", "Ada 2004.5", "filled.count.soap", "a@b", "/a/", "a,,,,b", ""]
)
def test_a_name_is_neither_an_address_nor_a_row_of_numbers(text: str) -> None:
    assert wording.credit(text) is None
    assert not independent.is_credit(text)


@pytest.mark.parametrize("text", NAMES)
def test_names_and_notices_of_every_script_stay_as_they_are(text: str) -> None:
    assert wording.credit(text) == text
    assert independent.is_credit(text)


@pytest.mark.parametrize("text", LENSES)
def test_lenses_stay_as_they_are(text: str) -> None:
    assert wording.lens(text) == text
    assert independent.is_lens(text)


def test_spaces_and_composed_letters_have_one_form() -> None:
    assert wording.credit(" Jose\u0301   Doe ") == "Jos\u00e9 Doe"
    assert not independent.is_credit("Jose\u0301 Doe")
    assert not independent.is_credit("Jos\u00e9  Doe")
    assert not independent.is_credit(" Jos\u00e9")


ALPHABET = " .,'-&()/;@_:*+|[]019mfFxXaSNno\u00a9\u00e9\u0301\u0300\u200b\u2013\u0e31\u0e0a"


@given(st.text(ALPHABET, max_size=14) | st.text(max_size=20) | st.lists(st.sampled_from(LENSES + NAMES)).map("".join))
@example("1.50mm1.51mm")
@example("f/1.2.3")
def test_writer_and_verifier_agree_on_every_text(text: str) -> None:
    for read, allows in ((wording.credit, independent.is_credit), (wording.lens, independent.is_lens)):
        told = read(text)
        if told is not None:
            assert allows(told)
            assert read(told) == told
        assert not allows(text) or told == text


@pytest.mark.parametrize("text", PLACES)
def test_a_photo_is_published_without_them(picture: Pillow.Image, tmp_path: Path, text: str) -> None:
    told = {
        "0th": {piexif.ImageIFD.Artist: text.encode(), piexif.ImageIFD.Copyright: text.encode()},
        "Exif": {piexif.ExifIFD.LensModel: text.encode()},
    }
    (tmp_path / "a.jpg").write_bytes(saved(picture, "JPEG", exif=piexif.dump(told)))
    policy = redact.Policy(hide={}, keep=frozenset({"author", "copyright", "camera"}))
    receipt = redact.Redactor(policy).file(tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert receipt.ok, receipt.error
    assert not Pillow.open(io.BytesIO((tmp_path / "b.jpg").read_bytes())).getexif()
