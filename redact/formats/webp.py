"""WebP (RFC 9649), still and animated.

Where location hides: the EXIF and XMP chunks; content credentials (C2PA); chunks nobody knows, also inside a frame of
an animation; bytes behind the size that the RIFF header declares.

Dropped: every chunk that is not on the list below, and what follows the RIFF.

Kept: VP8, VP8L, ALPH, ANIM and ANMF; ICCP with "colour"; a fresh EXIF block with what the policy keeps (see
carriers/exif.py), or else, of the author and the copyright, with what XMP tells. VP8X is written anew and says what is
really there; where nothing needs it the file becomes a simple one.

Not handled: bytes that hide behind the last partition inside a VP8 or VP8L chunk: only decoding would tell.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from redact.errors import DamagedFileError
from redact.formats.bounded import listed, read_whole
from redact.formats.carriers import credit, exif, icc, jumbf, trailer, xmp
from redact.model import Field, Keep

_ICC_FLAG, _ALPHA_FLAG, _EXIF_FLAG, _ANIMATION_FLAG = 0x20, 0x10, 0x08, 0x02
_STILLS = (b"VP8 ", b"VP8L")
_MOST_CHUNKS = 2**16
_MOST_CHUNKS_IN_A_FRAME = 16
_FRAME_HEADER_BYTES = 16
_FRAME_FLAGS = 0x03


@dataclass(frozen=True, slots=True)
class WebP:
    """The WebP family, with its animations."""

    name = "WebP"

    def recognises(self, head: bytes) -> bool:
        """True for a RIFF that says it is WebP."""
        return head.startswith(b"RIFF") and head[8:12] == b"WEBP"

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format."""
        return listed(_fields(_parse(read_whole(source))))

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format."""
        original = _parse(read_whole(source))
        shown = original if pixels is None else _parse(read_whole(pixels))
        profile = _profile(original) if "colour" in keep else None
        block = _exif(original, keep)
        parts = list(_layout(shown, profile, block))
        target.write(b"RIFF" + struct.pack("<I", 4 + sum(map(len, parts))) + b"WEBP" + b"".join(parts))


@dataclass(frozen=True, slots=True)
class _Chunk:
    name: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Frame:
    """One coded picture: its chunks (ALPH may come before VP8), and what is wrapped around it in an animation.

    header:  sixteen bytes of ANMF; empty for a still
    dropped: the chunks beside it that are not written
    """

    header: bytes
    coded: tuple[_Chunk, ...]
    size: tuple[int, int]
    transparent: bool
    dropped: tuple[_Chunk, ...]


@dataclass(frozen=True, slots=True)
class _File:
    """A whole file.

    others:    all chunks that are neither a picture nor part of an animation
    canvas:    (width, height), pixels
    flags:     what VP8X says is there; 0 for a simple file
    animation: the payload of ANIM; None for a still
    trailer:   what stands behind the RIFF
    """

    others: tuple[_Chunk, ...]
    canvas: tuple[int, int]
    flags: int
    animation: bytes | None
    frames: tuple[_Frame, ...]
    trailer: bytes

    def payload(self, name: bytes) -> bytes | None:
        """Of the first other chunk of that name."""
        return next((chunk.payload for chunk in self.others if chunk.name == name), None)


def _parse(data: bytes) -> _File:
    """Every chunk, those that are kept checked. Raises DamagedFileError."""
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        _refuse("does not begin with a picture")
    (untrusted_size,) = struct.unpack_from("<I", data, 4)
    end = 8 + untrusted_size
    if end > len(data):
        _refuse("is shorter than it says")
    chunks = _chunks(data[12:end])
    if not chunks:
        _refuse("holds no picture")
    if chunks[0].name != b"VP8X":
        still = _still(chunks[:1])
        return _File(chunks[1:], still.size, 0, None, (still,), data[end:])
    if len(chunks[0].payload) != 10:
        _refuse("has a header of the wrong size")
    flags = chunks[0].payload[0]
    canvas = _uint24(chunks[0].payload, 4) + 1, _uint24(chunks[0].payload, 7) + 1
    if flags & _ANIMATION_FLAG:
        others = tuple(chunk for chunk in chunks[1:] if chunk.name not in (b"ANIM", b"ANMF"))
        return _File(others, canvas, flags, _animation(chunks), _frames(chunks, canvas), data[end:])
    still = _still(chunks[1:])
    if still.size != canvas:
        _refuse("says two sizes")
    return _File(still.dropped, canvas, flags, None, (still,), data[end:])


def _chunks(body: bytes, most: int = _MOST_CHUNKS) -> tuple[_Chunk, ...]:
    chunks: list[_Chunk] = []
    position = 0
    while position < len(body):
        if len(chunks) >= most:
            _refuse("has more chunks than any picture needs")
        if position + 8 > len(body):
            _refuse("ends in the middle of a chunk")
        name, untrusted_size = struct.unpack_from("<4sI", body, position)
        end = position + 8 + untrusted_size
        if end > len(body):
            _refuse("has a chunk that runs past its end")
        chunks.append(_Chunk(name, body[position + 8 : end]))
        # A chunk of odd size has a byte behind it; writers forget it behind the last.
        position = end + untrusted_size % 2
    return tuple(chunks)


def _still(chunks: Sequence[_Chunk], header: bytes = b"") -> _Frame:
    """The one coded picture among the chunks."""
    pictures = [chunk for chunk in chunks if chunk.name in _STILLS]
    if len(pictures) != 1:
        _refuse("holds no picture, or several where one is due")
    picture = pictures[0]
    if picture.name == b"VP8L":
        size, transparent = _lossless(picture.payload)
        coded: tuple[_Chunk, ...] = (picture,)
    else:
        size = _lossy(picture.payload)
        alphas = [chunk for chunk in chunks[: chunks.index(picture)] if chunk.name == b"ALPH"][:1]
        coded, transparent = (*alphas, picture), bool(alphas)
    dropped = tuple(chunk for chunk in chunks if chunk not in coded)
    return _Frame(header, coded, size, transparent, dropped)


def _lossy(payload: bytes) -> tuple[int, int]:
    """Size of a VP8 key frame (RFC 6386)."""
    if len(payload) < 10 or payload[0] & 1 or payload[3:6] != b"\x9d\x01\x2a":
        _refuse("has a picture without a header")
    first_partition_bytes = _uint24(payload, 0) >> 5
    width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", payload, 6))
    if first_partition_bytes > len(payload) - 10 or not width or not height:
        _refuse("has a picture that is cut short")
    return width, height


def _lossless(payload: bytes) -> tuple[tuple[int, int], bool]:
    """Size of a VP8L picture, and whether it says it is transparent."""
    if len(payload) < 5 or payload[0] != 0x2F:
        _refuse("has a picture without a header")
    (bits,) = struct.unpack_from("<I", payload, 1)
    if bits >> 29:
        _refuse("has a picture of an unknown version")
    return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1), bool(bits >> 28 & 1)


def _animation(chunks: Sequence[_Chunk]) -> bytes:
    payload = next((chunk.payload for chunk in chunks if chunk.name == b"ANIM"), b"")
    if len(payload) != 6:
        _refuse("has no animation header")
    return payload


def _frames(chunks: Sequence[_Chunk], canvas: tuple[int, int]) -> tuple[_Frame, ...]:
    frames = tuple(_frame(chunk.payload, canvas) for chunk in chunks if chunk.name == b"ANMF")
    if not frames:
        _refuse("has no frames")
    return frames


def _frame(payload: bytes, canvas: tuple[int, int]) -> _Frame:
    if len(payload) < _FRAME_HEADER_BYTES:
        _refuse("has a frame without a header")
    left, top, width, height = (_uint24(payload, start) for start in (0, 3, 6, 9))
    header = payload[:15] + bytes((payload[15] & _FRAME_FLAGS,))
    frame = _still(_chunks(payload[_FRAME_HEADER_BYTES:], _MOST_CHUNKS_IN_A_FRAME), header)
    # Offsets are in units of two pixels, sides are stored less one.
    fits = 2 * left + width + 1 <= canvas[0] and 2 * top + height + 1 <= canvas[1]
    if not fits or frame.size != (width + 1, height + 1):
        _refuse("has a frame that does not fit")
    return frame


def _layout(shown: _File, profile: bytes | None, block: bytes | None) -> Iterator[bytes]:
    """The chunks of the written file, in the order that the specification demands."""
    transparent = any(frame.transparent for frame in shown.frames)
    animated = shown.animation is not None
    # A frame that leaves part of the canvas bare is transparent though no picture is, so the header is believed.
    alpha = transparent or bool(animated and shown.flags & _ALPHA_FLAG)
    needs_alpha = any(len(frame.coded) > 1 for frame in shown.frames)
    if profile is None and block is None and not animated and not needs_alpha:
        picture = shown.frames[0].coded[0]
        yield _written(picture.name, picture.payload)
        return
    present = (
        (_ICC_FLAG, profile is not None),
        (_ALPHA_FLAG, alpha),
        (_EXIF_FLAG, block is not None),
        (_ANIMATION_FLAG, animated),
    )
    flags = sum(flag for flag, there in present if there)
    width, height = shown.canvas
    yield _written(b"VP8X", struct.pack("<I", flags) + _coded24(width - 1) + _coded24(height - 1))
    if profile is not None:
        yield _written(b"ICCP", profile)
    if shown.animation is not None:
        yield _written(b"ANIM", shown.animation)
    for frame in shown.frames:
        coded = b"".join(_written(chunk.name, chunk.payload) for chunk in frame.coded)
        yield _written(b"ANMF", frame.header + coded) if animated else coded
    if block is not None:
        yield _written(b"EXIF", block)


def _written(name: bytes, payload: bytes) -> bytes:
    return name + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)


def _profile(original: _File) -> bytes | None:
    payload = original.payload(b"ICCP")
    return None if payload is None else icc.profile(payload)


def _exif(original: _File, keep: Keep) -> bytes | None:
    packet = original.payload(b"XMP ") if credit.is_wanted(keep) else None
    return exif.kept(original.payload(b"EXIF") or b"", keep, xmp.credit(packet or b""))


def _fields(file: _File) -> Iterator[Field]:
    for chunk in file.others:
        yield from _chunk_fields(chunk)
    if file.animation is not None:
        for chunk in (chunk for frame in file.frames for chunk in frame.dropped):
            yield Field(_tellable(chunk.name), "unknown", "WebP ANMF")
    if file.trailer:
        yield from trailer.fields(file.trailer, WebP.name)


def _chunk_fields(chunk: _Chunk) -> Iterator[Field]:
    if chunk.name == b"EXIF":
        yield from exif.fields(exif.block_in(chunk.payload), "WebP EXIF")
    elif chunk.name == b"XMP ":
        yield from xmp.fields(chunk.payload, "WebP XMP")
    elif chunk.name == b"C2PA":
        yield from jumbf.fields(chunk.payload, "WebP C2PA")
    elif chunk.name == b"ICCP":
        yield from icc.fields(chunk.payload, "WebP ICCP")
    else:
        yield Field(_tellable(chunk.name), "unknown", "WebP")


def _tellable(name: bytes) -> str:
    """A chunk's name, where it is one."""
    return name.decode("ascii").strip() if name.strip().isalnum() and name.isascii() else "unnamed chunk"


def _uint24(data: bytes, start: int) -> int:
    return int.from_bytes(data[start : start + 3], "little")


def _coded24(number: int) -> bytes:
    return number.to_bytes(3, "little")


def _refuse(what: str) -> NoReturn:
    message = f"the WebP {what}: it is damaged or cut short, copy it again from where it came"
    raise DamagedFileError(message)
