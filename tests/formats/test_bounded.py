"""What a file decides the size of stays within its bounds."""

from __future__ import annotations

import zlib
from io import BytesIO

import pytest

from redact.errors import DamagedFileError
from redact.formats import bounded
from redact.model import Field


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
