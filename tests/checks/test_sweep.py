"""Bytes that tell a place are found wherever they stand; noise tells none."""

from __future__ import annotations

import re
import struct

import numpy as np
import piexif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redact.checks import sweep
from redact.checks.sweep.quick import SIGNATURES, stretches, telling
from redact.checks.sweep.texts import DECIMAL, NAMES, POSITIONS, is_named, positions, texts
from redact.errors import DamagedFileError
from tests.checks.conftest import Ask, encoded, noise

CLEAN = np.random.default_rng(3).bytes(1 << 21)
"""What compressed data looks like."""
NAMED = re.compile(NAMES.pattern, re.IGNORECASE)
LATITUDE, LONGITUDE = 12.345678, -45.678912


def hidden(mark: bytes, place: int = 1 << 20) -> bytes:
    return CLEAN[:place] + mark + CLEAN[place:]


def degrees(value: float) -> tuple[tuple[int, int], ...]:
    minutes, seconds = divmod(round(abs(value) * 3600 * 1000), 60 * 1000)
    return (minutes // 60, 1), (minutes % 60, 1), (seconds, 1000)


@pytest.fixture(scope="module")
def original() -> bytes:
    """A photograph with a position in EXIF."""
    place = {piexif.GPSIFD.GPSLatitude: degrees(LATITUDE), piexif.GPSIFD.GPSLongitude: degrees(LONGITUDE)}
    refs = {piexif.GPSIFD.GPSLatitudeRef: "N", piexif.GPSIFD.GPSLongitudeRef: "W"}
    return encoded(noise(32, 32), "JPEG", exif=piexif.dump({"GPS": {**place, **refs}}))


def test_noise_tells_no_place(about: Ask) -> None:
    check = sweep.ask(about(CLEAN, CLEAN))
    assert check.passed, check.detail


MARKS = [
    b"exif:GPSLatitude",
    b"GPSLongitude",
    b"gpslatitude",
    b"drone-dji:GpsLatitude",
    b"drone-dji:x",
    b"com.apple.quicktime.location.ISO6709",
    b"http://ns.adobe.com/xap/1.0/\0",
    b"Photoshop 3.0\0",
    b"loci\0\0\0\0",
    b"GPS5l\x14\0\x10",
    b"GImage:Data",
    b"MPF\0MM\0*",
    b"+12.3456-045.6789/",
    b"+1220.74-04540.73+012/",
    b"12.345678, -45.678912",
    b"12.3457N 45.6789W",
    b"lat: 12.345",
    b'"lng": -45.678',
    b"12,20.7407N",
    b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9",
    b"$GNRMC,123519,A,4807.038,N",
]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("place", [0, 1, (1 << 20) - 7, len(CLEAN)])
def test_a_mark_of_a_place_is_found_anywhere(about: Ask, mark: bytes, place: int) -> None:
    check = sweep.ask(about(b"?", hidden(mark, place)))
    assert not check.passed
    assert mark.decode("latin-1") not in check.detail


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["GPSLatitude", "+12.3456-045.6789/", "12.345678, -45.678912"])
def test_a_mark_in_utf_16_is_found(about: Ask, order: str, text: str) -> None:
    for place in (1000, 1001, (1 << 20) - 9):
        assert not sweep.ask(about(b"?", hidden(text.encode(order), place))).passed


@pytest.mark.parametrize(
    "text",
    [b"24.0-70.0 mm f/2.8", b"FNumber 2.8, 1/125", b"sRGB IEC61966-2.1", b"2026:01:02 03:04:05.123", b"v1.23.4567"],
)
def test_ordinary_text_tells_no_place(about: Ask, text: bytes) -> None:
    assert sweep.ask(about(b"?", hidden(text))).passed


def rationals(order: str) -> bytes:
    return struct.pack(order + "6I", *(number for pair in degrees(LATITUDE) for number in pair))


@pytest.mark.parametrize(
    "told",
    [
        b"at 12.3456 north",
        b"45.6789",
        rationals("<"),
        rationals(">"),
        struct.pack("<2d", LATITUDE, LONGITUDE),
        struct.pack(">2d", LONGITUDE, LATITUDE),
        struct.pack("<2d", round(LATITUDE, 7), -round(LONGITUDE, 7)),
    ],
)
def test_the_originals_own_coordinates_are_found_in_any_spelling(about: Ask, original: bytes, told: bytes) -> None:
    assert sweep.ask(about(original, CLEAN)).passed
    check = sweep.ask(about(original, hidden(told)))
    assert not check.passed
    assert "12.3" not in check.detail
    assert "45.6" not in check.detail


WILD = ((215, 1), (0, 1), (0, 1)), ((0xFFFFFFFF, 1), (0, 1), (0, 1)), ((91, 1), (0, 1), (0, 1))


@pytest.mark.parametrize("wild", WILD, ids=["215", "2**32 - 1", "91"])
@pytest.mark.parametrize("tag", [piexif.GPSIFD.GPSLatitude, piexif.GPSIFD.GPSLongitude])
def test_a_place_on_no_globe_withholds_nothing(about: Ask, wild: object, tag: int) -> None:
    other = {piexif.GPSIFD.GPSLatitude: degrees(LATITUDE), piexif.GPSIFD.GPSLongitude: degrees(LONGITUDE)}
    source = encoded(noise(32, 32), "JPEG", exif=piexif.dump({"GPS": {**other, tag: wild}}))
    check = sweep.ask(about(source, CLEAN))
    assert check.passed, check.detail


def test_a_run_of_one_coordinate_takes_no_time(about: Ask) -> None:
    """28.6331153 degrees are 0x11111111 as a scaled integer: it stands at every byte of a copy made of 0x11."""
    source = b"... 28.6331153, 77.2190000 ..."
    assert sweep.ask(about(source, hidden(b"\x11" * 200_000))).passed
    told = struct.pack("<i", round(77.219 * 1e7))
    assert not sweep.ask(about(source, hidden(b"\x11" * 200_000 + told))).passed


def test_an_unreadable_source_is_the_sources_fault(about: Ask) -> None:
    with pytest.raises(DamagedFileError):
        sweep.ask(about(b"", CLEAN))


def test_coordinates_told_as_text_are_found_as_scaled_integers(about: Ask) -> None:
    source = b"... +12.345678-045.678912/ ..."
    told = struct.pack("<2i", round(LATITUDE * 1e7), round(LONGITUDE * 1e7))
    assert not sweep.ask(about(source, hidden(told))).passed
    assert sweep.ask(about(source, hidden(told[:4]))).passed


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0.01, 89.9), st.floats(0.01, 179.9), st.integers(0, 4000))
def test_every_iso_6709_text_is_found(about: Ask, latitude: float, longitude: float, place: int) -> None:
    text = f"{latitude:+08.4f}{-longitude:+09.4f}/".encode()
    assert not sweep.ask(about(b"?", CLEAN[:place] + text + CLEAN[place:4096])).passed


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_rubbish_after_an_exif_mark_does_not_crash_the_sweep(about: Ask, rubbish: bytes) -> None:
    source = b"Exif\0\0MM\0*\0\0\0\x08" + rubbish
    sweep.ask(about(source, CLEAN[:4096]))


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("place", [0, 65_536 - 3, 65_536, 1_000_000])
def test_a_signature_is_seen_wherever_it_stands(about: Ask, signature: bytes, place: int) -> None:
    check = sweep.ask(about(b"?", hidden(signature, place)))
    assert "telemetry or location signature" in check.detail
    broken = signature[:-1] + bytes([signature[-1] ^ 0x80])
    assert "signature" not in sweep.ask(about(b"?", hidden(broken, place))).detail


@given(st.from_regex(POSITIONS) | st.from_regex(NAMED) | st.from_regex(DECIMAL), st.sampled_from([1, 2]))
def test_the_quick_search_misses_nothing_that_the_exact_patterns_match(told: bytes, width: int) -> None:
    hidden_text = b"".join(told[place : place + 1] + b"\0" * (width - 1) for place in range(len(told)))
    data = b"\xff" * 40 + hidden_text + b"\xff" * 40
    assert any(
        is_named(text) or any(positions(text)) or DECIMAL.search(text) for text in texts(stretches(data, telling(data)))
    )


def test_more_decoys_than_can_be_told_apart_are_withheld(about: Ask, original: bytes) -> None:
    decoy = struct.pack("<d", LATITUDE)[-4:]
    assert not sweep.ask(about(original, decoy * (1 << 20) + b"\0" * 8 + decoy)).passed
