"""Which way is up, told by EXIF blocks good and bad."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from redact.contracts import Format
from redact.errors import DamagedFileError
from redact.formats import recognise
from redact.formats.png.file import Png
from redact.frames.codings.orientation import ORIENTATION_TAG, TURNS, read_orientation
from redact.frames.codings.png import parse_png
from redact.frames.stills import PARSERS
from redact.model import Box, Keep
from tests.frames.conftest import photograph, saved, turned


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_of_an_exif_block_is_read(orientation: int) -> None:
    assert read_orientation(turned(orientation).removeprefix(b"Exif\0\0")) == orientation


def test_both_byte_orders_are_read() -> None:
    for mark, order in ((b"II*\0", "<"), (b"MM\0*", ">")):
        block = mark + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, 8, 0, 0)
        assert read_orientation(block) == 8


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_nonsense_is_taken_as_upright(value: int) -> None:
    assert read_orientation(b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, value, 0, 0)) == 1


@given(st.binary(max_size=80), st.sampled_from((b"II*\0", b"MM\0*", b"")))
def test_no_block_however_garbled_stops_the_reader(rest: bytes, mark: bytes) -> None:
    assert read_orientation(mark + rest) in TURNS


@pytest.mark.parametrize("kind", [1, 2, 6, 8, 9])
def test_other_types_than_short_and_long_are_taken_as_upright(kind: int) -> None:
    assert read_orientation(b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x0112, kind, 1, 8, 0)) == 1


def test_a_long_is_read_like_a_short() -> None:
    for mark, order in ((b"II*\0", "<"), (b"MM\0*", ">")):
        assert read_orientation(mark + struct.pack(order + "IHHHIII", 8, 1, 0x0112, 4, 1, 8, 0)) == 8


def kept(container: Format, data: bytes) -> bytes:
    """The copy of a file with its orientation."""
    target = io.BytesIO()
    container.strip(io.BytesIO(data), target, Keep(frozenset({"orientation"})))
    return target.getvalue()


def jpeg_with(*payloads: bytes) -> bytes:
    plain = saved(photograph(24, 16), "JPEG")
    segments = (b"\xff\xe1" + (len(payload) + 2).to_bytes(2, "big") + payload for payload in payloads)
    return plain[:2] + b"".join(segments) + plain[2:]


def png_with(*chunks: tuple[bytes, bytes]) -> bytes:
    plain = saved(photograph(24, 16), "PNG")
    coded = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return plain[:33] + b"".join(coded) + plain[33:]


def webp_with(*payloads: bytes) -> bytes:
    plain = saved(photograph(24, 16), "WebP", exif=turned(1))
    body = plain[12 : plain.index(b"EXIF")]
    for payload in payloads:
        body += b"EXIF" + len(payload).to_bytes(4, "little") + payload + bytes(len(payload) % 2)
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body


RAW_PROFILE = b"Raw profile type exif\0\nexif\n%8d\n%s\n" % (len(turned(6)), turned(6).hex().encode())
SIX, EIGHT = turned(6), turned(8)
BLOCK = SIX.removeprefix(b"Exif\0\0")


@pytest.mark.parametrize(
    ("data", "orientation"),
    [
        (jpeg_with(SIX, EIGHT), 6),
        (jpeg_with(SIX[:40], SIX[:6] + SIX[40:]), 6),
        (jpeg_with(b"EXIF" + SIX[4:]), 1),
        (jpeg_with(b"EXIF" + SIX[4:], EIGHT), 8),
        (jpeg_with(b"Exif\0\1" + BLOCK), 1),
        (jpeg_with(b"Exif\0\0nothing", EIGHT), 1),
        (png_with((b"eXIf", BLOCK)), 6),
        (png_with((b"eXIf", b"EXIF\0\0" + BLOCK)), 1),
        (png_with((b"tEXt", RAW_PROFILE)), 1),
        (webp_with(BLOCK), 6),
        (webp_with(SIX, EIGHT), 6),
        (webp_with(b"EXIF" + SIX[4:]), 1),
    ],
)
def test_a_picture_is_looked_at_as_its_copy_will_be_shown(data: bytes, orientation: int) -> None:
    container = recognise(io.BytesIO(data))
    parse = PARSERS[container.name]
    assert parse(data).orientation == orientation
    assert parse(kept(container, data)).orientation == orientation
    shown = Pillow.open(io.BytesIO(kept(container, data)))
    assert shown.getexif().get(ORIENTATION_TAG, 1) == orientation


def test_two_exif_blocks_in_a_png_are_refused_by_who_looks_and_by_who_strips() -> None:
    data = png_with((b"eXIf", SIX), (b"eXIf", EIGHT))
    for read in (parse_png, lambda data: kept(Png(), data), lambda data: list(Png().fields(io.BytesIO(data)))):
        with pytest.raises(DamagedFileError, match="two EXIF blocks"):
            read(data)


@pytest.mark.parametrize("count", [0, 2, 3, 2**31])
@pytest.mark.parametrize("kind", [3, 4])
def test_more_than_one_orientation_in_a_tag_is_none(kind: int, count: int) -> None:
    block = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, kind, count, 8, 6, 0)
    data = png_with((b"eXIf", block))
    assert parse_png(data).orientation == 1
    assert b"eXIf" not in kept(Png(), data)


@given(
    st.sampled_from("<>"),
    st.lists(
        st.tuples(
            st.sampled_from((0x0112, 0x0110)), st.integers(0, 13), st.sampled_from((0, 1, 2, 2**31)), st.integers(0, 9)
        ),
        max_size=4,
    ),
    st.integers(0, 14),
    st.integers(0, 30),
)
def test_no_block_turns_a_picture_in_one_way_and_its_copy_in_another(
    order: str, entries: list[tuple[int, int, int, int]], offset: int, cut: int
) -> None:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    coded = b"".join(struct.pack(order + "HHIHH", *entry, 0) for entry in entries)
    block = mark + struct.pack(order + "IH", offset, len(entries)) + coded + bytes(4)
    block = block[: len(block) - cut]
    data = png_with((b"eXIf", block))
    assert parse_png(data).orientation == parse_png(kept(Png(), data)).orientation


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turning_upright_and_back_changes_nothing(orientation: int) -> None:
    turn = TURNS[orientation]
    stored = np.arange(5 * 7 * 3).reshape(5, 7, 3)
    upright = turn.upright(stored)
    assert np.array_equal(turn.stored(upright), stored)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_box_turns_with_its_picture(orientation: int) -> None:
    turn = TURNS[orientation]
    stored = np.zeros((5, 7), np.uint8)
    stored[1:3, 2:6] = 1
    upright = turn.upright(stored)
    height, width = upright.shape
    box = turn.upright_box(Box(2, 1, 6, 3), width, height)
    assert upright[int(box.top) : int(box.bottom), int(box.left) : int(box.right)].sum() == upright.sum()
    assert box.area == upright.sum()
    assert turn.stored_box(box, width, height) == Box(2, 1, 6, 3)
