"""Films copied as they lie: nothing but what has to changes, nothing but what may stays, and FFmpeg is not asked."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redact.checks.structure import isobmff
from redact.errors import DamagedFileError, RedactError, UnsupportedFormatError
from redact.formats import boxes
from redact.formats.boxes import written
from redact.formats.codings.plain import Stream, nothing
from redact.formats.film import media, movie, remux, tables
from redact.formats.film.media import Lane
from redact.formats.film.mp4 import Mp4
from redact.formats.film.source import film_of
from tests.formats.codings.coded import CANARY
from tests.formats.film.test_breadth import (
    CONTAINERS,
    DEFAULT,
    SOUNDS,
    heard,
    muxed,
    published,
    shown,
    stripped,
    with_index,
)
from tests.formats.film.test_mp4 import film

OUTER = frozenset((b"trak", b"mdia", b"minf", b"stbl", b"edts"))


def altered(body: bytes, code: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """An index in which `change` makes something else of the payload of every box of that code in a track."""
    parts = []
    for box in boxes.boxes(body):
        if box.code == code:
            parts.append(change(box.payload))
        else:
            inside = altered(box.payload, code, change) if box.code in OUTER else box.payload
            parts.append(written(box.code, inside))
    return b"".join(parts)


def with_table(data: bytes, code: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return with_index(data, lambda body: altered(body, code, change))


def fronted(data: bytes) -> bytes:
    """The film with its index in front of its samples."""
    layout = boxes.layout(io.BytesIO(data))
    head, moov = layout.of(b"ftyp")[0].end, layout.of(b"moov")[0]
    by = len(data) - moov.start

    def farther(payload: bytes) -> bytes:
        starts = np.frombuffer(payload, ">u4", -1, 8).astype(np.int64) + by
        return written(b"stco", payload[:8], starts.astype(">u4").tobytes())

    return data[:head] + written(b"moov", altered(data[moov.body :], b"stco", farther)) + data[head : moov.start]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without FFmpeg's muxer."""

    def strip(*_: object) -> None:
        message = "FFmpeg was asked"
        raise AssertionError(message)

    monkeypatch.setattr(remux, "strip", strip)


Made: TypeAlias = tuple[str, Sequence[str], Sequence[str]]
"""Container, codings of pictures, codings of sound."""


def films() -> list[Made]:
    pictures: list[Made] = [(container, [name], []) for name, container in CONTAINERS.items()]
    sounds: list[Made] = [(container, [], [name]) for name, container in SOUNDS.items()]
    both: list[Made] = [("mp4", ["h264", "hevc"], ["aac", "ac3"]), ("mov", ["h264"], ["pcm_s16le", "aac"])]
    return [*pictures, *sounds, *both]


def told(data: bytes) -> list[tuple[Any, ...]]:
    """What the index tells of each track: headers, edits, and where its samples lie in order."""
    read = film_of(io.BytesIO(data))
    return [
        (track.handler, track.header.duration, track.header.flags, track.header.size, track.media, track.edits,
         read.tables[track.number].times, read.tables[track.number].counts.tolist())
        for track in read.kept
    ]  # fmt: skip


def packets(data: bytes) -> list[list[tuple[object, ...]]]:
    """Every packet of every track as a demuxer sees it."""
    found: list[list[tuple[object, ...]]] = []
    with av.open(io.BytesIO(data), "r", format="mov") as opened:
        streams = [stream for stream in opened.streams if stream.type in ("video", "audio")]
        found = [[] for _ in opened.streams]
        for packet in opened.demux(streams):
            if packet.size:
                times = (packet.pts, packet.dts, packet.duration, packet.time_base)
                found[packet.stream.index].append((*times, packet.is_keyframe, packet.is_discard))
    return found


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("front", [False, True])
@pytest.mark.parametrize(("container", "names", "sounds"), films())
def test_a_plain_film_is_copied_as_it_lies(
    container: str, names: Sequence[str], sounds: Sequence[str], *, front: bool
) -> None:
    source = muxed(container, names, sounds)
    source = fronted(source) if front else source
    copy = stripped(source)
    assert told(copy) == told(source)
    assert packets(copy) == packets(source)
    assert shown(copy) == shown(source)
    assert heard(copy) == heard(source)
    assert CANARY not in copy
    assert stripped(copy) == copy
    assert isobmff.inspect(copy, DEFAULT)
    codes = [span.code for span in boxes.layout(io.BytesIO(copy)).spans]
    assert codes == ([b"ftyp", b"moov", b"mdat"] if front else [b"ftyp", b"mdat", b"moov"])


ADDED = b"GPS +12.3456-045.6789/"


def test_what_lies_between_the_samples_stays_behind() -> None:
    """Two tracks and a stale stretch: the copy's media are the kept samples, side by side, in the source's order."""
    source = muxed("mp4", ["h264"], ["aac"])
    other = source.replace(b"hdlr" + bytes(8) + b"soun", b"hdlr" + bytes(8) + b"meta")
    mute = stripped(other)
    assert heard(mute) == []
    assert shown(mute) == shown(source)
    media_bytes = sum(span.end - span.body for span in boxes.layout(io.BytesIO(mute)).of(b"mdat"))
    read = film_of(io.BytesIO(mute))
    assert media_bytes == sum(int(each.chunk_bytes.sum()) for each in read.tables.values())


def test_places_in_64_bits_stay_so() -> None:
    source = muxed("mp4", ["h264"], ["aac"])

    def wide(payload: bytes) -> bytes:
        return written(b"co64", payload[:8], np.frombuffer(payload, ">u4", -1, 8).astype(">u8").tobytes())

    copy = stripped(with_table(source, b"stco", wide))
    assert copy.count(b"co64") == 2
    assert shown(copy) == shown(source)
    assert stripped(copy) == copy
    assert isobmff.inspect(copy, DEFAULT)


def test_places_beyond_32_bits_are_told_in_64() -> None:
    read = film_of(io.BytesIO(muxed("mp4", ["h264"], ["aac"])))
    lanes = [Lane(each, None) for each in read.tables.values()]
    near, far = media.placed(lanes, 1000), media.placed(lanes, 2**32)
    assert not any(each.far for each in near)
    assert all(each.far for each in far)
    assert (far[0].starts - near[0].starts == 2**32 - 1000).all()


def test_pictures_that_grow_over_the_edge_of_32_bits_are_refused() -> None:
    source = io.BytesIO(film())
    growing = Stream("pictures", b"", (), lambda packet: packet + bytes(1000), nothing)
    lanes = [Lane(each, growing) for each in film_of(source).tables.values()]
    last = max(int(each.starts.max()) for each in media.placed(lanes, 0))
    with pytest.raises(UnsupportedFormatError, match="split it"):
        media.copy(lanes, source, io.BytesIO(), 2**32 - 100 - last)


@pytest.mark.parametrize("by", [-10_000, 40, 2**31])
def test_samples_that_lie_outside_of_the_media_are_damage(by: int) -> None:
    source = muxed("mp4", ["h264"], ["aac"])

    def elsewhere(payload: bytes) -> bytes:
        starts = np.frombuffer(payload, ">u4", -1, 8).astype(np.int64) + by
        return written(b"stco", payload[:8], (starts % 2**32).astype(">u4").tobytes())

    with pytest.raises(DamagedFileError):
        stripped(with_table(source, b"stco", elsewhere))


def test_samples_that_several_tracks_share_are_damage() -> None:
    """Tracks that all lie at one place would multiply what the file holds, and show what is no sound as such."""
    source = muxed("mp4", [], ["aac"])
    layout = boxes.layout(io.BytesIO(source))
    track = next(box for box in layout.index(io.BytesIO(source)).children() if box.code == b"trak")

    def numbered(number: int) -> bytes:
        header = track.payload.index(b"tkhd") + 16
        return written(b"trak", track.payload[:header], number.to_bytes(4, "big"), track.payload[header + 4 :])

    twice = with_index(source, lambda body: body + numbered(7))
    many = with_index(source, lambda body: body + b"".join(map(numbered, range(7, 40))))
    for shared in (twice, many):
        with pytest.raises(DamagedFileError, match="lie over each other"):
            stripped(shared)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        (b"stts", lambda table: more(b"stts", table, b"\0\0\0\0N48.")),
        (b"ctts", lambda table: more(b"ctts", table, b"\0\0\0\0N48.")),
        (b"stts", lambda table: written(b"stts", table, ADDED)),
        (b"stsz", lambda table: written(b"stsz", table, ADDED)),
        (b"stsc", lambda table: written(b"stsc", table, ADDED)),
        (b"stss", lambda table: written(b"stss", table, ADDED)),
        (b"stco", lambda table: written(b"stco", table, ADDED)),
        (b"hdlr", lambda table: written(b"hdlr", table[:12], ADDED[:12], ADDED)),
        (b"mdhd", lambda table: written(b"mdhd", table[:-4], ADDED[:4])),
        (b"tkhd", lambda table: written(b"tkhd", table[:16], ADDED[:4], table[20:24], ADDED[:8], table[32:])),
        (b"vmhd", lambda table: written(b"vmhd", table[:4], ADDED[:8])),
        (b"smhd", lambda table: written(b"smhd", table[:4], ADDED[:4])),
        (b"stss", lambda table: written(b"stss", table) + written(b"cslg", bytes(4), ADDED[:20])),
        (b"stss", lambda table: written(b"stss", table) + written(b"sdtp", bytes(4), ADDED)),
        (b"stss", lambda table: written(b"stss", table) + written(b"sgpd", b"\1\0\0\0GPS.", ADDED)),
        (b"stss", lambda table: written(b"stss", table) + written(b"sgpd", b"\1\0\0\0roll", ADDED)),
        (b"stss", lambda table: written(b"stss", table) + written(b"subs", ADDED)),
        (b"stsd", lambda table: written(b"stsd", table[:8], entry(table[8:], 16, b"GPS.+12.3456"))),
        (b"stsd", lambda table: written(b"stsd", table[:8], entry(table[8:], 50, ADDED))),
    ],
)
def test_whatever_is_put_into_the_index_of_a_plain_film_goes(code: bytes, change: Callable[[bytes], bytes]) -> None:
    source = film()
    laden = with_table(source, code, change)
    assert laden != source
    assert stripped(laden) == stripped(source)


def more(code: bytes, table: bytes, row: bytes) -> bytes:
    """The table with one row more."""
    return written(code, table[:4], (int.from_bytes(table[4:8], "big") + 1).to_bytes(4, "big"), table[8:], row)


def entry(described: bytes, start: int, text: bytes) -> bytes:
    """The first sample entry with a text in its fields, where it describes pictures."""
    return described[:start] + text + described[start + len(text) :] if described[4:8] == b"avc1" else described


def test_chunks_without_a_sample_go() -> None:
    source = muxed("mp4", ["h264"])

    def place(payload: bytes) -> bytes:
        return more(b"stco", payload, b"N48.")

    def run(payload: bytes) -> bytes:
        chunks = film_of(io.BytesIO(source)).tables[1].starts.size
        return more(b"stsc", payload, struct.pack(">III", chunks + 1, 0, 1))

    assert stripped(with_table(with_table(source, b"stco", place), b"stsc", run)) == stripped(source)


def test_what_samples_depend_on_stays() -> None:
    source = muxed("mp4", ["h264"])
    count = film_of(io.BytesIO(source)).tables[1].count
    told = bytes((0x24, 0x18, 0x44, 0xFF, 0x00, 0x21))[:count]
    kept = bytes((0x24, 0x18, 0x04, 0x00, 0x00, 0x20))[:count]
    copy = stripped(
        with_table(source, b"stss", lambda table: written(b"stss", table) + written(b"sdtp", bytes(4), told))
    )
    assert b"sdtp" + bytes(4) + kept in copy
    assert stripped(copy) == copy
    assert isobmff.inspect(copy, DEFAULT)


def test_where_sound_can_begin_stays() -> None:
    source = muxed("mp4", [], ["aac"])
    assert b"sgpd" in source
    assert stripped(source).count(b"roll") == source.count(b"roll") == 2


def test_sizes_of_nothing_between_the_units_of_a_picture_go() -> None:
    source = muxed("mp4", ["h264"])
    clean = stripped(source)
    sizes = film_of(io.BytesIO(clean)).tables[1].each_size().tolist()
    start = boxes.layout(io.BytesIO(clean)).of(b"mdat")[0].body
    coded, place = b"", start
    for size in sizes:
        coded += clean[place : place + size] + bytes(8)
        place += size
    index = clean[place:]
    longer = clean[: start - 8] + (16 + len(coded)).to_bytes(8, "big") + coded
    padded = altered_sizes(longer + index, [size + 8 for size in sizes], start)
    assert len(padded) == len(clean) + 8 * len(sizes)
    assert stripped(padded) == clean


def altered_sizes(data: bytes, sizes: Sequence[int], start: int) -> bytes:
    """The film with all its samples in one chunk, of these sizes."""
    table = written(b"stsz", bytes(8), struct.pack(f">I{len(sizes)}I", len(sizes), *sizes))
    data = with_table(data, b"stsz", lambda _: table)
    counts = film_counts(data)
    ends = np.cumsum(sizes)
    firsts = np.cumsum(counts) - counts
    starts = [start + (int(ends[first - 1]) if first else 0) for first in firsts]
    places = written(b"stco", bytes(4), struct.pack(f">I{len(starts)}I", len(starts), *starts))
    return with_table(data, b"stco", lambda _: places)


def film_counts(data: bytes) -> np.ndarray[Any, np.dtype[np.int64]]:
    moov = boxes.layout(io.BytesIO(data)).index(io.BytesIO(data))
    return tables.read(movie.read(moov).tracks[0].table, 1).counts


def test_gaps_that_follow_each_other_are_one() -> None:
    source = muxed("mp4", ["h264"])

    def gaps(payload: bytes) -> bytes:
        (duration,) = struct.unpack_from(">I", payload, 8)
        rows = [(40, -1, 0x4E34382E), (60, -1, 1 << 16), (duration, 0, 1 << 16)]
        return written(b"elst", bytes(4), struct.pack(">I", 3), *(struct.pack(">Iii", *row) for row in rows))

    copy = stripped(with_table(source, b"elst", gaps))
    (track,) = film_of(io.BytesIO(copy)).kept
    gap, shown_stretch = track.edits
    assert (gap.duration, gap.start) == (100, None)
    assert shown_stretch.start == 0
    assert b"N48." not in copy


def test_uncompressed_sound_that_counts_as_old_quicktime_does_comes_out_whole() -> None:
    source = muxed("mov", [], ["pcm_s16le"])
    old = with_table(source, b"stsz", lambda table: written(b"stsz", table[:4], b"\0\0\0\1", table[8:]))
    assert heard(old) == heard(source)
    copy = stripped(old)
    assert heard(copy) == heard(source)
    assert stripped(copy) == copy
    assert isobmff.inspect(copy, DEFAULT)


def test_a_track_that_nothing_describes_is_named_and_goes(tmp_path: Path) -> None:
    source = muxed("mp4", ["h264"], ["aac"])

    def undescribed(payload: bytes) -> bytes:
        return written(b"stsd" if payload[12:16] == b"avc1" else b"free", payload)

    data = with_table(source, b"stsd", undescribed)
    assert ("soun track", "unknown") in {(field.name, field.kind) for field in Mp4().fields(io.BytesIO(data))}
    copy = published(tmp_path, data)
    assert shown(copy) == shown(source)
    assert heard(copy) == []


FRAGMENTED = {"movflags": "frag_keyframe+empty_moov"}


@pytest.mark.parametrize(
    ("container", "names", "sounds"),
    [
        ("mp4", ["h264"], ["aac"]),
        ("mov", ["h264"], ["pcm_s16le"]),
        ("mp4", ["av1"], ["libopus"]),
        ("mp4", [], ["flac"]),
    ],
)
def test_what_was_put_together_is_copied_as_it_lies_from_then_on(
    container: str, names: Sequence[str], sounds: Sequence[str]
) -> None:
    plain = muxed(container, names, sounds)
    source = in_fragments(plain, container)
    assert b"moof" in source
    copy = stripped(source)
    assert shown(copy) == shown(plain)
    assert heard(copy) == heard(plain)
    assert stripped(copy) == copy
    assert isobmff.inspect(copy, DEFAULT)


def in_fragments(data: bytes, container: str) -> bytes:
    out = io.BytesIO()
    with (
        av.open(io.BytesIO(data), "r", format="mov") as source,
        av.open(out, "w", format=container, container_options=FRAGMENTED) as muxer,
    ):
        streams = {each.index: muxer.add_stream_from_template(each, opaque=True) for each in source.streams}
        for packet in source.demux():
            if packet.size:
                packet.stream = streams[packet.stream.index]
                muxer.mux(packet)
    return out.getvalue()


def test_files_are_copied_as_streams_in_memory_are(tmp_path: Path) -> None:
    data = muxed("mp4", ["h264"], ["aac"], frames=40)
    (tmp_path / "source").write_bytes(data)
    with (tmp_path / "source").open("rb") as source, (tmp_path / "copy").open("wb") as target:
        Mp4().strip(source, target, DEFAULT)
    assert (tmp_path / "copy").read_bytes() == stripped(data)


def test_a_target_that_held_something_longer_holds_the_copy_alone() -> None:
    data = muxed("mp4", ["h264"])
    target = io.BytesIO(bytes(2 * len(data)))
    Mp4().strip(io.BytesIO(data), target, DEFAULT)
    assert target.getvalue() == stripped(data)


SMALL = muxed("mp4", ["h264"], ["aac"], frames=3)
INDEX = boxes.layout(io.BytesIO(SMALL)).of(b"moov")[0].start


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(INDEX, len(SMALL) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_garbled_index_is_refused_or_comes_out_the_same_a_second_time(changes: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL)
    for place, value in changes:
        data[place] = value
    try:
        copy = stripped(bytes(data))
    except RedactError:
        return
    assert stripped(copy) == copy
    assert CANARY not in copy
