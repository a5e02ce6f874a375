"""MPEG-1, MPEG-2 (ISO/IEC 11172-2, 13818-2) and MPEG-4 part 2 (14496-2): elements behind start codes.

Slices and planes are opaque; of every other element the length is known, and behind it only zeros may stand. A packet
of MPEG-4 part 2 holds each kind of header once, and one plane, or a second one that is predicted in both directions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from redact.checks.reading import Flaw

Content: TypeAlias = Callable[[bytes], bool]
"""True when the content of an element is allowed."""


@dataclass(frozen=True)
class Codes:
    """The start codes of a standard that may stay, and what may follow each.

    tiny:   packets of so many bytes stand alone
    crowds: what packets may be made up of: code and content of each element in order
    """

    allowed: Mapping[int, Content]
    tiny: int
    crowds: Callable[[Sequence[bytes]], bool]


def rule(codes: Codes, configuration: bytes) -> Callable[[bytes], bool]:
    """What tells whether a packet holds pictures alone. Raises Flaw for a configuration with more than headers."""
    _demand_elements(codes, configuration)

    def alone(packet: bytes) -> bool:
        if len(packet) > codes.tiny:
            _demand_elements(codes, packet)
        return True

    return alone


def _demand_elements(codes: Codes, packet: bytes) -> None:
    before, *elements = packet.split(b"\0\0\1")
    if before:
        message = "bytes stand before the first start code"
        raise Flaw(message)
    for element in elements:
        known = codes.allowed.get(element[0]) if element else None
        if known is None or not known(element[1:]):
            message = f"an element {element[:1].hex()} holds something that is not allowed"
            raise Flaw(message)
    if not codes.crowds(elements):
        message = "a packet holds more than one picture"
        raise Flaw(message)


def _anything(_content: bytes) -> bool:
    return True


def _any_number(_elements: Sequence[bytes]) -> bool:
    return True


def _one_plane(elements: Sequence[bytes]) -> bool:
    """One plane, or one with a second of type 2 behind it; one object, one layer, and one of each other header."""
    planes = [each[1] >> 6 for each in elements if each[:1] == b"\xb6" and len(each) > 1]
    kinds = [min(each[0] >> 5, 1) if each[0] < 0x30 else each[:5] if each[0] == 0xB2 else each[0] for each in elements]
    headers = [kind for kind in kinds if kind != 0xB6]
    return len(planes) < 2 + (planes[1:] == [2] and planes[0] != 2) and len(set(headers)) == len(headers)


class _Reader:
    """Takes numbers from a header in order. Raises Flaw behind its end."""

    def __init__(self, content: bytes) -> None:
        self.bits = "".join(f"{octet:08b}" for octet in content[:256])
        self.place = 0

    def number(self, count: int) -> int:
        self.place += count
        if self.place > len(self.bits):
            message = "the header of a layer is cut"
            raise Flaw(message)
        return int("0" + self.bits[self.place - count : self.place], 2)

    def skip_where(self, flag: int, count: int) -> None:
        """Pass over so many bits where the next one is that flag."""
        if self.number(1) == flag:
            self.number(count)


def _layer(content: bytes) -> bool:
    """The header of a rectangular layer (14496-2 6.2.3) to its end, and zeros."""
    header = _Reader(content)
    studio = header.number(9) & 0xFF == 14
    edition = header.number(7) >> 3 if header.number(1) else 1
    if header.number(4) == 15:
        header.number(16)
    if header.number(1):
        header.number(3)
        header.skip_where(1, 79)
    shape, _, ticks, _ = header.number(2), header.number(1), header.number(16), header.number(1)
    header.skip_where(1, max(1, (ticks - 1).bit_length()))
    header.number(31)
    sprite = header.number(1 if edition == 1 else 2)
    header.number({1: 4 * 14 + 10, 2: 9}.get(sprite, 0))
    header.skip_where(1, 8)
    if header.number(1):
        for _ in range(2):
            values = header.number(1) * 64
            while values and header.number(8):
                values -= 1
    header.number(0 if edition == 1 else 1)
    _workload(header)
    header.number(1)
    header.skip_where(1, 1)
    if edition != 1:
        header.skip_where(1, 3)
        header.number(1)
    on_another = header.number(1)
    return not (studio or shape or on_another) and not any(content[header.place // 8 + 1 :])


def _workload(header: _Reader) -> None:
    """What it says of how much work decoding is."""
    method = 2 if header.number(1) else header.number(2)
    if method > 1:
        return
    header.skip_where(0, 6)
    header.skip_where(0, 4)
    header.number(1)
    header.skip_where(0, 4)
    header.skip_where(0, 6)
    header.number(1)
    if method:
        header.skip_where(0, 2)


def _up_to(size: int) -> Content:
    return lambda content: not any(content[size:])


def _picture(content: bytes) -> bool:
    """10 bits of number, 3 of type, 16 of delay, vectors as the type has them, and no extra information."""
    bits = 29 + {2: 4, 3: 8}.get(content[1] >> 3 & 7, 0)
    return not int.from_bytes(content[:5].ljust(5, b"\0"), "big") & (1 << 40 - bits) - 1 and not any(content[5:])


def _sequence(content: bytes) -> bool:
    """64 bits, the last two but one of which announce tables of 64 bytes each."""
    size = 8 + 64 * (content[7] >> 1 & 1)
    size += 64 * (content[size - 1] & 1) if len(content) >= size else 0
    return not any(content[size:])


def _group(content: bytes) -> bool:
    """A time of zero, with the one bit in it that is always set, and two flags."""
    return not content or (content[:3] == b"\0\x08\0" and not content[3] & 0x9F and not any(content[4:]))


def _extension(content: bytes) -> bool:
    size = {1: 6, 2: 8, 3: 257, 7: 14, 8: 7}.get(content[0] >> 4)
    return size is not None and not any(content[size:])


_ENCODERS = {
    b"DivX": re.compile(rb"(4[01][0-9]|50[0-9]|999)(b|Build)[0-9]{1,4}p?"),
    b"XviD": re.compile(rb"00[0-9]{2}C?"),
    b"Lavc": re.compile(rb"[4-7][0-9]\.[0-9]{1,3}\.[0-9]{1,3}"),
}
"""An encoder's name -> the form of its version."""
_MOST_IN_BUILD = 2999
_MOST_IN_VERSION = (79, 199, 139)


def _encoder(content: bytes) -> bool:
    """A name and version that decoders look for, to round as that encoder did; no number beyond those there are."""
    text = content.rstrip(b"\0")
    form = _ENCODERS.get(text[:4])
    if form is None or not form.fullmatch(text[4:]):
        return False
    numbers = [int(number) for number in re.findall(rb"[0-9]+", text)]
    if text[:1] == b"L":
        # Since 2012 the last number begins at a hundred.
        return all(map(int.__le__, numbers, _MOST_IN_VERSION)) and not 9 < numbers[2] < 100
    return text[:1] == b"X" or numbers[-1] <= _MOST_IN_BUILD


VIDEO = Codes(
    {
        0x00: _picture,
        **dict.fromkeys(range(0x01, 0xB0), _anything),
        0xB3: _sequence,
        0xB5: _extension,
        0xB7: _up_to(0),
        0xB8: _group,
    },
    tiny=0,
    crowds=_any_number,
)
PART_2 = Codes(
    {
        **dict.fromkeys(range(0x20), _up_to(0)),
        **dict.fromkeys(range(0x20, 0x30), _layer),
        0xB0: _up_to(1),
        0xB1: _up_to(0),
        0xB2: _encoder,
        0xB3: _up_to(3),
        0xB5: _up_to(5),
        0xB6: _anything,
    },
    tiny=1,
    crowds=_one_plane,
)
