"""What describes coded pictures: sample entries (ISO/IEC 14496-12 12.1, 14496-15; QuickTime's image descriptions).

Of a source's entry its code, the size of the picture and the configuration of the decoder are read, and an entry of
these alone is written: names of compressors and vendors, resolutions, bit rates and boxes that nobody knows are gone.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from redact.formats.boxes import Box, number, written
from redact.formats.codings import Coding, coding_of
from redact.formats.film import elementary
from redact.formats.film.elementary import Elementary

ENTRY_BYTES = 78
"""Fields of a sample entry for pictures, before its boxes."""

PAINTABLE = frozenset(("h264", "hevc"))
"""Codings whose pictures can be painted and coded again."""

_MPEG2_ENTRIES = (
    *(b"hdv%c" % letter for letter in b"123456789a"),
    *(b"mx%c%c" % pair for pair in itertools.product(b"345", b"np")),
    *(b"xdv%c" % letter for letter in b"123456789abcdef"),
    *(b"xd5%c" % letter for letter in b"123456789abcdef"),
    b"m2v1",
)
"""QuickTime's codes of HDV, IMX and XDCAM, one for each size and rate."""

_ELEMENTARY: Mapping[int, str] = {
    0x20: "mpeg4", **dict.fromkeys(range(0x60, 0x66), "mpeg2video"), 0x6A: "mpeg1video", 0x6C: "mjpeg",
}  # fmt: skip
"""Number of a coding in an elementary stream descriptor -> FFmpeg's name."""

ENTRIES: Mapping[bytes, frozenset[str]] = {
    **dict.fromkeys((b"avc1", b"avc3", b"dva1", b"dvav"), frozenset(("h264",))),
    **dict.fromkeys((b"hvc1", b"hev1", b"dvh1", b"dvhe"), frozenset(("hevc",))),
    **dict.fromkeys((b"vvc1", b"vvi1"), frozenset(("vvc",))),
    b"av01": frozenset(("av1",)),
    b"vp08": frozenset(("vp8",)),
    b"vp09": frozenset(("vp9",)),
    b"mp4v": frozenset(_ELEMENTARY.values()),
    **dict.fromkeys((b"XVID", b"DIVX", b"DX50", b"3IV2"), frozenset(("mpeg4",))),
    **dict.fromkeys((b"m1v ", b"m1v1", b"mpeg"), frozenset(("mpeg1video",))),
    **dict.fromkeys(_MPEG2_ENTRIES, frozenset(("mpeg2video",))),
    **dict.fromkeys((b"s263", b"h263"), frozenset(("h263",))),
    **dict.fromkeys((b"jpeg", b"mjpa"), frozenset(("mjpeg",))),
    **dict.fromkeys((b"apch", b"apcn", b"apcs", b"apco", b"ap4h", b"ap4x"), frozenset(("prores",))),
}
"""Code of a sample entry -> FFmpeg's names of what may be behind it. An encrypted one is not among them."""

_FOREIGN = frozenset((b"XVID", b"DIVX", b"DX50", b"3IV2"))
"""Codes of AVI in a film, which are written as another."""

_STILL_ENTRIES = frozenset((b"jpeg", b"png ", b"mjpa", b"mjpb"))
_STILL_CODINGS = (0x6C, 0x6D)
"""JPEG and PNG, as an elementary stream descriptor numbers them."""


def is_still(entry: Box) -> bool:
    """True for JPEGs and PNGs, however they are called."""
    stream = _stream(entry) if entry.code == b"mp4v" else None
    return entry.code in _STILL_ENTRIES or (stream is not None and stream.coding in _STILL_CODINGS)


def _stream(entry: Box) -> Elementary | None:
    box = next((box for box in entry.children(ENTRY_BYTES) if box.code == b"esds"), None)
    return elementary.read(box.payload) if box else None


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """The pictures of one track: the sample entry that describes them in a copy, and how their packets are made up."""

    entry: bytes
    coding: Coding


def described(entry: Box, shown: bytes) -> Pictures | None:
    """The pictures behind a source's entry; None where it is in a form of its own, which only FFmpeg reads.

    shown: boxes about how they are to be shown

    Raises DamagedFileError, UnsupportedFormatError.
    """
    boxes = {box.code: box.payload for box in reversed(entry.children(ENTRY_BYTES))}
    if entry.code == b"mp4v":
        read = _elementary(boxes.get(b"esds", b""))
    elif entry.code in _FOREIGN or len(entry.payload) < ENTRY_BYTES:
        read = None
    else:
        (name,) = ENTRIES[entry.code]
        code, reader = _CONFIGURATIONS.get(name, (b"", _bare))
        read = reader(name, boxes.get(code, b""))
    if read is None:
        return None
    coding, told = read
    fields = bytes(7) + b"\1" + bytes(16) + entry.payload[24:28] + _fixed(entry)
    return Pictures(written(entry.code, fields, told, _fields_of(boxes.get(b"fiel", b"")), shown), coding)


_INCH = 72 << 16
_DEPTHS = (24, 32)
_NO_TABLE = b"\xff\xff"


def _fixed(entry: Box) -> bytes:
    """What follows the size: a resolution nobody reads, one frame in a sample, no name, and whether there is alpha."""
    depth = number(entry.payload, 74, 2)
    return struct.pack(">IIIH32xH", _INCH, _INCH, 0, 1, depth if depth in _DEPTHS else _DEPTHS[0]) + _NO_TABLE


_ONE_FIELD = b"\1\0"
_ORDERS = (0, 1, 6, 9, 14)


def _fields_of(payload: bytes) -> bytes:
    """`fiel`: whether a frame has two fields, and which is first."""
    if len(payload) != 2:
        return b""
    if payload[0] == 1:
        return written(b"fiel", _ONE_FIELD)
    return written(b"fiel", payload) if payload[0] == 2 and payload[1] in _ORDERS else b""


_Read: TypeAlias = "tuple[Coding, bytes] | None"
"""How packets are made up, and the box of the copy with the configuration."""


def _recorded(code: bytes, version: bytes) -> Callable[[str, bytes], _Read]:
    """A reader of decoder configuration records, which stand behind the `version` of their box."""

    def read(name: str, payload: bytes) -> _Read:
        record = payload.removeprefix(version)
        # Without one, nothing tells where a unit ends; with start codes it is of no form that MP4 knows.
        if not record or record.startswith(b"\0\0") or len(record) + len(version) != len(payload):
            return None
        coding = coding_of(name, record)
        return coding, written(code, version, coding.configuration)

    return read


_VP_BYTES, _VP_PROFILE_MOST, _VP_LEVEL_MOST = 12, 3, 62


def _vp(name: str, payload: bytes) -> _Read:
    """`vpcC`: profile, level and colours as numbers (VP Codec ISO Media File Format Binding), without anything else."""
    if len(payload) < _VP_BYTES or payload[:4] != b"\1\0\0\0":
        return None
    if payload[4] > _VP_PROFILE_MOST or payload[5] > _VP_LEVEL_MOST:
        return None
    return coding_of(name, b""), written(b"vpcC", payload[:10], bytes(2))


_PHONE_VENDOR = b"FFMP\0"
_PHONE_LEVEL_MOST, _PHONE_PROFILE_MOST = 70, 8


def _phone(name: str, payload: bytes) -> _Read:
    """`d263`: a level and a profile (3GPP TS 26.244, 6.8). The vendor is FFmpeg in every copy."""
    told = payload[5:7]
    if len(told) != 2 or told[0] > _PHONE_LEVEL_MOST or told[1] > _PHONE_PROFILE_MOST:
        return None
    return coding_of(name, b""), written(b"d263", _PHONE_VENDOR, told)


def _bare(name: str, _payload: bytes) -> _Read:
    return coding_of(name, b""), b""


def _elementary(payload: bytes) -> _Read:
    stream = elementary.read(payload)
    name = _ELEMENTARY.get(stream.coding) if stream else None
    if stream is None or name is None:
        return None
    coding = coding_of(name, stream.configuration)
    clean = Elementary(stream.coding, coding.configuration)
    return coding, written(b"esds", elementary.payload(elementary.PICTURES, clean))


_CONFIGURATIONS: Mapping[str, tuple[bytes, Callable[[str, bytes], _Read]]] = {
    "h264": (b"avcC", _recorded(b"avcC", b"")),
    "hevc": (b"hvcC", _recorded(b"hvcC", b"")),
    "vvc": (b"vvcC", _recorded(b"vvcC", bytes(4))),
    "av1": (b"av1C", _recorded(b"av1C", b"")),
    "vp8": (b"vpcC", _vp),
    "vp9": (b"vpcC", _vp),
    "h263": (b"d263", _phone),
}
"""FFmpeg's name of a coding -> the box of its configuration, and what reads that. Others need none."""
