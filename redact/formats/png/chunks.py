"""The chunks of a PNG (PNG, 5.3): name, payload and checksum, each looked at and written anew."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from redact.errors import UnsupportedFormatError
from redact.formats.png.damage import damaged

SIGNATURE = b"\x89PNG\r\n\x1a\n"
STRUCTURE = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT", b"pHYs"))
"""Names of what a picture is made of."""

_LARGEST_CHUNK_BYTES = 2**31 - 1
_MOST_CHUNKS = 2**18


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk; `sound` when its checksum is right."""

    name: bytes
    payload: bytes
    sound: bool


def chunks_of(data: bytes) -> tuple[list[Chunk], int]:
    """Every chunk up to IEND, and where the file should end. Raises DamagedFileError, UnsupportedFormatError."""
    chunks: list[Chunk] = []
    position = len(SIGNATURE)
    while not chunks or chunks[-1].name != b"IEND":
        if len(chunks) >= _MOST_CHUNKS:
            raise damaged("has more chunks than any picture needs")
        if position + 12 > len(data):
            raise damaged("ends before its picture does")
        untrusted_size, name = struct.unpack_from(">I4s", data, position)
        end = position + 12 + untrusted_size
        if untrusted_size > _LARGEST_CHUNK_BYTES or end > len(data):
            raise damaged("has a chunk that runs past its end")
        if not (name.isalpha() and name.isascii()):
            raise damaged("has a chunk without a name")
        payload = data[position + 8 : end - 4]
        (checksum,) = struct.unpack_from(">I", data, end - 4)
        chunks.append(_checked(name, payload, checksum))
        position = end
    return chunks, position


def _checked(name: bytes, payload: bytes, checksum: int) -> Chunk:
    sound = zlib.crc32(payload, zlib.crc32(name)) == checksum
    if not sound and (name[:1].isupper() or name in STRUCTURE):
        raise damaged("has a chunk with a wrong checksum")
    if name[:1].isupper() and name not in STRUCTURE:
        message = "this PNG needs a chunk that is not in the standard: save it again as plain PNG"
        raise UnsupportedFormatError(message)
    return Chunk(name, payload, sound)


def written(name: bytes, payload: bytes) -> bytes:
    """A chunk with its size and its checksum."""
    checksum = zlib.crc32(payload, zlib.crc32(name))
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", checksum)
