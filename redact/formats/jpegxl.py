"""JPEG XL (ISO/IEC 18181-2): a naked codestream, or a container of boxes around one.

Where location hides: the boxes Exif, xml (XMP and others), jumb (JUMBF, as content credentials), each also compressed
in a brob; jbrd, with which the JPEG that the file was made from comes back with all its metadata; free, unknown boxes,
bytes behind the boxes, and bytes behind the end of the codestream, which no decoder reaches.

Dropped: every box that is not on the list below; what stands behind the codestream's last frame, naked, in its box or
in its parts. Where that frame ends FFmpeg's parser tells from the lengths that frames announce (see _end).

Kept: the signature and the brand, jxll (the level of the decoder it takes), the codestream in one jxlc or in its jxlp
parts, with all frames of an animation; a fresh Exif with what the policy keeps (see carriers/exif.py), but never an
orientation or a colour space: the codestream tells both, coded with the picture, and there they stay whatever the
policy says. Lengths are written anew, so a box that ran to the end of the file no longer does.

Not handled: bytes that hide inside a frame behind what its decoder needs, and the names that frames may have: they are
coded with the picture, and only decoding would tell. An Exif block in a brob is not read, so nothing of it is kept.
Refused: a codestream with a preview, which may show what the picture no longer does; one whose last frame has no end;
a picture larger than level 5 of the standard has room for, 262144 pixels to a side and 268 megapixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, NoReturn

from redact import ffmpeg
from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats import boxes, unpainted
from redact.formats.bounded import listed, read_whole
from redact.formats.carriers import exif, trailer, xmp
from redact.model import Field, Keep, Kind

_CODESTREAM = b"\xff\x0a"
_SIGNATURE = b"\0\0\0\x0cJXL \r\n\x87\n"
_BRAND = boxes.written(b"ftyp", b"jxl ", bytes(4), b"jxl ")
_LEVELS = (b"\5", b"\n")
_LAST_PART = 1 << 31
_PART_HEADER_BYTES = 4
_EXIF_HEADER_BYTES = 4
_BITS_BYTES = 64
_LONGEST_SIDE = 1 << 18
_MOST_PIXELS = 1 << 28
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_BEHIND = bytes(64)
_PIECE_BYTES = 1 << 24
"""The parser begins anew with each piece it is given, so pieces are large."""
_CODED = {"orientation", "colour"}
"""Kinds of metadata that the codestream tells."""

_PICTURES = (b"jxlc", b"jxlp")
_STRUCTURE = (b"JXL ", b"ftyp", b"jxll", *_PICTURES)
_KINDS: dict[bytes, Kind] = {b"xml ": "text", b"jumb": "text", b"jbrd": "unknown", b"jhgm": "preview"}


@dataclass(frozen=True, slots=True)
class JpegXl:
    """The JPEG XL family, with its animations."""

    name = "JPEG XL"

    def recognises(self, head: bytes) -> bool:
        """True for a codestream, and for the first box of a container."""
        return head.startswith((_SIGNATURE[:8], _CODESTREAM))

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format."""
        data = read_whole(source)
        if data.startswith(_CODESTREAM):
            return iter(_fields_behind(data[_end(data) :]))
        return listed(_fields(_parse(data)))

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format."""
        unpainted.refuse(pixels, self.name)
        data = read_whole(source)
        if data.startswith(_CODESTREAM):
            target.write(data[: _end(data)])
            return
        file = _parse(data)
        block = _exif(file, keep)
        target.writelines((_SIGNATURE, _BRAND))
        target.writelines(boxes.written(b"jxll", level) for level in file.level)
        if block is not None:
            target.write(boxes.written(b"Exif", bytes(_EXIF_HEADER_BYTES), block))
        target.writelines(boxes.written(part.code, part.payload) for part in file.codestream)


@dataclass(frozen=True, slots=True)
class _File:
    """A container.

    level:      the payload of jxll, if there is one
    codestream: one jxlc, or jxlp in their order, up to the codestream's end
    behind:     what the same boxes hold behind it
    others:     what is not written as it is
    trailer:    what stands behind the boxes
    """

    level: tuple[bytes, ...]
    codestream: tuple[boxes.Box, ...]
    behind: bytes
    others: tuple[boxes.Box, ...]
    trailer: bytes


def _parse(data: bytes) -> _File:
    """Every box, those that are kept checked. Raises DamagedFileError, UnsupportedFormatError."""
    if not data.startswith(_SIGNATURE):
        _refuse("does not begin with its signature")
    found, trailing = _boxes(data)
    if len(found) < 2 or found[1].code != b"ftyp" or found[1].payload[:4] != b"jxl ":
        _refuse("does not say what it is")
    codestream, behind = _cut(tuple(box for box in found if box.code in _PICTURES))
    levels = tuple(box.payload for box in found if box.code == b"jxll")
    if len(levels) > 1 or any(level not in _LEVELS for level in levels):
        _refuse("does not say what it takes to decode it")
    others = tuple(box for box in found[2:] if box.code not in _STRUCTURE)
    return _File(levels, codestream, behind, others, trailing)


def _boxes(data: bytes) -> tuple[tuple[boxes.Box, ...], bytes]:
    """Every box of the file, and what follows them. Raises DamagedFileError where a codestream is cut short."""
    found: list[boxes.Box] = []
    position = 0
    try:
        for box in boxes.boxes(data):
            found.append(box)
            header = 16 if data[position : position + 4] == b"\0\0\0\1" else 8
            position += header + len(box.payload)
    except DamagedFileError:
        # Bytes behind a whole picture are no part of it, whatever they begin like.
        if not _is_whole(found) or data[position + 4 : position + 8] in _PICTURES:
            raise
    return tuple(found), data[position:]


def _is_whole(found: list[boxes.Box]) -> bool:
    """True when the boxes hold a codestream with its end."""
    parts = [box.payload[:1] for box in found if box.code == b"jxlp"]
    return any(box.code == b"jxlc" for box in found) or bool(parts and parts[-1] >= b"\x80")


def _cut(parts: tuple[boxes.Box, ...]) -> tuple[tuple[boxes.Box, ...], bytes]:
    """The parts of a codestream up to its end, and what stands behind it. Raises as `_end` does."""
    header = _part_header(parts)
    codestream = b"".join(part.payload[header:] for part in parts)
    end = _end(codestream)
    kept: list[boxes.Box] = []
    start = 0
    for part in parts:
        if start < end:
            number = (len(kept) | _LAST_PART * (start + len(part.payload) - header >= end)).to_bytes(4, "big")
            kept.append(boxes.Box(part.code, number[:header] + part.payload[header : header + end - start]))
        start += len(part.payload) - header
    return tuple(kept), codestream[end:]


def _part_header(parts: tuple[boxes.Box, ...]) -> int:
    """How many bytes number each part. Raises DamagedFileError unless the codestream is there once and in order."""
    if len(parts) == 1 and parts[0].code == b"jxlc":
        return 0
    if not parts or any(part.code == b"jxlc" for part in parts):
        _refuse("holds no picture, or several")
    numbers = [boxes.number(part.payload, 0, _PART_HEADER_BYTES) for part in parts]
    last = len(numbers) - 1
    if numbers != [*range(last), last | _LAST_PART]:
        _refuse("has the parts of its picture in the wrong order")
    return _PART_HEADER_BYTES


def _end(codestream: bytes) -> int:
    """Where the last frame of a codestream ends, whatever follows.

    Raises DamagedFileError for what is no whole codestream, UnsupportedFormatError for one that must not be published.
    """
    _check(codestream)
    # Something has to follow, for what ends too early ends with the file as far as the parser can tell.
    data = codestream + _BEHIND
    with (
        ffmpeg.demuxer(BytesIO(data), "jpegxl_pipe", frame_size=str(min(len(data), _PIECE_BYTES))) as frames,
        ffmpeg.reading("the JPEG XL cannot be read whole"),
    ):
        end = next((packet.size for packet in frames.demux()), 0)
    if not 0 < end <= len(codestream):
        _refuse("ends before its picture does")
    return end


def _check(codestream: bytes) -> None:
    """Raise DamagedFileError for what begins no codestream, UnsupportedFormatError for one not to be published."""
    if not codestream.startswith(_CODESTREAM) or len(codestream) < 4:
        _refuse("has a picture without a header")
    bits = _Bits(codestream[len(_CODESTREAM) : _BITS_BYTES])
    width, height = bits.size()
    if max(width, height) > _LONGEST_SIDE or width * height > _MOST_PIXELS:
        message = f"the JPEG XL has more than {_MOST_PIXELS >> 20} megapixels: save it in a smaller size first"
        raise UnsupportedFormatError(message)
    if bits.has_preview():
        message = "the JPEG XL holds a preview beside its picture, which cannot be taken out: save it again without"
        raise UnsupportedFormatError(message)


class _Bits:
    """The beginning of a codestream, bit by bit, the lowest first (ISO/IEC 18181-1, clause 9 and annex D)."""

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data, "little")

    def size(self) -> tuple[int, int]:
        """(width, height), with which the header begins."""
        small = self._take(1)
        height = self._side(small)
        ratio = self._take(3)
        if not ratio:
            return self._side(small), height
        above, below = _RATIOS[ratio - 1]
        return height * above // below, height

    def has_preview(self) -> bool:
        """True when the header announces a preview frame behind its size."""
        all_default = self._take(1)
        extra_fields = 0 if all_default else self._take(1)
        if not extra_fields:
            return False
        self._take(3)
        if self._take(1):
            self.size()
        return bool(self._take(1))

    def _take(self, bits: int) -> int:
        taken = self._number & (1 << bits) - 1
        self._number >>= bits
        return taken

    def _side(self, small: int) -> int:
        return 8 * (1 + self._take(5)) if small else 1 + self._take((9, 13, 18, 30)[self._take(2)])


def _exif(file: _File, keep: Keep) -> bytes | None:
    """A fresh block with what may stay; None where nothing may."""
    told = Keep(keep.kinds - _CODED, keep.grid_km)
    return next((exif.kept(_block(box), told) for box in file.others if box.code == b"Exif"), None)


def _block(box: boxes.Box) -> bytes:
    """The TIFF block in an Exif box: where the box's own number says, or where writers put it who forget the number."""
    untrusted_offset = int.from_bytes(box.payload[:_EXIF_HEADER_BYTES], "big")
    behind = box.payload[_EXIF_HEADER_BYTES:]
    places = (behind[untrusted_offset:], exif.block_in(behind), exif.block_in(box.payload))
    return next((block for block in places if exif.is_block(block)), behind)


def _fields(file: _File) -> Iterator[Field]:
    for box in file.others:
        yield from _box_fields(box.code, box.payload, box)
    yield from _fields_behind(file.behind + file.trailer)


def _fields_behind(trailing: bytes) -> tuple[Field, ...]:
    """One for the bytes behind a codestream or behind the boxes, where there are any."""
    return (trailer.field(trailing, JpegXl.name),) if trailing else ()


def _box_fields(code: bytes, payload: bytes, box: boxes.Box) -> Iterator[Field]:
    if code == b"Exif":
        yield from exif.fields(_block(box), "JPEG XL Exif")
    elif code == b"xml ":
        yield from xmp.fields(payload, "JPEG XL xml")
    elif code == b"brob":
        packed = payload[:4]
        name = packed.decode().strip() if packed in (b"Exif", *_KINDS) else "box"
        yield Field(f"compressed {name}", _KINDS.get(packed, "unknown"), "JPEG XL brob")
    else:
        yield Field(boxes.tellable(code), _KINDS.get(code, "unknown"), "JPEG XL")


def _refuse(what: str) -> NoReturn:
    message = f"the JPEG XL {what}: it is damaged or cut short, copy it again from where it came"
    raise DamagedFileError(message)
