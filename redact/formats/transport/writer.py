"""The packets of a transport stream, written anew one by one, each where it stood.

A packet of pictures waits until its whole PES packet is there and is cleaned; then the packets that the old one took
take the new one, and what is left over goes. So sound and pictures stay as close to each other as they were. The clock
stays where it was told, and tells what follows from the times of the pictures (see clock.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.codings import Coding, coding_of
from redact.formats.transport import elementary, packets, tables
from redact.formats.transport.arrivals import Arrivals
from redact.formats.transport.clock import Clock
from redact.formats.transport.elementary import Unit
from redact.formats.transport.packets import DISCONTINUITY, RANDOM_ACCESS, Packet
from redact.formats.transport.streams import Kept
from redact.formats.transport.survey import Survey, check, lost

_MOST_UNIT_BYTES = 64 << 20
"""Of one PES packet: more than a picture of any size takes."""

_MOST_WAITING = 1 << 19
"""Packets that wait for a picture to be complete: 96 MiB of film."""

_MARK = b"\0\0\1"
"""What every unit of coded pictures begins with, in all codings that are known here."""


@dataclass(slots=True)
class _Slot:
    """The place of one packet: what of it stays in any case, and what is written there once that is known."""

    pid: int
    flags: int
    clock: bytes
    ready: list[bytearray] | None = None

    def clear(self) -> None:
        """Leave nothing here but the clock."""
        kept = packets.adaptation(self.flags & DISCONTINUITY, self.clock)
        self.ready = [packets.written(self.pid, kept, b"", starts=False)] if self.clock else []


def _fill(slots: list[_Slot], data: bytes) -> None:
    """Put a PES packet where an old one was. Behind the last of its places come more where it has become longer."""
    done = 0
    for slot in slots:
        if done == len(data):
            slot.clear()
            continue
        flags = slot.flags & ((0 if done else RANDOM_ACCESS) | (DISCONTINUITY if slot.clock else 0))
        kept = packets.adaptation(flags, slot.clock)
        part = data[done : done + packets.room(kept)]
        slot.ready = [packets.written(slot.pid, kept, part, starts=not done)]
        done += len(part)
    last = slots[-1]
    while done < len(data) and last.ready is not None:
        part = data[done : done + packets.PAYLOAD_BYTES]
        last.ready.append(packets.written(last.pid, b"", part, starts=False))
        done += len(part)


@dataclass(slots=True)
class _Open:
    """A PES packet that is being put together."""

    slots: list[_Slot] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)
    promised: int | None = None

    def add(self, payload: bytes, slot: _Slot) -> bool:
        """Go on with the payload of a packet; True where nothing is to follow."""
        told = len(self.data) >= elementary.SIZE_ENDS
        self.data += payload
        self.slots.append(slot)
        if not told:
            self.promised = elementary.promised(self.data)
        return self.promised is not None and len(self.data) >= self.promised

    @property
    def cut(self) -> bool:
        """True while more is promised than is there."""
        return self.promised is not None and len(self.data) < self.promised


class _Sound:
    """A stream of sound: every PES packet is written as soon as it is there."""

    def take(self, unit: Unit, slots: list[_Slot]) -> None:
        """Write a PES packet."""
        _fill(slots, unit.written(unit.data) if unit.data else b"")

    def end(self) -> None:
        """Nothing waits."""


class _Pictures:
    """A stream of pictures: a PES packet waits for the next one, as a unit may go on there.

    Coded pictures are cleaned unit by unit, so a unit goes whole into the PES packet in which it begins.
    """

    def __init__(self, coding: Coding) -> None:
        self._coding = coding
        self._held: tuple[Unit, list[_Slot], bytearray] | None = None

    def take(self, unit: Unit, slots: list[_Slot]) -> None:
        """Hold a PES packet, and write the one before it."""
        if self._held is None:
            # Pictures that began before the film did cannot be shown.
            start = _beginning(unit.data, 0)
            if start is None:
                _fill(slots, b"")
            else:
                self._held = unit, slots, bytearray(unit.data[start:])
            return
        _, held_slots, held = self._held
        shared = max(len(held) - 2, 0)
        window = bytes(held[shared:]) + unit.data
        del held[shared:]
        cut = _beginning(window, min(len(window) - len(unit.data), 2))
        held += window[: len(window) if cut is None else cut]
        if len(held) > _MOST_UNIT_BYTES:
            raise _too_long()
        if cut is None:
            held_slots += slots
        else:
            self.end()
            self._held = unit, slots, bytearray(window[cut:])

    def end(self) -> None:
        """Write the PES packet that is held."""
        if self._held is not None:
            unit, slots, data = self._held
            clean = self._coding.cleaned(bytes(data))
            _fill(slots, unit.written(clean) if clean else b"")
            self._held = None


def _beginning(window: bytes, seam: int) -> int | None:
    """Where the first unit begins that does not begin before the seam between two PES packets; None where none does.

    Zeros before its mark belong to it unless they stand before the seam.
    """
    mark = window.find(_MARK)
    if mark < 0:
        return None
    return seam if mark >= seam and not window[seam:mark].strip(b"\0") else mark


class _Track:
    """One kept stream on its way from packets to packets. Raises DamagedFileError where some are missing."""

    def __init__(self, kept: Kept) -> None:
        self._writer = _Pictures(coding_of(kept.coding, b"")) if kept.holds == "pictures" else _Sound()
        self._counter: int | None = None
        self._open: _Open | None = None

    def take(self, packet: Packet, slot: _Slot) -> None:
        """Take the next packet of the stream, whose place is `slot`."""
        check(packet)
        if packet.payload is None:
            slot.clear()
            return
        self._count(packet)
        if packet.starts:
            self._finish()
            self._open = _Open()
        if self._open is None:
            slot.clear()
            return
        complete = self._open.add(packet.payload, slot)
        if len(self._open.data) > _MOST_UNIT_BYTES:
            raise _too_long()
        if complete:
            self._finish()

    def end(self) -> None:
        """Write what is still held."""
        self._finish()
        self._writer.end()

    def _count(self, packet: Packet) -> None:
        expected = packet.counter if self._counter is None else (self._counter + 1) & 15
        if packet.counter != expected and not packet.flags & DISCONTINUITY:
            raise lost()
        self._counter = packet.counter

    def _finish(self) -> None:
        if self._open is None:
            return
        if self._open.cut:
            raise lost()
        self._writer.take(elementary.unit_of(bytes(self._open.data)), self._open.slots)
        self._open = None


def rewrite(source: BinaryIO, target: BinaryIO, found: Survey) -> None:
    """Write the packets of the program anew.

    Raises DamagedFileError, UnsupportedFormatError where a stream pauses for too long.
    """
    tracks = {each.listed.pid: _Track(each) for each in found.kept}
    fresh = {
        tables.PROGRAMS_PID: tables.programs_packet(found.map_pid),
        found.map_pid: tables.program_packet(found.map_pid, found.program),
    }
    line = _Line(target, Clock(found.pictures[0].listed.pid), Arrivals() if found.grid.lead else None)
    for packet in _packets(source, found):
        slot = _Slot(packet.pid, packet.flags, packet.clock if packet.pid == found.program.clock_pid else b"")
        line.add(slot)
        if packet.pid in fresh:
            slot.ready = [fresh[packet.pid][:]] if packet.starts else []
        elif packet.pid in tracks:
            tracks[packet.pid].take(packet, slot)
        else:
            slot.clear()
    for track in tracks.values():
        track.end()
    line.end()


def _packets(source: BinaryIO, found: Survey) -> Iterator[Packet]:
    for rows in packets.pieces(source, found.grid):
        yield from packets.chosen(rows, found.grid, found.pids)


class _Line:
    """Places in the order of the file; those whose content is known are written, up to the first whose is not."""

    def __init__(self, target: BinaryIO, clock: Clock, arrivals: Arrivals | None) -> None:
        self._target = target
        self._clock = clock
        self._arrivals = arrivals
        self._waiting: deque[_Slot] = deque()
        self._counters: dict[int, int] = {}

    def add(self, slot: _Slot) -> None:
        """Wait for a place. Raises UnsupportedFormatError where too many do."""
        self._waiting.append(slot)
        if len(self._waiting) > _MOST_WAITING:
            self.flush()
            if len(self._waiting) > _MOST_WAITING:
                message = "a stream of the film pauses for too long: remux it first"
                raise UnsupportedFormatError(message)
        elif not len(self._waiting) % 1024:
            self.flush()

    def flush(self) -> None:
        """Write what is known."""
        ready = bytearray()
        while self._waiting and self._waiting[0].ready is not None:
            slot = self._waiting.popleft()
            for packet in slot.ready or ():
                reading = self._clock.told(packet, slot.pid)
                if reading is None:
                    continue
                # The counter counts payloads.
                carries = packet[3] >> 4 & 1
                self._counters[slot.pid] = (self._counters.get(slot.pid, 15) + carries) & 15
                packet[3] |= self._counters[slot.pid]
                ready += self._arrivals.timed(packet, reading) if self._arrivals else packet
        self._target.write(ready)

    def end(self) -> None:
        """Write what is left."""
        self.flush()
        if self._arrivals:
            self._target.write(self._arrivals.rest())


def _too_long() -> DamagedFileError:
    return DamagedFileError("one picture is longer than any picture is: get an undamaged original")
