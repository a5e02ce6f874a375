"""ITU-T T.35 messages that tell how single scenes are to be shown: HDR10+ and Dolby Vision, the same in every coding.

T.35 is an envelope for anybody's bytes, so an envelope stays only where its content is what it says. HDR10+ (SMPTE
ST 2094-40) is read bit by bit to its end: its numbers keep the standard's bounds, and it has neither parts of a picture
nor tables of a display's luminances, which no film of HDR10+ has and which take 300 bytes of anything. Dolby Vision
(ETSI GS CCM 001) has a header that its decoders take, is no longer than such units are, and ends with a checksum that
holds. The curves between are numbers without bounds: who computes a checksum can write there.
"""

from __future__ import annotations

import zlib

from redact.formats.codings.bits import Bits

HDR10_PLUS = b"\xb5\0\x3c\0\1\4"
"""Country (United States), provider (Samsung), its code, and application 4."""

DOLBY_VISION = b"\xb5\0\x3b\0\0\x08\0"
"""Country, provider (Dolby), and its code for pictures' metadata, as AV1 carries it."""

_MOST_BYTES = 1024
_HDR10_PLUS_VERSION_MOST = 1
_NITS_MOST, _LINEAR_MOST, _PERCENT, _BRIGHT_PIXELS_MOST = 10_000, 100_000, 100, 1000
_RPU_PREFIX = 25
_RPU_END = 0x80
_RPU_TYPE, _OTHER_FORMATS, _RPU_PROFILE_MOST, _RPU_LEVEL_MOST = 2, 0x700, 2, 2
_FRACTION_BITS = range(13, 33)
_DEPTH_MOST = 8
"""Bits of a sample beyond eight."""
_CHECKSUM_HOLDS = 0xFFFFFFFF
_MIRRORED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))


def name_of(message: bytes) -> str:
    """What a message that may stay is called; empty for any other."""
    if is_hdr10_plus(message):
        return "HDR10+"
    return "Dolby Vision RPU" if is_dolby_vision(message) else ""


def is_hdr10_plus(message: bytes) -> bool:
    """True for the metadata of a whole picture in the syntax of ST 2094-40, with nothing behind it but zero bits."""
    if not message.startswith(HDR10_PLUS) or len(message) > _MOST_BYTES:
        return False
    bits = Bits(message[len(HDR10_PLUS) :])
    try:
        fits = _is_plausible(bits)
    except EOFError:
        return False
    return fits and bits.left < 8 and not bits.take(bits.left)


def is_dolby_vision(message: bytes) -> bool:
    """True for a reference processing unit in the EMDF container of ETSI TS 103 190-1 annex H."""
    if not message.startswith(DOLBY_VISION) or len(message) > _MOST_BYTES:
        return False
    bits = Bits(message[len(DOLBY_VISION) :])
    try:
        # Version 0, key 6, payload 31 + 225 = 256, four flags off and one on.
        fits = bits.take(10) == 6 << 5 | 31 and bits.variable(5) == 225 and bits.take(5) == 1
        size = bits.variable(8)
        unit = bits.take(8 * size).to_bytes(size, "big") if fits and size <= _MOST_BYTES else b""
        ends = bits.take(17) == 0x400
    except EOFError:
        return False
    return ends and not bits.take(bits.left) and _is_reference(unit)


def is_reference_unit(content: bytes) -> bool:
    """True for a reference processing unit as HEVC carries it, behind a unit's header."""
    return content[:1] == bytes((_RPU_PREFIX,)) and len(content) <= _MOST_BYTES and _is_reference(content[1:])


def _is_reference(unit: bytes) -> bool:
    try:
        return _is_sealed(unit) and _has_header(Bits(unit))
    except EOFError:
        return False


def _has_header(bits: Bits) -> bool:
    """True for an rpu_data_header of the kind of today's films (ETSI GS CCM 001 5.3.2): one for eight bits and more."""
    fits = bits.take(6) == _RPU_TYPE and not bits.take(11) & _OTHER_FORMATS
    fits &= bits.take(4) <= _RPU_PROFILE_MOST and bits.take(4) <= _RPU_LEVEL_MOST
    if not bits.take(1):
        return fits
    bits.take(1)
    coefficients = bits.take(2)
    fits &= coefficients <= 1 and (coefficients == 1 or bits.golomb() in _FRACTION_BITS)
    bits.take(2 + 1)
    depths = bits.golomb(), bits.golomb() & 0xFF, bits.golomb()
    return fits and max(depths) <= _DEPTH_MOST


def _is_sealed(unit: bytes) -> bool:
    """True when the last four bytes but one are the CRC-32 (most significant bit first) of all before them."""
    return len(unit) > 5 and unit[-1] == _RPU_END and zlib.crc32(unit[:-1].translate(_MIRRORED)) == _CHECKSUM_HOLDS


def _is_plausible(bits: Bits) -> bool:
    """Take a message of HDR10+ apart: is each number within its bounds? Raises EOFError when it ends too early."""
    fits = bits.take(8) <= _HDR10_PLUS_VERSION_MOST and bits.take(2) == 1
    fits &= bits.take(27) <= _NITS_MOST and not bits.take(1)
    fits &= max([bits.take(17) for _ in range(3 + 1)]) <= _LINEAR_MOST
    shares = []
    for _ in range(bits.take(4)):
        shares.append(bits.take(7))
        fits &= bits.take(17) <= _LINEAR_MOST
    fits &= shares == sorted(shares) and max(shares, default=0) <= _PERCENT
    fits &= bits.take(10) <= _BRIGHT_PIXELS_MOST and not bits.take(1)
    if bits.take(1):
        bits.take(12 + 12)
        bits.take(10 * bits.take(4))
    if bits.take(1):
        bits.take(6)
    return fits
