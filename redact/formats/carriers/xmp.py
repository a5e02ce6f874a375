"""Names the properties of an XMP packet (ISO 16684-1), and reads who made the picture. No packet is ever kept.

A packet is RDF/XML, often cut, padded, in UTF-16, or with a second picture in base64. It is searched for names, not
parsed: an XML parser would be one more thing that a hostile file can talk to, and only names are wanted. So dc:creator
and dc:rights are read in the one form that the standard gives them, a list of plain texts, and else not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import unescape

from redact.formats.carriers.credit import Credit, plain, together
from redact.model import Field, Kind

_MOST_NAMES = 500

# A name made of letters cannot hold a coordinate, so it may be told.
_NAME = re.compile(rb"[<\s]([A-Za-z][A-Za-z-]{0,31}:[A-Za-z]{1,64})(?=[\s=>/])")
_SYNTAX = re.compile(r"(x|xml|xmlns|rdf|xmpNote):")
_LOCATION = re.compile(
    r"gps|latitude|longitude|:(lat|lon|long)$|location|altitude|country|city$|province|:state$|geo(code|tag|name|rss)|"
    r"LRFTarget|PoseHeading",
    re.IGNORECASE,
)
_PREVIEW = re.compile(
    r"(GImage|GDepth|GAudio|GCamera|Container|Item|hdrgm|xmpGImg|HDRGainMap):|thumbnail|image$", re.IGNORECASE
)
_CREDITS: dict[str, Kind] = {"dc:creator": "author", "dc:rights": "copyright"}
_LARGEST_LIST_BYTES = 4096
_LIST = re.compile(rb"\s*<rdf:(Seq|Bag|Alt)>((?:\s*<rdf:li(?:\s[^<>]{0,100})?>[^<>]*</rdf:li>)+)\s*</rdf:\1>\s*")
_ITEM = re.compile(rb"<rdf:li(?:\s[^<>]{0,100})?>([^<>]*)</rdf:li>")
_ENTITIES = {"&quot;": '"', "&apos;": "'"}
_TELEMETRY = re.compile(r"(drone-[a-z]+|Camera|FLIR|GPano|MP-[A-Za-z]+):", re.IGNORECASE)


def fields(packet: bytes, where: str) -> Iterator[Field]:
    """One field for each property name in the packet, at least one field for the packet."""
    # UTF-16 and UTF-32 spell a name with zero bytes between its letters.
    matches = _NAME.finditer(packet.replace(b"\0", b""))
    names: dict[str, None] = {}
    for match in matches:
        name = match[1].decode("ascii")
        if not _SYNTAX.match(name):
            names[name] = None
        if len(names) >= _MOST_NAMES:
            break
    if not names:
        yield Field("XMP", "text", where)
    for name in names:
        yield Field(name, _kind(name), where)


def credit(packet: bytes) -> Credit:
    """Who made the picture, and who owns it."""
    authors, owners = _listed(packet, b"dc:creator"), _listed(packet, b"dc:rights")
    # Rights are told once in each language, the default first.
    return Credit(together(authors), together(owners[:1]))


def _listed(packet: bytes, name: bytes) -> list[str | None]:
    """The texts in the first list under that name."""
    opening, closing = b"<" + name + b">", b"</" + name + b">"
    start = packet.find(opening)
    end = -1 if start < 0 else packet.find(closing, start, start + _LARGEST_LIST_BYTES)
    found = None if end < 0 else _LIST.fullmatch(packet, start + len(opening), end)
    items = _ITEM.findall(found[2]) if found else []
    return [plain(unescape(item.decode("utf-8", "replace"), _ENTITIES).encode()) for item in items]


def _kind(name: str) -> Kind:
    if name in _CREDITS:
        return _CREDITS[name]
    if _LOCATION.search(name):
        return "location"
    if _PREVIEW.search(name):
        return "preview"
    if _TELEMETRY.match(name):
        return "telemetry"
    return "text"
