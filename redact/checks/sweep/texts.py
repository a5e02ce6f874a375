"""Text in any bytes that may tell a place, found without reading all of them as text.

One search for what every position or name of a location field holds passes over compressed data, where it finds some
ten places in a gigabyte. Only the stretches around those are read as text, and what is in them is cut out for exact
patterns to be tried on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import hyperscan
import numpy as np

from redact.checks.reading import Buffer
from redact.checks.sweep.search import Search

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

NAMES = re.compile(
    rb"gps_?(?:latitude|longitude|position|coordinates|mapdatum|areainformation|processingmethod|dest)"
    rb"|latitude|longitude|quicktime\.location|location\.iso6709|location(?:shown|created)|geotagging"
    rb"|sub-?location|province-?state|country-?(?:name|code|primary)|photoshop ?3\.0|photoshop:(?:city|state|country)"
    rb"|adobe\.com/(?:xap|xmp|exif)|x(?:ap|mp)meta|xpacket|motionphoto|gcamera:|openstreetmap",
    re.IGNORECASE,
)
"""Names of location fields and of the carriers they travel in, each with four letters in a row."""

_NULL = rb"\x00?"
"""What UTF-16 puts between two letters."""
_DIGIT = b"(?:[0-9]" + _NULL + b")"
_POINT = rb"\." + _NULL
_WORDS = (
    b"latitude", b"longitude", b"location", b"position", b"coordinates", b"mapdatum", b"areainformation",
    b"processingmethod", b"gpsdest", b"gps_dest", b"geotagging", b"province", b"country", b"photoshop", b"adobe.com",
    b"xapmeta", b"xmpmeta", b"xpacket", b"motionphoto", b"gcamera", b"openstreetmap",
)  # fmt: skip
"""One of these is in everything that NAMES matches."""
_BEGINNINGS = (
    *(b"".join(re.escape(word[place : place + 1]) + _NULL for place in range(len(word))) for word in _WORDS),
    _DIGIT + _POINT + 3 * _DIGIT,
    _DIGIT + _POINT + 2 * _DIGIT + b"[+-]" + _NULL + 3 * _DIGIT,
    _DIGIT + b"," + _NULL + _DIGIT + b"{1,2}" + _POINT + 2 * _DIGIT + b"[NSEW]",
    rb"\$" + _NULL + 2 * (b"[A-Z]" + _NULL) + b"G" + _NULL + 2 * (b"[A-Z]" + _NULL) + b",",
    rb"\$" + _NULL + 2 * (b"[A-Z]" + _NULL) + b"R" + _NULL + b"M" + _NULL + b"C" + _NULL + b",",
)
"""One of these is in everything that NAMES, POSITIONS or DECIMAL match, in ASCII or in UTF-16."""

_CHUNK = 1 << 16
"""Bytes of one stretch."""
_REACH = 96
"""Bytes around a number or a word in which its pattern is looked for; twice that in UTF-16."""
_OVERLAP = 4 * _REACH

_LETTERS = bytes(chr(code).isascii() and chr(code).isalpha() for code in range(256))
_DIGITS = np.array([0x30 <= code <= 0x39 for code in range(256)])


def texts(data: Buffer) -> Iterator[bytes]:
    """The surroundings of numbers with decimals and of long words in `data`, wherever one of them may tell a place.

    UTF-16 is read as well, with its zero bytes left out. Overlapping surroundings are one text.
    """
    for chunk in _telling_stretches(data):
        yield from _windows(chunk)
        for parity in (0, 1):
            yield from _windows(chunk[parity::2])


def _telling_stretches(data: Buffer) -> Iterator[bytes]:
    """The stretches of `data`, each a little longer than _CHUNK, in which the quick search finds anything."""
    with memoryview(data) as view:
        for start in range(0, len(view), _CHUNK):
            with view[start : start + _CHUNK + _OVERLAP] as stretch:
                chunk = bytes(stretch) if _telling().touches(stretch) else b""
            if chunk:
                yield chunk


@cache
def _telling() -> Search:
    """The search for what may tell a place; compiling it takes longer than reading a photograph."""
    return Search(_BEGINNINGS, hyperscan.HS_FLAG_CASELESS)


def _windows(chunk: bytes) -> Iterator[bytes]:
    values = np.frombuffer(chunk, np.uint8)
    run = np.frombuffer(chunk.translate(_LETTERS), np.bool_)
    for step in (1, 2):
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
