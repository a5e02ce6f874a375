"""A film copied as it lies: its samples in large pieces, its index from its own tables. FFmpeg has no part in it.

What a film that is not fragmented tells of its samples is enough to copy them: the order of chunks, edit lists, time
scales and tables stay as the source has them, and an index that stood in front of the samples stands there again.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from redact.errors import DamagedFileError
from redact.formats.boxes import contradiction
from redact.formats.codings import Coding
from redact.formats.film import brands, index, media, passage, pictures, sounds
from redact.formats.film.index import Part, Told
from redact.formats.film.looks import UNTURNED
from redact.formats.film.media import Lane
from redact.formats.film.movie import Track
from redact.formats.film.source import Film
from redact.formats.film.tables import Tables

_MEDIA_HEADER_BYTES = 16


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How a film is to be copied.

    tracks:  those that stay
    entries: the sample entry of each in the copy
    lanes:   the samples of each
    """

    tracks: tuple[Track, ...]
    entries: tuple[bytes, ...]
    lanes: tuple[Lane, ...]
    told: Told

    def index(self, tables: Sequence[Tables]) -> bytes:
        """The index of a copy in which the samples of each track lie as its table says."""
        parts = [
            Part(track, UNTURNED if track.handler == b"soun" else track.turn, entry, table)
            for track, entry, table in zip(self.tracks, self.entries, tables, strict=True)
        ]
        return index.rewritten(parts, self.told.film.movie.header.timescale, self.told)


def planned(film: Film, told: Told) -> Plan | None:
    """How to copy a film; None for one that only FFmpeg knows how to read, or that it has to put together first.

    Raises DamagedFileError, UnsupportedFormatError.
    """
    if film.movie.fragmented or film.fragments:
        return None
    entries, lanes = [], []
    for track in film.kept:
        tables = film.tables[track.number]
        described = _pictures(track, told) if track.handler == b"vide" else _sound(track, tables)
        if described is None or not tables.ordinary:
            return None
        entry, coding = described
        entries.append(entry)
        lanes.append(Lane(tables, coding))
    media.check(lanes, film.layout.of(b"mdat"))
    if not any(len(lane.tables.starts) for lane in lanes):
        message = "the film holds no pictures: get an undamaged original"
        raise DamagedFileError(message)
    return Plan(film.kept, tuple(entries), tuple(lanes), told)


def _pictures(track: Track, told: Told) -> tuple[bytes, Coding] | None:
    described = pictures.described(track.entries[0], told.shown(track))
    return (described.entry, described.coding) if described else None


def _sound(track: Track, tables: Tables) -> tuple[bytes, None] | None:
    entry = sounds.described(track.entries[0])
    # Old QuickTime counts ticks as samples and leaves it to the entry how large they are; coded sound it counts so too.
    frame_bytes = tables.sizes if isinstance(tables.sizes, int) else 0
    told = tables.ticks != 1 or frame_bytes == sounds.frame_bytes(track.entries[0]) > 0
    return (entry, None) if entry and told else None


def write(plan: Plan, target: BinaryIO) -> None:
    """Write the copy. Raises DamagedFileError, UnsupportedFormatError."""
    film = plan.told.film
    head = brands.kept(film.brand)
    in_front = next(span.code for span in film.layout.spans if span.code in (b"moov", b"mdat")) == b"moov"
    room = _room(plan, len(head)) if in_front else 0
    begin = len(head) + room
    passage.empty(target)
    target.write(head + bytes(room + _MEDIA_HEADER_BYTES))
    tables = media.copy(plan.lanes, film.source, target, begin + _MEDIA_HEADER_BYTES)
    end = target.tell()
    moov = plan.index(tables)
    if in_front and len(moov) != room:
        raise contradiction("the index of the copy")
    target.seek(len(head) if in_front else end)
    target.write(moov)
    target.seek(begin)
    target.write(struct.pack(">I4sQ", 1, b"mdat", end - begin))


def _room(plan: Plan, head_bytes: int) -> int:
    """How long an index in front of the samples is, which it moves back: places may then have to be told in 64 bits."""
    room = 0
    while (needed := len(plan.index(media.placed(plan.lanes, head_bytes + room + _MEDIA_HEADER_BYTES)))) != room:
        room = needed
    return room
