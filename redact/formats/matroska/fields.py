"""Names what hides in a film besides its pictures and sound (RFC 9559; RFC 8794 for what any EBML may hold).

An element that is neither part of a film's own structure nor known here is named by its ID, as "unknown".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from redact.errors import DamagedFileError
from redact.formats.carriers import trailer
from redact.formats.matroska import blocks, covers, ebml, info, look, rules, tracks
from redact.formats.matroska.codes import PARTS, Code
from redact.formats.matroska.ebml import Element, Reader, Span
from redact.formats.matroska.layout import Layout
from redact.formats.matroska.packing import Budget
from redact.formats.matroska.tracks import Track
from redact.model import Field, Kind

_SAMPLED_FRAMES = 60
"""How many frames of a track are searched for messages: cameras put them into every picture or key frame."""

_LOOK_BYTES = 1 << 20
_MOST_LEVELS = 4
_MOST_NAMES = 1000

_NAMES: Mapping[int, tuple[str, Kind]] = {
    0x7BA9: ("Title", "text"),
    0x73A4: ("SegmentUUID", "device"),
    0x7384: ("SegmentFilename", "text"),
    0x3CB923: ("PrevUUID", "device"),
    0x3C83AB: ("PrevFilename", "text"),
    0x3EB923: ("NextUUID", "device"),
    0x3E83BB: ("NextFilename", "text"),
    0x4444: ("SegmentFamily", "device"),
    0x6924: ("ChapterTranslate", "unknown"),
    Code.DATE_UTC: ("DateUTC", "time"),
    Code.MUXING_APP: ("MuxingApp", "text"),
    Code.WRITING_APP: ("WritingApp", "text"),
    0x536E: ("Name", "text"),
    0x258688: ("CodecName", "text"),
    0x3A9697: ("CodecSettings", "text"),
    0x3B4040: ("CodecInfoURL", "text"),
    0x26B240: ("CodecDownloadURL", "text"),
    0x7446: ("AttachmentLink", "preview"),
    0x41A4: ("BlockAddIDName", "text"),
    Code.LANGUAGE_BCP47: ("LanguageBCP47", "text"),
    Code.COLOUR: ("Colour", "colour"),
    Code.PROJECTION: ("Projection", "orientation"),
    Code.CHAPTERS: ("Chapters", "text"),
    Code.ATTACHMENTS: ("Attachments", "unknown"),
    Code.TAGS: ("Tags", "text"),
    0xAF: ("EncryptedBlock", "unknown"),
    0x5854: ("SilentTracks", "unknown"),
    Code.BLOCK_ADDITIONS: ("BlockAdditions", "unknown"),
    Code.SEGMENT: ("second Segment", "preview"),
}
"""ID -> (name, kind) of what tells something."""

_TAGS: Mapping[str, Kind] = {
    "LOCATION": "location",
    "LOCATION-ENG": "location",
    "COM.APPLE.QUICKTIME.LOCATION.ISO6709": "location",
    "GPS": "location",
    "RECORDING_LOCATION": "location",
    "COMPOSITION_LOCATION": "location",
    "ARTIST": "author",
    "AUTHOR": "author",
    "COPYRIGHT": "copyright",
    "DIRECTOR": "author",
    "PRODUCER": "author",
    "CREATION_TIME": "time",
    "DATE": "time",
    "DATE_RECORDED": "time",
    "DATE_DIGITIZED": "time",
    "DATE_ENCODED": "time",
    "DATE_RELEASED": "time",
    "DATE_TAGGED": "time",
    "_STATISTICS_WRITING_DATE_UTC": "time",
    "TIMECODE": "time",
    "ENCODER": "text",
    "ENCODER_SETTINGS": "text",
    "_STATISTICS_WRITING_APP": "text",
    "MAKE": "device",
    "MODEL": "device",
    "COM.APPLE.QUICKTIME.MAKE": "device",
    "COM.APPLE.QUICKTIME.MODEL": "device",
    "HANDLER_NAME": "text",
    "VENDOR_ID": "device",
    "TITLE": "text",
    "COMMENT": "text",
    "DESCRIPTION": "text",
    "KEYWORDS": "text",
    "SYNOPSIS": "text",
    "LANGUAGE": "text",
    "DURATION": "unknown",
    "BPS": "unknown",
    "NUMBER_OF_FRAMES": "unknown",
    "NUMBER_OF_BYTES": "unknown",
    "_STATISTICS_TAGS": "unknown",
    "MAJOR_BRAND": "unknown",
    "MINOR_VERSION": "unknown",
    "COMPATIBLE_BRANDS": "unknown",
}
"""Names of tags that can be told: any other may be a text of somebody's own."""

_TRACKS: Mapping[int, tuple[str, Kind]] = {
    3: ("complex track", "unknown"),
    0x10: ("logo track", "preview"),
    0x11: ("subtitle track", "text"),
    0x12: ("button track", "unknown"),
    0x20: ("control track", "unknown"),
    0x21: ("metadata track", "telemetry"),
}

_HEADER_STRUCTURE = frozenset({
    Code.EBML_VERSION, Code.EBML_READ_VERSION, Code.EBML_MAX_ID_LENGTH, Code.EBML_MAX_SIZE_LENGTH, Code.DOC_TYPE,
    Code.DOC_TYPE_VERSION, Code.DOC_TYPE_READ_VERSION, Code.CRC_32,
})  # fmt: skip
_INFO_STRUCTURE = frozenset({Code.TIMESTAMP_SCALE, Code.DURATION, Code.CRC_32})
_ENTRY_STRUCTURE = frozenset({
    *tracks.DESCRIPTION, Code.TRACK_NUMBER, Code.TRACK_UID, Code.TRACK_TYPE, Code.TRACK_TIMESTAMP_SCALE, Code.CODEC_ID,
    Code.CODEC_PRIVATE, Code.MAX_BLOCK_ADDITION_ID, Code.BLOCK_ADDITION_MAPPING, Code.LANGUAGE, Code.VIDEO, Code.AUDIO,
    Code.CONTENT_ENCODINGS, Code.CRC_32, 0x6DE7, 0x6DF8, 0xAA, 0x537F, 0x6FAB,
})  # fmt: skip
_VIDEO_STRUCTURE = frozenset({*look.SHAPE, Code.CRC_32, 0x54B3, 0x2383E3, 0x2FB523, 0x2EB524, 0x53B9})
_AUDIO_STRUCTURE = frozenset({*tracks.SOUND_NUMBERS, Code.CRC_32, 0x7D7B})
_CLUSTER_STRUCTURE = frozenset({
    Code.TIMESTAMP, Code.POSITION, Code.PREV_SIZE, Code.SIMPLE_BLOCK, Code.BLOCK_GROUP, Code.CRC_32,
})  # fmt: skip
_GROUP_STRUCTURE = frozenset({
    Code.BLOCK, Code.BLOCK_DURATION, Code.REFERENCE_BLOCK, Code.DISCARD_PADDING, Code.CODEC_STATE, Code.CRC_32, 0xFA,
})  # fmt: skip
_PART_STRUCTURE = PARTS - {Code.ATTACHMENTS, Code.CHAPTERS, Code.TAGS} | {Code.CRC_32}


def of(film: Layout) -> Iterator[Field]:
    """Everything in the file that tells something, wherever it stands.

    Raises DamagedFileError, UnsupportedFormatError.
    """
    left_out = covers.numbers(film)
    kept = tracks.kept(film.tracks, Budget.of(film.reader.size), left_out)
    if left_out:
        yield Field("cover track", "preview", "Matroska Tracks")
    yield from _told(ebml.elements(film.header), _HEADER_STRUCTURE, "EBML header")
    yield from _whole(film.info)
    yield from _descriptions(film.tracks, kept)
    for span in film.others:
        yield from _part(film.reader, span)
    yield from _inside(film, tracks.by_source(kept))
    if film.end < film.reader.size:
        yield _behind(film.reader, film.end)


def _told(elements: Iterator[Element], structure: frozenset[int], where: str) -> Iterator[Field]:
    """A field for each element that is no structure."""
    for element in elements:
        if element.code not in structure and not (element.code == Code.VOID and not any(element.content)):
            yield _named(element.code, where)


def _named(code: int, where: str) -> Field:
    unknown: tuple[str, Kind] = ("Void" if code == Code.VOID else f"element {code:X}", "unknown")
    return Field(*_NAMES.get(code, unknown), where)


def _whole(content: bytes) -> Iterator[Field]:
    """What Info tells, but for the name that the copy has to have there."""
    others = (each for each in ebml.elements(content) if each.code not in info.APPS or each.content != info.APP)
    yield from _told(others, _INFO_STRUCTURE, "Matroska Info")


def _descriptions(content: bytes, kept: Sequence[Track]) -> Iterator[Field]:
    """The tracks that go, and what the descriptions of the others tell."""
    entries = [each for each in ebml.elements(content) if each.code == Code.TRACK_ENTRY]
    others = (each for each in ebml.elements(content) if each.code != Code.TRACK_ENTRY)
    yield from _told(others, frozenset({Code.CRC_32}), "Matroska Tracks")
    for entry in entries:
        if tracks.type_of(entry.content) not in (tracks.PICTURES, tracks.SOUND):
            yield _dropped_track(entry.content)
    for track in kept:
        yield from _description(track)


def _dropped_track(entry: bytes) -> Field:
    name, kind = _TRACKS.get(tracks.type_of(entry), ("track of an unknown kind", "unknown"))
    codec = tracks.codec_of(entry)
    return Field(name, "telemetry" if codec.startswith("D_") else kind, "Matroska Tracks")


def _description(track: Track) -> Iterator[Field]:
    where = "Matroska TrackEntry"
    yield from _told(ebml.elements(track.entry), _ENTRY_STRUCTURE, where)
    inside = rules.only(track.entry, (Code.VIDEO, Code.AUDIO, Code.LANGUAGE, Code.CODEC_PRIVATE))
    yield from _told(ebml.elements(inside.get(Code.VIDEO, b"")), _VIDEO_STRUCTURE, "Matroska Video")
    yield from _told(ebml.elements(inside.get(Code.AUDIO, b"")), _AUDIO_STRUCTURE, "Matroska Audio")
    if not tracks.is_language(inside.get(Code.LANGUAGE, b"und")):
        yield Field("Language", "text", where)
    if track.coding is None and track.original_private != track.private:
        yield Field("CodecPrivate", "text", f"Matroska {track.codec}")


def _part(reader: Reader, span: Span) -> Iterator[Field]:
    """What a part of the film beside its clusters tells, which is none of Info and Tracks."""
    if span.code == Code.VOID:
        if not _is_blank(reader, span):
            yield _named(span.code, "Matroska Segment")
    elif span.code == Code.TAGS:
        yield from _tags(reader.content(span))
    elif span.code == Code.ATTACHMENTS:
        yield from _attachments(reader, span)
    elif span.code not in _PART_STRUCTURE:
        yield _named(span.code, "Matroska Segment")


def _is_blank(reader: Reader, span: Span) -> bool:
    start, end = span.body, span.end or span.body
    for place in range(start, end, _LOOK_BYTES):
        reader.source.seek(place)
        if any(reader.source.read(min(_LOOK_BYTES, end - place))):
            return False
    return True


def _tags(content: bytes) -> Iterator[Field]:
    """The tags by their names, where those are known. What is garbled is named as a whole."""
    level = [Element(Code.TAGS, content)]
    try:
        for _ in range(_MOST_LEVELS):
            level = [each for parent in level for each in parent.children if each.code in (Code.TAG, Code.SIMPLE_TAG)]
            for tag in level:
                if tag.code == Code.SIMPLE_TAG:
                    yield _tag(tag)
    except DamagedFileError:
        yield _named(Code.TAGS, "Matroska Segment")


def _tag(tag: Element) -> Field:
    name = next((each.content for each in tag.children if each.code == Code.TAG_NAME), b"")
    text = name.rstrip(b"\0").decode("latin-1").upper()
    return Field(text, _TAGS[text], "Matroska Tags") if text in _TAGS else Field("tag", "text", "Matroska Tags")


def _attachments(reader: Reader, span: Span) -> Iterator[Field]:
    """The attached files: pictures are covers. Their contents are not read; what is garbled is named as a whole."""
    try:
        for file in reader.spans(span.body, span.end or span.body):
            if file.code == Code.ATTACHED_FILE:
                yield _attached(reader, file)
    except DamagedFileError:
        yield _named(Code.ATTACHMENTS, "Matroska Segment")


def _attached(reader: Reader, file: Span) -> Field:
    inside = reader.spans(file.body, file.end or file.body)
    media = next((reader.content(each) for each in inside if each.code == Code.FILE_MEDIA_TYPE), b"")
    return Field("AttachedFile", "preview" if media.startswith(b"image/") else "unknown", "Matroska Attachments")


def _inside(film: Layout, kept: Mapping[int, Track]) -> Iterator[Field]:
    """Each kind of message in the first frames of each track, and each kind of element that is no block, once."""
    seen: dict[Field, None] = {}
    left = dict.fromkeys(kept, _SAMPLED_FRAMES)
    for coding in (track.coding for track in kept.values() if track.coding is not None):
        seen.update(dict.fromkeys(Field(*told, coding.carrier) for told in coding.told))
    for cluster in film.clusters():
        for span in film.reader.spans(cluster.body, cluster.end or cluster.body):
            seen.update(dict.fromkeys(_in_cluster(film.reader, span, kept, left)))
            if len(seen) > _MOST_NAMES:
                raise ebml.contradiction("the number of kinds of elements")
    yield from seen


def _in_cluster(reader: Reader, span: Span, kept: Mapping[int, Track], left: dict[int, int]) -> Iterator[Field]:
    where = "Matroska Cluster"
    if span.code == Code.SIMPLE_BLOCK:
        if any(left.values()):
            yield from _messages(reader.content(span), kept, left)
    elif span.code == Code.BLOCK_GROUP:
        group = Element(span.code, reader.content(span))
        block = next((each.content for each in group.children if each.code == Code.BLOCK), b"\x80")
        track = kept.get(blocks.track_of(block))
        stays = {Code.BLOCK_ADDITIONS} if track is not None and track.transparent else set()
        yield from _told(iter(group.children), _GROUP_STRUCTURE | stays, "Matroska BlockGroup")
        yield from _messages(block, kept, left)
    elif span.code == Code.VOID:
        if not _is_blank(reader, span):
            yield _named(span.code, where)
    elif span.code not in _CLUSTER_STRUCTURE:
        yield _named(span.code, where)


def _messages(content: bytes, kept: Mapping[int, Track], left: dict[int, int]) -> Iterator[Field]:
    """What the pictures of a block tell, until enough of its track were looked at."""
    number = blocks.track_of(content)
    track = kept.get(number)
    if track is None or track.coding is None or not left[number]:
        left.pop(number, None)
        return
    left[number] -= 1
    for frame in blocks.read(content).frames:
        for message in track.coding.messages(track.unpack(frame)):
            yield Field(*message, track.coding.carrier)


def _behind(reader: Reader, start: int) -> Field:
    """What follows the film: another one, or something else."""
    reader.source.seek(start)
    head = reader.source.read(_LOOK_BYTES)
    reader.source.seek(max(start, reader.size - _LOOK_BYTES))
    return trailer.field(head + reader.source.read(_LOOK_BYTES), "Matroska")
