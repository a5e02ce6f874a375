"""The description of a track (RFC 9559 5.1.4): what it may say, and in what codings its pictures and sound may be."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from redact.checks.reading import Buffer, Flaw
from redact.checks.structure import pictures
from redact.checks.structure.matroska import ebml, sounds
from redact.checks.structure.matroska.ebml import Element, Rule, inside, one_of, real, unsigned, with_kind
from redact.model import Keep

PICTURES, SOUND = 1, 2

_NUMBER, _UID, _TYPE, _LANGUAGE = 0xD7, 0x73C5, 0x83, 0x22B59C
_CODEC, _PRIVATE, _VIDEO, _AUDIO, _ALPHA_MODE = 0x86, 0x63A2, 0xE0, 0xE1, 0x53C0
_MAPPING, _MOST_ADDITIONS = 0x41E4, 0x55EE

_FLAG = unsigned(0, 1)
_HOUR = unsigned(0, 3600 * 10**9)
_SIDE = unsigned(1, 1 << 16)
_CROP = unsigned(0, 1 << 16)
_SHOWN = unsigned(1, 1 << 24)
_CODE_POINT = unsigned(0, 255)
_SAMPLING = unsigned(0, 4)
_LIGHT = unsigned(0, 65535)


def _projection(body: bytes, keep: Keep) -> bool:
    """A turn of a flat picture, or a sphere whose layout is version 0 and numbers."""
    parts = ebml.children(body, Element(0, 0, 0, len(body)))
    layout, kind = parts.get(0x7672), parts.get(0x7671, b"\0")
    if layout is not None and (len(layout) != {b"\1": 20, b"\2": 12}.get(kind) or any(layout[:4])):
        return False
    return _PROJECTION(body, keep)


_PROJECTION = inside({
    0x7671: unsigned(0, 2),
    0x7672: lambda body, _keep: len(body) in (12, 20),
    0x7673: real(-180, 180, 100),
    0x7674: real(-90, 90, 100),
    0x7675: real(-180, 180, 100),
})  # fmt: skip

_MASTERING = inside({
    **dict.fromkeys(range(0x55D1, 0x55D9), real(0, 1, 50_000)),
    0x55D9: real(0, 65535, 10_000),
    0x55DA: real(0, 65535, 10_000),
})  # fmt: skip

_COLOUR = inside({
    **dict.fromkeys((0x55B1, 0x55BA, 0x55BB), _CODE_POINT),
    0x55B2: unsigned(0, 32),
    **dict.fromkeys(range(0x55B3, 0x55B7), _SAMPLING),
    **dict.fromkeys((0x55B7, 0x55B8), unsigned(0, 2)),
    0x55B9: unsigned(0, 3),
    **dict.fromkeys((0x55BC, 0x55BD), _LIGHT),
    0x55D0: _MASTERING,
})  # fmt: skip

_PICTURE = inside({
    0x9A: unsigned(0, 2),
    0x9D: one_of(*(bytes((order,)) for order in (0, 1, 2, 6, 9, 14))),
    0x53B8: unsigned(0, 14),
    _ALPHA_MODE: _FLAG,
    **dict.fromkeys((0xB0, 0xBA), _SIDE),
    **dict.fromkeys((0x54AA, 0x54BB, 0x54CC, 0x54DD), _CROP),
    **dict.fromkeys((0x54B0, 0x54BA), _SHOWN),
    0x54B2: unsigned(0, 4),
    0x55B0: with_kind("colour", _COLOUR),
    0x7670: with_kind("orientation", _projection),
})  # fmt: skip

_HEARD: dict[int, Rule] = {
    **dict.fromkeys((0xB5, 0x78B5), real(1, 6_144_000, 1)),
    0x9F: unsigned(1, 255),
    0x6264: unsigned(1, 64),
    0x52F1: unsigned(0, 16),
}


def _audio(body: bytes, keep: Keep) -> bool:
    return not body or inside(_HEARD)(body, keep)


def _language(body: bytes, _keep: Keep) -> bool:
    return len(body) == 3 and all(0x61 <= letter <= 0x7A for letter in body)


def _dolby(body: bytes, _keep: Keep) -> bool:
    """Of Dolby Vision five bytes that say which profile, and zeros; no second layer."""
    return len(body) == 24 and not body[3] & 2 and not body[4] & 3 and not any(body[5:])


_MAPPINGS = inside({
    0x41E7: one_of(b"dvcC", b"dvvC", b"dvwC"),
    0x41ED: _dolby,
})  # fmt: skip

_DESCRIPTION: dict[int, Rule] = {
    _NUMBER: unsigned(1, 126),
    _UID: unsigned(1, 126),
    _TYPE: unsigned(PICTURES, SOUND),
    **dict.fromkeys((0xB9, 0x88, 0x9C, *range(0x55AA, 0x55B0)), _FLAG),
    **dict.fromkeys((0x23E383, 0x234E7A), unsigned(1, 3600 * 10**9)),
    **dict.fromkeys((0x56AA, 0x56BB), _HOUR),
    _LANGUAGE: _language,
    _CODEC: lambda body, _keep: 0 < len(body) < 40,
    _PRIVATE: lambda body, _keep: len(body) > 0,
    _MOST_ADDITIONS: unsigned(1, 1),
    _MAPPING: _MAPPINGS,
    _VIDEO: _PICTURE,
    _AUDIO: _audio,
}

_CODINGS = {
    b"V_MPEG4/ISO/AVC": "h264",
    b"V_MPEGH/ISO/HEVC": "hevc",
    b"V_MPEGI/ISO/VVC": "vvc",
    b"V_AV1": "av1",
    b"V_VP8": "vp8",
    b"V_VP9": "vp9",
    b"V_MPEG4/ISO/SP": "mpeg4",
    b"V_MPEG4/ISO/ASP": "mpeg4",
    b"V_MPEG4/ISO/AP": "mpeg4",
    b"V_MPEG2": "mpeg2video",
    b"V_MPEG1": "mpeg1video",
    b"V_MJPEG": "mjpeg",
}
"""Codec ID -> name of the coding, as FFmpeg has it."""

_FLAVOURS = frozenset({b"apco", b"apcs", b"apcn", b"apch", b"ap4h", b"ap4x"})
"""Of ProRes, whose frames stand here without their heads."""

_WINDOWS = b"V_MS/VFW/FOURCC"
_WINDOWS_HEADER = 40
_LARGEST_SIDE = 1 << 16
_WINDOWS_CODINGS = {
    **dict.fromkeys((b"xvid", b"divx", b"dx50", b"fmp4", b"mp4v"), "mpeg4"),
    b"mjpg": "mjpeg",
    **dict.fromkeys((b"h264", b"x264", b"avc1"), "h264"),
    b"mpg2": "mpeg2video",
}


@dataclass(frozen=True)
class Track:
    """One track.

    allowed:     whether a frame holds only what may stay
    transparent: each picture may have a second one beside it
    """

    kind: int
    codec: bytes
    allowed: Callable[[bytes], bool]
    transparent: bool


def read(data: Buffer, tracks: Element, keep: Keep) -> tuple[list[Track], int]:
    """The tracks, of which the first has number 1, and how many elements describe them. Raises Flaw."""
    entries = list(ebml.elements(data, tracks.start, tracks.end))
    count, found = len(entries), []
    for number, entry in enumerate(entries, 1):
        if entry.kind != 0xAE:
            message = f"element {entry.kind:X} is not allowed among the tracks"
            raise Flaw(message)
        count += ebml.demand(data, entry, _DESCRIPTION, keep)
        found.append(_track(ebml.children(data, entry), number))
    if not found:
        message = "there is no track"
        raise Flaw(message)
    return found, count


def _track(told: dict[int, bytes], number: int) -> Track:
    if told.get(_NUMBER) != bytes((number,)) or told.get(_UID) != bytes((number,)):
        message = "the tracks are not numbered from one"
        raise Flaw(message)
    kind = int.from_bytes(told.get(_TYPE, b""), "big")
    needed, other = (_VIDEO, _AUDIO) if kind == PICTURES else (_AUDIO, _VIDEO)
    if needed not in told or other in told:
        message = f"track {number} is not described as what it is"
        raise Flaw(message)
    codec, private = told.get(_CODEC, b""), told.get(_PRIVATE, b"")
    if kind == SOUND:
        sounds.demand(codec, private)
        if _MAPPING in told or _MOST_ADDITIONS in told:
            message = f"track {number} of sound has additions"
            raise Flaw(message)
        return Track(kind, codec, _anything, transparent=False)
    video = told[_VIDEO]
    alpha = ebml.children(video, Element(_VIDEO, 0, 0, len(video))).get(_ALPHA_MODE) == b"\1"
    transparent = alpha and codec in (b"V_VP8", b"V_VP9")
    if (_MOST_ADDITIONS in told) != transparent:
        message = f"track {number} has additions that are not its transparency"
        raise Flaw(message)
    return Track(kind, codec, _pictures(codec, private), transparent)


def _anything(_frame: bytes) -> bool:
    """Sound is opaque."""
    return True


def _pictures(codec: bytes, private: bytes) -> Callable[[bytes], bool]:
    """What is allowed in the frames of a coding. Raises Flaw for one that cannot be vouched for."""
    if codec in _CODINGS:
        return pictures.rule(_CODINGS[codec], private)
    if codec == b"V_PRORES" and private in _FLAVOURS:
        whole = pictures.rule("prores", b"")
        return lambda frame: whole((len(frame) + 8).to_bytes(4, "big") + b"icpf" + frame)
    name = private[16:20].lower()
    if codec != _WINDOWS or name not in _WINDOWS_CODINGS or len(private) < _WINDOWS_HEADER:
        message = "the coding of the pictures cannot be vouched for"
        raise Flaw(message)
    size, width, height, planes, depth = struct.unpack_from("<IiiHH", private)
    fits = 0 < width <= _LARGEST_SIDE and 0 < abs(height) <= _LARGEST_SIDE and planes == 1 and depth <= 64
    if size != len(private) or not fits or any(private[20:_WINDOWS_HEADER]):
        message = "the description of the pictures holds something that is not allowed"
        raise Flaw(message)
    return pictures.rule(_WINDOWS_CODINGS[name], private[_WINDOWS_HEADER:])
