"""What several stills have in common: XMP, Photoshop resources, colour profiles, trailers, bounds."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.errors import DamagedFileError
from redact.formats import bounded, icc, photoshop, trailer, xmp
from redact.model import Field


def kinds(packet: bytes) -> dict[str, str]:
    return {field.name: field.kind for field in xmp.fields(packet, "XMP")}


def test_xmp_properties_are_named_by_what_they_tell() -> None:
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description drone-dji:GpsLatitude="1" drone-dji:GimbalYawDegree="2"'
        b' photoshop:City="x" tiff:Make="y"><GImage:Data>AAAA</GImage:Data></rdf:Description></x:xmpmeta>'
    )
    assert kinds(packet) == {
        "drone-dji:GpsLatitude": "location",
        "drone-dji:GimbalYawDegree": "telemetry",
        "photoshop:City": "location",
        "tiff:Make": "text",
        "GImage:Data": "preview",
    }


def test_xmp_in_utf_16_is_read_too() -> None:
    assert kinds('<rdf:Description exif:GPSLongitude="1"/>'.encode("utf-16")) == {"exif:GPSLongitude": "location"}


def test_a_name_that_could_hold_a_value_is_not_told() -> None:
    assert kinds(b"<a:lat47.5821/> <b:lon8_5417>") == {"XMP": "text"}


@given(st.binary(max_size=300))
def test_any_photoshop_block_is_listed_somehow(untrusted: bytes) -> None:
    assert list(photoshop.fields(b"8BIM" + untrusted, "Photoshop"))
    assert list(photoshop.captions(untrusted, "IPTC"))


def test_photoshop_resources_after_a_named_one_are_found() -> None:
    named = b"8BIM\x04\x00\x03abc" + struct.pack(">I", 3) + b"xyz\0"
    thumbnail = b"8BIM\x04\x0c\0\0" + struct.pack(">I", 2) + b"\0\0"
    fields = list(photoshop.fields(named + thumbnail, "Photoshop"))
    assert fields == [Field("0x0400", "unknown", "Photoshop"), Field("0x040C", "preview", "Photoshop")]


def test_a_profile_ends_where_it_says(profile: bytes) -> None:
    assert icc.profile(profile + b"CANARY") == profile
    assert icc.model(profile) == "colour"


@pytest.mark.parametrize("place", [0, 16, 36, 128])
def test_a_profile_that_is_none_is_dropped(profile: bytes, place: int) -> None:
    assert icc.profile(profile[:place] + b"\xff\xff\xff\xff" + profile[place + 4 :]) is None


def test_a_profile_that_is_cut_short_is_dropped(profile: bytes) -> None:
    assert icc.profile(profile[:-1]) is None


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\0\0\0\x18ftypmp42", "preview"),
        (b"..\xff\xd8\xff..", "preview"),
        (b"x8db42d694ccc418790edff439fe026bf", "telemetry"),
        (b"...SEFT", "device"),
        (b"\0\0\0", "unknown"),
    ],
)
def test_a_trailer_is_named_by_what_it_looks_like(content: bytes, kind: str) -> None:
    assert trailer.field(content, "JPEG") == Field("trailing bytes", kind, "JPEG trailer")  # type: ignore[arg-type]


def test_inflating_stops_at_its_bound() -> None:
    packed = zlib.compress(bytes(1000))
    assert bounded.inflate(packed, 1000) == bytes(1000)
    assert bounded.inflate(packed, 999) is None
    assert bounded.inflate(packed[:-1], 1000) is None
    assert bounded.inflate(b"no zlib", 1000) is None


def test_an_empty_stream_is_damaged() -> None:
    with pytest.raises(DamagedFileError):
        bounded.read_whole(BytesIO())


def test_a_list_without_end_is_cut() -> None:
    endless = iter(lambda: Field("x", "text", "y"), None)
    fields = list(bounded.listed(endless))
    assert len(fields) == bounded.MOST_FIELDS + 1
    assert fields[-1] == Field("more fields", "unknown", "file")
