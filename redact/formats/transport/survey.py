"""What there is in a transport stream: the tables of its programs, and the one program that can be made safe."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.transport import elementary, packets, streams, tables
from redact.formats.transport.packets import NULL_PID, Grid, Packet
from redact.formats.transport.streams import Kept
from redact.formats.transport.tables import PROGRAMS_PID, Program, Sections

_FIRST_FREE_PID = 0x10
_MOST_TABLES = 1000
"""Different ones that are read: there is one of each program, and a new one where it changes."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What is to be written anew.

    grid:    where the packets stand
    map_pid: the packets that list the program's streams
    program: what a new list says
    kept:    the streams in it
    """

    grid: Grid
    map_pid: int
    program: Program
    kept: tuple[Kept, ...]

    @property
    def pids(self) -> frozenset[int]:
        """Every stream that packets are taken from."""
        clock = {self.program.clock_pid} - {NULL_PID}
        return frozenset({PROGRAMS_PID, self.map_pid, *(each.listed.pid for each in self.kept), *clock})

    @property
    def pictures(self) -> tuple[Kept, ...]:
        """The streams of pictures."""
        return tuple(each for each in self.kept if each.holds == "pictures")


def survey(source: BinaryIO) -> Survey:
    """What a transport stream holds. Raises DamagedFileError, UnsupportedFormatError."""
    grid = packets.grid_of(source)
    maps, told = programs(source, grid)
    wanted = {program.number for program in told if streams.kept(program)}
    if len(wanted) > 1:
        message = f"the stream carries {len(wanted)} programs: save the one that is to be shared by itself"
        raise UnsupportedFormatError(message)
    versions = {_new(program): streams.kept(program) for program in told if program.number in wanted}
    if len(versions) != 1:
        message = "the film changes its streams on the way: save each part by itself"
        raise UnsupportedFormatError(message if versions else "no stream of pictures is told of: remux the film first")
    program, kept = next(iter(versions.items()))
    found = Survey(grid, maps[program.number], _numbered(program), kept)
    _check(found)
    return found


def _check(found: Survey) -> None:
    if not found.pictures:
        message = "no stream of pictures is told of: remux the film first"
        raise UnsupportedFormatError(message)
    pids = [found.map_pid, *(each.listed.pid for each in found.kept)]
    if len(set(pids)) != len(pids) or not all(_FIRST_FREE_PID <= pid < NULL_PID for pid in pids):
        message = "the film's streams cannot be told apart: remux it first"
        raise UnsupportedFormatError(message)
    if found.program.clock_pid in (PROGRAMS_PID, found.map_pid):
        message = "the film's clock is where its tables are: remux it first"
        raise UnsupportedFormatError(message)


def _new(program: Program) -> Program:
    """What the copy says of a program, under its old number."""
    listed = tuple(each.listed for each in streams.kept(program))
    return Program(program.number, program.clock_pid, streams.registration(program), listed)


def _numbered(program: Program) -> Program:
    return Program(tables.OUR_NUMBER, program.clock_pid, program.descriptors, program.streams)


def programs(source: BinaryIO, grid: Grid) -> tuple[dict[int, int], tuple[Program, ...]]:
    """Program -> packets of its table; and every different thing that the tables say of them."""
    maps: dict[int, int] = {}
    for section in _sections(source, grid, (PROGRAMS_PID,)):
        for number, pid in tables.programs(section).items():
            if maps.setdefault(number, pid) != pid:
                message = "the film changes its streams on the way: save each part by itself"
                raise UnsupportedFormatError(message)
    seen: dict[bytes, Program | None] = {}
    for section in _sections(source, grid, set(maps.values())):
        if section not in seen:
            seen[section] = tables.program(section)
        if len(seen) > _MOST_TABLES:
            message = "the film changes its streams all the time: remux it first"
            raise UnsupportedFormatError(message)
    return maps, tuple(program for program in seen.values() if program and program.number in maps)


def _sections(source: BinaryIO, grid: Grid, pids: Collection[int]) -> Iterator[bytes]:
    readers = {pid: Sections() for pid in pids}
    for rows in packets.pieces(source, grid) if pids else ():
        for packet in packets.chosen(rows, grid, pids):
            check(packet)
            yield from readers[packet.pid].of(packet)


def check(packet: Packet) -> None:
    """Raise for a packet whose content cannot be read."""
    if packet.error:
        raise lost()
    if packet.scrambled:
        raise elementary.encrypted()


def lost() -> DamagedFileError:
    """The error for packets that are not there, or broken."""
    return DamagedFileError("packets of the film are damaged or missing: get an undamaged original")
