"""Names what hides in the boxes of a film (ISO/IEC 14496-12, QuickTime File Format, 3GPP TS 26.244). Keeps nothing.

A box that is neither part of a film's own structure nor known here is named by its code, as "unknown".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import BinaryIO

from redact.errors import DamagedFileError
from redact.formats.boxes import Box, Layout, Span, boxes, contradiction, number, printable
from redact.formats.carriers import trailer, xmp
from redact.formats.film.looks import COLOURS, MATRIX_BYTES, UNTURNED, matrix_of, plain
from redact.formats.film.pictures import ENTRIES, ENTRY_BYTES
from redact.model import Field, Kind

_CONTAINERS = frozenset({
    b"moov", b"trak", b"mdia", b"minf", b"dinf", b"edts", b"stbl", b"mvex", b"moof", b"traf", b"mfra", b"gmhd", b"tref",
})  # fmt: skip
_STRUCTURE = frozenset({
    b"ftyp", b"styp", b"mdat", b"sidx", b"ssix", b"mfro", b"tfra", b"mfhd", b"tfhd", b"tfdt", b"trun", b"trex", b"mehd",
    b"dref", b"elst", b"vmhd", b"smhd", b"nmhd", b"sthd", b"gmin", b"stts", b"ctts", b"cslg", b"stss", b"stsc", b"stsz",
    b"stz2", b"stco", b"co64", b"sgpd", b"sbgp", b"sdtp", b"stps", b"iods", b"tapt", b"clef", b"prof", b"enof", b"load",
    b"chap", b"cdsc", b"tmcd", b"hint", b"sync", b"subs", b"saiz", b"saio", b"padb", b"stdp", b"elng", b"pdin", b"cdep",
    b"text", b"pasp", b"clap", b"fiel", b"avcC", b"hvcC", b"vvcC", b"av1C", b"vpcC", b"d263", b"st3d", b"sv3d",
    b"btrt", b"esds",
})  # fmt: skip
_MOST_LEVELS = 12
"""The deepest of a film's own boxes lies seven levels down."""

_PADDING = frozenset((b"free", b"skip", b"wide"))
_HEADERS = frozenset((b"mvhd", b"tkhd", b"mdhd"))

_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_LOOK_BYTES = 1 << 20

_USER_DATA: Mapping[bytes, tuple[str, Kind]] = {
    b"\xa9xyz": ("©xyz", "location"),
    b"loci": ("loci", "location"),
    b"GPMF": ("GPMF", "telemetry"),
    b"thmb": ("thmb", "preview"),
    b"tnal": ("tnal", "preview"),
    b"snal": ("snal", "preview"),
    b"mcvr": ("mcvr", "preview"),
    b"\xa9day": ("©day", "time"),
    b"date": ("date", "time"),
    b"yrrc": ("yrrc", "time"),
    b"auth": ("auth", "author"),
    b"cprt": ("cprt", "copyright"),
    b"\xa9cpy": ("©cpy", "copyright"),
    b"\xa9aut": ("©aut", "author"),
    b"\xa9ART": ("©ART", "author"),
    b"\xa9mak": ("©mak", "device"),
    b"\xa9mod": ("©mod", "device"),
    b"\xa9swr": ("©swr", "text"),
    b"\xa9too": ("©too", "text"),
    b"manu": ("manu", "device"),
    b"modl": ("modl", "device"),
    b"FIRM": ("FIRM", "device"),
    b"LENS": ("LENS", "device"),
    b"CAME": ("CAME", "device"),
    b"MUID": ("MUID", "device"),
    b"GUMI": ("GUMI", "device"),
    b"BCID": ("BCID", "device"),
    b"name": ("name", "text"),
    b"titl": ("titl", "text"),
    b"dscp": ("dscp", "text"),
    b"chpl": ("chapters", "text"),
    b"Xtra": ("Xtra", "text"),
    b"covr": ("covr", "preview"),
}
"""Code -> (name, kind) of user data and of iTunes' list."""

_KEY_NAME = re.compile(r"[A-Za-z][A-Za-z._ -]{0,79}(ISO6709)?")
_KEY_KINDS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"location|gps|latitude|longitude|altitude", re.IGNORECASE), "location"),
    (re.compile(r"date|time", re.IGNORECASE), "time"),
    (re.compile(r"artwork|thumbnail|preview", re.IGNORECASE), "preview"),
    (re.compile(r"identifier|serial|uuid", re.IGNORECASE), "device"),
    (re.compile(r"make|model|camera|lens", re.IGNORECASE), "device"),
    (re.compile(r"software|version", re.IGNORECASE), "text"),
    (re.compile(r"copyright", re.IGNORECASE), "copyright"),
    (re.compile(r"author|artist|owner", re.IGNORECASE), "author"),
    (re.compile(r"comment|title|description|keyword", re.IGNORECASE), "text"),
)

_TRACK_KINDS: Mapping[bytes, Kind] = {
    b"text": "text",
    b"sbtl": "text",
    b"subt": "text",
    b"clcp": "text",
    b"tmcd": "time",
    b"pict": "preview",
    b"auxv": "preview",
    b"vide": "preview",
    b"meta": "telemetry",
    b"data": "telemetry",
    b"camm": "telemetry",
}


def top_fields(source: BinaryIO, layout: Layout, container: str) -> Iterator[Field]:
    """Everything around the index: padding that is not blank, vendors' boxes, fragments, bytes behind the last box."""
    for span in layout.spans:
        if span.code in _PADDING:
            if not _is_blank(source, span):
                yield Field(printable(span.code), "unknown", "top level")
        elif span.code == b"moof" or (span.code not in _STRUCTURE and span.code != b"moov"):
            yield from _fields(_seen(source, span), "top level")
    if layout.end < layout.size:
        yield trailer.field(_ends(source, layout.end, layout.size), container)


def index_fields(moov: Box, kept: Collection[int]) -> Iterator[Field]:
    """Everything in the index, the tracks that are not `kept` among it. Raises DamagedFileError.

    kept: identifiers of tracks
    """
    _check_depth(moov)
    for box in moov.children():
        strange = list(_stranger_fields(box, kept)) if box.code == b"trak" else []
        yield from strange
        # How a track is turned that is gone is no loss.
        yield from (each for each in _fields(box, "moov") if not strange or each.kind != "orientation")


def _check_depth(box: Box) -> None:
    """Raises DamagedFileError for boxes nested deeper than any film's."""
    level = [box]
    for _ in range(_MOST_LEVELS):
        level = [child for each in level if each.code in _CONTAINERS for child in each.children()]
    if level:
        raise contradiction("the index")


def _seen(source: BinaryIO, span: Span) -> Box:
    """The box, of a large one its beginning: enough to name it."""
    if span.code == b"moof":
        box = span.read(source)
    else:
        source.seek(span.body)
        box = Box(span.code, source.read(min(span.end - span.body, _LOOK_BYTES)))
    _check_depth(box)
    return box


def _is_blank(source: BinaryIO, span: Span) -> bool:
    source.seek(span.body)
    left = span.end - span.body
    while left:
        piece = source.read(min(left, _LOOK_BYTES))
        if piece.strip(b"\0") or not piece:
            return False
        left -= len(piece)
    return True


def _ends(source: BinaryIO, start: int, end: int) -> bytes:
    """The first and last bytes of a stretch: enough to tell what it is."""
    source.seek(start)
    head = source.read(min(end - start, _LOOK_BYTES))
    source.seek(max(start + len(head), end - _LOOK_BYTES))
    return head + source.read(_LOOK_BYTES)


def _fields(box: Box, where: str) -> Iterator[Field]:
    """What a box of the index or of the top level tells, with all that is inside it."""
    if box.code in _READERS:
        yield from _READERS[box.code](box, where)
    elif box.code in _CONTAINERS:
        for child in box.children():
            yield from _fields(child, box.name)
    elif box.code not in _STRUCTURE:
        yield Field(box.name, "unknown", where)


def _loose_fields(box: Box, where: str) -> Iterator[Field]:
    """The fields of a box that is dropped whole: cameras write all sorts of things there, so garble is no damage."""
    try:
        fields = list((_user_data_fields if box.code == b"udta" else _meta_fields)(box, where))
    except DamagedFileError:
        fields = [Field(box.name, "unknown", where)]
    yield from fields


def _padding_fields(box: Box, where: str) -> Iterator[Field]:
    if box.payload.strip(b"\0"):
        yield Field(box.name, "unknown", where)


def _handler_fields(box: Box, where: str) -> Iterator[Field]:
    if box.payload[24:].strip(b"\0 \x01"):
        yield Field("handler name", "text", where)


def _user_data_fields(box: Box, _where: str) -> Iterator[Field]:
    for child in boxes(box.payload):
        yield from _user_fields(child, "udta")


def _header_fields(box: Box, _where: str) -> Iterator[Field]:
    wide = 4 if box.payload[:1] == b"\1" else 0
    if number(box.payload, 4, 4 + wide):
        yield Field("creation time", "time", box.name)
    if number(box.payload, 8 + wide, 4 + wide):
        yield Field("modification time", "time", box.name)
    if box.code != b"mdhd":
        start = (40 if box.code == b"tkhd" else 36) + 3 * wide
        if box.payload[start : start + MATRIX_BYTES] != matrix_of(UNTURNED):
            yield Field("display matrix", "orientation", box.name)


def _stranger_fields(track: Box, kept: Collection[int]) -> Iterator[Field]:
    """A field for a track that is none of those that are kept."""
    header = track.child(b"tkhd")
    if header and number(header.payload, 20 if header.payload[:1] == b"\1" else 12, 4) in kept:
        return
    handler = track.child(b"mdia", b"hdlr")
    descriptions = track.child(b"mdia", b"minf", b"stbl", b"stsd")
    code = handler.payload[8:12] if handler else b""
    entries = [entry.code for entry in descriptions.children(8)] if descriptions else []
    name = ", ".join(printable(entry) for entry in entries[:4]) or printable(code)
    yield Field(f"{name} track", _TRACK_KINDS.get(code, "unknown"), "trak")


def _description_fields(box: Box, _where: str) -> Iterator[Field]:
    for entry in box.children(8):
        # Only a picture's entry is taken apart: a sound's or a text's holds what a decoder needs, and is not copied.
        if entry.code not in ENTRIES:
            continue
        if entry.payload[42:74].strip(b"\0"):
            yield Field("compressor name", "text", "stsd")
        for child in entry.children(ENTRY_BYTES):
            if child.code in COLOURS:
                yield Field(child.name, "colour", "stsd")
            elif child.code == b"sv3d" and plain(child.code, child.payload) != child.payload:
                yield Field("sv3d", "text", "stsd")
            elif child.code not in _STRUCTURE:
                yield Field(child.name, "unknown", "stsd")


def _user_fields(box: Box, where: str) -> Iterator[Field]:
    if box.code == b"meta":
        yield from _meta_fields(box, where)
    elif box.code == b"uuid":
        yield from _uuid_fields(box, where)
    elif box.code == b"XMP_":
        yield from xmp.fields(box.payload, "udta XMP_")
    elif box.code not in _PADDING or box.payload.strip(b"\0"):
        name, kind = _USER_DATA.get(box.code, (box.name, "text" if box.code[:1] == b"\xa9" else "unknown"))
        yield Field(name, kind, where)


def _uuid_fields(box: Box, where: str) -> Iterator[Field]:
    if box.payload.startswith(_XMP_UUID):
        yield from xmp.fields(box.payload[len(_XMP_UUID) :], "XMP uuid")
    else:
        yield Field("uuid", "unknown", where)


def _meta_fields(box: Box, where: str) -> Iterator[Field]:
    """The keys of a metadata box. ISO puts four bytes of version before its boxes, QuickTime does not."""
    where = f"{where} meta"
    children = box.children(0 if box.payload[4:8] == b"hdlr" else 4)
    keys = next((list(_keys(child)) for child in children if child.code == b"keys"), [])
    for child in children:
        if child.code == b"ilst":
            for item in boxes(child.payload):
                yield _item_field(item, keys, where)
        elif child.code == b"xml ":
            yield Field("XML", "text", where)
        elif child.code == b"uuid":
            yield from _uuid_fields(child, where)
        elif child.code not in (b"hdlr", b"keys", *_PADDING) or (child.code in _PADDING and child.payload.strip(b"\0")):
            yield Field(child.name, "unknown", where)


def _keys(box: Box) -> Iterator[str]:
    for key in boxes(box.payload[8:]):
        yield key.payload.decode("latin-1")


def _item_field(item: Box, keys: list[str], where: str) -> Field:
    position = int.from_bytes(item.code, "big")
    if 1 <= position <= len(keys):
        return _key_field(keys[position - 1], where)
    if item.code == b"----":
        spelt = item.child(b"name")
        return _key_field(spelt.payload[4:].decode("latin-1") if spelt else "", where)
    name, kind = _USER_DATA.get(item.code, (item.name, "text"))
    return Field(name, kind, where)


def _key_field(key: str, where: str) -> Field:
    """A name made of letters cannot hold a coordinate, so it may be told."""
    if not _KEY_NAME.fullmatch(key):
        return Field("key", "unknown", where)
    # The domain before the last dot is the maker's: "com.apple.quicktime" tells no time.
    last = key.removesuffix(".ISO6709").rpartition(".")[2]
    kinds: Iterator[Kind] = (kind for pattern, kind in _KEY_KINDS if pattern.search(last))
    return Field(key, next(kinds, "unknown"), where)


_READERS: Mapping[bytes, Callable[[Box, str], Iterator[Field]]] = {
    **dict.fromkeys(_PADDING, _padding_fields),
    **dict.fromkeys(_HEADERS, _header_fields),
    b"hdlr": _handler_fields,
    b"stsd": _description_fields,
    b"udta": _loose_fields,
    b"meta": _loose_fields,
    b"uuid": _uuid_fields,
}
"""Code -> what names the contents of such a box."""
