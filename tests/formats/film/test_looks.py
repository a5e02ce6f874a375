"""How a film is shown: eight turns, and boxes about shape and colour with numbers that films need."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.formats.film import looks
from redact.formats.film.looks import UNTURNED, matrix_of, plain, turn_of

CANARY = b"N48 51 29.88 E002 17 40.20 Jane Doe h"
TURNS = [
    (1, 0, 0, 1), (-1, 0, 0, 1), (1, 0, 0, -1), (-1, 0, 0, -1),
    (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, -1, 0), (0, -1, -1, 0),
]  # fmt: skip
APERTURE = struct.Struct(">IIIIiIiI")
MASTERING = struct.pack(">8HII", 8500, 39850, 6550, 2300, 35400, 14600, 15635, 16450, 10_000_000, 50)


@pytest.mark.parametrize("turn", TURNS)
def test_each_of_the_eight_turns_is_read_and_written(turn: looks.Turn) -> None:
    assert turn_of(matrix_of(turn)) == turn
    assert turn_of(matrix_of(turn, (1920 << 16, 1080 << 16))) == turn


def test_a_turn_moves_the_picture_back_into_its_frame() -> None:
    assert struct.unpack(">9i", matrix_of((0, 1, -1, 0), (1920 << 16, 1080 << 16)))[6:8] == (1080 << 16, 0)
    assert struct.unpack(">9i", matrix_of((-1, 0, 0, -1), (1920 << 16, 1080 << 16)))[6:8] == (1920 << 16, 1080 << 16)
    assert len(matrix_of((-1, 0, 0, 1), (65535 << 16, 1 << 16))) == looks.MATRIX_BYTES


@pytest.mark.parametrize("numbers", [(2, 0, 0, 2), (1, 1, 0, 1), (0, 0, 0, 0), (1, 0, 0, 0), (0.7, 0.7, -0.7, 0.7)])
def test_stretching_and_odd_turns_are_none(numbers: tuple[float, ...]) -> None:
    a, b, c, d = (round(number * 65536) for number in numbers)
    assert turn_of(struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)) is None


def test_a_text_in_a_matrix_is_no_turn() -> None:
    assert turn_of(CANARY[:36]) is None


@given(st.binary(min_size=36, max_size=36))
def test_of_a_matrix_nothing_but_its_turn_is_written(matrix: bytes) -> None:
    moved = matrix_of(UNTURNED)[:24] + matrix[24:]
    assert matrix_of(turn_of(moved) or UNTURNED) == matrix_of(UNTURNED)


@pytest.mark.parametrize(
    ("code", "payload", "told"),
    [
        (b"pasp", struct.pack(">II", 40, 33), struct.pack(">II", 40, 33)),
        (b"pasp", struct.pack(">II", 4_000_000, 3_300_000), struct.pack(">II", 40, 33)),
        (b"clap", APERTURE.pack(7040, 10, 576, 1, -1, 2, 0, 9), APERTURE.pack(704, 1, 576, 1, -1, 2, 0, 1)),
        (b"colr", b"nclx" + struct.pack(">HHHB", 9, 16, 9, 0x80), b"nclx" + struct.pack(">HHHB", 9, 16, 9, 0x80)),
        (b"mdcv", MASTERING, MASTERING),
        (b"clli", struct.pack(">HH", 1000, 400), struct.pack(">HH", 1000, 400)),
        (b"amve", struct.pack(">IHH", 3_140_000, 15635, 16450), struct.pack(">IHH", 3_140_000, 15635, 16450)),
    ],
)  # fmt: skip
def test_what_films_need_is_told_in_the_smallest_numbers(code: bytes, payload: bytes, told: bytes) -> None:
    assert plain(code, payload) == told
    assert plain(code, told) == told


@pytest.mark.parametrize(
    ("code", "payload"),
    [
        (b"pasp", CANARY[:8]),
        (b"pasp", struct.pack(">II", 0, 1)),
        (b"pasp", bytes(9)),
        (b"clap", CANARY[:32]),
        (b"clap", APERTURE.pack(704, 1, 576, 0, 0, 1, 0, 1)),
        (b"colr", b"nclx" + CANARY[:7]),
        (b"colr", b"prof" + CANARY[:7]),
        (b"mdcv", CANARY[:24]),
        (b"mdcv", MASTERING[:16] + struct.pack(">II", 100_000_001, 50)),
        (b"clli", CANARY[:5]),
        (b"amve", CANARY[:8]),
        (b"uuid", CANARY),
    ],
)
def test_texts_and_absurd_numbers_are_not_told(code: bytes, payload: bytes) -> None:
    assert plain(code, payload) is None


@given(st.sampled_from([*looks.SHAPES, *looks.COLOURS]), st.binary(max_size=40))
def test_telling_twice_changes_nothing(code: bytes, payload: bytes) -> None:
    told = plain(code, payload)
    assert told is None or plain(code, told) == told
