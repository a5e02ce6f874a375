"""A walk through a mapped file leaves nothing of it in memory, and still reads every byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from redact.checks.reading import LET_GO_BYTES, Buffer, Trail, let_go, mapped
from redact.checks.sweep.quick import telling
from redact.checks.sweep.search import Search, literal

WORD = b"latitude"
STEP = 1 << 20
SIZE = 3 * LET_GO_BYTES + 4321
SMAPS = Path("/proc/self/smaps")

pytestmark = pytest.mark.skipif(not SMAPS.exists(), reason="nothing else tells what of a mapping is in memory")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of zeros with a word in every megabyte."""
    path = tmp_path_factory.mktemp("reading") / "long"
    with path.open("wb") as file:
        file.truncate(SIZE)
        for place in range(0, SIZE, STEP):
            file.seek(place)
            file.write(WORD)
    return path


def resident(path: Path) -> int:
    """Bytes of a mapped file that are in the memory of this process."""
    _, _, told = SMAPS.read_text().partition(str(path))
    return 1024 * int(told.partition("Rss:")[2].split()[0])


def test_pages_that_are_let_go_leave_and_can_be_read_again(path: Path) -> None:
    with mapped(path) as data:
        assert data[: 64 * 4096].startswith(WORD)
        assert resident(path) >= 64 * 4096
        let_go(data, 5, len(data))
        assert resident(path) == 0
        assert bytes(data[STEP : STEP + len(WORD)]) == WORD


def test_bytes_that_are_no_mapping_and_no_bytes_at_all_are_left_alone(path: Path) -> None:
    let_go(b"CANARY", 0, 6)
    with mapped(path) as data:
        let_go(data, 0, 0)
        let_go(data, 9000, 100)
        let_go(data, len(data), len(data))
        assert bytes(data[: len(WORD)]) == WORD


def test_a_trail_is_let_go_of_in_large_pieces(path: Path) -> None:
    with mapped(path) as data:
        trail = Trail(data)
        for place in range(0, LET_GO_BYTES, STEP):
            assert bytes(data[place : place + len(WORD)]) == WORD
            trail.reach(place)
        before = resident(path)
        assert before >= 32 * 4096
        trail.reach(LET_GO_BYTES)
        assert resident(path) == 0
        assert data[LET_GO_BYTES] == WORD[0]
        trail.reach(LET_GO_BYTES + STEP)
        assert resident(path) > 0
        trail.end(LET_GO_BYTES + STEP)
        assert resident(path) == 0


def telling_places(data: Buffer) -> Iterator[int]:
    return telling(data)


def found_ends(data: Buffer) -> Iterator[int]:
    return (end - len(WORD) for _, end in Search([literal(WORD)]).ends(data))


@pytest.mark.parametrize("walk", [telling_places, found_ends])
def test_a_search_finds_everything_and_holds_little_in_memory(path: Path, walk: object) -> None:
    assert callable(walk)
    with mapped(path) as data:
        most, found = 0, set()
        for place in walk(data):
            found.add(place)
            if not place % (8 * STEP):
                most = max(most, resident(path))
        assert found >= set(range(0, SIZE, STEP))
        assert most <= LET_GO_BYTES + (16 << 20)
        assert resident(path) <= STEP
