"""The streams of a film (`strl`): how pictures and sound are coded and timed, and that told anew.

The headers have room for names, languages and reserved numbers, and the description of a coding goes on with whatever
its maker put there; new ones hold what a player needs and are zero elsewhere.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.avi.chunks import Chunk, inside
from redact.formats.boxes import printable
from redact.formats.codings import Coding, coding_of
from redact.model import Field

_CODINGS: Mapping[str, tuple[bytes, ...]] = {
    "mjpeg": (b"MJPG", b"JPEG", b"DMB1"),
    "mpeg4": (b"FMP4", b"XVID", b"DIVX", b"DX50", b"MP4V", b"MP4S", b"M4S2", b"3IV2", b"RMP4", b"SEDG"),
    "h264": (b"H264", b"X264", b"AVC1", b"DAVC"),
    "hevc": (b"HEVC", b"H265"),
    "mpeg2video": (b"MPG2", b"\2\0\0\x10"),
    "mpeg1video": (b"MPG1", b"MPEG", b"\1\0\0\x10"),
    "h263": (b"H263",),
    "vp8": (b"VP80",),
    "vp9": (b"VP90",),
    "av1": (b"AV01",),
}
_NAMES = {code: name for name, codes in _CODINGS.items() for code in codes}
"""Code in capitals -> FFmpeg's name of the coding."""

STREAM_HEADER = struct.Struct("<4s4sIHHIIIIIIII4h")
"""`strh`: type, handler, flags, priority, language, initial frames, scale, rate, start, length, buffer, quality,
size of a sample, frame."""
_OLD_STREAM_HEADER_BYTES = 48
PICTURE_FORMAT = struct.Struct("<IiiHH4sIiiII")
"""BITMAPINFOHEADER: size, width, height, planes, bits, coding, bytes, resolution, colours."""
SOUND_FORMAT = struct.Struct("<HHIIHH")
"""WAVEFORMATEX without its rest: coding, channels, samples and bytes a second, size of a block, bits."""
SHAPE = struct.Struct("<IIIII2HIII")
"""`vprp` without its fields: format, standard, refresh rate, size with blanking, ratio of the sides, size, fields."""

_PCM, _MS_ADPCM, _FLOAT, _ALAW, _ULAW, _IMA_ADPCM = 1, 2, 3, 6, 7, 0x11
_MP2, _MP3, _AAC, _AC3, _EXTENSIBLE = 0x50, 0x55, 0xFF, 0x2000, 0xFFFE
_BARE_SOUNDS = frozenset((_PCM, _FLOAT, _ALAW, _ULAW, _MP2, _AC3))
_COEFFICIENTS = struct.pack("<H14h", 7, 256, 0, 512, -256, 0, 0, 192, 64, 240, 0, 460, -208, 392, -232)
_MP3_REST = struct.Struct("<HIHHH")
_GUID_REST = bytes.fromhex("000000001000800000aa00389b71")
_MOST_AAC_BYTES = 8

_MOST_SIDE = 1 << 14


@dataclass(frozen=True, slots=True)
class Timing:
    """What a stream header says of times: `scale` over `rate` is how long a sample lasts, in seconds.

    sample_bytes: 0 where a chunk is a sample, as of pictures
    """

    initial: int
    scale: int
    rate: int
    start: int
    sample_bytes: int


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream that stays.

    number: its number in the source
    holds:  "pictures" or "sound"
    timing: when its samples are shown
    format: `strf` as it is written anew
    size:   (width, height) in pixels; (0, 0) of sound
    handler: what names the coding in the new header
    shape:  (height, width) that the whole picture is to be shown in relation of; (0, 0) where none is told
    coding: what takes the pictures apart; None for sound
    name:   FFmpeg's name of the pictures' coding; empty for sound
    """

    number: int
    holds: Literal["pictures", "sound"]
    timing: Timing
    format: bytes
    size: tuple[int, int] = (0, 0)
    handler: bytes = bytes(4)
    shape: tuple[int, int] = (0, 0)
    coding: Coding | None = None
    name: str = ""


@dataclass(slots=True)
class Told:
    """What the parts of one `strl` list are, by code; and all of them, in order."""

    parts: dict[bytes, bytes] = field(default_factory=dict)
    order: list[Chunk] = field(default_factory=list)


def told(source: BinaryIO, listed: Chunk) -> Told:
    """The parts of a `strl` list that are looked at. Raises DamagedFileError where one is there twice."""
    found = Told()
    for chunk in inside(source, listed):
        found.order.append(chunk)
        if chunk.code in (b"strh", b"strf", b"vprp"):
            if chunk.code in found.parts:
                raise _damaged()
            found.parts[chunk.code] = chunk.read(source)
    if not {b"strh", b"strf"} <= found.parts.keys() or len(found.parts[b"strh"]) < _OLD_STREAM_HEADER_BYTES:
        raise _damaged()
    return found


def kind_of(parts: Told) -> bytes:
    """What a stream holds: b"vids", b"auds", b"txts" or b"mids", say."""
    return parts.parts[b"strh"][:4]


def stream(parts: Told, number: int) -> Stream | None:
    """The stream as it stays; None for one that is neither pictures nor sound.

    Raises DamagedFileError, UnsupportedFormatError.
    """
    kind = kind_of(parts)
    if kind == b"iavs":
        message = "the film is coded as DV, pictures and sound in one: convert it first"
        raise UnsupportedFormatError(message)
    if kind not in (b"vids", b"auds"):
        return None
    header = STREAM_HEADER.unpack(parts.parts[b"strh"][: STREAM_HEADER.size].ljust(STREAM_HEADER.size, b"\0"))
    initial, scale, rate, start, sample_bytes = header[5], header[6], header[7], header[8], header[12]
    if not scale or not rate:
        raise _damaged()
    timing = Timing(initial, scale, rate, start, sample_bytes)
    if kind == b"auds":
        return Stream(number, "sound", timing, _sound(parts.parts[b"strf"]))
    return _pictures(parts, number, timing)


def _pictures(parts: Told, number: int, timing: Timing) -> Stream:
    content = parts.parts[b"strf"]
    if len(content) < PICTURE_FORMAT.size:
        raise _damaged()
    _, width, height, _, bits, code, *_ = PICTURE_FORMAT.unpack_from(content)
    if not 0 < width <= _MOST_SIDE or not 0 < abs(height) <= _MOST_SIDE:
        raise _damaged()
    name = _NAMES.get(code.upper())
    if name is None:
        known = printable(code) if any(code) else "raw samples"
        message = f"the video is coded as {known}, which is not known here: convert it to H.264 first"
        raise UnsupportedFormatError(message)
    coding = coding_of(name, _configuration(name, content))
    rest = coding.configuration
    bits = bits if bits in (12, 16, 24, 32) else 24
    size = (width * abs(height) * bits + 7) // 8
    described = PICTURE_FORMAT.pack(PICTURE_FORMAT.size + len(rest), width, height, 1, bits, code, size, 0, 0, 0, 0)
    shape = _shape(parts.parts.get(b"vprp", b""))
    return Stream(number, "pictures", timing, described + rest, (width, abs(height)), code, shape, coding, name)


def _configuration(name: str, content: bytes) -> bytes:
    """The decoder configuration behind the fields of a format. JPEG has none: what stands there is a maker's own."""
    return b"" if name == "mjpeg" else content[PICTURE_FORMAT.size :]


def _shape(content: bytes) -> tuple[int, int]:
    if len(content) < SHAPE.size:
        return 0, 0
    down, across = SHAPE.unpack_from(content)[5:7]
    return down, across


def shape_told(stream: Stream) -> bytes:
    """`vprp` with the ratio of the sides and nothing else that is not told elsewhere."""
    down, across = stream.shape
    width, height = stream.size
    if not down or not across:
        return b""
    lines = struct.pack("<8I", height, width, height, width, 0, 0, 0, 0)
    return SHAPE.pack(0, 0, 0, width, height, down, across, width, height, 1) + lines


def _sound(content: bytes) -> bytes:
    """The description of sound, its rest as long as the coding needs it."""
    if len(content) < SOUND_FORMAT.size - 2:
        raise _damaged()
    head = content[: SOUND_FORMAT.size].ljust(SOUND_FORMAT.size, b"\0")
    rest = content[SOUND_FORMAT.size + 2 :]
    told = int.from_bytes(content[SOUND_FORMAT.size : SOUND_FORMAT.size + 2], "little")
    tag = int.from_bytes(head[:2], "little")
    rest = _rest(tag, rest[:told])
    return head + len(rest).to_bytes(2, "little") + rest


def _rest(tag: int, rest: bytes) -> bytes:
    if tag in _BARE_SOUNDS:
        return b""
    if tag == _MP3:
        _, _, block, frames, _ = _MP3_REST.unpack(rest[: _MP3_REST.size].ljust(_MP3_REST.size, b"\0"))
        return _MP3_REST.pack(1, 2, block, frames or 1, 0)
    if tag == _IMA_ADPCM and len(rest) >= 2:
        return rest[:2]
    if tag == _MS_ADPCM and rest[2 : 2 + len(_COEFFICIENTS)] == _COEFFICIENTS:
        return rest[: 2 + len(_COEFFICIENTS)]
    if tag == _AAC and 2 <= len(rest) <= _MOST_AAC_BYTES:
        return rest
    if tag == _EXTENSIBLE and rest[6:22] in (bytes((sub, 0)) + _GUID_REST for sub in (_PCM, _FLOAT)):
        return rest[:22]
    message = f"a sound track is coded as {tag:#06x}, which is not known here: convert it to PCM first"
    raise UnsupportedFormatError(message)


def is_key(name: str, coded: bytes) -> bool:
    """True for coded pictures that decoding can begin with, as far as their beginning tells."""
    if name == "mpeg4":
        start = coded.find(b"\0\0\1\xb6")
        return 0 <= start < len(coded) - 4 and not coded[start + 4] >> 6
    if name in ("mpeg1video", "mpeg2video"):
        return b"\0\0\1\xb3" in coded
    if name == "h264":
        return any(part[:1] and part[0] & 0x1F == 5 for part in coded.split(b"\0\0\1")[1:])
    return name == "mjpeg"


def reserved(parts: Told) -> Field | None:
    """A field for bytes of the headers that mean nothing, where there are some."""
    header = STREAM_HEADER.unpack(parts.parts[b"strh"][: STREAM_HEADER.size].ljust(STREAM_HEADER.size, b"\0"))
    return Field("wLanguage and wPriority", "unknown", "strh") if header[3] or header[4] else None


def _damaged() -> DamagedFileError:
    return DamagedFileError("the description of a stream is damaged: get an undamaged original")
