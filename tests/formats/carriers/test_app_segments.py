"""Application segments of JPEG: each maker's is named, with what it tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.formats.carriers import app_segments
from redact.model import KINDS, Field


@pytest.mark.parametrize(
    ("number", "beginning", "name", "kind"),
    [
        (0, b"JFXX\0\x10", "JFXX thumbnail", "preview"),
        (1, b"FLIR\0\1\0", "FLIR", "device"),
        (1, b"PARROT\0II*\0", "Parrot thermal picture", "preview"),
        (2, b"MPF\0MM\0*", "MPF", "preview"),
        (2, b"urn:iso:std:iso:ts:21496:-1\0", "gain map", "preview"),
        (4, b"\xaa\x55\x12\x06", "DJI thermal parameters", "telemetry"),
        (5, b"RMETA\0MM", "Ricoh RMETA", "location"),
        (6, b"GoPro\0DEVC", "GoPro GPMF", "telemetry"),
        (7, b"DJI-DBG\0", "DJI debug data", "telemetry"),
        (9, b"Media Jukebox\0", "Media Jukebox", "text"),
        (12, b"Ducky\0\1\0\4", "Ducky", "text"),
        (12, b"[picture info]\r\n", "PictureInfo", "device"),
        (3, b"\0\1\xff\xd8\xff\xdb", "APP3", "preview"),
        (8, b"nobody knows", "APP8", "unknown"),
    ],
)
def test_a_segment_is_named_by_how_it_begins(number: int, beginning: bytes, name: str, kind: str) -> None:
    assert list(app_segments.fields(number, beginning + b" CANARY")) == [
        Field(name, kind, f"JPEG APP{number}")  # type: ignore[arg-type]
    ]


def test_content_credentials_are_named_with_their_parts() -> None:
    boxes = b"JP\0\1\0\0\0\1jumb c2pa c2pa.assertions c2pa.thumbnail.claim.jpeg stds.exif CANARY c2pa.location.broad"
    assert set(app_segments.fields(11, boxes)) == {
        Field("C2PA", "text", "JPEG APP11"),
        Field("C2PA thumbnail", "preview", "JPEG APP11"),
        Field("C2PA metadata", "text", "JPEG APP11"),
        Field("C2PA location", "location", "JPEG APP11"),
    }


def test_depth_maps_and_originals_in_extended_xmp_are_previews() -> None:
    header = b"http://ns.adobe.com/xmp/extension/\0" + bytes(40)
    packet = b'<rdf:Description GDepth:Data="AAAA" GImage:Data="/9j/" GPano:PoseHeadingDegrees="1"/>'
    assert {field.name: field.kind for field in app_segments.fields(1, header + packet)} == {
        "GDepth:Data": "preview",
        "GImage:Data": "preview",
        "GPano:PoseHeadingDegrees": "location",
    }


@given(st.integers(0, 15), st.binary(max_size=100))
def test_any_segment_is_listed_somehow(number: int, payload: bytes) -> None:
    fields = list(app_segments.fields(number, payload))
    assert fields
    assert {field.kind for field in fields} <= KINDS
