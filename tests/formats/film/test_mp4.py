"""The MP4 and MOV stripper: lists, drops, keeps, refuses damage; on films made here by real encoders."""

from __future__ import annotations

import contextlib
import hashlib
import io
import struct
from collections.abc import Callable
from fractions import Fraction
from typing import cast

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Stream
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream
from hypothesis import given, settings
from hypothesis import strategies as st

from redact.errors import DamagedFileError, RedactError, UnsupportedFormatError
from redact.formats import boxes
from redact.formats.boxes import written
from redact.formats.film.mp4 import Mp4
from redact.frames.video import open_clip
from redact.model import KINDS, Keep

CANARY = b"+12.3456-045.6789/"
EVERYTHING = Keep(frozenset(KINDS))
DEFAULT = Keep(frozenset({"orientation", "colour"}))
SIZE = (96, 64)
USER_DATA_SEI = b"\0\0\0\1\x06\x05" + bytes((16 + len(CANARY),)) + bytes(16) + CANARY + b"\x80"


def film(
    container: str = "mp4",
    codec: str = "libx264",
    *,
    frames: int = 14,
    sound: str | None = "aac",
    times: Callable[[int], int] = lambda index: index * 512,
    options: dict[str, str] | None = None,
    degrees: int = 0,
    seed: int = 1,
) -> bytes:
    """A short film of noise, with B-frames, a message with a canary in its first coded picture, and sound."""
    out = io.BytesIO()
    noise = np.random.default_rng(seed)
    with av.open(out, "w", format=container, container_options={"fflags": "+bitexact", **(options or {})}) as muxer:
        video = cast("VideoStream", muxer.add_stream(codec, rate=25))
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, 12800)
        video.codec_context.color_primaries = video.codec_context.color_trc = video.codec_context.colorspace = 1
        video.codec_context.color_range = 1
        video.codec_context.options = {"x265-params": "log-level=none:bframes=2", "bf": "2", "g": "6"}
        video.codec_context.thread_count = 1
        if codec == "libx265":
            video.codec_context.codec_tag = "hvc1"
        if degrees:
            video.set_display_rotation(degrees)
        muxer.metadata["title"] = CANARY.decode()
        audio = cast("AudioStream", muxer.add_stream(sound, rate=48000)) if sound else None
        for index in range(frames):
            pixels = noise.integers(0, 256, (SIZE[1] * 3 // 2, SIZE[0]), dtype=np.uint8)
            frame = VideoFrame.from_ndarray(pixels, "yuv420p")
            frame.pts, frame.time_base, frame.pict_type = times(index), Fraction(1, 12800), PictureType.NONE
            for packet in video.encode(frame):
                muxer.mux(with_message(packet) if codec == "libx264" and packet.is_keyframe else packet)
            if audio:
                tone = noise.integers(-9000, 9000, (1, 2 * 1920), dtype=np.int16)
                heard = AudioFrame.from_ndarray(tone, "s16", "stereo")
                heard.sample_rate, heard.pts = 48000, index * 1920
                muxer.mux(audio.encode(heard))
        muxer.mux(video.encode(None))
        if audio:
            muxer.mux(audio.encode(None))
    return out.getvalue()


def with_message(packet: Packet[Stream]) -> Packet[Stream]:
    copy: Packet[Stream] = Packet(USER_DATA_SEI + bytes(packet))
    copy.stream, copy.pts, copy.dts, copy.time_base = packet.stream, packet.pts, packet.dts, packet.time_base
    copy.is_keyframe = packet.is_keyframe
    return copy


def two_films() -> bytes:
    """A film with two tracks of pictures, which count in different ticks."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as muxer:
        videos = [muxer.add_stream("libx264", rate=rate) for rate in (25, 30)]
        for video in videos:
            video.width, video.height = SIZE
            video.codec_context.options = {"g": "2", "bf": "0"}
        for video in videos:
            for _ in range(5):
                muxer.mux(video.encode(VideoFrame(*SIZE, "yuv420p")))
            muxer.mux(video.encode(None))
    return out.getvalue()


def stripped(data: bytes, keep: Keep = DEFAULT, pixels: bytes | None = None) -> bytes:
    target = io.BytesIO()
    Mp4().strip(io.BytesIO(data), target, keep, None if pixels is None else io.BytesIO(pixels))
    return target.getvalue()


def listed(data: bytes) -> set[tuple[str, str]]:
    return {(field.name, field.kind) for field in Mp4().fields(io.BytesIO(data))}


def packets(data: bytes, kind: str) -> list[tuple[object, ...]]:
    """The first stream of a kind as a demuxer sees it: times, durations, whether shown; sound with its hash."""
    with av.open(io.BytesIO(data), "r", format="mov", metadata_errors="replace") as demuxer:
        stream = next(stream for stream in demuxer.streams if stream.type == kind)
        return [
            (p.pts * p.time_base, p.duration * p.time_base, p.is_keyframe, p.is_discard)
            + ((hashlib.sha256(bytes(p)).hexdigest(),) if kind == "audio" else ())
            for p in demuxer.demux(stream)
            if p.size and p.pts is not None and p.duration is not None
        ]


def samples(data: bytes) -> tuple[int | None, bytes]:
    """When uncompressed sound begins, and all of it: where packets of it are cut is a demuxer's choice."""
    with av.open(io.BytesIO(data), "r", format="mov") as demuxer:
        stream = demuxer.streams.audio[0]
        coded = [packet for packet in demuxer.demux(stream) if packet.size]
        return coded[0].pts, b"".join(map(bytes, coded))


def pictures(data: bytes) -> list[tuple[object, ...]]:
    """Every frame that is shown: time, rotation, colour tags and a hash of its samples."""
    with av.open(io.BytesIO(data), "r", format="mov", metadata_errors="replace") as demuxer:
        return [
            (f.pts, f.rotation, f.colorspace, f.color_range, hashlib.sha256(f.to_ndarray().tobytes()).hexdigest())
            for f in demuxer.decode(demuxer.streams.video[0])
        ]


def top_level(data: bytes) -> list[bytes]:
    return [span.code for span in boxes.layout(io.BytesIO(data)).spans]


def with_index(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The film with its index, the last box, changed: offsets of samples stay right."""
    moov = boxes.layout(io.BytesIO(data)).of(b"moov")[0]
    assert moov.end == len(data)
    return data[: moov.start] + written(b"moov", change(data[moov.body :]))


def planted(data: bytes) -> bytes:
    """The film with a canary in every carrier that a box can be."""
    key = b"com.apple.quicktime.location.ISO6709"
    keys = written(b"keys", bytes(4), struct.pack(">I", 1), written(b"mdta", key))
    value = written(b"data", struct.pack(">II", 1, 0), CANARY)
    handler = written(b"hdlr", bytes(8), b"mdta", bytes(13))
    meta = written(b"meta", handler, keys, written(b"ilst", written(b"\0\0\0\1", value)))
    covers = written(b"ilst", written(b"covr", value))
    user = written(
        b"udta",
        written(b"\xa9xyz", struct.pack(">HH", len(CANARY), 0x15C7), CANARY),
        written(b"GPMF", CANARY),
        written(b"meta", bytes(4), written(b"hdlr", bytes(8), b"mdir", bytes(13)), covers),
        bytes(4),
    )
    packet = b'<x:xmpmeta xmlns:exif="x" exif:GPSLatitude="' + CANARY + b'"/>'
    xmp = written(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac"), packet)
    return (
        with_index(data, lambda body: body + user + meta + written(b"free", CANARY))
        + xmp
        + written(b"skip", CANARY)
        + written(b"mdat", CANARY)
        + b"\0\0\0\0\xff\xff\xff\xff"
        + CANARY
    )


@pytest.fixture(scope="module")
def plain() -> bytes:
    return film()


@pytest.fixture(scope="module")
def telling(plain: bytes) -> bytes:
    return planted(plain)


def test_films_are_recognised_and_stills_are_not(plain: bytes) -> None:
    assert Mp4().recognises(plain[:64])
    assert Mp4().recognises(b"\0\0\0\x08wide\0\0\0\0mdat")
    for brand in (b"heic", b"avif", b"mif1", b"jxl "):
        assert not Mp4().recognises(b"\0\0\0\x18ftyp" + brand + bytes(12))
    assert not Mp4().recognises(b"ffconcat version 1.0\nfile '/etc/hosts'\n")
    assert not Mp4().recognises(b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n")


def test_every_carrier_is_listed_by_name(telling: bytes) -> None:
    found = listed(telling)
    assert found >= {
        ("©xyz", "location"),
        ("GPMF", "telemetry"),
        ("covr", "preview"),
        ("com.apple.quicktime.location.ISO6709", "location"),
        ("exif:GPSLatitude", "location"),
        ("free", "unknown"),
        ("skip", "unknown"),
        ("trailing bytes", "unknown"),
        ("user_data_unregistered", "unknown"),
        ("colr", "colour"),
        ("handler name", "text"),
    }


def test_no_field_holds_a_value(telling: bytes) -> None:
    fields = list(Mp4().fields(io.BytesIO(telling)))
    assert CANARY.decode() not in repr(fields)


def test_a_key_that_is_a_place_is_not_told(plain: bytes) -> None:
    keys = written(b"keys", bytes(4), struct.pack(">I", 1), written(b"mdta", CANARY))
    items = written(b"ilst", written(b"\0\0\0\1", written(b"data", bytes(8))))
    meta = written(b"meta", written(b"hdlr", bytes(8), b"mdta", bytes(13)), keys, items)
    assert ("key", "unknown") in listed(with_index(plain, lambda body: body + meta))


@pytest.mark.parametrize("container", ["mp4", "mov"])
def test_nothing_that_was_planted_survives(container: str) -> None:
    data = planted(film(container))
    assert data.count(CANARY) > 8
    copy = stripped(data)
    assert CANARY not in copy
    assert b"x264 - core" in data
    assert b"x264 - core" not in copy
    assert top_level(copy) == [b"ftyp", b"mdat", b"moov"]
    assert listed(copy) == {("colr", "colour")}
    assert copy[8:12] == (b"qt  " if container == "mov" else b"isom")


def test_subtitle_tracks_are_named_and_dropped() -> None:
    out = io.BytesIO()
    source = film(sound=None)
    with av.open(io.BytesIO(source), "r", format="mov") as demuxer, av.open(out, "w", format="mp4") as muxer:
        video = muxer.add_stream_from_template(demuxer.streams.video[0], opaque=True)
        text = muxer.add_mux_stream("mov_text")
        text.time_base = Fraction(1, 1000)
        for packet in demuxer.demux(demuxer.streams.video[0]):
            if packet.size:
                packet.stream = video
                muxer.mux(packet)
        words: Packet[Stream] = Packet(struct.pack(">H", len(CANARY)) + CANARY)
        words.pts = words.dts = 0
        words.duration, words.time_base, words.stream = 400, Fraction(1, 1000), text
        muxer.mux(words)
    data = out.getvalue()
    assert CANARY in data
    assert ("tx3g track", "text") in listed(data)
    assert CANARY not in stripped(data)


UNEVEN = (0, 512, 600, 2000, 2001, 5000, 5512, 6024, 9000, 9100, 9200, 20000, 20512, 30000)


@pytest.mark.parametrize(
    ("container", "codec", "sound", "options"),
    [
        ("mp4", "libx264", "aac", {}),
        ("mov", "libx264", "pcm_s16le", {}),
        ("mp4", "libx265", "libopus", {}),
        ("mov", "libx265", "alac", {}),
        ("mp4", "libx264", "ac3", {}),
        ("mp4", "libx264", "aac", {"movflags": "frag_keyframe+empty_moov"}),
        ("mp4", "libx264", "aac", {"movflags": "frag_keyframe"}),
        ("mp4", "libx264", None, {"movflags": "negative_cts_offsets"}),
    ],
)
def test_every_packet_keeps_its_time_and_every_frame_its_samples(
    container: str, codec: str, sound: str | None, options: dict[str, str]
) -> None:
    data = film(container, codec, sound=sound, options=options, times=UNEVEN.__getitem__)
    copy = stripped(data)
    if not options:
        assert packets(copy, "video") == packets(data, "video")
    assert [each[0] for each in packets(copy, "video")] == [each[0] for each in packets(data, "video")]
    assert pictures(copy) == pictures(data)
    assert len(pictures(copy)) == len(UNEVEN)
    assert stripped(copy) == copy
    if sound == "pcm_s16le":
        assert samples(copy) == samples(data)
    elif sound:
        heard, was = packets(copy, "audio"), packets(data, "audio")
        assert [(each[0], each[4]) for each in heard] == [(each[0], each[4]) for each in was]


@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_rotation_stays_with_orientation_only(degrees: int) -> None:
    data = film(degrees=degrees, sound=None)
    assert abs(pictures(data)[0][1]) == abs(degrees)  # type: ignore[arg-type]  # rotation is a number
    assert pictures(stripped(data)) == pictures(data)
    assert pictures(stripped(data, Keep(frozenset({"colour"}))))[0][1] == 0
    assert ("display matrix", "orientation") not in listed(stripped(data, Keep(frozenset({"colour"}))))


def test_colour_boxes_stay_with_colour_only(plain: bytes) -> None:
    assert b"colrnclx" in stripped(plain)
    assert b"colr" not in stripped(plain, Keep(frozenset({"orientation"})))


def test_the_time_of_creation_stays_with_time_only(plain: bytes) -> None:
    made = 3_900_000_000
    at = plain.index(b"mvhd") + 8
    data = plain[:at] + struct.pack(">II", made, made) + plain[at + 8 :]
    assert ("creation time", "time") in listed(data)
    assert ("creation time", "time") not in listed(stripped(data))
    kept = stripped(data, Keep(DEFAULT.kinds | {"time"}))
    assert struct.pack(">I", made) in kept
    assert stripped(kept, Keep(DEFAULT.kinds | {"time"})) == kept


@pytest.mark.parametrize("keep", [Keep(), DEFAULT, EVERYTHING])
def test_stripping_twice_changes_no_byte(telling: bytes, keep: Keep) -> None:
    once = stripped(telling, keep)
    assert stripped(once, keep) == once
    assert stripped(telling, keep) == once


def test_what_the_edit_list_hides_stays_hidden(plain: bytes) -> None:
    at = plain.index(b"elst") + 12
    (duration,) = struct.unpack_from(">I", plain, at)
    data = plain[:at] + struct.pack(">I", duration // 2) + plain[at + 4 :]
    shown = pictures(data)
    assert 0 < len(shown) < 14
    copy = stripped(data)
    assert pictures(copy) == shown
    assert stripped(copy) == copy


def with_matrix(data: bytes, header: bytes, matrix: bytes) -> bytes:
    """The film with another matrix in its first `mvhd` or `tkhd`, of version 0."""
    at = data.index(header) + 4 + (36 if header == b"mvhd" else 40)
    return data[:at] + matrix + data[at + len(matrix) :]


def test_a_text_in_the_matrix_of_the_film_goes(plain: bytes) -> None:
    text = (CANARY * 2)[:36]
    assert stripped(with_matrix(plain, b"mvhd", text)) == stripped(plain)


def test_a_text_in_the_matrix_of_a_picture_is_refused(plain: bytes) -> None:
    for read in (stripped, listed):
        with pytest.raises(UnsupportedFormatError, match="quarter turns"):
            read(with_matrix(plain, b"tkhd", (CANARY * 2)[:36]))


def test_where_a_matrix_moves_a_picture_is_written_anew() -> None:
    data = film(degrees=90, sound=None)
    at = data.index(b"tkhd") + 4 + 40
    moved = data[: at + 24] + CANARY[:8] + data[at + 32 :]
    copy = stripped(moved)
    assert copy == stripped(data)
    a, b, _, c, d, _, right, down, one = struct.unpack_from(">9i", copy, copy.index(b"tkhd") + 4 + 40)
    assert (a, b, c, d) == struct.unpack_from(">9i", data, at)[:2] + struct.unpack_from(">9i", data, at)[3:5]
    assert (right, down, one) == (*[(SIZE[1] << 16, 0), (0, SIZE[0] << 16)][b < 0], 1 << 30)


@pytest.mark.parametrize("table", ["stsz", "stsc", "sizes"])
def test_a_track_that_promises_more_than_the_file_holds_is_damage(table: str) -> None:
    data = film(sound=None)
    at = data.index(b"stsc" if table == "stsc" else b"stsz")
    changes = {
        "stsz": (at + 8, struct.pack(">II", 1, 100_000_000)),
        "stsc": (at + 16, struct.pack(">I", 100_000_000)),
        "sizes": (at + 16, struct.pack(">I", 100_000_000)),
    }
    place, change = changes[table]
    for read in (stripped, listed):
        with pytest.raises(DamagedFileError, match="promises more"):
            read(data[:place] + change + data[place + len(change) :])


@pytest.mark.parametrize("sound", ["aac", "pcm_s16le"])
def test_painted_pictures_of_a_film_that_hides_some_leave_those_behind(sound: str) -> None:
    data = film("mov", sound=sound, frames=24)
    at = data.index(b"elst") + 16
    (start,) = struct.unpack_from(">i", data, at)
    hiding = data[:at] + struct.pack(">i", start + 3 * 512) + data[at + 4 :]
    shown = pictures(hiding)
    assert 0 < len(shown) < len(packets(hiding, "video"))
    painted = io.BytesIO()
    clip = open_clip(io.BytesIO(hiding))
    clip.write(clip.canvases(), painted)
    copy = stripped(hiding, DEFAULT, painted.getvalue())
    assert [picture[0] for picture in pictures(copy)] == [picture[0] for picture in shown]
    assert not any(each[3] for each in packets(copy, "video"))
    if sound == "aac":
        assert packets(copy, "audio") == packets(hiding, "audio")
    else:
        assert samples(copy) == samples(hiding)
    assert stripped(copy) == copy


def test_painted_pictures_replace_the_sources_and_nothing_else(telling: bytes) -> None:
    painted = film(sound=None, seed=2)
    copy = stripped(telling, DEFAULT, painted)
    assert [picture[-1] for picture in pictures(copy)] == [picture[-1] for picture in pictures(painted)]
    assert [each[0] for each in packets(copy, "video")] == [each[0] for each in packets(telling, "video")]
    assert packets(copy, "audio") == packets(telling, "audio")
    assert CANARY not in copy
    assert b"x264 - core" not in copy


def test_a_rotated_source_turns_the_painted_pictures() -> None:
    copy = stripped(film(degrees=90, sound=None), DEFAULT, film(sound=None, seed=2))
    assert abs(pictures(copy)[0][1]) == 90  # type: ignore[arg-type]  # rotation is a number


def test_painted_pictures_that_are_fewer_than_the_sources_are_refused(plain: bytes) -> None:
    with pytest.raises(DamagedFileError, match="13 pictures were painted where the film shows 14"):
        stripped(plain, DEFAULT, film(sound=None, frames=13))


def test_painted_pictures_are_refused_where_there_are_other_codings_or_tracks() -> None:
    painted = film(sound=None)
    for source in (film("mov", "mpeg4", sound=None), two_films()):
        with pytest.raises(UnsupportedFormatError, match="one video of H"):
            stripped(source, DEFAULT, painted)


@pytest.mark.parametrize(
    "text",
    [
        b"ffconcat version 1.0\nfile /etc/hosts\n",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n",
        b"\0\0\0\x10ftypisom\0\0\0\0" + b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n",
        b"",
    ],
)
def test_a_playlist_that_poses_as_a_film_is_damage(text: bytes) -> None:
    for act in (lambda: stripped(text), lambda: list(Mp4().fields(io.BytesIO(text)))):
        with pytest.raises(DamagedFileError):
            act()


def test_a_truncated_film_is_refused_wherever_it_was_cut(plain: bytes) -> None:
    for end in [*range(1, 200, 7), *range(200, len(plain), len(plain) // 40), len(plain) - 1]:
        with pytest.raises(DamagedFileError):
            stripped(plain[:end])


@pytest.mark.parametrize("options", [{"movflags": "frag_keyframe+empty_moov"}, {"movflags": "frag_keyframe"}])
def test_a_fragmented_film_is_refused_when_it_was_cut_in_a_fragment(options: dict[str, str]) -> None:
    data = film(options=options)
    ends = [span.end for span in boxes.layout(io.BytesIO(data)).spans]
    for end in range(ends[1] + 9, ends[-2], 997):
        if end not in ends:
            with pytest.raises(DamagedFileError):
                stripped(data[:end])


@pytest.mark.parametrize("behind", [-20, 0, 2**31])
def test_samples_that_lie_behind_the_end_of_the_file_are_damage(plain: bytes, behind: int) -> None:
    for place in (plain.index(b"stco") + 12, plain.rindex(b"stco") + 12, plain.rindex(b"stco") + 16):
        data = plain[:place] + struct.pack(">I", len(plain) + behind) + plain[place + 4 :]
        with pytest.raises(DamagedFileError):
            stripped(data)


def test_tables_that_disagree_are_damage(plain: bytes) -> None:
    at = plain.index(b"stsz") + 12
    data = plain[:at] + struct.pack(">I", 13) + plain[at + 4 :]
    with pytest.raises(DamagedFileError):
        stripped(data)


@pytest.mark.parametrize(
    "box",
    [
        struct.pack(">I4sQ", 1, b"free", 2**63),
        struct.pack(">I4sQ", 1, b"udta", 3),
        struct.pack(">I4s", 7, b"udta"),
        struct.pack(">I4s", 2**31, b"udta"),
        written(b"elst", bytes(4), b"\xff\xff\xff\xff"),
    ],
)
def test_boxes_of_hostile_sizes_are_damage(plain: bytes, box: bytes) -> None:
    hostile = with_index(plain, lambda body: written(b"trak", written(b"edts", box)) + body)
    for act in (lambda: stripped(hostile), lambda: list(Mp4().fields(io.BytesIO(hostile)))):
        with pytest.raises(DamagedFileError):
            act()


@pytest.mark.parametrize("code", [b"edts", b"trak", b"minf"])
def test_boxes_nested_without_end_neither_hang_nor_overflow(plain: bytes, code: bytes) -> None:
    nest = b""
    for _ in range(3000):
        nest = written(code, nest)
    hostile = with_index(plain, lambda body: body + nest)
    with pytest.raises(DamagedFileError):
        list(Mp4().fields(io.BytesIO(hostile)))
    if code == b"trak":
        with pytest.raises(DamagedFileError):
            stripped(hostile)
    else:
        assert stripped(hostile) == stripped(plain)


@pytest.mark.parametrize("code", [b"mdia", b"moof", b"traf", b"trak"])
def test_boxes_nested_without_end_beside_the_index_are_damage(plain: bytes, code: bytes) -> None:
    nest = b""
    for _ in range(3000):
        nest = written(code, nest)
    with pytest.raises(DamagedFileError):
        list(Mp4().fields(io.BytesIO(plain + nest)))


@pytest.mark.parametrize("code", [b"udta", b"meta"])
def test_garbled_user_data_is_named_and_dropped(plain: bytes, code: bytes) -> None:
    garbled = with_index(plain, lambda body: body + written(code, b"\0\0\0\xffABCD", CANARY))
    assert (code.decode(), "unknown") in listed(garbled)
    try:
        copy = stripped(garbled)
    except DamagedFileError:
        return
    assert CANARY not in copy


SMALL = film(frames=3, sound=None)
INDEX_START = boxes.layout(io.BytesIO(SMALL)).of(b"moov")[0].start


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(INDEX_START, len(SMALL) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_garbled_index_raises_only_errors_of_the_project(changes: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL)
    for at, value in changes:
        data[at] = value
    for act in (lambda: stripped(bytes(data)), lambda: list(Mp4().fields(io.BytesIO(bytes(data))))):
        with contextlib.suppress(RedactError):
            act()
