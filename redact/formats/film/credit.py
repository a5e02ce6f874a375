"""Who made a film and whose it is (3GPP TS 26.244, 8.2 and 8.7; QuickTime File Format; iTunes' list).

Names stand in a dozen boxes. What may stay of them is one text each, printable and short, written anew into a list as
iTunes has it, which readers of both MP4 and MOV know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from redact.errors import DamagedFileError
from redact.formats.boxes import Box, written
from redact.formats.carriers import wording
from redact.model import Keep

_HANDLER = bytes(8) + b"mdirappl" + bytes(9)
_UTF8 = b"\0\0\0\1" + bytes(4)
"""The form of a text, in no language."""

_CREDITS: Mapping[str, tuple[bytes, tuple[bytes, ...]]] = {
    "author": (b"\xa9ART", (b"\xa9ART", b"\xa9aut", b"auth")),
    "copyright": (b"cprt", (b"cprt", b"\xa9cpy")),
}
"""Kind -> the item of the copy, and those of a source that it may come from, the best first."""


def kept(moov: Box, keep: Keep) -> bytes:
    """User data with what may stay; empty where nothing has to. `moov` is the source's index."""
    texts = _texts(moov)
    stay: list[bytes] = []
    for kind, (code, sources) in _CREDITS.items():
        text = next((texts[each] for each in sources if each in texts), "")
        if kind in keep and text:
            stay.append(written(code, written(b"data", _UTF8, text.encode())))
    if not stay:
        return b""
    return written(b"udta", written(b"meta", bytes(4), written(b"hdlr", _HANDLER), written(b"ilst", *stay)))


def _texts(moov: Box) -> dict[bytes, str]:
    """Code -> the first text of that kind that may stay."""
    texts: dict[bytes, str] = {}
    try:
        for code, untrusted in _told(moov):
            text = wording.credit(untrusted)
            if text is not None:
                texts.setdefault(code, text)
    except DamagedFileError:
        # Cameras write all sorts of things into user data: what cannot be read does not stay.
        return texts
    return texts


def _told(moov: Box) -> Iterator[tuple[bytes, str]]:
    for box in (box for data in moov.children() if data.code == b"udta" for box in data.children()):
        if box.code in (b"auth", b"cprt"):
            yield box.code, _wide(box.payload[6:])
        elif box.code[:1] == b"\xa9":
            size = int.from_bytes(box.payload[:2], "big")
            yield box.code, _plain(box.payload[4 : 4 + size])
        elif box.code == b"meta":
            yield from _listed(box)


def _listed(meta: Box) -> Iterator[tuple[bytes, str]]:
    """The texts of iTunes' list. ISO puts four bytes of version before its boxes, QuickTime does not."""
    children = meta.children(0 if meta.payload[4:8] == b"hdlr" else 4)
    for item in (item for child in children if child.code == b"ilst" for item in child.children()):
        value = item.child(b"data") if item.code in (b"\xa9ART", b"\xa9aut", b"\xa9cpy", b"cprt") else None
        if value and value.payload[:4] == b"\0\0\0\1":
            yield item.code, _plain(value.payload[8:])


def _plain(text: bytes) -> str:
    return text.split(b"\0", 1)[0].decode("utf-8", "replace").strip()


def _wide(text: bytes) -> str:
    """A text that may be in UTF-16, which it then says."""
    return text.decode("utf-16", "replace").split("\0", 1)[0].strip() if text[:2] == b"\xfe\xff" else _plain(text)
