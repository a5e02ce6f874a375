"""The index of a copy (`moov`): what FFmpeg wrote, less everything that is not on a list, with what the source said.

FFmpeg writes an index afresh from what it understood, so nothing of the source's own boxes gets into it. It also adds
an empty `udta`, bit rates, names: those go. How the picture is turned, shaped and coloured, where the edit list ends,
and with "time" when the film was made come from the source's index (see movie.py).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from redact.formats.boxes import Box, contradiction, number, written
from redact.formats.film.looks import MATRIX_BYTES, UNTURNED, Turn, matrix_of
from redact.formats.film.movie import VISUAL_ENTRY_BYTES, Movie, Track
from redact.model import Keep

_LISTS: dict[bytes, frozenset[bytes]] = {
    b"moov": frozenset((b"mvhd", b"trak")),
    b"trak": frozenset((b"tkhd", b"edts", b"mdia")),
    b"edts": frozenset((b"elst",)),
    b"mdia": frozenset((b"mdhd", b"hdlr", b"minf")),
    b"minf": frozenset((b"vmhd", b"smhd", b"dinf", b"stbl", b"hdlr")),
    b"dinf": frozenset((b"dref",)),
    b"stbl": frozenset((b"stsd", b"stts", b"ctts", b"stss", b"stsc", b"stsz", b"stco", b"co64", b"sgpd", b"sbgp")),
}
"""Which boxes may stand in which. FFmpeg wrote their content afresh from what it understood."""

_VISUAL_BOXES = frozenset((b"avcC", b"hvcC", b"fiel"))


@dataclass(frozen=True, slots=True)
class Source:
    """What the copy takes over from its source: its index, as far as the kinds of metadata in `keep` allow."""

    movie: Movie
    keep: Keep

    @property
    def created(self) -> tuple[int, int]:
        """Creation and modification, seconds since 1904; zeros unless "time" stays."""
        return self.movie.created if "time" in self.keep else (0, 0)

    def turned(self, turn: Turn) -> Turn:
        """The turn; none unless "orientation" stays."""
        return turn if "orientation" in self.keep else UNTURNED


def rewritten(moov: Box, source: Source) -> bytes:
    """The index of the copy with nothing in it but the allow-list and what the source keeps.

    moov: as FFmpeg wrote it, its tracks in the order film, sounds of the source
    """
    header = moov.child(b"mvhd")
    tracks = [box for box in moov.children() if box.code == b"trak"]
    originals = (source.movie.film, *source.movie.sounds)
    if header is None or len(tracks) != len(originals):
        raise contradiction("the index of the copy")
    timescale = number(header.payload, 12 + 8 * (header.payload[0] == 1), 4)
    edited: list[bytes] = []
    longest = 0
    for track, original in zip(tracks, originals, strict=True):
        most = _scaled(source.movie.presented(original), timescale, source.movie.timescale)
        body, duration = _rewritten_track(track, original, source, most)
        edited.append(body)
        longest = max(longest, duration)
    return written(b"moov", _movie_header(header, source, longest), *edited)


def _scaled(duration: int | None, timescale: int, was: int) -> int | None:
    return None if duration is None else -(-duration * timescale // was)


def _movie_header(header: Box, source: Source, duration: int) -> bytes:
    payload = bytearray(header.payload)
    wide = payload[0] == 1
    struct.pack_into(">QQ" if wide else ">II", payload, 4, *_fitting(source.created, wide))
    struct.pack_into(">Q" if wide else ">I", payload, 24 if wide else 16, duration)
    start = 48 if wide else 36
    payload[start : start + MATRIX_BYTES] = matrix_of(source.turned(source.movie.turn))
    return written(b"mvhd", bytes(payload))


def _fitting(times: tuple[int, int], wide: bool) -> tuple[int, int]:  # noqa: FBT001 - the width of a field
    """The times where they fit into 32 bits, else zeros."""
    return times if wide or max(times) < 1 << 32 else (0, 0)


def _rewritten_track(track: Box, original: Track, source: Source, most: int | None) -> tuple[bytes, int]:
    """The track, and how long it is shown, ticks of the film."""
    edits = track.child(b"edts", b"elst")
    listed, duration = _edit_list(edits, most) if edits else (b"", 0)
    parts: list[bytes] = []
    for box in track.children():
        if box.code == b"tkhd":
            parts.append(_track_header(box, original, source, duration))
        elif box.code == b"edts":
            parts.append(written(b"edts", listed))
        elif box.code == b"mdia":
            parts.append(_media(box, original, source))
    return written(b"trak", *parts), duration


def _edit_list(box: Box, most: int | None) -> tuple[bytes, int]:
    """The edit list cut down to `most` ticks, and its duration: what the source trims stays trimmed."""
    wide = box.payload[0] == 1
    layout = struct.Struct(">QqI" if wide else ">IiI")
    payload = bytearray(box.payload)
    total = 0
    for index in range(number(box.payload, 4, 4)):
        duration, start, rate = layout.unpack_from(payload, 8 + index * layout.size)
        if most is not None:
            duration = min(duration, max(most - total, 0))
        layout.pack_into(payload, 8 + index * layout.size, duration, start, rate)
        total += duration
    return written(b"elst", bytes(payload)), total


def _track_header(box: Box, original: Track, source: Source, duration: int) -> bytes:
    payload = bytearray(box.payload)
    wide = payload[0] == 1
    struct.pack_into(">QQ" if wide else ">II", payload, 4, *_fitting(source.created, wide))
    struct.pack_into(">Q" if wide else ">I", payload, 28 if wide else 20, duration)
    if original.handler == b"vide":
        start = 52 if wide else 40
        size = struct.unpack_from(">II", payload, start + MATRIX_BYTES)
        payload[start : start + MATRIX_BYTES] = matrix_of(source.turned(original.turn), size)
    return written(b"tkhd", bytes(payload))


def _media(box: Box, original: Track, source: Source) -> bytes:
    """`mdia`, `minf`, `dinf` or `stbl`, by the allow-list."""
    parts: list[bytes] = []
    for child in box.children():
        if child.code not in _LISTS[box.code]:
            continue
        if child.code in _LISTS:
            parts.append(_media(child, original, source))
        elif child.code == b"mdhd":
            parts.append(_media_header(child, source))
        elif child.code == b"hdlr":
            # Type and subtype stay, the maker's codes and the name do not.
            parts.append(written(b"hdlr", child.payload[:12] + bytes(13)))
        elif child.code == b"stsd":
            parts.append(_descriptions(child, original, source))
        else:
            parts.append(written(child.code, child.payload))
    return written(box.code, *parts)


def _media_header(box: Box, source: Source) -> bytes:
    payload = bytearray(box.payload)
    wide = payload[0] == 1
    struct.pack_into(">QQ" if wide else ">II", payload, 4, *_fitting(source.created, wide))
    return written(b"mdhd", bytes(payload))


def _descriptions(box: Box, original: Track, source: Source) -> bytes:
    entries: Sequence[Box] = box.children(8)
    if original.handler == b"vide":
        entries = [_visual_entry(entry, original.shown(source.keep)) for entry in entries]
    else:
        entries = [_audio_entry(entry) for entry in entries]
    return written(b"stsd", box.payload[:8], *(written(entry.code, entry.payload) for entry in entries))


def _visual_entry(entry: Box, shown: bytes) -> Box:
    """The entry without the name of the encoder, with the decoder's record and what the source says of showing it."""
    fields = entry.payload[:42] + bytes(32) + entry.payload[74:VISUAL_ENTRY_BYTES]
    kept = (box for box in entry.children(VISUAL_ENTRY_BYTES) if box.code in _VISUAL_BOXES)
    return Box(entry.code, fields + b"".join(written(box.code, box.payload) for box in kept) + shown)


_AUDIO_BOXES = frozenset(
    (b"esds", b"wave", b"chan", b"chnl", b"pcmC", b"dac3", b"dec3", b"dOps", b"dfLa", b"alac", b"damr")
)
_AUDIO_ENTRY_BYTES = {0: 28, 1: 44, 2: 64}
"""Version of a sound's sample entry -> size of its fields (QuickTime has three, ISO knows the first)."""


def _audio_entry(entry: Box) -> Box:
    """The entry with its codec's own record, the bit rates in it blank: they were measured, and not in the same way."""
    fields = _AUDIO_ENTRY_BYTES.get(number(entry.payload, 8, 2))
    if fields is None:
        raise contradiction("the index of the copy")
    kept = (box for box in entry.children(fields) if box.code in _AUDIO_BOXES)
    return Box(entry.code, entry.payload[:fields] + b"".join(map(_audio_box, kept)))


def _audio_box(box: Box) -> bytes:
    if box.code == b"wave":
        return written(b"wave", *map(_audio_box, box.children()))
    if box.code == b"esds":
        return written(b"esds", _without_rates(box.payload))
    return written(box.code, box.payload)


def _without_rates(descriptor: bytes) -> bytes:
    """An elementary stream descriptor (ISO/IEC 14496-1 7.2.6.5) whose bit rates are unknown."""
    # FFmpeg writes every size in four bytes: ES_Descriptor at 4, its DecoderConfigDescriptor at 12.
    if descriptor[12:13] != b"\x04" or len(descriptor) < 30:
        return descriptor
    return descriptor[:22] + bytes(8) + descriptor[30:]
