"""What follows a picture: named by what it looks like."""

from __future__ import annotations

import pytest

from redact.formats.carriers import trailer
from redact.model import Field


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
