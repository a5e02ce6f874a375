"""Descriptions that are seldom: Windows' codings, ProRes, growing frames, garbled attachments."""

from __future__ import annotations

import io
import struct
import zlib

import pytest

from redact.checks.reading import Flaw
from redact.checks.structure import matroska
from redact.errors import DamagedFileError, MediaError, UnsupportedFormatError
from redact.formats.matroska import packing
from redact.formats.matroska.file import Matroska
from redact.model import Field, Keep
from tests.formats.codings.coded import stream
from tests.formats.matroska.films import (
    CANARY,
    CLUSTER,
    ENTRY,
    PRIVATE,
    SEGMENT,
    SIMPLE,
    TRACKS,
    VIDEO,
    Node,
    attempt,
    changed,
    encoded,
    leaf,
    parse,
    shown,
    stripped,
    write,
)

KEEP = Keep(frozenset({"orientation", "colour"}))


ZLIB = write(Node(0x6240, [Node(0x5034, [leaf(0x4254, b"\0")])]))
PREFIX = write(Node(0x6240, [Node(0x5034, [leaf(0x4254, b"\3"), leaf(0x4255, bytes(50))])]))


def windows(name: bytes = b"XVID", width: int = 64, rest: bytes = bytes(20)) -> bytes:
    """A BITMAPINFOHEADER of a picture."""
    return struct.pack("<IiiHH4s", 40, width, 48, 1, 24, name) + rest


def as_windows(tree: Node) -> None:
    """The MPEG-4 track as old programs describe it, its configuration behind a header that says something."""
    entry = tree.first(SEGMENT, TRACKS, ENTRY)
    private = windows(rest=CANARY[:20]) + entry.first(PRIVATE).content
    entry.put(0x86, b"V_MS/VFW/FOURCC")
    entry.put(PRIVATE, private)


def test_windows_headers_lose_what_they_need_not_say() -> None:
    source = changed(encoded("mpeg4", ""), as_windows)
    copy = stripped(source)
    assert CANARY[:8] not in copy
    assert shown(copy) == shown(source) != []
    assert stripped(copy) == copy
    assert matroska.inspect(copy, KEEP)


@pytest.mark.parametrize("private", [windows(b"WMV3"), windows(width=0), windows(width=1 << 20), windows()[:30], b""])
def test_windows_codings_that_cannot_be_told_are_refused(private: bytes) -> None:
    def change(tree: Node) -> None:
        as_windows(tree)
        tree.first(SEGMENT, TRACKS, ENTRY).put(PRIVATE, private)

    with pytest.raises(MediaError):
        stripped(changed(encoded("mpeg4", ""), change))


def test_a_windows_header_that_says_more_is_seen_in_a_copy() -> None:
    copy = stripped(changed(encoded("mpeg4", ""), as_windows))
    place = copy.index(b"XVID") + 4
    with pytest.raises(Flaw):
        matroska.inspect(copy[:place] + b"CANARY" + copy[place + 6 :], KEEP)


def test_prores_keeps_its_flavour_and_names_no_encoder() -> None:
    source = encoded("prores_ks", "", pixels="yuv422p10le")
    copy = stripped(source)
    flavour = parse(source).first(SEGMENT, TRACKS, ENTRY, PRIVATE).content
    assert parse(copy).first(SEGMENT, TRACKS, ENTRY, PRIVATE).content == flavour
    assert b"Lavc" in source
    assert b"Lavc" not in copy
    unknown = changed(source, lambda tree: tree.first(SEGMENT, TRACKS, ENTRY).put(PRIVATE, b"abcd"))
    with pytest.raises(UnsupportedFormatError, match="flavour"):
        stripped(unknown)


def test_frames_that_grow_without_measure_are_refused() -> None:
    unpack, _ = packing.unpacking(ZLIB, packing.Budget.of(1000))
    assert unpack(zlib.compress(bytes(60_000))) == bytes(60_000)
    with pytest.raises(DamagedFileError):
        unpack(zlib.compress(bytes(10_000_000)))


def test_a_beginning_longer_than_any_header_is_refused() -> None:
    settings = Node(0x6240, [Node(0x5034, [leaf(0x4254, b"\x03"), leaf(0x4255, bytes(5000))])])
    with pytest.raises(UnsupportedFormatError):
        packing.unpacking(write(settings), packing.Budget.of(1000))


@pytest.mark.parametrize("encoding", [ZLIB, PREFIX])
def test_frames_that_grow_a_little_each_and_too_much_in_all_are_refused(encoding: bytes) -> None:
    unpack, _ = packing.unpacking(encoding, packing.Budget(250_000))
    frame = zlib.compress(bytes(60_000)) if encoding is ZLIB else bytes(59_950)
    for _ in range(4):
        assert len(unpack(frame)) == 60_000
    with pytest.raises(DamagedFileError):
        unpack(frame)


def bomb(tree: Node) -> None:
    """Sound whose every packet is much silence, packed."""
    packed = Node(0x5034, [leaf(0x4254, b"\0")])
    tree.first(SEGMENT, TRACKS, ENTRY).children.append(Node(0x6D80, [Node(0x6240, [packed])]))
    cluster = tree.first(SEGMENT, CLUSTER)
    block = leaf(SIMPLE, b"\x81\0\0\x80" + zlib.compress(bytes(65_000), 9))
    cluster.drop(SIMPLE)
    cluster.children += [block] * 600


def test_a_film_that_would_grow_a_hundredfold_is_refused() -> None:
    laden = changed(encoded("", "pcm_s16le"), bomb)
    with pytest.raises(DamagedFileError, match="size"):
        stripped(laden)


def cover(tree: Node) -> None:
    """A second track of pictures, of one image."""
    tracks = tree.first(SEGMENT, TRACKS)
    image = stream("mjpeg").packets[0]
    video = Node(VIDEO, [leaf(0xB0, b"\xb0"), leaf(0xBA, b"\x90")])
    tracks.children.append(Node(ENTRY, [leaf(0xD7, b"\x09"), leaf(0x83, b"\1"), leaf(0x86, b"V_MJPEG"), video]))
    tree.first(SEGMENT, CLUSTER).children.append(leaf(SIMPLE, b"\x89\0\0\x80" + image))


def test_a_track_of_one_picture_beside_a_film_is_a_cover_and_goes() -> None:
    laden = changed(encoded(), cover)
    named = list(Matroska().fields(io.BytesIO(laden)))
    assert Field("cover track", "preview", "Matroska Tracks") in named
    assert stripped(laden) == stripped(encoded())


def test_the_one_picture_of_a_film_stays() -> None:
    def alone(tree: Node) -> None:
        cover(tree)
        tracks = tree.first(SEGMENT, TRACKS)
        tracks.children = tracks.children[-1:]

    copy = stripped(changed(encoded("libx264", ""), alone))
    assert b"V_MJPEG" in copy
    assert matroska.inspect(copy, KEEP)


def test_garbled_attachments_and_tags_are_dropped_with_the_rest() -> None:
    def garble(tree: Node) -> None:
        tree.first(SEGMENT).children += [leaf(0x1941A469, CANARY), leaf(0x1254C367, CANARY)]

    copy = attempt(changed(encoded(), garble))
    assert copy is not None
    assert CANARY not in copy
