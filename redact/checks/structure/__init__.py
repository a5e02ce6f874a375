"""Is every byte of the copy part of something that is allowed to be there?

A strict walk of each container against an allow-list, from the specifications and from no other code of the project.
What is not known is a flaw: an unknown container, part, tag, track or box, a length that does not add up, a byte
that belongs to nothing. Only coded pictures and sound are opaque here; the walk proves where they begin and end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from redact.checks.evidence import Evidence
from redact.checks.reading import Buffer, Container, Flaw, answered, container, mapped
from redact.checks.structure import (
    avi,
    bmp,
    gif,
    heif,
    isobmff,
    jpeg,
    jpeg2000,
    jpegxl,
    matroska,
    png,
    tiff,
    transport,
    webp,
    xmp,
)
from redact.model import Check, Keep

NAME = "structure"

WALKS: Mapping[Container, Callable[[Buffer, Keep], int]] = {
    "JPEG": jpeg.inspect,
    "PNG": png.inspect,
    "WebP": webp.inspect,
    "GIF": gif.inspect,
    "BMP": bmp.inspect,
    "TIFF": tiff.inspect,
    "HEIF": heif.inspect,
    "JPEG 2000": jpeg2000.inspect,
    "JPEG XL": jpegxl.inspect,
    "MP4/MOV": isobmff.inspect,
    "Matroska": matroska.inspect,
    "MPEG-TS": transport.inspect,
    "AVI": avi.inspect,
    "XMP": xmp.inspect,
}


def ask(evidence: Evidence) -> Check:
    """Passed when the walk of the copy ends at its last byte and met nothing that is not allowed."""

    def look() -> str:
        with mapped(evidence.copy) as data:
            kind = container(data)
            if kind is None:
                message = "an unknown container cannot be vouched for"
                raise Flaw(message)
            count = WALKS[kind](data, evidence.keep)
        km = evidence.keep.grid_km
        coarse = "" if km is None else f"; a position, where there is one, tells the cell of {km:g} km it lies in"
        return f"{kind}: {count} parts, all allowed{coarse}"

    return answered(NAME, look)
