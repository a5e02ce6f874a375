"""MPEG-TS: a strict walk of the packets (ISO/IEC 13818-1), with times of arrival before them or without.

Location hides in streams of telemetry and text, in tables, descriptors, adaptation fields, PES headers, null packets
and stuffing, and in the coded stream itself (see `pictures`). Allowed are one program of pictures
and sound, the two tables that list it, its clock as it follows from the times of the pictures, the times of its
packets, and stuffing of ones. Sound is opaque.
"""

from __future__ import annotations

from redact.checks.reading import Buffer, Flaw
from redact.checks.structure.transport import arrivals, clock, tables
from redact.checks.structure.transport.packets import Grid
from redact.checks.structure.transport.streams import Clock, Elementary, Table
from redact.model import Keep

_NO_CLOCK = 0x1FFF


def inspect(data: Buffer, keep: Keep) -> int:  # noqa: ARG001 - nothing that may be kept has a place here
    """How many packets a transport stream has. Raises Flaw unless all of them are allowed, to the last byte."""
    grid = Grid.of(data)
    program = tables.program(data, grid)
    walks: dict[int, Table | Elementary | Clock] = {
        0: Table(program.associations),
        program.map_pid: Table(program.map),
        **{stream.pid: Elementary(stream.pictures) for stream in program.streams},
    }
    if program.clock_pid != _NO_CLOCK:
        walks.setdefault(program.clock_pid, Clock())
    readings = clock.Readings(next((stream.pid for stream in program.streams if stream.pictures), _NO_CLOCK))
    clocks = []
    for number, packet in enumerate(grid.packets(data)):
        walk = walks.get(packet.pid)
        if walk is None or (packet.clock is not None and packet.pid != program.clock_pid):
            message = "a packet, or its clock, belongs to no stream that is listed"
            raise Flaw(message)
        walk.admit(packet)
        readings.admit(number, packet)
        if packet.clock is not None:
            clocks.append((number, packet.clock))
    for walk in walks.values():
        walk.end()
    if grid.lead:
        arrivals.demand_even(data, grid, clocks)
    return grid.count
