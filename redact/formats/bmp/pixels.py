"""The pixels of a BMP: their palette, rows or runs, with zeros for whatever is of no colour."""

from __future__ import annotations

import struct

import numpy as np

from redact.formats.bmp.damage import damaged
from redact.formats.bmp.header import PALETTE_DEPTH, Header

_BITS_OF_NO_MASK = {16: 0x8000, 32: 0xFF000000}
_END_OF_ROW, _END, _MOVE, _SHORTEST_ABSOLUTE = 0, 1, 2, 3


def palette_of(data: bytes, header: Header, start: int, end: int) -> bytes:
    """The colours that a pixel can be; those of a picture that does not need them are none.

    Readers take them from behind the header, whatever the file says about where the pixels begin.
    """
    if header.depth > PALETTE_DEPTH:
        return b""
    most = 1 << header.depth
    colours = min(header.colours or most, most)
    room = (end - start) // header.entry_bytes
    if not room:
        raise damaged("has no palette")
    return data[start : start + min(colours, room) * header.entry_bytes]


def pixels_of(data: bytes, header: Header, start: int) -> tuple[bytes, int]:
    """The pixels with zeros as padding, and where they end in the file."""
    if header.runs:
        return _runs(data, header, start)
    end = start + header.row_bytes * header.rows
    if end > len(data):
        raise damaged("ends before its pixels do")
    used = header.width * header.depth
    if used == header.row_bytes * 8:
        return data[start:end], end
    rows = np.frombuffer(data, np.uint8, end - start, start).reshape(header.rows, header.row_bytes).copy()
    rows[:, (used + 7) // 8 :] = 0
    if used % 8:
        rows[:, used // 8] &= 0xFF00 >> used % 8 & 0xFF
    return rows.tobytes(), end


def covered(pixels: bytes, header: Header, masks: bytes) -> bytes:
    """The pixels with zeros for the bits that are of no colour, unless every pixel has all of those set."""
    if header.depth not in _BITS_OF_NO_MASK:
        return pixels
    unused = _BITS_OF_NO_MASK[header.depth]
    # Where every mask is zero, readers take the pixels for whole bytes with transparency.
    if header.masked and not any(masks):
        return pixels
    if header.masked:
        unused = (1 << header.depth) - 1
        for (mask,) in struct.iter_unpack("<I", masks):
            unused &= ~mask
    if not unused:
        return pixels
    samples = np.frombuffer(pixels, f"<u{header.depth // 8}").reshape(header.rows, -1)
    if not (samples & unused).any() or (samples[:, : header.width] & unused == unused).all():
        return pixels
    return bytes((samples & ~np.array(unused, samples.dtype)).tobytes())


def _runs(data: bytes, header: Header, start: int) -> tuple[bytes, int]:
    """Run-length coded pixels up to their end mark, with zeros as padding, and where they end in the file."""
    pixels_a_byte = 8 // header.depth
    # Some writers code the padding of a row as well.
    widest = header.row_bytes * pixels_a_byte
    written = bytearray(data[start:])
    position = across = down = 0
    while True:
        if position + 2 > len(written):
            raise damaged("ends before its pixels do")
        count, value = written[position], written[position + 1]
        position += 2
        if count:
            across += count
        elif value == _END:
            return bytes(written[:position]), start + position
        elif value == _END_OF_ROW:
            across, down = 0, down + 1
        elif value == _MOVE and position + 2 <= len(written):
            across, down = across + written[position], down + written[position + 1]
            position += 2
        elif value >= _SHORTEST_ABSOLUTE:
            across += value
            position = _cleaned(written, position, value, pixels_a_byte)
        if across > widest or down > header.rows or (across and down == header.rows):
            raise damaged("has more pixels than its size allows")


def _cleaned(written: bytearray, start: int, pixels: int, pixels_a_byte: int) -> int:
    """Where pixels that stand there one by one end; what pads them to two bytes is set to zero."""
    used = start + pixels // pixels_a_byte
    if pixels % pixels_a_byte and used < len(written):
        written[used] &= 0xF0
        used += 1
    end = used + (used - start) % 2
    if used < min(end, len(written)):
        written[used] = 0
    return end
