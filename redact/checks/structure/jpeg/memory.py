"""What a decoder remembers on its way through a JPEG stream, and what of it its scans ask for (ITU-T T.81).

Nobody sees a table, an interval or a number of lines that no scan asks for: it may be anything. Nor a scan that a later
one repeats: it may be another picture. So every coefficient of a component is coded once, in one scan or,
progressively, to one bit more in each (G.1.1.1.1), and what is defined is asked for before it is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from redact.checks.reading import Buffer, Flaw

FRAME_MARKERS = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xCB})
_PROGRESSIVE, _LOSSLESS = (0xC2, 0xCA), (0xC3, 0xCB)
_DHT, _DAC, _SOS, _DQT, _DNL, _DRI = 0xC4, 0xCC, 0xDA, 0xDB, 0xDC, 0xDD
TABLE_MARKERS = frozenset({_DHT, _DAC, _DQT, _DRI})
_ANY_COMPONENTS = range(1, 5)
_WHOLE_BAND = (0, 63, 0, 0)

Named: TypeAlias = tuple[str, int, int]
"""A part of the file that a picture depends on: what it is called, where it begins and ends."""


@dataclass
class Memory:
    """The tables that are known, by name, and how far each component's coefficients are coded.

    lent:   names that were asked for and are defined elsewhere, if anywhere
    wasted: how many definitions were replaced, or told once more, without anybody having asked for them
    """

    lent: set[str] = field(default_factory=set)
    wasted: int = 0
    _known: dict[str, Named] = field(default_factory=dict)
    _unread: set[str] = field(default_factory=set)
    _frame: bytes = b""
    _coding: int = 0
    _levels: dict[int, list[int | None]] = field(default_factory=dict)
    _scans: int = 0

    @property
    def unread(self) -> frozenset[str]:
        """Names of what is known and was not asked for."""
        return frozenset(self._unread)

    def meet(self, marker: int, data: Buffer, start: int, end: int) -> Iterator[Named]:
        """What a picture depends on by the next segment, whose content is data[start:end].

        A definition is named where a scan asks for it. Raises Flaw for a segment that is malformed or comes too late.
        """
        body = bytes(data[start:end])
        if marker in FRAME_MARKERS:
            self._begin(marker, body)
            yield f"frame {marker:#04x}", start, end
        elif marker == _SOS:
            for name in self._asked(body):
                yield self.ask(name)
            self._demand_conditioning(data)
            yield "scan", start, end
        elif marker == _DNL:
            if self._tells_lines(body):
                yield "lines", start, end
        else:
            for name, size in _definitions(marker, body):
                self._define(name, start, start + size)
                start += size

    def ask(self, name: str) -> Named:
        """Where something is defined; nowhere where it is not."""
        self._unread.discard(name)
        if name not in self._known:
            self.lent.add(name)
        return self._known.get(name, (f"{name}, not here", 0, 0))

    def demand_complete(self) -> None:
        """Raise Flaw unless there was a scan and all that is known was asked for."""
        if not self._scans:
            message = "there is no scan"
            raise Flaw(message)
        if self.wasted or self._unread:
            message = f"{self.wasted + len(self._unread)} tables or intervals are used by no scan"
            raise Flaw(message)

    def _define(self, name: str, start: int, end: int) -> None:
        self.wasted += name in self._unread
        self._unread.add(name)
        self._known[name] = name, start, end

    def _begin(self, marker: int, body: bytes) -> None:
        components = body[6::3]
        if len(body) < 9 or len(body) != 6 + 3 * body[5] or len(set(components)) != body[5]:
            message = "a frame header is not as long as its segment, or names a component twice"
            raise Flaw(message)
        if self._frame or body[5] not in _ANY_COMPONENTS:
            message = "there is more than one frame, or more than a picture has components"
            raise Flaw(message)
        self._frame, self._coding = body, marker
        self._levels = {component: [None] * 64 for component in components}

    def _tells_lines(self, body: bytes) -> bool:
        """True where the number of lines is told for the first time, which is due behind the first scan."""
        if len(body) != 2:
            message = "a line count is not as long as its segment"
            raise Flaw(message)
        if body == self._frame[1:3]:
            self.wasted += 1
            return False
        if self._frame[1:3] != bytes(2) or self._scans != 1:
            message = "there are two line counts"
            raise Flaw(message)
        self._frame = self._frame[:1] + body + self._frame[3:]
        return True

    def _asked(self, body: bytes) -> list[str]:
        """Names of what a scan asks for. Raises Flaw where it is none of this frame, or codes something again."""
        if len(body) < 6 or body[0] not in _ANY_COMPONENTS or len(body) != 4 + 2 * body[0]:
            message = "a scan header is not as long as its segment"
            raise Flaw(message)
        self._scans += 1
        first, last, high, low = body[-3], body[-2], body[-1] >> 4, body[-1] & 15
        self._demand_form(body[0], first, last, high, low)
        if self._coding in _LOSSLESS:
            first, high, low = 0, 0, 0
        names = ["restart interval"]
        for component, tables in zip(body[1:-3:2], body[2:-3:2], strict=True):
            self._code(component, first, last, high, low)
            names += self._tables_of(component, tables, first, high)
        return names

    def _demand_form(self, count: int, first: int, last: int, high: int, low: int) -> None:
        if self._coding in _PROGRESSIVE:
            band = last == 0 if first == 0 else count == 1 and first <= last <= 63
            sound = band and (high == 0 or low == high - 1) and low <= 13
        elif self._coding in _LOSSLESS:
            sound = 1 <= first <= 7 and (last, high) == (0, 0)
        else:
            sound = (first, last, high, low) == _WHOLE_BAND
        if not sound:
            message = "a scan is of no form that its frame has"
            raise Flaw(message)

    def _code(self, component: int, first: int, last: int, high: int, low: int) -> None:
        levels = self._levels.get(component)
        if levels is None:
            message = "a scan is of a component that its frame has not"
            raise Flaw(message)
        expected = high or None
        if any(level != expected for level in levels[first : last + 1]) or (first and levels[0] is None):
            message = "a scan codes again what another one does"
            raise Flaw(message)
        levels[first : last + 1] = [low] * (last + 1 - first)

    def _tables_of(self, component: int, tables: int, first: int, high: int) -> list[str]:
        kind = "Huffman" if self._coding < 0xC8 else "conditioning"
        averages, others = f"{kind} {tables >> 4}", f"{kind} {16 + (tables & 15)}"
        if first or high:
            return [others] if first else []
        if self._coding in _LOSSLESS:
            return [averages]
        quantisation = f"quantisation {self._frame[8 + 3 * list(self._levels).index(component)]}"
        return [quantisation, averages] + ([] if self._coding in _PROGRESSIVE else [others])

    def _demand_conditioning(self, data: Buffer) -> None:
        """Raise Flaw where a scan asks for conditioning that is out of range (T.81, B.2.4.3)."""
        for name, start, end in self._known.values():
            if not name.startswith("conditioning") or name in self._unread:
                continue
            number, value = data[start:end]
            lower, upper = value & 15, value >> 4
            if number & 15 > 3 or not (1 <= value <= 63 if number >> 4 else lower <= upper):
                message = "arithmetic conditioning is out of range"
                raise Flaw(message)


def _definitions(marker: int, body: bytes) -> Iterator[tuple[str, int]]:
    """Names of what a segment defines, and the bytes each of it takes. Raises Flaw unless these fill it."""
    place = 0
    while place < len(body):
        head = body[place]
        if marker == _DQT:
            name, size = f"quantisation {head & 15}", 129 if head >> 4 else 65
        elif marker == _DHT:
            name, size = f"Huffman {head}", 17 + sum(body[place + 1 : place + 17])
        elif marker == _DAC:
            name, size = f"conditioning {head}", 2
        else:
            name, size = "restart interval", 2
        place += size
        if place <= len(body):
            yield name, size
    if place != len(body) or (marker == _DRI and place != 2):
        message = "a table or interval is not as long as its segment"
        raise Flaw(message)
