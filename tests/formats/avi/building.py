"""AVI films built chunk by chunk, as a camera would, and with whatever no player needs."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import zip_longest

from tests.formats.coded import HEIGHT, RATE, WIDTH, Coded, pictures, sound

CANARY = b"CANARY"
CODES = {"mjpeg": b"MJPG", "mpeg4": b"XVID", "libx264": b"H264", "libx265": b"HEVC", "mpeg2video": b"MPG2"}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description exif:GPSLatitude="CANARY" dc:title="CANARY"/></x:xmpmeta>'
TAKEN = b"MON MAR 10 15:04:43 2003\n\0"


def chunk(code: bytes, content: bytes) -> bytes:
    """A chunk, padded."""
    return code + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def group(form: bytes, *parts: bytes, code: bytes = b"LIST") -> bytes:
    """A list."""
    return chunk(code, form + b"".join(parts))


def stream_header(kind: bytes, handler: bytes, scale: int, rate: int, sample: int = 0, told: bytes = b"") -> bytes:
    """`strh`; `told` goes into its priority and language."""
    room = told[:4].ljust(4, b"\0")
    numbers = struct.pack("<IIIIIIII", 0, scale, rate, 0, 9, 7777, 0xFFFFFFFF, sample)
    return chunk(b"strh", kind + handler + bytes(4) + room + numbers + struct.pack("<4h", 0, 0, WIDTH, HEIGHT))


def picture_format(code: bytes, rest: bytes = b"", size: tuple[int, int] = (WIDTH, HEIGHT)) -> bytes:
    """`strf` of pictures."""
    head = struct.pack("<IiiHH4sIiiII", 40 + len(rest), *size, 1, 24, code, 0, 3, 4, 0, 0)
    return chunk(b"strf", head + rest)


def sound_format(tag: int, sample: int, rest: bytes | None = None, channels: int = 1) -> bytes:
    """`strf` of sound."""
    head = struct.pack("<HHIIHH", tag, channels, RATE, RATE * sample, sample, 8 * sample)
    return chunk(b"strf", head + (b"" if rest is None else struct.pack("<H", len(rest)) + rest))


def film_header(streams: int, told: bytes = b"", flags: int = 0x110) -> bytes:
    """`avih`; `told` goes into its reserved numbers."""
    numbers = struct.pack("<10I", 40000, 123456, 0, flags, 10, 0, streams, 99999, WIDTH, HEIGHT)
    return chunk(b"avih", numbers + told[:16].ljust(16, b"\0"))


def index(movi: Sequence[tuple[bytes, bytes]], base: int = 4, key: int = 0x10) -> bytes:
    """`idx1` of the chunks of a list in order."""
    entries, place = b"", base
    for code, content in movi:
        entries += struct.pack("<4sIII", code, key, place, len(content))
        place += 8 + len(content) + len(content) % 2
    return chunk(b"idx1", entries)


def media(coder: str, laden: bytes = b"") -> list[tuple[bytes, bytes]]:
    """Pictures and sound by turns, and what is laden between them."""
    seen = [each.data for each in sorted(_pictures(coder), key=lambda each: each.decoded)]
    if laden and coder == "mjpeg":
        seen = [each[:2] + b"\xff\xfe" + struct.pack(">H", len(laden) + 2) + laden + each[2:] for each in seen]
    heard = [each.data for each in sound("pcm_s16le")]
    chunks = []
    for picture, tone in zip_longest(seen, heard):
        chunks += [(b"00dc", picture)] if picture else []
        chunks += [(b"01wb", tone)] if tone else []
        chunks += [(b"02tx", laden), (b"JUNK", laden), (b"GPS0", laden)] if laden else []
    return chunks


def _pictures(coder: str) -> tuple[Coded, ...]:
    return pictures(coder, 10, "yuvj420p" if coder == "mjpeg" else "yuv420p")


def film(coder: str = "mjpeg", laden: bytes = b"", *, taken: bytes = TAKEN, groups: bool = False) -> bytes:
    """A film. laden: what is put into every carrier; groups: chunks in lists of two, without an index."""
    chunks = media(coder, laden)
    rest = laden * 3 if coder == "mjpeg" else b""
    seen = [stream_header(b"vids", CODES[coder], 1, 25, told=laden), picture_format(CODES[coder], rest)]
    heard = [stream_header(b"auds", bytes(4), 1, RATE, 2, laden), sound_format(1, 2, laden or None)]
    shape = struct.pack("<5IHH3I", 0, 0, 0, WIDTH, HEIGHT, 9, 16, WIDTH, HEIGHT, 1) + (laden * 6)[:32]
    named = [chunk(b"strd", b"nctg" + laden * 9), chunk(b"strn", laden), chunk(b"JUNK", laden), chunk(b"vprp", shape)]
    texts = [stream_header(b"txts", b"TEXT", 1, 25), chunk(b"strf", laden)]
    hdrl = [film_header(3 if laden else 2, laden), group(b"strl", *seen, *(named if laden else ()))]
    hdrl += [group(b"strl", *heard)]
    hdrl += [group(b"strl", *texts), chunk(b"ISMP", laden), group(b"INFO", chunk(b"INAM", laden))] if laden else []
    hdrl += [chunk(b"IDIT", taken)] if taken else []
    parts = [group(b"hdrl", *hdrl)]
    if laden:
        parts += [
            group(b"INFO", chunk(b"IART", laden), chunk(b"ICRD", b"2003-03-10"), chunk(b"ILOC", laden)),
            group(b"exif", chunk(b"emdl", laden), chunk(b"etim", laden)),
            group(b"ncdt", chunk(b"nctg", laden)),
            group(b"odd ", chunk(b"what", laden)),
            chunk(b"JUNK", bytes(30) + laden),
            chunk(b"_PMX", XMP),
            chunk(b"Xtra", laden),
        ]
    if groups:
        pairs = [chunks[start : start + 2] for start in range(0, len(chunks), 2)]
        parts += [group(b"movi", *(group(b"rec ", *(chunk(*each) for each in pair)) for pair in pairs))]
    else:
        parts += [group(b"movi", *(chunk(*each) for each in chunks)), index(chunks)]
    parts += [chunk(b"GPS ", laden), chunk(b"DISP", laden)] if laden else []
    return group(b"AVI ", *parts, code=b"RIFF") + laden
