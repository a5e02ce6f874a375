"""PNG and APNG (W3C PNG specification, third edition).

Where location hides: eXIf; iTXt, zTXt and tEXt, plain or as XMP ("XML:com.adobe.xmp") or as ImageMagick's hexadecimal
"Raw profile type exif", "iptc" and "xmp"; private chunks of cameras and editors; bytes behind IEND or behind the end
of the compressed picture, where an older, larger picture may have survived being overwritten.

Dropped: every chunk that is not on the list below, all texts (see carriers/png_texts.py) with the orientation that may
stand in one, the name of the ICC profile, and whatever follows the picture data or IEND.

Kept: IHDR, PLTE, tRNS, IDAT and IEND, APNG's acTL, fcTL and fdAT, pHYs (the shape of a pixel) in small numbers; with
"colour" cICP, mDCV, cLLI, iCCP, sRGB, gAMA, cHRM and sBIT; with "time" tIME; a fresh eXIf with what the policy keeps
(see carriers/exif.py). Each must have the size its kind demands, checksums are verified and written anew, and the
picture data is inflated (never unfiltered or looked at) to see that it holds as many bytes as the picture needs, no
less and no more.

Not handled: bKGD and hIST go, although some viewers use them. Refused: unknown critical chunks (Apple's CgBI), a
second eXIf.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.bounded import inflate, listed, read_whole
from redact.formats.carriers import exif, icc, png_texts, trailer
from redact.model import Field, Keep, Kind

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LARGEST_CHUNK_BYTES = 2**31 - 1
_LARGEST_RAW_BYTES = 2**31
_LARGEST_ANIMATION_BYTES = 2**33
_PIECE_BYTES = 2**18
_MOST_CHUNKS = 2**18

_GREY, _TRUE, _INDEXED, _GREY_ALPHA, _TRUE_ALPHA = 0, 2, 3, 4, 6
_CHANNELS = {_GREY: 1, _TRUE: 3, _INDEXED: 1, _GREY_ALPHA: 2, _TRUE_ALPHA: 4}
_DEPTHS = {_GREY: (1, 2, 4, 8, 16), _TRUE: (8, 16), _INDEXED: (1, 2, 4, 8), _GREY_ALPHA: (8, 16), _TRUE_ALPHA: (8, 16)}
_SIGNIFICANT = {_GREY: 1, _TRUE: 3, _INDEXED: 3, _GREY_ALPHA: 2, _TRUE_ALPHA: 4}
# (left, top, step across, step down) of Adam7's passes.
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))

_STRUCTURE = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT", b"pHYs"))
_PICTURES = (b"acTL", b"fcTL", b"IDAT", b"fdAT")
_LETTERS = dict(zip(_PICTURES, "acIf", strict=True))
# An animation is announced; its first frame is the still picture or comes after it.
_ORDER = re.compile("a?c?I+(cf+)*")
_SEQUENCE_BYTES = 4
_DENSITY = struct.Struct(">IIB")
_UNKNOWN_UNIT, _METRE = 0, 1
_MOST_ASPECT, _MOST_PER_METRE = 100, 999_999
_COLOURS = (b"cICP", b"mDCV", b"cLLI", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"sBIT")
_FIXED_BYTES: Mapping[bytes, int] = {b"cICP": 4, b"mDCV": 24, b"cLLI": 8, b"sRGB": 1, b"gAMA": 4, b"cHRM": 32}

_OTHERS: Mapping[bytes, Kind] = {b"tIME": "time", b"caBX": "text", b"bKGD": "unknown", b"hIST": "unknown"}
"""Kinds of what is dropped, where they are known."""


@dataclass(frozen=True, slots=True)
class Png:
    """The PNG family, with its animations."""

    name = "PNG"

    def recognises(self, head: bytes) -> bool:
        """True for PNG's signature."""
        return head.startswith(_SIGNATURE)

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format."""
        return listed(_fields(_parse(read_whole(source))))

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format."""
        original = _parse(read_whole(source))
        shown = original if pixels is None else _parse(read_whole(pixels))
        parts = [_SIGNATURE, _written(b"IHDR", shown.header.coded)]
        parts += _colours(original, shown) if "colour" in keep else ()
        parts += _palette(shown)
        parts += _shape(original)
        parts += _exif(original, keep)
        parts += _time(original) if "time" in keep else ()
        parts += (_written(chunk.name, chunk.payload) for chunk in shown.coded)
        parts.append(_written(b"IEND", b""))
        target.writelines(parts)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A chunk; `sound` when its checksum is right."""

    name: bytes
    payload: bytes
    sound: bool


@dataclass(frozen=True, slots=True)
class _Header:
    """IHDR, checked. Raises DamagedFileError for a picture that cannot be, UnsupportedFormatError for too big a one."""

    width: int
    height: int
    depth: int
    colour_type: int
    interlace: int

    def __post_init__(self) -> None:
        sides_fit = 0 < self.width < 2**31 and 0 < self.height < 2**31
        if not sides_fit or self.depth not in _DEPTHS.get(self.colour_type, ()) or self.interlace > 1:
            _refuse("describes a picture that cannot be")
        if self.raw_bytes(self.width, self.height) > _LARGEST_RAW_BYTES:
            message = "the picture has too many pixels: scale it down first"
            raise UnsupportedFormatError(message)

    @property
    def coded(self) -> bytes:
        return struct.pack(">IIBBBBB", self.width, self.height, self.depth, self.colour_type, 0, 0, self.interlace)

    @property
    def grey(self) -> bool:
        return self.colour_type in (_GREY, _GREY_ALPHA)

    def raw_bytes(self, width: int, height: int) -> int:
        """How many bytes the rows of a picture of that size take, with the filter byte of each."""
        if not self.interlace:
            return self._rows(width, height)
        return sum(
            self._rows((width - left + across - 1) // across, (height - top + down - 1) // down)
            for left, top, across, down in _ADAM7
            if width > left and height > top
        )

    def _rows(self, width: int, height: int) -> int:
        return height * (1 + (width * self.depth * _CHANNELS[self.colour_type] + 7) // 8)


@dataclass(frozen=True, slots=True)
class _Picture:
    """A whole file.

    chunks:    all between IHDR and IEND
    coded:     IDAT and the animation chunks in their order, cut where their compressed pictures end
    left_over: how many bytes were cut off
    trailer:   what stands behind IEND
    """

    header: _Header
    chunks: tuple[_Chunk, ...]
    coded: tuple[_Chunk, ...]
    left_over: int
    trailer: bytes

    def payload(self, name: bytes) -> bytes | None:
        """Of the first sound chunk of that name."""
        return next((chunk.payload for chunk in self.chunks if chunk.name == name and chunk.sound), None)


def _parse(data: bytes) -> _Picture:
    """Every chunk, those that are kept checked. Raises DamagedFileError, UnsupportedFormatError."""
    if not data.startswith(_SIGNATURE):
        _refuse("does not begin with a picture")
    chunks, end = _chunks(data)
    if chunks[0].name != b"IHDR" or len(chunks[0].payload) != 13 or chunks[0].payload[10:12] != b"\0\0":
        _refuse("does not begin with a header")
    width, height, depth, colour_type, _, _, interlace = struct.unpack(">IIBBBBB", chunks[0].payload)
    header = _Header(width, height, depth, colour_type, interlace)
    inner = tuple(chunks[1:-1])
    _check_order(header, inner)
    coded = _coded(header, inner)
    before, after = (sum(len(chunk.payload) for chunk in each if chunk.name in _PICTURES) for each in (inner, coded))
    return _Picture(header, inner, tuple(coded), before - after, data[end:])


def _chunks(data: bytes) -> tuple[list[_Chunk], int]:
    """Every chunk up to IEND, and where the file should end."""
    chunks: list[_Chunk] = []
    position = len(_SIGNATURE)
    while not chunks or chunks[-1].name != b"IEND":
        if len(chunks) >= _MOST_CHUNKS:
            _refuse("has more chunks than any picture needs")
        if position + 12 > len(data):
            _refuse("ends before its picture does")
        untrusted_size, name = struct.unpack_from(">I4s", data, position)
        end = position + 12 + untrusted_size
        if untrusted_size > _LARGEST_CHUNK_BYTES or end > len(data):
            _refuse("has a chunk that runs past its end")
        if not (name.isalpha() and name.isascii()):
            _refuse("has a chunk without a name")
        payload = data[position + 8 : end - 4]
        (checksum,) = struct.unpack_from(">I", data, end - 4)
        chunks.append(_checked(name, payload, checksum))
        position = end
    return chunks, position


def _checked(name: bytes, payload: bytes, checksum: int) -> _Chunk:
    sound = zlib.crc32(payload, zlib.crc32(name)) == checksum
    if not sound and (name[:1].isupper() or name in _STRUCTURE):
        _refuse("has a chunk with a wrong checksum")
    if name[:1].isupper() and name not in _STRUCTURE:
        message = "this PNG needs a chunk that is not in the standard: save it again as plain PNG"
        raise UnsupportedFormatError(message)
    return _Chunk(name, payload, sound)


def _check_order(header: _Header, chunks: Sequence[_Chunk]) -> None:
    """One header, one palette where one is needed, the picture data in one piece."""
    names = [chunk.name for chunk in chunks]
    if b"IDAT" not in names:
        _refuse("holds no picture")
    first = names.index(b"IDAT")
    count = names.count(b"IDAT")
    if names[first : first + count] != [b"IDAT"] * count:
        _refuse("has its picture in pieces")
    palettes = [number for number, name in enumerate(names) if name == b"PLTE"]
    if names.count(b"eXIf") > 1:
        _refuse("has two EXIF blocks, and readers differ in which to believe")
    if b"IHDR" in names or len(palettes) > 1 or any(number > first for number in palettes):
        _refuse("has parts of several pictures")
    for palette in palettes:
        size = len(chunks[palette].payload)
        if not 3 <= size <= 768 or size % 3:
            _refuse("has a palette of the wrong size")
    if header.colour_type == _INDEXED and not palettes:
        _refuse("has no palette")


def _coded(header: _Header, chunks: Sequence[_Chunk]) -> list[_Chunk]:
    """The picture data, and of an animation what times and places its frames; each picture cut where it ends."""
    animated = any(chunk.name == b"acTL" for chunk in chunks)
    names = _PICTURES if animated else (b"IDAT",)
    coded = [chunk for chunk in chunks if chunk.name in names]
    if not _ORDER.fullmatch("".join(_LETTERS[chunk.name] for chunk in coded)):
        _refuse("has its pictures in the wrong order")
    if animated:
        _check_animation(header, coded)
    written: list[_Chunk] = []
    size = header.width, header.height
    for name, run in itertools.groupby(coded, lambda chunk: chunk.name):
        if name in (b"IDAT", b"fdAT"):
            written += _cut(list(run), _SEQUENCE_BYTES if name == b"fdAT" else 0, header.raw_bytes(*size))
            continue
        for control in run:
            if name == b"fcTL":
                size = struct.unpack_from(">II", control.payload, 4)
            written.append(control)
    return written


def _check_animation(header: _Header, coded: Sequence[_Chunk]) -> None:
    """As many frames as announced, numbered in order, each inside the picture and of the size it says."""
    controls = [chunk.payload for chunk in coded if chunk.name == b"fcTL"]
    if len(coded[0].payload) != 8 or any(len(control) != 26 for control in controls):
        _refuse("has an animation chunk of the wrong size")
    numbered = [chunk.payload for chunk in coded if chunk.name in (b"fcTL", b"fdAT")]
    if any(payload[:_SEQUENCE_BYTES] != struct.pack(">I", number) for number, payload in enumerate(numbered)):
        _refuse("has its frames in the wrong order")
    if struct.unpack_from(">I", coded[0].payload)[0] != len(controls):
        _refuse("holds more or fewer frames than it says")
    raw_bytes = 0
    for control in controls:
        width, height, left, top = struct.unpack_from(">IIII", control, _SEQUENCE_BYTES)
        disposal, blending = control[24:]
        fits = width and height and left + width <= header.width and top + height <= header.height
        if not fits or disposal > 2 or blending > 1:
            _refuse("has a frame that does not fit")
        raw_bytes += header.raw_bytes(width, height)
    if raw_bytes > _LARGEST_ANIMATION_BYTES:
        message = "the animation has too many pixels: shorten it or scale it down first"
        raise UnsupportedFormatError(message)


def _cut(run: Sequence[_Chunk], skip: int, raw_bytes: int) -> list[_Chunk]:
    """The chunks up to the end of their common zlib stream, which must hold exactly `raw_bytes`."""
    stream = zlib.decompressobj()
    written: list[_Chunk] = []
    left = raw_bytes
    for chunk in run:
        packed = chunk.payload[skip:]
        for piece in _inflated(stream, packed):
            left -= piece
            if left < 0:
                _refuse("holds more picture data than its size allows")
        size = len(chunk.payload) - len(stream.unused_data)
        written.append(dataclasses.replace(chunk, payload=chunk.payload[:size]))
        if stream.eof:
            break
    if left or not stream.eof:
        _refuse("holds less picture data than its size demands")
    return written


def _inflated(stream: zlib._Decompress, packed: bytes) -> Iterator[int]:
    """The sizes of the pieces that the next part of a stream inflates to, few at a time."""
    while not stream.eof:
        try:
            piece = len(stream.decompress(packed, _PIECE_BYTES))
        except zlib.error as error:
            _refuse("has garbled picture data", error)
        yield piece
        packed = stream.unconsumed_tail
        if piece < _PIECE_BYTES and not packed:
            return


def _written(name: bytes, payload: bytes) -> bytes:
    checksum = zlib.crc32(payload, zlib.crc32(name))
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", checksum)


def _colours(original: _Picture, shown: _Picture) -> Iterator[bytes]:
    """What the numbers mean as colours, where that is still true of the shown picture."""
    for name in _COLOURS:
        payload = original.payload(name)
        told = None if payload is None else _colour(name, payload, original.header, shown.header)
        if told is not None:
            yield _written(name, told)


def _colour(name: bytes, payload: bytes, was: _Header, now: _Header) -> bytes | None:
    """What may stay of a chunk about colour; None where it is unsound, or does not speak of the samples of now."""
    if name == b"iCCP":
        return _profile(payload) if was.grey == now.grey else None
    if name == b"sBIT":
        return payload if _same_samples(was, now) and _counts_bits(payload, now) else None
    return payload if len(payload) == _FIXED_BYTES[name] and (name != b"sRGB" or payload[0] < 4) else None


def _same_samples(was: _Header, now: _Header) -> bool:
    return (was.colour_type, was.depth) == (now.colour_type, now.depth)


def _counts_bits(payload: bytes, header: _Header) -> bool:
    """True when each channel has a number of bits that a sample can have."""
    depth = 8 if header.colour_type == _INDEXED else header.depth
    return len(payload) == _SIGNIFICANT[header.colour_type] and all(1 <= bits <= depth for bits in payload)


def _profile(payload: bytes) -> bytes | None:
    """An iCCP payload with the same profile under a name that says nothing; None where it holds no sound one."""
    _, _, rest = payload.partition(b"\0")
    plain = inflate(rest[1:], icc.LARGEST_PROFILE_BYTES) if rest[:1] == b"\0" else None
    profile = None if plain is None else icc.profile(plain)
    return None if profile is None else b"ICC profile\0\0" + zlib.compress(profile)


def _palette(shown: _Picture) -> Iterator[bytes]:
    """PLTE and tRNS, where the kind of picture has them."""
    header = shown.header
    palette = shown.payload(b"PLTE")
    if palette is not None and not header.grey:
        yield _written(b"PLTE", palette)
    transparency = shown.payload(b"tRNS")
    if transparency is None:
        return
    entries = len(palette) // 3 if palette else 0
    sizes = {_GREY: (2,), _TRUE: (6,), _INDEXED: range(1, entries + 1)}.get(header.colour_type, ())
    if len(transparency) in sizes:
        yield _written(b"tRNS", transparency)


def _shape(original: _Picture) -> Iterator[bytes]:
    """Pixels a metre, or how wide a pixel is for its height: numbers of a size that no place fits into."""
    density = original.payload(b"pHYs")
    if density is None or len(density) != _DENSITY.size:
        return
    across, down, unit = _DENSITY.unpack(density)
    if unit == _UNKNOWN_UNIT and across and down:
        # The numbers are pixels a unit, so a ratio is all they tell.
        divisor = math.gcd(across, down)
        across, down = across // divisor, down // divisor
    most = {_UNKNOWN_UNIT: _MOST_ASPECT, _METRE: _MOST_PER_METRE if across == down else 0}.get(unit, 0)
    if 0 < across <= most and 0 < down <= most:
        yield _written(b"pHYs", _DENSITY.pack(across, down, unit))


def _time(original: _Picture) -> Iterator[bytes]:
    changed = original.payload(b"tIME")
    if changed is None or len(changed) != 7:
        return
    _, month, day, hour, minute, second = struct.unpack(">HBBBBB", changed)
    if 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second <= 60:
        yield _written(b"tIME", changed)


def _exif(original: _Picture, keep: Keep) -> Iterator[bytes]:
    """A fresh eXIf from the file's own. One in a text is not taken: only some readers turn a picture by it."""
    payload = original.payload(b"eXIf")
    fresh = None if payload is None else exif.kept(payload, keep)
    if fresh is not None:
        yield _written(b"eXIf", fresh)


def _fields(picture: _Picture) -> Iterator[Field]:
    for chunk in picture.chunks:
        if chunk.name not in png_texts.CHUNKS:
            yield from _chunk_fields(chunk, picture)
    yield from png_texts.fields([(each.name, each.payload) for each in picture.chunks if each.name in png_texts.CHUNKS])
    if picture.left_over:
        yield Field("bytes behind the picture data", "unknown", "PNG IDAT")
    if picture.trailer:
        yield trailer.field(picture.trailer, Png.name)


def _where(chunk: _Chunk) -> str:
    return f"PNG {chunk.name.decode('ascii')}"


def _chunk_fields(chunk: _Chunk, picture: _Picture) -> Iterator[Field]:
    """What one chunk holds, for all but texts."""
    name = chunk.name.decode("ascii")
    if chunk.name == b"eXIf":
        yield from exif.fields(exif.block_in(chunk.payload), _where(chunk))
    elif chunk.name == b"iCCP":
        yield icc.field(_where(chunk))
    elif chunk.name in _COLOURS:
        yield Field(name, "colour", _where(chunk))
    elif chunk.name not in _STRUCTURE:
        yield Field(name, _OTHERS.get(chunk.name, "unknown"), _where(chunk))
    elif chunk.name in (b"fcTL", b"fdAT") and picture.payload(b"acTL") is None:
        yield Field(name, "preview", _where(chunk))


def _refuse(what: str, cause: Exception | None = None) -> NoReturn:
    message = f"the PNG {what}: it is damaged or cut short, copy it again from where it came"
    raise DamagedFileError(message) from cause
