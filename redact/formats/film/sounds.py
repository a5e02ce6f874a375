"""What describes coded sound: sample entries (ISO/IEC 14496-12 12.2; QuickTime's sound descriptions, versions 0 to 2).

Numbers are read and written anew, and of the boxes those without which a decoder does not begin; what stands behind
the numbers in these goes. AAC's and Vorbis' comments are blank, FLAC's comments and pictures are gone, AMR names no
vendor.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from redact.formats.boxes import Box, number, written
from redact.formats.film import elementary
from redact.formats.film.elementary import Elementary
from redact.formats.matroska import sounds as private

_FIELDS = {0: 28, 1: 44, 2: 64}
"""Version of a sound's sample entry -> size of its fields (QuickTime has three, ISO knows the first)."""

_NEEDED: Mapping[bytes, bytes] = {
    b"mp4a": b"esds", b"alac": b"alac", b"ac-3": b"dac3", b"ec-3": b"dec3", b"Opus": b"dOps", b"fLaC": b"dfLa",
    b"samr": b"damr", b"sawb": b"damr", b"mlpa": b"dmlp", b"ipcm": b"pcmC", b"fpcm": b"pcmC",
    **dict.fromkeys(
        (b".mp3", b"sowt", b"twos", b"raw ", b"in24", b"in32", b"fl32", b"fl64", b"lpcm", b"ulaw", b"alaw"), b""
    ),
}  # fmt: skip
"""Code of a sample entry -> the box without which its sound cannot be decoded."""

_BITS: Mapping[bytes, int] = {b"in24": 24, b"in32": 32, b"fl32": 32, b"fl64": 64, b"ulaw": 8, b"alaw": 8}
_TOLD_BITS = frozenset((b"sowt", b"twos", b"raw ", b"lpcm", b"ipcm", b"fpcm"))
"""Codes of uncompressed sound that are of as many bits as the entry or a box in it tells."""


def described(entry: Box) -> bytes | None:
    """The sample entry of the copy; None where the source's is in a form of its own, which only FFmpeg reads.

    Raises DamagedFileError.
    """
    head = _head(entry)
    if head is None:
        return None
    boxes = list(_kept(entry.children(len(head)), _PARTS))
    needed = _NEEDED[entry.code]
    inside = [box for box in boxes if box.code == b"wave"]
    found = {box.code for box in (*boxes, *(part for wave in inside for part in wave.children()))}
    if needed and needed not in found:
        return None
    return written(entry.code, head, *(written(box.code, box.payload) for box in boxes))


def frame_bytes(entry: Box) -> int:
    """The size of one tick of uncompressed sound, all its channels; 0 for coded sound, and where that is not told."""
    version = number(entry.payload, 8, 2)
    if version not in _FIELDS or len(entry.payload) < _FIELDS[version]:
        return 0
    channels, bits = number(entry.payload, 16, 2), number(entry.payload, 18, 2)
    if version == 2:
        channels, bits = number(entry.payload, 40, 4), number(entry.payload, 48, 4)
    if entry.code in (b"ipcm", b"fpcm"):
        box = next((box for box in entry.children(_FIELDS[version]) if box.code == b"pcmC"), None)
        bits = number(box.payload, 5, 1) if box else 0
    elif entry.code not in _TOLD_BITS:
        bits = _BITS.get(entry.code, 0)
    return channels * (bits // 8)


_COMPRESSIONS = (0, 0xFFFE, 0xFFFF)
_MOST = 0xFFFF
_LPCM = struct.Struct(">IdIIIIII")
_LPCM_FLAGS = 0x7F
_V2_BYTES, _V2_MARK = 72, 0x7F000000


def _head(entry: Box) -> bytes | None:
    """The fields of the entry, anew."""
    fields = entry.payload
    version = int.from_bytes(fields[8:10], "big")
    if entry.code not in _NEEDED or version not in _FIELDS or len(fields) < _FIELDS[version]:
        return None
    channels, bits, compression, _, rate = struct.unpack_from(">HHHHI", fields, 16)
    compression = compression if compression in _COMPRESSIONS else 0
    head = bytes(7) + b"\1" + struct.pack(">H6xHHHHI", version, channels, bits, compression, 0, rate)
    if version == 1:
        numbers = struct.unpack_from(">4I", fields, 28)
        return head + struct.pack(">4I", *numbers) if max(numbers) <= _MOST else None
    if version == 2:
        size, hertz, many, mark, *counts, flags, packet, frames = _LPCM.unpack_from(fields, 28)
        fits = size == _V2_BYTES and mark == _V2_MARK and max(many, packet, frames, *counts) <= _MOST
        numbers = (size, hertz, many, mark, *counts, flags & _LPCM_FLAGS, packet, frames)
        return head + _LPCM.pack(*numbers) if fits and hertz.is_integer() else None
    return head


_Part: TypeAlias = Callable[[bytes], "bytes | None"]
"""Payload of a box -> what may stay of it; None where the box goes."""


def _kept(boxes: Iterable[Box], parts: Mapping[bytes, _Part]) -> Iterator[Box]:
    """The boxes that may stay, one of a kind, as they are to be written."""
    seen: set[bytes] = set()
    for box in boxes:
        payload = parts[box.code](box.payload) if box.code in parts else None
        if payload is not None and box.code not in seen:
            seen.add(box.code)
            yield Box(box.code, payload)


_STREAMS: Mapping[int, str] = {
    **dict.fromkeys((0x40, 0x66, 0x67, 0x68), "A_AAC"), 0xDD: "A_VORBIS", 0x69: "A_MPEG/L3", 0x6B: "A_MPEG/L3",
    0xA5: "A_AC3", 0xA6: "A_EAC3", 0xA9: "A_DTS",
}  # fmt: skip
"""Number of a coding in an elementary stream descriptor -> Matroska's name, whose private data is the same."""


def _stream(payload: bytes) -> bytes | None:
    """`esds`: of AAC without its comment, of Vorbis with an empty one; the others tell all in their packets."""
    stream = elementary.read(payload)
    name = _STREAMS.get(stream.coding) if stream else None
    if stream is None or name is None:
        return None
    configuration = private.cleaned(name, stream.configuration)
    return elementary.payload(elementary.SOUND, Elementary(stream.coding, configuration))


def _exactly(*sizes: int) -> _Part:
    return lambda payload: payload if len(payload) in sizes else None


def _up_to(size: int) -> _Part:
    return lambda payload: payload if 0 < len(payload) <= size else None


_INFO = b"\x80\0\0\x22"
_INFO_BYTES = 34


def _flac(payload: bytes) -> bytes | None:
    """`dfLa`: STREAMINFO (RFC 9639 8.2), which then is the last block."""
    info = payload[8 : 8 + _INFO_BYTES]
    known = payload[4:5] in (b"\0", b"\x80") and payload[5:8] == _INFO[1:] and len(info) == _INFO_BYTES
    return bytes(4) + _INFO + info if known else None


def _opus(payload: bytes) -> bytes | None:
    """`dOps`: with a table of channels where the family has one (Opus in ISOBMFF 4.3.2)."""
    size = 11 + (2 + payload[1] if len(payload) > 10 and payload[10] else 0)
    return payload[:size] if len(payload) >= size and not payload[0] else None


def _phone(payload: bytes) -> bytes | None:
    """`damr`: modes, how often they change, frames in a packet (3GPP TS 26.244, 6.7). The vendor is always FFmpeg."""
    return b"FFMP\0" + payload[5:9] if len(payload) >= 9 else None


_BY_COORDINATES = 100
_MOST_LABEL = 0x2FFFF


def _layout(payload: bytes) -> bytes | None:
    """`chan`: which channel is for which speaker (QuickTime), without coordinates that nothing asks for."""
    if len(payload) < 16:
        return None
    count = number(payload, 12, 4)
    labels = [number(payload, 16 + 20 * each, 4) for each in range(min(count, len(payload) // 20))]
    if len(labels) != count or any(label == _BY_COORDINATES or label > _MOST_LABEL for label in labels):
        return None
    return bytes(4) + payload[4:16] + b"".join(struct.pack(">I16x", label) for label in labels)


_ISO_FIXED_BYTES = 14
_SPEAKERS = range(126)


def _iso_layout(payload: bytes) -> bytes | None:
    """`chnl`: a layout by its number and what is missing of it, or each channel's speaker by its own."""
    if payload[:5] != b"\0\0\0\0\1" or len(payload) < 7:
        return None
    if payload[5]:
        return payload if len(payload) == _ISO_FIXED_BYTES else None
    return payload if all(speaker in _SPEAKERS for speaker in payload[6:]) and len(payload) <= 64 else None


def _wave(payload: bytes) -> bytes | None:
    """`wave`: QuickTime's box of boxes, by the same list, and the box that ends it."""
    parts = [written(box.code, box.payload) for box in _kept(Box(b"wave", payload).children(), _WAVE_PARTS)]
    return b"".join(parts) if parts else None


_EITHER: Mapping[bytes, _Part] = {
    b"esds": _stream,
    b"chan": _layout,
    b"dac3": _exactly(3),
    b"dec3": _up_to(16),
    b"alac": _exactly(28, 52),
}
_PARTS: Mapping[bytes, _Part] = {
    **_EITHER,
    b"wave": _wave,
    b"chnl": _iso_layout,
    b"pcmC": _exactly(6),
    b"dmlp": _exactly(10),
    b"dOps": _opus,
    b"dfLa": _flac,
    b"damr": _phone,
}
"""Code of a box in an entry -> what may stay of it."""

_WAVE_PARTS: Mapping[bytes, _Part] = {
    **_EITHER,
    b"enda": _exactly(2),
    b"frma": lambda payload: payload if payload in _NEEDED else None,
    b"mp4a": lambda payload: bytes(4) if len(payload) == 4 else None,
    bytes(4): lambda _payload: b"",
}
"""The same for the boxes in QuickTime's `wave`."""
