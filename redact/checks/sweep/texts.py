"""Text in any bytes, found without reading all of them as text, and what a position looks like in it.

Numbers and runs of letters are found first, which noise has a few of in a megabyte; patterns are tried on what stands
around those alone. A gigabyte takes half a minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from redact.checks.reading import Buffer

POSITIONS = re.compile(
    # ISO 6709
    rb"(?P<point>[+-]\d{2}(?:\d\d){0,2}\.\d{2,}[+-]\d{3}(?:\d\d){0,2}\.\d{2,})"
    # XMP: degrees, minutes and hemisphere
    rb"|(?P<minutes>(?<!\d)\d{1,3},\d{1,2}\.\d{2,}[NSEW])"
    # a name and a number
    rb"|(?P<named>(?i:(?<![a-z])(?:lat|lon|lng|long|latitude|longitude))"
    rb"[^\w+.-]{1,5}(?:[NSEW][ :]?)?[+-]?\d{1,3}\.\d{3,})"
    # two numbers of four decimals or more
    rb"|(?P<pair>(?<![\d.])[+-]?\d{1,2}\.\d{4,}[\xb0 ]{0,2}[NS]?[,;/ ]{1,2}[+-]?\d{1,3}\.\d{4,}(?![\d.]))"
    # NMEA 0183
    rb"|(?P<sentence>\$[A-Z]{2}(?:GGA|RMC|GLL|GNS),)"
)
"""Texts that tell a place; the name of the group that matched tells how."""

DECIMAL = re.compile(rb"\d{1,3}\.\d{4,}")
"""A number that may be degrees."""

_CHUNK = 1 << 20
"""Bytes at once: the masks of a chunk stay in the cache."""
_REACH = 96
"""Bytes around a number or a word in which its pattern is looked for; twice that in UTF-16."""
_OVERLAP = 4 * _REACH

_LETTERS = bytes(chr(code).isascii() and chr(code).isalpha() for code in range(256))
_DIGITS = np.array([0x30 <= code <= 0x39 for code in range(256)])


def texts(data: Buffer) -> Iterator[bytes]:
    """The surroundings of everything in `data` that looks like a number with decimals or a long word.

    UTF-16 is read as well, with its zero bytes left out. Overlapping surroundings are one text.
    """
    for start in range(0, len(data), _CHUNK):
        chunk = bytes(data[start : start + _CHUNK + _OVERLAP])
        yield from _windows(chunk)
        for parity in (0, 1):
            yield from _windows(chunk[parity::2])


def _windows(chunk: bytes) -> Iterator[bytes]:
    values = np.frombuffer(chunk, np.uint8)
    run = np.frombuffer(chunk.translate(_LETTERS), np.bool_)
    for step in (1, 2, 3):
        run = run[:-step] & run[step:]
    places = np.flatnonzero(run)
    dots = np.flatnonzero(values[1:-2] == ord(".")) + 1
    dots = dots[_DIGITS[values[dots - 1]] & _DIGITS[values[dots + 1]] & _DIGITS[values[dots + 2]]]
    places = np.union1d(places, dots)
    if not places.size:
        return
    breaks = np.flatnonzero(np.diff(places) > 2 * _REACH)
    firsts = np.concatenate((places[:1], places[breaks + 1])).tolist()
    lasts = np.concatenate((places[breaks], places[-1:])).tolist()
    for first, last in zip(firsts, lasts, strict=True):
        yield chunk[max(first - _REACH, 0) : last + _REACH]
