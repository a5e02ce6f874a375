"""What chunks beside the coded pictures and sound are called, and what they tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from redact.formats.avi import streams
from redact.formats.avi.chunks import Chunk, inside, number_of
from redact.formats.boxes import printable
from redact.formats.carriers import xmp
from redact.model import Field, Kind

_MOST_XMP_BYTES = 4 << 20

_KINDS: Mapping[bytes, Kind] = {
    b"IDIT": "time", b"ICRD": "time", b"ISMP": "time", b"IDT ": "time", b"etim": "time", b"DTIM": "time",
    b"ISFT": "device", b"IENC": "device", b"ITCH": "author", b"IART": "author", b"ICMS": "author", b"IENG": "author",
    b"ICOP": "copyright",
    b"emdl": "camera", b"ecor": "camera", b"emnt": "camera", b"strd": "camera", b"ncdt": "camera", b"ucmt": "text",
    b"hydt": "camera", b"CASI": "camera", b"pntx": "camera", b"rdc2": "camera", b"mnrt": "camera",
    b"ILOC": "location", b"IGPS": "location", b"gps ": "location", b"gps0": "location", b"GPS ": "location",
    b"GPS0": "location", b"gpsa": "location",
    b"strn": "text", b"DISP": "text", b"eucm": "text", b"erel": "text", b"Xtra": "text", b"XMP_": "text",
    b"THUM": "preview", b"thum": "preview",
    b"CSET": "text", b"note": "text", b"labl": "text",
}  # fmt: skip
_TEXT_LISTS = frozenset((b"INFO", b"INF0", b"exif", b"adtl"))
_XMP = frozenset((b"_PMX", b"XMP ", b"xmp "))
_ENTERED = frozenset((*_TEXT_LISTS, b"ncdt", b"hydt", b"pntx"))
"""Lists that hold plain chunks, each with a meaning of its own."""
_STREAMS: Mapping[bytes, tuple[str, Kind]] = {b"txts": ("subtitles", "text"), b"mids": ("MIDI", "text")}


def of_headers(source: BinaryIO, hdrl: Chunk, kept: frozenset[int]) -> Iterator[Field]:
    """A field for everything in the list of headers that no player needs."""
    number = 0
    for chunk in inside(source, hdrl):
        if chunk.form == b"strl":
            parts = streams.told(source, chunk)
            if number not in kept:
                yield Field(*_STREAMS.get(streams.kind_of(parts), ("stream", "unknown")), "strl")
            reserved = streams.reserved(parts)
            if reserved:
                yield reserved
            for part in parts.order:
                if part.code not in (b"strh", b"strf", b"vprp", b"indx"):
                    yield from of_chunk(source, part, "strl")
            number += 1
        elif chunk.code not in (b"avih", b"vprp") and chunk.form != b"odml":
            yield from of_chunk(source, chunk, "hdrl")
        elif chunk.code == b"avih" and any(chunk.read(source)[40:]):
            yield Field("dwReserved", "unknown", "avih")


def of_media(chunk: Chunk, kept: frozenset[int], source: BinaryIO) -> Iterator[Field]:
    """A field for a chunk among pictures and sound that is neither, nor an index of them."""
    if not _is_media(chunk, kept) and not chunk.code.startswith(b"ix") and chunk.form != b"rec ":
        if chunk.code[:2].isdigit():
            yield Field(f"chunks of another kind ({printable(chunk.code[2:])})", "unknown", "movi")
        else:
            yield from of_chunk(source, chunk, "movi")


def _is_media(chunk: Chunk, kept: frozenset[int]) -> bool:
    """True for pictures and sound of a stream that stays."""
    return number_of(chunk) in kept


def of_chunk(source: BinaryIO, chunk: Chunk, where: str) -> Iterator[Field]:
    """A field for a chunk; one for each of those in a list that tells something; none for one of zeros."""
    if chunk.form in _ENTERED:
        for part in inside(source, chunk):
            name = printable(part.code)
            yield Field(name, _KINDS.get(part.code, _kind_in(chunk.form)), printable(chunk.form))
    elif chunk.form:
        yield Field(f"{printable(chunk.form)} list", _KINDS.get(chunk.form, "unknown"), where)
    elif chunk.code in _XMP and chunk.end - chunk.start <= _MOST_XMP_BYTES:
        yield from xmp.fields(chunk.read(source), printable(chunk.code))
    elif not _is_blank(source, chunk):
        yield Field(printable(chunk.code), _KINDS.get(chunk.code, "unknown"), where)


def _kind_in(form: bytes) -> Kind:
    return "text" if form in _TEXT_LISTS else "camera"


def _is_blank(source: BinaryIO, chunk: Chunk) -> bool:
    """True for filler: zeros, in a chunk whose name says no more."""
    if chunk.code not in (b"JUNK", b"junk", b"JUNQ", b"PAD "):
        return False
    source.seek(chunk.start)
    left = chunk.end - chunk.start
    while left:
        piece = source.read(min(left, 1 << 20))
        if not piece or piece.strip(b"\0"):
            return False
        left -= len(piece)
    return True
