"""Names everything in a HEIF that is not the shown picture, and what the picture's own properties tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from redact.formats import boxes
from redact.formats.carriers import exif, icc, jumbf, trailer, xmp
from redact.formats.codings import Coding
from redact.formats.heif import descriptions
from redact.formats.heif.collection import Collection, Item
from redact.formats.heif.derivation import Derivation, auxiliary_kind
from redact.formats.heif.properties import HDR, KNOWN, PROFILES
from redact.model import Field, Kind

_NO_PICTURES = frozenset({b"uri ", b"mime", b"Exif", bytes(4)})

_PROPERTIES: Mapping[bytes, Kind] = {
    **dict.fromkeys(HDR, "colour"),
    b"cmex": "location",
    b"cmin": "camera",
    b"crtt": "time",
    b"mdft": "time",
    b"udes": "text",
    b"altt": "text",
    b"iscl": "unknown",
}
"""Code -> kind of the properties that tell something; cmex is where the camera stood."""

_BOXES: Mapping[bytes, Kind] = {b"mpvd": "preview", b"moov": "preview", b"sefd": "device"}
_C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_EMPTY = frozenset({b"free", b"skip", b"wide"})


def of(collection: Collection, derivation: Derivation, layout: boxes.Layout) -> Iterator[Field]:
    """Everything but what the coded pictures say themselves, see `messages`."""
    yield from _items(collection, derivation)
    yield from _described(collection, derivation)
    if collection.handler.strip(b"\0"):
        yield Field("handler name", "text", "HEIF hdlr")
    for box in collection.others:
        if box.code == b"grpl":
            yield from (Field(each.name, "unknown", "HEIF grpl") for each in box.children())
        elif box.code not in _EMPTY or box.payload.strip(b"\0"):
            yield Field(box.name, "unknown", "HEIF meta")
    yield from _around(collection, layout)


def messages(coding: Coding, packets: Iterable[bytes]) -> Iterator[Field]:
    """What coded pictures of one coding say beside the picture, each message once."""
    seen: dict[tuple[str, Kind], None] = dict.fromkeys(coding.told)
    for packet in packets:
        seen.update(dict.fromkeys(coding.messages(packet)))
    yield from (Field(name, kind, coding.carrier) for name, kind in seen)


def _items(collection: Collection, derivation: Derivation) -> Iterator[Field]:
    """Names of items, and the items that are no part of the shown picture."""
    shown = frozenset(derivation.order)
    thumbnails = frozenset(each.origin for each in collection.references if each.kind == b"thmb")
    left = len(collection.data)
    for item in collection.items.values():
        if item.named:
            yield Field("item name", "text", "HEIF infe")
        if item.number in shown:
            continue
        left -= sum(end - start for _, start, end in collection.spans(item.number))
        if item.kind not in _NO_PICTURES:
            yield Field(_picture(collection, item.number, thumbnails), "preview", "HEIF")
        else:
            # Items that share their data are read until as much was read as there is.
            yield from _item(item, descriptions.readable(collection, item) if left >= 0 else b"")


def _item(item: Item, payload: bytes) -> Iterator[Field]:
    """What an item tells that is no picture."""
    if item.kind == b"Exif":
        yield from exif.fields(descriptions.block(payload), "HEIF Exif")
    elif descriptions.is_xmp(item):
        yield from xmp.fields(payload, "HEIF XMP")
    elif payload[4:8] == b"jumb":
        yield from jumbf.fields(payload, "HEIF item")
    else:
        yield Field(f"{boxes.printable(item.kind)} item", "unknown", "HEIF")


def _picture(collection: Collection, number: int, thumbnails: frozenset[int]) -> str:
    """What kind of further picture an item is."""
    auxiliary = auxiliary_kind(collection, number).lower()
    if auxiliary:
        return (
            "HDR gain map" if b"gainmap" in auxiliary else "depth map" if _is_depth(auxiliary) else "auxiliary picture"
        )
    return "thumbnail" if number in thumbnails else "further picture"


def _is_depth(auxiliary: bytes) -> bool:
    return b"depth" in auxiliary or b"disparity" in auxiliary or auxiliary.endswith(b"auxid:2")


def _described(collection: Collection, derivation: Derivation) -> Iterator[Field]:
    for box in collection.properties:
        if box.code == b"colr" and box.payload[:4] in PROFILES and len(box.payload) > 4:
            yield icc.field("HEIF colr")
        elif box.code in _PROPERTIES or (box.code not in KNOWN | _EMPTY):
            yield Field(box.name, _PROPERTIES.get(box.code, "unknown"), "HEIF ipco")
    for each in collection.described.get(derivation.order[0], ()):
        if each.box.code == b"imir" or (each.box.code == b"irot" and each.box.payload[:1].strip(b"\0")):
            yield Field(each.box.name, "orientation", "HEIF")


def _around(collection: Collection, layout: boxes.Layout) -> Iterator[Field]:
    """Boxes of the top level that are neither index nor data, and data that is no item's."""
    for span in layout.spans:
        if span.code in (b"ftyp", b"meta", b"mdat"):
            continue
        if span.code in (b"uuid", b"jumb"):
            yield from _foreign(collection.data[span.body : span.end], span.code)
        elif span.code not in _EMPTY or collection.data[span.body : span.end].strip(b"\0"):
            yield Field(boxes.printable(span.code), _BOXES.get(span.code, "unknown"), "HEIF")
    if _has_gaps(collection, layout.of(b"mdat")):
        yield Field("bytes of no item", "unknown", "HEIF mdat")
    if layout.end < layout.size:
        yield from trailer.fields(collection.data[layout.end :], "HEIF")


def _foreign(payload: bytes, code: bytes) -> Iterator[Field]:
    """A box of somebody else's: content credentials, XMP, or what nobody knows."""
    if code == b"jumb" or payload.startswith(_C2PA):
        yield from jumbf.fields(payload, "HEIF C2PA")
    elif payload.startswith(_XMP):
        yield from xmp.fields(payload, "HEIF uuid")
    else:
        yield Field("uuid", "unknown", "HEIF")


def _has_gaps(collection: Collection, media: Sequence[boxes.Span]) -> bool:
    """True when the data has bytes that are not zero and no item's."""
    spans = (span for number in collection.places for span in collection.spans(number))
    used = sorted((start, end) for held, start, end in spans if held is collection.data)
    position = place = 0
    for each in media:
        position = max(position, each.body)
        while place < len(used) and used[place][0] < each.end:
            start, end = used[place]
            if collection.data[position:start].strip(b"\0"):
                return True
            position, place = max(position, end), place + 1
        if collection.data[position : each.end].strip(b"\0"):
            return True
    return False
