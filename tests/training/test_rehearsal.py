"""Which scenes are shown again."""

import dataclasses

import numpy as np

from training.batches import Batch, Plan
from training.rehearsal import MOST, PART, TIMES, Rehearsal
from training.scenes import Scene
from training.targets import target

NONE = np.zeros((0, 4, 2), np.float32)


def batch(number: int, size: int = 32, count: int = 6) -> Batch:
    """Scenes whose pictures hold their own number."""
    first = number * count
    nothing = target(NONE, NONE, size)
    fields = [field.name for field in dataclasses.fields(nothing)]
    targets = dataclasses.replace(nothing, **{name: np.stack([getattr(nothing, name)] * count) for name in fields})
    seeds = range(first, first + count)
    pictures = np.stack([np.full((size, size, 3), seed % 256, np.uint8) for seed in seeds])
    return Batch(Plan(size, tuple(seeds)), pictures, targets, targets)


def run(batches: int) -> tuple[Rehearsal, list[Batch]]:
    rehearsal, shown = Rehearsal(), []
    for number in range(batches):
        shown.append(rehearsal.mixed(batch(number)))
        rehearsal.note(shown[-1], [seed % 7 for seed in shown[-1].plan.seeds])
    return rehearsal, shown


def test_new_scenes_come_first_and_old_ones_after_them() -> None:
    for number, shown in enumerate(run(30)[1]):
        assert shown.plan.seeds[:6] == batch(number).plan.seeds
        assert all(seed < shown.plan.seeds[0] for seed in shown.plan.seeds[6:])


def test_what_is_shown_again_is_the_picture_it_was() -> None:
    for shown in run(30)[1]:
        assert [picture[0, 0, 0] for picture in shown.pictures] == [seed % 256 for seed in shown.plan.seeds]


def test_hard_scenes_are_shown_again_but_never_by_heart() -> None:
    seeds = [seed for shown in run(120)[1] for seed in shown.plan.seeds]
    assert max(seeds.count(seed) for seed in set(seeds)) == TIMES + 1


def test_the_hardest_are_kept_in_mind_and_no_more_than_so_many() -> None:
    rehearsal, shown = run(120)
    known = rehearsal.hard[32]
    assert len(known) == MOST
    everything = [seed % 7 for each in shown for seed in each.plan.seeds]
    assert np.mean([each.hardness for each in known]) > np.mean(everything)


def test_a_batch_grows_by_no_more_than_a_part() -> None:
    assert max(len(shown.plan.seeds) for shown in run(30)[1]) == 6 + 6 // PART


def test_sizes_are_not_mixed() -> None:
    rehearsal, _ = run(30)
    other = batch(99, size=64)
    assert rehearsal.mixed(other) is other


def test_what_a_checkpoint_tells_of_is_drawn_anew() -> None:
    rehearsal, _ = run(10)

    def draw(seed: int, size: int) -> Scene:
        return Scene(np.full((size, size, 3), seed % 256, np.uint8), NONE, NONE, NONE)

    recalled = Rehearsal.recalled(rehearsal.told, draw)
    assert recalled.told == rehearsal.told
    again, first = recalled.mixed(batch(50)), rehearsal.mixed(batch(50))
    assert again.plan == first.plan
    assert np.array_equal(again.pictures, first.pictures)
