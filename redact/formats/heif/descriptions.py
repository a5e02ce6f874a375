"""The items of a HEIF that describe its picture in words: EXIF blocks and XMP packets. Fresh EXIF is made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from redact.errors import MediaError
from redact.formats.carriers import credit, exif, xmp
from redact.formats.heif.collection import Collection, Item
from redact.model import Keep

HEADER = len(exif.PREFIX).to_bytes(4, "big") + exif.PREFIX
"""What an Exif item begins with: how far it is to the block. Some readers look for JPEG's name of the segment."""

_XMP_TYPE = b"application/rdf+xml"


def is_xmp(item: Item) -> bool:
    """True for a packet of XMP."""
    return item.content == _XMP_TYPE


def block(payload: bytes) -> bytes:
    """The TIFF block of an Exif item, which begins with how far it is to that; empty where it cannot be found."""
    untrusted_offset = int.from_bytes(payload[:4], "big")
    counted = payload[4 + untrusted_offset :]
    # Some writers put JPEG's name of the segment in front, and count it or not.
    return exif.block_in(counted or payload[4:])


def kept(collection: Collection, keep: Keep) -> bytes | None:
    """A fresh block with what may stay of both, never an orientation; None where nothing has to."""
    told = block(_first(collection, lambda item: item.kind == b"Exif"))
    packet = _first(collection, is_xmp) if credit.is_wanted(keep) else b""
    return exif.kept(told, replace(keep, kinds=keep.kinds - {"orientation"}), xmp.credit(packet))


def readable(collection: Collection, item: Item) -> bytes:
    """The bytes of an item that is not kept: none where they cannot be had, as nothing depends on them."""
    try:
        return collection.payload(item.number)
    except MediaError:
        return b""


def _first(collection: Collection, is_meant: Callable[[Item], bool]) -> bytes:
    """The bytes of the first item that is meant, of those first that say they describe the shown picture."""
    about = {
        each.origin for each in collection.references if each.kind == b"cdsc" and collection.primary in each.targets
    }
    meant = sorted(filter(is_meant, collection.items.values()), key=lambda item: item.number not in about)
    return readable(collection, meant[0]) if meant else b""
