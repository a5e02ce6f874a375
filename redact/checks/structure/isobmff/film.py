"""MP4 and QuickTime: a strict walk of the boxes (ISO/IEC 14496-12, -14, -15; Apple's QuickTime File Format).

Location hides in udta and meta boxes, in uuid boxes, in tracks that are neither picture nor sound, in stale free boxes,
in handler and compressor names, in times, in mdat bytes that no sample refers to, in the descriptions of samples (see
`descriptions`) and in the coded stream itself (see `pictures`). Allowed is what a player needs of one moov with tracks
of picture and sound, and who made it where that may stay; fragments are not.
"""

from __future__ import annotations

from redact.checks.reading import Buffer, Flaw, printable, take
from redact.checks.structure import wording
from redact.checks.structure.isobmff import descriptions, samples
from redact.checks.structure.isobmff.boxes import Box, Rule, admit, boxes, exactly, up_to, zeros
from redact.model import Keep

_LARGEST_FREE = 4096
_MOST_EDITS = 3

_BRANDS = frozenset({
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41", b"mp42", b"mp71",
    b"avc1", b"hvc1", b"hev1", b"qt  ", b"M4V ", b"M4A ", b"3gp4", b"3gp5", b"3gp6", b"3g2a", b"dby1", b"av01",
})  # fmt: skip
_MINOR_VERSIONS = frozenset({0, 1, 0x100, 0x200, 0x20050300})

_HANDLER_NAMES = {
    b"vide": (b"", b"VideoHandler"),
    b"soun": (b"", b"SoundHandler"),
    b"url ": (b"", b"DataHandler"),
    b"alis": (b"", b"DataHandler"),
}
"""Nobody's, or the ones FFmpeg's muxer writes of itself; a camera writes its make here."""

_ENCODERS = (b"", b"FFMP")


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
            admit(data, box, {b"ftyp": _brands, **_FILLERS}, keep)
    count += _descend(data, movies[0], keep)
    tracks = [_track(data, box) for box in boxes(data, movies[0].start, movies[0].end) if box.kind == b"trak"]
    if not tracks:
        message = "there is neither a picture track nor sound"
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
            count += descriptions.inspect(data, box, keep)
        elif box.kind in samples.TABLES and box.kind in rules:
            samples.demand_shape(data, box.kind, box.start, box.end)
        else:
            admit(data, box, rules, keep)
    return count


def _track(data: Buffer, track: Box) -> samples.Track:
    """The sample tables of one track, ready to be laid over mdat. Raises Flaw when one is missing."""
    inside = _index(data, track, b"mdia")
    media = _index(data, inside[b"mdia"], b"hdlr", b"minf")
    handler = take(data, media[b"hdlr"].start, 12, media[b"hdlr"].end)[8:12]
    if handler not in (b"vide", b"soun"):
        message = "a track is neither picture nor sound"
        raise Flaw(message)
    table = _index(data, _index(data, media[b"minf"], b"stbl")[b"stbl"], b"stsd", b"stsz", b"stsc")
    described = descriptions.read(data, table[b"stsd"], handler)
    places = {kind: (box.start, box.end) for kind, box in table.items()}
    return samples.Track.read(data, handler, described, places)


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
    """One stretch of the track at ordinary speed, with gaps before or behind it at most."""
    size, starts = (20, slice(8, 16)) if body[:1] == b"\1" else (12, slice(4, 8))
    edits = [body[place : place + size] for place in range(8, len(body), size)]
    gap = b"\xff" * (starts.stop - starts.start)
    return (
        body[:4] in (bytes(4), b"\1\0\0\0")
        and len(body) == 8 + size * int.from_bytes(body[4:8], "big")
        and all(edit[-4:] == b"\0\1\0\0" for edit in edits)
        and sum(edit[starts] != gap for edit in edits) <= 1
        and len(edits) <= _MOST_EDITS
    )


def _picture_media_header(body: bytes, _keep: Keep) -> bool:
    return body[:4] in (bytes(4), b"\0\0\0\1") and body[4:] in (bytes(8), b"\0\x40" + 3 * b"\x80\0")


def _references(body: bytes, _keep: Keep) -> bool:
    """One reference, to the file itself: a longer one is a path."""
    return body[:12] == bytes(7) + b"\1" + b"\0\0\0\x0c" and body[12:] in (b"url \0\0\0\1", b"alis\0\0\0\1")


def _group_description(body: bytes, _keep: Keep) -> bool:
    return len(body) <= 64 and body[4:8] in (b"roll", b"prol", b"rap ", b"sync")


_ITEMS = {b"\xa9ART": "author", b"cprt": "copyright"}


def _credits(body: bytes, keep: Keep) -> bool:
    """A list as iTunes has it, with one short, printable text for who made it and whose it is, where those may stay."""
    handler, listed = boxes(body, 4, len(body))
    items = list(boxes(body, listed.start, listed.end))
    known = (
        body[:4] == bytes(4)
        and (handler.kind, body[handler.start : handler.end]) == (b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
        and (listed.kind, len({item.kind for item in items})) == (b"ilst", len(items))
    )
    return known and all(_ITEMS.get(item.kind) in keep.kinds and _short_text(body, item) for item in items)


def _short_text(body: bytes, item: Box) -> bool:
    (value,) = boxes(body, item.start, item.end)
    text = body[value.start + 8 : value.end].decode("utf-8")
    plain = value.kind == b"data" and body[value.start : value.start + 8] == b"\0\0\0\1" + bytes(4)
    return plain and wording.is_credit(text)


def _picture_size(body: bytes, _keep: Keep) -> bool:
    return len(body) == 12 and body[:4] == bytes(4)


_FILLERS: dict[bytes, Rule] = {b"free": _filler, b"skip": _filler, b"wide": zeros(0)}
_REPEATED = frozenset({b"trak", b"free", b"skip", b"sgpd", b"sbgp"})
_TABLES: dict[bytes, Rule] = dict.fromkeys(samples.TABLES, up_to(0))
_CONTAINER = up_to(0)

_INSIDE: dict[bytes, dict[bytes, Rule]] = {
    b"moov": {b"mvhd": _movie_header, b"trak": _CONTAINER, b"udta": _CONTAINER, **_FILLERS},
    b"udta": {b"meta": _credits},
    b"trak": {b"tkhd": _track_header, b"edts": _CONTAINER, b"mdia": _CONTAINER, b"tapt": _CONTAINER, **_FILLERS},
    b"tapt": {b"clef": _picture_size, b"prof": _picture_size, b"enof": _picture_size},
    b"edts": {b"elst": _edits},
    b"mdia": {b"mdhd": _media_header, b"hdlr": _handler, b"minf": _CONTAINER},
    b"minf": {
        b"vmhd": _picture_media_header,
        b"smhd": zeros(8),
        b"hdlr": _handler,
        b"dinf": _CONTAINER,
        b"stbl": _CONTAINER,
    },
    b"dinf": {b"dref": _references},
    b"stbl": {b"stsd": _CONTAINER, b"cslg": exactly(24, 44), b"sgpd": _group_description, **_TABLES},
}
