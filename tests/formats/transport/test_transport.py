"""A transport stream keeps its pictures, its sound and their times, and nothing else; damage is refused."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import redact
from redact.checks.structure import transport as walk
from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats.transport.file import TransportStream
from redact.model import Keep
from tests.formats.coded import pictures, played
from tests.formats.conftest import Strip
from tests.formats.laden import attempt
from tests.formats.transport import muxing
from tests.formats.transport.muxing import CANARY, FILM, H264, KLV, MAP, MP2, PRIVATE, START, TONE, Muxer, film, pes

TS = TransportStream()
LEAD = b"\xc1\x23\x45\x67"
"""Copying is forbidden, and a time of arrival."""

Spoil = Callable[[bytearray], None]


def payloads(data: bytes, lead: int = 0) -> bytes:
    """What the packets hold, without their headers: a text goes on from one packet to the next."""
    step = lead + 188
    return b"".join(data[start + lead + 4 : start + step] for start in range(0, len(data), step))


def names(data: bytes) -> dict[str, str]:
    """Name -> kind of each field."""
    return {field.name: field.kind for field in TS.fields(BytesIO(data))}


def packets_of(data: bytes, pid: int) -> list[int]:
    """Where the packets of a stream begin."""
    return [n for n in range(0, len(data), 188) if (data[n + 1] & 0x1F) << 8 | data[n + 2] == pid]


def spoilt(data: bytes, pid: int, number: int, change: Spoil) -> bytes:
    """The stream with one packet of `pid` changed."""
    start = packets_of(data, pid)[number]
    packet = bytearray(data[start : start + 188])
    change(packet)
    return data[:start] + packet + data[start + 188 :]


def test_it_is_recognised_by_its_packets_with_and_without_times_of_arrival() -> None:
    assert TS.recognises(film()[:64])
    assert TS.recognises(film(lead=LEAD)[:64])
    assert not TS.recognises(b"Good morning, this is a letter and no film at all, whatever it says.")
    assert not TS.recognises(
        "Gps1: Zürich, then further on to the lake, as the crow flies, and back again".encode()[:64]
    )
    assert not TS.recognises(b"\x47\x80\x00\x10" + bytes(60))
    assert not TS.recognises(b"\0\0\0\x18ftypmp42" + bytes(52))
    assert not TS.recognises(b"\x47")


def test_everything_that_is_told_is_listed_by_name_and_kind() -> None:
    found = names(film(laden=CANARY))
    assert (
        found.items()
        >= {
            "KLV": "telemetry",
            "teletext": "text",
            "SCTE-35 cues": "text",
            "ISO_639_language": "text",
            "descriptor 0x80": "unknown",
            "program_number": "unknown",
            "network information": "location",
            "service description": "text",
            "event information": "text",
            "time and date": "time",
            "program and system information": "text",
            "packets outside of any program": "unknown",
            "null packets": "unknown",
            "transport_private_data": "unknown",
            "PES_extension": "unknown",
            "stuffing": "unknown",
            "user_data_unregistered": "unknown",
        }.items()
    )
    assert not any("CANARY" in name for name in found)


@pytest.mark.parametrize("coder", ["libx264", "libx265", "mpeg2video"])
def test_a_clean_copy_tells_nothing(strip: Strip, coder: str) -> None:
    assert not names(strip(TS, film(coder, laden=CANARY)))


def test_bytes_behind_the_last_packet_are_named_and_dropped(strip: Strip) -> None:
    data = film() + b"GPS 47.58210 N 8.54170 E" * 20
    assert names(data)["trailing bytes"] == "unknown"
    assert strip(TS, data) == strip(TS, film())


@pytest.mark.parametrize("coder", ["libx264", "libx265", "mpeg2video", "mpeg4"])
@pytest.mark.parametrize("lead", [b"", LEAD], ids=["ts", "m2ts"])
def test_nothing_planted_is_left_and_nothing_shown_changes(strip: Strip, coder: str, lead: bytes) -> None:
    data = film(coder, laden=CANARY, lead=lead)
    assert payloads(data, len(lead)).count(CANARY) > 20
    clean = strip(TS, data)
    assert CANARY not in payloads(clean, len(lead))
    assert LEAD not in clean
    before, after = played(data, "mpegts"), played(clean, "mpegts")
    assert len(before.frames) == 10
    assert (after.frames, after.sounds) == (before.frames, before.sounds)
    assert after.streams == ("video", "audio")
    assert after.metadata == {}


@pytest.mark.parametrize("coder", ["libx264", "libx265", "mpeg2video", "mpeg4"])
@pytest.mark.parametrize("lead", [b"", LEAD], ids=["ts", "m2ts"])
@pytest.mark.parametrize("piece", [0, 97])
def test_stripping_twice_changes_no_byte(strip: Strip, coder: str, lead: bytes, piece: int) -> None:
    clean = strip(TS, film(coder, laden=CANARY, lead=lead, piece=piece))
    assert strip(TS, clean) == clean
    assert walk.inspect(clean, Keep()) == len(clean) // (188 + len(lead))


@pytest.mark.parametrize("piece", [50, 97, 150, 1000])
@pytest.mark.parametrize("bounded", [0, 1])
@pytest.mark.parametrize("coder", ["libx264", "mpeg2video"])
def test_units_cut_anywhere_are_put_together(strip: Strip, coder: str, piece: int, bounded: int) -> None:
    data = film(coder, piece=piece, bounded=bounded, laden=CANARY)
    clean = strip(TS, data)
    whole = strip(TS, film(coder, bounded=bounded))
    assert played(clean, "mpegts") == played(whole, "mpegts") == played(strip(TS, clean), "mpegts")
    assert CANARY not in payloads(clean)


@pytest.mark.parametrize("start", [0, 2**33 - 20000, 2**33 - 1])
def test_times_stay_where_they_run_over(strip: Strip, start: int) -> None:
    data = film(start=start, laden=CANARY)
    before, after = played(data, "mpegts"), played(strip(TS, data), "mpegts")
    assert (after.frames, after.sounds) == (before.frames, before.sounds)


def test_a_film_that_begins_within_a_picture_is_kept_from_the_next_one_on(strip: Strip) -> None:
    data = film(laden=CANARY)
    first = packets_of(data, FILM)
    data = b"".join(data[n : n + 188] for n in range(0, len(data), 188) if n not in first[:2])
    clean = strip(TS, data)
    second = sorted(pictures("libx264", 10, bf="2"), key=lambda each: each.decoded)[1]
    first_left = clean[packets_of(clean, FILM)[0] :][:188]
    assert muxing.time(3, second.shown + START) in first_left
    assert walk.inspect(clean, Keep())
    assert strip(TS, clean) == clean


def test_the_clock_stays_where_it_is_told_by_a_stream_that_goes(strip: Strip) -> None:
    muxer = Muxer()
    muxer.table(0, muxing.associations([(7, MAP)]))
    muxer.table(MAP, muxing.program([(H264, FILM, b""), (PRIVATE, KLV, b"")], clock=KLV))
    for each in pictures("libx264", 10, bf="2"):
        telemetry = pes(0xBD, CANARY * 50, each.decoded)
        muxer.whole(KLV, telemetry, b"\x10" + muxing.clock(each.decoded + 90000))
        muxer.whole(FILM, pes(0xE0, each.data, each.shown + START, each.decoded + START))
    data = bytes(muxer.data)
    clean = strip(TS, data)
    assert CANARY not in payloads(clean)
    # The first of ten readings stands before the first picture.
    assert len(packets_of(clean, KLV)) == 9
    first = START + min(each.decoded for each in pictures("libx264", 10, bf="2"))
    assert 0 <= readings(clean)[0] // 300 - (first - 63_000) < 90
    assert readings(clean) == sorted(set(readings(clean)))
    assert walk.inspect(clean, Keep())
    assert played(clean, "mpegts").frames == played(data, "mpegts").frames
    assert strip(TS, clean) == clean


def readings(data: bytes) -> list[int]:
    """What the clock tells, ticks of 27 MHz."""
    told = []
    for start in range(0, len(data), 188):
        packet = data[start : start + 188]
        if packet[3] & 0x20 and packet[4] and packet[5] & 0x10:
            value = int.from_bytes(packet[6:12], "big")
            told.append((value >> 15) * 300 + (value & 511))
    return told


def with_a_clock_of_texts(data: bytes) -> bytes:
    """The film with packets of a clock of their own, each of which spells four letters."""
    table = packets_of(data, MAP)[0]
    muxer = Muxer()
    muxer.table(MAP, muxing.program([(H264, FILM, b""), (MP2, TONE, b"")], clock=0x1FF0))
    out = [data[:table] + bytes(muxer.data)]
    for number, start in enumerate(range(table + 188, len(data), 188)):
        out.append(data[start : start + 188])
        if number < 30:
            out.append(b"\x47\x1f\xf0\x20\xb7\x10" + b"SN15" + b"\x7e\0" + b"\xff" * 176)
    return b"".join(out)


def test_a_clock_has_no_room_for_texts(strip: Strip) -> None:
    data = with_a_clock_of_texts(film())
    clean = strip(TS, data)
    assert data.count(b"SN15") == 30
    assert b"SN15" not in clean
    assert readings(clean) == sorted(set(readings(clean)))
    assert walk.inspect(clean, Keep())
    assert strip(TS, clean) == clean
    assert played(clean, "mpegts").frames == played(data, "mpegts").frames


def test_a_clock_is_as_far_ahead_as_it_was_to_a_hundredth_of_a_second(strip: Strip) -> None:
    clean = strip(TS, film())
    first = START + min(each.decoded for each in pictures("libx264", 10, bf="2"))
    assert readings(clean)[0] == (first - 4500) * 300
    assert strip(TS, clean) == clean


def test_a_long_table_in_several_packets_is_read(strip: Strip) -> None:
    muxer = Muxer()
    muxer.table(0, muxing.associations([(7, MAP)]))
    long = muxing.descriptor(0x80, CANARY * 40)
    muxer.table(MAP, muxing.program([(H264, FILM, long), (0x90, KLV, long)], told=long))
    muxer.table(MAP, muxing.program([(H264, FILM, b"")], version=1))
    for each in pictures("libx264", 10, bf="2"):
        muxer.whole(FILM, pes(0xE0, each.data, each.shown + START, each.decoded + START))
    clean = strip(TS, bytes(muxer.data))
    assert CANARY not in payloads(clean)
    assert len(packets_of(clean, MAP)) == 2


@pytest.mark.parametrize(
    ("streams", "told"),
    [
        (((H264, FILM, b""), (0x81, TONE, b"")), b""),
        (((H264, FILM, b""), (0x80, TONE, b"")), muxing.descriptor(5, b"HDMV" + CANARY)),
        (((H264, FILM, b""), (PRIVATE, TONE, muxing.descriptor(5, b"AC-3" + CANARY))), b""),
        (((H264, FILM, b""), (PRIVATE, TONE, muxing.descriptor(0x7A, CANARY))), b""),
        (((H264, FILM, b""), (PRIVATE, TONE, muxing.descriptor(5, b"Opus") + b"\x7f\2\x80\2")), b""),
        (((H264, FILM, b""), (H264, TONE, b"")), b""),
    ],
)
def test_streams_are_listed_as_their_coding_needs_it(
    strip: Strip, streams: tuple[tuple[int, int, bytes], ...], told: bytes
) -> None:
    muxer = Muxer()
    muxer.table(0, muxing.associations([(7, MAP)]))
    muxer.table(MAP, muxing.program(streams, told=told))
    for each in pictures("libx264", 10, bf="2"):
        muxer.whole(FILM, pes(0xE0, each.data, each.shown + START, each.decoded + START))
    clean = strip(TS, bytes(muxer.data))
    assert CANARY not in clean
    assert walk.inspect(clean, Keep())
    assert codings(clean) == codings(bytes(muxer.data))
    assert len(codings(clean)) == 2


def codings(data: bytes) -> list[str]:
    """FFmpeg's names of the codings of all streams."""
    with av.open(BytesIO(data), "r", format="mpegts") as demuxer:
        return [stream.codec_context.name for stream in demuxer.streams]


def tables(programs: list[tuple[int, int]], *maps: tuple[int, bytes]) -> bytes:
    """A stream of tables and one stream of pictures."""
    muxer = Muxer()
    muxer.table(0, muxing.associations(programs))
    for pid, table in maps:
        muxer.table(pid, table)
    for each in pictures("libx264", 10, bf="2"):
        muxer.whole(FILM, pes(0xE0, each.data, each.shown + START, each.decoded + START))
    return bytes(muxer.data)


VIDEO, OTHER = (H264, FILM, b""), (H264, KLV, b"")
MANY = [(MP2, 0x200 + number, b"") for number in range(40)]
TWO_PROGRAMS = tables([(7, MAP), (8, 0x30)], (MAP, muxing.program([VIDEO])), (0x30, muxing.program([OTHER], number=8)))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (TWO_PROGRAMS, "2 programs"),
        (tables([(7, MAP)], (MAP, muxing.program([(MP2, TONE, b"")]))), "no stream of pictures"),
        (tables([(7, MAP)], (MAP, muxing.program([(0xEA, FILM, b"")]))), "VC-1"),
        (tables([(7, MAP)], (MAP, muxing.program([VIDEO, (0x2D, TONE, b"")]))), "MPEG-H"),
        (tables([(7, MAP)], (MAP, muxing.program([VIDEO, (PRIVATE, TONE, muxing.descriptor(5, b"BSSD"))]))), "302M"),
        (tables([(7, MAP)], (MAP, muxing.program([VIDEO])), (MAP, muxing.program([OTHER], version=1))), "changes"),
        (tables([(7, MAP)], (MAP, muxing.program([VIDEO, (MP2, FILM, b"")]))), "told apart"),
        (tables([(7, MAP)], (MAP, muxing.program([(H264, 3, b"")]))), "told apart"),
        (tables([(7, MAP)], (MAP, muxing.program([VIDEO], clock=MAP))), "clock"),
        (tables([(7, MAP)], (MAP, muxing.program([VIDEO, *MANY]))), "more streams"),
        (tables([(7, MAP)]), "no stream of pictures"),
        (tables([]), "no stream of pictures"),
        (bytes(188 * 10), "does not begin"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_safe_is_refused(strip: Strip, data: bytes, reason: str) -> None:
    with pytest.raises(UnsupportedFormatError, match=reason):
        strip(TS, data)


def encrypted(packet: bytearray) -> None:
    packet[3] |= 0x80


def test_an_encrypted_stream_is_refused(strip: Strip) -> None:
    with pytest.raises(UnsupportedFormatError, match="encrypted"):
        strip(TS, spoilt(film(), FILM, 3, encrypted))
    scrambled = pes(0xE0, b"\0\0\1", 0)
    muxer = Muxer(data=bytearray(tables([(7, MAP)], (MAP, muxing.program([VIDEO])))))
    muxer.counters[FILM] = bytes(muxer.data)[packets_of(bytes(muxer.data), FILM)[-1] + 3] & 15
    muxer.whole(FILM, scrambled[:6] + b"\xa0" + scrambled[7:])
    with pytest.raises(UnsupportedFormatError, match="encrypted"):
        strip(TS, bytes(muxer.data))


def test_painted_pictures_are_refused(strip: Strip) -> None:
    with pytest.raises(UnsupportedFormatError, match="painted"):
        strip(TS, film(), pixels=film())


def broken(packet: bytearray) -> None:
    packet[1] |= 0x80


def skipped(packet: bytearray) -> None:
    packet[3] ^= 4


def without_sync(packet: bytearray) -> None:
    packet[0] = 0


def field_too_long(packet: bytearray) -> None:
    packet[3] |= 0x20
    packet[4] = 200


def clock_too_long(packet: bytearray) -> None:
    packet[3] |= 0x20
    packet[4:6] = b"\1\x10"


def wrong_checksum(packet: bytearray) -> None:
    packet[12] ^= 1


@pytest.mark.parametrize("pid", [FILM, TONE])
@pytest.mark.parametrize("change", [broken, skipped, without_sync, field_too_long, clock_too_long])
def test_damaged_packets_are_refused(strip: Strip, pid: int, change: Spoil) -> None:
    with pytest.raises(DamagedFileError):
        strip(TS, spoilt(film(), pid, 3, change))


@pytest.mark.parametrize("pid", [0, MAP])
@pytest.mark.parametrize("change", [broken, wrong_checksum])
def test_damaged_tables_are_refused(strip: Strip, pid: int, change: Spoil) -> None:
    with pytest.raises(DamagedFileError):
        strip(TS, spoilt(film(), pid, 0, change))


def test_damage_among_what_goes_is_no_matter(strip: Strip) -> None:
    assert strip(TS, spoilt(film(laden=CANARY), KLV, 0, broken)) == strip(TS, film(laden=CANARY))


@pytest.mark.parametrize("pid", [FILM, TONE])
def test_a_lost_packet_is_refused(strip: Strip, pid: int) -> None:
    data = film()
    start = packets_of(data, pid)[4]
    with pytest.raises(DamagedFileError):
        strip(TS, data[:start] + data[start + 188 :])


def test_a_gap_that_is_announced_between_pictures_is_none(strip: Strip) -> None:
    muxer = Muxer(data=bytearray(tables([(7, MAP)], (MAP, muxing.program([VIDEO])))))
    muxer.counters[FILM] = 3
    for each in pictures("libx264", 10, bf="2"):
        announced = b"\x90" + muxing.clock(each.decoded)
        muxer.whole(FILM, pes(0xE0, each.data, each.shown + 9 * START, each.decoded + 9 * START), announced)
    data = bytes(muxer.data)
    clean = strip(TS, data)
    assert played(clean, "mpegts").frames == played(data, "mpegts").frames
    assert len(played(clean, "mpegts").frames) == 20
    assert walk.inspect(clean, Keep())
    assert strip(TS, clean) == clean


def test_a_picture_that_ends_early_is_refused(strip: Strip) -> None:
    data = film()
    assert (data[packets_of(data, TONE)[-1] + 1] & 0x40) == 0
    with pytest.raises(DamagedFileError):
        strip(TS, data[: packets_of(data, TONE)[-1]])


@given(cut=st.integers(1, 30000))
def test_a_film_cut_anywhere_is_refused_or_clean(cut: int) -> None:
    data = film(laden=CANARY)
    clean = attempt(TS, data[: cut % len(data)])
    if clean is not None:
        assert walk.inspect(clean, Keep())
        assert CANARY not in payloads(clean)


@settings(max_examples=150)
@given(
    changes=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 30), st.integers(0, 255)), min_size=1, max_size=4),
    lead=st.sampled_from([b"", LEAD]),
)
def test_garbled_headers_are_refused_or_written_clean(changes: list[tuple[int, int, int]], lead: bytes) -> None:
    data = bytearray(film(laden=CANARY, lead=lead))
    step = 188 + len(lead)
    for packet, place, value in changes:
        data[packet % (len(data) // step) * step + place] = value
    clean = attempt(TS, bytes(data))
    if clean is not None:
        assert walk.inspect(clean, Keep())
        assert attempt(TS, clean) == clean


@pytest.mark.parametrize("suffix", [".ts", ".m2ts"])
def test_a_stream_goes_from_file_to_file(tmp_path: Path, suffix: str) -> None:
    source, target = tmp_path / f"flight{suffix}", tmp_path / "out" / f"flight{suffix}"
    target.parent.mkdir()
    source.write_bytes(film(laden=CANARY, lead=LEAD if suffix == ".m2ts" else b""))
    receipt = redact.Redactor(redact.Policy(hide={})).file(source, target)
    assert receipt.error is None
    assert receipt.status == "redacted"
    assert all(check.passed for check in receipt.checks)
    assert {"KLV", "service description"} <= {field.name for field in receipt.removed}
