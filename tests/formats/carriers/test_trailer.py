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


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"\0\0\0\x18ftypmp42\0", {"motion photo": "preview"}),
        (b"\xff\xd8\xff\xdb.. \xff\xd8\xff\xe0", {"second picture": "preview"}),
        (
            b"MotionPhoto_Data..Image_UTC_Data..MCC_Data..SEFT",
            {
                "motion photo": "preview",
                "Samsung time": "time",
                "Samsung country code": "location",
                "Samsung trailer": "device",
            },
        ),
        (b"x8db42d694ccc418790edff439fe026bf\0\0", {"Insta360 trailer": "telemetry"}),
        (b"CANON OPTIONAL DATA\0\0", {"Canon VRD": "device"}),
        (b"LIVE_1234567        ", {"live photo": "preview"}),
        (b"\0\0\0", {"trailing bytes": "unknown"}),
        (b"", {"trailing bytes": "unknown"}),
    ],
)
def test_every_part_of_a_trailer_is_named(content: bytes, named: dict[str, str]) -> None:
    fields = list(trailer.fields(content, "JPEG"))
    assert {field.name: field.kind for field in fields} == named
    assert {field.where for field in fields} == {"JPEG trailer"}
