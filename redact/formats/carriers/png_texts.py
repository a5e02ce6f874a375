"""Names what PNG's text chunks hold (W3C PNG specification, third edition, 11.3.3). Nothing of them is ever kept.

A text is a keyword and what it says, plain (tEXt), compressed (zTXt) or in UTF-8 (iTXt). It may hold an XMP packet
("XML:com.adobe.xmp"), or a whole EXIF, IPTC or XMP block in hexadecimal, as ImageMagick writes it ("Raw profile type").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from redact.formats.bounded import inflate
from redact.formats.carriers import exif, photoshop, xmp
from redact.model import Field

CHUNKS = frozenset((b"tEXt", b"zTXt", b"iTXt"))
"""Names of the chunks that hold a text."""

_MOST_TEXTS = 200
_MOST_TEXT_BYTES = 4 * 2**20

_RAW_PROFILE = "Raw profile type "
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
    for name, payload in chunks[:_MOST_TEXTS]:
        keyword, text = _text(name, payload)
        yield from _text_fields(keyword, text, f"PNG {name.decode('ascii')}")
    if len(chunks) > _MOST_TEXTS:
        yield Field("more texts", "unknown", "PNG")


def _text_fields(keyword: str, text: bytes, where: str) -> Iterator[Field]:
    if keyword == "XML:com.adobe.xmp":
        yield from xmp.fields(text, f"{where} XMP")
    elif keyword.startswith(_RAW_PROFILE):
        yield from _raw_fields(keyword.removeprefix(_RAW_PROFILE), _raw(text), where)
    elif keyword in _KEYWORDS or _PROPERTY.fullmatch(keyword):
        yield Field(keyword, "location" if _PLACE.search(keyword) else "text", where)
    else:
        yield Field("text", "location" if _PLACE.search(keyword) else "text", where)


def _raw_fields(what: str, profile: bytes, where: str) -> Iterator[Field]:
    block = exif.block_in(profile)
    if exif.is_block(block):
        yield from exif.fields(block, where)
    elif what in ("iptc", "8bim"):
        is_bare = profile.startswith(b"\x1c")
        yield from (photoshop.captions if is_bare else photoshop.fields)(profile, where)
    elif what in ("xmp", "APP1"):
        yield from xmp.fields(profile, where)
    else:
        yield Field("raw profile", "unknown", where)


def _text(name: bytes, payload: bytes) -> tuple[str, bytes]:
    """The keyword and the plain text of a text chunk; no text where it cannot be unpacked."""
    keyword, _, rest = payload.partition(b"\0")
    packed = name == b"zTXt"
    if packed:
        rest = rest[1:]
    elif name == b"iTXt":
        packed = rest[:1] == b"\1"
        # A language and a translated keyword, each with a zero byte behind it.
        rest = rest[2:].split(b"\0", 2)[-1]
    text = inflate(rest, _MOST_TEXT_BYTES) if packed else rest[:_MOST_TEXT_BYTES]
    return keyword.decode("latin-1"), text or b""


def _raw(text: bytes) -> bytes:
    """The bytes of ImageMagick's raw profile: a name and a size on lines of their own, then hexadecimal lines."""
    lines = text.strip().split(b"\n", 2)
    try:
        return bytes.fromhex(lines[2].decode("ascii")) if len(lines) == 3 else b""
    except ValueError:
        return b""
