"""Names what a transport stream tells beside pictures, sound and their times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from redact.formats.codings import coding_of
from redact.formats.transport import elementary, packets, streams, tables
from redact.formats.transport.packets import NULL_PID, PIDS, Packet
from redact.formats.transport.survey import Survey, programs, survey
from redact.model import Field, Kind

_SAMPLED_BYTES = 4 << 20
"""Coded pictures that are searched for messages to name: cameras put them into every picture or key frame."""

_SERVICES: Mapping[int, tuple[str, Kind]] = {
    0x01: ("conditional access", "unknown"),
    0x02: ("stream description", "text"),
    0x10: ("network information", "location"),
    0x11: ("service description", "text"),
    0x12: ("event information", "text"),
    0x13: ("running status", "text"),
    0x14: ("time and date", "time"),
    0x1FFB: ("program and system information", "text"),
}
"""Packets that always carry the same tables (ETSI EN 300 468, ATSC A/65)."""

_ADAPTATIONS: Mapping[int, tuple[str, Kind]] = {
    0x08: ("OPCR", "time"),
    0x04: ("splice_countdown", "unknown"),
    0x02: ("transport_private_data", "unknown"),
    0x01: ("adaptation_field_extension", "unknown"),
}


def of(source: BinaryIO) -> Iterator[Field]:
    """Everything that the stream tells beside pictures, sound and their times; a field of each kind."""
    found = survey(source)
    maps, told = programs(source, found.grid)
    named: dict[Field, None] = {}
    for program in told:
        if program.number == next((n for n, pid in maps.items() if pid == found.map_pid), None):
            named.update(dict.fromkeys(streams.told(program)))
    if {*maps} != {tables.OUR_NUMBER}:
        named[Field("program_number", "unknown", "PAT")] = None
    if found.grid.rest:
        named[Field("trailing bytes", "unknown", "file")] = None
    listed = {stream.pid for program in told for stream in program.streams}
    outside = _Outside(found, frozenset({*listed, *maps.values()}))
    for rows in packets.pieces(source, found.grid):
        named.update(dict.fromkeys(outside.of(rows)))
    named.update(dict.fromkeys(_messages(source, found)))
    yield from named


@dataclass(frozen=True, slots=True)
class _Outside:
    """Names what is in packets beside what programs list."""

    found: Survey
    listed: frozenset[int]

    def of(self, rows: NDArray[np.uint8]) -> Iterator[Field]:
        """A field for each kind of thing in some thousands of packets."""
        grid, pids = self.found.grid, packets.pids_of(rows, self.found.grid)
        counts = np.bincount(pids, minlength=PIDS)
        for pid in np.flatnonzero(counts).tolist():
            if pid in _SERVICES:
                yield Field(*_SERVICES[pid], "table")
            elif pid not in self.listed | self.found.pids | {NULL_PID}:
                yield Field("packets outside of any program", "unknown", "stream")
        stuffed = rows[pids == NULL_PID][:, grid.lead + 4 :]
        if (stuffed != 0xFF).any():
            yield Field("null packets", "unknown", "stream")
        yield from self._adaptations(rows[np.isin(pids, list(self.found.pids))])
        yield from self._headers(rows)

    def _adaptations(self, rows: NDArray[np.uint8]) -> Iterator[Field]:
        lead = self.found.grid.lead
        there = (rows[:, lead + 3] & 0x20 > 0) & (rows[:, lead + 4] > 0)
        flags = int(np.bitwise_or.reduce(rows[there, lead + 5], initial=0))
        for flag, named in _ADAPTATIONS.items():
            if flags & flag:
                yield Field(*named, "adaptation field")

    def _headers(self, rows: NDArray[np.uint8]) -> Iterator[Field]:
        grid, pids = self.found.grid, {each.listed.pid for each in self.found.kept}
        starting = rows[(rows[:, grid.lead + 1] & 0x40) > 0]
        for packet in packets.chosen(starting, grid, pids):
            yield from elementary.told(packet.payload or b"")


def _messages(source: BinaryIO, found: Survey) -> Iterator[Field]:
    """A field for each kind of message inside the first coded pictures."""
    for pictures in found.pictures:
        coding = coding_of(pictures.coding, b"")
        for named in dict.fromkeys(coding.messages(_sample(source, found, pictures.listed.pid))):
            yield Field(*named, coding.carrier)


def _sample(source: BinaryIO, found: Survey, pid: int) -> bytes:
    """The first coded data of a stream, from where the first picture begins."""
    coded = bytearray()
    for rows in packets.pieces(source, found.grid):
        for packet in packets.chosen(rows, found.grid, (pid,)):
            coded += _data(packet)
        if len(coded) > _SAMPLED_BYTES:
            break
    return bytes(coded[max(coded.find(b"\0\0\1"), 0) :])


def _data(packet: Packet) -> bytes:
    """The coded data in one packet, without the header that may stand before it."""
    payload = packet.payload or b""
    return payload[9 + payload[8] :] if packet.starts and len(payload) > 8 else payload
