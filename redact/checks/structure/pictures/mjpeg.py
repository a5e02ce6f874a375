"""Motion JPEG (ITU-T T.81): one image a packet, or the two fields of a frame that call themselves so.

Coded data is opaque. Every segment is as long as its content, every table is used by a scan before it is defined anew,
and no scan tells again what another one told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from redact.checks.reading import Flaw, take

_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xCB})
_HUFFMAN, _CONDITIONING, _SCAN, _QUANTISATION, _LINES, _INTERVAL = 0xC4, 0xCC, 0xDA, 0xDB, 0xDC, 0xDD
_ENCODERS = frozenset({b"CS=ITU601", b"AVID", b"Intel(R) JPEG Library, version 1"})
_ADOBE = b"Adobe\0\x64\0\0\0\0"
_AFTER_SCAN = re.compile(rb"\xff[^\0\xd0-\xd7\xff]")

_Table: TypeAlias = tuple[int, int]
"""A marker and the number of a table under it."""


def rule(_configuration: bytes) -> Callable[[bytes], bool]:
    """What tells whether a packet holds pictures alone; there is no configuration to be looked at."""
    return _alone


def _alone(packet: bytes) -> bool:
    place = 0
    images: list[_Image] = []
    while place < len(packet) and len(images) < 2:
        image = _Image()
        place = image.walk(packet, place)
        images.append(image)
    if place != len(packet):
        message = "bytes stand behind the end of an image"
        raise Flaw(message)
    return len(images) < 2 or (images[0].size == images[1].size and {image.order for image in images} == {1, 2})


@dataclass
class _Image:
    """What has been read of an image.

    process:    marker of the frame header; 0 before it
    components: identifier -> its quantisation table
    fresh:      table -> whether a scan has used it
    told:       (component, coefficient) -> bits of it that are still to come
    order:      which field it says it is
    """

    process: int = 0
    size: bytes = b""
    components: dict[int, int] = field(default_factory=dict)
    fresh: dict[_Table, bool] = field(default_factory=dict)
    told: dict[tuple[int, int], int] = field(default_factory=dict)
    seen: set[bytes] = field(default_factory=set)
    scans: int = 0
    order: int = 0

    def walk(self, packet: bytes, place: int) -> int:
        """Where the image ends that begins there. Raises Flaw unless all of its segments are allowed."""
        if take(packet, place, 2, len(packet)) != b"\xff\xd8":
            message = "no image begins where one should"
            raise Flaw(message)
        place, before = place + 2, 0
        while (marker := take(packet, place, 2, len(packet))) != b"\xff\xd9":
            length = int.from_bytes(take(packet, place + 2, 2, len(packet)), "big")
            body = take(packet, place + 4, length - 2, len(packet))
            place += 2 + length
            if marker[0] != 0xFF or not self._allows(marker[1], body, before):
                message = f"segment {marker.hex()} is not allowed"
                raise Flaw(message)
            before = marker[1]
            if before == _SCAN:
                place = _end_of_scan(packet, place)
        if not self.scans or not all(self.fresh.values()):
            message = "an image shows nothing, or has a table that it does not use"
            raise Flaw(message)
        return place + 2

    def _allows(self, marker: int, body: bytes, before: int) -> bool:
        if marker >= 0xE0:
            return self._tells(marker, body)
        if marker in _FRAMES:
            return self._frame(marker, body)
        if marker == _SCAN:
            return self._scan(body)
        if marker == _LINES:
            return len(body) == 2 and self.scans == 1 and before == _SCAN
        return all(self._defines((marker, number)) for number in _numbers(marker, body))

    def _tells(self, marker: int, body: bytes) -> bool:
        """True for what decoders go by, told once."""
        once = bytes((marker,)) + body[:4]
        if once in self.seen:
            return False
        self.seen.add(once)
        if marker == 0xE0 and body[:4] == b"AVI1":
            self.order = body[4]
            return len(body) == 14 and body[4] < 3 and not any(body[5:])
        if marker == 0xE0:
            return body[:5] == b"JFIF\0" and len(body) == 14 and not any(body[12:])
        return (body[:-1] == _ADOBE) if marker == 0xEE else (marker == 0xFE and body in _ENCODERS)

    def _frame(self, marker: int, body: bytes) -> bool:
        if self.process or not 1 <= body[5] <= 4 or len(body) != 6 + 3 * body[5]:
            return False
        self.process, self.size = marker, body[1:5]
        self.components = {body[at]: body[at + 2] for at in range(6, len(body), 3)}
        return len(self.components) == body[5] and all(number < 4 for number in self.components.values())

    def _defines(self, table: _Table) -> bool:
        if not self.fresh.get(table, True):
            return False
        self.fresh[table] = False
        return True

    def _scan(self, body: bytes) -> bool:
        """True for a scan of coefficients that are still to come; the tables that it reads are used then."""
        count = body[0]
        first, last, high, low = body[-3], body[-2], body[-1] >> 4, body[-1] & 15
        names, chosen = body[1 : 2 * count : 2], body[2 : 1 + 2 * count : 2]
        self.scans += 1
        if len(body) != 4 + 2 * count or not 1 <= count <= 4 or len(set(names)) != count:
            return False
        progressive, lossless = self.process in (0xC2, 0xCA), self.process in (0xC3, 0xCB)
        if lossless or not progressive:
            orderly = (first < 8 and not last and not high) if lossless else (first, last, high, low) in _WHOLE
            first, last, high, low = 0, 0, 0, 0
        else:
            orderly = first <= last < 64 and (count == 1 if first else not last)
        entropy = _CONDITIONING if self.process in (0xC9, 0xCA, 0xCB) else _HUFFMAN
        for name, table in zip(names, chosen, strict=True):
            read = [(_INTERVAL, 0), (_QUANTISATION, self.components[name])]
            read += [] if progressive and (first or high) else [(entropy, table >> 4)]
            read += [] if lossless or (progressive and not first) else [(entropy, 0x10 | table & 15)]
            self.fresh.update(dict.fromkeys((each for each in read if each in self.fresh), True))
            for number in range(first, last + 1):
                orderly &= self.told.get((name, number)) == (high or None) and (not high or low == high - 1)
                self.told[name, number] = low
        return orderly


_WHOLE = frozenset({(0, 63, 0, 0), (0, 0, 0, 0)})
"""What scans of a sequential image say of their coefficients: that these are all."""


def _numbers(marker: int, body: bytes) -> Iterator[int]:
    """The numbers of the tables in a segment, which they fill. Raises Flaw where they do not."""
    if marker == _INTERVAL and len(body) == 2:
        yield 0
        return
    place = 0
    while place < len(body) and marker in (_HUFFMAN, _CONDITIONING, _QUANTISATION) and not body[place] & 0xEC:
        head = body[place]
        yield head & 3 if marker == _QUANTISATION else head
        if marker == _HUFFMAN:
            place += 17 + sum(body[place + 1 : place + 17])
        elif marker == _QUANTISATION:
            place += 129 if head & 0x10 else 65
        else:
            value = body[place + 1]
            place += 2 if (1 <= value <= 63 if head & 0x10 else value & 15 <= value >> 4) else len(body)
    if place != len(body) or not body:
        message = f"tables do not fill their segment {marker:02x}"
        raise Flaw(message)


def _end_of_scan(packet: bytes, place: int) -> int:
    """Where coded data ends: at a marker that is neither a stuffed byte nor a restart, and that nothing fills up to."""
    found = _AFTER_SCAN.search(packet, place)
    end = found.start() if found else len(packet)
    if end > place and packet[end - 1] == 0xFF:
        message = "coded data is filled up before a marker"
        raise Flaw(message)
    return end
