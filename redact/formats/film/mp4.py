"""MP4, MOV and 3GP (ISO/IEC 14496-12, -14, -15; QuickTime File Format; 3GPP TS 26.244): pictures, sound, or both.

Where location hides: user data of the film and of its tracks (`udta`: ©xyz, loci, GoPro's GPMF), iTunes' and
QuickTime's lists (`meta`), XMP in `uuid` boxes, tracks of telemetry, subtitles, time codes and chapters, cover art,
names of handlers and encoders, stale `free` boxes, stretches of `mdat` that no track refers to, bytes behind the last
box (Insta360's trailer), and messages inside the coded pictures (see redact.formats.codings).

Dropped: everything that is not on a list. The samples of the video tracks and of the sound tracks are copied as they
lie (see direct.py), and an index is written anew in which there are known boxes alone, their names blank (see
index.py). Films in fragments become plain ones, by FFmpeg (see remux.py). A track of JPEGs or PNGs beside a film is a
cover or illustrates chapters: a preview. A track that nothing describes is seen and heard by nobody, and goes.

Kept: every packet of every other track of pictures and of sound, the order in which they lie, and each presentation
time to the tick; time scales and edit lists; where decoding can begin; an index in front of the samples; sample aspect,
clean aperture, and which way a stereo or spherical picture is looked at (st3d, sv3d, whole degrees, no mesh); with
"orientation" the display matrix; with "colour" colr (nclx, nclc), mdcv, clli, amve and Dolby Vision's profile (dvcC,
dvvC, dvwC) where it has no second layer; with "time" the creation times of the film; with "author" and "copyright" one
text each (see credit.py). What the coded pictures themselves say of their colours stays in any case, HDR10+ and Dolby
Vision among it. Every number of these is read and written anew (see looks.py). Pictures that the edit list hides stay
coded in the file, as shown ones are predicted from them, and stay hidden; where anything is to be hidden in the
pictures nobody looked at those, so the pictures are coded again without them.

Not handled: bytes hidden inside a coded picture or a packet of sound; spherical markings in XML, which go: such a film
plays as a flat one; languages of sound tracks, which go. Painted pictures go into a film with one video of H.264 or
HEVC alone. Refused: other codings (see ENTRIES in pictures.py), encryption, Dolby Vision without a base layer where
colour is not kept or the pictures are painted, edit lists that put several stretches together or change the speed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.formats import boxes
from redact.formats.film import atoms, credit, direct, movie, remux, tables
from redact.formats.film.index import Told
from redact.formats.film.source import film_of
from redact.model import Field, Keep

_NO_FILM_BRANDS = frozenset({
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"miaf", b"msf1", b"avif", b"avis", b"avio",
    b"jxl ", b"jp2 ", b"jpx ", b"jpm ", b"mjp2", b"mj2s", b"crx ",
})  # fmt: skip
"""Brands of stills, sequences of stills and raw pictures in the same kind of boxes."""

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
        tables.check_promises((track.table for track in read.tracks), layout.size)
        yield from atoms.top_fields(source, layout, self.name)
        kept = {track.number for track in (*read.films, *read.sounds)}
        yield from atoms.index_fields(moov, kept)
        yield from remux.message_fields(source, read.films)

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format. `target` has to be seekable, and is written from its start."""
        original = film_of(source)
        painted = original if pixels is None else film_of(pixels)
        # Pictures that were coded again carry no Dolby Vision.
        without = frozenset() if painted is original else movie.DOLBY_BOXES
        told = Told(original, keep, credit.kept(original.moov, keep), without)
        for track in original.films:
            movie.check_colours(track, told.shown(track))
        plan = direct.planned(original, told) if painted is original else None
        if plan:
            direct.write(plan, target)
        else:
            remux.strip(painted, target, told)
