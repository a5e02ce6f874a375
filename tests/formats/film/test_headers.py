"""Headers of film, track and media: read in either width, written in the one that their numbers need."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redact.errors import DamagedFileError
from redact.formats.boxes import Box, boxes
from redact.formats.film import headers
from redact.formats.film.headers import MediaHeader, TrackHeader
from redact.formats.film.looks import UNTURNED, matrix_of

WORDS = st.integers(0, 2**32 - 1)
LONG = st.integers(0, 2**64 - 2)
DURATIONS = st.none() | st.integers(0, 2**32 - 2) | LONG
TIMES = st.tuples(WORDS, WORDS) | st.tuples(LONG, LONG)
TEXT = b"N48 51 29"


def only(data: bytes) -> Box:
    (box,) = boxes(data)
    return box


@given(TIMES, st.integers(1, 2**32 - 1), DURATIONS)
def test_the_header_of_a_film_is_read_as_it_was_written(
    created: tuple[int, int], timescale: int, duration: int | None
) -> None:
    box = only(headers.film(created, timescale, duration, (0, 1, -1, 0), 3))
    read = headers.read_film(box)
    assert (read.created, read.timescale, read.matrix) == (created, timescale, matrix_of((0, 1, -1, 0)))
    assert len(box.payload) in (100, 112)


@given(TIMES, WORDS, st.integers(0, 15), DURATIONS, st.tuples(WORDS, WORDS))
def test_the_header_of_a_track_is_read_as_it_was_written(
    created: tuple[int, int], number: int, flags: int, duration: int | None, size: tuple[int, int]
) -> None:
    header = TrackHeader(number, flags, duration, -1, 2, 256, matrix_of(UNTURNED, size), size)
    assert headers.read_track(only(headers.track(created, header))) == header


@given(TIMES, WORDS, DURATIONS)
def test_the_header_of_media_is_read_as_it_was_written(
    created: tuple[int, int], timescale: int, duration: int | None
) -> None:
    header = MediaHeader(timescale, duration)
    assert headers.read_media(only(headers.media(created, header))) == header


def test_a_duration_that_nobody_knows_is_known_in_no_width() -> None:
    assert headers.read_media(only(headers.media((0, 0), MediaHeader(600, None)))).duration is None
    assert headers.read_media(only(headers.media((2**40, 0), MediaHeader(600, None)))).duration is None
    assert headers.media((0, 0), MediaHeader(600, 2**32 - 1))[8] == 1


def test_numbers_that_no_film_needs_are_not_written() -> None:
    layer, group, volume = struct.unpack(">hHH", TEXT[:6])
    header = TrackHeader(1, 0xFFFFFF, 0, layer, group, volume, matrix_of(UNTURNED), (0, 0))
    read = headers.read_track(only(headers.track((0, 0), header)))
    assert (read.flags, read.layer, read.group, read.volume) == (15, 0, 0, 256)


@pytest.mark.parametrize("read", [headers.read_film, headers.read_track, headers.read_media])
def test_a_header_that_ends_early_is_damage(read: object) -> None:
    assert callable(read)
    for size in range(20):
        with pytest.raises(DamagedFileError):
            read(Box(b"mvhd", bytes(size)))
