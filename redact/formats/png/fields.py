"""Names what a PNG holds besides its picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from redact.formats.carriers import exif, icc, jumbf, png_texts, trailer
from redact.formats.png import colours
from redact.formats.png.chunks import STRUCTURE, Chunk
from redact.formats.png.header import INDEXED
from redact.formats.png.parsed import Picture
from redact.model import Field, Kind

_OTHERS: Mapping[bytes, Kind] = {
    b"tIME": "time",
    **dict.fromkeys((b"skMf", b"skRf", b"prVW", b"mkBF", b"mkBS", b"mkBT", b"mkTS", b"gmAP", b"gdAT"), "preview"),
    **dict.fromkeys((b"meTa", b"seAl", b"zxIf", b"gIFt", b"gIFx"), "text"),
}
"""Kinds of what is dropped, where they are known."""


def of(picture: Picture) -> Iterator[Field]:
    """Every chunk that may have to go, and what stands outside of all."""
    needless = _needless(picture)
    profile = next((chunk for chunk in picture.chunks if chunk.name == b"iCCP"), None)
    for chunk in picture.chunks:
        if chunk is profile:
            yield from icc.fields(colours.profile_in(chunk.payload) or b"", _where(chunk))
        elif chunk.name not in png_texts.CHUNKS:
            yield from _chunk_fields(chunk, needless)
    yield from png_texts.fields(picture.texts())
    if picture.left_over:
        yield Field("bytes behind the picture data", "unknown", "PNG IDAT")
    if picture.trailer:
        yield from trailer.fields(picture.trailer, "PNG")


def _needless(picture: Picture) -> Mapping[bytes, Kind]:
    """Names of chunks that belong to a picture of another kind, and what they are in this one."""
    animated = any(chunk.name == b"acTL" for chunk in picture.chunks)
    frames: Mapping[bytes, Kind] = {} if animated else {b"fcTL": "preview", b"fdAT": "preview"}
    return frames if picture.header.colour_type == INDEXED else {**frames, b"PLTE": "unknown"}


def _where(chunk: Chunk) -> str:
    return f"PNG {chunk.name.decode('ascii')}"


def _chunk_fields(chunk: Chunk, needless: Mapping[bytes, Kind]) -> Iterator[Field]:
    """What one chunk holds, for all but texts and the profile."""
    name = chunk.name.decode("ascii")
    if chunk.name == b"eXIf":
        yield from exif.fields(exif.block_in(chunk.payload), _where(chunk))
    elif chunk.name == b"caBX":
        yield from jumbf.fields(chunk.payload, _where(chunk))
    elif chunk.name in colours.NAMES:
        yield Field(name, "colour", _where(chunk))
    elif chunk.name in needless:
        yield Field(name, needless[chunk.name], _where(chunk))
    elif chunk.name not in STRUCTURE:
        yield Field(name, _OTHERS.get(chunk.name, "unknown"), _where(chunk))
