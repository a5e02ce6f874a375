"""Matroska and WebM: everything is named, what is on no list goes, the film stays the same, damage is refused."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import redact
from redact.errors import DamagedFileError, UnsupportedFormatError
from redact.formats import recognise
from redact.formats.matroska.file import Matroska
from redact.model import Field
from tests.formats.matroska.films import (
    BLOCK,
    CANARY,
    CLUSTER,
    CUES,
    ENTRY,
    GROUP,
    INFO,
    LADEN,
    SEEK_HEAD,
    SEGMENT,
    SIMPLE,
    TAGS,
    TRACKS,
    VIDEO,
    VOID,
    Node,
    attempt,
    changed,
    encoded,
    laden,
    leaf,
    parse,
    shown,
    stripped,
    write,
)

CODINGS = [
    ("libx264", "aac", "matroska", "yuv420p"),
    ("libx265", "flac", "matroska", "yuv420p"),
    ("libvpx", "libopus", "webm", "yuv420p"),
    ("libvpx-vp9", "", "webm", "yuv420p"),
    ("mpeg4", "libmp3lame", "matroska", "yuv420p"),
    ("mpeg2video", "mp2", "matroska", "yuv420p"),
    ("mjpeg", "pcm_s16le", "matroska", "yuvj420p"),
    ("prores_ks", "alac", "matroska", "yuv422p10le"),
    ("", "ac3", "matroska", "yuv420p"),
    ("libx264", "", "matroska", "yuv420p"),
]
every_coding = pytest.mark.parametrize(("video", "sound", "container", "pixels"), CODINGS)
every_carrier = pytest.mark.parametrize("carrier", LADEN)


def fields(data: bytes) -> list[Field]:
    """All that is named."""
    return list(Matroska().fields(io.BytesIO(data)))


def kinds(data: bytes) -> set[tuple[str, str]]:
    """(name, kind) of all that is named."""
    return {(each.name, each.kind) for each in fields(data)}


def test_both_kinds_are_recognised_by_their_content() -> None:
    for container in ("matroska", "webm"):
        assert recognise(io.BytesIO(encoded("libvpx", "libopus", container))).name == "Matroska"


@every_coding
def test_the_film_stays_the_same_and_the_encoders_tags_go(video: str, sound: str, container: str, pixels: str) -> None:
    source = encoded(video, sound, container, pixels)
    copy = stripped(source)
    assert CANARY in source
    assert CANARY not in copy
    assert shown(copy) == shown(source) != []
    assert stripped(copy) == copy


@every_carrier
@pytest.mark.parametrize("kept", [("orientation", "colour"), ("time", "camera", "author", "copyright", "colour")])
def test_nothing_planted_anywhere_is_left(carrier: str, kept: tuple[str, ...]) -> None:
    plain = encoded()
    source = changed(plain, LADEN[carrier])
    copy = stripped(source, *kept)
    assert CANARY[:8] in source
    assert CANARY[:8] not in copy
    assert shown(copy) == shown(plain)
    assert stripped(copy, *kept) == copy


@every_carrier
def test_what_is_planted_is_named_and_its_value_is_not(carrier: str) -> None:
    plain = encoded()
    found = fields(changed(plain, LADEN[carrier]))
    if carrier not in ("a checksum in every master", "numbers that no film needs"):
        assert len(found) > len(fields(plain)) or set(found) != set(fields(plain))
    assert "CANARY" not in repr(found)


def test_a_copy_names_nothing_but_what_was_kept() -> None:
    assert kinds(stripped(encoded())) <= {("Colour", "colour")}


def test_names_tell_what_hides() -> None:
    source = laden()
    assert kinds(source) >= {
        ("Title", "text"), ("WritingApp", "text"), ("LOCATION", "location"),
        ("Chapters", "text"), ("AttachedFile", "preview"), ("subtitle track", "text"), ("metadata track", "telemetry"),
        ("Name", "text"), ("Void", "unknown"), ("BlockAdditions", "unknown"), ("EncryptedBlock", "unknown"),
        ("trailing bytes", "unknown"), ("Language", "text"), ("user_data_unregistered", "unknown"),
    }  # fmt: skip


def test_a_foreign_reader_finds_no_tag_no_chapter_and_no_further_stream() -> None:
    source = laden()
    with av.open(io.BytesIO(stripped(source)), "r", format="matroska") as film:
        assert [stream.type for stream in film.streams] == ["video", "audio"]
        assert not film.chapters()
        told = {**film.metadata, **{name: value for stream in film.streams for name, value in stream.metadata.items()}}
    assert {name.lower() for name in told} <= {"encoder", "duration", "language"}
    assert told.get("ENCODER", told.get("encoder")) == "redact"


def test_the_time_of_recording_stays_when_it_may() -> None:
    date = (10**9 * 3600 * 24 * 365).to_bytes(8, "big")
    source = changed(encoded(), lambda tree: tree.first(SEGMENT, INFO).put(0x4461, date))
    assert date in stripped(source, "time")
    assert date not in stripped(source)
    assert ("DateUTC", "time") in kinds(source)


def turned(tree: Node) -> None:
    """A flat picture on its side."""
    for video in tree.all(VIDEO):
        video.put(0x7670, [leaf(0x7671, b"\0"), leaf(0x7675, b"\xc0\x56\x80\0\0\0\0\0")])


def test_a_turn_stays_with_orientation_and_goes_without() -> None:
    def rotation(data: bytes) -> int:
        with av.open(io.BytesIO(data), "r", format="matroska") as film:
            return int(next(film.decode(video=0)).rotation)

    source = changed(encoded(), turned)
    assert rotation(source) in (90, -90)
    assert rotation(stripped(source)) == rotation(source)
    assert rotation(stripped(source, "colour")) == 0


def coloured(tree: Node) -> None:
    """HDR10, with primaries that are not of round numbers."""
    real = {0x55D1: 0.708, 0x55D2: 0.292, 0x55D3: 0.17, 0x55D4: 0.797, 0x55D5: 0.131, 0x55D6: 0.046}
    more = {0x55D7: 0.3127, 0x55D8: 0.329, 0x55D9: 1000.0, 0x55DA: 0.0001}
    mastering = [leaf(code, struct.pack(">d", value)) for code, value in {**real, **more}.items()]
    numbers = {0x55B1: 9, 0x55BA: 16, 0x55BB: 9, 0x55B9: 1, 0x55BC: 1000, 0x55BD: 400}
    shades = [leaf(code, value.to_bytes(2, "big")) for code, value in numbers.items()]
    for video in tree.all(VIDEO):
        video.put(0x55B0, [*shades, Node(0x55D0, mastering)])


def test_colours_stay_with_colour_and_go_without() -> None:
    source = changed(encoded("libvpx-vp9", ""), coloured)
    kept = parse(stripped(source)).first(SEGMENT, TRACKS, ENTRY, VIDEO, 0x55B0)
    assert kept.first(0x55BA).content == b"\x10"
    assert kept.first(0x55BC).content == (1000).to_bytes(2, "big")
    assert len(kept.first(0x55D0).children) == 10
    assert not list(parse(stripped(source, "orientation")).all(0x55B0))


def test_transparency_of_vp9_stays_and_other_additions_go() -> None:
    source = encoded("libvpx-vp9", "", "webm", "yuva420p")
    copy = stripped(source)
    assert shown(copy) == shown(source)
    assert [each.content for each in parse(copy).all(0xA5)] == [each.content for each in parse(source).all(0xA5)] != []


def dolby(tree: Node) -> None:
    """Profile 8.1 of Dolby Vision, named, with something where zeros belong."""
    record = bytes((1, 0, 0x10, 0x35, 0x10)) + CANARY[:19]
    for entry in tree.all(ENTRY):
        entry.children.append(Node(0x41E4, [leaf(0x41A4, CANARY), leaf(0x41E7, b"dvvC"), leaf(0x41ED, record)]))


def test_dolby_vision_stays_with_its_five_bytes_alone() -> None:
    copy = stripped(changed(encoded("libx265", ""), dolby))
    assert next(parse(copy).all(0x41ED)).content == bytes((1, 0, 0x10, 0x35, 0x10)) + bytes(19)
    assert CANARY[:6] not in copy


def test_flags_language_and_delays_of_a_track_stay() -> None:
    def mark(tree: Node) -> None:
        for entry in tree.all(ENTRY):
            entry.put(0x22B59C, b"ukr")
            entry.put(0x88, b"\0")
            entry.put(0x55AE, b"\1")
            entry.put(0x56AA, b"\x63\x2e\xa0")

    entry = parse(stripped(changed(encoded(), mark))).first(SEGMENT, TRACKS, ENTRY)
    assert [entry.first(code).content for code in (0x22B59C, 0x88, 0x55AE, 0x56AA)] == [
        b"ukr", b"\0", b"\1", b"\x63\x2e\xa0",
    ]  # fmt: skip


def test_a_track_whose_language_told_more_speaks_none() -> None:
    source = changed(encoded(), lambda tree: tree.first(SEGMENT, TRACKS, ENTRY).put(0x22B59D, b"uk-UA"))
    assert b"uk-UA" not in stripped(source)
    assert ("LanguageBCP47", "text") in kinds(source)


def live(tree: Node) -> None:
    """As a browser records it: no sizes, no index."""
    segment = tree.first(SEGMENT)
    segment.drop(CUES, SEEK_HEAD, TAGS, VOID)
    segment.open = True
    for cluster in tree.all(CLUSTER):
        cluster.open = True


def test_a_film_written_live_gets_sizes_and_an_index() -> None:
    source = changed(encoded("libvpx", "libopus", "webm"), live)
    copy = stripped(source)
    assert shown(copy) == shown(source)
    assert parse(copy).first(SEGMENT, CUES).children
    assert stripped(copy) == copy


def test_a_second_film_behind_a_live_one_ends_it() -> None:
    source = changed(encoded("libvpx", "libopus", "webm"), live)
    assert stripped(source + source) == stripped(source)
    assert ("trailing bytes", "unknown") in kinds(source + source)


def test_a_player_can_jump_in_a_copy() -> None:
    with av.open(io.BytesIO(stripped(encoded("libx264", "", options=(("cluster_time_limit", "100"),)))), "r") as film:
        film.seek(450_000)
        assert next(film.decode(video=0)).time == pytest.approx(0.25, abs=0.01)


def test_cues_point_at_key_frames_half_a_second_apart() -> None:
    segment = parse(stripped(encoded("mjpeg", "aac", pixels="yuvj420p"))).first(SEGMENT)
    assert [int.from_bytes(cue.content, "big") for cue in segment.all(0xB3)] == [0]


def packed(algorithm: int, settings: bytes = b"", kind: int = 0, scope: int = 1) -> Node:
    """ContentEncodings with one encoding."""
    numbers = [leaf(0x5032, bytes((scope,))), leaf(0x5033, bytes((kind,)))]
    compression = Node(0x5034, [leaf(0x4254, bytes((algorithm,))), leaf(0x4255, settings)])
    return Node(0x6D80, [Node(0x6240, [*numbers, compression])])


def repacked(tree: Node, number: int, encodings: Node, change: Callable[[bytes], bytes]) -> None:
    """One track's frames packed."""
    entry = next(each for each in tree.all(ENTRY) if each.first(0xD7).content == bytes((number,)))
    entry.children.append(encodings)
    for code in (SIMPLE, BLOCK):
        for block in tree.all(code):
            if block.content[0] == 0x80 | number:
                block.content = block.content[:4] + change(block.content[4:])


def test_stripped_headers_are_put_back() -> None:
    plain = encoded("libx264", "ac3")
    source = changed(plain, lambda tree: repacked(tree, 2, packed(3, b"\x0b\x77"), lambda frame: frame[2:]))
    copy = stripped(source)
    assert shown(copy) == shown(plain)
    assert not list(parse(copy).all(0x6D80))


def test_compressed_frames_are_unpacked() -> None:
    plain = encoded("libx264", "ac3")
    source = changed(plain, lambda tree: repacked(tree, 1, packed(0), zlib.compress))
    assert shown(stripped(source)) == shown(plain)
    broken = changed(plain, lambda tree: repacked(tree, 1, packed(0), lambda frame: zlib.compress(frame)[:-9]))
    with pytest.raises(DamagedFileError, match="compressed"):
        stripped(broken)


@pytest.mark.parametrize("encodings", [packed(1), packed(2), packed(0, kind=1), packed(3, scope=4)])
def test_encryption_and_other_compressions_are_refused(encodings: Node) -> None:
    with pytest.raises(UnsupportedFormatError):
        stripped(changed(encoded(), lambda tree: repacked(tree, 1, encodings, lambda frame: frame)))


def test_a_film_that_changes_its_coding_is_refused() -> None:
    def change(tree: Node) -> None:
        cluster = tree.first(SEGMENT, CLUSTER)
        block = next(cluster.all(SIMPLE))
        grouped = Node(GROUP, [leaf(BLOCK, block.content), leaf(0xA4, CANARY)])
        cluster.children[cluster.children.index(block)] = grouped

    with pytest.raises(UnsupportedFormatError, match="changes its coding"):
        stripped(changed(encoded(), change))


@pytest.mark.parametrize(
    ("code", "content"),
    [(0x86, b"V_REAL/RV40"), (0x86, b"V_MS/VFW/FOURCC"), (0x23314F, b"\x40\0\0\0"), (0x83, b"\x11")],
)
def test_what_cannot_be_made_safe_is_refused(code: int, content: bytes) -> None:
    source = changed(encoded(sound=""), lambda tree: tree.first(SEGMENT, TRACKS, ENTRY).put(code, content))
    with pytest.raises((UnsupportedFormatError, DamagedFileError)):
        stripped(source)


@pytest.mark.parametrize("codec", [b"A_WAVPACK4", b"A_AAC/CANARY", b"A_REAL/COOK"])
def test_unknown_sound_is_refused(codec: bytes) -> None:
    source = changed(encoded(""), lambda tree: tree.first(SEGMENT, TRACKS, ENTRY).put(0x86, codec))
    with pytest.raises(UnsupportedFormatError):
        stripped(source)


def test_another_kind_of_ebml_is_refused() -> None:
    with pytest.raises(UnsupportedFormatError, match="neither"):
        stripped(changed(encoded(), lambda tree: tree.children[0].put(0x4282, b"notebook")))


def test_contradictions_are_refused() -> None:
    def two_numbers(tree: Node) -> None:
        for entry in tree.all(ENTRY):
            entry.put(0xD7, b"\1")

    def two_infos(tree: Node) -> None:
        tree.first(SEGMENT).children.append(Node(INFO, [leaf(0x2AD7B1, b"\1")]))

    def two_times(tree: Node) -> None:
        tree.first(SEGMENT, CLUSTER).children.append(leaf(0xE7, b"\x63"))

    def no_time(tree: Node) -> None:
        tree.first(SEGMENT, CLUSTER).drop(0xE7)

    def no_size(tree: Node) -> None:
        next(tree.all(VIDEO)).drop(0xB0)

    def two_sizes(tree: Node) -> None:
        next(tree.all(VIDEO)).children.append(leaf(0xB0, b"\x20"))

    def open_tracks(tree: Node) -> None:
        tree.first(SEGMENT, TRACKS).open = True

    for change in (two_numbers, two_infos, two_times, no_time, no_size, two_sizes, open_tracks):
        with pytest.raises(DamagedFileError):
            stripped(changed(encoded(), change))


def test_a_film_without_frames_is_refused() -> None:
    with pytest.raises(UnsupportedFormatError, match="nothing to share"):
        stripped(changed(encoded(), lambda tree: tree.first(SEGMENT).drop(CLUSTER)))


def test_painted_pictures_are_refused() -> None:
    with pytest.raises(UnsupportedFormatError, match="painted"):
        Matroska().strip(io.BytesIO(encoded()), io.BytesIO(), redact.Policy(hide={}).kept, io.BytesIO(encoded()))


@given(cut=st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_a_film_cut_anywhere_is_refused(cut: int) -> None:
    data = stripped(encoded())
    assert attempt(data[: cut % len(data)]) is None


@given(
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=6),
    part=st.sampled_from((1500, 6000, 10**6)),
)
@settings(max_examples=150, deadline=None)
def test_a_garbled_film_is_refused_or_written_as_it_stays(changes: list[tuple[int, int]], part: int) -> None:
    data = bytearray(laden())
    for place, value in changes:
        data[place % min(part, len(data))] = value
    copy = attempt(bytes(data))
    if copy is not None:
        assert attempt(copy) == copy


@given(data=st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_noise_behind_a_header_is_refused(data: bytes) -> None:
    assert attempt(encoded()[:48] + data) is None


def test_sizes_beyond_the_file_are_refused_at_once() -> None:
    header = write(Node(0, parse(encoded()).children[:1]))
    for size in (b"\x01\xff\xff\xff\xff\xff\xff\xfe", b"\x08\xff\xff\xff\xff", b"\x00"):
        assert attempt(header + b"\x18\x53\x80\x67" + size + b"\x15\x49\xa9\x66\x80") is None


def test_deep_nesting_is_walked_without_end() -> None:
    nested = b""
    for _ in range(3000):
        nested = write(Node(0, [leaf(0x67C8, nested)]))
    source = changed(encoded(), lambda tree: tree.first(SEGMENT).children.append(leaf(TAGS, nested)))
    assert attempt(source) is not None


@pytest.mark.parametrize("container", ["mkv", "webm"])
def test_a_film_is_published_with_nothing_hidden(tmp_path: Path, container: str) -> None:
    source = tmp_path / f"film.{container}"
    source.write_bytes(encoded("libvpx", "libopus", "webm") if container == "webm" else encoded())
    receipt = redact.Redactor(redact.Policy(hide={})).file(source, tmp_path / f"copy.{container}")
    assert receipt.ok, receipt.error
    assert receipt.status == "redacted"
    assert CANARY not in (tmp_path / f"copy.{container}").read_bytes()
