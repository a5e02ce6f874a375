"""Transport streams built packet by packet, as a muxer would, and with whatever no muxer would put there."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.formats.coded import Coded, pictures, sound

FILM, TONE, KLV, TELETEXT, SPLICES, MAP = 0x100, 0x101, 0x102, 0x103, 0x104, 0x1000
CANARY = b"CANARY"
H264, HEVC, MPEG2, MP2, PRIVATE = 0x1B, 0x24, 0x02, 0x03, 0x06
TYPES = {"libx264": H264, "libx265": HEVC, "mpeg2video": MPEG2, "mpeg4": 0x10}
START = 90000


def checksum(data: bytes) -> int:
    """CRC-32 as the tables have it."""
    value = 0xFFFFFFFF
    for octet in data:
        for bit in range(7, -1, -1):
            value = (value << 1) ^ (0x104C11DB7 if (value >> 31) ^ (octet >> bit & 1) else 0)
            value &= 0xFFFFFFFF
    return value


def section(table: int, number: int, body: bytes, flags: int = 0xC1) -> bytes:
    """A section of a table in force."""
    head = bytes((table,)) + struct.pack(">HHBBB", 0xB000 | (len(body) + 9), number, flags, 0, 0)
    return head + body + struct.pack(">I", checksum(head + body))


def descriptor(tag: int, body: bytes) -> bytes:
    """A descriptor."""
    return bytes((tag, len(body))) + body


def associations(programs: Sequence[tuple[int, int]], stream: int = 0x4711) -> bytes:
    """A table of programs: (number, packets of its table)."""
    return section(0, stream, b"".join(struct.pack(">HH", number, 0xE000 | pid) for number, pid in programs))


def program(
    streams: Sequence[tuple[int, int, bytes]], clock: int = FILM, number: int = 7, told: bytes = b"", version: int = 0
) -> bytes:
    """A table of streams: (coding, packets, descriptors)."""
    body = struct.pack(">HH", 0xE000 | clock, 0xF000 | len(told)) + told
    for coding, pid, described in streams:
        body += struct.pack(">BHH", coding, 0xE000 | pid, 0xF000 | len(described)) + described
    return section(2, number, body, 0xC1 | version << 1)


def time(mark: int, ticks: int) -> bytes:
    """A time of a PES header."""
    ticks %= 1 << 33
    return bytes((
        mark << 4 | ticks >> 29 & 0x0E | 1, ticks >> 22 & 0xFF, ticks >> 14 & 0xFE | 1, ticks >> 7 & 0xFF,
        ticks << 1 & 0xFE | 1,
    ))  # fmt: skip


def pes(
    stream: int, data: bytes, shown: int | None, decoded: int | None = None, extra: bytes = b"", flags: int = 0,
    bounded: int = 1,
) -> bytes:  # fmt: skip
    """A PES packet. extra: what stands behind its times, as `flags` tells."""
    times = b"" if shown is None else time(2 if decoded is None else 3, shown)
    times += b"" if decoded is None else time(1, decoded)
    flags |= 0 if shown is None else 0x80 if decoded is None else 0xC0
    size = 3 + len(times + extra) + len(data)
    head = b"\0\0\1" + bytes((stream,)) + struct.pack(">H", size if bounded and size < 65536 else 0)
    return head + bytes((0x80, flags, len(times + extra))) + times + extra + data


def clock(ticks: int) -> bytes:
    """A programme clock reference; `ticks` of 90 kHz."""
    return ((ticks % (1 << 33)) << 15 | 0x7E00).to_bytes(6, "big")


@dataclass
class Muxer:
    """Writes packets. lead: bytes before each, as M2TS has them."""

    lead: bytes = b""
    data: bytearray = field(default_factory=bytearray)
    counters: dict[int, int] = field(default_factory=dict)

    def packet(self, pid: int, payload: bytes, starts: int = 0, adaptation: bytes = b"", flags: int = 0) -> None:
        """A packet, stuffed. adaptation: an adaptation field behind its length."""
        room = 184 - len(payload) - (len(adaptation) + 1 if adaptation else 0)
        assert room >= 0
        if room and not adaptation:
            adaptation, room = (b"\0", room - 2) if room > 1 else (b"", -1)
            long = bytes((len(adaptation) + max(room, 0),)) + adaptation + b"\xff" * max(room, 0)
        else:
            long = bytes((len(adaptation) + room,)) + adaptation + b"\xff" * room if adaptation else b""
        counter = self.counters.get(pid, 15)
        if payload:
            counter = self.counters[pid] = (counter + 1) & 15
        control = (0x20 if long else 0) | (0x10 if payload else 0) | counter
        self.data += self.lead + bytes((0x47, starts << 6 | pid >> 8, pid & 0xFF, control | flags)) + long + payload

    def table(self, pid: int, content: bytes) -> None:
        """A section, over as many packets as it needs."""
        payload = b"\0" + content
        for start in range(0, len(payload), 184):
            part = payload[start : start + 184]
            self.packet(pid, part.ljust(184, b"\xff"), int(not start))

    def whole(self, pid: int, content: bytes, first: bytes = b"") -> None:
        """A PES packet, over as many packets as it needs. first: the adaptation field of the first of them."""
        start, field_bytes = 0, first
        while start < len(content):
            part = content[start : start + 184 - (len(field_bytes) + 1 if field_bytes else 0)]
            self.packet(pid, part, int(not start), field_bytes)
            start, field_bytes = start + len(part), b""


def film(
    coder: str = "libx264", *, lead: bytes = b"", start: int = START, piece: int = 0, laden: bytes = b"",
    bounded: int = 1, count: int = 10,
) -> bytes:  # fmt: skip
    """Pictures and sound in a stream.

    piece: size of the pieces that the pictures are cut into, wherever one begins; 0: a PES packet each
    laden: what is put into every carrier; empty: into none
    """
    seen, heard = pictures(coder, count, bf="2") if coder != "mpeg4" else pictures(coder, count), sound()
    muxer = Muxer(lead)
    described = descriptor(0x0A, b"deu\0") if laden else b""
    streams = [(TYPES[coder], FILM, descriptor(0x52, laden) if laden else b""), (MP2, TONE, described)]
    if laden:
        streams += [
            (PRIVATE, KLV, descriptor(5, b"KLVA" + laden)),
            (PRIVATE, TELETEXT, descriptor(0x56, b"deu\x09\0")),
            (0x86, SPLICES, b""),
        ]
    muxer.table(0, associations([(7, MAP)]))
    muxer.table(MAP, program(streams, told=descriptor(0x80, laden) if laden else b""))
    if laden:
        _services(muxer, laden)
    waiting = sorted(
        [*((each, FILM) for each in seen), *((each, TONE) for each in heard)], key=lambda each: each[0].decoded
    )
    cut = _cut(seen, piece) if piece else {}
    for number, (each, pid) in enumerate(waiting):
        if laden and number % 5 == 0:
            _carriers(muxer, each, laden, start)
        if pid == TONE:
            muxer.whole(TONE, pes(0xC0, each.data, each.shown + start, extra=laden, bounded=1))
            continue
        private = bytes((len(laden),)) + laden if laden else b""
        field_bytes = bytes((0x10 | (0x40 if each.key else 0) | (2 if laden else 0),)) + clock(
            each.decoded + start - 4500
        )
        for index, part in enumerate(cut.get(each.decoded, [each.data])):
            extra, flags = (b"\x80" + (laden * 16)[:16], 1) if laden else (b"", 0)
            shown, decoded = (each.shown + start, each.decoded + start) if not index else (None, None)
            muxer.whole(
                FILM,
                pes(0xE0, part, shown, decoded, extra, flags, bounded),
                field_bytes + private if not index else b"",
            )
        if laden:
            muxer.packet(0x1FFF, laden.ljust(184, b"\xff"))
    return bytes(muxer.data)


def _cut(seen: Sequence[Coded], piece: int) -> dict[int, list[bytes]]:
    """Decoding time -> pieces of a picture that begin anywhere: its end goes on with the next one's first piece."""
    shift = 21
    cut = {}
    carried = b""
    for each in seen:
        last = each is seen[-1]
        whole = carried + each.data
        whole, carried = (whole, b"") if last else (whole[:-shift], whole[-shift:])
        cut[each.decoded] = [whole[start : start + piece] for start in range(0, len(whole), piece)]
    return cut


def _services(muxer: Muxer, laden: bytes) -> None:
    for pid, table in ((0x10, 0x40), (0x11, 0x42), (0x12, 0x4E), (0x14, 0x70), (0x1FFB, 0xC8)):
        muxer.table(pid, section(table, 1, laden))


def _carriers(muxer: Muxer, each: Coded, laden: bytes, start: int) -> None:
    muxer.whole(KLV, pes(0xBD, laden, each.decoded + start))
    muxer.whole(TELETEXT, pes(0xBD, laden, each.decoded + start))
    muxer.table(SPLICES, section(0xFC, 1, laden))
    muxer.packet(0x1ABC, laden, 1)
