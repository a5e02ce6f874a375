"""AVI (Microsoft's RIFF, OpenDML 1.02): pictures in JPEG, MPEG-4, H.264 and others, with uncompressed or coded sound.

Where location hides: `INFO` lists and `IDIT`, by which cameras tell names, places and times; `exif` lists; XMP in
`_PMX`; makers' own data in `strd`, `ncdt` and the like, with GPS in it (Nikon, Casio, Pentax, Ricoh); names of streams
(`strn`); streams of subtitles, by which recorders tell a track; `JUNK` and other chunks, in the headers and among the
pictures; reserved numbers of headers and what follows the fields of a format; chunks behind the index, parts and bytes
behind the film; and messages inside the coded pictures (see codings).

Dropped: everything but streams of pictures and of sound. Their chunks are copied one by one, cleaned by
their coding; headers and indexes are written anew with no number in them that a player does not need (see streams.py
and writer.py).

Kept: every packet but for messages, in order and with its time; the shape of pictures that are not square (`vprp`).
With "time" when the film was taken, as `ICRD` in an `INFO` list (see times.py), in whatever way it was told before.

Not handled: bytes hidden within a coded picture or a packet of sound. Refused: DV, raw pictures, palettes, codings that
are not known (see streams.py), films of more than sixteen gigabytes, and films whose index
plays them in another order than they are written in.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.formats import unpainted
from redact.formats.avi import fields, writer
from redact.formats.avi.chunks import number_of
from redact.formats.avi.film import Film, film_of, media
from redact.formats.bounded import listed
from redact.model import Field, Keep

_SAMPLED_CHUNKS = 60
"""How many chunks of pictures are searched for messages to name: cameras put them into every one or every key frame."""


@dataclass(frozen=True, slots=True)
class Avi:
    """AVI."""

    name = "AVI"

    def recognises(self, head: bytes) -> bool:
        """True for the beginning of a RIFF of this form."""
        return head.startswith(b"RIFF") and head[8:12] == b"AVI "

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format."""
        yield from listed(iter(dict.fromkeys(_fields(source))))

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format. `target` has to be seekable, and is written from its start."""
        unpainted.refuse(pixels, self.name)
        writer.rewrite(film_of(source), target, keep)


def _fields(source: BinaryIO) -> Iterator[Field]:
    film = film_of(source)
    yield from fields.of_headers(source, film.hdrl, film.kept)
    for chunk in film.others:
        if chunk.code != b"idx1":
            yield from fields.of_chunk(source, chunk, "RIFF")
    for chunk in media(film):
        yield from fields.of_media(chunk, film.kept, source)
    if film.rest:
        yield Field("trailing bytes", "unknown", "file")
    yield from _messages(film)


def _messages(film: Film) -> Iterator[Field]:
    """A field for each kind of message in the description and in the first chunks of the pictures."""
    for stream in film.streams:
        if stream.coding is None:
            continue
        told = list(stream.coding.told)
        chunks = (chunk for chunk in media(film) if number_of(chunk) == stream.number)
        for chunk in itertools.islice(chunks, _SAMPLED_CHUNKS):
            told += stream.coding.messages(chunk.read(film.source))
        for each in told:
            yield Field(*each, stream.coding.carrier)
