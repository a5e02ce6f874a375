"""What packets of one number may hold one after the other: copies of a table, PES packets, or a clock alone."""

from __future__ import annotations

from redact.checks.reading import Flaw
from redact.checks.structure import pictures
from redact.checks.structure.transport.packets import Packet

_STREAM_IDS = frozenset({0xBD, *range(0xC0, 0xF0)})
_HEADER = 9
_TIMES = {0x00: (), 0x80: (2,), 0xC0: (3, 1)}
"""Flags -> what marks each of the times."""


class _Counted:
    """Packets whose counter goes up with every payload."""

    def __init__(self) -> None:
        self._counter: int | None = None

    def demand_next(self, packet: Packet) -> None:
        """Raise Flaw unless the packet follows the last one."""
        expected = 0 if self._counter is None else (self._counter + bool(packet.payload)) & 15
        if self._counter is None and not packet.payload:
            expected = 15
        if packet.counter != expected:
            message = "a packet is missing, or its counter counts something else"
            raise Flaw(message)
        self._counter = packet.counter


class Table(_Counted):
    """Packets that all hold the same table."""

    def __init__(self, payload: bytes) -> None:
        super().__init__()
        self._payload = payload

    def admit(self, packet: Packet) -> None:
        """Raise Flaw unless the packet holds the table and nothing else."""
        self.demand_next(packet)
        if packet.payload != self._payload or not packet.starts or packet.clock is not None:
            message = "a table changes, or goes on in another packet"
            raise Flaw(message)

    def end(self) -> None:
        """Every packet was whole."""


class Clock(_Counted):
    """Packets with a clock and no payload."""

    def admit(self, packet: Packet) -> None:
        """Raise Flaw unless the packet holds a clock and nothing else."""
        self.demand_next(packet)
        if packet.payload or packet.starts or packet.clock is None:
            message = "a packet of the clock holds more than a time"
            raise Flaw(message)

    def end(self) -> None:
        """Every packet was whole."""


class Elementary(_Counted):
    """Packets that hold one PES packet after the other.

    coding: FFmpeg's name of the pictures in them; empty for sound, which is opaque
    """

    def __init__(self, coding: str) -> None:
        super().__init__()
        self._allowed = pictures.rule(coding, b"") if coding else None
        self._whole: bytearray | None = None

    def admit(self, packet: Packet) -> None:
        """Take a packet. Raises Flaw where it does not go on with what the last one began, or is empty for nothing."""
        self.demand_next(packet)
        if not packet.payload:
            if packet.starts or packet.clock is None:
                message = "a packet holds nothing"
                raise Flaw(message)
            return
        if packet.starts:
            self.end()
            self._whole = bytearray()
        if self._whole is None:
            message = "a stream begins in the middle"
            raise Flaw(message)
        self._whole += packet.payload

    def end(self) -> None:
        """Raises Flaw unless the last PES packet holds times and coded data and nothing else."""
        if self._whole is not None:
            data = _coded(bytes(self._whole))
            if self._allowed is not None and not self._allowed(data):
                message = "a coded picture holds more than a picture"
                raise Flaw(message)


def _coded(packet: bytes) -> bytes:
    """The coded data of a PES packet."""
    untrusted_size = int.from_bytes(packet[4:6], "big")
    marks = _TIMES.get(packet[7])
    if packet[:3] != b"\0\0\1" or packet[3] not in _STREAM_IDS or packet[6] != 0x80 or marks is None:
        message = "a PES header tells more than times"
        raise Flaw(message)
    start = _HEADER + 5 * len(marks)
    times = [packet[_HEADER + 5 * index : _HEADER + 5 * index + 5] for index in range(len(marks))]
    if packet[8] != 5 * len(marks) or not all(map(_is_time, times, marks)):
        message = "a time in a PES header is none"
        raise Flaw(message)
    if untrusted_size not in (0, len(packet) - 6) or start >= len(packet):
        message = "a PES packet is empty or not as long as it says"
        raise Flaw(message)
    return packet[start:]


def _is_time(data: bytes, mark: int) -> bool:
    return len(data) == 5 and data[0] >> 4 == mark and bool(data[0] & data[2] & data[4] & 1)
