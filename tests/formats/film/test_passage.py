"""Bytes on their way from one file to another: all of them, in their order, whatever is looked at in passing."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redact.errors import DamagedFileError
from redact.formats.film import passage
from redact.formats.film.passage import Passage

DATA = bytes(range(256)) * 16_384
STRETCHES = st.lists(
    st.tuples(st.integers(0, len(DATA)), st.one_of(st.integers(0, 5000), st.integers(0, len(DATA)))), max_size=12
)


def clipped(stretch: tuple[int, int]) -> slice:
    start, size = stretch
    return slice(start, min(start + size, len(DATA)))


@settings(max_examples=80, deadline=None)
@given(STRETCHES, st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
def test_what_is_carried_and_put_arrives_in_its_order(
    stretches: list[tuple[int, int]], looked_at: set[int], put: set[int]
) -> None:
    target, expected = io.BytesIO(), b""
    way = Passage(io.BytesIO(DATA), target, 7)
    for number, stretch in enumerate(map(clipped, stretches)):
        if number in looked_at:
            assert way.read(stretch.start, stretch.stop - stretch.start) == DATA[stretch]
        if number in put:
            way.put(b"something else")
            expected += b"something else"
        way.carry(stretch.start, stretch.stop - stretch.start)
        expected += DATA[stretch]
        assert way.place == 7 + len(expected)
    way.finish()
    assert target.getvalue() == expected


def test_what_lies_before_what_was_carried_is_read_too() -> None:
    target = io.BytesIO()
    way = Passage(io.BytesIO(DATA), target, 0)
    way.carry(0, 100_000)
    way.finish()
    assert way.read(50_000, 400_000) == DATA[50_000:450_000]


def test_units_looked_at_one_by_one_are_read_once(tmp_path: Path) -> None:
    """Neither a stretch that lies across two buffers nor looking costs another read."""

    class Counting(io.BytesIO):
        taken = 0

        def readinto(self, buffer: object) -> int:
            count = super().readinto(buffer)  # type: ignore[arg-type]  # a buffer
            self.taken += count
            return count

    source = Counting(DATA)
    with (tmp_path / "copy").open("wb") as target:
        way = Passage(source, target, 0)
        for start in range(0, len(DATA), 30_000):
            size = min(30_000, len(DATA) - start)
            for unit in range(start, start + size - 8, 10_000):
                way.read(unit, 8)
            way.carry(start, size)
        way.finish()
    assert (tmp_path / "copy").read_bytes() == DATA
    assert source.taken < len(DATA) * 1.1


@pytest.mark.parametrize(
    ("start", "size"), [(len(DATA) - 5, 6), (len(DATA), 1), (len(DATA) + 9, 1), (0, len(DATA) + 1)]
)
def test_a_source_that_ends_before_what_it_promised_is_damage(start: int, size: int) -> None:
    with pytest.raises(DamagedFileError):
        Passage(io.BytesIO(DATA), io.BytesIO(), 0).read(start, size)
    way = Passage(io.BytesIO(DATA), io.BytesIO(), 0)
    way.carry(start, size)
    with pytest.raises(DamagedFileError):
        way.finish()


@pytest.mark.parametrize("size", [0, 1, 5, 12])
def test_a_source_that_became_shorter_is_damage(size: int) -> None:
    way = Passage(io.BytesIO(DATA[:size]), io.BytesIO(), 0)
    with pytest.raises(DamagedFileError):
        way.read(3, 10)
    way.carry(0, 13)
    with pytest.raises(DamagedFileError):
        way.finish()


def test_a_target_begins_anew() -> None:
    target = io.BytesIO(b"something older")
    passage.empty(target)
    assert (target.getvalue(), target.tell()) == (b"", 0)
