"""ITU-T T.35 messages that change how pictures are shown, from SMPTE ST 2094-40 and ETSI GS CCM 001.

Their envelope may hold anything, so they are read to their last bit: HDR10+ is of one window without tables of
luminances, keeps its bounds and ends where its own numbers say; a reference unit of Dolby Vision begins with a header
of plausible numbers and ends with its checksum.
"""

from __future__ import annotations

from collections.abc import Iterator

_LONGEST = 1024
_HDR10_PLUS = bytes.fromhex("b5003c000104")
_DOLBY = bytes.fromhex("b5003b00000800")
_POLYNOMIAL = 0x04C11DB7


def hdr10_plus(message: bytes) -> bool:
    """True for HDR10+ and nothing behind it."""
    if message[:6] != _HDR10_PLUS or len(message) > _LONGEST:
        return False
    text = "".join(f"{octet:08b}" for octet in message[6:])
    try:
        end = _hdr10_plus_bits(text)
    except ValueError:
        return False
    return end <= len(text) < end + 8 and "1" not in text[end:]


def _hdr10_plus_bits(text: str) -> int:
    """Where the message ends. Raises ValueError when it has no end, or a number beyond its bounds."""
    _demand(int(text[:8], 2) <= 1 and text[8:10] == "01" and int(text[10:37], 2) <= 10_000 and text[37] == "0")
    place = 38
    for _ in range(4):
        _demand(int(text[place : place + 17], 2) <= 100_000)
        place += 17
    count, place, before = int(text[place : place + 4], 2), place + 4, 0
    for _ in range(count):
        share = int(text[place : place + 7], 2)
        _demand(before <= share <= 100 and int(text[place + 7 : place + 24], 2) <= 100_000)
        before, place = share, place + 24
    _demand(int(text[place : place + 10], 2) <= 1000 and text[place + 10 : place + 11] == "0")
    place += 11
    if text[place : place + 1] == "1":
        place += 24
        place += 4 + 10 * int(text[place + 1 : place + 5], 2) + 1
    else:
        place += 1
    return place + (7 if text[place : place + 1] == "1" else 1)


def _demand(held: object) -> None:
    if not held:
        message = "a number is beyond its bounds"
        raise ValueError(message)


def dolby_vision(message: bytes) -> bool:
    """True for a reference unit of Dolby Vision in the envelope that AV1 gives it."""
    if message[:7] != _DOLBY or len(message) > _LONGEST:
        return False
    bits = iter("".join(f"{octet:08b}" for octet in message[7:]))
    try:
        opening = _number(bits, 10) == 0b00110_11111 and _grouped(bits, 5) == 225 and _number(bits, 5) == 1
        size = _grouped(bits, 8)
        unit = bytes([_number(bits, 8) for _ in range(min(size, _LONGEST))])
        closing = _number(bits, 17) == 1 << 10
    except StopIteration:
        return False
    return opening and closing and "1" not in bits and _is_reference(unit)


def reference_unit(content: bytes) -> bool:
    """True for a reference unit of Dolby Vision as HEVC carries it, behind the unit's header."""
    return content[:1] == b"\x19" and len(content) <= _LONGEST and _is_reference(content[1:])


def _is_reference(unit: bytes) -> bool:
    try:
        return _sums_to_nothing(unit) and _begins_plausibly(iter("".join(f"{octet:08b}" for octet in unit)))
    except StopIteration:
        return False


def _begins_plausibly(bits: Iterator[str]) -> bool:
    """True for type 2, a known profile and level, fractions and depths that a decoder takes (ETSI GS CCM 001, 5.3)."""
    if _number(bits, 6) != 2 or _number(bits, 11) & 0x700 or _number(bits, 4) > 2 or _number(bits, 4) > 2:
        return False
    if not _number(bits, 1):
        return True
    floats = _number(bits, 3) & 3
    if floats > 1 or (not floats and not 13 <= _exponential(bits) <= 32):
        return False
    _number(bits, 3)
    return _exponential(bits) <= 8 and _exponential(bits) % 256 <= 8 and _exponential(bits) <= 8


def _exponential(bits: Iterator[str]) -> int:
    """A number in the code of Golomb."""
    zeros = 0
    while next(bits) == "0":
        zeros += 1
    return (1 << zeros) - 1 + _number(bits, zeros)


def _sums_to_nothing(unit: bytes) -> bool:
    """True when the CRC-32 of MPEG over all but the last byte, which ends it, is zero."""
    if len(unit) < 6 or unit[-1] != 0x80:
        return False
    crc = 0xFFFFFFFF
    for octet in unit[:-1]:
        crc = (crc << 8 & 0xFFFFFFFF) ^ _TABLE[crc >> 24 ^ octet]
    return crc == 0


def _table() -> Iterator[int]:
    for value in range(256):
        crc = value << 24
        for _ in range(8):
            crc = crc << 1 ^ (_POLYNOMIAL if crc & 1 << 31 else 0)
            crc &= 0xFFFFFFFF
        yield crc


_TABLE = tuple(_table())


def _number(bits: Iterator[str], count: int) -> int:
    value = 0
    for _ in range(count):
        value = value << 1 | (next(bits) == "1")
    return value


def _grouped(bits: Iterator[str], width: int) -> int:
    """A number in groups of bits, each with one behind it that tells of another group."""
    value = _number(bits, width)
    while _number(bits, 1):
        value = (value + 1 << width) + _number(bits, width)
    return value
