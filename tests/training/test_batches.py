"""Batches made beside the training."""

import numpy as np
import pytest

from training.batches import COUNTS, TURN, Batch, Makers, Plan, joined, made, planned
from training.scenes import Scene

PLANS = tuple(Plan(64, (first, first + 1)) for first in (3, 8, 20))


def draw(seed: int, size: int) -> Scene:
    """Noise with one plate; a seed below nought has no scene."""
    random = np.random.default_rng(seed)
    left, top = random.uniform(0, size / 2, 2)
    plate = np.array([[(left, top), (left + 30, top), (left + 30, top + 8), (left, top + 8)]], np.float32)
    return Scene(random.integers(0, 255, (size, size, 3), np.uint8), plate, plate[:0], plate[:0])


def same(one: Batch, other: Batch) -> bool:
    return (
        one.plan == other.plan
        and np.array_equal(one.pictures, other.pictures)
        and np.array_equal(one.plates.score, other.plates.score)
        and np.array_equal(one.lines.offsets, other.lines.offsets)
    )


def test_a_batch_is_the_scenes_of_its_plan() -> None:
    batch = made(PLANS[0], draw)
    assert np.array_equal(batch.pictures[1], draw(4, 64).image)
    assert batch.plates.offsets.shape == (2, 8, 16, 16)


@pytest.mark.parametrize("number", [1, 2])
def test_batches_come_in_the_order_of_their_plans_from_any_number_of_processes(number: int) -> None:
    with Makers(number, draw) as makers:
        for plan in PLANS:
            makers.give(plan)
        assert makers.waiting == len(PLANS)
        assert all(same(makers.take(), made(plan, draw)) for plan in PLANS)
        assert makers.waiting == 0


def test_a_process_that_died_is_told() -> None:
    with Makers(1, draw) as makers:
        makers.give(Plan(64, (-1,)))
        with pytest.raises(EOFError):
            makers.take()


def test_no_two_batches_and_no_two_runs_share_a_scene() -> None:
    seeds = [seed for run in (1, 2) for number in range(300) for seed in planned(run, number).seeds]
    assert len(set(seeds)) == len(seeds)


def test_the_seeds_of_a_run_leave_none_out() -> None:
    seeds = [seed for number in range(50) for seed in planned(1, number).seeds]
    assert seeds == list(range(1 << 40, (1 << 40) + len(seeds)))


def test_pictures_of_every_size_are_drawn() -> None:
    assert set(TURN) == set(COUNTS)


def test_parts_of_a_batch_join_to_it_again() -> None:
    batch = made(Plan(64, (3, 4, 5)), draw)
    assert same(joined([batch.part([0]), batch.part([1, 2])]), batch)
