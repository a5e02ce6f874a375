"""Marks of a place that no clean file holds.

Names of location fields and of the carriers they travel in, position texts (ISO 6709, coordinate pairs, NMEA) and
telemetry signatures, in ASCII and in UTF-16.
"""

from __future__ import annotations

from functools import cache

from redact.checks.reading import Buffer
from redact.checks.sweep.search import Search, literal
from redact.checks.sweep.texts import NAMES, POSITIONS, texts

_SIGNATURES = (
    b"loci\0\0\0\0",  # 3GPP location box
    b"GPS5l\x14\0",  # GoPro GPMF
    b"drone-dji:",
    b"http://www.dji.com/drone-dji",
    b"http://ns.adobe.com/",
    b"GImage:Data",
    b"GDepth:Data",
    b"MPF\0II*\0",
    b"MPF\0MM\0*",
    b"8db42d694ccc418790edff439fe026bf",  # Insta360 trailer
    bytes.fromhex("060e2b34020b01010e01030101000000"),  # MISB ST 0601
)


@cache
def _signatures() -> Search:
    return Search([literal(signature) for signature in _SIGNATURES])


def marks(data: Buffer) -> set[str]:
    """The kinds of marks of a place in `data`."""
    found = {"telemetry or location signature"} if _signatures().touches(data) else set()
    for text in texts(data):
        if NAMES.search(text):
            found.add("name of a location field")
        match = POSITIONS.search(text)
        if match:
            found.add(f"position text ({match.lastgroup})")
    return found
