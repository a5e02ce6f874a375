"""Where the stream of a compressed strip or tile ends (TIFF 6.0, sections 9 and 13; RFC 1950): nobody reads on."""

from __future__ import annotations

import zlib
from typing import NoReturn

import numpy as np

from redact.checks.reading import Buffer, Flaw

_LZW, _PACKBITS, _DEFLATES = 5, 32773, (8, 32946)
CODINGS = frozenset({_LZW, _PACKBITS, *_DEFLATES})
"""Those whose streams can be asked."""

_PIECE = 1 << 20
_REVERSED = bytes(sum((value >> bit & 1) << (7 - bit) for bit in range(8)) for value in range(256))
_CLEAR, _END, _SINGLE = 256, 257, 256
_TABLE = 4096 - 258 + 1
"""Codes from one clear code to the next, at most."""
_SIZES = np.array([9] * 254 + [10] * 512 + [11] * 1024 + [12] * (_TABLE - 1790), np.int64)
_STARTS = np.concatenate(([0], np.cumsum(_SIZES)))
_MOST_SHORT_RUNS, _SHORT = 16, 64


def end(data: Buffer, start: int, stop: int, coding: int, pixels: tuple[int, int], fill_order: int) -> int:
    """Where the stream that begins at `start` and is said to go on to `stop` ends.

    pixels: bytes that are shown of it, and those of a strip or tile with all of its rows

    Raises Flaw when it is garbled, ends too early, or holds more.
    """
    shown, most = pixels
    if coding in _DEFLATES:
        return start + _deflated(data, start, stop, most, fill_order)
    stream = bytes(data[start:stop])
    if fill_order == 2:
        stream = stream.translate(_REVERSED)
    return start + (_packbits(stream, shown) if coding == _PACKBITS else _lzw(stream, shown, most))


def _deflated(data: Buffer, start: int, stop: int, most: int, fill_order: int) -> int:
    stream, size, rest, place = zlib.decompressobj(), 0, b"", start
    while not stream.eof:
        if not rest:
            rest = bytes(data[place : min(place + _PIECE, stop)])
            place += len(rest)
            rest = rest.translate(_REVERSED) if fill_order == 2 else rest
        is_last = not rest
        try:
            found = len(stream.decompress(rest, _PIECE))
        except zlib.error:
            _say("is garbled")
        size, rest = size + found, stream.unconsumed_tail
        if size > most:
            _say("holds more pixels than its page")
        if is_last and not found and not stream.eof:
            _say("does not end")
    return place - start - len(stream.unused_data)


def _packbits(stream: bytes, shown: int) -> int:
    place = size = 0
    while size < shown and place < len(stream):
        head = stream[place]
        if head != 128:
            size += head + 1 if head < 128 else 257 - head
        if head < 128 and size > shown:
            _say("holds more pixels than its page")
        place += head + 2 if head < 128 else 2 if head > 128 else 1
    if size < shown or place > len(stream):
        _say("does not end")
    return place


def _lzw(stream: bytes, shown: int, most: int) -> int:
    """Up to the end code; where none comes in time, up to the code that completes what is shown."""
    if len(stream) > 1 and stream[0] == 0 and stream[1] & 1:
        _say("is of an old kind")
    bit = size = short = 0
    while True:
        codes = _codes(stream, bit)
        sizes = _sizes(codes)
        size += sum(sizes)
        if len(sizes) == len(codes) or size > most:
            return (bit + int(_STARTS[_completing(sizes, shown - size)]) + 7) // 8
        bit += int(_STARTS[len(sizes) + 1])
        if codes[len(sizes)] == _END:
            return (bit + 7) // 8
        short += len(sizes) < _SHORT
        if short > _MOST_SHORT_RUNS:
            _say("begins anew again and again")


def _sizes(codes: list[int]) -> list[int]:
    """Bytes that each code stands for, up to one that is no code of bytes."""
    table = [1] * _SINGLE + [0, 0]
    sizes: list[int] = []
    for code in codes:
        if code in (_CLEAR, _END):
            break
        if sizes:
            table.append(sizes[-1] + 1)
        if code >= len(table):
            _say("is garbled")
        sizes.append(table[code])
    return sizes


def _completing(sizes: list[int], more: int) -> int:
    """How many of the last codes of a stream it takes to show all, `more` being what all of them do not show."""
    if more > 0:
        _say("does not end")
    count = len(sizes)
    while count and more + sizes[count - 1] <= 0:
        count, more = count - 1, more + sizes[count - 1]
    return count


def _codes(stream: bytes, bit: int) -> list[int]:
    """The codes from a bit on, as many as a table takes or the stream has."""
    first = bit // 8
    window = stream[first : first + int(_STARTS[-1]) // 8 + 2]
    starts = _STARTS[:-1] + bit % 8
    count = int(np.searchsorted(_STARTS[1:] + bit % 8, 8 * len(window), "right"))
    places = starts[:count] >> 3
    octets = np.frombuffer(window + bytes(2), np.uint8).astype(np.int64)
    words = octets[places] * 65536 + octets[places + 1] * 256 + octets[places + 2]
    down = 24 - (starts[:count] & 7).astype(np.int64) - _SIZES[:count]
    found: list[int] = ((words >> down) & ((1 << _SIZES[:count]) - 1)).tolist()
    if count == _TABLE and not {_CLEAR, _END} & set(found):
        _say("goes on when its table is full")
    return found


def _say(what: str) -> NoReturn:
    message = f"a strip or tile {what}"
    raise Flaw(message)
