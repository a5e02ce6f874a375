"""Names what PNG's text chunks hold (W3C PNG specification, third edition, 11.3.3); reads who made the picture.

No text is ever kept. Author and copyright can be read, to be written as EXIF. Texts are unpacked one at a time, and all
of a file together to a bounded size.

A text is a keyword and what it says, plain (tEXt), compressed (zTXt) or in UTF-8 (iTXt). It may hold an XMP packet
("XML:com.adobe.xmp"), or a whole EXIF, IPTC or XMP block in hexadecimal, as ImageMagick writes it ("Raw profile type").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from redact.formats.bounded import inflate
from redact.formats.carriers import exif, photoshop, xmp
from redact.formats.carriers.credit import UNCREDITED, Credit, plain
from redact.model import Field, Kind

CHUNKS = frozenset((b"tEXt", b"zTXt", b"iTXt"))
"""Names of the chunks that hold a text."""

_MOST_TEXTS = 200
_MOST_TEXT_BYTES = 4 * 2**20
_MOST_BYTES = 4 * _MOST_TEXT_BYTES
"""Of all texts of a file together: those that stand behind so many are named by their keywords alone."""

_XMP = "XML:com.adobe.xmp"
_RAW_PROFILE = "Raw profile type "
_IPTC = ("iptc", "8bim")
_RAW_IPTC = tuple(_RAW_PROFILE + what for what in _IPTC)
_CREDITS: Mapping[str, Kind] = {"Author": "author", "Copyright": "copyright"}
_KEYWORDS = frozenset({
    "Title", "Author", "Description", "Copyright", "Creation Time", "Software", "Disclaimer", "Warning", "Source",
    "Comment", "Collection", "date:create", "date:modify", "date:timestamp", "parameters",
})  # fmt: skip
"""Keywords that may be told; any other may itself be a value."""
_PROPERTY = re.compile(r"(exif|tiff|xmp|photoshop|dc|png|jpeg|icc):[A-Za-z-]{1,40}")
_PLACE = re.compile(r"gps|latitude|longitude|location|geo", re.IGNORECASE)


def fields(chunks: Sequence[tuple[bytes, bytes]]) -> Iterator[Field]:
    """What the texts of a file hold, at least one field for each of the first _MOST_TEXTS.

    chunks: (name, payload) of each text chunk
    """
    for name, keyword, text in _texts(chunks):
        yield from _text_fields(keyword, text, f"PNG {name.decode('ascii')}")
    if len(chunks) > _MOST_TEXTS:
        yield Field("more texts", "unknown", "PNG")


def credit(chunks: Sequence[tuple[bytes, bytes]]) -> Credit:
    """Who made the picture: by IPTC, else by XMP, else by PNG's own keywords.

    chunks: (name, payload) of each text chunk
    """
    iptc, xmp_told, plainly = UNCREDITED, UNCREDITED, UNCREDITED
    for name, keyword, text in _texts(chunks):
        if keyword == _XMP:
            xmp_told = xmp_told.or_else(xmp.credit(text))
        elif keyword in _RAW_IPTC:
            profile = _raw(text)
            iptc = iptc.or_else((photoshop.caption_credit if _is_bare(profile) else photoshop.credit)(profile))
        elif keyword in _CREDITS:
            plainly = plainly.or_else(_plainly(keyword, text if name == b"iTXt" else text.decode("latin-1").encode()))
    return iptc.or_else(xmp_told).or_else(plainly)


def _plainly(keyword: str, text: bytes) -> Credit:
    told = plain(text)
    return Credit(author=told) if keyword == "Author" else Credit(copyright=told)


def _is_bare(profile: bytes) -> bool:
    """True for IPTC datasets that are not wrapped in Photoshop's resources."""
    return profile.startswith(b"\x1c")


def _text_fields(keyword: str, text: bytes, where: str) -> Iterator[Field]:
    if keyword == _XMP:
        yield from xmp.fields(text, f"{where} XMP")
    elif keyword.startswith(_RAW_PROFILE):
        yield from _raw_fields(keyword.removeprefix(_RAW_PROFILE), _raw(text), where)
    elif keyword in _KEYWORDS or _PROPERTY.fullmatch(keyword):
        yield Field(keyword, _CREDITS.get(keyword, "location" if _PLACE.search(keyword) else "text"), where)
    else:
        yield Field("text", "location" if _PLACE.search(keyword) else "text", where)


def _raw_fields(what: str, profile: bytes, where: str) -> Iterator[Field]:
    block = exif.block_in(profile)
    if exif.is_block(block):
        yield from exif.fields(block, where)
    elif what in _IPTC:
        yield from (photoshop.captions if _is_bare(profile) else photoshop.fields)(profile, where)
    elif what in ("xmp", "APP1"):
        yield from xmp.fields(profile, where)
    else:
        yield Field("raw profile", "unknown", where)


def _texts(chunks: Sequence[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, str, bytes]]:
    """Name, keyword and plain text of the first text chunks, one at a time.

    No text where it cannot be unpacked, or where those before it took all the room that there is.
    """
    left = _MOST_BYTES
    for name, payload in chunks[:_MOST_TEXTS]:
        keyword, _, rest = payload.partition(b"\0")
        most = min(_MOST_TEXT_BYTES, left)
        text = _text(name, rest, most) if most else None
        left -= most if text is None else len(text)
        yield name, keyword.decode("latin-1"), text or b""


def _text(name: bytes, rest: bytes, most: int) -> bytes | None:
    """The text that stands behind a keyword, up to so many bytes; None where it cannot be unpacked, or to more."""
    packed = name == b"zTXt"
    if packed:
        rest = rest[1:]
    elif name == b"iTXt":
        packed = rest[:1] == b"\1"
        # A language and a translated keyword, each with a zero byte behind it.
        rest = rest[2:].split(b"\0", 2)[-1]
    return inflate(rest, most) if packed else rest[:most]


def _raw(text: bytes) -> bytes:
    """The bytes of ImageMagick's raw profile: a name and a size on lines of their own, then hexadecimal lines."""
    lines = text.strip().split(b"\n", 2)
    try:
        return bytes.fromhex(lines[2].decode("ascii")) if len(lines) == 3 else b""
    except ValueError:
        return b""
