"""Apple ProRes (SMPTE RDD 36): frames whose header names the encoder and may be followed by anything.

Where location hides: four letters name the encoder, reserved fields stand in a header of a size of its own, and bytes
behind the last picture are skipped by decoders.

Kept: the header's known fields, and the pictures byte for byte. The encoder's name is Apple's in every copy, reserved
fields are zero, and what stands behind the last picture goes.

Not handled: bytes hidden within a picture. Refused: versions later than the published one.
"""

from __future__ import annotations

from collections.abc import Iterator

from redact.errors import UnsupportedFormatError
from redact.formats.codings.plain import Stream, Told, garbled

_MARK = b"icpf"
_ENCODER = b"apl0"
_HEAD_BYTES = 20
_MATRIX_BYTES = 64
_LATEST = 1


def frames_of(_configuration: bytes) -> Stream:
    """A stream, which needs no configuration. Its packets raise DamagedFileError, UnsupportedFormatError."""
    return Stream("ProRes frame", b"", (), _cleaned, _told)


def _cleaned(packet: bytes) -> bytes:
    """The frame: size and mark, header, one picture or two."""
    untrusted_size = int.from_bytes(packet[:4], "big")
    if packet[4:8] != _MARK or not 8 + _HEAD_BYTES <= untrusted_size <= len(packet):
        raise garbled()
    header, start = _header(packet[8:untrusted_size])
    pictures = packet[8 + start : untrusted_size]
    end = sum(_picture_bytes(pictures, 2 if header[12] & 0x0C else 1))
    body = _MARK + header + pictures[:end]
    return (len(body) + 4).to_bytes(4, "big") + body


def _header(frame: bytes) -> tuple[bytes, int]:
    """The header written anew, and how long the original is."""
    untrusted_size = int.from_bytes(frame[:2], "big")
    if int.from_bytes(frame[2:4], "big") > _LATEST:
        message = "the video is coded as ProRes of a version that is not known here: convert it to H.264 first"
        raise UnsupportedFormatError(message)
    matrices = (frame[19] >> 1 & 1) + (frame[19] & 1)
    size = _HEAD_BYTES + _MATRIX_BYTES * matrices
    if not size <= untrusted_size <= len(frame):
        raise garbled()
    head = bytearray(frame[:size])
    head[:2] = size.to_bytes(2, "big")
    head[4:8] = _ENCODER
    for place, mask in ((12, 0xCC), (17, 0x0F), (18, 0), (19, 3)):
        head[place] &= mask
    return bytes(head), untrusted_size


def _picture_bytes(pictures: bytes, count: int) -> Iterator[int]:
    """The size of each picture. Raises DamagedFileError where they do not fit."""
    start = 0
    for _ in range(count):
        untrusted_size = int.from_bytes(pictures[start + 1 : start + 5], "big")
        if untrusted_size < 8 or start + untrusted_size > len(pictures):
            raise garbled()
        yield untrusted_size
        start += untrusted_size


def _told(packet: bytes) -> Iterator[Told]:
    if packet[12:16] not in (_ENCODER, b"", bytes(4)):
        yield "encoder identifier", "camera"
