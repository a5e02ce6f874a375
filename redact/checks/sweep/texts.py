"""Text in any bytes that may tell a place.

Only stretches in which the quick search finds anything are read as text (see `quick`), and what is in them is cut out
for exact patterns to be tried on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

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
    rb"|adobe\.com/(?:xap|xmp|exif)|x(?:ap|mp)meta|xpacket|motionphoto|gcamera:|openstreetmap"
)
"""Names of location fields and of the carriers they travel in, in lower case, each with four letters in a row."""

_FIGURES = re.compile(rb"\d\.\d\d|\$[A-Z]{2}")
"""In everything that POSITIONS matches, and found ten times as fast."""

_REACH = 96
"""Bytes around a number or a word in which its pattern is looked for; twice that in UTF-16."""

_LETTERS = bytes(chr(code).isascii() and chr(code).isalpha() for code in range(256))
_DIGITS = np.array([0x30 <= code <= 0x39 for code in range(256)])


def texts(stretches: Iterable[bytes]) -> Iterator[bytes]:
    """The surroundings of numbers with decimals and of long words, wherever one of them may tell a place.

    UTF-16 is read as well, with its zero bytes left out. Overlapping surroundings are one text.
    """
    for stretch in stretches:
        yield from _windows(stretch)
        for parity in (0, 1):
            yield from _windows(stretch[parity::2])


def positions(text: bytes) -> Iterator[re.Match[bytes]]:
    """Every position that a text tells."""
    return POSITIONS.finditer(text) if _FIGURES.search(text) else iter(())


def is_named(text: bytes) -> bool:
    """True when a text holds the name of a location field or of a carrier, in letters of any size."""
    return NAMES.search(text.lower()) is not None


def _windows(stretch: bytes) -> Iterator[bytes]:
    values = np.frombuffer(stretch, np.uint8)
    run = np.frombuffer(stretch.translate(_LETTERS), np.bool_)
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
        yield stretch[max(first - _REACH, 0) : last + _REACH]
