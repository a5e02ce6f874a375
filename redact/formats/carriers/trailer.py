"""Names what follows the end of a picture: motion photos, second pictures, makers' blocks, flight logs. Never kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from redact.model import Field, Kind

# The last 32 bytes of a file by an Insta360 camera.
_INSTA360 = b"8db42d694ccc418790edff439fe026bf"

_PARTS: Sequence[tuple[re.Pattern[bytes], str, Kind]] = (
    (re.compile(_INSTA360 + rb"[\0 \r\n]*\Z"), "Insta360 trailer", "telemetry"),
    (re.compile(rb"ftyp|MotionPhoto_Data"), "motion photo", "preview"),
    (re.compile(rb"\xff\xd8\xff|\x89PNG"), "second picture", "preview"),
    (re.compile(rb"DepthMap|DepthVF|Depth_Extra"), "depth map", "preview"),
    (re.compile(rb"MCC_Data"), "Samsung country code", "location"),
    (re.compile(rb"Image_UTC_Data"), "Samsung time", "time"),
    (re.compile(rb"SEFT[\0 \r\n]*\Z|QDIOBS[\0 \r\n]*\Z"), "Samsung trailer", "device"),
    (re.compile(rb"CANON OPTIONAL DATA\0"), "Canon VRD", "device"),
    (re.compile(rb"AXS[!*]"), "AFCP", "text"),
    (re.compile(rb"cbipcbbl"), "Photo Mechanic", "text"),
    (re.compile(rb"\xa1\xb2\xc3\xd4"), "FotoStation", "text"),
    (re.compile(rb"zmie~"), "MIE", "text"),
    (re.compile(rb"vivo\{"), "vivo trailer", "device"),
    (re.compile(rb"LIVE_\d{1,10}[ \0]*\Z"), "live photo", "preview"),
)
"""What a part looks like, its name and its kind; what tells most about the whole first."""


def fields(trailer: bytes, container: str) -> Iterator[Field]:
    """Every part that can be told in the bytes behind the end of a `container` ("JPEG"); at least one field."""
    found = [Field(name, kind, f"{container} trailer") for name, kind in _parts(trailer)]
    yield from found or (field(trailer, container),)


def field(trailer: bytes, container: str) -> Field:
    """What the bytes behind the end of a `container` ("JPEG") look like, as a whole."""
    kinds = (kind for _, kind in _parts(trailer))
    return Field("trailing bytes", next(kinds, "unknown"), f"{container} trailer")


def _parts(trailer: bytes) -> Iterator[tuple[str, Kind]]:
    """Name and kind of each part that can be told."""
    yield from ((name, kind) for looks, name, kind in _PARTS if looks.search(trailer))
