"""Names what a JUMBF box holds (ISO/IEC 19566-5): C2PA manifests (content credentials) above all. Never kept.

A manifest says who took a picture, when, where, with what, and shows it as it was before it was edited. It is searched
for the labels of its parts, not parsed. Without it a picture is one without credentials, and none that has false ones:
a manifest vouches for bytes that a copy no longer has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from redact.model import Field, Kind

_LABELS: Sequence[tuple[re.Pattern[bytes], str, Kind]] = (
    (re.compile(rb"c2pa\.thumbnail\."), "C2PA thumbnail", "preview"),
    (re.compile(rb"c2pa\.depthmap|adobe\.crypto\.addressing"), "C2PA depth map", "preview"),
    (re.compile(rb"c2pa\.location|stds\.iptc|exif:GPS|exif:gps"), "C2PA location", "location"),
    (re.compile(rb"stds\.exif|c2pa\.metadata|cawg\.metadata"), "C2PA metadata", "text"),
    (re.compile(rb"stds\.schema-org\.CreativeWork|cawg\.identity"), "C2PA author", "author"),
)


def fields(boxes: bytes, where: str) -> Iterator[Field]:
    """One field for the whole, and one for each kind of part that tells something of its own."""
    yield Field("C2PA" if b"c2pa" in boxes else "JUMBF", "text", where)
    for label, name, kind in _LABELS:
        if label.search(boxes):
            yield Field(name, kind, where)
