"""JPEG 2000: JP2 (ITU-T T.800 annex I), what of JPX (T.801 annex M) is a JP2 with more boxes, and bare codestreams.

Where location hides: uuid boxes with GeoTIFF ("GeoJP2"), world files, XMP, EXIF, IPTC and Photoshop blocks; xml; asoc
with GML ("GMLJP2"); uinf, jp2i, free and unknown boxes; boxes behind the picture; comments in the codestream (see
codestream.py).

Dropped: every box that is not on the list below. No standard gives EXIF a place in these files, so no kind of it is
kept: uuid boxes are named and dropped. The flag that announces jp2i is cleared, and the minor version.

Kept: the signature and the brand, jp2h with ihdr, bpcc, pclr and cmap where there are both, cdef, each about what the
picture has and nothing more, the first colr whose method is known, and res where it tells the same small number for
both directions; the codestream. An ICC profile in colr stays with "colour"; else the colour space that its samples have
takes its place, since every file needs a colr.

Not handled: layers of a JPX that say how to show the one codestream (jpch, jplh): they are dropped. Refused: several
codestreams, pictures in fragments or in other files, compositions, compound images (JPM) and films (MJ2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats import boxes, unpainted
from redact.formats.bounded import listed, read_whole
from redact.formats.carriers import trailer
from redact.formats.jpeg2000 import codestream, fields, header
from redact.formats.jpeg2000.codestream import Codestream
from redact.formats.jpeg2000.damage import damaged
from redact.model import Field, Keep

_SIGNATURE = boxes.written(b"jP  ", b"\r\n\x87\n")
_BRANDS = (b"jp2 ", b"jpx ", b"jph ")
_COMPATIBLE = (*_BRANDS, b"jpxb")
_MOST_BOXES = 2**14

_ELSEWHERE = (b"ftbl", b"dtbl", b"comp", b"moov", b"moof", b"mdat", b"mhdr")
"""Boxes with which the picture is not the one codestream."""


@dataclass(frozen=True, slots=True)
class Jpeg2000:
    """The JPEG 2000 family, but for its films."""

    name = "JPEG 2000"

    def recognises(self, head: bytes) -> bool:
        """True for JP2's signature, and for a codestream."""
        return head.startswith((_SIGNATURE[:8], codestream.START))

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format."""
        return listed(_fields(_parse(read_whole(source))))

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format."""
        unpainted.refuse(pixels, self.name)
        file = _parse(read_whole(source))
        picture = file.picture.written()
        if file.header is None:
            target.write(picture)
            return
        target.writelines((_SIGNATURE, boxes.written(b"ftyp", *file.brands)))
        target.writelines((header.written(file.header, file.picture, keep), boxes.written(b"jp2c", picture)))


@dataclass(frozen=True, slots=True)
class _File:
    """A whole file.

    brands:  the payload of ftyp as it is written, in pieces
    header:  the boxes of jp2h; None for a bare codestream
    others:  boxes that are not written
    trailer: what stands behind the codestream, and behind the last box
    """

    brands: tuple[bytes, ...]
    header: tuple[boxes.Box, ...] | None
    picture: Codestream
    others: tuple[boxes.Box, ...]
    trailer: bytes


def _parse(data: bytes) -> _File:
    """Every box, those that are kept checked. Raises DamagedFileError, UnsupportedFormatError."""
    if data.startswith(codestream.START):
        picture = codestream.read(data)
        return _File((), None, picture, (), data[picture.end :])
    if not data.startswith(_SIGNATURE):
        raise damaged("does not begin with its signature")
    found, behind = _boxes(data)
    if len(found) < 2 or found[1].code != b"ftyp":
        raise damaged("does not say what it is")
    brands = _brands(found[1].payload)
    pictures, headers = ([box for box in found if box.code == code] for code in (b"jp2c", b"jp2h"))
    if len(pictures) > 1 or any(box.code in _ELSEWHERE for box in found):
        message = "the JPEG 2000 holds more than one picture: save each of them as a file of its own"
        raise UnsupportedFormatError(message)
    if not pictures or len(headers) != 1:
        raise damaged("holds no picture, or no header")
    picture = codestream.read(pictures[0].payload)
    inner = headers[0].children()
    # A palette that no map leads to is read by nobody.
    unread = (b"pclr",) if not any(box.code == b"cmap" for box in inner) else ()
    described = tuple(box for box in inner if box.code not in unread)
    header.check(described, picture)
    others = tuple(box for box in found[2:] if box not in (pictures[0], headers[0]))
    others += tuple(box for box in inner if box.code in unread)
    return _File(brands, described, picture, others, pictures[0].payload[picture.end :] + behind)


def _boxes(data: bytes) -> tuple[tuple[boxes.Box, ...], bytes]:
    """Every box of the file, and what follows them. Raises DamagedFileError where a picture is cut short."""
    found: list[boxes.Box] = []
    position = 0
    try:
        for box in boxes.boxes(data, _MOST_BOXES):
            found.append(box)
            position += (16 if data[position : position + 4] == b"\0\0\0\1" else 8) + len(box.payload)
    except DamagedFileError:
        # Bytes behind a whole picture are no part of it, whatever they begin like.
        if not any(box.code == b"jp2c" for box in found) or data[position + 4 : position + 8] == b"jp2c":
            raise
    return tuple(found), data[position:]


def _brands(payload: bytes) -> tuple[bytes, ...]:
    """What ftyp is to hold: a JPX that a reader of JP2 can show is one, as nothing else is left of it."""
    brand, told = payload[:4], [payload[place : place + 4] for place in range(8, len(payload), 4)]
    if brand not in _BRANDS:
        message = "the JPEG 2000 is of a kind that cannot be made safe here: save it as JP2"
        raise UnsupportedFormatError(message)
    compatible = [each for each in _COMPATIBLE if each in told]
    brand = b"jp2 " if b"jp2 " in compatible else brand
    return brand, bytes(4), *(compatible or [brand])


def _fields(file: _File) -> Iterator[Field]:
    yield from fields.of_codestream(file.picture.dropped)
    for box in file.header or ():
        yield from fields.of_header(box)
    for box in file.others:
        yield from fields.of_box(box)
    if file.trailer:
        yield trailer.field(file.trailer, Jpeg2000.name)
