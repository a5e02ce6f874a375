"""MP4 and QuickTime: a strict walk of the boxes (ISO/IEC 14496-12, -14, -15; Apple's QuickTime File Format).

Location hides in udta and meta boxes, in uuid boxes, in tracks that are neither picture nor sound, in stale free boxes,
in handler and compressor names, in times, in mdat bytes that no sample refers to, and in the coded stream itself
(see `samples`). Allowed is what a player needs of one moov with tracks of picture and sound; fragments are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from redact.checks.reading import Buffer, Flaw, printable, take
from redact.checks.structure import samples
from redact.model import Keep

Rule: TypeAlias = "Callable[[bytes, Keep], bool]"
"""True when the content of a box is allowed under the kinds that may stay."""

_LARGEST_FREE = 4096
_LARGEST_LEAF = 1 << 16
"""Bytes. No header, configuration or colour box is longer."""

_BRANDS = frozenset({
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41", b"mp42", b"mp71",
    b"avc1", b"hvc1", b"hev1", b"qt  ", b"M4V ", b"M4A ", b"3gp4", b"3gp5", b"3gp6", b"3g2a", b"dby1",
})  # fmt: skip
_MINOR_VERSIONS = frozenset({0, 1, 0x200, 0x20050300})

_HANDLER_NAMES = {
    b"vide": (b"", b"VideoHandler"),
    b"soun": (b"", b"SoundHandler"),
    b"url ": (b"", b"DataHandler"),
    b"alis": (b"", b"DataHandler"),
}
"""Nobody's, or the ones FFmpeg's muxer writes of itself; a camera writes its make here."""

_ENCODERS = (b"", b"FFMP")


@dataclass(frozen=True)
class Box:
    """A box: its type, and where its content begins and ends."""

    kind: bytes
    start: int
    end: int

    @property
    def size(self) -> int:
        """Bytes of content."""
        return self.end - self.start


def boxes(data: Buffer, start: int, end: int) -> Iterator[Box]:
    """Every box between two places. Raises Flaw when they do not fill it exactly."""
    while start < end:
        head = take(data, start, 8, end)
        untrusted_size, kind, content = int.from_bytes(head[:4], "big"), head[4:], start + 8
        if untrusted_size == 1:
            untrusted_size, content = int.from_bytes(take(data, content, 8, end), "big"), start + 16
        if untrusted_size < content - start or start + untrusted_size > end:
            message = f"{printable(kind)} does not fit into what holds it"
            raise Flaw(message)
        yield Box(kind, content, start + untrusted_size)
        start += untrusted_size


def inspect(data: Buffer, keep: Keep) -> int:
    """How many boxes the file has. Raises Flaw unless all of them are allowed and every byte of mdat is a sample's."""
    found = list(boxes(data, 0, len(data)))
    count = len(found)
    movies = [box for box in found if box.kind == b"moov"]
    media = [(box.start, box.end) for box in found if box.kind == b"mdat"]
    if found[0].kind != b"ftyp" or len(movies) != 1:
        message = "there is not one ftyp at the beginning and one moov"
        raise Flaw(message)
    for box in found:
        if box.kind not in (b"moov", b"mdat"):
            _admit(data, box, {b"ftyp": _brands, **_FILLERS}, keep)
    count += _descend(data, movies[0], keep)
    tracks = [_track(data, box) for box in boxes(data, movies[0].start, movies[0].end) if box.kind == b"trak"]
    if [track.handler for track in tracks].count(b"vide") != 1:
        message = "there is not exactly one picture track"
        raise Flaw(message)
    samples.demand_tiles(media, tracks, len(data))
    for track in tracks:
        if track.handler == b"vide":
            samples.demand_pictures_alone(data, track)
    return count


def _descend(data: Buffer, parent: Box, keep: Keep) -> int:
    """Check the boxes inside one whose content is boxes; how many there are, to any depth."""
    rules, count, seen = _INSIDE[parent.kind], 0, set()
    for box in boxes(data, parent.start, parent.end):
        if box.kind in seen and box.kind not in _REPEATED:
            message = f"{printable(box.kind)} is there twice in one {printable(parent.kind)}"
            raise Flaw(message)
        seen.add(box.kind)
        count += 1
        if box.kind in _INSIDE and box.kind in rules:
            count += _descend(data, box, keep)
        elif box.kind == b"stsd" and box.kind in rules:
            count += _descriptions(data, box, keep)
        elif box.kind in samples.TABLES and box.kind in rules:
            samples.demand_shape(data, box.kind, box.start, box.end)
        else:
            _admit(data, box, rules, keep)
    return count


def _admit(data: Buffer, box: Box, rules: Mapping[bytes, Rule], keep: Keep) -> None:
    rule = rules.get(box.kind)
    if rule is None:
        message = f"box {printable(box.kind)} is not allowed"
        raise Flaw(message)
    if box.size > _LARGEST_LEAF:
        message = f"box {printable(box.kind)} is too long"
        raise Flaw(message)
    if not rule(bytes(data[box.start : box.end]), keep):
        message = f"box {printable(box.kind)} holds something that is not allowed"
        raise Flaw(message)


def _descriptions(data: Buffer, table: Box, keep: Keep) -> int:
    """Check a sample description table; how many boxes are in it."""
    entries = list(boxes(data, table.start + 8, table.end))
    if take(data, table.start, 8, table.end) != bytes(4) + len(entries).to_bytes(4, "big"):
        message = "stsd does not hold as many entries as it says"
        raise Flaw(message)
    count = len(entries)
    for entry in entries:
        if entry.kind in samples.PICTURES:
            rules, start = _PICTURE_PARTS, entry.start + 78
            allowed = _picture_entry(take(data, entry.start, 78, entry.end))
        elif entry.kind in _SOUNDS:
            rules, (start, allowed) = _SOUND_PARTS, _sound_entry(data, entry)
        else:
            message = f"coding {printable(entry.kind)} cannot be vouched for"
            raise Flaw(message)
        if not allowed:
            message = f"the description of {printable(entry.kind)} holds something that is not allowed"
            raise Flaw(message)
        for box in boxes(data, start, entry.end):
            count += 1
            if box.kind == b"wave" and b"wave" in rules:
                for part in boxes(data, box.start, box.end):
                    _admit(data, part, _WAVE_PARTS, keep)
            else:
                _admit(data, box, rules, keep)
    return count


def _picture_entry(body: bytes) -> bool:
    """The fixed part of a picture's description: reserved bytes are zero and no maker or compressor is named."""
    name = body[42:74]
    return (
        body[:8] == bytes(7) + b"\1"
        and body[8:12] == bytes(4)
        and body[12:16].strip(b"\0") in _ENCODERS
        and body[16:24] in (bytes(8), b"\0\0\2\0\0\0\2\0")
        and body[36:40] == bytes(4)
        and body[40:42] == b"\0\1"
        and not any(name)
        and body[76:78] == b"\xff\xff"
    )


def _sound_entry(data: Buffer, entry: Box) -> tuple[int, bool]:
    """Where the boxes of a sound's description begin, and whether its fixed part is allowed."""
    body = take(data, entry.start, 28, entry.end)
    version = int.from_bytes(body[8:10], "big")
    size = {0: 28, 1: 44, 2: 64}.get(version, 0)
    take(data, entry.start, size, entry.end)
    return entry.start + size, size > 0 and body[:8] == bytes(7) + b"\1" and body[10:16] == bytes(6)


def _track(data: Buffer, track: Box) -> samples.Track:
    """The sample tables of one track, ready to be laid over mdat. Raises Flaw when one is missing."""
    inside = _index(data, track, b"mdia")
    media = _index(data, inside[b"mdia"], b"hdlr", b"minf")
    handler = take(data, media[b"hdlr"].start, 12, media[b"hdlr"].end)[8:12]
    table = _index(data, _index(data, media[b"minf"], b"stbl")[b"stbl"], b"stsd", b"stsz", b"stsc")
    entries = [(box.kind, box.start, box.end) for box in boxes(data, table[b"stsd"].start + 8, table[b"stsd"].end)]
    places = {kind: (box.start, box.end) for kind, box in table.items()}
    return samples.Track.read(data, handler, entries, places)


def _index(data: Buffer, parent: Box, *needed: bytes) -> dict[bytes, Box]:
    found = {box.kind: box for box in boxes(data, parent.start, parent.end)}
    for kind in needed:
        if kind not in found:
            message = f"{printable(kind)} is missing"
            raise Flaw(message)
    return found


def _brands(body: bytes, _keep: Keep) -> bool:
    brands = [body[:4], *(body[place : place + 4] for place in range(8, len(body), 4))]
    return len(body) <= 128 and _BRANDS.issuperset(brands) and int.from_bytes(body[4:8], "big") in _MINOR_VERSIONS


def _filler(body: bytes, _keep: Keep) -> bool:
    return len(body) <= _LARGEST_FREE and not any(body)


def _movie_header(body: bytes, keep: Keep) -> bool:
    rest = body[20:] if body[:1] == b"\0" else body[32:]
    return len(rest) == 80 and _times_allowed(body, 8 if body[0] else 4, keep) and not any(rest[6:16] + rest[52:76])


def _track_header(body: bytes, keep: Keep) -> bool:
    wide = 8 if body[0] else 4
    identity = 4 + 2 * wide
    rest = body[identity + 8 + wide :]
    reserved = body[identity + 4 : identity + 8] + rest[:8] + rest[14:16]
    return (
        body[0] <= 1
        and body[1:3] == bytes(2)
        and len(rest) == 60
        and not any(reserved)
        and _times_allowed(body, wide, keep)
    )


def _media_header(body: bytes, keep: Keep) -> bool:
    wide = 8 if body[:1] == b"\1" else 4
    return len(body) == 4 + 3 * wide + 8 and not any(body[-2:]) and _times_allowed(body, wide, keep)


def _times_allowed(body: bytes, wide: int, keep: Keep) -> bool:
    """Version, flags aside, and whether creation and modification are zero or may stay."""
    return body[0] <= 1 and ("time" in keep or not any(body[4 : 4 + 2 * wide]))


def _handler(body: bytes, _keep: Keep) -> bool:
    kind, name = body[8:12], body[24:]
    # QuickTime counts the name's letters first, ISO ends it with zero; both may be followed by nothing else.
    names = _HANDLER_NAMES.get(kind, ())
    spelt = [form for text in names for form in (text, text + b"\0", bytes([len(text)]) + text)]
    return body[:4] == bytes(4) and body[4:8] in (bytes(4), b"mhlr", b"dhlr") and not any(body[12:24]) and name in spelt


def _edits(body: bytes, _keep: Keep) -> bool:
    return body[:1] in (b"\0", b"\1") and len(body) == 8 + int.from_bytes(body[4:8], "big") * (20 if body[0] else 12)


def _picture_media_header(body: bytes, _keep: Keep) -> bool:
    return body[:4] in (bytes(4), b"\0\0\0\1") and body[4:] in (bytes(8), b"\0\x40" + 3 * b"\x80\0")


def _references(body: bytes, _keep: Keep) -> bool:
    """One reference, to the file itself: a longer one is a path."""
    return body[:12] == bytes(7) + b"\1" + b"\0\0\0\x0c" and body[12:] in (b"url \0\0\0\1", b"alis\0\0\0\1")


def _group_description(body: bytes, _keep: Keep) -> bool:
    return len(body) <= 64 and body[4:8] in (b"roll", b"prol", b"rap ", b"sync")


def _exactly(*sizes: int) -> Rule:
    return lambda body, _keep: len(body) in sizes


def _zeros(*sizes: int) -> Rule:
    return lambda body, _keep: len(body) in sizes and not any(body)


def _up_to(size: int) -> Rule:
    return lambda body, _keep: len(body) <= size


def _with_colour(*sizes: int) -> Rule:
    return lambda body, keep: "colour" in keep and len(body) in sizes


def _colour(body: bytes, keep: Keep) -> bool:
    return "colour" in keep and len(body) == {b"nclc": 10, b"nclx": 11}.get(body[:4])


def _avc_configuration(body: bytes, _keep: Keep) -> bool:
    return samples.avc_units_allowed(body)


def _hevc_configuration(body: bytes, _keep: Keep) -> bool:
    return samples.hevc_units_allowed(body)


def _elementary_stream(body: bytes, _keep: Keep) -> bool:
    """MPEG-4 descriptors (14496-1): stream, decoder configuration, decoder specific, sync layer; nothing else."""
    return body[:4] == bytes(4) and _descriptors(body[4:], (3,))


def _descriptors(body: bytes, allowed: tuple[int, ...]) -> bool:
    while body:
        kind, size, position = body[0], 0, 1
        for _ in range(4):
            octet = body[position]
            size, position = size << 7 | octet & 0x7F, position + 1
            if octet < 0x80:
                break
        content, body = body[position : position + size], body[position + size :]
        inside = {3: (content[3:], (4, 6)), 4: (content[13:], (5,))}.get(kind)
        if kind not in allowed or len(content) != size or size > 256:
            return False
        # A stream that depends on another, or has an address, says so in flags.
        if kind == 3 and content[2] & 0xE0:
            return False
        if inside and not _descriptors(*inside):
            return False
    return True


def _layout(body: bytes, _keep: Keep) -> bool:
    return len(body) >= 16 and len(body) == 16 + 20 * int.from_bytes(body[12:16], "big") <= 1024


def _picture_size(body: bytes, _keep: Keep) -> bool:
    return len(body) == 12 and body[:4] == bytes(4)


_FILLERS: dict[bytes, Rule] = {b"free": _filler, b"skip": _filler, b"wide": _zeros(0)}
_REPEATED = frozenset({b"trak", b"free", b"skip", b"sgpd", b"sbgp"})
_TABLES: dict[bytes, Rule] = dict.fromkeys(samples.TABLES, _up_to(0))
_CONTAINER = _up_to(0)

_INSIDE: dict[bytes, dict[bytes, Rule]] = {
    b"moov": {b"mvhd": _movie_header, b"trak": _CONTAINER, **_FILLERS},
    b"trak": {b"tkhd": _track_header, b"edts": _CONTAINER, b"mdia": _CONTAINER, b"tapt": _CONTAINER, **_FILLERS},
    b"tapt": {b"clef": _picture_size, b"prof": _picture_size, b"enof": _picture_size},
    b"edts": {b"elst": _edits},
    b"mdia": {b"mdhd": _media_header, b"hdlr": _handler, b"minf": _CONTAINER},
    b"minf": {
        b"vmhd": _picture_media_header,
        b"smhd": _zeros(8),
        b"hdlr": _handler,
        b"dinf": _CONTAINER,
        b"stbl": _CONTAINER,
    },
    b"dinf": {b"dref": _references},
    b"stbl": {b"stsd": _CONTAINER, b"cslg": _exactly(24, 44), b"sgpd": _group_description, **_TABLES},
}

_SOUNDS = frozenset({
    b"mp4a", b"ac-3", b"ec-3", b"alac", b"sowt", b"twos", b"in24", b"in32", b"fl32", b"fl64", b"lpcm", b"ipcm",
    b"fpcm", b"ulaw", b"alaw", b"raw ", b"Opus", b".mp3",
})  # fmt: skip
_PICTURE_PARTS: dict[bytes, Rule] = {
    b"avcC": _avc_configuration,
    b"hvcC": _hevc_configuration,
    b"colr": _colour,
    b"pasp": _exactly(8),
    b"clap": _exactly(32),
    b"btrt": _exactly(12),
    b"fiel": _exactly(2),
    b"mdcv": _with_colour(24),
    b"clli": _with_colour(4),
    b"amve": _with_colour(8),
}
_SOUND_PARTS: dict[bytes, Rule] = {
    b"esds": _elementary_stream,
    b"wave": _CONTAINER,
    b"chan": _layout,
    b"chnl": _up_to(64),
    b"pcmC": _exactly(6),
    b"btrt": _exactly(12),
    b"dac3": _exactly(3),
    b"dec3": _up_to(16),
    b"alac": _exactly(28, 52),
    b"dOps": _up_to(32),
}
_WAVE_PARTS: dict[bytes, Rule] = {
    b"frma": _exactly(4),
    b"mp4a": _zeros(4),
    b"esds": _elementary_stream,
    b"alac": _exactly(28, 52),
    b"dac3": _exactly(3),
    b"dec3": _up_to(16),
    b"enda": _exactly(2),
    b"chan": _layout,
    bytes(4): _exactly(0),
}
