"""XMP packets: their properties are named by what they tell."""

from __future__ import annotations

from redact.formats.carriers import xmp


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
