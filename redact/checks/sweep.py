"""Do the bytes of the copy tell a place, whoever may have put them there?

No parser is involved. Two searches over every byte:

* marks of a place that no clean file holds: names of location fields, position texts (ISO 6709, coordinate pairs,
  NMEA), telemetry signatures, in ASCII and in UTF-16;
* the original's own coordinates, gathered from its bytes, as text, EXIF rationals, doubles and scaled integers.

Compressed data is noise, and noise must not match: every mark fixes at least 7 bytes, which a gigabyte of noise holds
with a chance of 1e-8, or fixes as much by the kinds of its characters. Text is found in two steps: numbers and runs of
letters first, which noise has a few of in a megabyte, then patterns around those places alone; a gigabyte takes half a
minute. What is packed (zlib, base64) is not opened here: the walk of the structure does not let it in.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from redact.checks.evidence import Evidence
from redact.checks.reading import Buffer, Flaw, answered, mapped, mapped_source
from redact.model import Check

NAME = "sweep"

_CHUNK = 1 << 20
"""Bytes at once: the masks of a chunk stay in the cache."""
_REACH = 96
"""Bytes around a number or a word in which its pattern is looked for; twice that in UTF-16."""
_OVERLAP = 4 * _REACH

_MARKS = re.compile(
    rb"gps_?(?:latitude|longitude|position|coordinates|mapdatum|areainformation|processingmethod|dest)"
    rb"|latitude|longitude|quicktime\.location|location\.iso6709|location(?:shown|created)|geotagging"
    rb"|sub-?location|province-?state|country-?(?:name|code|primary)|photoshop ?3\.0|photoshop:(?:city|state|country)"
    rb"|adobe\.com/(?:xap|xmp|exif)|x(?:ap|mp)meta|xpacket|motionphoto|gcamera:|openstreetmap",
    re.IGNORECASE,
)
"""Names of location fields and of the carriers they travel in. Each holds a run of at least _WORD letters."""
_WORD = 7

_POSITIONS = re.compile(
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
_DECIMAL = re.compile(rb"\d{1,3}\.\d{4,}")

_SIGNATURES = (
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

_MOST_NUMBERS = 16
"""Of the original's coordinates so many are looked for; a track of telemetry has thousands, and one would do."""
_MOST_PAIRS = 3
_MOST_BLOCKS = 8
_LONGEST_BLOCK = 1 << 16

_GPS_DIRECTORY, _SIDES = 0x8825, (2, 4)
_TIFF_MARKS = ((b"Exif\0\0", 6), (b"II*\0\x08\0\0\0", 0), (b"MM\0*\0\0\0\x08", 0))
"""What TIFF blocks begin with, and how far before them it stands."""

_LETTERS = bytes(chr(code).isascii() and chr(code).isalpha() for code in range(256))
_DIGITS = np.array([0x30 <= code <= 0x39 for code in range(256)])


@dataclass(frozen=True)
class Binary:
    """A way to write degrees in binary.

    code:  struct's
    scale: what degrees are multiplied by
    fixed: how many leading bytes to search for; the rest may differ by rounding
    """

    name: str
    code: str
    scale: float
    fixed: int

    @property
    def size(self) -> int:
        """Bytes of one number."""
        return struct.calcsize(self.code)

    def lead(self, order: str, value: float) -> bytes:
        """The leading bytes of a number, as they stand in that byte order."""
        whole = struct.pack(">" + self.code, value if self.code == "d" else round(value))[: self.fixed]
        return whole if order == ">" else whole[::-1]

    def read(self, data: Buffer, order: str, start: int) -> float:
        """The number at `start`; infinity where there are not enough bytes."""
        piece = bytes(data[max(start, 0) : max(start, 0) + self.size])
        return float(struct.unpack(order + self.code, piece)[0]) if len(piece) == self.size else float("inf")


_BINARIES = (Binary("doubles", "d", 1, 4), Binary("scaled integers", "i", 1e7, 3))
_SLACK = 3e-6
"""Degrees, a third of a metre: what rounding to a hundredth of a second of arc moves a place by."""


@dataclass(frozen=True)
class Coordinates:
    """The original's own. numbers: degrees, unsigned; pairs: two that belong together; rationals: EXIF's 24 bytes."""

    numbers: tuple[float, ...]
    pairs: tuple[tuple[float, float], ...]
    rationals: tuple[bytes, ...]


def ask(evidence: Evidence) -> Check:
    """Passed when no byte of the copy tells a place: neither a known mark nor one of the source's coordinates."""
    return answered(NAME, lambda: _look(evidence))


def _look(evidence: Evidence) -> str:
    with mapped_source(evidence.source) as source:
        known = coordinates(source)
    with mapped(evidence.copy) as copy:
        found = marks(copy)
        if found:
            message = f"marks of a place: {', '.join(sorted(found))}"
            raise Flaw(message)
        told = told_again(copy, known)
        if told:
            message = f"coordinates of the source, as {', '.join(sorted(told))}"
            raise Flaw(message)
    return f"no mark of a place, none of {len(known.numbers)} known coordinates"


def marks(data: Buffer) -> set[str]:
    """The kinds of marks of a place in `data`."""
    found = {"telemetry or location signature" for signature in _SIGNATURES if data.find(signature) >= 0}
    for text in texts(data):
        if _MARKS.search(text):
            found.add("name of a location field")
        match = _POSITIONS.search(text)
        if match:
            found.add(f"position text ({match.lastgroup})")
    return found


def coordinates(data: Buffer) -> Coordinates:
    """Coordinates told anywhere in `data`: at most _MOST_NUMBERS of them, none that are zero."""
    pairs: dict[tuple[float, float], None] = {}
    numbers: dict[float, None] = {}
    rationals: dict[bytes, None] = {}
    for first, second, raw in _exif_positions(data):
        pairs[first, second] = None
        rationals.update(dict.fromkeys(raw))
    for text in texts(data):
        for match in _POSITIONS.finditer(text):
            told = _degrees(match)
            numbers.update(dict.fromkeys(told))
            if len(told) == 2:
                pairs[told[0], told[1]] = None
        if len(numbers) > _MOST_NUMBERS:
            break
    numbers.update(dict.fromkeys(number for pair in pairs for number in pair))
    real = [number for number in numbers if number > 0.001][:_MOST_NUMBERS]
    both = [pair for pair in pairs if min(pair) > 0.001][:_MOST_PAIRS]
    return Coordinates(tuple(real), tuple(both), tuple(rationals)[:_MOST_NUMBERS])


def told_again(data: Buffer, known: Coordinates) -> set[str]:
    """The ways in which `data` tells any of the known coordinates."""
    found = {"EXIF rationals" for raw in known.rationals if data.find(raw) >= 0}
    for number in _BINARIES:
        if any(_near(data, pair, number) for pair in known.pairs):
            found.add(number.name)
    if known.numbers:
        spelt = {form for number in known.numbers for form in _spellings(number)}
        for text in texts(data):
            if any(_four_decimals(match[0]) in spelt for match in _DECIMAL.finditer(text)):
                found.add("text")
    return found


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


def _degrees(match: re.Match[bytes]) -> tuple[float, ...]:
    """The unsigned degrees a position text tells; empty where it tells none that can be searched for."""
    if match.lastgroup == "sentence":
        return ()
    if match.lastgroup == "minutes":
        whole, _, minutes = match[0][:-1].partition(b",")
        return (int(whole) + float(minutes) / 60,)
    told = [float(number) for number in _DECIMAL.findall(match[0])]
    return tuple(number for number in told if number <= 180)


def _exif_positions(data: Buffer) -> Iterator[tuple[float, float, tuple[bytes, ...]]]:
    """Latitude, longitude and their rationals' bytes, in both byte orders, of every EXIF block in `data`.

    Reads two directories and no more: EXIF readers take minutes over a block that was made to take them.
    """
    for start in _tiff_headers(data):
        block = bytes(data[start : start + _LONGEST_BLOCK])
        try:
            sides = _gps_sides(block)
        except struct.error:
            continue
        if len(sides) == 2:
            first, second = (sum(n / d / 60**place for place, (n, d) in enumerate(side)) for side in sides)
            raw = tuple(struct.pack(order + "6I", *sum(side, ())) for side in sides for order in "<>")
            yield first, second, raw


def _gps_sides(block: bytes) -> list[tuple[tuple[int, int], ...]]:
    """Latitude and longitude of a TIFF block as fractions for degrees, minutes, seconds; those that are not zero."""
    order = "<" if block[:1] == b"I" else ">"
    (first,) = struct.unpack_from(order + "I", block, 4)
    places = [value for tag, value in _entries(block, order, first) if tag == _GPS_DIRECTORY]
    sides = []
    for place in places[:1]:
        for tag, value in _entries(block, order, place):
            numbers = struct.unpack_from(order + "6I", block, value) if tag in _SIDES else ()
            fractions = tuple(zip(numbers[::2], numbers[1::2], strict=True))
            if any(numbers[::2]) and all(numbers[1::2]):
                sides.append(fractions)
    return sides


def _entries(block: bytes, order: str, start: int) -> Iterator[tuple[int, int]]:
    """Tag and value, or value's place, of each entry of a TIFF directory."""
    (untrusted_count,) = struct.unpack_from(order + "H", block, start)
    for number in range(untrusted_count):
        tag, _, _, value = struct.unpack_from(order + "HHII", block, start + 2 + 12 * number)
        yield tag, value


def _tiff_headers(data: Buffer) -> Iterator[int]:
    """Where TIFF blocks may begin: after EXIF's own mark, and wherever a block begins with its first directory."""
    places: list[int] = []
    for mark, length in _TIFF_MARKS:
        place = data.find(mark)
        while place >= 0 and len(places) < _MOST_BLOCKS:
            places.append(place + length)
            place = data.find(mark, place + 1)
    yield from places


def _near(data: Buffer, pair: tuple[float, float], number: Binary) -> bool:
    """True when both of a pair stand within 64 bytes as binary numbers: one alone may be noise."""
    first, second = (abs(degrees) * number.scale for degrees in pair)
    slack = _SLACK * number.scale
    for order in "<>":
        for lead in {number.lead(order, sign * (first + rest)) for sign in (1, -1) for rest in (-slack, 0, slack)}:
            place = data.find(lead)
            while place >= 0:
                start = place - (number.size - number.fixed if order == "<" else 0)
                here = number.read(data, order, start)
                if abs(abs(here) - first) < slack and any(
                    abs(abs(number.read(data, order, start + step)) - second) < slack for step in range(-64, 65)
                ):
                    return True
                place = data.find(lead, place + 1)
    return False


def _spellings(number: float) -> tuple[bytes, bytes]:
    """The number to four decimals, rounded and cut off."""
    return f"{number:.4f}".encode(), f"{int(number * 1e4) / 1e4:.4f}".encode()


def _four_decimals(text: bytes) -> bytes:
    whole, _, decimals = text.partition(b".")
    return b"%d.%s" % (int(whole), decimals[:4])
