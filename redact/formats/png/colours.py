"""What a PNG says of its colours (PNG, 11.3.2), in numbers that have room for nothing else.

Location hides in numbers as well: eight of cHRM hold 32 bytes of text, and hardly anything looks at them. So each has
to be one that a picture can need, and is rounded to what its kind is told by: chromaticities to four decimals, those of
a screen to three (its white to four), luminances to three digits, a gamma to three digits or one over three digits, as
1/2.2 is. The numbers of well-known spaces stay as they are.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping

from redact.formats.bounded import inflate
from redact.formats.carriers import icc
from redact.formats.png.chunks import written
from redact.formats.png.header import GREY, GREY_ALPHA, INDEXED, TRUE, TRUE_ALPHA, Header
from redact.formats.png.parsed import Picture

_SIGNIFICANT = {GREY: 1, TRUE: 3, INDEXED: 3, GREY_ALPHA: 2, TRUE_ALPHA: 4}

_PRIMARIES = frozenset((1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 22))
_TRANSFERS = frozenset((1, 2, *range(4, 19)))
_LEAST_GAMMA, _MOST_GAMMA = 10_000, 1_000_000
_HUNDRED_THOUSAND = 100_000
_FIFTY_THOUSAND = 50_000
_CANDELA = 10_000
"""A candela to the square metre, in the unit of mDCV and cLLI."""
_BRIGHTEST, _BRIGHTEST_BLACK = 10_000 * _CANDELA, 5 * _CANDELA


def chunks(original: Picture, shown: Picture) -> Iterator[bytes]:
    """What the numbers mean as colours, where that is still true of the shown picture."""
    for name in NAMES:
        payload = original.payload(name)
        told = None if payload is None else _told(name, payload, original.header, shown.header)
        if told is not None:
            yield written(name, told)


def profile_in(payload: bytes) -> bytes | None:
    """The profile in an iCCP, whatever its name is; None where it cannot be unpacked."""
    _, _, rest = payload.partition(b"\0")
    return inflate(rest[1:], icc.LARGEST_PROFILE_BYTES) if rest[:1] == b"\0" else None


def _told(name: bytes, payload: bytes, was: Header, now: Header) -> bytes | None:
    """What may stay of a chunk; None where it is unsound, or does not speak of the samples of now."""
    if name == b"iCCP":
        return _profile(payload) if was.grey == now.grey else None
    if name == b"sBIT":
        same_samples = (was.colour_type, was.depth) == (now.colour_type, now.depth)
        return payload if same_samples and _counts_bits(payload, now) else None
    size, read = _NUMBERS[name]
    return read(payload) if len(payload) == size else None


def _profile(payload: bytes) -> bytes | None:
    """An iCCP payload with the same profile under a name that says nothing; None where it holds no sound one."""
    plain = profile_in(payload)
    profile = None if plain is None else icc.profile(plain)
    return None if profile is None else b"ICC profile\0\0" + zlib.compress(profile)


def _counts_bits(payload: bytes, header: Header) -> bool:
    """True when each channel has a number of bits that a sample can have."""
    depth = 8 if header.colour_type == INDEXED else header.depth
    return len(payload) == _SIGNIFICANT[header.colour_type] and all(1 <= bits <= depth for bits in payload)


def _code_points(payload: bytes) -> bytes | None:
    """`cICP`: numbers of ITU-T H.273; the matrix is none, since a PNG holds red, green and blue."""
    primaries, transfer, matrix, full = payload
    return payload if primaries in _PRIMARIES and transfer in _TRANSFERS and not matrix and full < 2 else None


def _mastering(payload: bytes) -> bytes | None:
    """`mDCV`: primaries and white of a screen in 1/50000, its most and least luminance."""
    *points, most, least = struct.unpack(">8HII", payload)
    most, least = _three_digits(most), _digits(least, 2)
    points = [*(_rounded(each, 50) for each in points[:6]), *(_rounded(each, 5) for each in points[6:])]
    fits = _are_chromaticities(points, _FIFTY_THOUSAND) and least <= min(most, _BRIGHTEST_BLACK) and most <= _BRIGHTEST
    return struct.pack(">8HII", *points, most, least) if fits else None


def _light(payload: bytes) -> bytes | None:
    """`cLLI`: most and average luminance of what is shown."""
    most, average = (_three_digits(each) for each in struct.unpack(">II", payload))
    return struct.pack(">II", most, average) if average <= most <= _BRIGHTEST else None


def _intent(payload: bytes) -> bytes | None:
    """`sRGB`: one of four rendering intents."""
    return payload if payload[0] < 4 else None


def _gamma(payload: bytes) -> bytes | None:
    """`gAMA`: an exponent in 1/100000."""
    (told,) = struct.unpack(">I", payload)
    if not _LEAST_GAMMA <= told <= _MOST_GAMMA:
        return None
    inverse = _three_digits(_quotient(_HUNDRED_THOUSAND**2, told))
    nearest = min(_three_digits(told), _quotient(_HUNDRED_THOUSAND**2, inverse), key=lambda each: abs(each - told))
    return struct.pack(">I", nearest)


def _chromaticities(payload: bytes) -> bytes | None:
    """`cHRM`: white and the three primaries in 1/100000."""
    points = [_rounded(each, 10) for each in struct.unpack(">8I", payload)]
    return struct.pack(">8I", *points) if _are_chromaticities(points, _HUNDRED_THOUSAND) else None


def _are_chromaticities(points: list[int], one: int) -> bool:
    """True for pairs of x and y that a light can have, though a primary may be one that no light has."""
    pairs = list(zip(points[::2], points[1::2], strict=True))
    whites = pairs[-1:] if one == _FIFTY_THOUSAND else pairs[:1]
    return max(points) <= one and all(x and y and x + y <= one for x, y in whites)


def _rounded(number: int, step: int) -> int:
    return _quotient(number, step) * step


def _quotient(above: int, below: int) -> int:
    """The nearest whole number, a half upwards."""
    return (2 * above + below) // (2 * below)


def _three_digits(number: int) -> int:
    return _digits(number, 3)


def _digits(number: int, count: int) -> int:
    """The nearest number with so many digits that are not 0."""
    return _rounded(number, 10 ** max(len(str(number)) - count, 0))


_NUMBERS: Mapping[bytes, tuple[int, Callable[[bytes], bytes | None]]] = {
    b"cICP": (4, _code_points),
    b"mDCV": (24, _mastering),
    b"cLLI": (8, _light),
    b"sRGB": (1, _intent),
    b"gAMA": (4, _gamma),
    b"cHRM": (32, _chromaticities),
}
"""Name -> bytes of its payload, and what may stay of it."""

NAMES = (b"cICP", b"mDCV", b"cLLI", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"sBIT")
"""The chunks about colour, in the order in which they are written."""
