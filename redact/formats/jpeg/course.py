"""What a decoder needs of a stream's segments, going through them as it does (ITU-T T.81, annexes B, F, G and H).

A place or a text fits into what nobody reads: a table that no scan refers to or that another one replaces before a scan
does, a restart interval that the next one overwrites, conditioning of arithmetic coding where nothing is coded so. And
a whole picture fits into scans that later ones paint over. So only what a scan refers to is needed, and a coefficient
of a component is coded once: in one scan, or, in progressive coding, first in one and then a bit more exactly in each
of the next (G.1.1.1.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias

from redact.errors import DamagedFileError

SOS, DQT, DHT, DAC, DNL, DRI = 0xDA, 0xDB, 0xC4, 0xCC, 0xDC, 0xDD
FRAMES = (0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xCB)

_TABLES = (DQT, DHT, DAC)
_PROGRESSIVE, _LOSSLESS, _ARITHMETIC = (0xC2, 0xCA), (0xC3, 0xCB), range(0xC9, 0xD0)
_UNSEEN, _NOTHING = 0xFF, b"\xff"
_COEFFICIENTS = 64
_ALL_COEFFICIENTS = (0, 63, 0)
_MOST_SHIFT = 13

Key: TypeAlias = int
"""A table by its marker and, in the low byte, its class and its number."""

_Slot: TypeAlias = tuple[int, int, int]
"""The number of the segment that holds a table, and where in its payload the table begins and ends."""


@dataclass(slots=True)
class Course:
    """A walk through the segments of one picture, or of tables that several share, in their order.

    lent: tables that scans refer to and that no segment defines before them
    """

    lent: set[Key] = field(default_factory=set)
    _payloads: list[bytes] = field(default_factory=list)
    _slots: list[_Slot] = field(default_factory=list)
    _in_force: dict[Key, int] = field(default_factory=dict)
    _used: set[int] = field(default_factory=set)
    _coding: int = 0
    _lines: bytes = b""
    _quantisation: dict[int, int] = field(default_factory=dict)
    _uncoded: set[int] = field(default_factory=set)
    _levels: dict[int, bytearray] = field(default_factory=dict)
    _scans: int = 0
    _idle: list[int] = field(default_factory=list)

    def take(self, marker: int, payload: bytes) -> None:
        """The next segment. Raises DamagedFileError where it is malformed or contradicts those before it."""
        if marker in _TABLES:
            self._take_tables(marker, payload)
        elif marker == SOS:
            self._scan(payload)
        elif marker in FRAMES:
            self._frame(marker, payload)
        elif len(payload) != 2:
            refuse("has a table or header of the wrong size")
        elif marker == DRI:
            self._in_force[DRI << 8] = len(self._slots)
            self._slots.append((len(self._payloads), 0, 2))
        else:
            self._number_of_lines(payload)
        self._payloads.append(payload)

    def use(self, keys: Iterable[Key]) -> None:
        """Somebody refers to these tables."""
        in_force, used = self._in_force, self._used
        for key in keys:
            if key in in_force:
                used.add(in_force[key])
            else:
                self.lent.add(key)

    def shortened(self) -> dict[int, bytes]:
        """What is needed of the payloads of which not all is, by the number of the segment taken; empty for nothing."""
        used, payloads = self._used, self._payloads
        if len(used) == len(self._slots) and not self._idle:
            return {}
        parts: dict[int, list[bytes]] = {
            number: [] for place, (number, _, _) in enumerate(self._slots) if place not in used
        }
        for place, (number, start, end) in enumerate(self._slots):
            if number in parts and place in used:
                parts[number].append(payloads[number][start:end])
        return {**dict.fromkeys(self._idle, b""), **{number: b"".join(found) for number, found in parts.items()}}

    @property
    def components(self) -> int:
        """Numbers in a sample; none before there was a scan."""
        return len(self._quantisation) if self._scans else 0

    def _take_tables(self, marker: int, payload: bytes) -> None:
        slots, number, start, size = self._slots, len(self._payloads), 0, len(payload)
        if not size:
            self._idle.append(number)
        while start < size:
            key = payload[start]
            if marker == DHT:
                end = start + 17 + sum(payload[start + 1 : start + 17])
            elif marker == DQT:
                end = start + (129 if key >> 4 else 65)
                key &= 15
            else:
                end = start + 2
            self._in_force[marker << 8 | key] = len(slots)
            slots.append((number, start, end))
            start = end
        if start != size:
            refuse("has a table or header of the wrong size")

    def _frame(self, marker: int, payload: bytes) -> None:
        if self._coding:
            refuse("holds parts of several pictures")
        components = payload[6::3]
        if len(payload) < 9 or len(payload) != 6 + 3 * payload[5] or not 1 <= len(set(components)) == payload[5] <= 4:
            refuse("has a table or header of the wrong size")
        self._coding, self._lines = marker, payload[1:3]
        self._quantisation = dict(zip(components, payload[8::3], strict=True))
        self._uncoded.update(components)
        if marker in _PROGRESSIVE:
            self._levels = {component: bytearray((_UNSEEN,)) * _COEFFICIENTS for component in components}

    def _number_of_lines(self, payload: bytes) -> None:
        """It is needed where the frame does not tell it, behind the first scan."""
        if self._lines == payload:
            self._idle.append(len(self._payloads))
        elif self._lines != bytes(2) or self._scans != 1:
            refuse("tells two numbers of lines")
        self._lines = payload

    def _scan(self, payload: bytes) -> None:
        count = payload[0] if payload else 0
        if not 1 <= count <= 4 or len(payload) != 4 + 2 * count:
            refuse("has a table or header of the wrong size")
        self._scans += 1
        if self._coding in _PROGRESSIVE:
            keys = self._referred_by_a_pass(payload[1:-3:2], payload[2:-3:2], *payload[-3:])
        else:
            keys = self._referred_by_a_whole_scan(payload[1:-3:2], payload[2:-3:2], *payload[-3:])
        self.use(keys)
        if self._coding in _ARITHMETIC:
            self._demand_conditioning(keys)

    def _referred_by_a_whole_scan(
        self, components: bytes, selectors: bytes, first: int, last: int, shifts: int
    ) -> list[Key]:
        """The tables of a scan that codes all of its components. Raises DamagedFileError where one is coded already."""
        coding, uncoded = self._coding, self._uncoded
        is_lossless = coding in _LOSSLESS
        table = (DAC if coding in _ARITHMETIC else DHT) << 8
        keys = [DRI << 8]
        for component, selector in zip(components, selectors, strict=True):
            if component not in uncoded:
                refuse("codes a part of its picture twice, or one that it has not")
            uncoded.remove(component)
            keys.append(table | selector >> 4)
            if not is_lossless:
                keys += table | 16 | selector & 15, DQT << 8 | self._quantisation[component]
        if is_lossless:
            fits = 1 <= first <= 7 and last == 0 == shifts >> 4
        else:
            fits = (first, last, shifts) == _ALL_COEFFICIENTS
        if not fits:
            refuse("has a scan of no known form")
        return keys

    def _referred_by_a_pass(self, components: bytes, selectors: bytes, first: int, last: int, shifts: int) -> list[Key]:
        """The tables of a scan of progressive coding. Raises DamagedFileError unless it goes on where others ended."""
        if not first <= last < _COEFFICIENTS or (last > 0 if first == 0 else len(components) > 1):
            refuse("has a scan of no known form")
        table = (DAC if self._coding in _ARITHMETIC else DHT) << 8
        keys = [DRI << 8]
        for component, selector in zip(components, selectors, strict=True):
            self._go_on(component, first, last, shifts)
            if first:
                keys.append(table | 16 | selector & 15)
            elif not shifts >> 4:
                keys += table | selector >> 4, DQT << 8 | self._quantisation[component]
        return keys

    def _go_on(self, component: int, first: int, last: int, shifts: int) -> None:
        """Note to which bit the coefficients of a component are coded."""
        levels, before, now = self._levels.get(component, b""), shifts >> 4 or _UNSEEN, shifts & 15
        size = last + 1 - first
        is_next = now <= _MOST_SHIFT if before == _UNSEEN else now == before - 1
        follows_average = first == 0 or levels[:1] != _NOTHING
        if not is_next or not follows_average or levels.count(before, first, last + 1) != size:
            refuse("codes a part of its picture twice, or in an order that no picture has")
        self._levels[component][first : last + 1] = bytes((now,)) * size

    def _demand_conditioning(self, keys: Iterable[Key]) -> None:
        for key in keys:
            if key >> 8 != DAC or key not in self._in_force:
                continue
            number, start, _ = self._slots[self._in_force[key]]
            value = self._payloads[number][start + 1]
            sound = 1 <= value < _COEFFICIENTS if key & 16 else value & 15 <= value >> 4
            if not sound or key & 15 > 3:
                refuse("has arithmetic coding that no decoder knows")


def refuse(what: str) -> NoReturn:
    """Raise DamagedFileError: the JPEG `what`."""
    message = f"the JPEG {what}: it is damaged or cut short, copy it again from where it came"
    raise DamagedFileError(message)
