"""AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1): does it hold a text in its program, or more than itself?"""

from __future__ import annotations

_RESILIENT = (17, 23)
"""LC and LD with two bits about protection, of which none is known here, and maybe four of an extension."""


def allowed(configuration: bytes) -> bool:
    """True for a common kind, with a blank for the comment of its program configuration and nothing behind it."""
    bits = "".join(f"{byte:08b}" for byte in configuration)
    place, kind = _kind(bits, 0)
    place = _rate(bits, place)
    channels, place = bits[place : place + 4], place + 4
    explicit = kind in (5, 29)
    if explicit:
        place, kind = _kind(bits, _rate(bits, place))
    if not 1 <= kind <= 4 and kind not in _RESILIENT:
        return False
    place += 2 if bits[place + 1] == "0" else 16
    extension, place = bits[place] == "1", place + 1
    if channels == "0000":
        place, blank = _program(bits, place)
        if not blank:
            return False
    if kind in _RESILIENT:
        place += 4 * extension + 2
        if bits[place - 2] != "0":
            return False
    if not explicit:
        place = _extension(bits, place)
    return len(bits) - place < 8 and "1" not in bits[place:]


def _kind(bits: str, place: int) -> tuple[int, int]:
    kind = int(bits[place : place + 5], 2)
    return (place + 11, 32 + int(bits[place + 5 : place + 11], 2)) if kind == 31 else (place + 5, kind)


def _rate(bits: str, place: int) -> int:
    return place + (28 if bits[place : place + 4] == "1111" else 4)


def _program(bits: str, place: int) -> tuple[int, bool]:
    """Where a program configuration ends (4.4.1.1), and whether its comment is all zeros."""
    counts = place + 10
    widths = (4, 4, 4, 2, 3, 4)
    numbers = []
    for width in widths:
        numbers.append(int(bits[counts : counts + width], 2))
        counts += width
    front, side, back, low, associated, coupled = numbers
    for width in (4, 4, 3):
        counts += 1 + (width if bits[counts] == "1" else 0)
    counts += 5 * (front + side + back + coupled) + 4 * (low + associated)
    counts += -counts % 8
    length = 8 * int(bits[counts : counts + 8], 2)
    comment = bits[counts + 8 : counts + 8 + length]
    return counts + 8 + length, len(comment) == length and "1" not in comment


def _extension(bits: str, place: int) -> int:
    """Where the mark of high efficiency ends, for decoders that do not know it."""
    if len(bits) - place < 16 or int(bits[place : place + 11], 2) != 0x2B7:
        return place
    place, kind = _kind(bits, place + 11)
    if kind == 5:
        present, place = bits[place], place + 1
        if present == "1":
            place = _rate(bits, place)
            if len(bits) - place >= 12 and int(bits[place : place + 11], 2) == 0x548:
                place += 12
    return place
