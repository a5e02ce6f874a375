"""Colour profiles (ICC.1:2022), as stills carry them: bounded, checked to be what they say, and silent about whose.

Where location and devices hide: profiles that a system makes for one screen or scanner hold its serial number, its name
and the day it was measured, in private tags (Apple's `mmod`, `meta` by colord, ArgyllCMS's `targ`), in texts, in the
header, and in bytes that no tag refers to. A screenshot on macOS carries its screen's profile.

Kept: a profile of standard tags whose texts name a colour space or a product, byte for byte, since it is one of
millions, and a changed profile is another profile. Any other is written anew: a header without date, maker and creator,
the tags that decide colours bit for bit, and the two texts that the standard demands, saying nothing. Bytes behind the
size that a profile declares are no part of it and go.

A profile whose tags together claim more bytes than it has is none: it could make a reader go over the same megabytes
again and again. Tags may share their data, as the curves of three colours do.

Not handled: bytes that hide inside a table of colours; a private name that looks like a product's. See
docs/decisions/0008-icc.md.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from redact.model import Field

LARGEST_PROFILE_BYTES = 4 * 2**20
"""The big ones, for print, take two MiB."""

Model = Literal["grey", "colour", "ink"]
"""What the samples of a picture mean: one of brightness, three of colour, four of ink."""

_HEADER_BYTES = 128
_ENTRY_BYTES = 12
_MOST_TAGS = 200
_MODELS: dict[bytes, Model] = {b"GRAY": "grey", b"RGB ": "colour", b"Lab ": "colour", b"CMYK": "ink"}

_COLOURS = frozenset({
    b"wtpt", b"bkpt", b"chad", b"chrm", b"cicp", b"lumi", b"meas", b"view", b"tech", b"ciis", b"gamt", b"rig0", b"rig2",
    b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC",
    *(direction + number for direction in (b"A2B", b"B2A", b"D2B", b"B2D") for number in (b"0", b"1", b"2", b"3")),
})  # fmt: skip
"""Tags that say what colours are."""
_COLOUR_TYPES = frozenset({
    b"XYZ ", b"curv", b"para", b"sf32", b"chrm", b"cicp", b"meas", b"view", b"sig ",
    b"mft1", b"mft2", b"mAB ", b"mBA ", b"mpet",
})  # fmt: skip
_TEXTS = frozenset({b"desc", b"cprt", b"dmnd", b"dmdd", b"vued", b"dscm"})
_TEXT_TYPES = frozenset({b"desc", b"text", b"mluc"})
_LONGEST_TEXT_BYTES = 1 << 15
"""A name and a copyright in forty languages take a tenth of it."""

# An address or a number of a series; decimals of a coordinate; a day. That all begin with few characters is for speed.
_TELLING = re.compile(
    rb"[\d@#s](?:(?<=[@#])|(?<=s)erial|(?<![a-z\d]s)(?<=s)/?n(?![a-z\d])|(?<=\d)[.,]\d{3}"
    rb"|(?<=\d)[-./]\d\d?[-./][12][09]\d\d(?!\d)|(?<!\d\d)(?<=[12])[09]\d\d[-./]\d\d?[-./]\d)"
)
_LONG_NUMBER = re.compile(rb"\d{5,}")
_STANDARDS = frozenset({b"61966", b"12647", b"15076", b"22028"})
"""Numbers of IEC's and ISO's standards that profiles are named after."""

_D50 = bytes.fromhex("0000f6d6000100000000d32d")
_NO_DATE = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
_DESCRIPTION, _COPYRIGHT = "colour profile", "none"


class _Tag(NamedTuple):
    """An entry of the tag table, and its data; no data where it does not lie inside the profile."""

    name: bytes
    start: int
    data: bytes

    @property
    def is_colour(self) -> bool:
        return self.name in _COLOURS and self.data[:4] in _COLOUR_TYPES

    @property
    def is_plain_text(self) -> bool:
        if self.name not in _TEXTS or self.data[:4] not in _TEXT_TYPES or len(self.data) > _LONGEST_TEXT_BYTES:
            return False
        text = _localised(self.data) if self.data[:4] == b"mluc" else self.data
        if text is None:
            return False
        letters = text.replace(b"\0", b"").lower()
        return not _TELLING.search(letters) and _STANDARDS.issuperset(_LONG_NUMBER.findall(letters))


def _localised(data: bytes) -> bytes | None:
    """The letters in a text that is told in several languages; None where its table is no table."""
    untrusted_count, record_bytes = struct.unpack_from(">II", data.ljust(16, b"\0"), 8)
    end = 16 + _ENTRY_BYTES * untrusted_count
    if record_bytes != _ENTRY_BYTES or end > len(data):
        return None
    for language, untrusted_size, untrusted_start in struct.iter_unpack(">4sII", data[16:end]):
        is_code = all(byte == 0 or chr(byte).isalpha() for byte in language) and language.isascii()
        if not is_code or untrusted_start < end or untrusted_start + untrusted_size > len(data):
            return None
    return data[end:].decode("utf-16-be", "ignore").encode("ascii", "ignore")


def profile(untrusted: bytes) -> bytes | None:
    """The profile that `untrusted` begins with, as it may be shared.

    None where it is not one, is cut short, or is absurdly big. What it gives it leaves as it is the next time.
    """
    whole = _whole(untrusted)
    return whole if whole is None or _is_common(whole) else _anew(whole)


def model(sound: bytes) -> Model:
    """The kind of samples that a profile returned by `profile` describes."""
    return _MODELS[sound[16:20]]


def field(where: str) -> Field:
    """How a profile is listed."""
    return Field("ICC profile", "colour", where)


def fields(untrusted: bytes, where: str) -> Iterator[Field]:
    """A profile, and what it tells of a device where it does."""
    yield field(where)
    whole = _whole(untrusted)
    if whole is not None and not _is_common(whole):
        yield Field("ICC device", "device", where)


def _whole(untrusted: bytes) -> bytes | None:
    if len(untrusted) < _HEADER_BYTES + 4 or untrusted[36:40] != b"acsp" or untrusted[16:20] not in _MODELS:
        return None
    (untrusted_size,) = struct.unpack_from(">I", untrusted)
    (untrusted_tags,) = struct.unpack_from(">I", untrusted, _HEADER_BYTES)
    if untrusted_size > min(len(untrusted), LARGEST_PROFILE_BYTES) or untrusted_tags > _MOST_TAGS:
        return None
    if untrusted_size < _HEADER_BYTES + 4 + _ENTRY_BYTES * untrusted_tags:
        return None
    whole = untrusted[:untrusted_size]
    claimed = sum(end - start for start, end in {span for _, span in _spans(whole)})
    return whole if claimed <= untrusted_size else None


def _spans(whole: bytes) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Name of each tag, and where its data begins and ends; twice 0 where that does not lie inside the profile."""
    (count,) = struct.unpack_from(">I", whole, _HEADER_BYTES)
    table_end = _HEADER_BYTES + 4 + _ENTRY_BYTES * count
    for name, untrusted_start, untrusted_size in struct.iter_unpack(">4sII", whole[_HEADER_BYTES + 4 : table_end]):
        end = untrusted_start + untrusted_size
        yield name, (untrusted_start, end) if table_end <= untrusted_start and end <= len(whole) else (0, 0)


def _tags(whole: bytes) -> list[_Tag]:
    spans = list(_spans(whole))
    # Two hundred tags may share all of a profile, and shall not make as many copies of it.
    parts = {span: whole[slice(*span)] for _, span in spans}
    return [_Tag(name, span[0], parts[span]) for name, span in spans]


@lru_cache(maxsize=16)
def _is_common(whole: bytes) -> bool:
    """True when all of a profile is standard tags that tell nothing of one device. A folder's pictures share a few."""
    tags = _tags(whole)
    if any(whole[100:_HEADER_BYTES]) or not all(tag.is_colour or tag.is_plain_text for tag in tags):
        return False
    position = _HEADER_BYTES + 4 + _ENTRY_BYTES * len(tags)
    for tag in sorted(tags, key=lambda tag: tag.start):
        if any(whole[position : tag.start]):
            return False
        position = max(position, tag.start + len(tag.data))
    return not any(whole[position:])


def _anew(whole: bytes) -> bytes:
    """The same colours in a profile that says nothing else."""
    text = _text_since_4 if whole[8] >= 4 else _text_before_4
    parts = {b"desc": text(b"desc", _DESCRIPTION), b"cprt": text(b"text", _COPYRIGHT)}
    for tag in _tags(whole):
        if tag.is_colour:
            parts.setdefault(tag.name, tag.data)
    table, content = [], b""
    places: dict[bytes, int] = {}
    start = _HEADER_BYTES + 4 + _ENTRY_BYTES * len(parts)
    for name, data in parts.items():
        if data not in places:
            places[data] = start + len(content)
            content += data + b"\0" * (-len(data) % 4)
        table.append(struct.pack(">4sII", name, places[data], len(data)))
    return _header(whole, start + len(content)) + struct.pack(">I", len(parts)) + b"".join(table) + content


def _header(whole: bytes, size: int) -> bytes:
    version, kinds, intent = whole[8:10] + bytes(2), whole[12:24], bytes(3) + bytes((whole[67] & 3,))
    told = struct.pack(">I", size) + bytes(4) + version + kinds + _NO_DATE + b"acsp"
    return (told + bytes(24) + intent + _D50).ljust(_HEADER_BYTES, b"\0")


def _text_since_4(_form: bytes, text: str) -> bytes:
    coded = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">4xII4sII", 1, 12, b"enUS", len(coded), 28) + coded


def _text_before_4(form: bytes, text: str) -> bytes:
    coded = text.encode("ascii") + b"\0"
    if form == b"text":
        return b"text" + bytes(4) + coded
    # Then come the same in Unicode and in a Macintosh script, both empty here.
    return b"desc" + struct.pack(">4xI", len(coded)) + coded + bytes(4 + 4 + 2 + 1 + 67)
