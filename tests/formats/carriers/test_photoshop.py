"""Photoshop's image resources: listed one by one, however garbled."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from redact.formats.carriers import photoshop
from redact.model import Field


@given(st.binary(max_size=300))
def test_any_photoshop_block_is_listed_somehow(untrusted: bytes) -> None:
    assert list(photoshop.fields(b"8BIM" + untrusted, "Photoshop"))
    assert list(photoshop.captions(untrusted, "IPTC"))


def test_photoshop_resources_after_a_named_one_are_found() -> None:
    named = b"8BIM\x04\x00\x03abc" + struct.pack(">I", 3) + b"xyz\0"
    thumbnail = b"8BIM\x04\x0c\0\0" + struct.pack(">I", 2) + b"\0\0"
    fields = list(photoshop.fields(named + thumbnail, "Photoshop"))
    assert fields == [Field("0x0400", "unknown", "Photoshop"), Field("0x040C", "preview", "Photoshop")]
