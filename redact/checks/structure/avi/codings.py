"""How pictures and sound are described: fields of a known size, and behind them what the coding needs and no more."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from redact.checks.reading import Flaw
from redact.checks.structure import pictures as coded
from redact.checks.structure.pictures import Allowed

_PICTURES = struct.Struct("<IiiHH4sIiiII")
_SOUND = struct.Struct("<HHIIHHH")

_CODES = {
    b"MJPG": "mjpeg", b"JPEG": "mjpeg", b"DMB1": "mjpeg",
    b"FMP4": "mpeg4", b"XVID": "mpeg4", b"DIVX": "mpeg4", b"DX50": "mpeg4", b"MP4V": "mpeg4", b"MP4S": "mpeg4",
    b"M4S2": "mpeg4", b"3IV2": "mpeg4", b"RMP4": "mpeg4", b"SEDG": "mpeg4",
    b"H264": "h264", b"X264": "h264", b"AVC1": "h264", b"DAVC": "h264", b"HEVC": "hevc", b"H265": "hevc",
    b"MPG2": "mpeg2video", b"\2\0\0\x10": "mpeg2video",
    b"MPG1": "mpeg1video", b"MPEG": "mpeg1video", b"\1\0\0\x10": "mpeg1video",
    b"H263": "h263", b"VP80": "vp8", b"VP90": "vp9", b"AV01": "av1",
}  # fmt: skip
_BITS = (12, 16, 24, 32)
_LARGEST_SIDE = 1 << 14

_PLAIN_SOUNDS = frozenset({0x0001, 0x0003, 0x0006, 0x0007, 0x0050, 0x2000})
_MP3, _IMA_ADPCM, _MS_ADPCM, _AAC, _EXTENSIBLE = 0x0055, 0x0011, 0x0002, 0x00FF, 0xFFFE
_MS_COEFFICIENTS = (7, 256, 0, 512, -256, 0, 0, 192, 64, 240, 0, 460, -208, 392, -232)
_SUBTYPES = tuple(bytes((kind,)) + bytes.fromhex("00000000001000800000aa00389b71") for kind in (1, 3))


@dataclass(frozen=True)
class Look:
    """Pictures: (width, height), the code of their coding, FFmpeg's name of it, and what may be in a chunk."""

    size: tuple[int, int]
    code: bytes
    name: str
    allowed: Allowed


def pictures(content: bytes) -> Look:
    """How pictures are coded. Raises Flaw unless that is known and nothing else is told."""
    size, width, height, planes, bits, code, bytes_, *nothing = _PICTURES.unpack_from(content)
    if not 0 < width <= _LARGEST_SIDE or not 0 < abs(height) <= _LARGEST_SIDE or code.upper() not in _CODES:
        message = "the pictures are of a size or coding that is not known"
        raise Flaw(message)
    expected = (width * abs(height) * bits + 7) // 8
    if size != len(content) or planes != 1 or bits not in _BITS or bytes_ != expected or any(nothing):
        message = "the description of the pictures tells more than their size and coding"
        raise Flaw(message)
    name = _CODES[code.upper()]
    rest = content[_PICTURES.size :]
    if name == "mjpeg" and rest:
        message = "something follows the description of the pictures"
        raise Flaw(message)
    return Look((width, abs(height)), code, name, coded.rule(name, rest))


def demand_sound(content: bytes) -> None:
    """Raise Flaw unless the coding of sound is known and nothing else is told."""
    coding, *_, told = _SOUND.unpack_from(content)
    rest = content[_SOUND.size :]
    if len(rest) != told or not _is_rest(coding, rest):
        message = f"the description of sound of type {coding:#06x} is not allowed"
        raise Flaw(message)


def _is_rest(coding: int, rest: bytes) -> bool:
    if coding in _PLAIN_SOUNDS:
        return not rest
    if coding == _MP3:
        return len(rest) == 12 and rest[:6] == b"\1\0\2\0\0\0" and rest[10:] == b"\0\0"
    if coding == _IMA_ADPCM:
        return len(rest) == 2
    if coding == _MS_ADPCM:
        return len(rest) == 32 and struct.unpack("<2xH14h", rest) == _MS_COEFFICIENTS
    if coding == _AAC:
        return 2 <= len(rest) <= 8
    return coding == _EXTENSIBLE and len(rest) == 22 and rest[6:] in _SUBTYPES
