"""HEIF files put together box by box, around pictures that real encoders coded."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image as Pillow

from redact.formats import boxes
from redact.formats.heif.collection import collection_of

pillow_heif.register_heif_opener()

ALPHA = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"
GAIN_MAP = b"urn:com:apple:photo:2020:aux:hdrgainmap\0"
DEPTH = b"urn:mpeg:hevc:2015:auxid:2\0"
XMP_TYPE = b"application/rdf+xml"


@dataclass(frozen=True)
class Part:
    """An item to be put into a file.

    properties: (code, payload, essential)
    references: (kind, numbers of items)
    pieces:     into how many extents its data is cut, each behind a gap of `gap`
    stored:     its data lies in idat
    """

    kind: bytes
    data: bytes = b""
    properties: Sequence[tuple[bytes, bytes, bool]] = ()
    references: Sequence[tuple[bytes, Sequence[int]]] = ()
    name: bytes = b""
    content: bytes = b""
    hidden: bool = False
    stored: bool = False
    protected: int = 0
    pieces: Sequence[int] = ()
    gap: bytes = b""

    def but(self, **changes: Any) -> Part:
        """The same with other words."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Frame:
    """What stands around the items, by default as libheif writes it.

    numbers: of the items; from 1 where none are given
    wide:    numbers of 32 bits, and the versions of boxes that have them
    """

    primary: int = 1
    numbers: Sequence[int] = ()
    wide: bool = False
    brands: bytes = b"heic\0\0\0\0mif1heic"
    handler: bytes = bytes(8) + b"pict" + bytes(13)
    more_properties: Sequence[tuple[bytes, bytes]] = ()
    in_index: bytes = b""
    between: bytes = b""
    behind: bytes = b""
    gap: bytes = b""


def box(code: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I", 8 + len(content)) + code + content


def full(code: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return box(code, bytes((version,)), flags.to_bytes(3, "big"), *parts)


def heif(parts: Sequence[Part], frame: Frame | None = None) -> bytes:
    """A file of these items, spelt as short as it can be."""
    frame = frame or Frame()
    head = box(b"ftyp", frame.brands)
    start = len(head) + len(_meta(parts, frame, 0)) + len(frame.between) + 8
    media = frame.gap + b"".join(_laid(part) for part in parts if not part.stored) + frame.gap
    return head + _meta(parts, frame, start + len(frame.gap)) + frame.between + box(b"mdat", media) + frame.behind


def _laid(part: Part) -> bytes:
    return b"".join(part.gap + part.data[start:end] for start, end in _cuts(part))


def _cuts(part: Part) -> list[tuple[int, int]]:
    ends = [*part.pieces, len(part.data)]
    return list(zip([0, *ends], ends, strict=False))


def _meta(parts: Sequence[Part], frame: Frame, start: int) -> bytes:
    numbers = frame.numbers or range(1, len(parts) + 1)
    wide = ">I" if frame.wide else ">H"
    entries, references, places, associations = b"", b"", b"", b""
    properties = [
        *frame.more_properties,
        *dict.fromkeys((kind, payload) for part in parts for kind, payload, _ in part.properties),
    ]
    many = frame.wide or len(properties) > 0x7F
    method = frame.wide or any(part.stored for part in parts)
    reached, stored = start, len(frame.gap)
    described = 0
    for number, part in zip(numbers, parts, strict=True):
        code = struct.pack(wide, number)
        words = part.name + b"\0" + (part.content + b"\0" if part.content else b"")
        version = 3 if frame.wide else 2
        entries += full(b"infe", version, part.hidden, code, struct.pack(">H", part.protected), part.kind, words)
        for kind, targets in part.references:
            references += box(
                kind, code, struct.pack(">H", len(targets)), b"".join(struct.pack(wide, each) for each in targets)
            )
        if part.data:
            cuts = _cuts(part)
            places += code + (struct.pack(">H", part.stored) if method else b"") + struct.pack(">HH", 0, len(cuts))
            for first, last in cuts:
                offset = (stored if part.stored else reached) + len(part.gap)
                places += struct.pack(">II", offset, last - first)
                if part.stored:
                    stored = offset + last - first
                else:
                    reached = offset + last - first
        if part.properties:
            described += 1
            associations += code + bytes((len(part.properties),))
            for kind, payload, essential in part.properties:
                place = properties.index((kind, payload)) + 1
                associations += struct.pack(">H", place | essential << 15) if many else bytes((place | essential << 7,))
    placed = sum(1 for part in parts if part.data)
    store = frame.gap + b"".join(_laid(part) for part in parts if part.stored)
    return full(
        b"meta",
        0,
        0,
        box(b"hdlr", frame.handler),
        full(b"pitm", frame.wide, 0, struct.pack(wide, frame.primary)),
        full(b"iinf", frame.wide, 0, struct.pack(wide, len(parts)), entries),
        full(b"iref", frame.wide, 0, references) if references else b"",
        box(
            b"iprp",
            box(b"ipco", *(box(*each) for each in properties)),
            full(b"ipma", frame.wide, many, struct.pack(">I", described), associations),
        ),
        full(b"iloc", 2 if frame.wide else int(method), 0, b"\x44\0", struct.pack(wide, placed), places),
        box(b"idat", store) if store else b"",
        frame.in_index,
    )


def colourful(width: int = 64, height: int = 64, seed: int = 0) -> Pillow.Image:
    """A picture of which no two lines are alike."""
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    samples = np.stack((across * 3 + seed * 20, down * 3, (across * (down + 1) + seed) % 256), -1)
    return Pillow.fromarray((samples % 256).astype(np.uint8))


def heic(picture: Pillow.Image, **options: Any) -> bytes:
    """A file as libheif writes it, coded by x265."""
    target = BytesIO()
    picture.save(target, "HEIF", **{"quality": 60, **options})
    return target.getvalue()


def avif(picture: Pillow.Image, **options: Any) -> bytes:
    """A file as libavif writes it."""
    target = BytesIO()
    picture.save(target, "AVIF", **{"quality": 60, "speed": 10, **options})
    return target.getvalue()


def parts_of(data: bytes) -> dict[int, Part]:
    """The items of a file, so far as pictures need them."""
    source = io.BytesIO(data)
    found = collection_of(data, boxes.layout(source).of(b"meta")[0].read(source))
    return {
        number: Part(
            item.kind,
            found.payload(number),
            tuple((each.box.code, each.box.payload, each.essential) for each in found.described.get(number, ())),
            tuple((each.kind, each.targets) for each in found.references if each.origin == number),
            hidden=item.hidden,
            stored=number in found.places and found.places[number].method == 1,
        )
        for number, item in found.items.items()
    }


@cache
def tile(seed: int = 0, container: str = "HEIF") -> Part:
    """One coded picture of 64 x 64 pixels, alone."""
    data = heic(colourful(seed=seed)) if container == "HEIF" else avif(colourful(seed=seed))
    return next(part for part in parts_of(data).values() if part.kind in (b"hvc1", b"av01")).but(references=())


@cache
def grey_tile() -> Part:
    """One coded picture of 64 x 64 pixels without colour: a transparency from left to right."""
    data = heic(Pillow.linear_gradient("L").resize((64, 64)))
    return next(part for part in parts_of(data).values() if part.kind == b"hvc1").but(references=())


def extent(width: int, height: int) -> tuple[bytes, bytes, bool]:
    """`ispe`."""
    return b"ispe", bytes(4) + struct.pack(">II", width, height), False


def grid(across: int, down: int, side: int = 64, first: int = 2) -> Part:
    """A grid of tiles, numbered from `first` on."""
    numbers = range(first, first + across * down)
    recipe = struct.pack(">BBBBHH", 0, 0, down - 1, across - 1, across * side, down * side)
    return Part(b"grid", recipe, (extent(across * side, down * side),), ((b"dimg", numbers),), stored=True)


def auxiliary(part: Part, urn: bytes, of: Sequence[int]) -> Part:
    """The part as an auxiliary picture of others."""
    told = (b"auxC", bytes(4) + urn, False)
    return part.but(properties=(*part.properties, told), references=((b"auxl", of),))


def unit(kind: int, content: bytes) -> bytes:
    """A unit of HEVC behind its size."""
    return struct.pack(">IBB", 2 + len(content), kind << 1, 1) + content


def user_data(text: bytes) -> bytes:
    """A unit of HEVC with a message of anybody's bytes."""
    return unit(39, bytes((5, 16 + len(text))) + bytes(range(1, 17)) + text + b"\x80")


@dataclass(frozen=True)
class Shown:
    """What a decoder makes of a file."""

    size: tuple[int, int]
    mode: str
    pixels: bytes
    profile: bytes | None


def shown(data: bytes) -> Shown:
    """The picture by libheif or libavif, upright."""
    picture = Pillow.open(BytesIO(data))
    picture.load()
    return Shown(picture.size, picture.mode, picture.tobytes(), picture.info.get("icc_profile") or None)
