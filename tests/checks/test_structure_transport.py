"""Every byte of a transport stream's copy is allowed, or the copy is refused."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.checks import structure
from redact.checks.reading import Flaw
from redact.checks.structure import transport
from redact.formats.transport.file import TransportStream
from redact.model import KINDS, Keep
from tests.checks.conftest import KEEP, Ask
from tests.formats.coded import pictures
from tests.formats.transport import muxing
from tests.formats.transport.muxing import FILM, H264, MAP, MP2, PRIVATE, TONE, Muxer, pes

STEP = 188
NULL = 0x1FFF
Change = Callable[[bytearray], None]


@cache
def clean(coder: str = "libx264", lead: bytes = b"") -> bytes:
    """A copy as it is published."""
    target = BytesIO()
    TransportStream().strip(BytesIO(muxing.film(coder, lead=lead)), target, KEEP)
    return target.getvalue()


def flaw(data: bytes, keep: Keep = KEEP) -> str | None:
    """What is wrong with the copy; None when nothing is."""
    try:
        transport.inspect(data, keep)
    except Flaw as found:
        return str(found)
    return None


def pid_of(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def packets(data: bytes) -> list[bytes]:
    return [data[start : start + STEP] for start in range(0, len(data), STEP)]


def with_packet(data: bytes, pid: int, number: int, change: Change) -> bytes:
    """The copy with one packet of a stream changed."""
    found = packets(data)
    index = [place for place, packet in enumerate(found) if pid_of(packet) == pid][number]
    changed = bytearray(found[index])
    change(changed)
    return b"".join([*found[:index], bytes(changed), *found[index + 1 :]])


def setting(place: int, value: int) -> Change:
    """Sets a byte."""

    def change(packet: bytearray) -> None:
        packet[place] = value

    return change


def turning(place: int, bits: int) -> Change:
    """Turns bits of a byte over."""

    def change(packet: bytearray) -> None:
        packet[place] ^= bits

    return change


def with_tables(associations: bytes, program: bytes) -> bytes:
    """The copy with other tables."""
    muxer = Muxer()
    muxer.table(0, associations)
    muxer.table(MAP, program)
    return bytes(muxer.data) + clean()[2 * STEP :]


ONE = muxing.associations([(1, MAP)], stream=1)
STREAMS = [(H264, FILM, b""), (MP2, TONE, b"")]


@pytest.mark.parametrize("coder", ["libx264", "libx265", "mpeg2video", "mpeg4"])
@pytest.mark.parametrize("lead", [b"", bytes(4)], ids=["ts", "m2ts"])
def test_a_clean_copy_passes_whatever_may_stay(about: Ask, coder: str, lead: bytes) -> None:
    copy = clean(coder, lead)
    for keep in (Keep(), KEEP, Keep(KINDS)):
        check = structure.ask(about(copy, copy, keep=keep))
        assert check.passed
        assert check.detail == f"MPEG-TS: {len(copy) // (STEP + len(lead))} parts, all allowed"


def test_the_tables_of_these_tests_pass() -> None:
    assert flaw(with_tables(ONE, muxing.program(STREAMS, number=1))) is None


def test_a_source_as_cameras_write_it_does_not_pass() -> None:
    assert flaw(muxing.film())
    assert flaw(muxing.film(laden=b"CANARY"))


@pytest.mark.parametrize("rest", [b"C", b"CANARY" * 40, bytes(187)])
def test_bytes_behind_the_last_packet_are_seen(rest: bytes) -> None:
    assert flaw(clean() + rest)
    assert flaw(clean(lead=bytes(4)) + rest)


@pytest.mark.parametrize("pid", [NULL, 0x11, 0x14, 0x1ABC])
def test_packets_of_no_listed_stream_are_seen(pid: int) -> None:
    muxer = Muxer()
    muxer.packet(pid, b"CANARY", 1)
    assert flaw(clean() + bytes(muxer.data))


@pytest.mark.parametrize(
    ("associations", "program"),
    [
        (muxing.associations([(7, MAP)], stream=1), muxing.program(STREAMS, number=1)),
        (muxing.associations([(1, MAP)], stream=0x4711), muxing.program(STREAMS, number=1)),
        (muxing.associations([(1, MAP), (2, TONE)], stream=1), muxing.program(STREAMS, number=1)),
        (ONE, muxing.program(STREAMS, number=7)),
        (ONE, muxing.program(STREAMS, number=1, version=1)),
        (ONE, muxing.program(STREAMS, number=1, told=muxing.descriptor(0x80, b"CANARY"))),
        (ONE, muxing.program(STREAMS, number=1, told=muxing.descriptor(5, b"HDMVC"))),
        (ONE, muxing.program([*STREAMS, (PRIVATE, 0x300, muxing.descriptor(5, b"KLVA"))], number=1)),
        (ONE, muxing.program([*STREAMS, (0x15, 0x300, b"")], number=1)),
        (ONE, muxing.program([*STREAMS, (0x86, 0x300, b"")], number=1)),
        (ONE, muxing.program([(H264, FILM, b""), (MP2, TONE, muxing.descriptor(10, b"deu\0"))], number=1)),
        (ONE, muxing.program([(H264, FILM, muxing.descriptor(0x28, b"CANA")), (MP2, TONE, b"")], number=1)),
        (ONE, muxing.program([*STREAMS, (MP2, TONE, b"")], number=1)),
        (ONE, muxing.program([(MP2, TONE, b""), (MP2, FILM, b"")], number=1)),
        (ONE, muxing.program(STREAMS, number=1, clock=MAP)),
        (ONE, muxing.program(STREAMS, number=1, clock=TONE)),
        (ONE + b"CANARY", muxing.program(STREAMS, number=1)),
        (ONE, muxing.program(STREAMS, number=1) + b"CANARY"),
    ],
)
def test_tables_that_tell_more_are_seen(associations: bytes, program: bytes) -> None:
    assert flaw(with_tables(associations, program))


def test_a_table_that_changes_or_is_missing_is_seen() -> None:
    muxer = Muxer(counters={MAP: 0})
    muxer.table(MAP, muxing.program(STREAMS[::-1], number=1))
    assert flaw(clean() + bytes(muxer.data))
    assert flaw(clean()[STEP:])
    assert flaw(clean()[:STEP] + clean()[2 * STEP :])


@pytest.mark.parametrize(
    ("place", "bits"),
    [(1, 0x80), (1, 0x20), (3, 0x40), (3, 0xC0), (3, 0x30), (3, 0x01), (1, 0x40)],
    ids=["error", "priority", "scrambled", "scrambled twice", "no payload", "counter", "starts"],
)
@pytest.mark.parametrize("pid", [0, MAP, FILM, TONE])
def test_bits_of_the_header_are_seen(pid: int, place: int, bits: int) -> None:
    assert flaw(with_packet(clean(), pid, 0, turning(place, bits)))


@pytest.mark.parametrize(
    ("place", "bits"),
    [(5, 0x90), (5, 0x20), (5, 8), (5, 4), (5, 2), (5, 1), (10, 2), (10, 0x7E), (4, 1), (4, 0x80)],
)
def test_an_adaptation_field_with_more_than_a_clock_is_seen(place: int, bits: int) -> None:
    assert clean()[2 * STEP + 5] == 0x50
    assert flaw(with_packet(clean(), FILM, 0, turning(place, bits)))


def test_a_clock_that_runs_over_is_seen() -> None:
    def over(packet: bytearray) -> None:
        packet[10:12] = b"\x7f\xff"

    assert flaw(with_packet(clean(), FILM, 0, over))


def test_stuffing_that_is_not_all_ones_is_seen() -> None:
    for number, packet in enumerate(packet for packet in packets(clean()) if pid_of(packet) == TONE):
        if packet[3] & 0x20 and packet[4] > 10:
            assert flaw(with_packet(clean(), TONE, number, setting(9, 0x43)))
            return
    pytest.fail("no packet is stuffed")


@pytest.mark.parametrize(
    ("place", "value"),
    [(2, 0), (3, 0xBE), (3, 0xFD), (5, 1), (6, 0x84), (6, 0x90), (7, 0x81), (7, 0xA0), (7, 0x40), (8, 11), (9, 0)],
)
def test_a_pes_header_that_tells_more_than_times_is_seen(place: int, value: int) -> None:
    start = packets(clean())
    first = next(packet for packet in start if pid_of(packet) == TONE)
    begin = 4 + (1 + first[4] if first[3] & 0x20 else 0)
    assert flaw(with_packet(clean(), TONE, 0, setting(begin + place, value)))


def test_a_coded_picture_with_a_message_is_seen() -> None:
    message = b"\0\0\1\x06\x05\x16" + b"CANARY place 47.58" + bytes(4) + b"\x80"
    muxer = Muxer()
    muxer.table(0, ONE)
    muxer.table(MAP, muxing.program(STREAMS[:1], number=1))
    first = pictures("libx264", 1)[0]
    for data in (first.data, message + first.data):
        muxer.whole(FILM, pes(0xE0, data, 9000, 9000))
    assert "SEI" in (flaw(bytes(muxer.data)) or "")


@pytest.mark.parametrize("number", [0, 5, 40])
def test_times_of_arrival_tell_nothing_but_the_clock(number: int) -> None:
    copy = bytearray(clean(lead=bytes(4)))
    for bit in range(32):
        place = number * (STEP + 4) + 3 - bit // 8
        copy[place] ^= 1 << bit % 8
        assert flaw(bytes(copy))
        copy[place] ^= 1 << bit % 8
    assert flaw(bytes(copy)) is None


def test_a_packet_that_holds_nothing_is_seen() -> None:
    muxer = Muxer(counters={FILM: clean()[-STEP + 3] & 15})
    muxer.packet(TONE, b"", adaptation=b"\0")
    assert flaw(clean() + bytes(muxer.data))


def test_a_stream_that_begins_in_the_middle_is_seen() -> None:
    copy = packets(clean())
    first = next(place for place, packet in enumerate(copy) if pid_of(packet) == FILM)
    assert flaw(b"".join(copy[:first] + copy[first + 1 :]))


@given(place=st.integers(0, 10**6), value=st.integers(1, 255))
def test_no_header_can_be_changed_unseen(place: int, value: int) -> None:
    """Headers of packets hold pictures' times, the clock and the identifier of a stream; nothing else is free."""
    copy = bytearray(clean())
    starts = range(0, len(copy), STEP)
    start = starts[place % len(starts)]
    copy[start + place // len(starts) % 4] ^= value
    assert flaw(bytes(copy))


@given(st.binary(max_size=2000))
def test_any_bytes_are_answered(data: bytes) -> None:
    for beginning in (b"\x47", b"\0\0\0\0\x47"):
        try:
            transport.inspect(beginning + data, KEEP)
        except (Flaw, struct.error, IndexError, ValueError):
            continue
        pytest.fail("random bytes are no copy")


@pytest.mark.parametrize(("place", "bits"), [(6, 0x80), (8, 0x01), (9, 0x10), (10, 0x80), (11, 0x04)])
@pytest.mark.parametrize("number", [0, 3])
def test_a_reading_that_does_not_follow_from_the_pictures_is_seen(number: int, place: int, bits: int) -> None:
    found = [index for index, each in enumerate(packets(clean())) if each[3] & 0x20 and each[4] and each[5] & 0x10]
    changed = bytearray(clean())
    changed[STEP * found[number] + place] ^= bits
    assert "clock" in (flaw(bytes(changed)) or "")


def test_a_reading_before_the_first_picture_is_seen() -> None:
    found = packets(clean())
    first = next(index for index, each in enumerate(found) if pid_of(each) == FILM)
    reading = b"\x47\x01\x00\x2f\xb7\x10" + muxing.clock(90000) + b"\xff" * 176
    assert "clock" in (flaw(b"".join([*found[:first], reading, *found[first:]])) or "")
