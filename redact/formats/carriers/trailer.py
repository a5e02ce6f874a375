"""Names what follows the end of a picture: motion photos, second pictures, flight logs. Never kept."""

from __future__ import annotations

from redact.model import Field, Kind

# The last 32 bytes of a file by an Insta360 camera.
_INSTA360 = b"8db42d694ccc418790edff439fe026bf"
_SAMSUNG = b"SEFT"


def field(trailer: bytes, container: str) -> Field:
    """What the bytes behind the end of a `container` ("JPEG") look like."""
    return Field("trailing bytes", _kind(trailer), f"{container} trailer")


def _kind(trailer: bytes) -> Kind:
    if trailer.rstrip(b"\0 \r\n").endswith(_INSTA360):
        return "telemetry"
    if b"ftyp" in trailer or b"\xff\xd8\xff" in trailer or b"\x89PNG" in trailer:
        return "preview"
    if trailer.endswith(_SAMSUNG):
        return "device"
    return "unknown"
