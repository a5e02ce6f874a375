"""Blocks and the numbers around them: read as they were written, in one spelling."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.errors import DamagedFileError
from redact.formats.matroska import blocks, ebml

XIPH, FIXED, EBML = 0x02, 0x04, 0x06
frames = st.lists(st.integers(0, 20_000), min_size=1, max_size=12)


def block(lacing: int, sizes: Sequence[int]) -> blocks.Block:
    """A block of track 1 with frames of these sizes."""
    return blocks.Block(1, -5, 0x80, lacing, tuple(bytes((index + 1,)) * size for index, size in enumerate(sizes)))


@given(sizes=frames, lacing=st.sampled_from((XIPH, EBML)))
def test_a_lace_is_read_as_it_was_written(sizes: list[int], lacing: int) -> None:
    made = block(lacing, sizes)
    assert blocks.read(made.written()) == made


@given(count=st.integers(1, 256), size=st.integers(0, 50))
def test_a_lace_of_equal_frames_needs_no_sizes(count: int, size: int) -> None:
    made = blocks.Block(1, 7, 0, FIXED, (b"x" * size,) * count)
    assert len(made.written()) == 5 + count * size
    assert blocks.read(made.written()) == made


def test_frames_that_are_no_longer_equal_get_sizes() -> None:
    made = block(FIXED, (3, 4))
    assert blocks.read(made.written()).lacing == XIPH
    assert blocks.read(made.written()).frames == made.frames


def test_one_frame_alone_has_no_sizes() -> None:
    made = block(0, (300,))
    assert len(made.written()) == 304
    assert blocks.read(made.written()) == made


def test_reserved_flags_and_another_number_go() -> None:
    read = blocks.read(b"\x40\x09" + b"\0\0\xf9" + b"frame")
    clean = read.changed(2, blocks.SIMPLE_FLAGS, bytes.upper)
    assert clean.written() == b"\x82\0\0\x89FRAME"


@given(data=st.binary(max_size=40))
def test_noise_is_read_or_refused(data: bytes) -> None:
    try:
        read = blocks.read(data)
    except DamagedFileError:
        return
    assert len(b"".join(read.frames)) <= len(data)
    if read.track < 127:
        assert blocks.read(read.written()).frames == read.frames


@pytest.mark.parametrize("data", [b"", b"\x81\0", b"\x81\0\0\x02", b"\x81\0\0\x02\x01\xff", b"\x81\0\0\x04\x01abc"])
def test_laces_that_do_not_fit_are_refused(data: bytes) -> None:
    with pytest.raises(DamagedFileError):
        blocks.read(data)


@given(value=st.integers(0, (1 << 56) - 2))
def test_a_number_takes_as_few_bytes_as_can_be(value: int) -> None:
    coded = ebml.coded(value)
    assert ebml.number(coded, 0) == (value, len(coded))
    assert len(coded) == 1 or value >= (1 << 7 * (len(coded) - 1)) - 1


@given(value=st.integers(-(1 << 63), (1 << 63) - 1))
def test_signed_numbers_are_read_as_they_were_written(value: int) -> None:
    assert ebml.signed_of(ebml.signed(value)) == value


def test_a_size_in_eight_bytes_is_the_same_size() -> None:
    assert ebml.number(ebml.long_size(127), 0) == (127, 8)


@pytest.mark.parametrize("content", [bytes(9), bytes(10)])
def test_numbers_of_too_many_bytes_are_refused(content: bytes) -> None:
    for read in (ebml.unsigned_of, ebml.signed_of, ebml.real_of):
        with pytest.raises(DamagedFileError):
            read(content)
