"""MP4 and MOV (ISO/IEC 14496-12, -14, -15; QuickTime File Format): H.264 or HEVC, with any sound these can hold.

Where location hides: user data of the film and of its tracks (`udta`: ©xyz, loci, GoPro's GPMF), iTunes' and
QuickTime's lists (`meta`), XMP in `uuid` boxes, tracks of telemetry, subtitles, time codes and chapters, cover art,
names of handlers and encoders, stale `free` boxes, stretches of `mdat` that no track refers to, bytes behind the last
box, and messages inside the coded pictures (see nal.py).

Dropped: everything that is not on a list. FFmpeg writes a new file from the packets of the one video track and of the
sound tracks (see remux.py); of that file's index only known boxes stay, their names blank (see index.py). Fragmented
films become plain ones.

Kept: every packet, and its presentation time to the tick; where the edit list begins and ends; sample aspect and clean
aperture; with "orientation" the display matrix; with "colour" colr (nclx, nclc), mdcv, clli and amve; with "time" the
creation times of the film. What the coded pictures themselves say of their colours stays in any case. Every number of
these is read and written anew (see looks.py). Pictures that the edit list hides stay coded in the file, as shown ones
are predicted from them, and stay hidden; where anything is to be hidden in the pictures nobody looked at those, so the
pictures are coded again without them.

Not handled: bytes hidden inside a coded picture or a packet of sound; spherical and stereo markings, which go: a
360-degree film plays as a flat one; languages of sound tracks, which go. Dolby Vision goes where an ordinary HDR base
layer remains. Refused: other codecs, several video tracks, encryption, Dolby Vision without a base layer, edit lists
that put several stretches together or change the speed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.formats import boxes
from redact.formats.film import atoms, index, movie, remux
from redact.formats.film.sink import Sink
from redact.model import Field, Keep

_NO_FILM_BRANDS = frozenset({
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"miaf", b"msf1", b"avif", b"avis", b"avio",
    b"jxl ", b"jp2 ", b"jpx ", b"jpm ", b"mjp2", b"mj2s", b"crx ", b"M4A ", b"M4B ", b"M4P ",
})  # fmt: skip
"""Brands of stills, sequences of stills, raw pictures and sound in the same kind of boxes."""

_OLD_QUICKTIME = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


@dataclass(frozen=True, slots=True)
class Mp4:
    """The MP4 family: MP4, MOV, M4V and 3GP."""

    name = "MP4"

    def recognises(self, head: bytes) -> bool:
        """True for the brand of a film, or for a box that old QuickTime files begin with."""
        code, brand = head[4:8], head[8:12]
        if code == b"ftyp":
            return len(brand) == 4 and brand not in _NO_FILM_BRANDS
        return code in _OLD_QUICKTIME

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format."""
        layout = boxes.layout(source)
        moov = layout.index(source)
        read = movie.read(moov)
        movie.check_promises(read, layout.size)
        yield from atoms.top_fields(source, layout, self.name)
        yield from atoms.index_fields(moov)
        yield from remux.message_fields(source, read.film)

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format. `target` has to be seekable, and is written from its start."""
        original = remux.film_of(source)
        painted = original if pixels is None else remux.film_of(pixels)
        sink = Sink(target)
        remux.remux(original, painted, sink)
        sink.finish(lambda moov: index.rewritten(moov, index.Source(original.movie, keep)))
