"""GIF 87a and 89a (CompuServe, "Graphics Interchange Format", version 89a), still and animated.

Where location hides: comments; application extensions, among them Adobe's with an XMP packet ("XMP DataXMP", which is
no list of sub-blocks and ends in a trailer of 258 bytes that makes it walkable as one) and ImageMagick's with IPTC and
Photoshop blocks; plain text extensions; extensions nobody knows; bits that the standard reserves; bytes between the
blocks and behind the trailer.

Dropped: all of it, with plain texts, which no viewer of today shows, and what speaks of how to show them.

Kept: the screen, the colour tables, the images; the last graphic control before each image (delay, disposal,
transparency) without its reserved bits; the first loop count ("NETSCAPE2.0", "ANIMEXTS1.0"), written anew behind the
global colour table; with "colour" the ICC profile ("ICCRGBG1012").

Not handled: bytes that hide behind the last pixel inside the sub-blocks of an image: only decoding would tell. Colours
of a table that no pixel uses stay. Refused: images that lie outside of the screen, wholly or in part, as they would be
hidden pictures. A file without its trailer is taken for a cut one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats import unpainted
from redact.formats.bounded import listed, read_whole
from redact.formats.carriers import icc, photoshop, trailer, xmp
from redact.model import Field, Keep

_VERSIONS = (b"GIF87a", b"GIF89a")
_SCREEN = struct.Struct("<HHBBB")
_PLACE = struct.Struct("<HHHHB")
_HEAD_BYTES = 13

_EXTENSION, _IMAGE, _TRAILER, _PADDING = 0x21, 0x2C, 0x3B, 0x00
_PLAIN_TEXT, _CONTROL, _COMMENT, _APPLICATION = 0x01, 0xF9, 0xFE, 0xFF

_TABLE, _INTERLACED, _SORTED, _TABLE_SIZE = 0x80, 0x40, 0x20, 0x07
_CONTROL_FLAGS, _TRANSPARENT = 0x1F, 0x01
_CONTROL_BYTES = 4
_CODE_SIZES = range(1, 12)
_LONGEST_SUB_BLOCK = 255
_MOST_BLOCKS = 2**18

_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_LOOP_ID, _LOOP_BYTES = 1, 3
_ICC = b"ICCRGBG1012"
_XMP = b"XMP DataXMP"
_IPTC, _PHOTOSHOP = b"MGKIPTC0000", b"MGK8BIM0000"


@dataclass(frozen=True, slots=True)
class Gif:
    """The GIF family, with its animations."""

    name = "GIF"

    def recognises(self, head: bytes) -> bool:
        """True for GIF's signature, whatever the version."""
        return head.startswith(b"GIF8")

    def fields(self, source: BinaryIO) -> Iterator[Field]:
        """See redact.contracts.Format."""
        return listed(_fields(_parse(read_whole(source))))

    def strip(self, source: BinaryIO, target: BinaryIO, keep: Keep, pixels: BinaryIO | None = None) -> None:
        """See redact.contracts.Format."""
        unpainted.refuse(pixels, self.name)
        file = _parse(read_whole(source))
        target.write(file.head)
        if file.loop is not None:
            target.write(_application(file.loop, [struct.pack("<BH", _LOOP_ID, file.count)]))
        profile = file.profile if "colour" in keep else None
        if profile is not None:
            target.write(_application(_ICC, _pieces(profile)))
        for image in file.images:
            target.writelines((image.control, image.head, image.data))
        target.write(bytes((_TRAILER,)))


@dataclass(frozen=True, slots=True)
class _Extension:
    """An extension that is not a graphic control.

    name:   of an application extension its eleven letters, else empty
    raw:    the bytes behind the name: sub-blocks up to an empty one, or what is walkable as such
    """

    label: int
    name: bytes
    raw: bytes

    @property
    def blocks(self) -> Iterator[bytes]:
        """Its sub-blocks, without the one that is the name."""
        return _blocks(self.raw, 0)

    @property
    def content(self) -> bytes:
        """The sub-blocks as one."""
        return _joined(self.raw, 0)

    @property
    def loop(self) -> int | None:
        """How often the animation is to be shown again, where the extension tells."""
        if self.label != _APPLICATION or self.name not in _LOOPS:
            return None
        told = (block for block in self.blocks if len(block) >= _LOOP_BYTES and block[0] == _LOOP_ID)
        block = next(told, None)
        return None if block is None else int.from_bytes(block[1:_LOOP_BYTES], "little")

    @property
    def profile(self) -> bytes | None:
        """The sound ICC profile in it."""
        is_profile = self.label == _APPLICATION and self.name == _ICC
        return icc.profile(self.content) if is_profile else None


@dataclass(frozen=True, slots=True)
class _Image:
    """An image as it is written: its graphic control (may be empty), descriptor with colour table, and coded data."""

    control: bytes
    head: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class _File:
    """A whole file.

    head:       signature, screen and global colour table, as they are written
    extensions: all but graphic controls, in order
    stray:      names of what stands where nothing should
    trailer:    what stands behind the end
    """

    head: bytes
    images: tuple[_Image, ...]
    extensions: tuple[_Extension, ...]
    stray: tuple[str, ...]
    trailer: bytes

    @property
    def loop(self) -> bytes | None:
        """The name of the extension that tells the loop count; None where none does."""
        return next((each.name for each in self.extensions if each.loop is not None), None)

    @property
    def count(self) -> int:
        """How often the animation is to be shown again; 0 for ever."""
        return next((each.loop for each in self.extensions if each.loop is not None), 0)

    @property
    def profile(self) -> bytes | None:
        """The first sound ICC profile."""
        return next((each.profile for each in self.extensions if each.profile is not None), None)


def _parse(data: bytes) -> _File:
    """Every block, those that are kept checked. Raises DamagedFileError."""
    if data[:6] not in _VERSIONS or len(data) < _HEAD_BYTES:
        _refuse("does not begin with a screen")
    head, position = _head(data)
    screen = _SCREEN.unpack_from(head, 6)[:2]
    images: list[_Image] = []
    extensions: list[_Extension] = []
    stray: dict[str, None] = {}
    control = b""
    for _ in range(_MOST_BLOCKS):
        introducer = _byte(data, position)
        if introducer == _TRAILER:
            break
        if introducer == _IMAGE:
            image, position = _image(data, position, control, screen)
            images.append(image)
            control = b""
        elif introducer == _EXTENSION and _byte(data, position + 1) == _CONTROL:
            control, reserved = _control(_joined(data, position + 2))
            position = _end(data, position + 2)
            stray.update(dict.fromkeys(["bits of a graphic control"] if reserved else []))
        elif introducer == _EXTENSION:
            extension, position = _extension(data, position)
            extensions.append(extension)
            # A control before a text is about the text.
            control = b"" if extension.label == _PLAIN_TEXT else control
        elif introducer == _PADDING:
            position += 1
            stray["bytes between blocks"] = None
        else:
            _refuse("has something between its blocks that is none")
    else:
        _refuse("has more blocks than any animation needs")
    if not images:
        _refuse("holds no image")
    return _File(head, tuple(images), tuple(extensions), tuple(stray), data[position + 1 :])


def _head(data: bytes) -> tuple[bytes, int]:
    """Signature, screen and global colour table as they are written, and where the blocks begin."""
    width, height, flags, background, aspect = _SCREEN.unpack_from(data, 6)
    if not width or not height:
        _refuse("describes a screen without pixels")
    end = _HEAD_BYTES + _table_bytes(flags)
    if end > len(data):
        _refuse("ends in its colour table")
    # Without a table there is nothing the background could be an entry of.
    background = background if flags & _TABLE else 0
    return data[:6] + _SCREEN.pack(width, height, flags, background, aspect) + data[_HEAD_BYTES:end], end


def _image(data: bytes, start: int, control: bytes, screen: tuple[int, int]) -> tuple[_Image, int]:
    """The image that begins at `start`, and where it ends."""
    table = start + 1 + _PLACE.size
    if table > len(data):
        _refuse("ends in an image")
    left, top, width, height, flags = _PLACE.unpack_from(data, start + 1)
    if not width or not height:
        _refuse("has an image without pixels")
    if left + width > screen[0] or top + height > screen[1]:
        # Some readers make the screen larger, others never show such pixels: it is not one picture for all of them.
        message = "the GIF has an image that lies outside of its screen, where hardly anybody sees it: save it again"
        raise UnsupportedFormatError(message)
    known = _INTERLACED | (_TABLE | _SORTED | _TABLE_SIZE if flags & _TABLE else 0)
    coded = table + _table_bytes(flags)
    if _byte(data, coded) not in _CODE_SIZES:
        _refuse("has an image that is coded in no known way")
    if not _byte(data, coded + 1):
        _refuse("has an image without data")
    end = _end(data, coded + 1)
    head = bytes((_IMAGE,)) + _PLACE.pack(left, top, width, height, flags & known) + data[table:coded]
    return _Image(control, head, data[coded:end]), end


def _control(payload: bytes) -> tuple[bytes, bool]:
    """A graphic control as it is written, and whether the payload holds more than that."""
    if len(payload) < _CONTROL_BYTES:
        _refuse("has a graphic control that is cut short")
    flags = payload[0] & _CONTROL_FLAGS
    transparent = payload[3] if flags & _TRANSPARENT else 0
    told = bytes((flags, payload[1], payload[2], transparent))
    return bytes((_EXTENSION, _CONTROL)) + _listed_pieces([told]), told != payload


def _extension(data: bytes, start: int) -> tuple[_Extension, int]:
    """The extension that begins at `start`, and where it ends."""
    label, body = _byte(data, start + 1), start + 2
    end = _end(data, body)
    if label != _APPLICATION or not data[body]:
        return _Extension(label, b"", data[body:end]), end
    behind = body + 1 + data[body]
    return _Extension(label, data[body + 1 : behind], data[behind:end]), end


def _end(data: bytes, start: int) -> int:
    """Where the sub-blocks that begin at `start` end, with the empty one that ends them."""
    while size := _byte(data, start):
        start += 1 + size
    return start + 1


def _blocks(data: bytes, start: int) -> Iterator[bytes]:
    """The sub-blocks that begin at `start`, one by one: a file may have one for every two of its bytes."""
    while size := _byte(data, start):
        yield data[start + 1 : start + 1 + size]
        start += 1 + size


def _joined(data: bytes, start: int) -> bytes:
    """The sub-blocks that begin at `start` as one."""
    content = bytearray()
    for block in _blocks(data, start):
        content += block
    return bytes(content)


def _table_bytes(flags: int) -> int:
    return 3 << (flags & _TABLE_SIZE) + 1 if flags & _TABLE else 0


def _byte(data: bytes, position: int) -> int:
    if position >= len(data):
        _refuse("ends before its trailer")
    return data[position]


def _application(name: bytes, pieces: Sequence[bytes]) -> bytes:
    return bytes((_EXTENSION, _APPLICATION)) + _listed_pieces([name, *pieces])


def _pieces(content: bytes) -> list[bytes]:
    return [content[start : start + _LONGEST_SUB_BLOCK] for start in range(0, len(content), _LONGEST_SUB_BLOCK)]


def _listed_pieces(pieces: Sequence[bytes]) -> bytes:
    return b"".join(bytes((len(piece),)) + piece for piece in pieces) + b"\0"


def _fields(file: _File) -> Iterator[Field]:
    loops = 0
    for extension in file.extensions:
        if extension.loop is None:
            yield from _extension_fields(extension)
            continue
        loops += 1
        is_plain = loops == 1 and len(extension.raw) == _LOOP_BYTES + 2
        if not is_plain:
            yield Field("more than a loop count", "unknown", "GIF application extension")
    for name in file.stray:
        yield Field(name, "unknown", "GIF")
    if file.trailer:
        yield trailer.field(file.trailer, Gif.name)


def _extension_fields(extension: _Extension) -> Iterator[Field]:
    where = "GIF application extension"
    if extension.label == _COMMENT:
        yield Field("comment", "text", "GIF comment extension")
    elif extension.label == _PLAIN_TEXT:
        yield Field("plain text", "text", "GIF plain text extension")
    elif extension.label != _APPLICATION:
        yield Field(f"extension 0x{extension.label:02X}", "unknown", "GIF")
    elif extension.name == _XMP:
        yield from xmp.fields(extension.raw, "GIF XMP")
    elif extension.name == _ICC:
        yield icc.field(where)
    elif extension.name == _IPTC:
        yield from photoshop.captions(extension.content, "GIF IPTC")
    elif extension.name == _PHOTOSHOP:
        yield from photoshop.fields(extension.content, "GIF Photoshop")
    else:
        # The name of an application is eleven bytes of anything: it is not told.
        yield Field("application extension", "unknown", where)


def _refuse(what: str) -> NoReturn:
    message = f"the GIF {what}: it is damaged or cut short, copy it again from where it came"
    raise DamagedFileError(message)
