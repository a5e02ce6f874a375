"""The quick search: which stretches of a file are worth a closer look, found without reading all of it as text.

One search for what every position, every name of a location field and every signature of telemetry holds passes over
compressed data, where it finds some ten places in a gigabyte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

import hyperscan

from redact.checks.reading import Buffer, Trail
from redact.checks.sweep.search import Search, literal

SIGNATURES = (
    b"loci\0\0\0\0",  # 3GPP location box
    b"GPS5l\x14\0",  # GoPro GPMF
    b"drone-dji:",
    b"http://www.dji.com/drone-dji",
    b"http://ns.adobe.com/",
    b"GImage:Data",
    b"GDepth:Data",
    b"MPF\0II*\0",
    b"MPF\0MM\0*",
    b"8db42d694ccc418790edff439fe026bf",  # Insta360 trailer
    bytes.fromhex("060e2b34020b01010e01030101000000"),  # MISB ST 0601
)
"""What telemetry and carriers of locations begin with."""

_NULL = rb"\x00?"
"""What UTF-16 puts between two letters."""
_DIGIT = b"(?:[0-9]" + _NULL + b")"
_POINT = rb"\." + _NULL
_WORDS = (
    b"latitude", b"longitude", b"location", b"position", b"coordinates", b"mapdatum", b"areainformation",
    b"processingmethod", b"gpsdest", b"gps_dest", b"geotagging", b"province", b"country", b"photoshop", b"adobe.com",
    b"xapmeta", b"xmpmeta", b"xpacket", b"motionphoto", b"gcamera", b"openstreetmap",
)  # fmt: skip
"""One of these is in everything that NAMES of `texts` matches."""
_BEGINNINGS = (
    *(b"".join(re.escape(word[place : place + 1]) + _NULL for place in range(len(word))) for word in _WORDS),
    _DIGIT + _POINT + 3 * _DIGIT,
    _DIGIT + _POINT + 2 * _DIGIT + b"[+-]" + _NULL + 3 * _DIGIT,
    _DIGIT + b"," + _NULL + _DIGIT + b"{1,2}" + _POINT + 2 * _DIGIT + b"[NSEW]",
    rb"\$" + _NULL + 2 * (b"[A-Z]" + _NULL) + b"G" + _NULL + 2 * (b"[A-Z]" + _NULL) + b",",
    rb"\$" + _NULL + 2 * (b"[A-Z]" + _NULL) + b"R" + _NULL + b"M" + _NULL + b"C" + _NULL + b",",
)
"""One of these is in everything that NAMES, POSITIONS or DECIMAL of `texts` match, in ASCII or in UTF-16."""

_STRETCH = 1 << 16
_OVERLAP = 384
"""Bytes by which a stretch reaches into the next: twice what is looked at around a number or a word, in UTF-16."""


def telling(data: Buffer) -> Iterator[int]:
    """Where each of the stretches of `data` begins in which the quick search finds anything."""
    trail = Trail(data)
    with memoryview(data) as view:
        for start in range(0, len(view), _STRETCH):
            trail.reach(start)
            with view[start : start + _STRETCH + _OVERLAP] as stretch:
                tells = _search().touches(stretch)
            if tells:
                yield start
        trail.end(len(view))


def stretches(data: Buffer, starts: Iterable[int]) -> Iterator[bytes]:
    """The stretches of `data` that begin at these places, each a little longer than up to the next one."""
    trail = Trail(data)
    for start in starts:
        trail.reach(start)
        yield bytes(data[start : start + _STRETCH + _OVERLAP])


@cache
def _search() -> Search:
    """Compiling it takes longer than reading a photograph."""
    return Search([*_BEGINNINGS, *map(literal, SIGNATURES)], hyperscan.HS_FLAG_CASELESS)
