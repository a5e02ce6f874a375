"""Which way is up, told by EXIF blocks good and bad."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.frames.codings.orientation import TURNS, read_orientation
from redact.model import Box
from tests.frames.conftest import turned


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
