"""The types of units in H.264 (table 7-1), HEVC (table 7-1) and VVC (table 5), and what each of them is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from redact.formats.codings import records

Standard: TypeAlias = Literal["h264", "hevc", "vvc"]


@dataclass(frozen=True, slots=True)
class Syntax:
    """One standard's units.

    name:       as people call it
    unit_type:  first and second byte of a unit -> its type; -1 where decoders pass the unit over: its forbidden bit is
                set, or it is of another layer or of none
    head_bytes: size of a unit's header
    slices:     types of slices and of what begins a picture
    begins:     type and the first byte behind the header of one of these -> True when a picture begins there
    mixed:      True where a picture may have slices of several types
    sets:       types of parameter sets, opaque here
    checked:    the type of those that could allow a picture that decoders pass over
    recorded:   types that a configuration record may hold
    messages:   types that hold SEI
    references: the type that Dolby Vision took for its reference processing units
    partitions: types of slices in parts
    ends:       type -> size of delimiters and of the ends of sequence and stream; decoders skip what is behind
    record:     what takes a configuration record apart
    """

    name: str
    unit_type: Callable[[int, int], int]
    head_bytes: int
    slices: frozenset[int]
    begins: Callable[[int, int], bool]
    mixed: bool
    sets: frozenset[int]
    checked: int
    recorded: frozenset[int]
    messages: frozenset[int]
    references: frozenset[int]
    partitions: frozenset[int]
    ends: Mapping[int, int]
    record: Callable[[bytes, records.Clean], records.Record]

    @property
    def kept(self) -> frozenset[int]:
        """Types of which something may stay."""
        return self.slices | self.sets | self.messages | self.references | self.ends.keys()


def _h264_type(first: int, _second: int) -> int:
    return -1 if first & 0x80 else first & 0x1F


def _hevc_type(first: int, second: int) -> int:
    return -1 if first & 0x81 or second >> 3 or not second & 7 else first >> 1


def _vvc_type(first: int, second: int) -> int:
    return -1 if first or not second & 7 else second >> 3


def _marked(_unit_type: int, octet: int) -> bool:
    """H.264's number of the first block is zero, or HEVC's flag of the first slice is set."""
    return octet >= 0x80


def _vvc_begins(unit_type: int, octet: int) -> bool:
    return unit_type == _VVC_PICTURE_HEADER or octet >= 0x80


_VVC_PICTURE_HEADER = 19

SYNTAXES: Mapping[Standard, Syntax] = {
    "h264": Syntax(
        name="H.264",
        unit_type=_h264_type,
        head_bytes=1,
        slices=frozenset((1, 5)),
        begins=_marked,
        mixed=False,
        sets=frozenset((7, 8)),
        checked=8,
        recorded=frozenset((7, 8)),
        messages=frozenset((6,)),
        references=frozenset(),
        partitions=frozenset((2, 3, 4)),
        ends={9: 2, 10: 1, 11: 1},
        record=records.avc,
    ),
    "hevc": Syntax(
        name="HEVC",
        unit_type=_hevc_type,
        head_bytes=2,
        slices=frozenset((*range(10), *range(16, 22))),
        begins=_marked,
        mixed=False,
        sets=frozenset((32, 33, 34)),
        checked=-1,
        recorded=frozenset((32, 33, 34, 39, 40)),
        messages=frozenset((39, 40)),
        references=frozenset((62,)),
        partitions=frozenset(),
        ends={35: 3, 36: 2, 37: 2},
        record=records.hevc,
    ),
    "vvc": Syntax(
        name="VVC",
        unit_type=_vvc_type,
        head_bytes=2,
        slices=frozenset((*range(4), *range(7, 11), _VVC_PICTURE_HEADER)),
        begins=_vvc_begins,
        mixed=True,
        sets=frozenset(range(12, 19)),
        checked=-1,
        recorded=frozenset(range(12, 18)),
        messages=frozenset((23, 24)),
        references=frozenset(),
        partitions=frozenset(),
        ends={20: 3, 21: 2, 22: 2},
        record=records.vvc,
    ),
}
