"""Matroska and WebM (RFC 9559 on RFC 8794): pictures in any coding that can be made safe, with any known sound.

Where location hides: tags (LOCATION, and whatever else a person or a program writes there), the title, chapters,
attached files, covers (also as a track of one picture beside a film), names of tracks and files, tracks of subtitles
and telemetry (a drone's flight log is often a subtitle), additions to blocks, padding (`Void`, in which editors leave
what was there before), elements nobody knows, parts no index points at, a second film or bytes behind the first,
comments and free bytes in the description of sound, and messages inside the coded pictures (see
redact.formats.codings).

Dropped: everything that is not on a list; checksums and positions, which would not hold any more. Numbers and names
that identify a film or its writer are written anew: tracks count from one, and so do their UIDs; the writing program,
which has to be there, is "redact".

Kept: every block of pictures and sound with its time, its duration, what it is predicted from, its lace, and of VP8 and
VP9 its transparency; of a track its type, flags, language (three letters), coding, delays, size, shape, interlacing and
stereo mode, Dolby Vision's profile; with "orientation" its projection, which turns it; with "colour" its colours, HDR
data among them; with "time" when the film began. Frames that are packed (header stripping, zlib) are written in full,
as long as they take no more than a film of that size may. Each number is read, has to be one that a film can need, and
is written anew. Clusters stay as they are cut; the index for seeking (Cues) is made anew.

Not handled: bytes hidden inside a coded picture, its transparency or a packet of sound; HDR10+ beside VP9 pictures,
which goes; meshes of a projection, which go. Refused: encryption, other compressions, changes of coding on the way,
tracks that play at a speed of their own, transparency that begins with no key frame, codings of pictures or sound that
are not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.formats import unpainted
from redact.formats.bounded import listed
from redact.formats.matroska import clusters, covers, ebml, fields, info, tracks
from redact.formats.matroska.codes import Code
from redact.formats.matroska.layout import layout
from redact.formats.matroska.packing import Budget
from redact.formats.matroska.writer import Writer
from redact.model import Field, Keep


@dataclass(frozen=True, slots=True)
class Matroska:
    """The Matroska family: MKV and WebM, with pictures or with sound alone."""

    name = "Matroska"

    def recognises(self, head: bytes) -> bool:
        """True for content that begins as EBML does."""
        return head.startswith(ebml.identifier(Code.EBML))

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format."""
        return listed(fields.of(layout(source)))

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format. `target` has to be seekable, and is written from its start."""
        unpainted.refuse(pixels, self.name)
        film = layout(source)
        kept = tracks.kept(film.tracks, Budget.of(film.reader.size), covers.numbers(film))
        writer = Writer(target, kept, info.timestamp_scale(film.info))
        described = ebml.written(Code.TRACKS, *(track.written(keep) for track in kept))
        writer.begin(film.doc_type, info.written(film.info, keep), described)
        walk = clusters.Walk(film.reader, tracks.by_source(kept))
        for cluster in film.clusters():
            writer.cluster(walk.pieces(cluster))
        writer.end()
