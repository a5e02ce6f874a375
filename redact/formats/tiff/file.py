"""TIFF, GeoTIFF and BigTIFF (TIFF 6.0; TIFF Technical Notes 1 and 2; BigTIFF; OGC GeoTIFF 1.1; EXIF 3.0).

Where location hides: GeoTIFF's tie points, scales, transformation and keys, which place every pixel on the earth; the
GPS directory; XMP, IPTC and Photoshop's resources; descriptions, page and document names; GDAL's XML of metadata;
private tags; small pictures that cameras and editors hang on a picture; comments and application segments in each strip
or tile of a JPEG; bytes that no directory refers to, and those behind the last row or the end of a strip's stream.

Dropped: all of it. A TIFF is never edited, for a tag that is unlinked leaves its value behind: it is written anew. Of
smaller pictures only levels of a pyramid stay (see overviews.py), of the tables of JPEGs only those that are used.

Kept: the strips and tiles of every page, mask and level, bit for bit, JPEG's but for what is named above (see
jpegs.py), those of Deflate, LZW and PackBits up to the end of their stream (see ends.py); the tags that decode and show
them, in values that are read, checked and written in one form (see tags.py); resolutions to three digits; a mark of
missing pixels that cannot be a coordinate; ICC profile, transfer function and chromaticities with "colour"; the
orientation of every page, and what else the policy keeps of the first page's EXIF (see carriers/exif.py).

Refused: camera raw (DNG, CR2, NEF, ARW and others), whose pictures need their makers' notes; JPEG's old coding; codings
with metadata of their own (JPEG 2000, JPEG XL, WebP, PNG); volumes; chunks that overlap with anything, or hold more
pixels than their page.

Not handled: bytes that hide behind the end of a stream of a fax, of LZMA, Zstandard or LERC inside a strip or tile;
what tiles show beyond the edges of their page, and the last strip of some writers below it; whether a level of a
pyramid shows what its page does: only decoding would tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.formats import unpainted
from redact.formats.bounded import listed
from redact.formats.tiff import fields, pages, writer
from redact.formats.tiff.directories import Tape
from redact.model import KINDS, Field, Keep


@dataclass(frozen=True, slots=True)
class Tiff:
    """The TIFF family: classic and big, either byte order, with any number of pages."""

    name = "TIFF"

    def recognises(self, head: bytes) -> bool:
        """True for a header of either byte order, with offsets of 32 or 64 bits."""
        return head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"))

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format."""
        tape = Tape.of(source)
        return listed(fields.of(tape, pages.read(tape, Keep(KINDS))))

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format."""
        unpainted.refuse(pixels, self.name)
        tape = Tape.of(source)
        writer.write(tape, pages.read(tape, keep), target)
