"""Where the compressed stream of a strip or tile ends (TIFF 6.0, sections 9 and 13; TIFF Technical Note 2; RFC 1950).

A strip is as long as its directory says, and a decoder reads of it what its pixels take: whatever follows is seen by
nobody. So streams of Deflate, LZW and PackBits are gone through once, and end where their decoder stops. The others
(fax, LZMA, Zstandard, LERC and older ones) are taken at their word.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from redact.formats.bounded import LARGEST_STILL_BYTES
from redact.formats.tiff.directories import Span, Tape, decline, refuse
from redact.formats.tiff.layout import PACKBITS

LZW, DEFLATE, OLD_DEFLATE = 5, 8, 32946
ENDING = frozenset({LZW, PACKBITS, DEFLATE, OLD_DEFLATE})
"""Compressions whose streams tell where they end, or are over with the last pixel."""

_BLOCK_BYTES = 2**20
_FLIPPED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))

_CLEAR, _END, _FIRST = 256, 257, 258
_WIDTHS = np.repeat(np.array([9, 10, 11, 12], np.int64), [254, 512, 1024, 2049])
"""Bits of the codes that follow a clear code, until the table is full."""
_OFFSETS = np.cumsum(_WIDTHS) - _WIDTHS
_MOST_WINDOW_BYTES = int(_OFFSETS[-1]) // 8 + 5
_FEW_CODES, _MOST_SHORT_RUNS = 64, 16
_NO_OPERATION = 128


def of(tape: Tape, span: Span, coding: int, plain: int, room: int, fill_order: int) -> Span:
    """The span up to the end of its stream.

    plain:      bytes that its pixels take
    room:       those of a whole strip or tile, for some writers fill up the last
    fill_order: 2 where the bits of each byte are in reverse

    Raises DamagedFileError for a stream that is garbled or holds more; UnsupportedFormatError for old kinds.
    """
    if coding in (DEFLATE, OLD_DEFLATE):
        return Span(span.start, _deflated(tape, span, room, fill_order))
    if span.size > LARGEST_STILL_BYTES:
        decline(f"has a strip of more than {LARGEST_STILL_BYTES >> 20} MiB", "save it in tiles")
    data = _straight(tape.take(span), fill_order)
    return Span(span.start, _packed(data, plain) if coding == PACKBITS else _lzw(data, plain, room))


def _straight(data: bytes, fill_order: int) -> bytes:
    return data.translate(_FLIPPED) if fill_order == 2 else data


def _deflated(tape: Tape, span: Span, room: int, fill_order: int) -> int:
    stream = zlib.decompressobj()
    inflated = 0
    position = span.start
    while position < span.end and not stream.eof:
        block = Span(position, min(_BLOCK_BYTES, span.end - position))
        position = block.end
        packed = _straight(tape.take(block), fill_order)
        is_full = True
        while not stream.eof and (packed or is_full):
            plain = _inflated(stream, packed)
            packed, is_full = stream.unconsumed_tail, len(plain) == _BLOCK_BYTES
            inflated += len(plain)
            if inflated > room:
                refuse("has a strip or tile of more pixels than its page")
    if not stream.eof:
        refuse("has a strip or tile that is cut short")
    return position - len(stream.unused_data) - span.start


def _inflated(stream: zlib._Decompress, packed: bytes) -> bytes:
    try:
        return stream.decompress(packed, _BLOCK_BYTES)
    except zlib.error:
        refuse("has a strip or tile that is garbled")


def _packed(data: bytes, plain: int) -> int:
    position = shown = 0
    while shown < plain:
        head = data[position] if position < len(data) else _NO_OPERATION
        if head < _NO_OPERATION:
            position, shown = position + head + 2, shown + head + 1
            if shown > plain:
                refuse("has a strip or tile of more pixels than its page")
        elif head > _NO_OPERATION:
            position, shown = position + 2, shown + 257 - head
        else:
            position += 1
        if position > len(data):
            refuse("has a strip or tile that is cut short")
    return position


def _lzw(data: bytes, plain: int, room: int) -> int:
    """Bytes up to the code that ends the stream; where none comes in time, up to the one that completes the pixels."""
    if data[:1] == b"\0" and data[1:2] > b"\0" and data[1] & 1:
        decline("is compressed with an old kind of LZW", "save it anew")
    position = shown = short_runs = 0
    while True:
        codes, is_whole = _codes_until_cleared(data, position)
        run = codes[:-1] if is_whole else codes
        lengths = _lengths(run)
        total = shown + int(lengths.sum())
        if not is_whole or total > room:
            return _without_end(position, lengths, plain - shown)
        shown = total
        position += int(_OFFSETS[len(run)] + _WIDTHS[len(run)])
        if codes[-1] == _END:
            return -(-position // 8)
        short_runs += len(run) < _FEW_CODES
        if short_runs > _MOST_SHORT_RUNS:
            refuse("has a strip or tile that begins anew again and again")


def _codes_until_cleared(data: bytes, position: int) -> tuple[NDArray[np.int64], bool]:
    """The codes from a bit on, up to one that clears the table or ends the stream; False where there is none."""
    begin, shift = divmod(position, 8)
    window = np.frombuffer(data[begin : begin + _MOST_WINDOW_BYTES] + bytes(3), np.uint8).astype(np.int64)
    places = _OFFSETS + shift
    count = int(np.searchsorted(places + _WIDTHS, 8 * (len(window) - 3), "right"))
    places, widths = places[:count], _WIDTHS[:count]
    first = places >> 3
    three = window[first] << 16 | window[first + 1] << 8 | window[first + 2]
    codes = three >> (24 - (places & 7) - widths) & ((1 << widths) - 1)
    ends = np.flatnonzero(codes >> 1 == _CLEAR >> 1)
    if ends.size:
        return codes[: ends[0] + 1], True
    if count == len(_WIDTHS):
        refuse("has a strip or tile that fills its table and goes on")
    return codes, False


def _lengths(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bytes that each code of a run stands for; the first is a byte, each further one adds an entry to the table."""
    if np.any(codes > _FIRST - 1 + np.arange(len(codes))) or np.any(codes[:1] > _CLEAR):
        refuse("has a strip or tile that is garbled")
    # An entry is one byte longer than the one it is made from, so its length is how far it is to a single byte.
    none = max(len(codes) - 1, 0)
    above = np.append(np.where(codes[:none] < _CLEAR, none, codes[:none] - _FIRST), none)
    steps = np.append(np.ones(none, np.int64), 0)
    while np.any(above != none):
        steps += steps[above]
        above = above[above]
    return np.where(codes < _CLEAR, 1, steps[np.clip(codes - _FIRST, 0, none)] + 1)


def _without_end(position: int, lengths: NDArray[np.int64], missing: int) -> int:
    shown = np.cumsum(lengths)
    last = int(np.searchsorted(shown, missing))
    if missing > 0 and last == len(shown):
        refuse("has a strip or tile that is cut short")
    count = last + 1 if missing > 0 else 0
    return -(-(position + int(_OFFSETS[count])) // 8)
