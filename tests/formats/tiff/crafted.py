"""TIFFs built by hand, entry by entry, and laden with a canary in every carrier."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from io import BytesIO
from typing import TypeAlias

from PIL import Image as Pillow

from tests.formats.laden import IPTC, PLACE, RESOURCES, XMP, segment

ASCII, SHORT, LONG, RATIONAL, UNDEFINED, DOUBLE, LONG8 = 2, 3, 4, 5, 7, 12, 16
DIALECTS = ("II", "MM", "big II", "big MM")
"""Byte orders, with places of 32 or 64 bits."""

_LETTERS = {1: "B", SHORT: "H", LONG: "I", 13: "I", DOUBLE: "d", LONG8: "Q"}

Told: TypeAlias = tuple[int, bytes | tuple[int | float | Fraction, ...]]
"""Type and values of a tag, bytes as they are."""


@dataclass(frozen=True)
class Sheet:
    """A page: its tags, its strips, the directories that tags point to, and the smaller pictures on it."""

    tags: Mapping[int, Told]
    strips: Sequence[bytes] = ()
    beside: Mapping[int, Mapping[int, Told]] = field(default_factory=dict)
    smaller: Sequence[Sheet] = ()


def grey(width: int = 4, length: int = 3, /, **more: Told) -> dict[int, Told]:
    """The tags of a page of one 8-bit sample; more as `t305=(ASCII, b"...")`."""
    numbers: dict[int, Told] = {
        256: (LONG, (width,)), 257: (LONG, (length,)), 258: (SHORT, (8,)), 259: (SHORT, (1,)), 262: (SHORT, (1,)),
        277: (SHORT, (1,)), 278: (LONG, (length,)), **{int(tag[1:]): told for tag, told in more.items()},
    }  # fmt: skip
    return numbers


def built(*sheets: Sheet, dialect: str = "II", gap: bytes = b"") -> bytes:
    """A file of these pages; `gap` stands between all of its parts."""
    order = "<" if "II" in dialect else ">"
    return _Builder(order, dialect.startswith("big"), gap).file(sheets)


@dataclass
class _Builder:
    order: str
    big: bool
    gap: bytes
    written: bytearray = field(default_factory=bytearray)

    @property
    def letter(self) -> str:
        return "Q" if self.big else "I"

    def file(self, sheets: Sequence[Sheet]) -> bytes:
        version = (43, 8, 0) if self.big else (42,)
        mark = b"II" if self.order == "<" else b"MM"
        self.written += mark + struct.pack(f"{self.order}{len(version)}H{self.letter}", *version, 0)
        link = len(self.written) - struct.calcsize(self.letter)
        for sheet in sheets:
            place = self.page(sheet)
            struct.pack_into(self.order + self.letter, self.written, link, place)
            link = self.link
        return bytes(self.written)

    def page(self, sheet: Sheet) -> int:
        tags = dict(sheet.tags)
        if sheet.strips:
            form = LONG8 if self.big else LONG
            tags[273] = (form, tuple(self.put(strip) for strip in sheet.strips))
            tags.setdefault(279, (form, tuple(len(strip) for strip in sheet.strips)))
        for pointer, inner in sheet.beside.items():
            tags[pointer] = (LONG, (self.directory(inner),))
        if sheet.smaller:
            tags[330] = (LONG, tuple(self.page(each) for each in sheet.smaller))
        return self.directory(tags)

    def directory(self, tags: Mapping[int, Told]) -> int:
        room = struct.calcsize(self.letter)
        entries = b""
        for tag, (form, numbers) in sorted(tags.items()):
            data = numbers if isinstance(numbers, bytes) else self.coded(form, numbers)
            width = {RATIONAL: 8, **{key: struct.calcsize(letter) for key, letter in _LETTERS.items()}}.get(form, 1)
            entries += struct.pack(f"{self.order}HH{self.letter}", tag, form, len(data) // width)
            inline = len(data) <= room
            entries += data.ljust(room, b"\0") if inline else struct.pack(self.order + self.letter, self.put(data))
        counted = struct.pack(f"{self.order}{'Q' if self.big else 'H'}", len(tags))
        place = self.put(counted + entries + bytes(room))
        self.link = len(self.written) - room - len(self.gap)
        return place

    def coded(self, form: int, numbers: tuple[int | float | Fraction, ...]) -> bytes:
        if form == RATIONAL:
            parts = [part for number in numbers for part in Fraction(number).as_integer_ratio()]
            return struct.pack(f"{self.order}{len(parts)}I", *parts)
        return struct.pack(f"{self.order}{len(numbers)}{_LETTERS[form]}", *numbers)

    def put(self, data: bytes) -> int:
        place = len(self.written)
        self.written += data + self.gap
        return place


def saved(picture: Pillow.Image, **options: object) -> bytes:
    """A TIFF as Pillow writes it."""
    target = BytesIO()
    picture.save(target, "TIFF", **options)
    return target.getvalue()


def jpeg_stream(picture: Pillow.Image) -> bytes:
    """A strip in JPEG with a canary in each kind of segment, and behind its end."""
    target = BytesIO()
    picture.save(target, "JPEG", comment=b"CANARY")
    data = target.getvalue()
    return data[:2] + segment(0xE1, b"Exif\0\0" + PLACE) + segment(0xED, PLACE) + data[2:] + PLACE


DEGREES = (Fraction(47), Fraction(34), Fraction(560123, 10007))


def laden(profile: bytes, dialect: str = "II") -> bytes:
    """Two pages, a smaller picture and a thumbnail, with a canary in every carrier."""
    tags = grey(
        t269=(ASCII, b"CANARY/home\0"), t270=(ASCII, PLACE + b"\0"), t271=(ASCII, b"CANARY Cameras\0"),
        t274=(SHORT, (6,)), t282=(RATIONAL, (Fraction(300),)), t283=(RATIONAL, (Fraction(475821, 10000),)),
        t285=(ASCII, b"CANARY page\0"), t296=(SHORT, (2,)), t305=(ASCII, b"CANARY soft\0"),
        t306=(ASCII, b"2024:05:06 07:08:09\0"), t315=(ASCII, b"Ada\0"), t700=(1, XMP), t33550=(DOUBLE, (0.5, 0.5, 0.0)),
        t33723=(UNDEFINED, IPTC), t33922=(DOUBLE, (0.0, 0.0, 0.0, 8.5417, 47.5821, 0.0)), t34377=(1, RESOURCES),
        t34675=(UNDEFINED, profile), t34735=(SHORT, (1, 1, 0, 1, 1026, 34737, 7, 0)), t34737=(ASCII, b"CANARY|\0"),
        t42112=(ASCII, b"<GDALMetadata>CANARY</GDALMetadata>\0"), t42113=(ASCII, b"47.5821\0"),
        t50735=(ASCII, b"CANARY 77\0"), t65000=(UNDEFINED, PLACE),
    )  # fmt: skip
    exif: dict[int, Told] = {
        33437: (RATIONAL, (Fraction(28, 10),)), 36867: (ASCII, b"2024:05:06 07:08:09\0"),
        37500: (UNDEFINED, b"CANARY note"), 42033: (ASCII, b"CANARY 77\0"),
    }  # fmt: skip
    gps: dict[int, Told] = {1: (ASCII, b"N\0"), 2: (RATIONAL, DEGREES), 29: (ASCII, b"CANARY\0")}
    half = Sheet(grey(2, 1, t254=(LONG, (1,)), t270=(ASCII, PLACE)), (b"\x01\x02",))
    old = Sheet({254: (LONG, (1,)), 259: (SHORT, (6,)), 513: (LONG, (8,)), 270: (ASCII, PLACE)})
    # A strip is shown up to its last row.
    first = Sheet(tags, (bytes(range(12)) + PLACE,), {34665: exif, 34853: gps}, (half, old))
    second = Sheet(grey(2, 2, t270=(ASCII, PLACE), t274=(SHORT, (3,))), (b"\x05\x06\x07\x08",))
    return built(first, second, dialect=dialect, gap=b" CANARY ")
